"""Many events in, few batches out: `BatchProcessor` decides when what has changed is worth an ingestion.

Events come one by one and in bursts: an editor writes a file three times to save it once, a branch switch touches
thousands. A batch is flushed as soon as one of these holds:

* nothing has happened for the debounce window (it slides: each event begins it anew), or the first event has waited for
  the longest wait (so a file that is written for ever cannot hold the others back);
* as many paths as the threshold says are pending, or their files are as large as the memory cap;
* somebody asked for it (`flush_now`, `close`).

One flush runs at a time, in one thread; events that arrive meanwhile form the next batch. A flush that fails is tried
again, later and later; if that does not help it is reported, its paths stay pending, and the next batch has them. So no
event is ever lost, and none is believed either: a batch says where to look, not what is there.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

from msgspec import Struct
from tenacity import (
    RetryCallState,
    Retrying,
    stop_after_attempt,
    stop_when_event_set,
    wait_exponential,
    wait_random,
)

from lineagraph.diagnostics import LineagraphError

DEBOUNCE_WINDOW_SECONDS: Final = 5.0
BATCH_SIZE_THRESHOLD: Final = 50
MEMORY_BYTES: Final = 500_000_000

_LONGEST_SLEEP_SECONDS: Final = 1.0


class EventKind(StrEnum):
    CHANGED = "changed"
    """A file or directory was made, written, or moved to here."""
    DELETED = "deleted"
    """It was removed, or moved away."""
    OVERFLOW = "overflow"
    """Something happened, and nobody knows where: everything has to be looked at."""


class BatchOptions(Struct, frozen=True):
    """When a batch is flushed. Raises `ValueError` for numbers that make no sense."""

    window_seconds: float = DEBOUNCE_WINDOW_SECONDS
    longest_wait_seconds: float = 30.0
    """From a batch's first event; at least the window."""
    threshold: int = BATCH_SIZE_THRESHOLD
    """Distinct paths."""
    memory_bytes: int = MEMORY_BYTES
    """Sizes of a batch's files together; a single larger file is a batch of its own."""
    rescan_paths: int = 1_000
    """So many pending paths become one look at everything, which takes less than so many looks."""
    batching: bool = True
    """False: one path a flush."""
    realtime: bool = False
    """True: no debounce."""
    attempts: int = 4
    """Of one flush, before its failure is reported."""
    first_delay_seconds: float = 0.5
    """Before the second attempt; it doubles from one to the next, and a little chance is added."""
    again_seconds: float = 30.0
    """After a reported failure, until the paths are tried once more, unless a new event asks for it sooner."""

    def __post_init__(self) -> None:
        for name in ("threshold", "memory_bytes", "rescan_paths", "attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; the least is 1")
        for name in ("window_seconds", "longest_wait_seconds", "first_delay_seconds", "again_seconds"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; give seconds, 0 or more")


class Batch(Struct, frozen=True):
    """Where to look, sorted; with `rescan`, everywhere, and there are no paths."""

    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    rescan: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted((*self.changed, *self.deleted)))


class BatchError(LineagraphError):
    """Events were given to a processor that is closed."""


class _Pending(Struct):
    """What waits to be flushed."""

    paths: dict[str, tuple[EventKind, int]] = {}
    """Kind and size, in order of arrival."""
    size: int = 0
    rescan: bool = False
    first: float = 0.0
    last: float = 0.0

    def any(self) -> bool:
        return self.rescan or bool(self.paths)


class BatchProcessor:
    """Collects events from any thread and calls `flush` with batches of them, in the thread that `run` runs in.

    `with BatchProcessor(flush): …` runs it in a thread of its own; who has a loop already calls `run_due`. `flush` may
    raise anything; `on_failure` is told after the last attempt. `clock` and `sleep` are in seconds; `sleep` is called
    between attempts and should end early when the processor closes.
    """

    def __init__(
        self,
        flush: Callable[[Batch], object],
        options: BatchOptions | None = None,
        *,
        on_failure: Callable[[Batch, Exception], object] | None = None,
        size_of: Callable[[str], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.options = options or BatchOptions()
        self._flush = flush
        self._on_failure = on_failure
        self._size_of = size_of or _size_of
        self._clock = clock
        self._wake = threading.Condition()
        self._pending = _Pending()
        self._flush_asked = False
        self._not_before = 0.0
        self._closed = threading.Event()
        self._flushing = threading.Lock()
        self._sleep = sleep or self._closed.wait
        self._thread: threading.Thread | None = None
        self._running = False

    # -- events in ------------------------------------------------------------------------------------------------

    def add(self, path: str, kind: EventKind = EventKind.CHANGED) -> None:
        """Something happened to a path. Raises `BatchError` after `close`."""
        self.add_all([(path, kind)])

    def overflow(self) -> None:
        """Something happened somewhere. Raises `BatchError` after `close`."""
        self.add_all([("", EventKind.OVERFLOW)])

    def add_all(self, events: Iterable[tuple[str, EventKind]]) -> None:
        """Several events at once; of those of one path, the last one counts. Raises `BatchError` after `close`."""
        sized = [
            (path, kind, self._size_of(path) if kind == EventKind.CHANGED else 0) for path, kind in events
        ]
        if not sized:
            return
        with self._wake:
            if self._closed.is_set():
                raise BatchError(
                    "the batches are closed; what happens from now on is found by the next ingestion"
                )
            pending, now = self._pending, self._clock()
            if not pending.any():
                pending.first = now
            pending.last = now
            self._not_before = 0.0
            for path, kind, size in sized:
                if kind == EventKind.OVERFLOW:
                    pending.rescan = True
                else:
                    pending.size += size - pending.paths.pop(path, (kind, 0))[1]
                    pending.paths[path] = (kind, size)
            if self.options.batching and len(pending.paths) >= self.options.rescan_paths:
                pending.rescan = True
            if pending.rescan:
                pending.paths.clear()
                pending.size = 0
            self._wake.notify_all()

    def pending(self) -> int:
        """How many paths wait; a look at everything counts as one."""
        with self._wake:
            return len(self._pending.paths) + self._pending.rescan

    def flush_now(self) -> None:
        """What is pending is due at once, also after a failure."""
        with self._wake:
            self._flush_asked = True
            self._not_before = 0.0
            self._wake.notify_all()

    # -- batches out ----------------------------------------------------------------------------------------------

    def due_in(self) -> float | None:
        """Seconds until the next flush, 0 if one is due; None while nothing is pending."""
        with self._wake:
            return self._due_in()

    def _due_in(self) -> float | None:
        pending, options = self._pending, self.options
        if not pending.any():
            self._flush_asked = False
            return None
        now = self._clock()
        full = len(pending.paths) >= options.threshold or pending.size >= options.memory_bytes
        if self._flush_asked or self._closed.is_set():
            return 0.0
        if full or options.realtime or not options.batching:
            due = now
        else:
            longest = max(options.longest_wait_seconds, options.window_seconds)
            due = min(pending.last + options.window_seconds, pending.first + longest)
        return max(0.0, max(due, self._not_before) - now)

    def run_due(self) -> bool:
        """Flush one batch if it is due, in the calling thread; whether one was. Waits for a flush in another thread."""
        with self._flushing:
            with self._wake:
                if self._due_in() != 0.0:
                    return False
                batch = self._take()
            try:
                self._attempt(batch)
            except BaseException as error:
                self._put_back(batch)
                if not isinstance(error, Exception):
                    raise  # an interrupt: not ours to report
                if self._on_failure is not None:
                    self._on_failure(batch, error)
            return True

    def run(self) -> None:
        """Flush batches as they become due, until the processor is closed and what was pending is flushed.

        A batch that cannot be flushed then is reported, and that is the end of it: the next ingestion looks everywhere.
        """
        self._running = True
        try:
            self._run()
        finally:
            self._running = False

    def _run(self) -> None:
        while True:
            with self._wake:
                due = self._due_in()
                if due is None and self._closed.is_set():
                    return
                if due != 0.0:
                    # not for ever: on Windows such a wait cannot be interrupted
                    self._wake.wait(
                        _LONGEST_SLEEP_SECONDS if due is None else min(due, _LONGEST_SLEEP_SECONDS)
                    )
                    continue
            before = self.pending()
            self.run_due()
            if self._closed.is_set() and self.pending() >= before:
                return

    def start(self) -> None:
        """Run in a thread of its own until `close`."""
        self._thread = threading.Thread(target=self.run, name="lineagraph-batches", daemon=True)
        self._thread.start()

    def close(self, *, flush: bool = True) -> None:
        """Take no more events; what is in hand is finished, and what is pending flushed, or dropped.

        Returns when that is done; where another thread is in `run`, that returns then, and this returns at once.
        """
        with self._wake:
            self._closed.set()
            if not flush:
                self._pending = _Pending()
            self._wake.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        elif not self._running:
            self.run()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(flush=kind is None)

    def _take(self) -> Batch:
        """The next batch: all that is pending, as far as it fits under the memory cap."""
        pending, options = self._pending, self.options
        if pending.rescan:
            self._pending = _Pending()
            return Batch(rescan=True)
        taken: dict[str, EventKind] = {}
        size = 0
        for path, (kind, weight) in pending.paths.items():
            if taken and (not options.batching or size + weight > options.memory_bytes):
                break
            taken[path] = kind
            size += weight
        for path in taken:
            del pending.paths[path]
        pending.size -= size
        # what is left has waited as long as what was taken
        if not pending.paths:
            self._flush_asked = False
        return Batch(
            tuple(sorted(path for path, kind in taken.items() if kind == EventKind.CHANGED)),
            tuple(sorted(path for path, kind in taken.items() if kind == EventKind.DELETED)),
        )

    def _attempt(self, batch: Batch) -> None:
        options = self.options
        delay = options.first_delay_seconds
        retrying = Retrying(
            stop=stop_after_attempt(options.attempts) | stop_when_event_set(self._closed),
            wait=wait_exponential(multiplier=delay, max=60 * delay) + wait_random(0, delay / 2),
            sleep=self._sleep_between,
            retry_error_callback=_raise_last,
        )
        retrying(self._flush, batch)

    def _sleep_between(self, seconds: float) -> None:
        self._sleep(seconds)

    def _put_back(self, batch: Batch) -> None:
        """What was not flushed is pending again, and what has happened since then counts more."""
        with self._wake:
            now = self._clock()
            self._not_before = now + self.options.again_seconds
            self._flush_asked = False
            pending = self._pending
            if not pending.any():
                pending.first = pending.last = now
            pending.rescan = pending.rescan or batch.rescan
            if pending.rescan:
                pending.paths.clear()
                pending.size = 0
                return
            kinds = {
                **dict.fromkeys(batch.changed, EventKind.CHANGED),
                **dict.fromkeys(batch.deleted, EventKind.DELETED),
            }
            before = {
                path: (kind, self._size_of(path) if kind == EventKind.CHANGED else 0)
                for path, kind in kinds.items()
                if path not in pending.paths
            }
            pending.size += sum(size for _, size in before.values())
            pending.paths = {**before, **pending.paths}


def _raise_last(state: RetryCallState) -> None:
    assert state.outcome is not None
    state.outcome.result()


def _size_of(path: str) -> int:
    """0 for what is no longer there: it takes no memory either."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
