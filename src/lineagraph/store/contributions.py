"""What one file contributes, in numbers: `FileLineage` packed for the database, and the links a trace walks on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from lineagraph.model import EdgeKind, NodeLabel
from lineagraph.store.base import StoreError
from lineagraph.store.entities import Entity, EntityTable
from lineagraph.store.identity import ORDINAL_BITS, ORDINAL_MASK, PART_BITS, file_node
from lineagraph.store.packing import (
    Saying,
    pack_nodes,
    pack_sayings,
    unpack_edges,
    unpack_nodes,
    unpack_sayings,
)
from lineagraph.store.prepared import Prepared, Triple

# as plain integers: looked up for every node and edge
_SOURCE_FILE, _COLUMN = int(NodeLabel.SOURCE_FILE), int(NodeLabel.COLUMN)
_DEFINES, _HAS_COLUMN = int(EdgeKind.DEFINES), int(EdgeKind.HAS_COLUMN)

EdgeKey = tuple[int, int, int]
"""(kind, source node, target node): what makes an edge one edge."""

Row = tuple[int, bytes, bytes | None, bytes | None]
"""A row of `contributions`: id, nodes, sayings, edges."""


class Part(Struct, frozen=True, gc=False):
    """One row of `contributions`, unpacked: `triples` are its distinct edges and point into `nodes`."""

    id: int
    nodes: Sequence[int]
    triples: Sequence[Triple]
    evidence: int


class Contribution(Struct, frozen=True, gc=False):
    """All parts of one file; `nodes` are those of its part 0, which lists every node it mentions."""

    file: int
    nodes: Sequence[int]
    sayings: dict[int, list[Saying]]
    """By entity, what the file says beyond mentioning nodes."""
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]


def contribute(prepared: Prepared, file: int, table: EntityTable) -> Contribution:
    """Number the nodes of a file's lineage, creating entities and columns that are new.

    Counts nothing yet. Raises `StoreError` on a lineage that breaks the model's contract.
    """
    nodes = number_nodes(prepared, file, table)
    sayings: dict[int, list[Saying]] = {}
    for index, name, kind, position, data_type, defined in prepared.said:
        number = nodes[index]
        saying = Saying(number & ORDINAL_MASK, name, kind, position, data_type, defined)
        sayings.setdefault(number >> ORDINAL_BITS, []).append(saying)
    parts: list[Part] = []
    rows: list[Row] = []
    packed_sayings = pack_sayings(sayings)
    for id, part in enumerate(prepared.parts, file << PART_BITS):
        own = nodes if part.nodes is None else [nodes[index] for index in part.nodes]
        parts.append(Part(id, own, part.triples, part.evidence))
        rows.append((id, pack_nodes(own), packed_sayings, part.edges))
        packed_sayings = None
    return Contribution(file, nodes, sayings, tuple(parts), tuple(rows))


def number_nodes(prepared: Prepared, file: int, table: EntityTable) -> list[int]:
    """The numbers of a file's nodes.

    Runs for every node of every file, so all that can be is left to the interpreter's own loops.
    """
    keys = prepared.keys
    numbers: list[int | None] = [*map(table.columns.get, keys)]
    owners: dict[int, Entity] = {}
    for index, label in [(index, label) for index, label in enumerate(prepared.labels) if label != _COLUMN]:
        if label != _SOURCE_FILE:
            entity = owners[index] = table.resolve(label, keys[index])
            numbers[index] = entity.base
        elif index:
            raise StoreError(
                f"{prepared.path}: node {index} is a file; only node 0 may be one, the file itself"
            )
        else:
            numbers[0] = file_node(file)
    if None in numbers:
        columns, parents = table.columns, prepared.parents
        for index in [index for index, number in enumerate(numbers) if number is None]:
            key, owner = keys[index], owners.get(parents[index])
            if owner is None or not key.startswith(owner.key + "."):
                raise StoreError(
                    f"{prepared.path}: column {key} is not in the dataset that is given as its parent"
                )
            number = columns.get(key)
            if number is None:  # it is not, if the file lists the column twice
                number = columns[key] = owner.base | owner.add_column(key[len(owner.key) + 1 :])
            numbers[index] = number
    found: list[int] = numbers  # pyright: ignore[reportAssignmentType]  (none is None now)
    if len({number >> ORDINAL_BITS for number in found} - {-file}) != len(
        {id(owner) for owner in owners.values()}
    ):
        raise StoreError(f"{prepared.path}: a column is listed without its dataset")
    return found


def unpack(file: int, rows: Sequence[Row]) -> Contribution:
    """The reverse of `contribute`, from the file's rows in the order of their ids."""
    parts = [read_part(id, nodes, edges) for id, nodes, _, edges in rows]
    return Contribution(file, parts[0].nodes, unpack_sayings(rows[0][2]), tuple(parts), tuple(rows))


def read_part(id: int, nodes: bytes, packed: bytes | None) -> Part:
    edges = unpack_edges(packed)
    triples = {(edge.kind, edge.source, edge.target) for edge in edges}
    return Part(id, unpack_nodes(nodes), [*triples], len(edges))


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
        moving = [triple for triple in part.triples if triple[0] != _HAS_COLUMN]
        if len(moving) < len(part.triples):
            owned.update([nodes[target] for kind, _, target in part.triples if kind == _HAS_COLUMN])
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
        keys.update(
            [
                (kind, nodes[source], nodes[target])
                for kind, source, target in part.triples
                if kind != _HAS_COLUMN
            ]
        )
    return keys
