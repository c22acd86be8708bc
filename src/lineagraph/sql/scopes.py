"""One query's AST → relations: SELECT lists, row-level clauses, CTEs and set operations, each scope walked once."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import (
    QUALIFIER_SEPARATOR,
    Output,
    Recursion,
    Ref,
    Relation,
    Select,
    SetOperation,
    Source,
    Star,
)
from lineagraph.sql.kinds import FILTER, GROUP_BY, IDENTITY, JOIN, MASKING, SORT
from lineagraph.sql.pivots import read_match_recognize, read_pivot
from lineagraph.sql.projections import name_by_text, open_by_macros, read_output, with_forward_aliases
from lineagraph.sql.sources import is_query, read_from
from lineagraph.sql.state import ALIAS_FIRST, ALIAS_LAST, StatementState


def read_query(node: Any, state: StatementState) -> int:
    """Add the relation of a query expression (SELECT, set operation, VALUES, TABLE t …); returns its index."""
    cls = node.__class__
    if cls is exp.Select:
        return read_select(node, state)
    if cls is exp.Subquery:
        return _read_subquery(node, state)
    if isinstance(node, exp.SetOperation):
        return _read_set_operation(node, state)
    if cls is exp.Values:
        return read_values(node, state)
    if cls is exp.Pivot:
        saved = enter_ctes(node, state)
        source = read_from([node.args["this"]], state)[0]
        relation = read_pivot(node, source.relation, source.alias, state)
        state.ctes = saved
        return relation
    if isinstance(node, exp.DML):
        return state.read_dml(node)
    if isinstance(node, (exp.Table, exp.UDTF)):
        return state.add(
            Select(sources=tuple(read_from([node], state)), outputs=(Star(),), depth=state.depth)
        )
    if cls is exp.Paren:
        return read_query(node.args["this"], state)
    return read_expression(node, state)


def read_expression(node: Any, state: StatementState) -> int:
    """A lone expression where a query was expected (`RETURN a + b`, a scalar CTE): one row of one column."""
    reader = Reader(state)
    reader.read(node, IDENTITY)
    name = node.sql(state.dialect or None) if not node.alias else state.names.text(node.alias)
    output = Output(name, tuple(reader.refs), tuple(reader.subs), named=bool(node.alias))
    return state.add(Select(outputs=(output,), depth=state.depth))


def enter_ctes(node: Any, state: StatementState) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Read the WITH clause of `node` if it has one; returns the CTEs that were in sight before."""
    saved = state.ctes
    clause = node.args.get("with_")
    if clause is None:
        return saved
    state.ctes = dict(saved)
    recursive = bool(clause.args.get("recursive")) or state.traits.implicit_recursion
    for cte in clause.args.get("expressions") or ():
        if cte.args.get("scalar"):
            if cte.alias:
                name = state.names.column(cte.args["alias"].args["this"])
                state.named_expressions = {**state.named_expressions, name: cte.args["this"]}
            continue
        _read_cte(cte, recursive, state)
    return saved


def _read_cte(cte: Any, recursive: bool, state: StatementState) -> None:
    names = state.names
    alias = cte.args.get("alias")
    if alias is None or alias.args.get("this") is None:
        return
    name = names.column(alias.args["this"])
    columns = tuple(names.column(c) for c in alias.args.get("columns") or ())
    query = cte.args["this"]
    if not recursive or not _mentions(query, name, state):
        state.ctes[name] = (read_query(query, state), columns)
        return
    slot = state.add(None)
    state.ctes[name] = (slot, columns)
    body = read_query(query, state)
    state.relations[slot] = Recursion(body, columns)
    if not _reads(state.relations[slot + 1 :], slot):
        # what it mentions is a CTE of its own with the same name
        state.ctes[name] = (body, columns)


def _reads(relations: list[Relation | None], index: int) -> bool:
    for relation in relations:
        if isinstance(relation, Select):
            if any(source.relation == index for source in relation.sources):
                return True
        elif relation is not None and getattr(relation, "input", -1) == index:
            return True
    return False


def _mentions(query: Any, name: str, state: StatementState) -> bool:
    """Does the query read a table of this unqualified name, as a recursive CTE reads itself?"""
    for table in query.find_all(exp.Table):
        this = table.args.get("this")
        if (
            this.__class__ is exp.Identifier
            and table.args.get("db") is None
            and state.names.column(this) == name
        ):
            return True
    return False


_MODIFIERS = ("order", "limit", "offset", "where", "group", "having", "pivots", "joins", "laterals")


def _read_subquery(node: Any, state: StatementState) -> int:
    args = node.args
    inner = args["this"]
    saved = enter_ctes(node, state)
    if args.get("pivots") or args.get("joins") or not is_query(inner):
        relation = state.add(
            Select(sources=tuple(read_from([node], state)), outputs=(Star(),), depth=state.depth)
        )
    else:
        relation = read_query(inner, state)
    row = Reader(state)
    positions: list[tuple[int, int]] = []
    if args.get("order") is not None:
        read_sort(args["order"], row, positions, state)
    _read_bounds(args, row)
    if row.refs or row.subs or positions:
        relation = state.add(
            Select(
                sources=(Source(relation),),
                outputs=(Star(),),
                influences=tuple(row.refs),
                subs=tuple(row.subs),
                positions=tuple(positions),
                depth=state.depth,
            )
        )
    state.ctes = saved
    return relation


def _read_set_operation(node: Any, state: StatementState) -> int:
    # a chain of UNIONs leans left, thousands deep in generated SQL: walk down its spine, then build upwards
    spine: list[Any] = []
    saved = state.ctes
    while isinstance(node, exp.SetOperation):
        enter_ctes(node, state)
        spine.append(node)
        node = node.args["this"]
        while (
            node.__class__ is exp.Subquery
            and isinstance(node.args["this"], exp.SetOperation)
            and _is_bare(node)
        ):
            node = node.args["this"]
    relation = read_query(node, state)
    spine.reverse()
    for operation in spine:
        args = operation.args
        right = read_query(args["expression"], state)
        row = Reader(state)
        positions: list[tuple[int, int]] = []
        if args.get("order") is not None:
            row.alias_flag = ALIAS_FIRST
            read_sort(args["order"], row, positions, state)
        _read_bounds(args, row)
        operator = "union"
        if operation.__class__ is exp.Except:
            operator = "except"
        elif operation.__class__ is exp.Intersect:
            operator = "intersect"
        relation = state.add(
            SetOperation(
                relation,
                right,
                operator,
                bool(args.get("distinct")),
                bool(args.get("by_name")),
                tuple(row.refs),
                tuple(row.subs),
                tuple(positions),
            )
        )
    state.ctes = saved
    return relation


def _read_bounds(args: dict[str, Any], row: Reader) -> None:
    """LIMIT and OFFSET, which may be subqueries."""
    for bound in (args.get("limit"), args.get("offset")):
        count = bound.args.get("expression") if bound is not None else None
        if isinstance(count, exp.Expr) and count.__class__ is not exp.Literal:
            saved, row.alias_flag = row.alias_flag, 0
            row.read(count, FILTER)
            row.alias_flag = saved


def _is_bare(node: Any) -> bool:
    args = node.args
    return not any(args.get(name) for name in _MODIFIERS) and args.get("with_") is None


def read_values(node: Any, state: StatementState) -> int:
    """VALUES: rows merged by position; columns get the dialect's default names."""
    traits = state.traits
    merged: list[Reader] = []
    for row in node.args.get("expressions") or ():
        items = row.args.get("expressions") or [] if row.__class__ is exp.Tuple else [row]
        for position, item in enumerate(items):
            if position == len(merged):
                merged.append(Reader(state))
            if item.__class__ is not exp.Literal:
                merged[position].read(item, IDENTITY)
    outputs = tuple(
        Output(
            f"{traits.values_prefix}{position + traits.values_base}", tuple(reader.refs), tuple(reader.subs)
        )
        for position, reader in enumerate(merged)
    )
    return state.add(Select(outputs=outputs, depth=state.depth))


def read_select(node: Any, state: StatementState) -> int:
    """Add the relation of one SELECT; returns its index."""
    args = node.args
    lateral, state.lateral = state.lateral, False
    saved = enter_ctes(node, state)
    saved_windows = state.windows
    saved_unfolded, state.unfolded = state.unfolded, []
    saved_expressions = state.named_expressions
    row = Reader(state)
    traits = state.traits

    sources: list[Source] = []
    from_ = args.get("from_")
    if from_ is not None:
        joins = args.get("joins")
        first = from_.args["this"]
        sources = read_from([first, *joins] if joins else [first], state, row)
    elif args.get("joins"):
        sources = read_from(args["joins"], state, row)
    if not _BESIDES_FROM.isdisjoint(args):
        _read_besides_from(args, sources, row, state)

    # in the list itself, and in WHERE where the dialect lets it
    in_list = state.lateral_alias
    outputs: list[Output | Star] = []
    items = args["expressions"]
    for item in items:
        read_output(item, outputs, state, in_list)

    if state.templated:
        open_by_macros(items, outputs)
    for output in outputs:
        if output.start < 0 and isinstance(output, Output) and not output.named:
            name_by_text(outputs, node, state)
            break

    if traits.forward_aliases:
        outputs = with_forward_aliases(outputs)
    row.alias_flag = ALIAS_LAST if traits.where_alias else in_list
    for name in ("prewhere", "where"):
        clause = args.get(name)
        if clause is not None:
            if lateral:
                _read_lateral_condition(clause.args["this"], row, sources)
            else:
                row.read(clause.args["this"], FILTER)
    positions: list[tuple[int, int]] = []
    keys = 0
    grouped = args.get("group")
    if grouped is not None:
        row.alias_flag = ALIAS_FIRST if traits.group_alias_first else ALIAS_LAST
        keys = _read_group(grouped, row, positions)
    row.alias_flag = ALIAS_FIRST if traits.group_alias_first else ALIAS_LAST
    for name in ("having", "qualify"):
        clause = args.get(name)
        if clause is not None:
            row.read(clause.args["this"], FILTER)
    connect = args.get("connect")
    if connect is not None:
        row.alias_flag = 0
        if connect.args.get("start") is not None:
            row.read(connect.args["start"], FILTER)
        row.read(connect.args["connect"], JOIN)
    distinct = args.get("distinct")
    on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
    if on is not None:
        row.alias_flag = ALIAS_FIRST
        for key in on.args.get("expressions") or [on]:
            _read_key(key, GROUP_BY, row, positions)
    row.alias_flag = ALIAS_FIRST
    for name in ("order", "sort", "cluster", "distribute"):
        clause = args.get(name)
        if clause is not None and read_sort(clause, row, positions, state):
            keys |= 2
    if state.unfolded:
        # a generator in the SELECT list decides how many rows come out, as one in FROM does
        row.refs.extend(
            Ref(JOIN, r.name, r.qualifier, r.start, r.flags & ~MASKING, r.path) for r in state.unfolded
        )
    state.unfolded = saved_unfolded
    _read_bounds(args, row)
    limit = args.get("limit")
    if limit is not None and limit.args.get("expressions"):
        # ClickHouse's LIMIT n BY keys
        for key in limit.args["expressions"]:
            _read_key(key, GROUP_BY, row, positions)
    relation = state.add(
        Select(
            tuple(sources),
            tuple(outputs),
            tuple(row.refs),
            tuple(row.subs),
            tuple(positions),
            distinct is not None and on is None,
            keys,
            state.depth,
        )
    )
    state.ctes = saved
    state.windows = saved_windows
    if state.named_expressions is not saved_expressions:
        state.named_expressions = saved_expressions
    return relation


_BESIDES_FROM = frozenset({"laterals", "windows", "match", "pivots"})


def _read_besides_from(args: Any, sources: list[Source], row: Reader, state: StatementState) -> None:
    """What is rarely written behind the FROM items: LATERAL VIEW, WINDOW, MATCH_RECOGNIZE, PIVOT."""
    laterals = args.get("laterals")
    if laterals:
        sources.extend(read_from(laterals, state, row, before=sources))

    windows = args.get("windows")
    if windows:
        state.windows = {
            state.names.column(w.args["this"]): w for w in windows if w.args.get("this") is not None
        }

    match = args.get("match")
    if match is not None and sources:
        sources[-1] = read_match_recognize(match, sources[-1], state)
    pivots = args.get("pivots")
    if pivots and sources:
        last = sources[-1]
        for pivot in pivots:
            alias = pivot.args.get("alias")
            name = (
                state.names.column(alias.args["this"])
                if alias is not None and alias.args.get("this")
                else last.alias
            )
            last = Source(read_pivot(pivot, last.relation, last.alias, state), name)
        sources[-1] = last


def _read_lateral_condition(condition: Any, row: Reader, sources: list[Source]) -> None:
    """WHERE of a lateral subquery: what compares with the siblings joins, the rest filters."""
    own = {source.alias for source in sources}
    pending = [condition]
    while pending:
        part = pending.pop()
        if part.__class__ is exp.And:
            pending.extend((part.args["expression"], part.args["this"]))
            continue
        before = len(row.refs)
        row.read(part, FILTER)
        refs = row.refs[before:]
        if any(ref.qualifier and ref.qualifier.split(QUALIFIER_SEPARATOR)[-1] not in own for ref in refs):
            row.refs[before:] = [Ref(JOIN, r.name, r.qualifier, r.start, r.flags, r.path) for r in refs]


def _read_group(group: Any, row: Reader, positions: list[tuple[int, int]]) -> int:
    args = group.args
    if not row.state.traits.group_positions:
        positions = []
    for name, value in args.items():
        if value.__class__ is list:
            for key in value:
                if isinstance(key, exp.Expr):
                    _read_key(key, GROUP_BY, row, positions)
        elif isinstance(value, exp.Expr):
            _read_key(value, GROUP_BY, row, positions)
        elif name == "all" and value is True and not args.get("expressions"):
            return 1
    return 0


def _read_key(key: Any, kind: int, row: Reader, positions: list[tuple[int, int]]) -> None:
    """A grouping or sorting key: an output's position, or an expression."""
    if key.__class__ is exp.Literal:
        text = key.args["this"]
        if not key.args.get("is_string") and text.isdigit():
            positions.append((kind, int(text)))
        return
    if key.__class__ is exp.Tuple or key.__class__ in (exp.Cube, exp.Rollup, exp.GroupingSets):
        for item in key.args.get("expressions") or ():
            _read_key(item, kind, row, positions)
        return
    row.read(key, kind)


def read_sort(order: Any, row: Reader, positions: list[tuple[int, int]], state: StatementState) -> bool:
    """ORDER BY and its kin; returns True for ORDER BY ALL."""
    every = False
    for item in order.args.get("expressions") or ():
        key = item.args["this"] if item.__class__ is exp.Ordered else item
        if key.__class__ is exp.Var and key.name.upper() == "ALL":
            every = True
            continue
        if isinstance(key, exp.Expr):
            flag = row.alias_flag
            if key.__class__ is not exp.Column and not state.traits.sort_expression_aliases and flag:
                row.alias_flag = ALIAS_LAST
            _read_key(key, SORT, row, positions)
            row.alias_flag = flag
    return every
