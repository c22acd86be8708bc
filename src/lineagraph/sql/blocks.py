"""Bodies of routines and blocks whose statements end with `;` (PL/SQL, PL/pgSQL, MySQL, Snowflake, BigQuery …).

The body is read flat: control flow is peeled off the front of each statement until plain SQL, or nothing, is left. What
the control flow holds (conditions, assigned values) is kept for the subqueries in it.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import QUOTED, block_end, word

SQL_VERBS = frozenset(
    """
    SELECT WITH INSERT UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE REPLACE COPY UNLOAD EXPORT LOAD USE UPSERT VALUES
    FROM REFRESH RENAME UNDROP PUT GET TABLE
    """.split()
)
_IGNORED = frozenset(
    """
    FETCH CLOSE RAISE COMMIT ROLLBACK NULL EXIT CONTINUE LEAVE ITERATE GOTO SIGNAL RESIGNAL PIPE ASSERT SAVEPOINT PRAGMA
    BREAK LOCK ANALYZE GRANT REVOKE TYPE SUBTYPE COLLECT
    """.split()
)


class Part(NamedTuple):
    """A stretch of a body. `role`: `sql`; `value` (no statement, but its subqueries are read); `skip`; `call`;
    `dynamic` (SQL from an expression); `subprogram` (a nested PROCEDURE or FUNCTION, `body` its inner tokens)."""

    role: str
    tokens: list[Token]
    body: list[Token] = []


def split_body(tokens: list[Token], dialect: str) -> list[Part]:
    """The parts of a body in order; `tokens` may begin with declarations, DECLARE or BEGIN."""
    parts: list[Part] = []
    size = len(tokens)
    index = 0
    declaring = dialect == "oracle" and size > 0 and word(tokens[0]) not in ("BEGIN", "DECLARE")
    while index < size:
        if tokens[index].token_type == TokenType.SEMICOLON:
            index += 1
            continue
        first = word(tokens[index])
        if first in ("PROCEDURE", "FUNCTION", "MEMBER", "STATIC", "CONSTRUCTOR", "MAP") and dialect in (
            "oracle",
            "",
        ):
            index = _subprogram(parts, tokens, index, dialect)
            continue
        if first == "BEGIN":
            declaring = False
        elif first == "DECLARE" and dialect not in ("mysql", "bigquery"):
            declaring = True
        end = _piece_end(tokens, index)
        declaring = _peel(parts, tokens[index:end], dialect, declaring)
        index = end + 1
    return parts


def _piece_end(tokens: list[Token], index: int) -> int:
    depth = 0
    for at in range(index, len(tokens)):
        kind = tokens[at].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif kind == TokenType.SEMICOLON and depth <= 0:
            return at
    # A parenthesis never closed: better to lose one statement than the rest of the body.
    for at in range(index, len(tokens)):
        if tokens[at].token_type == TokenType.SEMICOLON:
            return at
    return len(tokens)


def _subprogram(parts: list[Part], tokens: list[Token], index: int, dialect: str) -> int:
    """A nested subprogram, or its forward declaration; gives the index after it."""
    depth = 0
    for at in range(index, len(tokens)):
        kind = tokens[at].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif kind == TokenType.SEMICOLON and depth <= 0:
            parts.append(Part("skip", tokens[index:at]))
            return at + 1
        elif depth <= 0 and word(tokens[at]) in ("IS", "AS"):
            end = block_end(tokens, at + 1, dialect, "")
            parts.append(Part("subprogram", tokens[index:at], tokens[at + 1 : end]))
            return end + 1
    return len(tokens)


def find(tokens: list[Token], begin: int, *words: str) -> int:
    """Index of the first of these keywords outside parentheses and CASE expressions, or -1."""
    depth = 0
    for index in range(begin, len(tokens)):
        token = tokens[index]
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif kind not in QUOTED:
            text = token.text.upper()
            if depth == 0 and text in words:
                return index
            if text == "CASE":
                depth += 1
            elif text == "END":
                depth -= 1
    return -1


def closing(tokens: list[Token], at: int) -> int:
    """Index of the parenthesis that closes the one at `at`; the last index if none does."""
    depth = 0
    for index in range(at, len(tokens)):
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return index
    return len(tokens) - 1


def _peel(parts: list[Part], tokens: list[Token], dialect: str, declaring: bool) -> bool:
    """Peels control flow off one `;`-terminated stretch; tells whether declarations go on after it."""
    at = 0
    size = len(tokens)
    while at < size:
        first = word(tokens[at])
        following = word(tokens[at + 1]) if at + 1 < size else ""
        if first == "<<":
            close = find(tokens, at, ">>")
            at = close + 1 if close > 0 else size
        elif following == ":" and first not in SQL_VERBS:
            at += 2
        elif first == "BEGIN":
            declaring = False
            at += 1
            while at < size and word(tokens[at]) in ("ATOMIC", "NOT"):
                at += 1
            if at < size and word(tokens[at]) in ("TRANSACTION", "TRAN", "WORK"):
                return declaring
        elif first == "DECLARE":
            if at + 1 < size and dialect not in ("mysql", "bigquery"):
                declaring = True
            at += 1
            if dialect in ("mysql", "bigquery", "teradata", "databricks", "spark", "singlestore", "doris"):
                _declaration(parts, tokens[at:], dialect)
                return declaring
        elif first == "END":
            return declaring
        elif declaring:
            _declaration(parts, tokens[at:], dialect)
            return declaring
        elif first in ("IF", "ELSEIF", "ELSIF", "WHEN", "CASE"):
            then = find(tokens, at + 1, "WHEN" if first == "CASE" else "THEN")
            stop = then if then > 0 else size
            parts.append(Part("value", tokens[at + 1 : stop]))
            at = stop if first == "CASE" else stop + 1
        elif first in ("WHILE", "FOR", "FOREACH"):
            at = _loop(parts, tokens, at)
        elif first == "FORALL":
            dml = find(tokens, at, "INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE")
            at = dml if dml > 0 else size
        elif first == "UNTIL":
            parts.append(Part("value", tokens[at + 1 :]))
            return declaring
        elif first in ("ELSE", "LOOP", "DO", "EXCEPTION", "THEN") or (first == "REPEAT" and following != "("):
            at += 1
        else:
            _simple(parts, tokens[at:], first, following)
            return declaring
    return declaring


def _loop(parts: list[Part], tokens: list[Token], at: int) -> int:
    """`WHILE condition LOOP|DO`, `FOR r IN query LOOP|DO`; gives the index after LOOP or DO."""
    stop = find(tokens, at + 1, "LOOP", "DO")
    end = stop if stop > 0 else len(tokens)
    inner = find(tokens[:end], at + 1, "IN") if word(tokens[at]) == "FOR" else -1
    if inner < 0 and word(tokens[at]) == "FOR":
        # MySQL, Teradata: FOR r AS c CURSOR FOR SELECT … DO
        inner = find(tokens[:end], at + 1, "FOR", "AS")
    query = tokens[inner + 1 : end] if inner > 0 else tokens[at + 1 : end]
    nested = subqueries(query) if inner > 0 and query and query[0].token_type == TokenType.L_PAREN else []
    if nested and len(nested[0]) == len(query) - 2:
        parts.append(Part("sql", nested[0]))
    elif inner > 0 and query and word(query[0]) in ("SELECT", "WITH"):
        parts.append(Part("sql", query))
    elif inner > 0 and query and word(query[0]) == "EXECUTE":
        parts.append(Part("dynamic", query))
    else:
        parts.append(Part("value", query))
    return end + 1


def cursor_query(tokens: list[Token]) -> list[Token]:
    """The SELECT of `CURSOR c … IS|FOR SELECT …` or `c CURSOR … FOR SELECT …`; empty if there is none."""
    at = 0
    while True:
        at = find(tokens, at, "IS", "FOR", "AS")
        if at < 0:
            return []
        if at + 1 < len(tokens):
            inner = word(tokens[at + 1])
            if inner in ("SELECT", "WITH") or (
                inner == "(" and word(tokens[at + 2]) in ("SELECT", "WITH", "(")
            ):
                return tokens[at + 1 :]
        at += 1


def _declaration(parts: list[Part], tokens: list[Token], dialect: str) -> None:
    """`name type [DEFAULT value]`, a cursor, or MySQL's handler, which holds a statement."""
    words = [word(token) for token in tokens[:4]]
    if "CURSOR" in words:
        query = cursor_query(tokens)
        parts.append(Part("sql", query) if query else Part("skip", tokens))
    elif "HANDLER" in words:
        at = find(
            tokens, 0, "BEGIN", "SET", "SELECT", "INSERT", "UPDATE", "DELETE", "CALL", "ROLLBACK", "RESIGNAL"
        )
        if at > 0:
            _peel(parts, tokens[at:], dialect, False)
    else:
        parts.append(Part("value", tokens))


def _simple(parts: list[Part], tokens: list[Token], first: str, following: str) -> None:
    if following in (":=", "=", "%") and first not in ("SET", "LET"):
        parts.append(Part("value", tokens))
    elif first in SQL_VERBS or (first == "(" and following in ("SELECT", "WITH", "(")):
        parts.append(Part("sql", tokens))
    elif first == "PERFORM":
        select = Token(
            TokenType.SELECT, "SELECT", tokens[0].line, tokens[0].col, tokens[0].start, tokens[0].end
        )
        parts.append(Part("sql", [select, *tokens[1:]]))
    elif first == "RETURN":
        _returned(parts, tokens, following)
    elif first == "OPEN":
        query = cursor_query(tokens)
        if query:
            parts.append(Part("sql", query))
        else:
            at = find(tokens, 0, "FOR")
            dynamic = at > 0 and at + 1 < len(tokens)
            parts.append(Part("dynamic" if dynamic else "skip", tokens[at + 1 :] if dynamic else tokens))
    elif first in ("EXECUTE", "EXEC", "PREPARE"):
        immediate = following == "IMMEDIATE" or first == "PREPARE" or not following
        parts.append(Part("dynamic" if immediate else "call", tokens))
    elif first == "CALL":
        parts.append(Part("call", tokens))
    elif first in _IGNORED or first == "GET":
        parts.append(Part("skip", tokens))
    elif first in ("SET", "LET") or not first:
        parts.append(Part("value", tokens))
    elif _is_call(tokens):
        parts.append(Part("call", tokens))
    else:
        parts.append(Part("value", tokens))


def _returned(parts: list[Part], tokens: list[Token], following: str) -> None:
    """`RETURN QUERY select`, `RETURN select`; a returned expression is a value."""
    if following == "QUERY":
        dynamic = len(tokens) > 2 and word(tokens[2]) == "EXECUTE"
        parts.append(Part("dynamic" if dynamic else "sql", tokens[2:]))
    elif following in ("SELECT", "WITH"):
        parts.append(Part("sql", tokens[1:]))
    else:
        parts.append(Part("value", tokens[1:]))


def _is_call(tokens: list[Token]) -> bool:
    """PL/SQL's `package.procedure(arguments)` as a statement: a dotted name, then nothing or one pair of
    parentheses."""
    at = 0
    size = len(tokens)
    while at < size and (tokens[at].token_type == TokenType.IDENTIFIER or word(tokens[at])[:1].isalpha()):
        at += 1
        if at < size and tokens[at].token_type == TokenType.DOT:
            at += 1
        else:
            break
    if at == 0:
        return False
    if at == size:
        return True
    if tokens[at].token_type != TokenType.L_PAREN:
        return False
    depth = 0
    for index in range(at, size):
        kind = tokens[index].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth == 0:
            # `table(i) := x` and `f(x).y := z` are assignments.
            return index == size - 1
    return False


def subqueries(tokens: list[Token]) -> list[list[Token]]:
    """Outermost parenthesised queries in a stretch: `(SELECT …)` without its parentheses."""
    found: list[list[Token]] = []
    at = 0
    size = len(tokens)
    while at + 1 < size:
        if tokens[at].token_type == TokenType.L_PAREN and word(tokens[at + 1]) in ("SELECT", "WITH"):
            depth = 0
            end = at
            while end < size:
                kind = tokens[end].token_type
                depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
                if depth == 0:
                    break
                end += 1
            found.append(tokens[at + 1 : end])
            at = end
        at += 1
    return found


_STOP_INTO = frozenset(
    {
        "FROM",
        "WHERE",
        "GROUP BY",
        "ORDER BY",
        "HAVING",
        "UNION",
        "LIMIT",
        "FOR",
        "BULK",
        "USING",
        "INTO",
        "CROSS",
        "CONNECT BY",
    }
)


def without_into(tokens: list[Token]) -> list[Token]:
    """A SELECT (or RETURNING) without `[BULK COLLECT] INTO variables`: a variable is no table to create."""
    first = word(tokens[0])
    begin = find(tokens, 1, "RETURNING", "RETURN") if first in ("INSERT", "UPDATE", "DELETE", "MERGE") else 0
    at = find(tokens, max(begin, 0) + 1, "INTO", "BULK COLLECT INTO") if begin >= 0 else -1
    if at < 0:
        return tokens
    end = at + 1
    depth = 0
    while end < len(tokens):
        kind = tokens[end].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth < 0 or (depth == 0 and word(tokens[end]) in _STOP_INTO):
            break
        end += 1
    if at >= 2 and word(tokens[at - 1]) == "COLLECT" and word(tokens[at - 2]) == "BULK":
        at -= 2
    return tokens[:at] + tokens[end:]
