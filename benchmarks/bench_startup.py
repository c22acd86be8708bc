"""Whole processes: `lineagraph --help` and `lineagraph trace` against `python -c 'import typer'`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import warehouse
from benchmarks.reporting import alternated, arguments, paired_ratio, publish, table

LIMITS = {"lineagraph --help": 1.5, "lineagraph trace": 2.0}


def main() -> None:
    options = arguments(str(__doc__), lambda p: p.add_argument("--rounds", type=int, default=15))
    tool = str(Path(sys.executable).parent / "lineagraph")
    with tempfile.TemporaryDirectory() as folder:
        corpus = warehouse(60)
        corpus.write(Path(folder) / "sql")
        project = ["--project", str(Path(folder) / ".lineagraph")]
        _run([tool, "ingest", str(Path(folder) / "sql"), "--dialect", corpus.dialect, *project])
        column = _some_column(corpus.files)
        contestants = {
            "import typer": lambda: _run([sys.executable, "-c", "import typer"]),
            "lineagraph --help": lambda: _run([tool, "--help"]),
            "lineagraph trace": lambda: _run([tool, "trace", column, *project]),
        }
        alternated(contestants, 2)  # bytecode and file caches are warm for all
        seconds = alternated(contestants, options.rounds)
    rows = []
    result = {}
    for name, times in seconds.items():
        ratio = paired_ratio(times, seconds["import typer"])
        limit = LIMITS.get(name)
        rows.append((name, min(times) * 1e3, statistics.median(times) * 1e3, ratio, limit))
        result[name] = {
            "min_ms": min(times) * 1e3,
            "median_ms": statistics.median(times) * 1e3,
            "ratio": ratio,
            "limit": limit,
        }
    headers = ("process", "min ms", "median ms", "ratio to import typer", "at most")
    publish({"startup": result}, table("Start-up, whole processes", headers, rows), options.json)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr}")


def _some_column(files: dict[str, str]) -> str:
    path = next(name for name in files if name.startswith("mart/"))
    return f"mart.{Path(path).stem}.total_0"


if __name__ == "__main__":
    main()
