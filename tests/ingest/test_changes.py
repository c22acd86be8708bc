"""What counts as changed: by what `stat` says, at what time it was said, and where one could not look."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.ingest.changes import (
    STEP_NS,
    Changes,
    Known,
    compare,
    compare_looks,
    covering,
    looks,
    looks_when_read,
    renamed,
)
from lineagraph.ingest.discover import FoundFile, discover

WRITTEN = 1_700_000_000_000_000_000
READ = WRITTEN + 60 * 10**9


def found(path: str = "a.sql", **fields: int) -> FoundFile:
    values = {"size": 8, "mtime_ns": WRITTEN, "inode": 7, "ctime_ns": WRITTEN, **fields}
    return FoundFile(path, f"/root/{path}", **values)


def known(path: str = "a.sql", **fields: int) -> Known:
    values = {
        "size": 8,
        "mtime_ns": WRITTEN,
        "inode": 7,
        "ctime_ns": WRITTEN,
        "recorded_ns": READ,
        "context": 0,
    }
    return Known(path, **{**values, **fields}, content_hash=b"h")


def changed(file: FoundFile, row: Known, **options: int) -> bool:
    result = compare([file], [row], **options)
    assert result.gone == []
    assert len(result.unchanged) + len(result.to_hash) == 1
    return bool(result.to_hash)


def test_what_looks_as_it_did_is_left_alone() -> None:
    assert compare([found()], [known()]) == Changes(["a.sql"], [], [])


@pytest.mark.parametrize("field", ["size", "mtime_ns", "inode", "ctime_ns"])
def test_whatever_moved_makes_a_file_be_read(field: str) -> None:
    assert changed(found(**{field: 9}), known())


def test_a_file_read_in_another_way_is_read_again() -> None:
    assert changed(found(), known(context=1))
    assert not changed(found(), known(context=1), context=1)


@pytest.mark.parametrize("field", ["mtime_ns", "ctime_ns"])
@pytest.mark.parametrize(
    ("before", "is_changed"),
    [(STEP_NS + 1, False), (STEP_NS, True), (1, True), (0, True), (-1, True), (-(10**12), True)],
)
def test_a_file_written_within_one_step_of_the_clock_before_it_was_read_may_have_changed_since(
    field: str, before: int, is_changed: bool
) -> None:
    times = {field: READ - before}
    assert changed(found(**times), known(**times)) is is_changed


def test_a_file_that_could_not_be_read_is_tried_again_however_old_it_is() -> None:
    assert changed(found(mtime_ns=-(10**13)), known(mtime_ns=-(10**13), recorded_ns=0, ctime_ns=0))


def test_a_change_time_that_was_not_recorded_is_not_compared() -> None:
    assert not changed(found(ctime_ns=READ), known(ctime_ns=0))


def test_new_and_gone_files() -> None:
    result = compare([found("b.sql"), found("c.sql")], [known("a.sql"), known("b.sql")])
    assert result == Changes(["b.sql"], [found("c.sql")], ["a.sql"])


def test_only_what_was_asked_for_and_could_be_looked_into_is_gone() -> None:
    rows = [known(path) for path in ("sql/a.sql", "sql/x/b.sql", "sql/x.sql", "sqlx/c.sql", "d.sql")]
    assert compare([], rows, roots=["sql/"], unseen=["sql/x/"]).gone == ["sql/a.sql", "sql/x.sql"]
    assert compare([], rows, roots=["d.sql", "sql/x.sql"]).gone == ["d.sql", "sql/x.sql"]
    assert compare([], rows, roots=[""], unseen=[""]).gone == []


@pytest.mark.parametrize(
    ("places", "covered", "not_covered"),
    [
        ([], [], ["a.sql", "../a.sql"]),
        ([""], ["a.sql", "x/a.sql", "..a/b.sql"], ["../a.sql"]),
        (["../"], ["a.sql", "../a.sql", "../x/a.sql"], ["../../a.sql"]),
        (["../", "../../"], ["../../a.sql"], ["../../../a.sql"]),
        (["../x/"], ["../x/a.sql"], ["a.sql", "x/a.sql", "../y/a.sql", "../../x/a.sql"]),
        (["a../", "b.sql"], ["a../a.sql", "b.sql"], ["a.sql", "b.sql/c.sql", "xb.sql"]),
    ],
)
def test_what_a_place_covers(places: list[str], covered: list[str], not_covered: list[str]) -> None:
    covers = covering(places)
    assert [path for path in covered + not_covered if covers(path)] == covered


def test_rows_of_sqlite_are_taken_as_they_are() -> None:
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE TABLE sources (path, size, mtime_ns, inode, ctime_ns, recorded_ns, context, content_hash)"
    )
    db.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?)", known())
    assert compare([found()], db.execute("SELECT * FROM sources")).unchanged == ["a.sql"]
    db.close()


def test_renames_are_told_by_content() -> None:
    gone = {"z.sql": b"1", "b.sql": b"2", "a.sql": b"1", "empty.sql": b""}
    assert renamed([("new.sql", b"1"), ("other.sql", b"3"), ("copy.sql", b"1"), ("e.sql", b"")], gone) == {
        "new.sql": "a.sql",
        "copy.sql": "a.sql",
    }


numbers = st.integers(0, 2) | st.sampled_from(
    [READ - STEP_NS, READ - STEP_NS - 1, READ, -1, 2**63, 2**64, 2**80]
)


@given(*[numbers] * 8, st.booleans(), st.integers(0, 1))
def test_looks_tell_what_the_columns_tell(
    size: int, mtime_ns: int, inode: int, ctime_ns: int, size2: int, mtime2: int, inode2: int, ctime2: int, same: bool,
    context: int,
) -> None:  # fmt: skip
    before = FoundFile("a.sql", "a.sql", size, mtime_ns, inode, ctime_ns)
    now = before if same else FoundFile("a.sql", "a.sql", size2, mtime2, inode2, ctime2)
    # a column that is 0 stands for a time that was not recorded; in the looks it is a time like others
    ctime = ctime_ns if ctime_ns else -(10**15)
    row = Known("a.sql", size, mtime_ns, inode, ctime, READ, 0, b"")
    columns = FoundFile("a.sql", "", now.size, now.mtime_ns, now.inode, now.ctime_ns or -(10**15))
    kept = looks_when_read(before, 0, READ)
    assert (
        compare_looks([now], {"a.sql": kept}, context=context).unchanged
        == compare([columns], [row], context=context).unchanged
    )
    assert (looks(before) == looks(now)) is (before == now)


def test_a_file_that_was_not_read_looks_like_nothing() -> None:
    assert looks_when_read(found(mtime_ns=0, ctime_ns=0), 0, 0) == b""
    assert looks_when_read(found(), 0, READ) != b""


def test_gone_files_by_their_looks() -> None:
    rows = {"sql/a.sql": b"1", "sql/x/b.sql": b"1", "c.sql": b""}
    assert compare_looks([found("d.sql")], rows, roots=["sql/"], unseen=["sql/x/"]) == Changes(
        [], [found("d.sql")], ["sql/a.sql"]
    )


paths = st.sampled_from(["a.sql", "b.sql", "x/a.sql", "../c.sql"])
files = st.dictionaries(paths, st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)))


@given(files, files, st.integers(0, 4))
def test_every_file_is_in_one_place(
    now: dict[str, tuple[int, ...]], then: dict[str, tuple[int, ...]], read: int
) -> None:
    result = compare(
        [FoundFile(path, path, *values) for path, values in now.items()],
        [Known(path, *values, 0, read, 0, b"") for path, values in then.items()],
        roots=["../"],
        step_ns=1,
    )
    hashed = [file.path for file in result.to_hash]
    assert sorted(result.unchanged + hashed) == sorted(now)
    assert sorted(result.gone) == sorted(then.keys() - now.keys())
    for path in result.unchanged:
        assert now[path] == then[path]
        assert now[path][1] < read - 1


def test_a_file_rewritten_right_after_it_was_read_is_noticed(tmp_path: Path) -> None:
    """Same size, same inode, and the times set back to what they were, as far as a program can."""
    path = tmp_path / "a.sql"
    for turn in range(50):
        path.write_text(f"select {turn:4}")
        before = discover([tmp_path], root=tmp_path)
        (file,) = before.files
        row = Known(
            file.path,
            file.size,
            file.mtime_ns,
            file.inode,
            file.ctime_ns,
            time.time_ns(),
            0,
            path.read_bytes(),
        )
        path.write_text(f"SELECT {turn:4}")
        os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
        after = discover([tmp_path], root=tmp_path)
        assert [f.path for f in compare(after.files, [row], roots=after.roots).to_hash] == ["a.sql"]
