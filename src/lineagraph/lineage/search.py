"""Find datasets, columns, routines and files by a part of their name, the best matches first.

A scan of the names, no index: column names of a dataset lie together in one text, so that a million of them are read in
a fraction of a second, and writing pays nothing for it (measured in docs/adr/0001-project-database.md).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from lineagraph.lineage.names import closest, like_pattern, split_name
from lineagraph.model import NodeLabel
from lineagraph.store.dump import LABEL_NAMES
from lineagraph.store.identity import ORDINAL_BITS, file_node
from lineagraph.store.packing import split_columns
from lineagraph.store.reading import GraphReader
from lineagraph.store.sqlite import SqliteStore

SearchKind = Literal["dataset", "column", "routine", "file"]
KINDS: tuple[SearchKind, ...] = ("dataset", "column", "routine", "file")
DEFAULT_LIMIT = 50
MAX_CANDIDATES = 20_000
"""Matches looked at in one pass over the names; more make the answer `incomplete`."""


class Match(Struct, frozen=True):
    """One node found. `how`: `exact`, `prefix`, `substring` (of its last part, or of the whole name), or `similar`."""

    key: str
    name: str
    """As shown; a column with its dataset."""
    label: str
    kind: str | None
    how: str


class SearchResult(Struct, frozen=True):
    matches: tuple[Match, ...]
    total: int
    """How many were found; `matches` are the first `limit` of them."""
    incomplete: bool
    """So many names match that not all were looked at: give more of the name."""


_Candidate = tuple[int, int, str, int, str]
"""(rank, length, key, node, how): sorts by how well it fits, then the shorter name."""


def search(
    store: SqliteStore, text: str, kind: SearchKind | None = None, limit: int = DEFAULT_LIMIT
) -> SearchResult:
    """Nodes whose name is, starts with or contains `text`, regardless of case; similar names when there are none.

    `kind` keeps datasets, columns, routines or files only. A dotted text is looked for in whole names.
    """
    text = text.strip()
    kinds = KINDS if kind is None else (kind,)
    with store.snapshot() as db:
        found: dict[int, _Candidate] = {}
        incomplete = False
        if text:
            for start in (
                True,
                False,
            ):  # names that start with it first, so that a flood of others cannot hide them
                for count, candidate in enumerate(_candidates(db, text, kinds, start)):
                    if count >= MAX_CANDIDATES:
                        incomplete = True
                        break
                    found.setdefault(candidate[3], candidate)
            if not found:
                found = {candidate[3]: candidate for candidate in _similar(db, text, kinds)}
        best = sorted(found.values())[:limit]
        reader = GraphReader(db)
        reader.load_entities({node >> ORDINAL_BITS for _, _, _, node, _ in best})
        matches: list[Match] = []
        for _, _, _, node, how in best:
            view = reader.node(node)
            matches.append(
                Match(view.key, reader.shown_name(node), LABEL_NAMES[NodeLabel(view.label)], view.kind, how)
            )
        return SearchResult(tuple(matches), len(found), incomplete)


def _candidates(
    db: sqlite3.Connection, text: str, kinds: tuple[SearchKind, ...], start: bool
) -> Iterator[_Candidate]:
    folded = text.casefold()
    like = like_pattern(text)
    anywhere = f"%{like}%"
    labels = [
        label
        for name, label in (("dataset", NodeLabel.DATASET), ("routine", NodeLabel.ROUTINE))
        if name in kinds
    ]
    if labels:
        marks = ", ".join(str(int(label)) for label in labels)
        rows = db.execute(
            f"SELECT id, key FROM entities WHERE label IN ({marks}) AND key LIKE ? ESCAPE '\\'", (anywhere,)
        )
        for id, key in rows:
            yield from _fits(key, split_name(key)[-1].removesuffix("()"), folded, id << ORDINAL_BITS, start)
    if "column" in kinds:
        yield from _columns(db, text, folded, like, start)
    if "file" in kinds:
        for id, path in db.execute("SELECT id, path FROM files WHERE path LIKE ? ESCAPE '\\'", (anywhere,)):
            yield from _fits(path, path.rpartition("/")[2], folded, file_node(id), start)


def _columns(db: sqlite3.Connection, text: str, folded: str, like: str, start: bool) -> Iterator[_Candidate]:
    parts = split_name(text)
    if len(parts) > 1:  # `rev.tot`: the dataset's name ends so, the column's starts so
        dataset, column = ".".join(parts[:-1]), parts[-1].casefold()
        condition, values = "key LIKE ? ESCAPE '\\'", (f"%{like_pattern(dataset)}",)
        wanted = dataset.casefold()
    else:
        column, wanted = folded, ""
        condition = "(columns LIKE ? ESCAPE '\\' OR columns LIKE ? ESCAPE '\\')"
        values = (f"{like}%", f"%\n{like}%") if start else (f"%{like}%",) * 2
    for id, key, columns in db.execute(
        f"SELECT id, key, columns FROM entities WHERE label = 1 AND {condition}", values
    ):
        whole = key.casefold()
        if wanted and whole != wanted and not whole.endswith("." + wanted):
            continue
        for ordinal, part in enumerate(split_columns(columns), 1):
            if part is not None and column in part.casefold():
                yield from _fits(f"{key}.{part}", part, column, id << ORDINAL_BITS | ordinal, start)


def _fits(key: str, last: str, folded: str, node: int, start: bool) -> Iterator[_Candidate]:
    tail = last.casefold()
    if tail == folded or key.casefold() == folded:
        yield 0, len(key), key, node, "exact"
    elif tail.startswith(folded) or key.casefold().startswith(folded):
        yield 1, len(key), key, node, "prefix"
    elif not start and folded in key.casefold():
        yield (2 if folded in tail else 3), len(key), key, node, "substring"


def _similar(db: sqlite3.Connection, text: str, kinds: tuple[SearchKind, ...]) -> Iterator[_Candidate]:
    """Datasets and routines with a similar last part, then columns with a similar name."""
    names: dict[str, list[tuple[str, int]]] = {}
    for id, label, key in db.execute("SELECT id, label, key FROM entities"):
        if ("dataset" if label == NodeLabel.DATASET else "routine") in kinds:
            names.setdefault(split_name(key)[-1], []).append((key, id << ORDINAL_BITS))
    for last in closest(text, list(names), 10):
        for key, node in names[last]:
            yield 4, len(key), key, node, "similar"
    if "column" not in kinds:
        return
    distinct = {
        part
        for (columns,) in db.execute("SELECT columns FROM entities")
        for part in split_columns(columns)
        if part
    }
    for part in closest(text, list(distinct), 10):
        for candidate in _columns(db, part, part.casefold(), like_pattern(part), start=True):
            if candidate[0] == 0:
                yield 5, *candidate[1:4], "similar"
