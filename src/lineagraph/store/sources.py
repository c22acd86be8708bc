"""What was read, in the database: files' fingerprints, facts and interfaces, and what binding them asked.

Nothing here is seen by who asks the graph. Every call is one or few statements inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from array import array
from binascii import crc32
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

_ROWS = 400
"""Parameters per statement: SQLite's default limit is 999 in old builds."""


class Source(Struct, frozen=True, gc=False):
    """One ingested file: how to see that it changed, and what its text gave."""

    path: str
    looks: bytes
    """What `stat` said of it when it was read; empty: that may not show a change."""
    content_hash: bytes
    """Of all that the facts are a function of."""
    dialect: str
    outcome: str
    """`parsed`, `partial`, `failed` or `unreadable`."""


class Told(Struct, frozen=True, gc=False):
    """What a file's text gave: `interface` for other files, `facts` for binding; both opaque here."""

    source: Source
    names: Sequence[str]
    """Last parts of the datasets that the interface speaks of."""
    interface: bytes
    facts: bytes


_names_encoder = msgspec.msgpack.Encoder(order="deterministic")
_names_decoder = msgspec.msgpack.Decoder(list[str])

Remembered = tuple[str, bytes, bytes]
"""(key of a dataset, its columns as `pack_columns` packs them, hashed questions)"""


def hashed(questions: Iterable[str]) -> bytes:
    """Questions as sorted 32-bit hashes. Two with the same hash make a file be bound once too often, no more."""
    return array("I", sorted({crc32(one.encode("utf-8", "surrogatepass")) for one in questions})).tobytes()


class SourceTables:
    """The tables `sources`, `interfaces`, `facts`, `telling` and `derived`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # -- files ----------------------------------------------------------------------------------------------------

    def looks(self) -> dict[str, bytes]:
        """What every file looked like when it was read."""
        return dict(self._db.execute("SELECT path, looks FROM sources"))

    def looks_at(self, places: Sequence[str]) -> dict[str, bytes]:
        """The same of the files at and below some places: those that end in `/` are directories, as is an empty one."""
        directories = [place for place in places if place.endswith("/")]
        if len(places) > _ROWS or any(not place.strip("./") for place in places):
            return self.looks()
        found = self._some("looks", [place for place in places if not place.endswith("/")])
        for directory in directories:
            found.update(
                self._db.execute(
                    "SELECT path, looks FROM sources WHERE path >= ? AND path < ?",
                    (directory, directory[:-1] + chr(ord("/") + 1)),
                )
            )
        return found

    def hashes(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Content hashes of some files."""
        return self._some("content_hash", paths)

    def dialects(self, paths: Sequence[str]) -> dict[str, str]:
        """The dialects that some files were read in."""
        return self._some("dialect", paths)

    def beginning(self, prefix: str) -> list[str]:
        """Files whose path begins so; sorted."""
        rows = self._db.execute(
            "SELECT path FROM sources WHERE path >= ? AND path < ? ORDER BY path",
            (prefix, prefix + "\U0010ffff"),
        )
        return [path for (path,) in rows]

    def is_empty(self) -> bool:
        return not self._db.execute("SELECT EXISTS (SELECT 1 FROM sources)").fetchone()[0]

    def touch(self, looks: Iterable[tuple[bytes, str]]) -> None:
        """(looks, path) of files that look otherwise but say the same. All at once, inside a transaction or not."""
        db = self._db
        db.execute("SAVEPOINT touch")
        try:
            db.executemany("UPDATE sources SET looks = ? WHERE path = ?", looks)
        except BaseException:
            if db.in_transaction:  # a full disk ends it
                db.execute("ROLLBACK TO touch")
                db.execute("RELEASE touch")
            raise
        db.execute("RELEASE touch")

    def write(self, told: Sequence[Told]) -> None:
        """Files as they are now; all of them become stale."""
        db = self._db
        ids = self._ids([one.source.path for one in told])
        following = db.execute("SELECT coalesce(max(id), 0) + 1 FROM sources").fetchone()[0]
        old = [(id,) for id in ids.values()]
        if old:
            self._forget_names(old)
        rows: list[tuple[object, ...]] = []
        for one in told:
            source = one.source
            id = ids.get(source.path)
            if id is None:
                id = ids[source.path] = following
                following += 1
            rows.append((id, source.path, source.looks, source.content_hash, source.dialect, source.outcome))
        db.executemany(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, 1, NULL) ON CONFLICT (id) DO UPDATE SET"
            " looks = excluded.looks, content_hash = excluded.content_hash, dialect = excluded.dialect,"
            " outcome = excluded.outcome, stale = 1",
            rows,
        )
        db.executemany(
            "INSERT OR REPLACE INTO interfaces VALUES (?, ?, ?)",
            [(ids[one.source.path], _names_encoder.encode(one.names), one.interface) for one in told],
        )
        db.executemany(
            "INSERT OR REPLACE INTO facts VALUES (?, ?)", [(ids[one.source.path], one.facts) for one in told]
        )
        names = sorted((name, ids[one.source.path]) for one in told for name in one.names)
        db.executemany("INSERT OR IGNORE INTO telling VALUES (?, ?)", names)

    def remove(self, paths: Sequence[str]) -> None:
        ids = [(id,) for id in self._ids(paths).values()]
        self._forget_names(ids)
        for table, column in (("interfaces", "source"), ("facts", "source"), ("sources", "id")):
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", ids)

    def _forget_names(self, ids: Sequence[tuple[int]]) -> None:
        gone: list[tuple[str, int]] = []
        for (id,) in ids:
            row = self._db.execute("SELECT names FROM interfaces WHERE source = ?", (id,)).fetchone()
            if row is not None:
                gone += [(name, id) for name in _names_decoder.decode(row[0])]
        self._db.executemany("DELETE FROM telling WHERE name = ? AND source = ?", gone)

    def _ids(self, paths: Sequence[str]) -> dict[str, int]:
        return self._some("id", paths)

    def _some(self, column: str, paths: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for some in _in_pieces(paths):
            rows = self._db.execute(
                f"SELECT path, {column} FROM sources WHERE path IN ({_marks(some)})", tuple(some)
            )
            found.update(rows)
        return found

    # -- what files told -------------------------------------------------------------------------------------------

    def interfaces(self, paths: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for some in _in_pieces(paths):
            rows = self._db.execute(
                f"SELECT path, interface FROM sources JOIN interfaces ON source = id WHERE path IN ({_marks(some)})",
                tuple(some),
            )
            found.update(rows)
        return found

    def telling(self, name: str, most_bytes: int) -> list[tuple[str, bytes | None]]:
        """(path, interface) of files that say something of datasets with this last part; sorted. Larger interfaces are
        None: see `interface`."""
        return self._db.execute(
            "SELECT path, CASE WHEN length(interface) <= ? THEN interface END FROM telling"
            " JOIN sources ON id = telling.source JOIN interfaces ON interfaces.source = telling.source"
            " WHERE name = ? ORDER BY path",
            (most_bytes, name),
        ).fetchall()

    def interface(self, path: str) -> bytes:
        """Raises `KeyError` for a file that is not there."""
        row = self._db.execute(
            "SELECT interface FROM interfaces WHERE source = (SELECT id FROM sources WHERE path = ?)", (path,)
        ).fetchone()
        if row is None:
            raise KeyError(path)
        return row[0]

    def facts(self, path: str) -> bytes | None:
        row = self._db.execute(
            "SELECT facts FROM facts WHERE source = (SELECT id FROM sources WHERE path = ?)", (path,)
        ).fetchone()
        return row[0] if row is not None else None

    def told(self, path: str) -> Told:
        """What a file told. Raises `KeyError` for a file that is not there."""
        row = self._db.execute(
            "SELECT path, looks, content_hash, dialect, outcome, names, interface, facts FROM sources"
            " JOIN interfaces ON interfaces.source = id"
            " JOIN facts ON facts.source = id WHERE path = ?",
            (path,),
        ).fetchone()
        if row is None:
            raise KeyError(path)
        return Told(Source(*row[:5]), _names_decoder.decode(row[5]), row[6], row[7])

    def read(self, paths: Sequence[str]) -> list[tuple[str, str, str, bytes]]:
        """(path, dialect, outcome, facts), sorted by path."""
        found: list[tuple[str, str, str, bytes]] = []
        for some in _in_pieces(paths):
            found += self._db.execute(
                "SELECT path, dialect, outcome, facts FROM sources JOIN facts ON source = id"
                f" WHERE path IN ({_marks(some)})",
                tuple(some),
            )
        return sorted(found)

    # -- what is bound and what it asked ---------------------------------------------------------------------------

    def stale(self) -> list[str]:
        """Files whose lineage is to be bound; sorted."""
        return [path for (path,) in self._db.execute("SELECT path FROM sources WHERE stale ORDER BY path")]

    def any_stale(self) -> bool:
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM sources WHERE stale)").fetchone()[0])

    def mark_bound(self, bound: Iterable[tuple[bytes, str]]) -> None:
        """(hashed questions, path): the graph has their lineage."""
        self._db.executemany("UPDATE sources SET stale = 0, questions = ? WHERE path = ?", bound)

    def forget_answers(self) -> None:
        """Everything is to be bound again, and nothing that was found out before is to be relied on."""
        self._db.execute("DELETE FROM derived")
        self._db.execute("UPDATE sources SET stale = 1, questions = NULL")

    def mark_stale(self, questions: Iterable[str]) -> None:
        """Who asked one of these is to be bound again."""
        wanted = frozenset(array("I", hashed(questions)))
        if not wanted:
            return
        rows = self._db.execute("SELECT id, questions FROM sources WHERE NOT stale AND questions IS NOT NULL")
        stale = [(id,) for id, asked in rows if not wanted.isdisjoint(memoryview(asked).cast("I"))]
        self._db.executemany("UPDATE sources SET stale = 1 WHERE id = ?", stale)

    def has_answers(self) -> bool:
        """Was anything asked so far?"""
        return (
            self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM sources WHERE questions IS NOT NULL) OR EXISTS (SELECT 1 FROM derived)"
            ).fetchone()[0]
            == 1
        )

    # -- columns that follow from others ------------------------------------------------------------------------------

    def derived(self, key: str) -> bytes | None:
        row = self._db.execute("SELECT columns FROM derived WHERE key = ?", (key,)).fetchone()
        return row[0] if row is not None else None

    def remember(self, derived: Iterable[Remembered]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO derived VALUES (?, ?, ?)", derived)

    def forget_derived(self, questions: Iterable[str], keys: Iterable[str]) -> dict[str, bytes]:
        """Forget the columns of `keys`, of all that asked one of `questions`, and so on; those that were known."""
        rows = self._db.execute("SELECT key, questions FROM derived").fetchall()
        if not rows:
            return {}
        askers: dict[int, list[str]] = {}
        for key, asked in rows:
            for question in memoryview(asked).cast("I"):
                askers.setdefault(question, []).append(key)
        suspects: set[str] = set()
        frontier = [*keys]
        waiting = [crc32(one.encode("utf-8", "surrogatepass")) for one in questions]
        while frontier or waiting:
            while frontier:
                key = frontier.pop()
                if key not in suspects:
                    suspects.add(key)
                    waiting.append(crc32(b"c" + key.encode("utf-8", "surrogatepass")))
            while waiting:
                frontier += askers.pop(waiting.pop(), ())
        known: dict[str, bytes] = {}
        for key in suspects:
            columns = self.derived(key)
            if columns is not None:
                known[key] = columns
        self._db.executemany("DELETE FROM derived WHERE key = ?", [(key,) for key in known])
        return known


def pack_columns(columns: tuple[str, ...] | None, cyclic: bool) -> bytes:
    return msgspec.msgpack.encode((columns, cyclic))


def unpack_columns(blob: bytes) -> tuple[tuple[str, ...] | None, bool]:
    """Raises `msgspec.MsgspecError` for what is none."""
    return msgspec.msgpack.decode(blob, type=tuple[tuple[str, ...] | None, bool])


def _in_pieces(values: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while some := list(islice(remaining, _ROWS)):
        yield some


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
