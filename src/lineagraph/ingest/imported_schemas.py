"""An imported schema as a contribution to the graph: it takes part like a file that defines datasets."""

from __future__ import annotations

import msgspec

from lineagraph.catalog.catalog import IMPORTED
from lineagraph.catalog.interface import Defined, Interface, encode
from lineagraph.catalog.schemas import Schema
from lineagraph.ingest.reading import Reading
from lineagraph.model import Edge, EdgeKind, FileLineage, Node, NodeLabel, Span

SCHEMA_DIALECT = "schema"
"""What imported schemas have in place of a dialect."""

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def schema_reading(schema: Schema) -> Reading:
    """What is kept of an imported schema, as of a file."""
    definitions: dict[str, Defined] = {}
    mentions: dict[str, tuple[str, ...]] = {}
    for key, dataset in schema.items():
        names = tuple(name for name, _ in dataset.columns)
        if dataset.complete:
            definitions[key] = (IMPORTED, dataset.kind, names)
        else:
            mentions[key] = tuple(sorted(set(names)))
    interface = Interface(definitions, mentions=mentions)
    return Reading(
        SCHEMA_DIALECT,
        "parsed",
        tuple(sorted(interface.names())),
        encode(interface),
        _encoder.encode(schema),
        True,
    )


def schema_lineage(path: str, schema: Schema) -> FileLineage:
    """An imported schema as a contribution to the graph: the datasets and columns it defines."""
    here = Span(1, 1, 1, 1)
    nodes: list[Node] = [Node(NodeLabel.SOURCE_FILE, path, path, defined=True)]
    edges: list[Edge] = []
    for key, dataset in schema.items():
        parent = len(nodes)
        nodes.append(Node(NodeLabel.DATASET, key, dataset.name, kind=dataset.kind, defined=True))
        edges.append(Edge(EdgeKind.DEFINES, 0, parent, 1, here))
        for position, (name, data_type) in enumerate(dataset.columns, 1):
            edges.append(Edge(EdgeKind.HAS_COLUMN, parent, len(nodes), 1, here))
            spelled = dataset.spellings.get(name, name)
            nodes.append(
                Node(
                    NodeLabel.COLUMN,
                    f"{key}.{name}",
                    spelled,
                    parent,
                    None,
                    position,
                    data_type,
                    defined=True,
                )
            )
    return FileLineage(path, tuple(nodes), tuple(edges))
