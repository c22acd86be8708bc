"""The last resort against parsing without end: a call that takes far too long is interrupted from another thread.

Limits that do not depend on the machine come first (`nesting`, the count of nodes): what they let through and sqlglot
still takes minutes for, because it tries alternatives at every level, is given up here by the clock.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_TICK = 0.2
"""Seconds between two looks at the clock, while anybody is watched."""


class Overtime(BaseException):
    """The call took too long. Not an `Exception`: code that tries alternatives must not take it for a failed one."""


class _Watched:
    """One call under way."""

    __slots__ = ("deadline", "done", "fired", "thread")

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.thread = threading.get_ident()
        self.done = False
        self.fired = False


class _Watchdog:
    """Looks at the clock for all threads; its own thread lives only while there is something to watch."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.watched: set[_Watched] = set()
        self.running = False

    def add(self, watched: _Watched) -> None:
        with self.lock:
            self.watched.add(watched)
            if not self.running:
                self.running = True
                threading.Thread(target=self._watch, name="lineagraph-watchdog", daemon=True).start()

    def remove(self, watched: _Watched) -> None:
        with self.lock:
            watched.done = True
            self.watched.discard(watched)
            if watched.fired:
                _interrupt(watched.thread, None)

    def _watch(self) -> None:
        while True:
            time.sleep(_TICK)
            now = time.monotonic()
            with self.lock:
                if not self.watched:
                    self.running = False
                    return
                for one in self.watched:
                    if not one.fired and now > one.deadline:
                        one.fired = True
                        _interrupt(one.thread, Overtime)


def _interrupt(thread: int, error: type[BaseException] | None) -> None:
    """Raise `error` in a thread when it next runs Python code; None takes back what has not been raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(error) if error is not None else None
    )


_watchdog = _Watchdog()


def within(seconds: float, call: Callable[[], T]) -> T:
    """`call()`, given up after some seconds. Raises `Overtime`, and what the call raises."""
    watched = _Watched(seconds)
    try:
        _watchdog.add(watched)
        try:
            return call()
        finally:
            _watchdog.remove(watched)
    finally:
        # an interrupt that came while we were removing it
        if not watched.done:
            _watchdog.remove(watched)
