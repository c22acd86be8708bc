"""Speed on the same files, in one process, in turns: `sqlglot.parse` against our steps; and peers.

What is printed are rates as shares of the rate of bare parsing (compiled sqlglot), and how many times ours fits into a
peer's time. Peers run as workers that time their own work only.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlglot

from benchmarks.corpus import Corpus, tpc, warehouse
from benchmarks.peers.asking import PEERS, Peer
from benchmarks.reporting import alternated, arguments, note, paired_ratio, publish, table
from lineagraph import Project
from lineagraph.catalog.bind import FileBinder
from lineagraph.catalog.catalog import IMPORTED, Catalog, Definition
from lineagraph.catalog.contribution import file_lineage
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.schemas import schema_from_mapping
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import FileFacts

RATE_GOAL = 0.70
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
PEER_GOALS = {"sqllineage": 100.0, "datahub": 50.0}


def parse(corpus: Corpus, folder: Path) -> None:
    for name in corpus.files:
        sqlglot.parse((folder / name).read_text(encoding="utf-8"), dialect=corpus.dialect)


def extracted(corpus: Corpus, folder: Path) -> dict[str, FileFacts]:
    return {
        name: extract((folder / name).read_text(encoding="utf-8"), corpus.dialect) for name in corpus.files
    }


def bound(corpus: Corpus, folder: Path) -> None:
    bind(corpus, extracted(corpus, folder))


def bind(corpus: Corpus, facts: dict[str, FileFacts]) -> None:
    """Every file against a catalog of the corpus's schema and of all files, up to nodes and edges."""
    catalog = Catalog()
    for key, dataset in schema_from_mapping(corpus.schema, corpus.dialect).items():
        columns = tuple(column for column, _ in dataset.columns)
        catalog.define(key, Definition(IMPORTED, "", dataset.kind, columns))
    binders = [FileBinder(FileColumns(name, one, catalog)) for name, one in facts.items()]
    for binder in binders:
        binder.own.contribute()
    for binder in binders:
        file_lineage(binder)


def stored(corpus: Corpus, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as project:
        report = Project(Path(project) / ".lineagraph").ingest(folder, dialect=corpus.dialect, root=folder)
    if report.files != len(corpus.files):
        raise SystemExit(f"{report.files} files were ingested, of {len(corpus.files)}")


def own_speed(corpus: Corpus, rounds: int, clock: Callable[[], float] = time.perf_counter) -> dict[str, Any]:
    """Rates of each step as shares of bare parsing's rate."""
    with tempfile.TemporaryDirectory() as made:
        folder = corpus.write(Path(made))
        contestants: dict[str, Callable[[], object]] = {
            "sqlglot.parse": lambda: parse(corpus, folder),
            "extract": lambda: extracted(corpus, folder),
            "extract + bind": lambda: bound(corpus, folder),
            "extract + bind + store": lambda: stored(corpus, folder),
        }
        alternated(contestants, 1)
        seconds = alternated(contestants, rounds, clock)
    bare = seconds["sqlglot.parse"]
    return {
        name: {
            "files_per_second": len(corpus.files) / min(times),
            "min_seconds": min(times),
            "median_seconds": statistics.median(times),
            "share_of_parse": paired_ratio(bare, times),
            "share_of_parse_min": min(bare) / min(times),
        }
        for name, times in seconds.items()
    }


def peer_speed(corpus: Corpus, limit: int | None) -> dict[str, Any]:
    """Times a peer takes for the corpus, and how many times ours (extract and bind, with the schema) fits into it."""
    names = list(corpus.files)[:limit]
    part = corpus._replace(files={name: corpus.files[name] for name in names})
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = part.write(Path(made))
        bound(part, folder)
        for name in PEERS:
            peer = Peer.start(name)
            if peer is None:
                continue
            with peer, note(f"{name} on {len(names)} queries"):
                peer.ask("warm", next(iter(part.files.values())), part.dialect, part.schema)
                ours: list[float] = []
                theirs = 0.0
                failed = 0
                for query, text in part.files.items():
                    started = time.perf_counter()
                    bound(part._replace(files={query: text}), folder)
                    ours.append(time.perf_counter() - started)
                    answer = peer.ask(query, text, part.dialect, part.schema)
                    theirs += answer.seconds
                    failed += answer.error is not None
                [whole] = (
                    statistics.median(times)
                    for times in alternated({"ours": lambda: bound(part, folder)}, 7).values()
                )
            result[name] = {
                "peer_seconds": theirs,
                "our_seconds": whole,
                "our_seconds_one_by_one": sum(ours),
                "times": theirs / whole,
                "times_one_by_one": theirs / sum(ours),
                "failed": failed,
                "queries": len(names),
                "goal": PEER_GOALS.get(name),
            }
    return result


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=400, help="size of the generated warehouse")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="cpu: seconds this process computed, for a machine that others use at the same time",
    )
    parser.add_argument(
        "--peer-queries", type=int, default=None, help="at most this many TPC-DS queries for peers"
    )
    parser.add_argument("--no-peers", action="store_true")


def main() -> None:
    given = arguments("Rates against bare parsing, and times against peers.", options)
    result: dict[str, Any] = {"speed": {}, "peer_speed": {}}
    texts: list[str] = []
    tpcds = tpc("tpcds")
    for corpus in (tpcds, tpc("tpch"), warehouse(given.files)):
        with note(corpus.name):
            measured = own_speed(corpus, given.rounds, CLOCKS[given.clock])
        result["speed"][corpus.name] = measured
        texts.append(
            table(
                f"{corpus.name}: {len(corpus.files)} files, {corpus.characters:,} characters; "
                f"aim {RATE_GOAL:.2f} when stored",
                ("step", "files/s", "min s", "median s", "share of parsing's rate", "share, best rounds"),
                [
                    (
                        name,
                        row["files_per_second"],
                        row["min_seconds"],
                        row["median_seconds"],
                        row["share_of_parse"],
                        row["share_of_parse_min"],
                    )
                    for name, row in measured.items()
                ],
            )
        )
    if not given.no_peers:
        peers = peer_speed(tpcds, given.peer_queries)
        result["peer_speed"] = peers
        texts.append(
            table(
                "TPC-DS, extract + bind with the schema, against peers (their own work, without process and imports)",
                ("peer", "queries", "failed", "peer s", "our s", "times", "one by one", "aim"),
                [
                    (
                        name,
                        row["queries"],
                        row["failed"],
                        row["peer_seconds"],
                        row["our_seconds"],
                        row["times"],
                        row["times_one_by_one"],
                        row["goal"],
                    )
                    for name, row in peers.items()
                ],
            )
            if peers
            else "No peers are installed: python -m benchmarks.peers"
        )
    publish(result, "\n\n".join(texts), given.json)


if __name__ == "__main__":
    main()
