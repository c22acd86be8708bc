"""What workers cost: the same files in the caller's thread, in processes and on Dask; start-up, hand-over, memory.

Two workers each, so that on two cores which nobody else uses a speed-up of 2 is the limit. CPU times are as a share of
what the work takes in the caller's thread, and mean something on a busy machine too. "MB, a worker": what only it has.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import worker_functions
from benchmarks.corpus import warehouse
from benchmarks.reporting import alternated, arguments, note, paired_ratio, publish, table
from lineagraph.ingest.workers import WorkerOptions, WorkerPool

KINDS: dict[str, int | str] = {"caller's thread": 1, "2 processes": 2, "Dask, 2 processes": "dask:2"}


def opened(workers: int | str, chunk_items: int = 64) -> WorkerPool:
    return WorkerPool.open(
        WorkerOptions(workers=workers, chunk_items=chunk_items), initializer=worker_functions.INITIALIZER
    )


def drained(pool: WorkerPool, function: Callable[..., list[bytes]], items: Sequence[Any]) -> None:
    done = 0
    for one in pool.run(function, items, weight=_weight):
        if one.error is not None:
            raise SystemExit(one.error)
        done += 1
    if done != len(items):
        raise SystemExit(f"{done} results for {len(items)} items")


def _weight(item: Any) -> int:
    return len(item[1]) if isinstance(item, tuple) else len(item)


def start_up(rounds: int) -> dict[str, float]:
    """Seconds from opening a pool to its first result."""
    seconds: dict[str, list[float]] = {name: [] for name in KINDS if KINDS[name] != 1}
    for _ in range(rounds):
        for name, times in seconds.items():
            began = time.perf_counter()
            with opened(KINDS[name]) as pool:
                drained(pool, worker_functions.nothing, [b""])
                times.append(time.perf_counter() - began)
    # A fork server stays: only the first pool of a program pays for it.
    return {name: times[0] for name, times in seconds.items()} | {
        f"{name}, again": statistics.median(times[1:]) for name, times in seconds.items()
    }


class Family:
    """A pool and the processes it started."""

    def __init__(self, workers: int | str, chunk_items: int, warm: Sequence[Any]) -> None:
        import psutil  # comes with Dask

        me = psutil.Process()
        before = set(me.children(recursive=True))
        self.pool = opened(workers, chunk_items)
        drained(self.pool, worker_functions.facts, warm)
        self.processes = [child for child in me.children(recursive=True) if child not in before]

    def cpu(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


class Spent:
    """CPU seconds of the caller, and of it and its pool's processes: they count the same on a busy machine."""

    def __init__(self) -> None:
        self.caller: dict[str, list[float]] = {}
        self.all: dict[str, list[float]] = {}

    def around(self, name: str, family: Family, function: Any, items: Sequence[Any]) -> Callable[[], None]:
        def measured() -> None:
            caller, others = time.process_time(), family.cpu()
            drained(family.pool, function, items)
            spent = time.process_time() - caller
            self.caller.setdefault(name, []).append(spent)
            self.all.setdefault(name, []).append(spent + family.cpu() - others)

        return measured


def work(files: int, items: int, rounds: int) -> dict[str, Any]:
    """The same files, and the same nothing, by each kind."""
    corpus = warehouse(files)
    data = [(name, text.encode()) for name, text in corpus.files.items()]
    small = [b"x" * 2000] * items
    families = {name: Family(workers, 64, data[:200]) for name, workers in KINDS.items()}
    alone = {**families, "2 processes, one item at a time": Family(2, 1, data[:200])}
    spent, idle = Spent(), Spent()
    try:
        with note(f"the facts of {files} files"):
            seconds = alternated(
                {
                    name: spent.around(name, family, worker_functions.facts, data)
                    for name, family in families.items()
                },
                rounds,
            )
        with note(f"{items} items with nothing to do"):
            alternated(
                {
                    name: idle.around(name, family, worker_functions.nothing, small)
                    for name, family in alone.items()
                },
                rounds,
            )
        own = {name: _own(family.pool) for name, family in families.items() if family.pool.workers > 1}
    finally:
        for family in alone.values():
            family.pool.close()
    return {
        "bytes": sum(len(text) for _, text in data),
        "seconds": seconds,
        "cpu_caller": spent.caller,
        "cpu_all": spent.all,
        "idle_cpu_caller": idle.caller,
        "idle_cpu_all": idle.all,
        "own_mb": own,
    }


def _own(pool: WorkerPool) -> float | None:
    """MB that the largest worker shares with no other process."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    answers = [one.result.split() for one in pool.run(worker_functions.memory, range(200)) if one.result]
    return max(int(size) for _, size in answers) / 1e6


def main() -> None:
    def sizes(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--files", type=int, default=2000)
        parser.add_argument("--items", type=int, default=20_000)
        parser.add_argument("--rounds", type=int, default=5)

    options = arguments(str(__doc__), sizes)
    with note("start-up"):
        started = start_up(options.rounds)
    found = work(options.files, options.items, options.rounds)
    here = "caller's thread"
    rows = [
        (
            name,
            statistics.median(seconds),
            options.files / statistics.median(seconds),
            paired_ratio(found["seconds"][here], seconds),
            paired_ratio(found["cpu_all"][name], found["cpu_all"][here]),
            paired_ratio(found["cpu_caller"][name], found["cpu_all"][here]),
            found["own_mb"].get(name),
        )
        for name, seconds in found["seconds"].items()
    ]
    headers = ("where", "seconds", "files/s", "speed-up", "CPU of all", "CPU of the caller", "MB, a worker")
    text = table(f"Facts of {options.files:,} files, {found['bytes'] / 1e6:.1f} MB", headers, rows)
    costs = [
        (
            name,
            statistics.median(found["idle_cpu_caller"][name]) / options.items * 1e6,
            statistics.median(found["idle_cpu_all"][name]) / options.items * 1e6,
        )
        for name in found["idle_cpu_all"]
    ]
    headers = ("where", "CPU µs an item, caller", "all")
    text += "\n\n" + table("Handing over, items of 2 kB each way", headers, costs)
    text += "\n\n" + table("From opening to the first result", ("where", "seconds"), list(started.items()))
    publish({"workers": {**found, "start_up": started, "files": options.files}}, text, options.json)


if __name__ == "__main__":
    main()
