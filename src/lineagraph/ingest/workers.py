"""WorkerPool: work on many items at once, here or on a Dask cluster, with results for all but those that kill workers.

The same interface for three kinds: in the caller's thread, in processes of this machine, on Dask. Which worker works on
what is decided in `worker_dispatch`, what happens inside of a worker is in `worker_side`.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from queue import Empty
from types import TracebackType
from typing import Generic, TypeVar, cast

from msgspec import Struct

from lineagraph.ingest import worker_side
from lineagraph.ingest.machine import memory_in_use, usable_cores
from lineagraph.ingest.worker_dispatch import (
    Answer,
    Chunk,
    Counts,
    Dispatcher,
    Engine,
    Run,
    WorkerError,
    WorkerSettingError,
)
from lineagraph.ingest.worker_side import Failed, Preparation, prepared

__all__ = [
    "Done",
    "Priority",
    "Statistics",
    "WorkerError",
    "WorkerOptions",
    "WorkerPool",
    "prepared",
]

T = TypeVar("T")

MOST_AUTOMATIC = 4
"""Workers used unless more are asked for: the one process that binds and stores keeps no more of them busy."""

_FIRST_ITEMS = 4
"""Items of a worker's first chunk. Chunks double from there, so that few items still reach all workers."""

_MEMORY_SECONDS = 0.25
"""How long a reading of the memory in use holds."""


class Priority(IntEnum):
    """What is handed out first."""

    CRITICAL = 0
    """Somebody waits for it: a file just edited."""
    NORMAL = 1
    BATCH = 2
    """A folder being loaded."""


class WorkerOptions(Struct, frozen=True):
    """How many workers of which kind, and their limits."""

    workers: int | str = 0
    """0: as many as there are cores, at most four; 1: in the caller's thread; n: so many processes; "dask" or "dask:4":
    a Dask cluster of so many processes on this machine; "dask://host:8786": the cluster of that scheduler."""
    queue_limit: int = 200
    """Chunks of one run that are read and whose results are not yet taken, at most."""
    memory_fraction: float = 0.8
    """Share of the machine's or container's memory in use above which nothing is read or handed out until it falls.
    One chunk always may, or a machine that others have filled would stop us for ever."""
    item_seconds: float = 120.0
    """A worker that takes longer for one item counts as hung."""
    chunk_items: int = 64
    """Items that go to a worker together, at most; on Dask four times as many."""
    chunk_weight: int = 262_144
    """Their total weight (bytes), at most, unless one item alone is heavier."""


class Done(Struct, Generic[T], frozen=True):
    """One item that is finished with: `result`, or `error`: why there is none."""

    item: T
    result: bytes | None
    error: str | None


class Statistics(Struct, frozen=True):
    """What a pool has done so far."""

    workers: int
    active: int
    """Workers that work on something now."""
    queued: int
    """Chunks read and not yet handed out."""
    submitted: int
    """Chunks handed out, repetitions included."""
    finished: int
    """Items that have a result."""
    failed: int
    """Items that have none."""
    retried: int
    """Items tried a second time, because their chunk failed."""
    crashed: int
    """Deaths of workers."""
    hung: int
    """Times a worker took too long."""


def _one(_: object) -> int:
    return 1


class WorkerPool:
    """Made by `open`. A context manager: leaving it closes the pool."""

    def __init__(
        self,
        options: WorkerOptions,
        engine: Engine | None,
        preparation: Preparation,
        memory: Callable[[], float | None] = memory_in_use,
    ) -> None:
        """`engine` None: work in the caller's thread."""
        self.options = options
        self._memory = memory
        self._memory_read = 0.0
        self._memory_high = False
        self._preparation = preparation
        self._stopped = False
        self._counts = Counts()
        self._counting = threading.Lock()
        self._inside = 0
        self._engine = engine
        self._dispatcher: Dispatcher | None = None
        if engine is None:
            worker_side.prepare(preparation)
        else:
            self._dispatcher = Dispatcher(engine, options.item_seconds, self._is_memory_high)
            self._counts = self._dispatcher.counts
            self._dispatcher.start()

    @classmethod
    def open(
        cls, options: WorkerOptions, *, initializer: str | None = None, context: bytes = b""
    ) -> WorkerPool:
        """Start workers, without waiting for them.

        `initializer` ("package.module:function") is called once per worker with `context`; what it returns is what
        `prepared()` gives to the function being run. Raises `WorkerError` for settings that make no sense, a scheduler
        that does not answer within ten seconds, workers there of another version, a missing extra. Workers that turn
        out not to start are a `WorkerError` of `run`.
        """
        _check(options)
        key = hashlib.sha256(f"{initializer}\n".encode() + context).hexdigest()
        preparation = Preparation(key, initializer, context)
        return cls(options, _engine(options, preparation), preparation)

    @property
    def workers(self) -> int:
        """How many chunks are worked on at once. On a cluster it may change."""
        return self._engine.workers if self._engine is not None else 1

    @property
    def statistics(self) -> Statistics:
        counts, dispatcher = self._counts, self._dispatcher
        return Statistics(
            self.workers,
            dispatcher.active() if dispatcher is not None else self._inside,
            dispatcher.queued() if dispatcher is not None else 0,
            counts.submitted,
            counts.finished,
            counts.failed,
            counts.retried,
            counts.crashed,
            counts.hung,
        )

    def run(
        self,
        function: Callable[[Sequence[T]], list[bytes]],
        items: Iterable[T],
        *,
        weight: Callable[[T], int] = _one,
        priority: Priority = Priority.NORMAL,
    ) -> Iterator[Done[T]]:
        """Apply `function` to all items, some at a time; each comes back once, in any order.

        `function` is importable (not a lambda, not of `__main__`), takes the items of a chunk and gives one `bytes` for
        each; it may be called twice with the same item. `items` is read as results are taken, in the thread that takes
        them, so it should not wait for something; `weight` is an item's size in bytes. Several runs may be open at
        once, in several threads. Closing the iterator gives up what is left of it. Raises `WorkerError` when the pool
        as a whole cannot go on, and what `items` raises.
        """
        if self._dispatcher is None:
            return self._run_here(function, items)
        return self._run_there(self._dispatcher, function, items, weight, priority)

    def stop(self) -> None:
        """Hand out nothing more: runs deliver what workers are busy with, and end. Safe in a signal handler."""
        self._stopped = True
        if self._dispatcher is not None:
            self._dispatcher.stop()

    def close(self) -> None:
        """End all workers, whatever they are doing, and with them all runs."""
        self._stopped = True
        if self._dispatcher is not None and not self._dispatcher.ended:
            self._dispatcher.close()
        if self._engine is not None:
            self._engine.close()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- in the caller's thread ---------------------------------------------------------------------------------

    def _run_here(
        self, function: Callable[[Sequence[T]], list[bytes]], items: Iterable[T]
    ) -> Iterator[Done[T]]:
        """Item by item: there is nothing to save by chunks, and an item that raises is known at once."""
        for item in items:
            if self._stopped:
                return
            self._count(submitted=1, inside=1)
            result = worker_side.call(self._preparation.key, function, (item,))
            if isinstance(result, Failed):
                self._count(retried=1)
                result = worker_side.call(self._preparation.key, function, (item,))
            if isinstance(result, Failed):
                self._count(failed=1, inside=-1)
                yield Done(item, None, result.reason)
            else:
                self._count(finished=1, inside=-1)
                yield Done(item, result[0], None)

    def _count(
        self, *, submitted: int = 0, finished: int = 0, failed: int = 0, retried: int = 0, inside: int = 0
    ) -> None:
        with self._counting:
            self._counts.submitted += submitted
            self._counts.finished += finished
            self._counts.failed += failed
            self._counts.retried += retried
            self._inside += inside

    # -- elsewhere ----------------------------------------------------------------------------------------------

    def _run_there(
        self,
        dispatcher: Dispatcher,
        function: Callable[[Sequence[T]], list[bytes]],
        items: Iterable[T],
        weight: Callable[[T], int],
        priority: Priority,
    ) -> Iterator[Done[T]]:
        run = Run(function, priority)
        chunks = self._chunks(items, weight)
        more = True
        outstanding = 0
        """Chunks read whose results are not all delivered."""
        dispatcher.open(run)
        try:
            while True:
                if self._stopped:
                    more = False
                answer: Answer | None = None
                if more and self._may_read(run, outstanding):
                    # Workers must not run dry; beyond that, results go first.
                    if run.read - run.taken >= 2 * self.workers:
                        answer = _next_answer(dispatcher, run, wait=False)
                    if answer is None:
                        chunk = next(chunks, None)
                        if chunk is None:
                            more = False
                        else:
                            outstanding += 1
                            run.read += 1
                            dispatcher.add(Chunk(run, chunk))
                        answer = _next_answer(dispatcher, run, wait=False)
                elif outstanding:
                    answer = _next_answer(dispatcher, run, wait=True)
                elif more:
                    raise AssertionError("nothing is outstanding, and nothing may be read")
                else:
                    return
                if answer is None:
                    if dispatcher.ended:
                        return
                    continue
                outstanding -= answer.closes
                for item, result, error in answer.outcomes:
                    yield Done(cast(T, item), result, error)
        finally:
            dispatcher.end(run)

    def _may_read(self, run: Run, outstanding: int) -> bool:
        if not outstanding:
            return True
        return outstanding < self.options.queue_limit and not self._is_memory_high()

    def _chunks(self, items: Iterable[T], weight: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
        """Items by number and weight, few at first."""
        options = self.options
        limit = options.chunk_items * (self._engine.chunk_factor if self._engine is not None else 1)
        most = min(_FIRST_ITEMS, limit)
        chunk: list[T] = []
        total = made = 0
        for item in items:
            own = weight(item)
            if chunk and (len(chunk) >= most or total + own > options.chunk_weight):
                yield tuple(chunk)
                chunk, total, made = [], 0, made + 1
                most = min(limit, _FIRST_ITEMS << min(made // self.workers, 30))
            chunk.append(item)
            total += own
        if chunk:
            yield tuple(chunk)

    def _is_memory_high(self) -> bool:
        now = time.monotonic()
        if now - self._memory_read > _MEMORY_SECONDS:
            used = self._memory()
            self._memory_high = used is not None and used > self.options.memory_fraction
            self._memory_read = now
        return self._memory_high


def _next_answer(dispatcher: Dispatcher, run: Run, *, wait: bool) -> Answer | None:
    """The next answer, or None: there is none yet, or (with `dispatcher.ended`) there never will be."""
    try:
        answer = run.answers.get(timeout=1.0) if wait else run.answers.get_nowait()
    except Empty:
        answer = None
        if dispatcher.ended and dispatcher.failure is not None:
            answer = dispatcher.failure
    if isinstance(answer, WorkerError):
        raise answer
    return answer


def _check(options: WorkerOptions) -> None:
    for name, least in (("queue_limit", 1), ("chunk_items", 1), ("chunk_weight", 1)):
        value = getattr(options, name)
        if value < least:
            raise WorkerSettingError(f"{name} is {value}; it must be at least {least}")
    if not 0 < options.memory_fraction <= 1:
        raise WorkerSettingError(
            f"memory_fraction is {options.memory_fraction}; it must be above 0 and at most 1"
        )
    if not options.item_seconds > 0:
        raise WorkerSettingError(f"item_seconds is {options.item_seconds}; it must be above 0")


def _engine(options: WorkerOptions, preparation: Preparation) -> Engine | None:
    """None is this very thread."""
    count = _process_count(options.workers)
    if count == 1:
        return None
    if count is not None:
        from lineagraph.ingest.process_workers import ProcessEngine

        return ProcessEngine(count, preparation)
    from lineagraph.ingest.dask_workers import DaskEngine

    text = str(options.workers).strip()
    if text.startswith("dask://"):
        address = text.removeprefix("dask://")
        return DaskEngine.connect(
            address if "://" in address else f"tcp://{address}", preparation, options.item_seconds
        )
    number = text.removeprefix("dask").removeprefix(":")
    return DaskEngine.local(int(number) if number else automatic_workers(), preparation, options.item_seconds)


def automatic_workers() -> int:
    """How many workers 0 means here."""
    return min(MOST_AUTOMATIC, usable_cores())


def check_workers(workers: int | str) -> None:
    """Raises `WorkerSettingError` for what `WorkerOptions.workers` cannot be, before any work is done."""
    _process_count(workers)


def _process_count(workers: int | str) -> int | None:
    """So many processes, 1 being none; None for a Dask cluster."""
    text = str(workers).strip()
    if text.isdecimal():
        return int(text) or automatic_workers()
    kind, colon, rest = text.partition(":")
    if kind == "dask" and (
        not colon or (rest.isdecimal() and int(rest) > 0) or (rest.startswith("//") and len(rest) > 2)
    ):
        return None
    raise WorkerSettingError(
        f"workers is {workers!r}; give a number (0: one per core, at most {MOST_AUTOMATIC}; 1: no processes), "
        "dask, dask:4, or dask://host:8786"
    )
