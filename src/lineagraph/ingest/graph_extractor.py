"""The conductor of one ingestion: discover → what changed → facts → bind whom it concerns → report.

What reads, binds and stores is loaded when there is something to read, bind and store: mostly there is not.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import msgspec

from lineagraph.catalog import BINDING_VERSION
from lineagraph.ingest.changes import compare_looks
from lineagraph.ingest.discover import Discovery, FoundFile, discover, look_again
from lineagraph.ingest.garbage import long_lived_set_aside
from lineagraph.ingest.outcomes import Outcomes
from lineagraph.ingest.parse_cache import CACHE_FILE, ParseCache
from lineagraph.ingest.reading_context import ReadingContext
from lineagraph.ingest.reports import (
    SCHEMA_PREFIX,
    FailedStatement,
    IngestError,
    IngestOptions,
    IngestReport,
)
from lineagraph.ingest.stored_paths import unstored_path
from lineagraph.model import GraphDelta
from lineagraph.store.sqlite import SqliteStore
from lineagraph.version import __version__

Paths = Sequence[str | os.PathLike[str]]
Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class _Changed(msgspec.Struct, frozen=True):
    """What a run has to do."""

    files: list[FoundFile]
    """To be read."""
    gone: list[str]
    known: dict[str, bytes]
    """Content hashes of those of them that were read before, if what that gave can be used still."""
    schemas: list[str] = []
    """Stored paths of imported schemas to be read again, whether this run names them or not."""
    dialects: dict[str, str] = {}
    """Of files that this run does not name: they are read as they were."""


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

        Raises `UnknownDialectError`, and `WorkerSettingError` for workers that cannot be.
        """
        if not str(options.workers).isdecimal():
            from lineagraph.ingest.workers import check_workers

            check_workers(options.workers)
        self._home = os.path.abspath(home)
        self._store = store
        self._tables = store.sources
        self._options = options
        self._progress = progress
        self._context = ReadingContext.of(options)
        self._stop = stop if stop is not None else Event()

    def run(
        self, paths: Paths, root: str | os.PathLike[str] | None = None, *, places: Paths | None = None
    ) -> IngestReport:
        """Make the store say what the files below `paths` say now.

        Files that were ingested from below these paths before and are gone are forgotten; others stay. `places`: look
        only at these files and folders, which may have changed, come or gone. Raises `DiscoveryError` for a path that
        does not exist, `SchemaError` for a schema that cannot be read, `StoreError` when the store fails.
        """
        began = time.perf_counter()
        with long_lived_set_aside(), self._store.explained():
            base = self._base(root)
            links = self._options.follow_symlinks
            if places is None:
                found = discover(paths, root=base, follow_symlinks=links)
            else:
                found = look_again(places, paths, root=base, follow_symlinks=links)
            return self._ingest(found, base, began)

    def _ingest(self, found: Discovery, base: Path, began: float) -> IngestReport:
        mark = self._mark()
        if self._tables.is_empty():  # nothing was read otherwise: what a killed run leaves can be used
            self._store.set_meta("read_with", mark)
        anew = self._store.get_meta("read_with") != mark
        changed = self._changed(found, base, anew)
        if anew:  # until all is read again, nothing that was found out before holds, nor can be told apart
            with self._store.transaction():
                self._store.set_meta("read_with", None)
                self._tables.forget_answers()
        delta, parsed, hits, bound, warnings = GraphDelta(), 0, 0, 0, ()
        if changed.files or changed.gone or anew or self._options.schemas or self._tables.any_stale():
            from lineagraph.ingest.update import Update

            with self._cache() as cache:
                update = Update(
                    self._store, self._options, self._context, self._home, cache, self._progress, self._stop
                )
                update.run(
                    changed.files, changed.gone, changed.known, changed.dialects, changed.schemas, base, mark
                )
                warnings = tuple(cache.warnings) if cache is not None else ()
            delta, parsed, hits, bound = update.delta, update.parsed, update.cache_hits, update.bound
        outcomes = Outcomes(self._store, found)
        return IngestReport(
            len(found.files),
            parsed,
            max(0, len(found.files) - parsed),
            outcomes.failed,
            0 if self._stop.is_set() else len(changed.gone),
            time.perf_counter() - began,
            delta,
            outcomes.statements,
            outcomes.codes,
            outcomes.failures,
            hits,
            bound,
            self._stop.is_set(),
            warnings,
            self._options.flags,
        )

    def _changed(self, found: Discovery, base: Path, anew: bool) -> _Changed:
        """Compare what was found with what is known of it."""
        tables = self._tables
        schemas = tables.beginning(SCHEMA_PREFIX)
        # where single files were edited, what the others look like does not matter
        looks = tables.looks() if anew else tables.looks_at(found.roots)
        for path in schemas:
            looks.pop(path, None)
        everything = list(looks) if anew else []
        changes = compare_looks(
            found.files,
            looks,
            context=self._context.sight(self._options.dialect_rules),
            roots=found.roots,
            unseen=found.unseen,
        )
        # an imported schema is remembered as long as its file is there
        gone = changes.gone + [path for path in schemas if _is_gone(base / path.removeprefix(SCHEMA_PREFIX))]
        if anew:
            # read by another version or with other defaults: all is read again, also what this run does not name
            others = set(everything).difference(gone, [file.path for file in found.files])
            elsewhere, lost = _elsewhere(others, base)
            files = sorted(found.files + elsewhere, key=_path_of)
            kept = tables.dialects([file.path for file in elsewhere])
            return _Changed(files, gone + lost, {}, [path for path in schemas if path not in gone], kept)
        named = [SCHEMA_PREFIX + _relative(name, base) for name in self._options.schemas]
        return _Changed(
            changes.to_hash, gone, tables.hashes([*[file.path for file in changes.to_hash], *gone, *named])
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


def _relative(path: str, base: Path) -> str:
    return os.path.relpath(path, base).replace(os.sep, "/")


def _is_gone(path: Path) -> bool:
    """Whether there is certainly no such file: one that cannot be looked for may be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _path_of(file: FoundFile) -> str:
    return file.path


def _elsewhere(paths: Iterable[str], base: Path) -> tuple[list[FoundFile], list[str]]:
    """Known files that a run does not name: where they are still to be found, and which are no more."""
    found: list[FoundFile] = []
    lost: list[str] = []
    for path in sorted(paths):
        absolute = base / unstored_path(path)
        try:
            status = absolute.stat()
        except OSError:
            if _is_gone(absolute):
                lost.append(path)
                continue
            status = os.stat_result((0,) * 10)  # reading it will say what is wrong
        found.append(FoundFile(path, str(absolute), status.st_size, status.st_mtime_ns, status.st_ino))
    return found, lost


__all__ = [
    "SCHEMA_PREFIX",
    "FailedStatement",
    "GraphExtractor",
    "IngestError",
    "IngestOptions",
    "IngestReport",
]
