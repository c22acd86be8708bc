"""Sizes of the graph: from counts that every batch keeps up to date, and one pass over the datasets for their kinds."""

from __future__ import annotations

import sqlite3
from collections import Counter

from lineagraph.model import NodeLabel, edge_subtype, edge_type, relationship
from lineagraph.store.base import Statistics
from lineagraph.store.entity_reading import FilePaths, read_entities


def read_statistics(db: sqlite3.Connection) -> Statistics:
    tallies: dict[str, int] = dict(db.execute("SELECT subject, count FROM tallies ORDER BY subject"))
    edges: Counter[str] = Counter()
    for subject, count in tallies.items():
        if subject.startswith("edge/"):
            edges[edge_name(int(subject.removeprefix("edge/")))] += count
    datasets: Counter[str] = Counter()
    routines: Counter[str] = Counter()
    columns = 0
    for entity in read_entities(db, FilePaths(db)):
        kind = entity.itself.kind or "unknown"
        if entity.label == NodeLabel.DATASET:
            datasets[kind] += 1
            columns += sum([1 for part in entity.parts if part is not None])
        else:
            routines[kind] += 1
    return Statistics(
        files=_named(tallies, "file/"),
        datasets=dict(sorted(datasets.items())),
        columns=columns,
        routines=dict(sorted(routines.items())),
        edges=dict(sorted(edges.items())),
        evidence=tallies.get("evidence", 0),
        statements=_named(tallies, "statement/"),
        diagnostics=_named(tallies, "diagnostic/"),
    )


def edge_name(kind: int) -> str:
    """`FLOWS_TO DIRECT IDENTITY`, `FLOWS_TO INDIRECT` between datasets, `DEFINES`."""
    return " ".join(part for part in (relationship(kind), edge_type(kind), edge_subtype(kind)) if part)


def _named(tallies: dict[str, int], prefix: str) -> dict[str, int]:
    return {
        subject.removeprefix(prefix): count
        for subject, count in tallies.items()
        if subject.startswith(prefix)
    }
