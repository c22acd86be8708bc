"""`lineagraph export`: to standard output, to a file, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineagraph.project import Project
from tests.cli.runner import run


def test_standard_output_and_a_file_get_the_same_lines(project: Path, tmp_path: Path) -> None:
    printed = run("export", "--format", "jsonl", "--project", project)
    assert (printed.status, printed.err) == (0, "")
    records = [json.loads(line) for line in printed.out.splitlines()]
    assert {record["record"] for record in records} == {"node", "edge", "evidence", "statement", "diagnostic"}
    written = run("export", "--output", tmp_path / "graph.jsonl", "--project", project)
    assert written == (0, "", "")
    assert (tmp_path / "graph.jsonl").read_text() == printed.out
    assert (tmp_path / "graph.jsonl").stat().st_mode & 0o400


def test_an_export_that_fails_leaves_the_old_file(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(self: Project, stream: object) -> int:
        stream.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    target = tmp_path / "graph.jsonl"
    target.write_text("old")
    monkeypatch.setattr(Project, "export_jsonl", half)
    result = run("export", "-o", target, "--project", project)
    assert (result.status, result.err) == (3, "lineagraph: [Errno 28] No space left on device\n")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["graph.jsonl"]


def test_places_that_cannot_be_written_to(project: Path, tmp_path: Path) -> None:
    for output in (tmp_path, tmp_path / "no" / "file"):
        result = run("export", "-o", output, "--project", project)
        assert result.status == 2
        assert str(output) in result.err
        assert result.err.count("\n") == 1
