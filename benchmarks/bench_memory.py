"""Peak memory (VmHWM) of one process that ingests 1,000 files."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import warehouse
from benchmarks.reporting import arguments, publish, table

LIMIT_MB = 300.0

_INGEST = """
import json, resource, sys
import lineagraph
project = lineagraph.Project(sys.argv[2])
report = project.ingest(sys.argv[1], dialect=sys.argv[3])
try:
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
print(json.dumps({"peak_mb": peak / 1024, "files": report.files, "seconds": report.seconds}))
"""


def main() -> None:
    options = arguments(
        str(__doc__), lambda p: p.add_argument("--files", type=int, nargs="+", default=[100, 1000])
    )
    rows = []
    result = []
    for files in options.files:
        with tempfile.TemporaryDirectory() as folder:
            corpus = warehouse(files)
            corpus.write(Path(folder) / "sql")
            done = subprocess.run(
                [sys.executable, "-c", _INGEST, f"{folder}/sql", f"{folder}/.lineagraph", corpus.dialect],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(done.stderr)
            measured = json.loads(done.stdout.splitlines()[-1])
        rows.append((files, corpus.characters / 1e6, measured["peak_mb"], LIMIT_MB, measured["seconds"]))
        result.append({**measured, "limit_mb": LIMIT_MB, "characters": corpus.characters})
    headers = ("files", "million characters", "peak MB", "at most", "seconds")
    publish({"memory": result}, table("Peak memory of one ingesting process", headers, rows), options.json)


if __name__ == "__main__":
    main()
