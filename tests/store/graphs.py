"""Small lineages for tests, written by hand in a few words, and ways to look at the graph of them."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lineagraph.diagnostics import Diagnostic
from lineagraph.export.jsonl import export_jsonl
from lineagraph.model import Edge, EdgeKind, FileLineage, Node, NodeLabel, Span, StatementRecord
from lineagraph.store.base import FileChange, FileRecord
from lineagraph.store.sqlite import SqliteStore

Flow = tuple[str, str, EdgeKind] | tuple[str, str, EdgeKind, dict[str, Any]]
"""(source, target, kind) or with `flags`, `line`, `expression`, `statement`."""


def quick_directory() -> tempfile.TemporaryDirectory[str]:
    """In memory where the system has such a place: properties open hundreds of databases, each waits for the disk."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)


def record(path: str, outcome: str = "parsed") -> FileRecord:
    return FileRecord(path, "snowflake", outcome)


def change(
    path: str,
    flows: Sequence[Flow] = (),
    defines: Mapping[str, Sequence[str]] | None = None,
    *,
    kind: str | None = "table",
    types: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    diagnostics: tuple[Diagnostic, ...] = (),
    statements: int = 1,
) -> FileChange:
    """One file. A name is a column's if `defines` lists it so or a column flow ends there; `names` are spellings."""
    nodes: list[Node] = [Node(NodeLabel.SOURCE_FILE, path, path)]
    places: dict[tuple[int, str], int] = {}
    spelled = names or {}

    def dataset(key: str, **attributes: Any) -> int:
        if (NodeLabel.DATASET, key) not in places:
            places[NodeLabel.DATASET, key] = len(nodes)
            nodes.append(Node(NodeLabel.DATASET, key, spelled.get(key, key), **attributes))
        return places[NodeLabel.DATASET, key]

    def column(key: str, **attributes: Any) -> int:
        if (NodeLabel.COLUMN, key) not in places:
            owner, _, part = key.rpartition(".")
            parent = dataset(owner)
            places[NodeLabel.COLUMN, key] = len(nodes)
            nodes.append(Node(NodeLabel.COLUMN, key, spelled.get(key, part), parent, **attributes))
        return places[NodeLabel.COLUMN, key]

    edges: list[Edge] = []
    whole = Span(1, 1, 9, 9)
    for key, columns in (defines or {}).items():
        target = dataset(key, kind=kind, defined=True)
        edges.append(Edge(EdgeKind.DEFINES, 0, target, 1, whole))
        for position, part in enumerate(columns, 1):
            data_type = (types or {}).get(part)
            node = column(f"{key}.{part}", position=position, data_type=data_type, defined=True)
            edges.append(Edge(EdgeKind.HAS_COLUMN, target, node, 1, whole))
    for source, target, edge_kind, *rest in flows:
        more: dict[str, Any] = dict(rest[0]) if rest else {}
        line = more.get("line", 1)
        start = dataset if edge_kind >= EdgeKind.DATASET_DIRECT else column
        end = dataset if edge_kind > EdgeKind.WINDOW else column
        edges.append(
            Edge(
                edge_kind,
                start(source),
                end(target),
                more.get("statement", 1),
                Span(line, 1, line, 9),
                more.get("flags", 0),
                more.get("expression"),
            )
        )
    made = tuple([StatementRecord(number, "insert", whole, "parsed") for number in range(1, statements + 1)])
    return FileChange(
        record(path),
        FileLineage(path, tuple(nodes), tuple(edges), made),
        diagnostics,
    )


def exported(store: SqliteStore) -> bytes:
    stream = io.BytesIO()
    export_jsonl(store, stream)
    return stream.getvalue()


def records(store: SqliteStore, kind: str) -> list[dict[str, Any]]:
    """The canonical export's objects of one kind: `node`, `edge`, `evidence`, `statement`, `diagnostic`."""
    return [line for line in map(json.loads, exported(store).splitlines()) if line["record"] == kind]
