"""A parse cache that is spoiled, cut short, foreign, full, read-only or killed: it gives what was put or nothing, and
never an error.

`LINEAGRAPH_TEST_CACHE_DAMAGE` sets how many damaged files are tried (60), `LINEAGRAPH_TEST_KILLS` how many processes
are killed (10).
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineagraph.ingest.parse_cache import CacheOptions, ParseCache
from tests.cli.runner import environment
from tests.faults.commands import can_drop_privileges, without_privileges

DAMAGE = int(os.environ.get("LINEAGRAPH_TEST_CACHE_DAMAGE", "60"))
KILLS = int(os.environ.get("LINEAGRAPH_TEST_KILLS", "10"))
NAME = "parse-cache.db"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL, no limits on files")


def key(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def value(number: int) -> bytes:
    """Between a few and some thousand bytes, some of which can be compressed."""
    return (b"%d " % number) * (number % 7) * 100 + hashlib.shake_128(b"%d" % number).digest(
        number * 37 % 2000
    )


KEYS = [key(number) for number in range(400)]
VALUES = {key(number): value(number) for number in range(400)}


def filled(path: Path) -> None:
    with ParseCache.open(path) as cache:
        cache.put_many(VALUES.items())
        assert cache.warnings == []


def works(path: Path, *, kept: bool = False) -> list[str]:
    """The cache opens, gives only what was put, takes everything, and gives it back. Returns its warnings."""
    with ParseCache.open(path) as cache:
        found = cache.get_many(KEYS)
        assert found.items() <= VALUES.items()
        assert not kept or len(found) == len(VALUES)
        cache.put_many(VALUES.items())
        assert cache.get_many(KEYS) == VALUES
        warnings = list(cache.warnings)
    with ParseCache.open(path) as cache:
        assert cache.get_many(KEYS) == VALUES
        assert cache.verify_integrity().ok
        assert cache.warnings == []
    return warnings


def aside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir() if ".corrupt-" in one.name)


# -- entries -----------------------------------------------------------------------------------------------------


def change(path: Path, sql: str, *parameters: object) -> None:
    db = sqlite3.connect(path)
    with db:
        assert db.execute(sql, parameters).rowcount > 0
    db.close()


def test_a_flipped_byte_in_a_value_is_a_miss_and_a_warning(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    db = sqlite3.connect(path)
    (number, stored) = db.execute(
        "SELECT id, value FROM stored JOIN entries USING (id) WHERE key = ?", (KEYS[5],)
    ).fetchone()
    db.close()
    spoiled = bytes([stored[0] ^ 1]) + stored[1:]
    change(path, "UPDATE stored SET value = ? WHERE id = ?", spoiled, number)
    with ParseCache.open(path, CacheOptions(start_sample=0)) as cache:
        assert set(KEYS) - set(cache.get_many(KEYS)) == {KEYS[5]}
        assert any("spoiled entries" in text for text in cache.warnings)
        assert cache.statistics().run.corrupt == 1
    with ParseCache.open(path, CacheOptions(start_sample=0)) as cache:
        assert cache.statistics().entries == len(KEYS) - 1, "it was removed"
        assert cache.statistics().total.corrupt == 1
        assert set(KEYS) - set(cache.get_many(KEYS)) == {KEYS[5]}
        assert cache.warnings == []
    works(path)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stored SET codec = 1 - codec WHERE id = 5",
        "UPDATE stored SET codec = 9223372036854775807 WHERE id = 5",
        "UPDATE stored SET codec = 'zstd' WHERE id = 5",
        "UPDATE stored SET checksum = 7 WHERE id = 5",
        "UPDATE stored SET value = CAST(x'ff' AS TEXT) WHERE id = 5",
        "UPDATE stored SET id = 1000 WHERE id = 5",
        "DELETE FROM stored WHERE id = 5",
        "UPDATE entries SET used = 'never' WHERE id = 5",
        "UPDATE entries SET id = 6 WHERE id = 5",
        "UPDATE entries SET id = 'x' WHERE id = 5",
        "UPDATE entries SET size = 'x' WHERE id = 5",
        "UPDATE entries SET lot = 'x' WHERE id = 5",
        "UPDATE entries SET key = x'00' WHERE id = 5",
        "UPDATE entries SET key = 'text' WHERE id = 5",
        "UPDATE stored SET id = 9223372036854775807 WHERE id = 5",
        "UPDATE totals SET entries = -1000, bytes = 'x'",
        "UPDATE totals SET entries = 1000000, cutoff = 1 << 60, swept = 1 << 60",
        "UPDATE totals SET hits = x'00'",
        "DELETE FROM totals",
        "DELETE FROM entries",
        "DELETE FROM stored",
    ],
)
def test_rows_that_nobody_wrote_are_no_harm(tmp_path: Path, sql: str) -> None:
    path = tmp_path / NAME
    filled(path)
    change(path, sql)
    with ParseCache.open(path, CacheOptions(start_sample=0)) as cache:
        assert cache.get_many(KEYS).items() <= VALUES.items()
        cache.statistics()
        cache.put_many([(KEYS[4], VALUES[KEYS[4]]), (KEYS[5], VALUES[KEYS[5]])])
        assert cache.get_many(KEYS).items() <= VALUES.items()
        cache.verify_integrity()
    works(path)


def test_values_that_changed_places_are_found_out(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    change(path, "UPDATE entries SET id = 400 - id WHERE id < 400")
    with ParseCache.open(path) as cache:
        assert len(cache.get_many(KEYS)) <= 2
        assert cache.warnings


def test_a_full_verification_finds_and_removes_what_is_spoiled(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    change(path, "UPDATE stored SET value = x'00' WHERE id IN (3, 7)")
    change(path, "UPDATE stored SET id = 5000 WHERE id = 9")
    with ParseCache.open(path, CacheOptions(start_sample=0)) as cache:
        report = cache.verify_integrity()
        assert (report.ok, report.checked, report.corrupt) == (False, 400, 4)  # 9 has no value; 5000 no entry
        assert cache.verify_integrity().ok
        assert cache.statistics().entries == 397


def test_opening_samples_entries(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    change(path, "UPDATE stored SET value = x'00'")
    with ParseCache.open(path) as cache:
        assert any("spoiled entries" in text for text in cache.warnings)
        assert 0 < cache.statistics().run.corrupt <= 16


def test_a_frame_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    import zstandard

    from lineagraph.ingest.cache_integrity import ZSTD, checksum

    path = tmp_path / NAME
    filled(path)
    frame = bytearray(zstandard.ZstdCompressor().compress(b"a" * (1 << 20)))
    parameters = zstandard.get_frame_parameters(bytes(frame))
    assert parameters.content_size == 1 << 20
    at = frame.index((1 << 20).to_bytes(4, "little"))
    frame[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    check = checksum(KEYS[5], ZSTD, bytes(frame))
    sql = "UPDATE stored SET codec = 1, value = ?, checksum = ? WHERE id = (SELECT id FROM entries WHERE key = ?)"
    change(path, sql, bytes(frame), check, KEYS[5])
    script = """
with ParseCache.open(path) as cache:
    assert set(KEYS) - set(cache.get_many(KEYS)) == {KEYS[5]}
    assert cache.statistics().state == "on", cache.warnings
"""
    run(script, path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)))


# -- the file ----------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / NAME
    for number in range(1, 5):
        text = b"not a database, and longer than a header of SQLite would be: " * 40 + b"%d" % number
        path.write_bytes(text)
        (warning,) = works(path)
        assert f"{path} is damaged" in warning
        assert f"moved to {path}.corrupt-{number}" in warning
        assert (tmp_path / f"{NAME}.corrupt-{number}").read_bytes() == text
        assert len(aside(path)) <= 2, "a few are kept, not all"
    assert aside(path) == [f"{NAME}.corrupt-3", f"{NAME}.corrupt-4"]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.6, 0.99])
def test_a_file_that_was_cut_short(tmp_path: Path, share: float) -> None:
    path = tmp_path / NAME
    filled(path)
    with open(path, "r+b") as file:
        file.truncate(int(path.stat().st_size * share))
    works(path)


def test_files_damaged_at_random(tmp_path: Path) -> None:
    """Bytes flipped, pages zeroed, blocks moved, anywhere in the file: what comes out is what was put, or nothing."""
    whole = tmp_path / "whole.db"
    filled(whole)
    good = whole.read_bytes()
    moved = 0
    for number in range(DAMAGE):
        dice = random.Random(number)
        data = bytearray(good)
        for _ in range(dice.choice([1, 1, 3, 30])):
            at = dice.randrange(len(data)) if dice.random() < 0.6 else dice.randrange(20_000)
            kind = dice.randrange(3)
            if kind == 0:
                data[at] ^= 1 << dice.randrange(8)
            elif kind == 1:
                data[at : at + 512] = bytes(512)
            else:
                other = dice.randrange(len(data) - 8192)
                data[at : at + 8192] = data[other : other + 8192]
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / NAME
        path.write_bytes(data)
        with ParseCache.open(path) as cache:
            for start in range(0, len(KEYS), 50):
                part = KEYS[start : start + 50]
                found = cache.get_many(part)
                assert found.items() <= VALUES.items(), number
                cache.put_many([(one, VALUES[one]) for one in part if one not in found])
            cache.discard(KEYS[:3])
            cache.statistics()
        with ParseCache.open(path) as cache:
            cache.verify_integrity()
            cache.verify_integrity()
        foreign = any("something else" in text for text in cache.warnings)
        if not foreign:  # the mark that says whose file it is, was hit: then it is left alone
            works(path)
        moved += bool(aside(path))
        shutil.rmtree(folder)
    assert moved


@pytest.mark.parametrize("version", [0, 99])
def test_a_cache_of_another_version_is_made_anew(tmp_path: Path, version: int) -> None:
    path = tmp_path / NAME
    filled(path)
    db = sqlite3.connect(path)
    db.execute("DROP TABLE stored")
    db.execute("CREATE TABLE stored (something)")
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    (warning,) = works(path)
    assert f"{'an older' if version == 0 else 'a newer'} version of lineagraph" in warning
    assert "made anew" in warning
    assert aside(path) == []


def test_a_cache_of_another_version_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with ParseCache.open(path) as other:
        other.put_many(VALUES.items())
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 99")
        db.close()
        with ParseCache.open(path) as cache:
            assert cache.statistics().state == "off"
            cache.put_many(VALUES.items())
            assert cache.get_many(KEYS) == {}
            assert any("other processes are using it" in text for text in cache.warnings)
        assert other.get_many(KEYS) == VALUES
    works(path)


def test_somebody_elses_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "lineage.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE precious (x)")
    db.close()
    before = path.read_bytes()
    with ParseCache.open(path) as cache:
        cache.put_many(VALUES.items())
        assert cache.get_many(KEYS) == {}
        assert cache.clear() == 0
        assert not cache.verify_integrity().ok
        assert any("database of something else" in text for text in cache.warnings)
        assert cache.statistics().state == "off"
    assert path.read_bytes() == before


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.mkdir()
    (path / "file").write_text("kept")
    with ParseCache.open(path) as cache:
        cache.put_many(VALUES.items())
        assert cache.get_many(KEYS) == {}
        assert cache.statistics().run.misses == len(KEYS)
        (warning,) = cache.warnings
        assert "is a folder" in warning
    assert (path / "file").read_text() == "kept"


def test_a_file_in_the_place_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with ParseCache.open(tmp_path / "file" / NAME) as cache:
        cache.put_many(VALUES.items())
        assert cache.get_many(KEYS) == {}
        assert len(cache.warnings) == 1


def test_a_file_damaged_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    with ParseCache.open(path) as cache:
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.seek(8192)
            file.write(os.urandom(size - 8192))
        assert cache.get_many(KEYS).items() <= VALUES.items()
        assert cache.warnings
        cache.put_many(VALUES.items())
        assert cache.get_many(KEYS) == VALUES
    assert aside(path)
    works(path, kept=True)


def test_a_damaged_file_that_others_use_is_not_pulled_from_under_them(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    with ParseCache.open(path) as other, ParseCache.open(path) as cache:
        with open(path, "r+b") as file:
            file.seek(8192)
            file.write(os.urandom(path.stat().st_size - 8192))
        assert cache.get_many(KEYS).items() <= VALUES.items()
        assert cache.statistics().state == "off"
        assert any("other processes are using it" in text for text in cache.warnings)
        assert aside(path) == []
        # the last one to find out is alone
        assert other.get_many(KEYS).items() <= VALUES.items()
        assert aside(path)
    works(path)


# -- its place ---------------------------------------------------------------------------------------------------

_HEADER = """
import sys
from pathlib import Path
from lineagraph.ingest.parse_cache import CacheOptions, ParseCache
from tests.faults.test_cache_faults import KEYS, VALUES
path = Path(sys.argv[1])
"""


def run(script: str, path: Path, **options: object) -> None:
    """A script as a process of its own; `assert`s in it are the test's."""
    ended = subprocess.run(
        [sys.executable, "-c", _HEADER + script, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        env=process_environment(),
        **options,  # type: ignore[call-overload]
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stderr == ""
    assert ended.stdout == "", "a cache prints nothing"


def process_environment() -> dict[str, str]:
    plain = environment()
    return {**plain, "PYTHONPATH": os.pathsep.join([plain["PYTHONPATH"], str(Path(__file__).parents[2])])}


@pytest.mark.skipif(not can_drop_privileges, reason="root may write anywhere here")
def test_a_read_only_place_is_read_from(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    filled(folder / NAME)
    before = sorted(one.name for one in folder.iterdir())
    for mode, file_mode in ((0o555, 0o644), (0o555, 0o444), (0o755, 0o444)):
        (folder / NAME).chmod(file_mode)
        folder.chmod(mode)
        script = """
with ParseCache.open(path) as cache:
    assert cache.get_many(KEYS) == VALUES
    cache.put_many([(bytes(32), b"new")])
    cache.discard(KEYS[:1])
    assert bytes(32) not in cache.get_many([bytes(32)])
    assert cache.clear() == 0
    assert cache.verify_integrity().ok
    assert cache.statistics().state == "read-only", cache.statistics()
    assert len(cache.warnings) == 2 and "written" in cache.warnings[0], cache.warnings
"""
        run(script, folder / NAME, preexec_fn=without_privileges)
        folder.chmod(0o755)
        (folder / NAME).chmod(0o644)
        assert sorted(one.name for one in folder.iterdir()) == before
    works(folder / NAME, kept=True)


@pytest.mark.skipif(not can_drop_privileges, reason="root may write anywhere here")
def test_a_read_only_file_that_somebody_else_is_writing_to(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    filled(folder / NAME)
    with ParseCache.open(folder / NAME) as writer:
        writer.put_many([(bytes(32), b"new")])
        for one in folder.iterdir():
            one.chmod(0o444)
        folder.chmod(0o555)
        script = """
with ParseCache.open(path) as cache:
    assert len(cache.get_many([*KEYS, bytes(32)])) in (0, len(KEYS) + 1)
    assert len(cache.warnings) == 1, cache.warnings
"""
        run(script, folder / NAME, preexec_fn=without_privileges)
        folder.chmod(0o755)
        (folder / NAME).chmod(0o644)
        writer.put_many([(b"1" * 32, b"newer")])
    works(folder / NAME, kept=True)


@pytest.mark.skipif(not can_drop_privileges, reason="root may write anywhere here")
@pytest.mark.parametrize("state", ["missing", "garbage", "unreadable"])
def test_a_read_only_place_without_a_good_cache(tmp_path: Path, state: str) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    if state == "garbage":
        (folder / NAME).write_bytes(b"garbage" * 3000)
    elif state == "unreadable":
        filled(folder / NAME)
        (folder / NAME).chmod(0)
    folder.chmod(0o555)
    script = """
with ParseCache.open(path) as cache:
    cache.put_many(VALUES.items())
    assert cache.get_many(KEYS) == {}
    assert cache.statistics().state == "off"
    assert len(cache.warnings) == 1, cache.warnings
"""
    run(script, folder / NAME, preexec_fn=without_privileges)
    folder.chmod(0o755)
    assert aside(folder / NAME) == []


def no_larger_than(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("room", [0, 20_000, 40_000, 100_000, 300_000])
def test_a_full_disk(tmp_path: Path, room: int) -> None:
    """No file of the process may grow beyond a limit, which SQLite sees as a disk that is full."""
    path = tmp_path / NAME
    script = """
with ParseCache.open(path) as cache:
    for start in range(0, 400, 20):
        cache.put_many([(key, VALUES[key]) for key in KEYS[start : start + 20]])
        assert cache.get_many(KEYS).items() <= VALUES.items()
    assert cache.statistics().state != "on"
    assert len(cache.warnings) == 1, cache.warnings
"""
    run(script, path, preexec_fn=lambda: no_larger_than(room))
    works(path)
    run(script.replace('!= "on"', "").replace("== 1", "<= 1"), path, preexec_fn=lambda: no_larger_than(room))
    assert works(path, kept=True) == []


# -- many processes ----------------------------------------------------------------------------------------------

_BUSY = """
import random
dice = random.Random(int(sys.argv[2]))
with ParseCache.open(path, CacheOptions(max_entries=300)) as cache:
    for turn in range(int(sys.argv[3])):
        part = dice.sample(KEYS, 40)
        found = cache.get_many(part)
        assert found.items() <= VALUES.items()
        cache.put_many([(key, VALUES[key]) for key in part if key not in found])
        assert cache.statistics().entries <= 300
    assert cache.warnings == [], cache.warnings
"""


def busy(path: Path, seed: int, turns: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _HEADER + _BUSY, str(path), str(seed), str(turns)],
        stderr=subprocess.PIPE,
        env=process_environment(),
    )


def test_many_processes_at_once_and_some_killed(tmp_path: Path) -> None:
    path = tmp_path / NAME
    dice = random.Random(7)
    survivors = [busy(path, seed, 150) for seed in range(3)]
    killed = 0
    for seed in range(KILLS):
        victim = busy(path, 100 + seed, 100_000)
        while victim.poll() is None and not path.exists():
            time.sleep(0.01)
        time.sleep(dice.uniform(0.15, 0.5))
        victim.kill()
        victim.communicate()
        killed += victim.returncode == -signal.SIGKILL
    for child in survivors:
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 0, errors.decode()[-3000:]
    assert killed == KILLS
    assert aside(path) == []
    with ParseCache.open(path) as cache:
        assert cache.verify_integrity().ok
        found = cache.statistics()
        assert 0 < found.entries <= 300
        assert found.total.hits + found.total.misses >= 3 * 150 * 40, "counts of all processes are added up"
        assert found.total.corrupt == 0
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*), sum(size) FROM entries").fetchone() == (found.entries, found.bytes)
    assert db.execute("SELECT count(*), sum(length(value)) FROM stored").fetchone() == (
        found.entries,
        found.bytes,
    )
    db.close()
    works(path)


def test_many_processes_that_make_it_at_the_same_moment(tmp_path: Path) -> None:
    for number in range(3):
        path = tmp_path / str(number) / NAME
        if number == 1:  # all find it damaged
            path.parent.mkdir()
            path.write_bytes(b"garbage" * 3000)
        children = [busy(path, seed, 1) for seed in range(4)]
        for child in children:
            _, errors = child.communicate(timeout=60)
            if number != 1:
                assert child.returncode == 0, errors.decode()[-3000:]
            elif child.returncode:  # its last line says that it was not without warnings
                assert b"moved to" in errors or b"other processes" in errors, errors.decode()[-3000:]
        assert len(aside(path)) == (number == 1)
        works(path)


def test_a_writer_that_does_not_let_go(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    with ParseCache.open(path, CacheOptions(busy_seconds=0.05)) as cache:
        assert cache.get_many(KEYS) == VALUES
        cache.put_many([(bytes(32), b"new")])
        assert any("another process" in text for text in cache.warnings)
        assert cache.statistics().state == "on"
        db.execute("ROLLBACK")
        cache.put_many([(bytes(32), b"new")])
        assert cache.get_many([bytes(32)]) == {bytes(32): b"new"}
    db.close()
