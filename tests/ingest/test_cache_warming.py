"""Warming: what an ingestion would read, in the cache."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

from lineagraph.ingest.cache_warming import warm
from lineagraph.ingest.discover import discover
from lineagraph.ingest.parse_cache import ParseCache
from lineagraph.ingest.reports import IngestOptions


def test_a_file_that_is_gone_is_skipped_and_the_others_are_not(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.sql").write_text(f"create view v{number} as select a from t")
    files = discover([tmp_path], root=tmp_path).files
    os.unlink(tmp_path / "3.sql")
    seen: list[tuple[int, int]] = []
    with ParseCache.open(tmp_path / "cache.db") as cache:
        report = warm(cache, files, IngestOptions(), progress=lambda done, total: seen.append((done, total)))
        assert (report.files, report.added, report.known, report.skipped) == (5, 4, 0, 1)
        assert seen == [(5, 5)]
        report = warm(cache, files, IngestOptions())
        assert (report.added, report.known, report.skipped) == (0, 4, 1)
        report = warm(cache, files, IngestOptions(dialect="duckdb"))
        assert (report.added, report.known) == (4, 0), "another dialect gives other facts"
        assert cache.statistics().entries == 8


def test_told_to_stop_it_keeps_what_it_has(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.sql").write_text(f"select {number}")
    files = discover([tmp_path], root=tmp_path).files
    stop = Event()
    stop.set()
    with ParseCache.open(tmp_path / "cache.db") as cache:
        report = warm(cache, files, IngestOptions(), stop=stop)
        assert (report.stopped, report.added, report.skipped) == (True, 0, 0)
        assert cache.warnings == []
