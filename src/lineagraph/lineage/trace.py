"""Where a column's values come from and go to, hop by hop, with the evidence for each hop.

The walk is breadth-first over integers, one frontier at a time: each edge is met once, at its smallest depth, and
cycles end. See docs/adr/0001-project-database.md for why it is not one recursive SQL query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from msgspec import Struct

from lineagraph.diagnostics import LineagraphError
from lineagraph.lineage.names import WrongKindError, resolve_name
from lineagraph.lineage.stars import STAR, Stars
from lineagraph.model import EdgeKind, NodeLabel, edge_subtype, edge_type, relationship
from lineagraph.store.dump import LABEL_NAMES
from lineagraph.store.flags import flag_names
from lineagraph.store.identity import ORDINAL_BITS, ORDINAL_MASK
from lineagraph.store.merging import NodeView
from lineagraph.store.reading import GraphReader, StatedEdge
from lineagraph.store.sqlite import SqliteStore

Direction = Literal["upstream", "downstream", "both"]
Key = tuple[int, int, int]
"""(kind, source node, target node)"""

DEFAULT_LIMIT = 1000
EVIDENCE_PER_HOP = 20

_COLUMN_FLOWS = range(EdgeKind.IDENTITY, EdgeKind.WINDOW + 1)
_INFLUENCES = range(EdgeKind.FILTER, EdgeKind.SORT + 1)
_DATASET_FLOWS = (EdgeKind.DATASET_DIRECT, EdgeKind.DATASET_INDIRECT)


class Stop(Struct, frozen=True):
    """A node on the way. `name` is the spelling to show, with the dataset before a column; `key` finds it again."""

    key: str
    name: str
    label: str
    """`Dataset` or `Column`, `Routine`, `SourceFile`."""
    kind: str | None = None
    data_type: str | None = None


class Evidence(Struct, frozen=True):
    """Where a file says so. Lines and columns count from 1, the end is the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    statement: int
    flags: tuple[str, ...] = ()
    expression: str | None = None


class Hop(Struct, frozen=True):
    """One edge of the trace. `depth` counts hops from the start, from 1; data flows from `source` to `target`."""

    source: Stop
    target: Stop
    relationship: str
    type: str | None
    subtype: str | None
    flags: tuple[str, ...]
    depth: int
    direction: str
    """`upstream` or `downstream` of the start."""
    evidence: tuple[Evidence, ...]
    """Sorted by file and place; at most 20, `more_evidence` says how many more there are."""
    more_evidence: int = 0


class Trace(Struct, frozen=True):
    """The answer of `trace`: hops sorted by direction, depth and name."""

    start: Stop
    hops: tuple[Hop, ...]
    truncated: bool
    """More than `limit` hops: those shown are the nearest."""
    unexplored: int
    """Nodes at the depth limit that were not walked on from; 0 without a limit."""


def trace(
    store: SqliteStore,
    name: str,
    direction: Direction = "upstream",
    depth: int | None = None,
    types: Collection[str] | None = None,
    include_influences: bool = True,
    limit: int = DEFAULT_LIMIT,
) -> Trace:
    """Walk from a column or a dataset along the flows of data.

    A column's stops are columns, and datasets where a statement moves rows and nothing says which columns. What
    influences all rows of a stop's dataset (joins, filters, …) is shown and not walked on from. A dataset starts with
    all its columns and its own flows. `types` keeps edges by type or subtype (`DIRECT`, `IDENTITY`, `JOIN`, …); the
    others are not walked either. A star that could not be expanded hands on any column (lineage/stars.py).

    Raises `UnknownNameError`, `AmbiguousNameError`, `WrongKindError` (a routine or a file has no flows of its own).
    """
    if direction not in ("upstream", "downstream", "both"):
        raise LineagraphError(f"direction is {direction!r}; it must be upstream, downstream or both")
    kinds = kinds_of(types)
    with store.snapshot() as db:
        reader = GraphReader(db)
        start = resolve_name(db, name)
        view = reader.node(start)
        if view.label not in (NodeLabel.COLUMN, NodeLabel.DATASET):
            raise WrongKindError(
                f"{view.name} is a {LABEL_NAMES[NodeLabel(view.label)]}; trace a dataset or a column, or use show"
            )
        walks: list[_Walk] = []
        for inward, wanted in ((True, "upstream"), (False, "downstream")):
            if direction in (wanted, "both"):
                walk = _Walk(reader, inward, kinds, include_influences)
                walk.run(start, depth, limit)
                walks.append(walk)
        found = [(walk.inward, at, key) for walk in walks for key, at in walk.depths.items()]
        reader.load_entities({node >> ORDINAL_BITS for _, _, key in found for node in key[1:]})
        # the same edge may lie on both sides of a cycle: shown once, where it is nearer
        nearest: dict[Key, tuple[int, bool]] = {}
        for inward, at, key in found:
            if key not in nearest or at < nearest[key][0]:
                nearest[key] = (at, inward)
        order = sorted(
            (at, not inward, reader.node(key[2]).key, reader.node(key[1]).key, key)
            for key, (at, inward) in nearest.items()
        )
        hops = [_hop(reader, walks, key, at, not outward) for at, outward, _, _, key in order[:limit]]
        hops.sort(key=lambda hop: hop.direction != "upstream")
        return Trace(
            make_stop(reader, start),
            tuple(hops),
            len(order) > limit or any(walk.cut for walk in walks),
            sum(walk.unexplored for walk in walks),
        )


def kinds_of(types: Collection[str] | None) -> frozenset[int] | None:
    """Edge kinds by the names of types and subtypes; None means all. Raises `LineagraphError` on an unknown name."""
    if types is None:
        return None
    known: dict[str, set[int]] = {}
    for kind in (*_COLUMN_FLOWS, *_INFLUENCES, *_DATASET_FLOWS):
        for word in (edge_type(kind), edge_subtype(kind), relationship(kind)):
            if word is not None:
                known.setdefault(word, set()).add(int(kind))
    unknown = [word for word in types if word.upper() not in known]
    if unknown:
        raise LineagraphError(f"unknown edge type {unknown[0]}; known are {', '.join(sorted(known))}")
    return frozenset(kind for word in types for kind in known[word.upper()])


class _Walk:
    """One direction of a trace: the frontier, what was met at which depth, and the evidence seen for it."""

    def __init__(
        self, reader: GraphReader, inward: bool, kinds: frozenset[int] | None, influences: bool
    ) -> None:
        self.reader = reader
        self.inward = inward
        self.kinds = kinds
        self.influences = influences
        self.depths: dict[Key, int] = {}
        self.evidence: dict[Key, list[StatedEdge]] = {}
        self.unexplored = 0
        self.cut = False
        self._stars = Stars(reader)
        self._visited: set[int] = set()
        self._datasets: set[int] = set()
        """Datasets whose influences and own flows were met, with the first of their columns."""

    def run(self, start: int, depth: int | None, limit: int) -> None:
        if start & ORDINAL_MASK:
            frontier = {start}
        else:
            frontier = self.reader.entity(start >> ORDINAL_BITS).node_ids()
        if not start & ORDINAL_MASK or self.reader.node(start).name == STAR:
            self._stars.stand_on_all([start])
        self._visited |= frontier
        level = 0
        while frontier and len(self.depths) <= limit:
            if depth is not None and level >= depth:
                self.unexplored = len(frontier)
                return
            level += 1
            frontier = self._step(frontier, level)
        self.cut = len(self.depths) > limit

    def _step(self, frontier: set[int], level: int) -> set[int]:
        """Meet all edges at the frontier; returns the nodes to walk on from."""
        reader = self.reader
        stars = self._stars.beside(frontier)
        wanted = frontier | stars
        datasets = {node & ~ORDINAL_MASK for node in frontier}
        wanted |= datasets
        influenced = datasets - self._datasets
        self._datasets |= influenced
        edges = reader.edges_into(wanted) if self.inward else reader.edges_out_of(wanted)
        beyond: set[int] = set()
        for stated in edges:
            kind = stated.edge.kind
            if self.kinds is not None and kind not in self.kinds:
                continue
            near, far = (stated.target, stated.source) if self.inward else (stated.source, stated.target)
            if kind in _INFLUENCES:
                if not self.influences or (self.inward and near not in influenced):
                    continue
            elif kind in _DATASET_FLOWS:
                if near not in frontier:  # a column's dataset
                    if kind != EdgeKind.DATASET_DIRECT or reader.maps_columns(stated):
                        continue
                    beyond |= self._stars.same_names(near, far, frontier)
                beyond.add(far)
            elif kind in _COLUMN_FLOWS:
                if near in stars:
                    if self._stars.hands_on(stated.edge):
                        beyond |= self._stars.across(near, far, frontier)
                    elif near not in frontier:
                        continue
                beyond.add(far)
            else:
                continue
            key = (kind, stated.source, stated.target)
            if self.depths.setdefault(key, level) == level:
                self.evidence.setdefault(key, []).append(stated)
        beyond -= self._visited
        self._visited |= beyond
        return beyond


def _hop(reader: GraphReader, walks: Iterable[_Walk], key: Key, depth: int, inward: bool) -> Hop:
    kind, source, target = key
    stated = next(walk.evidence[key] for walk in walks if walk.inward == inward)
    flags = stated[0].edge.flags
    for other in stated:
        flags &= other.edge.flags
    evidence = evidence_of(reader, stated)
    return Hop(
        make_stop(reader, source),
        make_stop(reader, target),
        relationship(kind),
        edge_type(kind),
        edge_subtype(kind),
        flag_names(flags),
        depth,
        "upstream" if inward else "downstream",
        tuple(evidence[:EVIDENCE_PER_HOP]),
        max(0, len(evidence) - EVIDENCE_PER_HOP),
    )


def make_stop(reader: GraphReader, node: int) -> Stop:
    view: NodeView = reader.node(node)
    return Stop(
        view.key, reader.shown_name(node), LABEL_NAMES[NodeLabel(view.label)], view.kind, view.data_type
    )


def evidence_of(reader: GraphReader, stated: Iterable[StatedEdge]) -> list[Evidence]:
    """Where these edges are stated, sorted by file and place."""
    found = [_evidence(reader, one) for one in stated]
    found.sort(key=lambda one: (one.file, one.line, one.column, one.statement, one.expression or ""))
    return found


def _evidence(reader: GraphReader, stated: StatedEdge) -> Evidence:
    edge = stated.edge
    span = edge.span
    return Evidence(
        reader.path_of(stated.file), span.start_line, span.start_column, span.end_line, span.end_column,
        edge.statement, flag_names(edge.flags), edge.expression,
    )  # fmt: skip
