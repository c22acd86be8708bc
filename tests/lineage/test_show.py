"""Show: one node and all that is known of it."""

from __future__ import annotations

from lineagraph.lineage.show import Relation, show
from lineagraph.store.sqlite import SqliteStore


def test_a_dataset(warehouse: SqliteStore) -> None:
    details = show(warehouse, "mart.rev")
    assert (details.label, details.kind, details.name) == ("Dataset", "table", "mart.rev")
    assert [(line.name, line.position, line.defined) for line in details.columns] == [
        ("id", 1, True),
        ("total", 2, True),
    ]
    assert [one.file for one in details.definers] == ["mart.sql"]
    assert details.readers == ("report.sql",)
    assert details.writers == ("fix.sql", "mart.sql")
    assert [(file, one.code) for file, one in details.diagnostics] == [("mart.sql", "unknown-column")]
    assert details.relations == (Relation("WRITES", "etl.load", "etl.load()", False),)


def test_columns_that_are_only_read_come_last(warehouse: SqliteStore) -> None:
    details = show(warehouse, "ext.t")
    assert (details.kind, details.definers, details.writers) == ("unknown", (), ())
    assert [(line.name, line.defined) for line in details.columns] == [("*", False), ("d", False)]


def test_a_column(warehouse: SqliteStore) -> None:
    details = show(warehouse, "raw.orders.id")
    assert (details.label, details.name, details.data_type, details.position) == (
        "Column",
        "raw.Orders.id",
        "INT",
        1,
    )
    assert [(one.file, one.line) for one in details.definers] == [("ddl.sql", 1)]
    assert (details.readers, details.writers) == (("core.sql",), ())


def test_a_routine(warehouse: SqliteStore) -> None:
    details = show(warehouse, "load()")
    assert (details.label, details.kind, details.name) == ("Routine", "procedure", "etl.load")
    assert [one.file for one in details.definers] == ["load.sql"]
    assert [(one.relationship, one.key, one.outgoing) for one in details.relations if one.outgoing] == [
        ("READS", "core.orders", True),
        ("WRITES", "mart.rev", True),
    ]


def test_a_file(warehouse: SqliteStore) -> None:
    details = show(warehouse, "mart.sql")
    assert (details.label, details.dialect, details.outcome, len(details.statements)) == (
        "SourceFile",
        "snowflake",
        "parsed",
        1,
    )
    assert [(one.relationship, one.key) for one in details.relations] == [
        ("DEFINES", "mart.rev"),
        ("READS", "core.orders"),
        ("WRITES", "mart.rev"),
    ]
    assert [file for file, _ in details.diagnostics] == ["mart.sql"]
