"""What a statement defines or changes without moving rows: CREATE, ALTER, DROP, TRUNCATE, USE, synonyms → effects."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import DatasetKind
from lineagraph.sql.expressions import Reader
from lineagraph.sql.facts import (
    Change,
    ColumnDef,
    Create,
    Output,
    Ref,
    Select,
    Source,
    Star,
    Table,
    Use,
    Write,
)
from lineagraph.sql.kinds import FILTER, TRANSFORMATION
from lineagraph.sql.sources import read_from
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import add_table

_DATASET_KINDS = frozenset(
    {"TABLE", "VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE", "FOREIGN TABLE", "STREAM", "DICTIONARY"}
)
_DROPPED_KINDS = _DATASET_KINDS | {"MATERIALIZED VIEW", "", "SYNONYM"}


def read_create(node: Any, state: StatementState) -> bool:
    """CREATE of a dataset, or of a SQL function whose body is a query; False where there is no lineage in it."""
    args = node.args
    kind = str(args.get("kind") or "").upper()
    if kind in ("FUNCTION", "MACRO", "PROCEDURE"):
        return _read_function(node, kind, state)
    if kind == "MODEL":
        return _read_model(node, state)
    if kind not in _DATASET_KINDS:
        return False
    this = args["this"]
    table = this.args["this"] if this.__class__ is exp.Schema else this
    if not isinstance(table, exp.Table):
        return False
    properties = args.get("properties")
    found = (
        {p.__class__: p for p in (properties.args.get("expressions") or ())} if properties is not None else {}
    )
    temporary = (
        exp.TemporaryProperty in found
        or exp.VolatileProperty in found
        or (state.dialect == "teradata" and exp.StabilityProperty in found)
        or (kind == "VIEW" and exp.GlobalProperty in found)
    )
    target = add_table(table, state)
    columns, names, like = _schema_columns(this, state)
    saved = state.ctes
    if args.get("with_") is not None:
        state.enter_ctes(node)
    relation = -1
    query = args.get("expression")
    copies = False
    clone = args.get("clone")
    if isinstance(query, exp.Table) and state.dialect == "clickhouse":
        like = add_table(query, state)
    elif isinstance(query, exp.Expr) and query.__class__ is not exp.Command:
        if query.__class__ is exp.Table or (
            query.__class__ is exp.Subquery and not isinstance(query.args["this"], exp.Query)
        ):
            relation = state.add(Select(tuple(read_from([query], state)), (Star(),), depth=state.depth))
        else:
            relation = state.read_query(query)
    if clone is not None:
        like, copies = add_table(clone.args["this"], state), True
    if exp.LikeProperty in found:
        like = add_table(found[exp.LikeProperty].args["this"], state)
    if exp.PartitionedOfProperty in found:
        like = add_table(found[exp.PartitionedOfProperty].args["this"], state)
    no_data = found.get(exp.WithDataProperty)
    to_table = found.get(exp.ToTableProperty)
    materialized = exp.MaterializedProperty in found
    shape_only = (
        no_data is not None and bool(no_data.args.get("no")) and not materialized
    ) or to_table is not None
    inherits = found.get(exp.InheritsProperty)
    if inherits is not None and like < 0:
        parents = [p for p in inherits.args.get("expressions") or () if isinstance(p, exp.Table)]
        like = add_table(parents[0], state) if parents else -1
    partitioned = found.get(exp.PartitionedByProperty)
    if partitioned is not None and partitioned.args["this"].__class__ is exp.Schema:
        # Hive: partition columns are columns, after the others
        columns += _schema_columns(partitioned.args["this"], state)[0]
    state.effects.append(
        Create(
            target,
            _dataset_kind(kind, found, temporary),
            columns,
            names,
            relation,
            like,
            copies,
            temporary,
            bool(args.get("replace")),
            bool(args.get("exists")),
            by_name=state.dialect in ("mysql", "singlestore", "doris", "starrocks"),
            shape_only=shape_only,
        )
    )
    if to_table is not None and relation >= 0:
        # the view keeps no rows: they go to the table that TO names
        state.effects.append(Write(add_table(to_table.args["this"], state), relation, by_name=True))
    state.ctes = saved
    return True


def _read_model(node: Any, state: StatementState) -> bool:
    """BigQuery: a model is made of the columns of its query, and what predicts with it reads it."""
    query = node.args.get("expression")
    if not isinstance(query, exp.Query) or not isinstance(node.args["this"], exp.Table):
        return False
    target = add_table(node.args["this"], state)
    training = state.read_query(query)
    learnt = state.add(Select((Source(training),), (Star(kind=TRANSFORMATION),), depth=state.depth))
    replace = bool(node.args.get("replace"))
    state.effects.append(Create(target, DatasetKind.TABLE, relation=learnt, replace=replace))
    return True


def _dataset_kind(kind: str, properties: dict[type, Any], temporary: bool) -> str:
    if temporary:
        return DatasetKind.TEMPORARY_TABLE
    if kind == "VIEW":
        return DatasetKind.MATERIALIZED_VIEW if exp.MaterializedProperty in properties else DatasetKind.VIEW
    if exp.DynamicProperty in properties or kind == "DYNAMIC TABLE":
        return DatasetKind.MATERIALIZED_VIEW
    return DatasetKind.TABLE


def _schema_columns(schema: Any, state: StatementState) -> tuple[tuple[ColumnDef, ...], tuple[str, ...], int]:
    """Typed columns, or a bare list of names, and the table of a LIKE clause (-1: none)."""
    if schema.__class__ is not exp.Schema:
        return (), (), -1
    defined: list[ColumnDef] = []
    names: list[str] = []
    like = -1
    typed = False
    for item in schema.args.get("expressions") or ():
        if item.__class__ is exp.ColumnDef:
            column = column_definition(item, state)
            typed = typed or column.data_type is not None or bool(column.refs)
            defined.append(column)
            names.append(column.name)
        elif item.__class__ is exp.Identifier:
            name = state.names.column(item)
            defined.append(ColumnDef(name))
            names.append(name)
        elif item.__class__ is exp.LikeProperty:
            like = add_table(item.args["this"], state)
    if typed:
        return tuple(defined), (), like
    return (), tuple(names), like


_TYPE_PARTS = {"this", "expressions", "nested"}


def _type_text(kind: Any, dialect: str) -> str:
    """A data type as its dialect writes it. Writing one takes as long as reading five columns, and a schema repeats a
    few (`VARCHAR(200)`) thousands of times, so the common ones are remembered."""
    args = kind.args
    if kind.__class__ is exp.DataType and args.keys() <= _TYPE_PARTS and not args.get("nested"):
        parameters: list[str] = []
        for parameter in args.get("expressions") or ():
            value = parameter.args.get("this")
            if parameter.args.get("expression") is not None or value.__class__ is not exp.Literal:
                break
            if value.args.get("is_string"):
                break
            parameters.append(value.args["this"])
        else:
            return _common_type(args["this"], tuple(parameters), dialect)
    return kind.sql(dialect or None, comments=False)


@lru_cache(maxsize=4096)
def _common_type(base: Any, parameters: tuple[str, ...], dialect: str) -> str:
    listed = [exp.DataTypeParam(this=exp.Literal.number(parameter)) for parameter in parameters]
    return exp.DataType(this=base, expressions=listed, nested=False).sql(dialect or None, comments=False)


def column_definition(node: Any, state: StatementState) -> ColumnDef:
    identifier = node.args["this"]
    name = state.names.column(identifier)
    kind = node.args.get("kind")
    data_type = _type_text(kind, state.dialect) if isinstance(kind, exp.Expr) else None
    refs: tuple[Ref, ...] = ()
    for constraint in node.args.get("constraints") or ():
        what = constraint.args.get("kind")
        if what.__class__ in (exp.ComputedColumnConstraint, exp.GeneratedAsRowColumnConstraint):
            expression = what.args.get("this")
        elif what.__class__ is exp.GeneratedAsIdentityColumnConstraint:
            expression = what.args.get("expression")
        else:
            continue
        if isinstance(expression, exp.Expr):
            reader = Reader(state)
            reader.read(expression, TRANSFORMATION)
            refs += tuple(reader.refs)
    computed = node.args.get("computed")
    if isinstance(computed, exp.Expr):
        reader = Reader(state)
        reader.read(computed, TRANSFORMATION)
        refs += tuple(reader.refs)
    meta = identifier.meta
    return ColumnDef(name, data_type, refs, meta.get("start", -1), meta.get("end", -2) + 1)


def _read_function(node: Any, kind: str, state: StatementState) -> bool:
    """A SQL function: a table function is a dataset made by its query; a scalar one has no dataset of its own."""
    function = node.args["this"]
    body = node.args.get("expression")
    if not isinstance(function, exp.UserDefinedFunction) or not isinstance(body, exp.Expr):
        return False
    while body.__class__ in (exp.Return, exp.Paren, exp.Heredoc) and isinstance(
        body.args.get("this"), exp.Expr
    ):
        body = body.args["this"]
    if not isinstance(body, exp.Query):
        return False
    parameters: set[str] = set()
    for parameter in function.args.get("expressions") or ():
        name = parameter.args.get("this") if parameter.__class__ is exp.ColumnDef else parameter
        if isinstance(name, exp.Identifier):
            parameters.add(state.names.column(name))
    saved = state.parameters
    state.parameters = saved | frozenset(parameters)
    relation = state.read_query(body)
    state.parameters = saved
    properties = node.args.get("properties")
    returns = properties.find(exp.ReturnsProperty) if properties is not None else None
    is_table = kind == "MACRO" or (
        returns is not None and bool(returns.args.get("is_table") or returns.args.get("table"))
    )
    if not is_table and returns is not None:
        return True
    table = function.args["this"]
    target = add_table(table, state)
    state.effects.append(Create(target, DatasetKind.TABLE_FUNCTION, relation=relation))
    return True


def read_drop(node: Any, state: StatementState) -> bool:
    args = node.args
    kind = str(args.get("kind") or "").upper()
    if kind not in _DROPPED_KINDS:
        return False
    found = False
    for table in args.get("tables") or ([args["this"]] if args.get("this") is not None else []):
        if isinstance(table, exp.Table):
            state.effects.append(Change(add_table(table, state), "DROP"))
            found = True
    return found


def read_truncate(node: Any, state: StatementState) -> bool:
    for table in node.args.get("expressions") or ():
        if isinstance(table, exp.Table):
            state.effects.append(Change(add_table(table, state), "TRUNCATE"))
    return True


def read_alter(node: Any, state: StatementState) -> bool:
    args = node.args
    table = args["this"]
    if not isinstance(table, exp.Table) or str(args.get("kind") or "TABLE").upper() not in _DROPPED_KINDS:
        return False
    target = add_table(table, state)
    added: list[ColumnDef] = []
    dropped: list[str] = []
    renamed: list[tuple[str, str]] = []
    plain = False
    for action in _flat_actions(args.get("actions") or []):
        if action.__class__ is exp.AlterRename:
            state.effects.append(Change(target, "RENAME", _renamed_to(table, action.args["this"], state)))
        elif action.__class__ is exp.SwapTable:
            state.effects.append(Change(target, "SWAP", add_table(action.args["this"], state)))
        elif action.__class__ is exp.Delete:
            # ClickHouse's mutation
            row = Reader(state)
            row.read(action.args["where"].args["this"], FILTER)
            relation = state.add(
                Select((Source(target, table.name, target=True),), (), tuple(row.refs), tuple(row.subs))
            )
            state.effects.append(Change(target, "DELETE", relation=relation))
            return True
        elif action.__class__ is exp.ColumnDef:
            added.append(column_definition(action, state))
        elif action.__class__ is exp.RenameColumn:
            renamed.append((_column(action.args["this"], state), _column(action.args["to"], state)))
        elif action.__class__ is exp.Drop and str(action.args.get("kind") or "COLUMN").upper() == "COLUMN":
            for column in action.args.get("tables") or (
                [action.args["this"]] if action.args.get("this") else []
            ):
                dropped.append(_column(column, state))
        elif isinstance(action, exp.Query):
            # ALTER VIEW v AS SELECT …
            state.effects.append(
                Create(target, DatasetKind.VIEW, relation=state.read_query(action), replace=True)
            )
            return True
        else:
            plain = True
    if added or dropped or renamed or plain:
        state.effects.append(
            Change(target, "ALTER", added=tuple(added), dropped=tuple(dropped), renamed=tuple(renamed))
        )
    return bool(state.effects)


def _flat_actions(actions: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for action in actions:
        if action.__class__ in (exp.Schema, exp.Tuple):
            flat.extend(action.args.get("expressions") or ())
        else:
            flat.append(action)
    return flat


def _renamed_to(table: Any, new: Any, state: StatementState) -> int:
    """The new name: an unqualified one stays in the schema of the old."""
    if new.__class__ is exp.Table and new.args.get("db") is None and table.args.get("db") is not None:
        # `db..t` has an empty string for its schema, which is no node
        schema = {
            part: named.copy() if isinstance(named := table.args.get(part), exp.Expr) else named
            for part in ("db", "catalog")
        }
        new = exp.Table(this=new.args["this"], **schema)
    return add_table(new, state)


def _column(node: Any, state: StatementState) -> str:
    if node.__class__ is exp.Column:
        node = node.args["this"]
    return state.names.column(node) if node.__class__ is exp.Identifier else state.names.text(node.name)


_SCHEMA_IS_OUTERMOST = frozenset(
    {"mysql", "hive", "spark", "spark2", "databricks", "clickhouse", "doris", "starrocks", "teradata"}
)
"""Dialects whose USE names the schema: there is nothing above it, or it is chosen apart."""


def read_use(node: Any, state: StatementState) -> bool:
    """USE [DATABASE | SCHEMA | CATALOG] name; USE ROLE and USE WAREHOUSE do not move names."""
    args = node.args
    kind = str(
        args["kind"].name if isinstance(args.get("kind"), exp.Expr) else args.get("kind") or ""
    ).upper()
    this = args.get("this")
    if kind in ("ROLE", "WAREHOUSE", "SECONDARY ROLES") or not isinstance(this, exp.Table):
        return False
    names = state.names
    first = names.table(this.args["this"])
    outer = names.table(this.args["db"]) if this.args.get("db") is not None else None
    if outer is not None:
        effect = Use(outer, (first,))
    elif kind in ("DATABASE", "CATALOG") and state.dialect not in ("mysql", "hive", "spark", "clickhouse"):
        effect = Use(first) if state.dialect != "databricks" or kind == "CATALOG" else Use(None, (first,))
    elif (
        kind == "SCHEMA"
        or state.dialect in _SCHEMA_IS_OUTERMOST
        or state.dialect in ("trino", "presto", "athena", "duckdb")
    ):
        effect = Use(None, (first,))
    else:
        effect = Use(first)
    state.effects.append(effect)
    return True


def read_declare(node: Any, state: StatementState) -> bool:
    """T-SQL's DECLARE @t TABLE (…): a table of this batch."""
    for item in node.args.get("expressions") or ():
        schema = item.args.get("kind")
        names = item.args.get("this")
        if schema.__class__ is not exp.Schema:
            continue
        for name in names if isinstance(names, list) else [names]:
            columns, _, _ = _schema_columns(schema, state)
            target = add_table(exp.Table(this=name), state)
            state.effects.append(Create(target, DatasetKind.TEMPORARY_TABLE, columns, temporary=True))
    return bool(state.effects)


def read_cache(node: Any, state: StatementState) -> bool:
    """Spark's CACHE TABLE x AS SELECT …: a session's view."""
    query = node.args.get("expression")
    table = node.args.get("this")
    if not isinstance(query, exp.Query) or not isinstance(table, exp.Table):
        return False
    relation = state.read_query(query)
    state.effects.append(
        Create(add_table(table, state), DatasetKind.TEMPORARY_TABLE, relation=relation, temporary=True)
    )
    return True


def select_into(node: Any, relation: int, state: StatementState) -> bool:
    """SELECT … INTO t: creates the table it fills."""
    into = node.args.get("into")
    if into is None or not isinstance(into.args.get("this"), exp.Table):
        return False
    temporary = bool(into.args.get("temporary"))
    target = add_table(into.args["this"], state)
    table = state.relations[target]
    if isinstance(table, Table) and table.temporary and table.parts[-1].startswith("@"):
        # no dialect fills a table variable so: it is a parameter of the script that stands for a table
        state.relations[target] = Table(table.parts, table.start, table.end)
    kind = DatasetKind.TEMPORARY_TABLE if temporary else DatasetKind.TABLE
    state.effects.append(Create(target, kind, relation=relation, temporary=temporary))
    return True


__all__ = [
    "Output",
    "column_definition",
    "read_alter",
    "read_create",
    "read_drop",
    "read_truncate",
    "read_use",
    "select_into",
]
