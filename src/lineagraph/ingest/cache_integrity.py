"""Whether what is in the parse cache is what was put: checksums, entries drawn at random, the file's structure."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from lineagraph.ingest.cache_rows import READ, Row, recount

KEY_BYTES = 32
RAW, ZSTD = 0, 1
"""Codecs: how a value is stored."""
_MOST_PROBLEMS = 10


class IntegrityReport(Struct, frozen=True):
    """What a check of the cache has found. Spoiled entries are removed, a damaged file is moved aside."""

    ok: bool
    checked: int
    """Entries whose checksums were computed."""
    corrupt: int
    """Entries that were spoiled."""
    problems: tuple[str, ...] = ()
    """What is wrong with the file itself."""


def checksum(key: bytes, codec: int, stored: bytes) -> bytes:
    """16 bytes over a value as it is stored and the key it belongs to, so that rows cannot change places either."""
    return hashlib.blake2b(stored, digest_size=16, key=key, salt=b"%d" % codec).digest()


def sound(key: object, codec: object, check: object, stored: object) -> bool:
    """Whether a row is one that was written, and is as it was written."""
    return (
        isinstance(key, bytes)
        and len(key) == KEY_BYTES
        and isinstance(stored, bytes)
        and isinstance(codec, int)
        and RAW <= codec <= ZSTD
        and checksum(key, codec, stored) == check
    )


def all_rows(db: sqlite3.Connection) -> Iterator[Row]:
    """Every entry. Raises `sqlite3.Error`."""
    return iter(db.execute(READ))


def random_rows(db: sqlite3.Connection, number: int) -> Iterator[Row]:
    """Entries drawn at random, perhaps one twice: keys are hashes, so a random key's neighbour is a fair draw."""
    for _ in range(number):
        sql = f"{READ} WHERE key >= ? ORDER BY key LIMIT 1"
        row = db.execute(sql, (random.randbytes(KEY_BYTES),)).fetchone()
        if row is not None:
            yield row


def structural_problems(db: sqlite3.Connection) -> tuple[str, ...]:
    """What SQLite finds wrong with the file: reads all of it. Raises `sqlite3.Error` where it cannot even look."""
    rows = db.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})")
    found = tuple(str(text, "utf-8", "replace") for (text,) in rows)
    return () if found == ("ok",) else found


def mend(db: sqlite3.Connection) -> int:
    """Remove keys that are none and values that no entry leads to, and count anew; inside a transaction.

    Returns how many such values there were.
    """
    none = f"typeof(key) != 'blob' OR length(key) != {KEY_BYTES}"
    db.execute(f"DELETE FROM stored WHERE id IN (SELECT id FROM entries WHERE {none})")
    db.execute(f"DELETE FROM entries WHERE {none}")
    orphans = db.execute("DELETE FROM stored WHERE id NOT IN (SELECT id FROM entries)").rowcount
    recount(db)
    return orphans
