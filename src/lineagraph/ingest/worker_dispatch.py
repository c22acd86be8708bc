"""Who works on what: one thread that hands chunks to workers, most urgent first, and sees to it when one dies.

All state belongs to that thread; others send it events and get answers through queues, which are safe to use even from
a signal handler. Where work runs inside of a cluster is the cluster's business: Dask is one lane with many slots.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from lineagraph.diagnostics import LineagraphError
from lineagraph.ingest.worker_side import Failed, Work

_TICK = 0.1
"""Seconds between two looks at clocks and memory, while there is something to look at."""

_START_SECONDS = 60.0
"""A worker that is not ready by then never will be."""

_STARTS = 3
"""Workers in a row that die before they are ready: then it is not by accident."""

_log = logging.getLogger(__name__)


class WorkerError(LineagraphError):
    """The pool as a whole cannot work: a scheduler that does not answer, workers that cannot start."""

    could_not_run = True


class WorkerSettingError(WorkerError):
    """The pool was asked for something that cannot be."""

    could_not_run = False


class Lane(Protocol):
    """Where chunks are submitted to: an executor, and what else there is to know about it."""

    @property
    def slots(self) -> int:
        """Chunks that may be submitted and unfinished."""
        ...

    @property
    def ordered(self) -> bool:
        """Is it one worker, first in, first out? Then what was submitted first is what a dead worker died of."""
        ...

    def died(self, error: BaseException) -> bool:
        """Does this error of a future mean that the worker died?"""
        ...

    def start(self) -> Future[int]: ...
    def submit(self, function: Work, items: tuple[Any, ...]) -> Future[list[bytes] | Failed]: ...
    def kill(self) -> None: ...
    def close(self, wait: bool = True) -> None: ...


class Engine(Protocol):
    """What makes lanes."""

    @property
    def workers(self) -> int:
        """How many chunks are worked on at once."""
        ...

    @property
    def lanes(self) -> int:
        """Lanes there may be."""
        ...

    @property
    def chunk_factor(self) -> int:
        """How much more costly than to a process it is to hand over a chunk."""
        ...

    @property
    def cut_off(self) -> str:
        """What it means that futures are cancelled, though nobody here did."""
        ...

    def open_lane(self) -> Lane: ...

    def lost(self) -> str | None:
        """Why no result will ever come again, if so. Asked often."""
        ...

    def close(self) -> None: ...


class Answer:
    """What became of some items of one chunk: (item, result, error)."""

    __slots__ = ("closes", "dropped", "outcomes")

    def __init__(
        self, outcomes: list[tuple[Any, bytes | None, str | None]], dropped: int, closes: bool
    ) -> None:
        self.outcomes = outcomes
        self.dropped = dropped
        self.closes = closes
        """Are these the last of the chunk as it was read?"""


class Run:
    """One `WorkerPool.run`: its answers, and how far it is."""

    __slots__ = ("answers", "cancelled", "function", "priority", "read", "taken")

    def __init__(self, function: Work, priority: int) -> None:
        self.function = function
        self.priority = priority
        self.answers: SimpleQueue[Answer | WorkerError | None] = SimpleQueue()
        self.read = 0
        """Chunks made; counted by the thread that runs it."""
        self.taken = 0
        """Of those, chunks handed to a worker; counted by the dispatcher."""
        self.cancelled = False


class Chunk:
    """Items that go to a worker together."""

    __slots__ = ("alone", "counted", "failure", "items", "origin", "run")

    def __init__(
        self,
        run: Run,
        items: tuple[Any, ...],
        origin: list[int] | None = None,
        failure: str | None = None,
        alone: bool = False,
    ) -> None:
        self.run = run
        self.items = items
        self.origin = [len(items)] if origin is None else origin
        """Items left of the chunk as it was read; shared by those it was split into."""
        self.failure = failure
        """Why the first attempt failed."""
        self.alone = alone
        """Must nothing else be with its worker meanwhile? So that it is clear who killed it."""
        self.counted = False


class _Seat:
    """A lane, and what is with it now."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.in_flight: dict[Future[Any], Chunk] = {}
        """In the order they were submitted."""
        self.since = time.monotonic()
        """When it began with the first of them, or was started."""
        self.ready = False
        self.alone = False
        self.closed = False


class Counts:
    """Running totals, written by the dispatcher only."""

    __slots__ = ("crashed", "failed", "finished", "hung", "retried", "submitted")

    def __init__(self) -> None:
        self.submitted = self.finished = self.failed = self.retried = self.crashed = self.hung = 0


class Dispatcher:
    """The thread. Its public methods may be called from any other."""

    def __init__(self, engine: Engine, item_seconds: float, memory_high: Callable[[], bool]) -> None:
        self.counts = Counts()
        self.stopping = False
        self.failure: WorkerError | None = None
        self._engine = engine
        self._item_seconds = item_seconds
        self._memory_high = memory_high
        self._lanes = engine.lanes
        self._inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._pending: list[tuple[int, int, int, Chunk]] = []
        """A heap: by priority, what was tried before first, then in order."""
        self._number = 0
        self._seats: list[_Seat] = []
        self._runs: set[Run] = set()
        self._failed_starts = 0
        self._closing = False
        self._thread = threading.Thread(target=self._main, name="lineagraph-workers", daemon=True)

    # -- from other threads -------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def open(self, run: Run) -> None:
        self._inbox.put(lambda: self._open(run))

    def add(self, chunk: Chunk) -> None:
        self._inbox.put(lambda: self._push(chunk))

    def end(self, run: Run) -> None:
        """Nobody waits for its answers any more."""
        run.cancelled = True
        self._inbox.put(lambda: self._end(run))

    def stop(self) -> None:
        """Hand out nothing more. Safe in a signal handler."""
        self.stopping = True
        self._inbox.put(None)

    def close(self) -> None:
        self._closing = self.stopping = True
        self._inbox.put(None)
        self._thread.join()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def queued(self) -> int:
        return len(self._pending)

    def in_flight(self) -> int:
        return sum([len(seat.in_flight) for seat in list(self._seats)])

    def active(self) -> int:
        """Workers that have something to do."""
        seats = list(self._seats)
        return sum([min(len(s.in_flight), 1 if s.lane.ordered else self._engine.workers) for s in seats])

    # -- the thread ---------------------------------------------------------------------------------------------

    def _main(self) -> None:
        try:
            self._start_lane()  # imports while our caller still looks for files
            while not self._closing:
                self._wait()
                self._look_at_clocks()
                self._hand_out()
        except WorkerError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whoever waits for us must not wait for ever
            _log.exception("the worker pool failed")
            failure = WorkerError(
                f"the worker pool failed: {type(error).__name__}: {error}; please report it"
            )
            failure.__cause__ = error
            self._fail(failure)
        finally:
            self._clear()

    def _wait(self) -> None:
        busy = self._pending or any(seat.in_flight or not seat.ready for seat in self._seats)
        try:
            event = self._inbox.get(timeout=_TICK if busy else None)
        except Empty:
            return
        while True:
            if event is not None:
                event()
            try:
                event = self._inbox.get_nowait()
            except Empty:
                return

    def _open(self, run: Run) -> None:
        self._runs.add(run)

    def _end(self, run: Run) -> None:
        self._runs.discard(run)
        left = [entry for entry in self._pending if entry[3].run is not run]
        if len(left) != len(self._pending):
            heapq.heapify(left)
            self._pending = left

    def _fail(self, error: WorkerError) -> None:
        self.failure = error
        for run in self._runs:
            run.answers.put(error)

    def _clear(self) -> None:
        for seat in self._seats:
            seat.closed = True
            if seat.in_flight or not seat.ready:
                seat.lane.kill()
        for seat in self._seats:
            seat.lane.close()
        self._seats.clear()
        # A run that began a moment ago may still be an event.
        while True:
            try:
                event = self._inbox.get_nowait()
            except Empty:
                break
            if event is not None:
                event()
        for run in self._runs:
            run.answers.put(self.failure)

    # -- handing out --------------------------------------------------------------------------------------------

    def _push(self, chunk: Chunk) -> None:
        if chunk.run.cancelled:
            return
        self._number += 1
        tried = 0 if chunk.failure is not None or chunk.counted else 1
        heapq.heappush(self._pending, (chunk.run.priority, tried, self._number, chunk))

    def _hand_out(self) -> None:
        while self._pending:
            chunk = self._pending[0][3]
            if self.stopping or chunk.run.cancelled:
                heapq.heappop(self._pending)
                self._drop(chunk)
                continue
            if self._memory_high() and any(seat.in_flight for seat in self._seats):
                return
            seat = self._seat_for(chunk)
            if seat is None:
                return
            self._submit(seat, heapq.heappop(self._pending)[3])

    def _seat_for(self, chunk: Chunk) -> _Seat | None:
        idle = [seat for seat in self._seats if not seat.in_flight]
        if idle:
            return min(idle, key=lambda seat: not seat.ready)
        if len(self._seats) < self._lanes:
            return self._start_lane()
        if chunk.alone:
            return None  # nothing else is handed out until a lane is empty
        free = [seat for seat in self._seats if not seat.alone and len(seat.in_flight) < seat.lane.slots]
        # Not behind one that has been at it for long.
        return min(free, key=lambda seat: (len(seat.in_flight), -seat.since), default=None)

    def _submit(self, seat: _Seat, chunk: Chunk) -> None:
        try:
            future = seat.lane.submit(chunk.run.function, chunk.items)
        except BrokenExecutor:  # it died with nothing to do
            self._push(chunk)
            self._crashed(seat)
            return
        if not chunk.counted:
            chunk.counted = True
            if chunk.failure is None:
                chunk.run.taken += 1
        self.counts.submitted += 1
        if not seat.in_flight:
            seat.since = time.monotonic()
        seat.in_flight[future] = chunk
        seat.alone = chunk.alone
        future.add_done_callback(lambda done: self._inbox.put(lambda: self._done(seat, done)))

    def _start_lane(self) -> _Seat | None:
        try:
            lane = self._engine.open_lane()
            started = lane.start()
        except (OSError, EOFError) as error:  # EOFError: the fork server died
            return self._no_more_lanes(error)
        seat = _Seat(lane)
        self._seats.append(seat)
        started.add_done_callback(lambda done: self._inbox.put(lambda: self._started(seat, done)))
        return seat

    def _no_more_lanes(self, error: OSError | EOFError) -> None:
        """The machine gives us no more processes: go on with those there are."""
        if not self._seats:
            raise WorkerError(
                f"no worker process could be started: {error}; free memory or processes, or use 1 worker"
            ) from error
        self._lanes = len(self._seats)
        _log.warning("only %d worker processes could be started: %s", self._lanes, error)

    # -- what comes back ----------------------------------------------------------------------------------------

    def _started(self, seat: _Seat, future: Future[int]) -> None:
        if seat.closed:
            return
        if future.cancelled():
            raise WorkerError(self._engine.cut_off)
        error = future.exception()
        if error is None:
            seat.ready = True
            seat.since = time.monotonic()
            self._failed_starts = 0
        elif seat.lane.died(error):
            self._crashed(seat)
        else:
            raise WorkerError(
                f"the workers could not be prepared: {type(error).__name__}: {error}"
            ) from error

    def _done(self, seat: _Seat, future: Future[Any]) -> None:
        if seat.closed or future not in seat.in_flight:
            return
        if future.cancelled():
            raise WorkerError(self._engine.cut_off)
        error = future.exception()
        died = error is not None and seat.lane.died(error)
        if died and seat.lane.ordered:
            self._crashed(seat)
            return
        chunk = seat.in_flight.pop(future)
        seat.since = time.monotonic()
        seat.alone = False
        if died:
            self.counts.crashed += 1
            self._failed(chunk, "a worker process died of it", alone=True)
        elif error is not None:
            self._failed(chunk, f"{type(error).__name__}: {error}")
        else:
            self._returned(chunk, future.result())

    def _returned(self, chunk: Chunk, result: list[bytes] | Failed) -> None:
        if not isinstance(result, Failed):
            self.counts.finished += len(chunk.items)
            self._answer(chunk, [(item, data, None) for item, data in zip(chunk.items, result, strict=True)])
            return
        if result.unfit:
            raise WorkerError(f"{result.reason}; install the same versions on all workers")
        if result.hung:
            self.counts.hung += 1
        self._failed(chunk, result.reason)

    def _crashed(self, seat: _Seat) -> None:
        """The one worker of a lane is dead: of what it worked on, if it was ready. The rest is handed out again."""
        self.counts.crashed += 1
        self._give_back(seat, "a worker process died of it")
        if not seat.ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise WorkerError(
                    f"{_STARTS} worker processes in a row died while they started; look for what kills them "
                    "(memory limits?), or use 1 worker"
                )

    def _give_back(self, seat: _Seat, reason: str) -> None:
        seat.closed = True
        self._seats.remove(seat)
        seat.lane.kill()
        seat.lane.close(wait=False)
        chunks = deque(seat.in_flight.values())
        seat.in_flight.clear()
        if seat.ready and chunks:
            self._failed(chunks.popleft(), reason)
        for chunk in chunks:
            self._push(chunk)

    def _failed(self, chunk: Chunk, reason: str, alone: bool = False) -> None:
        """Try its items once more, one by one; what fails for the second time is given up."""
        if chunk.failure is not None:
            self.counts.failed += 1
            self._answer(chunk, [(item, None, reason) for item in chunk.items])
            return
        self.counts.retried += len(chunk.items)
        for item in chunk.items:
            self._push(Chunk(chunk.run, (item,), chunk.origin, reason, alone))

    def _answer(self, chunk: Chunk, outcomes: list[tuple[Any, bytes | None, str | None]]) -> None:
        chunk.origin[0] -= len(chunk.items)
        chunk.run.answers.put(Answer(outcomes, 0, chunk.origin[0] == 0))

    def _drop(self, chunk: Chunk) -> None:
        chunk.origin[0] -= len(chunk.items)
        chunk.run.answers.put(Answer([], len(chunk.items), chunk.origin[0] == 0))

    # -- clocks -------------------------------------------------------------------------------------------------

    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        for seat in list(self._seats):
            if not seat.ready:
                if now - seat.since > _START_SECONDS:
                    self._crashed(seat)
            elif seat.in_flight and seat.lane.ordered and now - seat.since > self._item_seconds:
                self.counts.hung += 1
                self._give_back(seat, f"no answer within {self._item_seconds:g} s")
        reason = self._engine.lost() if self._pending or self._seats else None
        if reason is not None:
            raise WorkerError(reason)
