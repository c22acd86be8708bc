"""Names a routine, a block or a script declares: parameters, variables, cursors, loop records. They are no columns."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_PARAMETERS = re.compile(
    r"\b(?:PROCEDURE|PROC|FUNCTION|CURSOR)\s+(?:IF\s+NOT\s+EXISTS\s+)?[\w.\"`\[\]$#]+\s*\(", re.IGNORECASE
)
_SECTION = re.compile(r"\b(?:DECLARE|IS|AS)\b(.*?)\bBEGIN\b", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(r"\b(?:DECLARE|LET|FOR)\s+([A-Za-z_][\w$#]*(?:\s*,\s*[A-Za-z_][\w$#]*)*)", re.IGNORECASE)
_FIRST = re.compile(
    r"\s*(?:(?:IN|OUT|INOUT|VARIADIC|CURSOR|CONSTANT)\s+)*[\"`]?([A-Za-z_][\w$#]*)", re.IGNORECASE
)
_NO_NAMES = frozenset(
    "begin end select insert update delete merge type pragma procedure function return returns language with table "
    "declare if then else loop while for exception subtype in out inout create replace as is".split()
)
_LONGEST = 200_000
"""Characters of a routine that are looked through."""


def declared_names(text: str) -> frozenset[str]:
    """Lower-case names that a routine's text declares. Names only, found by shape: no types, no scopes."""
    text = _COMMENT.sub(" ", text[:_LONGEST])
    names: set[str] = set()
    for match in _PARAMETERS.finditer(text):
        names.update(_leading_names(_inside(text, match.end()), ","))
    for match in _SECTION.finditer(text):
        names.update(_leading_names(match.group(1), ";"))
    for match in _INLINE.finditer(text):
        names.update(name.strip().lower() for name in match.group(1).split(","))
    return frozenset(names - _NO_NAMES)


def _inside(text: str, start: int) -> str:
    """Up to the parenthesis that closes the one before `start`."""
    depth = 1
    for position in range(start, len(text)):
        char = text[position]
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return text[start:position]
    return text[start:]


def _leading_names(text: str, separator: str) -> list[str]:
    names: list[str] = []
    depth = 0
    item = ""
    for char in text:
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if char == separator and depth == 0:
            names.append(item)
            item = ""
        else:
            item += char
    if separator == ",":
        names.append(item)
    found = (_FIRST.match(name) for name in names)
    return [match.group(1).lower() for match in found if match is not None]


def listed_names(text: str) -> list[str]:
    """The first name of each item of a comma-separated list: `k VARCHAR, v NUMBER(9, 2)` → k, v."""
    return _leading_names(text, ",")
