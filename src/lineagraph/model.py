"""The graph's nodes, edges and evidence as frozen structs; imports nothing of ours.

The words are OpenLineage's (https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet)
and the databases' own. `docs/model.md` describes the same things for readers of the graph.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct


class NodeLabel(IntEnum):
    """What a node is. The numbers are stored, so they never change meaning."""

    SOURCE_FILE = 0
    DATASET = 1
    COLUMN = 2
    ROUTINE = 3


class DatasetKind(StrEnum):
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"
    TEMPORARY_TABLE = "temporary_table"
    EXTERNAL_FILE = "external_file"
    SYNONYM = "synonym"
    TABLE_FUNCTION = "table_function"
    UNKNOWN = "unknown"
    """Read, but never defined by anything we have seen: a table or a view, we cannot know."""


class RoutineKind(StrEnum):
    PROCEDURE = "procedure"
    FUNCTION = "function"
    TRIGGER = "trigger"
    TASK = "task"


class EdgeKind(IntEnum):
    """Relationship, type and subtype in one number. The numbers are stored, so they never change meaning.

    0–4 are `FLOWS_TO` between columns, 5–8 `INFLUENCES` (column → dataset), 10–11 `FLOWS_TO` between datasets.
    """

    IDENTITY = 0
    TRANSFORMATION = 1
    AGGREGATION = 2
    CONDITIONAL = 3
    WINDOW = 4
    FILTER = 5
    JOIN = 6
    GROUP_BY = 7
    SORT = 8
    DATASET_DIRECT = 10
    DATASET_INDIRECT = 11
    DEFINES = 20
    HAS_COLUMN = 21
    READS = 22
    WRITES = 23
    CALLS = 24
    ATTACHED_TO = 25
    ALIAS_OF = 26


_RELATIONSHIP = {
    EdgeKind.DEFINES: "DEFINES",
    EdgeKind.HAS_COLUMN: "HAS_COLUMN",
    EdgeKind.READS: "READS",
    EdgeKind.WRITES: "WRITES",
    EdgeKind.CALLS: "CALLS",
    EdgeKind.ATTACHED_TO: "ATTACHED_TO",
    EdgeKind.ALIAS_OF: "ALIAS_OF",
}


def relationship(kind: int) -> str:
    """The relationship's name: `FLOWS_TO`, `INFLUENCES`, `DEFINES`, …"""
    if kind <= EdgeKind.WINDOW or kind in (EdgeKind.DATASET_DIRECT, EdgeKind.DATASET_INDIRECT):
        return "FLOWS_TO"
    if kind <= EdgeKind.SORT:
        return "INFLUENCES"
    return _RELATIONSHIP[EdgeKind(kind)]


def edge_type(kind: int) -> str | None:
    """OpenLineage's `DIRECT` or `INDIRECT`; None for edges that carry no data."""
    if kind <= EdgeKind.AGGREGATION or kind == EdgeKind.DATASET_DIRECT:
        return "DIRECT"
    if kind <= EdgeKind.SORT or kind == EdgeKind.DATASET_INDIRECT:
        return "INDIRECT"
    return None


def edge_subtype(kind: int) -> str | None:
    """OpenLineage's subtype (`IDENTITY`, `FILTER`, …); None for edges between datasets and structural edges."""
    return EdgeKind(kind).name if kind <= EdgeKind.SORT else None


class EdgeFlag(IntEnum):
    """Bits of `Edge.flags`."""

    MASKING = 1
    """The function on the way hides the value (a hash, a count, a mask)."""
    INFERRED = 2
    """Decided by partial knowledge: a unique trailing name, or a column list seen elsewhere."""
    UNRESOLVED = 4
    """The source or target could not be known; the edge is likely, not certain."""
    VIA_TEMPORARY = 8
    """Passed through a temporary table that was folded away."""


class Span(Struct, frozen=True, array_like=True, gc=False):
    """A stretch of a file. Lines and columns count from 1, in characters; the end is the last character."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


class Node(Struct, frozen=True, array_like=True, gc=False):
    """One node as one file mentions it; the store merges what all files say of the same key.

    `key` identifies the node in the whole project (`shop.orders`, `shop.orders.amount`; a file's key is its path,
    a routine's its qualified name with `()` after it). `name` is the spelling to show: qualified for datasets and
    routines, the bare name for columns. `parent` is the index of a column's dataset in `FileLineage.nodes`.
    """

    label: int
    key: str
    name: str
    parent: int = -1
    kind: str | None = None
    """`DatasetKind` or `RoutineKind`; None where this file does not say."""
    position: int | None = None
    """A column's place in its dataset, from 1, where the file defines it."""
    data_type: str | None = None
    defined: bool = False
    """True where this file creates the node, False where it only mentions it."""


class Edge(Struct, frozen=True, array_like=True, gc=False):
    """One edge with one piece of evidence: `source` and `target` are indexes into `FileLineage.nodes`.

    The same edge may appear several times, once per piece of evidence.
    """

    kind: int
    source: int
    target: int
    statement: int
    """Number of the statement in its file, from 1."""
    span: Span
    flags: int = 0
    expression: str | None = None
    """The expression the target column is computed by, as written."""


class StatementRecord(Struct, frozen=True, array_like=True, gc=False):
    """One statement of a file, parsed or not."""

    number: int
    kind: str
    """`select`, `insert`, `merge`, `create view`, …; `unparsed` where nothing could be made of it."""
    span: Span
    outcome: str
    """`parsed`, `partial` (something in it was skipped, a diagnostic says what), `ignored` (no lineage in it),
    `failed`.
    """


class FileLineage(Struct, frozen=True, array_like=True, gc=False):
    """What one file contributes to the graph once its facts are bound; node 0 is the file itself."""

    path: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    statements: tuple[StatementRecord, ...] = ()


class GraphDelta(Struct, frozen=True):
    """How the graph changed: counts of nodes and edges that came and went."""

    nodes_added: int = 0
    nodes_removed: int = 0
    edges_added: int = 0
    edges_removed: int = 0
