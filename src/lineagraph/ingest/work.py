"""What workers do for an ingestion: read files, and bind files that are in the project database already."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lineagraph.ingest.affected import StoredCatalog
from lineagraph.ingest.binding import Bound, bind_file
from lineagraph.ingest.garbage import set_long_lived_aside
from lineagraph.ingest.reading import Reading, read_task
from lineagraph.ingest.reading_context import ReadingContext, ReadingTask
from lineagraph.ingest.worker_side import prepared
from lineagraph.sql.stack import deep_recursion
from lineagraph.store.base import StoreError
from lineagraph.store.sqlite import SqliteStore

INITIALIZER = "lineagraph.ingest.work:prepare"


class WorkContext(Struct, frozen=True):
    """What all workers of a run are told once."""

    reading: ReadingContext
    project: str = ""
    """The project's directory, for workers that can open it; others only read."""


class BindingTask(Struct, frozen=True, array_like=True, gc=False):
    """One file to be bound, against the catalog as it is in the database while the worker lives."""

    path: str


class Worker:
    """A worker's state."""

    def __init__(self, context: WorkContext) -> None:
        self.reading = context.reading
        self._project = context.project
        self._store: SqliteStore | None = None
        self._stored: StoredCatalog | None = None

    def bind(self, tasks: Sequence[BindingTask]) -> list[Bound | None]:
        store = self._store
        if store is None:
            store = self._store = SqliteStore.open(Path(self._project), read_only=True)
        stored = self._stored
        if stored is None:
            stored = self._stored = StoredCatalog(store.sources, self.reading.defaults)
        bound: dict[str, Bound] = {}
        # Meanwhile others' findings are put into the database. Datasets whose columns depend on each other are found
        # out about together, so who sees one of them as known must see all.
        with store.snapshot(), deep_recursion():
            for path, dialect, outcome, facts in stored.tables.read([task.path for task in tasks]):
                bound[path] = bind_file(path, dialect, outcome, facts, stored)
        return [bound.get(task.path) for task in tasks]


_encoder = msgspec.msgpack.Encoder()
_readings = msgspec.msgpack.Decoder(Reading)
_bound = msgspec.msgpack.Decoder(Bound)
_contexts = msgspec.msgpack.Decoder(WorkContext)


def pack_context(context: WorkContext) -> bytes:
    return _encoder.encode(context)


def prepare(context: bytes) -> Worker:
    """A worker's first call. Importing this module has loaded all that the work needs."""
    set_long_lived_aside()
    return Worker(_contexts.decode(context))


def read(tasks: Sequence[ReadingTask]) -> list[bytes]:
    """What is kept of each file, packed."""
    worker: Worker = prepared()
    return [_encoder.encode(read_task(task, worker.reading)) for task in tasks]


def read_here(task: ReadingTask, context: ReadingContext) -> tuple[bytes | None, str | None]:
    """The same without a worker: what is kept of a file, packed, or why there is nothing."""
    try:
        return _encoder.encode(read_task(task, context)), None
    except Exception as error:  # noqa: BLE001 - a slip of ours costs no more than the file
        return None, f"{type(error).__name__}: {error}"


def unpack_reading(blob: bytes) -> Reading:
    """Raises `msgspec.MsgspecError` for what is none."""
    return _readings.decode(blob)


def bind(tasks: Sequence[BindingTask]) -> list[bytes]:
    """The lineage of each file, packed; nothing for a file that is not there, or if the database cannot be read."""
    worker: Worker = prepared()
    try:
        found = worker.bind(tasks)
    except (sqlite3.Error, StoreError):  # no fault of the files: whoever asked sees for himself
        return [b""] * len(tasks)
    return [_encoder.encode(bound) if bound is not None else b"" for bound in found]


def unpack_bound(blob: bytes) -> Bound:
    return _bound.decode(blob)
