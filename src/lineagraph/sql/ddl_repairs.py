"""CREATE TABLE and VIEW reduced to what lineage needs: name, columns with types, computing expressions, query."""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.blocks import closing, find
from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.rewrites import table_at


def is_open(tokens: list[Token], at: int) -> bool:
    """Whether a parenthesis opens at `at`."""
    return at < len(tokens) and tokens[at].token_type == TokenType.L_PAREN


_GENERIC_TYPES = frozenset({"ARRAY", "STRUCT", "MAP", "ROW", "UNIONTYPE", "MULTISET"})
_TABLE_CONSTRAINTS = frozenset(
    """
    CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK INDEX KEY EXCLUDE PERIOD SUPPLEMENTAL FULLTEXT SPATIAL LIKE
    PROJECTION INCLUDE SHARD SORT DISTRIBUTE CONNECTION
    """.split()
) | {"PRIMARY KEY", "FOREIGN KEY"}
_AFTER_TYPE = frozenset(
    """
    NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES CONSTRAINT IDENTITY COLLATE GENERATED AS COMMENT ENCODE
    DISTKEY SORTKEY AUTO_INCREMENT AUTOINCREMENT ON INVISIBLE VISIBLE HIDDEN SPARSE ROWGUIDCOL MASKED
    ENCRYPTED STORAGE COMPRESS COMPRESSION TITLE FORMAT CASESPECIFIC UPPERCASE CHARACTER KEY CODEC TTL
    MATERIALIZED ALIAS EPHEMERAL OPTIONS WITH TAG POLICY PERSISTED FILESTREAM INDEX ENABLE DISABLE VIRTUAL
    STORED ENCRYPT SORT SCOPE
    """.split()
) | {"PRIMARY KEY", "NOT NULL", "FOREIGN KEY"}


def columns_only(tokens: list[Token]) -> list[Token] | None:
    """CREATE TABLE with its columns' names, types and computing expressions, its query if it has one, and
    nothing else."""
    table = next((index for index, token in enumerate(tokens[:10]) if word(token) == "TABLE"), -1)
    if word(tokens[0]) not in ("CREATE", "DECLARE") or table < 0:
        return None
    opening = next(
        (index for index in range(table + 1, len(tokens)) if tokens[index].token_type == TokenType.L_PAREN),
        -1,
    )
    query = _query_start(tokens, table)
    if opening < 0 or (0 <= query < opening):
        return None
    end = closing(tokens, opening)
    elements = [
        reduced
        for element in _elements(tokens[opening + 1 : end])
        if (reduced := _reduced(element)) is not None
    ]
    if not elements:
        return None
    head = [
        token
        for token in tokens[: opening + 1]
        if word(token) not in ("EXTERNAL", "IMMUTABLE", "BLOCKCHAIN", "SHARDED")
    ]
    out = list(head)
    for number, element in enumerate(elements):
        if number:
            comma = element[0]
            out.append(Token(TokenType.COMMA, ",", comma.line, comma.col, comma.start, comma.start))
        out.extend(element)
    out.append(tokens[end])
    if query > end:
        out.extend(tokens[query:])
    return out


def query_only(tokens: list[Token]) -> list[Token] | None:
    """CREATE TABLE or VIEW with its name, its columns and its query: no storage, distribution or refresh options."""
    if word(tokens[0]) != "CREATE":
        return None
    about = next((index for index, token in enumerate(tokens[:10]) if word(token) in ("TABLE", "VIEW")), -1)
    query = _query_start(tokens, about) if about > 0 else -1
    if query < 0:
        return None
    end = about + 1
    while end < query and word(tokens[end]) in ("IF", "NOT", "EXISTS"):
        end += 1
    _, end = table_at(tokens, end)
    if is_open(tokens, end) and closing(tokens, end) < query:
        end = closing(tokens, end) + 1
    return tokens[:end] + tokens[query:] if end < query else None


def _query_start(tokens: list[Token], table: int) -> int:
    """Index of the AS before a CREATE TABLE's query, or -1."""
    depth = 0
    for index in range(table, len(tokens) - 1):
        kind = tokens[index].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth == 0 and word(tokens[index]) == "AS" and word(tokens[index + 1]) in ("SELECT", "WITH", "("):
            return index
    return -1


def _elements(tokens: list[Token]) -> list[list[Token]]:
    """The elements of a list, at its commas; those in parentheses and in `ARRAY<…>` separate nothing."""
    elements: list[list[Token]] = [[]]
    depth = angles = 0
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif kind == TokenType.LT and (angles or (index and word(tokens[index - 1]) in _GENERIC_TYPES)):
            angles += 1
        elif kind == TokenType.GT and angles:
            angles -= 1
        if kind == TokenType.COMMA and depth == 0 and angles == 0:
            elements.append([])
        else:
            elements[-1].append(token)
    return [element for element in elements if element]


def _reduced(element: list[Token]) -> list[Token] | None:
    """`name type`, `name AS expression`; None for a constraint."""
    if element[0].token_type not in QUOTED and word(element[0]) in _TABLE_CONSTRAINTS:
        return None
    at = 1
    depth = 0
    while at < len(element):
        kind = element[at].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth == 0 and at >= 1 and word(element[at]) in _AFTER_TYPE:
            break
        at += 1
    generated = next((index for index in range(1, len(element)) if word(element[index]) == "AS"), -1)
    if generated > 0 and is_open(element, generated + 1):
        end = closing(element, generated + 1)
        if at == generated or word(element[generated - 1]) in ("ALWAYS", "DEFAULT", "GENERATED"):
            return element[:at] + element[generated : end + 1]
    if generated == 1:
        stop = find(element, 2, "PERSISTED", "NOT", "CONSTRAINT")
        return element[:stop] if stop > 0 else element
    return element[:at]
