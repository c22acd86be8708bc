"""MERGE: each arm is a write, or a delete, over the target's rows and those of USING."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import Change, Output, Ref, Select, Source, Star, Write
from lineagraph.sql.kinds import CONDITIONAL, FILTER, JOIN
from lineagraph.sql.sources import read_from
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import target_identifier
from lineagraph.sql.updates import base_table, conditioned, read_assignments


def read_merge(node: Any, state: StatementState) -> int:
    args = node.args
    row = Reader(state)
    own = read_from([args["this"]], state, row)[0]
    others = read_from([args["using"]], state, row)
    target = base_table(own.relation, state)
    on = args.get("on") or args.get("using_cond")
    if isinstance(on, exp.Expr):
        row.read(on, JOIN)
    elif isinstance(on, list):
        for column in on:
            name = state.names.column(target_identifier(column))
            row.refs.append(Ref(JOIN, name, own.alias))
            row.refs.extend(Ref(JOIN, name, other.alias) for other in others)
    if target < 0:
        return -1
    marked = Source(own.relation, own.alias, own.columns, target=True)
    whens = args["whens"]
    for when in whens.args["expressions"] if whens.__class__ is exp.Whens else whens:
        _read_arm(when, target, marked, others, row, state)
    return target


def _read_arm(
    when: Any, target: int, own: Source, others: list[Source], row: Reader, state: StatementState
) -> None:
    then = when.args["then"]
    condition = Reader(state)
    is_delete = not isinstance(then, (exp.Update, exp.Insert))
    if when.args.get("condition") is not None:
        condition.read(when.args["condition"], FILTER if is_delete else CONDITIONAL)
    refs, subs = tuple(row.refs), tuple(row.subs)
    if is_delete:
        if "DELETE" not in (then.name or then.sql(comments=False)).upper():
            return
        relation = state.add(
            Select(
                (own, *others),
                (),
                refs + tuple(condition.refs),
                subs + tuple(condition.subs),
                depth=state.depth,
            )
        )
        state.effects.append(Change(target, "DELETE", relation=relation))
        return
    columns: tuple[str, ...] | None = None
    by_name = True
    outputs: list[Output | Star] = []
    sources = (own, *others)
    where = then.args.get("where")
    if where is not None:
        # Oracle: WHEN MATCHED THEN UPDATE SET … WHERE …
        condition.read(where.args["this"] if where.__class__ is exp.Where else where, CONDITIONAL)
    if isinstance(then, exp.Update):
        expressions = then.args.get("expressions") or []
        if expressions.__class__ is not list or any(e.__class__ is exp.Star for e in expressions):
            outputs = [Star(source.alias) for source in others]
        else:
            outputs = list(read_assignments(expressions, state))
    else:
        sources = (Source(own.relation, own.alias, own.columns, hidden=True, target=True), *others)
        values = then.args.get("expression")
        named = then.args.get("this")
        if named.__class__ is exp.Star or (named is None and values is None):
            outputs = [Star(source.alias) for source in others]
        elif isinstance(values, exp.Expr):
            outputs, columns = _read_insert_arm(named, values, state)
            by_name = columns is None and False
        elif named.__class__ is exp.Tuple:
            # INSERT DEFAULT VALUES
            outputs = []
        else:
            outputs = [Star(source.alias) for source in others]
    if condition.refs or condition.subs:
        narrowed: list[Output | Star] = []
        for output in outputs:
            if isinstance(output, Output):
                narrowed.append(conditioned(output, condition))
            else:
                narrowed.append(Star(output.qualifier, conditions=tuple(condition.refs)))
        outputs = narrowed
    relation = state.add(Select(sources, tuple(outputs), refs, subs, depth=state.depth))
    state.effects.append(Write(target, relation, columns, by_name))


def _read_insert_arm(
    named: Any, values: Any, state: StatementState
) -> tuple[list[Output | Star], tuple[str, ...] | None]:
    items = (
        values.args.get("expressions") or [values]
        if values.__class__ in (exp.Tuple, exp.Values)
        else [values]
    )
    if len(items) == 1 and items[0].__class__ is exp.Tuple:
        items = items[0].args.get("expressions") or []
    outputs: list[Output | Star] = []
    for item in items:
        state.read_output(item, outputs)
    columns: tuple[str, ...] | None = None
    if isinstance(named, exp.Expr):
        listed = named.args.get("expressions") if named.__class__ in (exp.Tuple, exp.Schema) else [named]
        columns = tuple(
            state.names.column(
                target_identifier(column.args["this"] if column.__class__ is exp.Paren else column)
            )
            for column in listed or ()
        )
    return outputs, columns
