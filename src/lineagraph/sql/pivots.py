"""PIVOT, UNPIVOT and MATCH_RECOGNIZE: relations that make new columns of another relation's."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import MatchRecognize, Output, Pivot, Ref, Source, Unpivot
from lineagraph.sql.kinds import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    GROUP_BY,
    IDENTITY,
    MASKED,
    SORT,
    TRANSFORMATION,
)
from lineagraph.sql.state import StatementState


def read_pivot(node: Any, source: int, alias: str, state: StatementState) -> int:
    """Add the relation of a `Pivot` node over relation `source`; returns its index."""
    if node.args.get("unpivot"):
        return _read_unpivot(node, source, alias, state)
    args = node.args
    names = state.names
    aggregates = args.get("using") or args.get("expressions") or []
    conditions = Reader(state)
    if args.get("using") or not args.get("fields"):
        # DuckDB: PIVOT t ON c USING sum(x): the values of c name the columns
        for on in args.get("expressions") or ():
            conditions.read(on.args["this"] if on.__class__ is exp.In else on, CONDITIONAL)
        if not args.get("using"):
            aggregates = []
    else:
        for field in args["fields"]:
            conditions.read(field.args["this"] if field.__class__ is exp.In else field, CONDITIONAL)
    readers: list[tuple[str, Reader]] = []
    for aggregate in aggregates:
        reader = Reader(state)
        reader.read(aggregate, TRANSFORMATION)
        readers.append(
            (names.column(aggregate.args["alias"]) if aggregate.__class__ is exp.Alias else "", reader)
        )
    used = tuple(dict.fromkeys(ref.name for _, r in readers for ref in r.refs)) + tuple(
        ref.name for ref in conditions.refs
    )
    if not readers:
        # PIVOT … ON c without USING counts rows
        counter = Reader(state)
        counter.star(AGGREGATION + MASKED)
        readers.append(("", counter))
    generated = args.get("columns") or []
    outputs: list[Output] = []
    values = _listed_values(node)
    is_open = not generated and not values
    if generated:
        count = len(readers)
        by_value = len(generated) // count if count else 0
        for position, column in enumerate(generated):
            # columns are listed value by value, each with all its aggregates
            reader = readers[position % count][1] if by_value else readers[0][1]
            outputs.append(
                Output(
                    names.column(column),
                    tuple(reader.refs) + tuple(conditions.refs),
                    tuple(reader.subs),
                    aggregate=True,
                )
            )
    elif values:
        for value in values:
            for name, reader in readers:
                label = value if len(readers) == 1 and not name else f"{value}_{name or reader.refs[0].name}"
                if len(readers) == 1 and name:
                    label = f"{value}_{name}"
                outputs.append(
                    Output(
                        names.text(label),
                        tuple(reader.refs) + tuple(conditions.refs),
                        tuple(reader.subs),
                        aggregate=True,
                    )
                )
    else:
        merged = tuple(ref for _, reader in readers for ref in reader.refs) + tuple(conditions.refs)
        outputs.append(Output("*", merged, aggregate=True))
    group: tuple[Ref, ...] | None = None
    if args.get("group") is not None:
        keys = Reader(state)
        keys.read_all(args["group"].args.get("expressions"), GROUP_BY)
        group = tuple(keys.refs)
    return state.add(Pivot(source, alias, tuple(outputs), used, group, is_open))


def _listed_values(node: Any) -> list[str]:
    """The values that name new columns, where they are listed."""
    values: list[str] = []
    fields = node.args.get("fields") or [
        e for e in node.args.get("expressions") or () if e.__class__ is exp.In
    ]
    for field in fields:
        for value in field.args.get("expressions") or ():
            if value.__class__ in (exp.PivotAlias, exp.Alias):
                values.append(value.args["alias"].name)
            elif value.__class__ is not exp.PivotAny and not isinstance(value, exp.Query):
                values.append(
                    value.name if value.__class__ is not exp.Boolean else str(value.args["this"]).lower()
                )
    return values


def _column_names(node: Any, state: StatementState) -> tuple[str, ...]:
    """The columns a node of an UNPIVOT list names: one, or several in parentheses."""
    if node.__class__ in (exp.PivotAlias, exp.Alias):
        node = node.args["this"]
    if node.__class__ is exp.Tuple:
        return tuple(
            name for item in node.args.get("expressions") or () for name in _column_names(item, state)
        )
    if node.__class__ is exp.Paren:
        return _column_names(node.args["this"], state)
    if node.__class__ is exp.Column:
        node = node.args["this"]
    if node.__class__ is exp.Identifier:
        return (state.names.column(node),)
    return (state.names.text(node.name),) if node.name else ()


def _read_unpivot(node: Any, source: int, alias: str, state: StatementState) -> int:
    args = node.args
    into = args.get("into")
    if into is not None or not args.get("fields"):
        # DuckDB: UNPIVOT t ON a, b INTO NAME n VALUE v
        listed = args.get("expressions") or []
        name = _first(_column_names(into.args["this"], state)) if into is not None else "name"
        values = (
            tuple(n for e in into.args.get("expressions") or () for n in _column_names(e, state))
            if into is not None
            else ("value",)
        )
    else:
        field = args["fields"][0]
        listed = field.args.get("expressions") or []
        name = _first(_column_names(field.args["this"], state))
        values = tuple(n for e in args.get("expressions") or () for n in _column_names(e, state))
    keeps_nulls = bool(args.get("include_nulls"))
    pattern = any(
        item.find(exp.Star, exp.Columns) is not None for item in listed if isinstance(item, exp.Expr)
    )
    if pattern:
        excluded = tuple(
            n
            for item in listed
            for star in item.find_all(exp.Star)
            for column in star.args.get("except_") or ()
            for n in _column_names(column, state)
        )
        return state.add(Unpivot(source, alias, name, values, (excluded,), True, keeps_nulls))
    groups = [_column_names(item, state) for item in listed]
    width = max(len(values), 1)
    columns = tuple(
        tuple(group[position] for group in groups if position < len(group)) for position in range(width)
    )
    return state.add(Unpivot(source, alias, name, values, columns, keeps_nulls=keeps_nulls))


def _first(names: tuple[str, ...]) -> str:
    return names[0] if names else ""


def read_match_recognize(node: Any, source: Source, state: StatementState) -> Source:
    """MATCH_RECOGNIZE over `source` (SQL:2016 row pattern recognition); returns the source it becomes."""
    args = node.args
    names = state.names
    keys: list[str] = []
    row = Reader(state)
    for key in args.get("partition_by") or ():
        if key.__class__ is exp.Column:
            keys.append(names.column(key.args["this"]))
        row.read(key, GROUP_BY)
    if args.get("order") is not None:
        row.read(args["order"], SORT)
    for definition in args.get("define") or ():
        row.read(definition.args["this"], FILTER)
    outputs: list[Output] = []
    for measure in args.get("measures") or ():
        expression = measure.args["this"]
        inner = expression.args["this"] if expression.__class__ is exp.Alias else expression
        reader = Reader(state)
        state.in_measures = True
        reader.read(inner, IDENTITY)
        state.in_measures = False
        name = names.text(expression.alias_or_name or expression.sql(state.dialect or None, comments=False))
        # `a.price`: the rows of pattern variable a; pattern variables are not relations
        refs = tuple(Ref(ref.kind, ref.name, "", ref.start, ref.flags, ref.path) for ref in reader.refs)
        outputs.append(Output(name, refs, tuple(reader.subs)))
    influences = tuple(Ref(ref.kind, ref.name, "", ref.start, ref.flags) for ref in row.refs)
    rows = args.get("rows")
    all_rows = rows is not None and "ALL ROWS" in rows.name.upper()
    relation = state.add(
        MatchRecognize(source.relation, source.alias, tuple(outputs), tuple(keys), all_rows, influences)
    )
    alias = args.get("alias")
    name = (
        names.column(alias.args["this"])
        if alias is not None and alias.args.get("this") is not None
        else source.alias
    )
    return Source(relation, name)
