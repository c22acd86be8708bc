"""CREATE of tables and views, cut to what lineage needs and sqlglot parses: the name, its columns, the query.

Every dialect has dozens of physical options (storage, refresh, security, distribution) between the name of a dataset
and its query, and some behind it; none carries lineage. So what is kept is listed here, not what may be left out.
"""

from __future__ import annotations

from msgspec import Struct
from sqlglot.tokens import Token, TokenType

from lineagraph.sql.phrases import (
    after_brackets,
    at,
    bracketed,
    closing,
    find,
    find_or_end,
    first_word,
    follows,
    name_end,
    stand_in,
)

_MODIFIERS = frozenset(
    """
    OR REPLACE ALTER REFRESH TEMP TEMPORARY GLOBAL LOCAL VOLATILE PRIVATE PUBLIC TRANSIENT MATERIALIZED
    SECURE RECURSIVE EXTERNAL FOREIGN UNLOGGED MULTISET SET FORCE NOFORCE NO EDITIONABLE NONEDITIONABLE
    EDITIONING STREAMING LIVE DYNAMIC HYBRID EVENT ICEBERG INCREMENTAL WINDOW DELTA SNAPSHOT DISTRIBUTED
    SHARDED DUPLICATED IMMUTABLE BLOCKCHAIN COLUMN ROW READ ONLY UNCACHED PROJECTION NOT CACHED ROWSTORE
    COLUMNSTORE REFERENCE TEMPORAL INTERLEAVED LOGGED WRITABLE READABLE WEB
    """.split()
)
_KINDS = frozenset({"TABLE", "VIEW", "VDS", "SNAPSHOT", "STREAM", "SINK", "SOURCE"})
_TEMPORARY = frozenset({"TEMP", "TEMPORARY", "VOLATILE", "LOCAL"})
_QUERY = "SELECT|SEL|WITH|VALUES|FROM|PIVOT|UNPIVOT|LOCKING|LOCK|TABLE"
_TAILS = (
    "WITH NO? DATA",
    "WITH READ ONLY",
    "WITH CASCADED|LOCAL? CHECK OPTION",
    "WITH NO SCHEMA BINDING",
    "WITH UR|CS|RS|RR",
    "WITH ROW MOVEMENT",
    "UNIQUE? PRIMARY INDEX",
    "NO PRIMARY INDEX",
    "ON COMMIT PRESERVE|DELETE|DROP",
    "DATA INITIALLY",
    "DEFINITION ONLY",
    "EMIT CHANGES|FINAL",
    "NOT LOGGED",
    "DISTRIBUTED BY|RANDOMLY|REPLICATED",
    "INCLUDING|EXCLUDING IDENTITY|COLUMN|DEFAULTS",
    "OPTION (",
)
"""What may stand behind the query. Only where these words cannot belong to the query itself."""

_COPIED_BY_NAME = frozenset({"teradata", "clickhouse", "", "exasol"})
"""Where `CREATE TABLE a AS b` is a copy of the table b."""

_NOT_A_COLUMN = frozenset(
    """
    CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK INDEX KEY FULLTEXT SPATIAL EXCLUDE PERIOD SUPPLEMENTAL PROJECTION
    SHARD
    """.split()
)
_AFTER_TYPE = frozenset(
    """
    NOT NULL DEFAULT CONSTRAINT PRIMARY UNIQUE CHECK REFERENCES COLLATE CHARACTER CHARSET COMMENT ENCODE
    GENERATED AS IDENTITY AUTO_INCREMENT AUTOINCREMENT MASKED OPTIONS WITH ENCRYPT ENCRYPTED VISIBLE
    INVISIBLE SORT CODEC TTL MATERIALIZED ALIAS EPHEMERAL ON COMPRESS TITLE FORMAT CASESPECIFIC
    UPPERCASE SPARSE ROWGUIDCOL STORAGE DISTKEY SORTKEY KEY STATISTICS FILLER LATIN UNICODE EXPECT TAG
    MASKING PROJECTION VIRTUAL ENABLE DISABLE MAPPING ENCODING COMPRESSION INLINE HIDDEN PERSISTED
    """.split()
)


class Header(Struct, frozen=True):
    """The head of a CREATE: where its name stands, and what its modifiers say."""

    kind: str
    """TABLE, VIEW, STREAM, SINK or SOURCE."""
    words: frozenset[str]
    name: int
    end: int
    """Index behind the name."""
    if_not_exists: bool


def read_header(tokens: list[Token]) -> Header | None:
    """The head of `CREATE … TABLE|VIEW …` and of its kin (REPLACE VIEW, DECLARE GLOBAL TEMPORARY TABLE, ALTER VIEW)."""
    words: set[str] = {at(tokens, 0)}
    index = 1
    kind = ""
    while index < min(len(tokens), 24):
        text = at(tokens, index)
        options = follows(tokens, index, "ALGORITHM|DEFINER =") or follows(tokens, index, "SQL SECURITY")
        if text == "SNAPSHOT" and at(tokens, index + 1) != "TABLE":
            kind = "VIEW"  # Oracle's old word for a materialized view
            words.add("MATERIALIZED")
        elif text == "JOIN" and at(tokens, index + 1) == "INDEX":
            kind = "VIEW"  # Teradata keeps the result of a query under this name
            words.add("MATERIALIZED")
            index += 1
        elif text in _KINDS and text != "SNAPSHOT":
            kind = "VIEW" if text == "VDS" else text  # Dremio's virtual dataset
        elif options:
            index = options + 1
            while at(tokens, index) == "@":  # `user`@`host`
                index += 2
            index = after_brackets(tokens, index)
            continue
        elif text not in _MODIFIERS:
            return None
        else:
            words.add(text)
        index += 1
        if kind:
            break
    if kind == "TABLE" and at(tokens, index) == "FUNCTION":
        return None
    index = (
        follows(tokens, index, "CONCURRENTLY? IF NOT EXISTS") or follows(tokens, index, "IF EXISTS") or index
    )
    exists = at(tokens, index - 1) == "EXISTS"
    end = name_end(tokens, index)
    if not kind or end == index:
        return None
    return Header(kind, frozenset(words), index, end, exists and at(tokens, index - 2) == "NOT")


def query_start(tokens: list[Token], begin: int) -> tuple[int, int]:
    """Where the query of a CREATE begins: (index of what stands before it, index of the query); (-1, -1): no query."""
    index = begin
    while index < len(tokens):
        kind = tokens[index].token_type
        if kind in (TokenType.L_PAREN, TokenType.L_BRACKET):
            index = closing(tokens, index) + 1
            continue
        start = follows(tokens, index, "AS")
        if start:
            inner = start
            while at(tokens, inner) == "(":
                inner += 1
            if follows(tokens, inner, _QUERY):
                return index, start
        elif kind == TokenType.SELECT:
            return index, index  # MySQL: CREATE TABLE a … SELECT …
        index += 1
    return -1, -1


def rewrite_create(tokens: list[Token], dialect: str) -> list[Token] | None:
    """The same CREATE without its physical options; None where it makes no dataset, or one of unknown content."""
    header = read_header(tokens)
    if header is None or (
        header.kind in ("STREAM", "SINK", "SOURCE") and query_start(tokens, header.end)[0] < 0
    ):
        return None
    first = tokens[0]
    head = _head(header, first, dialect)
    name = tokens[header.name : header.end]
    rest = header.end
    if name[0].text.upper() == "LIVE" and len(name) > 2:
        name = name[2:]
    before, query = query_start(tokens, rest)
    columns, after_columns = _columns(tokens, rest, header.kind, before >= 0, dialect)
    if before >= 0:
        tails = _TAILS if dialect not in ("risingwave", "materialize") else (*_TAILS, "WITH (")
        end = find_or_end(tokens, tails, query + 1)
        body = tokens[query:end]
        if at(body, 0) in ("PIVOT", "UNPIVOT"):
            body = [*stand_in("(", body[0], dialect), *body, *stand_in(")", body[-1], dialect)]
        elif at(body, 0) == "TABLE" and name_end(body, 1) == len(body):
            body = [*stand_in("SELECT * FROM", body[0], dialect), *body[1:]]
        if "RECURSIVE" in header.words:
            return [*head, *name, *_recursive(tokens[header.end - 1], columns, body, dialect)]
        target: list[Token] = []
        to = find(tokens, ["TO"], rest, before) if dialect == "clickhouse" else -1
        if to >= 0 and at(tokens, to - 1) != "BY":
            target = tokens[to : name_end(tokens, to + 1)]
        return [*head, *name, *target, *columns, *stand_in("AS", tokens[query], dialect), *body]
    replica = find(tokens, ["AS REPLICA OF"], rest)
    if replica >= 0:
        # BigQuery: a materialized view that follows another
        return [*head, *name, *stand_in("AS SELECT * FROM", tokens[replica], dialect), *tokens[replica + 3 :]]
    if header.kind != "TABLE":
        return None
    return _without_query(tokens, header, [*head, *name], columns, after_columns, dialect)


def _head(header: Header, anchor: Token, dialect: str) -> list[Token]:
    text = "CREATE"
    if header.words & {"REPLACE", "ALTER", "REFRESH"}:
        text += " OR REPLACE"
    if header.words & _TEMPORARY and (header.kind == "TABLE" or "LIVE" not in header.words):
        text += " TEMPORARY"
    elif "GLOBAL" in header.words and header.kind == "TABLE":
        text += " TEMPORARY"
    view = header.kind == "VIEW" or "DYNAMIC" in header.words
    if view and header.words & {"MATERIALIZED", "WINDOW", "DYNAMIC"}:
        text += " MATERIALIZED"
    text += " VIEW" if view else " TABLE"
    if header.if_not_exists:
        text += " IF NOT EXISTS"
    return stand_in(text, anchor, dialect)


def _columns(
    tokens: list[Token], index: int, kind: str, has_query: bool, dialect: str
) -> tuple[list[Token], int]:
    """The column list, each column cut to name and type (a view's: to the name); and the index behind it."""
    while at(tokens, index) == ",":
        # Teradata: CREATE TABLE a, NO FALLBACK, CHECKSUM = DEFAULT (…)
        index += 1
        while index < len(tokens) and at(tokens, index) not in ("(", ",", "AS"):
            index += 1
    if follows(tokens, index, "ON CLUSTER"):
        index = name_end(tokens, index + 2)
    if at(tokens, index) != "(" or query_start(tokens, index)[0] == index:
        return [], index
    end = closing(tokens, index)
    inner = index + 1
    if at(tokens, inner) in ("SELECT", "WITH", "SEL"):
        return [], index
    kept: list[Token] = []
    for item in bracketed(tokens, index):
        short = column_item(item, kind == "VIEW")
        if short:
            kept.extend([*stand_in(",", item[0], dialect)] if kept else [])
            kept.extend(short)
    if not kept and (has_query or kind == "VIEW"):
        return [], end + 1
    return [tokens[index], *kept, tokens[end]], end + 1


def column_item(item: list[Token], name_only: bool) -> list[Token]:
    """One item of a column list without its constraints: name, type and what it is computed from."""
    if first_word(item, 0) in _NOT_A_COLUMN and (len(item) > 1 or name_only):
        return []
    if name_only or len(item) == 1:
        return item[:1]
    if at(item, 0) == "LIKE":
        return item[: name_end(item, 1)]
    index = 1
    while index < len(item) and first_word(item, index) not in _AFTER_TYPE:
        index = after_brackets(item, index) if at(item, index) in ("(", "[", "{") else index + 1
    kept = item[:index]
    computed = find(item, ["AS ("], index)
    if computed >= 0:
        kept = [*kept, *item[computed : closing(item, computed + 1) + 1]]
    return kept


def _without_query(
    tokens: list[Token], header: Header, head: list[Token], columns: list[Token], after: int, dialect: str
) -> list[Token] | None:
    """Tables by definition, and those made like, or from, another."""
    for phrase, word in (
        ("AS? SHALLOW|DEEP? CLONE OF|AS?", "CLONE"),
        ("AS COPY? OF", "CLONE"),
        ("COPY", "COPY"),
        ("FOR EXCHANGE WITH TABLE", "LIKE"),
        ("LIKE", "LIKE"),
        ("AS", "AS"),
    ):
        found = find(tokens, [phrase], header.end)
        start = follows(tokens, found, phrase) if found >= 0 else 0
        end = name_end(tokens, start) if start else 0
        if phrase == "AS" and (at(tokens, found - 1) == "STORED" or dialect not in _COPIED_BY_NAME):
            continue
        if end > start and at(tokens, start) not in ("GRANTS", "TAGS") and at(tokens, end) != "(":
            source = tokens[start:end]
            if word == "CLONE" and dialect not in ("snowflake", "bigquery", "databricks", "clickhouse"):
                word = "AS SELECT * FROM"
            elif (word == "AS") != (dialect == "clickhouse") and word in ("AS", "CLONE"):
                word = "AS SELECT * FROM"
            return [*head, *columns, *stand_in(word, tokens[start], dialect), *source]
    partitions: list[Token] = []
    partitioned = find(tokens, ["PARTITIONED BY (", "PARTITION COLUMNS ("], after)
    if partitioned >= 0 and columns:
        # Hive: partition columns are columns, after the others
        opening = follows(tokens, partitioned, "PARTITIONED BY (") or follows(
            tokens, partitioned, "PARTITION COLUMNS ("
        )
        for item in bracketed(tokens, opening - 1):
            if len(item) > 1 and item[1].token_type != TokenType.L_PAREN:
                partitions += [*stand_in(",", item[0], dialect), *column_item(item, False)]
    if not columns:
        return None
    return [*head, *columns[:-1], *partitions, columns[-1]]


def _recursive(name: Token, columns: list[Token], body: list[Token], dialect: str) -> list[Token]:
    """`CREATE RECURSIVE VIEW v (a) AS q` means `CREATE VIEW v AS WITH RECURSIVE v (a) AS (q) SELECT * FROM v`."""
    start, end = body[0], body[-1]
    while body[0].token_type == TokenType.L_PAREN and closing(body, 0) == len(body) - 1:
        body = body[1:-1]
    return [
        *columns,
        *stand_in("AS WITH RECURSIVE", start, dialect),
        name,
        *columns,
        *stand_in("AS (", start, dialect),
        *body,
        *stand_in(") SELECT * FROM", end, dialect),
        name,
    ]
