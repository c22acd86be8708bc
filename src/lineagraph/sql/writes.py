"""What a statement creates and fills: CREATE, INSERT, UPDATE, MERGE, DELETE, COPY and their kin → effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import DatasetKind, EdgeKind
from lineagraph.sql.expressions import CONDITIONAL, IDENTITY, TRANSFORMATION, Reader
from lineagraph.sql.facts import (
    Change,
    Output,
    Ref,
    Returning,
    Select,
    Source,
    Star,
    Sub,
    Table,
    Write,
)
from lineagraph.sql.sources import add_table, read_from
from lineagraph.sql.state import StatementState

FILTER, JOIN, SORT = int(EdgeKind.FILTER), int(EdgeKind.JOIN), int(EdgeKind.SORT)


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
        target = _read_update(node, state)
    elif cls is exp.Merge:
        target = _read_merge(node, state)
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
        names, table_node = _target_columns(into, state)
        state.effects.append(Write(add_table(table_node, state), relation, names))
    return relation


def _target_columns(node: Any, state: StatementState) -> tuple[tuple[str, ...] | None, Any]:
    """The column list of an INSERT's target and the table itself."""
    if node.__class__ is exp.Schema:
        names = tuple(
            state.names.column(_identifier(column))
            for column in node.args.get("expressions") or ()
            if isinstance(column, (exp.Identifier, exp.Column, exp.ColumnDef, exp.Dot))
        )
        return names or None, node.args["this"]
    return None, node


def _identifier(node: Any) -> Any:
    """The identifier of a column mentioned as a target: `a`, `t.a`, `t.struct.field` (its top column)."""
    if node.__class__ is exp.Dot:
        return _identifier(node.args["this"])
    return node.args["this"] if node.__class__ in (exp.Column, exp.ColumnDef) else node


def add_target(node: Any, state: StatementState) -> int:
    """Add the dataset a statement writes: a table, a file, a directory, a table function's argument."""
    if node.__class__ is exp.Directory:
        return state.add(Table((node.args["this"].name,), kind=DatasetKind.EXTERNAL_FILE))
    if node.__class__ is exp.Literal:
        return state.add(Table((node.args["this"],), kind=DatasetKind.EXTERNAL_FILE))
    if node.__class__ is exp.Table or node.__class__ is exp.Identifier:
        return add_table(node, state)
    if isinstance(node, exp.Func):
        for literal in node.find_all(exp.Literal):
            return state.add(Table((literal.name,), kind=DatasetKind.EXTERNAL_FILE))
    if isinstance(node, exp.Expr) and node.find(exp.Table) is not None:
        return add_table(node.find(exp.Table), state)
    return state.add(Table((state.names.text(node.name or node.sql(state.dialect or None)),)))


_NAMED_PARTITIONS = frozenset({"mysql", "oracle", "doris", "starrocks", "singlestore", "postgres"})
"""Dialects whose INSERT … PARTITION (p) names a partition, not a column."""


def read_insert(node: Any, state: StatementState) -> int:
    args = node.args
    columns, table = _target_columns(args["this"], state)
    target = add_target(table, state)
    query = args.get("expression")
    static: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    partition = args.get("partition") or (table.args.get("partition") if table.__class__ is exp.Table else None)
    if isinstance(partition, exp.Partition):
        for item in partition.args.get("expressions") or ():
            if item.__class__ is exp.EQ:
                static += (state.names.column(_identifier(item.args["this"])),)
            elif item.__class__ in (exp.Column, exp.Identifier) and state.dialect not in _NAMED_PARTITIONS:
                trailing += (state.names.column(_identifier(item)),)
    overwrite = bool(args.get("overwrite"))
    relation = -1
    if isinstance(query, exp.Expr) and query.__class__ is not exp.Command:
        if query.__class__ is exp.Table:
            relation = state.add(
                Select(tuple(read_from([query], state)), (Star(),), depth=state.depth)
            )
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
    conflict: Any, table: Any, query: Any, target: int, relation: int, columns: tuple[str, ...] | None, state: StatementState
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
        sources.append(Source(relation, names.column(row_alias.args["this"]), given or columns or (), hidden=True))
    if isinstance(query, exp.Select):
        # MySQL: ON DUPLICATE KEY UPDATE may mention the columns of the SELECT's own tables
        source = state.relations[relation]
        if isinstance(source, Select):
            sources.extend(
                Source(s.relation, s.alias, s.columns, hidden=True) for s in source.sources if s.alias and s.alias != own
            )
    keys = [_identifier(k.args["this"] if k.__class__ is exp.Ordered else k) for k in conflict.args.get("conflict_keys") or ()]
    matched: list[Ref] = []
    for key in keys:
        if isinstance(key, exp.Identifier):
            name = names.column(key)
            matched.extend((Ref(JOIN, name, own), Ref(JOIN, name, "excluded")))
    condition = Reader(state)
    where = conflict.args.get("where")
    if where is not None:
        condition.read(where.args["this"], CONDITIONAL)
    outputs = _read_assignments(conflict.args["expressions"], state)
    if condition.refs or condition.subs:
        outputs = [_conditioned(output, condition) for output in outputs]
    update = state.add(Select(tuple(sources), tuple(outputs), tuple(matched), depth=state.depth))
    state.effects.append(Write(target, update, by_name=True))


def _conditioned(output: Output, condition: Reader) -> Output:
    return Output(
        output.name, output.refs + tuple(condition.refs), output.subs + tuple(condition.subs), output.start, output.end
    )


def _read_assignments(items: Sequence[Any], state: StatementState, targets: list[str] | None = None) -> list[Output]:
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
    identifier = _identifier(left)
    name = state.names.column(identifier) if isinstance(identifier, exp.Identifier) else state.names.text(identifier.name)
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


def _source_of_target(sources: list[Source], qualifier: str) -> int:
    for position, source in enumerate(sources):
        if source.alias == qualifier:
            return position
    return -1


def _base_table(relation: int, state: StatementState) -> int:
    """The table below a CTE or derived table that is updated through."""
    for _ in range(32):
        node = state.relations[relation]
        if isinstance(node, Table):
            return relation
        if not isinstance(node, Select) or not node.sources:
            return -1
        relation = node.sources[0].relation
    return -1


def _read_update(node: Any, state: StatementState) -> int:
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
        if match >= 0 and len(sources) == 1 and state.dialect not in ("postgres", "redshift", "snowflake", "duckdb"):
            sources, own = others, match
        elif match >= 0 and table.args.get("alias") is None and others[match].alias == name and len(sources) == 1:
            sources, own = others, match
        else:
            sources = sources + others
    targets: list[str] = []
    outputs = _read_assignments(args.get("expressions") or (), state, targets)
    where = args.get("where")
    if where is not None:
        row.read(where.args["this"], FILTER)
    by_target: dict[int, list[Output]] = {}
    for qualifier, output in zip(targets, outputs, strict=True):
        position = _source_of_target(sources, qualifier) if qualifier else own
        by_target.setdefault(position if position >= 0 else own, []).append(output)
    first = -1
    for position, assigned in by_target.items():
        target = _base_table(sources[position].relation, state)
        if target < 0:
            continue
        assigned = [_through_view(sources[position].relation, output, state) for output in assigned]
        marked = tuple(
            Source(s.relation, s.alias, s.columns, s.using, s.natural, s.hidden, True, s.merge_alias) if i == position else s
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


def _read_delete(node: Any, state: StatementState) -> int:
    args = node.args
    row = Reader(state)
    items = [args["this"]] if args.get("this") is not None else list(args.get("tables") or ())
    sources = read_from(items, state, row)
    using = args.get("using")
    if isinstance(using, (list, exp.Expr)):
        sources.extend(read_from(using if using.__class__ is list else [using], state, row, before=sources))
    where = args.get("where")
    if where is not None:
        row.read(where.args["this"], FILTER)
    order = args.get("order")
    if order is not None:
        row.read_all(order.args.get("expressions"), SORT)
    named = [state.names.column(t.args["this"]) for t in args.get("tables") or () if t.args.get("this") is not None]
    positions = [_source_of_target(sources, name) for name in named] or ([0] if sources else [])
    first = -1
    for position in positions:
        if position < 0:
            continue
        target = _base_table(sources[position].relation, state)
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


def _read_merge(node: Any, state: StatementState) -> int:
    args = node.args
    row = Reader(state)
    own = read_from([args["this"]], state, row)[0]
    others = read_from([args["using"]], state, row)
    target = _base_table(own.relation, state)
    on = args.get("on") or args.get("using_cond")
    if isinstance(on, exp.Expr):
        row.read(on, JOIN)
    elif isinstance(on, list):
        for column in on:
            name = state.names.column(_identifier(column))
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
        if "DELETE" not in (then.name or then.sql()).upper():
            return
        relation = state.add(
            Select((own, *others), (), refs + tuple(condition.refs), subs + tuple(condition.subs), depth=state.depth)
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
            outputs = list(_read_assignments(expressions, state))
    else:
        sources = (Source(own.relation, own.alias, own.columns, hidden=True, target=True), *others)
        values = then.args.get("expression")
        named = then.args.get("this")
        if named.__class__ is exp.Star or (named is None and values is None):
            outputs = [Star(source.alias) for source in others]
        elif isinstance(values, exp.Expr):
            outputs, columns = _read_insert_arm(named, values, state)
            by_name = columns is None and False
        else:
            outputs = [Star(source.alias) for source in others]
    if condition.refs or condition.subs:
        conditioned: list[Output | Star] = []
        for output in outputs:
            if isinstance(output, Output):
                conditioned.append(_conditioned(output, condition))
            else:
                conditioned.append(Star(output.qualifier, conditions=tuple(condition.refs)))
        outputs = conditioned
    relation = state.add(Select(sources, tuple(outputs), refs, subs, depth=state.depth))
    state.effects.append(Write(target, relation, columns, by_name))


def _read_insert_arm(
    named: Any, values: Any, state: StatementState
) -> tuple[list[Output | Star], tuple[str, ...] | None]:
    items = values.args.get("expressions") or [values] if values.__class__ in (exp.Tuple, exp.Values) else [values]
    if len(items) == 1 and items[0].__class__ is exp.Tuple:
        items = items[0].args.get("expressions") or []
    outputs: list[Output | Star] = []
    for item in items:
        state.read_output(item, outputs)
    columns: tuple[str, ...] | None = None
    if isinstance(named, exp.Expr):
        listed = named.args.get("expressions") if named.__class__ in (exp.Tuple, exp.Schema) else [named]
        columns = tuple(
            state.names.column(_identifier(column.args["this"] if column.__class__ is exp.Paren else column))
            for column in listed or ()
        )
    return outputs, columns


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
    """Each WHEN filters its own targets; ELSE, and the later ones of INSERT FIRST, also by the conditions that failed."""
    tried = Reader(state)
    for item in items:
        insert = item.args["this"]
        columns, table = _target_columns(insert.args["this"], state)
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


def read_copy(node: Any, state: StatementState) -> int:
    """COPY in both directions: `kind` is true where data comes from the files (or INTO what is named first)."""
    args = node.args
    columns, this = _target_columns(args["this"], state)
    files = args.get("files") or []
    if args.get("kind"):
        target = add_target(this, state)
        for file in files:
            relation = _copied(file, state)
            if relation < 0:
                # FROM STDIN: the data comes with the script
                relation = state.add(Select(depth=state.depth))
            state.effects.append(Write(target, relation, columns))
        return target
    outputs: tuple[Output | Star, ...] = (Star(),)
    if columns:
        outputs = tuple(Output(name, (Ref(IDENTITY, name),)) for name in columns)
    if not args.get("kind") and not files:
        return -1
    if isinstance(this, exp.Query):
        relation = state.read_query(this)
    elif isinstance(this, exp.DML):
        relation = state.read_dml(this)
    else:
        relation = state.add(Select(tuple(read_from([this], state)), outputs, depth=state.depth))
    target = -1
    for file in files:
        if file.__class__ in (exp.Identifier, exp.Var) and file.name.upper() in ("STDIN", "STDOUT"):
            continue
        target = add_target(file, state)
        state.effects.append(Write(target, relation, overwrite=True))
    return target


def _copied(file: Any, state: StatementState) -> int:
    if isinstance(file, exp.Query):
        return state.read_query(file)
    if file.__class__ is exp.Table and file.args.get("this").__class__ is exp.Identifier:
        return state.add(Select(tuple(read_from([file], state)), (Star(),), depth=state.depth))
    if file.__class__ in (exp.Identifier, exp.Var) and file.name.upper() in ("STDIN", "STDOUT"):
        return -1
    this = file.args.get("this")
    name = this.name if isinstance(this, exp.Expr) else str(this)
    table = state.add(Table((name,), kind=DatasetKind.EXTERNAL_FILE))
    return state.add(Select((Source(table, ""),), (Star(),), depth=state.depth))


def read_load(node: Any, state: StatementState) -> int:
    """LOAD DATA: files into a table (Hive's INPATH, BigQuery's FROM FILES)."""
    args = node.args
    columns, this = _target_columns(args["this"], state)
    target = add_target(this, state)
    addresses = [args["inpath"].name] if isinstance(args.get("inpath"), exp.Expr) else []
    files = args.get("files")
    if isinstance(files, exp.Expr):
        addresses.extend(_property_addresses(files, ("uris", "uri")))
    for address in addresses:
        table = state.add(Table((address,), kind=DatasetKind.EXTERNAL_FILE))
        relation = state.add(Select((Source(table, ""),), (Star(),), depth=state.depth))
        state.effects.append(Write(target, relation, columns, overwrite=bool(args.get("overwrite"))))
    return target


def read_export(node: Any, state: StatementState) -> int:
    """EXPORT DATA OPTIONS (uri = '…') AS SELECT …"""
    relation = state.read_query(node.args["this"])
    options = node.args.get("options")
    target = -1
    for address in _property_addresses(options, ("uri", "path")) if isinstance(options, exp.Expr) else ():
        target = state.add(Table((address,), kind=DatasetKind.EXTERNAL_FILE))
        state.effects.append(Write(target, relation, overwrite=True))
    return target


def read_put(node: Any, state: StatementState) -> int:
    """Snowflake's PUT file @stage: a copy of the file."""
    source = state.add(Table((node.args["this"].name,), kind=DatasetKind.EXTERNAL_FILE))
    relation = state.add(Select((Source(source, ""),), (Star(),), depth=state.depth))
    target = state.add(Table((node.args["target"].name,), kind=DatasetKind.EXTERNAL_FILE))
    state.effects.append(Write(target, relation))
    return target


def _property_addresses(properties: Any, wanted: Sequence[str]) -> list[str]:
    found: list[str] = []
    for option in properties.find_all(exp.Property):
        if option.name.lower() in wanted:
            found.extend(literal.name for literal in option.args["value"].find_all(exp.Literal))
    return found
