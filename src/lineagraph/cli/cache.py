"""`lineagraph cache`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineagraph.cli.options import (
    JsonOption,
    ProjectOption,
    UsageError,
    cache_options,
    feature_flags,
    one_of,
    pairs,
    project_directory,
    seconds,
)

if TYPE_CHECKING:
    from lineagraph.cli.output import Screen
    from lineagraph.ingest.parse_cache import CacheOptions, CacheStatistics, ParseCache
    from lineagraph.ingest.reports import IngestOptions

ACTIONS = ("stats", "clear", "verify", "warm")
DAMAGE_FOUND, COULD_NOT_RUN = 1, 3


def cache(
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="stats: what it holds and how it does; clear: remove all; verify: check all, and remove what is "
            "spoiled; warm: read the SQL below PATH into it.",
        ),
    ],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]", help="For warm: folders, and single files.")
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            "--path",
            metavar="FILE",
            envvar="PARSE_CACHE_PATH",
            help="The cache. [default: parse-cache.db in the project's directory]",
        ),
    ] = None,
    dialect: Annotated[
        str | None, typer.Option("--dialect", metavar="NAME", help="For warm: as for ingest.")
    ] = None,
    dialect_rule: Annotated[
        list[str] | None,
        typer.Option("--dialect-rule", metavar="GLOB=DIALECT", help="For warm: as for ingest. Several."),
    ] = None,
    default_database: Annotated[
        str | None, typer.Option("--default-database", metavar="NAME", help="For warm: as for ingest.")
    ] = None,
    default_schema: Annotated[
        str | None, typer.Option("--default-schema", metavar="NAME", help="For warm: as for ingest.")
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="For warm: as for ingest. Several."),
    ] = None,
    follow_symlinks: Annotated[
        bool, typer.Option("--follow-symlinks", help="For warm: as for ingest.")
    ] = False,
    statement_seconds: Annotated[
        str, typer.Option("--statement-seconds", metavar="N", help="For warm: as for ingest.")
    ] = "10",
    workers: Annotated[
        str,
        typer.Option("--workers", metavar="N", envvar="INGEST_WORKERS", help="For warm: as for ingest."),
    ] = "0",
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> int:
    """Look after the cache of what was read from files.

    It keeps the facts of each file by its content, so that content seen before is not parsed again: in another
    project, after a branch switch, on a machine that restores it. It can be removed at any time. `warm` helps those
    ingestions that have the same options.
    """
    one_of("ACTION", action, ACTIONS)
    chosen = action.lower()
    if bool(paths) != (chosen == "warm"):
        raise UsageError(
            "give a PATH to warm the cache with" if chosen == "warm" else f"`cache {chosen}` takes no PATH"
        )
    file = cache_path(project_directory(project), path)
    bounds = cache_options(os.environ)

    from lineagraph.ingest.parse_cache import ParseCache

    answer: dict[str, Any] = {"action": chosen, "path": str(file), "exists": os.path.lexists(file)}
    status = 0
    if chosen == "warm":
        options = _reading_options(
            dialect=dialect,
            dialect_rules=tuple(pairs("--dialect-rule", dialect_rule, "'mart/**=snowflake'")),
            default_database=default_database,
            default_schema=default_schema,
            variables=dict(pairs("--var", var, "start_date=2024-01-01")),
            statement_seconds=seconds("--statement-seconds", statement_seconds),
            follow_symlinks=follow_symlinks,
            workers=workers,
        )
        status = _warm(file, bounds, paths or [], options, answer)
    elif answer["exists"]:
        with ParseCache.open(file, bounds) as opened:
            status = _look_after(opened, chosen, answer)
            _describe(opened, answer)
    if as_json:
        from lineagraph.cli.output import print_json

        print_json(answer)
    else:
        from lineagraph.cli.output import open_screen

        _print(open_screen(), answer)
    return status


def cache_path(project: str, given: str | None) -> Path:
    """The cache's file: the one that `--path` or PARSE_CACHE_PATH names, else that of the project."""
    from lineagraph.ingest.parse_cache import CACHE_FILE

    return Path(given) if given else Path(project) / CACHE_FILE


def _reading_options(**given: Any) -> IngestOptions:
    """What `warm` reads files with. Raises `UnknownDialectError`."""
    from lineagraph.ingest.reports import IngestOptions
    from lineagraph.sql.dialects import resolve

    rules = tuple((pattern, resolve(name)) for pattern, name in given.pop("dialect_rules"))
    if given["dialect"] is not None:
        resolve(given["dialect"])
    return IngestOptions(dialect_rules=rules, flags=feature_flags(), **given)


def _warm(
    file: Path, bounds: CacheOptions, paths: list[str], options: IngestOptions, answer: dict[str, Any]
) -> int:
    from lineagraph.cli.output import print_warning
    from lineagraph.cli.progress import ingestion_progress
    from lineagraph.cli.stopping import stopped_by_signals
    from lineagraph.ingest.cache_warming import warm
    from lineagraph.ingest.discover import discover
    from lineagraph.ingest.parse_cache import ParseCache

    found = discover(paths, follow_symlinks=options.follow_symlinks)
    with (
        ParseCache.open(file, bounds) as opened,
        ingestion_progress() as progress,
        stopped_by_signals() as stopping,
    ):
        if opened.statistics().state == "on":
            answer["warmed"] = warm(
                opened,
                found.files,
                options,
                progress=progress,
                stop=stopping.event,
            )
        answer["exists"] = os.path.lexists(file)
        _describe(opened, answer)
    if stopping.event.is_set():
        print_warning(f"{stopping.word}; what was read is kept")
        return stopping.status
    return 0 if answer["statistics"].state == "on" else COULD_NOT_RUN


def _look_after(opened: ParseCache, action: str, answer: dict[str, Any]) -> int:
    """stats, clear or verify; returns the exit status."""
    state = opened.statistics().state
    if action == "verify":
        moved = any("moved" in text or "made anew" in text for text in opened.warnings)
        answer["integrity"] = report = opened.verify_integrity()
        if state == "off":
            return COULD_NOT_RUN
        return 0 if report.ok and not moved else DAMAGE_FOUND
    if action == "clear":
        answer["removed"] = opened.clear()
        return 0 if state == "on" else COULD_NOT_RUN
    return 0


def _describe(opened: ParseCache, answer: dict[str, Any]) -> None:
    """The cache as it is now, and its warnings, which are also said on standard error."""
    from lineagraph.cli.output import print_warning

    answer["statistics"] = opened.statistics()
    answer["warnings"] = list(opened.warnings)
    for warning in opened.warnings:
        print_warning(warning)


# -- for people ------------------------------------------------------------------------------------------------


def _print(screen: Screen, answer: dict[str, Any]) -> None:
    from lineagraph.cli.output import counted, shown

    if not answer["exists"]:
        screen.line(f"there is no parse cache at {shown(answer['path'])} yet; `lineagraph ingest` makes one")
        return
    report = answer.get("warmed")
    if report is not None:
        skipped = f", {counted(report.skipped, 'file')} skipped" if report.skipped else ""
        screen.line(
            f"{counted(report.files, 'file')}: {report.added:,} added, {report.known:,} known before{skipped}, "
            f"in {report.seconds:.1f} s"
        )
    if "removed" in answer:
        screen.line(f"{counted(answer['removed'], 'entry', 'entries')} removed")
    integrity = answer.get("integrity")
    if integrity is not None:
        checked = counted(integrity.checked, "entry", "entries")
        screen.line(f"{checked} checked, {integrity.corrupt:,} spoiled and removed")
        for problem in integrity.problems:
            screen.line(f"  {shown(problem)}")
    if answer["action"] == "stats":
        _print_statistics(screen, answer["statistics"])


def _print_statistics(screen: Screen, found: CacheStatistics) -> None:
    from lineagraph.cli.output import shown

    total = found.total
    asked = total.hits + total.misses
    share = f" ({total.hits / asked:.0%})" if asked else ""
    rows = [
        ("file", f"{shown(found.path)}" + ("" if found.state == "on" else f" ({found.state})")),
        ("entries", f"{found.entries:,} of {found.max_entries:,}"),
        ("values", f"{_size(found.bytes)} of {_size(found.max_bytes)}, in a file of"
         f" {_size(found.file_bytes)}"),
        ("found", f"{total.hits:,} of {asked:,}{share}"),
        ("removed", f"{total.evictions:,} for room, {total.expired:,} unused, {total.corrupt:,} spoiled"),
        ("not taken in", f"{total.refused:,}"),
    ]  # fmt: skip
    if found.oldest_use is not None and found.newest_use is not None:
        rows.append(("last used", f"{_day(found.oldest_use)} to {_day(found.newest_use)}"))
    for name, text in rows:
        screen.line(f"{name:<13} {text}")


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


def _day(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d}"
