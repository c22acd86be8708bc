"""TPC-DS and TPC-H: every query resolves, gives rows on shaped data, and its lineage explains what moves."""

from __future__ import annotations

import functools
import os

import pytest

import lineagraph
from tests.execution.arena import QUERY, Arena, Program
from tests.execution.examine import claimed, complaint, judge, nonempty
from tests.execution.judge import Output, Source
from tests.execution.tpc import all_queries, filler, outputs_of, query_text, schema_names, suite, wrapped

EXPLAINED: dict[str, dict[tuple[str, str], str]] = {}
"""Query → (source, output) → why this DIRECT pair cannot be seen to move. Outputs are o1, o2, … by position."""


DATABASES = int(os.environ.get("LINEAGRAPH_EXECUTION_DATABASES", "2"))
"""Databases every query is tried on; more are made while a DIRECT pair has not moved."""


@functools.cache
def arena_of(name: str) -> Arena:
    return Arena(suite(name).schema)


@pytest.mark.parametrize("query", all_queries())
def test_resolves_without_a_diagnostic(query: str) -> None:
    analysis = lineagraph.analyze(
        query_text(query), dialect="duckdb", schema=schema_names(query.partition("/")[0])
    )
    assert analysis.diagnostics == ()
    assert [edge for edge in analysis.columns if edge.unresolved or edge.source.startswith("?")] == []
    assert analysis.sources


@pytest.mark.parametrize("query", all_queries())
def test_lineage_explains_what_moves(query: str) -> None:
    name = query.partition("/")[0]
    arena = arena_of(name)
    program = Program((wrapped(query_text(query), outputs_of(query)),))
    claims = claimed(program, arena.schema)
    fill = filler(query)
    columns: list[Source] = [(table, column) for table, own in fill.columns.items() for column in own]
    databases = list(nonempty(arena, program, fill.database, want=DATABASES, limit=120))
    assert databases, "no data gave a row, so nothing was tested; give the query a Shape"
    more = (
        database
        for offset in range(1, 4)
        for database in nonempty(
            arena, program, lambda seed, offset=offset: fill.database(seed + 1000 * offset), want=3, limit=60
        )
    )
    verdict = judge(arena, program, claims, databases, more, columns)
    assert not verdict.uncovered, complaint(program, arena.schema, verdict)
    suspects: set[tuple[Source, Output]] = set(verdict.suspects)
    explained = {
        ((source.rpartition(".")[0], source.rpartition(".")[2]), (QUERY, output))
        for source, output in EXPLAINED.get(query, {})
    }
    assert suspects <= explained, f"DIRECT pairs that never moved: {sorted(suspects - explained)}"
    assert not verdict.unmoved, f"outputs nothing moved: {sorted(verdict.unmoved)}"
