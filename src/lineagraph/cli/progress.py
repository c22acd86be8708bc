"""The progress bar of an ingestion, on standard error where that is a terminal; silence elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from lineagraph.cli.output import is_terminal, wants_color

Progress = Callable[[int, int], None]


@contextmanager
def ingestion_progress() -> Generator[Progress | None]:
    """What to tell (files done, files in all) to; None where nobody would see it. The bar goes when the block ends."""
    if not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True, no_color=not wants_color())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("looking for files", total=None)

        def advance(done: int, total: int) -> None:
            # binding and storing begin when the last file is read; how long they take is not known
            bar.update(
                task,
                completed=done,
                total=total,
                description="reading" if done < total else "binding and storing",
            )

        yield advance
