"""The parse cache filled ahead of time: files are read into it as an ingestion would read them, without a project."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event

from msgspec import Struct

from lineagraph.ingest import work
from lineagraph.ingest.discover import FoundFile, read_file
from lineagraph.ingest.parse_cache import ParseCache
from lineagraph.ingest.reading_context import ReadingContext, ReadingTask, path_rule, task_hash
from lineagraph.ingest.reports import IngestOptions
from lineagraph.ingest.work import unpack_reading
from lineagraph.ingest.workers import WorkerPool
from lineagraph.ingest.workforce import Workforce

_WINDOW_FILES = 1_000
_WINDOW_BYTES = 64 << 20
"""Files that are in memory at once."""
_WORTH_FILES = 300
"""Files to read from which on workers pay: fewer are read sooner than a process is up."""


class WarmReport(Struct, frozen=True):
    """What warming a parse cache did."""

    files: int
    known: int
    """Files whose facts were there already."""
    added: int
    """Files whose facts were put in. A cache that is full keeps not all of them."""
    skipped: int
    """Files that could not be opened or read, or whose facts the clock had a say in."""
    seconds: float
    stopped: bool = False
    """Told to stop before everything was done; what was done is kept."""


def warm(
    cache: ParseCache,
    files: Sequence[FoundFile],
    options: IngestOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
    stop: Event | None = None,
) -> WarmReport:
    """Put the facts of files into the cache, for ingestions with the same options.

    `progress` is told (files done, files in all); `stop`, once set, ends it after the files in hand. Raises
    `UnknownDialectError`.
    """
    began = time.perf_counter()
    context = ReadingContext.of(options)
    digest = context.digest()
    pool: WorkerPool | None = None
    done = known = added = 0
    with Workforce(options, context, "") as workforce:
        for count, tasks in _windows(files, options):
            keys = {task.path: task_hash(task, digest) for task in tasks}
            there = cache.get_many(list(keys.values()))
            missing = [task for task in tasks if keys[task.path] not in there]
            known += len(tasks) - len(missing)
            if workforce.is_parallel and len(missing) >= _WORTH_FILES:
                pool = workforce.pool()
            fresh: list[tuple[bytes, bytes]] = []
            for path, blob in _read(missing, context, pool, stop):
                if blob is not None and unpack_reading(blob).reproducible:
                    fresh.append((keys[path], blob))
            cache.put_many(fresh)
            added += len(fresh)
            done += count
            if stop is not None and stop.is_set():
                break
            if progress is not None:
                progress(done, len(files))
    stopped = stop is not None and stop.is_set()
    skipped = 0 if stopped else len(files) - known - added
    return WarmReport(len(files), known, added, skipped, time.perf_counter() - began, stopped)


def _windows(files: Sequence[FoundFile], options: IngestOptions) -> Iterator[tuple[int, list[ReadingTask]]]:
    """(how many files were looked at, those that could be opened), again and again."""
    count, size = 0, 0
    tasks: list[ReadingTask] = []
    for found in files:
        count += 1
        try:
            data = read_file(found.absolute)
        except OSError:
            continue  # counted as skipped; an ingestion of it says why
        tasks.append(ReadingTask(found.path, data, path_rule(found.path, options.dialect_rules)))
        size += len(data)
        if len(tasks) >= _WINDOW_FILES or size >= _WINDOW_BYTES:
            yield count, tasks
            count, size, tasks = 0, 0, []
    if count:
        yield count, tasks


def _read(
    tasks: Sequence[ReadingTask], context: ReadingContext, pool: WorkerPool | None, stop: Event | None
) -> Iterator[tuple[str, bytes | None]]:
    """(path, what to keep of the file or nothing) in any order; fewer if told to stop."""
    if pool is not None:
        for done in pool.run(work.read, tasks, weight=lambda task: len(task.data)):
            yield done.item.path, done.result
        return
    for task in tasks:
        if stop is not None and stop.is_set():
            return
        blob, _ = work.read_here(task, context)  # why there is none, an ingestion of it reports
        yield task.path, blob
