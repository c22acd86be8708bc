"""Generated queries and scripts on random rows: what moves an output is in its lineage, and little else is."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.arena import QUERY, Arena, Database, Program
from tests.execution.choices import Drawn, Seeded
from tests.execution.examine import (
    Ledger,
    claimed,
    claimed_of_targets,
    complaint,
    judge,
    nonempty,
    read_columns,
)
from tests.execution.judge import Claims, Trial
from tests.execution.queries import write_query
from tests.execution.scripts import SCRIPT_SCHEMA, TARGET_KEYS, write_script
from tests.execution.tables import KEYS, SCHEMA, random_database

EXAMPLES = int(os.environ.get("LINEAGRAPH_EXECUTION_EXAMPLES", "150"))
"""Queries to generate; a third as many scripts."""


@st.composite
def queries(draw: Callable[..., int]) -> Program:
    return Program((write_query(Drawn(draw)).sql,))


@st.composite
def scripts(draw: Callable[..., int]) -> Program:
    return write_script(Drawn(draw))


@functools.cache
def shop() -> Arena:
    return Arena(SCHEMA)


@functools.cache
def warehouse() -> Arena:
    return Arena(SCRIPT_SCHEMA)


@functools.cache
def shop_rows(seed: int) -> Database:
    return random_database(seed)


@functools.cache
def warehouse_rows(seed: int) -> Database:
    return random_database(seed, SCRIPT_SCHEMA, {**KEYS, **TARGET_KEYS})


def bounded(examples: int) -> settings:
    """The same examples every time: a failure on one machine is a failure on all."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def examine(ledger: Ledger, arena: Arena, rows: Callable[[int], Database], program: Program) -> None:
    if program.observed == (QUERY,):
        claims = claimed(program, arena.schema)
    else:
        program, claims = claimed_of_targets(program, arena.schema)
    first = list(nonempty(arena, program, rows, want=2, limit=6)) or [rows(0)]
    more = nonempty(arena, program, lambda seed: rows(seed + 6), want=12, limit=60)
    verdict = judge(arena, program, claims, first, more)
    ledger.add(program, verdict)
    assert not verdict.uncovered, complaint(program, arena.schema, verdict)


_FEW = 6
"""Suspect pairs that one unlucky program can bring."""


def conclude(ledger: Ledger, suspect_share: float) -> None:
    print(ledger)
    assert len(ledger.refused) < 0.05 * ledger.programs, ledger.refused[:3]
    assert ledger.silent < 0.2 * ledger.programs, f"{ledger}: too many prove nothing"
    listed = "\n\n".join(
        f"{'.'.join(source)} → {'.'.join(output)}\n{sql}" for sql, source, output in ledger.suspects
    )
    # one program brings up to half a dozen pairs: a share of few pairs says nothing
    few = len(ledger.suspects) <= _FEW
    assert few or ledger.suspect_share < suspect_share, f"{ledger}\n{listed}"


def test_queries() -> None:
    ledger = Ledger()

    @bounded(EXAMPLES)
    @given(queries())
    def each(program: Program) -> None:
        examine(ledger, shop(), shop_rows, program)

    each()
    conclude(ledger, suspect_share=0.03)


def test_scripts() -> None:
    ledger = Ledger()

    @bounded(max(20, EXAMPLES // 3))
    @given(scripts())
    def each(program: Program) -> None:
        examine(ledger, warehouse(), warehouse_rows, program)

    each()
    # An arm of a MERGE that sets what another arm or a later statement sets again is rarely the one that decides.
    conclude(ledger, suspect_share=0.05)


def test_forgetting_a_source_is_noticed() -> None:
    """Take away every claim about one column that was seen to move something: the judge must miss it."""
    noticed = 0
    for seed in range(12):
        program = Program((write_query(Seeded(seed)).sql,))
        claims = claimed(program, SCHEMA)
        trial = Trial(shop(), program, claims, read_columns(program, SCHEMA))
        for database in range(3):
            trial.try_on(shop_rows(database))
        moving = sorted(
            {source for sources in trial.moved_by.values() for source in sources if source[1] != "*"}
        )
        for source in moving[:2]:
            less = Claims(
                frozenset(pair for pair in claims.direct if pair[0] != source),
                frozenset(pair for pair in claims.indirect if pair[0] != source),
                frozenset(pair for pair in claims.influences if pair[0] != source),
            )
            verdict = judge(shop(), program, less, map(shop_rows, range(3)), ())
            assert source in {found for found, _ in verdict.uncovered}, f"{source} in {program.sql}"
            noticed += 1
    assert noticed > 10
