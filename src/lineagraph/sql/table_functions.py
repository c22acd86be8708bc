"""Functions in FROM: UNNEST, generators, file readers, functions with declared columns, a user's table functions."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp
from sqlglot.errors import ParseError, TokenError

from lineagraph.model import DatasetKind
from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import Function, Output, Select, Source, Star, Table
from lineagraph.sql.field_paths import as_column
from lineagraph.sql.kinds import TRANSFORMATION
from lineagraph.sql.lexing import toolkit
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import add_table, alias_parts, named_in_string

_MAX_NODES = 100_000
"""Of a query in a string."""

_FILE_READERS = frozenset(
    "read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto"
    " read_json_objects read_ndjson read_ndjson_auto"
    " read_text read_blob read_xlsx iceberg_scan delta_scan sniff_csv st_read s3 s3cluster url"
    " urlcluster file filecluster hdfs"
    " hdfscluster gcs azureblobstorage read_files openrowset external_query infer_schema bulk files local".split()
)
"""Table functions whose first string argument is the address of what they read."""

_GENERATORS = frozenset(
    "generate_series generate_subscripts range numbers numbers_mt zeros generator"
    " generate_date_array generate_timestamp_array"
    " unnest explode explode_outer posexplode posexplode_outer inline inline_outer stack flatten split_to_table"
    " strtok_split_to_table string_split openjson json_table jsonb_array_elements"
    " json_array_elements jsonb_each json_each"
    " jsonb_each_text json_each_text jsonb_to_recordset json_to_recordset jsonb_to_record json_to_record json_tree"
    " jsonb_array_elements_text json_array_elements_text jsonb_object_keys json_object_keys regexp_split_to_table"
    " string_to_table xmltable xml_table regexp_matches jsonb_path_query sequence arrayjoin"
    " nodes dual result_scan rowset"
    " dbms_xplan.display json_tuple parse_url_tuple glob repeat values variant_explode variant_explode_outer".split()
)
"""Table functions that only compute: they are no datasets."""

_WINDOWED = frozenset({"tumble", "hop", "session", "cumulate"})
"""Functions that hand on the rows of their first argument, a table, with the window that each belongs to."""

_ELSEWHERE = frozenset({"remote", "remotesecure", "cluster", "clusterallreplicas"})
"""ClickHouse's functions that read a table on other machines: `remote('host', db, t)`, `cluster('c', db.t)`."""

_OF_MODELS = frozenset({"ml", "ai"})
"""BigQuery's schemas of functions that apply a model to rows."""


def read_unnest(node: Any, state: StatementState, outer_alias: Any = None) -> Source:
    args = node.args
    alias, columns, parsed = alias_parts(outer_alias or args.get("alias"), state)
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
    element = (
        state.traits.element_alias
        and (parsed is not None and parsed.args.get("this") is None)
        and len(columns) == 1
    )
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
        Function(
            refs,
            subs,
            tuple(outputs),
            open=element or not columns or state.dialect == "bigquery",
            depth=state.depth + 1,
        )
    )
    if element and not alias:
        alias = columns[0]
    return Source(relation, alias, merge_alias=element or not columns)


def _function_name(node: Any, table: Any) -> tuple[tuple[str, ...], str]:
    """Name parts of a table function, and its last part in lower case."""
    if node.__class__ is exp.Anonymous:
        text = node.name
    elif node.__class__ is exp.Dot:
        chain = [
            part.sql_name() if isinstance(part, exp.Func) and not part.name else part.name
            for part in node.flatten()
        ]
        return tuple(chain), chain[-1].lower()
    else:
        text = node.sql_name() if isinstance(node, exp.Func) else node.__class__.__name__
    parts = text.split(".")
    if table is not None:
        parts = [
            table.args[name].name for name in ("catalog", "db") if table.args.get(name) is not None
        ] + parts
    return tuple(parts), parts[-1].lower()


def read_function(node: Any, alias_node: Any, state: StatementState, table: Any = None) -> Source:
    """A function in FROM: a file reader, a generator, a function with declared columns, or a user's table function."""
    alias, columns, _ = alias_parts(alias_node, state)
    if node is None:
        return _read_rows_from(table, alias, columns, state)
    if node.__class__ in (exp.Subquery, exp.Select):
        return Source(state.read_query(node), alias, columns)
    if node.__class__ is exp.Unnest:
        return read_unnest(node, state, alias_node)
    named = named_in_string(node)
    if named is not None:
        return Source(add_table(named, state), alias or state.names.column(named.this), columns)
    parts, name = _function_name(node, table)
    if name in ("table", "stream", "live", "the", "lateral") and node.__class__ is exp.Anonymous:
        inner = node.args.get("expressions") or []
        if len(inner) == 1:
            return _read_wrapped(inner[0], name, alias_node, state)
    if name in _WINDOWED and node.__class__ is exp.Anonymous:
        windowed = _read_windowed(node, alias or name, columns, state)
        if windowed is not None:
            return windowed
    elsewhere = _named_elsewhere(node, name) if name in _ELSEWHERE else None
    if elsewhere is not None:
        return Source(add_table(elsewhere, state), alias or elsewhere.name, columns)
    if name == "openquery":
        passed_on = read_passed_on(node, state)
        if passed_on >= 0:
            return Source(passed_on, alias, columns)
    file = _file_address(node, name)
    if file is not None:
        index = state.add(Table((file,), kind=DatasetKind.EXTERNAL_FILE))
        return Source(index, alias or name, columns)
    reader = Reader(state)
    state.depth += 1
    if isinstance(node, exp.Expr):
        for value in _arguments(node):
            if value.__class__ is not exp.Table:
                reader.read(as_column(value) if name == "nodes" else value, TRANSFORMATION)
    state.depth -= 1
    refs, subs = tuple(reader.refs), tuple(reader.subs)
    declared = _declared_columns(node, state)
    outputs = tuple(Output(column, refs, subs) for column in columns or declared)
    known = bool(declared) or (bool(columns) and node.__class__ is not exp.Anonymous)
    is_generator = (
        len(parts) == 1 and (name in _GENERATORS or node.__class__ is not exp.Anonymous)
    ) or name in ("nodes", "flatten", "split_to_table")
    is_generator = is_generator or (state.dialect == "bigquery" and parts[0].lower() in _OF_MODELS)
    index = -1
    applied = node.args.get("this") if isinstance(node, exp.Expr) else None
    if applied.__class__ is exp.Table:
        # BigQuery: ML.PREDICT(MODEL m, …), VECTOR_SEARCH(TABLE t, …)
        index = add_table(applied, state)
    elif not is_generator:
        folded = tuple(state.names.text(part) for part in parts)
        index = state.add(Table(folded, kind=DatasetKind.TABLE_FUNCTION))
    if not outputs and alias and is_generator:
        outputs = (Output(alias, refs, subs),)
    if node.__class__ is exp.Posexplode and len(columns) == 1:
        outputs = (Output("pos", refs, subs), *outputs)
    relation = state.add(Function(refs, subs, outputs, open=not known, table=index, depth=state.depth + 1))
    single = len(outputs) == 1 and (not columns or state.traits.element_alias)
    return Source(relation, alias or name, (), merge_alias=single and bool(alias))


def _read_windowed(node: Any, alias: str, columns: tuple[str, ...], state: StatementState) -> Source | None:
    """`TUMBLE(t, DESCRIPTOR(ts), INTERVAL '1' HOUR)`: t's columns, and `window_start` and `window_end` made of ts."""
    arguments: list[Any] = node.args.get("expressions") or []
    if not arguments or arguments[0].__class__ is not exp.Column:
        return None
    args = arguments[0].args
    name = state.names.column(args["this"])
    cte = state.ctes.get(name) if args.get("table") is None else None
    if cte is not None:
        source = Source(cte[0], name, cte[1])
    else:
        table = exp.Table(this=args["this"], db=args.get("table"), catalog=args.get("db"))
        source = Source(add_table(table, state), name)
    reader = Reader(state)
    for other in arguments[1:]:
        reader.read(other, TRANSFORMATION)
    bounds = [Output(bound, tuple(reader.refs)) for bound in ("window_start", "window_end", "window_time")]
    relation = state.add(Select((source,), (Star(), *bounds), depth=state.depth))
    return Source(relation, alias, columns)


def _named_elsewhere(node: Any, name: str) -> Any:
    """The table that a function of `_ELSEWHERE` names in its arguments, or None."""
    named: list[Any] = [value for value in _arguments(node)[1:3] if value.__class__ is exp.Column]
    if not named:
        return None
    first: dict[str, Any] = named[0].args
    if first.get("table") is not None or len(named) == 1:
        return exp.Table(this=first["this"], db=first.get("table"))
    return exp.Table(this=named[1].args["this"], db=first["this"])


def read_passed_on(node: Any, state: StatementState) -> int:
    """T-SQL's `OPENQUERY(server, 'query')`: add the query's relation, its datasets named as that server's; -1 if it
    cannot be read."""
    arguments = _arguments(node)
    if [argument.__class__ for argument in arguments] != [exp.Column, exp.Literal]:
        return -1
    server = state.names.table(arguments[0].args.get("this"))
    tools = toolkit(state.dialect)
    text = arguments[1].args["this"]
    try:
        query = tools.parse(tools.tokenize(text), text, _MAX_NODES)
    except (ParseError, TokenError, RecursionError):
        return -1
    if not isinstance(query, exp.Query):
        return -1
    for identifier in query.find_all(exp.Identifier):
        # they stand in another text
        for place in ("start", "end", "line", "col"):
            identifier.meta.pop(place, None)
    before = len(state.relations)
    saved, state.ctes = state.ctes, {}
    relation = state.read_query(query)
    state.ctes = saved
    for index in range(before, len(state.relations)):
        table = state.relations[index]
        if isinstance(table, Table) and not table.kind:
            state.relations[index] = Table((server, *table.parts))
    return relation


def _read_wrapped(inner: Any, wrapper: str, alias_node: Any, state: StatementState) -> Source:
    """`TABLE(f(x))` and `TABLE(t.collection)` of Oracle; `STREAM(t)` of Databricks."""
    alias, columns, _ = alias_parts(alias_node, state)
    if inner.__class__ is exp.Column and wrapper in ("stream", "live"):
        args = inner.args
        table = exp.Table(this=args["this"], db=args.get("table"), catalog=args.get("db"))
        index = add_table(table, state)
        return Source(index, alias or state.names.column(args["this"]), columns)
    if isinstance(inner, exp.Func) or inner.__class__ is exp.Dot:
        return read_function(inner, alias_node, state)
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
            found.extend(
                item for item in value if isinstance(item, exp.Expr) and item.__class__ not in _DECLARATIONS
            )
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
    value: Any
    for value in _arguments(node):
        if value.__class__ is exp.EQ:
            # StarRocks and Doris: FILES('path' = 's3://…', 'format' = 'csv')
            option = value.args["this"].name.lower()
            value = value.args["expression"] if option in ("path", "uri", "file_path") else None
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
