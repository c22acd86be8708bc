"""Worker processes on this machine: each is a `ProcessPoolExecutor` of one, so that we know who died of what.

A pool of many breaks as a whole when one process dies, and does not say which call killed it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from types import ModuleType
from typing import Any

from lineagraph.ingest import worker_side
from lineagraph.ingest.worker_side import Failed, Preparation, Work

KIND = "forkserver" if sys.platform == "linux" else "spawn"
"""Never "fork": the parent has threads. A fork server imports sqlglot once and forks workers from that, which share its
memory: a worker that replaces a dead one is ready in 10 ms instead of 260, and has 5 MB of its own instead of 30
(measured). macOS' system libraries do not survive a fork, and Windows has none."""

PREFETCHED = 2
"""Chunks a worker is given: the one it works on and the next, so that it does not wait for us in between."""


class ProcessLane:
    """One worker process and the executor that feeds it, first in, first out."""

    slots = PREFETCHED
    ordered = True

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._made = _OneProcess(preparation.initializer)
        context: Any = self._made
        self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=begin)

    def start(self) -> Future[int]:
        """Start the process. Raises `OSError` if there can be none."""
        with _without_main(), _interrupts_blocked():
            future = self._executor.submit(worker_side.prepare_process, self._preparation)
        # The parent never writes results. With its copy of the pipe's end open, the death of a worker that is in the
        # middle of writing one would not be seen: the reader would wait for the rest.
        if self._made.results is not None:
            self._made.results.close_writer()
        return future

    def submit(self, function: Work, items: tuple[Any, ...]) -> Future[list[bytes] | Failed]:
        return self._executor.submit(worker_side.call, self._preparation.key, function, items)

    def died(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def kill(self) -> None:
        """End the process now. Its futures fail with `BrokenProcessPool`."""
        process = self._made.process
        if process is not None:
            with contextlib.suppress(ValueError):  # closed: it has ended
                process.kill()

    def close(self, wait: bool = True) -> None:
        self._executor.shutdown(wait=wait, cancel_futures=True)


class ProcessEngine:
    """Up to `workers` lanes, opened as there is work for them."""

    chunk_factor = 1
    cut_off = "the worker processes were shut down"

    def __init__(self, workers: int, preparation: Preparation) -> None:
        self.workers = workers
        self.lanes = workers
        self._preparation = preparation

    def open_lane(self) -> ProcessLane:
        return ProcessLane(self._preparation)

    def lost(self) -> str | None:
        """Processes can be replaced as long as this one lives."""
        return None

    def close(self) -> None:
        """Nothing is left once the lanes are closed."""


class _Results(SimpleQueue[Any]):
    """The pipe that results come back through."""

    def close_writer(self) -> None:
        writer: Any = getattr(self, "_writer")  # noqa: B009 - multiprocessing has no other way to it
        writer.close()


class _OneProcess:
    """A multiprocessing context that remembers what an executor makes with it: its process, and the results' pipe."""

    def __init__(self, initializer: str | None) -> None:
        self._context: Any = get_context(KIND)
        self.process: BaseProcess | None = None
        self.results: _Results | None = None
        if KIND == "forkserver":
            # Takes effect if no fork server runs yet; otherwise each worker imports by itself.
            modules = ["lineagraph.ingest.fork_server", __name__]
            if initializer is not None:
                modules.append(initializer.partition(":")[0])
            self._context.set_forkserver_preload(modules)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def Process(self, *arguments: Any, **options: Any) -> BaseProcess:
        process: BaseProcess = self._context.Process(*arguments, **options)
        self.process = process
        return process

    def SimpleQueue(self) -> _Results:
        self.results = _Results(ctx=self._context)
        return self.results


@contextmanager
def _without_main() -> Generator[None]:
    """A process started inside does not run our caller's script again.

    multiprocessing would import it, and a script that calls us outside of `if __name__ == "__main__":` would ingest in
    every worker. What we send to workers is importable, so they need no `__main__`.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


_starting = threading.Lock()


@contextmanager
def _interrupts_blocked() -> Generator[None]:
    """Ctrl-C goes to all processes of a terminal, a service's SIGTERM to all of the service: the fork server, if it is
    started inside, never sees them (`fork_server`), nor does a worker before it can ignore them itself.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin() -> None:
    """First thing in a worker: the parent decides when it ends, and it ends with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        _die_with(parent.sentinel)
    else:
        threading.Thread(
            target=_watch, args=(parent.sentinel,), name="lineagraph-parent", daemon=True
        ).start()


def _die_with(pipe: int) -> None:
    """Have the kernel kill this process when the pipe's other end closes, even if it is stuck in C code then.

    (`PR_SET_PDEATHSIG` would watch the fork server, or the parent's thread that started us.)
    """
    if sys.platform != "linux":
        return
    import fcntl

    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if connection.wait([pipe], timeout=0):  # it closed before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
