"""`lineagraph search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lineagraph.cli.options import (
    JsonOption,
    ProjectOption,
    UsageError,
    one_of,
    project_directory,
    searchable,
    whole_number,
)

if TYPE_CHECKING:
    from lineagraph.cli.output import Screen
    from lineagraph.lineage.search import SearchKind, SearchResult

KINDS: tuple[SearchKind, ...] = ("dataset", "column", "routine", "file")


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A part of the name, in any case.")],
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Only one kind: dataset, column, routine or file."),
    ] = None,
    limit: Annotated[str, typer.Option("--limit", metavar="N", help="The best N.")] = "50",
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> None:
    """Find names that contain or resemble a text, the best first."""
    wanted = None if kind is None else one_of("--kind", kind, KINDS)
    most = whole_number("--limit", limit)
    text = searchable(text)
    if not text.strip():
        raise UsageError("the text to search for is empty; give a part of a name")

    from lineagraph.cli.output import open_screen, print_json
    from lineagraph.project import Project

    with Project(project_directory(project)) as opened:
        result = opened.search(text, kind=wanted, limit=most)
    if as_json:
        print_json(result)
    else:
        _print(open_screen(), text, result)


def _print(screen: Screen, text: str, result: SearchResult) -> None:
    from lineagraph.cli.output import counted, shown
    from lineagraph.cli.table import print_table

    if not result.matches:
        screen.line(f"Nothing in the graph is called {shown(text)}, or anything like it.")
        return
    if result.matches[0].how == "similar":
        screen.line(screen.paint(f"Nothing contains {shown(text)}; these are similar:", "yellow"))
    rows = [(match.kind or _LABELS.get(match.label, match.label), match.name) for match in result.matches]
    print_table(
        screen,
        ("kind", "name"),
        [(kind.replace("_", " "), name) for kind, name in rows],
        styles=("dim", "cyan"),
    )
    if result.total > len(result.matches) or result.incomplete:
        number = f"more than {result.total:,}" if result.incomplete else f"{result.total:,}"
        shown_number = counted(len(result.matches), "name is", "names are")
        screen.line(
            screen.paint(
                f"{number} fit; the best {shown_number} shown. Give more of the name, or --limit.", "yellow"
            )
        )


_LABELS = {"Column": "column", "SourceFile": "file", "Dataset": "dataset", "Routine": "routine"}
