"""`lineagraph ingest`: the summary, failures by cause, progress on a terminal and quiet in a pipe."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from lineagraph.ingest.graph_extractor import IngestReport
from lineagraph.store.base import Statistics
from tests.cli.runner import environment, process, run

BROKEN = "-- dialect: postgres\nSELECT a FROM t;\n\tSELECT FROM WHERE x;\nCREATE VIEW v AS SELECT a FROM t;\n"


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good files and, three times, the same mistake; the working directory is beside it."""
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "good.sql").write_text("-- dialect: postgres\nCREATE TABLE t (a INT, x INT);\n")
    for number in range(5):
        (folder / f"broken{number}.sql").write_text(BROKEN.replace("VIEW v", f"VIEW v{number}"))
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_summary_counts_and_lists_failures_by_cause(sql: Path) -> None:
    result = run("ingest", "sql")
    assert (result.status, result.err) == (1, "")
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert re.fullmatch(r"6 files in [\d.]+ s, [\d,]+ files/s", lines[0])
    assert lines[1] == "files 6 parsed · 0 kept · 0 removed · 5 with errors"
    assert "datasets 6: 1 table · 5 views" in lines
    assert any(line.startswith("edges ") for line in lines)
    assert any(line.startswith("changed +") for line in lines)
    assert "5 parse-error a statement that is not valid in this dialect; is the dialect right?" in lines
    assert "Errors: 5, of 1 cause" in lines
    cause = next(number for number, line in enumerate(lines) if line.startswith("5 × parse-error"))
    raw = result.out.splitlines()
    places = [line for line in raw[cause:] if ".sql:" in line]
    assert len(places) == 3
    assert places[0].strip().startswith("sql/broken0.sql:3:")
    column = int(places[0].split(":")[2].split()[0])
    source, caret = raw[cause + 2], raw[cause + 3]
    assert source.strip() == "SELECT FROM WHERE x;"
    # the tab before the statement is not shown; the caret is where the column says
    assert caret.index("^") - source.index("SELECT") == column - 2
    assert lines[-1] == "and 2 more"


def test_the_second_run_keeps_everything(sql: Path) -> None:
    run("ingest", "sql")
    (sql / "broken4.sql").unlink()
    lines = [" ".join(line.split()) for line in run("ingest", "sql").out.splitlines()]
    assert lines[1] == "files 0 parsed · 5 kept · 1 removed · 4 with errors"
    assert any(line.startswith("changed -") for line in lines)


def test_nothing_to_change_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;")
    assert run("ingest", tmp_path, "--project", tmp_path / "p").status == 0
    assert "changed     nothing" in run("ingest", tmp_path, "--project", tmp_path / "p").out


def test_the_json_document_is_the_report_and_the_graph(sql: Path) -> None:
    result = run("ingest", "sql", "--json")
    assert (result.status, result.err) == (1, "")
    document = result.json
    assert sorted(document) == ["graph", "report"]
    assert document["report"]["failures"][0]["span"]["start_line"] == 3
    assert document["report"]["failures"][0]["line"] == "\tSELECT FROM WHERE x;"
    assert set(document["report"]) == set(IngestReport.__struct_fields__)
    statistics = msgspec.convert(document["graph"], Statistics)
    assert statistics.datasets == {"table": 1, "view": 5}
    assert document["report"]["files"] == sum(statistics.files.values()) == 6


def test_a_folder_without_sql_says_what_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("SELECT 1")
    result = run("ingest", tmp_path, "--project", tmp_path / "p")
    assert result.status == 0
    assert "No SQL files were found" in result.out
    assert run("ingest", tmp_path / "a.txt", "--project", tmp_path / "p").out.startswith("1 file in")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file_costs_itself(sql: Path) -> None:
    (sql / "good.sql").chmod(0)
    result = run("ingest", "sql")
    assert result.status == 1
    assert "sql/good.sql" in result.out
    assert "Permission denied" in result.out


def test_what_cannot_be_looked_into_is_a_failure_without_a_place(sql: Path) -> None:
    (sql / "gone.sql").symlink_to("nowhere.sql")
    result = run("ingest", "sql", "--follow-symlinks")
    assert result.status == 1
    assert re.search(r"1 × unreadable-file  .*broken symbolic link", result.out)
    assert re.search(r"^    sql/gone\.sql$", result.out, re.MULTILINE)
    assert run("ingest", "sql").out.count("unreadable-file") == 0


def test_binary_and_empty_files_have_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "binary.sql").write_bytes(b"\x7fELF\0\0\1" * 99)
    (tmp_path / "empty.sql").write_bytes(b"")
    (tmp_path / "utf16.sql").write_bytes("CREATE TABLE ü (a INT);".encode("utf-16"))
    result = run("ingest", tmp_path, "--project", tmp_path / "p")
    assert result.err == ""
    assert "binary-file" in result.out
    assert run("show", "ü", "--project", tmp_path / "p").status == 0


def test_options_reach_the_ingestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mart").mkdir()
    (tmp_path / "mart" / "a.sql").write_text("CREATE VIEW v AS SELECT * FROM [My Table] -- {{ name }}")
    (tmp_path / "b.sql").write_text("CREATE TABLE x AS SELECT {{ column }} FROM y")
    schema = tmp_path / "schema.csv"
    schema.write_text(
        "table_catalog,table_schema,table_name,column_name,ordinal_position\n"
        "main,dbo,My Table,p,1\nmain,dbo,My Table,q,2\n"
    )
    options = ["--dialect-rule", "*.sql=postgres", "--dialect-rule", "mart/**=tsql", "--schema", schema]
    options += [
        "--default-database",
        "main",
        "--default-schema",
        "dbo",
        "--var",
        "column=one=two",
        "--var",
        "name=",
    ]
    result = run("ingest", tmp_path, "--project", tmp_path / "p", *options)
    assert (result.status, result.err) == (0, "")
    assert [
        column["name"] for column in run("show", "v", "--json", "--project", tmp_path / "p").json["columns"]
    ] == ["p", "q"]
    assert run("show", "b.sql", "--json", "--project", tmp_path / "p").json["dialect"] == "postgres"
    assert run("show", "a.sql", "--json", "--project", tmp_path / "p").json["dialect"] == "tsql"
    assert run("show", "main.dbo.x", "--project", tmp_path / "p").status == 0


def test_a_pipe_gets_no_progress_and_no_colour(sql: Path) -> None:
    done = process("ingest", "sql", cwd=sql.parent)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout
    assert "Errors: 5" in done.stdout


def on_terminal(*arguments: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """Status and output of a process whose three streams are a terminal of 100 columns."""
    owner, terminal = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "lineagraph.cli.main", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=cwd,
        env=environment(COLUMNS="100", **variables),
        close_fds=True,
    )
    os.close(terminal)
    output = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([owner], [], [], 0.1)[0]:
            try:
                chunk = os.read(owner, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not chunk:
                break
            output += chunk
    os.close(owner)
    return started.wait(timeout=10), output.decode()


def test_a_terminal_gets_a_bar_that_goes_and_colours_that_stay(sql: Path) -> None:
    status, output = on_terminal("ingest", "sql", cwd=sql.parent)
    assert status == 1
    assert "binding and storing" in output
    assert "6/6" in output
    bar, summary = output.rsplit("files/s", 1)
    assert "━" in bar
    assert "━" not in summary
    assert "\x1b[31m5 × parse-error\x1b[0m" in summary
    longest = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in summary.splitlines())
    assert longest <= 100


def test_no_color_on_a_terminal(sql: Path) -> None:
    _, output = on_terminal("ingest", "sql", cwd=sql.parent, NO_COLOR="1")
    assert "\x1b[31m" not in output
    assert "Errors: 5" in output
    _, output = on_terminal("trace", "v0.a", cwd=sql.parent, NO_COLOR="1")
    assert "\x1b" not in output
    _, output = on_terminal("trace", "v0.a", cwd=sql.parent)
    assert "\x1b[36mt.a\x1b[0m" in output


def test_a_dumb_terminal_gets_no_bar(sql: Path) -> None:
    _, output = on_terminal("ingest", "sql", cwd=sql.parent, TERM="dumb")
    assert "\x1b" not in output
    assert "binding" not in output


def test_workers_that_cannot_be_and_workers_that_do_not_answer(sql: Path, tmp_path: Path) -> None:
    project = ("--project", tmp_path / "p")
    wrong = run("ingest", sql, *project, "--workers", "foo")
    assert (wrong.status, "give a number" in wrong.err) == (2, True)
    (sql / "large.sql").write_text("SELECT a FROM t;\n" * 20_000)
    silent = run("ingest", sql, *project, "--workers", "dask://127.0.0.1:1")
    assert (silent.status, "does not answer" in silent.err) == (3, True)
