"""A worker that asks DataHub's `sqlglot_lineage`. Run by the peers' Python, never by ours."""

from __future__ import annotations

from datahub.sql_parsing.schema_resolver import SchemaResolver
from datahub.sql_parsing.split_statements import split_statements
from datahub.sql_parsing.sqlglot_lineage import sqlglot_lineage
from protocol import QUERY, Answer, serve
from sqlglot.dialects.dialect import Dialect

PLATFORMS = {"": "ansi", "tsql": "mssql", "spark": "databricks"}
"""sqlglot's dialect → DataHub's platform, where they differ."""

_resolvers: dict[tuple[str, tuple[str, ...]], SchemaResolver] = {}


def resolver(platform: str, schema: dict[str, list[str]]) -> SchemaResolver:
    """One resolver per schema, as an ingestion keeps one: loading it is no part of asking."""
    key = (platform, tuple(f"{name}{columns}" for name, columns in schema.items()))
    if key not in _resolvers:
        made = SchemaResolver(platform=platform, env="PROD")
        for name, columns in schema.items():
            urn = f"urn:li:dataset:(urn:li:dataPlatform:{platform},{name},PROD)"
            made.add_raw_schema_info(urn, dict.fromkeys(columns, "VARCHAR"))
        _resolvers.clear()
        _resolvers[key] = made
    return _resolvers[key]


def ask(sql: str, dialect: str, schema: dict[str, list[str]]) -> Answer:
    """A script is asked statement by statement, since the function takes one."""
    sources: set[str] = set()
    targets: set[str] = set()
    columns: set[tuple[str, str]] = set()
    errors: list[str] = []
    platform = PLATFORMS.get(dialect, dialect)
    known = resolver(platform, schema)
    for statement in split_statements(sql):
        # DataHub has no platform for plain SQL; sqlglot's base dialect has to be handed over as an object.
        result = sqlglot_lineage(
            statement,
            schema_resolver=known,
            override_dialect=Dialect.get_or_raise(None) if not dialect else None,
        )
        debug = result.debug_info
        if debug.table_error or debug.column_error:
            errors.append(str(debug.table_error or debug.column_error))
        sources |= {_name(urn) for urn in result.in_tables}
        targets |= {_name(urn) for urn in result.out_tables}
        for entry in result.column_lineage or ():
            table = _name(entry.downstream.table) if entry.downstream.table else QUERY
            columns |= {
                (f"{_name(upstream.table)}.{upstream.column}", f"{table}.{entry.downstream.column}")
                for upstream in entry.upstreams
            }
    answer: Answer = {"sources": sorted(sources), "targets": sorted(targets), "columns": sorted(columns)}
    if errors:
        answer["error"] = "; ".join(errors)[:500]
    return answer


def _name(urn: str) -> str:
    return urn.split(",")[1]


if __name__ == "__main__":
    serve(ask, "datahub")
