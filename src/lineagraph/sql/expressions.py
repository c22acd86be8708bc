"""Expression → references: which columns it mentions and how each reaches its value (type and subtype).

Each construct whose operands do not all flow the same way has a reader in `constructs`; every other node passes its
kind on to its children.
"""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from lineagraph.sql import constructs, field_paths
from lineagraph.sql.constructs import READERS, classes
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Ref, Sub
from lineagraph.sql.kinds import AGGREGATION, CONDITIONAL, MASKED, MASKING
from lineagraph.sql.state import StatementState


class Reader:
    """Collects the references of one expression (or of several that belong together)."""

    aggregate = False
    complex = False

    def __init__(self, state: StatementState, alias_flag: int = 0) -> None:
        self.state = state
        self.alias_flag = alias_flag
        """ALIAS_FIRST or ALIAS_LAST where output aliases are in sight."""
        self.refs: list[Ref] = []
        self.subs: list[Sub] = []

    def read(self, node: Any, kind: int) -> None:
        """Collect the references below `node`, which reaches what is being read by `kind`."""
        READERS[node.__class__](self, node, kind)

    def read_all(self, nodes: Any, kind: int) -> None:
        for node in nodes or ():
            READERS[node.__class__](self, node, kind)

    def column(self, node: Any, kind: int, path: str = "") -> None:
        args = node.args
        this = args["this"]
        names = self.state.names
        qualifier = ""
        start = -1
        table = args.get("table")
        if table is not None:
            qualifier = names.column(table)
            if qualifier in self.state.records:
                return
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
            if start >= 0 and self.state.has_money and self.state.text[start] == "$":
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
            elif name in self.state.sequence_columns:
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
        """Unqualified names that look like columns: pseudo-columns, parameters, DEFAULT, ClickHouse's named
        expressions.
        """
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


_LEAVES = classes("Identifier", "DataType", "Var", "Null", "Boolean", "Placeholder", "SessionParameter")

READERS.update(
    {
        exp.Column: constructs.read_column,
        exp.Alias: constructs.read_same,
        exp.Paren: constructs.read_same,
        exp.Star: constructs.read_star,
        exp.Case: constructs.read_case,
        exp.If: constructs.read_if,
        exp.Comprehension: constructs.read_comprehension,
        exp.WithinGroup: constructs.read_within_group,
        exp.Parameter: constructs.read_parameter,
        exp.Nullif: constructs.read_nullif,
        exp.Window: constructs.read_window,
        exp.Filter: constructs.read_filter,
        exp.Subquery: constructs.read_subquery,
        exp.Exists: constructs.read_exists,
        exp.In: constructs.read_in,
        exp.Dot: field_paths.read_dot,
        exp.Bracket: field_paths.read_bracket,
        exp.Anonymous: constructs.read_anonymous,
        exp.Count: constructs.read_count,
        exp.Lambda: constructs.read_lambda,
        exp.Cast: constructs.read_cast,
        exp.TryCast: constructs.read_cast,
        exp.Kwarg: constructs.read_kwarg,
        exp.Literal: constructs.read_literal,
    }
)
for _leaf in _LEAVES:
    READERS[_leaf] = (
        constructs.read_literal
        if _leaf.__name__ in ("Null", "Boolean", "Placeholder", "SessionParameter")
        else constructs.read_nothing
    )
for _class in classes("And", "Or", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Add", "Sub", "Mul", "Div"):
    READERS[_class] = constructs.read_binary
for _names, _function in (
    (("Nvl2", "Elt"), constructs.read_first_decides),
    (
        ("Unnest", "Explode", "ExplodeOuter", "Posexplode", "PosexplodeOuter", "Inline"),
        constructs.read_generator,
    ),
    (("DecodeCase",), constructs.read_decode),
    (("HavingMax",), constructs.read_having_max),
    (
        ("JSONExtract", "JSONExtractScalar", "JSONBExtract", "JSONBExtractScalar"),
        field_paths.read_json_extract,
    ),
    (
        ("CombinedAggFunc", "CombinedParameterizedAgg", "ParameterizedAgg", "AnonymousAggFunc"),
        constructs.read_combined_aggregate,
    ),
    (("CountIf",), constructs.read_count_if),
    (("First", "Last"), constructs.read_first_last),
    (
        (
            "MD5",
            "MD5Digest",
            "SHA",
            "SHA2",
            "SHA1Digest",
            "SHA2Digest",
            "StandardHash",
            "FarmFingerprint",
            "XxHash64",
            "MD5NumberLower64",
            "MD5NumberUpper64",
            "Encrypt",
            "EncryptRaw",
        ),
        constructs.read_mask,
    ),
    (("ApproxDistinct", "Hll", "ApproxCountDistinct"), constructs.read_count),
    (("Columns",), constructs.read_columns),
    (("Prior",), constructs.read_prior),
    (("FirstValue", "LastValue", "NthValue", "Lag", "Lead"), constructs.read_value_window),
):
    for _class in classes(*_names):
        READERS[_class] = _function

READERS.bases.extend(
    (
        (exp.Query, constructs.read_query),
        (exp.Cast, constructs.read_cast),
        (exp.AggFunc, constructs.read_aggregate),
        (exp.DataType, constructs.read_nothing),
    )
)
