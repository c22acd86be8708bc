"""Every statement and every write of an ingestion fails once, or is its last: the next run ends like one from scratch.

Three ways: SQLite says that a statement failed; the process ends at it; no file may grow any further, as on a full
disk. Of the statements, few of each kind are tried, and of the sizes some: `LINEAGRAPH_TEST_FAULT_POINTS=all`, all.
"""

from __future__ import annotations

import errno
import inspect
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lineagraph import Project
from lineagraph.ingest import readings, workforce
from lineagraph.ingest.binding import bind_file
from lineagraph.store.base import StoreError
from tests.faults.commands import one_line
from tests.faults.forks import Child, batches_of, command
from tests.faults.histories import ENTANGLED, export, from_scratch
from tests.faults.test_order import difference

ALL = os.environ.get("LINEAGRAPH_TEST_FAULT_POINTS") == "all"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


class Faulty(sqlite3.Connection):
    """Counts statements; the one called `at` does not come to pass. All connections of the process count together."""

    statements: ClassVar[list[str]] = []
    """Those asked while a file is bound begin with a star."""
    at: int | None = None
    what: Callable[[sqlite3.Connection], None]
    only = "lineage.db"

    def __init__(self, database: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **options)
        self.counts = self.only in str(database)

    def _one_more(self, statement: str) -> None:
        if self.counts:
            Faulty.statements.append("*" * _is_binding() + statement)
            if len(Faulty.statements) - 1 == Faulty.at:
                Faulty.what(self)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        self._one_more(arguments[0])
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        self._one_more(arguments[0])
        return super().executemany(*arguments)


def _is_binding() -> bool:
    frame = inspect.currentframe()
    while frame is not None and frame.f_code is not bind_file.__code__:
        frame = frame.f_back
    return frame is not None


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Faulty]]:
    connect = sqlite3.connect

    def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": Faulty, **options})

    monkeypatch.setattr(sqlite3, "connect", connected)
    Faulty.at = None
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


class Points:
    """Where an ingestion of a story can fail: some of each kind of statement, or all there are."""

    def __init__(self, story: Story, faulty: type[Faulty], *, begun: bool, more: bool) -> None:
        """`begun`: there is a project already. `more`: of each kind the first and last, too."""
        self._story = story
        self._faulty = faulty
        self._begun = begun
        self.fresh()
        story.ingest()
        statements = list(faulty.statements)
        assert len(statements) > 100
        by_kind: dict[str, list[int]] = {}
        for point, statement in enumerate(statements):
            by_kind.setdefault(re.sub(r"\(\?(,\?)*\)", "(?)", statement), []).append(point)
        dice = random.Random(len(statements))
        some = {dice.choice(points) for points in by_kind.values()}
        if more:  # binding survives what goes wrong in a statement, and must not survive this
            for points in by_kind.values():
                some |= {points[0], points[-1]}
                if statements[points[0]].startswith("*"):
                    some.update(dice.sample(points, min(len(points), 8)))
        self.all = range(len(statements)) if ALL else sorted(some)

    def fresh(self, at: int | None = None) -> None:
        """The project as it was before; the statement `at` will fail."""
        if self._begun:
            self._story.begin(self._story.kept)
        else:
            shutil.rmtree(self._story.project, ignore_errors=True)
        self._faulty.statements.clear()
        self._faulty.at = at


def refuse(message: str, *, rolls_back: bool) -> Callable[[sqlite3.Connection], None]:
    """SQLite gives a transaction up by itself for some errors, a full disk among them, and for others it does not."""

    def fail(db: sqlite3.Connection) -> None:
        if rolls_back and db.in_transaction:
            sqlite3.Connection.execute(db, "ROLLBACK")
        raise sqlite3.OperationalError(message)

    return fail


REFUSALS = [
    refuse("database or disk is full", rolls_back=True),
    refuse("disk I/O error", rolls_back=False),
    refuse("database is locked", rolls_back=False),
]


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
def test_a_statement_fails(begun: bool, story: Story, faulty: type[Faulty]) -> None:
    points = Points(story, faulty, begun=begun, more=True)
    for number, point in enumerate(points.all):
        for refusal in REFUSALS if ALL else [REFUSALS[number % len(REFUSALS)]]:
            points.fresh(point)
            faulty.what = staticmethod(refusal)  # type: ignore[assignment]
            try:
                with pytest.raises(StoreError) as error:
                    story.ingest()
            finally:
                faulty.at = None
            assert "\n" not in str(error.value)
            assert str(story.project / "lineage.db") in str(error.value)
            story.check((point, faulty.statements[point]))


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
def test_a_statement_is_the_last(begun: bool, story: Story, faulty: type[Faulty]) -> None:
    points = Points(story, faulty, begun=begun, more=False)
    faulty.what = staticmethod(lambda _: os.kill(os.getpid(), signal.SIGKILL))  # type: ignore[assignment]
    for point in points.all:
        points.fresh(point)

        def work() -> int:
            story.ingest()
            return 0

        ended = Child(work).wait()
        faulty.at = None
        assert ended.status == -signal.SIGKILL, (point, ended)
        if (story.project / "lineage.db").exists():
            story.check(point)


def test_workers_that_cannot_read_the_database_are_done_without(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workforce, "_WORTH_BINDING", 1)
    elsewhere = str(tmp_path / "elsewhere")
    monkeypatch.setattr(
        "lineagraph.ingest.update.Workforce",
        lambda options, context, _: workforce.Workforce(options, context, elsewhere),
    )
    shutil.rmtree(story.project)
    story.ingest(workers=2)
    with Project(story.project) as project:
        assert export(project) == story.expected


def test_a_file_that_could_not_be_read_once_is_read_by_the_next_run(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks as it did: nothing but the disk has changed."""
    for path in story.folder.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    time.sleep(2.1)  # so that `stat` tells of changes
    shutil.rmtree(story.project)
    with monkeypatch.context() as bad:
        bad.setattr(readings, "read_file", _fails_for_some(readings.read_file))
        story.ingest()
    with Project(story.project) as project:
        assert project.statistics().files["unreadable"] > 5
    story.check("the disk is well again")


def _fails_for_some(read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def failing(path: str) -> bytes:
        if len(path) % 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return read(path)

    return failing


@pytest.mark.parametrize("begun", [True, False], ids=["changed", "new"])
def test_files_may_not_grow(begun: bool, story: Story) -> None:
    """EFBIG at the first write beyond a size, of whatever file: lock, database, log, cache."""
    story.begin(story.kept if begun else None)
    story.ingest()
    largest = max(path.stat().st_size for path in story.project.iterdir())
    sizes = [0, 1, 40, 100, 511, *(largest * step // 24 for step in range(1, 30))]
    failed = 0
    for size in sizes if ALL else sizes[::2]:
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
