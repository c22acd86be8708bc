"""Constructs one by one: small queries that show at once which construct a failure is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution.arena import Arena, Program
from tests.execution.examine import claimed, complaint, judge, nonempty
from tests.execution.tables import SCHEMA, random_database

_TEXT = Path(__file__).with_name("constructs.sql").read_text(encoding="utf-8")
CONSTRUCTS = [query.strip() for query in _TEXT.partition("\n\n")[2].split(";\n") if query.strip()]

TOP_COLUMN = {"SELECT s.a AS x FROM (SELECT {'a': tier, 'b': region} AS s FROM customers)"}
"""A field's source is the struct column as a whole (SEMANTICS), so what the other fields are made of is claimed too."""


@pytest.fixture(scope="module")
def arena() -> Arena:
    return Arena(SCHEMA)


@pytest.mark.parametrize("sql", CONSTRUCTS)
def test_construct(sql: str, arena: Arena) -> None:
    program = Program((sql,))
    databases = list(nonempty(arena, program, random_database, want=3, limit=40))
    assert databases, "gives no rows, so it proves nothing"
    more = nonempty(arena, program, lambda seed: random_database(seed + 40), want=12, limit=60)
    verdict = judge(arena, program, claimed(program, SCHEMA), databases, more)
    assert verdict.databases, verdict.refused or "only chance decides what comes out"
    assert not verdict.uncovered, complaint(program, SCHEMA, verdict)
    assert not verdict.suspects or sql in TOP_COLUMN
