"""Statements that sqlglot only takes for a `Command`, misreads or refuses: their tokens → effects.

`misread` tells which statements sqlglot parses without complaint, but not by their meaning; `read_command` reads those and
the ones that no rewriting (`sql.rewrites`) made parseable. What moves no data and no names is understood without effects.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.model import DatasetKind
from lineagraph.sql import embedded
from lineagraph.sql.alterations import alter_target, read_alter
from lineagraph.sql.create_rewrites import read_header
from lineagraph.sql.facts import Change, Create, Select, Synonym, Use, Write
from lineagraph.sql.identifiers import split_name
from lineagraph.sql.phrases import (
    STRINGS,
    after_brackets,
    at,
    bracketed,
    closing,
    find,
    find_or_end,
    first_word,
    follows,
    is_string,
    items,
    name_end,
    skip_words,
    stand_in,
)
from lineagraph.sql.token_rewrites import main_verb, rewrite
from lineagraph.sql.session import read_session, sets_session
from lineagraph.sql.state import StatementState
from lineagraph.sql.transfers import option_addresses, read_apply_changes, read_transfer

_TSQL = ("tsql", "fabric")
_DML = frozenset({"INSERT", "INS", "UPDATE", "UPD", "DELETE", "DEL", "MERGE"})
_NO_LINEAGE = frozenset(
    """
    EXPLAIN ANALYZE VACUUM OPTIMIZE GRANT REVOKE DENY COMMENT COLLECT MSCK REFRESH REINDEX CLUSTER LOCK UNLOCK PURGE FLASHBACK
    UNDROP RESTORE SHOW DESC DESCRIBE HELP LIST LS PUT GET REMOVE RM LISTEN NOTIFY UNLISTEN DISCARD RESET CHECKPOINT KILL SYSTEM
    DBCC WAITFOR PRINT RAISERROR HANDLER ADD START BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT CLEAR UNCACHE INSTALL
    SECURITY CONVERT VALIDATE AUDIT NOAUDIT BACKUP SHUTDOWN SET SETUSER USE DETACH ATTACH CHECK CHECKSUM REPAIR FLUSH PRAGMA
    GENERATE ENABLE DISABLE ASSERT ASSOCIATE DISASSOCIATE RECONFIGURE SAVE FORCE EXISTS RECOVER INVALIDATE COMPUTE UNSET
    """.split()
)
"""Verbs of administration."""

_NO_LINEAGE_EITHER = (
    "\\",
    "UPDATE STATISTICS",
    "IMPORT|EXPORT DATABASE",
    "IMPORT FOREIGN SCHEMA",
    "DROP OWNED",
    "CREATE MATERIALIZED VIEW LOG ON",
    "DO SLEEP|RELEASE_LOCK|GET_LOCK",
)

_NO_DATASETS = frozenset(
    """
    INDEX SEQUENCE USER ROLE DATABASE SCHEMA LOGIN TYPE DOMAIN EXTENSION SERVER TRIGGER STATISTICS PUBLICATION SUBSCRIPTION
    POLICY TABLESPACE DIRECTORY PROFILE OPERATOR AGGREGATE COLLATION CAST RULE LANGUAGE CONVERSION WAREHOUSE STAGE FORMAT
    INTEGRATION SHARE PIPE TASK MONITOR CATALOG CONNECTION CREDENTIAL CERTIFICATE KEY ASSEMBLY SYSTEM SESSION SERVICE GROUP
    CLUSTER LINK CONTEXT OUTLINE RESTORE EDITION SECRET FUNCTION PROCEDURE PROC MAPPING RESOURCE QUOTA TAG MACRO ACCOUNT
    LIBRARY QUEUE LOGFILE INSTANCE VIRTUAL RESERVATION ASSIGNMENT CAPACITY MODEL GRAPH ALERT EVENT NETWORK
    BINDING VARIABLE CONSTRAINT ENDPOINT MESSAGE CONTRACT ROUTE AVAILABILITY DEFAULT FULLTEXT BUFFERPOOL PACKAGE CONTINUOUS
    """.split()
)
_DATASETS = frozenset({"TABLE", "VIEW", "STREAM", "SINK", "SOURCE", "DICTIONARY", "SNAPSHOT", "SYNONYM", "ALIAS", "NICKNAME"})
_DROP_MODIFIERS = frozenset(
    """
    TEMP TEMPORARY MATERIALIZED EXTERNAL FOREIGN DYNAMIC SNAPSHOT JOIN INDEX PUBLIC PRIVATE STREAMING HYBRID EVENT ICEBERG LIVE
    FUNCTION SECURE
    """.split()
)


def misread(tokens: list[Token], dialect: str) -> bool:
    """Does sqlglot parse this statement, and lose what it says? Then `rewrite` it before, or read it with `read_command`.

    Looks at the first words only, as it is asked for every statement.
    """
    check = _MISREAD.get(word_of(tokens[0])) if tokens else None
    return check is not None and check(tokens, dialect)


def read_command(tokens: list[Token], state: StatementState) -> bool:
    """Append the effects of a statement that has no usable AST; False if it is not understood.

    True without effects means that the statement carries no lineage. Raises nothing, whatever the tokens.
    """
    if not tokens:
        return True
    relations, effects = len(state.relations), len(state.effects)
    try:
        understood = _read(tokens, state)
    except (IndexError, TokenError):
        # a statement that breaks off in the middle of what its verb promises
        understood = False
    if not understood:
        del state.relations[relations:]
        del state.effects[effects:]
    return understood


def word_of(token: Token) -> str:
    return token.text.upper()


def _read(tokens: list[Token], state: StatementState) -> bool:
    first = first_word(tokens, 0)
    if first == ".":
        return True  # BTEQ
    if read_session(tokens, state):
        return True
    verb = at(tokens, main_verb(tokens))
    if verb in _DML and _read_dml(tokens, state):
        return True
    reader = _READERS.get(first)
    if reader is not None and reader(tokens, state):
        return True
    if read_transfer(tokens, state):
        return True
    changed = rewrite(tokens, state.dialect)
    if changed is not None and at(changed, 0) != "WITH" and changed[0] is not tokens[0]:
        # a wrapper, such as a task, around something else than a query or DML
        if read_transfer(changed, state) or embedded.read_statement(changed, state) >= 0 and bool(state.effects):
            return True
    return first in _NO_LINEAGE or any(follows(tokens, 0, phrase) for phrase in _NO_LINEAGE_EITHER)


def _read_dml(tokens: list[Token], state: StatementState) -> bool:
    """DML whose rows also go elsewhere (OUTPUT … INTO), come from a routine, or that is two statements in one."""
    verb = main_verb(tokens)
    if state.dialect in _TSQL:
        output = find(tokens, ["OUTPUT"], verb)
        into = find(tokens, ["INTO"], output) if output >= 0 else -1
        if into >= 0 and find(tokens, ["SELECT", "WHERE", "FROM", "VALUES"], output, into) < 0:
            return _read_output_into(tokens, into, state)
    if at(tokens, verb) in ("INSERT", "INS"):
        call = find(tokens, ["EXEC|EXECUTE|CALL"], verb + 1)
        begin = follows(tokens, verb + 1, "INTO? TABLE?")
        end = name_end(tokens, begin or verb + 1)
        if call > 0 and after_brackets(tokens, end) == call:
            return _write_of_call(tokens, begin or verb + 1, end, call, state)
        if follows(tokens, after_brackets(tokens, end), "FORMAT") and find(tokens, ["SELECT"], end) < 0:
            # ClickHouse: the rows follow in the client's input
            state.effects.append(
                Write(embedded.add_name_at(tokens, begin or verb + 1, state), state.add(Select(depth=state.depth)))
            )
            return True
    other = find(tokens, ["ELSE INSERT|INS"], verb)
    if other > 0:
        # Teradata: UPDATE … ELSE INSERT …
        first = embedded.read_statement(tokens[:other], state)
        return first >= 0 and embedded.read_statement(tokens[other + 1 :], state) >= 0
    return embedded.read_statement(tokens, state) >= 0 and bool(state.effects)


def _read_output_into(tokens: list[Token], into: int, state: StatementState) -> bool:
    end = name_end(tokens, into + 1)
    names: tuple[str, ...] | None = None
    rest = end
    if at(tokens, end) == "(" and at(tokens, end + 1) not in ("SELECT", "WITH"):
        names = tuple(embedded.column_name(item[0], state) for item in bracketed(tokens, end))
        rest = closing(tokens, end) + 1
    relation = embedded.read_statement(tokens[:into] + tokens[rest:], state)
    target = embedded.add_name(tokens[into + 1 : end], state)
    if relation < 0 or target < 0:
        return False
    state.effects.append(Write(target, relation, names))
    return True


def _write_of_call(tokens: list[Token], begin: int, end: int, call: int, state: StatementState) -> bool:
    """INSERT INTO t EXEC p: what the routine returns is not known here."""
    target = embedded.add_name(tokens[begin:end], state)
    if target < 0:
        return False
    names = tuple(embedded.column_name(item[0], state) for item in bracketed(tokens, end)) if call > end else None
    state.effects.append(Write(target, state.add(Select(depth=state.depth)), names))
    routine = tokens[call + 1 : name_end(tokens, call + 1)]
    parts = tuple(state.names.text(token.text) for token in routine if token.token_type != TokenType.DOT)
    if parts and routine[0].token_type not in STRINGS and at(tokens, call + 1) not in ("@", "IMMEDIATE"):
        state.calls.append(parts)
    return True


def _read_create(tokens: list[Token], state: StatementState) -> bool:
    kind = find(tokens, ["SYNONYM|ALIAS|NICKNAME"], 1, 6)
    if kind > 0:
        begin = follows(tokens, kind + 1, "IF NOT EXISTS") or kind + 1
        for_ = find(tokens, ["FOR"], begin)
        source = follows(tokens, for_, "FOR TABLE|VIEW?") if for_ > 0 else 0
        name = embedded.add_name_at(tokens, begin, state)
        target = embedded.add_name_at(tokens, source, state) if source else -1
        if name < 0 or target < 0:
            return False
        state.effects.append(Synonym(name, target))
        return True
    flow = find(tokens, ["FLOW"], 1, 4)
    if flow > 0:
        changes = find(tokens, ["CDC INTO", "CHANGES INTO"], flow)
        return changes > 0 and read_apply_changes(tokens, changes + 1, state)
    if follows(tokens, 1, "ROUTINE LOAD"):
        return _read_routine_load(tokens, state)
    header = read_header(tokens)
    if header is None:
        words = {at(tokens, i) for i in range(1, 7)}
        return bool(words & _NO_DATASETS)
    target = embedded.add_name(tokens[header.name : header.end], state)
    if target < 0:
        return False
    replace = bool(header.words & {"REPLACE", "ALTER", "REFRESH"})
    if header.kind in ("STREAM", "SINK"):
        return _read_stream(tokens, header.end, target, replace, state)
    return _read_external(tokens, header.end, target, bool(header.words & {"TEMP", "TEMPORARY"}), replace, state)


def _read_stream(tokens: list[Token], index: int, target: int, replace: bool, state: StatementState) -> bool:
    """Snowflake: CREATE STREAM s ON TABLE t, its changed rows; RisingWave, Materialize: CREATE SINK s [INTO t] FROM v."""
    clone = follows(tokens, index, "CLONE")
    if clone:
        like = embedded.add_name_at(tokens, clone, state)
        state.effects.append(Create(target, DatasetKind.VIEW, like=like, copies_data=True, replace=replace))
        return like >= 0
    on = follows(tokens, find(tokens, ["ON"], index), "ON EXTERNAL|EVENT|DYNAMIC? TABLE|VIEW")
    from_ = find(tokens, ["FROM"], index)
    source = on or (from_ + 1 if from_ > 0 else 0)
    if not source:
        return find(tokens, ["ON STAGE|DIRECTORY"], index) > 0
    into = find(tokens, ["INTO"], index, source)
    if into > 0 and name_end(tokens, into + 1) == from_:
        target = embedded.add_name_at(tokens, into + 1, state)
        table = embedded.add_name_at(tokens, source, state)
        if min(target, table) >= 0:
            embedded.flow(target, table, state)
        return min(target, table) >= 0
    table = embedded.add_name_at(tokens, source, state)
    if table < 0:
        return False
    embedded.define(target, DatasetKind.VIEW, embedded.all_rows(table, state), state, replace=replace)
    return True


def _read_external(
    tokens: list[Token], index: int, target: int, temporary: bool, replace: bool, state: StatementState
) -> bool:
    """A table or view over files: LOCATION 'a', LOCATION = @stage, OPTIONS (path 'a'), OPTIONS (uris = ['a', 'b'])."""
    columns = ()
    if at(tokens, index) == "(":
        end = closing(tokens, index)
        columns = embedded.column_definitions(tokens[index + 1 : end], state)
        index = end + 1
    found = external_addresses(tokens, index)
    relation = -1
    if len(found) == 1:
        file = embedded.add_name(found[0], state)
        relation = embedded.all_rows(file, state) if file >= 0 else -1
    kind = DatasetKind.TEMPORARY_TABLE if temporary else DatasetKind.TABLE
    state.effects.append(Create(target, kind, columns, relation=relation, temporary=temporary, replace=replace))
    for address in found if relation < 0 else ():
        file = embedded.add_name(address, state)
        if file >= 0:
            embedded.flow(target, file, state)
    # without columns nothing is left unread only where nothing else was said of them
    return bool(columns) or bool(found) or find(tokens, ["AS", "(", "SELECT"], index) < 0 and index <= len(tokens)


def external_addresses(tokens: list[Token], index: int) -> list[list[Token]]:
    """Where an external table keeps its rows: for each address, its tokens (one string, or a stage's name)."""
    location = find(tokens, ["LOCATION"], index)
    if location >= 0:
        start = follows(tokens, location, "LOCATION =") or location + 1
        end = start + 1 if is_string(tokens, start) else name_end(tokens, start)
        if at(tokens, start) == "(":
            return [item[:1] for item in bracketed(tokens, start) if is_string(item, 0)]
        return [tokens[start:end]] if end > start else []
    options = find(tokens, ["OPTIONS|WITH|USING ("], index)
    found = option_addresses(tokens, options + 1) if options >= 0 else []
    if not found and options >= 0:
        # Teradata: USING (LOCATION ('a'))
        inner = tokens[options + 2 : closing(tokens, options + 1)]
        return external_addresses(inner, 0) if find(inner, ["LOCATION ("]) >= 0 else []
    return [[token] for token in found]


def _read_routine_load(tokens: list[Token], state: StatementState) -> bool:
    """StarRocks, Doris: CREATE ROUTINE LOAD j ON t … FROM KAFKA (… "kafka_topic" = "x")"""
    on, from_ = find(tokens, ["ON"], 3), find(tokens, ["FROM"], 3)
    if on < 0 or from_ < 0 or at(tokens, from_ + 2) != "(":
        return on > 0
    target = embedded.add_name_at(tokens, on + 1, state)
    for item in bracketed(tokens, from_ + 2):
        if item[0].text.lower() in ("kafka_topic", "pulsar_topic") and len(item) > 2 and target >= 0:
            embedded.flow(target, embedded.add_address(item[2], state), state)
    return target >= 0


def _read_drop(tokens: list[Token], state: StatementState) -> bool:
    index = skip_words(tokens, 1, _DROP_MODIFIERS)
    if at(tokens, index) in _DATASETS:
        index += 1
        index = follows(tokens, index, "FUNCTION") or index
    elif at(tokens, index - 1) not in ("SNAPSHOT", "INDEX") or at(tokens, index - 2) not in ("JOIN", "DROP"):
        return at(tokens, index) in _NO_DATASETS or at(tokens, index - 1) in _NO_DATASETS
    elif at(tokens, index - 1) == "INDEX" and at(tokens, index - 2) == "DROP":
        return True
    index = follows(tokens, index, "IF EXISTS") or index
    for item in items(tokens[index:]):
        table = embedded.add_name_at(item, 0, state)
        if table >= 0:
            state.effects.append(Change(table, "DROP"))
    return bool(state.effects)


def _read_rename(tokens: list[Token], state: StatementState) -> bool:
    """RENAME TABLE a TO b, c TO d (MySQL, ClickHouse), RENAME a TO b (Oracle), RENAME OBJECT a TO b (Synapse)."""
    index = follows(tokens, 1, "TABLE|TABLES|VIEW|OBJECT|DICTIONARY|MACRO? IF EXISTS") or follows(
        tokens, 1, "TABLE|TABLES|VIEW|OBJECT|DICTIONARY"
    )
    if not index and at(tokens, 1) in ("DATABASE", "USER", "PROCEDURE", "COLUMN", "INDEX", "CATEGORY"):
        return True
    end = find_or_end(tokens, ["ON CLUSTER"], 1)
    for item in items(tokens[index or 1 : end]):
        middle = name_end(item, 0)
        if at(item, middle) not in ("TO", "AS", ","):
            return False
        old = embedded.add_name(item[:middle], state)
        new = embedded.sibling(old, item[middle + 1 : name_end(item, middle + 1)], state) if old >= 0 else -1
        if new < 0:
            return False
        state.effects.append(Change(old, "RENAME", new))
    return bool(state.effects)


def _read_exchange(tokens: list[Token], state: StatementState) -> bool:
    """ClickHouse: EXCHANGE TABLES a AND b"""
    index = follows(tokens, 1, "TABLES|DICTIONARIES")
    end = name_end(tokens, index)
    if not index or at(tokens, end) != "AND":
        return False
    left, right = embedded.add_name(tokens[index:end], state), embedded.add_name_at(tokens, end + 1, state)
    if min(left, right) < 0:
        return False
    state.effects.append(Change(left, "SWAP", right))
    embedded.flow(left, right, state)
    embedded.flow(right, left, state)
    return True


def _read_sp_rename(tokens: list[Token], state: StatementState) -> bool:
    """T-SQL: EXEC sp_rename 'dbo.t', 'u'; EXEC sp_rename 'dbo.t.a', 'b', 'COLUMN'"""
    index = 1 if at(tokens, 0) in ("EXEC", "EXECUTE") else 0
    end = name_end(tokens, index)
    if word_of(tokens[end - 1]) != "SP_RENAME":
        return False
    strings = [token for token in tokens[end:] if token.token_type in STRINGS]
    if len(strings) < 2:
        return True  # the names are in variables
    old, new = strings[0], strings[1]
    what = strings[2].text.upper() if len(strings) > 2 else "OBJECT"
    parts = [part for part in split_name(old.text.strip()) if part[0]]
    if what not in ("OBJECT", "COLUMN") or not parts:
        return True
    names, quoted = [name for name, _ in parts], [is_quoted for _, is_quoted in parts]
    if what == "COLUMN":
        if len(parts) < 2:
            return False
        table = embedded.add_parts(names[:-1], quoted[:-1], old, state)
        renamed = (state.names.text(names[-1]), state.names.text(new.text))
        state.effects.append(Change(table, "ALTER", renamed=(renamed,)))
        return True
    table = embedded.add_parts(names, quoted, old, state)
    # sp_rename takes the new name as it is, without schema and without quoting
    other = embedded.add_parts([*names[:-1], new.text], [*quoted[:-1], True], new, state)
    state.effects.append(Change(table, "RENAME", other))
    return True


def _read_alter(tokens: list[Token], state: StatementState) -> bool:
    if read_alter(tokens, state):
        return True
    words = {at(tokens, i) for i in range(1, 5)}
    return alter_target(tokens) != (0, 0) or bool(words & (_NO_DATASETS | {"INDEX", "DICTIONARY", "STREAM", "SINK"}))


def _read_apply(tokens: list[Token], state: StatementState) -> bool:
    into = follows(tokens, 0, "APPLY CHANGES") or follows(tokens, 0, "AUTO CDC")
    return bool(into) and read_apply_changes(tokens, into, state)


def _read_declare(tokens: list[Token], state: StatementState) -> bool:
    """DECLARE c CURSOR FOR SELECT … reads, but nothing comes of it here."""
    return find(tokens, ["CURSOR"], 1, 6) > 0


def _read_locking(tokens: list[Token], state: StatementState) -> bool:
    inner = rewrite(tokens, state.dialect)
    return inner is not None and embedded.read_statement(inner, state) >= 0


_READERS: dict[str, Callable[[list[Token], StatementState], bool]] = {
    "CREATE": _read_create,
    "DROP": _read_drop,
    "ALTER": _read_alter,
    "RENAME": _read_rename,
    "EXCHANGE": _read_exchange,
    "EXEC": _read_sp_rename,
    "EXECUTE": _read_sp_rename,
    "SP_RENAME": _read_sp_rename,
    "APPLY": _read_apply,
    "AUTO": _read_apply,
    "DECLARE": _read_declare,
    "LOCKING": _read_locking,
}


def _alter_misread(tokens: list[Token], dialect: str) -> bool:
    if sets_session(tokens):
        return True
    _, index = alter_target(tokens)
    if not index:
        return False
    verb = at(tokens, index)
    return (
        verb in ("REPLACE", "SWAP", "CHANGE", "UPDATE", "DELETE")
        or verb == "RENAME" and at(tokens, index + 1) not in ("TO", "COLUMN", "AS") and len(tokens) > index + 2
        or bool(follows(tokens, index, "DROP COLUMNS|("))
        or dialect == "clickhouse" and bool(follows(tokens, index, "ON CLUSTER"))
    )


def _delete_misread(tokens: list[Token], dialect: str) -> bool:
    if at(tokens, 1) == "TOP" or word_of(tokens[-1]) == "ALL":
        return True
    from_ = at(tokens, 1) == "FROM"
    if dialect in _TSQL and _has_output_into(tokens):
        return True
    return not from_ and (dialect == "teradata" or find(tokens, ["FROM"], 1) < 0)


def _has_output_into(tokens: list[Token]) -> bool:
    """T-SQL: sqlglot takes only a bare name behind OUTPUT … INTO."""
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.RETURNING:
            return find(tokens, ["INTO"], index) > 0
    return False


def _output_misread(tokens: list[Token], dialect: str) -> bool:
    return dialect in _TSQL and _has_output_into(tokens)


def _merge_misread(tokens: list[Token], dialect: str) -> bool:
    return dialect == "teradata" or _output_misread(tokens, dialect)


def _create_misread(tokens: list[Token], dialect: str) -> bool:
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
    "LOCKING": lambda tokens, dialect: True,
    "EXEC": lambda tokens, dialect: "SP_RENAME" in (at(tokens, 1), at(tokens, 3)),
    "EXECUTE": lambda tokens, dialect: "SP_RENAME" in (at(tokens, 1), at(tokens, 3)),
    "COPY": lambda tokens, dialect: find(tokens, ["FROM STDIN|PROGRAM|LOCAL|S3"], 1) > 0,
}
