"""A statement that sqlglot cannot parse, without what stands in the way and carries no lineage: hints, options,
physical properties, constraints. Each repair is general; what it drops that could matter is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.sql import ddl_repairs
from lineagraph.sql.blocks import closing, find
from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.ddl_repairs import is_open
from lineagraph.sql.rewrites import table_at


class Repaired(NamedTuple):
    tokens: list[Token]
    dropped: list[Token]
    """What was left out and may have meant something."""
    into: Any = None
    """The target of an `OUTPUT … INTO`, as the AST's RETURNING is to have it."""


_HINTS = frozenset(
    """
    NOLOCK READUNCOMMITTED UPDLOCK REPEATABLEREAD SERIALIZABLE READCOMMITTED TABLOCK TABLOCKX PAGLOCK ROWLOCK
    NOWAIT READPAST XLOCK SNAPSHOT NOEXPAND INDEX FORCESEEK FORCESCAN HOLDLOCK READCOMMITTEDLOCK KEEPIDENTITY
    KEEPDEFAULTS IGNORE_CONSTRAINTS IGNORE_TRIGGERS FASTFIRSTROW SPATIAL_WINDOW_MAX_CELLS
    """.split()
)
_TSQL = frozenset({"tsql", "fabric"})
_OPERATORS = frozenset(
    {
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.STAR,
        TokenType.SLASH,
        TokenType.MOD,
        TokenType.AMP,
        TokenType.PIPE,
        TokenType.CARET,
    }
)


def repair(tokens: list[Token], dialect: str) -> Iterator[Repaired]:
    """Candidates in the order to try them, each with more left out than the one before."""
    dropped: list[Token] = []
    current = tokens
    for step in _STEPS:
        current = step(current, dialect, dropped)
        if not current:
            return
    into: Any = None
    if dialect in _TSQL:
        current, into = _output_into(current)
    if current is not tokens and len(current) > 1:
        yield Repaired(current, dropped, into)
    for reduce in (ddl_repairs.query_only, ddl_repairs.columns_only):
        reduced = reduce(current)
        if reduced is not None:
            yield Repaired(reduced, dropped)


def _is(tokens: list[Token], at: int, *words: str) -> bool:
    """Whether these words (`""` matches anything) stand at `at`."""
    if at + len(words) > len(tokens):
        return False
    return all(not expected or word(tokens[at + index]) == expected for index, expected in enumerate(words))


def _hints(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """T-SQL: `WITH (NOLOCK)`, `OPTION (…)`, `FOR XML …`; XMLNAMESPACES; `FROM ::function()`; all dialects: none."""
    if dialect not in _TSQL:
        return tokens
    out: list[Token] = []
    at = 0
    size = len(tokens)
    while at < size:
        token = tokens[at]
        text = word(token)
        if text == "WITH" and is_open(tokens, at + 1) and at + 2 < size and word(tokens[at + 2]) in _HINTS:
            at = closing(tokens, at + 1) + 1
            continue
        if text == "OPTION" and is_open(tokens, at + 1):
            at = closing(tokens, at + 1) + 1
            continue
        if text == "WITH" and _is(tokens, at + 1, "XMLNAMESPACES") and is_open(tokens, at + 2):
            at = closing(tokens, at + 2) + 1
            if at < size and tokens[at].token_type == TokenType.COMMA:
                out.append(token)
                at += 1
            continue
        if text == "FOR" and at + 1 < size and word(tokens[at + 1]) in ("XML", "JSON", "BROWSE"):
            depth = 0
            while at < size:
                kind = tokens[at].token_type
                depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
                if depth < 0:
                    break
                at += 1
            continue
        if token.token_type == TokenType.DCOLON and out and word(out[-1]) in ("FROM", "JOIN", "APPLY", ","):
            at += 1
            continue
        out.append(token)
        at += 1
    return out if len(out) != size else tokens


def _compound_assignment(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """`x += y` is `x = x + (y`… without the parentheses: for lineage the order of operations does not matter."""
    out: list[Token] = []
    changed = False
    at = 0
    size = len(tokens)
    while at < size:
        token = tokens[at]
        if (
            token.token_type in _OPERATORS
            and at + 1 < size
            and tokens[at + 1].token_type == TokenType.EQ
            and tokens[at + 1].start == token.end + 1
        ):
            begin = len(out)
            while begin and (
                out[begin - 1].token_type
                in (TokenType.VAR, TokenType.IDENTIFIER, TokenType.DOT, TokenType.PARAMETER)
            ):
                begin -= 1
            if begin < len(out):
                target = out[begin:]
                out.extend([tokens[at + 1], *target, token])
                changed = True
                at += 2
                continue
        out.append(token)
        at += 1
    return out if changed else tokens


def _output_into(tokens: list[Token]) -> tuple[list[Token], Any]:
    """T-SQL's `OUTPUT … INTO schema.table (columns)`: sqlglot reads a bare name there. The target comes back as AST."""
    output = find(tokens, 1, "OUTPUT")
    at = find(tokens, output, "INTO") if output > 0 else -1
    if at < 0 or at + 1 >= len(tokens):
        return tokens, None
    table, end = table_at(tokens, at + 1)
    if table is None:
        return tokens, None
    first = tokens[at + 1]
    name = Token(TokenType.VAR, "_into", first.line, first.col, first.start, first.end)
    target: Any = table
    if is_open(tokens, end):
        last = closing(tokens, end)
        columns = [
            exp.to_identifier(token.text, quoted=token.token_type in QUOTED)
            for token in tokens[end + 1 : last]
            if token.token_type != TokenType.COMMA
        ]
        target = exp.Schema(this=table, expressions=columns)
        end = last + 1
    return [*tokens[: at + 1], name, *tokens[end:]], target


def _function_arguments(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """Arguments sqlglot has no syntax for: `CONTAINSTABLE(t, *, …)`, `OPENROWSET(BULK 'file', …)`,
    `TRANSLATE(x USING c)`, graph paths."""
    out: list[Token] = []
    at = 0
    size = len(tokens)
    while at < size:
        token = tokens[at]
        text = word(token)
        if text in ("CONTAINSTABLE", "FREETEXTTABLE", "OPENROWSET") and is_open(tokens, at + 1):
            end = closing(tokens, at + 1)
            begin = at + 3 if at + 2 < size and word(tokens[at + 2]) == "BULK" else at + 2
            comma = next((i for i in range(begin, end) if tokens[i].token_type == TokenType.COMMA), end)
            if text != "OPENROWSET" or begin == at + 3:
                out.extend([token, tokens[at + 1], *tokens[begin:comma], tokens[end]])
                at = end + 1
                continue
        if text == "TRANSLATE" and is_open(tokens, at + 1):
            end = closing(tokens, at + 1)
            using = next((i for i in range(at, end) if word(tokens[i]) == "USING"), -1)
            if using > 0:
                out.extend([*tokens[at + 1 : using], tokens[end]])
                at = end + 1
                continue
        if text == "WITHIN" and at + 4 < size and _is(tokens, at + 3, "GRAPH", "PATH"):
            at = closing(tokens, at + 2) + 1
            continue
        if text == "FOR" and _is(tokens, at + 1, "PATH"):
            at += 2
            continue
        out.append(token)
        at += 1
    return out if len(out) != size else tokens


def _line_continuations(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """SQL*Plus: a `-` at a line's end says that the statement goes on (in SQL as well)."""
    if dialect != "oracle":
        return tokens
    out = [
        token
        for index, token in enumerate(tokens)
        if token.token_type != TokenType.DASH
        or index + 1 >= len(tokens)
        or tokens[index + 1].line == token.line
    ]
    return out if len(out) != len(tokens) else tokens


def _graph_match(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """T-SQL's `MATCH(a-(b)->c)` and `SHORTEST_PATH`: a condition between tables already in FROM, as `1 = 1`."""
    if dialect not in _TSQL:
        return tokens
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if (
            word(token) == "MATCH"
            and is_open(tokens, at + 1)
            and out
            and word(out[-1]) in ("WHERE", "AND", "ON")
        ):
            end = closing(tokens, at + 1)
            dropped.extend(tokens[at : end + 1])
            one = Token(TokenType.NUMBER, "1", token.line, token.col, token.start, token.end)
            out.extend([one, Token(TokenType.EQ, "=", token.line, token.col, token.start, token.end), one])
            at = end + 1
            continue
        out.append(token)
        at += 1
    return out if len(out) != len(tokens) else tokens


def _view_options(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """What stands between a view's name (and columns) and AS: `OF type WITH OBJECT OID (…)`, `AUTHORIZATION`,
    `BEQUEATH`."""
    if word(tokens[0]) not in ("CREATE", "ALTER", "REPLACE"):
        return tokens
    view = next((index for index, token in enumerate(tokens[:10]) if word(token) == "VIEW"), -1)
    if view < 0:
        return tokens
    depth = 0
    begin = end = -1
    for index in range(view + 1, len(tokens)):
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif depth == 0:
            text = word(tokens[index])
            if begin < 0 and text in (
                "OF",
                "WITH",
                "AUTHORIZATION",
                "BEQUEATH",
                "DEFAULT",
                "SHARING",
                "CONTAINER_MAP",
            ):
                begin = index
            elif text == "AS":
                end = index
                break
    out = tokens
    if 0 <= begin < end:
        out = tokens[:begin] + tokens[end:]
    if word(out[0]) in ("ALTER", "REPLACE"):
        # ALTER VIEW v AS … (T-SQL) and REPLACE VIEW (Teradata) define the view anew.
        first = out[0]
        out = [Token(TokenType.CREATE, "CREATE", first.line, first.col, first.start, first.end), *out[1:]]
    return out


def _trailing_options(tokens: list[Token], dialect: str, dropped: list[Token]) -> list[Token]:
    """Ends of statements that say nothing of data: `WITH READ ONLY`, `WITH CHECK OPTION`, `NOLOGGING`, `LOG
    ERRORS …`."""
    depth = 0
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif depth == 0 and index > 3:
            if (
                (
                    _is(tokens, index, "WITH")
                    and word(_at(tokens, index + 1)) in ("READ", "CHECK", "LOCAL", "CASCADED")
                )
                or _is(tokens, index, "LOG", "ERRORS")
                or _is(tokens, index, "WITH", "NO", "SCHEMA")
            ):
                return tokens[:index]
    return tokens


def _at(tokens: list[Token], index: int) -> Token:
    return tokens[min(index, len(tokens) - 1)]


_STEPS: tuple[Callable[[list[Token], str, list[Token]], list[Token]], ...] = (
    _line_continuations,
    _hints,
    _function_arguments,
    _compound_assignment,
    _graph_match,
    _view_options,
    _trailing_options,
)
