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


class _Limit:
    """Python's recursion limit belongs to the whole process: raised while anybody needs it, then put back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted: list[int] = []
        self.usual = 0


_limit = _Limit()


@contextmanager
def deep_recursion(frames: int = FRAMES) -> Generator[None]:
    """At least `frames` levels of Python calls until the block ends."""
    with _limit.lock:
        if not _limit.wanted:
            _limit.usual = sys.getrecursionlimit()
        _limit.wanted.append(frames)
        sys.setrecursionlimit(max(_limit.usual, *_limit.wanted))
    try:
        yield
    finally:
        with _limit.lock:
            _limit.wanted.remove(frames)
            sys.setrecursionlimit(max([_limit.usual, *_limit.wanted]))


_exclusive = threading.RLock()


@contextmanager
def very_deep_recursion() -> Generator[None]:
    """For code of ours that recurses from Python to Python only; no thread runs anything else of ours meanwhile that
    relies on Python's limit."""
    with _exclusive, deep_recursion(_MANY_FRAMES):
        yield


@contextmanager
def usual_recursion() -> Generator[None]:
    """For code that relies on Python's limit to protect the C stack: Jinja, and the compiling of what it makes."""
    with _exclusive:
        yield


INLINE_TOKENS = 4_000
"""Longer statements are parsed on a stack of their own. sqlglot's compiled parser has no recursion check: what repeats
a word that opens something (`FROM FROM …`, `SELECT INTO SELECT INTO …`) takes up to 700 bytes a token (measured), and
4,000 tokens fit into any thread's stack but macOS' smallest."""

_BYTES_PER_TOKEN = 1_024
_SMALLEST = 16 << 20
LARGEST_STACK = 1 << 30


def on_large_stack(call: Callable[[], T], tokens: int) -> T:
    """`call()` in a thread whose stack is large enough for that many tokens; what it raises is raised here.

    Raises `RecursionError` if there can be no such thread.
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
            raise RecursionError("no memory for a stack that is large enough") from error
        finally:
            threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


_starting = threading.Lock()
"""The stack size of new threads is one setting for the whole process."""
