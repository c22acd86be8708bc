"""Room to recurse: deep but finite chains of views, CTEs and UNIONs are walked recursively, and must not end a run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

FRAMES = 4_000
"""Python frames that reading and binding get, however deep the caller stands: what becomes of a statement must not
depend on that. Library code in between may take C stack for each of them; for this many there is room."""

_MANY_FRAMES = 400_000
"""For binding what needs more: a chain of datasets that star into each other takes some six a link. Binding recurses
from Python to Python only, which takes none of the C stack (since 3.11)."""


class _Room:
    """Python's recursion limit belongs to the whole process, and lowering it below the depth another thread stands at
    ends the process (CPython 3.11: "Cannot recover from stack overflow"). So: many threads at `FRAMES`, or one alone
    with more.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.levels: dict[int, int] = {}
        """Threads inside `deep_recursion`, and how often each."""
        self.alone: int | None = None
        """The thread inside `very_deep_recursion`."""
        self.waiting = 0
        """Threads that want to be alone."""
        self.usual = 0

    def enter(self) -> None:
        me = threading.get_ident()
        with self.changed:
            while me not in self.levels and self.alone != me and (self.alone is not None or self.waiting):
                self.changed.wait()
            self._raise_to(FRAMES)
            self.levels[me] = self.levels.get(me, 0) + 1

    def leave(self) -> None:
        me = threading.get_ident()
        with self.changed:
            self.levels[me] -= 1
            if not self.levels[me]:
                del self.levels[me]
            self._settle()

    def enter_alone(self) -> int:
        """Returns what `leave_alone` needs: how often this thread was inside `deep_recursion`, which is set aside."""
        me = threading.get_ident()
        with self.changed:
            mine = self.levels.pop(me, 0)
            self.waiting += 1
            self.changed.notify_all()
            try:
                while self.levels or self.alone is not None:
                    self.changed.wait()
                self.alone = me
                self._raise_to(_MANY_FRAMES)
            except BaseException:  # an interrupt while waiting
                self._resume(me, mine)
                raise
            finally:
                self.waiting -= 1
            return mine

    def leave_alone(self, mine: int) -> None:
        with self.changed:
            self.alone = None
            self._resume(threading.get_ident(), mine)
            self._settle()

    def _resume(self, me: int, mine: int) -> None:
        if mine:
            self.levels[me] = mine

    def _raise_to(self, frames: int) -> None:
        if not self.usual:
            self.usual = sys.getrecursionlimit()
        _set_limit(max(sys.getrecursionlimit(), frames))

    def _settle(self) -> None:
        """The limit that those who are left need."""
        if self.alone is None:
            if self.levels or self.waiting:
                _set_limit(max(self.usual, FRAMES))
            elif self.usual:
                _set_limit(self.usual)
                self.usual = 0
        self.changed.notify_all()


def _set_limit(frames: int) -> None:
    if sys.getrecursionlimit() != frames:
        sys.setrecursionlimit(frames)


_room = _Room()


@contextmanager
def deep_recursion() -> Generator[None]:
    """`FRAMES` levels of Python calls until the block ends, and not many more: whoever wants more waits meanwhile.

    Jinja, and the compiling of what it makes, rely on Python's limit to protect the C stack.
    """
    _room.enter()
    try:
        yield
    finally:
        _room.leave()


@contextmanager
def very_deep_recursion() -> Generator[None]:
    """For code of ours that recurses from Python to Python only; nothing else of ours runs meanwhile."""
    if _room.alone == threading.get_ident():
        yield
        return
    mine = _room.enter_alone()
    try:
        yield
    finally:
        _room.leave_alone(mine)


INLINE_TOKENS = 4_000
"""Longer statements are parsed on a stack of their own. sqlglot's compiled parser has no recursion check: what repeats
a word that opens something (`FROM FROM …`, `SELECT INTO SELECT INTO …`) takes up to 700 bytes a token (measured), and
4,000 tokens fit into any thread's stack but macOS' smallest."""

_BYTES_PER_TOKEN = 1_024
_SMALLEST = 16 << 20
LARGEST_STACK = 1 << 30


class NoStackError(RecursionError):
    """This machine has no memory for a stack that would be large enough."""


def on_large_stack(call: Callable[[], T], tokens: int) -> T:
    """`call()` in a thread whose stack is large enough for that many tokens; what it raises is raised here.

    Raises `RecursionError` if there can be no such thread, `NoStackError` if this machine has no room for it.
    """
    size = max(_SMALLEST, tokens * _BYTES_PER_TOKEN)
    if size > LARGEST_STACK:
        raise RecursionError(f"{tokens:,} tokens in one statement")
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    with _starting:
        before = threading.stack_size(size)
        try:
            thread = threading.Thread(target=run, name="lineagraph-parse", daemon=True)
            thread.start()
        except RuntimeError as error:
            raise NoStackError("no memory for a stack that is large enough") from error
        finally:
            threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


_starting = threading.Lock()
"""The stack size of new threads is one setting for the whole process."""
