"""Sizes of the graph: from counts that every batch keeps up to date, and one pass over the datasets for their kinds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator

from lineagraph.diagnostics import Diagnostic
from lineagraph.model import NodeLabel, edge_subtype, edge_type, relationship
from lineagraph.store.base import Statistics
from lineagraph.store.entity_reading import FilePaths, read_entities
from lineagraph.store.packing import unpack_diagnostics, unpack_statements


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


FEW_FILES = 200
"""So many are looked up one by one."""


def count_outcomes(db: sqlite3.Connection, paths: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Statements by outcome and diagnostics by code, of the files whose path is in `paths`."""
    statements: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    if len(paths) > FEW_FILES and _are_all(db, paths):
        for subject, count in db.execute("SELECT subject, count FROM tallies"):
            what, _, name = subject.partition("/")
            if what == "statement":
                statements[name] += count
            elif what == "diagnostic":
                codes[name.partition(" ")[0]] += count
        return dict(statements), dict(codes)
    for path in paths:
        row = db.execute(
            "SELECT statements, diagnostics FROM file_details WHERE file = (SELECT id FROM files WHERE path = ?)",
            (path,),
        ).fetchone()
        if row is not None:
            statements.update([statement.outcome for statement in unpack_statements(row[0])])
            codes.update([str(diagnostic.code) for diagnostic in unpack_diagnostics(row[1])])
    return dict(statements), dict(codes)


def _are_all(db: sqlite3.Connection, paths: Collection[str]) -> bool:
    """Does the graph hold no other files than these, all of which it holds? Imported schemas have no statements."""
    (files,) = db.execute("SELECT count(*) FROM files WHERE dialect != 'schema'").fetchone()
    return files == len(paths)


def errors_of(db: sqlite3.Connection, paths: Collection[str]) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
    """(path, its diagnostics) of those of some files with errors, sorted by path."""
    query = "SELECT path, diagnostics FROM file_details JOIN files ON file = id WHERE errors"
    if len(paths) <= FEW_FILES:
        for path in sorted(paths):
            for _, diagnostics in db.execute(f"{query} AND path = ?", (path,)):
                yield path, unpack_diagnostics(diagnostics)
        return
    for path, diagnostics in db.execute(f"{query} ORDER BY path"):
        if path in paths:
            yield path, unpack_diagnostics(diagnostics)


def edge_name(kind: int) -> str:
    """`FLOWS_TO DIRECT IDENTITY`, `FLOWS_TO INDIRECT` between datasets, `DEFINES`."""
    return " ".join(part for part in (relationship(kind), edge_type(kind), edge_subtype(kind)) if part)


def _named(tallies: dict[str, int], prefix: str) -> dict[str, int]:
    return {
        subject.removeprefix(prefix): count
        for subject, count in tallies.items()
        if subject.startswith(prefix)
    }
