"""What was lost, grouped by cause, and source lines with a caret below the spot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from lineagraph.cli.output import cells, shown
from lineagraph.model import Span

if TYPE_CHECKING:
    from lineagraph.ingest.graph_extractor import FailedStatement

_PARTICULARS = re.compile(
    r"""
      (?<=but\ got\ ).+
    | (?<=\ but\ was\ ).+
    | '(?:[^'\\]|\\.|'')*' | "[^"]*" | `[^`]*`       # quoted text: the name, the token, the character
    | \b\d[\d.,]*\b                                 # a number: a limit, a position
    """,
    re.VERBOSE | re.DOTALL,
)
_TAB = "    "


class Cause(Struct, frozen=True):
    """Failures with the same code and, but for names, numbers and tokens, the same message."""

    code: str
    text: str
    """The message; `…` where the messages differ."""
    failures: tuple[FailedStatement, ...]


def causes_of(failures: Iterable[FailedStatement]) -> list[Cause]:
    """Group failures, the most frequent cause first; within one, in the order they came (by file and place)."""
    groups: dict[tuple[str, str], list[FailedStatement]] = {}
    for failure in failures:
        groups.setdefault((failure.code, _general(failure)), []).append(failure)
    causes = [
        Cause(code, text if len({one.message for one in group}) > 1 else group[0].message, tuple(group))
        for (code, text), group in groups.items()
    ]
    return sorted(causes, key=lambda cause: (-len(cause.failures), cause.code, cause.text))


def _general(failure: FailedStatement) -> str:
    """The message without what is particular to one file: its path, names, numbers, tokens."""
    message = failure.message.removeprefix(f"{failure.file}: ")
    return " ".join(_PARTICULARS.sub("…", message).split())


def quoted(line: str, span: Span, line_start: int, width: int) -> tuple[str, str]:
    """A source line and the carets to print below it, at most `width` wide; no carets if the spot is outside.

    `line` starts at column `line_start` of the source line. Tabs and control characters are replaced by what can be
    shown, and the carets moved accordingly; a long line is cut around the spot.
    """
    first = span.start_column - line_start
    last = span.end_column - line_start if span.end_line == span.start_line else len(line) - 1
    last = max(first, min(last, len(line) - 1))
    if not 0 <= first <= len(line):
        return _cut(_printable(line), 0, width)[0], ""
    before = _printable(line[:first])
    marked = _printable(line[first : last + 1])
    if line_start == 1 and before[: len(before) - len(before.lstrip())]:
        indent = len(before) - len(before.lstrip())
        before = before[indent:]
    text = before + marked + _printable(line[last + 1 :]).rstrip()
    text, start = _cut(text, len(before), width)
    room = len(text) - start
    carets = "^" * max(1, cells(marked[: max(room, 1)]))
    return text, " " * cells(text[:start]) + carets[: max(1, width - cells(text[:start]))]


def _printable(text: str) -> str:
    return shown(text.replace("\t", _TAB))


def _cut(text: str, start: int, width: int) -> tuple[str, int]:
    """`text` cut to `width` places around character `start`, and where that is now."""
    if cells(text) <= width:
        return text, start
    left = 0
    if cells(text[:start]) > width * 2 // 3:
        left = start
        room = width // 2
        while left > 0 and room > cells(text[left - 1]):
            left -= 1
            room -= cells(text[left])
    kept = text[left:]
    head = "…" if left else ""
    while cells(head + kept) > width - 1:
        kept = kept[: -max(1, (cells(kept) - width) // 2)]
    tail = "…" if left + len(kept) < len(text) else ""
    return head + kept + tail, start - left + len(head)
