"""Nothing has changed: what an ingestion takes to notice that, against `git status` on the same tree.

A git repository of generated files in nested folders, with a .gitignore. git's time is that of a whole process (it
looks at its index with several threads); ours is measured within a process that has imported what it needs, part by
part, and as a whole process.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.reporting import alternated, arguments, note, paired_ratio, publish, table
from lineagraph import Project
from lineagraph.ingest.changes import compare_looks, looks
from lineagraph.ingest.discover import discover

RATIO_GOAL, PROCESS_GOAL_MS = 3.0, 800.0
FILES_PER_FOLDER = 40
IGNORED = """\
__pycache__/
*.py[cod]
.venv/
.env
*.log
logs/
target/
dbt_packages/
/build/
.DS_Store
*~
*.sw?
"""


def write_tree(folder: Path, files: int) -> int:
    """Files in folders up to four deep, under version control; returns how many folders there are."""
    folders = max(1, files // FILES_PER_FOLDER)
    for number in range(folders):
        place = folder / f"domain{number % 10}" / f"system{number // 10}"
        if number % 3 == 0:
            place = place / "staging" / "daily"
        place.mkdir(parents=True, exist_ok=True)
        for one in range(number, files, folders):
            (place / f"load_orders_{one:06}.sql").write_text(
                f"INSERT INTO mart.t{one} SELECT id, amount FROM raw.s{one};\n"
            )
    (folder / ".gitignore").write_text(IGNORED)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        git(folder, *command)
    return sum(len(names) for _, names, _ in os.walk(folder / "domain0")) * 10


def git(folder: Path, *command: str) -> None:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", *identity, *command], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def measure(files: int, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        folder, project = Path(made) / "sql", Path(made) / "project"
        with note(f"writing and ingesting {files:,} files"):
            folder.mkdir()
            folders = write_tree(folder, files)
            ingest(project, folder)
        time.sleep(2.5)  # what was read within two seconds of being written is read once more, then no longer
        ingest(project, folder)
        if ingest(project, folder) != 0:
            raise SystemExit("files were read though none had changed")
        tool = str(Path(sys.executable).parent / "lineagraph")
        command = [tool, "ingest", str(folder), "--project", str(project), "--dialect", "duckdb"]
        with closing(sqlite3.connect(Path(made) / "looks.db")) as db:
            db.execute("CREATE TABLE looks (path TEXT PRIMARY KEY, looks BLOB) WITHOUT ROWID")
            before = discover([folder], root=folder)
            db.executemany(
                "INSERT INTO looks VALUES (?, ?)", [(one.path, looks(one)) for one in before.files]
            )
            db.commit()

            def noticed() -> None:
                found = discover([folder], root=folder)
                known = dict(db.execute("SELECT path, looks FROM looks"))
                changes = compare_looks(found.files, known, roots=found.roots, unseen=found.unseen)
                if len(changes.unchanged) != files:
                    raise SystemExit(f"{len(changes.to_hash)} files look changed though none has")

            contestants: dict[str, Callable[[], object]] = {
                "git status": lambda: git(folder, "status", "--porcelain"),
                "discovery": lambda: discover([folder], root=folder),
                "discovery and comparison": noticed,
                "no-op ingestion, in process": lambda: ingest(project, folder),
                "no-op ingestion, whole process": lambda: subprocess.run(
                    command, cwd=folder, check=True, stdout=subprocess.DEVNULL
                ),
            }
            alternated(contestants, 1)
            seconds = alternated(contestants, rounds)
    return {"files": files, "folders": folders, "seconds": seconds}


def ingest(project: Path, folder: Path) -> int:
    """Returns how many files were read."""
    with Project(project) as opened:
        report = opened.ingest(folder, root=folder, dialect="duckdb")
    return report.parsed + report.cache_hits


def sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)


def main() -> None:
    options = arguments(str(__doc__), sizes)
    measured = measure(options.files, options.rounds)
    seconds = measured["seconds"]
    rows = []
    result: dict[str, Any] = {"files": measured["files"], "folders": measured["folders"]}
    for name, times in seconds.items():
        milliseconds = statistics.median(times) * 1e3
        ratio = paired_ratio(times, seconds["git status"])
        goal = {
            "discovery and comparison": f"ratio {RATIO_GOAL:g}",
            "no-op ingestion, in process": f"ratio {RATIO_GOAL:g}",
            "no-op ingestion, whole process": f"{PROCESS_GOAL_MS:g} ms",
        }.get(name)
        rows.append((name, min(times) * 1e3, milliseconds, ratio, goal or "–"))
        result[name] = {"min_ms": min(times) * 1e3, "median_ms": milliseconds, "ratio": ratio}
    title = f"Nothing has changed: {measured['files']:,} files in {measured['folders']:,} folders"
    headers = ("what", "min ms", "median ms", "ratio to git status", "at most")
    publish({"noop": result}, table(title, headers, rows), options.json)


if __name__ == "__main__":
    main()
