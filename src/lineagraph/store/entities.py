"""Datasets and routines as the writer holds them: keys to numbers, counts of mentions, and what is pruned when none is left.

Nothing here is a merged value: an entity keeps, per node, how many files say what. What is shown is derived from that by
`store/merging.py`, so it cannot depend on the order in which the files came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from lineagraph.store.identity import ORDINAL_BITS
from lineagraph.store.packing import (
    Definition,
    Mentions,
    Profile,
    Spelling,
    join_columns,
    pack_mentions,
    split_columns,
    unpack_mentions,
)

CACHED_COLUMNS = 100_000
"""Entities with at most so many columns together stay in memory between batches (about 20 MB)."""


class Entity:
    """One dataset or routine with its columns, as it stands in the current transaction."""

    __slots__ = (
        "base", "columns_changed", "definitions", "free", "fresh", "id", "is_new", "key", "label", "ordinals", "owned",
        "parts", "plain", "shrunk", "spellings",
    )  # fmt: skip

    def __init__(self, id: int, label: int, key: str, columns: str = "", mentions: Mentions | None = None) -> None:
        self.id = id
        self.base = id << ORDINAL_BITS
        self.label = label
        self.key = key
        self.is_new = mentions is None
        self.columns_changed = False
        self.parts: list[str | None] = [None, *split_columns(columns)]
        self.ordinals = {part: ordinal for ordinal, part in enumerate(self.parts) if part is not None}
        self.free: list[int] = []
        if len(self.ordinals) != len(self.parts) - 1:
            self.free = [ordinal for ordinal, part in enumerate(self.parts) if ordinal and part is None]
        self.plain: list[int] = [0]
        self.owned: list[int] = [0]
        self.spellings: dict[tuple[int, str | None, str | None], int] = {}
        self.definitions: dict[tuple[int, int], Definition] = {}
        if mentions is not None:
            self.plain = mentions.plain
            self.owned = mentions.owned
            self.spellings = {(s.ordinal, s.name, s.kind): s.files for s in mentions.spellings}
            self.definitions = {(d.ordinal, d.file): d for d in mentions.definitions}
        self.fresh: set[int] = set()
        self.shrunk = False

    def add_column(self, part: str) -> int:
        """A new column's ordinal: a free place if there is one, else the next."""
        if self.free:
            ordinal = self.free.pop()
            self.parts[ordinal] = part
        else:
            ordinal = len(self.parts)
            self.parts.append(part)
            self.plain.append(0)
            self.owned.append(0)
        self.ordinals[part] = ordinal
        self.fresh.add(ordinal)
        self.columns_changed = True
        return ordinal

    def say(self, ordinal: int, file: int, profile: Profile) -> None:
        """Count a mention that says more than the usual name."""
        if profile.defined:
            self.definitions[ordinal, file] = Definition(
                ordinal, file, profile.name, profile.kind, profile.position, profile.data_type
            )
        else:
            spelling = (ordinal, profile.name, profile.kind)
            self.spellings[spelling] = self.spellings.get(spelling, 0) + 1

    def unsay(self, ordinal: int, file: int, profile: Profile) -> None:
        if profile.defined:
            self.definitions.pop((ordinal, file), None)
            return
        spelling = (ordinal, profile.name, profile.kind)
        left = self.spellings.get(spelling, 0) - 1
        if left > 0:
            self.spellings[spelling] = left
        else:
            self.spellings.pop(spelling, None)

    def prune(self) -> int:
        """Free the columns nobody mentions any more. Returns how many that the database knows; see `is_dead`."""
        mentioned = {ordinal for ordinal, _ in self.definitions}
        mentioned.update([spelling[0] for spelling in self.spellings])
        removed = 0
        for part, ordinal in list(self.ordinals.items()):
            if not self.plain[ordinal] and ordinal not in mentioned:
                self.parts[ordinal] = None
                del self.ordinals[part]
                self.free.append(ordinal)
                self.columns_changed = True
                if ordinal in self.fresh:
                    self.fresh.discard(ordinal)
                else:
                    removed += 1
        return removed

    def files(self) -> int:
        """How many files mention it."""
        spelled = sum([files for (ordinal, _, _), files in self.spellings.items() if ordinal == 0])
        return self.plain[0] + spelled + sum([1 for ordinal, _ in self.definitions if ordinal == 0])

    def is_dead(self) -> bool:
        """Nothing mentions it; a column's mention always comes with one of its dataset."""
        return not (
            self.plain[0]
            or self.ordinals
            or any(ordinal == 0 for ordinal, _ in self.definitions)
            or any(spelling[0] == 0 for spelling in self.spellings)
        )

    def mentions(self) -> bytes:
        return pack_mentions(
            Mentions(
                self.plain,
                self.owned,
                [Spelling(*spelling, files) for spelling, files in self.spellings.items()],
                list(self.definitions.values()),
            )
        )


class EntityTable:
    """The writer's view of the `entities` table: finds, creates, counts; writes back what changed.

    Valid for as long as nobody else writes, which the writer lock sees to; after a rollback, `forget` everything.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._by_key: tuple[dict[str, Entity], ...] = ({}, {}, {}, {})
        self._by_id: dict[int, Entity] = {}
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
            f"SELECT id, label, key, columns, mentions FROM entities WHERE {column} IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(values).decode(),),
        )
        for id, label, key, columns, mentions in rows:
            if id not in self._by_id:
                self._keep(Entity(id, label, key, columns, unpack_mentions(mentions)))

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
                removed += entity.prune()
                entity.shrunk = False
                if entity.is_dead():
                    if not entity.is_new:
                        deletions.append((id,))
                        removed += 1
                    del self._by_id[id], self._by_key[entity.label][entity.key]
                    continue
            added += len(entity.fresh)
            if entity.is_new:
                inserts.append((id, entity.label, entity.key, join_columns(entity.parts[1:]), entity.mentions()))
                added += 1
            elif entity.columns_changed:
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
        if sum([len(entity.parts) for entity in self._by_id.values()]) > CACHED_COLUMNS:
            next_id = self._next_id
            self.forget()
            self._next_id = next_id
