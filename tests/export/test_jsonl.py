"""The canonical export."""

from __future__ import annotations

import json
from pathlib import Path

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import EdgeFlag, EdgeKind
from lineagraph.store.sqlite import SqliteStore
from tests.store.graphs import change, exported


def test_every_kind_of_record_in_its_form_and_order(tmp_path: Path) -> None:
    masked = {"flags": int(EdgeFlag.MASKING), "line": 3, "expression": "COUNT(id)"}
    problem = Diagnostic(
        Code.UNKNOWN_COLUMN, Severity.WARNING, "who has z?", None, 1, "import a schema", ("a.z", "b.z")
    )
    with SqliteStore.open(tmp_path) as store:
        store.apply(
            [
                change("b.sql", [("s.o.id", "m.r.n", EdgeKind.AGGREGATION, masked)], names={"s.o": "S.O"}),
                change(
                    "a.sql",
                    [("s.o.id", "m.r.n", EdgeKind.AGGREGATION, {"line": 2})],
                    {"m.r": ["n"]},
                    diagnostics=(problem,),
                ),
            ]
        )
        lines = [json.loads(line) for line in exported(store).splitlines()]
    file = {
        "record": "node",
        "label": "SourceFile",
        "defined": True,
        "dialect": "snowflake",
        "outcome": "parsed",
    }
    flow = {
        "source": "s.o.id",
        "target": "m.r.n",
        "relationship": "FLOWS_TO",
        "type": "DIRECT",
        "subtype": "AGGREGATION",
    }
    whole = [1, 1, 9, 9]
    assert lines == [
        {**file, "key": "a.sql", "name": "a.sql"},
        {**file, "key": "b.sql", "name": "b.sql"},
        {"record": "node", "label": "Dataset", "key": "m.r", "name": "m.r", "kind": "table", "defined": True},
        {"record": "node", "label": "Dataset", "key": "s.o", "name": "S.O", "kind": "unknown"},
        {"record": "node", "label": "Column", "key": "m.r.n", "name": "n", "position": 1, "defined": True},
        {"record": "node", "label": "Column", "key": "s.o.id", "name": "id"},
        {"record": "edge", "source": "a.sql", "target": "m.r", "relationship": "DEFINES"},
        {"record": "evidence", "source": "a.sql", "target": "m.r", "relationship": "DEFINES", "file": "a.sql",
         "statement": 1, "span": whole},
        {"record": "edge", "source": "m.r", "target": "m.r.n", "relationship": "HAS_COLUMN"},
        {"record": "evidence", "source": "m.r", "target": "m.r.n", "relationship": "HAS_COLUMN", "file": "a.sql",
         "statement": 1, "span": whole},
        {"record": "edge", **flow},  # masking only if all its evidence masks
        {"record": "evidence", **flow, "file": "a.sql", "statement": 1, "span": [2, 1, 2, 9]},
        {"record": "evidence", **flow, "file": "b.sql", "statement": 1, "span": [3, 1, 3, 9], "flags": ["masking"],
         "expression": "COUNT(id)"},
        {"record": "statement", "file": "a.sql", "number": 1, "kind": "insert", "outcome": "parsed", "span": whole},
        {"record": "statement", "file": "b.sql", "number": 1, "kind": "insert", "outcome": "parsed", "span": whole},
        {"record": "diagnostic", "file": "a.sql", "code": "unknown-column", "severity": "warning",
         "message": "who has z?",         "statement": 1, "hint": "import a schema", "candidates": ["a.z", "b.z"]},
    ]  # fmt: skip


def test_the_two_nodes_of_one_key_stay_apart(tmp_path: Path) -> None:
    """`a.b` can be a dataset and the column b of a dataset a."""
    with SqliteStore.open(tmp_path) as store:
        store.apply([change("x.sql", [("a.b.c", "a.b", EdgeKind.IDENTITY)])])
        lines = [json.loads(line) for line in exported(store).splitlines()]
    nodes = {(line["label"], line["key"]) for line in lines if line["record"] == "node"}
    assert {("Dataset", "a.b"), ("Column", "a.b"), ("Dataset", "a"), ("Column", "a.b.c")} <= nodes
