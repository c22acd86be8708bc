"""`lineagraph cache`: stats, clear, verify, warm."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import FILES
from tests.cli.runner import run

NAME = "parse-cache.db"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with `sql/` in it, and no settings but the test's."""
    for name in ("PARSE_CACHE_PATH", "PARSE_CACHE_MAX_ENTRIES", "PARSE_CACHE_MAX_MB", "PARSE_CACHE_TTL_DAYS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("INGEST_WORKERS", "ENABLE_PARSE_CACHE", "FEATURE_PARSE_CACHE", "FEATURE_PARALLEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sql").mkdir()
    for name, text in FILES.items():
        (tmp_path / "sql" / name).write_text(text)


@pytest.mark.parametrize("action", ["stats", "clear", "verify"])
def test_without_a_cache_nothing_is_made(action: str, tmp_path: Path) -> None:
    result = run("cache", action)
    assert (result.status, result.err) == (0, "")
    assert "there is no parse cache at .lineagraph/parse-cache.db yet" in result.out
    assert run("cache", action, "--json").json == {
        "action": action,
        "path": ".lineagraph/parse-cache.db",
        "exists": False,
    }
    assert [one.name for one in tmp_path.iterdir()] == ["sql"]


def test_an_ingestion_finds_what_was_warmed(tmp_path: Path) -> None:
    warmed = run("cache", "warm", "sql", "--json")
    assert (warmed.status, warmed.err) == (0, "")
    found = warmed.json["warmed"]
    assert (found["files"], found["added"], found["known"], found["skipped"]) == (4, 4, 0, 0)
    assert [one.name for one in (tmp_path / ".lineagraph").iterdir() if one.suffix == ".db"] == [NAME]
    assert run("ingest", "sql", "--json").json["report"]["cache_hits"] == 4
    again = run("cache", "warm", "sql")
    assert again.out.startswith("4 files: 0 added, 4 known before, in ")


def test_only_an_ingestion_with_the_same_options_does() -> None:
    assert run("cache", "warm", "sql", "--var", "a=1").status == 0
    assert run("ingest", "sql", "--json").json["report"]["cache_hits"] == 0
    arguments = ("--dialect-rule", "*.sql=duckdb", "--var", "a=1", "--default-schema", "s")
    assert run("cache", "warm", "sql", *arguments).status == 0
    found = run("ingest", "sql", "--json", "--project", "other", "--cache", f".lineagraph/{NAME}", *arguments)
    assert found.json["report"]["cache_hits"] == 4


def test_warm_reads_with_workers_and_skips_what_cannot_be_read(tmp_path: Path) -> None:
    for number in range(320):
        (tmp_path / "sql" / f"{number}.sql").write_text(f"create view v{number} as select a from t{number};")
    broken = tmp_path / "sql" / "gone.sql"
    broken.symlink_to("nowhere")
    report = run("cache", "warm", "sql", "--workers", "2", "--json").json["warmed"]
    assert (report["files"], report["added"], report["skipped"]) == (324, 324, 0)
    assert run("ingest", "sql", "--json").json["report"]["parsed"] == 0


def test_stats(tmp_path: Path) -> None:
    run("ingest", "sql")
    (tmp_path / "sql" / "raw.sql").write_text("create table other (x int);")
    run("ingest", "sql")
    (tmp_path / "sql" / "raw.sql").write_text(FILES["raw.sql"])
    run("ingest", "sql")
    result = run("cache", "stats")
    assert (result.status, result.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert lines["file"] == ".lineagraph/parse-cache.db"
    assert lines["entries"] == "5 of 200,000"
    assert lines["found"] == "1 of 6 (17%)"
    statistics = run("cache", "stats", "--json").json["statistics"]
    assert statistics["entries"] == 5
    assert statistics["total"]["hits"] == 1
    assert statistics["state"] == "on"


def test_clear() -> None:
    run("ingest", "sql")
    assert run("cache", "clear").out == "4 entries removed\n"
    assert run("cache", "clear", "--json").json["removed"] == 0
    assert run("cache", "stats", "--json").json["statistics"]["entries"] == 0


def test_verify_finds_and_mends(tmp_path: Path) -> None:
    run("ingest", "sql")
    result = run("cache", "verify")
    assert (result.status, result.out, result.err) == (0, "4 entries checked, 0 spoiled and removed\n", "")
    db = sqlite3.connect(tmp_path / ".lineagraph" / NAME)
    with db:
        db.execute("UPDATE stored SET value = zeroblob(9) WHERE id = 1")
    db.close()
    result = run("cache", "verify", "--json")
    assert result.status == 1
    assert "spoiled entries" in result.err
    assert result.json["statistics"]["entries"] == 3
    assert run("cache", "verify").status == 0


def test_verify_of_a_file_that_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "file.db").write_bytes(b"no database " * 1000)
    result = run("cache", "verify", "--path", "file.db")
    assert result.status == 1
    assert "is damaged" in result.err
    assert (tmp_path / "file.db.corrupt-1").exists()
    assert run("cache", "verify", "--path", "file.db").status == 0


@pytest.mark.parametrize("arguments", [("clear",), ("verify",), ("warm", "sql")])
def test_a_file_that_is_somebody_elses_is_left_alone(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run("ingest", "sql", "--no-cache")
    database = tmp_path / ".lineagraph" / "lineage.db"
    before = database.read_bytes()
    result = run("cache", *arguments, "--path", database)
    assert result.status == 3
    assert "database of something else" in result.err
    assert result.err.count("\n") == 1
    assert database.read_bytes() == before


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("cache", "warm", "sql", "--project", "elsewhere")
    assert (tmp_path / "elsewhere" / NAME).exists()
    monkeypatch.setenv("PARSE_CACHE_PATH", "shared/facts.db")
    run("cache", "warm", "sql")
    assert (tmp_path / "shared" / "facts.db").exists()
    run("cache", "warm", "sql", "--path", "given.db")
    assert (tmp_path / "given.db").exists()


def test_bounds_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARSE_CACHE_MAX_ENTRIES", "3")
    monkeypatch.setenv("PARSE_CACHE_MAX_MB", "2")
    run("cache", "warm", "sql")
    statistics = run("cache", "stats", "--json").json["statistics"]
    assert statistics["entries"] == 3
    assert (statistics["max_entries"], statistics["max_bytes"]) == (3, 2_000_000)


@pytest.mark.parametrize(
    ("arguments", "environment", "part"),
    [
        (("frob",), {}, "choose from stats, clear, verify, warm"),
        (("sta",), {}, "did you mean stats?"),
        (("warm",), {}, "give a PATH"),
        (("stats", "sql"), {}, "takes no PATH"),
        (("warm", "nowhere"), {}, "nowhere: no such file"),
        (("warm", "sql", "--dialect", "posgres"), {}, "postgres"),
        (("warm", "sql", "--statement-seconds", "0"), {}, "--statement-seconds"),
        (("stats",), {"PARSE_CACHE_MAX_ENTRIES": "many"}, "PARSE_CACHE_MAX_ENTRIES is 'many'"),
        (("stats",), {"PARSE_CACHE_TTL_DAYS": "0"}, "1 or more"),
    ],
)
def test_wrong_usage(
    arguments: tuple[str, ...],
    environment: dict[str, str],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = run("cache", *arguments)
    assert (result.status, result.out) == (2, "")
    assert part in result.err
    assert [one.name for one in tmp_path.iterdir()] == ["sql"]
