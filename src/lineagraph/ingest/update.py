"""One run's changes on their way into the graph: files are read, and whom they concern is bound, in batches."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event

from lineagraph.catalog.schemas import load_schema
from lineagraph.ingest.affected import take_in
from lineagraph.ingest.binding import Bound, bind_here, put
from lineagraph.ingest.changes import looks, looks_when_read
from lineagraph.ingest.discover import FoundFile
from lineagraph.ingest.imported_schemas import schema_reading
from lineagraph.ingest.parse_cache import ParseCache
from lineagraph.ingest.reading_context import ReadingContext
from lineagraph.ingest.readings import Readings
from lineagraph.ingest.reports import SCHEMA_PREFIX, IngestOptions
from lineagraph.ingest.workforce import Workforce
from lineagraph.model import GraphDelta
from lineagraph.store.sources import Source, Told
from lineagraph.store.sqlite import SqliteStore

BATCH_BYTES = 32 << 20
"""Of facts per transaction."""


class Update:
    """What changed, put into the project database."""

    def __init__(
        self,
        store: SqliteStore,
        options: IngestOptions,
        context: ReadingContext,
        home: str,
        cache: ParseCache | None,
        progress: Callable[[int, int], None] | None,
        stop: Event,
    ) -> None:
        self._store = store
        self._tables = store.sources
        self._options = options
        self._context = context
        self._home = home
        self._cache = cache
        self._progress = progress
        self._stop = stop
        self._batch_files = options.batch_files if options.flags.batching else 1
        self.delta = GraphDelta()
        self.bound = 0
        """Files whose lineage was looked for."""
        self.parsed = 0
        """Files whose facts were extracted."""
        self.cache_hits = 0
        """Files whose facts the cache had."""

    def run(
        self,
        files: Sequence[FoundFile],
        gone: Sequence[str],
        known: Mapping[str, bytes],
        dialects: Mapping[str, str],
        schemas: Sequence[str],
        base: Path,
        mark: str,
    ) -> None:
        """Read `files`, forget what is `gone`, and bind whom that concerns. `known` are content hashes by path.

        `dialects` are those of files that this run's options do not concern: they are read as they were. `schemas` are
        stored paths of imported schemas to read besides those that the options name.
        """
        imported = self._schemas(base, known, schemas)
        with Workforce(self._options, self._context, self._home) as workforce:
            readings = Readings(
                self._tables,
                self._options,
                self._context,
                cache=self._cache,
                pool=workforce.pool if workforce.is_parallel else None,
                progress=self._progress,
                stop=self._stop,
            )
            told = _chained(imported, readings.told(files, known, gone, dialects))
            self._write(told, gone, mark, workforce)
            self.parsed, self.cache_hits = readings.parsed, readings.cache_hits

    def _schemas(self, base: Path, known: Mapping[str, bytes], others: Iterable[str]) -> list[Told]:
        """The imported schemas of this run, and some others, that say something else than before."""
        told: list[Told] = []
        names = {path: str(base / path.removeprefix(SCHEMA_PREFIX)) for path in others}
        for name in self._options.schemas:
            names[SCHEMA_PREFIX + os.path.relpath(name, base).replace(os.sep, "/")] = name
        sight = self._context.sight(())
        for path, name in names.items():
            now = time.time_ns()
            found = _looked_up(path, name)
            before = self._tables.looks_at([path]).get(path) if path in known else None
            if before and found is not None and looks(found, sight) == before:
                continue  # a large one takes long to read
            reading = schema_reading(load_schema(name, self._context.dialect or ""))
            digest = hashlib.sha256(reading.facts).digest()
            if known.get(path) != digest:
                shown = looks_when_read(found, sight, now) if found is not None else b""
                source = Source(path, shown, digest, reading.dialect, reading.outcome)
                told.append(Told(source, reading.names, reading.interface, reading.facts))
        return told

    def _write(self, told: Iterable[Told], removed: Sequence[str], mark: str, workforce: Workforce) -> None:
        """Batches of files go in, one transaction each; then whatever has become stale is bound, again in batches.

        An edit of few files is one transaction as a whole.
        """
        store, defaults = self._store, self._context.defaults
        batches = self._batches(told)
        batch = next(batches, [])
        for following in batches:
            with store.transaction():
                take_in(self._tables, batch, [], defaults)
            batch = following
        # told to stop: what was not read is not known to be gone, nor known at all
        if self._stop.is_set():
            removed, mark = (), store.get_meta("read_with") or ""
        stale = self._tables.stale()
        if batch or removed or (store.get_meta("read_with") or "") != mark:
            with store.transaction():
                take_in(self._tables, batch, removed, defaults)
                self._forget(removed)
                store.set_meta("read_with", mark)
                stale = self._tables.stale()
                if len(stale) <= self._batch_files:
                    self._bind(stale)
                    stale = []
        self._bind_many(stale, workforce)

    def _bind_many(self, stale: Sequence[str], workforce: Workforce) -> None:
        """In batches, and with workers if there is much to do."""
        if workforce.binds(len(stale)):
            batch: list[Bound] = []
            for bound in workforce.bind(self._tables, stale, self._stop):
                batch.append(bound)
                if len(batch) >= self._batch_files:
                    self._put(batch)
                    batch = []
            self._put(batch)
            stale = (
                self._tables.stale()
            )  # none, unless workers could not read the database, or we are to stop
        for start in range(0, len(stale), self._batch_files):
            if self._stop.is_set():
                break
            self._bind(stale[start : start + self._batch_files])

    def _batches(self, told: Iterable[Told]) -> Iterator[list[Told]]:
        batch: list[Told] = []
        size = 0
        for one in told:
            batch.append(one)
            size += len(one.facts)
            if len(batch) >= self._batch_files or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _forget(self, removed: Sequence[str]) -> None:
        if removed:
            self.delta = _sum(self.delta, self._store.apply((), removed))

    def _bind(self, paths: Sequence[str]) -> None:
        self._put(bind_here(self._store, paths, self._context.defaults))

    def _put(self, bound: Sequence[Bound]) -> None:
        if bound:
            self.bound += len(bound)
            self.delta = _sum(self.delta, put(self._store, bound))


def _looked_up(path: str, name: str) -> FoundFile | None:
    """An imported schema's file as `stat` sees it; None where that is not one file."""
    try:
        status = os.stat(name)
    except OSError:  # reading it says what is wrong
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return FoundFile(path, name, status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


def _chained(first: Sequence[Told], then: Iterable[Told]) -> Iterator[Told]:
    yield from first
    yield from then


def _sum(a: GraphDelta, b: GraphDelta) -> GraphDelta:
    return GraphDelta(
        a.nodes_added + b.nodes_added,
        a.nodes_removed + b.nodes_removed,
        a.edges_added + b.edges_added,
        a.edges_removed + b.edges_removed,
    )
