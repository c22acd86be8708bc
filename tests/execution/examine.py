"""One examination: a program's lineage as `lineagraph.analyze` gives it, before the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

import lineagraph
from tests.execution.arena import Arena, Database, Program, Schema, movement
from tests.execution.judge import Claims, Output, Source, Trial, Verdict, claims_of, show

Analyze = Callable[..., Any]


@dataclass
class Ledger:
    """What many examinations showed together."""

    programs: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Programs DuckDB does not run, and its words."""
    silent: int = 0
    """Programs that gave no stable, non-empty outcome on any database: they prove nothing."""
    tested: int = 0
    suspects: list[tuple[str, Source, Output]] = field(default_factory=list)
    unmoved: int = 0

    def add(self, program: Program, verdict: Verdict) -> None:
        self.programs += 1
        if verdict.refused:
            self.refused.append((program.sql, verdict.refused))
            return
        if not verdict.nonempty:
            self.silent += 1
        self.tested += verdict.tested
        self.unmoved += len(verdict.unmoved)
        self.suspects += [(program.sql, source, output) for source, output in verdict.suspects]

    @property
    def suspect_share(self) -> float:
        return len(self.suspects) / max(1, self.tested)

    def __str__(self) -> str:
        return (
            f"{self.programs} programs, {len(self.refused)} refused by DuckDB, {self.silent} without rows; "
            f"{self.tested} DIRECT pairs tested, {len(self.suspects)} suspect ({self.suspect_share:.1%}), "
            f"{self.unmoved} outputs nothing moved"
        )


def read_columns(program: Program, schema: Schema) -> list[Source]:
    """The columns of the tables a program names; no other can matter."""
    text = program.sql
    return [(dataset, column) for dataset in schema if dataset in text for column in schema[dataset]]


def claimed(program: Program, schema: Schema) -> Claims:
    """What lineagraph claims. Fails where anything is left unresolved, which with a full schema nothing is."""
    return claims_of(_analysis(program, schema))


def claimed_of_targets(program: Program, schema: Schema) -> tuple[Program, Claims]:
    """The claims of a script, and the script observed by its targets.

    Influences are told end to end, of targets: a dataset written and then read on the way has its columns in `hops`,
    but its influences only in those of the datasets it ends up in.
    """
    analysis = _analysis(program, schema)
    written = {name.lower() for name in analysis.targets}
    lost = set(program.observed) - written - {name.lower() for name in analysis.intermediates}
    assert not lost, f"written, but neither target nor intermediate: {lost}\n{program.sql}"
    observed = tuple(name for name in program.observed if name in written)
    return program._replace(observed=observed), claims_of(analysis)


def _analysis(program: Program, schema: Schema) -> Any:
    analysis = lineagraph.analyze(
        program.sql, dialect="duckdb", schema={name: list(columns) for name, columns in schema.items()}
    )
    unresolved = [edge for edge in analysis.columns if edge.unresolved]
    assert not analysis.diagnostics, f"{analysis.diagnostics}\n{program.sql}"
    assert not unresolved, f"{unresolved}\n{program.sql}"
    return analysis


def judge(
    arena: Arena,
    program: Program,
    claims: Claims,
    databases: Iterable[Database],
    more: Iterable[Database],
    columns: Iterable[Source] | None = None,
) -> Verdict:
    """Try `databases` whatever happens, `more` while a DIRECT pair has not moved yet."""
    trial = Trial(arena, program, claims, read_columns(program, arena.schema) if columns is None else columns)
    for database in databases:
        trial.try_on(database)
    return trial.conclude(more)


def complaint(program: Program, schema: Schema, verdict: Verdict) -> str:
    """Every uncovered pair, the first with a script that shows it."""
    pairs = [
        f"  {'.'.join(source)} → {'.'.join(output) if output else 'rows'}"
        for source, output in verdict.uncovered
    ]
    witness = next(iter(verdict.uncovered.values()))
    return "\n".join(["not covered:", *pairs, "", show(witness, schema, program)])


def nonempty(
    arena: Arena, program: Program, make: Callable[[int], Database], want: int, limit: int
) -> Iterator[Database]:
    """Databases, by ascending seed, on which the program does something to everything it is observed by.

    A query must give rows; a script must leave new tables with rows, and old ones otherwise than they were.
    """
    idle = Program((), tuple(name for name in program.observed if name in arena.schema))
    found = 0
    for seed in range(limit):
        database = make(seed)
        arena.load(database)
        try:
            [untouched] = arena.outcomes(idle)
            [outcome] = arena.outcomes(program)
        except duckdb.Error:
            continue  # a scalar subquery finds two rows in this data; the next may do
        changed = movement(untouched, outcome).datasets
        if all(name in changed if name in untouched else rows.rows for name, rows in outcome.items()):
            yield database
            found += 1
            if found == want:
                return
