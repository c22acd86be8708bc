"""Ingestions that are killed, interrupted, run two at a time or run out of disk: the next one ends where it should.

`LINEAGRAPH_TEST_KILLS` sets how many ingestions are killed (10).
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineagraph import Project
from tests.faults.commands import lineagraph, one_line, start
from tests.faults.histories import ENTANGLED, export, from_scratch, pool

KILLS = int(os.environ.get("LINEAGRAPH_TEST_KILLS", "10"))
SEED = int(os.environ.get("LINEAGRAPH_TEST_KILL_SEED", "20250302"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


def write_turn(folder: Path, texts: list[str], turn: int, files: int) -> None:
    """The folder in a state of its own: every turn edits, adds and removes files."""
    folder.mkdir(exist_ok=True)
    dice = random.Random(turn)
    for path in folder.glob("*.sql"):
        path.unlink()
    for number in range(files):
        if dice.random() < 0.8:
            (folder / f"{number}.sql").write_text(dice.choice(texts))
    for name, text in ENTANGLED.items():
        if dice.random() < 0.8:
            (folder / name).write_text(text)


def intact(directory: Path) -> None:
    db = sqlite3.connect(directory / "lineage.db")
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        db.close()


def test_killed_at_random_instants(tmp_path: Path) -> None:
    texts, dice = pool(), random.Random(SEED)
    folder, directory = tmp_path / "sql", tmp_path / "project"
    arguments = ("ingest", ".", "--project", directory)
    write_turn(folder, texts, 0, 250)
    began = time.monotonic()
    assert lineagraph(*arguments, cwd=folder).status in (0, 1)
    usual = time.monotonic() - began
    killed = 0
    for turn in range(1, KILLS + 1):
        write_turn(folder, texts, turn, 250)
        child = start(*arguments, cwd=folder)
        time.sleep(usual * dice.uniform(0.3, 1.1))
        child.kill()
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
        intact(directory)
        if turn % 3 and turn < KILLS:
            continue  # the next turn finds what this one left
        assert lineagraph(*arguments, cwd=folder).status in (0, 1)
        with Project(directory) as project:
            found = export(project)
        assert found == from_scratch(tmp_path / "scratch", folder)
    assert killed, "no ingestion was still running when it was killed"


def test_interrupted_by_the_user(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 1, 400)
    child = start("ingest", ".", "--project", directory, cwd=folder)
    while not directory.exists() and child.poll() is None:
        time.sleep(0.01)  # until Python is up: before that, an interrupt is the system's
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    if child.returncode in (0, 1):
        pytest.skip("the ingestion was done before it could be interrupted")
    assert child.returncode == 130, err
    assert one_line(err.decode()).startswith("interrupted")
    assert not out
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    with Project(directory) as project:
        assert export(project) == from_scratch(tmp_path / "scratch", folder)


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 2, 150)
    children = [start("ingest", ".", "--project", directory, cwd=folder) for _ in range(2)]
    for child in children:
        _, err = child.communicate(timeout=60)
        if child.returncode == 3:
            assert "is being written to by process" in one_line(err.decode())
        else:
            assert child.returncode in (0, 1), err
    assert {child.returncode for child in children} & {0, 1}
    intact(directory)
    with Project(directory) as project:
        assert export(project) == from_scratch(tmp_path / "scratch", folder)


def test_readers_see_whole_batches_while_it_is_written(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    texts = pool()
    states: set[bytes] = set()
    for turn in (1, 2):
        write_turn(folder, texts, turn, 60)
        states.add(from_scratch(tmp_path / "scratch", folder))
    write_turn(folder, texts, 1, 60)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    write_turn(folder, texts, 2, 60)
    child = start("ingest", ".", "--project", directory, cwd=folder)
    seen: set[bytes] = set()
    running = True
    while running:
        running = child.poll() is None
        with Project(directory) as project:
            seen.add(export(project))
    child.communicate()
    with Project(directory) as project:
        assert export(project) in states
    # deletions are a batch of their own, and come first: what a reader sees between the two is neither state
    assert len(seen & states) >= 1
    assert len(seen) <= 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte; where none can be made, nothing is tested."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = shutil.which("mount")
    made = mount is not None and os.geteuid() == 0
    if made:
        command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)]
        made = subprocess.run([str(part) for part in command], capture_output=True).returncode == 0
    if not made:
        pytest.skip("only root can make a small file system")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    folder, directory = tmp_path / "sql", small_disk / "project"
    write_turn(folder, pool()[:20], 1, 20)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    write_turn(folder, pool(), 2, 1500)
    ended = lineagraph("ingest", ".", "--project", directory, cwd=folder)
    assert ended.status == 3
    assert "the disk is full" in one_line(ended.err)
    intact(directory)
    with Project(directory) as project:
        assert export(project) != b""
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    with Project(directory) as project:
        assert export(project) == from_scratch(tmp_path / "scratch", folder)


def test_a_disk_that_fills_up_in_the_middle(tmp_path: Path) -> None:
    """The same without root: no file of the process may grow beyond a limit."""
    folder, directory = tmp_path / "sql", tmp_path / "project"
    texts = pool()
    write_turn(folder, texts, 1, 60)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    with Project(directory) as project:
        before = export(project)
    write_turn(folder, texts, 2, 700)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    ended = lineagraph("ingest", ".", "--project", directory, cwd=folder, prepare=limited)
    assert ended.status == 3
    one_line(ended.err)
    intact(directory)
    with Project(directory) as project:
        assert len(export(project)) <= len(before)  # before, or with what is gone removed
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    with Project(directory) as project:
        assert export(project) == from_scratch(tmp_path / "scratch", folder)


def test_a_second_run_after_a_kill_parses_only_the_rest(tmp_path: Path) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 3, 100)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    ended = lineagraph("ingest", ".", "--project", directory, "--json", cwd=folder)
    report = json.loads(ended.out)["report"]
    # what holds no facts (a binary file) is looked at again, nothing else
    assert report["parsed"] <= 1
    assert report["cached"] >= 50
