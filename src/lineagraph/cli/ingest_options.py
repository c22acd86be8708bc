"""The options that say how files are read and kept, for every command that ingests, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from lineagraph.cli.options import UsageError, pairs, seconds

PathsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Folders, and single files whatever they are called."),
]
DialectOption = Annotated[
    str | None,
    typer.Option(
        "--dialect",
        metavar="NAME",
        help="SQL dialect of the files. [default: each file's `-- dialect:` line, else a rule, else its looks]",
    ),
]
DialectRuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dialect-rule",
        metavar="GLOB=DIALECT",
        help="Dialect of files whose path fits a pattern as in .gitignore; the last that fits decides. Several.",
    ),
]
SchemaOption = Annotated[
    list[str] | None,
    typer.Option(
        "--schema", metavar="FILE", help="Columns of datasets: CSV, JSON, dbt manifest or catalog. Several."
    ),
]
DefaultDatabaseOption = Annotated[
    str | None, typer.Option("--default-database", metavar="NAME", help="Database of names that give none.")
]
DefaultSchemaOption = Annotated[
    str | None, typer.Option("--default-schema", metavar="NAME", help="Schema of names that give none.")
]
VariableOption = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable of templates, as text. Several."),
]
FollowSymlinksOption = Annotated[
    bool, typer.Option("--follow-symlinks", help="Follow symbolic links inside folders.")
]
StatementSecondsOption = Annotated[
    str, typer.Option("--statement-seconds", metavar="N", help="Give a statement up after this time.")
]
WorkersOption = Annotated[
    str,
    typer.Option(
        "--workers",
        metavar="N",
        envvar="INGEST_WORKERS",
        help="Processes that read files: 0 for as many as seem right (one per core, at most four), 1 for none, "
        "dask or dask:4 for a Dask cluster here, dask://host:8786 for that of a scheduler.",
    ),
]
CacheOption = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="FILE",
        envvar="PARSE_CACHE_PATH",
        help="Where facts are kept by content. [default: parse-cache.db in the project's directory]",
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Keep no facts by content; the same as ENABLE_PARSE_CACHE=false.")
]


def reading_settings(
    *,
    dialect: str | None,
    dialect_rule: list[str] | None,
    var: list[str] | None,
    statement_seconds: str,
) -> dict[str, Any]:
    """Options of `Project.ingest` that have to be checked. Raises `UsageError` and `UnknownDialectError`."""
    from lineagraph.sql.dialects import resolve

    if dialect is not None:
        resolve(dialect)
    rules = pairs("--dialect-rule", dialect_rule, "'mart/**=snowflake'")
    return {
        "dialect": dialect,
        "dialect_rules": tuple((pattern, resolve(name)) for pattern, name in rules),
        "variables": dict(pairs("--var", var, "start_date=2024-01-01")),
        "statement_seconds": seconds("--statement-seconds", statement_seconds),
    }


def existing(paths: Iterable[str]) -> None:
    """Raises `UsageError` for a path that leads nowhere: before the project's directory is made."""
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path}: no such file or directory; check the spelling (nothing was ingested)")
