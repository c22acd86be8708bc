"""What runs inside a worker, wherever that is: prepare once, then work on one chunk after the other.

Kept light: a worker imports this first, and what the work needs only when it is prepared.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from msgspec import Struct

from lineagraph.sql.overtime import Overtime, within

Work = Callable[[Sequence[Any]], list[bytes]]

_GRACE = 5.0
"""Seconds between asking a call to stop and ending the process it runs in, at most."""


class Failed(Struct, frozen=True):
    """Why a chunk has no result. A value, since not every exception survives being pickled."""

    reason: str
    hung: bool = False
    unfit: bool = False
    """This worker can do no work of ours at all."""


class Preparation(Struct, frozen=True):
    """What a worker does before its first item: call `initializer` ("package.module:function") with `context`."""

    key: str
    initializer: str | None
    context: bytes


_states: dict[str, Any] = {}
"""What the initializers returned, by the key of their preparation: a Dask worker may serve several pools."""

_current: ContextVar[Any] = ContextVar("lineagraph_prepared")


def prepared() -> Any:
    """What the pool's initializer returned in this worker; for a function that a pool runs.

    Raises `LookupError` outside of such a function, or in a thread that it started.
    """
    return _current.get()


@cache
def fingerprint() -> str:
    """What must be the same here and there for results to be the same."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"lineagraph {_installed('lineagraph')}, sqlglot {_installed('sqlglot')}, Python {python}"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def prepare(preparation: Preparation) -> int:
    """Import what the work needs and make its state, once; returns the process id."""
    if preparation.key not in _states:
        state: Any = None
        if preparation.initializer is not None:
            state = load(preparation.initializer)(preparation.context)
        _states[preparation.key] = state
    return os.getpid()


def prepare_process(preparation: Preparation) -> int:
    """`prepare` in a process of our own: what it imported stays for ever, so no collection looks at it again."""
    pid = prepare(preparation)
    gc.collect()
    gc.freeze()
    return pid


def load(name: str) -> Any:
    """The function called "package.module:function"."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def call(key: str, function: Work, items: Sequence[Any]) -> list[bytes] | Failed:
    """`function(items)`, one result per item, or why not."""
    token = _current.set(_states.get(key))
    try:
        results = function(items)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what a function does costs its item, never a worker
        return Failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    finally:
        _current.reset(token)
    if len(results) != len(items):
        return Failed(f"{function.__qualname__} gave {len(results)} results for {len(items)} items")
    return results


def call_guarded(
    key: str, expected: str, seconds: float, function: Work, items: Sequence[Any]
) -> list[bytes] | Failed:
    """`call` in a worker that nobody can kill from outside, on Dask: it watches the time itself.

    A call that takes too long is interrupted; if that does not help, because it is inside of C code, the process ends
    some seconds later. `expected` is the fingerprint of the pool.
    """
    own = fingerprint()
    if own != expected:
        return Failed(f"the worker has {own}; this is {expected}", unfit=True)
    if key not in _states:
        return Failed("the worker was not prepared", unfit=True)
    deadline = _deadlines.add(seconds + min(seconds, _GRACE))
    try:
        return within(seconds, lambda: call(key, function, items))
    except Overtime:
        return Failed(f"no answer within {seconds:g} s", hung=True)
    finally:
        _deadlines.remove(deadline)


class _Deadlines:
    """Ends the process when a call overstays. A Dask worker may have several threads; the alarm is one per process.

    faulthandler's alarm is a thread in C: it goes off even if the call never lets go of the interpreter's lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[int, float] = {}
        self._next = 0
        self._nowhere: Any = None

    def add(self, seconds: float) -> int:
        with self._lock:
            self._next += 1
            self._pending[self._next] = time.monotonic() + seconds
            self._arm()
            return self._next

    def remove(self, number: int) -> None:
        with self._lock:
            del self._pending[number]
            self._arm()

    def _arm(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        if not self._pending:
            return
        if self._nowhere is None:
            self._nowhere = open(os.devnull, "w")  # noqa: SIM115 - the alarm keeps it as long as the process lives
        left = min(self._pending.values()) - time.monotonic()
        faulthandler.dump_traceback_later(max(left, 0.001), exit=True, file=self._nowhere)


_deadlines = _Deadlines()
