"""`ParseCache`: the facts of files by what they were extracted from, in one SQLite file that processes share.

A key is the hash of everything the facts are a function of, so an entry is never out of date, only unused. What goes
first when there is no room is decided by age and by lot: docs/cache.md says why, and what that means for a project
larger than the cache.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from msgspec import Struct

from lineagraph.ingest.cache_file import READING_ERRORS, CacheFile, Trouble, trouble_of
from lineagraph.ingest.cache_integrity import (
    KEY_BYTES,
    RAW,
    ZSTD,
    IntegrityReport,
    all_rows,
    checksum,
    mend,
    random_rows,
    sound,
    structural_problems,
)
from lineagraph.ingest.cache_rows import (
    Packed,
    add_to_totals,
    insert,
    places_of,
    recount,
    remove,
    remove_all,
    remove_lowest,
    remove_unused_since,
    rows_of,
    totals,
    touch,
)

__all__ = [
    "CACHE_FILE",
    "CacheCounts",
    "CacheOptions",
    "CacheStatistics",
    "IntegrityReport",
    "ParseCache",
    "cache_key",
]

CACHE_FILE = "parse-cache.db"
"""The cache's name in a project's directory."""

_TOUCH_SECONDS = 3600
"""How exactly the time of an entry's last use is known. Finer costs writes, and decides nothing."""
_LOT_SECONDS = 7 * 86_400
"""The most that an unlucky lot makes an entry look older than it is; see `_lot`."""
_SWEEP_SECONDS = 86_400
_LARGEST_VALUE = 256 << 20
_LEVEL = -1
"""Measured on facts of 3 kB: 40% are left after 6 µs, at level 1 36% after 11 µs; either unpacks in 2 to 4 µs."""


class CacheOptions(Struct, frozen=True):
    """Bounds of a cache. Whoever opens it applies theirs."""

    max_entries: int = 200_000
    max_bytes: int = 512 << 20
    """Of values as they are stored, compressed; the file is up to a tenth larger."""
    ttl_days: float = 30.0
    """An entry that was not used for so long is gone."""
    busy_seconds: float = 5.0
    """How long to wait for another process that writes, before doing without."""
    compress_from: int = 512
    """Bytes; measured, smaller values save less than a third of little."""
    start_sample: int = 16
    """Entries that are checked when the cache is opened."""


class CacheCounts(Struct, frozen=True):
    """What became of entries."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    """Removed because there was no room."""
    expired: int = 0
    """Removed because nobody had used them for long."""
    refused: int = 0
    """Not taken in, because there was no room and they had drawn a bad lot, or are too large."""
    corrupt: int = 0
    """Found spoiled, and removed."""


class CacheStatistics(Struct, frozen=True):
    """What a cache holds, and how it has done."""

    path: str
    state: Literal["on", "read-only", "off"]
    entries: int
    bytes: int
    """Of values as they are stored."""
    file_bytes: int
    """Of the file with its write-ahead log."""
    max_entries: int
    max_bytes: int
    total: CacheCounts
    """Since the file was made or cleared, by all processes that have closed it."""
    run: CacheCounts
    """By this process; part of `total`, unless it was cleared since."""
    oldest_use: float | None = None
    """When the entry that was longest unused was used last, to the hour; seconds since 1970."""
    newest_use: float | None = None


_DEFAULTS = CacheOptions()


class _Counting:
    """`CacheCounts` that can still grow."""

    def __init__(self) -> None:
        self.hits = self.misses = self.evictions = self.expired = self.refused = self.corrupt = 0

    def now(self) -> dict[str, int]:
        return dict(vars(self))


def cache_key(data: bytes, dialect: str, template_digest: bytes, version: int) -> bytes:
    """The key of the facts of a file: 32 bytes.

    `dialect` is whatever decides the dialect (an explicit one, or `?` and what a guess depends on), `template_digest`
    whatever templates see (empty: nothing), `version` that of the extractor. Each part is preceded by its length, so
    that no two different sets of parts are the same bytes.
    """
    parts = (b"%d" % version, dialect.encode("utf-8", "surrogatepass"), template_digest)
    found = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts))
    found.update(b"%d:" % len(data))
    found.update(data)
    return found.digest()


def _lot(key: bytes) -> int:
    """Seconds by which an entry counts as older than it is: the same for the same key, and otherwise random.

    Among entries used at about the same time it decides which stay, whatever the order they are asked for in. By age
    alone, files that are read in the same order in each run push each other out before they are asked for again.
    An entry that was used again counts half of it: what has proved useful is not given up for what has not.
    """
    return int.from_bytes(key[:4]) * _LOT_SECONDS >> 32


class ParseCache:
    """Values by key, within bounds, in a file that many processes may use at once. No error of the file or its place
    is raised: the cache then holds less, or nothing, and `warnings` says so.

    Reading takes no lock that others wait for; when entries were last used is remembered, and written with the next
    `put_many` or at `close`. One object is for one thread of one process; it does not survive a fork.
    """

    def __init__(self, path: Path, options: CacheOptions, clock: Callable[[], float]) -> None:
        self.path = path
        self.options = options
        self.warnings: list[str] = []
        """What the user should know: sentences, none twice. Whoever shows them may empty the list."""
        self._clock = clock
        self._file = CacheFile(path, self.warnings, options.busy_seconds)
        self._run = _Counting()
        self._counted: dict[str, int] = self._run.now()
        """The part of `_run` that is in the file."""
        self._touched: dict[bytes, int] = {}
        self._spoiled: set[bytes] = set()
        self._compressor: Any = None
        self._decompressor: Any = None

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        options: CacheOptions = _DEFAULTS,
        *,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open the cache, or make it. Raises nothing for a bad file or place; see `warnings`."""
        cache = cls(Path(path), options, clock)
        if options.start_sample:
            cache.verify_integrity(options.start_sample)
        return cache

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what has gathered, and let go of the file. Closing twice is no error."""
        if self._touched or self._spoiled or self._run.now() != self._counted:
            self._write(lambda db, now: None)
        self._file.close()

    # -- reading ----------------------------------------------------------------------------------------------------

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that are there. Raises `ValueError` for a key that is not of 32 bytes."""
        wanted = list(dict.fromkeys(keys))
        _check_keys(wanted)
        found: dict[bytes, bytes] = {}
        if self._file.db is not None:
            try:
                self._read(self._file.db, wanted, found)
            except READING_ERRORS as error:
                self._trouble(error)
        self._run.hits += len(found)
        self._run.misses += len(wanted) - len(found)
        return found

    def _read(self, db: sqlite3.Connection, keys: Sequence[bytes], found: dict[bytes, bytes]) -> None:
        now = int(self._clock())
        oldest = now - self.options.ttl_days * 86_400
        for key, codec, check, stored, used in rows_of(db, keys):
            if key in self._spoiled:
                continue
            if not isinstance(stored, bytes) or not sound(key, codec, check, stored):
                self._spoil(key)
                continue
            value = stored if codec == RAW else self._unpacked(stored)
            if value is None or not isinstance(used, int):
                self._spoil(key)
            elif used >= oldest:
                found[key] = value
                if not -_TOUCH_SECONDS < now - used < _TOUCH_SECONDS:
                    self._touched[key] = now

    def _spoil(self, key: bytes) -> None:
        if key not in self._spoiled:
            self._spoiled.add(key)
            self._run.corrupt += 1
            advice = "what they were made of is read again (`lineagraph cache verify` checks all)"
            self._file.warn(f"has spoiled entries; they are removed, and {advice}")

    def discard(self, keys: Iterable[bytes]) -> None:
        """Have entries removed whose values turned out to be of no use: spoiled before they were put."""
        for key in keys:
            self._touched.pop(key, None)
            self._spoil(key)

    # -- writing ----------------------------------------------------------------------------------------------------

    def put_many(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep values, in one transaction; of several with the same key, the last. What there is no room for goes.

        Raises `ValueError` for a key that is not of 32 bytes.
        """
        given = dict(entries)
        _check_keys(given)
        db = self._file.db
        if db is None or not self._file.writable or not given:
            return
        try:
            admitted = self._admitted(db, given)
        except READING_ERRORS as error:
            self._trouble(error)
            return
        # the costly part comes before the lock that other processes wait for
        packed = {key: self._packed(key, given[key]) for key in admitted}

        def work(db: sqlite3.Connection, now: int) -> None:
            insert(db, packed, now, _lot)
            self._make_room(db)

        self._write(work)

    def _admitted(self, db: sqlite3.Connection, given: Mapping[bytes, bytes]) -> list[bytes]:
        """Keys of what is worth writing: what would be the first to go again is not."""
        now = int(self._clock())
        options = self.options
        entries, size, cutoff = totals(db, "entries", "bytes", "cutoff")
        full = entries >= _low(options.max_entries) or size >= _low(options.max_bytes)
        known = places_of(db, list(given)) if full else {}
        largest = min(_LARGEST_VALUE, options.max_bytes)
        admitted = [
            key
            for key, value in given.items()
            if len(value) <= largest and (not full or key in known or not now - _lot(key) <= cutoff <= now)
        ]
        self._run.refused += len(given) - len(admitted)
        return admitted

    def _make_room(self, db: sqlite3.Connection) -> None:
        """Keep the bounds, with a twentieth to spare: to find what to remove all entries are looked at, and this makes
        it rare."""
        entries, size = totals(db, "entries", "bytes")
        most_entries, most_bytes = self.options.max_entries, self.options.max_bytes
        if entries > most_entries or size > most_bytes:
            removed, cutoff = remove_lowest(db, _low(most_entries), _low(most_bytes))
            self._run.evictions += removed
            db.execute("UPDATE totals SET cutoff = ?", (cutoff,))

    def _write(self, work: Callable[[sqlite3.Connection, int], None]) -> None:
        """Do work in a transaction that also writes what has gathered, if anything can be written."""
        if not self._file.writable:
            return
        now = int(self._clock())
        try:
            with self._file.transaction() as db:
                counted = self._settle(db, now)
                work(db, now)
        except READING_ERRORS as error:
            self._trouble(error, writing=True)
        else:
            self._counted = counted
            self._spoiled.clear()
            self._touched.clear()

    def _settle(self, db: sqlite3.Connection, now: int) -> dict[str, int]:
        """Write what has gathered: spoiled entries, times of use, counts; once a day, forget what nobody uses.

        Returns the counts that are in the file when the transaction is.
        """
        remove(db, places_of(db, list(self._spoiled)))
        touch(db, {key: (used, _lot(key) // 2) for key, used in self._touched.items()})
        (swept,) = totals(db, "swept")
        if not 0 <= now - swept < _SWEEP_SECONDS:
            self._run.expired += remove_unused_since(db, now - int(self.options.ttl_days * 86_400))
            # left by a machine whose clock was wrong, they would outlive all others
            db.execute("UPDATE entries SET used = ?1 WHERE used > ?1", (now,))
            recount(db)
            db.execute("UPDATE totals SET swept = ?", (now,))
        counts = self._run.now()
        add_to_totals(db, **{name: count - self._counted[name] for name, count in counts.items()})
        return counts

    # -- values -----------------------------------------------------------------------------------------------------

    def _packed(self, key: bytes, value: bytes) -> Packed:
        codec, stored = RAW, value
        if len(value) >= self.options.compress_from:
            if self._compressor is None:
                # takes 13 ms to import, and a run that finds everything in the project's database needs none of it
                import zstandard

                self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
            smaller: bytes = self._compressor.compress(value)
            if len(smaller) < len(value):
                codec, stored = ZSTD, smaller
        return Packed(codec, stored, checksum(key, codec, stored))

    def _unpacked(self, stored: bytes) -> bytes | None:
        import zstandard

        if self._decompressor is None:
            self._decompressor = zstandard.ZstdDecompressor()
        try:
            # who makes a frame can have it claim any size
            if not 0 <= zstandard.frame_content_size(stored) <= _LARGEST_VALUE:
                return None
            return self._decompressor.decompress(stored)
        except zstandard.ZstdError:
            return None

    # -- the whole --------------------------------------------------------------------------------------------------

    def statistics(self) -> CacheStatistics:
        """Sizes and counts. Reads every entry's time of use: some 20 ms for 200,000."""
        run = self._run.now()
        total, entries, size, uses = dict.fromkeys(run, 0), 0, 0, (None, None)
        try:
            if self._file.db is not None:
                entries, size = totals(self._file.db, "entries", "bytes")
                total = dict(zip(run, totals(self._file.db, *run), strict=True))
                uses = self._file.db.execute("SELECT min(used), max(used) FROM entries").fetchone()
        except READING_ERRORS as error:
            self._trouble(error)
        file = self._file
        return CacheStatistics(
            str(self.path),
            "off" if file.db is None else "on" if file.writable else "read-only",
            entries,
            size,
            sum(_size_of(f"{self.path}{ending}") for ending in ("", "-wal")),
            self.options.max_entries,
            self.options.max_bytes,
            CacheCounts(**{name: total[name] + run[name] - self._counted[name] for name in run}),
            CacheCounts(**run),
            *uses,
        )

    def verify_integrity(self, sample: int | None = None) -> IntegrityReport:
        """Check so many entries drawn at random, or (None) every entry and the structure of the file."""
        problems: list[str] = []
        checked, before = 0, self._run.corrupt
        db = self._file.db
        try:
            if db is None:
                problems.append("there is no cache that could be checked")
            elif sample is None and (found := structural_problems(db)):
                problems += found
                self._file.replace(found[0])
            else:
                for key, codec, check, stored, _ in (
                    all_rows(db) if sample is None else random_rows(db, sample)
                ):
                    checked += 1
                    if not sound(key, codec, check, stored):
                        self._spoil(key)
        except READING_ERRORS as error:
            problems.append(str(error))
            self._trouble(error)
        if sample is None and not problems:
            self._write(self._mend)
        corrupt = self._run.corrupt - before
        return IntegrityReport(not problems and not corrupt, checked, corrupt, tuple(problems))

    def _mend(self, db: sqlite3.Connection, now: int) -> None:
        self._run.corrupt += mend(db)

    def clear(self) -> int:
        """Remove all entries and counts, give their room back, and return how many entries there were."""
        removed = 0

        def work(db: sqlite3.Connection, now: int) -> None:
            nonlocal removed
            removed = remove_all(db)

        self._write(work)
        self._file.shrink()
        return removed

    def _trouble(self, error: BaseException, *, writing: bool = False) -> None:
        """Go on without what failed: what was to be written now, all that is to be written, the file, the cache."""
        trouble = trouble_of(error)
        if trouble is Trouble.BUSY:
            self._file.warn("was being written to by another process all the time; not all was kept")
        elif trouble is Trouble.DAMAGED:
            self._touched.clear()
            self._spoiled.clear()
            self._file.replace(str(error))
        elif writing:
            self._file.stop_writing(f"cannot be written to ({error})")
        else:
            self._file.give_up(f"cannot be read ({error})")


def _low(bound: int) -> int:
    """What is left when room is made."""
    return bound - bound // 20


def _check_keys(keys: Iterable[bytes]) -> None:
    for key in keys:
        if len(key) != KEY_BYTES:
            raise ValueError(
                f"a key of the parse cache has {KEY_BYTES} bytes, not {len(key)}; see cache_key()"
            )


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # there is none
        return 0
