"""Exit statuses, help, and errors: one line each, never a traceback."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lineagraph
from lineagraph.cli import main as main_module
from lineagraph.cli.commands import COMMANDS, load_command
from lineagraph.store.lock import WriterLock
from tests.cli.runner import environment, process, run

NAME = "mart.revenue.total"


def one_line_error(result: object, status: int, *parts: str) -> None:
    """The result is a failure: nothing on standard output, one line on standard error that has all `parts`."""
    assert isinstance(result, tuple)
    found, out, err = result
    assert found == status
    assert out == ""
    assert err.startswith("lineagraph: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_help_lists_every_command_without_loading_one() -> None:
    result = run("--help")
    assert (result.status, result.err) == (0, "")
    for name, text in COMMANDS.items():
        assert name in result.out
        assert text in result.out


def test_without_a_command_help_is_printed_and_the_status_says_wrong_usage() -> None:
    result = run()
    assert result.status == 2
    assert "Commands:" in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_that_begins_with_its_line(name: str) -> None:
    result = run(name, "--help")
    assert (result.status, result.err) == (0, "")
    assert f"Usage: lineagraph {name} [OPTIONS]" in result.out
    assert load_command(name).help.splitlines()[0] == COMMANDS[name]


def test_version() -> None:
    assert run("--version").out == f"lineagraph {lineagraph.__version__}\n"
    assert run("version").out == f"lineagraph {lineagraph.__version__}\n"
    assert run("version", "--json").json["version"] == lineagraph.__version__


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("ingst",), ("'ingst'", "ingest")),
        (("trace",), ("NAME", "lineagraph trace --help")),
        (("trace", "a", "b"), ("(b)",)),
        (("trace", "a", "--dept", "3"), ("--dept", "--depth")),
        (("trace", "a", "--depth"), ("--depth",)),
        (("trace", "a", "--depth", "few"), ("--depth", "'few'", "whole number")),
        (("trace", "a", "--depth", "0"), ("--depth", "1 or more")),
        (("trace", "a", "--limit", "-3"), ("--limit",)),
        (("trace", "a", "--direction", "up"), ("--direction", "'up'", "upstream")),
        (("search", "a", "--kind", "colum"), ("--kind", "column")),
        (("search", "  "), ("empty",)),
        (("export", "--format", "csv"), ("--format", "jsonl")),
        (("ingest", "."), ("--statement-seconds", "greater than 0")),
        (("ingest", ".", "--dialect", "posgres"), ("'posgres'", "postgres")),
        (("ingest", ".", "--dialect-rule", "*.sql"), ("--dialect-rule", "'mart/**=snowflake'")),
        (("ingest", ".", "--dialect-rule", "*.sql=snowflak"), ("snowflake",)),
        (("ingest", ".", "--var", "x"), ("--var",)),
        (("ingest", ".", "--schema", "no.csv"), ("no.csv",)),
        (("ingest", "no/such/folder"), ("no/such/folder", "no such file")),
        (("ingest",), ("PATH",)),
        (("analyze", "no.sql"), ("no.sql",)),
        (("analyze", "."), ("folder", "ingest")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_is_said_in_one_line(
    arguments: tuple[str, ...], parts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if parts[0] == "--statement-seconds":
        arguments = (*arguments, "--statement-seconds", "0")
    one_line_error(run(*arguments), 2, *parts)
    if "--schema" not in arguments:  # a schema is read when the ingestion has begun
        assert not (tmp_path / ".lineagraph").exists()


@pytest.mark.parametrize(
    "command", [("trace", "x"), ("impact", "x"), ("show", "x"), ("search", "x"), ("export",)]
)
def test_without_a_project_questions_say_how_to_make_one(command: tuple[str, ...], tmp_path: Path) -> None:
    one_line_error(run(*command, "--project", tmp_path / "none"), 3, "lineagraph ingest PATH")


@pytest.mark.parametrize("command", [("trace", "x"), ("ingest", "."), ("search", "x"), ("export",)])
def test_a_project_that_is_a_file(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one_line_error(run(*command, "--project", tmp_path / "file"), 2, "--project", "is a file")


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "lineage.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    one_line_error(run("trace", "x", "--project", tmp_path), 3, "version 99", "upgrade")
    one_line_error(run("ingest", tmp_path, "--project", tmp_path), 3, "version 99", "upgrade")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "lineage.db").write_text("hello " * 1000)
    one_line_error(run("trace", "x", "--project", tmp_path), 3, "not a database", "ingest again")


def test_a_project_that_somebody_else_writes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acquire = WriterLock.acquire
    monkeypatch.setattr(WriterLock, "acquire", lambda self, timeout_seconds: acquire(self, 0.1))
    lock = WriterLock(tmp_path)
    lock.acquire(0)
    try:
        one_line_error(
            run("ingest", tmp_path, "--project", tmp_path), 3, "being written to by process", str(os.getpid())
        )
    finally:
        lock.release()


@pytest.mark.parametrize("command", ["trace", "impact", "show"])
def test_an_unknown_name_comes_with_near_ones(command: str, project: Path) -> None:
    one_line_error(run(command, "mart.revenue.totl", "--project", project), 2, "mart.revenue.totl", NAME)
    one_line_error(
        run(command, "orders.amount", "--project", project), 2, "raw.orders.amount", "stage.orders.amount"
    )


@pytest.mark.parametrize("command", ["trace", "impact", "show", "search"])
def test_names_that_no_graph_can_have(command: str, project: Path) -> None:
    result = run(command, "a\nb\x1b[31m[red]", "--project", project)
    assert "\x1b" not in result.out + result.err
    assert "\\x1b[31m[red]" in result.out + result.err
    one_line_error(run(command, "\udcff", "--project", project), 2, "not text")


def test_the_project_can_be_named_by_a_variable(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGRAPH_PROJECT", str(project))
    assert run("trace", NAME).status == 0


def test_a_mistake_of_ours_is_one_line_with_the_way_to_its_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("no\nway")

    monkeypatch.setattr("lineagraph.project.Project.trace", broken)
    one_line_error(
        run("trace", NAME, "--project", project), 3, "ZeroDivisionError: no way", "LINEAGRAPH_TRACEBACK"
    )
    monkeypatch.setenv("LINEAGRAPH_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run("trace", NAME, "--project", project)


def test_an_interrupt_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("lineagraph.project.Project.trace", interrupted)
    one_line_error(run("trace", NAME, "--project", project), 130, "interrupted")


def test_control_c_ends_a_real_ingestion_and_the_next_one_finishes_the_work(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number}.sql").write_text(
            f"-- dialect: postgres\nCREATE VIEW v{number} AS SELECT a, b FROM t{number};\n"
        )
    started = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "lineagraph.cli.main",
            "ingest",
            str(tmp_path),
            "--project",
            str(tmp_path / "p"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    lock = tmp_path / "p" / "writer.lock"
    deadline = time.monotonic() + 30
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert out == ""
    assert err.startswith("lineagraph: interrupted")
    assert err.count("\n") == 1
    again = process("ingest", tmp_path, "--project", tmp_path / "p", "--json")
    assert again.returncode == 0
    assert '"files": 1500' in again.stdout


def test_an_interrupt_while_the_program_loads(tmp_path: Path) -> None:
    """As if Ctrl-C came during an import: the first module that is not there yet raises it."""
    code = (
        "import sys\nfrom lineagraph.cli.main import main\n"
        "class Impatient:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "sys.exit(main(['trace', 'x']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (130, 1)


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    command = f"{sys.executable} -m lineagraph.cli.main export --project '{project}' | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment(), timeout=60
    )
    assert done.stderr == ""
    assert done.stdout in ("141\n", "0\n")  # 0: all was written before the reader went


def test_standard_output_that_is_full_is_said(project: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lineagraph.cli.main", "trace", NAME, "--project", str(project)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            timeout=60,
        )
    assert done.returncode == 3
    assert done.stderr.startswith("lineagraph: ")
    assert "Traceback" not in done.stderr


def test_nothing_heavy_is_loaded_for_help_and_questions(project: Path) -> None:
    """What `lineagraph --help` and `trace` must not pay for; the ratio of times is in the benchmarks."""
    for arguments in (
        ["--help"],
        ["trace", NAME, "--project", str(project)],
        ["show", NAME, "--project", str(project)],
    ):
        code = (
            "import sys\nfrom lineagraph.cli.main import main\n"
            f"status = main({arguments!r})\n"
            "heavy = {'sqlglot', 'rich', 'pydantic', 'jinja2', 'sqlalchemy', 'asyncio'} & set(sys.modules)\n"
            "sys.exit(f'loaded {heavy}' if heavy or status else 0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_run_is_the_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_module, "main", lambda: 3)
    with pytest.raises(SystemExit) as ended:
        main_module.run()
    assert ended.value.code == 3
