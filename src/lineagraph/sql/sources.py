"""FROM clauses → sources: tables, derived tables, joins, laterals, generators and table functions, in FROM order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import DatasetKind, EdgeKind
from lineagraph.sql.expressions import IDENTITY, TRANSFORMATION, Reader
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Function, Output, Ref, Select, Source, Star, Table
from lineagraph.sql.pivots import read_pivot
from lineagraph.sql.state import StatementState

JOIN, FILTER = int(EdgeKind.JOIN), int(EdgeKind.FILTER)

_FILE_READERS = frozenset(
    "read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_json_objects read_ndjson read_ndjson_auto"
    " read_text read_blob read_xlsx iceberg_scan delta_scan sniff_csv st_read s3 s3cluster url urlcluster file filecluster hdfs"
    " hdfscluster gcs azureblobstorage read_files openrowset external_query infer_schema bulk".split()
)
"""Table functions whose first string argument is the address of what they read."""

_GENERATORS = frozenset(
    "generate_series generate_subscripts range numbers numbers_mt zeros generator generate_date_array generate_timestamp_array"
    " unnest explode explode_outer posexplode posexplode_outer inline inline_outer stack flatten split_to_table"
    " strtok_split_to_table string_split openjson json_table jsonb_array_elements json_array_elements jsonb_each json_each"
    " jsonb_each_text json_each_text jsonb_to_recordset json_to_recordset jsonb_to_record json_to_record json_tree"
    " jsonb_array_elements_text json_array_elements_text jsonb_object_keys json_object_keys regexp_split_to_table"
    " string_to_table xmltable xml_table regexp_matches jsonb_path_query sequence arrayjoin nodes dual result_scan rowset"
    " dbms_xplan.display json_tuple parse_url_tuple glob repeat values".split()
)
"""Table functions that only compute: they are no datasets."""


def read_from(
    items: Sequence[Any], state: StatementState, row: Reader | None = None, before: Sequence[Source] = ()
) -> list[Source]:
    """The sources of FROM items in order; what their ON clauses mention goes to `row` as JOIN references."""
    sources: list[Source] = []
    for item in items:
        _read_item(item, sources, state, row if row is not None else Reader(state), before)
    return sources


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
        source = Source(_query_with_modifiers(item, state), *_alias(args.get("alias"), state))
    elif cls is exp.Lateral:
        source = _read_lateral(item, state)
    elif cls is exp.Unnest:
        source = _read_unnest(item, state)
    elif cls is exp.Values:
        state.depth += 1
        source = Source(state.read_query(item), *_alias(args.get("alias"), state))
        state.depth -= 1
    elif cls is exp.TableFromRows:
        source = _read_function(args["this"], args.get("alias"), state)
    elif cls is exp.Pivot:
        source = Source(state.read_query(item), *_alias(args.get("alias"), state))
    elif isinstance(item, exp.Query):
        source = Source(state.read_query(item), *_alias(args.get("alias"), state))
    elif cls in (exp.Final, exp.Stream) or (cls is exp.Paren):
        _read_item(args["this"], sources, state, row, before, **how)
        return
    elif cls is exp.Alias:
        source = _read_function(args["this"], args.get("alias"), state)
    else:
        source = _read_function(item, args.get("alias") if isinstance(args.get("alias"), exp.TableAlias) else None, state)

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
        row.refs.append(Ref(FILTER, state.names.column(field), sources[-1].alias, field.meta.get("start", -1)))
    for name in ("laterals", "joins"):
        for nested in args.get(name) or ():
            _read_item(nested, sources, state, row, before)


def _pivoted(source: Source, pivots: Sequence[Any], state: StatementState) -> Source:
    for pivot in pivots:
        name, columns, _ = _alias_parts(pivot.args.get("alias"), state)
        relation = source.relation
        if source.columns:
            relation = state.add(Select((source,), (Star(),), depth=state.depth))
        source = Source(read_pivot(pivot, relation, source.alias, state), name or source.alias, columns)
    return source


def _read_parenthesised(
    item: Any, inner: Any, sources: list[Source], state: StatementState, row: Reader, before: Sequence[Source], how: Any
) -> None:
    """`(a JOIN b ON …) [AS x]`: its tables are in the enclosing scope, or behind the alias when it has one."""
    args = item.args
    alias, columns, _ = _alias_parts(args.get("alias"), state)
    if not alias and not args.get("pivots"):
        start = len(sources)
        _read_item(inner, sources, state, row, before)
        if how and start < len(sources):
            first = sources[start]
            sources[start] = Source(first.relation, first.alias, first.columns, merge_alias=first.merge_alias, **how)
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
    how: dict[str, Any] = {}
    using = args.get("using")
    if using:
        how["using"] = tuple(state.names.column(u.args["this"] if u.__class__ is exp.Column else u) for u in using)
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
    name = state.names.column(named) if isinstance(named, exp.Identifier) else state.names.text(node.alias_or_name)
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    relation = state.add(Function(refs, subs, (Output(name, refs, subs),), depth=state.depth + 1))
    return Source(relation, "", replaces=True)


def _query_with_modifiers(item: Any, state: StatementState) -> int:
    """A derived table; its own pivots and joins are read by the caller, not by `read_query`."""
    args = item.args
    if args.get("order") is None and args.get("with_") is None:
        return state.read_query(args["this"])
    bare = exp.Subquery(this=args["this"], **{k: args[k] for k in ("with_", "order", "limit") if args.get(k) is not None})
    return state.read_query(bare)


def _alias_parts(alias: Any, state: StatementState) -> tuple[str, tuple[str, ...], Any]:
    if alias is None:
        return "", (), None
    if not isinstance(alias, exp.Expr):
        return state.names.text(str(alias)), (), None
    if alias.__class__ is not exp.TableAlias:
        return state.names.column(alias), (), None
    this = alias.args.get("this")
    columns = tuple(
        state.names.column(c.args["this"] if c.__class__ is exp.ColumnDef else c) for c in alias.args.get("columns") or ()
    )
    return (state.names.column(this) if this is not None else ""), columns, alias


def _alias(alias: Any, state: StatementState) -> tuple[str, tuple[str, ...]]:
    name, columns, _ = _alias_parts(alias, state)
    return name, columns


def table_parts(node: Any, state: StatementState) -> tuple[tuple[str, ...], int, int]:
    """Folded name parts of a `Table` (or a bare identifier), with the offsets they stand at."""
    names = state.names
    args = node.args
    identifiers: list[Any] = []
    if node.__class__ is exp.Table:
        for name in ("catalog", "db", "this"):
            part = args.get(name)
            if not isinstance(part, exp.Expr):
                continue
            while part.__class__ is exp.Dot:
                identifiers.append(part.args["this"])
                part = part.args["expression"]
            identifiers.append(part)
    else:
        identifiers.append(node)
    # `db..table` (T-SQL, Snowflake, Sybase): the middle is the default schema
    parts: list[str] = []
    start = end = -1
    for identifier in identifiers:
        if identifier.__class__ is exp.Identifier:
            if not identifier.args["this"]:
                continue
            folded = names.table(identifier)
            if identifier.args.get("temporary"):
                folded = "#" + folded
            elif identifier.args.get("global_"):
                folded = "##" + folded
            meta = identifier.meta
            if meta:
                start = meta["start"] if start < 0 else start
                end = meta["end"] + 1
        elif identifier.__class__ is exp.Parameter:
            folded = "@" + names.text(identifier.name)
        elif identifier.__class__ is exp.Literal or identifier.__class__ is exp.Var:
            folded = identifier.name
        else:
            folded = names.text(identifier.name or identifier.sql(state.dialect or None))
        parts.append(folded)
    return tuple(parts), start, end


_FORMATS = frozenset({"delta", "parquet", "csv", "json", "orc", "avro", "text", "binaryfile", "iceberg"})


def _looks_like_address(name: str) -> bool:
    return "://" in name or name.startswith(("/", "./", "../", "@")) or name.lower().endswith(
        (".csv", ".parquet", ".json", ".jsonl", ".ndjson", ".tsv", ".orc", ".avro", ".txt", ".gz", ".xlsx", ".delta")
    )


def add_table(node: Any, state: StatementState) -> int:
    """Add a `Table` relation for a dataset named by a `Table` node (a read, a write or a change); returns its index."""
    this: Any = node.args.get("this") if node.__class__ is exp.Table else node
    parts, start, end = table_parts(node, state)
    if len(parts) == 2 and parts[0] in _FORMATS and _looks_like_address(parts[1]):
        # Spark's files by path: parquet.`s3://bucket/x`
        return state.add(Table((parts[1],), start, end, kind=DatasetKind.EXTERNAL_FILE))
    if len(parts) == 1 and (this.__class__ in (exp.Literal, exp.Var) or _quoted_address(this)):
        return state.add(Table((this.name,), start, end, kind=DatasetKind.EXTERNAL_FILE))
    if this.__class__ is exp.Parameter and node.__class__ is exp.Table:
        # `@schema@delimiter@prefix_1` is text put together by a parameterised script, not a table variable
        variable = state.dialect in ("tsql", "fabric", "") and "@" not in parts[-1][1:]
        return state.add(Table(parts, start, end, temporary=variable))
    wildcard = state.dialect == "bigquery" and parts[-1].endswith("*")
    temporary = parts[-1].startswith("#")
    return state.add(Table(parts, start, end, wildcard=wildcard, temporary=temporary))


def _quoted_address(this: Any) -> bool:
    return this.__class__ is exp.Identifier and bool(this.args.get("quoted")) and _looks_like_address(this.args["this"])


def _read_table(node: Any, state: StatementState, siblings: Sequence[Source]) -> Source:
    args = node.args
    this = args.get("this")
    if this.__class__ is exp.Identifier and args.get("db") is None:
        name = state.names.column(this)
        cte = state.ctes.get(name)
        if cte is not None and not _quoted_address(this):
            alias, columns, _ = _alias_parts(args.get("alias"), state)
            body, cte_columns = cte
            return Source(body, alias or name, columns + cte_columns[len(columns) :])
    elif isinstance(this, exp.Func) or this is None or this.__class__ is exp.Bracket:
        return _read_function(this, args.get("alias"), state, node)
    alias, columns, _ = _alias_parts(args.get("alias"), state)
    if args.get("db") is not None and siblings and state.dialect not in ("tsql", "mysql", "oracle"):
        first = state.names.column(args.get("catalog") or args["db"])
        if any(source.alias == first for source in siblings):
            return _read_implicit_unnest(node, alias, columns, state)
    index = add_table(node, state)
    relation = state.relations[index]
    assert isinstance(relation, Table)
    return Source(index, alias or relation.parts[-1], columns)


def _read_implicit_unnest(node: Any, alias: str, columns: tuple[str, ...], state: StatementState) -> Source:
    """`FROM t, t.items AS item` (BigQuery, Redshift SUPER, Trino-like dialects): the array column of a sibling, unnested."""
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
    if isinstance(inner, exp.Subquery) or isinstance(inner, exp.Query):
        state.depth += 1
        state.lateral = True
        relation = state.read_query(inner)
        state.lateral = False
        state.depth -= 1
        return Source(relation, *_alias(alias, state))
    if inner.__class__ is exp.Unnest:
        return _read_unnest(inner, state, alias)
    if inner.__class__ is exp.Table:
        return _read_function(inner.args.get("this"), alias or inner.args.get("alias"), state, inner)
    return _read_function(inner, alias, state)


def _read_unnest(node: Any, state: StatementState, outer_alias: Any = None) -> Source:
    args = node.args
    alias, columns, parsed = _alias_parts(outer_alias or args.get("alias"), state)
    arrays = [e for e in args.get("expressions") or () if isinstance(e, exp.Expr)]
    state.depth += 1
    readers: list[Reader] = []
    for array in arrays:
        reader = Reader(state)
        reader.read(array, TRANSFORMATION)
        readers.append(reader)
    state.depth -= 1
    refs = tuple(ref for reader in readers for ref in reader.refs)
    subs = tuple(sub for reader in readers for sub in reader.subs)
    element = state.traits.element_alias and (parsed is not None and parsed.args.get("this") is None) and len(columns) == 1
    outputs: list[Output] = []
    named = columns
    offset = args.get("offset")
    for position, column in enumerate(named):
        if len(readers) > 1 and position < len(readers):
            outputs.append(Output(column, tuple(readers[position].refs), tuple(readers[position].subs)))
        else:
            outputs.append(Output(column, refs, subs))
    if offset is not None and isinstance(offset, exp.Expr):
        outputs.append(Output(state.names.column(offset), refs, subs))
    if not columns and alias:
        outputs.insert(0, Output(alias, refs, subs))
    relation = state.add(
        Function(refs, subs, tuple(outputs), open=element or not columns or state.dialect == "bigquery", depth=state.depth + 1)
    )
    if element and not alias:
        alias = columns[0]
    return Source(relation, alias, merge_alias=element or not columns)


def _function_name(node: Any, table: Any) -> tuple[tuple[str, ...], str]:
    """Name parts of a table function, and its last part in lower case."""
    if node.__class__ is exp.Anonymous:
        text = node.name
    elif node.__class__ is exp.Dot:
        chain = [part.sql_name() if isinstance(part, exp.Func) and not part.name else part.name for part in node.flatten()]
        return tuple(chain), chain[-1].lower()
    else:
        text = node.sql_name() if isinstance(node, exp.Func) else node.__class__.__name__
    parts = text.split(".")
    if table is not None:
        parts = [table.args[name].name for name in ("catalog", "db") if table.args.get(name) is not None] + parts
    return tuple(parts), parts[-1].lower()


def _read_function(node: Any, alias_node: Any, state: StatementState, table: Any = None) -> Source:
    """A function in FROM: a file reader, a generator, a function with declared columns, or a user's table function."""
    alias, columns, _ = _alias_parts(alias_node, state)
    if node is None:
        return _read_rows_from(table, alias, columns, state)
    if node.__class__ in (exp.Subquery, exp.Select):
        return Source(state.read_query(node), alias, columns)
    if node.__class__ is exp.Unnest:
        return _read_unnest(node, state, alias_node)
    parts, name = _function_name(node, table)
    if name in ("table", "stream", "live", "the", "lateral") and node.__class__ is exp.Anonymous:
        inner = node.args.get("expressions") or []
        if len(inner) == 1:
            return _read_wrapped(inner[0], name, alias_node, state)
    file = _file_address(node, name)
    if file is not None:
        index = state.add(Table((file,), kind=DatasetKind.EXTERNAL_FILE))
        return Source(index, alias or name, columns)
    reader = Reader(state)
    state.depth += 1
    if isinstance(node, exp.Expr):
        for value in _arguments(node):
            reader.read(value, TRANSFORMATION)
    state.depth -= 1
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    declared = _declared_columns(node, state)
    outputs = tuple(Output(column, refs, subs) for column in columns or declared)
    known = bool(declared) or (bool(columns) and node.__class__ is not exp.Anonymous)
    is_generator = (
        len(parts) == 1
        and (name in _GENERATORS or node.__class__ is not exp.Anonymous)
        or name in ("nodes", "flatten", "split_to_table")
    )
    index = -1
    if not is_generator:
        folded = tuple(state.names.text(part) for part in parts)
        index = state.add(Table(folded, kind=DatasetKind.TABLE_FUNCTION))
    if not outputs and alias and is_generator:
        outputs = (Output(alias, refs, subs),)
    if node.__class__ is exp.Posexplode and len(columns) == 1:
        outputs = (Output("pos", refs, subs), *outputs)
    relation = state.add(Function(refs, subs, outputs, open=not known, table=index, depth=state.depth + 1))
    single = len(outputs) == 1 and (not columns or state.traits.element_alias)
    return Source(relation, alias or name, (), merge_alias=single and bool(alias))


def _read_wrapped(inner: Any, wrapper: str, alias_node: Any, state: StatementState) -> Source:
    """`TABLE(f(x))` and `TABLE(t.collection)` of Oracle; `STREAM(t)` of Databricks."""
    alias, columns, _ = _alias_parts(alias_node, state)
    if inner.__class__ is exp.Column and wrapper in ("stream", "live"):
        args = inner.args
        table = exp.Table(this=args["this"], db=args.get("table"), catalog=args.get("db"))
        index = add_table(table, state)
        return Source(index, alias or state.names.column(args["this"]), columns)
    if isinstance(inner, exp.Func) or inner.__class__ is exp.Dot:
        return _read_function(inner, alias_node, state)
    reader = Reader(state)
    state.depth += 1
    reader.read(inner, TRANSFORMATION)
    state.depth -= 1
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    outputs = tuple(Output(column, refs, subs) for column in columns)
    return Source(state.add(Function(refs, subs, outputs, open=True, depth=state.depth + 1)), alias)


def _arguments(node: Any) -> list[Any]:
    found: list[Any] = []
    for name, value in node.args.items():
        if name in ("schema", "columns", "alias"):
            continue
        if value.__class__ is list:
            found.extend(item for item in value if isinstance(item, exp.Expr) and item.__class__ not in _DECLARATIONS)
        elif isinstance(value, exp.Expr) and value.__class__ not in _DECLARATIONS:
            found.append(value)
    return found


_DECLARATIONS = (exp.ColumnDef, exp.OpenJSONColumnDef, exp.JSONColumnDef, exp.JSONSchema, exp.Schema)


def _declared_columns(node: Any, state: StatementState) -> tuple[str, ...]:
    """Columns that the call itself declares: JSON_TABLE(… COLUMNS …), OPENJSON … WITH, XMLTABLE."""
    if not isinstance(node, exp.Expr):
        return ()
    names: list[str] = []
    for column in node.find_all(*_DECLARATIONS[:3]):
        this = column.args.get("this")
        if this is not None and not column.args.get("nested_schema"):
            names.append(state.names.column(this))
    return tuple(names)


def _file_address(node: Any, name: str) -> str | None:
    if name not in _FILE_READERS and node.__class__.__name__ not in ("ReadCSV", "ReadParquet", "OpenRowset"):
        return None
    for value in _arguments(node):
        if value.__class__ is exp.Kwarg or value.__class__ is exp.PropertyEQ:
            value = value.args.get("expression")
        if value.__class__ is exp.Literal and value.args.get("is_string"):
            return value.args["this"]
        if value.__class__ is exp.Array:
            for item in value.args.get("expressions") or ():
                if item.__class__ is exp.Literal:
                    return item.args["this"]
    return None


def _read_rows_from(table: Any, alias: str, columns: tuple[str, ...], state: StatementState) -> Source:
    """PostgreSQL's ROWS FROM (f(…), g(…)); or a table node without a name, which only has an alias."""
    reader = Reader(state)
    state.depth += 1
    for item in (table.args.get("rows_from") or ()) if table is not None else ():
        reader.read(item, TRANSFORMATION)
    state.depth -= 1
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    outputs = tuple(Output(column, refs, subs) for column in columns)
    return Source(state.add(Function(refs, subs, outputs, open=not columns, depth=state.depth + 1)), alias)


__all__ = ["IDENTITY", "add_table", "read_from", "table_parts"]
