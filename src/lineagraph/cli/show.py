"""`lineagraph show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineagraph.cli.options import JsonOption, ProjectOption, project_directory, searchable

if TYPE_CHECKING:
    from lineagraph.lineage.show import Details


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A dataset, column, routine or file; its last parts do, where they are unique.",
        ),
    ],
    project: ProjectOption = ".lineagraph",
    as_json: JsonOption = False,
) -> None:
    """All about one dataset, column, routine or file.

    Its columns, who defines, writes and reads it, and what is wrong in the statements that do.
    """
    name = searchable(name)

    from lineagraph.cli.output import open_screen, print_json
    from lineagraph.project import Project

    with Project(project_directory(project)) as opened:
        details = opened.show(name)
    if as_json:
        print_json(answer(details))
    else:
        from lineagraph.cli.show_page import print_details

        print_details(open_screen(), details)


def answer(details: Details) -> dict[str, Any]:
    """The JSON document: `Details`, each diagnostic with its file."""
    from msgspec.structs import replace

    from lineagraph.cli.output import plain

    found = plain(details)
    found["diagnostics"] = [plain(replace(diagnostic, file=file)) for file, diagnostic in details.diagnostics]
    return found
