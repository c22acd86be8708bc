"""`lineagraph impact`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lineagraph.cli.options import (
    DepthOption,
    JsonOption,
    ProjectOption,
    project_directory,
    searchable,
    whole_number,
)

if TYPE_CHECKING:
    from lineagraph.cli.output import Screen
    from lineagraph.lineage.impact import AffectedDataset, Impact


def impact(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A column or a dataset; its last parts do, where they are unique."
        ),
    ],
    depth: DepthOption = None,
    limit: Annotated[
        str, typer.Option("--limit", metavar="N", help="Stop after N affected names.")
    ] = "10000",
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> None:
    """What changes when a column or dataset changes.

    Everything downstream, by dataset, the nearest first: columns that its values reach, columns that only depend on
    it (a condition, a rank), and datasets whose rows it decides (a join, a filter), with the files on the way.
    """
    most_hops = whole_number("--depth", depth)
    most = whole_number("--limit", limit)
    name = searchable(name)

    from lineagraph.cli.output import open_screen, print_json
    from lineagraph.project import Project

    with Project(project_directory(project)) as opened:
        answer = opened.impact(name, depth=most_hops, limit=most)
    if as_json:
        print_json(answer)
    else:
        _print(open_screen(), answer)


def _print(screen: Screen, answer: Impact) -> None:
    from lineagraph.cli.output import counted, shown
    from lineagraph.cli.table import print_table

    start = screen.paint(shown(answer.start.name), "bold")
    if not answer.datasets:
        screen.line(f"{start} reaches nothing, as far as the ingested files say.")
        return
    columns = sum(len(dataset.columns) for dataset in answer.datasets)
    screen.line(
        f"{start} reaches {counted(columns, 'column')} of {counted(len(answer.datasets), 'dataset')}, "
        f"through {counted(len(answer.files), 'file')}"
    )
    rows = [
        (str(dataset.depth), dataset.name, (dataset.kind or "").replace("_", " "), _changes(dataset))
        for dataset in answer.datasets
    ]
    screen.line()
    headers = ("hops", "dataset", "kind", "what changes")
    print_table(screen, headers, rows, styles=("dim", "cyan", "dim", ""), numbers=("hops",))
    screen.heading("Files on the way")
    for file in answer.files:
        screen.line(f"  {shown(file)}")
    if answer.truncated:
        screen.line()
        screen.line(screen.paint("There is more: only the nearest were followed; see --limit.", "yellow"))
    if answer.unexplored:
        screen.line()
        nodes = counted(answer.unexplored, "name was", "names were")
        screen.line(screen.paint(f"There may be more: {nodes} not followed beyond --depth.", "yellow"))


def _changes(dataset: AffectedDataset) -> str:
    """`amount, total; depends on it: rank; which rows there are`"""
    direct = [column.name for column in dataset.columns if column.type == "DIRECT"]
    indirect = [column.name for column in dataset.columns if column.type != "DIRECT"]
    parts: list[str] = []
    if direct:
        parts.append(", ".join(direct))
    if indirect:
        parts.append(f"by choice: {', '.join(indirect)}")
    if dataset.rows == "INDIRECT":
        parts.append("which rows there are")
    elif dataset.rows == "DIRECT" and not dataset.columns:
        parts.append("its data, in columns that are not known")
    return "; ".join(parts)
