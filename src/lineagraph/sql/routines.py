"""Routines: what a CREATE PROCEDURE, FUNCTION, TRIGGER … names, where its body is, and which routine a call names."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.model import RoutineKind
from lineagraph.sql import facts
from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.identifiers import fold

_KINDS = {
    "PROCEDURE": RoutineKind.PROCEDURE,
    "PROC": RoutineKind.PROCEDURE,
    "MACRO": RoutineKind.PROCEDURE,
    "PACKAGE": RoutineKind.PROCEDURE,
    "TYPE": RoutineKind.PROCEDURE,
    "FUNCTION": RoutineKind.FUNCTION,
    "TRIGGER": RoutineKind.TRIGGER,
    "TASK": RoutineKind.TASK,
    "EVENT": RoutineKind.TASK,
    "ALERT": RoutineKind.TASK,
}
_SQL_LANGUAGES = frozenset({"SQL", "PLPGSQL", "PLSQL", "PLTSQL", "PLPGSQL2", "TSQL"})
_NAME_TYPES = frozenset({TokenType.IDENTIFIER, TokenType.VAR})


class Header(NamedTuple):
    """What a routine's first tokens say."""

    kind: str
    """`PROCEDURE`, `FUNCTION`, `TRIGGER`, `PACKAGE` …"""
    parts: tuple[str, ...]
    """The name as written, outermost part first."""
    quoted: tuple[bool, ...]
    attached_to: tuple[tuple[str, bool], ...]
    """A trigger's table: parts with whether they were quoted."""
    language: str
    """Upper case; empty where the dialect's own SQL is meant."""


def name_at(tokens: list[Token], at: int) -> tuple[list[tuple[str, bool]], int]:
    """The dotted name at `at`: (text, quoted) per part, and the index after it (`#` and `@` stay with their part)."""
    parts: list[tuple[str, bool]] = []
    size = len(tokens)
    while at < size:
        prefix = ""
        while at < size and tokens[at].text in ("#", "@", "##") and tokens[at].token_type not in QUOTED:
            prefix += tokens[at].text
            at += 1
        if at >= size:
            break
        token = tokens[at]
        if token.token_type in (TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.SEMICOLON):
            break
        if token.token_type == TokenType.DOT:
            # T-SQL's `db..name`
            parts.append(("", False))
            at += 1
            continue
        parts.append((prefix + token.text, token.token_type in QUOTED))
        at += 1
        if at < size and tokens[at].token_type == TokenType.DOT:
            at += 1
        else:
            break
    return [part for part in parts if part[0]], at


def read_header(tokens: list[Token]) -> Header | None:
    """Reads `CREATE [OR REPLACE …] kind [IF NOT EXISTS] name …`; None if these tokens create no routine."""
    size = len(tokens)
    at = 0
    while at < size and word(tokens[at]) not in _KINDS:
        at += 1
        if at > 12:
            return None
    if at >= size:
        return None
    kind = word(tokens[at])
    at += 1
    while at < size and word(tokens[at]) in ("BODY", "IF", "NOT", "EXISTS"):
        at += 1
    name, at = name_at(tokens, at)
    attached: list[tuple[str, bool]] = []
    language = ""
    for index in range(at, size):
        text = word(tokens[index])
        if text == "ON" and kind == "TRIGGER" and not attached:
            attached, _ = name_at(tokens, index + 1)
            if len(attached) == 1 and attached[0][0].upper() in ("DATABASE", "SCHEMA", "ALL", "SCHEDULE"):
                attached = []
        elif text == "LANGUAGE" and index + 1 < size:
            language = tokens[index + 1].text.upper()
    return Header(
        "PROCEDURE" if kind == "PROC" else kind,
        tuple(part for part, _ in name),
        tuple(quoted for _, quoted in name),
        tuple(attached),
        "" if language in _SQL_LANGUAGES else language,
    )


def routine_of(
    header: Header, start: int, end: int, dialect: str, prefix: tuple[str, ...] = ()
) -> facts.Routine:
    """The fact; `prefix` is the (folded) name of the package a subprogram belongs to."""
    parts = tuple(
        fold(text, quoted, dialect) for text, quoted in zip(header.parts, header.quoted, strict=True)
    )
    attached = tuple(fold(text, quoted, dialect, table=True) for text, quoted in header.attached_to)
    return facts.Routine((*prefix, *parts), _KINDS[header.kind], start, end, attached)


def body_of(tokens: list[Token]) -> tuple[int, bool]:
    """Where the body of a created routine starts: its index, and whether it is one string token.

    A body is what follows AS or IS (a string, or statements), BEGIN, DECLARE, RETURN, or, where none of these
    comes, the first statement after the header (MySQL's `CREATE PROCEDURE p() SELECT 1`). The number of
    tokens: no body.
    """
    depth = 0
    size = len(tokens)
    first = 3 if size > 3 else size
    for index in range(first, size):
        token = tokens[index]
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif depth:
            continue
        else:
            text = word(token)
            if text in ("AS", "IS"):
                if index + 1 >= size or word(tokens[index - 1]) == "EXECUTE":
                    continue
                following = tokens[index + 1]
                if following.token_type in QUOTED and following.token_type != TokenType.IDENTIFIER:
                    return index + 1, True
                if word(following) in ("OWNER", "CALLER", "RESTRICTED", "ROW", "TABLE", "NOT") or (
                    index + 2 < size and word(tokens[index - 1]) in ("OLD", "NEW", "TABLE", "ROW")
                ):
                    continue
                return index + 1, False
            if text in ("BEGIN", "DECLARE"):
                return index, False
            if text == "RETURN" and index + 1 < size and word(tokens[index + 1]) not in ("NULL",):
                return index, False
            if text in _BODY_VERBS and word(tokens[index - 1]) not in _EVENT_WORDS:
                return index, False
            if text == "DO" and word(tokens[0]) == "CREATE":
                return index + 1, False
    return size, False


_BODY_VERBS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CALL", "SET", "WITH", "IF", "REPLACE"}
)
_EVENT_WORDS = frozenset(
    {"BEFORE", "AFTER", "OF", "OR", "ON", "FOR", ",", "INSTEAD", "NULL", "MODIFIES", "READS", "CREATE"}
)


def called_routine(parsed: Any) -> tuple[str, ...] | None:
    """The name of the routine a `Parsed` statement calls (EXEC, CALL, PL/SQL's bare call), outermost part first, as
    written; None if it calls none by name."""
    ast = parsed.ast
    if parsed.kind != "call" or not isinstance(ast, exp.Execute) or not isinstance(ast.this, exp.Table):
        return None
    return tuple(part.name for part in ast.this.parts) or None


def call_expression(tokens: list[Token], at: int) -> exp.Execute | None:
    """The call of the routine named at `at`, as sqlglot's Execute; None if no name stands there."""
    parts, _ = name_at(tokens, at)
    if not parts or len(parts) > 4:
        return None
    identifiers = [exp.to_identifier(text, quoted=quoted) for text, quoted in parts]
    table = exp.Table(this=identifiers[-1])
    if len(identifiers) > 1:
        table.set("db", identifiers[-2])
    if len(identifiers) > 2:
        table.set("catalog", identifiers[-3])
    return exp.Execute(this=table)
