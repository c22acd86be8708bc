"""Impact: what changes downstream, by value or by choice."""

from __future__ import annotations

import pytest

from lineagraph.lineage.impact import Impact, impact
from lineagraph.lineage.names import WrongKindError
from lineagraph.store.sqlite import SqliteStore


def short(answer: Impact) -> list[str]:
    return [
        f"{dataset.depth} {dataset.key} rows={dataset.rows} "
        + " ".join(f"{column.name}:{column.type}@{column.depth}" for column in dataset.columns)
        for dataset in answer.datasets
    ]


def test_by_value_and_by_choice(warehouse: SqliteStore) -> None:
    answer = impact(warehouse, "core.orders.id")
    assert short(answer) == [
        "1 mart.rev rows=INDIRECT id:DIRECT@1 total:INDIRECT@1",
        "2 report.kpi rows=INDIRECT value:INDIRECT@2",
    ]
    assert answer.files == ("mart.sql", "report.sql")
    assert answer.datasets[0].files == ("mart.sql",)
    assert (answer.truncated, answer.unexplored) == (False, 0)


def test_rows_that_change_by_choice_change_what_reads_them(warehouse: SqliteStore) -> None:
    """raw.orders.note only filters core.orders: all that reads any column of it is affected by choice."""
    assert short(impact(warehouse, "raw.orders.note")) == [
        "1 core.orders rows=INDIRECT ",
        "2 mart.rev rows=INDIRECT id:INDIRECT@2 total:INDIRECT@2",
        "3 report.kpi rows=INDIRECT value:INDIRECT@3",
    ]


def test_a_value_that_also_decides_is_by_value(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "core.orders.amount")) == [
        "1 mart.rev rows=None total:DIRECT@1",
        "2 report.kpi rows=None value:DIRECT@2",
    ]


def test_a_dataset_with_all_its_columns(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "mart.rev")) == ["1 report.kpi rows=INDIRECT value:DIRECT@1"]


def test_unknown_columns_flow_by_value(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "s3://bucket/a.csv")) == [
        "1 raw.a rows=DIRECT ",
        "2 raw.b rows=DIRECT k:DIRECT@2 v:DIRECT@2",
        "3 raw.c rows=None k:DIRECT@3",
        "3 raw.d rows=None w:DIRECT@3",
    ]


def test_where_columns_are_known_the_others_change_by_choice_at_most(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "two.a")) == [
        "1 two.b rows=DIRECT k:DIRECT@1",
        "2 two.c rows=None v:INDIRECT@2",
    ]
    assert short(impact(warehouse, "two.a.k")) == ["1 two.b rows=None k:DIRECT@1"]


def test_an_unexpanded_star_hands_on_a_column_under_its_name(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "ext.t.d")) == [
        "1 copy.t rows=None *:DIRECT@1 d:DIRECT@1",
        "1 use.u rows=None d:DIRECT@1",
        "2 use.v rows=None d:DIRECT@2",
    ]
    # all of ext.t may be in copy.t, also the column c that nobody mentions of ext.t
    assert short(impact(warehouse, "ext.t")) == [
        "1 copy.t rows=None *:DIRECT@1 c:DIRECT@1 d:DIRECT@1",
        "1 stats.n rows=None rows:DIRECT@1",
        "1 use.u rows=None c:DIRECT@2 d:DIRECT@1",
        "2 use.v rows=None d:DIRECT@2",
    ]


def test_cycles_end(warehouse: SqliteStore) -> None:
    assert short(impact(warehouse, "loop.a.x")) == [
        "1 loop.b rows=None x:DIRECT@1",
        "2 loop.a rows=None x:DIRECT@2",
    ]


def test_limits_are_said(warehouse: SqliteStore) -> None:
    near = impact(warehouse, "raw.orders.note", depth=1)
    assert short(near) == ["1 core.orders rows=INDIRECT "]
    assert near.unexplored == 1
    assert impact(warehouse, "raw.orders.note", limit=1).truncated


def test_a_routine_has_no_impact_of_its_own(warehouse: SqliteStore) -> None:
    with pytest.raises(WrongKindError, match="use show"):
        impact(warehouse, "etl.load()")
