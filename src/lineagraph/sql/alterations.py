"""ALTER TABLE and its kin by their tokens: columns, names, and what swaps, exchanges or moves rows between tables."""

from __future__ import annotations

from msgspec import Struct, field
from sqlglot.tokens import Token

from lineagraph.model import DatasetKind
from lineagraph.sql import embedded
from lineagraph.sql.facts import Change, ColumnDef, Create, Output, Select, Source, Table, Write
from lineagraph.sql.phrases import (
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
    stand_in,
)
from lineagraph.sql.state import StatementState

_HIVE = frozenset({"hive", "spark", "spark2", "databricks"})
_OBJECTS = "TABLE|VIEW|MVIEW"
_MODIFIERS = frozenset(
    "MATERIALIZED FOREIGN EXTERNAL DYNAMIC ICEBERG HYBRID EVENT TRANSIENT SECURE STREAMING SNAPSHOT COLUMN ROW".split()
)
_NOT_A_COLUMN = frozenset(
    """
    CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK INDEX KEY FULLTEXT SPATIAL PARTITION PARTITIONS SUBPARTITION
    PROJECTION PERIOD SUPPLEMENTAL STATISTICS SEARCH TAG ROW STORAGE DEFAULT EXCLUDE AGGREGATION DATA
    CONSTRAINTS FEATURE IDENTITY FILES RANGE SHARD
    """.split()
)


class Columns(Struct):
    """What one ALTER does to the columns of its table."""

    added: list[ColumnDef] = field(default_factory=list[ColumnDef])
    dropped: list[str] = field(default_factory=list[str])
    renamed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    plain: bool = False
    """Something else was altered."""


def alter_target(tokens: list[Token]) -> tuple[int, int]:
    """Where the name of `ALTER … TABLE|VIEW name` begins and ends; (0, 0) if it is no such statement."""
    index = skip_words(tokens, 1, _MODIFIERS)
    index = follows(tokens, index, _OBJECTS)
    if not index:
        return 0, 0
    index = follows(tokens, index, "IF EXISTS ONLY?") or follows(tokens, index, "ONLY") or index
    end = name_end(tokens, index)
    return (index, end) if end > index else (0, 0)


def read_alter(tokens: list[Token], state: StatementState) -> bool:
    """Effects of ALTER TABLE, ALTER VIEW and ALTER SCHEMA … TRANSFER; False where no form is known."""
    if follows(tokens, 0, "ALTER SCHEMA") and (moved := find(tokens, ["TRANSFER"], 2)) > 0:
        return _read_transfer(tokens, moved + 1, state)
    begin, index = alter_target(tokens)
    if not index:
        return False
    target = embedded.add_name(tokens[begin:index], state)
    if target < 0:
        return False
    if at(tokens, index) == "*":
        index += 1
    if follows(tokens, index, "ON CLUSTER"):
        index = name_end(tokens, index + 2)
    if follows(tokens, index, "PARTITION (") and at(tokens, closing(tokens, index + 1) + 1) not in (
        "",
        "RENAME",
        "SET",
    ):
        index = closing(tokens, index + 1) + 1
    actions = tokens[index:]
    if _read_movement(actions, target, state):
        return True
    columns = Columns()
    parts = items(actions)
    previous: list[Token] = []
    for part in parts:
        # `ADD a int, b int`, `DROP COLUMN a, b`: the verb goes on to the next item
        if previous and first_word(part, 0) not in _VERBS:
            part = [*previous, *part]
        previous = _read_action(part, target, columns, state)
    if columns.added or columns.dropped or columns.renamed or columns.plain:
        state.effects.append(
            Change(target, "ALTER", -1, tuple(columns.added), tuple(columns.dropped), tuple(columns.renamed))
        )
    return bool(state.effects)


_VERBS = frozenset(
    """
    ADD DROP RENAME ALTER MODIFY CHANGE SET UNSET REPLACE ENABLE DISABLE VALIDATE CONVERT COMMENT
    MATERIALIZE CLEAR UPDATE DELETE ATTACH DETACH MOVE FETCH FREEZE RESET OWNER CLUSTER ALGORITHM LOCK
    ENGINE AUTO_INCREMENT CHECK NOCHECK REBUILD SWITCH TRUNCATE COALESCE REORGANIZE EXCHANGE ANALYZE
    OPTIMIZE REPAIR REMOVE DISCARD IMPORT UPGRADE ORDER DEFAULT CHARACTER INHERIT NO OF NOT REPLICA
    FORCE SPLIT MERGE SHRINK COMPRESS RECOVER SUSPEND RESUME REFRESH SWAP APPEND
    """.split()
)


def _read_movement(actions: list[Token], target: int, state: StatementState) -> bool:
    """Forms that take the whole statement: rows, or the table itself, move."""

    def partner(index: int) -> int:
        return embedded.add_name_at(actions, index, state) if index else -1

    first = at(actions, 0)
    if first == "EXCHANGE":
        with_ = find(actions, ["WITH TABLE"], 1)
        if with_ > 0 and state.dialect in _HIVE:
            # "moves the data in a partition from a table to another table" that does not have it yet (Hive's manual)
            return _moved(target, partner(with_ + 2), state)
        return with_ > 0 and _exchanged(target, partner(with_ + 2), "EXCHANGE", state)
    if first == "SWAP":
        return _exchanged(target, partner(follows(actions, 1, "WITH TABLE?")), "SWAP", state)
    if follows(actions, 0, "REPLACE WITH TABLE"):
        # Doris: swaps the two, or puts the new one in the place of the old
        other = partner(3)
        values = [token.text.lower() for token in actions]
        if "swap" in values and "false" in values[values.index("swap") :]:
            if other >= 0:
                embedded.flow(target, other, state, overwrite=True)
                state.effects.append(Change(other, "DROP"))
            return other >= 0
        return _exchanged(target, other, "SWAP", state)
    if first == "SWITCH":
        to = find(actions, ["TO"], 1)
        return to > 0 and _moved(partner(to + 1), target, state, away=True)
    if follows(actions, 0, "APPEND FROM"):
        return _moved(target, partner(2), state)
    if follows(actions, 0, "INHERIT"):
        return _moved(partner(1), target, state, away=True)
    if first in ("ATTACH", "REPLACE", "MOVE", "FETCH") and at(actions, 1) in ("PARTITION", "PART"):
        to, source = find(actions, ["TO TABLE"], 2), find(actions, ["FROM"], 2)
        if first == "MOVE":
            return to > 0 and _moved(partner(to + 2), target, state, away=True)
        if find(actions, ["FOR VALUES", "DEFAULT"], 2) > 0:
            return _moved(target, partner(2), state)  # PostgreSQL
        if source > 0 and first != "FETCH":
            return _moved(target, partner(source + 1), state, overwrite=first == "REPLACE")
    if first in ("UPDATE", "DELETE") and find(actions, ["WHERE"], 1) > 0:
        return _read_mutation(actions, target, state)
    if follows(actions, 0, "SET SCHEMA"):
        old = state.relations[target]
        schema = embedded.add_name_at(actions, 2, state)
        new = state.relations[schema] if schema >= 0 else None
        if not isinstance(old, Table) or not isinstance(new, Table):
            return False
        renamed = state.add(Table((*new.parts, old.parts[-1]), new.start, new.end))
        state.effects.append(Change(target, "RENAME", renamed))
        return True
    return False


def _exchanged(target: int, other: int, kind: str, state: StatementState) -> bool:
    if other < 0:
        return False
    state.effects.append(Change(target, kind, other))
    embedded.flow(target, other, state)
    embedded.flow(other, target, state)
    return True


def _moved(
    target: int, source: int, state: StatementState, *, away: bool = False, overwrite: bool = False
) -> bool:
    """Rows of `source` become rows of `target`; `away`: the statement is about the source."""
    if source < 0 or target < 0:
        return False
    state.effects.append(Change(source, "EXCHANGE", target) if away else Change(target, "EXCHANGE", source))
    embedded.flow(target, source, state, overwrite=overwrite)
    return True


def _read_mutation(actions: list[Token], target: int, state: StatementState) -> bool:
    """ClickHouse: ALTER TABLE t UPDATE a = b … [IN PARTITION p] WHERE …, ALTER TABLE t DELETE WHERE …"""
    where = find(actions, ["WHERE"], 1)
    table = state.relations[target]
    assert isinstance(table, Table)
    assignments = items(actions[1 : find_or_end(actions, ["IN PARTITION", "WHERE"], 1)])
    if at(actions, 0) == "DELETE":
        assignments = []
    elif not assignments or any(len(item) < 3 or at(item, 1) != "=" for item in assignments):
        return False
    anchor = actions[0]
    values = [token for item in assignments for token in [*item[2:], *stand_in(",", item[0], state.dialect)]]
    query = [
        *stand_in("SELECT", anchor, state.dialect),
        *(values[:-1] or stand_in("1", anchor, state.dialect)),
        *stand_in("FROM x_", anchor, state.dialect),
        *actions[where:],
    ]
    relation = embedded.read_query(query, state)
    select = state.relations[relation] if relation >= 0 else None
    if not isinstance(select, Select):
        return False
    sources = (Source(target, table.parts[-1], target=True),)
    outputs = tuple(
        Output(
            embedded.column_name(item[0], state), output.refs, output.subs, item[0].start, item[-1].end + 1
        )
        for item, output in zip(assignments, select.outputs, strict=False)
        if isinstance(output, Output)
    )
    rows = state.add(Select(sources, outputs, select.influences, select.subs, depth=state.depth))
    if outputs:
        state.effects.append(Write(target, rows, by_name=True))
    else:
        state.effects.append(Change(target, "DELETE", relation=rows))
    return True


def _read_transfer(tokens: list[Token], index: int, state: StatementState) -> bool:
    """T-SQL: ALTER SCHEMA new TRANSFER [OBJECT::] old.t"""
    index = follows(tokens, index, "OBJECT ::") or follows(tokens, index, "OBJECT : :") or index
    target = embedded.add_name_at(tokens, index, state)
    schema = embedded.add_name_at(tokens, 2, state)
    old = state.relations[target] if target >= 0 else None
    new = state.relations[schema] if schema >= 0 else None
    if not isinstance(old, Table) or not isinstance(new, Table):
        return False
    renamed = state.add(Table((*old.parts[:-2], *new.parts, old.parts[-1]), new.start, new.end))
    state.effects.append(Change(target, "RENAME", renamed))
    return True


def _read_action(part: list[Token], target: int, columns: Columns, state: StatementState) -> list[Token]:
    """Read one action; returns the verb's tokens if the next item of the list may go on with it."""
    verb = at(part, 0)
    if verb == "WITH":
        index = follows(part, 0, "WITH CHECK|NOCHECK")
        return _read_action(part[index:], target, columns, state) if index else []
    if verb == "ADD":
        return _read_add(part, columns, state)
    if verb == "DROP" or follows(part, 0, "SET UNUSED"):
        return _read_drop(part, columns, state)
    if verb == "RENAME":
        _read_rename(part, target, columns, state)
        return []
    if verb == "CHANGE":
        index = follows(part, 1, "COLUMN? IF EXISTS") or follows(part, 1, "COLUMN") or 1
        old, new = part[index : index + 1], part[index + 1 : index + 2]
        if old and new and embedded.column_name(old[0], state) != embedded.column_name(new[0], state):
            columns.renamed.append((embedded.column_name(old[0], state), embedded.column_name(new[0], state)))
            return []
    if follows(part, 0, "REPLACE COLUMNS ("):
        # whatever the old columns were, afterwards there are these: what a new definition says
        defined = _definitions(part, 2, state)
        state.effects.append(Create(target, DatasetKind.TABLE, defined, replace=True))
    columns.plain = True
    return []


def _definitions(part: list[Token], index: int, state: StatementState) -> tuple[ColumnDef, ...]:
    inner = part[index + 1 : closing(part, index)] if at(part, index) == "(" else part[index:]
    listed = [
        item
        for item in items(inner)
        if first_word(item, 0) not in _NOT_A_COLUMN or (len(item) > 1 and _typed(item))
    ]
    found: list[ColumnDef] = []
    for item in listed:
        position = find(item, ["AFTER", "FIRST", "BEFORE"], 1)
        item = item[:position] if position > 0 else item
        defined = embedded.column_definitions(item, state)
        if not defined:
            name = item[0]
            text = state.text[item[1].start : item[-1].end + 1] if len(item) > 1 else None
            defined = (ColumnDef(embedded.column_name(name, state), text, (), name.start, name.end + 1),)
        found.extend(defined)
    return tuple(found)


def _typed(item: list[Token]) -> bool:
    """`data int`, `row int`: a column named by a word that can also begin something else."""
    return at(item, 0) in ("DATA", "ROW", "PERIOD", "FILES", "STORAGE", "TAG", "FEATURE") and len(item) == 2


def _read_add(part: list[Token], columns: Columns, state: StatementState) -> list[Token]:
    index = follows(part, 1, "COLUMN|COLUMNS? IF NOT EXISTS") or follows(part, 1, "COLUMN|COLUMNS") or 1
    if first_word(part, index) in _NOT_A_COLUMN and index == 1 and not _typed(part[index:]):
        columns.plain = True
        return []
    added = _definitions(part, index, state)
    columns.added.extend(added)
    columns.plain = columns.plain or not added
    return part[:index] if at(part, index) != "(" else []


def _read_drop(part: list[Token], columns: Columns, state: StatementState) -> list[Token]:
    start = 2 if at(part, 0) == "SET" else 1
    index = follows(part, start, "COLUMN|COLUMNS") or start
    index = follows(part, index, "IF EXISTS") or index
    if not follows(part, start, "COLUMN|COLUMNS") and first_word(part, index) in _NOT_A_COLUMN:
        columns.plain = True
        return part[:1]
    if at(part, index) == "(":
        columns.dropped.extend(embedded.column_name(item[0], state) for item in bracketed(part, index))
        return []
    if index >= len(part):
        columns.plain = True
        return []
    columns.dropped.append(embedded.column_name(part[index], state))
    # T-SQL: DROP COLUMN a, b, CONSTRAINT c, COLUMN d
    return part[:1] if start == 1 else []


def _read_rename(part: list[Token], target: int, columns: Columns, state: StatementState) -> None:
    new = follows(part, 1, "TO|AS|=")
    if new or len(part) == 2:
        # MySQL also has RENAME b
        renamed = embedded.sibling(target, part[new or 1 : name_end(part, new or 1)], state)
        if renamed >= 0:
            state.effects.append(Change(target, "RENAME", renamed))
        return
    index = follows(part, 1, "COLUMN? IF EXISTS") or follows(part, 1, "COLUMN") or 1
    if at(part, index + 1) in ("TO", "AS") and len(part) > index + 2:
        if index > 1 or first_word(part, 1) not in _NOT_A_COLUMN:
            names = (embedded.column_name(part[index], state), embedded.column_name(part[index + 2], state))
            columns.renamed.append(names)
            return
    columns.plain = True
