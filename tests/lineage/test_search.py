"""Search: the best matches first, similar names when nothing matches, nothing cut in silence."""

from __future__ import annotations

import pytest

from lineagraph.lineage import search as search_module
from lineagraph.lineage.names import split_name
from lineagraph.lineage.search import search
from lineagraph.store.sqlite import SqliteStore


def found(store: SqliteStore, text: str, **options: object) -> list[tuple[str, str]]:
    return [(match.key, match.how) for match in search(store, text, **options).matches]  # pyright: ignore[reportArgumentType]


def test_exact_then_prefix_then_inside(warehouse: SqliteStore) -> None:
    assert found(warehouse, "ORDERS", kind="dataset") == [("raw.orders", "exact"), ("core.orders", "exact")]
    assert found(warehouse, "re", kind="dataset") == [
        ("mart.rev", "prefix"),
        ("report.kpi", "prefix"),
        ("core.orders", "substring"),
    ]
    assert found(warehouse, "mount") == [
        ("raw.orders.amount", "substring"),
        ("core.orders.amount", "substring"),
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("dataset", ["mart.rev"]),
        ("column", ["mart.rev.id", "mart.rev.total"]),
        ("file", ["mart.sql"]),
        ("routine", []),
    ],
)
def test_kinds(warehouse: SqliteStore, kind: str, expected: list[str]) -> None:
    text = "mart" if kind != "column" else "mart.rev."
    assert [key for key, _ in found(warehouse, text, kind=kind)] == expected


def test_a_column_with_its_dataset(warehouse: SqliteStore) -> None:
    assert found(warehouse, "orders.am") == [
        ("raw.orders.amount", "prefix"),
        ("core.orders.amount", "prefix"),
    ]
    assert search(warehouse, "orders.am").matches[0].name == "raw.Orders.amount"


def test_a_routine_by_its_name(warehouse: SqliteStore) -> None:
    assert found(warehouse, "load", kind="routine") == [("etl.load()", "exact")]


def test_similar_names(warehouse: SqliteStore) -> None:
    assert ("core.orders", "similar") in found(warehouse, "ordres")
    assert ("core.orders.amount", "similar") in found(warehouse, "amuont")
    assert found(warehouse, "qqqqqq") == []
    assert found(warehouse, "  ") == []


def test_wildcards_of_sql_are_plain_characters(warehouse: SqliteStore) -> None:
    assert found(warehouse, "%") == []
    assert found(warehouse, "load_file") == [("load_file.sql", "prefix")]
    assert found(warehouse, "loadxfile") == [] or all(
        how == "similar" for _, how in found(warehouse, "loadxfile")
    )


def test_limits_are_said(warehouse: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = search(warehouse, "o", limit=2)
    assert len(answer.matches) == 2 < answer.total
    assert not answer.incomplete
    monkeypatch.setattr(search_module, "MAX_CANDIDATES", 3)
    assert search(warehouse, "o").incomplete


def test_names_are_split_outside_of_quotes() -> None:
    assert split_name('a."b.c".d') == ["a", '"b.c"', "d"]
    assert split_name("a") == ["a"]
