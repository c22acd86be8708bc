"""The whole graph in one fixed order: what the canonical export writes and what tests compare."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby

from msgspec import Struct

from lineagraph.model import NodeLabel, edge_subtype, edge_type, relationship
from lineagraph.store.entity_reading import FilePaths, read_entities
from lineagraph.store.flags import flag_names
from lineagraph.store.identity import PART_BITS, file_node
from lineagraph.store.packing import unpack_diagnostics, unpack_edges, unpack_nodes, unpack_statements

LABEL_NAMES = {
    NodeLabel.SOURCE_FILE: "SourceFile",
    NodeLabel.DATASET: "Dataset",
    NodeLabel.COLUMN: "Column",
    NodeLabel.ROUTINE: "Routine",
}


class NodeRecord(Struct, frozen=True, tag_field="record", tag="node", omit_defaults=True):
    label: str
    key: str
    name: str
    kind: str | None = None
    position: int | None = None
    data_type: str | None = None
    defined: bool = False
    dialect: str | None = None
    outcome: str | None = None


class EdgeRecord(Struct, frozen=True, tag_field="record", tag="edge", omit_defaults=True):
    source: str
    target: str
    relationship: str
    type: str | None = None
    subtype: str | None = None
    flags: tuple[str, ...] = ()


class EvidenceRecord(Struct, frozen=True, tag_field="record", tag="evidence", omit_defaults=True):
    source: str
    target: str
    relationship: str
    file: str
    statement: int
    span: tuple[int, int, int, int]
    """Start line, start column, end line, end column."""
    type: str | None = None
    subtype: str | None = None
    flags: tuple[str, ...] = ()
    expression: str | None = None


class StatementLine(Struct, frozen=True, tag_field="record", tag="statement"):
    file: str
    number: int
    kind: str
    outcome: str
    span: tuple[int, int, int, int]


class DiagnosticRecord(Struct, frozen=True, tag_field="record", tag="diagnostic", omit_defaults=True):
    file: str
    code: str
    severity: str
    message: str
    statement: int | None = None
    span: tuple[int, int, int, int] | None = None
    hint: str | None = None
    candidates: tuple[str, ...] = ()


Record = NodeRecord | EdgeRecord | EvidenceRecord | StatementLine | DiagnosticRecord


def dump(db: sqlite3.Connection) -> Iterator[Record]:
    """Nodes by label and key; each edge followed by its evidence; statements and diagnostics by file.

    SQLite sorts, in temporary files where memory does not suffice. Call inside a snapshot.
    """
    db.execute("DROP TABLE IF EXISTS temp.dumped_nodes")
    db.execute("DROP TABLE IF EXISTS temp.dumped_edges")
    db.execute(
        "CREATE TEMP TABLE dumped_nodes (id INTEGER PRIMARY KEY, label, key, name, kind, position, type, defined)"
    )
    db.execute(
        "CREATE TEMP TABLE dumped_edges (kind, source, target, file, statement, l1, c1, l2, c2, flags, expression)"
    )
    try:
        yield from _nodes(db)
        yield from _edges(db)
    finally:
        db.execute("DROP TABLE temp.dumped_nodes")
        db.execute("DROP TABLE temp.dumped_edges")
    yield from _details(db)


def _nodes(db: sqlite3.Connection) -> Iterator[NodeRecord]:
    rows = db.execute("SELECT path, dialect, outcome FROM files ORDER BY path")
    for path, dialect, outcome in rows:
        yield NodeRecord(
            LABEL_NAMES[NodeLabel.SOURCE_FILE], path, path, dialect=dialect, outcome=outcome, defined=True
        )
    insert_file = "INSERT INTO dumped_nodes (id, label, key) VALUES (?, ?, ?)"
    db.executemany(
        insert_file,
        (
            (file_node(id), NodeLabel.SOURCE_FILE, path)
            for id, path in db.execute("SELECT id, path FROM files")
        ),
    )
    views = (
        view for entity in read_entities(db, FilePaths(db)) for view in (entity.itself, *entity.columns())
    )
    db.executemany(
        "INSERT INTO dumped_nodes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((v.id, v.label, v.key, v.name, v.kind, v.position, v.data_type, v.defined) for v in views),
    )
    rows = db.execute(
        "SELECT label, key, name, kind, position, type, defined FROM dumped_nodes WHERE label != ? ORDER BY label, key",
        (NodeLabel.SOURCE_FILE,),
    )
    for label, key, name, kind, position, data_type, defined in rows:
        yield NodeRecord(LABEL_NAMES[NodeLabel(label)], key, name, kind, position, data_type, bool(defined))


def _edges(db: sqlite3.Connection) -> Iterator[EdgeRecord | EvidenceRecord]:
    db.executemany("INSERT INTO dumped_edges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _evidence_rows(db))
    rows = db.execute(
        "SELECT s.label, s.key, t.label, t.key, e.kind, f.path, statement, l1, c1, l2, c2, flags, expression"
        " FROM dumped_edges e JOIN dumped_nodes s ON s.id = source JOIN dumped_nodes t ON t.id = target"
        " JOIN files f ON f.id = file"
        " ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13"
    )
    for (_, source, _, target, kind), group in groupby(rows, key=lambda row: row[:5]):
        evidence = list(group)
        words = (relationship(kind), edge_type(kind), edge_subtype(kind))
        flags = evidence[0][11]
        for row in evidence:
            flags &= row[11]
        yield EdgeRecord(source, target, *words, flag_names(flags))
        for _, _, _, _, _, path, statement, l1, c1, l2, c2, flags, expression in evidence:
            yield EvidenceRecord(
                source,
                target,
                words[0],
                path,
                statement,
                (l1, c1, l2, c2),
                words[1],
                words[2],
                flag_names(flags),
                expression,
            )


def _evidence_rows(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    for id, packed_nodes, packed_edges in db.execute(
        "SELECT id, nodes, edges FROM contributions WHERE edges IS NOT NULL"
    ):
        nodes = unpack_nodes(packed_nodes)
        for edge in unpack_edges(packed_edges):
            span = edge.span
            yield (
                edge.kind, nodes[edge.source], nodes[edge.target], id >> PART_BITS, edge.statement,
                span.start_line, span.start_column, span.end_line, span.end_column, edge.flags, edge.expression,
            )  # fmt: skip


def _details(db: sqlite3.Connection) -> Iterator[StatementLine | DiagnosticRecord]:
    query = "SELECT path, {0} FROM files JOIN file_details ON file = id WHERE {0} IS NOT NULL ORDER BY path"
    for path, packed in db.execute(query.format("statements")):
        for s in unpack_statements(packed):
            span = (s.span.start_line, s.span.start_column, s.span.end_line, s.span.end_column)
            yield StatementLine(path, s.number, s.kind, s.outcome, span)
    for path, packed in db.execute(query.format("diagnostics")):
        for d in unpack_diagnostics(packed):
            span = d.span and (d.span.start_line, d.span.start_column, d.span.end_line, d.span.end_column)
            yield DiagnosticRecord(
                path, d.code, d.severity, d.message, d.statement, span, d.hint, d.candidates
            )
