"""Ingestions that are killed, interrupted, or run two at a time: the next one ends where it should.

Meanwhile others read: they see whole batches, every file as it was or as it is to be.

`LINEAGRAPH_TEST_KILLS` sets how many ingestions are killed (12), half of them with worker processes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lineagraph import Project
from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.ingest import work as work_of_workers
from tests.faults.commands import lineagraph, one_line, start
from tests.faults.forks import (
    Child,
    batches_of,
    command,
    gone,
    session_of,
    waiting_for,
    within,
    workers_for_everything,
)
from tests.faults.histories import ENTANGLED, export, from_scratch, pool
from tests.faults.test_order import difference

KILLS = int(os.environ.get("LINEAGRAPH_TEST_KILLS", "12"))
SEED = int(os.environ.get("LINEAGRAPH_TEST_KILL_SEED", "20250302"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


def write_turn(folder: Path, texts: list[str], turn: int, files: int) -> None:
    """The folder in a state of its own: every turn edits, adds, removes and renames files."""
    folder.mkdir(exist_ok=True)
    dice = random.Random(turn)
    old = sorted(folder.glob("*.sql"))
    kept = dice.sample(old, len(old) // 2)
    for path in set(old) - set(kept):
        path.unlink()
    for path in kept[: len(kept) // 3]:
        path.rename(folder / f"{dice.randrange(files)}.sql")
    for number in range(files):
        if dice.random() < 0.4:
            (folder / f"{number}.sql").write_text(dice.choice(texts))
    for name, text in ENTANGLED.items():
        if dice.random() < 0.5:
            (folder / name).write_text(text)


def intact(directory: Path) -> None:
    db = sqlite3.connect(directory / "lineage.db")
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        db.close()


def ingestion(folder: Path, directory: Path, workers: int = 1, *, patience: float = 30) -> Child:
    """An ingestion in a process of its own, in many small transactions, with workers even for few files, that waits
    `patience` seconds for others."""

    def work() -> int:
        os.chdir(folder)
        workers_for_everything()
        batches_of(4)
        waiting_for(patience)
        return command("ingest", ".", "--project", directory, "--workers", str(workers))

    return Child(work)


def finished(folder: Path, directory: Path, workers: int = 1) -> float:
    """Ingest; returns how many seconds it took."""
    began = time.monotonic()
    ended = ingestion(folder, directory, workers).wait()
    assert ended.status in (0, 1), ended
    return time.monotonic() - began


Saying = dict[str, frozenset[str]]
"""What an export says by file: evidence, statements, diagnostics."""


def sayings(exported: bytes) -> Saying:
    by_file: dict[str, set[str]] = {}
    for line in exported.decode().splitlines():
        record = json.loads(line)
        if record["record"] == "node" and record["label"] == "SourceFile":
            by_file.setdefault(record["key"], set()).add(line)
        elif "file" in record:
            by_file.setdefault(record["file"], set()).add(line)
    return {file: frozenset(lines) for file, lines in by_file.items()}


def state_of(directory: Path) -> bytes:
    with Project(directory) as project:
        return export(project)


def assert_same(expected: bytes, directory: Path) -> None:
    found = state_of(directory)
    assert found == expected, difference(expected, found)


class Reader(threading.Thread):
    """Reads the whole graph again and again; every file must be as it was before, or as it is to be."""

    def __init__(self, directory: Path, before: Saying, after: Saying) -> None:
        super().__init__()
        self._directory = directory
        self._legal = (before, after)
        self.read = 0
        self.wrong: list[object] = []
        self._over = threading.Event()

    def run(self) -> None:
        before, after = self._legal
        while not self._over.is_set():
            try:
                found = sayings(state_of(self._directory))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the test's to know
                self.wrong.append(error)
                return
            self.read += 1
            for file in {*found, *before, *after}:
                if found.get(file) not in (before.get(file), after.get(file)):
                    self.wrong.append((file, found.get(file), before.get(file), after.get(file)))

    def end(self) -> None:
        self._over.set()
        self.join()
        assert not self.wrong, self.wrong[:3]


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_instants(workers: int, tmp_path: Path) -> None:
    texts, dice = pool(), random.Random(SEED + workers)
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, texts, 0, 60)
    usual = finished(folder, directory, workers)
    killed = read = 0
    for turn in range(1, max(2, KILLS // 2) + 1):
        write_turn(folder, texts, turn, 60)
        expected = from_scratch(tmp_path / "scratch", folder)
        reader = Reader(directory, sayings(state_of(directory)), sayings(expected))
        child = ingestion(folder, directory, workers)
        reader.start()
        time.sleep(usual * dice.uniform(0, 1.1))
        members = session_of(child.pid)
        child.kill()
        killed += child.wait().status == -signal.SIGKILL
        reader.end()
        read += reader.read
        assert within(20, lambda everyone=members: all(map(gone, everyone))), "a worker outlives its parent"
        intact(directory)
        if turn % 3 and turn < KILLS // 2:
            continue  # the next turn finds what this one left
        usual = finished(folder, directory, workers)
        assert_same(expected, directory)
    assert killed, "no ingestion was still running when it was killed"
    assert read > killed


def wait_until_it_writes(child: Child, directory: Path) -> None:
    """From then on, signals are taken."""
    lock = directory / "writer.lock"
    assert within(30, lambda: lock.exists() and str(child.pid) in lock.read_text())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGTERM, 0, "stopped"), (signal.SIGINT, 130, "interrupted")]
)
def test_asked_to_stop(number: int, status: int, word: str, workers: int, tmp_path: Path) -> None:
    """It finishes what is in hand, stores that, and the next run goes on."""
    texts, dice = pool(), random.Random(SEED)
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, texts, 1, 150)
    expected = from_scratch(tmp_path / "scratch", folder)
    usual = finished(folder, directory, workers)
    stopped = 0
    for _ in range(4 // workers):
        for path in directory.iterdir():
            path.unlink()
        child = ingestion(folder, directory, workers)
        wait_until_it_writes(child, directory)
        time.sleep(usual * dice.uniform(0, 0.5))
        members = session_of(child.pid)
        child.kill(number)
        ended = child.wait()
        if f"{word}; what is done is stored" in ended.err:
            stopped += 1
            assert ended.status == status, ended
            one_line(ended.err)
        else:  # it was done already, and about to say so
            assert ended.status in (0, 1, -signal.SIGTERM, 130), ended
        assert within(20, lambda everyone=members: all(map(gone, everyone)))
        intact(directory)
        finished(folder, directory, workers)
        assert_same(expected, directory)
    assert stopped


def test_what_was_done_before_it_stopped_is_not_done_again(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 1, 60)
    files = len(list(folder.glob("*.sql")))
    stop, seen = threading.Event(), []

    def progress(done: int, _: int) -> None:
        seen.append(done)
        if len(seen) == 10:
            stop.set()

    with Project(directory) as project:
        options: dict[str, Any] = {"root": folder, "batch_files": 3, "flags": FeatureFlags(parse_cache=False)}
        first = project.ingest(folder, progress=progress, stop=stop, **options)
        assert first.stopped
        assert 10 <= first.parsed < files
        second = project.ingest(folder, **options)
    assert not second.stopped
    assert second.parsed == files - first.parsed
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


@pytest.mark.parametrize("workers", [1, 2])
def test_asked_twice_it_ends_at_once(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    folder.mkdir()
    for name in "abc":  # a minute of work each
        (folder / f"{name}.sql").write_text("SELECT a + b * c FROM t JOIN u USING (k);\n" * 60_000)
    if workers == 1:
        monkeypatch.setattr(work_of_workers, "read_task", lambda *_: time.sleep(60))
    child = ingestion(folder, directory, workers)
    wait_until_it_writes(child, directory)
    assert within(30, lambda: workers == 1 or len(session_of(child.pid)) > 3)
    time.sleep(0.5)
    members = session_of(child.pid)
    child.kill(signal.SIGINT)
    time.sleep(0.3)
    assert child.running()
    child.kill(signal.SIGINT)
    began = time.monotonic()
    ended = child.wait()
    assert ended.status == 130, ended
    assert one_line(ended.err).startswith("interrupted"), ended.err
    assert within(20, lambda: all(map(gone, members)))
    assert time.monotonic() - began < 30, "as long as the work in hand"
    monkeypatch.undo()
    for name in "bc":
        (folder / f"{name}.sql").unlink()
    (folder / "a.sql").write_text("CREATE TABLE t (k INT); CREATE VIEW v AS SELECT * FROM t;")
    finished(folder, directory, workers)
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


def test_interrupted_while_it_starts(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 1, 400)
    child = start("ingest", ".", "--project", directory, cwd=folder)
    while not directory.exists() and child.poll() is None:
        time.sleep(0.01)  # until Python is up: before that, an interrupt is the system's
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "interrupted" in one_line(err.decode())
    assert not out
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


@pytest.mark.parametrize("workers", [1, 2])
def test_two_at_once_wait_for_each_other(workers: int, tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 2, 60)
    for child in [ingestion(folder, directory, workers) for _ in range(3)]:
        ended = child.wait()
        assert ended.status in (0, 1), ended
        assert not ended.err
    intact(directory)
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


def test_who_waited_too_long_is_told_for_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool()[:10], 2, 4)
    with monkeypatch.context() as slow:
        slow.setattr(work_of_workers, "read_task", lambda *_: time.sleep(60))
        first = ingestion(folder, directory)
    wait_until_it_writes(first, directory)
    ended = ingestion(folder, directory, patience=0.3).wait()
    assert ended.status == 3
    assert f"is being written to by process {first.pid} on " in one_line(ended.err)
    first.kill()
    first.wait()
    finished(folder, directory)
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


def test_another_program_that_writes_is_waited_for_then_named(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool()[:10], 2, 4)
    finished(folder, directory)
    before = state_of(directory)
    write_turn(folder, pool()[:10], 3, 4)
    reader, writer = os.pipe()

    def hold() -> int:
        db = sqlite3.connect(directory / "lineage.db", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        os.write(writer, b"!")
        time.sleep(60)
        return 0

    other = Child(hold)
    assert os.read(reader, 1) == b"!"
    ended = ingestion(folder, directory, patience=0.3).wait()
    assert ended.status == 3
    message = one_line(ended.err)
    assert "is writing to it; wait for it to finish, or stop it" in message
    if sys.platform == "linux":
        assert f"process {other.pid} (" in message
    assert state_of(directory) == before
    patient = ingestion(folder, directory)
    time.sleep(0.5)
    assert patient.running()
    other.kill()
    other.wait()
    assert patient.wait().status in (0, 1)
    assert_same(from_scratch(tmp_path / "scratch", folder), directory)


def test_a_second_run_after_a_kill_parses_only_the_rest(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 3, 100)
    child = ingestion(folder, directory)
    db = directory / "lineage.db"

    def stored() -> int:
        if not db.exists():
            return 0
        with sqlite3.connect(db) as opened:
            try:
                return opened.execute("SELECT count(*) FROM sources").fetchone()[0]
            except sqlite3.OperationalError:  # no table yet
                return 0
            finally:
                opened.rollback()

    assert within(30, lambda: stored() >= 12)
    child.kill()
    assert child.wait().status == -signal.SIGKILL
    known = stored()
    ended = lineagraph("ingest", ".", "--project", directory, "--json", cwd=folder)
    report = json.loads(ended.out)["report"]
    assert report["parsed"] <= report["files"] - known
