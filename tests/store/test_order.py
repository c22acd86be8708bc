"""The graph depends on what its files say, not on the order, the batches or the edits by which it came about."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineagraph.model import NodeLabel
from lineagraph.store import entities
from lineagraph.store.base import FileChange
from lineagraph.store.sqlite import SqliteStore
from lineagraph.store.statistics import edge_name
from tests.store.drawn import histories, outcome_of
from tests.store.graphs import exported, quick_directory, records

_SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@_SETTINGS
@given(history=histories(), data=st.data())
def test_any_history_gives_the_graph_built_from_scratch(history: Any, data: st.DataObject) -> None:
    files = outcome_of(history)
    with quick_directory() as directory:
        store = SqliteStore.open(Path(directory, "history"))
        nodes = edges = 0
        for changes, deletions, reopened in history:
            if reopened:
                store.close()
                store = SqliteStore.open(Path(directory, "history"))
            delta = store.apply(changes, deletions)
            nodes += delta.nodes_added - delta.nodes_removed
            edges += delta.edges_added - delta.edges_removed
        with store, SqliteStore.open(Path(directory, "scratch")) as scratch:
            order = data.draw(st.permutations(sorted(files)))
            cut = data.draw(st.integers(0, len(order)))
            for paths in (order[:cut], order[cut:]):
                scratch.apply([files[path] for path in paths])
            assert exported(store).decode() == exported(scratch).decode()
            assert store.statistics() == scratch.statistics()
            assert nodes == len(records(store, "node"))
            assert edges == len(records(store, "edge"))
            assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            again = scratch.apply([files[path] for path in order])
            assert (again.nodes_added, again.nodes_removed, again.edges_added, again.edges_removed) == (
                0,
                0,
                0,
                0,
            )
            scratch.apply([], order)
            assert exported(scratch) == b""
            left = [scratch.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES]
            assert left == [0] * len(_TABLES)


_TABLES = ("files", "file_details", "entities", "contributions", "flows_in", "flows_out", "tallies")


@_SETTINGS
@given(history=histories())
def test_the_graph_is_what_the_files_say(history: Any) -> None:
    """Against a second, plain implementation of the rules."""
    files = outcome_of(history)
    with quick_directory() as directory, SqliteStore.open(Path(directory)) as store:
        store.apply(list(files.values()))
        nodes = {(node["label"], node["key"]): node for node in records(store, "node")}
        edges = {_edge_key(edge): tuple(edge.get("flags", ())) for edge in records(store, "edge")}
        evidence = Counter(
            [(_edge_key(one), one["file"], one["statement"]) for one in records(store, "evidence")]
        )
        assert {key for key in nodes if key[0] == "SourceFile"} == {("SourceFile", path) for path in files}
        assert edges == _expected_flags(files)
        assert evidence == _expected_evidence(files)
        _check_nodes(nodes, files)
        statistics = store.statistics()
        assert sum(statistics.edges.values()) == len(edges)
        assert statistics.columns == len([1 for label, _ in nodes if label == "Column"])
        assert statistics.evidence == evidence.total()


def _edge_key(edge: dict[str, Any]) -> tuple[str, str, str]:
    words = " ".join(word for word in (edge["relationship"], edge.get("type"), edge.get("subtype")) if word)
    return edge["source"], edge["target"], words


def _stated(files: dict[str, FileChange]) -> list[tuple[tuple[str, str, str], str, Any]]:
    return [
        (
            (
                change.lineage.nodes[edge.source].key,
                change.lineage.nodes[edge.target].key,
                edge_name(edge.kind),
            ),
            path,
            edge,
        )
        for path, change in files.items()
        if change.lineage is not None
        for edge in change.lineage.edges
    ]


def _expected_flags(files: dict[str, FileChange]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    flags: dict[tuple[str, str, str], int] = {}
    for key, _, edge in _stated(files):
        flags[key] = flags.get(key, edge.flags) & edge.flags
    names = ((1, "masking"), (4, "unresolved"))
    return {key: tuple(name for bit, name in names if bits & bit) for key, bits in flags.items()}


def _expected_evidence(files: dict[str, FileChange]) -> Counter[tuple[tuple[str, str, str], str, int]]:
    return Counter([(key, path, edge.statement) for key, path, edge in _stated(files)])


_LABELS = {NodeLabel.DATASET: "Dataset", NodeLabel.COLUMN: "Column", NodeLabel.ROUTINE: "Routine"}


def _check_nodes(nodes: dict[tuple[str, str], dict[str, Any]], files: dict[str, FileChange]) -> None:
    said: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    typed: set[tuple[str, str]] = set()
    for path, change in files.items():
        for node in change.lineage.nodes if change.lineage else ():
            if node.label == NodeLabel.SOURCE_FILE:
                continue
            said.setdefault((_LABELS[NodeLabel(node.label)], node.key), []).append((path, node))
            if node.data_type is not None and node.defined:
                assert change.lineage is not None
                typed.add((path, change.lineage.nodes[node.parent].key))
    assert {key for key in nodes if key[0] != "SourceFile"} == set(said)
    for (label, key), mentions in said.items():
        shown = nodes[label, key]
        owner = {id(node): node.key for _, node in mentions}
        if label == "Column":
            owner = {
                id(node): files[path].lineage.nodes[node.parent].key  # pyright: ignore[reportOptionalMemberAccess]
                for path, node in mentions
            }
        definers = sorted(
            [(path, node) for path, node in mentions if node.defined],
            key=lambda pair: ((pair[0], owner[id(pair[1])]) not in typed, pair[0]),
        )
        assert shown.get("defined", False) == bool(definers)
        if definers:
            chosen = definers[0][1]
            assert (shown["name"], shown.get("position"), shown.get("data_type")) == (
                chosen.name,
                chosen.position,
                chosen.data_type,
            )
        else:
            counts = Counter([node.name for _, node in mentions])
            assert shown["name"] == min(counts, key=lambda name: (-counts[name], name))
        kinds = [node.kind for _, node in definers] + sorted(
            [node.kind or "unknown" for _, node in mentions], key=_by_kind
        )
        known = [kind for kind in kinds if kind not in (None, "unknown")]
        assert shown.get("kind") == (known[0] if known else "unknown" if label == "Dataset" else None)


def _by_kind(kind: str) -> int:
    return ["view", "table", "function", "procedure", "unknown"].index(kind)


@pytest.fixture(autouse=True)
def _small_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most batches then find some entities in memory and read others again."""
    monkeypatch.setattr(entities, "CACHED_NODES", 12)
