"""How long `trace` and `impact` take on a large generated warehouse; prints percentiles against the 50 ms limit.

    PYTHONPATH=src python benchmarks/bench_trace.py --edges 1000000

The warehouse has layers (raw, staging, core, marts, reports). A dataset reads a few datasets of the layers below it,
most of them near ones, some of them hubs (dates, customers) that everybody reads. Starts are random columns that
something flows through.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lineagraph.lineage.impact import impact
from lineagraph.lineage.trace import trace
from lineagraph.model import Edge, EdgeKind, FileLineage, Node, NodeLabel, Span, StatementRecord
from lineagraph.store.base import FileChange, FileRecord
from lineagraph.store.sqlite import SqliteStore

LAYERS = ("raw", "staging", "core", "mart", "report", "board", "extract")
SHARES = (0.22, 0.22, 0.18, 0.16, 0.12, 0.06, 0.04)
HUB_SHARE = 0.004
"""Share of a layer's datasets that are hubs."""
LIMIT_MS = 50.0
EDGES_PER_FILE = 37


class Dataset:
    """A generated dataset: its key and its columns."""

    def __init__(self, key: str, columns: int) -> None:
        self.key = key
        self.columns = [f"column_{number}" for number in range(columns)]


def warehouse(edges: int, rng: random.Random) -> Iterator[FileChange]:
    """One file per dataset, until there are about so many edges."""
    files = max(len(LAYERS), edges // EDGES_PER_FILE)
    below: list[list[Dataset]] = []
    number = 0
    for layer, share in zip(LAYERS, SHARES, strict=True):
        own: list[Dataset] = []
        for _ in range(max(1, int(files * share))):
            number += 1
            dataset = Dataset(f"dw.{layer}.{layer}_{number:06}", min(400, 4 + int(rng.expovariate(1 / 10))))
            own.append(dataset)
            yield change(dataset, below, rng, number)
        below.append(own)


def change(dataset: Dataset, below: list[list[Dataset]], rng: random.Random, number: int) -> FileChange:
    path = f"models/{dataset.key.split('.')[1]}/{number // 200:04}/{dataset.key}.sql"
    span = Span(1, 1, 40, 20)
    nodes = [
        Node(NodeLabel.SOURCE_FILE, path, path),
        Node(NodeLabel.DATASET, dataset.key, dataset.key, kind="table", defined=True),
    ]
    edges = [Edge(EdgeKind.DEFINES, 0, 1, 1, span)]
    sources: list[int] = []
    read: list[int] = []
    for source in read_datasets(below, rng):
        parent = len(nodes)
        read.append(parent)
        nodes.append(Node(NodeLabel.DATASET, source.key, source.key))
        for column in rng.sample(source.columns, min(len(source.columns), 6)):
            sources.append(len(nodes))
            nodes.append(Node(NodeLabel.COLUMN, f"{source.key}.{column}", column, parent))
    for position, column in enumerate(dataset.columns, 1):
        target = len(nodes)
        nodes.append(
            Node(NodeLabel.COLUMN, f"{dataset.key}.{column}", column, 1, position=position, defined=True)
        )
        edges.append(Edge(EdgeKind.HAS_COLUMN, 1, target, 1, span))
        if sources:
            here = Span(position + 1, 5, position + 1, 40)
            for source_column in rng.sample(sources, rng.choice((1, 1, 1, 2, 3))):
                kind = rng.choice((0, 0, 0, 1, 1, 2, 3))
                edges.append(
                    Edge(kind, source_column, target, 1, here, 0, "coalesce(a.column_1, b.column_2)")
                )
    if sources:
        for _ in range(6):
            edges.append(Edge(rng.choice((5, 5, 6, 6, 7, 8)), rng.choice(sources), 1, 1, Span(30, 1, 30, 20)))
    edges += [Edge(EdgeKind.DATASET_DIRECT, parent, 1, 1, span) for parent in read]
    statements = (StatementRecord(1, "create table", span, "parsed"),)
    record = FileRecord(path, 1000, 1, number, number.to_bytes(16, "big"), "snowflake", "parsed")
    return FileChange(record, None, FileLineage(path, tuple(nodes), tuple(edges), statements))


def read_datasets(below: list[list[Dataset]], rng: random.Random) -> list[Dataset]:
    """One to five datasets: mostly of the layer below, one in four a hub of any layer."""
    if not below:
        return []
    found: dict[str, Dataset] = {}
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 5))):
        if rng.random() < 0.25:
            layer = rng.choice(below)
            dataset = layer[rng.randrange(max(1, int(len(layer) * HUB_SHARE)))]
        else:
            layer = below[-1] if rng.random() < 0.8 else rng.choice(below)
            dataset = rng.choice(layer)
        found[dataset.key] = dataset
    return list(found.values())


def build(directory: Path, edges: int, batch: int, rng: random.Random) -> tuple[list[str], list[str]]:
    """Returns the keys of the columns made of others, and of those that others are made of, sorted."""
    made: set[str] = set()
    used: set[str] = set()
    stored = 0.0
    with SqliteStore.open(directory) as store:
        changes: list[FileChange] = []
        count = 0
        for one in [*warehouse(edges, rng), None]:
            if one is not None:
                changes.append(one)
                assert one.lineage is not None
                count += len(one.lineage.edges)
                nodes = one.lineage.nodes
                for edge in one.lineage.edges:
                    if edge.kind <= EdgeKind.WINDOW:
                        used.add(nodes[edge.source].key)
                        made.add(nodes[edge.target].key)
            if len(changes) == batch or one is None:
                begun = time.perf_counter()
                store.apply(changes)
                stored += time.perf_counter() - begun
                changes = []
        statistics = store.statistics()
    files = sum(statistics.files.values())
    print(
        f"stored {files:,} files, {sum(statistics.datasets.values()):,} datasets, {statistics.columns:,} columns, "
        f"{sum(statistics.edges.values()):,} edges in {stored:.1f} s: {stored / files * 1e6:.0f} µs a file, "
        f"{stored / count * 1e6:.2f} µs an edge, {count / stored:,.0f} edges/s, "
        f"{(directory / 'lineage.db').stat().st_size / 1e6:.0f} MB"
    )
    return sorted(made), sorted(used)


def measure(title: str, ask: Callable[[str], tuple[int, bool]], starts: list[str]) -> float:
    """Print percentiles of `ask` over the starts; returns p95 in milliseconds."""
    times: list[float] = []
    sizes: list[int] = []
    cut = 0
    for start in starts:
        begun = time.perf_counter()
        size, truncated = ask(start)
        times.append((time.perf_counter() - begun) * 1000)
        sizes.append(size)
        cut += truncated
    times.sort()
    sizes.sort()
    p50, p95, worst = times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]
    verdict = "ok" if p95 < LIMIT_MS else "OVER"
    print(
        f"{title:34} p50 {p50:7.2f} ms  p95 {p95:7.2f} ms  max {worst:7.2f} ms  {verdict:4}  "
        f"size p50 {sizes[len(sizes) // 2]:,} p95 {sizes[int(len(sizes) * 0.95)]:,} max {sizes[-1]:,}, {cut} truncated"
    )
    return p95


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--starts", type=int, default=300)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="build in (or reuse) this directory")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    directory = arguments.keep or Path(tempfile.mkdtemp(prefix="bench-trace-"))
    try:
        begun = time.perf_counter()
        made, used = build(directory, arguments.edges, arguments.batch, rng)
        print(f"generated and stored in {time.perf_counter() - begun:.1f} s")
        ends = rng.sample(made, min(arguments.starts, len(made)))
        starts = rng.sample(used, min(arguments.starts, len(used)))
        datasets = sorted({start.rpartition(".")[0] for start in starts})
        depth = arguments.depth
        with SqliteStore.open(directory, read_only=True) as store:

            def traced(direction: str) -> Callable[[str], tuple[int, bool]]:
                def ask(name: str) -> tuple[int, bool]:
                    answer = trace(store, name, direction, depth=depth)  # pyright: ignore[reportArgumentType]
                    return len(answer.hops), answer.truncated

                return ask

            def impacted(name: str) -> tuple[int, bool]:
                answer = impact(store, name, depth=depth)
                return sum(len(dataset.columns) for dataset in answer.datasets), answer.truncated

            for title, ask, names in (
                ("trace column upstream", traced("upstream"), ends),
                ("trace column downstream", traced("downstream"), starts),
                ("trace column both", traced("both"), starts),
                ("trace dataset upstream", traced("upstream"), datasets),
                ("impact of a column", impacted, starts),
                ("impact of a dataset", impacted, datasets),
            ):
                measure(f"{title}, {depth} hops", ask, names)
    finally:
        if arguments.keep is None:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
