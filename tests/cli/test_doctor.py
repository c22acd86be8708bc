"""`lineagraph doctor`: what it finds wrong, and what it says to do."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineagraph.cli import checks
from lineagraph.sql import facts
from lineagraph.store.lock import WriterLock
from lineagraph.store.sqlite import SqliteStore
from tests.cli.runner import run


def found(project: Path, status: int = 0) -> dict[str, dict[str, Any]]:
    """Checks by name."""
    result = run("doctor", "--json", "--project", project)
    assert (result.status, result.err) == (status, "")
    assert result.json["ok"] is (status == 0)
    return {check["name"]: check for check in result.json["checks"]}


def test_a_sound_project(project: Path) -> None:
    report = found(project)
    for name in ("python", "sqlglot", "sqlite", "file", "lock", "version", "integrity", "contents"):
        assert report[name]["status"] == "ok", report[name]
    assert report["contents"]["found"] == "4 files"
    assert "compiled" in report["sqlglot"]["found"]
    page = run("doctor", "--project", project).out
    assert all(topic in page.splitlines() for topic in ("environment", "settings", "database"))
    assert "ok       integrity" in page


def test_no_project_yet(tmp_path: Path) -> None:
    report = found(tmp_path / "none")
    assert report["file"]["status"] == "warning"
    assert "lineagraph ingest PATH" in report["file"]["advice"]
    assert not (tmp_path / "none").exists()


def test_a_project_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(tmp_path / "file", 3)["directory"]["status"] == "error"


@pytest.mark.parametrize(("version", "status", "word"), [(0, "warning", "ingest"), (99, "error", "upgrade")])
def test_another_version_of_the_database(version: int, status: str, word: str, tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    db = sqlite3.connect(tmp_path / "lineage.db")
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    check = found(tmp_path, 3 if status == "error" else 0)["version"]
    assert check["status"] == status
    assert word in check["advice"]


def test_a_damaged_database(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    path = tmp_path / "lineage.db"
    data = bytearray(path.read_bytes())
    data[4096:8192] = os.urandom(4096)
    path.write_bytes(data)
    check = found(tmp_path, 3)["integrity"]
    assert check["status"] == "error"
    assert "ingest again" in check["advice"]


def test_a_database_that_breaks_its_own_rules(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    db = sqlite3.connect(tmp_path / "lineage.db", isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    rule = "UPDATE sqlite_schema SET sql = replace(sql, 'value TEXT{0}', 'value TEXT{1}') WHERE name = 'meta'"
    db.execute(rule.format(" NOT NULL", ""))
    db.execute("PRAGMA writable_schema = RESET")
    db.execute("INSERT INTO meta VALUES ('x', NULL)")
    db.execute("PRAGMA writable_schema = ON")
    db.execute(rule.format("", " NOT NULL"))
    db.close()
    check = found(tmp_path, 3)["integrity"]
    assert check["found"] == "NULL value in meta.value"
    assert "ingest again" in check["advice"]


def test_who_is_writing(project: Path) -> None:
    lock = WriterLock(project)
    lock.acquire(0)
    try:
        check = found(project)["lock"]
    finally:
        lock.release()
    assert check["status"] == "warning"
    assert f"process {os.getpid()}" in check["found"]
    assert found(project)["lock"]["status"] == "ok"


def test_facts_of_another_version(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "EXTRACTOR_VERSION", facts.EXTRACTOR_VERSION + 1)
    check = found(project)["contents"]
    assert check["status"] == "note"
    assert "reads all files again" in check["advice"]


def test_the_version_is_the_first_thing_in_stored_facts() -> None:
    data = msgspec.msgpack.decode(facts.encode(facts.FileFacts(facts.EXTRACTOR_VERSION, "tsql")))
    assert data[0] == facts.EXTRACTOR_VERSION


def test_settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGRAPH_PROJEKT", "x")
    report = found(project)
    assert report["LINEAGRAPH_PROJEKT"]["status"] == "warning"
    assert "LINEAGRAPH_PROJECT" in report["LINEAGRAPH_PROJEKT"]["advice"]
    assert report["project"]["found"].endswith("(--project)")
    monkeypatch.setenv("LINEAGRAPH_PROJECT", str(project))
    assert run("doctor").out.count("(LINEAGRAPH_PROJECT)") == 1


def test_a_missing_extra_names_itself(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "EXTRAS", {"dbt": ("no_such_module", "templates")})
    check = found(project)["extra dbt"]
    assert check["status"] == "note"
    assert "pip install 'lineagraph[dbt]'" in check["advice"]


def test_sqlglot_that_is_not_compiled(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "import_module", lambda name: checks)
    check = found(project)["sqlglot"]
    assert check["status"] == "warning"
    assert "sqlglot[c]" in check["advice"]
