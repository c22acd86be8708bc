"""Random rows shaped to one query: its constants, joins and ranges decide the values, so that something comes out.

Nothing here knows what a query's lineage is; columns are told apart by name alone, which TPC's unique names allow.
"""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

_PREDICATES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like)


@dataclass(frozen=True)
class Shape:
    """How large the tables are and how concentrated the values: what makes a query's filters hit."""

    keys: int = 6
    """Rows of a dimension; its key counts from 1, and foreign keys draw from the same numbers."""
    facts: int = 40
    """Rows of a fact table."""
    returns: int = 12
    orders: int = 5
    """How many different order and ticket numbers there are."""
    hit: float = 0.85
    """How often a value is one the query asks for."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows of single tables, where the default will not do."""
    pools: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values of single columns, where reading the query's constants will not do."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Text of the query to replace: thresholds on counts that no small table reaches. Lineage cannot depend on them."""


@dataclass
class Wishes:
    """What the query's text says about one column: values it is compared with, and columns it should meet."""

    values: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    """Differences to another column (`d_week_seq1 = d_week_seq2 - 53`)."""


def wishes(sql: str, schema: Mapping[str, Mapping[str, str]]) -> dict[str, Wishes]:
    """Column name → what to fill it with. Aliases are followed to the columns they are made of."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    connection = duckdb.connect()
    types = {column: kind for columns in schema.values() for column, kind in columns.items()}
    behind: dict[str, set[str]] = defaultdict(set)
    for alias in tree.find_all(exp.Alias):
        behind[alias.alias.lower()] |= {column.name.lower() for column in alias.this.find_all(exp.Column)}
    bases = {name: sorted(_bases(name, behind, types)) for name in {*behind, *types}}
    found: dict[str, Wishes] = defaultdict(Wishes)
    together: dict[str, str] = {}

    def root(name: str) -> str:
        while together.get(name, name) != name:
            name = together[name]
        return name

    for predicate in tree.find_all(*_PREDICATES, exp.Case):
        if isinstance(predicate, exp.Case):
            if predicate.this is None:
                continue
            parts = [predicate.this, *(branch.this for branch in predicate.args["ifs"])]
        else:
            parts = [
                part
                for part in predicate.iter_expressions()
                if not isinstance(part, exp.Subquery | exp.Select)
            ]
        names = [
            base
            for part in parts
            if not part.find(exp.AggFunc)
            for column in part.find_all(exp.Column)
            for base in bases.get(column.name.lower(), ())
        ]
        constants = [value for part in parts for value in _constants(part, connection)]
        mixed = [part for part in parts if part.find(exp.Column) and part.find(exp.Literal)]
        for name in names:
            if (
                mixed
                and isinstance(predicate, exp.EQ)
                and not any(not part.find(exp.Column) for part in parts)
            ):
                found[name].steps += [value for part in mixed for value in _numbers(part)]
            else:
                found[name].values += _around(predicate, constants)
        if isinstance(predicate, exp.EQ | exp.NEQ | exp.GT | exp.LT) and len(names) > 1:
            for name in names[1:]:
                together[root(name)] = root(names[0])
    groups: dict[str, Wishes] = defaultdict(Wishes)
    for name, wish in found.items():
        groups[root(name)].values += wish.values
        groups[root(name)].steps += wish.steps
    result: dict[str, Wishes] = {}
    for name, kind in types.items():
        wish = groups.get(root(name))
        if wish is not None:
            values = _typed(wish.values, kind, connection)
            result[name] = Wishes(values, wish.steps if kind in ("INTEGER", "BIGINT") else [])
    return result


def _bases(name: str, behind: Mapping[str, set[str]], types: Mapping[str, str]) -> set[str]:
    seen: set[str] = set()
    queue = [name]
    while queue:
        at = queue.pop()
        if at not in seen:
            seen.add(at)
            queue.extend(behind.get(at, ()))
    return {at for at in seen if at in types}


def _constants(part: exp.Expr, connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """Values of a part without columns, and of the literals in one with columns."""
    if part.find(exp.Column) is None:
        try:
            row = connection.execute(f"SELECT {part.sql(dialect='duckdb')}").fetchone()
        except duckdb.Error:
            return []
        return [row[0]] if row else []
    return []


def _numbers(part: exp.Expr) -> list[Any]:
    return [int(literal.this) for literal in part.find_all(exp.Literal) if literal.is_int]


def _around(predicate: exp.Expr, constants: list[Any]) -> list[Any]:
    """The constants, what lies between two of them, and their neighbours on the side an inequality asks for."""
    values = list(constants)
    for value in constants:
        if isinstance(predicate, exp.Like) and isinstance(value, str):
            values = [value.replace("%", filler).replace("_", "x") for filler in ("", "q", "zz")]
        elif isinstance(predicate, exp.GT | exp.LT | exp.GTE | exp.LTE) and isinstance(
            value, int | float | Decimal
        ):
            values += [value + 1, value - 1, value * 2, value / 2]
        elif isinstance(predicate, exp.GT | exp.LT | exp.GTE | exp.LTE) and isinstance(value, datetime.date):
            values += [value + datetime.timedelta(days=1), value - datetime.timedelta(days=1)]
        elif isinstance(predicate, exp.NEQ) and isinstance(value, str):
            values += [value + "x", value + "y"]
    if isinstance(predicate, exp.Between) and len(constants) == 2:
        low, high = constants
        if isinstance(low, str):
            low, high = (_date(text) or text for text in (low, high))
        if isinstance(low, int | float | Decimal) and isinstance(high, int | float | Decimal):
            values += [low + (high - low) / 4, low + (high - low) / 2, low + 3 * (high - low) / 4]
        elif isinstance(low, datetime.date) and isinstance(_date(high), datetime.date):
            days = (_date(high) - _date(low)).days  # type: ignore[operator]
            values += [_date(low) + datetime.timedelta(days=days * part // 4) for part in (1, 2, 3)]  # type: ignore[operator]
    return values


def _date(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        return None


def _typed(values: Iterable[Any], kind: str, connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """The values as this type has them; those it cannot hold are dropped."""
    result: list[Any] = []
    for value in values:
        row = connection.execute(f"SELECT TRY_CAST(? AS {kind})", [value]).fetchone()
        if row and row[0] is not None and row[0] not in result:
            result.append(row[0])
    return result


class Filler:
    """Fills the tables a query mentions; `primary` are the dimensions' keys."""

    def __init__(
        self,
        sql: str,
        schema: Mapping[str, Mapping[str, str]],
        shape: Shape,
        primary: Mapping[str, str],
        facts: Mapping[str, str | None],
    ) -> None:
        """`facts`: fact table → the table whose rows it refers back to (returns → sales), or None."""
        words = {word.lower() for word in _words(sql)}
        self.shape = shape
        self.primary = primary
        self.facts = facts
        # Every column is filled that the text names; the others are NULL, as nothing can depend on them.
        self.columns = {
            table: {
                name: kind for name, kind in columns.items() if name in words or name == primary.get(table)
            }
            for table, columns in schema.items()
            if table in words
        }
        self.wishes = wishes(sql, schema)

    def database(self, seed: int) -> dict[str, dict[str, list[Any]]]:
        source = random.Random(seed)
        nulls = (0.0, 0.03, 0.08)[seed % 3]
        result: dict[str, dict[str, list[Any]]] = {}
        # Tables that refer back come after what they refer to.
        for table in sorted(self.columns, key=lambda name: self.facts.get(name) is not None):
            rows = self._rows(table)
            result[table] = {
                name: self._column(table, name, kind, rows, nulls, source)
                for name, kind in self.columns[table].items()
            }
            original = self.facts.get(table)
            if original is not None and original in result:
                self._refer_back(result[table], result[original], source)
        return result

    def _rows(self, table: str) -> int:
        if table in self.shape.rows:
            return self.shape.rows[table]
        if table not in self.facts:
            return self.shape.keys
        return self.shape.returns if self.facts[table] else self.shape.facts

    def _column(
        self, table: str, name: str, kind: str, rows: int, nulls: float, source: random.Random
    ) -> list[Any]:
        if name == self.primary.get(table):
            return list(range(1, rows + 1))
        return [None if source.random() < nulls else self._value(name, kind, source) for _ in range(rows)]

    def _value(self, name: str, kind: str, source: random.Random) -> Any:
        if name in self.shape.pools:
            return source.choice(self.shape.pools[name])
        if name.endswith(("_sk", "key")):
            return source.randrange(1, self.shape.keys + 1)
        if name.endswith(("_ticket_number", "_order_number")):
            return source.randrange(1, self.shape.orders + 1)
        wish = self.wishes.get(name)
        if wish is not None and wish.values and source.random() < self.shape.hit:
            return source.choice(wish.values)
        if wish is not None and wish.steps and kind in ("INTEGER", "BIGINT"):
            return 100 + source.choice([0, 1, -1]) * source.choice(wish.steps) + source.randrange(2)
        return _default(kind, source)

    def _refer_back(
        self, rows: dict[str, list[Any]], original: dict[str, list[Any]], source: random.Random
    ) -> None:
        """Most returns are returns of a sale: same item, same order, same customer."""
        count = len(next(iter(original.values())))
        for index in range(len(next(iter(rows.values())))):
            if source.random() < 0.8:
                chosen = source.randrange(count)
                for name, values in rows.items():
                    for twin, sold in original.items():
                        if _same_role(name, twin):
                            values[index] = sold[chosen]


def _same_role(returned: str, sold: str) -> bool:
    """`sr_item_sk` and `ss_item_sk`; `wr_refunded_customer_sk` and `ws_bill_customer_sk`."""
    left, right = returned.partition("_")[2], sold.partition("_")[2]
    if left in ("item_sk", "order_number", "ticket_number", "customer_sk", "cdemo_sk"):
        return left == right
    roles = ("refunded_", "returning_")
    return left.startswith(roles) and right == "bill_" + left.partition("_")[2]


def _default(kind: str, source: random.Random) -> Any:
    if kind.startswith("DECIMAL"):
        return Decimal(source.randrange(100, 20000)) / 100
    if kind == "DATE":
        return datetime.date(2000, 1, 1) + datetime.timedelta(days=source.randrange(1, 200))
    if kind == "VARCHAR":
        return source.choice(["alpha", "beta", "gamma", "delta"])
    return source.randrange(1, 60)


def _words(sql: str) -> list[str]:
    return [token.text for token in sqlglot.tokenize(sql, dialect="duckdb")]
