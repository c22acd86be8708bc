"""What commands print with: names made harmless, colour and width only where there is a terminal, JSON for programs.

Rich is not used here: it takes longer to import than a trace takes to run, and names from SQL would have to be kept
from being read as its markup. It draws the progress bar (cli/progress.py), where there is a terminal.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

STYLES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
"""Names of styles and their ANSI codes."""

_MINIMUM_WIDTH = 40
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that reorder or break a line."""
_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNICODE = str.maketrans(
    {"└": "`", "├": "|", "–": "-", "│": "|", "─": "-", "…": "...", "·": ",", "×": "x", "→": "->"}
)


class Screen:
    """One output stream, and what it can show: `width` is None where lines may be of any length."""

    def __init__(self, stream: TextIO, *, color: bool, width: int | None, unicode: bool = True) -> None:
        self._stream = stream
        self.color = color
        self.width = width
        self.unicode = unicode

    def line(self, text: str = "") -> None:
        self._stream.write((text if self.unicode else text.translate(_UNICODE)) + "\n")

    def heading(self, text: str) -> None:
        self.line()
        self.line(self.paint(text, "bold"))

    def paint(self, text: str, *styles: str) -> str:
        """`text` in these styles, or as it is where colours are not wanted. An empty style is none."""
        codes = ";".join([str(STYLES[style]) for style in styles if style])
        return f"\x1b[{codes}m{text}\x1b[0m" if self.color and codes and text else text


def open_screen() -> Screen:
    """Standard output: coloured and as wide as the terminal if it is one; plain and unbroken in a pipe.

    `NO_COLOR` (https://no-color.org) and `TERM=dumb` turn colours off; an exported `COLUMNS` is a pipe's width, too.
    """
    stream = sys.stdout
    terminal = is_terminal(stream)
    width = None
    if terminal or os.environ.get("COLUMNS", "").isdecimal():
        width = max(_MINIMUM_WIDTH, shutil.get_terminal_size().columns)
    return Screen(stream, color=terminal and wants_color(), width=width, unicode=_takes(stream, "└├│─–…·×→"))


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it; a closed stream is none."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def wants_color() -> bool:
    if sys.platform == "win32" and "WT_SESSION" not in os.environ and "ANSICON" not in os.environ:
        return False  # the old console prints escape sequences as they are
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _takes(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def never_fail_to_encode(stream: TextIO) -> None:
    """A character that the terminal's encoding lacks is printed as an escape; it must not end the program."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def shown(text: str) -> str:
    """`text` on one line, with control characters and those that reorder a line as escapes."""
    return _UNSHOWABLE.sub(_escape, text) if _UNSHOWABLE.search(text) else text


def one_line(text: str, limit: int | None = None) -> str:
    """`text` with blanks and line ends as single blanks, cut to `limit` cells."""
    line = shown(" ".join(text.split()))
    return line if limit is None else clipped(line, limit)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    return _NAMED_ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def cells(text: str) -> int:
    """How many places of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clipped(text: str, limit: int) -> str:
    """`text`, cut to `limit` places with `…` at the end where it is longer."""
    if cells(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - 1
    for character in text:
        room -= _cell(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2 files`, `1,234 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def print_warning(text: str) -> None:
    """One line on standard error; the command goes on."""
    sys.stderr.write(f"lineagraph: {one_line(text)}\n")


def print_json(value: Any) -> None:
    """One JSON document on standard output, in UTF-8, indented; structs are objects of their fields."""
    import msgspec

    data = msgspec.json.format(msgspec.json.encode(plain(value)), indent=2)
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # a stream of text that somebody put there
        sys.stdout.write(data.decode() + "\n")
    else:
        buffer.write(data + b"\n")
        buffer.flush()


def plain(value: Any) -> Any:
    """Structs as dictionaries, also those that are arrays in the database; all else as it is."""
    fields: tuple[str, ...] | None = getattr(value, "__struct_fields__", None)
    if fields is not None:
        return {field: plain(getattr(value, field)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(item) for item in value]
    return value
