"""The judge: which source columns move which outputs, against what a lineage claims.

Two verdicts. *Uncovered*: a column moved an output, and the claims have no edge and no influence that says so; that is
always an error. *Suspect*: a DIRECT pair whose source never moved an output that other columns do move; that is
an error only in number, since the right data may not have been tried.
"""

from __future__ import annotations

import datetime
import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import duckdb

from tests.execution.arena import Arena, Database, Outcome, Program, Schema, literal, movement, same

Output = tuple[str, str]
"""Dataset and column; `(<query>, name)` for a query."""

Source = tuple[str, str]
"""Dataset and column; the column is `*` for the rows themselves (`COUNT(*)`)."""


@dataclass(frozen=True)
class Claims:
    """What a lineage says, reduced to what execution can contradict.

    `t.*` as a source means that rows of `t` exist, so it never excuses a column whose *values* move an output: values
    decide whether rows are counted only through a filter, a join or a group, and each of those is an influence.
    """

    direct: frozenset[tuple[Source, Output]] = frozenset()
    indirect: frozenset[tuple[Source, Output]] = frozenset()
    influences: frozenset[tuple[Source, str]] = frozenset()

    def reached(self, source: Source) -> tuple[set[Output], set[str]]:
        """Outputs and whole datasets a source reaches, walking on through datasets that are written and then read."""
        onward: dict[Source, set[Output]] = defaultdict(set)
        swayed: dict[Source, set[str]] = defaultdict(set)
        for start, end in self.direct | self.indirect:
            onward[start].add(end)
        for start, dataset in self.influences:
            swayed[start].add(dataset)
        everything = set(onward) | set(swayed)
        outputs: set[Output] = set()
        datasets: set[str] = set()
        queue = [source]
        seen = {source}
        while queue:
            at = queue.pop()
            outputs |= onward[at]
            datasets |= swayed[at]
            # An influence moves every column of its dataset, and with them whatever reads them.
            following = onward[at] | {start for start in everything if start[0] in swayed[at]}
            queue.extend(following - seen)
            seen |= following
        return outputs, datasets


_CHANGES = 5
"""How many changes of a column one database is tried with when nothing in particular is waited for."""


class Witness(NamedTuple):
    """A change of one column that moved an output the claims do not connect it to."""

    source: Source
    output: Output | None
    """None: the rows moved, though no single column can be blamed."""
    database: Database
    changed: tuple[Any, ...]
    before: Outcome
    after: Outcome


@dataclass
class Verdict:
    """What the trial showed."""

    uncovered: dict[tuple[Source, Output | None], Witness] = field(default_factory=dict)
    suspects: list[tuple[Source, Output]] = field(default_factory=list)
    """DIRECT pairs that never moved an output which something else moved."""
    tested: int = 0
    """DIRECT pairs into outputs that something moved: the suspects' denominator."""
    unmoved: set[Output] = field(default_factory=set)
    """Outputs nothing moved: nothing is known about them."""
    databases: int = 0
    """How many databases gave a stable result."""
    nonempty: int = 0
    """How many of them gave rows in every observed dataset."""
    refused: str | None = None
    """DuckDB's words if it refused the program on every database."""


def changes(values: Sequence[Any], pool: Sequence[Any], source: random.Random) -> Iterator[list[Any]]:
    """Other values for one column, from gentle to brutal; never the same as before.

    Gentle ones keep filters and joins hitting (one row, a shift, another order), brutal ones break them on purpose.
    """
    rows = len(values)
    present = [value for value in pool if value is not None] or [
        value for value in values if value is not None
    ]
    foreign = _foreign(present)

    def one(value: Any) -> list[Any]:
        copy = list(values)
        copy[source.randrange(rows)] = value
        return copy

    def candidates() -> Iterator[list[Any]]:
        if present:
            yield [source.choice(present) for _ in values]
        yield [_shifted(value, 1) for value in values]
        if present:
            yield one(source.choice(present))
        yield source.sample(list(values), rows)
        if present:
            yield [source.choice(present)] * rows
            yield one(source.choice(present))
        yield one(None)
        yield one(foreign)
        yield [foreign] * rows
        yield [_shifted(value, 7) if source.random() < 0.5 else value for value in values]
        yield [None] * rows
        if present:
            yield [source.choice(present) for _ in values]
            yield [source.choice([*present, None, foreign]) for _ in values]
            yield one(source.choice(present))

    if rows:
        # Each call starts elsewhere, so that a few changes on each of several databases make up for many on one.
        tries = list(candidates())
        start = source.randrange(len(tries))
        for candidate in tries[start:] + tries[:start]:
            if candidate != list(values):
                yield candidate


def _shifted(value: Any, by: int) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float, Decimal)):
        return value + by
    if isinstance(value, datetime.date):
        return value + datetime.timedelta(days=by)
    if isinstance(value, str):
        return value + "~" * by
    if isinstance(value, (list, tuple)):
        return [*value, *value[:by]] if value else [1]
    return value


def _foreign(present: Sequence[Any]) -> Any:
    """A value of the same type that no filter or join is waiting for."""
    example = present[0] if present else None
    if isinstance(example, bool):
        return not example
    if isinstance(example, (int, float, Decimal)):
        return max(present) * 2 + 1
    if isinstance(example, datetime.date):
        return max(present) + datetime.timedelta(days=1000)
    if isinstance(example, str):
        return "~nowhere~"
    if isinstance(example, (list, tuple)):
        return []
    return None


class Trial:
    """One program, its claims, and the databases it has been tried on."""

    def __init__(
        self, arena: Arena, program: Program, claims: Claims, columns: Iterable[Source], seed: int = 0
    ) -> None:
        self.arena = arena
        self.program = program
        self.claims = claims
        self.columns = list(columns)
        self.random = random.Random(seed)
        self.verdict = Verdict()
        self.moved_by: dict[Output, set[Source]] = defaultdict(set)
        self.good: list[Database] = []
        self.reach = {column: claims.reached(column) for column in self.columns}
        self.wanted: dict[Source, set[Output]] = defaultdict(set)
        for source, output in claims.direct:
            if output[0] in program.observed and source != output:
                self.wanted[source].add(output)

    def try_on(self, database: Database, only_pending: bool = False) -> bool:
        """Move every column on this database, or only those that claim to move an output and have not done so.

        False if nothing can be learnt here: refused, or decided by chance.
        """
        self.arena.load(database)
        try:
            before, *again = self.arena.outcomes(self.program, orders=3)
        except duckdb.Error as error:
            self.verdict.refused = str(error)
            return False
        if not all(same(before, other) for other in again):
            return False
        self.verdict.databases += 1
        self.good.append(database)
        if all(rows.rows for rows in before.values()):
            self.verdict.nonempty += 1
        for source in self.columns:
            if not only_pending or self._pending(source):
                self._move(source, database, before)
        for source in sorted(self.wanted):
            if source[1] == "*" and source[0] in self.arena.schema:
                self._thin(source, database, before)
        return True

    def _covered(self, source: Source, output: Output) -> bool:
        outputs, datasets = self.reach[source]
        # A written dataset keeps its old rows: an old value that is still there is no lineage.
        return source == output or output in outputs or output[0] in datasets

    def _pending(self, source: Source) -> set[Output]:
        return {output for output in self.wanted[source] if source not in self.moved_by[output]}

    def _dead(self) -> set[Output]:
        return {output for outputs in self.wanted.values() for output in outputs if not self.moved_by[output]}

    def _look_for_life(self) -> None:
        """Columns known to influence everything were not tried; try them on outputs that nothing has moved yet."""
        for database in self.good[:4]:
            if not self._dead():
                return
            self.arena.load(database)
            [before] = self.arena.outcomes(self.program)
            for source in self.columns:
                self._move(source, database, before, thorough=True)

    def _move(self, source: Source, database: Database, before: Outcome, thorough: bool = False) -> None:
        dataset, column = source
        values = database.get(dataset, {}).get(column)
        if not values:
            return
        exposed = any(
            not self._covered(source, (name, output))
            for name, rows in before.items()
            for output in rows.names
        )
        for number, changed in enumerate(changes(values, values, self.random)):
            if number >= _CHANGES and not self._pending(source) and not thorough:
                return
            if not exposed and not self._pending(source) and not (thorough and self._dead()):
                return
            change = partial(Arena.set_column, dataset=dataset, column=column, values=changed)
            try:
                [after] = self.arena.outcomes(self.program, change)
            except duckdb.Error:
                continue  # a cast or a scalar subquery that this change breaks: another change may not
            moved = movement(before, after)
            for output in moved.outputs:
                self.moved_by[output].add(source)
            blamed: set[Output | None] = {
                output for output in moved.outputs if not self._covered(source, output)
            }
            if any(not any(self._covered(source, output) for output in group) for group in moved.groups):
                blamed.add(None)
            blamed -= {output for known, output in self.verdict.uncovered if known == source}
            if blamed and self._stable(change, after):
                for output in blamed:
                    self.verdict.uncovered[source, output] = Witness(
                        source, output, database, tuple(changed), before, after
                    )

    def _thin(self, source: Source, database: Database, before: Outcome) -> None:
        """Take rows away, or double them: what moves `COUNT(*)`."""
        values = next(iter(database.get(source[0], {}).values()), ())
        for share in (0.7, 0.4, 2.0, 0.0):
            if not self._pending(source) or not values:
                return
            rows = [row for row in range(len(values)) if self.random.random() < share]
            change = partial(Arena.choose_rows, dataset=source[0], keep=rows, twice=share > 1)
            try:
                [after] = self.arena.outcomes(self.program, change)
            except duckdb.Error:
                continue
            for output in movement(before, after).outputs:
                self.moved_by[output].add(source)

    def _stable(self, change: Any, after: Outcome) -> bool:
        try:
            return all(same(after, other) for other in self.arena.outcomes(self.program, change, orders=4))
        except duckdb.Error:
            return False

    @property
    def satisfied(self) -> bool:
        """Every DIRECT pair has been seen to move."""
        return not any(self._pending(source) for source in self.wanted)

    def conclude(self, databases: Iterable[Database] = ()) -> Verdict:
        """Close the trial; `databases` are tried while some DIRECT pair has not moved and for outputs nothing moved."""
        for database in databases:
            if self.satisfied:
                break
            self.try_on(database, only_pending=True)
        self._look_for_life()
        verdict = self.verdict
        if verdict.databases:
            verdict.refused = None
        for source, outputs in sorted(self.wanted.items()):
            if source[0] not in self.arena.schema:
                continue  # a hop inside a script: its own source is the one that can be moved
            for output in sorted(outputs):
                if source in self.moved_by[output]:
                    verdict.tested += 1
                elif self.moved_by[output]:
                    verdict.tested += 1
                    verdict.suspects.append((source, output))
                else:
                    verdict.unmoved.add(output)
        return verdict


def show(witness: Witness, schema: Schema, program: Program) -> str:
    """A witness as a script one can paste into DuckDB, and what it shows."""
    lines = [
        f"{'.'.join(witness.source)} moves {'.'.join(witness.output) if witness.output else 'the rows'},"
    ]
    lines.append("and the lineage has neither an edge nor an influence that says so.")
    for dataset, columns in schema.items():
        values = witness.database.get(dataset)
        if not values or dataset not in program.sql:
            continue
        lines.append(f"CREATE TABLE {dataset} ({', '.join(f'{name} {columns[name]}' for name in values)});")
        rows = itertools.zip_longest(*values.values())
        lines.append(
            f"INSERT INTO {dataset} VALUES "
            + ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            + ";"
        )
    lines.append(program.sql + ";")
    dataset, column = witness.source
    kind = schema[dataset][column]
    items = ", ".join(literal(value) for value in witness.changed)
    lines.append(f"-- change: UPDATE {dataset} SET {column} = (CAST([{items}] AS {kind}[]))[rowid + 1];")
    for name, rows in witness.before.items():
        lines.append(f"-- {name} {rows.names} before: {_shown(rows.rows)}")
        lines.append(f"-- {name} {rows.names} after:  {_shown(witness.after[name].rows)}")
    return "\n".join(lines)


def _shown(rows: Sequence[tuple[Any, ...]]) -> str:
    ordered = sorted(rows, key=lambda row: tuple(str(value) for value in row))
    text = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in ordered[:12])
    return text + (f", … {len(rows)} rows" if len(rows) > 12 else "")


def claims_of(analysis: Any) -> Claims:
    """What `lineagraph.analyze` claims. Names are compared in lower case: DuckDB does not tell cases apart."""

    def split(name: str) -> tuple[str, str]:
        dataset, _, column = name.lower().rpartition(".")
        return dataset, column

    edges = [*analysis.columns, *analysis.hops]
    return Claims(
        frozenset((split(edge.source), split(edge.target)) for edge in edges if edge.type == "DIRECT"),
        frozenset((split(edge.source), split(edge.target)) for edge in edges if edge.type != "DIRECT"),
        frozenset((split(influence.source), influence.target.lower()) for influence in analysis.influences),
    )
