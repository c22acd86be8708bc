"""What events make of the batches, and what is done where there are none. Real processes: tests/faults."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lineagraph.ingest import watch as watch_module
from lineagraph.ingest.batches import BatchOptions
from lineagraph.ingest.reports import IngestReport
from lineagraph.ingest.watch import Flushed, Watcher, WatchOptions
from lineagraph.model import GraphDelta

ADDED, MODIFIED, DELETED = 1, 2, 3
PATIENCE = 30.0


class Recorder:
    """An ingestion that only notes what it was asked for, and a way to wait for that."""

    def __init__(self, stop_after: int = 10**6) -> None:
        self.asked: list[tuple[str, ...] | None] = []
        self.warnings: list[str] = []
        self.told: list[Flushed] = []
        self.stop = threading.Event()
        self.stop_after = stop_after

    def ingest(self, paths: Sequence[str] | None) -> IngestReport:
        self.asked.append(None if paths is None else tuple(paths))
        if len(self.asked) >= self.stop_after:
            self.stop.set()
        return IngestReport(0, 0, 0, 0, 0, 0.0, GraphDelta(), {}, {})

    def watcher(self, *paths: Path, **options: object) -> Watcher:
        given = WatchOptions(BatchOptions(realtime=True), **options)  # type: ignore[arg-type]
        return Watcher(
            paths, self.ingest, stop=self.stop, tell=self.told.append, warn=self.warnings.append, options=given,
            ignore=[paths[0] / "graph"], others=[paths[0].parent / "schema.csv"],
        )  # fmt: skip


def asked(recorder: Recorder, watcher: Watcher, *events: tuple[int, Path]) -> list[tuple[str, ...] | None]:
    """What is ingested because of these events, after the first ingestion."""
    watcher._flush(watch_module.Batch(rescan=True))
    recorder.asked.clear()
    watcher.take([(kind, str(path)) for kind, path in events], len(events))
    while watcher._processor.run_due():
        pass
    return recorder.asked


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "sql/a.sql",
        "sql/sub/b.sql",
        "sql/.git/HEAD.sql",
        "sql/graph/lineage.db",
        "sql/x.txt",
        "schema.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path / "sql"


@pytest.mark.parametrize(
    ("kind", "name", "concerns"),
    [
        (MODIFIED, "a.sql", True),
        (MODIFIED, "A.SQL", True),
        (DELETED, "gone.sql", True),
        (ADDED, "sub", True),
        (DELETED, "folder", True),
        (MODIFIED, "x.txt", False),
        (MODIFIED, ".git/HEAD.sql", False),
        (ADDED, "sub/.lineagraph/b.sql", False),
        (DELETED, "graph/lineage.db", False),
        (DELETED, "elsewhere.db-wal", False),
        (MODIFIED, "../schema.sql", False),
        (MODIFIED, "", False),
    ],
)
def test_which_events_concern_us(root: Path, kind: int, name: str, concerns: bool) -> None:
    recorder = Recorder()
    path = Path(os.path.normpath(root / name))
    expected = [(str(path),)] if concerns else []
    assert asked(recorder, recorder.watcher(root), (kind, path)) == expected


@pytest.mark.parametrize("name", [".gitignore", "sub/.lineagraphignore", "../schema.csv"])
def test_what_concerns_everything(root: Path, name: str) -> None:
    recorder = Recorder()
    path = Path(os.path.normpath(root / name))
    assert asked(recorder, recorder.watcher(root), (MODIFIED, path), (MODIFIED, root / "a.sql")) == [None]


def test_a_burst_is_a_look_at_everything_whatever_it_is_about(root: Path) -> None:
    recorder = Recorder()
    events = [(MODIFIED, root / f"{number}.txt") for number in range(1000)]
    assert asked(recorder, recorder.watcher(root), *events) == [None]


def test_of_a_folder_that_has_gone_nothing_is_forgotten(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    recorder = Recorder()
    watcher = recorder.watcher(root, other)
    watcher._flush(watch_module.Batch(rescan=True))
    root.rename(tmp_path / "away")
    recorder.asked.clear()
    watcher.take([(DELETED, str(root / "a.sql")), (ADDED, str(other / "b.sql"))], 2)
    assert watcher._processor.run_due()
    watcher.overflow()
    assert watcher._processor.run_due()
    assert recorder.asked == [(str(other / "b.sql"),), (str(other),)]


def test_what_the_first_ingestion_raises_ends_it(root: Path) -> None:
    recorder = Recorder()

    def fail(_: Sequence[str] | None) -> IngestReport:
        raise RuntimeError("no disk")

    watcher = Watcher([root], fail, stop=recorder.stop)
    with pytest.raises(RuntimeError, match="no disk"):
        watcher.run()


def test_who_cannot_be_told_ends_it(root: Path) -> None:
    recorder = Recorder()

    def closed(_: Flushed) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Watcher([root], recorder.ingest, stop=recorder.stop, tell=closed).run()
    assert recorder.asked == [None]


def run(watcher: Watcher, recorder: Recorder) -> None:
    """Run until the recorder stops it; if it does not, the test fails and does not hang."""
    timer = threading.Timer(PATIENCE, recorder.stop.set)
    timer.start()
    try:
        watcher.run()
    finally:
        timer.cancel()


def test_events_of_real_files_arrive_as_paths(root: Path) -> None:
    recorder = Recorder(stop_after=2)
    watcher = recorder.watcher(root)
    ingest = recorder.ingest

    def and_write(paths: Sequence[str] | None) -> IngestReport:
        if paths is None:
            (root / "sub/b.sql").write_text(
                "select 1"
            )  # events are on already while the first ingestion runs
        return ingest(paths)

    watcher._ingest = and_write
    run(watcher, recorder)
    assert recorder.asked == [None, (str(root / "sub/b.sql"),)]
    assert [flushed.first for flushed in recorder.told] == [True, False]


@pytest.mark.parametrize(
    "error", [OSError("OS file watch limit reached"), PermissionError("Permission denied")]
)
def test_where_the_system_cannot_watch_everything_is_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    real = watch_module.RustNotify

    def refuse(*arguments: object) -> object:
        if isinstance(error, PermissionError) and arguments[-1]:
            return real(*arguments)  # type: ignore[arg-type]
        raise error

    monkeypatch.setattr(watch_module, "RustNotify", refuse)
    recorder = Recorder(stop_after=3)
    run(recorder.watcher(root, poll_seconds=0.1), recorder)
    assert recorder.asked == [None, None, None]
    assert len(recorder.warnings) == 1
    assert str(error) in recorder.warnings[0]
    assert "every 0.1 s" in recorder.warnings[0]


def test_from_time_to_time_everything_is_looked_at(root: Path) -> None:
    recorder = Recorder(stop_after=3)
    run(recorder.watcher(root, rescan_seconds=0.1), recorder)
    assert recorder.asked == [None, None, None]
    assert recorder.warnings == []


def test_a_folder_that_appears_is_looked_at_twice(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "_SETTLE_SECONDS", 0.7)
    recorder = Recorder(stop_after=3)
    watcher = recorder.watcher(root)
    ingest: Callable[[Sequence[str] | None], IngestReport] = recorder.ingest

    def and_make(paths: Sequence[str] | None) -> IngestReport:
        if paths is None:
            (root / "fresh").mkdir()
        return ingest(paths)

    watcher._ingest = and_make
    run(watcher, recorder)
    assert recorder.asked == [None, (str(root / "fresh"),), (str(root / "fresh"),)]
