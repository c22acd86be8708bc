"""`lineagraph watch`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
    ProjectOption,
    cache_options,
    feature_flags,
    project_directory,
    seconds,
    whole_number,
)

if TYPE_CHECKING:
    from lineagraph.ingest.batches import BatchOptions
    from lineagraph.ingest.reports import IngestReport
    from lineagraph.ingest.watch import Flushed


def watch(
    paths: PathsArgument,
    debounce: Annotated[
        str,
        typer.Option(
            "--debounce",
            metavar="N",
            envvar="DEBOUNCE_WINDOW_SECONDS",
            help="Ingest once nothing has changed for so many seconds.",
        ),
    ] = "5",
    longest_wait: Annotated[
        str,
        typer.Option(
            "--longest-wait",
            metavar="N",
            help="Ingest a change after so many seconds even so; never before the debounce window ends.",
        ),
    ] = "30",
    batch_size: Annotated[
        str,
        typer.Option(
            "--batch-size",
            metavar="N",
            envvar="BATCH_SIZE_THRESHOLD",
            help="Ingest as soon as so many files have changed.",
        ),
    ] = "50",
    batch_memory: Annotated[
        str,
        typer.Option(
            "--batch-memory", metavar="MB", help="Ingest at most so many megabytes of changed files at once."
        ),
    ] = "500",
    realtime: Annotated[bool, typer.Option("--realtime", help="Ingest every change at once.")] = False,
    disable_batching: Annotated[
        bool, typer.Option("--disable-batching", help="Ingest changed files one by one, at once.")
    ] = False,
    rescan: Annotated[
        str,
        typer.Option(
            "--rescan",
            metavar="N",
            help="Look at all files every so many seconds, for changes that no event tells of.",
        ),
    ] = "300",
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
    project: ProjectOption = ".lineagraph",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document a line for each batch, and nothing else.")
    ] = False,
) -> int:
    """Keep the graph up to date with files while they change.

    Begins like `lineagraph ingest`, then waits for changes and ingests them in batches, with a line for each. Ctrl-C
    ends it after what is in hand; what happens from then on is found by the next start.
    """
    settings: dict[str, Any] = {
        **reading_settings(
            dialect=dialect, dialect_rule=dialect_rule, var=var, statement_seconds=statement_seconds
        ),
        "default_database": default_database,
        "default_schema": default_schema,
        "schemas": tuple(schema or ()),
        "follow_symlinks": follow_symlinks,
        "workers": workers,
        "cache_path": cache,
        "cache": cache_options(os.environ),
        "flags": feature_flags(no_cache=no_cache, disable_batching=disable_batching),
    }
    directory = project_directory(project)
    existing(paths)
    rescan_seconds = seconds("--rescan", rescan)
    from lineagraph.ingest.batches import BatchOptions

    batches = BatchOptions(
        window_seconds=_window(debounce),
        longest_wait_seconds=seconds("--longest-wait", longest_wait),
        threshold=whole_number("--batch-size", batch_size) or 1,
        memory_bytes=(whole_number("--batch-memory", batch_memory) or 1) * 1_000_000,
        batching=settings["flags"].batching,
        realtime=realtime,
    )
    return _watch(paths, directory, settings, batches, rescan_seconds, as_json)


def _window(text: str) -> float:
    """Like other durations, but 0 is one, too. Raises `UsageError`."""
    if text.strip() in ("0", "0.0"):
        return 0.0
    return seconds("--debounce", text)


def _watch(
    paths: Sequence[str],
    directory: str,
    settings: dict[str, Any],
    batches: BatchOptions,
    rescan_seconds: float,
    as_json: bool,
) -> int:
    import os

    from lineagraph.cli.output import print_warning
    from lineagraph.cli.progress import ingestion_progress
    from lineagraph.cli.stopping import stopped_by_signals
    from lineagraph.ingest.watch import Watcher, WatchOptions
    from lineagraph.project import Project

    options = WatchOptions(batches, rescan_seconds, follow_symlinks=settings["follow_symlinks"])
    with Project(directory) as opened, stopped_by_signals() as stopping:

        def ingest(places: Sequence[str] | None) -> IngestReport:
            if places is None:
                with ingestion_progress() as progress:
                    return opened.ingest(paths, progress=progress, stop=stopping.event, **settings)
            there = [path for path in paths if os.path.lexists(path)]
            return opened.ingest(there, places=places, stop=stopping.event, **settings)

        def tell(flushed: Flushed) -> None:
            for warning in flushed.report.warnings:
                print_warning(warning)
            text = _document(flushed) if as_json else _line(flushed)
            if text:
                sys.stdout.write(text + "\n")
                sys.stdout.flush()

        Watcher(
            paths,
            ingest,
            stop=stopping.event,
            tell=tell,
            warn=print_warning,
            options=options,
            ignore=[directory],
            others=settings["schemas"],
        ).run()
    return stopping.status


def _line(flushed: Flushed) -> str:
    """What a batch did, for people: nothing if it did nothing."""
    from lineagraph.cli.output import counted

    report, delta = flushed.report, flushed.report.delta
    read = report.parsed + report.cache_hits
    if not (read or report.removed or delta.edges_added or delta.edges_removed or flushed.first):
        return ""
    parts = [f"{counted(read, 'file')} read"]
    if report.failed:
        parts.append(f"{report.failed:,} with errors")
    if report.removed:
        parts.append(f"{report.removed:,} gone")
    parts.append(f"+{delta.edges_added:,} -{delta.edges_removed:,} edges")
    parts.append(f"{flushed.seconds * 1000:,.0f} ms")
    line = ", ".join(parts)
    if flushed.first:
        return f"{line}; watching {counted(report.files, 'file')}, Ctrl-C ends it"
    return line


def _document(flushed: Flushed) -> str:
    """What a batch did, for programs."""
    import msgspec

    report, delta = flushed.report, flushed.report.delta
    return msgspec.json.encode(
        {
            "event": "start" if flushed.first else "rescan" if flushed.batch.rescan else "batch",
            "paths": len(flushed.batch.paths),
            "read": report.parsed + report.cache_hits,
            "parsed": report.parsed,
            "gone": report.removed,
            "failed": report.failed,
            "nodes_added": delta.nodes_added,
            "nodes_removed": delta.nodes_removed,
            "edges_added": delta.edges_added,
            "edges_removed": delta.edges_removed,
            "milliseconds": round(flushed.seconds * 1000, 1),
        }
    ).decode()
