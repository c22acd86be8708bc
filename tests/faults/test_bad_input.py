"""Folders that nobody would wish for: a diagnostic or one line with what to do, in bounded time, and nothing lost.

`LINEAGRAPH_TEST_BAD_DIALECTS` names the dialects that all nasty texts are read in (`ansi`; `all` for every one),
`LINEAGRAPH_TEST_SOUPS` sets how many mutated statements are analysed (6000).
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

import lineagraph
from lineagraph.ingest import graph_extractor
from lineagraph.ingest.discover import Discovery
from lineagraph.sql.dialects import DIALECTS, resolve
from lineagraph.sql.lexing import quiet
from tests.cli.runner import run
from tests.faults.commands import can_drop_privileges, one_line, start, without_privileges
from tests.faults.commands import lineagraph as command
from tests.faults.nasty import deep, odd, recursive, texts
from tests.sql_cases.reader import CASES, read_cases

NAMES = sorted(name or "ansi" for name in DIALECTS)
CHOSEN = os.environ.get("LINEAGRAPH_TEST_BAD_DIALECTS", "ansi")
SOUPS = int(os.environ.get("LINEAGRAPH_TEST_SOUPS", "6000"))

GOOD = "CREATE TABLE good.target AS SELECT amount * 2 AS total FROM good.source;"
"""In every folder, to see that it is not lost among the others."""

posix = pytest.mark.skipif(sys.platform == "win32", reason="what Windows does not have")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "good.sql").write_text(GOOD)
    return folder


def ingest(folder: Path, *arguments: str | Path, **options: Any) -> dict[str, Any]:
    """Ingest as a process; what holds for every folder is checked, and the report returned."""
    project = folder.parent / "project"
    ended = command("ingest", ".", "--project", project, "--json", *arguments, cwd=folder, **options)
    assert ended.status in (0, 1), ended.err
    report = json.loads(ended.out)["report"]
    assert "internal-error" not in report["diagnostics"], report["failures"]
    assert ended.status == (1 if report["failures"] else 0)
    trace = run("trace", "good.target.total", "--project", project)
    assert (trace.status, "good.source.amount" in trace.out) == (0, True), trace
    return report


def codes(report: dict[str, Any], file: str) -> set[str]:
    return {failure["code"] for failure in report["failures"] if failure["file"] == file}


def shown(folder: Path, name: str) -> Any:
    """What `show` says of a dataset or a file after an ingestion."""
    found = run("show", name, "--project", folder.parent / "project", "--json")
    assert found.status == 0, found.err
    return found.json


# -- texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", NAMES if CHOSEN == "all" else CHOSEN.split(","))
def test_nasty_texts(folder: Path, dialect: str) -> None:
    """Each text costs only itself, and all of them together less than a minute and a gigabyte."""
    nasty = texts()
    for number, text in enumerate(nasty.values()):
        (folder / f"{number:03}.sql").write_text(text, newline="")
    began = time.monotonic()
    report = ingest(folder, "--dialect", dialect, seconds=400, memory=4 << 30)
    assert report["files"] == len(nasty) + 1
    assert time.monotonic() - began < (90 if CHOSEN == "ansi" else 400)


def test_every_dialect_reads_garbage(folder: Path) -> None:
    garbage = [text for text in (*odd().values(), *recursive().values()) if len(text) < 3_000]
    garbage += [name * 3 for name in deep()]
    for number, text in enumerate(garbage):
        (folder / f"{number}.sql").write_text(text, newline="")
    project = folder.parent / "project"
    for dialect in NAMES:
        result = run("ingest", folder, "--project", project, "--dialect", dialect, "--json")
        assert result.status in (0, 1), (dialect, result.err)
        report = result.json["report"]
        assert report["files"] == len(garbage) + 1
        assert "internal-error" not in report["diagnostics"], (dialect, report["failures"])


@pytest.mark.parametrize(
    ("levels", "sql"),
    [
        (22, ("SELECT ", "STRUCT(", "a", " AS b)", " AS x FROM t")),
        (22, ("SELECT ", "DATE(", "a", ")", " AS x FROM t")),
        (22, ("SELECT ", "ARRAY[", "a", "]", " AS x FROM t")),
        (22, ("SELECT ", "VARIANT(", "a", ")", " AS x FROM t")),
        (30, ("SELECT t.a AS x FROM ", "u JOIN ", "t", "", "")),
        (30, ("SELECT t.a AS x FROM ", "u LEFT JOIN ", "t", "", "")),
        (100, ("", "WITH q AS (", "SELECT a AS x FROM t", ") SELECT * FROM q", "")),
    ],
)
@pytest.mark.parametrize("dialect", ["ansi", "tsql", "bigquery", "duckdb", "clickhouse"])
def test_what_sqlglot_takes_exponential_time_for_is_still_read(
    levels: int, sql: tuple[str, str, str, str, str], dialect: str
) -> None:
    """These took from ten seconds to for ever; and giving them up is not the answer."""
    before, opening, core, closing, after = sql
    began = time.process_time()
    analysis = lineagraph.analyze(
        before + opening * levels + core + closing * levels + after, dialect=dialect
    )
    assert time.process_time() - began < 2
    if (dialect, opening) not in (("clickhouse", "VARIANT("), ("tsql", "ARRAY[")):
        assert [(edge.source, edge.target) for edge in analysis.columns] == [("t.a", "<query>.x")]


def test_a_statement_out_of_time_costs_itself(folder: Path) -> None:
    """By the count of nodes, which does not depend on the machine."""
    columns = ", ".join(f"c{number}" for number in range(20_000))
    (folder / "long.sql").write_text(f"SELECT {columns} FROM t; CREATE TABLE after AS SELECT a FROM b;")
    report = ingest(folder, "--statement-seconds", "0.01")
    assert codes(report, "long.sql") == {"parse-timeout"}
    assert shown(folder, "after")


def test_a_parser_without_end_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock, where no count helps: the parser tries alternatives and counts none of them."""
    from lineagraph.sql import lexing

    monkeypatch.setattr(lexing, "without_backtracking", lambda text, tokens: tokens)
    sql = "SELECT " + "STRUCT(" * 40 + "a" + " AS b)" * 40 + " AS x FROM t; SELECT c FROM u;"
    tools = lexing.toolkit("")
    began = time.monotonic()
    with pytest.raises(lexing.ParseError, match=lexing.INTERRUPTED):
        tools.parse(tools.tokenize(sql.split(";", maxsplit=1)[0]), sql, 50_000)
    assert 0.5 < time.monotonic() - began < 10
    assert tools.parse(tools.tokenize("SELECT c FROM u"), "SELECT c FROM u", 50_000) is not None


def test_files_that_are_hardly_text(folder: Path) -> None:
    sql = "CREATE TABLE {0}.t AS SELECT naïve AS n FROM {0}.s;\n"
    files = {
        "utf8_bom": b"\xef\xbb\xbf" + sql.format("utf8_bom").encode(),
        "utf16": b"\xff\xfe" + sql.format("utf16").encode("utf-16-le"),
        "utf16be": sql.format("utf16be").encode("utf-16-be"),
        "utf32": sql.format("utf32").encode("utf-32"),
        "latin1": sql.format("latin1").encode("latin-1"),
        "crlf": sql.format("crlf").replace(" ", "\r\n").encode(),
        "cr": sql.format("cr").replace(" ", "\r").encode(),
        "mixed": sql.format("mixed").replace(" AS", "\r\n\rAS\n").encode(),
        "nulls": sql.format("nulls").replace(" ", " \0", 7).encode(),
        "dos_end": sql.format("dos_end").encode() + b"\x1a",
        "surrogate": sql.format("surrogate").encode() + b"SELECT '\xed\xa0\x80' FROM q;",
    }
    for name, data in files.items():
        (folder / f"{name}.sql").write_bytes(data)
    lost = {
        "binary": bytes(range(256)) * 100,
        "zip": b"PK\x03\x04" + bytes(100),
        "database": b"SQLite format 3\0" + bytes(4000),
        "only_nulls": bytes(100_000),
        "noise": random.Random(1).randbytes(100_000),
    }
    for name, data in lost.items():
        (folder / f"{name}.sql").write_bytes(data)
    (folder / "empty.sql").write_bytes(b"")
    (folder / "bom_only.sql").write_bytes(b"\xef\xbb\xbf")
    (folder / "unclosed.sql").write_text(
        "CREATE TABLE unclosed.t AS SELECT a FROM unclosed.s;\nSELECT 'oh FROM x;"
    )
    report = ingest(folder)
    assert report["files"] == len(files) + len(lost) + 4
    for name in files:
        assert not codes(report, f"{name}.sql"), name
        trace = run("trace", f"{name}.t.n", "--project", folder.parent / "project")
        assert f"{name}.s.na" in trace.out, (name, trace)
    for name in lost:
        assert codes(report, f"{name}.sql") <= {"binary-file", "parse-error", "tokenize-error"}, name
    assert codes(report, "unclosed.sql") == {"tokenize-error"}
    assert run("trace", "unclosed.t.a", "--project", folder.parent / "project").status == 0


def test_a_file_of_50_megabytes(folder: Path) -> None:
    row = "INSERT INTO big.t (id, name) VALUES (1, 'some name that takes a little room');\n"
    with open(folder / "big.sql", "w") as stream:
        stream.write("CREATE TABLE big.t (id INT, name TEXT);\n")
        stream.write(
            "INSERT INTO big.t (id, name) VALUES\n" + ",\n".join(["(1, 'a name')"] * 1_000_000) + ";\n"
        )
        stream.write(row * 60_000)
        stream.write("/* " + "x" * 31_000_000 + " */\n")
        stream.write("CREATE VIEW big.v AS SELECT name FROM big.t;\n")
    assert (folder / "big.sql").stat().st_size > 50_000_000
    report = ingest(folder, seconds=120)
    assert not report["failures"]
    assert "big.t.name" in run("trace", "big.v.name", "--project", folder.parent / "project").out


# -- names and kinds of files --------------------------------------------------------------------------------


@posix
def test_file_names_of_all_kinds(folder: Path) -> None:
    names = [
        b"two\nlines.sql",
        b"tab\tand\rreturn.sql",
        b"'quotes' \"and\" `others`.sql",
        b"[bold red]markup[bold].sql",
        b"\x1b[31mescape.sql",
        b"not utf-8 \xff\xfe.sql",
        b"back\\slash.sql",
        "right \u202e to left.sql".encode(),
        "line\u2028separator.sql".encode(),
        "emoji 😀.sql".encode(),
        b"-dash.sql",
        b" .sql",
        b"%s %d {0}.sql",
        b"$(id).sql",
        b"x" * 251 + b".sql",
        b"UPPER.SQL",
        b"#t.sql",
        b"a;b.sql",
        "e\u0301.sql".encode(),
        "\u00e9.sql".encode(),
    ]
    for number, name in enumerate(names):
        with open(os.path.join(os.fsencode(folder), name), "w") as stream:
            stream.write(f"CREATE TABLE n{number}.t AS SELECT a FROM n{number}.s; SELECT FROM (;")
    report = ingest(folder)
    assert report["files"] == len(names) + 1
    assert len({failure["file"] for failure in report["failures"]}) == len(names)
    project = folder.parent / "project"
    screen = command("ingest", ".", "--project", project, cwd=folder)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u202e]", screen.out + screen.err)
    for number in range(len(names)):
        assert run("trace", f"n{number}.t.a", "--project", project).status == 0
    for failure in report["failures"]:
        if failure["file"] == " .sql":  # a question is stripped of blanks
            continue
        assert run("show", "--project", project, "--", failure["file"]).status == 0, failure["file"]
    lines = command("export", "--project", project).out.splitlines()
    assert all(json.loads(line) for line in lines)
    again = ingest(folder)
    assert (again["parsed"], again["removed"]) == (0, 0)


@posix
def test_what_is_no_file_is_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "fifo.sql")
    (folder / "folder.sql").mkdir()
    (folder / "folder.sql" / "inside.sql").write_text("SELECT 1")
    (folder / "device.sql").symlink_to("/dev/zero")
    (folder / "loop.sql").symlink_to("loop.sql")
    (folder / "around").symlink_to(".", target_is_directory=True)
    (folder / "up").symlink_to("..", target_is_directory=True)
    (folder / "broken.sql").symlink_to("nowhere.sql")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "socket.sql"))
        for arguments in ((), ("--follow-symlinks",)):
            report = ingest(folder, *arguments, seconds=30)
            assert report["files"] == 2
    for special in ("fifo.sql", "device.sql", "loop.sql", "broken.sql"):
        ended = command("ingest", folder / special, "--project", folder.parent / "other", seconds=30)
        assert ended.status == 2
        assert special in one_line(ended.err)


@posix
@pytest.mark.skipif(not can_drop_privileges, reason="root may read everything")
def test_what_may_not_be_read(folder: Path) -> None:
    """A directory, a file, an ignore file."""
    (folder / "closed").mkdir()
    (folder / "closed" / "inside.sql").write_text("SELECT 1")
    (folder / "secret.sql").write_text("SELECT 1")
    (folder / "sub").mkdir()
    (folder / "sub" / ".gitignore").write_text("*")
    (folder / "sub" / "kept.sql").write_text("SELECT a FROM b")
    closed = [folder / "closed", folder / "secret.sql", folder / "sub" / ".gitignore"]
    try:
        for path in closed:
            path.chmod(0)
        report = ingest(folder, prepare=without_privileges)
    finally:
        for path in closed:
            path.chmod(0o700)
    found = {failure["file"].rstrip("/") for failure in report["failures"]}
    assert found == {"closed", "secret.sql", "sub/.gitignore"}
    assert {failure["code"] for failure in report["failures"]} == {"unreadable-file"}
    assert report["files"] == 3
    assert not ingest(folder)["failures"]


def replaced(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Change the folder after the files were found and before they are read."""
    discover = graph_extractor.discover

    def discover_then_change(*arguments: Any, **options: Any) -> Discovery:
        found = discover(*arguments, **options)
        change()
        return found

    monkeypatch.setattr(graph_extractor, "discover", discover_then_change)


@posix
@pytest.mark.parametrize("what", ["nothing", "a directory", "a pipe", "a loop", "a device"])
def test_files_that_change_their_kind_meanwhile(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    moving = folder / "moving.sql"
    moving.write_text("CREATE TABLE moving.t AS SELECT a FROM moving.s")

    def change() -> None:
        if not moving.is_file() or moving.is_symlink():
            return
        moving.unlink()
        if what == "a directory":
            moving.mkdir()
        elif what == "a pipe":
            os.mkfifo(moving)
        elif what == "a loop":
            moving.symlink_to(moving.name)
        elif what == "a device":
            moving.symlink_to("/dev/zero")

    replaced(monkeypatch, change)
    project = folder.parent / "project"

    def too_long(*_: object) -> None:
        raise TimeoutError("it waits for somebody to write into a pipe")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(30)
    try:
        result = run("ingest", folder, "--project", project, "--json")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert result.status == 1, result
    failures = result.json["report"]["failures"]
    assert [(failure["code"], Path(failure["file"]).name) for failure in failures] == [
        ("unreadable-file", "moving.sql")
    ]
    assert run("trace", "good.target.total", "--project", project).status == 0


def test_a_thousand_files_that_define_the_same(folder: Path) -> None:
    for number in range(1000):
        (folder / f"same{number}.sql").write_text(
            f"CREATE TABLE same.t AS SELECT a, b{number} FROM same.s{number};"
        )
    report = ingest(folder)
    assert report["files"] == 1001
    assert report["diagnostics"]["duplicate-definition"] == 1000


def test_views_across_files(folder: Path) -> None:
    """A chain deeper than Python's stack, and circles."""
    for number in range(1500):
        (folder / f"v{number:04}.sql").write_text(
            f"CREATE VIEW deep.v{number} AS SELECT * FROM deep.v{number + 1};"
        )
    (folder / "end.sql").write_text("CREATE TABLE deep.v1500 (first_column INT);")
    for number in range(300):
        (folder / f"c{number}.sql").write_text(
            f"CREATE VIEW circle.v{number} AS SELECT * FROM circle.v{(number + 1) % 300};"
        )
    report = ingest(folder)
    assert not report["failures"]
    assert report["diagnostics"]["cyclic-definition"] == 300
    assert shown(folder, "deep.v0.first_column")


# -- usage and the project -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("ingest", "nowhere"), 2, "nowhere"),
        (("ingest", "x" * 5000), 2, "xxx"),
        (("ingest", "."), 0, ""),
        (("ingest", "", "--project", "q"), 2, ""),
        (("ingest", ".", "--dialect", "klingon"), 2, "klingon"),
        (("ingest", ".", "--dialect", ""), 0, ""),
        (("ingest", ".", "--dialect-rule", "*.sql=klingon"), 2, "klingon"),
        (("ingest", ".", "--schema", "nowhere.csv"), 2, "nowhere.csv"),
        (("ingest", ".", "--schema", "good.sql"), 2, "good.sql"),
        (("ingest", ".", "--schema", "."), 2, "."),
        (("ingest", ".", "--statement-seconds", "nan"), 2, "nan"),
        (("ingest", ".", "--statement-seconds", "-1"), 2, "-1"),
        (("ingest", ".", "--project", "good.sql"), 2, "good.sql"),
        (("ingest", ".", "--project", "good.sql/below"), 3, "good.sql"),
        (("ingest", ".", "--project", "/dev/null/p"), 3, "/dev/null"),
        (("ingest", ".", "--project", "x" * 300), 3, "xxx"),
        (("trace", "x"), 3, "ingest"),
        (("analyze", "nowhere.sql"), 2, "nowhere.sql"),
        (("analyze", "good.sql", "--dialect", "klingon"), 2, "klingon"),
        (("export", "--format", "klingon"), 2, "klingon"),
    ],
)
def test_wrong_usage_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int, said: str
) -> None:
    monkeypatch.chdir(folder)
    result = run(*arguments)
    assert result.status == status, result
    if status:
        assert said in one_line(result.err)


def damaged(how: str, path: Path) -> None:
    size = path.stat().st_size
    if how == "truncated":
        os.truncate(path, size // 2)
    elif how == "text":
        path.write_text("hello\n" * 1000)
    elif how == "a directory":
        path.unlink()
        path.mkdir()
    elif how == "of another program":
        path.unlink()
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE files (x)")
        db.commit()
        db.close()
    elif how == "newer":
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 999")
        db.close()
    elif how == "full of zeros":
        with open(path, "r+b") as stream:
            stream.seek(4096)
            stream.write(bytes(size - 4096))
    else:
        page = int(how.removeprefix("page "))
        with open(path, "r+b") as stream:
            stream.seek(4096 * page)
            stream.write(bytes(4096))


@pytest.mark.parametrize(
    "how",
    [
        "truncated",
        "text",
        "a directory",
        "of another program",
        "newer",
        "full of zeros",
        "page 2",
        "page 5",
        "page 9",
    ],
)
def test_a_damaged_database_is_one_line(folder: Path, how: str) -> None:
    project = folder.parent / "project"
    assert run("ingest", folder, "--project", project).status == 0
    for left in project.glob("*-*"):
        left.unlink()
    damaged(how, project / "lineage.db")
    complained = 0
    for arguments in (
        ("trace", "good.target.total"),
        ("impact", "good.source.amount"),
        ("show", "good.target"),
        ("search", "good"),
        ("export",),
        ("ingest", folder),
    ):
        result = run(*arguments, "--project", project)
        assert "internal error" not in result.err
        if result.status == 3:
            complained += 1
            assert re.search(
                "move the file away|upgrade|run `lineagraph ingest|choose another|check that",
                one_line(result.err),
            )
        else:
            assert how.startswith("page"), (arguments, result)
    assert complained or how.startswith("page")
    assert run("doctor", "--project", project).status in (0, 3)


@posix
@pytest.mark.skipif(not can_drop_privileges, reason="root may write everywhere")
def test_a_project_that_may_not_be_written(folder: Path) -> None:
    project = folder.parent / "project"
    assert run("ingest", folder, "--project", project).status == 0
    for path in (project, *project.iterdir()):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        options = {"prepare": without_privileges, "cwd": folder}
        ended = command("ingest", ".", "--project", project, **options)
        assert ended.status == 3
        assert "permission" in one_line(ended.err)
        assert command("trace", "good.target.total", "--project", project, **options).status == 0
        assert command("doctor", "--project", project, **options).status in (0, 3)
        below = command("ingest", ".", "--project", project / "below", **options)
        assert below.status == 3
        assert str(project) in one_line(below.err)
    finally:
        project.chmod(0o700)


@posix
def test_nobody_listens(folder: Path) -> None:
    """Standard output is closed, or ends early."""
    child = start("ingest", ".", "--project", folder.parent / "project", cwd=folder)
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    err = child.stderr.read()
    child.wait(30)
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    full = Path("/dev/full")
    if full.exists():
        with open(full, "w") as stream:
            ended = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "lineagraph.cli.main",
                    "export",
                    "--project",
                    str(folder.parent / "project"),
                ],
                stdout=stream,
                stderr=subprocess.PIPE,
                env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
            )
        assert ended.returncode == 3
        assert b"Traceback" not in ended.stderr, ended.stderr


# -- statements that nobody wrote ----------------------------------------------------------------------------

_TOKEN = re.compile(r"\w+|'(?:[^']|'')*'|\"[^\"]*\"|\s+|.", re.DOTALL)
WORDS = """
    SELECT FROM WHERE GROUP BY ORDER BY HAVING LIMIT JOIN LEFT JOIN ON USING ( ) ( ) , , . * + - = < > a b c t u v x 1
    'x' "q" INSERT INTO VALUES UPDATE SET DELETE MERGE WHEN MATCHED THEN CREATE TABLE VIEW AS WITH RECURSIVE UNION ALL
    EXCEPT DISTINCT CASE END ELSE OVER PARTITION PIVOT UNPIVOT FOR IN LATERAL UNNEST EXISTS NOT AND OR NULL IS BETWEEN
    LIKE CAST INT ; ; :: [ ] { } DROP ALTER RENAME TO COLUMN ADD TRUNCATE USE COPY BEGIN END IF DECLARE @x #t EXEC CALL
    PROCEDURE FUNCTION TRIGGER RETURNS LANGUAGE $$ QUALIFY WINDOW MATCH_RECOGNIZE MEASURES PATTERN DEFINE TABLESAMPLE
    NATURAL CROSS APPLY EXPLODE FLATTEN STRUCT ARRAY MAP => -> ? : % && | RETURNING OUTPUT OVERWRITE DIRECTORY CLONE
    SWAP EXCHANGE SYNONYM REPLACE FIRST LOCK SHOW GRANT COMMENT INTERVAL DATE EXCLUDE COLUMNS SAMPLE FINAL PREWHERE .. @
""".split()


@pytest.fixture(scope="module")
def cases() -> list[tuple[str, str]]:
    """Dialect and SQL of every golden case."""
    found = [case for path in sorted(CASES.glob("*.sql")) for case in read_cases(path)]
    return [(resolve(case.first("dialect") or ""), case.sql) for case in found]


def mutated(dice: random.Random, sql: str) -> str:
    tokens: list[str] = _TOKEN.findall(sql)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        if not tokens:
            break
        at, kind = dice.randrange(len(tokens)), dice.random()
        end = min(len(tokens), at + dice.randrange(1, 12))
        if kind < 0.25:
            del tokens[at]
        elif kind < 0.4:
            tokens.insert(at, dice.choice(tokens))
        elif kind < 0.6:
            other = dice.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind < 0.8:
            tokens[at] = f" {dice.choice(WORDS)} "
        elif kind < 0.9:
            del tokens[at:end]
        else:
            tokens[at:at] = tokens[at:end]
    return "".join(tokens)


def analysed(sql: str, dialect: str) -> None:
    """No exception, no slip of ours, no long wait."""
    began = time.process_time()
    analysis = lineagraph.analyze(sql, dialect=dialect)
    wrong = [found.message for found in analysis.diagnostics if found.code == "internal-error"]
    assert not wrong, (dialect, sql, wrong)
    assert time.process_time() - began < 3, (dialect, sql)


def test_mutated_cases_are_read(cases: list[tuple[str, str]], caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(int(os.environ.get("LINEAGRAPH_TEST_SEED", "20250303")))
    for _ in range(SOUPS):
        dialect, sql = dice.choice(cases)
        if dice.random() < 0.2:
            dialect = dice.choice(NAMES)
        if dice.random() < 0.2:
            other = dice.choice(cases)[1]
            sql = sql[: dice.randrange(len(sql) + 1)] + " " + other[dice.randrange(len(other) + 1) :]
        analysed(mutated(dice, sql), dialect)
    assert not caplog.messages, "what the parser logs would be printed beside our own output"


@pytest.fixture(scope="module")
def trees(cases: list[tuple[str, str]]) -> list[tuple[str, exp.Expr]]:
    """Dialect and syntax tree of every statement of the golden cases that sqlglot parses as it is."""
    found: list[tuple[str, exp.Expr]] = []
    with quiet():
        for dialect, sql in cases:
            try:
                parsed = sqlglot.parse(sql, dialect=dialect or None)
            except SqlglotError:
                continue
            found.extend((dialect, tree) for tree in parsed if tree is not None)
    return found


def test_grafted_trees_are_read(trees: list[tuple[str, exp.Expr]]) -> None:
    """Queries, tables and expressions of one statement in the place of another's: SQL that parses, though odd.

    Mutated words mostly end in the parser; these get through to the reading of trees, and to binding.
    """
    dice = random.Random(int(os.environ.get("LINEAGRAPH_TEST_SEED", "20250303")))
    kinds: tuple[type[exp.Expr], ...] = (exp.Query, exp.Table, exp.Condition)
    grafts = {kind: [node for _, tree in trees for node in tree.find_all(kind)] for kind in kinds}
    for _ in range(SOUPS):
        dialect, tree = dice.choice(trees)
        tree = tree.copy()
        for _ in range(dice.choice((1, 1, 2, 3))):
            kind = dice.choice(kinds)
            places = [node for node in tree.find_all(kind) if node is not tree]
            if places:
                graft = dice.choice(grafts[dice.choice(kinds) if dice.random() < 0.15 else kind]).copy()
                dice.choice(places).replace(graft)
        if dice.random() < 0.2:
            dialect = resolve(dice.choice(NAMES))
        try:
            with quiet():
                sql = tree.sql(dialect or None)
        except Exception:  # noqa: BLE001 - a tree that sqlglot cannot write is no SQL
            continue
        analysed(sql[:6_000], dialect)


@settings(max_examples=max(50, SOUPS // 8), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(NAMES))
def test_soup_of_words_is_read(words: list[str], dialect: str) -> None:
    analysed(" ".join(words), dialect)


@settings(max_examples=max(50, SOUPS // 15), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200), st.sampled_from(NAMES))
def test_any_text_is_read(text: str, dialect: str) -> None:
    analysed(text, dialect)


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(tmp_path / "sql", ignore_errors=True)
