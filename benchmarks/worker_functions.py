"""What `bench_workers` has workers do. Importable, since workers look it up by name."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

INITIALIZER = "benchmarks.worker_functions:prepare"


def prepare(_: bytes) -> None:
    from lineagraph.sql import extract

    extract.extract("SELECT 1 AS a", "snowflake")


def facts(items: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """What ingestion has workers do."""
    from lineagraph.sql.extract import extract
    from lineagraph.sql.facts import encode

    return [encode(extract(data.decode(), "snowflake")) for _, data in items]


def nothing(items: Sequence[bytes]) -> list[bytes]:
    return list(items)


def memory(items: Sequence[int]) -> list[bytes]:
    """Process id and bytes that only this process has."""
    time.sleep(0.01)
    own = 0
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_"):
            own += int(line.split()[1]) * 1024
    return [f"{os.getpid()} {own}".encode() for _ in items]
