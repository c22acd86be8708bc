"""What one file contributes, in numbers: `FileLineage` packed for the database, and the links a trace walks on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from lineagraph.model import Edge, EdgeKind, FileLineage, NodeLabel
from lineagraph.store.base import StoreError
from lineagraph.store.entities import Entity, EntityTable
from lineagraph.store.identity import MAX_PARTS, ORDINAL_BITS, ORDINAL_MASK, PART_BITS, file_node
from lineagraph.store.packing import (
    Saying,
    pack_edges,
    pack_nodes,
    pack_sayings,
    unpack_edges,
    unpack_nodes,
    unpack_sayings,
    usual_name,
)

EDGES_PER_PART = 512
"""A trace decodes whole parts: small enough not to be felt, large enough that few files need a second."""

# as plain integers: looked up for every node and edge
_SOURCE_FILE, _COLUMN = int(NodeLabel.SOURCE_FILE), int(NodeLabel.COLUMN)
_DEFINES, _HAS_COLUMN = int(EdgeKind.DEFINES), int(EdgeKind.HAS_COLUMN)

EdgeKey = tuple[int, int, int]
"""(kind, source node, target node): what makes an edge one edge."""

Row = tuple[int, bytes, bytes | None, bytes | None]
"""A row of `contributions`: id, nodes, sayings, edges."""


class Part(Struct, frozen=True, gc=False):
    """One row of `contributions`, unpacked: `edges` point into `nodes`."""

    id: int
    nodes: Sequence[int]
    edges: tuple[Edge, ...]


class Contribution(Struct, frozen=True, gc=False):
    """All parts of one file; `nodes` are those of its part 0, which lists every node it mentions."""

    file: int
    nodes: Sequence[int]
    sayings: dict[int, list[Saying]]
    """By entity, what the file says beyond mentioning nodes."""
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]


def contribute(lineage: FileLineage, file: int, table: EntityTable) -> Contribution:
    """Number the nodes of a file's lineage, creating entities and columns that are new, and pack it.

    Counts nothing yet. Raises `StoreError` on a lineage that breaks the model's contract.
    """
    nodes = number_nodes(lineage, file, table)
    sayings = _sayings(lineage, nodes)
    edges = lineage.edges
    first = file << PART_BITS
    if len(edges) <= EDGES_PER_PART:
        row = (first, pack_nodes(nodes), pack_sayings(sayings), pack_edges(edges))
        return Contribution(file, nodes, sayings, (Part(first, nodes, edges),), (row,))
    parts = [Part(first, nodes, ())]
    rows: list[Row] = [(first, pack_nodes(nodes), pack_sayings(sayings), None)]
    size = max(EDGES_PER_PART, -(-len(edges) // (MAX_PARTS - 1)))
    for number, start in enumerate(range(0, len(edges), size), 1):
        part = _cut(first + number, nodes, edges[start : start + size])
        parts.append(part)
        rows.append((part.id, pack_nodes(part.nodes), None, pack_edges(part.edges)))
    return Contribution(file, nodes, sayings, tuple(parts), tuple(rows))


def number_nodes(lineage: FileLineage, file: int, table: EntityTable) -> list[int]:
    """The numbers of a file's nodes.

    Runs for every node of every file, so all that can be is left to the interpreter's own loops.
    """
    nodes = lineage.nodes
    numbers: list[int | None] = [*map(table.columns.get, [node.key for node in nodes])]
    owners: dict[int, Entity] = {}
    for index, node in [(index, node) for index, node in enumerate(nodes) if node.label != _COLUMN]:
        if node.label != _SOURCE_FILE:
            entity = owners[index] = table.resolve(node.label, node.key)
            numbers[index] = entity.base
        elif index:
            raise StoreError(
                f"{lineage.path}: node {index} is a file; only node 0 may be one, the file itself"
            )
        else:
            numbers[0] = file_node(file)
    if None in numbers:
        columns = table.columns
        for index in [index for index, number in enumerate(numbers) if number is None]:
            key, owner = nodes[index].key, owners.get(nodes[index].parent)
            if owner is None or not key.startswith(owner.key + "."):
                raise StoreError(
                    f"{lineage.path}: column {key} is not in the dataset that is given as its parent"
                )
            number = columns.get(key)
            if number is None:  # it is not, if the file lists the column twice
                number = columns[key] = owner.base | owner.add_column(key[len(owner.key) + 1 :])
            numbers[index] = number
    found: list[int] = numbers  # pyright: ignore[reportAssignmentType]  (none is None now)
    if len({number >> ORDINAL_BITS for number in found} - {-file}) != len(
        {id(owner) for owner in owners.values()}
    ):
        raise StoreError(f"{lineage.path}: a column is listed without its dataset")
    return found


def _sayings(lineage: FileLineage, numbers: Sequence[int]) -> dict[int, list[Saying]]:
    sayings: dict[int, list[Saying]] = {}
    for index, node in [
        (index, node)
        for index, node in enumerate(lineage.nodes)
        if node.defined or node.kind is not None or not node.key.endswith(node.name)
    ]:
        number = numbers[index]
        if number >= 0:
            name = (
                None
                if node.name == usual_name(node.label, node.key) or node.key.endswith(node.name)
                else node.name
            )
            saying = Saying(
                number & ORDINAL_MASK, name, node.kind, node.position, node.data_type, node.defined
            )
            sayings.setdefault(number >> ORDINAL_BITS, []).append(saying)
    return sayings


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
    return Contribution(file, parts[0].nodes, unpack_sayings(rows[0][2]), tuple(parts), tuple(rows))


class Flows(Struct, frozen=True, gc=False):
    """The edges of one contribution without their evidence."""

    kinds: list[int]
    """Of each distinct edge but `HAS_COLUMN`; in a file with several parts, an edge counts once in each."""
    owned: list[int]
    """Targets of `HAS_COLUMN` edges. A dataset knows its columns, so these are in no link."""
    links_in: list[tuple[int, int]]
    """(entity, part's id) where edges lead to."""
    links_out: dict[tuple[int, int], set[int]]
    """(entity, part's id) → ordinals that edges start from; what a file defines is not a flow out of it."""


def flows(parts: Sequence[Part]) -> Flows:
    kinds: list[int] = []
    owned: set[int] = set()
    links_in: list[tuple[int, int]] = []
    links_out: dict[tuple[int, int], set[int]] = {}
    for part in parts:
        nodes, id = part.nodes, part.id
        triples = {(edge.kind, edge.source, edge.target) for edge in part.edges}
        moving = [triple for triple in triples if triple[0] != _HAS_COLUMN]
        if len(moving) < len(triples):
            owned.update([nodes[target] for kind, _, target in triples if kind == _HAS_COLUMN])
        kinds += [kind for kind, _, _ in moving]
        targets = {target for _, _, target in moving}
        links_in += [(entity, id) for entity in {nodes[target] >> ORDINAL_BITS for target in targets}]
        for source in {source for kind, source, _ in moving if kind != _DEFINES}:
            node = nodes[source]
            place = (node >> ORDINAL_BITS, id)
            if place in links_out:
                links_out[place].add(node & ORDINAL_MASK)
            else:
                links_out[place] = {node & ORDINAL_MASK}
    return Flows(kinds, list(owned), links_in, links_out)


def edge_keys(parts: Iterable[Part]) -> set[EdgeKey]:
    """The distinct edges of a contribution, without `HAS_COLUMN`."""
    keys: set[EdgeKey] = set()
    for part in parts:
        nodes = part.nodes
        local = {(edge.kind, edge.source, edge.target) for edge in part.edges if edge.kind != _HAS_COLUMN}
        keys.update([(kind, nodes[source], nodes[target]) for kind, source, target in local])
    return keys
