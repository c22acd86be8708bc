"""Room to recurse: deep but finite chains of views, CTEs and UNIONs are walked recursively, and must not end a run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

BINDING_FRAMES = 400_000
"""Python frames for binding: a chain of datasets that star into each other takes some six a link. Calls from Python to
Python take none of the C stack (since 3.11), and binding recurses in no other way."""

READING_FRAMES = 4_000
"""For reading one statement's tree, where library code stands in between and each frame may take C stack."""


class _Limit:
    """Python's recursion limit belongs to the whole process: raised while anybody needs it, then put back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted: list[int] = []
        self.usual = 0


_limit = _Limit()


@contextmanager
def deep_recursion(frames: int) -> Generator[None]:
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
