"""`lineagraph trace`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lineagraph.cli.options import (
    DepthOption,
    JsonOption,
    ProjectOption,
    one_of,
    project_directory,
    searchable,
    whole_number,
)

if TYPE_CHECKING:
    from lineagraph.lineage.trace import Direction

DIRECTIONS: tuple[Direction, ...] = ("upstream", "downstream", "both")


def trace(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A column or a dataset; its last parts do, where they are unique."
        ),
    ],
    direction: Annotated[
        str, typer.Option("--direction", metavar="WHERE", help="upstream, downstream or both.")
    ] = "upstream",
    depth: DepthOption = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Only such edges: DIRECT, INDIRECT, IDENTITY, TRANSFORMATION, AGGREGATION, CONDITIONAL, WINDOW, JOIN, "
            "FILTER, GROUP_BY, SORT. May be given several times.",
        ),
    ] = None,
    no_influences: Annotated[
        bool,
        typer.Option("--no-influences", help="Leave out joins, filters and the like, which move whole rows."),
    ] = False,
    limit: Annotated[str, typer.Option("--limit", metavar="N", help="The nearest N hops.")] = "1000",
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> None:
    """Where a column's values come from, or go to, hop by hop.

    Each line is one hop: the column, how its value moves, and where a file says so. Joins, filters and the like, which
    decide what rows there are, come after the tree.
    """
    chosen = one_of("--direction", direction, DIRECTIONS)
    most = whole_number("--depth", depth)
    hops = whole_number("--limit", limit)
    name = searchable(name)

    from lineagraph.project import Project

    with Project(project_directory(project)) as opened:
        answer = opened.trace(
            name, chosen, depth=most, types=types or None, include_influences=not no_influences, limit=hops
        )
    if as_json:
        from lineagraph.cli.output import print_json

        print_json(answer)
    else:
        from lineagraph.cli.output import open_screen
        from lineagraph.cli.trace_page import print_trace

        print_trace(open_screen(), answer, chosen)
