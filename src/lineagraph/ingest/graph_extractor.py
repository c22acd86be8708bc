"""The conductor of one ingestion: discover → facts (kept, cached or extracted) → bind whom it concerns → report."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from lineagraph import __version__
from lineagraph.catalog.schemas import load_schema
from lineagraph.ingest.affected import take_in
from lineagraph.ingest.binding import BINDING_VERSION, bind_stale
from lineagraph.ingest.discover import Discovery, FoundFile, discover
from lineagraph.ingest.fingerprints import Fingerprints
from lineagraph.ingest.garbage import long_lived_set_aside
from lineagraph.ingest.imported_schemas import SCHEMA_PREFIX, schema_reading
from lineagraph.ingest.outcomes import Outcomes
from lineagraph.ingest.reading import ReadingContext
from lineagraph.ingest.readings import Readings
from lineagraph.ingest.reports import FailedStatement, IngestError, IngestOptions, IngestReport
from lineagraph.model import GraphDelta
from lineagraph.store.sources import Source, Told
from lineagraph.store.sqlite import SqliteStore

BATCH_FILES = 500
"""Files per transaction."""

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
    ) -> None:
        """`home` is the project's directory: where its files lie is remembered relative to it.

        Raises `UnknownDialectError`.
        """
        self._home = os.path.abspath(home)
        self._store = store
        self._tables = store.sources
        self._options = options
        self._progress = progress
        self._context = ReadingContext.of(options)
        self._delta = GraphDelta()

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
            prints = Fingerprints(self._tables.fingerprints())
            gone = _gone(prints.paths(), {file.path for file in found.files}, paths, base)
            return self._ingest(found, prints, gone, base, began)

    def _ingest(
        self, found: Discovery, prints: Fingerprints, gone: set[str], base: Path, began: float
    ) -> IngestReport:
        files = list(found.files)
        mark = self._mark()
        if self._store.get_meta("read_with") != mark:
            # read by another version or with other defaults: all is read again, also what this run does not name
            files += _elsewhere(prints.paths() - gone - {file.path for file in files}, base)
            prints.distrust()
        readings = Readings(self._tables, self._options, self._context, self._progress)
        told = readings.told(files, prints, gone)
        schemas = self._schemas(base, prints)
        self._write(_chained(schemas, told), sorted(gone), mark)
        outcomes = Outcomes(self._store, found)
        return IngestReport(
            len(found.files),
            readings.parsed,
            len(files) - readings.parsed,
            outcomes.failed,
            len(gone),
            time.perf_counter() - began,
            self._delta,
            outcomes.statements,
            outcomes.codes,
            outcomes.failures,
        )

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

    def _schemas(self, base: Path, prints: Fingerprints) -> list[Told]:
        """The imported schemas of this run that say something else than before."""
        told: list[Told] = []
        for name in self._options.schemas:
            path = SCHEMA_PREFIX + os.path.relpath(name, base).replace(os.sep, "/")
            reading = schema_reading(load_schema(name, self._context.dialect or ""))
            digest = hashlib.sha256(reading.facts).digest()
            if not prints.is_known(path, digest):
                source = Source(
                    path, len(reading.facts), 0, 0, 0, 0, digest, reading.dialect, reading.outcome
                )
                told.append(Told(source, reading.names, reading.interface, reading.facts))
        return told

    # -- what is told → the graph -----------------------------------------------------------------------------------

    def _write(self, told: Iterable[Told], removed: Sequence[str], mark: str) -> None:
        """Batches of files go in, one transaction each; then whatever has become stale is bound, again in batches.

        An edit of few files is one transaction as a whole.
        """
        store, defaults = self._store, self._context.defaults
        batches = _batches(told)
        batch = next(batches, [])
        for following in batches:
            with store.transaction():
                take_in(self._tables, batch, [], defaults)
            batch = following
        stale = self._tables.stale()
        if batch or removed or store.get_meta("read_with") != mark:
            with store.transaction():
                take_in(self._tables, batch, removed, defaults)
                self._forget(removed)
                store.set_meta("read_with", mark)
                stale = self._tables.stale()
                if len(stale) <= BATCH_FILES:
                    self._bind(stale)
                    stale = []
        for start in range(0, len(stale), BATCH_FILES):
            self._bind(stale[start : start + BATCH_FILES])

    def _forget(self, removed: Sequence[str]) -> None:
        if removed:
            self._delta = _sum(self._delta, self._store.apply((), removed))

    def _bind(self, paths: Sequence[str]) -> None:
        if paths:
            self._delta = _sum(self._delta, bind_stale(self._store, paths, self._context.defaults))


def _chained(first: Sequence[Told], then: Iterable[Told]) -> Iterator[Told]:
    yield from first
    yield from then


def _batches(told: Iterable[Told]) -> Iterator[list[Told]]:
    batch: list[Told] = []
    size = 0
    for one in told:
        batch.append(one)
        size += len(one.facts)
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _gone(
    known: Iterable[str], present: set[str], paths: Sequence[str | os.PathLike[str]], base: Path
) -> set[str]:
    """Stored files below the ingested paths that are no longer there, and imported schemas whose file is not."""
    roots = [
        PurePosixPath(os.path.relpath(os.path.abspath(path), base).replace(os.sep, "/")) for path in paths
    ]
    everything = any(str(root) == "." for root in roots)
    inside = tuple(f"{root}/" for root in roots)
    exact = {str(root) for root in roots}
    gone: set[str] = set()
    for path in known:
        if path in present:
            continue
        if path.startswith(SCHEMA_PREFIX):
            # an imported schema is remembered as long as its file is there
            if not (base / path.removeprefix(SCHEMA_PREFIX)).exists():
                gone.add(path)
        elif (everything and not path.startswith("../")) or path in exact or path.startswith(inside):
            gone.add(path)
    return gone


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
