"""Found files → what they tell now: what looks unchanged is left alone, the others are read, or found read already."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from lineagraph.catalog.catalog import is_undo
from lineagraph.catalog.interface import NOTHING
from lineagraph.catalog.interface import encode as encode_interface
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest.discover import FoundFile, read_file
from lineagraph.ingest.fingerprints import Fingerprints
from lineagraph.ingest.reading import (
    Reading,
    ReadingContext,
    ReadingTask,
    decode_reading,
    pack_context,
    path_rule,
    read_tasks,
    task_hash,
    unreadable,
)
from lineagraph.ingest.reports import IngestOptions
from lineagraph.store.sources import Source, SourceTables, Told

_WINDOW_FILES = 1_000
_WINDOW_BYTES = 64 << 20
"""Files that are in memory at once."""

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
        progress: Progress | None,
    ) -> None:
        self._tables = tables
        self._rules = options.dialect_rules
        self._digest = context.digest()
        self._context = pack_context(context)
        self._sight = int.from_bytes(context.sight(options.dialect_rules)[:8], "big", signed=True)
        self._progress = progress
        self.parsed = 0
        """Files whose facts were extracted."""

    def told(self, files: Sequence[FoundFile], prints: Fingerprints, gone: Iterable[str]) -> Iterator[Told]:
        """What each file that changed tells now, in no order, a window of files at a time."""
        moved = prints.hashes(gone)
        done = 0
        for window in self._windows(files, prints):
            touched: list[tuple[int, int, int, int, int, str]] = []
            to_parse: list[_File] = []
            for file in window:
                if isinstance(file, Told):
                    yield file
                elif prints.is_known(file.found.path, file.hash):
                    found = file.found
                    touched.append(
                        (found.size, found.mtime_ns, found.inode, file.recorded_ns, self._sight, found.path)
                    )
                elif file.hash in moved:
                    yield self._moved(file, self._tables.told(moved[file.hash]))
                else:
                    to_parse.append(file)
            if touched:
                self._tables.touch(touched)
            yield from self._read(to_parse)
            done += len(window)
            if self._progress is not None:
                self._progress(done, len(files))
        if self._progress is not None and done < len(files):
            self._progress(len(files), len(files))

    def _windows(self, files: Sequence[FoundFile], prints: Fingerprints) -> Iterator[list[_File | Told]]:
        """The files that do not look unchanged, with their bytes."""
        window: list[_File | Told] = []
        size = 0
        for found in files:
            if prints.looks_unchanged(found, self._sight):
                continue
            now = time.time_ns()
            try:
                data = read_file(found.absolute)
            except OSError as error:
                window.append(self._unreadable(found, error))
                continue
            task = ReadingTask(found.path, data, path_rule(found.path, self._rules))
            window.append(_File(found, now, task, task_hash(task, self._digest)))
            size += len(data)
            if len(window) >= _WINDOW_FILES or size >= _WINDOW_BYTES:
                yield window
                window, size = [], 0
        if window:
            yield window

    def _read(self, files: Sequence[_File]) -> Iterator[Told]:
        for file in files:
            (blob,) = read_tasks([file.task], self._context)
            self.parsed += 1
            yield self._told(file, decode_reading(blob))

    def _told(self, file: _File, reading: Reading) -> Told:
        found = file.found
        return Told(
            Source(
                found.path, found.size, found.mtime_ns, found.inode, file.recorded_ns, self._sight, file.hash,
                reading.dialect, reading.outcome,
            ),
            *_interface(found.path, reading),
            reading.facts,
        )  # fmt: skip

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
        # recorded at no time: it is tried again by every run
        source = Source(
            found.path, found.size, found.mtime_ns, found.inode, 0, self._sight, b"", "", reading.outcome
        )
        return Told(source, (), reading.interface, reading.facts)


def _interface(path: str, reading: Reading) -> tuple[tuple[str, ...], bytes]:
    """A migration that takes another back describes what is not the case."""
    return ((), encode_interface(NOTHING)) if is_undo(path) else (reading.names, reading.interface)
