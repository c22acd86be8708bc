"""The options of `lineagraph watch`, and what it prints; what it does is in tests/faults/test_watch_faults.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineagraph.cli.watch import _document, _line
from lineagraph.ingest.batches import Batch
from lineagraph.ingest.reports import IngestReport
from lineagraph.ingest.watch import Flushed
from lineagraph.model import GraphDelta
from tests.cli.runner import run


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--debounce", "-1", "seconds greater than 0"),
        ("--debounce", "soon", "seconds greater than 0"),
        ("--longest-wait", "0", "seconds greater than 0"),
        ("--batch-size", "0", "whole number of 1 or more"),
        ("--batch-memory", "lots", "whole number of 1 or more"),
        ("--rescan", "nan", "seconds greater than 0"),
        ("--dialect", "klingon", "klingon"),
    ],
)
def test_a_value_that_makes_no_sense_is_one_line(tmp_path: Path, option: str, value: str, says: str) -> None:
    project = tmp_path / "project"
    result = run("watch", tmp_path, "--project", project, option, value)
    assert result.status == 2
    assert says in result.err
    assert result.err.count("\n") == 1
    assert not project.exists()


def test_a_setting_of_the_environment_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE_THRESHOLD", "many")
    assert "many" in run("watch", tmp_path, "--project", tmp_path / "project").err


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = run("watch", tmp_path / "nowhere", "--project", tmp_path / "project")
    assert (result.status, result.out) == (2, "")
    assert "no such file or directory" in result.err
    assert not (tmp_path / "project").exists()


def flushed(*, first: bool = False, batch: Batch | None = None, **fields: object) -> Flushed:
    values = {
        "files": 1200,
        "parsed": 0,
        "cached": 0,
        "failed": 0,
        "removed": 0,
        "delta": GraphDelta(),
        **fields,
    }
    report = IngestReport(**values, seconds=0.0, statements={}, diagnostics={})  # type: ignore[arg-type]
    return Flushed(batch or Batch(("a.sql",)), first, report, 0.0854)


def test_lines_for_people() -> None:
    delta = GraphDelta(2, 1, 1234, 4)
    assert _line(flushed()) == ""
    assert _line(flushed(parsed=1, cache_hits=2, removed=1, delta=delta)) == (
        "3 files read, 1 gone, +1,234 -4 edges, 85 ms"
    )
    assert (
        _line(flushed(first=True)) == "0 files read, +0 -0 edges, 85 ms; watching 1,200 files, Ctrl-C ends it"
    )


def test_documents_for_programs() -> None:
    document = json.loads(_document(flushed(parsed=1, delta=GraphDelta(2, 1, 3, 4))))
    assert document == {
        "event": "batch",
        "paths": 1,
        "read": 1,
        "parsed": 1,
        "gone": 0,
        "failed": 0,
        "nodes_added": 2,
        "nodes_removed": 1,
        "edges_added": 3,
        "edges_removed": 4,
        "milliseconds": 85.4,
    }
    assert json.loads(_document(flushed(batch=Batch(rescan=True))))["event"] == "rescan"
    assert json.loads(_document(flushed(first=True)))["event"] == "start"
