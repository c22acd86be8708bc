"""`lineagraph ingest`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from lineagraph.cli.options import (
    JsonOption,
    ProjectOption,
    UsageError,
    cache_options,
    feature_flags,
    pairs,
    project_directory,
    seconds,
)

ERRORS_IN_FILES = 1


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Folders, and single files whatever they are called."),
    ],
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="SQL dialect of the files. [default: each file's `-- dialect:` line, else a rule, else its looks]",
        ),
    ] = None,
    dialect_rule: Annotated[
        list[str] | None,
        typer.Option(
            "--dialect-rule",
            metavar="GLOB=DIALECT",
            help="Dialect of files whose path fits a pattern as in .gitignore; the last that fits decides. Several.",
        ),
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="Columns of datasets: CSV, JSON, dbt manifest or catalog. Several.",
        ),
    ] = None,
    default_database: Annotated[
        str | None,
        typer.Option("--default-database", metavar="NAME", help="Database of names that give none."),
    ] = None,
    default_schema: Annotated[
        str | None, typer.Option("--default-schema", metavar="NAME", help="Schema of names that give none.")
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="A variable of templates, as text. Several."),
    ] = None,
    follow_symlinks: Annotated[
        bool, typer.Option("--follow-symlinks", help="Follow symbolic links inside folders.")
    ] = False,
    statement_seconds: Annotated[
        str, typer.Option("--statement-seconds", metavar="N", help="Give a statement up after this time.")
    ] = "10",
    workers: Annotated[
        str,
        typer.Option(
            "--workers",
            metavar="N",
            envvar="INGEST_WORKERS",
            help="Processes that read files: 0 for as many as seem right (one per core, at most four), 1 for none, "
            "dask or dask:4 for a Dask cluster here, dask://host:8786 for that of a scheduler.",
        ),
    ] = "0",
    cache: Annotated[
        str | None,
        typer.Option(
            "--cache",
            metavar="FILE",
            envvar="PARSE_CACHE_PATH",
            help="Where facts are kept by content. [default: parse-cache.db in the project's directory]",
        ),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Keep no facts by content; the same as ENABLE_PARSE_CACHE=false."),
    ] = False,
    disable_batching: Annotated[
        bool, typer.Option("--disable-batching", help="One file per transaction.")
    ] = False,
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> int:
    """Read files of SQL into the project's graph.

    Files that were ingested from these paths before are brought up to date: what did not change is kept, what is gone
    is forgotten. Nothing in them is executed. What could not be read is listed by cause, and costs only itself.
    """
    from lineagraph.cli.output import print_warning
    from lineagraph.cli.progress import ingestion_progress
    from lineagraph.sql.dialects import resolve

    if dialect is not None:
        resolve(dialect)
    rules = [
        (pattern, resolve(name))
        for pattern, name in pairs("--dialect-rule", dialect_rule, "'mart/**=snowflake'")
    ]
    variables = dict(pairs("--var", var, "start_date=2024-01-01"))
    budget = seconds("--statement-seconds", statement_seconds)
    directory = project_directory(project)
    for path in paths:  # before the project's directory is made
        if not os.path.lexists(path):
            raise UsageError(f"{path}: no such file or directory; check the spelling (nothing was ingested)")

    from lineagraph.cli.stopping import stopped_by_signals
    from lineagraph.project import Project

    flags = feature_flags(no_cache=no_cache, disable_batching=disable_batching)
    with Project(directory) as opened, ingestion_progress() as progress, stopped_by_signals() as stopping:
        report = opened.ingest(
            paths,
            dialect=dialect,
            progress=progress,
            dialect_rules=tuple(rules),
            default_database=default_database,
            default_schema=default_schema,
            schemas=tuple(schema or ()),
            variables=variables,
            statement_seconds=budget,
            follow_symlinks=follow_symlinks,
            workers=workers,
            cache_path=cache,
            cache=cache_options(os.environ),
            flags=flags,
            stop=stopping.event,
        )
        graph = opened.statistics()
    for warning in report.warnings:
        print_warning(warning)
    if report.stopped:
        print_warning(f"{stopping.word}; what is done is stored, and the next run goes on")
        return stopping.status
    if as_json:
        from lineagraph.cli.output import print_json

        print_json({"report": report, "graph": graph})
    else:
        from lineagraph.cli.ingest_page import print_report
        from lineagraph.cli.output import open_screen

        print_report(open_screen(), report, graph)
    return ERRORS_IN_FILES if report.failures else 0
