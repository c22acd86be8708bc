"""Datasets by name: the parts a table is written with, its alias, addresses of files, and the target of a write."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import DatasetKind
from lineagraph.sql.facts import Table
from lineagraph.sql.identifiers import split_name
from lineagraph.sql.state import StatementState


def alias_parts(alias: Any, state: StatementState) -> tuple[str, tuple[str, ...], Any]:
    if alias is None:
        return "", (), None
    if not isinstance(alias, exp.Expr):
        return state.names.text(str(alias)), (), None
    if alias.__class__ is not exp.TableAlias:
        return state.names.column(alias), (), None
    this = alias.args.get("this")
    columns = tuple(
        state.names.column(c.args["this"] if c.__class__ is exp.ColumnDef else c)
        for c in alias.args.get("columns") or ()
    )
    return (state.names.column(this) if this is not None else ""), columns, alias


def name_and_columns(alias: Any, state: StatementState) -> tuple[str, tuple[str, ...]]:
    name, columns, _ = alias_parts(alias, state)
    return name, columns


def table_parts(node: Any, state: StatementState) -> tuple[tuple[str, ...], int, int]:
    """Folded name parts of a `Table` (or a bare identifier), with the offsets they stand at."""
    names = state.names
    if node.__class__ is exp.Table and (named := named_in_string(node.args.get("this"))) is not None:
        node = named
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
        default = _DEFAULT_SCHEMA.get(state.dialect)
        if default is not None and args.get("catalog") is not None:
            _fill_schema(identifiers, args, default)
    else:
        identifiers.append(node)
    parts: list[str] = []
    start = end = -1
    for identifier in identifiers:
        if not isinstance(identifier, exp.Expr):
            # `server...table`: the parts in between are left to their defaults
            continue
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


_NAMING = frozenset({"identifier", "table_changes", "query_table"})
"""Functions whose first argument is a dataset's name in a string (Snowflake, Databricks, DuckDB)."""


def named_in_string(node: Any) -> exp.Table | None:
    """The table that `IDENTIFIER('s.t')`, `table_changes('s.t', 1)` or the string of `TABLE('s.t')` names, or None."""
    if node.__class__ is exp.Anonymous and node.name.lower() in _NAMING:
        node = next(iter(node.args.get("expressions") or ()), None)
    elif node.__class__ is exp.DynamicIdentifier:
        node = node.args.get("this")
    if node.__class__ is not exp.Literal or not node.is_string:
        return None
    parts = [exp.to_identifier(text, quoted=quoted) for text, quoted in split_name(node.name.strip()) if text]
    if not 1 <= len(parts) <= 3:
        return None
    return exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))


_DEFAULT_SCHEMA = {"snowflake": "PUBLIC", "tsql": "dbo", "fabric": "dbo"}
"""What `db..table` leaves out (https://docs.snowflake.com/en/sql-reference/name-resolution; in T-SQL it is the user's
default schema, which is dbo but for users who were given another)."""


def _fill_schema(identifiers: list[Any], args: dict[str, Any], default: str) -> None:
    """Puts the schema into `db..table` and `server.db..table`; in `server...table` the database is not known either."""
    schema = exp.Identifier(this=default, quoted=False)
    if args.get("db") == "" and args["this"].__class__ is not exp.Dot:
        identifiers.insert(1, schema)
    elif args.get("db") and len(identifiers) == 4 and identifiers[2] == "":
        identifiers[2] = schema


_FORMATS = frozenset({"delta", "parquet", "csv", "json", "orc", "avro", "text", "binaryfile", "iceberg"})


def is_format(schema: str) -> bool:
    """Whether what stands where a schema would is a file format: Spark's `parquet.`s3://bucket/x``."""
    return schema.lower() in _FORMATS


def _looks_like_address(name: str) -> bool:
    return (
        "://" in name
        or name.startswith(("/", "./", "../", "@"))
        or name.lower().endswith(
            (
                ".csv",
                ".parquet",
                ".json",
                ".jsonl",
                ".ndjson",
                ".tsv",
                ".orc",
                ".avro",
                ".txt",
                ".gz",
                ".xlsx",
                ".delta",
            )
        )
    )


def add_table(node: Any, state: StatementState) -> int:
    """Add a `Table` relation for a dataset named by a `Table` node (a read, a write or a change); returns its index."""
    this: Any = node.args.get("this") if node.__class__ is exp.Table else node
    parts, start, end = table_parts(node, state)
    if len(parts) == 2 and parts[0] in _FORMATS and _looks_like_address(parts[1]):
        # Spark's files by path: parquet.`s3://bucket/x`
        return state.add(Table((parts[1],), start, end, kind=DatasetKind.EXTERNAL_FILE))
    if len(parts) == 1 and (this.__class__ in (exp.Literal, exp.Var) or is_quoted_address(this)):
        return state.add(Table((this.name,), start, end, kind=DatasetKind.EXTERNAL_FILE))
    if this.__class__ is exp.Parameter and node.__class__ is exp.Table:
        # `@schema@delimiter@prefix_1` is text put together by a parameterised script, not a table variable
        variable = state.dialect in ("tsql", "fabric", "") and "@" not in parts[-1][1:]
        return state.add(Table(parts, start, end, temporary=variable))
    wildcard = state.dialect == "bigquery" and parts[-1].endswith("*")
    temporary = parts[-1].startswith("#")
    return state.add(Table(parts, start, end, wildcard=wildcard, temporary=temporary))


def is_quoted_address(this: Any) -> bool:
    return (
        this.__class__ is exp.Identifier
        and bool(this.args.get("quoted"))
        and _looks_like_address(this.args["this"])
    )


def target_columns(node: Any, state: StatementState) -> tuple[tuple[str, ...] | None, Any]:
    """The column list of an INSERT's target and the table itself."""
    if node.__class__ is exp.Schema:
        names = tuple(
            state.names.column(target_identifier(column))
            for column in node.args.get("expressions") or ()
            if isinstance(column, (exp.Identifier, exp.Column, exp.ColumnDef, exp.Dot))
        )
        return names or None, node.args["this"]
    return None, node


def target_identifier(node: Any) -> Any:
    """The identifier of a column mentioned as a target: `a`, `t.a`, `t.struct.field` (its top column)."""
    if node.__class__ is exp.Dot:
        return target_identifier(node.args["this"])
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
