"""Bytes of a file → text, and where its lines start; every byte sequence decodes, oddities become diagnostics."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Span

# Longest first: UTF-32's little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_MAGIC = (
    b"SQLite format 3\x00",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"MZ\x90",
    b"PAR1",
    b"Obj\x01",
    b"PGDMP",
    b"BZh9",
    b"7z\xbc\xaf",
    b"\xfd7zXZ",
)
"""First bytes of formats that are met under an `.sql` name: archives, images, programs, dumps in binary form."""

_NEXT = (1).__add__
_SAMPLE = 65_536
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
"""Control bytes that text does not hold (a tab, a line end, a form feed, DOS's end-of-file mark do occur)."""


def decode(data: bytes) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text of a SQL file, without its byte order mark, line ends as they are.

    Tried in this order: a byte order mark; UTF-16 without one (every other byte zero); UTF-8; Windows-1252, with an
    `encoding-fallback`; what Windows-1252 leaves undefined, as Latin-1. Bytes that cannot be text give "" and
    `binary-file`. Raises nothing.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _lenient(data[len(mark) :], encoding)
    sample = data[:_SAMPLE]
    encoding = _unmarked_utf16(sample)
    if encoding is not None:
        return _lenient(data, encoding)
    if _is_binary(sample):
        return "", (
            Diagnostic(
                Code.BINARY_FILE,
                Severity.ERROR,
                "the file does not hold text",
                hint="exclude it, or export it as text",
            ),
        )
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        offset = error.start
    try:
        text = data.decode("cp1252")
        used = "Windows-1252"
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        used = "Latin-1"
    line = len(re.findall(rb"\r\n|\n|\r", data[:offset])) + 1
    return text, (
        Diagnostic(
            Code.ENCODING_FALLBACK,
            Severity.INFO,
            f"not valid UTF-8 (first at byte {offset}, line {line}); read as {used}",
            hint="save the file as UTF-8",
        ),
    )


def _lenient(data: bytes, encoding: str) -> tuple[str, tuple[Diagnostic, ...]]:
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError as error:
        message = f"broken {encoding.upper()} at byte {error.start}; unreadable characters were replaced"
    text = data.decode(encoding, "replace")
    return text, (Diagnostic(Code.ENCODING_FALLBACK, Severity.INFO, message, hint="save the file as UTF-8"),)


def _unmarked_utf16(sample: bytes) -> str | None:
    """SQL is mostly ASCII, so UTF-16 shows as zero bytes at (nearly) all odd or all even places, and none elsewhere."""
    if len(sample) < 4:
        return None
    even, odd = sample[0 : len(sample) & ~1 : 2], sample[1::2]
    zeros_even, zeros_odd = even.count(0), odd.count(0)
    if zeros_odd > 0.6 * len(odd) and zeros_even <= 0.02 * len(even):
        return "utf-16-le"
    if zeros_even > 0.6 * len(even) and zeros_odd <= 0.02 * len(odd):
        return "utf-16-be"
    return None


def _is_binary(sample: bytes) -> bool:
    if sample.startswith(_MAGIC):
        return True
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    # A few stray null bytes are an editor's accident; a tenth of the file is not.
    return controls > max(8, len(sample) // 10)


def line_starts(text: str) -> tuple[int, ...]:
    r"""Offsets of the first character of each line; a line ends with `\n`, `\r\n` or `\r` (nothing else)."""
    if "\r" not in text:
        lines = text.split("\n")
        lines.pop()
        return (0, *accumulate(map(_NEXT, map(len, lines))))
    return (0, *(match.end() for match in re.finditer(r"\r\n?|\n", text)))


def span_of(starts: Sequence[int], start: int, end: int) -> Span:
    """The span of characters `start` to `end` (exclusive) given the text's line starts; an empty stretch is its
    first character."""
    last = max(start, end - 1)
    first_line = bisect_right(starts, start)
    last_line = bisect_right(starts, last)
    return Span(first_line, start - starts[first_line - 1] + 1, last_line, last - starts[last_line - 1] + 1)
