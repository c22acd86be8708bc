"""Workers that die, hang, or lose their parent: each costs its item a retry then an error, never the run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineagraph.ingest import dask_workers, worker_side
from lineagraph.ingest.workers import Done, WorkerError, WorkerOptions, WorkerPool
from tests.ingest import worker_functions as functions
from tests.ingest.worker_functions import Task

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")

HERE = "tests.ingest.worker_functions"
READY = f"{HERE}:remember"
"""Imports what is run before the clock does."""
ROOT = Path(__file__).parents[2]
DIED = "a worker process died of it"


def outcome(done: Iterator[Done[Task]]) -> tuple[set[int], dict[int, str | None]]:
    """(numbers that have a result, number → error)"""
    good: set[int] = set()
    bad: dict[int, str | None] = {}
    for one in done:
        number = one.item[1]
        assert number not in good | set(bad)
        if one.result is None:
            bad[number] = one.error
        else:
            assert one.error is None
            good.add(number)
    return good, bad


def tasks(count: int, **special: str) -> list[Task]:
    """`tasks(9, n5="die")`: nine to do, of which number 5 dies."""
    return [(special.get(f"n{number}", "do"), number) for number in range(count)]


@pytest.fixture(scope="module")
def dask() -> Iterator[WorkerPool]:
    with WorkerPool.open(WorkerOptions(workers="dask:2", item_seconds=1.5), initializer=READY) as pool:
        yield pool


@pytest.fixture(params=["processes", "dask"])
def pool(request: pytest.FixtureRequest) -> Iterator[WorkerPool]:
    if request.param == "dask":
        yield request.getfixturevalue("dask")
        return
    with WorkerPool.open(WorkerOptions(workers=2, item_seconds=3), initializer=READY) as opened:
        yield opened


class TestDeath:
    def test_costs_the_item_that_kills(self, pool: WorkerPool) -> None:
        good, bad = outcome(pool.run(functions.obey, tasks(400, n0="die", n150="die", n151="die")))
        assert bad == {0: DIED, 150: DIED, 151: DIED}
        assert good == set(range(400)) - set(bad)

    def test_once_costs_nothing(self, pool: WorkerPool, tmp_path: Path) -> None:
        good, bad = outcome(pool.run(functions.obey, tasks(200, n77=f"die-once {tmp_path / 'died'}")))
        assert bad == {}
        assert good == set(range(200))
        assert (tmp_path / "died").exists()

    def test_of_nothing_but_killers(self, pool: WorkerPool) -> None:
        good, bad = outcome(pool.run(functions.obey, tasks(3, n0="die", n1="die", n2="die")))
        assert (good, len(bad)) == (set(), 3)

    def test_from_outside_costs_time_only(self, pool: WorkerPool) -> None:
        found = pool.run(functions.obey, [("pid", n) for n in range(40)])
        pids = sorted({int(done.result) for done in found if done.result})
        run = pool.run(functions.obey, [("sleep 0.005", n) for n in range(1000)])
        first = next(run)
        os.kill(pids[0], signal.SIGKILL)
        good, bad = outcome(run)
        assert bad == {}
        assert good | {first.item[1]} == set(range(1000))

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    def test_in_the_middle_of_writing_a_result_is_noticed(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2, item_seconds=10), initializer=READY) as pool:
            good, bad = outcome(pool.run(functions.obey, tasks(100, n40="die-writing")))
            assert bad == {40: DIED}
            assert good == set(range(100)) - {40}
            assert (pool.statistics.crashed, pool.statistics.hung) == (2, 0)

    def test_with_nothing_to_do_is_not_noticed(self) -> None:
        with WorkerPool.open(WorkerOptions(workers=2)) as pool:
            found = pool.run(functions.obey, [("pid", n) for n in range(40)])
            for pid in {int(done.result) for done in found if done.result}:
                os.kill(pid, signal.SIGKILL)
            good, bad = outcome(pool.run(functions.obey, tasks(100)))
            assert (len(good), bad) == (100, {})

    def test_before_they_are_ready_ends_the_run(self) -> None:
        with (
            WorkerPool.open(WorkerOptions(workers=2), initializer=f"{HERE}:vanish") as pool,
            pytest.raises(WorkerError, match="in a row died while they started"),
        ):
            list(pool.run(functions.echo, range(10)))


class TestHang:
    @pytest.mark.parametrize("how", ["sleep", "spin", "stuck"])
    def test_costs_the_item_that_hangs(self, how: str) -> None:
        with WorkerPool.open(WorkerOptions(workers=2, item_seconds=1), initializer=READY) as pool:
            good, bad = outcome(pool.run(functions.obey, tasks(200, n60=how)))
            assert bad == {60: "no answer within 1 s"}
            assert good == set(range(200)) - {60}
            assert pool.statistics.hung == 2

    def test_on_dask_a_loop_is_interrupted(self, dask: WorkerPool) -> None:
        crashed = dask.statistics.crashed
        good, bad = outcome(dask.run(functions.obey, tasks(100, n60="spin")))
        assert bad == {60: "no answer within 1.5 s"}
        assert good == set(range(100)) - {60}
        assert dask.statistics.crashed == crashed

    def test_on_dask_a_worker_stuck_in_c_ends_itself(self, dask: WorkerPool) -> None:
        good, bad = outcome(dask.run(functions.obey, tasks(100, n60="stuck")))
        assert bad == {60: DIED}
        assert good == set(range(100)) - {60}


# -- the parent -------------------------------------------------------------------------------------------------


def script(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process, and group of processes, of its own that uses a pool."""
    prelude = """
        import os, signal, sys, threading, time
        from lineagraph.ingest.workers import WorkerOptions, WorkerPool
        from tests.ingest.worker_functions import obey
        workers = sys.argv[1]
        pool = WorkerPool.open(WorkerOptions(workers=int(workers) if workers.isdigit() else workers))
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(prelude) + textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestParent:
    @pytest.mark.parametrize("workers", ["2", "dask:2"])
    @pytest.mark.parametrize("busy", ["sleep", "spin", "stuck", "do"])
    def test_killed_leaves_nothing_behind(self, workers: str, busy: str) -> None:
        if workers != "2" and busy != "spin":
            pytest.skip("a cluster takes long to start; these are enough")
        code = f"""
            pids = {{int(d.result) for d in pool.run(obey, [("pid", n) for n in range(50)])}}
            run = pool.run(obey, [({busy!r}, n) for n in range(50)])
            threading.Thread(target=lambda: list(run), daemon=True).start()
            time.sleep(0.5)
            print(*pids, flush=True)
            time.sleep(3600)
        """
        process = script(code, workers)
        assert process.stdout is not None
        pids = list(map(int, process.stdout.readline().split()))
        group = session_of(process.pid)
        assert set(pids) <= set(group) or workers != "2"
        assert not any(map(gone, pids))
        process.kill()
        process.wait()
        left: list[int] = []
        everyone = {*pids, *group} - {process.pid}
        assert within(40, lambda: all(map(gone, everyone))), left
        process.communicate()

    def test_a_signal_to_the_whole_group_is_the_parents(self) -> None:
        """As Ctrl-C in a terminal and a service manager send it: workers go on until the parent has what they do."""
        code = """
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, lambda *_: pool.stop())
            run = pool.run(obey, (("sleep 0.02", n) for n in range(100_000)))
            done = [next(run)]
            print("started", flush=True)
            done += run
            pool.close()
            print(len(done), sum(d.error is not None for d in done), pool.statistics.crashed)
        """
        for name in (signal.SIGINT, signal.SIGTERM):
            process = script(code, "2")
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            os.killpg(process.pid, name)
            out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, "")
            count, errors, crashed = map(int, out.split())
            assert 0 < count < 100_000
            assert (errors, crashed) == (0, 0)

    def test_interrupted_without_handlers_ends_at_once_and_quietly(self) -> None:
        code = """
            try:
                for done in pool.run(obey, (("sleep" if n > 3 else "do", n) for n in range(1000))):
                    print("started", flush=True) if done.item[1] == 3 else None
            except KeyboardInterrupt:
                pool.close()
                print("interrupted")
        """
        process = script(code, "2")
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "interrupted\n", "")

    def test_that_forgets_to_close_still_ends(self) -> None:
        process = script("print(len(list(pool.run(obey, [('do', n) for n in range(100)]))))", "2")
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "100\n", "")


def session_of(leader: int) -> list[int]:
    """All processes of the session that `leader` began."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                found.append(int(entry.name))
    return found


# -- a cluster that is there ------------------------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "lineagraph.ingest.dask_local", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip().removeprefix("tcp://"), process
    process.communicate()


def open_dask(address: str) -> WorkerPool:
    return WorkerPool.open(WorkerOptions(workers=f"dask://{address}"))


def test_an_existing_cluster(
    cluster: tuple[str, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, process = cluster
    monkeypatch.setattr(worker_side, "_installed", lambda name: "0.0")
    worker_side.fingerprint.cache_clear()
    with pytest.raises(
        WorkerError, match=r"has lineagraph .*, but here is lineagraph 0\.0, .*; install the same"
    ):
        open_dask(address)
    monkeypatch.undo()
    worker_side.fingerprint.cache_clear()
    with open_dask(address) as pool:
        good, bad = outcome(pool.run(functions.obey, tasks(100)))
        assert (len(good), bad) == (100, {})
    with open_dask(address) as pool:  # closing does not end a cluster that is not ours
        run = pool.run(functions.obey, [("sleep 0.05", n) for n in range(10_000)])
        next(run)
        process.kill()
        with pytest.raises(WorkerError, match="scheduler"):
            list(run)


@pytest.mark.parametrize("listening", [True, False])
def test_a_scheduler_that_does_not_answer(
    listening: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask_workers, "CONNECT_SECONDS", 1.0)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        if listening:
            door.listen()
        with pytest.raises(WorkerError, match="does not answer") as error:
            open_dask(f"127.0.0.1:{door.getsockname()[1]}")
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""


def test_an_address_that_is_none() -> None:
    with pytest.raises(WorkerError, match="does not answer"):
        WorkerPool.open(WorkerOptions(workers="dask://pigeon://loft"))
