"""Ingestion as a whole: with more workers, from the cache, after one edit, and as the number of files grows.

Ratios within one run. `--growth 1000 10000 100000` for the large sizes (100,000 files take minutes).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlglot

from benchmarks.corpus import Corpus, warehouse
from benchmarks.reporting import alternated, arguments, note, paired_ratio, publish, table
from lineagraph import Project
from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.ingest.parse_cache import CACHE_FILE

WORKERS_GOAL, PARALLEL_GOAL, CACHE_GOAL = 1.7, 0.70, 3.0
P50_MS, P95_MS, GROWTH_GOAL, MEMORY_MB = 100.0, 250.0, 1.2, 1024.0
READERS = 50


def parse_files(job: tuple[list[str], str]) -> int:
    """Bare parsing, in a worker."""
    names, dialect = job
    for name in names:
        sqlglot.parse(Path(name).read_text(encoding="utf-8"), dialect=dialect)
    return len(names)


def ingest(project: Path, folder: Path, corpus: Corpus, **options: Any) -> Any:
    with Project(project) as opened:
        return opened.ingest(folder, root=folder, dialect=corpus.dialect, **options)


def anew(project: Path, folder: Path, corpus: Corpus, *, cached: bool, **options: Any) -> None:
    """A first ingestion; `cached`: with the facts of all files in the cache."""
    kept = project.with_suffix(".cache")
    if cached:
        shutil.copy(project / CACHE_FILE, kept)
    shutil.rmtree(project, ignore_errors=True)
    if cached:
        project.mkdir()
        shutil.copy(kept, project / CACHE_FILE)
    report = ingest(project, folder, corpus, **options)
    if report.parsed != (0 if cached else len(corpus.files)):
        raise SystemExit(f"{report.parsed} files were parsed of {len(corpus.files)}, cached: {cached}")


def workers_and_cache(files: int, rounds: int) -> dict[str, Any]:
    """Rates of first ingestions, and of bare parsing on as many cores."""
    corpus = warehouse(files)
    bare = FeatureFlags(parse_cache=False)
    with tempfile.TemporaryDirectory() as made:
        folder, project = corpus.write(Path(made) / "sql"), Path(made) / "project"
        paths = [str(folder / name) for name in corpus.files]
        jobs = [(paths[start : start + 64], corpus.dialect) for start in range(0, len(paths), 64)]
        context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            list(pool.map(parse_files, jobs[:2]))
            anew(project, folder, corpus, cached=False, workers=1)
            contestants: dict[str, Callable[[], object]] = {
                "parse, 2 processes": lambda: list(pool.map(parse_files, jobs)),
                "cold, 1 worker, no cache": lambda: anew(project, folder, corpus, cached=False, flags=bare),
                "cold, 2 workers, no cache": lambda: anew(
                    project, folder, corpus, cached=False, workers=2, flags=bare
                ),
                "cold, 1 worker": lambda: anew(project, folder, corpus, cached=False),
                "from cache, 1 worker": lambda: anew(project, folder, corpus, cached=True),
                "cold, 2 workers": lambda: anew(project, folder, corpus, cached=False, workers=2),
                "from cache, 2 workers": lambda: anew(project, folder, corpus, cached=True, workers=2),
            }
            seconds = alternated(contestants, rounds)
    return {
        "files": files,
        "seconds": {name: statistics.median(times) for name, times in seconds.items()},
        "2 workers over 1": paired_ratio(
            seconds["cold, 1 worker, no cache"], seconds["cold, 2 workers, no cache"]
        ),
        "share of parsing in parallel": paired_ratio(
            seconds["parse, 2 processes"], seconds["cold, 2 workers, no cache"]
        ),
        "from cache over cold, 1 worker": paired_ratio(
            seconds["cold, 1 worker"], seconds["from cache, 1 worker"]
        ),
        "from cache over cold, 2 workers": paired_ratio(
            seconds["cold, 2 workers"], seconds["from cache, 2 workers"]
        ),
    }


def edits(files: int, times: int) -> list[dict[str, Any]]:
    """Milliseconds from an edited file to the committed graph: for a leaf, and for a table that many files read."""
    corpus = warehouse(files)
    with tempfile.TemporaryDirectory() as made:
        folder, project = corpus.write(Path(made) / "sql"), Path(made) / "project"
        hub = folder / "hub.sql"
        hub.write_text("CREATE TABLE hub.facts (id INT, amount INT, at DATE);\n")
        for number in range(READERS):
            (folder / f"reader_{number}.sql").write_text(
                f"CREATE VIEW hub.reader_{number} AS SELECT f.*, id + {number} AS n FROM hub.facts AS f;\n"
            )
        ingest(project, folder, corpus, workers=0)
        leaf = folder / sorted(corpus.files)[files // 2]
        found: list[dict[str, Any]] = []
        for name, path in (("a leaf", leaf), (f"a table with {READERS} readers", hub)):
            text = path.read_text(encoding="utf-8")
            took: list[float] = []
            for number in range(times):
                path.write_text(f"{text}\n-- edit {number}\n", encoding="utf-8")
                started = time.perf_counter()
                with Project(project) as opened:
                    report = opened.ingest(path, root=folder, dialect=corpus.dialect)
                took.append(1000 * (time.perf_counter() - started))
                if (report.parsed, report.bound) != (1, 1):
                    raise SystemExit(f"{name}: {report.parsed} files parsed, {report.bound} bound")
            took.sort()
            found.append({"what": name, "p50": took[times // 2], "p95": took[times * 95 // 100]})
    return found


@contextmanager
def peak_memory(found: list[float]) -> Generator[None]:
    """The largest sum of the resident memory of this process' children, in MB, looked at every 50 ms."""
    done = threading.Event()
    most = 0.0

    def watch() -> None:
        nonlocal most
        while not done.wait(0.05):
            most = max(most, sum(_resident(pid) for pid in _descendants(os.getpid())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        found.append(most / 1e6)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:  # ended meanwhile
            continue
        for child in children:
            found += [child, *_descendants(child)] if Path(f"/proc/{child}/task").exists() else []
    return found


def _resident(pid: int) -> int:
    """Bytes of its own; what processes share is counted once, with the one that has most of it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


_INGEST = """
import sys
from lineagraph import Project
if __name__ == "__main__":
    with Project(sys.argv[2]) as project:
        report = project.ingest(sys.argv[1], root=sys.argv[1], dialect=sys.argv[3], workers=int(sys.argv[4]))
    print(report.seconds, report.parsed)
"""


def growth(sizes: list[int], workers: int) -> list[dict[str, Any]]:
    """Time per file and peak memory of all processes, for projects of several sizes."""
    found: list[dict[str, Any]] = []
    for files in sizes:
        with tempfile.TemporaryDirectory() as made, note(f"{files:,} files"):
            corpus = warehouse(files)
            folder = corpus.write(Path(made) / "sql")
            script = Path(made) / "ingest.py"
            script.write_text(_INGEST)
            memory: list[float] = []
            with peak_memory(memory):
                done = subprocess.run(
                    [sys.executable, script, folder, Path(made) / "p", corpus.dialect, str(workers)],
                    capture_output=True,
                    text=True,
                )
            if done.returncode:
                raise SystemExit(done.stderr)
            seconds, parsed = done.stdout.split()
            if int(parsed) != files:
                raise SystemExit(f"{parsed} of {files} files were parsed")
            found.append({"files": files, "ms per file": 1000 * float(seconds) / files, "peak_mb": memory[0]})
    return found


def main() -> None:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--files", type=int, default=5000)
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--edit-files", type=int, default=10_000)
        parser.add_argument("--edits", type=int, default=40)
        parser.add_argument("--growth", type=int, nargs="*", default=[1000, 10_000])

    options = arguments(str(__doc__), add)
    with note("workers and cache"):
        rates = workers_and_cache(options.files, options.rounds)
    with note("edits"):
        edited = edits(options.edit_files, options.edits)
    grown = growth(options.growth, 0)
    text = "\n\n".join([
        table(
            f"First ingestions of {options.files:,} files",
            ("what", "times", "at least"),
            [
                ("two workers against one", rates["2 workers over 1"], WORKERS_GOAL),
                ("share of bare parsing with two processes", rates["share of parsing in parallel"], PARALLEL_GOAL),
                ("from the cache, one worker", rates["from cache over cold, 1 worker"], CACHE_GOAL),
                ("from the cache, two workers", rates["from cache over cold, 2 workers"], CACHE_GOAL),
            ],
        ),
        table(
            f"From an edit to the graph, {options.edit_files:,} files, milliseconds",
            ("edited", "p50", "at most", "p95", "at most"),
            [(one["what"], one["p50"], P50_MS, one["p95"], P95_MS) for one in edited],
        ),
        table(
            "Growth, all processes",
            ("files", "ms per file", "peak MB", "at most"),
            [(one["files"], one["ms per file"], one["peak_mb"], MEMORY_MB) for one in grown],
        ),
    ])  # fmt: skip
    publish({"rates": rates, "edits": edited, "growth": grown}, text, options.json)


if __name__ == "__main__":
    main()
