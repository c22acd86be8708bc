"""SQL inside string constants: bodies of routines, dynamic SQL. Its tokens keep the offsets they have in the text."""

from __future__ import annotations

import re

from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.parsed import Collector

STRINGS = QUOTED - {TokenType.IDENTIFIER}
_OPENING = re.compile(r"(?:[A-Za-z]{1,2})?('''|\"\"\"|'|\"|\$\w*\$)|[qQ]('.)")


def tokens_of(collector: Collector, token: Token) -> list[Token] | None:
    """The tokens of the SQL in a string constant, at their offsets in the text; None if it does not tokenise."""
    written = collector.text[token.start : token.end + 1]
    match = _OPENING.match(written)
    if match is None:
        return None
    opening = match.end()
    quote = match.group(1)
    inner = written[opening : len(written) - (len(quote) if quote else 2)]
    if quote in ("'", '"'):
        inner = _unescaped(inner, quote)
    try:
        tokens = collector.tools.tokenize(inner)
    except TokenError:
        return None
    offset = token.start + opening
    for inner_token in tokens:
        inner_token.start += offset
        inner_token.end += offset
        if inner_token.token_type == TokenType.STRING and quote == "'":
            # Both quote characters belong to the inner string.
            inner_token.start -= collector.text[inner_token.start - 1] == quote
            inner_token.end += collector.text[inner_token.end + 1] == quote
    return tokens


def _unescaped(inner: str, quote: str) -> str:
    """SQL inside a string with its doubled quotes single, at unchanged offsets: a blank goes outside the
    inner string."""
    doubled = quote * 2
    if doubled not in inner:
        return inner.replace("\\" + quote, " " + quote)
    parts = inner.split(doubled)
    out = [parts[0]]
    for index, part in enumerate(parts[1:]):
        out.append(" " + quote if index % 2 == 0 else quote + " ")
        out.append(part)
    return "".join(out)


def is_composed(tokens: list[Token], at: int) -> bool:
    """Whether the constant is only a piece of the SQL: concatenated, or an argument that comes after the SQL."""
    if at + 1 < len(tokens) and tokens[at + 1].text in ("||", "+", "|", "&"):
        return True
    if at == 0:
        return False
    before = word(tokens[at - 1])
    if before in ("IMMEDIATE", "EXECUTE", "EXEC", "FROM", "SP_EXECUTESQL", "FOR", "AS"):
        return False
    previous = word(tokens[at - 2]) if at >= 2 else ""
    if tokens[at - 1].token_type == TokenType.L_PAREN:
        return previous not in ("EXEC", "EXECUTE", "IMMEDIATE")
    return not (tokens[at - 1].token_type == TokenType.EQ and previous in ("STMT", "STATEMENT"))
