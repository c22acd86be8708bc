"""INSERT, REPLACE and UPSERT put into the one INSERT that sqlglot parses in every dialect."""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.phrases import (
    STRINGS,
    after_brackets,
    at,
    bracketed,
    closing,
    find,
    find_or_end,
    follows,
    items,
    name_end,
    stand_in,
)

_INSERT_MODIFIERS = frozenset({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "TOP"})
_BODIES = frozenset(
    {"SELECT", "SEL", "WITH", "VALUES", "VALUE", "FROM", "TABLE", "SET", "DEFAULT", "EXEC", "EXECUTE"}
)


def rewrite_insert(tokens: list[Token], dialect: str) -> list[Token]:
    """INSERT, REPLACE and UPSERT as an INSERT [OVERWRITE] without its modifiers."""
    head = tokens[:1] if at(tokens, 0) in ("INSERT", "INS") else stand_in("INSERT INTO", tokens[0], dialect)
    index = 1
    while at(tokens, index) in _INSERT_MODIFIERS:
        index = after_brackets(tokens, index + 1)
        index = follows(tokens, index, "PERCENT") or index
    index = follows(tokens, index, "WITH SCHEMA EVOLUTION") or index
    begin = index
    index = follows(tokens, index, "OVERWRITE|INTO|OR") or index
    if at(tokens, index - 1) == "OR":
        index = follows(tokens, index + 1, "INTO?") or index
    if len(head) > 1:
        begin = index
    once = follows(tokens, index, "ONCE")
    if once and at(tokens, once) != "(":
        head, begin, index = [*head, *tokens[begin:index]], once, once
    if follows(tokens, index, "LOCAL? DIRECTORY"):
        return _insert_directory([*head, *tokens[begin:]], dialect)
    index = follows(tokens, index, "INTO|TABLE|FUNCTION") or index
    index = follows(tokens, index, "TABLE|FUNCTION") or index
    if follows(tokens, index, "FILES|FILE ("):
        return _insert_files(tokens, index, dialect)
    if at(tokens, index) == "(" and at(tokens, index + 1) in ("SELECT", "SEL", "("):
        return _insert_through(head + tokens[begin:index], tokens, index, dialect)
    end = name_end(tokens, index)
    return [*head, *tokens[begin:end], *_insert_rest(tokens, end, dialect)]


def _insert_rest(tokens: list[Token], index: int, dialect: str) -> list[Token]:
    """What follows the target: partition, columns, then the rows; hints, labels and the like left out."""
    kept: list[Token] = []
    alias = tokens[index] if at(tokens, index) not in _BODIES and at(tokens, index + 1) == "(" else None
    if (
        alias is not None
        and dialect == "oracle"
        and at(tokens, index) not in ("PARTITION", "SUBPARTITION", "(")
    ):
        index += 1  # INSERT INTO t alias (alias.a)
    else:
        alias = None
    while index < len(tokens):
        skipped = (
            follows(tokens, index, "OVERRIDING SYSTEM|USER VALUE")
            or follows(tokens, index, "IF NOT EXISTS")
            or (follows(tokens, index, "WITH LABEL") and index + 3)
            or (follows(tokens, index, "WITH (") and closing(tokens, index + 1) + 1)
            or (follows(tokens, index, "PARTITION|SUBPARTITION FOR (") and closing(tokens, index + 2) + 1)
        )
        if skipped:
            index = skipped
        elif follows(tokens, index, "REPLACE ON|USING|WHERE"):
            index = find_or_end(tokens, ["SELECT|WITH|VALUES|TABLE|FROM"], index + 1)
        elif at(tokens, index) in ("PARTITION", "SUBPARTITION"):
            end = after_brackets(tokens, index + 1)
            kept += tokens[index:end]
            index = max(end, index + 1)
        else:
            break
    if at(tokens, index) == "(" and at(tokens, index + 1) not in ("SELECT", "SEL", "WITH", "(", "TABLE"):
        end = closing(tokens, index)
        listed = bracketed(tokens, index)
        if listed and all(len(item) > 2 and at(item, 1) == "=" for item in listed):
            # Teradata: INSERT INTO t (a = 1, b = 2)
            return [*kept, *_named_values(listed, tokens[index], dialect), *tokens[end + 1 :]]
        names = [item[2:] if alias is not None and len(item) == 3 else item for item in listed]
        kept += (
            [tokens[index], *joined(names, dialect), tokens[end]]
            if alias is not None
            else tokens[index : end + 1]
        )
        following = _insert_rest(tokens, end + 1, dialect)
        return kept + following
    return kept + tokens[index:]


def joined(parts: list[list[Token]], dialect: str) -> list[Token]:
    joined: list[Token] = []
    for part in parts:
        if joined and part:
            joined += stand_in(",", part[0], dialect)
        joined += part
    return joined


def _named_values(listed: list[list[Token]], anchor: Token, dialect: str) -> list[Token]:
    names, values = [item[:1] for item in listed], [item[2:] for item in listed]
    return [
        *stand_in("(", anchor, dialect),
        *joined(names, dialect),
        *stand_in(") VALUES (", anchor, dialect),
        *joined(values, dialect),
        *stand_in(")", anchor, dialect),
    ]


def _insert_directory(tokens: list[Token], dialect: str) -> list[Token]:
    """`INSERT OVERWRITE DIRECTORY ['x'] USING format OPTIONS (path 'x') SELECT …` as Hive writes it."""
    directory = find(tokens, ["DIRECTORY"])
    using = find(tokens, ["USING"], directory)
    if using < 0:
        return tokens
    query = find_or_end(tokens, ["SELECT|WITH|FROM|TABLE|VALUES"], using)
    address = tokens[directory + 1 : using]
    if not address:
        options = find(tokens, ["OPTIONS ("], using)
        address = string_option(tokens, options + 1, "PATH") if options >= 0 else []
    return [*tokens[: directory + 1], *address, *tokens[query:]]


def string_option(tokens: list[Token], index: int, *names: str) -> list[Token]:
    """The strings given for an option (`path 'x'`, `"path" = 'x'`, `uris = ['x', 'y']`) of a bracketed list."""
    if at(tokens, index) != "(":
        return []
    for item in bracketed(tokens, index):
        if item[0].text.upper() in names:
            return [
                token
                for token in item[1:]
                if token.token_type in STRINGS or token.token_type == TokenType.IDENTIFIER
            ]
    return []


def _insert_files(tokens: list[Token], index: int, dialect: str) -> list[Token]:
    """StarRocks: `INSERT INTO FILES ('path' = 'x') SELECT …` writes a directory."""
    address = string_option(tokens, index + 1, "PATH")
    head = stand_in("INSERT OVERWRITE DIRECTORY", tokens[0], dialect)
    return [*head, *address[:1], *tokens[closing(tokens, index + 1) + 1 :]]


def _insert_through(head: list[Token], tokens: list[Token], index: int, dialect: str) -> list[Token]:
    """Oracle: `INSERT INTO (SELECT a, b FROM t …) VALUES …` inserts into t (a, b)."""
    end = closing(tokens, index)
    inner = tokens[index + 1 : end]
    from_ = find(inner, ["FROM"])
    columns = items(inner[1:from_])
    table = inner[from_ + 1 : name_end(inner, from_ + 1)]
    if from_ < 0 or not table or not all(len(column) in (1, 3) for column in columns):
        return head + tokens[index:]
    names = joined([column[-1:] for column in columns], dialect)
    columns_list = [*stand_in("(", tokens[index], dialect), *names, *stand_in(")", tokens[index], dialect)]
    return [*head, *table, *columns_list, *tokens[end + 1 :]]


def rewrite_replace(tokens: list[Token], dialect: str) -> list[Token]:
    """MySQL's and SQLite's REPLACE [INTO] t; not REPLACE(…), REPLACE VIEW."""
    if at(tokens, 1) in ("VIEW", "TABLE", "(", "PROCEDURE", "FUNCTION", "MACRO", "TRIGGER", "RECURSIVE", ""):
        return (
            tokens
            if not (len(tokens) > 1 and tokens[1].token_type == TokenType.IDENTIFIER)
            else rewrite_insert(tokens, dialect)
        )
    return rewrite_insert(tokens, dialect)
