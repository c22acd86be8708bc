"""`lineagraph ingest`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from lineagraph.cli.ingest_options import (
    CacheOption,
    DefaultDatabaseOption,
    DefaultSchemaOption,
    DialectOption,
    DialectRuleOption,
    FollowSymlinksOption,
    NoCacheOption,
    PathsArgument,
    SchemaOption,
    StatementSecondsOption,
    VariableOption,
    WorkersOption,
    existing,
    reading_settings,
)
from lineagraph.cli.options import (
    JsonOption,
    ProjectOption,
    cache_options,
    feature_flags,
    project_directory,
)

ERRORS_IN_FILES = 1


def ingest(
    paths: PathsArgument,
    dialect: DialectOption = None,
    dialect_rule: DialectRuleOption = None,
    schema: SchemaOption = None,
    default_database: DefaultDatabaseOption = None,
    default_schema: DefaultSchemaOption = None,
    var: VariableOption = None,
    follow_symlinks: FollowSymlinksOption = False,
    statement_seconds: StatementSecondsOption = "10",
    workers: WorkersOption = "0",
    cache: CacheOption = None,
    no_cache: NoCacheOption = False,
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

    settings = reading_settings(
        dialect=dialect, dialect_rule=dialect_rule, var=var, statement_seconds=statement_seconds
    )
    directory = project_directory(project)
    existing(paths)
    from lineagraph.cli.stopping import stopped_by_signals
    from lineagraph.project import Project

    flags = feature_flags(no_cache=no_cache, disable_batching=disable_batching)
    with Project(directory) as opened, ingestion_progress() as progress, stopped_by_signals() as stopping:
        report = opened.ingest(
            paths,
            progress=progress,
            default_database=default_database,
            default_schema=default_schema,
            schemas=tuple(schema or ()),
            follow_symlinks=follow_symlinks,
            workers=workers,
            cache_path=cache,
            cache=cache_options(os.environ),
            flags=flags,
            stop=stopping.event,
            **settings,
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
