"""Which statements sqlglot parses without complaint, and yet not by their meaning."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.alterations import alter_target
from lineagraph.sql.phrases import at, find, first_word, follows
from lineagraph.sql.session import sets_session

_TSQL = ("tsql", "fabric")
_PARSED_DROPS = frozenset({"COLUMN", "CONSTRAINT", "PRIMARY", "FOREIGN", "INDEX", "KEY", "PARTITION", "IF"})


def misread(tokens: list[Token], dialect: str) -> bool:
    """Does sqlglot parse this statement, and lose what it says? Then `rewrite` it first, else `read_command` it.

    Looks at the first words only, as it is asked for every statement.
    """
    check = _MISREAD.get(tokens[0].text.upper()) if tokens else None
    return check is not None and check(tokens, dialect)


def _alter_misread(tokens: list[Token], dialect: str) -> bool:
    if sets_session(tokens):
        return True
    _, index = alter_target(tokens)
    if not index:
        return False
    verb = at(tokens, index)
    return (
        verb
        in ("REPLACE", "SWAP", "CHANGE", "UPDATE", "DELETE", "EXCHANGE", "SWITCH", "APPEND", "MOVE", "ATTACH")
        or (
            verb == "RENAME"
            and at(tokens, index + 1) not in ("TO", "COLUMN", "AS")
            and len(tokens) > index + 2
        )
        or (verb == "DROP" and first_word(tokens, index + 1) not in _PARSED_DROPS)
        or bool(follows(tokens, index, "SET SCHEMA") or follows(tokens, index, "MODIFY QUERY"))
        or (dialect == "clickhouse" and bool(follows(tokens, index, "ON CLUSTER")))
    )


def _delete_misread(tokens: list[Token], dialect: str) -> bool:
    if at(tokens, 1) == "TOP" or tokens[-1].text.upper() == "ALL":
        return True
    from_ = at(tokens, 1) == "FROM"
    if dialect in _TSQL and _has_output_into(tokens):
        return True
    return not from_ and (dialect == "teradata" or find(tokens, ["FROM"], 1) < 0)


def _has_output_into(tokens: list[Token]) -> bool:
    """T-SQL: sqlglot takes only a bare name behind OUTPUT … INTO, no qualified one and no column list."""
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.RETURNING:
            into = find(tokens, ["INTO"], index)
            return into > 0 and at(tokens, into + 2) in (".", "(")
    return False


def _output_misread(tokens: list[Token], dialect: str) -> bool:
    return dialect in _TSQL and _has_output_into(tokens)


def _merge_misread(tokens: list[Token], dialect: str) -> bool:
    return dialect == "teradata" or _output_misread(tokens, dialect)


def _create_misread(tokens: list[Token], dialect: str) -> bool:
    if find(tokens, ["SYNONYM|SINK|SOURCE|DICTIONARY"], 1, 5) > 0:
        return True
    if dialect not in ("databricks", "spark", "spark2"):
        return False
    second = [at(tokens, i) for i in range(1, 6)]
    if dialect == "databricks" and ("REFRESH" in second or "LIVE" in second or "STREAMING" in second):
        return True
    return "VIEW" in second and find(tokens, ["USING"], 2, 16) > 0 and find(tokens, ["AS"], 2) < 0


def _set_config(tokens: list[Token], dialect: str) -> bool:
    return len(tokens) < 16 and sets_session(tokens)


_MISREAD: dict[str, Callable[[list[Token], str], bool]] = {
    "ALTER": _alter_misread,
    "DELETE": _delete_misread,
    "DEL": _delete_misread,
    "INSERT": _output_misread,
    "UPDATE": _output_misread,
    "MERGE": _merge_misread,
    "CREATE": _create_misread,
    "SELECT": _set_config,
    "SET": lambda tokens, dialect: sets_session(tokens),
    "USE": lambda tokens, dialect: at(tokens, 1) in ("NAMESPACE", "KEYSPACE"),
    "EXCHANGE": lambda tokens, dialect: True,
    "SP_RENAME": lambda tokens, dialect: True,
    "LOCKING": lambda tokens, dialect: True,
    "EXEC": lambda tokens, dialect: "SP_RENAME" in (at(tokens, 1), at(tokens, 3)),
    "EXECUTE": lambda tokens, dialect: "SP_RENAME" in (at(tokens, 1), at(tokens, 3)),
    "COPY": lambda tokens, dialect: find(tokens, ["FROM STDIN|PROGRAM|LOCAL|S3"], 1) > 0,
}
