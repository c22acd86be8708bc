"""Sizes of the graph: from counts that every batch keeps up to date, and one pass over the datasets for their kinds."""

from __future__ import annotations

import sqlite3
from collections import Counter

from lineagraph.model import NodeLabel, edge_subtype, edge_type, relationship
from lineagraph.store.base import Statistics
from lineagraph.store.entity_reading import FilePaths
from lineagraph.store.merging import merge
from lineagraph.store.packing import split_columns, unpack_mentions


def read_statistics(db: sqlite3.Connection) -> Statistics:
    tallies: dict[str, int] = dict(db.execute("SELECT subject, count FROM tallies ORDER BY subject"))
    edges: Counter[str] = Counter()
    for subject, count in tallies.items():
        if subject.startswith("edge/"):
            edges[edge_name(int(subject.removeprefix("edge/")))] += count
    datasets: Counter[str] = Counter()
    routines: Counter[str] = Counter()
    columns = 0
    path_of = FilePaths(db)
    for id, label, key, parts, mentions in db.execute("SELECT id, label, key, columns, mentions FROM entities"):
        entity = merge(id, label, key, (), unpack_mentions(mentions), path_of)[0]
        if label == NodeLabel.DATASET:
            datasets[entity.kind or "unknown"] += 1
            columns += len([part for part in split_columns(parts) if part is not None])
        else:
            routines[entity.kind or "unknown"] += 1
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
    return {subject.removeprefix(prefix): count for subject, count in tallies.items() if subject.startswith(prefix)}
