"""Whatever was added, edited, renamed, deleted and brought back, in whatever order: the graph is the one from scratch.

`LINEAGRAPH_TEST_ORDER_RUNS` sets how many histories are played (12).
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.faults.histories import ENTANGLED, Folder, from_scratch, ingest, pool

RUNS = int(os.environ.get("LINEAGRAPH_TEST_ORDER_RUNS", "12"))
SEED = int(os.environ.get("LINEAGRAPH_TEST_ORDER_SEED", "20250301"))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return pool()


def difference(expected: bytes, found: bytes) -> str:
    """The lines that only one of two exports has."""
    before, after = set(expected.decode().splitlines()), set(found.decode().splitlines())
    missing, surplus = sorted(before - after), sorted(after - before)
    return "\n".join([*(f"- {line}" for line in missing[:6]), *(f"+ {line}" for line in surplus[:6])])


@pytest.mark.parametrize("number", range(RUNS))
def test_histories_end_where_scratch_begins(number: int, tmp_path: Path, texts: list[str]) -> None:
    dice = random.Random(SEED + number)
    folder = Folder(tmp_path / "sql", texts, dice)
    log: list[str] = []
    for _ in range(dice.randrange(2, 7)):
        log += [folder.change() for _ in range(dice.randrange(1, 12))]
        files = folder.files()
        if files and dice.random() < 0.5:
            some = dice.sample(files, dice.randrange(1, len(files) + 1))
            log.append(f"ingest {[path.name for path in some]}")
            ingest(tmp_path / "project", folder.root, *some)
        else:
            log.append("ingest all")
            found = ingest(tmp_path / "project", folder.root)
            expected = from_scratch(tmp_path / "scratch", folder.root)
            assert found == expected, "\n".join([*log, difference(expected, found)])
    found = ingest(tmp_path / "project", folder.root)
    expected = from_scratch(tmp_path / "scratch", folder.root)
    assert found == expected, "\n".join([*log, difference(expected, found)])
    assert not folder.files() or found


def test_one_file_at_a_time_in_any_order(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    folder = Folder(tmp_path / "sql", list(ENTANGLED.values()), dice)
    for name, text in ENTANGLED.items():
        folder.write(folder.root / name, text)
    expected = from_scratch(tmp_path / "scratch", folder.root)
    assert expected.count(b"\n") > 100
    for run in range(2):
        files = folder.files()
        dice.shuffle(files)
        for path in files:
            found = ingest(tmp_path / f"project{run}", folder.root, path)
        assert found == expected, difference(expected, found)


def test_touching_files_changes_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "sql", list(ENTANGLED.values()), random.Random(SEED))
    for name, text in ENTANGLED.items():
        folder.write(folder.root / name, text)
    before = ingest(tmp_path / "project", folder.root)
    for path in folder.files():
        os.utime(path, (1, 1))
        path.chmod(0o600)
    assert ingest(tmp_path / "project", folder.root) == before


def test_everything_deleted_leaves_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "sql", list(ENTANGLED.values()), random.Random(SEED))
    for name, text in ENTANGLED.items():
        folder.write(folder.root / name, text)
    assert ingest(tmp_path / "project", folder.root)
    for path in folder.files():
        path.unlink()
    assert ingest(tmp_path / "project", folder.root) == b""
