"""The arena: DuckDB tables that can be filled, changed in one column, asked, and put back as they were."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb

Schema = Mapping[str, Mapping[str, str]]
"""Dataset (`orders`, `shop.orders`) → column → DuckDB type."""

Database = Mapping[str, Mapping[str, Sequence[Any]]]
"""Dataset → column → values, one per row. A dataset that is absent stays empty; a column that is absent is NULL."""

QUERY = "<query>"
"""The name lineagraph gives the rows of a bare SELECT."""


_SECONDS = 2.0
_ROWS = 2000
"""A program that takes longer or gives more is refused: it would be run hundreds of times."""


class Rows(NamedTuple):
    """What a dataset holds: column names and rows, comparable as multisets."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


Outcome = Mapping[str, Rows]
"""What a program leaves behind: `<query>` for a query, each observed dataset for a script."""


class Program(NamedTuple):
    """SQL to run. A query is one statement and observes `<query>`; a script observes the datasets it fills."""

    statements: tuple[str, ...]
    observed: tuple[str, ...] = (QUERY,)

    @property
    def sql(self) -> str:
        return ";\n".join(self.statements)


class Movement(NamedTuple):
    """How two outcomes differ: outputs (`dataset.column`) that moved, and datasets whose rows moved at all."""

    outputs: frozenset[tuple[str, str]]
    datasets: frozenset[str]
    groups: frozenset[frozenset[tuple[str, str]]] = frozenset()
    """Where rows moved and no output's values did: at least one of these moved against the others."""


def plain(value: Any) -> Any:
    """A value that compares and hashes: floats to nine significant digits, because the order of a sum is not fixed."""
    if isinstance(value, float):
        if math.isnan(value):
            return "nan"
        return float(f"{value:.9g}")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, list):
        return tuple(plain(item) for item in value)
    if isinstance(value, dict):
        return tuple(sorted((key, plain(item)) for key, item in value.items()))
    return value


def movement(before: Outcome, after: Outcome) -> Movement:
    """Which outputs differ: those whose multiset of values changed.

    Rows can differ though no output's values do, when values changed places. Then some output moved against the others,
    and the multisets do not say which (one of two, or two together against a third): any of the dataset's may have.
    """
    outputs: set[tuple[str, str]] = set()
    datasets: set[str] = set()
    groups: set[frozenset[tuple[str, str]]] = set()
    for dataset, old in before.items():
        new = after[dataset]
        if Counter(old.rows) == Counter(new.rows):
            continue
        datasets.add(dataset)
        moved = [
            (dataset, name)
            for name, left, right in zip(old.names, _columns(old), _columns(new), strict=True)
            if Counter(left) != Counter(right)
        ]
        if not moved:
            groups.add(frozenset((dataset, name) for name in old.names))
        outputs.update(moved)
    return Movement(frozenset(outputs), frozenset(datasets), frozenset(groups))


def _columns(rows: Rows) -> list[tuple[Any, ...]]:
    return list(zip(*rows.rows, strict=True)) if rows.rows else [()] * len(rows.names)


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


class Arena:
    """One in-memory DuckDB with the tables of a schema; one thread, so that nothing but the data decides a result."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.connection = duckdb.connect(config={"threads": 1})
        for dataset in schema:
            if "." in dataset:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset.split('.')[0]}")
            self._create(dataset)

    def _create(self, dataset: str) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in self.schema[dataset].items())
        self.connection.execute(f"CREATE OR REPLACE TABLE {dataset} ({columns})")

    def load(self, database: Database) -> None:
        """Replace all tables' rows; row ids count from 0 in the order given."""
        for dataset in self.schema:
            self._create(dataset)
            values = database.get(dataset)
            if not values:
                continue
            length = max(len(column) for column in values.values())
            tuples = ", ".join(
                "(" + ", ".join(literal(column[index]) for column in values.values()) + ")"
                for index in range(length)
            )
            if length:
                self.connection.execute(f"INSERT INTO {dataset} ({', '.join(values)}) VALUES {tuples}")

    def set_column(self, dataset: str, column: str, values: Sequence[Any]) -> None:
        kind = self.schema[dataset][column]
        items = ", ".join(literal(value) for value in values)
        self.connection.execute(f"UPDATE {dataset} SET {column} = (CAST([{items}] AS {kind}[]))[rowid + 1]")

    def choose_rows(self, dataset: str, keep: Sequence[int], twice: bool = False) -> None:
        """Keep only these rows, or have each of them twice: how `COUNT(*)` is moved."""
        kept = ", ".join(str(row) for row in keep) or "-1"
        self.connection.execute(f"DELETE FROM {dataset} WHERE rowid NOT IN ({kept})")
        if twice:
            self.connection.execute(f"INSERT INTO {dataset} SELECT * FROM {dataset}")

    def shuffle(self, datasets: Iterable[str], seed: int) -> None:
        """Put the same rows in another physical order."""
        for dataset in datasets:
            self.connection.execute(
                f"CREATE TEMP TABLE arena_shuffle AS SELECT * FROM {dataset} ORDER BY hash(rowid + {seed})"
            )
            self.connection.execute(f"DELETE FROM {dataset}")
            self.connection.execute(f"INSERT INTO {dataset} SELECT * FROM arena_shuffle")
            self.connection.execute("DROP TABLE arena_shuffle")

    def run(self, program: Program) -> Outcome:
        """Run as things are, inside the caller's transaction. Raises `duckdb.Error` when DuckDB refuses."""
        watchdog = threading.Timer(_SECONDS, self.connection.interrupt)
        watchdog.start()
        try:
            if program.observed == (QUERY,):
                return {QUERY: self._rows(program.statements[0])}
            for statement in program.statements:
                self.connection.execute(statement)
            return {dataset: self._rows(f"SELECT * FROM {dataset}") for dataset in program.observed}
        finally:
            watchdog.cancel()

    def _rows(self, sql: str) -> Rows:
        cursor = self.connection.execute(sql)
        names = tuple(entry[0] for entry in cursor.description or ())
        rows = cursor.fetchmany(_ROWS + 1)
        if len(rows) > _ROWS:
            raise duckdb.OutOfRangeException(f"more than {_ROWS} rows: too many to compare many times over")
        return Rows(names, tuple(tuple(plain(value) for value in row) for row in rows))

    def outcomes(
        self, program: Program, change: Callable[[Arena], None] | None = None, orders: int = 1
    ) -> list[Outcome]:
        """The program's outcome after `change`, once per physical order of the same rows; then everything is undone.

        More than one distinct outcome means that chance decides. Raises `duckdb.Error`.
        """
        results: list[Outcome] = []
        for order in range(orders):
            self.connection.execute("BEGIN")
            try:
                if change is not None:
                    change(self)
                if order:
                    self.shuffle([name for name in self.schema if name in program.sql], order)
                results.append(self.run(program))
            finally:
                self.connection.execute("ROLLBACK")
        return results


def same(left: Outcome, right: Outcome) -> bool:
    return not movement(left, right).datasets
