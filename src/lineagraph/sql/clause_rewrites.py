"""Clauses that one dialect has inside of its queries and sqlglot does not: left out, or put into words that it knows.

Only for statements that did not parse as they are. What is left out says nothing of where data come from, or no more
than the rest of the query does.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.phrases import OPEN, after_brackets, at, closing, find, follows, name_end, stand_in

Rule = Callable[[list[Token], int, str], tuple[list[Token], int]]
"""(tokens, index, dialect) → what stands in the place of the clause at the index, and the index behind it (the same
index: there is no such clause here)."""


def plain_clauses(tokens: list[Token], dialect: str) -> list[Token]:
    """The tokens without such clauses; the same list where there is none."""
    kept: list[Token] = []
    changed = False
    index = 0
    while index < len(tokens):
        rules = _RULES.get(at(tokens, index)) or (_BRACKET if tokens[index].token_type in OPEN else ())
        for rule in rules:
            instead, end = rule(tokens, index, dialect)
            if end > index:
                kept += instead
                index = end
                changed = True
                break
        else:
            kept.append(tokens[index])
            index += 1
    return kept if changed else tokens


def _window(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """ksqlDB: `FROM s WINDOW TUMBLING (SIZE 1 HOUR)`."""
    end = follows(tokens, index, "WINDOW TUMBLING|HOPPING|SESSION (")
    return [], closing(tokens, end - 1) + 1 if end else index


def _time_series(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Vertica: `TIMESERIES slice AS '1 minute' OVER (PARTITION BY a ORDER BY b)`."""
    over = find(tokens, ["OVER ("], index, index + 8)
    return [], closing(tokens, over + 1) + 1 if over > index + 2 else index


def _model(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Oracle's spreadsheet clause: `MODEL [PARTITION BY (…)] DIMENSION BY (…) MEASURES (…) RULES (…)`."""
    dimension = find(tokens, ["DIMENSION BY ("], index, index + 16)
    measures = find(tokens, ["MEASURES ("], dimension) if dimension > 0 else -1
    if dialect != "oracle" or measures < 0:
        return [], index
    end = closing(tokens, measures + 1) + 1
    rules = next((i for i in range(end, min(end + 12, len(tokens))) if at(tokens, i) == "("), -1)
    return [], closing(tokens, rules) + 1 if rules >= 0 else end


def _straight(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Impala: `SELECT STRAIGHT_JOIN a …`."""
    return [], index + 1 if at(tokens, index - 1) == "SELECT" else index


def _version(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Dremio: `FROM t AT BRANCH main`."""
    name = follows(tokens, index, "AT BRANCH|TAG|COMMIT|REFERENCE|REF|SNAPSHOT")
    if not name or dialect not in ("dremio", ""):
        return [], index
    return [], max(name_end(tokens, name), name + 1)


def _table_argument(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Flink, BigQuery: `f(TABLE t, …)`, `ML.EVALUATE(MODEL m, TABLE t)`."""
    end = name_end(tokens, index + 1)
    inside = at(tokens, index - 1) in ("(", ",") and at(tokens, end) in (",", ")", "PARTITION", "ORDER")
    return [], index + 1 if inside and end > index + 1 and at(tokens, index + 1) != "(" else index


def _phrase(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Teradata: `a (FORMAT '9(5)')`, `a (NAMED b)`, `a (DATE, FORMAT 'Y4')`; Impala: `JOIN [SHUFFLE] t`."""
    end = closing(tokens, index)
    first = at(tokens, index + 1)
    if dialect == "teradata" and tokens[index].token_type == TokenType.L_PAREN and index > 0:
        if first == "NAMED" and end == index + 3:
            return [*stand_in("AS", tokens[index], dialect), tokens[index + 2]], end + 1
        if first in ("FORMAT", "TITLE") or (
            find(tokens, ["FORMAT"], index + 1, end) > 0 and at(tokens, index - 1) not in ("AS", "CAST", "")
        ):
            return [], end + 1
    hinted = at(tokens, index - 1) in ("JOIN", "SELECT", "]") and first in (
        "SHUFFLE",
        "BROADCAST",
        "NOSHUFFLE",
    )
    return [], end + 1 if hinted and tokens[index].token_type == TokenType.L_BRACKET else index


def _join_alias(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """PostgreSQL: `JOIN u USING (a, b) AS j`, where j is the merged columns."""
    end = closing(tokens, index + 1) if at(tokens, index + 1) == "(" else index
    names = tokens[index + 2 : end]
    if (
        end == index
        or at(tokens, end + 1) != "AS"
        or any(at(names, i) in ("SELECT", "(") for i in range(len(names)))
    ):
        return [], index
    return tokens[index : end + 1], end + 3


def _applied_model(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """BigQuery: `ML.EVALUATE(MODEL m, TABLE t)` as the one such function whose arguments sqlglot knows."""
    if (
        dialect != "bigquery"
        or not follows(tokens, index + 1, ".")
        or not follows(tokens, index + 3, "( MODEL")
    ):
        return [], index
    end = closing(tokens, index + 3)
    table = find(tokens, ["TABLE"], index + 5, end)
    rows: list[Token] = []
    if table > 0:
        last = name_end(tokens, table + 1)
        rows = [
            *tokens[index + 4 : table],
            *stand_in("( SELECT * FROM", tokens[table], dialect),
            *tokens[table + 1 : last],
            *stand_in(")", tokens[table], dialect),
            *tokens[last:end],
        ]
    elif find(tokens, [","], index + 5, end) < 0:
        rows = [*tokens[index + 4 : end], *stand_in(", (SELECT 1)", tokens[end], dialect)]
    else:
        rows = tokens[index + 4 : end]
    predict = stand_in("PREDICT", tokens[index + 2], dialect)
    return [*tokens[index : index + 2], *predict, tokens[index + 3], *rows, tokens[end]], end + 1


def _table_operator(tokens: list[Token], index: int, dialect: str) -> tuple[list[Token], int]:
    """Teradata: `FROM f (ON t [AS x] [PARTITION BY …] USING a ('b'))` reads t; what f makes of it is not known."""
    opening = name_end(tokens, index + 1)
    if dialect != "teradata" or follows(tokens, opening, "( ON") == 0:
        return [], index
    end = closing(tokens, opening)
    source = opening + 2
    last = after_brackets(tokens, source) if at(tokens, source) == "(" else name_end(tokens, source)
    if last == source:
        return [], index
    begin = stand_in("( SELECT * FROM", tokens[opening], dialect)
    alias = stand_in("AS on_", tokens[opening], dialect)
    return [tokens[index], *begin, *tokens[source:last], *alias, tokens[end]], end + 1


_RULES: dict[str, tuple[Rule, ...]] = {
    "WINDOW": (_window,),
    "TIMESERIES": (_time_series,),
    "MODEL": (_model,),
    "STRAIGHT_JOIN": (_straight,),
    "AT": (_version,),
    "TABLE": (_table_argument,),
    "USING": (_join_alias,),
    "ML": (_applied_model,),
    "AI": (_applied_model,),
    "FROM": (_table_operator,),
    "JOIN": (_table_operator,),
    ",": (_table_operator,),
}
_BRACKET: tuple[Rule, ...] = (_phrase,)
