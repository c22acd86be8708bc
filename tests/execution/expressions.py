"""Generated expressions: typed, over the columns a scope offers, so that nearly everything written is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tests.execution.arena import literal
from tests.execution.choices import Choices, chance, pick
from tests.execution.tables import POOLS

KINDS = ("int", "str", "dec", "date", "bool")
_POOL = {"int": "INTEGER", "str": "VARCHAR", "dec": "DECIMAL(9,2)", "date": "DATE", "bool": "BOOLEAN"}


def kind_of(data_type: str) -> str:
    """`int`, `str`, `dec`, `date`, `bool` or `list`."""
    if data_type.endswith("[]"):
        return "list"
    return {"INTEGER": "int", "VARCHAR": "str", "DATE": "date", "BOOLEAN": "bool"}.get(data_type, "dec")


@dataclass(frozen=True)
class Bound:
    """A column a scope offers: its kind and every way to write it."""

    name: str
    kind: str
    spellings: tuple[str, ...]


@dataclass
class Scope:
    """What expressions at one place may mention; `outer` is the enclosing query of a correlated subquery."""

    bounds: list[Bound] = field(default_factory=list)
    keys: list[str] | None = None
    """Columns that together never repeat, or None: whether a window's order can be made total."""
    outer: Scope | None = None
    ctes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)

    def of(self, kind: str) -> list[Bound]:
        return [bound for bound in self.bounds if bound.kind == kind]

    def kinds(self, among: Sequence[str] = KINDS) -> list[str]:
        """The kinds it has columns of, or all of them if it has none of these: fewer far-fetched conversions."""
        return [kind for kind in among if any(bound.kind == kind for bound in self.bounds)] or list(among)

    def taken(self) -> set[str]:
        """Aliases a subquery must not reuse, to keep references to this scope possible."""
        return self.aliases | (self.outer.taken() if self.outer else set())


Subquery = Callable[..., str]
"""(scope it stands in, kind of its one output, depth) → `SELECT` without parentheses."""


class Expressions:
    """Writes expressions. `subquery` and `exists` are given by the query writer, which needs expressions itself."""

    def __init__(self, choices: Choices, scalar: Subquery, rows: Subquery) -> None:
        self.choices = choices
        self.scalar = scalar
        self.rows = rows

    def pick(self, alternatives: Iterable[str]) -> str:
        return pick(self.choices, list(alternatives))

    def chance(self, percent: int) -> bool:
        return chance(self.choices, percent)

    def constant(self, kind: str) -> str:
        value = pick(self.choices, POOLS[_POOL[kind]])
        return f"DATE '{value}'" if kind == "date" else literal(value)

    def column(self, scope: Scope, kind: str) -> str:
        """A bare column of this kind, or the nearest conversion of another."""
        bounds = scope.of(kind)
        if bounds:
            return self.pick(pick(self.choices, bounds).spellings)
        usable = [bound for bound in scope.bounds if bound.kind in KINDS]
        if not usable:
            return self.constant(kind)
        bound = pick(self.choices, usable)
        return self.converted(self.pick(bound.spellings), bound.kind, kind)

    def converted(self, text: str, have: str, want: str) -> str:
        if have == want:
            return text
        if want == "str":
            return f"CAST({text} AS VARCHAR)"
        if want == "bool":
            return f"({text} > {self.constant(have)})" if have != "bool" else text
        number = {"str": f"length({text})", "date": f"day({text})", "bool": f"CAST({text} AS INTEGER)"}.get(
            have, text
        )
        if want == "int":
            return f"CAST({number} AS INTEGER)" if have == "dec" else number
        if want == "dec":
            return f"CAST({number} AS DECIMAL(9,2))"
        return f"(DATE '2024-01-01' + CAST({number} AS INTEGER))"

    def value(self, scope: Scope, kind: str, depth: int) -> str:
        """A scalar expression of this kind, without aggregates."""
        if depth <= 0 or self.chance(45):
            return self.column(scope, kind)

        def again(other: str = kind) -> str:
            return self.value(scope, other, depth - 1)

        general = [
            lambda: f"coalesce({again()}, {again()})",
            lambda: f"CASE WHEN {self.condition(scope, depth - 1)} THEN {again()} ELSE {again()} END",
            lambda: (
                f"CASE {self.column(scope, 'str')} WHEN {self.constant('str')} THEN {again()} ELSE {again()} END"
            ),
            lambda: f"if({self.condition(scope, depth - 1)}, {again()}, {self.constant(kind)})",
            lambda: f"nullif({again()}, {self.constant(kind)})",
            lambda: f"({self.scalar(scope, kind, depth - 1)})",
        ]
        special: dict[str, list[Callable[[], str]]] = {
            "int": [
                lambda: f"({again()} + {again()})",
                lambda: f"({again()} - {self.constant('int')})",
                lambda: f"(2 * {again()})",
                lambda: f"abs({again()} - 3)",
                lambda: f"length({again('str')})",
                lambda: f"month({again('date')})",
                lambda: f"extract(day FROM {again('date')})",
                lambda: f"greatest({again()}, {again()})",
                lambda: f"CAST({again('bool')} AS INTEGER)",
            ],
            "str": [
                lambda: f"upper({again()})",
                lambda: f"({again()} || {again()})",
                lambda: f"concat({again()}, '-', {again('int')})",
                lambda: f"substring({again()}, 1, 2)",
                lambda: f"replace({again()}, 'a', 'z')",
                lambda: f"CAST({again('int')} AS VARCHAR)",
                lambda: f"strftime({again('date')}, '%Y-%m')",
            ],
            "dec": [
                lambda: f"({again()} + {again('int')})",
                lambda: f"({again()} * 2)",
                lambda: f"round({again()}, 1)",
                lambda: f"CAST({again('int')} AS DECIMAL(18,2))",
                lambda: f"least({again()}, {again()})",
            ],
            "date": [
                lambda: f"CAST(date_trunc('month', {again()}) AS DATE)",
                lambda: f"({again()} + 1)",
                lambda: f"greatest({again()}, {again()})",
            ],
            "bool": [
                lambda: f"({again('int')} > {again('int')})",
                lambda: f"({again('str')} IN ({self.constant('str')}, {self.constant('str')}))",
                lambda: f"({again('date')} IS NULL)",
                lambda: f"(NOT {again()})",
                lambda: f"({self.column(scope, 'int')} IN ({self.rows(scope, 'int', depth - 1)}))",
            ],
        }
        return pick(self.choices, special[kind] * 2 + general)()

    def condition(self, scope: Scope, depth: int) -> str:
        """A predicate that is neither always true nor always false on random rows."""
        kind = self.pick(scope.kinds())
        simple: dict[str, list[Callable[[], str]]] = {
            "int": [
                lambda: f"{self.column(scope, 'int')} {self.pick(('>', '<=', '<>'))} {self.pick('123')}",
                lambda: f"{self.column(scope, 'int')} BETWEEN 1 AND {self.pick('345')}",
            ],
            "str": [
                lambda: f"{self.column(scope, 'str')} <> {self.constant('str')}",
                lambda: f"{self.column(scope, 'str')} IN ('a', 'b', {self.constant('str')})",
                lambda: f"{self.column(scope, 'str')} NOT LIKE '%{self.pick('abc')}%'",
            ],
            "dec": [lambda: f"{self.column(scope, 'dec')} > {self.pick(('0.50', '1.00', '2.25'))}"],
            "date": [lambda: f"{self.column(scope, 'date')} >= DATE '2024-0{self.pick('12')}-02'"],
            "bool": [lambda: self.column(scope, "bool")],
        }
        forms = [*simple[kind], lambda: f"{self.column(scope, kind)} IS NOT NULL"] * 2
        if depth > 0:
            forms += [
                lambda: f"({self.condition(scope, depth - 1)} OR {self.condition(scope, depth - 1)})",
                lambda: f"({self.condition(scope, depth - 1)} AND {self.condition(scope, depth - 1)})",
                lambda: f"NOT ({self.condition(scope, depth - 1)})",
                lambda: f"{self.value(scope, kind, depth - 1)} <= {self.value(scope, kind, depth - 1)}",
                lambda: f"EXISTS ({self.rows(scope, kind, depth - 1, True)})",
                lambda: f"NOT EXISTS ({self.rows(scope, kind, depth - 1, True)})",
                lambda: f"{self.column(scope, kind)} IN ({self.rows(scope, kind, depth - 1)})",
                lambda: f"{self.column(scope, kind)} >= ANY ({self.rows(scope, kind, depth - 1)})",
                lambda: f"{self.column(scope, kind)} <= ({self.scalar(scope, kind, depth - 1)})",
            ]
        return pick(self.choices, forms)()

    def aggregate(self, scope: Scope, kind: str, depth: int) -> str:
        """An aggregate of this kind over the scope's rows; ties never decide its value."""

        def over(other: str) -> str:
            return self.value(scope, other, min(depth, 1))

        forms: dict[str, list[Callable[[], str]]] = {
            "int": [
                lambda: f"sum({over('int')})",
                lambda: f"max({over('int')})",
                lambda: f"min({over('int')})",
                lambda: f"count({over('str')})",
                lambda: f"count(DISTINCT {over('int')})",
                lambda: "count(*)",
            ],
            "str": [
                lambda: f"min({over('str')})",
                lambda: f"string_agg({(text := over('str'))}, ',' ORDER BY {text})",
                lambda: f"max({over('str')})",
            ],
            "dec": [
                lambda: f"sum({over('dec')})",
                lambda: f"avg({over('dec')})",
                lambda: f"median({over('dec')})",
            ],
            "date": [lambda: f"max({over('date')})", lambda: f"min({over('date')})"],
            "bool": [lambda: f"bool_or({over('bool')})", lambda: f"bool_and({over('bool')})"],
        }
        text = pick(self.choices, forms[kind])()
        if self.chance(20):
            text += f" FILTER (WHERE {self.condition(scope, 0)})"
        wrapped = {
            "int": lambda: f"coalesce({text}, 0)",
            "str": lambda: f"upper({text})",
            "dec": lambda: f"round({text}, 1)",
            "date": lambda: f"({text} + 1)",
            "bool": lambda: f"(NOT {text})",
        }
        return wrapped[kind]() if self.chance(20) else text

    def window(self, scope: Scope, kind: str, named: str | None = None) -> str:
        """A window function of this kind. Functions that ties could decide are used only under a total order."""
        argument = self.value(scope, kind, 1)
        partition = (
            f"PARTITION BY {self.column(scope, self.pick(scope.kinds(('str', 'int'))))} "
            if self.chance(60)
            else ""
        )
        order = f"ORDER BY {self.column(scope, self.pick(scope.kinds(('int', 'date', 'dec'))))}" + self.pick(
            ("", " DESC")
        )
        forms: list[str] = [
            f"max({argument}) OVER ({partition})",
            f"min({argument}) OVER ({partition}{order})",
        ]
        if kind == "int":
            forms += [
                f"rank() OVER ({partition}{order})",
                f"dense_rank() OVER ({partition}{order})",
                f"sum({argument}) OVER ({partition}{order})",
                f"count(*) OVER ({partition})",
                f"sum({argument}) FILTER (WHERE {self.condition(scope, 0)}) OVER ({partition})",
            ]
        if kind == "dec":
            forms += [f"avg({argument}) OVER ({partition})", f"sum({argument}) OVER ({partition}{order})"]
        if named:
            forms += [f"max({argument}) OVER {named}", f"min({argument}) OVER ({named} {order})"]
        if scope.keys:
            total = f"{partition}{order}, {', '.join(scope.keys)}"
            forms += [
                f"lag({argument}) OVER ({total})",
                f"lead({argument}, 1) OVER ({total})",
                f"first_value({argument}) OVER ({total})",
                f"max({argument}) OVER ({total} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
            ]
            if kind == "int":
                forms += [f"row_number() OVER ({total})", f"ntile(2) OVER ({total})"]
        return self.pick(forms)
