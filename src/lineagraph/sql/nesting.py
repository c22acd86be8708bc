"""What a compiled recursive-descent parser cannot take: nesting that would overflow the C stack, lists without end."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import word

MAX_DEPTH = 150
"""Deepest nesting parsed. sqlglot's compiled parser has no recursion check of its own: nested EXISTS crash a
thread with 512 KiB of stack (macOS's default) from 200 levels on, the main thread's 8 MiB from several
thousand (measured)."""

_MAX_OPEN_JOINS = 400
_MAX_SUBSCRIPTS = 300
"""`a[1][1]…` takes sqlglot quadratic time: 2,000 of them 6 seconds."""

_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE, TokenType.LT}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END, TokenType.GT}
_PREFIX = {TokenType.NOT, TokenType.DASH, TokenType.TILDE, TokenType.INTERVAL}


def too_deep(text: str, tokens: list[Token]) -> bool:
    """Whether parsing these tokens could overflow the stack or take quadratic time; next to free for ordinary SQL."""
    size = len(tokens)
    if size <= MAX_DEPTH:
        return False
    start, end = tokens[0].start, tokens[-1].end + 1
    brackets = text.count("(", start, end) + text.count("[", start, end) + text.count("{", start, end)
    if brackets <= MAX_DEPTH and size < 20_000:
        if size <= 3 * MAX_DEPTH:
            return False
        lowered = text[start:end].lower()
        if brackets + lowered.count("case") <= MAX_DEPTH and not any(
            lowered.count(prefix) > MAX_DEPTH for prefix in ("not", "-", "~", "interval", "prior")
        ):
            return False
    depth = deepest = joins = open_joins = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPEN:
            # `<` nests only in types (ARRAY<ARRAY<…>>); a comparison is never closed, so it must not count.
            if kind != TokenType.LT:
                depth += 1
                deepest = max(deepest, depth)
        elif kind in _CLOSE:
            if kind != TokenType.GT:
                depth -= 1
        elif kind == TokenType.JOIN:
            joins += 1
            open_joins = max(open_joins, joins)
        elif kind == TokenType.ON:
            joins -= 1
    if deepest > MAX_DEPTH or (open_joins > _MAX_OPEN_JOINS and size > 20_000):
        return True
    if text.count("][", start, end) > _MAX_SUBSCRIPTS and _subscripted(tokens):
        return True
    return _prefixed(tokens) or (text.count("<", start, end) > MAX_DEPTH and _typed(tokens))


def _prefixed(tokens: list[Token]) -> bool:
    """A long run of prefix operators (`NOT NOT …`, `- - …`)."""
    run = 0
    for token in tokens:
        if token.token_type in _PREFIX:
            run += 1
            if run > MAX_DEPTH:
                return True
        else:
            run = 0
    return False


def _typed(tokens: list[Token]) -> bool:
    depth = 0
    previous = TokenType.SENTINEL
    for token in tokens:
        kind = token.token_type
        if kind == TokenType.LT and previous in (
            TokenType.ARRAY,
            TokenType.STRUCT,
            TokenType.MAP,
            TokenType.LT,
        ):
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif kind == TokenType.GT and depth:
            depth -= 1
        previous = kind
    return False


def _subscripted(tokens: list[Token]) -> bool:
    run = 0
    for index in range(1, len(tokens)):
        kind = tokens[index].token_type
        if kind == TokenType.L_BRACKET:
            run = run + 1 if tokens[index - 1].token_type == TokenType.R_BRACKET else 0
            if run > _MAX_SUBSCRIPTS:
                return True
    return False


def without_endless(text: str, tokens: list[Token]) -> list[Token]:
    """DDL without the arguments of SYSTEM_VERSIONING and DATA_DELETION: sqlglot 30 loops for ever on one it
    does not know."""
    written = text[tokens[0].start : tokens[-1].end + 1].lower()
    if "system_versioning" not in written and "data_deletion" not in written:
        return tokens
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        out.append(tokens[at])
        at += 1
        if word(out[-1]) == "ON" and len(out) > 2 and word(out[-3]) in ("SYSTEM_VERSIONING", "DATA_DELETION"):
            depth = 0
            while at < len(tokens):
                kind = tokens[at].token_type
                depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
                if depth <= 0 and kind != TokenType.R_PAREN:
                    break
                at += 1
                if depth <= 0:
                    break
    return out


LONG_STATEMENT = 1_000
"""Tokens from which on a statement's AST is checked for chains (`a + b + …`): each link is a level of the tree."""

_CHAIN = 200
_CHAINED = (
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.And,
    exp.Or,
    exp.DPipe,
    exp.Concat,
    exp.BitwiseOr,
    exp.BitwiseAnd,
    exp.Union,
)


def balanced(ast: Any) -> Any:
    """The AST with every left-deep chain of one operator over 200 links made a balanced tree, in place.

    Lineage does not depend on how `a + b + c` is bracketed, but code that walks the tree recursively does depend on its
    depth. UNION and UNION ALL are not mixed: a chain is of one class with equal arguments besides its operands.
    """
    stack = [ast]
    while stack:
        node = stack.pop()
        operands = _operands(node) if node.__class__ in _CHAINED else None
        if operands is not None and len(operands) > _CHAIN:
            rebuilt = _tree(node, operands)
            if rebuilt is not node:
                if node is ast:
                    ast = rebuilt
                else:
                    node.replace(rebuilt)
            stack.extend(operands)
        else:
            stack.extend(node.iter_expressions())
    return ast


def _operands(node: Any) -> list[Any]:
    cls = node.__class__
    distinct = node.args.get("distinct")
    operands: list[Any] = []
    while node.__class__ is cls and node.args.get("distinct") == distinct:
        right = node.args.get("expression")
        if right is None or not isinstance(node.args.get("this"), exp.Expr):
            break
        if operands and any(
            value for key, value in node.args.items() if key in ("order", "limit", "with_", "with", "by_name")
        ):
            break
        operands.append(right)
        node = node.args["this"]
    operands.append(node)
    operands.reverse()
    return operands


def _tree(top: Any, operands: list[Any]) -> Any:
    """A balanced tree of `top`'s operator; `top` itself, with its other arguments, stays the root."""
    cls = top.__class__
    extra = {"distinct": top.args["distinct"]} if "distinct" in top.args else {}
    level = operands
    while len(level) > 2:
        paired = [
            cls(this=level[index], expression=level[index + 1], **extra)
            for index in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    top.set("this", level[0])
    top.set("expression", level[1])
    return top
