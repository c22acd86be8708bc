"""A file's lineage made ready for the database as far as that goes without it: any worker may do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from lineagraph.model import Edge, FileLineage, NodeLabel
from lineagraph.store.identity import MAX_PARTS
from lineagraph.store.packing import pack_edges, pack_statements, usual_name

EDGES_PER_PART = 512
"""A trace decodes whole parts: small enough not to be felt, large enough that few files need a second."""

_SOURCE_FILE = int(NodeLabel.SOURCE_FILE)

Said = tuple[int, str | None, str | None, int | None, str | None, bool]
"""(index of a node, its name unless the usual one, kind, position, data type, defined): beyond mentioning it."""

Triple = tuple[int, int, int]
"""(kind, source, target) of an edge; source and target are indexes of nodes."""


class PreparedPart(Struct, frozen=True, array_like=True, gc=False):
    """Some of a file's edges, packed, and which nodes they are between."""

    nodes: list[int] | None
    """Indexes into the file's nodes; None: all of them."""
    triples: list[Triple]
    """The distinct edges, without evidence."""
    edges: bytes | None
    evidence: int
    """How many pieces of evidence there are."""


class Prepared(Struct, frozen=True, array_like=True, gc=False):
    """One file's lineage: nodes by label, key and index of the parent; edges in parts."""

    path: str
    labels: list[int]
    keys: list[str]
    parents: list[int]
    said: list[Said]
    parts: list[PreparedPart]
    """The first is what part 0 holds: all nodes, and the edges if they fit."""
    statements: bytes | None
    outcomes: dict[str, int]
    """Statements by outcome."""


def prepare(lineage: FileLineage) -> Prepared:
    nodes, edges = lineage.nodes, lineage.edges
    said: list[Said] = [
        (
            index,
            None
            if node.key.endswith(node.name) or node.name == usual_name(node.label, node.key)
            else node.name,
            node.kind,
            node.position,
            node.data_type,
            node.defined,
        )
        for index, node in enumerate(nodes)
        if (node.defined or node.kind is not None or not node.key.endswith(node.name))
        and node.label != _SOURCE_FILE
    ]
    if len(edges) <= EDGES_PER_PART:
        parts = [PreparedPart(None, _triples(edges), pack_edges(edges), len(edges))]
    else:
        parts = [PreparedPart(None, [], None, 0)]
        size = max(EDGES_PER_PART, -(-len(edges) // (MAX_PARTS - 1)))
        parts += [_cut(edges[start : start + size]) for start in range(0, len(edges), size)]
    return Prepared(
        lineage.path,
        [node.label for node in nodes],
        [node.key for node in nodes],
        [node.parent for node in nodes],
        said,
        parts,
        pack_statements(lineage.statements),
        dict(Counter([statement.outcome for statement in lineage.statements])),
    )


def _triples(edges: Sequence[Edge]) -> list[Triple]:
    return list({(edge.kind, edge.source, edge.target) for edge in edges})


def _cut(edges: Sequence[Edge]) -> PreparedPart:
    """A part of its own for some of a file's edges, with only the nodes that these mention."""
    places: dict[int, int] = {}
    cut: list[Edge] = []
    for edge in edges:
        source = places.setdefault(edge.source, len(places))
        target = places.setdefault(edge.target, len(places))
        cut.append(Edge(edge.kind, source, target, edge.statement, edge.span, edge.flags, edge.expression))
    return PreparedPart(list(places), _triples(cut), pack_edges(cut), len(cut))
