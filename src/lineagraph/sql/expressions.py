"""Expression → references: which columns it mentions and how each reaches its value (type and subtype).

The table of SEMANTICS ("What lineage means here") is this module: each construct whose operands do not all flow the same
way has a reader; every other node passes its kind on to its children.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import EdgeFlag, EdgeKind
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Ref, Sub
from lineagraph.sql.state import StatementState

IDENTITY, TRANSFORMATION, AGGREGATION = int(EdgeKind.IDENTITY), int(EdgeKind.TRANSFORMATION), int(EdgeKind.AGGREGATION)
CONDITIONAL, WINDOW = int(EdgeKind.CONDITIONAL), int(EdgeKind.WINDOW)

MASKING = int(EdgeFlag.MASKING)
MASKED = 32
"""Added to a direct kind while below a masking function."""


class Reader:
    """Collects the references of one expression (or of several that belong together)."""

    __slots__ = ("aggregate", "alias_flag", "complex", "refs", "state", "subs")

    def __init__(self, state: StatementState) -> None:
        self.state = state
        self.refs: list[Ref] = []
        self.subs: list[Sub] = []
        self.aggregate = False
        self.complex = False
        self.alias_flag = 0
        """ALIAS_FIRST or ALIAS_LAST where output aliases are in sight."""

    def read(self, node: Any, kind: int) -> None:
        """Collect the references below `node`, which reaches what is being read by `kind`."""
        cls = node.__class__
        reader = _READERS.get(cls)
        if reader is None:
            reader = _READERS[cls] = _reader_for(cls)
        reader(self, node, kind)

    def read_all(self, nodes: Any, kind: int) -> None:
        for node in nodes or ():
            if isinstance(node, exp.Expr):
                self.read(node, kind)

    def column(self, node: Any, kind: int, path: str = "") -> None:
        args = node.args
        this = args["this"]
        names = self.state.names
        qualifier = ""
        start = -1
        table = args.get("table")
        if table is not None:
            qualifier = names.column(table)
            meta = table.meta
            db = args.get("db")
            if db is not None:
                qualifier = names.column(db) + QUALIFIER_SEPARATOR + qualifier
                meta = db.meta
                catalog = args.get("catalog")
                if catalog is not None:
                    qualifier = names.column(catalog) + QUALIFIER_SEPARATOR + qualifier
                    meta = catalog.meta
            start = meta.get("start", -1)
            if start >= 0 and self.state.text[start] == "$" and self.state.dialect in ("tsql", "fabric"):
                # `$19.99` is money
                return
        if this.__class__ is exp.Star:
            name = "*"
        elif this.__class__ is exp.Identifier:
            name = names.column(this)
            if start < 0:
                start = this.meta.get("start", -1)
            if table is None:
                if self._is_no_column(name, this, kind):
                    return
            elif name in _SEQUENCE_COLUMNS and self.state.dialect in _SEQUENCE_DIALECTS:
                return
        elif this.__class__ is exp.Parameter:
            name = "$" + this.name
        else:
            name = names.text(this.name)
        flags = self.alias_flag if table is None else 0
        if kind >= MASKED:
            kind -= MASKED
            flags |= MASKING
        self.refs.append(Ref(kind, name, qualifier, start, flags, path))

    def _is_no_column(self, name: str, identifier: Any, kind: int) -> bool:
        """Unqualified names that look like columns: pseudo-columns, parameters, DEFAULT, ClickHouse's named expressions."""
        state = self.state
        if name in state.parameters:
            return True
        if state.named_expressions:
            expression = state.named_expressions.get(name)
            if expression is not None:
                self.complex = True
                del_name = dict(state.named_expressions)
                del_name.pop(name)
                saved, state.named_expressions = state.named_expressions, del_name
                self.read(expression, kind)
                state.named_expressions = saved
                return True
        if name in state.traits.pseudo_columns:
            return not identifier.args.get("quoted")
        # `$node_id`, `$edge_id`, `$action`
        return name[0:1] == "$" and state.dialect in ("tsql", "fabric") and not identifier.args.get("quoted")

    def star(self, kind: int, qualifier: str = "") -> None:
        flags = 0
        if kind >= MASKED:
            kind -= MASKED
            flags = MASKING
        self.refs.append(Ref(kind, "*", qualifier, -1, flags))

    def subquery(self, query: Any, kind: int, *, values: bool = True) -> None:
        """A subquery: its outputs by `kind` (not at all unless `values`), its row-level references as a condition."""
        state = self.state
        state.depth += 1
        relation = state.read_query(query)
        state.depth -= 1
        flags = 0
        if kind >= MASKED:
            kind -= MASKED
            flags = MASKING
        influence = CONDITIONAL if kind <= AGGREGATION else kind
        self.subs.append(Sub(relation, kind if values else -1, influence, flags))


def _below(kind: int) -> int:
    """The kind of operands of an ordinary expression."""
    return TRANSFORMATION if kind == IDENTITY else kind


def _condition(kind: int) -> int:
    """The kind of what decides between values; row-level and window references stay what they are."""
    return CONDITIONAL if kind <= AGGREGATION or kind >= MASKED else kind


def _aggregated(kind: int) -> int:
    return AGGREGATION if kind <= AGGREGATION else kind


def _masked(kind: int) -> int:
    return kind + MASKED if kind <= AGGREGATION else kind


def _children(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    if kind == IDENTITY:
        kind = TRANSFORMATION
    for value in node.args.values():
        if value.__class__ is list:
            for item in value:
                if isinstance(item, exp.Expr):
                    reader.read(item, kind)
        elif isinstance(value, exp.Expr):
            reader.read(value, kind)


def _nothing(reader: Reader, node: Any, kind: int) -> None:
    return


def _literal(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True


def _column(reader: Reader, node: Any, kind: int) -> None:
    reader.column(node, kind)


def _same(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], kind)


def _alias(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], kind)


def _star(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.star(_below(kind))


def _aggregate(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    reader.complex = True
    _children(reader, node, _aggregated(kind))


def _count(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    reader.complex = True
    below = _masked(_aggregated(kind))
    this = node.args.get("this")
    if this is None:
        reader.star(below)
        return
    if this.__class__ is exp.Literal:
        # COUNT(1) counts rows, as COUNT(*) does
        reader.star(below)
        return
    _children(reader, node, below)


def _mask(reader: Reader, node: Any, kind: int) -> None:
    _children(reader, node, _masked(_below(kind)))


def _window(reader: Reader, node: Any, kind: int) -> None:
    args = node.args
    was_aggregate = reader.aggregate
    reader.complex = True
    this = args["this"]
    inner = this.args["this"] if this.__class__ in (exp.IgnoreNulls, exp.RespectNulls) else this
    if isinstance(inner, _VALUE_WINDOWS):
        _value_window(reader, inner, kind)
    elif isinstance(inner, _RANKS):
        # ranks take no value from a column (PERCENT_RANK(x) WITHIN GROUP is an aggregate, not this)
        pass
    else:
        reader.read(this, _below(kind))
    # an aggregate under OVER is no aggregate of the query
    reader.aggregate = was_aggregate
    by = WINDOW if kind <= AGGREGATION or kind >= MASKED else kind
    reader.read_all(args.get("partition_by"), by)
    for part in ("order", "spec"):
        if args.get(part) is not None:
            reader.read(args[part], by)
    named = args.get("alias")
    if named is not None:
        _named_window(reader, named, by)


def _named_window(reader: Reader, name: Any, kind: int) -> None:
    definition = reader.state.windows.get(reader.state.names.column(name))
    if definition is None:
        return
    reader.read_all(definition.args.get("partition_by"), kind)
    for part in ("order", "spec"):
        if definition.args.get(part) is not None:
            reader.read(definition.args[part], kind)
    base = definition.args.get("alias")
    if base is not None and base is not name and base.name != definition.this.name:
        _named_window(reader, base, kind)


def _value_window(reader: Reader, node: Any, kind: int) -> None:
    """`lag`, `first_value` and their like hand on one row's value: a transformation, not an aggregation."""
    args = dict(node.args)
    order = args["this"]
    if isinstance(order, exp.Expr):
        reader.read(order, TRANSFORMATION if kind <= AGGREGATION else kind)
    for name in ("default",):
        if isinstance(args.get(name), exp.Expr):
            reader.read(args[name], TRANSFORMATION if kind <= AGGREGATION else kind)
    if isinstance(args.get("offset"), exp.Expr):
        reader.read(args["offset"], _condition(kind))


def _filter(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], kind)
    reader.read(node.args["expression"], _condition(kind))


def _having_max(reader: Reader, node: Any, kind: int) -> None:
    # ANY_VALUE(x HAVING MAX y): y decides which x
    reader.read(node.args["this"], kind)
    reader.read(node.args["expression"], _condition(kind))


def _case(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    args = node.args
    condition = _condition(kind)
    value = _below(kind)
    if args.get("this") is not None:
        reader.read(args["this"], condition)
    for branch in args.get("ifs") or ():
        reader.read(branch.args["this"], condition)
        if branch.args.get("true") is not None:
            reader.read(branch.args["true"], value)
    if args.get("default") is not None:
        reader.read(args["default"], value)


def _first_decides(reader: Reader, node: Any, kind: int) -> None:
    """IF, IIF, NVL2: `this` decides, the rest are values."""
    reader.complex = True
    args = node.args
    reader.read(args["this"], _condition(kind))
    for name, value in args.items():
        if name != "this" and isinstance(value, exp.Expr):
            reader.read(value, _below(kind))


def _nullif(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], _below(kind))
    reader.read(node.args["expression"], _condition(kind))


def _decode(reader: Reader, node: Any, kind: int) -> None:
    """DECODE(x, search, result, …, default): x and the searches decide."""
    reader.complex = True
    items = node.args.get("expressions") or []
    if not items:
        return
    reader.read(items[0], _condition(kind))
    rest = items[1:]
    for index, item in enumerate(rest):
        is_result = index % 2 == 1 or index == len(rest) - 1
        reader.read(item, _below(kind) if is_result else _condition(kind))


def _query(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.subquery(node, kind if kind != IDENTITY else TRANSFORMATION)


def _subquery(reader: Reader, node: Any, kind: int) -> None:
    inner = node.args["this"]
    if isinstance(inner, exp.Query):
        reader.complex = True
        # a scalar subquery alone hands its value on as it is
        reader.subquery(node, kind)
    else:
        reader.read(inner, kind)


def _exists(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    inner = node.args["this"]
    if isinstance(inner, exp.Query):
        reader.subquery(inner, kind, values=False)
    else:
        _children(reader, node, kind)


def _in(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    below = _below(kind)
    for name, value in node.args.items():
        if name == "query" and isinstance(value, exp.Expr):
            reader.read(value, below)
        elif name == "field" and isinstance(value, exp.Expr):
            reader.read(value, below)
        elif isinstance(value, exp.Expr):
            reader.read(value, below)
        elif value.__class__ is list:
            reader.read_all(value, below)


def _dot(reader: Reader, node: Any, kind: int) -> None:
    """A field path below a column, `t.arr[0].city`, or a method or packaged function `pkg.fn(x)`."""
    reader.complex = True
    target = node.args["expression"]
    base = node.args["this"]
    if isinstance(target, exp.Func):
        if not isinstance(base, (exp.Identifier, exp.Column)):
            reader.read(base, _below(kind))
        reader.read(target, _below(kind))
        return
    if target.__class__ is exp.Star:
        reader.read(base, kind)
        return
    path: list[str] = [target.name]
    while base.__class__ in (exp.Dot, exp.Bracket, exp.Paren):
        if base.__class__ is exp.Dot:
            path.append(base.args["expression"].name)
        elif base.__class__ is exp.Bracket:
            reader.read_all(base.args.get("expressions"), _below(kind))
        base = base.args["this"]
    if base.__class__ is exp.Column:
        reader.column(base, _below(kind), ".".join(reversed(path)))
    else:
        reader.read(base, _below(kind))


def _bracket(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    base = node.args["this"]
    items = node.args.get("expressions") or []
    path = "".join(f"[{item.name if not item.is_string else repr(item.name)}]" for item in items if item.__class__ is exp.Literal)
    if base.__class__ is exp.Column:
        reader.column(base, _below(kind), path)
    else:
        reader.read(base, _below(kind))
    reader.read_all(items, _below(kind))


def _json_extract(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    base = node.args["this"]
    path = node.args.get("expression")
    if base.__class__ is exp.Column:
        text = ""
        if path.__class__ is exp.JSONPath:
            text = ".".join(str(key.this) for key in path.expressions if key.__class__ is exp.JSONPathKey)
        reader.column(base, _below(kind), text)
    else:
        reader.read(base, _below(kind))
    if isinstance(path, exp.Expr) and path.__class__ is not exp.JSONPath:
        reader.read(path, _below(kind))


def _anonymous(reader: Reader, node: Any, kind: int) -> None:
    name = node.name.lower().rsplit(".", 1)[-1]
    if name in _MASKING_NAMES or name.startswith(("mask_", "hash_")):
        _children(reader, node, _masked(_below(kind)))
    elif name in _AGGREGATE_NAMES:
        reader.aggregate = True
        _children(reader, node, _aggregated(kind))
    elif name == "values" and len(node.args.get("expressions") or ()) == 1:
        # MySQL's VALUES(a) in ON DUPLICATE KEY UPDATE: the row that was refused
        item = node.args["expressions"][0]
        column = item if item.__class__ is exp.Identifier else item.args.get("this")
        if column.__class__ is exp.Identifier:
            flags = MASKING if kind >= MASKED else 0
            reader.refs.append(
                Ref(kind % MASKED, reader.state.names.column(column), "excluded", column.meta.get("start", -1), flags)
            )
    elif name == "multiif":
        reader.complex = True
        items = node.args.get("expressions") or []
        for index, item in enumerate(items):
            decides = index % 2 == 0 and index < len(items) - 1
            reader.read(item, _condition(kind) if decides else _below(kind))
    elif name in _FIRST_DECIDES_NAMES:
        reader.complex = True
        items = node.args.get("expressions") or []
        for index, item in enumerate(items):
            reader.read(item, _condition(kind) if index == 0 else _below(kind))
    else:
        _children(reader, node, kind)


def _combined_aggregate(reader: Reader, node: Any, kind: int) -> None:
    """ClickHouse's parametric and combined aggregates: `sumIf(x, cond)`, `quantile(0.5)(x)`, `argMax(x, t)`."""
    reader.aggregate = True
    reader.complex = True
    name = node.name
    items = node.args.get("expressions") or []
    below = _aggregated(kind)
    if name.lower().startswith(("count", "uniq")):
        below = _masked(below)
    if name.endswith("If") and items:
        reader.read_all(items[:-1], below)
        if name.lower() == "countif" and len(items) == 1:
            reader.star(below)
        reader.read(items[-1], _condition(kind))
    else:
        reader.read_all(items, below)


def _count_if(reader: Reader, node: Any, kind: int) -> None:
    reader.aggregate = True
    _children(reader, node, _masked(_aggregated(kind)))


def _within_group(reader: Reader, node: Any, kind: int) -> None:
    """`agg(…) WITHIN GROUP (ORDER BY x)`: x is what is aggregated."""
    reader.complex = True
    reader.read(node.args["this"], kind)
    reader.aggregate = True
    reader.read(node.args["expression"], _aggregated(kind))


def _first_last(reader: Reader, node: Any, kind: int) -> None:
    if reader.state.in_measures:
        _children(reader, node, kind)
    else:
        _aggregate(reader, node, kind)


def _comprehension(reader: Reader, node: Any, kind: int) -> None:
    """`[f(x) FOR x IN xs IF …]`: x is an element of xs, no column."""
    args = node.args
    state = reader.state
    reader.read(args["iterator"], _below(kind))
    saved = state.parameters
    variable = args["expression"]
    bound = {state.names.column(i) for i in (variable.find_all(exp.Identifier))}
    state.parameters = saved | bound
    reader.read(args["this"], _below(kind))
    if isinstance(args.get("condition"), exp.Expr):
        reader.read(args["condition"], _condition(kind))
    state.parameters = saved


def _parameter(reader: Reader, node: Any, kind: int) -> None:
    """`$1` of a staged file is its first column (Snowflake); elsewhere a parameter has no source."""
    reader.complex = True
    this = node.args.get("this")
    if reader.state.dialect == "snowflake" and this.__class__ is exp.Literal and not this.args.get("is_string"):
        flags = 0
        if kind >= MASKED:
            kind -= MASKED
            flags = MASKING
        reader.refs.append(Ref(kind, "$" + this.name, "", -1, flags))


def _if(reader: Reader, node: Any, kind: int) -> None:
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
        reader.read(value, _below(kind))
        return
    _first_decides(reader, node, kind)


def _lambda(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], _below(kind))


def _cast(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.read(node.args["this"], _below(kind))
    for name in ("format", "default"):
        value = node.args.get(name)
        if isinstance(value, exp.Expr):
            reader.read(value, _below(kind))


def _kwarg(reader: Reader, node: Any, kind: int) -> None:
    value = node.args.get("expression")
    if isinstance(value, exp.Expr):
        reader.read(value, kind)


def _columns(reader: Reader, node: Any, kind: int) -> None:
    reader.complex = True
    reader.star(_below(kind))


def _prior(reader: Reader, node: Any, kind: int) -> None:
    reader.read(node.args["this"], kind)


def _classes(*names: str) -> tuple[type, ...]:
    """Those of sqlglot's classes that this version has."""
    return tuple(getattr(exp, name) for name in names if hasattr(exp, name))


_VALUE_WINDOWS = _classes("Lag", "Lead", "FirstValue", "LastValue", "NthValue")
_RANKS = _classes("RowNumber", "Rank", "DenseRank", "Ntile", "PercentRank", "CumeDist")
_MASKING_NAMES = frozenset(
    "mask mask_show_first_n mask_first_n mask_last_n mask_hash hash hash_code hashbytes hash_md5 sha sha1 sha2 sha224 sha256"
    " sha384 sha512 md5 sha1_hex sha2_hex md5_hex sha2_binary md5_binary sha1_binary fingerprint farm_fingerprint"
    " standard_hash ora_hash fnv_hash xxhash64 xxh64 xxh3 siphash64 siphash128 cityhash64 murmurhash3_32 murmur_hash3_x64_128"
    " checksum binary_checksum hashrow digest crypt hmac encrypt aes_encrypt approx_count_distinct hll".split()
)
_AGGREGATE_NAMES = frozenset(
    "wm_concat checksum_agg grouping grouping_id any_value collect_list collect_set array_agg string_agg listagg group_concat"
    " json_agg jsonb_agg json_object_agg jsonb_object_agg xmlagg bit_and bit_or bit_xor bool_and bool_or every median mode"
    " percentile percentile_approx percentile_cont percentile_disc approx_percentile stddev stddev_pop stddev_samp variance"
    " var_pop var_samp covar_pop covar_samp corr regr_slope regr_intercept regr_count regr_r2 hll_union_agg hll_add_agg"
    " histogram map_agg multimap_agg product kurtosis skewness entropy mad first last object_agg bitmap_union".split()
)
_SEQUENCE_COLUMNS = frozenset({"nextval", "currval"})
_SEQUENCE_DIALECTS = frozenset({"oracle", "snowflake", "db2", "exasol", "teradata"})
_FIRST_DECIDES_NAMES = frozenset({"nvl2", "iif", "if", "iff"})


def _reader_for(cls: type) -> Callable[[Reader, Any, int], None]:
    for base, reader in _BASES:
        if issubclass(cls, base):
            return reader
    return _children


_LEAVES = _classes("Identifier", "DataType", "Var", "Null", "Boolean", "Placeholder", "SessionParameter")

_READERS: dict[type, Callable[[Reader, Any, int], None]] = {
    exp.Column: _column,
    exp.Alias: _alias,
    exp.Paren: _same,
    exp.Star: _star,
    exp.Case: _case,
    exp.If: _if,
    exp.Comprehension: _comprehension,
    exp.WithinGroup: _within_group,
    exp.Parameter: _parameter,
    exp.Nullif: _nullif,
    exp.Window: _window,
    exp.Filter: _filter,
    exp.Subquery: _subquery,
    exp.Exists: _exists,
    exp.In: _in,
    exp.Dot: _dot,
    exp.Bracket: _bracket,
    exp.Anonymous: _anonymous,
    exp.Count: _count,
    exp.Lambda: _lambda,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Kwarg: _kwarg,
    exp.Literal: _literal,
}
for _leaf in _LEAVES:
    _READERS[_leaf] = _literal if _leaf.__name__ in ("Null", "Boolean", "Placeholder", "SessionParameter") else _nothing
for _names, _function in (
    (("Nvl2",), _first_decides),
    (("DecodeCase",), _decode),
    (("HavingMax",), _having_max),
    (("JSONExtract", "JSONExtractScalar", "JSONBExtract", "JSONBExtractScalar"), _json_extract),
    (("CombinedAggFunc", "CombinedParameterizedAgg", "ParameterizedAgg", "AnonymousAggFunc"), _combined_aggregate),
    (("CountIf",), _count_if),
    (("First", "Last"), _first_last),
    (("MD5", "MD5Digest", "SHA", "SHA2", "SHA1Digest", "SHA2Digest", "StandardHash", "FarmFingerprint", "XxHash64",
      "MD5NumberLower64", "MD5NumberUpper64", "Encrypt", "EncryptRaw"), _mask),
    (("ApproxDistinct", "Hll", "ApproxCountDistinct"), _count),
    (("Columns",), _columns),
    (("Prior",), _prior),
    (("FirstValue", "LastValue", "NthValue", "Lag", "Lead"), _value_window),
):
    for _class in _classes(*_names):
        _READERS[_class] = _function

_BASES: tuple[tuple[type, Callable[[Reader, Any, int], None]], ...] = (
    (exp.Query, _query),
    (exp.Cast, _cast),
    (exp.AggFunc, _aggregate),
    (exp.DataType, _nothing),
)
