"""When batches are flushed, what is in them, and that none gets lost; time is what the test says it is."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.ingest.batches import Batch, BatchError, BatchOptions, BatchProcessor, EventKind

CHANGED, DELETED, OVERFLOW = EventKind.CHANGED, EventKind.DELETED, EventKind.OVERFLOW


class Bench:
    """A processor whose clock stands still until `wait`; sizes are the number at the end of a path."""

    def __init__(self, failures: int = 0, **options: object) -> None:
        self.now = 1000.0
        self.batches: list[Batch] = []
        self.sleeps: list[float] = []
        self.reports: list[tuple[Batch, str]] = []
        self.failures = failures
        self.during_flush = lambda: None
        self.processor = BatchProcessor(
            self.flush,
            BatchOptions(**options),  # type: ignore[arg-type]
            on_failure=lambda batch, error: self.reports.append((batch, str(error))),
            size_of=lambda path: int(path.rpartition("=")[2]) if "=" in path else 1,
            clock=lambda: self.now,
            sleep=self.sleeps.append,
        )

    def flush(self, batch: Batch) -> None:
        self.during_flush()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the disk is on fire")
        self.batches.append(batch)

    def add(self, *paths: str) -> None:
        for path in paths:
            self.processor.add(path)

    def wait(self, seconds: float) -> int:
        """Let time pass and flush what is due then; returns how many batches were flushed."""
        self.now += seconds
        count = 0
        while self.processor.run_due():
            count += 1
        return count

    def paths(self) -> list[tuple[str, ...]]:
        return [batch.paths for batch in self.batches]


def test_a_batch_is_flushed_when_nothing_has_happened_for_the_window() -> None:
    bench = Bench(window_seconds=5)
    assert bench.processor.due_in() is None
    bench.add("a")
    assert bench.processor.due_in() == 5
    assert bench.wait(4.9) == 0
    bench.add("b")
    assert bench.wait(4.9) == 0
    assert bench.wait(0.2) == 1
    assert bench.paths() == [("a", "b")]
    assert bench.wait(100) == 0


def test_a_file_written_for_ever_does_not_hold_the_others_back() -> None:
    bench = Bench(window_seconds=5, longest_wait_seconds=30)
    bench.add("first")
    for _ in range(7):
        assert bench.wait(4) == 0
        bench.add("log")
    assert bench.wait(2) == 1
    assert bench.paths() == [("first", "log")]


def test_the_threshold_counts_distinct_paths() -> None:
    bench = Bench(threshold=3)
    bench.add("a", "a", "b", "b", "a")
    assert bench.wait(0) == 0
    bench.add("c")
    assert bench.wait(0) == 1
    assert bench.paths() == [("a", "b", "c")]


def test_of_one_path_the_last_event_counts() -> None:
    bench = Bench()
    for path, kind in (("a", CHANGED), ("b", DELETED), ("a", DELETED), ("b", CHANGED)):
        bench.processor.add(path, kind)
    bench.wait(5)
    assert bench.batches == [Batch(("b",), ("a",))]


def test_memory_is_bounded() -> None:
    bench = Bench(memory_bytes=100)
    bench.add("a=60", "a=60", "b=30")
    assert bench.wait(0) == 0, "the same file twice is one file"
    bench.add("c=20", "d=500", "e=1")
    assert bench.wait(0) == 3
    bench.wait(5)
    assert bench.paths() == [("a=60", "b=30"), ("c=20",), ("d=500",), ("e=1",)]


def test_a_file_that_shrinks_or_goes_gives_its_memory_back() -> None:
    bench = Bench(memory_bytes=100)
    bench.add("a=90")
    bench.processor.add("a=90", DELETED)
    bench.add("b=90")
    assert bench.wait(0) == 0


def test_flush_now_flushes_all_that_is_pending_and_nothing_later() -> None:
    bench = Bench(memory_bytes=10)
    bench.add("a=6", "b=6")
    bench.processor.flush_now()
    assert bench.wait(0) == 2
    bench.processor.flush_now()
    bench.add("c")
    assert bench.wait(0) == 1
    bench.add("d")
    assert bench.wait(0) == 0


def test_without_batching_every_path_is_a_batch() -> None:
    bench = Bench(batching=False, rescan_paths=2)
    bench.add("b", "a", "c")
    assert bench.wait(0) == 3
    assert bench.paths() == [("b",), ("a",), ("c",)]


def test_realtime_does_not_wait() -> None:
    bench = Bench(realtime=True)
    bench.add("a", "b")
    assert bench.wait(0) == 1
    assert bench.paths() == [("a", "b")]


def test_an_overflow_is_one_look_at_everything() -> None:
    bench = Bench()
    bench.add("a")
    bench.processor.overflow()
    bench.add("b")
    assert bench.processor.pending() == 1
    assert bench.wait(4) == 0
    bench.wait(1)
    assert bench.batches == [Batch(rescan=True)]


def test_many_paths_are_one_look_at_everything() -> None:
    bench = Bench(threshold=10_000, rescan_paths=100)
    bench.processor.add_all([(f"{number}", CHANGED) for number in range(5000)])
    assert bench.processor.pending() == 1
    bench.wait(5)
    assert bench.batches == [Batch(rescan=True)]


def test_what_happens_during_a_flush_is_the_next_batch() -> None:
    bench = Bench(threshold=2)

    def more() -> None:
        bench.during_flush = lambda: None
        bench.add("b", "c")

    bench.during_flush = more
    bench.add("a", "b")
    assert bench.wait(0) == 2
    assert bench.paths() == [("a", "b"), ("b", "c")]


def test_a_flush_that_fails_is_tried_again_later_and_later() -> None:
    bench = Bench(failures=3, attempts=4, first_delay_seconds=1)
    bench.add("a")
    bench.wait(5)
    assert bench.paths() == [("a",)]
    assert bench.reports == []
    assert len(bench.sleeps) == 3
    assert all(2**n <= slept <= 2**n + 0.5 for n, slept in enumerate(bench.sleeps))


def test_a_flush_that_keeps_failing_is_reported_and_its_paths_stay_pending() -> None:
    bench = Bench(failures=2, attempts=2, again_seconds=30)
    bench.add("a", "b")
    bench.processor.add("gone", DELETED)
    bench.wait(5)
    assert bench.reports == [(Batch(("a", "b"), ("gone",)), "the disk is on fire")]
    assert bench.processor.pending() == 3
    assert bench.wait(29) == 0
    assert bench.wait(1) == 1
    assert bench.batches == [Batch(("a", "b"), ("gone",))]


def test_after_a_failure_a_new_event_counts_more_and_does_not_wait_longer() -> None:
    bench = Bench(failures=1, attempts=1, again_seconds=1000)
    bench.during_flush = lambda: bench.processor.add("a", DELETED) if bench.failures else None
    bench.add("a", "b")
    bench.wait(5)
    bench.add("c")
    assert bench.wait(5) == 1
    assert bench.batches == [Batch(("b", "c"), ("a",))]


def test_a_look_at_everything_that_fails_stays_one() -> None:
    bench = Bench(failures=1, attempts=1)
    bench.processor.overflow()
    bench.wait(5)
    bench.add("a")
    bench.wait(1000)
    assert bench.batches == [Batch(rescan=True)]


def test_an_interrupt_is_passed_on_and_loses_nothing() -> None:
    bench = Bench()

    def interrupt() -> None:
        raise KeyboardInterrupt

    bench.during_flush = interrupt
    bench.add("a")
    with pytest.raises(KeyboardInterrupt):
        bench.wait(5)
    assert bench.reports == []
    assert bench.processor.pending() == 1


def test_close_flushes_what_is_pending_and_takes_no_more() -> None:
    bench = Bench(memory_bytes=10)
    bench.add("a=6", "b=6")
    bench.processor.close()
    assert bench.paths() == [("a=6",), ("b=6",)]
    with pytest.raises(BatchError, match="closed"):
        bench.add("c")


def test_close_can_drop_what_is_pending() -> None:
    bench = Bench()
    bench.add("a")
    bench.processor.close(flush=False)
    assert bench.batches == []


def test_a_batch_that_fails_at_the_end_is_reported_and_ends() -> None:
    bench = Bench(failures=100)
    bench.add("a")
    bench.processor.close()
    assert [batch.paths for batch, _ in bench.reports] == [("a",)]


@pytest.mark.parametrize(
    "options",
    [{"threshold": 0}, {"window_seconds": -1}, {"window_seconds": float("nan")}, {"memory_bytes": 0}],
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        BatchOptions(**options)  # type: ignore[arg-type]


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([CHANGED, DELETED]), st.sampled_from("abcdef")),
        st.tuples(st.just(OVERFLOW), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from(["1", "4", "31"])),
        st.tuples(st.just("fail"), st.sampled_from("123")),
    ),
    max_size=30,
)


@given(steps, st.booleans(), st.integers(1, 4), st.integers(1, 6), st.booleans())
def test_every_event_ends_in_a_batch_after_it(
    events: list[tuple[str, str]], batching: bool, threshold: int, rescan_paths: int, realtime: bool
) -> None:
    bench = Bench(
        batching=batching, threshold=threshold, rescan_paths=rescan_paths, realtime=realtime, attempts=2
    )
    owed: dict[str, str] = {}
    paid = 0
    for kind, value in [*events, ("wait", "1000"), ("wait", "1000"), ("wait", "1000")]:
        if kind == "wait":
            bench.wait(float(value))
        elif kind == "fail":
            bench.failures = int(value)
        else:
            bench.processor.add_all([(value, EventKind(kind))])
            owed[value] = kind
        for batch in bench.batches[paid:]:
            if batch.rescan:
                owed.clear()
            for path in batch.changed:
                assert owed.pop(path) == CHANGED
            for path in batch.deleted:
                assert owed.pop(path) == DELETED
            assert batching or len(batch.paths) <= 1
        paid = len(bench.batches)
    assert owed == {}


def test_events_of_many_threads_all_arrive_and_flushes_do_not_overlap() -> None:
    seen: list[str] = []
    at_once: list[int] = []
    running = 0

    def flush(batch: Batch) -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        seen.extend(batch.paths)
        running -= 1

    with BatchProcessor(
        flush, BatchOptions(realtime=True, rescan_paths=10**6), size_of=lambda _: 1
    ) as processor:

        def work(number: int) -> None:
            for turn in range(300):
                processor.add(f"{number}/{turn}")
                if turn % 50 == 0:
                    processor.run_due()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == sorted(f"{number}/{turn}" for number in range(8) for turn in range(300))
    assert set(at_once) == {1}


def test_closing_ends_the_wait_between_attempts() -> None:
    """With the real clock: the second attempt is an hour away, and close does not take one."""
    failed = threading.Event()
    reports: list[Batch] = []

    def flush(_: Batch) -> None:
        failed.set()
        raise RuntimeError("no")

    options = BatchOptions(realtime=True, first_delay_seconds=3600)
    with BatchProcessor(flush, options, on_failure=lambda batch, _: reports.append(batch)) as processor:
        processor.add("a")
        assert failed.wait(30)
    assert [batch.paths for batch in reports][:1] == [("a",)]
