"""Statements that sqlglot only takes for a `Command`, misreads or refuses: their tokens → effects.

`read_command` reads what no rewriting (`sql.token_rewrites`) makes parseable, and what sqlglot parses, but not by its
meaning (`sql.misreads`). What moves no data and no names is understood, without effects.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokens import Token, TokenType

from lineagraph.sql import embedded, scopes, writes
from lineagraph.sql.alterations import alter_target, read_alter
from lineagraph.sql.creations import NO_DATASETS, WITH_BODY, read_create
from lineagraph.sql.facts import Change, Select, Write
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
    items,
    name_end,
    skip_words,
)
from lineagraph.sql.session import read_session
from lineagraph.sql.state import Names, Readers, StatementState
from lineagraph.sql.token_rewrites import main_verb, rewrite
from lineagraph.sql.transfers import read_apply_changes, read_transfer

_TSQL = ("tsql", "fabric")
_DML = frozenset({"INSERT", "INS", "UPDATE", "UPD", "DELETE", "DEL", "MERGE"})
_NO_LINEAGE = frozenset(
    """
    EXPLAIN ANALYZE VACUUM OPTIMIZE GRANT REVOKE DENY COMMENT COLLECT MSCK REFRESH REINDEX CLUSTER LOCK
    UNLOCK PURGE FLASHBACK UNDROP RESTORE SHOW DESC DESCRIBE HELP LIST LS PUT GET REMOVE RM LISTEN
    NOTIFY UNLISTEN DISCARD RESET CHECKPOINT KILL SYSTEM DBCC WAITFOR PRINT RAISERROR HANDLER ADD START
    BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT CLEAR UNCACHE INSTALL SECURITY CONVERT VALIDATE
    AUDIT NOAUDIT BACKUP SHUTDOWN SET SETUSER USE DETACH ATTACH CHECK CHECKSUM REPAIR FLUSH PRAGMA
    GENERATE ENABLE DISABLE ASSERT ASSOCIATE DISASSOCIATE RECONFIGURE SAVE FORCE EXISTS RECOVER
    INVALIDATE COMPUTE UNSET
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

_DATASETS = frozenset(
    {"TABLE", "VIEW", "STREAM", "SINK", "SOURCE", "DICTIONARY", "SNAPSHOT", "SYNONYM", "ALIAS", "NICKNAME"}
)
_DROP_MODIFIERS = frozenset(
    """
    TEMP TEMPORARY MATERIALIZED EXTERNAL FOREIGN DYNAMIC SNAPSHOT JOIN INDEX PUBLIC PRIVATE STREAMING
    HYBRID EVENT ICEBERG LIVE FUNCTION SECURE
    """.split()
)


def read_command(tokens: list[Token], state: StatementState) -> bool:
    """Append the effects of a statement that has no usable AST; False if it is not understood.

    True without effects means that the statement carries no lineage. Raises nothing, whatever the tokens.
    """
    if not tokens:
        return True
    relations, effects = len(state.relations), len(state.effects)
    try:
        understood = _read(tokens, state)
    except (AttributeError, TypeError, ValueError, LookupError, RecursionError):
        # half a statement can parse into an AST that lacks what every whole one has
        understood = False
    if not understood:
        del state.effects[effects:]
    if len(state.effects) == effects:
        del state.relations[relations:]
    return understood


def understands(tokens: list[Token], text: str, dialect: str) -> bool:
    """Would `read_command` read this statement? For whoever has to report a failure before there is a state to fill."""
    readers = Readers(scopes.read_query, writes.read_dml, scopes.read_output, scopes.enter_ctes)
    return read_command(tokens, StatementState(text, tokens, Names(dialect), readers))


def word_of(token: Token) -> str:
    return token.text.upper()


def _read(tokens: list[Token], state: StatementState) -> bool:
    first = first_word(tokens, 0)
    if first == ".":
        return True  # BTEQ
    if read_session(tokens, state) or any(follows(tokens, 0, phrase) for phrase in _NO_LINEAGE_EITHER):
        return True
    changed = rewrite(tokens, state.dialect) or []
    attempts = (
        (_read_dml if at(tokens, main_verb(tokens)) in _DML else None, tokens),
        (_read_statement if first == "ALTER" else None, changed),
        (_READERS.get(first), tokens),
        (read_transfer, tokens),
        (read_transfer, changed),
        (_read_statement, changed),
    )
    relations, effects = len(state.relations), len(state.effects)
    for reader, what in attempts:
        if reader is not None and what:
            if reader(what, state):
                return True
            # what half of a reading left behind
            del state.relations[relations:]
            del state.effects[effects:]
    return first in _NO_LINEAGE


def _read_statement(tokens: list[Token], state: StatementState) -> bool:
    return embedded.read_statement(tokens, state) >= 0 and bool(state.effects)


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
            return _write_unknown(tokens, begin or verb + 1, end, state)
    other = find(tokens, ["ELSE INSERT|INS"], verb)
    if other > 0:
        # Teradata: UPDATE … ELSE INSERT …
        first = embedded.read_statement(tokens[:other], state)
        return first >= 0 and embedded.read_statement(tokens[other + 1 :], state) >= 0
    return _read_statement(tokens, state)


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


def _write_unknown(tokens: list[Token], begin: int, end: int, state: StatementState) -> bool:
    """Rows whose source is not known here go into the table named in [begin, end), and its column list."""
    target = embedded.add_name(tokens[begin:end], state)
    if target < 0:
        return False
    names: tuple[str, ...] | None = None
    if at(tokens, end) == "(":
        names = tuple(embedded.column_name(item[0], state) for item in bracketed(tokens, end))
    state.effects.append(Write(target, state.add(Select(depth=state.depth)), names))
    return True


def _write_of_call(tokens: list[Token], begin: int, end: int, call: int, state: StatementState) -> bool:
    """INSERT INTO t EXEC p"""
    if not _write_unknown(tokens, begin, end, state):
        return False
    routine = tokens[call + 1 : name_end(tokens, call + 1)]
    parts = tuple(state.names.text(token.text) for token in routine if token.token_type != TokenType.DOT)
    if parts and at(tokens, call + 1) not in ("@", "IMMEDIATE"):
        state.calls.append(parts)
    return True


def _read_drop(tokens: list[Token], state: StatementState) -> bool:
    index = skip_words(tokens, 1, _DROP_MODIFIERS)
    if at(tokens, index) in _DATASETS:
        index += 1
        index = follows(tokens, index, "FUNCTION") or index
    elif at(tokens, index - 1) not in ("SNAPSHOT", "INDEX") or at(tokens, index - 2) not in ("JOIN", "DROP"):
        return bool({first_word(tokens, index), first_word(tokens, index - 1)} & (NO_DATASETS | WITH_BODY))
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
    words = {first_word(tokens, i) for i in range(1, 5)}
    return alter_target(tokens) != (0, 0) or bool(words & (NO_DATASETS | WITH_BODY | _DATASETS))


def _read_apply(tokens: list[Token], state: StatementState) -> bool:
    into = follows(tokens, 0, "APPLY CHANGES") or follows(tokens, 0, "AUTO CDC")
    return bool(into) and read_apply_changes(tokens, into, state)


def _read_declare(tokens: list[Token], state: StatementState) -> bool:
    """DECLARE c CURSOR FOR SELECT … reads, but nothing comes of it here."""
    return find(tokens, ["CURSOR"], 1, 6) > 0


_READERS: dict[str, Callable[[list[Token], StatementState], bool]] = {
    "CREATE": read_create,
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
}
