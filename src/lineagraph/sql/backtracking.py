"""Tokens rewritten where sqlglot would try two readings at every level, and so take time exponential in the depth.

Measured with sqlglot 30.30: 18 nested `STRUCT(…)` take more than 6 seconds, 20 joins without a condition 5, and every
further level doubles that.
"""

from __future__ import annotations

from sqlglot.parser import Parser
from sqlglot.tokens import Token, TokenType

FEW_TOKENS = 30
"""Tokens up to which no statement can take long."""

_TYPES = frozenset(Parser.TYPE_TOKENS) - {TokenType.VAR}
_MAX_TYPED = 5
"""Levels of `TYPE(…)` that sqlglot may read both as a type and as a call."""
_MAX_OPEN_JOINS = 8

_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_CONDITIONS = frozenset({TokenType.ON, TokenType.USING})
_ENDS_FROM = frozenset(
    {
        *(TokenType.SELECT, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING),
        *(TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.QUALIFY, TokenType.LIMIT),
        *(TokenType.SET, TokenType.SEMICOLON),
    }
)


_SKELETON = bytes.maketrans(b"[]", b"()")
_FLESH = bytes(code for code in range(256) if code not in b"()[]")


def without_backtracking(text: str, tokens: list[Token]) -> list[Token]:
    """The tokens, or for the few statements that need it: deeply nested `STRUCT(` as a plain call and `ARRAY[` as a
    plain list, and of many joins without a condition those as cross joins, which is what they are.

    Next to free for other statements: a look at the text tells most of them.
    """
    if len(tokens) <= FEW_TOKENS:
        return tokens
    written = text[tokens[0].start : tokens[-1].end + 1]
    if written.lower().count("join") > _MAX_OPEN_JOINS:
        kinds = [token.token_type for token in tokens]
        open_joins = kinds.count(TokenType.JOIN) - kinds.count(TokenType.ON) - kinds.count(TokenType.USING)
        if open_joins > _MAX_OPEN_JOINS:
            tokens = _with_cross_joins(tokens)
    return _without_deep_types(tokens) if _is_deep(written) else tokens


def _is_deep(text: str) -> bool:
    """Are brackets nested deeper than a type may be? Each round takes the innermost ones away."""
    skeleton = text.encode("utf-8", "replace").translate(_SKELETON, _FLESH)
    for _ in range(_MAX_TYPED):
        skeleton = skeleton.replace(b"()", b"")
        if not skeleton:
            return False
    return True


def _without_deep_types(tokens: list[Token]) -> list[Token]:
    kinds = [token.token_type for token in tokens]
    typed = [
        index
        for index, kind in enumerate(kinds)
        if kind in _TYPES and kinds[index + 1 : index + 2] in ([TokenType.L_PAREN], [TokenType.L_BRACKET])
    ]
    if len(typed) <= _MAX_TYPED:
        return tokens
    openers = {index + 1 for index in typed}
    stack: list[bool] = []
    depth = 0
    deep: set[int] = set()
    for index, kind in enumerate(kinds):
        if kind in _OPEN:
            is_typed = index in openers
            stack.append(is_typed)
            depth += is_typed
            if is_typed and depth > _MAX_TYPED:
                deep.add(index - 1)
        elif kind in _CLOSE and stack:
            depth -= stack.pop()
    if not deep:
        return tokens
    result: list[Token] = []
    for index, token in enumerate(tokens):
        if index not in deep:
            result.append(token)
        elif kinds[index + 1] == TokenType.L_PAREN:
            result.append(_as(token, TokenType.VAR))
        # else `ARRAY[…]`: a list says the same without the word
    return result


def _with_cross_joins(tokens: list[Token]) -> list[Token]:
    """Joins whose condition never comes get a CROSS; a nested join's condition may come after the joins inside it."""
    waiting: list[list[int]] = [[]]
    bare: set[int] = set()
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.JOIN:
            waiting[-1].append(index)
        elif kind in _CONDITIONS:
            if waiting[-1]:
                waiting[-1].pop()
        elif kind in _OPEN:
            waiting.append([])
        elif kind in _ENDS_FROM or kind in _CLOSE:
            bare.update(waiting[-1])
            waiting[-1] = []
            if kind in _CLOSE and len(waiting) > 1:
                waiting.pop()
    for left in waiting:
        bare.update(left)
    result: list[Token] = []
    for index, token in enumerate(tokens):
        if index in bare:
            result.append(_as(token, TokenType.CROSS, "CROSS"))
        result.append(token)
    return result


def _as(token: Token, kind: TokenType, text: str | None = None) -> Token:
    return Token(
        kind, token.text if text is None else text, token.line, token.col, token.start, token.end, []
    )
