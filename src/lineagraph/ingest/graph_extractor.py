"""The conductor of one ingestion: discover → facts (kept, cached or extracted) → bind whom it concerns → report."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import msgspec

from lineagraph.catalog.schemas import load_schema
from lineagraph.ingest.affected import take_in
from lineagraph.ingest.binding import BINDING_VERSION, Bound, bind_here, put
from lineagraph.ingest.changes import compare
from lineagraph.ingest.discover import Discovery, FoundFile, discover
from lineagraph.ingest.garbage import long_lived_set_aside
from lineagraph.ingest.imported_schemas import SCHEMA_PREFIX, schema_reading
from lineagraph.ingest.outcomes import Outcomes
from lineagraph.ingest.parse_cache import CACHE_FILE, ParseCache
from lineagraph.ingest.reading import ReadingContext
from lineagraph.ingest.readings import Readings, sight
from lineagraph.ingest.reports import FailedStatement, IngestError, IngestOptions, IngestReport
from lineagraph.ingest.workforce import Workforce
from lineagraph.model import GraphDelta
from lineagraph.store.sources import Source, Told
from lineagraph.store.sqlite import SqliteStore
from lineagraph.version import __version__

BATCH_BYTES = 32 << 20
"""Of facts per transaction."""

Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class GraphExtractor:
    """Ingests folders of SQL into a project database. Holds no state between runs: the database has it all."""

    def __init__(
        self,
        store: SqliteStore,
        options: IngestOptions,
        progress: Progress | None = None,
        home: str | os.PathLike[str] = ".",
        stop: Event | None = None,
    ) -> None:
        """`home` is the project's directory: where its files lie is remembered relative to it. `stop`, once set, ends a
        run after what is in hand; what it did is kept, and the next run goes on.

        Raises `UnknownDialectError`.
        """
        self._home = os.path.abspath(home)
        self._store = store
        self._tables = store.sources
        self._options = options
        self._progress = progress
        self._context = ReadingContext.of(options)
        self._stop = stop if stop is not None else Event()
        self._batch_files = options.batch_files if options.flags.batching else 1
        self._delta = GraphDelta()
        self._bound = 0

    def run(
        self, paths: Sequence[str | os.PathLike[str]], root: str | os.PathLike[str] | None = None
    ) -> IngestReport:
        """Make the store say what the files below `paths` say now.

        Files that were ingested from below these paths before and are gone are forgotten; others stay. Raises
        `DiscoveryError` for a path that does not exist, `SchemaError` for a schema that cannot be read, `StoreError`
        when the store fails.
        """
        began = time.perf_counter()
        with long_lived_set_aside(), self._store.explained():
            base = self._base(root)
            found = discover(paths, root=base, follow_symlinks=self._options.follow_symlinks)
            return self._ingest(found, base, began)

    def _ingest(self, found: Discovery, base: Path, began: float) -> IngestReport:
        mark = self._mark()
        anew = self._store.get_meta("read_with") != mark
        tables = self._tables
        if anew or any(root.endswith("/") or not root for root in found.roots):
            rows = list(tables.fingerprints())
        else:  # single files, as when one was edited: what the others are does not matter
            rows = tables.fingerprints_of(found.roots)
        known = {row[0]: row[-1] for row in rows}
        changes = compare(
            found.files,
            [row for row in rows if not row[0].startswith(SCHEMA_PREFIX)],
            context=sight(self._context, self._options),
            roots=found.roots,
            unseen=found.unseen,
        )
        files = changes.to_hash
        gone = {*changes.gone, *_schemas_gone(known, base)}
        if anew:
            # read by another version or with other defaults: all is read again, also what this run does not name
            here = {file.path for file in found.files}
            files = found.files + _elsewhere(known.keys() - gone - here, base)
            known = dict.fromkeys(known, b"")
        schemas = self._schemas(base, known)
        with self._cache() as cache, Workforce(self._options, self._context, self._home) as workforce:
            readings = Readings(
                self._tables,
                self._options,
                self._context,
                cache=cache,
                pool=workforce.pool if workforce.is_parallel else None,
                progress=self._progress,
                stop=self._stop,
            )
            told = _chained(schemas, readings.told(files, known, gone))
            self._write(told, sorted(gone), mark, workforce)
            warnings = tuple(cache.warnings) if cache is not None else ()
        outcomes = Outcomes(self._store, found)
        return IngestReport(
            len(found.files),
            readings.parsed,
            len(found.files) - readings.parsed,
            outcomes.failed,
            len(gone),
            time.perf_counter() - began,
            self._delta,
            outcomes.statements,
            outcomes.codes,
            outcomes.failures,
            readings.cache_hits,
            self._bound,
            self._stop.is_set(),
            warnings,
            self._options.flags,
        )

    @contextmanager
    def _cache(self) -> Generator[ParseCache | None]:
        if not self._options.flags.parse_cache:
            yield None
            return
        path = self._options.cache_path or os.path.join(self._home, CACHE_FILE)
        with ParseCache.open(path, self._options.cache) as cache:
            yield cache

    def _mark(self) -> str:
        """What all facts and all lineage of a project depend on, whatever the file."""
        context = self._context
        parts = (__version__, BINDING_VERSION, context.versions(), context.database, context.schemas)
        return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()

    def _base(self, root: str | os.PathLike[str] | None) -> Path:
        """The directory that stored paths are relative to: chosen by the first ingestion, then kept.

        Otherwise the same file would have another name from another working directory, and what an earlier run stored
        would look deleted.
        """
        stored = self._store.get_meta("root")
        if stored is not None:
            kept = Path(os.path.normpath(os.path.join(self._home, stored)))
            if root is not None and os.path.realpath(root) != os.path.realpath(kept):
                raise IngestError(
                    f"this project's paths are relative to {kept}, not to {root}; "
                    "leave the root out, or use another project"
                )
            return kept
        base = Path(root) if root is not None else Path.cwd()
        self._store.set_meta("root", os.path.relpath(base, self._home).replace(os.sep, "/"))
        return base

    def _schemas(self, base: Path, known: Mapping[str, bytes]) -> list[Told]:
        """The imported schemas of this run that say something else than before."""
        told: list[Told] = []
        for name in self._options.schemas:
            path = SCHEMA_PREFIX + os.path.relpath(name, base).replace(os.sep, "/")
            reading = schema_reading(load_schema(name, self._context.dialect or ""))
            digest = hashlib.sha256(reading.facts).digest()
            if known.get(path) != digest:
                source = Source(
                    path, len(reading.facts), 0, 0, 0, 0, 0, digest, reading.dialect, reading.outcome
                )
                told.append(Told(source, reading.names, reading.interface, reading.facts))
        return told

    # -- what is told → the graph -----------------------------------------------------------------------------------

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
            )  # none, unless workers could not read the database or there is a signal
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
            self._delta = _sum(self._delta, self._store.apply((), removed))

    def _bind(self, paths: Sequence[str]) -> None:
        self._put(bind_here(self._store, paths, self._context.defaults))

    def _put(self, bound: Sequence[Bound]) -> None:
        if bound:
            self._bound += len(bound)
            self._delta = _sum(self._delta, put(self._store, bound))


def _chained(first: Sequence[Told], then: Iterable[Told]) -> Iterator[Told]:
    yield from first
    yield from then


def _schemas_gone(known: Iterable[str], base: Path) -> set[str]:
    """An imported schema is remembered as long as its file is there."""
    return {
        path
        for path in known
        if path.startswith(SCHEMA_PREFIX) and not (base / path.removeprefix(SCHEMA_PREFIX)).exists()
    }


def _elsewhere(paths: Iterable[str], base: Path) -> list[FoundFile]:
    """Known files that a run does not name, where they are still to be found."""
    found: list[FoundFile] = []
    for path in sorted(paths):
        absolute = os.path.join(base, path)
        try:
            status = os.stat(absolute)
        except OSError:
            continue
        found.append(FoundFile(path, absolute, status.st_size, status.st_mtime_ns, status.st_ino))
    return found


def _sum(a: GraphDelta, b: GraphDelta) -> GraphDelta:
    return GraphDelta(
        a.nodes_added + b.nodes_added,
        a.nodes_removed + b.nodes_removed,
        a.edges_added + b.edges_added,
        a.edges_removed + b.edges_removed,
    )


__all__ = [
    "SCHEMA_PREFIX",
    "FailedStatement",
    "GraphExtractor",
    "IngestError",
    "IngestOptions",
    "IngestReport",
]
