"""The graph as questions walk it: edges into and out of nodes, frontier by frontier, and what a node is called.

A reader lives for one question, inside one snapshot, and remembers what it unpacked. It never holds more than the files
the question touches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from lineagraph.model import Edge, EdgeKind, NodeLabel
from lineagraph.store.entity_reading import FilePaths, read_entities
from lineagraph.store.identity import (
    CONTRIBUTION_MASK,
    ORDINAL_BITS,
    ORDINAL_MASK,
    PART_BITS,
    contribution_range,
    link_range,
)
from lineagraph.store.merging import EntityView, NodeView
from lineagraph.store.packing import unpack_edges, unpack_nodes, unpack_ordinals

_FETCHED_AT_ONCE = 500


class StatedEdge(msgspec.Struct, frozen=True, gc=False):
    """One piece of evidence for an edge, with the numbers of its nodes and its file."""

    source: int
    target: int
    file: int
    edge: Edge


class _Part:
    """An unpacked contribution with its edges by target and by source, each made when first asked for."""

    __slots__ = ("_by_source", "_by_target", "edges", "file", "nodes")

    def __init__(self, id: int, nodes: bytes, edges: bytes | None) -> None:
        self.file = id >> PART_BITS
        self.nodes = unpack_nodes(nodes)
        self.edges = unpack_edges(edges)
        self._by_target: dict[int, list[Edge]] | None = None
        self._by_source: dict[int, list[Edge]] | None = None

    def by_target(self) -> dict[int, list[Edge]]:
        if self._by_target is None:
            nodes = self.nodes
            found: dict[int, list[Edge]] = {}
            for edge in self.edges:
                found.setdefault(nodes[edge.target], []).append(edge)
            self._by_target = found
        return self._by_target

    def by_source(self) -> dict[int, list[Edge]]:
        if self._by_source is None:
            nodes = self.nodes
            found: dict[int, list[Edge]] = {}
            for edge in self.edges:
                found.setdefault(nodes[edge.source], []).append(edge)
            self._by_source = found
        return self._by_source


class GraphReader:
    """Answers for one question on one connection in a read transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._parts: dict[int, _Part] = {}
        self._entities: dict[int, EntityView] = {}
        self._nodes: dict[int, NodeView] = {}
        self._mapped: dict[int, set[tuple[int, int]]] = {}
        self.path_of = FilePaths(db)

    def edges_into(self, nodes: Iterable[int]) -> Iterator[StatedEdge]:
        """Every statement of an edge whose target is one of these nodes; `HAS_COLUMN` is left out."""
        return self._edges(nodes, inward=True)

    def edges_out_of(self, nodes: Iterable[int]) -> Iterator[StatedEdge]:
        """Every statement of an edge whose source is one of these nodes; `HAS_COLUMN` and `DEFINES` are left out."""
        return self._edges(nodes, inward=False)

    def _edges(self, nodes: Iterable[int], inward: bool) -> Iterator[StatedEdge]:
        links: dict[int, list[int]] = {}
        wanted: dict[int, list[int]] = {}
        for node in nodes:
            wanted.setdefault(node >> ORDINAL_BITS, []).append(node)
        for entity, members in wanted.items():
            if inward:
                for part in self._parts_into(entity):
                    links.setdefault(part, []).extend(members)
            else:
                for part, ordinals in self._parts_out_of(entity):
                    hits = [node for node in members if node & ORDINAL_MASK in ordinals]
                    if hits:
                        links.setdefault(part, []).extend(hits)
        ids = list(links)
        for start in range(0, len(ids), _FETCHED_AT_ONCE):
            some = ids[start : start + _FETCHED_AT_ONCE]
            self._load_parts(some)
            for id in some:
                part = self._parts[id]
                places = part.nodes
                index = part.by_target() if inward else part.by_source()
                for node in links[id]:
                    for edge in index.get(node, ()):
                        yield StatedEdge(places[edge.source], places[edge.target], part.file, edge)

    def _parts_into(self, entity: int) -> list[int]:
        rows = self._db.execute("SELECT id FROM flows_in WHERE id BETWEEN ? AND ?", link_range(entity))
        return [id & CONTRIBUTION_MASK for (id,) in rows]

    def _parts_out_of(self, entity: int) -> Iterator[tuple[int, Sequence[int]]]:
        rows = self._db.execute(
            "SELECT id, ordinals FROM flows_out WHERE id BETWEEN ? AND ?", link_range(entity)
        )
        for id, ordinals in rows:
            yield id & CONTRIBUTION_MASK, unpack_ordinals(ordinals)

    def _load_parts(self, ids: Iterable[int]) -> None:
        missing = [id for id in ids if id not in self._parts]
        if missing:
            rows = self._db.execute(
                "SELECT id, nodes, edges FROM contributions WHERE id IN (SELECT value FROM json_each(?))",
                (msgspec.json.encode(missing).decode(),),
            )
            for id, nodes, edges in rows:
                self._parts[id] = _Part(id, nodes, edges)

    def maps_columns(self, stated: StatedEdge) -> bool:
        """Whether the statement of a flow between two datasets says which columns flow into the target, from anywhere.

        Where it does, a dataset without a column of its own in it only decides about rows.
        """
        file = stated.file
        if file not in self._mapped:
            rows = self._db.execute(
                "SELECT id FROM contributions WHERE id BETWEEN ? AND ?", contribution_range(file)
            )
            ids = [id for (id,) in rows]
            self._load_parts(ids)
            mapped: set[tuple[int, int]] = set()
            for part in [self._parts[id] for id in ids]:
                places = [node >> ORDINAL_BITS for node in part.nodes]
                for edge in part.edges:
                    if edge.kind <= EdgeKind.WINDOW:
                        mapped.add((edge.statement, places[edge.target]))
            self._mapped[file] = mapped
        return (stated.edge.statement, stated.target >> ORDINAL_BITS) in self._mapped[file]

    def writers(self, entity: int) -> set[int]:
        """`files.id` of those with an edge into an entity or one of its columns."""
        return {part >> PART_BITS for part in self._parts_into(entity)}

    def readers(self, entity: int) -> set[int]:
        """`files.id` of those with an edge out of an entity or one of its columns."""
        return {part >> PART_BITS for part, _ in self._parts_out_of(entity)}

    def load_entities(self, entities: Iterable[int]) -> None:
        """Have these entities at hand by one query; `entity` and `node` load single ones otherwise."""
        missing = [entity for entity in entities if entity > 0 and entity not in self._entities]
        for start in range(0, len(missing), _FETCHED_AT_ONCE):
            some = msgspec.json.encode(missing[start : start + _FETCHED_AT_ONCE]).decode()
            where = "WHERE id IN (SELECT value FROM json_each(?))"
            for entity in read_entities(self._db, self.path_of, where, (some,)):
                self._entities[entity.id] = entity

    def entity(self, id: int) -> EntityView:
        """A dataset or a routine (files have no columns: `node` is all there is of them)."""
        if id not in self._entities:
            self.load_entities([id])
        return self._entities[id]

    def node(self, node: int) -> NodeView:
        view = self._nodes.get(node)
        if view is None:
            view = self._nodes[node] = self._merge(node)
        return view

    def _merge(self, node: int) -> NodeView:
        if node < 0:
            path = self.path_of(-(node >> ORDINAL_BITS))
            return NodeView(node, NodeLabel.SOURCE_FILE, path, path, defined=True)
        return self.entity(node >> ORDINAL_BITS).node(node & ORDINAL_MASK)

    def shown_name(self, node: int) -> str:
        """A column with its dataset, others by their own name, in the spelling to show."""
        view = self.node(node)
        if view.label != NodeLabel.COLUMN:
            return view.name
        return f"{self.node(node & ~ORDINAL_MASK).name}.{view.name}"
