"""`lineagraph analyze`."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lineagraph.cli.options import JsonOption, UsageError

if TYPE_CHECKING:
    from lineagraph.analysis import Analysis
    from lineagraph.cli.output import Screen

ERRORS_IN_FILES = 1
_LINE_END = re.compile(r"\r\n?|\n")


def analyze(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of SQL, or - for standard input.")],
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="SQL dialect. [default: the script's `-- dialect:` line, else its looks]",
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
    as_json: JsonOption = False,
) -> int:
    """The lineage of one script, without a project.

    From what it reads to what it leaves behind, through everything in between. `lineagraph.analyze()` in Python.
    """
    from lineagraph.sql.dialects import choose, resolve

    if dialect is not None:
        resolve(dialect)
    data = _read(file)

    from msgspec.structs import replace

    import lineagraph
    from lineagraph.cli.output import open_screen, plain, print_json
    from lineagraph.sql.decode import decode

    text, problems = decode(data)
    chosen, reason = choose(text, "<script>" if file == "-" else file, option=dialect)
    result = lineagraph.analyze(text, chosen, _schema(schema or (), chosen))
    result = replace(result, diagnostics=(*problems, *result.diagnostics))
    if as_json:
        print_json({"dialect": chosen or "ansi", **plain(result)})
    else:
        name = "<standard input>" if file == "-" else file
        _print(open_screen(), result, f"{chosen or 'ansi'} ({reason})", name, _LINE_END.split(text))
    return ERRORS_IN_FILES if any(one.severity == "error" for one in result.diagnostics) else 0


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    if os.path.isdir(file):
        raise UsageError(f"{file} is a folder; `lineagraph ingest {file}` reads it into a project")
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file; give a file of SQL, or - for standard input") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; give a file that can be read") from None


def _schema(files: list[str] | tuple[()], dialect: str) -> dict[str, list[str]]:
    """Imported schemas in the form that `lineagraph.analyze` takes."""
    if not files:
        return {}
    from lineagraph.catalog.schemas import load_schema, merge_schemas

    merged = merge_schemas(*[load_schema(file, dialect) for file in files])
    return {key: [name for name, _ in dataset.columns] for key, dataset in merged.items() if dataset.complete}


def _print(screen: Screen, result: Analysis, dialect: str, file: str, lines: list[str]) -> None:
    from lineagraph.cli.diagnostic_lines import print_diagnostic
    from lineagraph.cli.output import one_line, shown
    from lineagraph.cli.table import print_table

    for title, names in (
        ("dialect", [dialect]),
        ("sources", result.sources),
        ("targets", result.targets),
        ("through", result.intermediates),
    ):
        if names or title != "through":
            screen.line(f"{title}  {screen.paint(', '.join(map(shown, names)) or 'none', 'cyan')}")
    if result.columns:
        screen.heading("Columns")
        rows = [
            (
                edge.target,
                edge.source,
                f"{edge.type} {edge.subtype}",
                " ".join(flag for flag in ("masking", "inferred", "unresolved") if getattr(edge, flag)),
                str(edge.line or ""),
                one_line(edge.expression or ""),
            )
            for edge in sorted(
                result.columns, key=lambda edge: (edge.target, edge.source, edge.type, edge.subtype)
            )
        ]
        headers = ("target", "source", "type", "note", "line", "expression")
        styles = ("cyan", "cyan", "", "yellow", "dim", "dim")
        print_table(screen, headers, rows, styles=styles, numbers=("line",))
    if result.influences:
        screen.heading("Influences: what decides the rows")
        influences = [(one.target, one.subtype, one.source) for one in result.influences]
        print_table(screen, ("target", "type", "source"), sorted(influences), styles=("cyan", "", "cyan"))
    if result.changes:
        screen.heading("Other changes")
        changes = [
            (one.kind, f"{one.dataset} → {one.renamed_to}" if one.renamed_to else one.dataset)
            for one in result.changes
        ]
        print_table(screen, ("change", "dataset"), changes, styles=("", "cyan"))
    if result.diagnostics:
        screen.heading("Diagnostics")
        for diagnostic in result.diagnostics:
            print_diagnostic(screen, file, diagnostic, lines)
