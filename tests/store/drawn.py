"""Lineages and histories of edits drawn by Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import (
    DatasetKind,
    Edge,
    EdgeFlag,
    EdgeKind,
    FileLineage,
    Node,
    NodeLabel,
    RoutineKind,
    Span,
    StatementRecord,
)
from lineagraph.store.base import FileChange
from tests.store.graphs import record

PATHS = tuple(f"sql/{letter}.sql" for letter in "abcdefg")
_DATASETS = ("a", "a.b", "s.orders", "s.customers", '"odd.name"', "?")
_PARTS = ("b", "id", "amount", "*", "back\\slash", "new\nline", "", "\\", "\\e", "ünïcode")
_ROUTINES = ("p()", "s.load()")
_SPELLINGS = (str, str.upper, str.title)


@st.composite
def file_lineages(draw: st.DrawFn, path: str) -> FileLineage:
    """One file over few names, so that files meet; the same columns are often spelled and defined differently."""
    nodes: list[Node] = [Node(NodeLabel.SOURCE_FILE, path, path)]
    datasets: list[int] = []
    columns: list[int] = []
    for key in draw(st.lists(st.sampled_from(_DATASETS), unique=True, max_size=4)):
        owner = len(nodes)
        datasets.append(owner)
        kind = draw(st.sampled_from([None, None, DatasetKind.TABLE, DatasetKind.VIEW, DatasetKind.UNKNOWN]))
        defined = draw(st.booleans())
        nodes.append(Node(NodeLabel.DATASET, key, _spelled(draw, key), kind=kind, defined=defined))
        for part in draw(st.lists(st.sampled_from(_PARTS), unique=True, max_size=4)):
            columns.append(len(nodes))
            described = defined and draw(st.booleans())
            position = draw(st.integers(1, 3)) if described else None
            data_type = draw(st.sampled_from([None, "INT", "TEXT"])) if described else None
            name = _spelled(draw, part)
            nodes.append(
                Node(NodeLabel.COLUMN, f"{key}.{part}", name, owner, None, position, data_type, described)
            )
    routines: list[int] = []
    for key in draw(st.lists(st.sampled_from(_ROUTINES), unique=True, max_size=1)):
        routines.append(len(nodes))
        kind = draw(st.sampled_from([None, RoutineKind.PROCEDURE, RoutineKind.FUNCTION]))
        nodes.append(Node(NodeLabel.ROUTINE, key, key[:-2], kind=kind, defined=draw(st.booleans())))
    edges: list[Edge] = []
    for _ in range(draw(st.integers(0, 8))):
        ends = [
            (kind, sources, targets)
            for kind, sources, targets in (
                (EdgeKind.IDENTITY, columns, columns),
                (EdgeKind.WINDOW, columns, columns),
                (EdgeKind.JOIN, columns, datasets),
                (EdgeKind.DATASET_DIRECT, datasets, datasets),
                (EdgeKind.DEFINES, [0], datasets),
                (EdgeKind.READS, [*routines, 0], datasets),
                (EdgeKind.HAS_COLUMN, columns, columns),
            )
            if sources and targets
        ]
        if not ends:
            break
        kind, sources, targets = draw(st.sampled_from(ends))
        target = draw(st.sampled_from(targets))
        source = nodes[target].parent if kind == EdgeKind.HAS_COLUMN else draw(st.sampled_from(sources))
        line = draw(st.integers(1, 3))
        flags = draw(st.sampled_from([0, EdgeFlag.MASKING, EdgeFlag.MASKING | EdgeFlag.UNRESOLVED]))
        expression = draw(st.sampled_from([None, "f(x)"]))
        edges.append(Edge(kind, source, target, line, Span(line, 1, line, 5), int(flags), expression))
    statements = tuple([StatementRecord(1, "select", Span(1, 1, 1, 1), "parsed")] * draw(st.integers(0, 1)))
    return FileLineage(path, tuple(nodes), tuple(edges), statements)


def _spelled(draw: st.DrawFn, key: str) -> str:
    return draw(st.sampled_from(_SPELLINGS))(key)


@st.composite
def file_changes(draw: st.DrawFn, path: str) -> FileChange:
    lineage = (
        draw(st.none() | file_lineages(path)) if draw(st.integers(0, 9)) == 0 else draw(file_lineages(path))
    )
    diagnostic = Diagnostic(Code.PARSE_ERROR, Severity.ERROR, "no", Span(1, 1, 1, 1), 1)
    diagnostics = (diagnostic,) * draw(st.integers(0, 1))
    return FileChange(record(path, "parsed" if lineage else "failed"), lineage, diagnostics)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[list[FileChange], list[str], bool]]:
    """Batches of (changes, deletions, whether the store is opened anew before)."""
    batches: list[tuple[list[FileChange], list[str], bool]] = []
    for _ in range(draw(st.integers(1, 5))):
        paths = draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=5))
        cut = draw(st.integers(0, len(paths)))
        batches.append(([draw(file_changes(path)) for path in paths[cut:]], paths[:cut], draw(st.booleans())))
    return batches


def outcome_of(history: Sequence[tuple[list[FileChange], list[str], bool]]) -> dict[str, FileChange]:
    """The files as a history leaves them."""
    files: dict[str, FileChange] = {}
    for changes, deletions, _ in history:
        for path in deletions:
            files.pop(path, None)
        files.update({change.record.path: change for change in changes})
    return files
