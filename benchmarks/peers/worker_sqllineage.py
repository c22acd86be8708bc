"""A worker that asks sqllineage. Run by the peers' Python, never by ours."""

from __future__ import annotations

import os
from typing import Any

from protocol import QUERY, Answer, serve
from sqllineage.core.metadata.dummy import DummyMetaDataProvider
from sqllineage.runner import LineageRunner

DIALECTS = {"": "ansi", "tsql": "tsql", "spark": "sparksql", "spark2": "sparksql"}
"""sqlglot's name → sqlfluff's, where they differ."""

_ANSWER = "bare_query_answer"
_DEFAULT = "default_of_the_benchmark"


def ask(sql: str, dialect: str, schema: dict[str, list[str]]) -> Answer:
    # sqllineage gives columns only to a query that is written somewhere.
    bare = sql.lstrip("( \n\t").upper().startswith(("SELECT", "WITH")) and ";" not in sql.rstrip("; \n")
    runner = LineageRunner(
        f"INSERT INTO {_ANSWER} {sql}" if bare else sql,
        dialect=DIALECTS.get(dialect, dialect),
        metadata_provider=DummyMetaDataProvider(_qualified(schema)),
    )
    columns: list[list[str]] = []
    for path in runner.get_column_lineage():
        source, target = path[0], path[-1]
        columns.append([_column(source, first=True), _column(target, first=False)])
    return {
        "sources": [_table(table) for table in runner.source_tables],
        "targets": [name for name in map(_table, runner.target_tables) if name != _ANSWER],
        "columns": columns,
    }


def _qualified(schema: dict[str, list[str]]) -> dict[str, list[str]]:
    """Its metadata knows no tables without a schema, so there is one by default."""
    return {name if "." in name else f"{_DEFAULT}.{name}": columns for name, columns in schema.items()}


def _table(table: Any) -> str:
    return str(table).removeprefix("<default>.").removeprefix(f"{_DEFAULT}.")


def _column(column: Any, first: bool) -> str:
    parent = column.parent
    if parent is None:
        return f"{'?' if first else QUERY}.{column.raw_name}"
    if type(parent).__name__ == "SubQuery":
        return f"{QUERY}.{column.raw_name}"
    name = _table(parent)
    return f"{QUERY if name == _ANSWER else name}.{column.raw_name}"


if __name__ == "__main__":
    os.environ["SQLLINEAGE_DEFAULT_SCHEMA"] = _DEFAULT
    serve(ask, "sqllineage")
