"""`Project`: a project database with everything one can do to it and ask of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lineagraph.store.base import Statistics
from lineagraph.store.sqlite import SqliteStore

if (
    TYPE_CHECKING
):  # each question loads its own answer's module: a trace on the command line is mostly imports
    from lineagraph.ingest.graph_extractor import IngestReport
    from lineagraph.lineage.impact import Impact
    from lineagraph.lineage.search import SearchResult
    from lineagraph.lineage.show import Details
    from lineagraph.lineage.trace import Direction, Trace

DEFAULT_DIRECTORY = ".lineagraph"

__all__ = ["DEFAULT_DIRECTORY", "IngestReport", "Project"]


class Project:
    """The lineage of a set of files, kept in one directory.

    Questions open the database for reading and never block an ingestion; `ingest` takes the writer's place and waits
    for another one up to `timeout_seconds`. Usable as a context manager.
    """

    def __init__(
        self, directory: str | os.PathLike[str] = DEFAULT_DIRECTORY, *, timeout_seconds: float = 10.0
    ) -> None:
        self.directory = Path(directory)
        self._timeout_seconds = timeout_seconds
        self._reader: SqliteStore | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def store(self) -> SqliteStore:
        """The database, open for reading. Raises `StoreMissingError` if nothing was ingested here yet."""
        if self._reader is None:
            self._reader = SqliteStore.open(
                self.directory, read_only=True, timeout_seconds=self._timeout_seconds
            )
        return self._reader

    def ingest(
        self,
        paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        dialect: str | None = None,
        root: str | os.PathLike[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        stop: Event | None = None,
        places: Sequence[str | os.PathLike[str]] | None = None,
        **options: Any,
    ) -> IngestReport:
        """Make the project say what the files below `paths` say now; see `IngestOptions` for further options.

        Stored paths are relative to `root` (default: the working directory). `stop`, once set, ends the ingestion after
        what is in hand; the next one goes on. `places`: look only at these files and folders below `paths`, which may
        have changed, come or gone. Raises `DiscoveryError`, `SchemaError`,
        `UnknownDialectError` or `StoreError`; bad SQL is a diagnostic in the report.
        """
        from lineagraph.ingest.graph_extractor import GraphExtractor, IngestOptions

        given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        self.close()
        with SqliteStore.open(self.directory, timeout_seconds=self._timeout_seconds) as store:
            return GraphExtractor(
                store, IngestOptions(dialect=dialect, **options), progress, self.directory, stop
            ).run(given, root, places=places)

    def trace(self, name: str, direction: Direction = "upstream", **options: Any) -> Trace:
        """Where a column's or dataset's data comes from (`upstream`), goes to (`downstream`), or `both`.

        Options are those of `lineagraph.lineage.trace.trace`. Raises `UnknownNameError` with the nearest names, or
        `AmbiguousNameError` with the candidates.
        """
        from lineagraph.lineage.trace import trace

        return trace(self.store, name, direction, **options)

    def impact(self, name: str, **options: Any) -> Impact:
        """Everything that a change of a column or dataset can reach, grouped by dataset."""
        from lineagraph.lineage.impact import impact

        return impact(self.store, name, **options)

    def show(self, name: str) -> Details:
        """One dataset, column, routine or file: what it is, who defines, reads and writes it."""
        from lineagraph.lineage.show import show

        return show(self.store, name)

    def search(self, text: str, **options: Any) -> SearchResult:
        """Names that contain or resemble a text, the best first."""
        from lineagraph.lineage.search import search

        return search(self.store, text, **options)

    def statistics(self) -> Statistics:
        """Sizes of the graph, by kind."""
        return self.store.statistics()

    def export_jsonl(self, stream: Any) -> int:
        """Write every node, edge, evidence and diagnostic in canonical form; returns the number of lines."""
        from lineagraph.export.jsonl import export_jsonl

        return export_jsonl(self.store, stream)


def __getattr__(name: str) -> Any:
    # the report's module needs sqlglot, questions do not
    if name == "IngestReport":
        from lineagraph.ingest.graph_extractor import IngestReport

        return IngestReport
    raise AttributeError(name)
