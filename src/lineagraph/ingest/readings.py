"""Found files → what they tell now: what looks unchanged is left alone, the others are read, or found read already."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Event

import msgspec

from lineagraph.catalog.catalog import is_undo
from lineagraph.catalog.interface import NOTHING
from lineagraph.catalog.interface import encode as encode_interface
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest import work
from lineagraph.ingest.changes import looks_when_read, renamed
from lineagraph.ingest.discover import FoundFile, read_file
from lineagraph.ingest.parse_cache import ParseCache
from lineagraph.ingest.reading import Reading, failed, unreadable
from lineagraph.ingest.reading_context import ReadingContext, ReadingTask, path_rule, task_hash
from lineagraph.ingest.reports import IngestOptions
from lineagraph.ingest.work import unpack_reading
from lineagraph.ingest.workers import WorkerPool
from lineagraph.store.sources import Source, SourceTables, Told

_WINDOW_FILES = 1_000
_WINDOW_BYTES = 64 << 20
"""Files that are in memory at once."""

_WORTH_BYTES, _WORTH_FILES = 300_000, 300
"""To be read at once, before workers are started: less is read sooner than a process is up (a third of a second)."""

Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class _File(msgspec.Struct, gc=False):
    """One file on its way."""

    found: FoundFile
    recorded_ns: int
    task: ReadingTask
    hash: bytes


class Readings:
    """Reads the files of one run."""

    def __init__(
        self,
        tables: SourceTables,
        options: IngestOptions,
        context: ReadingContext,
        *,
        cache: ParseCache | None = None,
        pool: Callable[[], WorkerPool] | None = None,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> None:
        """`pool` gives workers; None: files are read here. `stop`, once set, ends `told` after the files in hand."""
        self._tables = tables
        self._rules = options.dialect_rules
        self._digest = context.digest()
        self._context = context
        self._sight = context.sight(options.dialect_rules)
        self._cache = cache
        self._pool = pool
        self._uses_pool = False
        self._progress = progress
        self._stop = stop if stop is not None else Event()
        self.parsed = 0
        """Files whose facts were extracted."""
        self.cache_hits = 0
        """Files whose facts the cache had."""

    def told(
        self,
        files: Sequence[FoundFile],
        known: Mapping[str, bytes],
        gone: Iterable[str],
        dialects: Mapping[str, str],
    ) -> Iterator[Told]:
        """What each file tells now, in no order, a window of files at a time; nothing for those with the same content.

        `known`: content hashes by path. `gone` are known files that are no more: what is new may be one of them.
        `dialects`: of files that are read as they were before, whatever this run's options say.
        """
        # what is kept of an undo migration is not what its text tells (see `_interface`)
        before = {path: known[path] for path in gone if path in known and not is_undo(path)}
        done = 0
        for window in self._windows(files, dialects):
            touched: list[tuple[bytes, str]] = []
            hashed = [(file.found.path, file.hash) for file in window if isinstance(file, _File)]
            moved = renamed(hashed, before) if before else {}
            to_parse: list[_File] = []
            for file in window:
                if isinstance(file, Told):
                    yield file
                elif known.get(file.found.path) == file.hash:
                    touched.append(self._looks(file))
                elif file.found.path in moved:
                    yield self._moved(file, self._tables.told(moved[file.found.path]))
                else:
                    to_parse.append(file)
            if touched:
                self._tables.touch(touched)
            if self._cache is not None and to_parse:
                cached = self._cache.get_many([file.hash for file in to_parse])
                missing: list[_File] = []
                for file in to_parse:
                    reading = self._known(self._cache, file.hash, cached.get(file.hash))
                    if reading is None:
                        missing.append(file)
                    else:
                        self.cache_hits += 1
                        yield self._told(file, reading)
                to_parse = missing
            for one in self._read(to_parse):
                yield one
                done += 1
                if self._progress is not None:
                    self._progress(done, len(files))
            done += len(window) - len(to_parse)
            if self._stop.is_set():
                return
            if self._progress is not None:
                self._progress(done, len(files))
        if self._progress is not None and done < len(files):
            self._progress(len(files), len(files))

    def _windows(
        self, files: Sequence[FoundFile], dialects: Mapping[str, str]
    ) -> Iterator[list[_File | Told]]:
        """The files with their bytes."""
        window: list[_File | Told] = []
        size = 0
        for found in files:
            now = time.time_ns()
            try:
                data = read_file(found.absolute)
            except OSError as error:
                window.append(self._unreadable(found, error))
                continue
            task = ReadingTask(
                found.path, data, path_rule(found.path, self._rules), dialects.get(found.path) or None
            )
            window.append(_File(found, now, task, task_hash(task, self._digest)))
            size += len(data)
            if self._stop.is_set():
                break
            if len(window) >= _WINDOW_FILES or size >= _WINDOW_BYTES:
                yield window
                window, size = [], 0
        if window:
            yield window

    def _known(self, cache: ParseCache, key: bytes, blob: bytes | None) -> Reading | None:
        """What the cache has, if it is what we would have kept."""
        if blob is None:
            return None
        try:
            return unpack_reading(blob)
        except msgspec.MsgspecError:  # not written by us: read the file
            cache.discard([key])
            return None

    def _read(self, files: Sequence[_File]) -> Iterator[Told]:
        """Read files, here or by workers, and tell the cache."""
        keep: list[tuple[bytes, bytes]] = []
        by_path = {file.found.path: file for file in files}
        for path, blob, error in self._results(files):
            file = by_path[path]
            self.parsed += 1
            reading = unpack_reading(blob) if blob is not None else failed(error or "no reason is known")
            if blob is not None and reading.reproducible:
                keep.append((file.hash, blob))
            yield self._told(file, reading)
        if self._cache is not None and keep:
            self._cache.put_many(keep)

    def _results(self, files: Sequence[_File]) -> Iterator[tuple[str, bytes | None, str | None]]:
        """(path, packed reading, why there is none) in any order; fewer if told to stop."""
        pool = self._workers(files)
        if pool is not None:
            for done in pool.run(work.read, [file.task for file in files], weight=_weight):
                yield done.item.path, done.result, done.error
            return
        for file in files:
            if self._stop.is_set():
                return
            yield file.task.path, *work.read_here(file.task, self._context)

    def _workers(self, files: Sequence[_File]) -> WorkerPool | None:
        """Workers, where there are enough files for their start to pay."""
        if self._pool is None:
            return None
        size = sum(len(file.task.data) for file in files)
        self._uses_pool = self._uses_pool or size >= _WORTH_BYTES or len(files) >= _WORTH_FILES
        return self._pool() if self._uses_pool else None

    def _looks(self, file: _File) -> tuple[bytes, str]:
        path = file.found.path
        if file.task.dialect is not None:  # not read as this run reads: whoever names it looks again
            return b"", path
        return looks_when_read(file.found, self._sight, file.recorded_ns), path

    def _told(self, file: _File, reading: Reading) -> Told:
        looks, path = self._looks(file)
        source = Source(path, looks, file.hash, reading.dialect, reading.outcome)
        return Told(source, *_interface(path, reading), reading.facts)

    def _moved(self, file: _File, before: Told) -> Told:
        """The same content under another name."""
        source = before.source
        reading = Reading(
            source.dialect, source.outcome, tuple(before.names), before.interface, before.facts, True
        )
        return self._told(file, reading)

    def _unreadable(self, found: FoundFile, error: OSError) -> Told:
        message = f"{found.path}: {error.strerror or error}"
        hint = "make the file readable, or ignore it in .lineagraphignore"
        reading = unreadable([Diagnostic(Code.UNREADABLE_FILE, Severity.ERROR, message, hint=hint)])
        # it looks like nothing: every run tries again
        source = Source(found.path, b"", b"", "", reading.outcome)
        return Told(source, (), reading.interface, reading.facts)


def _interface(path: str, reading: Reading) -> tuple[tuple[str, ...], bytes]:
    """A migration that takes another back describes what is not the case."""
    return ((), encode_interface(NOTHING)) if is_undo(path) else (reading.names, reading.interface)


def _weight(task: ReadingTask) -> int:
    return len(task.data)
