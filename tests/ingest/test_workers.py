"""WorkerPool with workers that behave: same results of every kind, bounded reading, priorities, stopping."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.ingest import worker_functions as functions

from lineagraph.ingest import workers as workers_module
from lineagraph.ingest.process_workers import ProcessEngine
from lineagraph.ingest.worker_side import Preparation
from lineagraph.ingest.workers import Done, Priority, WorkerError, WorkerOptions, WorkerPool
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import encode

HERE = "tests.ingest.worker_functions"
NOTHING = Preparation("", None, b"")


def one_process(options: WorkerOptions, **more: Any) -> WorkerPool:
    """A pool with one worker process (`workers=1` is none)."""
    return WorkerPool(options, ProcessEngine(1, NOTHING), NOTHING, **more)


@pytest.fixture(scope="module", params=[1, 2, 4, "dask:2"])
def pool(request: pytest.FixtureRequest) -> Iterator[WorkerPool]:
    options = WorkerOptions(workers=request.param)
    with WorkerPool.open(options, initializer=f"{HERE}:remember", context=b"c") as opened:
        yield opened


def by_item(done: Iterator[Done[Any]]) -> dict[Any, tuple[bytes | None, str | None]]:
    results: dict[Any, tuple[bytes | None, str | None]] = {}
    for one in done:
        assert one.item not in results
        results[one.item] = (one.result, one.error)
    return results


class TestEveryKind:
    def test_each_item_comes_back_once_with_its_result(self, pool: WorkerPool) -> None:
        results = by_item(pool.run(functions.echo, range(3000)))
        assert results == {n: (str(n).encode(), None) for n in range(3000)}

    def test_no_items(self, pool: WorkerPool) -> None:
        assert list(pool.run(functions.echo, [])) == []

    def test_facts_are_those_made_here(self, pool: WorkerPool) -> None:
        items = [
            (f"CREATE TABLE t{n} AS SELECT a, b + {n} AS c FROM s{n} JOIN u USING (id)", "snowflake")
            for n in range(80)
        ]
        results = by_item(pool.run(functions.facts, items, weight=lambda item: len(item[0])))
        assert results == {item: (encode(extract(*item)), None) for item in items}

    def test_what_raises_costs_its_item_only(self, pool: WorkerPool) -> None:
        items = [("do", n) for n in range(200)]
        items[50] = ("raise", 50)
        items[51] = ("unpicklable", 51)
        items[120] = ("exit", 120)
        results = by_item(pool.run(functions.obey, items))
        assert len(results) == 200
        wrong = {number: error for (_, number), (result, error) in results.items() if result is None}
        assert wrong == {
            50: "ValueError: number 50 is not wanted",
            51: "Unpicklable: 1 and 2",
            120: "SystemExit: 3",
        }

    def test_each_worker_is_prepared_once(self, pool: WorkerPool) -> None:
        before = len(functions.calls)
        told = {done.result for done in pool.run(functions.tell, range(500))}
        assert told == {b"c 1"} if pool.workers > 1 else {b"c %d" % before}

    def test_a_function_that_gives_too_few_results(self, pool: WorkerPool) -> None:
        results = by_item(pool.run(functions.too_few, range(3)))
        assert {error for _, error in results.values()} == {"too_few gave 0 results for 1 items"}

    def test_reading_is_bounded(self, pool: WorkerPool) -> None:
        read = 0

        def numbers() -> Iterator[int]:
            nonlocal read
            for number in range(100_000):
                read += 1
                yield number

        most = 256 if pool.options.workers == "dask:2" else 64
        limit = pool.options.queue_limit * most
        run = pool.run(functions.echo, numbers())
        for taken, _ in enumerate(run, 1):
            assert read - taken <= limit + most
            if taken == 10_000:
                break
        run.close()  # type: ignore[attr-defined]
        assert read < 70_000

    def test_what_the_items_raise_is_raised(self, pool: WorkerPool) -> None:
        def broken() -> Iterator[int]:
            yield from range(10)
            raise KeyError("files")

        with pytest.raises(KeyError):
            list(pool.run(functions.echo, broken()))
        assert len(list(pool.run(functions.echo, range(10)))) == 10


class TestRuns:
    def test_a_few_chunks_are_read_ahead_and_no_more(self) -> None:
        read: list[int] = []
        options = WorkerOptions(workers=2, queue_limit=5, chunk_items=3)
        with WorkerPool.open(options) as pool:
            run = pool.run(functions.echo, (read.append(n) or n for n in range(10_000)))
            for taken in range(1, 301):
                next(run)
                # five chunks, the one being delivered, and the item that shows that a chunk is full
                assert len(read) - taken <= 3 * 6 + 1
            assert pool.statistics.queued <= 5

    def test_heavy_items_travel_alone(self, tmp_path: Path) -> None:
        options = WorkerOptions(workers=2, chunk_weight=100)
        with WorkerPool.open(options) as pool:
            light = list(pool.run(functions.echo, range(100), weight=lambda _: 10))
            chunks = pool.statistics.submitted
            heavy = list(pool.run(functions.echo, range(100), weight=lambda _: 1000))
            assert (len(light), len(heavy)) == (100, 100)
            assert chunks <= 15
            assert pool.statistics.submitted == chunks + 100

    def test_few_items_reach_all_workers(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2)) as pool:
            items = [("sleep 0.05", n) for n in range(16)]
            list(pool.run(functions.obey, items))
            assert pool.statistics.submitted >= 3

    def test_what_is_urgent_goes_first(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.touch()
        with one_process(WorkerOptions(chunk_items=1)) as pool:
            batch = pool.run(
                functions.obey,
                (("span " + str(log), n) for n in range(150)),
                priority=Priority.BATCH,
            )
            for _ in range(5):
                next(batch)
            before = log.read_text().count("+")
            urgent = pool.run(functions.obey, [("log " + str(log), -7)], priority=Priority.CRITICAL)
            assert [done.error for done in urgent] == [None]
            # two were with the worker; some may have started while we asked. First come, first served: 150.
            assert log.read_text().split("-7")[0].count("+") <= before + 20
            rest = sum(1 for _ in batch)
            assert rest == 145

    def test_runs_in_several_threads(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2)) as pool:
            results: dict[int, int] = {}

            def work(number: int) -> None:
                found = by_item(pool.run(functions.echo, range(2000), priority=Priority(number % 3)))
                results[number] = len(found)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert results == dict.fromkeys(range(6), 2000)

    @pytest.mark.parametrize(("used", "together"), [(0.2, 2), (0.95, 1), (None, 2)])
    def test_little_memory_means_one_at_a_time(
        self, used: float | None, together: int, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        options = WorkerOptions(chunk_items=1)
        engine = ProcessEngine(2, NOTHING)
        with WorkerPool(options, engine, NOTHING, memory=lambda: used) as pool:
            runs = [
                threading.Thread(
                    target=lambda: list(pool.run(functions.obey, [("span " + str(log), 0)] * 10))
                )
                for _ in range(2)
            ]
            for run in runs:
                run.start()
            for run in runs:
                run.join(60)
        assert log.read_text().count("-") == 20
        now = most = 0
        for line in log.read_text().split():
            now += 1 if line == "+" else -1
            most = max(most, now)
        assert most == together

    def test_reading_goes_on_when_memory_falls(self) -> None:
        readings = iter([0.9] * 3)
        options = WorkerOptions(chunk_items=1)
        engine = ProcessEngine(2, NOTHING)
        with WorkerPool(options, engine, NOTHING, memory=lambda: next(readings, 0.1)) as pool:
            items = [("sleep 0.05", n) for n in range(30)]
            assert len(by_item(pool.run(functions.obey, items))) == 30


class Died(Exception):
    """What a cluster says of work that was with a worker that died."""


class Crowd:
    """A lane on which several chunks share a worker, and its death: who died of what cannot be seen."""

    workers = lanes = chunk_factor = 1
    slots = 4
    ordered = False
    cut_off = ""

    def __init__(self, killers: set[int], share: int) -> None:
        self.killers = killers
        self.share = share
        self.dice = random.Random(share)
        self.given: list[tuple[Future[Any], tuple[int, ...]]] = []
        self.changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, function: Any, items: tuple[int, ...]) -> Future[Any]:
        future: Future[Any] = Future()
        with self.changed:
            self.given.append((future, items))
            self.changed.notify()
        return future

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.given)
            time.sleep(0.002)  # for more to come
            with self.changed:
                self.dice.shuffle(self.given)
                given, self.given = self.given[: self.share], self.given[self.share :]
            dead = any(item in self.killers for _, items in given for item in items)
            for future, items in given:
                if dead:
                    future.set_exception(Died())
                else:
                    future.set_result(functions.echo(items))

    def start(self) -> Future[int]:
        ready: Future[int] = Future()
        ready.set_result(0)
        return ready

    def died(self, error: BaseException) -> bool:
        return isinstance(error, Died)

    def open_lane(self) -> Crowd:
        return self

    def lost(self) -> None: ...
    def kill(self) -> None: ...
    def close(self, wait: bool = True) -> None: ...


@pytest.mark.parametrize("share", [2, 4])
@pytest.mark.parametrize("killers", [{3, *range(50, 60), 120, 299}, {*range(3, 150, 8), 50, 51, 299}])
def test_nobody_is_blamed_for_the_death_of_others(share: int, killers: set[int]) -> None:
    with WorkerPool(WorkerOptions(chunk_items=8), Crowd(killers, share), NOTHING) as pool:
        results = by_item(pool.run(functions.echo, range(300)))
        assert {item for item, (_, error) in results.items() if error} == killers
        assert len(results) == 300
        assert pool.statistics.retried < 300


class TestEnds:
    @pytest.mark.parametrize("workers", [1, 2])
    def test_stop_delivers_what_is_in_hand(self, workers: int, tmp_path: Path) -> None:
        log = tmp_path / "log"
        read = 0

        def items() -> Iterator[functions.Task]:
            nonlocal read
            for number in range(100_000):
                read += 1
                yield ("log " + str(log), number)

        with WorkerPool.open(WorkerOptions(workers=workers)) as pool:
            run = pool.run(functions.obey, items())
            delivered = [next(run).item[1] for _ in range(10)]
            pool.stop()
            delivered += [done.item[1] for done in run]
            assert sorted(delivered) == sorted(map(int, log.read_text().split()))
            assert len(delivered) < 500  # what was read ahead takes a minute
            assert read < 20_000
            assert list(pool.run(functions.obey, items())) == []

    def test_closing_ends_runs_of_other_threads(self) -> None:
        pool = WorkerPool.open(WorkerOptions(workers=2))
        first = threading.Event()
        got: list[int] = []

        def work() -> None:
            for _ in pool.run(functions.obey, (("sleep 0.2", n) for n in range(100_000))):
                got.append(1)
                first.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert first.wait(30)
        pool.close()
        thread.join(30)
        assert not thread.is_alive()
        assert list(pool.run(functions.echo, range(3))) == []

    def test_closing_does_not_wait_for_work(self) -> None:
        pool = WorkerPool.open(WorkerOptions(workers=2))
        run = pool.run(functions.obey, [("do", 0), ("do", 1), ("do", 2), ("do", 3), ("sleep", 4)])
        assert next(run).error is None
        pool.close()  # or this test ends in an hour

    def test_an_abandoned_run_leaves_nothing_to_do(self) -> None:
        with one_process(WorkerOptions(chunk_items=1)) as pool:
            run = pool.run(functions.obey, [("sleep 0.02", n) for n in range(100)])
            next(run)
            run.close()  # type: ignore[attr-defined]
            assert len(list(pool.run(functions.echo, range(5)))) == 5
            assert pool.statistics.queued == 0
            assert pool.statistics.submitted < 20

    def test_statistics_add_up(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2)) as pool:
            items = [("do", n) for n in range(100)] + [("raise", 100)]
            list(pool.run(functions.obey, items))
            seen = pool.statistics
            assert (seen.workers, seen.active, seen.queued) == (2, 0, 0)
            assert (seen.finished, seen.failed, seen.crashed, seen.hung) == (100, 1, 0, 0)
            assert seen.retried > 0


class TestWrongUse:
    @pytest.mark.parametrize("workers", ["many", "dask:", "dask:0", "dask:x", "dask://", -1, "-3", "1.5", ""])
    def test_workers_that_make_no_sense(self, workers: int | str) -> None:
        with pytest.raises(WorkerError, match="give a number"):
            WorkerPool.open(WorkerOptions(workers=workers))

    @pytest.mark.parametrize(
        "options",
        [
            WorkerOptions(queue_limit=0),
            WorkerOptions(chunk_items=0),
            WorkerOptions(chunk_weight=0),
            WorkerOptions(memory_fraction=0),
            WorkerOptions(memory_fraction=80),
            WorkerOptions(item_seconds=0),
        ],
    )
    def test_limits_that_make_no_sense(self, options: WorkerOptions) -> None:
        with pytest.raises(WorkerError, match=r"; it must be"):
            WorkerPool.open(options)

    def test_automatic_is_at_most_four(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers_module, "usable_cores", lambda: 64)
        with WorkerPool.open(WorkerOptions()) as pool:
            assert pool.workers == 4
        monkeypatch.setattr(workers_module, "usable_cores", lambda: 1)
        with WorkerPool.open(WorkerOptions(workers="0")) as pool:
            assert pool.workers == 1

    def test_workers_that_cannot_be_prepared_say_why(self) -> None:
        options = WorkerOptions(workers=2)
        with WorkerPool.open(options, initializer=f"{HERE}:refuse", context=b"tea") as pool:
            with pytest.raises(WorkerError, match="RuntimeError: no tea today"):
                list(pool.run(functions.echo, range(10)))
            with pytest.raises(WorkerError, match="no tea today"):
                list(pool.run(functions.echo, range(10)))

    def test_a_function_that_cannot_be_sent(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2)) as pool:
            results = by_item(pool.run(lambda items: [b""] * len(items), range(2)))
            assert all(error is not None and "pickle" in error for _, error in results.values())

    def test_without_the_extra_the_error_names_it(self) -> None:
        code = (
            "import sys; sys.modules['distributed'] = None\n"
            "from lineagraph.ingest.workers import WorkerError, WorkerOptions, WorkerPool\n"
            "try: WorkerPool.open(WorkerOptions(workers='dask'))\n"
            "except WorkerError as error: print(error)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert 'pip install "lineagraph[dask]"' in done.stdout, done.stderr
        assert done.stderr == ""

    def test_a_script_without_main_guard_is_not_run_again(self, tmp_path: Path) -> None:
        script = tmp_path / "script.py"
        script.write_text(
            "print('once')\n"
            "from tests.ingest.worker_functions import echo\n"
            "from lineagraph.ingest.workers import WorkerOptions, WorkerPool\n"
            "with WorkerPool.open(WorkerOptions(workers=2)) as pool:\n"
            "    print(len(list(pool.run(echo, range(100)))))\n"
        )
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PYTHONPATH": f"{root}:{root / 'src'}"},
        )
        assert (done.stdout, done.stderr) == ("once\n100\n", "")
