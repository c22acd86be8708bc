"""What one file contributes, in numbers: `FileLineage` packed for the database, and the links a trace walks on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from lineagraph.model import Edge, EdgeKind, FileLineage, NodeLabel
from lineagraph.store.base import StoreError
from lineagraph.store.entities import Entity, EntityTable
from lineagraph.store.identity import MAX_PARTS, ORDINAL_BITS, ORDINAL_MASK, PART_BITS, file_node
from lineagraph.store.packing import (
    Profile,
    pack_edges,
    pack_nodes,
    pack_profiles,
    unpack_edges,
    unpack_nodes,
    unpack_profiles,
)

EDGES_PER_PART = 512
"""A trace decodes whole parts: small enough not to be felt, large enough that few files need a second."""

EdgeKey = tuple[int, int, int]
"""(kind, source node, target node): what makes an edge one edge."""

Row = tuple[int, bytes, bytes | None, bytes | None]
"""A row of `contributions`: id, nodes, profiles, edges."""


class Part(Struct, frozen=True):
    """One row of `contributions`, unpacked: `edges` point into `nodes`."""

    id: int
    nodes: Sequence[int]
    edges: tuple[Edge, ...]


class Contribution(Struct, frozen=True):
    """All parts of one file; `nodes` and `profiles` are those of its part 0, which lists every node it mentions."""

    file: int
    nodes: Sequence[int]
    profiles: dict[int, Profile]
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]


def contribute(lineage: FileLineage, file: int, table: EntityTable) -> Contribution:
    """Number the nodes of a file's lineage, creating entities and columns that are new, and pack it.

    Counts nothing yet: `count_mentions` does. Raises `StoreError` on a lineage that breaks the model's contract.
    """
    nodes, profiles = _number_nodes(lineage, file, table)
    edges = lineage.edges
    first = file << PART_BITS
    if len(edges) <= EDGES_PER_PART:
        row = (first, pack_nodes(nodes), pack_profiles(profiles), pack_edges(edges))
        return Contribution(file, nodes, profiles, (Part(first, nodes, edges),), (row,))
    parts = [Part(first, nodes, ())]
    rows: list[Row] = [(first, pack_nodes(nodes), pack_profiles(profiles), None)]
    size = max(EDGES_PER_PART, -(-len(edges) // (MAX_PARTS - 1)))
    for number, start in enumerate(range(0, len(edges), size), 1):
        part = _cut(first + number, nodes, edges[start : start + size])
        parts.append(part)
        rows.append((part.id, pack_nodes(part.nodes), None, pack_edges(part.edges)))
    return Contribution(file, nodes, profiles, tuple(parts), tuple(rows))


def _number_nodes(lineage: FileLineage, file: int, table: EntityTable) -> tuple[list[int], dict[int, Profile]]:
    nodes = lineage.nodes
    ids = [0] * len(nodes)
    profiles: dict[int, Profile] = {}
    owners: dict[int, tuple[Entity, int]] = {}
    for index, node in enumerate(nodes):
        if node.label == NodeLabel.COLUMN:
            continue
        key = node.key
        if node.label == NodeLabel.SOURCE_FILE:
            if index:
                raise StoreError(f"{lineage.path}: node {index} is a file; only node 0 may be one, the file itself")
            ids[0] = file_node(file)
            continue
        entity = table.resolve(node.label, key)
        owners[index] = (entity, len(key) + 1)
        ids[index] = entity.base
        name = None if node.name == usual_name(node.label, key) else node.name
        if node.defined or name is not None or node.kind is not None:
            profiles[index] = Profile(name, node.kind, node.position, node.data_type, node.defined)
    for index, node in enumerate(nodes):
        if node.label != NodeLabel.COLUMN:
            continue
        try:
            entity, prefix = owners[node.parent]
        except KeyError:
            raise StoreError(f"{lineage.path}: column {node.key} has no dataset as its parent") from None
        part = node.key[prefix:]
        ordinal = entity.ordinals.get(part)
        if ordinal is None:
            if not node.key.startswith(entity.key + "."):
                raise StoreError(f"{lineage.path}: the key of column {node.key} does not start with {entity.key}.")
            ordinal = entity.add_column(part)
        ids[index] = entity.base | ordinal
        if node.defined:
            name = None if node.name == part else node.name
            profiles[index] = Profile(name, node.kind, node.position, node.data_type, True)
        elif node.name != part:
            profiles[index] = Profile(node.name)
    return ids, profiles


def usual_name(label: int, key: str) -> str:
    """The spelling a key itself suggests: what need not be stored."""
    return key[:-2] if label == NodeLabel.ROUTINE else key


def _cut(id: int, nodes: Sequence[int], edges: Sequence[Edge]) -> Part:
    """A part of its own for some of a file's edges, with only the nodes that these mention."""
    places: dict[int, int] = {}
    cut: list[Edge] = []
    for edge in edges:
        source = places.setdefault(edge.source, len(places))
        target = places.setdefault(edge.target, len(places))
        cut.append(Edge(edge.kind, source, target, edge.statement, edge.span, edge.flags, edge.expression))
    return Part(id, [nodes[index] for index in places], tuple(cut))


def unpack(file: int, rows: Sequence[Row]) -> Contribution:
    """The reverse of `contribute`, from the file's rows in the order of their ids."""
    parts = [Part(id, unpack_nodes(nodes), unpack_edges(edges)) for id, nodes, _, edges in rows]
    return Contribution(file, parts[0].nodes, unpack_profiles(rows[0][2]), tuple(parts), tuple(rows))


def count_mentions(contribution: Contribution, table: EntityTable, sign: int) -> set[int]:
    """Add (sign 1) or take back (sign -1) all that a file says of its nodes; returns the entities it mentions."""
    nodes, profiles, file = contribution.nodes, contribution.profiles, contribution.file
    entities = {node >> ORDINAL_BITS for node in nodes}
    entities.discard(-file)
    by_id = {id: table.by_id(id) for id in entities}
    plain = {id: entity.plain for id, entity in by_id.items()}
    for index, node in enumerate(nodes):
        if index not in profiles and node >= 0:
            plain[node >> ORDINAL_BITS][node & ORDINAL_MASK] += sign
    for index, profile in profiles.items():
        node = nodes[index]
        entity = by_id[node >> ORDINAL_BITS]
        (entity.say if sign > 0 else entity.unsay)(node & ORDINAL_MASK, file, profile)
    if sign < 0:
        for entity in by_id.values():
            entity.shrunk = True
    return entities


def links(parts: Iterable[Part]) -> tuple[dict[tuple[int, int], set[int]], dict[tuple[int, int], set[int]]]:
    """(flows in, flows out) of a contribution: (entity, part's id) → ordinals.

    `HAS_COLUMN` is in neither (a dataset knows its columns), and what a file defines is not a flow out of it.
    """
    flows_in: dict[tuple[int, int], set[int]] = {}
    flows_out: dict[tuple[int, int], set[int]] = {}
    has_column, defines = int(EdgeKind.HAS_COLUMN), int(EdgeKind.DEFINES)
    for part in parts:
        nodes, id = part.nodes, part.id
        for index in {edge.target for edge in part.edges if edge.kind != has_column}:
            node = nodes[index]
            flows_in.setdefault((node >> ORDINAL_BITS, id), set()).add(node & ORDINAL_MASK)
        for index in {edge.source for edge in part.edges if edge.kind != has_column and edge.kind != defines}:
            node = nodes[index]
            flows_out.setdefault((node >> ORDINAL_BITS, id), set()).add(node & ORDINAL_MASK)
    return flows_in, flows_out


def edge_keys(parts: Iterable[Part]) -> set[EdgeKey]:
    """The distinct edges of a contribution."""
    keys: set[EdgeKey] = set()
    for part in parts:
        nodes = part.nodes
        if len(nodes) == 0:
            continue
        local = {(edge.kind, edge.source, edge.target) for edge in part.edges}
        keys.update([(kind, nodes[source], nodes[target]) for kind, source, target in local])
    return keys
