"""The table of SEMANTICS: one reader for each construct whose operands do not all flow the same way.

A reader collects the references below a node that reaches what is being read by `kind`; `expressions` says which node
has which reader. The commonest ones call each other through the table and not through `Reader.read`: half the nodes of
a query are columns, literals and comparisons, and a method call more is a tenth of what reading one costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from lineagraph.sql.facts import Ref
from lineagraph.sql.function_names import AGGREGATE_NAMES, FIRST_DECIDES_NAMES, MASKING_NAMES
from lineagraph.sql.kinds import (
    AGGREGATION,
    IDENTITY,
    MASKED,
    MASKING,
    TRANSFORMATION,
    WINDOW,
    aggregated,
    deciding,
    masked,
    operand,
)

if TYPE_CHECKING:
    from lineagraph.sql.expressions import Reader


class Readers(dict[type, "Callable[[Reader, Any, int], None]"]):
    """The reader of each class of node. A class is looked for among `bases` when it is first met, then remembered;
    what is no node (a flag, a word, None) has nothing to read."""

    def __init__(self) -> None:
        super().__init__()
        self.bases: list[tuple[type, Callable[[Reader, Any, int], None]]] = []

    def __missing__(self, cls: type) -> Callable[[Reader, Any, int], None]:
        found = read_nothing
        if issubclass(cls, exp.Expr):
            found = next((reader for base, reader in self.bases if issubclass(cls, base)), read_children)
        self[cls] = found
        return found


_IDENTIFIER = exp.Identifier
READERS = Readers()
"""Filled by `expressions`."""


def classes(*names: str) -> tuple[type, ...]:
    """Those of sqlglot's classes that this version has."""
    return tuple(getattr(exp, name) for name in names if hasattr(exp, name))


_VALUE_WINDOWS = classes("Lag", "Lead", "FirstValue", "LastValue", "NthValue")
_RANKS = classes("RowNumber", "Rank", "DenseRank", "Ntile", "PercentRank", "CumeDist")


def read_children(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    if kind == IDENTITY:
        kind = TRANSFORMATION
    for value in node.args.values():
        if value.__class__ is list:
            for item in value:
                READERS[item.__class__](reader, item, kind)
        elif value is not None:
            READERS[value.__class__](reader, value, kind)


def read_binary(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    if kind == IDENTITY:
        kind = TRANSFORMATION
    args = node.args
    left, right = args["this"], args["expression"]
    READERS[left.__class__](reader, left, kind)
    READERS[right.__class__](reader, right, kind)


def read_nothing(reader: Reader, node: Any, kind: int) -> None:
    return


def read_literal(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True


def read_column(reader: Reader, node: Any, kind: int) -> None:
    """`a` and `t.a`, unquoted and below no masking function; everything else is for `Reader.column`."""
    args = node.args
    this = args["this"]
    if this.__class__ is _IDENTIFIER and kind < MASKED:
        identifier = this.args
        if not identifier.get("quoted"):
            state = reader.state
            if len(args) == 1:
                name = state.columns[identifier["this"]]
                if name not in state.no_columns:
                    reader.refs.append(Ref(kind, name, "", this.meta.get("start", -1), reader.alias_flag))
                    return
            elif len(args) == 2 and not state.has_money:
                table = args.get("table")
                if table.__class__ is _IDENTIFIER and not table.args.get("quoted"):
                    qualifier = state.columns[table.args["this"]]
                    name = state.columns[identifier["this"]]
                    if name not in state.sequence_columns and qualifier not in state.records:
                        reader.refs.append(Ref(kind, name, qualifier, table.meta.get("start", -1)))
                    return
    reader.column(node, kind)


def read_same(reader: Reader, node: Any, kind: int) -> None:
    this = node.args["this"]
    READERS[this.__class__](reader, this, kind)


def read_star(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.star(operand(kind))


def read_aggregate(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    read_children(reader, node, AGGREGATION if kind <= AGGREGATION else kind)


def read_count(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    reader.complex = True
    below = masked(aggregated(kind))
    this = node.args.get("this")
    if this is None:
        reader.star(below)
        return
    if this.__class__ is exp.Literal:
        # COUNT(1) counts rows, as COUNT(*) does
        reader.star(below)
        return
    read_children(reader, node, below)


def read_mask(reader: Reader, node: Any, kind: int) -> None:
    read_children(reader, node, masked(operand(kind)))


def read_window(reader: Reader, node: Any, kind: int) -> None:
    args = node.args
    was_aggregate = reader.aggregate
    reader.complex = True
    this = args["this"]
    inner = this.args["this"] if this.__class__ in (exp.IgnoreNulls, exp.RespectNulls) else this
    if isinstance(inner, _VALUE_WINDOWS):
        read_value_window(reader, inner, kind)
    elif isinstance(inner, _RANKS):
        # ranks take no value from a column (PERCENT_RANK(x) WITHIN GROUP is an aggregate, not this)
        pass
    else:
        reader.read(this, operand(kind))
    # an aggregate under OVER is no aggregate of the query
    reader.aggregate = was_aggregate
    by = WINDOW if kind <= AGGREGATION or kind >= MASKED else kind
    reader.read_all(args.get("partition_by"), by)
    for part in ("order", "spec"):
        if args.get(part) is not None:
            reader.read(args[part], by)
    named = args.get("alias")
    if named is not None:
        read_named_window(reader, named, by)


def read_named_window(reader: Reader, name: Any, kind: int) -> None:
    definition = reader.state.windows.get(reader.state.names.column(name))
    if definition is None:
        return
    reader.read_all(definition.args.get("partition_by"), kind)
    for part in ("order", "spec"):
        if definition.args.get(part) is not None:
            reader.read(definition.args[part], kind)
    base = definition.args.get("alias")
    if base is not None and base is not name and base.name != definition.this.name:
        read_named_window(reader, base, kind)


def read_value_window(reader: Reader, node: Any, kind: int) -> None:
    """`lag`, `first_value` and their like hand on one row's value: a transformation, not an aggregation."""
    args = dict(node.args)
    order = args["this"]
    if isinstance(order, exp.Expr):
        reader.read(order, TRANSFORMATION if kind <= AGGREGATION else kind)
    for name in ("default",):
        if isinstance(args.get(name), exp.Expr):
            reader.read(args[name], TRANSFORMATION if kind <= AGGREGATION else kind)
    if isinstance(args.get("offset"), exp.Expr):
        reader.read(args["offset"], deciding(kind))


def read_filter(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], kind)
    reader.read(node.args["expression"], deciding(kind))


def read_having_max(reader: Reader, node: Any, kind: int) -> None:
    # ANY_VALUE(x HAVING MAX y): y decides which x
    reader.read(node.args["this"], kind)
    reader.read(node.args["expression"], deciding(kind))


def read_case(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    args = node.args
    condition = deciding(kind)
    value = operand(kind)
    if args.get("this") is not None:
        reader.read(args["this"], condition)
    for branch in args.get("ifs") or ():
        reader.read(branch.args["this"], condition)
        if branch.args.get("true") is not None:
            reader.read(branch.args["true"], value)
    if args.get("default") is not None:
        reader.read(args["default"], value)


def read_first_decides(reader: Reader, node: Any, kind: int) -> None:
    """IF, IIF, NVL2, ELT: `this` decides, the rest are values."""
    reader.complex = True
    args = node.args
    reader.read(args["this"], deciding(kind))
    for name, value in args.items():
        if name != "this" and isinstance(value, exp.Expr):
            reader.read(value, operand(kind))
        elif value.__class__ is list:
            reader.read_all(value, operand(kind))


def read_nullif(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], operand(kind))
    reader.read(node.args["expression"], deciding(kind))


def read_decode(reader: Reader, node: Any, kind: int) -> None:
    """DECODE(x, search, result, …, default): x and the searches decide."""
    reader.complex = True
    items = node.args.get("expressions") or []
    if not items:
        return
    reader.read(items[0], deciding(kind))
    rest = items[1:]
    for index, item in enumerate(rest):
        is_result = index % 2 == 1 or index == len(rest) - 1
        reader.read(item, operand(kind) if is_result else deciding(kind))


def read_query(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.subquery(node, kind if kind != IDENTITY else TRANSFORMATION)


def read_subquery(reader: Reader, node: Any, kind: int) -> None:
    inner = node.args["this"]
    if isinstance(inner, exp.Query):
        reader.complex = True
        # a scalar subquery alone hands its value on as it is
        reader.subquery(node, kind)
    else:
        reader.read(inner, kind)


def read_exists(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    inner = node.args["this"]
    if isinstance(inner, exp.Query):
        reader.subquery(inner, kind, values=False)
    else:
        read_children(reader, node, kind)


def read_in(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    below = operand(kind)
    for name, value in node.args.items():
        if name == "query" and isinstance(value, exp.Expr):
            reader.read(value, below)
        elif name == "field" and isinstance(value, exp.Expr):
            reader.read(value, below)
        elif isinstance(value, exp.Expr):
            reader.read(value, below)
        elif value.__class__ is list:
            reader.read_all(value, below)


def read_anonymous(reader: Reader, node: Any, kind: int) -> None:
    name = node.name.lower().rsplit(".", 1)[-1]
    if name in MASKING_NAMES or name.startswith(("mask_", "hash_")):
        read_children(reader, node, masked(operand(kind)))
    elif name in AGGREGATE_NAMES:
        reader.aggregate = True
        read_children(reader, node, aggregated(kind))
    elif (
        name == "values"
        and len(node.args.get("expressions") or ()) == 1
        and node.args["expressions"][0] is not None
    ):
        # MySQL's VALUES(a) in ON DUPLICATE KEY UPDATE: the row that was refused
        item = node.args["expressions"][0]
        column = item if item.__class__ is exp.Identifier else item.args.get("this")
        if column.__class__ is exp.Identifier:
            flags = MASKING if kind >= MASKED else 0
            reader.refs.append(
                Ref(
                    kind % MASKED,
                    reader.state.names.column(column),
                    "excluded",
                    column.meta.get("start", -1),
                    flags,
                )
            )
    elif name == "multiif":
        reader.complex = True
        items = node.args.get("expressions") or []
        for index, item in enumerate(items):
            decides = index % 2 == 0 and index < len(items) - 1
            reader.read(item, deciding(kind) if decides else operand(kind))
    elif name in FIRST_DECIDES_NAMES:
        reader.complex = True
        items = node.args.get("expressions") or []
        for index, item in enumerate(items):
            reader.read(item, deciding(kind) if index == 0 else operand(kind))
    else:
        read_children(reader, node, kind)


def read_combined_aggregate(reader: Reader, node: Any, kind: int) -> None:
    """ClickHouse's parametric and combined aggregates: `sumIf(x, cond)`, `quantile(0.5)(x)`, `argMax(x, t)`."""
    reader.aggregate = True
    reader.complex = True
    name = node.name
    items = node.args.get("expressions") or []
    if items.__class__ is not list:  # the parser's slip on `PARAMETERIZED_AGG(a, b)` by that name
        items = [items]
    below = aggregated(kind)
    if name.lower().startswith(("count", "uniq")):
        below = masked(below)
    if name.endswith("If") and items:
        reader.read_all(items[:-1], below)
        if name.lower() == "countif" and len(items) == 1:
            reader.star(below)
        reader.read(items[-1], deciding(kind))
    else:
        reader.read_all(items, below)


def read_count_if(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    read_children(reader, node, masked(aggregated(kind)))


def read_within_group(reader: Reader, node: Any, kind: int) -> None:
    """`agg(…) WITHIN GROUP (ORDER BY x)`: x is what is aggregated."""
    reader.complex = True
    reader.read(node.args["this"], kind)
    reader.aggregate = True
    reader.read(node.args["expression"], aggregated(kind))


def read_first_last(reader: Reader, node: Any, kind: int) -> None:
    if reader.state.in_measures:
        read_children(reader, node, kind)
    else:
        read_aggregate(reader, node, kind)


def read_comprehension(reader: Reader, node: Any, kind: int) -> None:
    """`[f(x) FOR x IN xs IF …]`: x is an element of xs, no column."""
    args = node.args
    state = reader.state
    reader.read(args["iterator"], operand(kind))
    saved = state.parameters
    variable = args["expression"]
    bound = {state.names.column(i) for i in (variable.find_all(exp.Identifier))}
    state.parameters = saved | bound
    reader.read(args["this"], operand(kind))
    if isinstance(args.get("condition"), exp.Expr):
        reader.read(args["condition"], deciding(kind))
    state.parameters = saved


def read_parameter(reader: Reader, node: Any, kind: int) -> None:
    """`$1` of a staged file is its first column (Snowflake); elsewhere a parameter has no source."""
    reader.complex = True
    this = node.args.get("this")
    if (
        reader.state.dialect == "snowflake"
        and this.__class__ is exp.Literal
        and not this.args.get("is_string")
    ):
        flags = 0
        if kind >= MASKED:
            kind -= MASKED
            flags = MASKING
        reader.refs.append(Ref(kind, "$" + this.name, "", -1, flags))


def read_if(reader: Reader, node: Any, kind: int) -> None:
    args = node.args
    test, value = args["this"], args.get("false")
    if (
        test.__class__ in (exp.Is, exp.EQ)
        and value is not None
        and test.args["this"] == value
        and test.args["expression"].__class__ in (exp.Null, exp.Literal)
        and isinstance(args.get("true"), (exp.Literal, exp.Null))
        and reader.state.written("zeroifnull", "nullifzero")
    ):
        # ZEROIFNULL(x) and NULLIFZERO(x), which sqlglot spells as an IF: one value, as in COALESCE
        reader.complex = True
        reader.read(value, operand(kind))
        return
    read_first_decides(reader, node, kind)


def read_lambda(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], operand(kind))


def read_cast(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], operand(kind))
    for name in ("format", "default"):
        value = node.args.get(name)
        if isinstance(value, exp.Expr):
            reader.read(value, operand(kind))


def read_kwarg(reader: Reader, node: Any, kind: int) -> None:
    value = node.args.get("expression")
    if isinstance(value, exp.Expr):
        reader.read(value, kind)


def read_columns(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.star(operand(kind))


def read_prior(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], kind)


def read_generator(reader: Reader, node: Any, kind: int) -> None:
    """`explode(x)`, `unnest(x)` as a value: elements of x, and one row for each."""
    before = len(reader.refs)
    read_children(reader, node, kind)
    if kind <= AGGREGATION:
        reader.state.unfolded.extend(reader.refs[before:])
