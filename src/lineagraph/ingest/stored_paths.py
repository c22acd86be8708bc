"""The path under which a file is stored and shown: the same on every machine, and one line whatever the file is called.

A file's stored path identifies it in the project. It is relative to `root` with `/` between its parts, so it is the
same on every machine and from whatever directory the command runs: `sql/marts/revenue.sql`; a file outside of `root`
gets `../` in front. Where a name cannot be shown or stored as it is (control characters, bytes that are not UTF-8),
those characters are written `\\xNN`, and a backslash is doubled, so two files never share a stored path.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_UNSHOWABLE: Final = re.compile("[\\\\\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Also the characters that reorder or break a line on a terminal."""

_ESCAPED: Final = re.compile(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4})")


def stored_path(relative: str) -> str:
    """A relative path in the form that is stored and shown: `/` between parts, nothing unprintable; one-to-one."""
    if os.sep != "/":
        relative = relative.replace(os.sep, "/")
    return _UNSHOWABLE.sub(_escape, relative) if _UNSHOWABLE.search(relative) else relative


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\\":
        return "\\\\"
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    # Above ASCII only bytes are written \xNN: U+0085 and the byte 0x85 are different names.
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def unstored_path(stored: str) -> str:
    """The relative path that `stored_path` gave this for, to open the file by."""
    return _ESCAPED.sub(_unescape, stored) if "\\" in stored else stored


def _unescape(match: re.Match[str]) -> str:
    kind, digits = match.group(1)[0], match.group(1)[1:]
    if kind == "\\":
        return "\\"
    code = int(digits, 16)
    return chr(code + 0xDC00) if kind == "x" and code >= 0x80 else chr(code)


def relative_path(absolute: str, base: str) -> str:
    """Relative to the base; where one of the two was reached through a symbolic link, by the real paths."""
    if absolute != base and not absolute.startswith(base.rstrip(os.sep) + os.sep):
        real, real_base = os.path.realpath(absolute), os.path.realpath(base)
        if real == real_base or real.startswith(real_base.rstrip(os.sep) + os.sep):
            absolute, base = real, real_base
    try:
        return os.path.relpath(absolute, base).replace(os.sep, "/")
    except ValueError:  # Windows: on another drive there is no relative path.
        return Path(absolute).as_posix()
