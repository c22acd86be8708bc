"""The parse cache's rows: read, added and removed many at a time, and the totals that are kept up with them.

All of it raises `sqlite3.Error`, and `RottenError` for values that are not of the kind that was written. What writes is
called inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from lineagraph.ingest.cache_file import RottenError

_CHUNK = 500
"""Keys per statement: measured, 100 cost a sixth more and 1,000 no less; older builds of SQLite allow 999."""
_CHUNK_MARKS = ",".join("?" * _CHUNK)

READ = "SELECT key, codec, checksum, value, used FROM entries LEFT JOIN stored USING (id)"
_PLACES = "SELECT key, id, size, checksum FROM entries LEFT JOIN stored USING (id)"

Row = tuple[bytes, object, object, object, object]
"""(key, codec, checksum, stored value, time of last use), of whatever kinds they are found to be."""

Place = tuple[int, int, object]
"""Where an entry is: (id, size, checksum)"""


class Packed(Struct, frozen=True, gc=False):
    """A value as it is stored."""

    codec: int
    stored: bytes
    check: bytes


def rows_of(db: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[Row]:
    """The entries with these keys."""
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        yield from db.execute(f"{READ} WHERE key IN ({_marks(part)})", part)


def places_of(db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Place]:
    """Those of the keys that are there. A value that is missing has no checksum."""
    found: dict[bytes, Place] = {}
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        for key, number, size, check in db.execute(f"{_PLACES} WHERE key IN ({_marks(part)})", part):
            found[key] = whole_number(number), whole_number(size), check
    return found


def _marks(keys: Sequence[bytes]) -> str:
    return _CHUNK_MARKS if len(keys) == _CHUNK else ",".join("?" * len(keys))


def insert(
    db: sqlite3.Connection, packed: Mapping[bytes, Packed], now: int, lot_of: Callable[[bytes], int]
) -> None:
    """Add entries, or put them in the place of what has the same key."""
    known = places_of(db, list(packed))
    other = {key: place for key, place in known.items() if place[2] != packed[key].check}
    again = sorted(known.keys() - other.keys())
    db.executemany("UPDATE entries SET used = ? WHERE key = ?", [(now, key) for key in again])
    remove(db, other)
    fresh = [(key, value) for key, value in packed.items() if key not in known or key in other]
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM stored").fetchone()
    first = whole_number(last) + 1
    db.executemany(
        "INSERT INTO entries (key, id, used, lot, size) VALUES (?, ?, ?, ?, ?)",
        [
            (key, number, now, lot_of(key), len(value.stored))
            for number, (key, value) in enumerate(fresh, first)
        ],
    )
    db.executemany(
        "INSERT INTO stored (id, codec, checksum, value) VALUES (?, ?, ?, ?)",
        [(number, value.codec, value.check, value.stored) for number, (_, value) in enumerate(fresh, first)],
    )
    add_to_totals(db, entries=len(fresh), bytes=sum(len(value.stored) for _, value in fresh))


def touch(db: sqlite3.Connection, uses: Mapping[bytes, tuple[int, int]]) -> None:
    """Set when entries were used last, and their lots."""
    rows = [
        (used, lot, key) for key, (used, lot) in sorted(uses.items())
    ]  # in order, each page is written once
    db.executemany("UPDATE entries SET used = ?, lot = ? WHERE key = ?", rows)


def remove(db: sqlite3.Connection, places: Mapping[bytes, Place]) -> None:
    if places:
        db.executemany("DELETE FROM entries WHERE key = ?", [(key,) for key in places])
        db.executemany("DELETE FROM stored WHERE id = ?", [(place[0],) for place in places.values()])
        add_to_totals(db, entries=-len(places), bytes=-sum(place[1] for place in places.values()))


def remove_unused_since(db: sqlite3.Connection, oldest: int) -> int:
    """Remove what was used last before that time; returns how many there were."""
    found = db.execute("SELECT key, id, size FROM entries WHERE used < ?", (oldest,))
    gone: dict[bytes, Place] = {
        key: (whole_number(number), whole_number(size), None) for key, number, size in found
    }
    remove(db, gone)
    return len(gone)


def remove_lowest(db: sqlite3.Connection, most_entries: int, most_bytes: int) -> tuple[int, int]:
    """Remove entries in the order of their ranks (time of last use less lot) until that many are left.

    Returns how many went, and the highest rank among them. Looks at every entry.
    """
    entries, size = totals(db, "entries", "bytes")
    gone: dict[bytes, Place] = {}
    highest = 0
    for key, number, stored_bytes, rank in db.execute(
        "SELECT key, id, size, used - lot AS rank FROM entries ORDER BY rank, key"
    ):
        if entries - len(gone) <= most_entries and size <= most_bytes:
            break
        gone[key] = whole_number(number), whole_number(stored_bytes), None
        size -= stored_bytes
        highest = whole_number(rank)
    remove(db, gone)
    return len(gone), highest


def totals(db: sqlite3.Connection, *names: str) -> list[int]:
    row = db.execute(f"SELECT {', '.join(names)} FROM totals").fetchone()
    if row is None:
        raise RottenError("it has lost its totals")
    return [whole_number(value) for value in row]


def add_to_totals(db: sqlite3.Connection, **changes: int) -> None:
    changed = [name for name, change in changes.items() if change]
    if changed:
        sets = ", ".join(f"{name} = {name} + ?" for name in changed)
        db.execute(f"UPDATE totals SET {sets}", [changes[name] for name in changed])


def recount(db: sqlite3.Connection) -> None:
    """Make the totals say what is there; they are kept up with every change, and this is in case they went astray."""
    db.execute("UPDATE totals SET (entries, bytes) = (SELECT count(*), coalesce(sum(size), 0) FROM entries)")


def remove_all(db: sqlite3.Connection) -> int:
    """Remove all entries and counts; returns how many entries there were."""
    (entries,) = db.execute("SELECT count(*) FROM entries").fetchone()
    for table in ("entries", "stored", "totals"):
        db.execute(f"DELETE FROM {table}")
    db.execute("INSERT INTO totals (id) VALUES (1)")
    return entries


def whole_number(value: object) -> int:
    """A number read from the file. Raises `RottenError` for anything else."""
    if not isinstance(value, int):
        raise RottenError(f"it has {type(value).__name__} where a number was written")
    return value
