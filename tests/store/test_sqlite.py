"""The project database: what is kept, what is refused, what readers see."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Edge, EdgeKind, FileLineage, GraphDelta, Node, NodeLabel, Span
from lineagraph.store import schema
from lineagraph.store.applying import Batch
from lineagraph.store.base import (
    FileChange,
    StoreError,
    StoreLockedError,
    StoreMissingError,
    StoreVersionError,
)
from lineagraph.store.sqlite import DATABASE_FILE, SqliteStore
from tests.store.graphs import change, exported, record, records

FLOWS = [("s.orders.id", "m.rev.id", EdgeKind.IDENTITY), ("s.orders.id", "m.rev", EdgeKind.JOIN)]


def test_a_file_is_kept_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        one = change("b.sql", FLOWS)
        store.apply([one, FileChange(record("a.sql", "unreadable"))])
    with SqliteStore.open(tmp_path, read_only=True) as store:
        assert list(store.files().values()) == [record("a.sql", "unreadable"), record("b.sql")]


def test_delta_counts_what_came_and_went(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        # file, 2 datasets, 2 columns; 2 edges
        assert store.apply([change("a.sql", FLOWS)]) == GraphDelta(5, 0, 2, 0)
        # the same edges again: only the file is new
        assert store.apply([change("b.sql", FLOWS)]) == GraphDelta(1, 0, 0, 0)
        assert store.apply([change("a.sql", FLOWS)]) == GraphDelta()
        # one edge less in a.sql: b.sql still has it
        assert store.apply([change("a.sql", FLOWS[:1])]) == GraphDelta()
        assert store.apply([], ["b.sql"]) == GraphDelta(0, 1, 0, 1)
        assert store.apply([change("a.sql", [("s.orders.x", "m.rev.id", EdgeKind.IDENTITY)])]) == GraphDelta(
            1, 1, 1, 1
        )
        assert store.apply([], ["a.sql", "never.sql"]) == GraphDelta(0, 5, 0, 1)


def test_of_two_changes_to_a_path_the_later_counts_and_a_change_beats_a_deletion(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.apply([change("a.sql", FLOWS), change("a.sql", FLOWS[:1])], ["a.sql"])
        assert len(records(store, "edge")) == 1


def test_a_file_with_very_many_edges_is_kept_whole(tmp_path: Path) -> None:
    flows = [(f"s.t{n % 50}.c{n}", f"m.t{n % 70}.c{n}", EdgeKind.IDENTITY) for n in range(3000)]
    with SqliteStore.open(tmp_path) as store:
        delta = store.apply([change("big.sql", flows)])
        assert delta.edges_added == 3000
        assert store.db.execute("SELECT count(*) FROM contributions").fetchone()[0] > 3
        assert len(records(store, "evidence")) == 3000
        assert store.apply([change("big.sql", flows)]) == GraphDelta()
        assert store.apply([change("big.sql", flows[:10])]).edges_removed == 2990
        assert store.db.execute("SELECT count(*) FROM contributions").fetchone()[0] == 1


def test_a_node_that_a_file_lists_twice_is_one_node(tmp_path: Path) -> None:
    nodes = (
        Node(NodeLabel.SOURCE_FILE, "a.sql", "a.sql"),
        Node(NodeLabel.DATASET, "t", "t"),
        Node(NodeLabel.COLUMN, "t.c", "c", 1),
        Node(NodeLabel.DATASET, "t", "t"),
        Node(NodeLabel.COLUMN, "t.c", "c", 3),
    )
    edges = tuple([Edge(EdgeKind.IDENTITY, 2, target, 1, Span(1, 1, 1, 1)) for target in (2, 4)])
    with SqliteStore.open(tmp_path) as store:
        assert store.apply([FileChange(record("a.sql"), FileLineage("a.sql", nodes, edges))]) == GraphDelta(
            3, 0, 1, 0
        )
        assert len(records(store, "edge")) == 1
        assert store.apply([], ["a.sql"]) == GraphDelta(0, 3, 0, 1)


def test_statistics(tmp_path: Path) -> None:
    warning = Diagnostic(Code.UNKNOWN_COLUMN, Severity.WARNING, "x")
    with SqliteStore.open(tmp_path) as store:
        view = change(
            "v.sql", FLOWS, {"m.rev": ["id"]}, kind="view", diagnostics=(warning, warning), statements=2
        )
        store.apply([view, FileChange(record("bad.sql", "failed"))])
        statistics = store.statistics()
    assert statistics.files == {"failed": 1, "parsed": 1}
    assert statistics.datasets == {"unknown": 1, "view": 1}
    assert statistics.columns == 2
    assert statistics.edges == {
        "DEFINES": 1,
        "FLOWS_TO DIRECT IDENTITY": 1,
        "HAS_COLUMN": 1,
        "INFLUENCES INDIRECT JOIN": 1,
    }
    assert statistics.evidence == 4
    assert statistics.statements == {"parsed": 2}
    assert statistics.diagnostics == {"unknown-column warning": 2}


def test_meta_values(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.set_meta("schema", "1")
        store.set_meta("schema", "2")
        store.set_meta("gone", "x")
        store.set_meta("gone", None)
        assert (store.get_meta("schema"), store.get_meta("gone")) == ("2", None)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((Node(NodeLabel.COLUMN, "t.c", "c"),), "parent"),
        ((Node(NodeLabel.DATASET, "t", "t"), Node(NodeLabel.COLUMN, "other.c", "c", 1)), "parent"),
        ((Node(NodeLabel.SOURCE_FILE, "b.sql", "b.sql"),), "only node 0"),
    ],
)
def test_a_lineage_against_the_contract_is_refused_and_changes_nothing(
    tmp_path: Path, nodes: tuple[Node, ...], message: str
) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.apply([change("a.sql", FLOWS)])
        before = exported(store)
        broken = FileLineage("b.sql", (Node(NodeLabel.SOURCE_FILE, "b.sql", "b.sql"), *nodes), ())
        with pytest.raises(StoreError, match=message):
            store.apply(
                [change("c.sql", [("x.y", "z.y", EdgeKind.SORT)]), FileChange(record("b.sql"), broken)]
            )
        assert exported(store) == before
        store.apply([change("c.sql", FLOWS)])
        assert len(records(store, "edge")) == 2


def test_a_dataset_listed_after_its_column_is_found(tmp_path: Path) -> None:
    nodes = (
        Node(NodeLabel.SOURCE_FILE, "a.sql", "a.sql"),
        Node(NodeLabel.COLUMN, "t.c", "c", 2),
        Node(NodeLabel.DATASET, "t", "t"),
    )
    edge = Edge(EdgeKind.IDENTITY, 1, 1, 1, Span(1, 1, 1, 1))
    with SqliteStore.open(tmp_path) as store:
        store.apply([FileChange(record("a.sql"), FileLineage("a.sql", nodes, (edge,)))])
        assert [node["key"] for node in records(store, "node")] == ["a.sql", "t", "t.c"]


# -- readers ---------------------------------------------------------------------------------------


def test_a_reader_sees_one_state_while_a_batch_is_written(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as writer:
        writer.apply([change("a.sql", FLOWS)])
        with SqliteStore.open(tmp_path, read_only=True) as reader:
            with reader.snapshot():
                before = exported(reader)
                writer.apply([change("b.sql", FLOWS)], ["a.sql"])
                assert exported(reader) == before
            assert exported(reader) == exported(writer) != before


def test_readers_see_whole_batches_only(tmp_path: Path) -> None:
    states = [
        [change(f"{n}.sql", [(f"s.t.c{n}", f"m.t{k}.c", EdgeKind.IDENTITY)]) for n in range(40)]
        for k in (0, 1)
    ]
    expected: set[bytes] = set()
    for number, state in enumerate(states):
        with SqliteStore.open(tmp_path / f"expected{number}") as store:
            store.apply(state)
            expected.add(exported(store))
    with SqliteStore.open(tmp_path / "shared") as store:
        store.apply(states[0])
    stop = threading.Event()

    def write() -> None:
        with SqliteStore.open(tmp_path / "shared") as store:
            turn = 0
            while not stop.is_set():
                turn += 1
                store.apply(states[turn % 2])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with SqliteStore.open(tmp_path / "shared", read_only=True) as reader:
            seen = [exported(reader) for _ in range(30)]
    finally:
        stop.set()
        writer.join()
    assert set(seen) <= expected


def test_a_read_only_store_refuses_to_write(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    with SqliteStore.open(tmp_path, read_only=True) as store:
        with pytest.raises(StoreError, match="reading only"):
            store.apply([])
        with pytest.raises(StoreError, match="reading only"):
            store.set_meta("a", "b")


# -- one writer ------------------------------------------------------------------------------------

_HOLD = """
import sys, time
from pathlib import Path
from lineagraph.store.sqlite import SqliteStore
store = SqliteStore.open(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_writer_waits_then_says_who_writes(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        begun = time.monotonic()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid} on "):
            SqliteStore.open(tmp_path, timeout_seconds=0.3)
        assert time.monotonic() - begun >= 0.3
        SqliteStore.open(tmp_path, read_only=True).close()
    finally:
        holder.kill()
        holder.wait()
    SqliteStore.open(tmp_path, timeout_seconds=5).close()  # a dead owner holds nothing


def test_a_waiting_writer_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    first = SqliteStore.open(tmp_path)
    timer = threading.Timer(0.2, first._lock.release)  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
    timer.start()
    SqliteStore.open(tmp_path, timeout_seconds=10).close()
    timer.join()
    first.db.close()


def test_another_program_that_locks_the_database_is_an_error_with_advice(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    with SqliteStore.open(tmp_path, timeout_seconds=0.1) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match="is writing to it") as error:
            store.apply([change("a.sql", FLOWS)])
        if sys.platform == "linux":
            assert f"process {os.getpid()} (" in str(error.value)
        other.execute("ROLLBACK")
        other.close()
        store.apply([change("a.sql", FLOWS)])


# -- versions --------------------------------------------------------------------------------------


def test_a_newer_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.db.execute("PRAGMA user_version = 99")
    for read_only in (True, False):
        with pytest.raises(StoreVersionError, match="upgrade lineagraph"):
            SqliteStore.open(tmp_path, read_only=read_only)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_the_database_of_another_program_is_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / DATABASE_FILE
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE files (name TEXT)")
    other.execute("INSERT INTO files VALUES ('precious')")
    other.execute(f"PRAGMA user_version = {version}")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="of another program; choose another directory"):
        SqliteStore.open(tmp_path)
    assert path.read_bytes() == before
    assert sorted(left.name for left in tmp_path.iterdir()) == [DATABASE_FILE, "writer.lock"]


def test_an_older_database_is_migrated_and_keeps_its_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.apply([change("a.sql", FLOWS)])
        before = exported(store)
    newer = (*schema.MIGRATIONS, lambda db: db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY)"))
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    with pytest.raises(StoreVersionError, match="lineagraph ingest"):
        SqliteStore.open(tmp_path, read_only=True)
    with SqliteStore.open(tmp_path) as store:
        assert schema.version(store.db) == len(newer)
        assert exported(store) == before
    SqliteStore.open(tmp_path, read_only=True).close()


def test_a_migration_that_fails_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteStore.open(tmp_path).close()

    def fails(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (id)")
        db.execute("SELECT * FROM nowhere")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, fails))
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore.open(tmp_path)
    monkeypatch.undo()
    with SqliteStore.open(tmp_path) as store:
        assert store.db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


# -- bad storage -----------------------------------------------------------------------------------


def test_reading_without_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match="lineagraph ingest"):
        SqliteStore.open(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"SELECT 1;" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        SqliteStore.open(tmp_path, read_only=read_only)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot create"):
        SqliteStore.open(tmp_path / "file" / "project")


def test_a_failure_at_the_last_moment_is_forgotten_in_memory_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore.open(tmp_path / "one") as store, SqliteStore.open(tmp_path / "other") as other:
        store.apply([change("a.sql", FLOWS)])

        def fails(_: Batch) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        flows = [("s.orders.new", "m.rev.new", EdgeKind.IDENTITY), ("x.y.z", "m.rev", EdgeKind.SORT)]
        with monkeypatch.context() as patched:
            patched.setattr(Batch, "_write_tallies", fails)
            with pytest.raises(StoreError, match="disk is full"):
                store.apply([change("b.sql", flows)], ["a.sql"])
        store.apply([change("b.sql", flows)])
        other.apply([change("a.sql", FLOWS), change("b.sql", flows)])
        assert exported(store) == exported(other)
        assert store.statistics() == other.statistics()


def test_a_full_disk_keeps_the_state_before_the_batch(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path) as store:
        store.apply([change("a.sql", FLOWS)])
        before = exported(store)
        pages = store.db.execute("PRAGMA page_count").fetchone()[0]
        store.db.execute(f"PRAGMA max_page_count = {pages + 2}")
        many = [change(f"{n}.sql", [(f"s.t{n}.c{n}", f"m.t{n}.c", EdgeKind.IDENTITY)]) for n in range(500)]
        with pytest.raises(StoreError, match="disk is full"):
            store.apply(many)
        assert exported(store) == before
        store.db.execute("PRAGMA max_page_count = 1000000")
        store.apply(many)
        assert len(records(store, "edge")) == 502
        assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
