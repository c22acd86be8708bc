"""What a statement creates and fills: CREATE, INSERT, UPDATE, MERGE, DELETE, COPY and their kin → effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.copies import read_copy
from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import (
    Change,
    Output,
    Ref,
    Returning,
    Select,
    Source,
    Star,
    Table,
    Write,
)
from lineagraph.sql.kinds import CONDITIONAL, FILTER, JOIN, SORT
from lineagraph.sql.merges import read_merge
from lineagraph.sql.sources import read_from
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import add_table, add_target, target_columns, target_identifier
from lineagraph.sql.updates import base_table, conditioned, read_assignments, read_update, source_of_target


def read_dml(node: Any, state: StatementState) -> int:
    """Add the effects of a data-modifying statement; returns a relation of the rows it RETURNs."""
    saved = state.ctes
    clause = node.args.get("with_")
    if clause is not None:
        state.enter_ctes(node)
    cls = node.__class__
    if cls is exp.Insert:
        target = read_insert(node, state)
    elif cls is exp.Update:
        target = read_update(node, state)
    elif cls is exp.Merge:
        target = read_merge(node, state)
    elif cls is exp.Delete:
        target = _read_delete(node, state)
    elif cls is exp.Copy:
        target = read_copy(node, state)
    else:
        target = -1
    state.ctes = saved
    if target < 0:
        return state.add(Select(depth=state.depth))
    returning = node.args.get("returning")
    if returning is None:
        return target
    changed = [e.relation for e in state.effects if isinstance(e, Write | Change) and e.target == target]
    scope = changed[-1] if changed and cls is not exp.Insert else -1
    relation = state.add(Returning(target, scope, cls is exp.Delete))
    return _read_returning(returning, relation, target, state)


def _read_returning(returning: Any, rows: int, target: int, state: StatementState) -> int:
    """RETURNING and OUTPUT: their columns over the changed rows; with INTO, a write of its own."""
    into = returning.args.get("into")
    outputs: list[Output | Star] = []
    for item in returning.args.get("expressions") or ():
        state.read_output(item, outputs)
    table = state.relations[target]
    name = table.parts[-1] if isinstance(table, Table) else ""
    sources = [Source(rows, alias) for alias in ("inserted", "deleted")]
    sources = [Source(rows, name), *(Source(rows, s.alias, hidden=True) for s in sources)]
    relation = state.add(Select(tuple(sources), tuple(outputs), depth=state.depth))
    if isinstance(into, exp.Expr) and state.dialect in ("tsql", "fabric"):
        # elsewhere RETURNING … INTO fills variables
        names, table_node = target_columns(into, state)
        state.effects.append(Write(add_table(table_node, state), relation, names))
    return relation


_NAMED_PARTITIONS = frozenset({"mysql", "oracle", "doris", "starrocks", "singlestore", "postgres"})
"""Dialects whose INSERT … PARTITION (p) names a partition, not a column."""


def read_insert(node: Any, state: StatementState) -> int:
    args = node.args
    columns, table = target_columns(args["this"], state)
    target = add_target(table, state)
    query = args.get("expression")
    static: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    partition = args.get("partition") or (
        table.args.get("partition") if table.__class__ is exp.Table else None
    )
    if isinstance(partition, exp.Partition):
        for item in partition.args.get("expressions") or ():
            if item.__class__ is exp.EQ:
                static += (state.names.column(target_identifier(item.args["this"])),)
            elif item.__class__ in (exp.Column, exp.Identifier) and state.dialect not in _NAMED_PARTITIONS:
                trailing += (state.names.column(target_identifier(item)),)
    overwrite = bool(args.get("overwrite"))
    relation = -1
    if isinstance(query, exp.Expr) and query.__class__ is not exp.Command:
        if query.__class__ is exp.Table:
            relation = state.add(Select(tuple(read_from([query], state)), (Star(),), depth=state.depth))
        else:
            relation = state.read_query(query)
    elif isinstance(args.get("source"), exp.Expr):
        relation = state.add(Select(tuple(read_from([args["source"]], state)), (Star(),), depth=state.depth))
    if relation < 0:
        relation = state.add(Select(depth=state.depth))
    state.effects.append(
        Write(target, relation, columns, bool(args.get("by_name")), overwrite, static, trailing)
    )
    conflict = args.get("conflict")
    if conflict is not None and conflict.args.get("expressions"):
        _read_conflict(conflict, table, query, target, relation, columns, state)
    return target


def _read_conflict(
    conflict: Any,
    table: Any,
    query: Any,
    target: int,
    relation: int,
    columns: tuple[str, ...] | None,
    state: StatementState,
) -> None:
    """ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE: a second write, over the old row and the refused one."""
    names = state.names
    alias = table.args.get("alias") if table.__class__ is exp.Table else None
    own = names.column(alias.args["this"]) if alias is not None and alias.args.get("this") is not None else ""
    part = state.relations[target]
    own = own or (part.parts[-1] if isinstance(part, Table) else "")
    sources = [Source(target, own, target=True), Source(relation, "excluded", columns or (), hidden=True)]
    row_alias = query.args.get("alias") if isinstance(query, exp.Values) else None
    if isinstance(row_alias, exp.TableAlias) and row_alias.args.get("this") is not None:
        given = tuple(names.column(c) for c in row_alias.args.get("columns") or ())
        sources.append(
            Source(relation, names.column(row_alias.args["this"]), given or columns or (), hidden=True)
        )
    if isinstance(query, exp.Select):
        # MySQL: ON DUPLICATE KEY UPDATE may mention the columns of the SELECT's own tables
        source = state.relations[relation]
        if isinstance(source, Select):
            sources.extend(
                Source(s.relation, s.alias, s.columns, hidden=True)
                for s in source.sources
                if s.alias and s.alias != own
            )
    keys = [
        target_identifier(k.args["this"] if k.__class__ is exp.Ordered else k)
        for k in conflict.args.get("conflict_keys") or ()
    ]
    matched: list[Ref] = []
    for key in keys:
        if isinstance(key, exp.Identifier):
            name = names.column(key)
            matched.extend((Ref(JOIN, name, own), Ref(JOIN, name, "excluded")))
    condition = Reader(state)
    where = conflict.args.get("where")
    if where is not None:
        condition.read(where.args["this"], CONDITIONAL)
    outputs = read_assignments(conflict.args["expressions"], state)
    if condition.refs or condition.subs:
        outputs = [conditioned(output, condition) for output in outputs]
    update = state.add(Select(tuple(sources), tuple(outputs), tuple(matched), depth=state.depth))
    state.effects.append(Write(target, update, by_name=True))


def _read_delete(node: Any, state: StatementState) -> int:
    args = node.args
    row = Reader(state)
    items = [args["this"]] if isinstance(args.get("this"), exp.Expr) else list(args.get("tables") or ())
    sources = read_from(items, state, row)
    using = args.get("using")
    if using:
        sources.extend(read_from(using if isinstance(using, list) else [using], state, row, before=sources))
    where = args.get("where")
    if where is not None:
        row.read(where.args["this"], FILTER)
    order = args.get("order")
    if order is not None:
        row.read_all(order.args.get("expressions"), SORT)
    named = [
        state.names.column(t.args["this"]) for t in args.get("tables") or () if t.args.get("this") is not None
    ]
    positions = [source_of_target(sources, name) for name in named] or ([0] if sources else [])
    first = -1
    for position in positions:
        if position < 0:
            continue
        target = base_table(sources[position].relation, state)
        if target < 0:
            continue
        marked = tuple(
            Source(s.relation, s.alias, s.columns, s.using, s.natural, s.hidden, i == position or s.target)
            for i, s in enumerate(sources)
        )
        relation = state.add(Select(marked, (), tuple(row.refs), tuple(row.subs), depth=state.depth))
        state.effects.append(Change(target, "DELETE", relation=relation))
        first = target if first < 0 else first
    return first


def read_multitable_insert(node: Any, state: StatementState) -> None:
    """Oracle's and Snowflake's INSERT ALL/FIRST, Hive's FROM … INSERT …: one source, several targets."""
    args = node.args
    saved = state.ctes
    state.enter_ctes(node)
    source = args["source"]
    is_query = isinstance(source, exp.Query) and not (
        source.__class__ is exp.Subquery and not isinstance(source.args["this"], exp.Query)
    )
    if is_query and args.get("kind"):
        rows = Source(state.read_query(source), "")
        _read_conditional_inserts(args["expressions"], rows, str(args["kind"]).upper() == "FIRST", state)
    else:
        # Hive: FROM x INSERT … SELECT …: each SELECT reads the shared FROM clause
        for insert in args["expressions"]:
            insert = insert.args["this"] if insert.__class__ is exp.ConditionalInsert else insert
            select = insert.args.get("expression")
            if isinstance(select, exp.Select) and select.args.get("from_") is None:
                select.set("from_", exp.From(this=source.copy()))
            read_insert(insert, state)
    state.ctes = saved


def _read_conditional_inserts(items: Sequence[Any], rows: Source, first: bool, state: StatementState) -> None:
    """Each WHEN filters its own targets; ELSE, and the later ones of INSERT FIRST, also by the conditions that
    failed.
    """
    tried = Reader(state)
    for item in items:
        insert = item.args["this"]
        columns, table = target_columns(insert.args["this"], state)
        target = add_target(table, state)
        outputs: list[Output | Star] = []
        values = insert.args.get("expression")
        if isinstance(values, exp.Expr):
            tuples = values.args.get("expressions") or []
            for value in (tuples[0].args.get("expressions") or []) if tuples else []:
                state.read_output(value, outputs)
        else:
            outputs.append(Star())
        row = Reader(state)
        condition = item.args.get("expression")
        if first or item.args.get("else_"):
            row.refs.extend(tried.refs)
            row.subs.extend(tried.subs)
        if isinstance(condition, exp.Expr):
            row.read(condition, FILTER)
            tried.read(condition, FILTER)
        relation = state.add(
            Select((rows,), tuple(outputs), tuple(row.refs), tuple(row.subs), depth=state.depth)
        )
        state.effects.append(Write(target, relation, columns))
