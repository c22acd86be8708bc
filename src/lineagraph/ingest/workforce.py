"""The workers of one ingestion: started when there is enough to do for it to pay, ended with the ingestion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from types import TracebackType

from lineagraph.ingest import work
from lineagraph.ingest.binding import Bound, lost
from lineagraph.ingest.reading_context import ReadingContext
from lineagraph.ingest.reports import IngestOptions
from lineagraph.ingest.work import BindingTask, WorkContext
from lineagraph.ingest.workers import WorkerOptions, WorkerPool
from lineagraph.store.base import FileRecord
from lineagraph.store.sources import SourceTables

_WORTH_BINDING = 500
"""Files to be bound, before workers are started for them alone."""


class Workforce:
    """A context manager: leaving it ends the workers."""

    def __init__(self, options: IngestOptions, context: ReadingContext, project: str) -> None:
        self._options = options
        self.is_parallel = options.flags.parallel and options.workers != 1 and str(options.workers) != "1"
        self._is_here = not str(options.workers).startswith("dask")
        self._context = WorkContext(context, project if self._is_here else "")
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Workforce:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close()

    def pool(self) -> WorkerPool:
        if self._pool is None:
            self._pool = WorkerPool.open(
                WorkerOptions(self._options.workers),
                initializer=work.INITIALIZER,
                context=work.pack_context(self._context),
            )
        return self._pool

    def binds(self, files: int) -> bool:
        """Should workers bind so many files? Only those that can open the project database, and only if it pays."""
        return self.is_parallel and self._is_here and files >= _WORTH_BINDING

    def bind(self, tables: SourceTables, paths: Sequence[str], stop: Event) -> Iterator[Bound]:
        """Bind files against the catalog that is committed in the database; in any order, fewer if told to stop."""
        tasks = (BindingTask(path) for path in paths)
        for done in self.pool().run(work.bind, tasks, weight=_file):
            if done.result is None:
                yield from _not_bound(tables, done.item.path, done.error or "no reason is known")
            elif done.result:
                yield work.unpack_bound(done.result)
            if stop.is_set():
                return


def _not_bound(tables: SourceTables, path: str, error: str) -> Iterator[Bound]:
    """What becomes of a file whose binding ended a worker, or did not end."""
    for _, dialect, outcome, _ in tables.read([path]):
        yield lost(FileRecord(path, dialect, outcome), error)


def _file(_: BindingTask) -> int:
    """A chunk is a quarter of a megabyte: 64 files."""
    return 4_096
