"""Datasets and routines as the writer holds them: their numbers, and who mentions them; pruned when nobody does.

Nothing here is a merged value: an entity keeps, per node, how many files say what. What is shown is derived from that
by `store/merging.py`, so it cannot depend on the order in which the files came.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from lineagraph.store.identity import ORDINAL_BITS, ORDINAL_MASK
from lineagraph.store.packing import (
    Mentions,
    Saying,
    Spelling,
    join_columns,
    pack_mentions,
    split_columns,
    unpack_mentions,
)

CACHED_NODES = 100_000
"""So many entities and columns at most stay in memory from one batch to the next (about 40 MB)."""


class Entity:
    """One dataset or routine with its columns, as it stands in the current transaction."""

    __slots__ = (
        "base", "columns_changed", "definitions", "files", "free", "fresh", "id", "is_new", "key", "label", "owned",
        "parts", "shrunk", "spellings",
    )  # fmt: skip

    def __init__(self, id: int, label: int, key: str) -> None:
        self.id = id
        self.base = id << ORDINAL_BITS
        self.label = label
        self.key = key
        self.is_new = True
        self.columns_changed = False
        self.shrunk = False
        self.parts: list[str | None] = [None]
        """Key parts of its columns by ordinal; None for itself and for free places."""
        self.free: list[int] = []
        self.fresh: set[int] = set()
        """Ordinals of columns that the database does not know yet, if it knows the entity."""
        self.files: list[int] = [0]
        self.owned: list[int] = [0]
        self.spellings: dict[tuple[int, str | None, str | None], int] = {}
        self.definitions: dict[int, list[Saying]] = {}

    def read(self, columns: str, mentions: Mentions) -> None:
        """Take over what the database has."""
        self.is_new = False
        self.parts += split_columns(columns)
        self.free = [ordinal for ordinal, part in enumerate(self.parts) if ordinal and part is None]
        self.files = mentions.files
        self.owned = mentions.owned
        self.spellings = {(s.ordinal, s.name, s.kind): s.files for s in mentions.spellings}
        self.definitions = mentions.definitions

    def add_column(self, part: str) -> int:
        """A new column's ordinal: a free place if there is one, else the next. `grow` gives it its counts."""
        if self.free:
            ordinal = self.free.pop()
            self.parts[ordinal] = part
        else:
            ordinal = len(self.parts)
            self.parts.append(part)
        if not self.is_new:
            self.fresh.add(ordinal)
            self.columns_changed = True
        return ordinal

    def grow(self) -> None:
        missing = len(self.parts) - len(self.files)
        if missing:
            self.files += [0] * missing
            self.owned += [0] * missing

    def say(self, file: int, sayings: list[Saying]) -> None:
        """Keep what a file says beyond mentioning; how many files mention a node is counted apart, in `files`."""
        defined = [saying for saying in sayings if saying.defined]
        if defined:
            self.definitions[file] = defined
        if len(defined) < len(sayings):
            for saying in sayings:
                if not saying.defined:
                    spelling = (saying.ordinal, saying.name, saying.kind)
                    self.spellings[spelling] = self.spellings.get(spelling, 0) + 1

    def unsay(self, file: int, sayings: list[Saying]) -> None:
        self.definitions.pop(file, None)
        for saying in sayings:
            if not saying.defined:
                spelling = (saying.ordinal, saying.name, saying.kind)
                self.spellings[spelling] -= 1
                if not self.spellings[spelling]:
                    del self.spellings[spelling]

    def prune(self) -> list[tuple[int, str]]:
        """Free the columns that no file mentions any more; returns their ordinals and keys."""
        gone: list[tuple[int, str]] = []
        for ordinal, part in enumerate(self.parts):
            if part is not None and not self.files[ordinal]:
                gone.append((ordinal, f"{self.key}.{part}"))
                self.parts[ordinal] = None
                self.free.append(ordinal)
                self.columns_changed = True
        return gone

    def mentions(self) -> bytes:
        spellings = [Spelling(*spelling, files) for spelling, files in self.spellings.items()]
        return pack_mentions(Mentions(self.files, self.owned, spellings, self.definitions))


class EntityTable:
    """The writer's view of the `entities` table: finds, creates, counts; writes back what changed.

    Valid for as long as nobody else writes, which the writer lock sees to; after a rollback, `forget` everything.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._by_key: tuple[dict[str, Entity], ...] = ({}, {}, {}, {})
        self._by_id: dict[int, Entity] = {}
        self.columns: dict[str, int] = {}
        """Numbers of all columns of the entities in memory, by their keys."""
        self._looked_up: set[str] = set()
        self._next_id = 0

    def begin(self) -> None:
        """Call first in every transaction."""
        if not self._next_id:
            self._next_id = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM entities").fetchone()[0]

    def forget(self) -> None:
        for entities in self._by_key:
            entities.clear()
        self._by_id.clear()
        self.columns.clear()
        self._looked_up.clear()
        self._next_id = 0

    def load_keys(self, keys: Iterable[str]) -> None:
        """Have all existing entities with these keys in memory, by one query."""
        missing = [key for key in keys if key not in self._looked_up]
        self._looked_up.update(missing)
        self._load("key", missing)

    def load_ids(self, ids: Iterable[int]) -> None:
        self._load("id", [id for id in ids if id > 0 and id not in self._by_id])

    def _load(self, column: str, values: Sequence[str | int]) -> None:
        if not values:
            return
        rows = self._db.execute(
            "SELECT id, label, key, columns, mentions FROM entities"
            f" WHERE {column} IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(values).decode(),),
        )
        for id, label, key, columns, mentions in rows:
            if id not in self._by_id:
                entity = Entity(id, label, key)
                entity.read(columns, unpack_mentions(mentions))
                self._keep(entity)
                base = entity.base
                for ordinal, part in enumerate(entity.parts):
                    if part is not None:
                        self.columns[f"{key}.{part}"] = base | ordinal

    def _keep(self, entity: Entity) -> None:
        self._by_id[entity.id] = entity
        self._by_key[entity.label][entity.key] = entity

    def by_id(self, id: int) -> Entity:
        return self._by_id[id]

    def resolve(self, label: int, key: str) -> Entity:
        """The entity of this key, created if `load_keys` found none."""
        entity = self._by_key[label].get(key)
        if entity is None:
            entity = Entity(self._next_id, label, key)
            self._next_id += 1
            self._keep(entity)
        return entity

    def count(self, mentions: Counter[int], owned: Counter[int]) -> set[int]:
        """Add to the nodes' counts how many more files mention and own them; returns the entities concerned."""
        by_id = self._by_id
        touched = {node >> ORDINAL_BITS for node in mentions if node >= 0}
        for entity in touched:
            by_id[entity].grow()
        for node, files in mentions.items():
            if node >= 0:
                by_id[node >> ORDINAL_BITS].files[node & ORDINAL_MASK] += files
        for node, files in owned.items():
            by_id[node >> ORDINAL_BITS].owned[node & ORDINAL_MASK] += files
        return touched

    def write_back(self, touched: Iterable[int]) -> tuple[int, int]:
        """Prune and store the entities in `touched`. Returns how many nodes came and how many went."""
        added = removed = 0
        inserts: list[tuple[int, int, str, str, bytes]] = []
        updates: list[tuple[bytes, int]] = []
        replacements: list[tuple[str, bytes, int]] = []
        deletions: list[tuple[int]] = []
        for id in touched:
            entity = self._by_id[id]
            if entity.shrunk:
                entity.shrunk = False
                for ordinal, column in entity.prune():
                    del self.columns[column]
                    if ordinal in entity.fresh:
                        entity.fresh.discard(ordinal)
                    elif not entity.is_new:
                        removed += 1
                if not entity.files[0]:  # a column is never mentioned without its dataset
                    if not entity.is_new:
                        deletions.append((id,))
                        removed += 1
                    del self._by_id[id], self._by_key[entity.label][entity.key]
                    continue
            if entity.is_new:
                added += len(entity.parts) - len(entity.free)
                inserts.append(
                    (id, entity.label, entity.key, join_columns(entity.parts[1:]), entity.mentions())
                )
            elif entity.columns_changed:
                added += len(entity.fresh)
                replacements.append((join_columns(entity.parts[1:]), entity.mentions(), id))
            else:
                updates.append((entity.mentions(), id))
            entity.is_new = entity.columns_changed = False
            entity.fresh.clear()
        db = self._db
        db.executemany("DELETE FROM entities WHERE id = ?", deletions)
        db.executemany("INSERT INTO entities VALUES (?, ?, ?, ?, ?)", inserts)
        db.executemany("UPDATE entities SET columns = ?, mentions = ? WHERE id = ?", replacements)
        db.executemany("UPDATE entities SET mentions = ? WHERE id = ?", updates)
        return added, removed

    def trim(self) -> None:
        """Call after a commit: keeps the memory bounded."""
        if len(self.columns) + len(self._by_id) > CACHED_NODES:
            next_id = self._next_id
            self.forget()
            self._next_id = next_id
