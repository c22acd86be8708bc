"""Dumps: of thousands of literal rows, and of thousands of INSERTs of one shape, one says all there is to say."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import word
from lineagraph.sql.client import lexical_of

_KEPT_ROWS = 2
_LONG_LIST = 2_000


def without_literal_rows(tokens: list[Token]) -> list[Token]:
    """An INSERT … VALUES of very many literal rows with only its first and last ones: the others say nothing new.

    Rows that hold a subquery are kept, whatever their number.
    """
    size = len(tokens)
    if size < _LONG_LIST or word(tokens[0]) not in (
        "INSERT",
        "REPLACE",
        "UPSERT",
        "MERGE",
        "SELECT",
        "WITH",
        "VALUES",
    ):
        return tokens
    kept: list[Token] = []
    index = 0
    while index < size:
        token = tokens[index]
        kept.append(token)
        index += 1
        if (
            token.token_type != TokenType.VALUES
            or index >= size
            or tokens[index].token_type != TokenType.L_PAREN
        ):
            continue
        rows, end = _rows(tokens, index)
        if len(rows) <= 2 * _KEPT_ROWS:
            continue
        if any(token.token_type == TokenType.SELECT for token in tokens[index:end]):
            continue
        kept.extend(tokens[index : rows[_KEPT_ROWS - 1][1] + 1])
        kept.extend(tokens[rows[-1][0] : end])
        index = end
    return kept


def _rows(tokens: list[Token], begin: int) -> tuple[list[tuple[int, int]], int]:
    """(first, last-exclusive) of each parenthesised row of a comma list, and the index after the list. A row's
    last-exclusive index is that of the comma behind it."""
    rows: list[tuple[int, int]] = []
    depth = 0
    start = index = begin
    size = len(tokens)
    while index < size:
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            if depth == 0:
                start = index
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
            if depth < 0:
                return rows, index
            if depth == 0:
                rows.append((start, index + 1))
                if index + 2 < size and tokens[index + 1].token_type == TokenType.COMMA:
                    index += 2
                    if tokens[index].token_type != TokenType.L_PAREN:
                        return rows, index - 1
                    continue
                return rows, index + 1
        index += 1
    return rows, size


@lru_cache(maxsize=2)
def _row(escapes: bool) -> re.Pattern[str]:
    """One literal row and the comma behind it; a function call's parentheses may stand in it."""
    string = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*\"""" if escapes else r"""'(?:[^']|'')*'|"[^"]*\""""
    item = rf"(?:[^()'\"`]++|{string}|`[^`]*`)"
    return re.compile(rf"\s*\((?:{item}|\({item}*\))*\)\s*,", re.DOTALL)


_VALUES = re.compile(r"\bVALUES\s*(?=\()", re.IGNORECASE)


def without_rows(text: str, dialect: str) -> str:
    """A text whose VALUES lists keep two rows and the last; the others are blanked (the length stays the same).

    Stops at the first row that is not plain: such a row may hold a subquery.
    """
    pattern = _row(lexical_of(dialect).escapes)
    pieces: list[str] = []
    copied = 0
    found = _VALUES.search(text)
    while found is not None:
        position = found.end()
        for _ in range(_KEPT_ROWS):
            row = pattern.match(text, position)
            if row is None:
                break
            position = row.end()
        else:
            blank = position
            while (row := pattern.match(text, position)) is not None and "select" not in row.group().lower():
                position = row.end()
            if position > blank:
                pieces.extend((text[copied:blank], " " * (position - blank)))
                copied = position
        found = _VALUES.search(text, position)
    if not pieces:
        return text
    pieces.append(text[copied:])
    return "".join(pieces)


_LITERALS = frozenset({TokenType.STRING, TokenType.NUMBER, TokenType.NATIONAL_STRING, TokenType.HEX_STRING})
_LONGEST_SHAPE = 2_000


def shape_of(tokens: list[Token]) -> tuple[str, ...] | None:
    """What is left of an INSERT of literal rows without its literals; None if it holds a query. Dumps repeat one shape
    thousands of times, and statements of one shape have one AST but for the literals, which no lineage depends on."""
    kinds = {token.token_type for token in tokens}
    if TokenType.VALUES not in kinds or TokenType.SELECT in kinds or len(tokens) > _LONGEST_SHAPE:
        return None
    if TokenType.IDENTIFIER in kinds:
        return tuple(
            [
                f'"{t.text}"' if t.token_type == TokenType.IDENTIFIER else t.text
                for t in tokens
                if t.token_type not in _LITERALS
            ]
        )
    return tuple([token.text for token in tokens if token.token_type not in _LITERALS])
