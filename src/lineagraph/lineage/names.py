"""From what a user types to one node: the exact key, then regardless of case, then unique trailing parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from lineagraph.diagnostics import LineagraphError
from lineagraph.model import NodeLabel
from lineagraph.store.identity import ORDINAL_BITS, file_node
from lineagraph.store.packing import split_columns

MAX_CANDIDATES = 10


class UnknownNameError(LineagraphError):
    """No node has this name; `candidates` are the nearest ones."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        self.name = name
        self.candidates = tuple(candidates)
        hint = (
            f"did you mean {_listed(self.candidates)}?"
            if candidates
            else "`lineagraph search` lists what there is"
        )
        super().__init__(f"nothing in the graph is called {name}; {hint}")


class AmbiguousNameError(LineagraphError):
    """Several nodes have this name; `candidates` are their full names."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        self.name = name
        self.candidates = tuple(candidates[:MAX_CANDIDATES])
        more = f" and {len(candidates) - MAX_CANDIDATES} more" if len(candidates) > MAX_CANDIDATES else ""
        super().__init__(f"{name} could be {_listed(self.candidates)}{more}; give more of its name")


class WrongKindError(LineagraphError):
    """The name is known, but the question makes no sense for such a node."""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]


def split_name(name: str) -> list[str]:
    """The dotted parts of a name as keys hold them: a part in double quotes keeps its dots and its quotes."""
    parts: list[str] = []
    start = 0
    quoted = False
    for place, character in enumerate(name):
        if character == '"':
            quoted = not quoted
        elif character == "." and not quoted:
            parts.append(name[start:place])
            start = place + 1
    parts.append(name[start:])
    return parts


def resolve_name(db: sqlite3.Connection, name: str) -> int:
    """The number of the one node that `name` means.

    Tried in turn, the first that finds something decides: the exact key of a dataset, routine, file or column; the same
    regardless of case; unique trailing parts (`rev.total` finds `mart.rev.total`); these regardless of case. A dataset
    goes before a column of the same name. Raises `UnknownNameError` and `AmbiguousNameError`.
    """
    name = name.strip()
    for attempt in (_exact, _any_case, _trailing):
        found = attempt(db, name)
        if len(found) == 1:
            return found[0][0]
        if found:
            raise AmbiguousNameError(name, sorted({key for _, key in found}))
    raise UnknownNameError(name, nearest_names(db, name))


Found = list[tuple[int, str]]
"""(node, key)"""


def _exact(db: sqlite3.Connection, name: str) -> Found:
    for key, condition in ((name, "label = 1"), (name, "label = 3"), (f"{name}()", "label = 3")):
        row = db.execute(f"SELECT id FROM entities WHERE key = ? AND {condition}", (key,)).fetchone()
        if row:
            return [(row[0] << ORDINAL_BITS, key)]
    parts = split_name(name)
    if len(parts) > 1:
        dataset = ".".join(parts[:-1])
        rows = db.execute(
            "SELECT id, columns FROM entities WHERE key = ? AND label = 1", (dataset,)
        ).fetchall()
        found = _columns(((id, dataset, columns) for id, columns in rows), parts[-1], same_case=True)
        if found:
            return found
    row = db.execute("SELECT id FROM files WHERE path = ?", (name,)).fetchone()
    return [(file_node(row[0]), name)] if row else []


def _any_case(db: sqlite3.Connection, name: str) -> Found:
    return _matching(db, name, trailing=False)


def _trailing(db: sqlite3.Connection, name: str) -> Found:
    return _matching(db, name, trailing=True)


def _matching(db: sqlite3.Connection, name: str, trailing: bool) -> Found:
    """Nodes that match regardless of case, narrowed to those of the same case where there are any.

    The conditions run over the index of keys alone, which is small; LIKE ignores the case of ASCII letters only.
    """
    folded = name.casefold()
    found = [
        (id << ORDINAL_BITS, key)
        for id, label, key in _entities_like(db, name, trailing)
        if _ends(key.casefold(), folded, trailing)
        or (label == NodeLabel.ROUTINE and _ends(key.casefold(), f"{folded}()", trailing))
    ]
    found = _prefer_case(found, name, trailing)
    if found:
        return found
    parts = split_name(name)
    if len(parts) > 1:
        dataset = ".".join(parts[:-1])
        wanted = dataset.casefold()
        ids = [
            id
            for id, label, key in _entities_like(db, dataset, trailing)
            if label == NodeLabel.DATASET and _ends(key.casefold(), wanted, trailing)
        ]
        rows = (
            db.execute("SELECT id, key, columns FROM entities WHERE id = ?", (id,)).fetchone() for id in ids
        )
        found = _prefer_case(_columns(rows, parts[-1], same_case=False), name, trailing)
    elif trailing:
        rows = db.execute(
            "SELECT id, key, columns FROM entities WHERE label = 1 AND columns LIKE ? ESCAPE '\\'",
            (f"%{like_pattern(name)}%",),
        )
        found = _prefer_case(_columns(rows, name, same_case=False), name, trailing)
    if not found:
        rows = db.execute(
            "SELECT id, path FROM files WHERE path LIKE ? ESCAPE '\\'",
            (("%" if trailing else "") + like_pattern(name),),
        )
        found = [
            (file_node(id), path)
            for id, path in rows
            if path.casefold() == folded or (trailing and path.casefold().endswith(f"/{folded}"))
        ]
    return found


def _entities_like(db: sqlite3.Connection, name: str, trailing: bool) -> Iterable[tuple[int, int, str]]:
    start = "%" if trailing else ""
    return db.execute(
        "SELECT id, label, key FROM entities WHERE key LIKE ? ESCAPE '\\' OR key LIKE ? ESCAPE '\\'",
        (start + like_pattern(name), start + like_pattern(name) + "()"),
    )


def like_pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "".join([character if character.isascii() else "_" for character in escaped])


def _ends(key: str, name: str, trailing: bool) -> bool:
    return key == name or (trailing and key.endswith("." + name))


def _columns(rows: Iterable[tuple[int, str, str]], column: str, same_case: bool) -> Found:
    folded = column.casefold()
    return [
        (id << ORDINAL_BITS | ordinal, f"{key}.{part}")
        for id, key, columns in rows
        for ordinal, part in enumerate(split_columns(columns), 1)
        if part is not None and (part == column if same_case else part.casefold() == folded)
    ]


def _prefer_case(found: Found, name: str, trailing: bool) -> Found:
    exact = [(node, key) for node, key in found if _ends(key, name, trailing)]
    return exact or found


def nearest_names(db: sqlite3.Connection, name: str, count: int = 5) -> list[str]:
    """Full names most like this one: datasets and routines, and columns of the datasets that fit best."""
    parts = split_name(name)
    keys = [key for (key,) in db.execute("SELECT key FROM entities ORDER BY key")]
    near = closest(name, keys, count)
    if len(parts) > 1:
        datasets = closest(".".join(parts[:-1]), keys, 3)
        columns: list[str] = []
        for dataset in datasets:
            for (packed,) in db.execute(
                "SELECT columns FROM entities WHERE key = ? AND label = 1", (dataset,)
            ):
                columns += [f"{dataset}.{part}" for part in split_columns(packed) if part is not None]
        near = closest(name, [*near, *columns], count)
    return near


def closest(name: str, keys: Sequence[str], count: int) -> list[str]:
    """By difflib's ratio, of longer keys with their trailing parts; common letter pairs choose whom to compare."""
    import difflib  # only the way out of a mistake needs it

    folded = name.casefold()
    depth = len(split_name(name))
    pairs = _pairs(folded)
    rough: list[tuple[float, str, str]] = []
    for key in keys:
        tail = ".".join(split_name(key)[-depth:]).casefold() if "." in key else key.casefold()
        other = _pairs(tail)
        common = len(pairs & other)
        if common or tail[:1] == folded[:1]:
            rough.append((-2 * common / (len(pairs) + len(other) or 1), key, tail))
    rough.sort()
    ranked = sorted(
        (-difflib.SequenceMatcher(None, folded, tail).ratio(), key) for _, key, tail in rough[:200]
    )
    return [key for ratio, key in ranked if ratio <= -0.6][:count]


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}
