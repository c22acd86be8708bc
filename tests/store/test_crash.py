"""A writer killed at any instant leaves the state before or after its batch, and the next one goes on from there.

`LINEAGRAPH_CRASH_RUNS` sets how many times (20).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineagraph.model import EdgeKind
from lineagraph.store.base import FileChange
from lineagraph.store.sqlite import SqliteStore
from tests.store.graphs import change, exported

RUNS = int(os.environ.get("LINEAGRAPH_CRASH_RUNS", "20"))
FILES = 60
ROOT = Path(__file__).parents[2]


def state(turn: int) -> dict[str, FileChange]:
    """All files after batch number `turn`: each batch touches every file, adds some and deletes some."""
    files: dict[str, FileChange] = {}
    for number in range(FILES):
        if (number + turn) % 7:
            path = f"{number}.sql"
            flows = [
                (f"s.t{n}.c{(n + turn) % 11}", f"m.t{number}_{turn % 3}.c{n}", EdgeKind.IDENTITY)
                for n in range(8)
            ]
            files[path] = change(path, [*flows, ("turn.s.c", f"turn.t{turn}.c", EdgeKind.IDENTITY)])
    return files


def write_until_killed(directory: Path) -> None:
    with SqliteStore.open(directory) as store:
        known = store.files()
        turn = turn_of(exported(store).decode()) if known else 0
        while True:
            turn += 1
            files = state(turn)
            store.apply(list(files.values()), [path for path in known if path not in files])
            known = store.files()
            sys.stdout.write(f"{turn}\n")
            sys.stdout.flush()


def turn_of(text: str) -> int:
    """Which batch an export is the state after; every file of a state names it."""
    marker = '"target":"turn.t'
    place = text.index(marker) + len(marker)
    return int(text[place : text.index(".", place)])


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_any_instant(tmp_path: Path) -> None:
    dice = random.Random(20250101)
    project = tmp_path / "project"
    with SqliteStore.open(project) as store:
        store.apply(list(state(1).values()))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    last = 1
    for run in range(RUNS):
        command = [sys.executable, "-m", "tests.store.test_crash", str(project)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(dice.random() * 0.15)
        child.send_signal(signal.SIGKILL)
        printed = [int(line) for line in (first + child.stdout.read()).split()]
        child.wait()
        assert printed, "the writer died by itself"
        assert printed[0] == last + 1
        with SqliteStore.open(project, read_only=True) as store:
            assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = exported(store)
            statistics = store.statistics()
        last = turn_of(found.decode())
        assert last in (printed[-1], printed[-1] + 1)
        with SqliteStore.open(tmp_path / f"expected{run}") as store:
            store.apply(list(state(last).values()))
            assert found == exported(store)
            assert statistics == store.statistics()


if __name__ == "__main__":
    write_until_killed(Path(sys.argv[1]))
