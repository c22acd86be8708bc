"""The parse cache gives back what was put or nothing, keeps its bounds, and keeps a share when they are too small."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineagraph.ingest.parse_cache import CacheOptions, ParseCache, cache_key

DAY = 86_400.0
START = 1_750_000_000.0


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


def key(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def value(number: int, size: int = 40) -> bytes:
    """Bytes of that length that compression makes nothing of."""
    return hashlib.shake_128(b"%d" % number).digest(size)


def entries(numbers: range, size: int = 40) -> list[tuple[bytes, bytes]]:
    return [(key(number), value(number, size)) for number in numbers]


Opener = Callable[..., ParseCache]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Opener:
    """Opens the cache of this test, with the clock of this test."""

    def open_cache(**options: object) -> ParseCache:
        return ParseCache.open(tmp_path / "parse-cache.db", CacheOptions(**options), clock=clock)  # type: ignore[arg-type]

    return open_cache


# -- values ------------------------------------------------------------------------------------------------------


def test_values_come_back_after_the_cache_was_closed(opened: Opener) -> None:
    texts = {key(1): b"", key(2): b"\0" * 100_000, key(3): value(3, 5000), key(4): b"select 1;" * 300}
    with opened() as cache:
        cache.put_many(texts.items())
        assert cache.get_many([*texts, key(9), key(1)]) == texts
    with opened() as cache:
        assert cache.get_many([key(9), *texts]) == texts
        assert cache.get_many([]) == {}
        assert cache.warnings == []


def test_large_values_are_compressed_and_small_or_dense_ones_are_not(opened: Opener) -> None:
    for text, stored in ((b"ab" * 5000, 100), (b"ab" * 50, 100), (value(1, 5000), 5000)):
        with opened() as cache:
            cache.clear()
            cache.put_many([(key(1), text)])
            size = cache.statistics().bytes
            assert size < stored if stored < len(text) else size == len(text)


def test_of_two_values_for_a_key_the_later_counts(opened: Opener) -> None:
    with opened() as cache:
        cache.put_many([(key(1), b"one"), (key(1), b"two")])
        assert cache.get_many([key(1)]) == {key(1): b"two"}
        cache.put_many([(key(1), b"three!")])
        cache.put_many([(key(1), b"three!")])
        assert cache.get_many([key(1)]) == {key(1): b"three!"}
        assert (cache.statistics().entries, cache.statistics().bytes) == (1, 6)


def test_a_key_of_another_length_is_a_mistake_of_the_caller(opened: Opener) -> None:
    with opened() as cache:
        with pytest.raises(ValueError, match="32 bytes"):
            cache.get_many([b"short"])
        with pytest.raises(ValueError, match="32 bytes"):
            cache.put_many([(key(1), b"fine"), (b"short", b"")])
        assert cache.statistics().entries == 0


def test_a_discarded_entry_is_gone_at_once_and_for_good(opened: Opener) -> None:
    with opened() as cache:
        cache.put_many(entries(range(3)))
        cache.discard([key(1)])
        assert set(cache.get_many([key(0), key(1)])) == {key(0)}
    with opened() as cache:
        assert set(cache.get_many([key(0), key(1)])) == {key(0)}
        cache.discard([key(0)])
        cache.put_many([(key(0), b"better")])
        assert cache.get_many([key(0)]) == {key(0): b"better"}


def test_clear_removes_all_and_makes_the_file_small(opened: Opener, tmp_path: Path) -> None:
    with opened() as cache:
        cache.put_many(entries(range(100), 5000))
        cache.get_many([key(1)])
        assert cache.clear() == 100
        found = cache.statistics()
        assert (found.entries, found.bytes, found.total.hits) == (0, 0, 0)
        assert cache.get_many([key(1)]) == {}
    assert os.path.getsize(tmp_path / "parse-cache.db") < 100_000


# -- keys --------------------------------------------------------------------------------------------------------

PARTS = st.tuples(
    st.binary(max_size=6), st.text("?a:1 ", max_size=4), st.binary(max_size=4), st.integers(0, 20)
)


@given(st.lists(PARTS, min_size=2, max_size=2, unique=True))
def test_different_parts_have_different_keys(two: list[tuple[bytes, str, bytes, int]]) -> None:
    first, second = (cache_key(*parts) for parts in two)
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((b"ab", "c", b"", 1), (b"b", "ca", b"", 1)),
        ((b"", "a", b"b", 1), (b"", "ab", b"", 1)),
        ((b"", "", b"1:a", 1), (b"1:a", "", b"", 1)),
        ((b"x", "", b"", 1), (b"x", "", b"", 11)),
    ],
)
def test_parts_do_not_run_into_each_other(
    first: tuple[bytes, str, bytes, int], second: tuple[bytes, str, bytes, int]
) -> None:
    assert cache_key(*first) != cache_key(*second)


# -- bounds ------------------------------------------------------------------------------------------------------


def test_the_bound_on_entries_is_kept(opened: Opener, clock: Clock) -> None:
    with opened(max_entries=100) as cache:
        for start in range(0, 1000, 30):
            clock.time += DAY
            cache.put_many(entries(range(start, start + 30)))
            assert cache.statistics().entries <= 100
        found = cache.statistics()
        assert found.entries > 60
        assert found.run.evictions > 500
        assert found.run.evictions + found.run.refused + found.entries == 1020


def test_the_oldest_goes_first(opened: Opener, clock: Clock) -> None:
    """More than the lot apart, nothing but age decides."""
    with opened(max_entries=100) as cache:
        for start in range(0, 600, 40):
            clock.time += 8 * DAY
            cache.put_many(entries(range(start, start + 40)))
        assert len(cache.get_many([key(number) for number in range(560, 600)])) == 40
        assert cache.get_many([key(number) for number in range(480)]) == {}


def test_the_bound_on_bytes_is_kept(opened: Opener, clock: Clock) -> None:
    with opened(max_bytes=100_000) as cache:
        for start in range(0, 200, 10):
            clock.time += DAY
            cache.put_many(entries(range(start, start + 10), 2000))
            assert cache.statistics().bytes <= 100_000
        assert cache.statistics().entries > 40
        cache.put_many([(key(-1), value(-1, 100_001))])
        assert cache.get_many([key(-1)]) == {}
        assert cache.statistics().run.refused >= 1
        assert cache.statistics().entries > 40, "one value that is too large costs no other"


def test_what_is_used_stays(opened: Opener, clock: Clock) -> None:
    with opened(max_entries=100) as cache:
        cache.put_many(entries(range(20)))
        for start in range(100, 1000, 30):
            clock.time += DAY
            assert len(cache.get_many([key(number) for number in range(20)])) == 20, (
                "the used ones are still there"
            )
            cache.put_many(entries(range(start, start + 30)))


def test_a_cache_opened_with_smaller_bounds_shrinks(opened: Opener) -> None:
    with opened() as cache:
        cache.put_many(entries(range(100)))
    with opened(max_entries=10) as cache:
        cache.put_many(entries(range(100, 101)))
        assert cache.statistics().entries <= 10


@pytest.mark.parametrize("days_between", [0, 1, 3])
def test_a_project_larger_than_the_cache_keeps_a_share(
    opened: Opener, clock: Clock, days_between: int
) -> None:
    """Files are asked for in the same order in each run: by age alone, not one of them would be found."""
    files, room = 2000, 1000
    shares: list[float] = []
    for _ in range(6):
        hits = 0
        with opened(max_entries=room) as cache:
            for start in range(0, files, 50):
                batch = range(start, start + 50)
                found = cache.get_many([key(number) for number in batch])
                cache.put_many([entry for entry in entries(batch) if entry[0] not in found])
                hits += len(found)
        shares.append(hits / files)
        clock.time += days_between * DAY + 1
    assert min(shares[1:]) > {0: 0.45, 1: 0.3, 3: 0.15}[days_between], shares


def test_what_would_go_first_is_not_written(opened: Opener) -> None:
    with opened(max_entries=1000) as cache:
        cache.put_many(entries(range(5000)))
        evicted = cache.statistics().run.evictions
        cache.put_many(entries(range(5000, 10_000)))
        found = cache.statistics().run
        assert found.evictions == evicted + 5000 - found.refused - (cache.statistics().entries - 950)
        assert found.refused > 3500


def test_a_project_that_changed_wholly_gets_in(opened: Opener, clock: Clock) -> None:
    """The lot must not keep yesterday's entries for ever."""
    with opened(max_entries=1000) as cache:
        cache.put_many(entries(range(1000)))
        wanted = [key(number) for number in range(5000, 5900)]
        for _ in range(8):
            clock.time += DAY
            found = cache.get_many(wanted)
            cache.put_many([entry for entry in entries(range(5000, 5900)) if entry[0] not in found])
        assert len(cache.get_many(wanted)) == 900


# -- age ---------------------------------------------------------------------------------------------------------


def test_what_nobody_used_for_a_month_is_gone(opened: Opener, clock: Clock) -> None:
    with opened() as cache:
        cache.put_many(entries(range(10)))
    clock.time += 29 * DAY
    with opened() as cache:
        assert len(cache.get_many([key(0), key(1)])) == 2
    clock.time += 2 * DAY
    with opened() as cache:
        assert set(cache.get_many([key(number) for number in range(10)])) == {key(0), key(1)}
        assert cache.statistics().entries == 10, "reading removes nothing"
    with opened() as cache:
        found = cache.statistics()
        assert (found.entries, found.total.expired) == (2, 8)


def test_an_entry_put_again_is_young_again(opened: Opener, clock: Clock) -> None:
    with opened() as cache:
        cache.put_many(entries(range(2)))
        clock.time += 31 * DAY
        cache.put_many(entries(range(1)))
        assert set(cache.get_many([key(0), key(1)])) == {key(0)}


@pytest.mark.parametrize("used", [True, False])
def test_times_from_a_clock_that_was_wrong_do_no_harm(opened: Opener, clock: Clock, used: bool) -> None:
    clock.time += 4000 * DAY
    with opened(max_entries=100) as cache:
        cache.put_many(entries(range(100)))
    clock.time = START
    with opened(max_entries=100) as cache:
        if used:
            assert len(cache.get_many([key(number) for number in range(100)])) == 100
        for start in range(1000, 2000, 50):
            clock.time += 2 * DAY
            cache.put_many(entries(range(start, start + 50)))
        assert cache.get_many([key(number) for number in range(100)]) == {}


# -- counts ------------------------------------------------------------------------------------------------------


def test_counts_of_all_runs_are_added_up(opened: Opener, clock: Clock) -> None:
    with opened() as cache:
        cache.get_many([key(1), key(2), key(1)])
        cache.put_many(entries(range(5)))
        cache.get_many([key(1), key(2)])
        found = cache.statistics()
        assert (found.run.hits, found.run.misses) == (2, 2)
        assert found.run == found.total
        assert (found.state, found.entries, found.bytes) == ("on", 5, 200)
        assert found.oldest_use == found.newest_use == START
        assert found.file_bytes > 0
    clock.time += DAY
    with opened() as cache:
        cache.get_many([key(3)])
        found = cache.statistics()
        assert (found.run.hits, found.total.hits, found.total.misses) == (1, 3, 2)
    with opened() as cache:
        found = cache.statistics()
        assert (found.run.hits, found.total.hits) == (0, 3)
        assert (found.oldest_use, found.newest_use) == (START, START + DAY)


def test_reading_writes_nothing_until_the_cache_is_closed(
    opened: Opener, clock: Clock, tmp_path: Path
) -> None:
    with opened() as cache:
        cache.put_many(entries(range(10)))
    clock.time += DAY
    with opened() as reader, opened(busy_seconds=0.05) as writer:
        with writer._file.transaction():  # pyright: ignore[reportPrivateUsage]
            assert len(reader.get_many([key(number) for number in range(10)])) == 10
        before = [(one.name, one.stat().st_size) for one in sorted(tmp_path.iterdir())]
        reader.get_many([key(number) for number in range(10)])
        assert [(one.name, one.stat().st_size) for one in sorted(tmp_path.iterdir())] == before
        assert reader.warnings == []


# -- anything ----------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 12)
PUT = st.lists(st.tuples(NUMBERS, st.sampled_from([0, 1, 2])), max_size=8)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), PUT),
        st.tuples(st.just("get"), st.lists(NUMBERS, max_size=8)),
        st.tuples(st.just("wait"), st.sampled_from([60.0, 7200.0, DAY, 20 * DAY, -DAY])),
        st.tuples(st.just("discard"), st.lists(NUMBERS, max_size=3)),
        st.tuples(st.sampled_from(["reopen", "clear", "verify"]), st.none()),
    ),
    max_size=25,
)
TEXTS = [b"small", b"large " * 400, value(1, 3000)]


@settings(max_examples=int(os.environ.get("LINEAGRAPH_TEST_CACHE_EXAMPLES", "60")), deadline=None)
@given(STEPS, st.sampled_from([1, 3, 100]), st.sampled_from([4000, 1 << 20]))
def test_whatever_happens_a_value_is_what_was_put_last_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]], most: int, most_bytes: int
) -> None:
    path, clock = tmp_path_factory.mktemp("cache") / "parse-cache.db", Clock()
    options = CacheOptions(max_entries=most, max_bytes=most_bytes)
    cache = ParseCache.open(path, options, clock=clock)
    put: dict[bytes, bytes] = {}
    for step, detail in steps:
        if step == "put":
            assert isinstance(detail, list)
            given_entries = [(key(number), TEXTS[text] + b"%d" % number) for number, text in detail]
            cache.put_many(given_entries)
            put.update(given_entries)
        elif step == "get":
            assert isinstance(detail, list)
            found = cache.get_many([key(number) for number in detail])
            assert found.items() <= put.items()
        elif step == "wait":
            assert isinstance(detail, float)
            clock.time += detail
        elif step == "discard":
            assert isinstance(detail, list)
            cache.discard([key(number) for number in detail])
            for number in detail:
                put.pop(key(number), None)
        elif step == "clear":
            cache.clear()
            put.clear()
        elif step == "verify":
            assert cache.verify_integrity().ok
        else:
            cache.close()
            cache = ParseCache.open(path, options, clock=clock)
        found = cache.statistics()
        assert found.entries <= most
        assert found.bytes <= most_bytes
    assert all("has spoiled entries" in text for text in cache.warnings)
    cache.close()


def test_a_file_of_the_users_that_was_named_by_mistake_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tables.sql"
    path.write_text("CREATE TABLE a (b INT);\n" * 200)
    before = path.read_bytes()
    with ParseCache.open(path) as cache:
        cache.put_many([(bytes(32), b"value")])
        assert "left as it is" in cache.warnings[0]
    assert path.read_bytes() == before
