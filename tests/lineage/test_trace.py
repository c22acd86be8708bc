"""Tracing: which hops, at which depth, with which evidence, and where it stops."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineagraph.diagnostics import LineagraphError
from lineagraph.lineage.names import AmbiguousNameError, UnknownNameError, WrongKindError
from lineagraph.lineage.trace import Evidence, Trace, trace
from lineagraph.model import EdgeFlag, EdgeKind
from lineagraph.store.sqlite import SqliteStore
from tests.store.graphs import change, quick_directory


def short(answer: Trace) -> list[str]:
    return [
        f"{hop.depth} {hop.source.key} -> {hop.target.key} {hop.subtype or hop.type}" for hop in answer.hops
    ]


def test_upstream_of_a_column(warehouse: SqliteStore) -> None:
    answer = trace(warehouse, "mart.rev.total")
    assert short(answer) == [
        "1 core.orders.id -> mart.rev GROUP_BY",
        "1 core.orders.amount -> mart.rev.total AGGREGATION",
        "1 core.orders.id -> mart.rev.total CONDITIONAL",
        "2 raw.orders.note -> core.orders FILTER",
        "2 raw.orders.amount -> core.orders.amount IDENTITY",
        "2 raw.orders.id -> core.orders.id IDENTITY",
    ]
    assert (answer.truncated, answer.unexplored) == (False, 0)
    assert answer.start.name == "mart.rev.total"


def test_each_hop_has_all_its_evidence_and_shown_names(warehouse: SqliteStore) -> None:
    hops = {(hop.source.key, hop.target.key): hop for hop in trace(warehouse, "mart.rev.total").hops}
    assert hops["core.orders.amount", "mart.rev.total"].evidence == (
        Evidence("fix.sql", 2, 1, 2, 9, 1),
        Evidence("mart.sql", 7, 1, 7, 9, 1, (), "SUM(amount)"),
    )
    source = hops["raw.orders.id", "core.orders.id"].source
    assert (source.name, source.label, source.data_type) == ("raw.Orders.id", "Column", "INT")


def test_influences_can_be_left_out(warehouse: SqliteStore) -> None:
    assert all(
        hop.relationship == "FLOWS_TO"
        for hop in trace(warehouse, "mart.rev.total", include_influences=False).hops
    )
    assert short(trace(warehouse, "raw.orders.note", "downstream", include_influences=False)) == []


def test_downstream_shows_influences_and_does_not_walk_on_from_them(warehouse: SqliteStore) -> None:
    assert short(trace(warehouse, "core.orders.id", "downstream")) == [
        "1 core.orders.id -> mart.rev GROUP_BY",
        "1 core.orders.id -> mart.rev.id IDENTITY",
        "1 core.orders.id -> mart.rev.total CONDITIONAL",
        "2 mart.rev.id -> report.kpi JOIN",
        "2 mart.rev.total -> report.kpi.value IDENTITY",
    ]


def test_both_directions(warehouse: SqliteStore) -> None:
    answer = trace(warehouse, "core.orders.amount", "both")
    assert [(hop.direction, hop.depth, hop.target.key) for hop in answer.hops] == [
        ("upstream", 1, "core.orders"),
        ("upstream", 1, "core.orders.amount"),
        ("downstream", 1, "mart.rev.total"),
        ("downstream", 2, "report.kpi.value"),
    ]


def test_a_dataset_starts_with_all_its_columns(warehouse: SqliteStore) -> None:
    assert short(trace(warehouse, "core.orders")) == [
        "1 raw.orders.note -> core.orders FILTER",
        "1 raw.orders.amount -> core.orders.amount IDENTITY",
        "1 raw.orders.id -> core.orders.id IDENTITY",
    ]


def test_flows_between_datasets(warehouse: SqliteStore) -> None:
    assert short(trace(warehouse, "raw.b")) == [
        "1 raw.a -> raw.b DIRECT",
        "2 s3://bucket/a.csv -> raw.a DIRECT",
    ]


def test_a_column_goes_on_with_the_dataset_where_nothing_says_which_columns(warehouse: SqliteStore) -> None:
    assert short(trace(warehouse, "raw.c.k")) == [
        "1 raw.b.k -> raw.c.k IDENTITY",
        "2 raw.a -> raw.b DIRECT",
        "3 s3://bucket/a.csv -> raw.a DIRECT",
    ]
    assert short(trace(warehouse, "two.b.k")) == ["1 two.a.k -> two.b.k IDENTITY"]
    assert short(trace(warehouse, "two.b.v")) == []
    assert short(trace(warehouse, "two.a.k", "downstream")) == ["1 two.a.k -> two.b.k IDENTITY"]
    assert len(trace(warehouse, "two.b").hops) == 2


def test_cycles_end_and_each_edge_comes_once(warehouse: SqliteStore) -> None:
    expected = [
        "1 loop.b.x -> loop.a.x IDENTITY",
        "2 loop.a.x -> loop.b.x IDENTITY",
        "2 loop.b.x -> loop.b.x IDENTITY",
    ]
    assert short(trace(warehouse, "loop.a.x")) == expected
    assert len(trace(warehouse, "loop.a.x", "both").hops) == 3


def test_an_unexpanded_star_stands_for_a_column_but_a_count_of_rows_does_not(warehouse: SqliteStore) -> None:
    assert short(trace(warehouse, "use.u.c")) == [
        "1 copy.t.c -> use.u.c IDENTITY",
        "2 ext.t.* -> copy.t.* IDENTITY",
    ]
    down = short(trace(warehouse, "ext.t.d", "downstream"))
    assert down == [
        "1 ext.t.* -> copy.t.* IDENTITY",
        "1 ext.t.d -> use.u.d IDENTITY",
        "2 copy.t.d -> use.v.d AGGREGATION",
    ]
    assert "2 copy.t.c -> use.u.c IDENTITY" in short(trace(warehouse, "ext.t", "downstream"))
    assert "1 ext.t.* -> stats.n.rows AGGREGATION" in short(trace(warehouse, "ext.t.*", "downstream"))


def test_a_star_met_at_two_depths_has_its_evidence_once() -> None:
    flows = [
        ("e.t.*", "f.t.*", EdgeKind.IDENTITY, {"flags": int(EdgeFlag.UNRESOLVED)}),
        ("f.t.a", "g.t.a", EdgeKind.IDENTITY),
        ("f.t.b", "f.t.a", EdgeKind.IDENTITY),
    ]
    with quick_directory() as directory, SqliteStore.open(Path(directory)) as store:
        store.apply([change("a.sql", flows)])
        answer = trace(store, "g.t.a")
    (star,) = [hop for hop in answer.hops if hop.source.key == "e.t.*"]
    assert (star.depth, len(star.evidence)) == (2, 1)


def test_depth_says_what_it_left_unexplored(warehouse: SqliteStore) -> None:
    answer = trace(warehouse, "report.kpi.value", depth=1)
    assert short(answer) == [
        "1 mart.rev.id -> report.kpi JOIN",
        "1 mart.rev.total -> report.kpi.value IDENTITY",
    ]
    assert answer.unexplored == 1
    assert trace(warehouse, "report.kpi.value", depth=9).unexplored == 0


def test_limit_keeps_the_nearest_and_says_so(warehouse: SqliteStore) -> None:
    answer = trace(warehouse, "mart.rev.total", limit=2)
    assert short(answer) == short(trace(warehouse, "mart.rev.total"))[:2]
    assert answer.truncated
    assert not trace(warehouse, "mart.rev.total", limit=6).truncated


def test_types(warehouse: SqliteStore) -> None:
    assert {hop.subtype for hop in trace(warehouse, "mart.rev.total", types=["DIRECT"]).hops} == {
        "AGGREGATION",
        "IDENTITY",
    }
    assert {hop.subtype for hop in trace(warehouse, "mart.rev.total", types=["group_by"]).hops} == {
        "GROUP_BY"
    }
    with pytest.raises(LineagraphError, match="unknown edge type SIDEWAYS; known are AGGREGATION"):
        trace(warehouse, "mart.rev.total", types=["SIDEWAYS"])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("mart.rev.total", "mart.rev.total"),
        ("MART.Rev.TOTAL", "mart.rev.total"),
        ("rev.total", "mart.rev.total"),
        ("REV", "mart.rev"),
        ("value", "report.kpi.value"),
        ("s3://bucket/a.csv", "s3://bucket/a.csv"),
        ("ext.t.*", "ext.t.*"),
    ],
)
def test_names(warehouse: SqliteStore, name: str, key: str) -> None:
    assert trace(warehouse, name).start.key == key


def test_names_that_do_not_decide(warehouse: SqliteStore) -> None:
    with pytest.raises(AmbiguousNameError, match="give more of its name") as ambiguous:
        trace(warehouse, "orders")
    assert ambiguous.value.candidates == ("core.orders", "raw.orders")
    with pytest.raises(UnknownNameError, match="did you mean") as unknown:
        trace(warehouse, "mart.rev.totl")
    assert unknown.value.candidates[0] == "mart.rev.total"
    for name in ("etl.load", "core.sql"):
        with pytest.raises(WrongKindError, match="use show"):
            trace(warehouse, name)
    with pytest.raises(LineagraphError, match="must be upstream"):
        trace(warehouse, "mart.rev", "sideways")  # pyright: ignore[reportArgumentType]


def test_much_evidence_is_counted() -> None:
    with quick_directory() as directory, SqliteStore.open(Path(directory)) as store:
        store.apply([change(f"{n:03}.sql", [("a.t.x", "b.t.x", EdgeKind.IDENTITY)]) for n in range(50)])
        (hop,) = trace(store, "b.t.x").hops
    assert [one.file for one in hop.evidence] == [f"{n:03}.sql" for n in range(20)]
    assert hop.more_evidence == 30


# -- against a plain walk over the same edges ------------------------------------------------------

_COLUMNS = tuple(f"d{n // 2}.c{n % 2}" for n in range(10))
Edges = list[tuple[int, str, str, EdgeKind]]


@st.composite
def edge_lists(draw: st.DrawFn) -> Edges:
    """(file, source, target, kind)"""
    edges: Edges = []
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from([EdgeKind.IDENTITY, EdgeKind.WINDOW, EdgeKind.JOIN]))
        target = draw(st.sampled_from(_COLUMNS))
        target = target.partition(".")[0] if kind == EdgeKind.JOIN else target
        edges.append((draw(st.integers(0, 4)), draw(st.sampled_from(_COLUMNS)), target, kind))
    return edges


def walk(edges: Edges, start: str, upstream: bool, depth: int | None) -> dict[tuple[str, str, int], int]:
    met: dict[tuple[str, str, int], int] = {}
    frontier, seen, level = {start}, {start}, 0
    while frontier and (depth is None or level < depth):
        level += 1
        beyond: set[str] = set()
        for _, source, target, kind in edges:
            near, far = (target, source) if upstream else (source, target)
            influence = kind == EdgeKind.JOIN
            at_stop = near in (
                {column.partition(".")[0] for column in frontier} if influence and upstream else frontier
            )
            if at_stop:
                met.setdefault((source, target, int(kind)), level)
                if not influence:
                    beyond.add(far)
        frontier = beyond - seen
        seen |= beyond
    return met


@settings(max_examples=80, deadline=None)
@given(edges=edge_lists(), upstream=st.booleans(), depth=st.none() | st.integers(0, 4))
def test_trace_agrees_with_a_plain_walk(edges: Edges, upstream: bool, depth: int | None) -> None:
    start = edges[0][1]
    with quick_directory() as directory, SqliteStore.open(Path(directory)) as store:
        store.apply([change(f"{n}.sql", _of_file(edges, n)) for n in range(5)])
        answer = trace(store, start, "upstream" if upstream else "downstream", depth=depth)
    kinds = {"IDENTITY": 0, "WINDOW": 4, "JOIN": 6}
    found = {(hop.source.key, hop.target.key, kinds[hop.subtype or ""]): hop.depth for hop in answer.hops}
    assert found == walk(edges, start, upstream, depth)


def _of_file(edges: Edges, number: int) -> Iterable[Any]:
    return [(source, target, kind) for file, source, target, kind in edges if file == number]
