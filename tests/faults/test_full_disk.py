"""A disk that fills up while a project is ingested, its cache is written, or somebody waits: one line, nothing lost."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineagraph import Project
from tests.faults.commands import lineagraph, one_line
from tests.faults.forks import Child, batches_of, command
from tests.faults.histories import export, from_scratch, pool
from tests.faults.test_kills import intact, write_turn

Disk = Callable[[int], Path]
"""Makes the file system so many kilobytes large; returns where it is."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A file system of its own, empty; where none can be made, nothing is tested."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = shutil.which("mount")
    made = mount is not None and os.geteuid() == 0
    if made:
        command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)]
        made = subprocess.run(command, capture_output=True).returncode == 0
    if not made:
        pytest.skip("only root can make a small file system")

    def resized(kilobytes: int) -> Path:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(where)], check=True)
        return where

    yield resized
    subprocess.run(["umount", str(where)], check=True)


def ingested(folder: Path, directory: Path, *options: str | Path) -> tuple[int, str]:
    """(exit status, what it said), in a process of its own and in small batches."""

    def work() -> int:
        os.chdir(folder)
        batches_of(10)
        return command("ingest", ".", "--project", directory, "--workers", "1", *options)

    return Child(work).wait()


def state_of(directory: Path) -> bytes:
    with Project(directory) as project:
        return export(project)


def test_it_is_one_line_and_loses_nothing(tmp_path: Path, disk: Disk) -> None:
    """At any size at all: what is full may be the lock, the database, its log, their shared memory, or the cache."""
    folder, directory = tmp_path / "sql", disk(64_000) / "project"
    dice = random.Random(3)
    write_turn(folder, pool(), 1, 40)
    ingested(folder, directory)
    kept = tmp_path / "kept"
    shutil.copytree(directory, kept)
    write_turn(folder, pool(), 2, 250)
    expected = from_scratch(tmp_path / "scratch", folder)
    failed = 0
    for number in range(14):
        disk(64_000)
        shutil.rmtree(directory)
        if number % 3:
            shutil.copytree(kept, directory)
        used = sum(path.stat().st_size for path in directory.glob("*")) // 1024 + 8
        disk(used + 4 * dice.randrange(0, 600))
        status, err = ingested(folder, directory)
        assert status in (0, 1, 3), (status, err)
        if status == 3:
            failed += 1
            message = one_line(err)
            assert str(directory) in message
            assert "disk" in message or "no space" in message.lower(), message
        disk(64_000)
        if (directory / "lineage.db").exists():
            intact(directory)
        assert ingested(folder, directory)[0] in (0, 1)
        assert state_of(directory) == expected
    assert failed >= 3


def test_where_only_the_cache_is_nothing_is_lost_but_time(tmp_path: Path, disk: Disk) -> None:
    folder, directory = tmp_path / "sql", tmp_path / "project"
    write_turn(folder, pool(), 2, 250)
    expected = from_scratch(tmp_path / "scratch", folder)
    for kilobytes in (4, 40, 120, 400):
        where = disk(64_000)
        for path in [*where.iterdir(), *directory.glob("*")]:
            path.unlink()
        disk(kilobytes)
        status, err = ingested(folder, directory, "--cache", where / "cache.db")
        assert status in (0, 1), err
        assert err.count("\n") <= 1, err
        assert state_of(directory) == expected


def test_while_it_is_read(tmp_path: Path, disk: Disk) -> None:
    """A reader of a project on a full disk gets its answers."""
    folder, directory = tmp_path / "sql", disk(64_000) / "project"
    write_turn(folder, pool(), 1, 40)
    ingested(folder, directory)
    before = state_of(directory)
    with open(directory.parent / "rest", "wb") as rest, pytest.raises(OSError, match="space"):
        rest.write(bytes(128 << 20))
    assert state_of(directory) == before
    assert lineagraph("search", "orders", "--project", directory).status == 0


def test_a_limit_of_the_process_is_told_alike(tmp_path: Path) -> None:
    """The same without root: no file of the process may grow beyond a limit."""
    folder, directory = tmp_path / "sql", tmp_path / "project"
    texts = pool()
    write_turn(folder, texts, 1, 60)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    write_turn(folder, texts, 2, 700)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    ended = lineagraph("ingest", ".", "--project", directory, cwd=folder, prepare=limited)
    assert ended.status == 3
    one_line(ended.err)
    intact(directory)
    assert lineagraph("ingest", ".", "--project", directory, cwd=folder).status in (0, 1)
    assert state_of(directory) == from_scratch(tmp_path / "scratch", folder)
