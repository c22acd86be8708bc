"""Every statement and every write of an ingestion fails once, or is its last: the next run ends like one from scratch.

Three ways: SQLite says that a statement failed; the process ends at it; no file may grow any further, as on a full
disk. `LINEAGRAPH_TEST_FAULT_POINTS` bounds how many points of an ingestion are tried, evenly spread (12); 0 tries all.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lineagraph import Project
from lineagraph.store.base import StoreError
from tests.faults.commands import one_line
from tests.faults.forks import Child, batches_of, command
from tests.faults.histories import ENTANGLED, export, from_scratch
from tests.faults.test_order import difference

POINTS = int(os.environ.get("LINEAGRAPH_TEST_FAULT_POINTS", "12"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


class Faulty(sqlite3.Connection):
    """Counts statements; the one called `at` does not come to pass. All connections of the process count together."""

    count = 0
    at: int | None = None
    what: Callable[[sqlite3.Connection], None]
    only = "lineage.db"

    def __init__(self, database: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **options)
        self.counts = self.only in str(database)

    def _one_more(self) -> None:
        if self.counts:
            Faulty.count += 1
            if Faulty.count == Faulty.at:
                Faulty.what(self)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        self._one_more()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        self._one_more()
        return super().executemany(*arguments)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Faulty]]:
    connect = sqlite3.connect

    def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": Faulty, **options})

    monkeypatch.setattr(sqlite3, "connect", connected)
    Faulty.count, Faulty.at = 0, None
    yield Faulty
    Faulty.at = None


class Story:
    """A folder in a first state, its project, and a second state that a faulty ingestion is to bring the project to."""

    def __init__(self, base: Path) -> None:
        self.folder, self.project, self.kept = base / "sql", base / "project", base / "kept"
        self.folder.mkdir()
        dice = random.Random(5)
        names = sorted(ENTANGLED)
        for name in names:
            if dice.random() < 0.75:
                (self.folder / name).write_text(ENTANGLED[name])
        self.begin(None)
        shutil.copytree(self.project, self.kept)
        for name in names:
            path = self.folder / name
            turn = dice.randrange(4)
            if turn == 0 and path.exists():
                path.unlink()
            elif turn == 1:
                path.write_text(ENTANGLED[name] + "\nCREATE VIEW mart.more AS SELECT * FROM t;")
            elif turn == 2 and path.exists():
                path.rename(self.folder / f"moved_{name}")
        self.expected = from_scratch(base / "scratch", self.folder)

    def begin(self, kept: Path | None) -> None:
        """The project as it was before the second state; None: it is made."""
        shutil.rmtree(self.project, ignore_errors=True)
        if kept is not None:
            shutil.copytree(kept, self.project)
        else:
            self.ingest()

    def ingest(self, **options: Any) -> None:
        with Project(self.project, timeout_seconds=1) as project:
            project.ingest(self.folder, root=self.folder, batch_files=6, **options)

    def check(self, after: object) -> None:
        """A plain run puts everything right."""
        db = sqlite3.connect(self.project / "lineage.db")
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], after
        db.close()
        self.ingest()
        with Project(self.project) as project:
            found = export(project)
        assert found == self.expected, f"{after}\n{difference(self.expected, found)}"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


def points(count: int) -> Sequence[int]:
    """Which of `count` points to try."""
    if not POINTS or count <= POINTS:
        return range(1, count + 1)
    return sorted({1 + index * (count - 1) // (POINTS - 1) for index in range(POINTS)})


def refuse(message: str, *, rolls_back: bool) -> Callable[[sqlite3.Connection], None]:
    """SQLite gives a transaction up by itself for some errors, a full disk among them, and for others it does not."""

    def fail(db: sqlite3.Connection) -> None:
        if rolls_back and db.in_transaction:
            sqlite3.Connection.execute(db, "ROLLBACK")
        raise sqlite3.OperationalError(message)

    return fail


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
@pytest.mark.parametrize(
    ("message", "rolls_back"),
    [("database or disk is full", True), ("disk I/O error", False), ("database is locked", False)],
)
def test_a_statement_fails(
    message: str, rolls_back: bool, begun: bool, story: Story, faulty: type[Faulty]
) -> None:
    def fresh() -> None:
        story.begin(story.kept) if begun else shutil.rmtree(story.project, ignore_errors=True)

    fresh()
    faulty.count = 0
    story.ingest()
    count = faulty.count
    assert count > 100
    faulty.what = staticmethod(refuse(message, rolls_back=rolls_back))  # type: ignore[assignment]
    for point in points(count):
        fresh()
        faulty.count, faulty.at = 0, point
        try:
            with pytest.raises(StoreError) as error:
                story.ingest()
        finally:
            faulty.at = None
        assert "\n" not in str(error.value)
        assert str(story.project / "lineage.db") in str(error.value)
        story.check(point)


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
def test_a_statement_is_the_last(begun: bool, story: Story, faulty: type[Faulty]) -> None:
    def fresh() -> None:
        story.begin(story.kept) if begun else shutil.rmtree(story.project, ignore_errors=True)

    fresh()
    faulty.count = 0
    story.ingest()
    count = faulty.count
    faulty.what = staticmethod(lambda _: os.kill(os.getpid(), signal.SIGKILL))  # type: ignore[assignment]
    for point in points(count):
        fresh()
        faulty.count, faulty.at = 0, point

        def work() -> int:
            story.ingest()
            return 0

        ended = Child(work).wait()
        faulty.at = None
        assert ended.status == -signal.SIGKILL, (point, ended)
        if (story.project / "lineage.db").exists():
            story.check(point)


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
def test_files_may_not_grow(begun: bool, story: Story) -> None:
    """EFBIG at the first write beyond a size, of whatever file: lock, database, log, cache."""
    story.begin(story.kept if begun else None)
    story.ingest()
    largest = max(path.stat().st_size for path in story.project.iterdir())
    sizes = [0, 1, 40, 100, 511, *(largest * step // 24 for step in range(1, 30))]
    failed = 0
    for size in sizes if not POINTS else sizes[:: max(1, len(sizes) // POINTS)]:
        shutil.rmtree(story.project)
        if begun:
            story.begin(story.kept)

        def work(size: int = size) -> int:
            os.chdir(story.folder)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            batches_of(6)
            return command("ingest", ".", "--project", story.project, "--workers", "1")

        ended = Child(work).wait()
        assert ended.status in (0, 1, 3), ended
        if ended.status == 3:
            failed += 1
            message = one_line(ended.err)
            assert str(story.project) in message, (size, message)
            assert "internal error" not in message
            assert "Errno" not in message
        if (story.project / "lineage.db").exists():
            story.check((size, ended))
    assert failed > 3
