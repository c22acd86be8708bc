"""An imported schema as a contribution to the graph: it takes part like a file that defines datasets."""

from __future__ import annotations

import hashlib

import msgspec

from lineagraph.catalog.schemas import Schema
from lineagraph.model import Edge, EdgeKind, FileLineage, Node, NodeLabel, Span
from lineagraph.store.base import FileChange, FileRecord


def schema_change(path: str, schema: Schema) -> FileChange:
    """An imported schema as a contribution to the graph: the datasets and columns it defines."""
    blob = msgspec.msgpack.encode(schema)
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
    digest = hashlib.sha256(blob).digest()
    record = FileRecord(path, len(blob), 0, 0, digest, "schema", "parsed")
    return FileChange(record, blob, FileLineage(path, tuple(nodes), tuple(edges)), (), digest)
