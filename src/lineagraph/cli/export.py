"""`lineagraph export`."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Annotated

import typer

from lineagraph.cli.options import ProjectOption, UsageError, one_of, project_directory

if TYPE_CHECKING:
    from lineagraph.project import Project

FORMATS = ("jsonl",)


def export(
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl: every node, edge, evidence and diagnostic, sorted, an object a line.",
        ),
    ] = "jsonl",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to a file, whole or not at all. [default: standard output]",
        ),
    ] = None,
    project: ProjectOption = ".lineagraph",
) -> None:
    """Write the whole graph in a form for other programs.

    Equal graphs give equal bytes, whatever their history: two exports can be compared with diff.
    """
    one_of("--format", format, FORMATS)

    from lineagraph.project import Project

    with Project(project_directory(project)) as opened:
        if output is None or output == "-":
            sys.stdout.flush()
            opened.export_jsonl(getattr(sys.stdout, "buffer", None) or _Text())
            sys.stdout.flush()
        else:
            _write(opened, output)


class _Text:
    """Standard output where it has been replaced by a stream of text."""

    def write(self, data: bytes) -> object:
        return sys.stdout.write(data.decode())


def _write(project: Project, output: str) -> None:
    """Write beside the file and rename, so that nobody finds half an export; devices and pipes are written directly."""
    if os.path.isdir(output):
        raise UsageError(f"--output names {output}, which is a folder; give a file")
    if os.path.exists(output) and not os.path.isfile(output):
        with open(output, "wb") as stream:
            project.export_jsonl(stream)
        return
    target = os.path.realpath(output)
    try:
        handle, temporary = tempfile.mkstemp(prefix=".lineagraph-", dir=os.path.dirname(target))
    except OSError as error:
        raise UsageError(
            f"--output {output}: {error.strerror}; give a file in a folder that can be written to"
        ) from None
    try:
        with open(handle, "wb") as stream:
            project.export_jsonl(stream)
        os.chmod(temporary, _mode_of(target))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode_of(path: str) -> int:
    """Permissions of the file that is replaced, or those a new one would get."""
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
