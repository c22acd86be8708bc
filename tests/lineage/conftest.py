"""A small warehouse that the questions are asked of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Edge, EdgeFlag, EdgeKind, FileLineage, Node, NodeLabel, Span
from lineagraph.store.base import FileChange
from lineagraph.store.sqlite import SqliteStore
from tests.store.graphs import change, record

DIRECT, SUM, CASE = EdgeKind.IDENTITY, EdgeKind.AGGREGATION, EdgeKind.CONDITIONAL


def routine() -> FileChange:
    """A procedure that reads core.orders and writes mart.rev."""
    nodes = (
        Node(NodeLabel.SOURCE_FILE, "load.sql", "load.sql"),
        Node(NodeLabel.ROUTINE, "etl.load()", "etl.load", kind="procedure", defined=True),
        Node(NodeLabel.DATASET, "core.orders", "core.orders"),
        Node(NodeLabel.DATASET, "mart.rev", "mart.rev"),
    )
    span = Span(1, 1, 20, 3)
    edges = (
        Edge(EdgeKind.DEFINES, 0, 1, 1, span),
        Edge(EdgeKind.READS, 1, 2, 1, span),
        Edge(EdgeKind.WRITES, 1, 3, 1, span),
    )
    return FileChange(record("load.sql"), FileLineage("load.sql", nodes, edges))


WAREHOUSE = [
    change(
        "ddl.sql",
        [],
        {"raw.Orders".lower(): ["id", "amount", "note"]},
        types={"id": "INT"},
        names={"raw.orders": "raw.Orders"},
    ),
    change(
        "core.sql",
        [
            ("raw.orders.id", "core.orders.id", DIRECT),
            ("raw.orders.amount", "core.orders.amount", DIRECT, {"line": 4, "expression": "o.amount"}),
            ("raw.orders.note", "core.orders", EdgeKind.FILTER),
        ],
        {"core.orders": ["id", "amount"]},
        kind="view",
    ),
    change(
        "mart.sql",
        [
            ("core.orders.amount", "mart.rev.total", SUM, {"line": 7, "expression": "SUM(amount)"}),
            ("core.orders.id", "mart.rev.total", CASE),
            ("core.orders.id", "mart.rev", EdgeKind.GROUP_BY),
            ("core.orders.id", "mart.rev.id", DIRECT),
        ],
        {"mart.rev": ["id", "total"]},
        diagnostics=(Diagnostic(Code.UNKNOWN_COLUMN, Severity.WARNING, "z?", Span(7, 1, 7, 3), 1),),
    ),
    change("fix.sql", [("core.orders.amount", "mart.rev.total", SUM, {"line": 2})]),
    change(
        "report.sql",
        [("mart.rev.total", "report.kpi.value", DIRECT), ("mart.rev.id", "report.kpi", EdgeKind.JOIN)],
    ),
    # tables that feed each other
    change(
        "loop.sql",
        [
            ("loop.a.x", "loop.b.x", DIRECT),
            ("loop.b.x", "loop.a.x", DIRECT),
            ("loop.b.x", "loop.b.x", DIRECT),
        ],
    ),
    # a star nobody could expand, and a count of rows
    change(
        "star.sql",
        [
            ("ext.t.*", "copy.t.*", DIRECT, {"flags": int(EdgeFlag.UNRESOLVED)}),
            ("ext.t.*", "stats.n.rows", SUM),
        ],
    ),
    change(
        "use.sql",
        [("copy.t.c", "use.u.c", DIRECT), ("ext.t.d", "use.u.d", DIRECT), ("copy.t.d", "use.v.d", SUM)],
    ),
    # rows that move, and nothing says which columns
    change(
        "load_file.sql",
        [
            ("s3://bucket/a.csv", "raw.a", EdgeKind.DATASET_DIRECT),
            ("raw.a", "raw.b", EdgeKind.DATASET_DIRECT),
            ("raw.b.k", "raw.c.k", DIRECT),
            ("raw.b.v", "raw.d.w", DIRECT),
        ],
    ),
    # the same said with columns
    change(
        "both.sql",
        [
            ("two.a.k", "two.b.k", DIRECT),
            ("two.a", "two.b", EdgeKind.DATASET_DIRECT),
            ("two.b.v", "two.c.v", DIRECT),
        ],
    ),
    routine(),
]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    directory = tmp_path_factory.mktemp("warehouse")
    with SqliteStore.open(directory) as store:
        store.apply(WAREHOUSE)
    with SqliteStore.open(directory, read_only=True) as store:
        yield store
