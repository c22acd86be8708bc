"""Statements sqlglot has no AST for (RENAME TABLE, EXCHANGE, CREATE SYNONYM, BULK INSERT, SET search_path …), put into
the ASTs it has for their like, so that extraction has one form to read."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.sql.blocks import find
from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.routines import name_at

_STRINGS = QUOTED - {TokenType.IDENTIFIER}
_SETTINGS = frozenset({"SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA"})


def rewrite(tokens: list[Token], dialect: str) -> list[Any]:
    """The ASTs that say what a statement means (RENAME TABLE may rename several); empty if none is known."""
    first = word(tokens[0])
    following = word(tokens[1]) if len(tokens) > 1 else ""
    if first == "RENAME":
        return _rename(tokens)
    if first == "EXCHANGE" and following in ("TABLES", "TABLE"):
        return _exchange(tokens)
    if first == "DROP" and following == "EXTERNAL" and len(tokens) > 3 and word(tokens[2]) == "TABLE":
        at = 5 if word(tokens[3]) == "IF" else 3
        table, _ = table_at(tokens, at)
        return [exp.Drop(this=table, kind="TABLE")] if table is not None else []
    if first in ("CREATE", "DROP") and find(tokens[:6], 0, "SYNONYM") > 0:
        return _synonym(tokens, first)
    if first == "ALTER":
        if following == "SESSION":
            setting = name_setting(tokens, dialect)
            return [setting] if setting is not None else []
        return _exchange_partition(tokens) if following == "TABLE" else []
    if first == "BULK" and following == "INSERT":
        return _bulk_insert(tokens)
    if first == "SET":
        setting = name_setting(tokens, dialect)
        return [setting] if setting is not None else []
    return []


def table_at(tokens: list[Token], at: int) -> tuple[exp.Table | None, int]:
    """The table named at `at`, and the index after it."""
    parts, end = name_at(tokens, at)
    if not parts or len(parts) > 3:
        return None, end
    names = [identifier(text, quoted, tokens[end - 1]) for text, quoted in parts]
    table = exp.Table(this=names[-1])
    for key, name in zip(("db", "catalog"), reversed(names[:-1]), strict=False):
        table.set(key, name)
    return table, end


def identifier(text: str, quoted: bool, token: Token) -> exp.Identifier:
    made = exp.to_identifier(text, quoted=quoted)
    made.update_positions(token)
    return made


def alter(table: exp.Table, action: Any) -> exp.Alter:
    return exp.Alter(this=table, kind="TABLE", actions=[action])


def _rename(tokens: list[Token]) -> list[Any]:
    """`RENAME TABLE a TO b, c TO d` (MySQL, ClickHouse), `RENAME OBJECT a TO b` (Synapse), `RENAME a TO b` (Oracle)."""
    at = 1
    while at < len(tokens) and (
        word(tokens[at]) in ("TABLE", "TABLES", "OBJECT", "IF", "EXISTS") or tokens[at].text == "::"
    ):
        at += 1
    made: list[Any] = []
    while at < len(tokens):
        old, at = table_at(tokens, at)
        if old is None or at >= len(tokens) or word(tokens[at]) != "TO":
            return []
        new, at = table_at(tokens, at + 1)
        if new is None:
            return []
        made.append(alter(old, exp.AlterRename(this=new)))
        if at < len(tokens) and tokens[at].token_type == TokenType.COMMA:
            at += 1
        else:
            break
    return made


def _exchange(tokens: list[Token]) -> list[Any]:
    """ClickHouse: `EXCHANGE TABLES a AND b`."""
    left, at = table_at(tokens, 2)
    if left is None or at >= len(tokens) or word(tokens[at]) != "AND":
        return []
    right, _ = table_at(tokens, at + 1)
    return [alter(left, exp.SwapTable(this=right))] if right is not None else []


def _exchange_partition(tokens: list[Token]) -> list[Any]:
    """`ALTER TABLE a EXCHANGE PARTITION … WITH TABLE b`, T-SQL's `ALTER TABLE a SWITCH [PARTITION n] TO b`."""
    at = 2
    while at < len(tokens) and word(tokens[at]) in ("IF", "EXISTS", "ONLY"):
        at += 1
    left, at = table_at(tokens, at)
    if left is None or at >= len(tokens):
        return []
    action = word(tokens[at])
    if action in ("EXCHANGE", "SWITCH"):
        marker = find(tokens, at, "TABLE") if action == "EXCHANGE" else find(tokens, at, "TO")
        if marker > 0:
            right, _ = table_at(tokens, marker + 1)
            if right is not None:
                return [alter(left, exp.SwapTable(this=right))]
    return []


def _synonym(tokens: list[Token], first: str) -> list[Any]:
    at = find(tokens[:6], 0, "SYNONYM") + 1
    while at < len(tokens) and word(tokens[at]) in ("IF", "NOT", "EXISTS"):
        at += 1
    name, at = table_at(tokens, at)
    if name is None:
        return []
    if first == "DROP":
        return [exp.Drop(this=name, kind="SYNONYM")]
    if at >= len(tokens) or word(tokens[at]) != "FOR":
        return []
    target, _ = table_at(tokens, at + 1)
    return [exp.Create(this=name, kind="SYNONYM", expression=target)] if target is not None else []


def _bulk_insert(tokens: list[Token]) -> list[Any]:
    """T-SQL: `BULK INSERT t FROM 'file' WITH (…)`."""
    table, at = table_at(tokens, 2)
    if table is None or at + 1 >= len(tokens) or word(tokens[at]) != "FROM":
        return []
    file = tokens[at + 1]
    literal = exp.Literal.string(file.text)
    return [exp.Copy(this=table, kind=True, files=[literal])] if file.token_type in _STRINGS else []


_SETTING_SCOPES = frozenset({"SESSION", "LOCAL", "SET", "CURRENT"})
_SCHEMA_IS_A_VARIABLE = frozenset(
    {"snowflake", "mysql", "bigquery", "tsql", "fabric", "clickhouse", "hive", "duckdb"}
)
"""Dialects where `SET schema = …` sets a variable of the user's."""


def name_setting(tokens: list[Token], dialect: str) -> exp.Use | None:
    """`SET search_path TO a, b`, `SET SCHEMA a`, `ALTER SESSION SET CURRENT_SCHEMA = a` as USE SCHEMA.

    `this` is the first schema, `expressions` are all of them, in search order. None for every other setting.
    """
    at = 1
    while at < min(4, len(tokens)) and word(tokens[at]) in _SETTING_SCOPES:
        at += 1
    if at >= len(tokens) or word(tokens[at]) not in _SETTINGS:
        return None
    if word(tokens[at]) == "SCHEMA" and dialect in _SCHEMA_IS_A_VARIABLE:
        return None
    at += 1
    schemas: list[exp.Table] = []
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if word(token) in ("TO", "=", ",", "LOCAL") or token.text == "," or word(token) == "FROM":
            continue
        parts, end = name_at(tokens, at - 1)
        at = max(at, end)
        if not parts or parts[0][0].lower() in ("default", "$user", "current", "pg_temp") or len(parts) > 2:
            continue
        string = token.token_type in _STRINGS
        # A setting's string value is not an identifier in quotes: 'public' and public are one.
        names = [identifier(text.strip(), quoted and not string, token) for text, quoted in parts]
        table = exp.Table(this=names[-1])
        if len(names) > 1:
            table.set("db", names[0])
        schemas.append(table)
    if not schemas:
        return None
    use = exp.Use(kind=exp.Var(this="SCHEMA"), this=schemas[0])
    if len(schemas) > 1:
        use.set("expressions", [schema.copy() for schema in schemas])
    return use
