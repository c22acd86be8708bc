"""Does a column name fit the pattern of a star (`COLUMNS(…)`, `* ILIKE …`)? In bounded time, whatever the pattern.

Python's engine backtracks: `(a+)+` against forty letters takes longer than anyone waits, and nothing can interrupt it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_MOST_STEPS = 1_000_000
"""Of the engine for one name, at worst: some ten milliseconds."""
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*)(?:,(\d*))?\}")


class _Cost(NamedTuple):
    unbounded: int
    """Repetitions without a bound, each of which may try every length."""
    ways: int
    """What `?` (two ways) and alternatives multiply to."""
    explosive: bool
    """Repeats what itself can match in several ways."""


def matches(pattern: str, name: str) -> bool:
    """A pattern that is no regular expression here, or that could take for ever, fits every name."""
    if not pattern:
        return True
    compiled, cost = _compiled(pattern)
    if compiled is None or cost.explosive:
        return True
    steps = max(1, len(name)) ** cost.unbounded * cost.ways
    return steps > _MOST_STEPS or compiled.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[re.Pattern[str] | None, _Cost]:
    try:
        return re.compile(pattern, re.IGNORECASE), _cost(pattern)
    except (re.error, OverflowError, RecursionError):
        return None, _Cost(0, 1, True)


def _cost(pattern: str) -> _Cost:
    unbounded, ways, choices = 0, 1, 0
    explosive = False
    groups: list[_Group] = []
    closed = -1
    """`choices` before the group that just ended, or -1."""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        quantifier = _QUANTIFIER.match(pattern, at)
        if quantifier is not None and at > 0:
            at = quantifier.end()
            if pattern[at : at + 1] in ("?", "+"):  # lazy, possessive
                at += 1
            repeats = quantifier.group() != "?"
            explosive = explosive or (repeats and 0 <= closed < choices)
            unbounded += repeats
            ways *= 1 if repeats else 2
            choices += 1
            closed = -1
            continue
        closed = -1
        if char == "\\":
            at += 2
            continue
        if char == "[":
            end = pattern.find("]", at + 2)
            at = end + 1 if end >= 0 else len(pattern)
            continue
        if char == "(":
            groups.append(_Group(unbounded, ways, choices, pattern.startswith("(?>", at)))
            at += 2 if pattern.startswith("(?", at) else 1
        elif char == "|" and groups:
            groups[-1].alternatives += 1
            choices += 1
        elif char == ")" and groups:
            group = groups.pop()
            if group.atomic:
                # one way to match, whatever follows
                unbounded, ways, choices = group.unbounded, group.ways, group.choices
            ways *= group.alternatives
            closed = group.choices
        at += 1
    return _Cost(unbounded, ways, explosive)


class _Group:
    """An open group, and what had been counted before it."""

    __slots__ = ("alternatives", "atomic", "choices", "unbounded", "ways")

    def __init__(self, unbounded: int, ways: int, choices: int, atomic: bool) -> None:
        self.unbounded = unbounded
        self.ways = ways
        self.choices = choices
        self.atomic = atomic
        self.alternatives = 1
