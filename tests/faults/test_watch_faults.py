"""`lineagraph watch` as a process: whatever happens to the files, the project ends up as if built from scratch.

`LINEAGRAPH_TEST_WATCH_FILES` sets how many files a branch switch touches (300).
"""

from __future__ import annotations

import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineagraph import Project
from tests.faults.commands import start
from tests.faults.histories import ENTANGLED, Folder, export, from_scratch, pool

FILES = int(os.environ.get("LINEAGRAPH_TEST_WATCH_FILES", "300"))
PATIENCE = 60.0
"""Seconds until what should happen has happened. No test waits so long unless it fails."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and links as POSIX has them")


class Watched:
    """A folder and the process that watches it."""

    def __init__(self, tmp_path: Path, *options: str, paths: tuple[str, ...] = (".",)) -> None:
        self.tmp_path = tmp_path
        self.folder = tmp_path / "sql"
        self.project = tmp_path / "project"
        quick = () if "--debounce" in options or "--realtime" in options else ("--debounce", "0.1")
        self.process = start(
            "watch", *paths, "--project", self.project, "--json", *quick, "--longest-wait", "1", *options,
            cwd=self.folder,
        )  # fmt: skip
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.errors: list[str] = []
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._listen)]
        for thread in self.threads:
            thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(line.decode() for line in self.process.stderr)

    def started(self) -> dict[str, Any]:
        first = self.lines.get(timeout=PATIENCE)
        assert first["event"] == "start"
        return first

    def batch(self, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next batch of which `wanted` is true."""
        end = time.monotonic() + PATIENCE
        while True:
            line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            if wanted(line):
                return line

    def settles(self) -> None:
        """Wait until the project says what building it from scratch says."""
        expected = from_scratch(self.tmp_path / "scratch", self.folder)
        end = time.monotonic() + PATIENCE
        found = b""
        while time.monotonic() < end:
            assert self.process.poll() is None, self.errors
            with Project(self.project) as project:
                found = export(project)
            if found == expected:
                return
            time.sleep(0.05)
        assert found == expected

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        assert "Traceback" not in "".join(self.errors), self.errors
        return status

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Starts watching the folder `sql` of `tmp_path`, which has the files of `ENTANGLED`."""
    folder = tmp_path / "sql"
    folder.mkdir()
    for name, text in ENTANGLED.items():
        (folder / name).write_text(text)
    running: list[Watched] = []

    def begin(*options: str, **more: Any) -> Watched:
        running.append(Watched(tmp_path, *options, **more))
        running[-1].started()
        return running[-1]

    yield begin
    for watched in running:
        watched.kill()


def save(path: Path, text: str) -> None:
    """As editors do: beside it, then in its place."""
    beside = path.with_name(f".{path.name}.swp~")
    beside.write_text(text)
    beside.replace(path)


def test_atomic_saves(watch: Callable[..., Watched]) -> None:
    watched = watch()
    for turn in range(3):
        save(watched.folder / "view_a.sql", f"CREATE VIEW a AS SELECT k AS k{turn} FROM b;")
        watched.settles()
    assert watched.stop() == 0


def test_an_editor_that_keeps_the_old_file_and_one_that_writes_twice(watch: Callable[..., Watched]) -> None:
    watched = watch("--realtime")
    path = watched.folder / "view_b.sql"
    path.rename(watched.folder / "view_b.sql~")
    path.write_text("CREATE VIEW b AS SELECT k FROM a;")
    (watched.folder / "view_b.sql~").unlink()
    path.write_text("")
    path.write_text("CREATE VIEW b AS SELECT k, v FROM a;")
    watched.settles()
    assert watched.stop() == 0


def test_a_branch_switch_is_a_look_at_everything(watch: Callable[..., Watched], tmp_path: Path) -> None:
    folder, texts, dice = tmp_path / "sql", pool(), random.Random(1)

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *arguments],
            cwd=folder, check=True, capture_output=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        )  # fmt: skip

    def branch(name: str) -> None:
        git("checkout", "-q", "-b", name)
        for number in range(FILES):
            path = folder / f"area{number % 7}/{number}.sql"
            if dice.random() < 0.2:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_text(
                    dice.choice(texts) if number % 10 == 0 else f"SELECT {dice.random()} FROM t{number}"
                )
        git("add", "-A")
        git("commit", "-q", "-m", name)

    git("init", "-q")
    branch("one")
    branch("two")
    watched = watch()
    git("checkout", "-q", "one")
    watched.settles()
    git("checkout", "-q", "two")
    watched.settles()
    assert watched.stop() == 0


def test_a_root_that_is_deleted_and_made_again(watch: Callable[..., Watched], tmp_path: Path) -> None:
    watched = watch(paths=(str(tmp_path / "sql"),))
    for turn in range(2):
        shutil.rmtree(watched.folder)
        if turn:
            # long enough to be noticed; the graph keeps what it said of what had not gone by then
            deadline = time.monotonic() + PATIENCE
            while not any("is gone" in line for line in watched.errors) and time.monotonic() < deadline:
                time.sleep(0.05)
        watched.folder.mkdir()
        (watched.folder / "table_a.sql").write_text(ENTANGLED["table_a.sql"])
        watched.settles()
        # events are on again, not only the look at everything
        (watched.folder / "view_b.sql").write_text(f"CREATE VIEW b AS SELECT {turn} AS x, * FROM a;")
        watched.settles()
    assert watched.stop() == 0
    assert [line.split(" is ")[1].split(";")[0].strip() for line in watched.errors] == ["gone", "back"]


def test_a_root_that_is_replaced_by_another(watch: Callable[..., Watched], tmp_path: Path) -> None:
    watched = watch(paths=(str(tmp_path / "sql"),))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/only.sql").write_text("CREATE TABLE only_this (a INT);")
    watched.folder.rename(tmp_path / "old")
    (tmp_path / "other").rename(watched.folder)
    watched.settles()
    (tmp_path / "old/view_a.sql").write_text("SELECT 1;")
    (watched.folder / "more.sql").write_text("INSERT INTO t SELECT a FROM only_this;")
    watched.settles()
    assert watched.stop() == 0


def test_folders_that_are_renamed_removed_and_moved_in(watch: Callable[..., Watched], tmp_path: Path) -> None:
    (tmp_path / "sql/before").mkdir()
    (tmp_path / "sql/before/b.sql").write_text("CREATE TABLE before AS SELECT * FROM a;")
    watched = watch()
    (watched.folder / "before").rename(watched.folder / "after")
    watched.settles()
    outside = tmp_path / "outside"
    shutil.copytree(watched.folder, outside / "deep/er")
    (outside / "deep").rename(watched.folder / "deep")
    watched.settles()
    (watched.folder / "deep/er").rename(watched.folder / "renamed")
    watched.settles()
    (watched.folder / "renamed/view_a.sql").write_text("CREATE VIEW a AS SELECT 1 AS one;")
    watched.settles()
    shutil.rmtree(watched.folder / "renamed")
    watched.settles()
    (watched.folder / "a/b/c/d").mkdir(parents=True)
    (watched.folder / "a/b/c/d/new.sql").write_text("CREATE TABLE new_one AS SELECT * FROM a;")
    watched.settles()
    assert watched.stop() == 0


def test_ignore_files_that_come_and_go(watch: Callable[..., Watched]) -> None:
    watched = watch()
    (watched.folder / ".gitignore").write_text("view_*.sql\n")
    watched.settles()
    (watched.folder / "sub").mkdir()
    (watched.folder / "sub/view_x.sql").write_text("CREATE VIEW x AS SELECT * FROM d;")
    (watched.folder / "sub/.lineagraphignore").write_text("!view_x.sql\n")
    watched.settles()
    (watched.folder / ".gitignore").unlink()
    watched.settles()
    assert watched.stop() == 0


def test_more_events_than_the_system_keeps(watch: Callable[..., Watched]) -> None:
    """While the process stands still, so many files are written that the system's queue overflows."""
    limit = Path("/proc/sys/fs/inotify/max_queued_events")
    if not limit.exists() or int(limit.read_text()) > 20_000:
        pytest.skip("no queue, or one that would take too long to fill")
    watched = watch()
    watched.process.send_signal(signal.SIGSTOP)
    for number in range(int(limit.read_text()) // 3):
        path = watched.folder / f"noise{number}.txt"
        path.write_text("x")
        path.unlink()
    (watched.folder / "view_c.sql").write_text("CREATE VIEW c AS SELECT k FROM d;")
    (watched.folder / "lost.sql").write_text("CREATE TABLE lost AS SELECT * FROM a;")
    watched.process.send_signal(signal.SIGCONT)
    watched.settles()
    assert watched.stop() == 0


def test_what_no_event_tells_is_found_by_looking(watch: Callable[..., Watched], tmp_path: Path) -> None:
    """A followed link to a file elsewhere: writing there is no event here."""
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere/far.sql"
    target.write_text("CREATE TABLE far AS SELECT * FROM a;")
    (tmp_path / "sql/far.sql").symlink_to(target)
    watched = watch("--follow-symlinks", "--rescan", "0.5")
    target.write_text("CREATE TABLE far AS SELECT k FROM d;")
    assert watched.batch(lambda line: line["read"] == 1)["event"] == "rescan"
    assert watched.stop() == 0


def test_single_files_are_watched_through_atomic_saves(watch: Callable[..., Watched]) -> None:
    watched = watch(paths=("table_a.sql", "view_a.sql"))
    assert watched.project.exists()
    for turn in range(2):
        save(watched.folder / "view_a.sql", f"CREATE VIEW a AS SELECT k AS k{turn} FROM b;")
        assert watched.batch(lambda line: line["read"] == 1)
    save(watched.folder / "view_b.sql", "CREATE VIEW b AS SELECT 1 AS one;")
    save(watched.folder / "table_a.sql", "CREATE TABLE a (z INT);")
    assert watched.batch(lambda line: line["read"] > 0)["read"] == 1
    assert watched.stop() == 0


def test_names_that_are_not_utf_8(watch: Callable[..., Watched]) -> None:
    watched = watch()
    name = os.fsencode(watched.folder) + b"/caf\xe9.sql"
    with open(name, "w") as file:
        file.write("CREATE TABLE coffee AS SELECT * FROM a;")
    watched.settles()
    (watched.folder / "view_a.sql").write_text("CREATE VIEW a AS SELECT 1 AS still_watching;")
    watched.settles()
    os.unlink(name)
    watched.settles()
    assert watched.stop() == 0


def test_a_project_inside_of_what_is_watched_does_not_wake_itself(tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "a.sql").write_text("CREATE TABLE a (k INT);")
    watched = Watched(tmp_path, "--realtime", "--project", str(folder / "graph"))
    try:
        watched.started()
        (folder / "a.sql").write_text("CREATE TABLE a (k INT, v INT);")
        watched.batch(lambda line: line["read"] == 1)
        time.sleep(1)
        assert watched.lines.empty()
        assert watched.stop() == 0
    finally:
        watched.kill()


@pytest.mark.parametrize("options", [("--realtime",), ("--disable-batching",), ("--batch-size", "2")])
def test_any_history_ends_as_if_built_from_scratch(
    watch: Callable[..., Watched], options: tuple[str, ...], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "sql")
    folder = Folder(tmp_path / "sql", pool(), random.Random(len(options[0])))
    watched = watch(*options)
    for _ in range(4):
        for _ in range(8):
            folder.change()
        watched.settles()
    assert watched.stop() == 0


def test_a_project_that_is_busy_is_waited_for(watch: Callable[..., Watched]) -> None:
    watched = watch("--realtime")
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(watched.project)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert held.stdout is not None
    assert held.stdin is not None
    assert held.stdout.readline() == b"held\n"
    (watched.folder / "view_a.sql").write_text("CREATE VIEW a AS SELECT 1 AS after_all;")
    time.sleep(0.5)
    held.stdin.close()
    held.wait()
    watched.settles()
    assert watched.stop() == 0


HOLD = """
import sys
from lineagraph.store.sqlite import SqliteStore
with SqliteStore.open(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_and_the_next_start_goes_on(
    watch: Callable[..., Watched], number: int, status: int
) -> None:
    watched = watch("--debounce", "1000", "--longest-wait", "1000")
    (watched.folder / "view_a.sql").write_text("CREATE VIEW a AS SELECT 1 AS pending;")
    time.sleep(0.3)
    assert watched.stop(number) == status
    assert watched.lines.empty()
    again = watch()
    again.settles()
    assert again.stop() == 0


def test_killed_at_any_moment_it_goes_on_where_it_was(watch: Callable[..., Watched], tmp_path: Path) -> None:
    dice = random.Random(7)
    texts = pool()
    for turn in range(4):
        watched = watch("--realtime")
        for number in range(30):
            (tmp_path / f"sql/{number}.sql").write_text(dice.choice(texts))
            if turn == number // 10:
                time.sleep(dice.random() / 20)
        watched.kill()
    again = watch()
    again.settles()
    assert again.stop() == 0
