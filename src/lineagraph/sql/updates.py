"""UPDATE and every other list of assignments: `SET a = …, (b, c) = (SELECT …)` → outputs named by what they set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import Output, Ref, Select, Source, Sub, Table, Write
from lineagraph.sql.kinds import FILTER, IDENTITY, TRANSFORMATION
from lineagraph.sql.sources import read_from
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import target_identifier


def conditioned(output: Output, condition: Reader) -> Output:
    return Output(
        output.name,
        output.refs + tuple(condition.refs),
        output.subs + tuple(condition.subs),
        output.start,
        output.end,
    )


def read_assignments(
    items: Sequence[Any], state: StatementState, targets: list[str] | None = None
) -> list[Output]:
    """`SET a = …, (b, c) = (SELECT …)`: one output per assigned column, and its qualifier to `targets`."""
    outputs: list[Output] = []
    for item in items:
        if not isinstance(item, exp.Binary) and item.__class__ is not exp.PropertyEQ:
            continue
        left, right = item.args["this"], item.args["expression"]
        if left.__class__ is exp.Paren:
            left = left.args["this"]
        if left.__class__ is exp.Tuple:
            _read_tuple_assignment(left, right, outputs, targets, state)
            continue
        reader = Reader(state)
        if item.__class__ is exp.EQ or item.__class__ is exp.PropertyEQ:
            reader.read(right, IDENTITY)
        else:
            # T-SQL's `SET a += b`
            reader.read(left, TRANSFORMATION)
            reader.read(right, TRANSFORMATION)
        outputs.append(_assigned(left, reader, state, targets))
    return outputs


def _read_tuple_assignment(
    left: Any, right: Any, outputs: list[Output], targets: list[str] | None, state: StatementState
) -> None:
    columns = left.args.get("expressions") or []
    while right.__class__ is exp.Paren:
        right = right.args["this"]
    values = right.args.get("expressions") if right.__class__ is exp.Tuple else None
    if values is None or len(values) != len(columns):
        reader = Reader(state)
        reader.read(right, IDENTITY)
        for position, column in enumerate(columns):
            single = Reader(state)
            single.refs = reader.refs
            single.subs = [Sub(s.relation, s.kind, s.influence, s.flags, position + 1) for s in reader.subs]
            outputs.append(_assigned(column, single, state, targets))
        return
    for column, value in zip(columns, values, strict=True):
        reader = Reader(state)
        reader.read(value, IDENTITY)
        outputs.append(_assigned(column, reader, state, targets))


def _assigned(left: Any, reader: Reader, state: StatementState, targets: list[str] | None) -> Output:
    path_target = left.__class__ in (exp.Dot, exp.Bracket)
    while left.__class__ in (exp.Dot, exp.Bracket):
        left = left.args["this"]
    identifier = target_identifier(left)
    name = (
        state.names.column(identifier)
        if isinstance(identifier, exp.Identifier)
        else state.names.text(identifier.name)
    )
    qualifier = left.args.get("table") if left.__class__ is exp.Column else None
    if targets is not None:
        targets.append(state.names.column(qualifier) if qualifier is not None else "")
    start = end = -1
    meta = identifier.meta
    if meta:
        start, end = state.expression_span(meta["start"])
    refs = tuple(reader.refs)
    if path_target:
        # a field of a struct is set: the rest of the old value stays, and the new one is only part of it
        refs = tuple(Ref(max(r.kind, 1), r.name, r.qualifier, r.start, r.flags, r.path) for r in refs)
    return Output(name, refs, tuple(reader.subs), start, end)


def source_of_target(sources: list[Source], qualifier: str) -> int:
    for position, source in enumerate(sources):
        if source.alias == qualifier:
            return position
    return -1


def base_table(relation: int, state: StatementState) -> int:
    """The table below a CTE or derived table that is updated through."""
    for _ in range(32):
        node = state.relations[relation]
        if isinstance(node, Table):
            return relation
        if not isinstance(node, Select) or not node.sources:
            return -1
        relation = node.sources[0].relation
    return -1


def read_update(node: Any, state: StatementState) -> int:
    args = node.args
    row = Reader(state)
    table = args["this"]
    sources = read_from([table], state, row)
    own = 0
    from_ = args.get("from_")
    if from_ is not None:
        others = read_from([from_.args["this"]], state, row, before=sources)
        name = sources[0].alias
        # T-SQL: UPDATE x … FROM t AS x: the target is named by its alias, or by its table, in FROM
        match = next((i for i, s in enumerate(others) if s.alias == name), -1)
        if match < 0 and len(sources) == 1 and table.args.get("alias") is None:
            match = _same_table(sources[0].relation, others, state)
        if (
            match >= 0
            and len(sources) == 1
            and state.dialect not in ("postgres", "redshift", "snowflake", "duckdb")
        ):
            sources, own = others, match
        elif (
            match >= 0
            and table.args.get("alias") is None
            and others[match].alias == name
            and len(sources) == 1
        ):
            sources, own = others, match
        else:
            sources = sources + others
    targets: list[str] = []
    outputs = read_assignments(args.get("expressions") or (), state, targets)
    where = args.get("where")
    if where is not None:
        row.read(where.args["this"], FILTER)
    by_target: dict[int, list[Output]] = {}
    for qualifier, output in zip(targets, outputs, strict=True):
        position = source_of_target(sources, qualifier) if qualifier else own
        by_target.setdefault(position if position >= 0 else own, []).append(output)
    first = -1
    for position, assigned in by_target.items():
        target = base_table(sources[position].relation, state)
        if target < 0:
            continue
        assigned = [_through_view(sources[position].relation, output, state) for output in assigned]
        marked = tuple(
            Source(s.relation, s.alias, s.columns, s.using, s.natural, s.hidden, True, s.merge_alias)
            if i == position
            else s
            for i, s in enumerate(sources)
        )
        relation = state.add(
            Select(marked, tuple(assigned), tuple(row.refs), tuple(row.subs), depth=state.depth)
        )
        state.effects.append(Write(target, relation, by_name=True))
        first = target if first < 0 else first
    return first


def _through_view(relation: int, output: Output, state: StatementState) -> Output:
    """An assignment through a CTE or derived table sets the column that the view's output is made of."""
    name = output.name
    view = state.relations[relation]
    while isinstance(view, Select):
        made_of = next((o for o in view.outputs if isinstance(o, Output) and o.name == name), None)
        if made_of is not None and len(made_of.refs) == 1 and not made_of.subs:
            name = made_of.refs[0].name
        view = state.relations[view.sources[0].relation] if view.sources else None
    if name == output.name:
        return output
    return Output(name, output.refs, output.subs, output.start, output.end, expression=output.expression)


def _same_table(relation: int, others: list[Source], state: StatementState) -> int:
    table = state.relations[relation]
    if not isinstance(table, Table):
        return -1
    for position, other in enumerate(others):
        candidate = state.relations[other.relation]
        if isinstance(candidate, Table) and candidate.parts == table.parts:
            return position
    return -1
