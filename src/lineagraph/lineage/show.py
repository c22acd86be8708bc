"""All that is known of one dataset, column, routine or file: who defines, reads and writes it, what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from lineagraph.diagnostics import Diagnostic
from lineagraph.lineage.names import resolve_name
from lineagraph.lineage.trace import Evidence, evidence_of
from lineagraph.model import EdgeKind, NodeLabel, StatementRecord, relationship
from lineagraph.store.dump import LABEL_NAMES
from lineagraph.store.identity import ORDINAL_BITS, contribution_range
from lineagraph.store.merging import NodeView
from lineagraph.store.packing import unpack_diagnostics, unpack_edges, unpack_nodes, unpack_statements
from lineagraph.store.reading import GraphReader, StatedEdge
from lineagraph.store.sqlite import SqliteStore


class ColumnLine(Struct, frozen=True):
    """`defined` is False for a column that is only read: whether the dataset really has it, no file says."""

    name: str
    key: str
    position: int | None
    data_type: str | None
    defined: bool


class Relation(Struct, frozen=True):
    """A node it is related to other than by data: `READS`, `WRITES`, `CALLS`, `ATTACHED_TO`, `ALIAS_OF`, `DEFINES`."""

    relationship: str
    name: str
    key: str
    outgoing: bool


class Details(Struct, frozen=True):
    """The answer of `show`; what does not apply is empty. Files are paths, all lists are sorted and complete."""

    key: str
    name: str
    label: str
    kind: str | None = None
    data_type: str | None = None
    position: int | None = None
    columns: tuple[ColumnLine, ...] = ()
    """Defined ones by position, then the others by name."""
    definers: tuple[Evidence, ...] = ()
    readers: tuple[str, ...] = ()
    """Files whose statements carry data out of it."""
    writers: tuple[str, ...] = ()
    """Files whose statements carry data into it."""
    relations: tuple[Relation, ...] = ()
    diagnostics: tuple[tuple[str, Diagnostic], ...] = ()
    """(file, diagnostic) of the statements that define it or write to it; of a file, all."""
    dialect: str | None = None
    outcome: str | None = None
    statements: tuple[StatementRecord, ...] = ()


def show(store: SqliteStore, name: str) -> Details:
    """Look one node up. Raises `UnknownNameError` and `AmbiguousNameError`."""
    with store.snapshot() as db:
        reader = GraphReader(db)
        node = resolve_name(db, name)
        view = reader.node(node)
        if view.label == NodeLabel.SOURCE_FILE:
            return _show_file(db, reader, view)
        return _show_node(db, reader, view)


def _show_node(db: sqlite3.Connection, reader: GraphReader, view: NodeView) -> Details:
    is_column = view.label == NodeLabel.COLUMN
    entity = reader.entity(view.id >> ORDINAL_BITS)
    nodes = {view.id} if is_column else entity.node_ids()
    into = list(reader.edges_into(nodes))
    out_of = list(reader.edges_out_of(nodes))
    defining = [stated for stated in into if stated.edge.kind == EdgeKind.DEFINES]
    if is_column:
        defining = [stated for file in view.definers for stated in _column_definitions(db, file, view.id)]
    carrying = [stated for stated in into if stated.edge.kind <= EdgeKind.DATASET_INDIRECT]
    columns = [
        ColumnLine(column.name, column.key, column.position, column.data_type, column.defined)
        for column in (() if is_column else entity.columns())
    ]
    last = len(columns) + 1
    columns.sort(key=lambda line: (not line.defined, line.position or last, line.key))
    return Details(
        view.key,
        reader.shown_name(view.id),
        LABEL_NAMES[NodeLabel(view.label)],
        view.kind,
        view.data_type,
        view.position,
        tuple(columns),
        tuple(evidence_of(reader, defining)),
        _paths(reader, (stated for stated in out_of if stated.edge.kind <= EdgeKind.DATASET_INDIRECT)),
        _paths(reader, carrying),
        _relations(reader, into, out_of),
        _diagnostics(db, reader, [*carrying, *defining]),
    )


def _column_definitions(db: sqlite3.Connection, file: int, node: int) -> Iterable[StatedEdge]:
    """The `HAS_COLUMN` edges that a file states for a column."""
    return [
        stated
        for stated in _edges_of_file(db, file)
        if stated.edge.kind == EdgeKind.HAS_COLUMN and stated.target == node
    ]


def _edges_of_file(db: sqlite3.Connection, file: int) -> Iterable[StatedEdge]:
    for nodes, edges in db.execute(
        "SELECT nodes, edges FROM contributions WHERE id BETWEEN ? AND ? ORDER BY id",
        contribution_range(file),
    ):
        places = unpack_nodes(nodes)
        for edge in unpack_edges(edges):
            yield StatedEdge(places[edge.source], places[edge.target], file, edge)


def _paths(reader: GraphReader, edges: Iterable[StatedEdge]) -> tuple[str, ...]:
    return tuple(sorted([reader.path_of(file) for file in {stated.file for stated in edges}]))


def _relations(
    reader: GraphReader, into: Iterable[StatedEdge], out_of: Iterable[StatedEdge]
) -> tuple[Relation, ...]:
    found: set[tuple[str, int, bool]] = set()
    for edges, outgoing in ((into, False), (out_of, True)):
        for stated in edges:
            if stated.edge.kind > EdgeKind.HAS_COLUMN:
                found.add(
                    (relationship(stated.edge.kind), stated.target if outgoing else stated.source, outgoing)
                )
    relations = [
        Relation(word, reader.shown_name(node), reader.node(node).key, outgoing)
        for word, node, outgoing in found
    ]
    return tuple(
        sorted(relations, key=lambda relation: (relation.relationship, not relation.outgoing, relation.key))
    )


def _diagnostics(
    db: sqlite3.Connection, reader: GraphReader, edges: Iterable[StatedEdge]
) -> tuple[tuple[str, Diagnostic], ...]:
    statements: dict[int, set[int]] = {}
    for stated in edges:
        statements.setdefault(stated.file, set()).add(stated.edge.statement)
    found: list[tuple[str, Diagnostic]] = []
    for file, numbers in statements.items():
        (packed,) = db.execute("SELECT diagnostics FROM file_details WHERE file = ?", (file,)).fetchone()
        path = reader.path_of(file)
        found += [(path, one) for one in unpack_diagnostics(packed) if one.statement in numbers]
    return tuple(
        sorted(found, key=lambda pair: (pair[0], pair[1].statement or 0, pair[1].code, pair[1].message))
    )


def _show_file(db: sqlite3.Connection, reader: GraphReader, view: NodeView) -> Details:
    file = -(view.id >> ORDINAL_BITS)
    dialect, outcome, statements, diagnostics = db.execute(
        "SELECT dialect, outcome, statements, diagnostics FROM files JOIN file_details ON file = id WHERE id = ?",
        (file,),
    ).fetchone()
    written: set[int] = set()
    read: set[int] = set()
    defined: set[int] = set()
    for stated in _edges_of_file(db, file):
        if stated.edge.kind == EdgeKind.DEFINES:
            defined.add(stated.target)
        elif stated.edge.kind <= EdgeKind.DATASET_INDIRECT:
            written.add(stated.target >> ORDINAL_BITS << ORDINAL_BITS)
            read.add(stated.source >> ORDINAL_BITS << ORDINAL_BITS)
    found = (
        [("DEFINES", node) for node in defined]
        + [("READS", node) for node in read]
        + [("WRITES", node) for node in written]
    )
    relations = [Relation(word, reader.shown_name(node), reader.node(node).key, True) for word, node in found]
    return Details(
        view.key,
        view.name,
        LABEL_NAMES[NodeLabel.SOURCE_FILE],
        relations=tuple(sorted(relations, key=lambda relation: (relation.relationship, relation.key))),
        diagnostics=tuple([(view.key, one) for one in unpack_diagnostics(diagnostics)]),
        dialect=dialect,
        outcome=outcome,
        statements=unpack_statements(statements),
    )
