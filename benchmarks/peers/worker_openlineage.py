"""A worker that asks openlineage-sql. Run by the peers' Python, never by ours."""

from __future__ import annotations

import openlineage_sql
import sqlglot
from protocol import QUERY, Answer, serve

DIALECTS = {"": "ansi", "tsql": "mssql", "spark": "databricks"}


def ask(sql: str, dialect: str, schema: dict[str, list[str]]) -> Answer:
    """openlineage-sql takes a list of statements and no schema; its column lineage names no target table."""
    statements = _split(sql, dialect)
    result = openlineage_sql.parse(statements, DIALECTS.get(dialect, dialect))
    if result is None:
        return {"error": "no answer"}
    targets = sorted(table.qualified_name for table in result.out_tables)
    target = targets[0] if len(targets) == 1 else QUERY if not targets else "?"
    columns = sorted(
        [
            f"{source.origin.qualified_name if source.origin else '?'}.{source.name}",
            f"{target}.{entry.descendant.name}",
        ]
        for entry in result.column_lineage
        for source in entry.lineage
    )
    answer: Answer = {
        "sources": sorted(table.qualified_name for table in result.in_tables),
        "targets": targets,
        "columns": columns,
    }
    if result.errors:
        answer["error"] = "; ".join(error.message for error in result.errors)[:500]
    return answer


def _split(sql: str, dialect: str) -> list[str]:
    """By sqlglot's tokens: semicolons outside strings and comments."""
    pieces: list[str] = []
    start = 0
    for token in sqlglot.tokenize(sql, dialect=dialect or None):
        if token.text == ";":
            pieces.append(sql[start : token.start])
            start = token.end + 1
    return [piece for piece in (*pieces, sql[start:]) if piece.strip()]


if __name__ == "__main__":
    serve(ask, "openlineage")
