"""FROM clauses → sources: tables, derived tables, joins, laterals, generators and table functions, in FROM order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Function, Output, Ref, Select, Source, Star, Table
from lineagraph.sql.kinds import FILTER, JOIN, TRANSFORMATION
from lineagraph.sql.pivots import read_pivot
from lineagraph.sql.state import StatementState
from lineagraph.sql.table_functions import read_function, read_unnest
from lineagraph.sql.tables import (
    add_table,
    alias_parts,
    is_format,
    is_quoted_address,
    name_and_columns,
    named_in_string,
    table_parts,
)


def read_from(
    items: Sequence[Any], state: StatementState, row: Reader | None = None, before: Sequence[Source] = ()
) -> list[Source]:
    """The sources of FROM items in order; what their ON clauses mention goes to `row` as JOIN references."""
    sources: list[Source] = []
    if row is None:
        row = Reader(state)
    for item in items:
        if item.__class__ is exp.Join and len(item.args) == 1:
            # a comma
            item = item.args["this"]
        plain = _plain_table(item, state, before, sources) if item.__class__ is exp.Table else None
        if plain is not None:
            sources.append(plain)
        else:
            _read_item(item, sources, state, row, before)
    return sources


_PLAIN_JOIN = {"this", "side", "kind", "on", "pivots"}
_ODD_JOINS = frozenset({"SEMI", "ANTI", "ARRAY"})


def is_query(node: Any) -> bool:
    """Whether what stands in parentheses is a query, and not tables joined in parentheses of their own."""
    while node.__class__ is exp.Subquery:
        if node.args.get("joins"):
            return False
        node = node.args["this"]
    return isinstance(node, (exp.Query, exp.DML))


def _read_item(
    item: Any, sources: list[Source], state: StatementState, row: Reader, before: Sequence[Source], **how: Any
) -> None:
    cls = item.__class__
    if cls is exp.Join:
        _read_join(item, sources, state, row, before)
        return
    args = item.args
    if cls is exp.Table:
        source = _read_table(item, state, [*before, *sources])
    elif cls is exp.Subquery:
        inner = args["this"]
        if not is_query(inner):
            _read_parenthesised(item, inner, sources, state, row, before, how)
            return
        source = Source(_query_with_modifiers(item, state), *name_and_columns(args.get("alias"), state))
    elif cls is exp.Lateral:
        source = _read_lateral(item, state)
    elif cls is exp.Unnest:
        source = read_unnest(item, state)
    elif cls is exp.Values:
        state.depth += 1
        source = Source(state.read_query(item), *name_and_columns(args.get("alias"), state))
        state.depth -= 1
    elif cls is exp.TableFromRows:
        source = read_function(args["this"], args.get("alias"), state)
    elif cls is exp.Pivot:
        source = Source(state.read_query(item), *name_and_columns(args.get("alias"), state))
    elif isinstance(item, exp.Query):
        source = Source(state.read_query(item), *name_and_columns(args.get("alias"), state))
    elif cls in (exp.Final, exp.Stream) or (cls is exp.Paren):
        _read_item(args["this"], sources, state, row, before, **how)
        return
    elif cls is exp.Alias:
        source = read_function(args["this"], args.get("alias"), state)
    else:
        source = read_function(
            item, args.get("alias") if isinstance(args.get("alias"), exp.TableAlias) else None, state
        )

    pivots = args.get("pivots")
    if pivots:
        source = _pivoted(source, pivots, state)
    if how:
        source = Source(source.relation, source.alias, source.columns, merge_alias=source.merge_alias, **how)
    sources.append(source)
    sample = args.get("sample")
    if sample is not None and any(True for _ in sample.find_all(exp.Column)):
        row.read(sample, FILTER)
    elif sample is not None and sample.args.get("bucket_field").__class__ is exp.Identifier:
        field = sample.args["bucket_field"]
        row.refs.append(
            Ref(FILTER, state.names.column(field), sources[-1].alias, field.meta.get("start", -1))
        )
    for name in ("laterals", "joins"):
        for nested in args.get(name) or ():
            _read_item(nested, sources, state, row, before)


def _plain_table(
    node: Any, state: StatementState, before: Sequence[Source], sources: Sequence[Source]
) -> Source | None:
    """`t` and `s.t`, unquoted, with or without an alias: what nearly every FROM clause is made of. None for the rest,
    which `_read_item` reads; it would read these the same way, five times as slowly."""
    args = node.args
    this = args.get("this")
    if (
        this.__class__ is not exp.Identifier
        or len(this.args) != 2
        or this.args.get("quoted")
        or not this.meta
    ):
        return None
    text = this.args["this"]
    if "#" in text or "*" in text:
        return None
    named = None
    alias = args.get("alias")
    if alias is not None:
        named = alias.args.get("this")
        if alias.__class__ is not exp.TableAlias or named is None or alias.args.get("columns"):
            return None
    parts: tuple[str, ...]
    if len(args) == (1 if named is None else 2):
        name = state.columns[text]
        shown = state.names.column(named) if named is not None else name
        cte = state.ctes.get(name)
        if cte is not None:
            return Source(cte[0], shown, cte[1])
        if name == "dual" and state.has_dual:
            # one row and nothing in it
            return Source(state.add(Select(depth=state.depth)), shown)
        start = this.meta["start"]
        parts = (state.tables[text],)
    else:
        db = args.get("db")
        if db.__class__ is not exp.Identifier or len(args) != (2 if named is None else 3) or not db.meta:
            return None
        schema = db.args["this"]
        if db.args.get("quoted") or not schema or is_format(schema):
            return None
        shown = state.names.column(named) if named is not None else ""
        if (sources or before) and state.has_implicit_unnest:
            first = state.columns[schema]
            if any(source.alias == first for source in (*before, *sources)):
                return None
        start = db.meta["start"]
        parts = (state.tables[schema], state.tables[text])
    relation = Table(parts, start, this.meta["end"] + 1)
    return Source(state.add(relation), shown if named is not None else parts[-1])


def _pivoted(source: Source, pivots: Sequence[Any], state: StatementState) -> Source:
    for pivot in pivots:
        name, columns, _ = alias_parts(pivot.args.get("alias"), state)
        relation = source.relation
        if source.columns:
            relation = state.add(Select((source,), (Star(),), depth=state.depth))
        source = Source(read_pivot(pivot, relation, source.alias, state), name or source.alias, columns)
    return source


def _read_parenthesised(
    item: Any,
    inner: Any,
    sources: list[Source],
    state: StatementState,
    row: Reader,
    before: Sequence[Source],
    how: Any,
) -> None:
    """`(a JOIN b ON …) [AS x]`: its tables are in the enclosing scope, or behind the alias when it has one."""
    args = item.args
    alias, columns, _ = alias_parts(args.get("alias"), state)
    if not alias and not args.get("pivots"):
        start = len(sources)
        _read_item(inner, sources, state, row, before)
        if how and start < len(sources):
            first = sources[start]
            sources[start] = Source(
                first.relation, first.alias, first.columns, merge_alias=first.merge_alias, **how
            )
    else:
        inner_row = Reader(state)
        nested: list[Source] = []
        _read_item(inner, nested, state, inner_row, before)
        relation = state.add(
            Select(tuple(nested), (Star(),), tuple(inner_row.refs), tuple(inner_row.subs), depth=state.depth)
        )
        source = Source(relation, alias, columns)
        if args.get("pivots"):
            source = _pivoted(source, args["pivots"], state)
        if how:
            source = Source(source.relation, source.alias, source.columns, **how)
        sources.append(source)
    for name in ("laterals", "joins"):
        for nested_item in args.get(name) or ():
            _read_item(nested_item, sources, state, row, before)


def _read_join(
    join: Any, sources: list[Source], state: StatementState, row: Reader, before: Sequence[Source]
) -> None:
    args = join.args
    if (
        args["this"].__class__ is exp.Table
        and args.keys() <= _PLAIN_JOIN
        and args.get("kind") not in _ODD_JOINS
    ):
        plain = _plain_table(args["this"], state, before, sources)
        if plain is not None and not args.get("pivots"):
            sources.append(plain)
            on = args.get("on")
            if on is not None:
                row.alias_flag = 0
                row.read(on, JOIN)
            return
    how: dict[str, Any] = {}
    using = args.get("using")
    if using:
        how["using"] = tuple(
            state.names.column(u.args["this"] if u.__class__ is exp.Column else u) for u in using
        )
    if args.get("method") and str(args["method"]).upper() == "NATURAL":
        how["natural"] = True
    kind = args.get("kind")
    if kind and str(kind).upper() in ("SEMI", "ANTI"):
        how["hidden"] = True
    if kind and str(kind).upper() == "ARRAY":
        for array in (args["this"], *(args.get("expressions") or ())):
            sources.append(_read_array_join(array, state))
        return
    _read_item(args["this"], sources, state, row, before, **how)
    for name in ("on", "match_condition"):
        if args.get(name) is not None:
            row.alias_flag = 0
            row.read(args[name], JOIN)
    if args.get("pivots"):
        sources[-1] = _pivoted(sources[-1], args["pivots"], state)
    for more in args.get("expressions") or ():
        _read_item(more, sources, state, row, before)


def _read_array_join(node: Any, state: StatementState) -> Source:
    """ClickHouse's ARRAY JOIN: the alias, or the column's own name, means the element from here on."""
    array = node.args["this"] if node.__class__ is exp.Alias else node
    if array.__class__ is exp.Table:
        array = exp.Column(this=array.args["this"], table=array.args.get("db"))
    reader = Reader(state)
    reader.read(array, TRANSFORMATION)
    named = node.args["alias"] if node.__class__ is exp.Alias else array.args.get("this")
    name = (
        state.names.column(named)
        if isinstance(named, exp.Identifier)
        else state.names.text(node.alias_or_name)
    )
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    relation = state.add(Function(refs, subs, (Output(name, refs, subs),), depth=state.depth + 1))
    return Source(relation, "", replaces=True)


def _query_with_modifiers(item: Any, state: StatementState) -> int:
    """A derived table; its own pivots and joins are read by the caller, not by `read_query`."""
    args = item.args
    if args.get("order") is None and args.get("with_") is None:
        return state.read_query(args["this"])
    bare = exp.Subquery(
        this=args["this"], **{k: args[k] for k in ("with_", "order", "limit") if args.get(k) is not None}
    )
    return state.read_query(bare)


def _read_table(node: Any, state: StatementState, siblings: Sequence[Source]) -> Source:
    args = node.args
    this = args.get("this")
    if this.__class__ is exp.Identifier and args.get("db") is None:
        name = state.names.column(this)
        cte = state.ctes.get(name)
        if cte is not None and not is_quoted_address(this):
            alias, columns, _ = alias_parts(args.get("alias"), state)
            body, cte_columns = cte
            return Source(body, alias or name, columns + cte_columns[len(columns) :])
    elif (isinstance(this, exp.Func) or this is None or this.__class__ is exp.Bracket) and named_in_string(
        this
    ) is None:
        return read_function(this, args.get("alias"), state, node)
    alias, columns, _ = alias_parts(args.get("alias"), state)
    if args.get("db") is not None and siblings and state.has_implicit_unnest:
        leading = (
            args.get("catalog") or args["db"]
        )  # an empty string where T-SQL's `db..t` leaves the schema out
        first = state.names.column(leading) if leading else ""
        if first and any(source.alias == first for source in siblings):
            return _read_implicit_unnest(node, alias, columns, state)
    index = add_table(node, state)
    relation = state.relations[index]
    assert isinstance(relation, Table)
    return Source(index, alias or relation.parts[-1], columns)


def _read_implicit_unnest(node: Any, alias: str, columns: tuple[str, ...], state: StatementState) -> Source:
    """`FROM t, t.items AS item` (BigQuery, Redshift SUPER, Trino-like dialects): the array column of a
    sibling, unnested.
    """
    parts, start, _ = table_parts(node, state)
    ref = Ref(TRANSFORMATION, parts[-1], QUALIFIER_SEPARATOR.join(parts[:-1]), start)
    name = alias or parts[-1]
    outputs = tuple(Output(c, (ref,)) for c in columns) or (Output(name, (ref,)),)
    relation = state.add(Function((ref,), outputs=outputs, open=True, depth=state.depth + 1))
    return Source(relation, name, merge_alias=True)


def _read_lateral(node: Any, state: StatementState) -> Source:
    args = node.args
    inner = args["this"]
    alias = args.get("alias")
    if isinstance(inner, (exp.Subquery, exp.Query)):
        state.depth += 1
        state.lateral = True
        relation = state.read_query(inner)
        state.lateral = False
        state.depth -= 1
        return Source(relation, *name_and_columns(alias, state))
    if inner.__class__ is exp.Unnest:
        return read_unnest(inner, state, alias)
    if inner.__class__ is exp.Table:
        return read_function(inner.args.get("this"), alias or inner.args.get("alias"), state, inner)
    return read_function(inner, alias, state)
