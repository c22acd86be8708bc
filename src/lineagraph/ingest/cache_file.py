"""The parse cache's file: opened in whatever state it is, moved aside when it is damaged, never a reason to fail.

Whoever uses the file holds a shared lock on `<file>.lock`; whoever moves it aside needs that lock alone. Without it, a
process could go on writing into the file that took the old one's place, with the old one's idea of what is where
(https://sqlite.org/howtocorrupt.html, 2.4). The system frees the lock when a process ends in whatever way.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
import time
from collections.abc import Generator
from enum import Enum
from pathlib import Path
from typing import IO

from lineagraph.diagnostics import LineagraphError

CACHE_VERSION = 1
"""Of the tables below; a file of another version is made anew. What the values are is in the keys, not here."""

_APPLICATION_ID = 0x4C675043
"""`LgPC`, in the file's header: that it is a parse cache and nobody's database."""

_SCHEMA = (
    # narrow, so that touching an entry rewrites some fifty bytes, and looking for what to evict reads few pages
    """CREATE TABLE entries (
        key BLOB PRIMARY KEY,
        id INTEGER NOT NULL,
        used INTEGER NOT NULL,
        lot INTEGER NOT NULL,
        size INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "CREATE TABLE stored (id INTEGER PRIMARY KEY, codec INTEGER NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL)",
    """CREATE TABLE totals (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        entries INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        hits INTEGER NOT NULL DEFAULT 0,
        misses INTEGER NOT NULL DEFAULT 0,
        evictions INTEGER NOT NULL DEFAULT 0,
        expired INTEGER NOT NULL DEFAULT 0,
        refused INTEGER NOT NULL DEFAULT 0,
        corrupt INTEGER NOT NULL DEFAULT 0,
        cutoff INTEGER NOT NULL DEFAULT 0,
        swept INTEGER NOT NULL DEFAULT 0
    )""",
    "INSERT INTO totals (id) VALUES (1)",
)

_PAGE_BYTES = 8192
"""Measured: values take 1 to 2 kB when compressed, and in pages of 4096 bytes one row in five needs a second page."""
_KEPT_ASIDE = 2
"""Damaged files that are kept for whoever wants to know what happened; each may be as large as the cache."""
_WAIT_SECONDS = 1.0
_POLL_SECONDS = 0.02


class Trouble(Enum):
    """What an error of SQLite says about the cache."""

    DAMAGED = "damaged"
    BUSY = "busy"
    PLACE = "place"
    """Full, read-only, forbidden, failing, without memory: the file may be well, its surroundings are not."""


class RottenError(LineagraphError):
    """A value in the file is not of the kind that was written."""


class _OtherVersionError(LineagraphError):
    pass


class _ForeignError(LineagraphError):
    pass


READING_ERRORS = (sqlite3.Error, MemoryError, OverflowError, RottenError)
"""What reading or writing a bad file, or one in a bad place, can raise."""

_PLACE_CODES = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOLFS,
    )
)
_BUSY_CODES = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL))


def trouble_of(error: BaseException) -> Trouble:
    """The file is taken for damaged unless the error speaks of its place or of other processes."""
    if isinstance(error, MemoryError):
        return Trouble.PLACE  # lengths that a file makes up are met with SQLITE_CORRUPT
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int) or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return Trouble.DAMAGED
    code &= 0xFF  # what is above says more precisely what (https://sqlite.org/rescode.html)
    if code in _PLACE_CODES:
        return Trouble.PLACE
    return Trouble.BUSY if code in _BUSY_CODES else Trouble.DAMAGED


class CacheFile:
    """The database of one parse cache, or the fact that there is none to be had.

    `db` is None where the cache is off for this run; `writable` says whether it can be added to. Why is in `warnings`.
    """

    def __init__(self, path: Path, warnings: list[str], busy_seconds: float) -> None:
        self.path = path
        self.db: sqlite3.Connection | None = None
        self.writable = False
        self._warnings = warnings
        self._busy_seconds = busy_seconds
        self._lock: _UseLock | None = None
        self._identity: tuple[int, int] | None = None
        self._open()

    def warn(self, text: str) -> None:
        """Say something about the cache; the same again is not said twice."""
        message = f"the parse cache {self.path} {text}"
        if message not in self._warnings:
            self._warnings.append(message)

    def close(self) -> None:
        self._disconnect()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def give_up(self, text: str) -> None:
        """Do without the cache for the rest of this run."""
        self.warn(f"{text}; this run does without it")
        self.close()

    def stop_writing(self, text: str) -> None:
        self.warn(f"{text}; this run adds nothing to it")
        self.writable = False

    def shrink(self) -> None:
        """Give back the room of what was removed; where others are reading or writing, later."""
        if self.db is not None and self.writable:
            try:
                self.db.execute("VACUUM")
                self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                self.warn(f"could not be made smaller: {error}; the room is used for new entries")

    def replace(self, reason: str) -> None:
        """Move the damaged file aside and go on with a new one; or without, if that cannot be."""
        if not self.writable:
            self.give_up(f"is damaged ({reason})")  # or, read without locks, being written to by who may
        elif self._set_aside(f"is damaged ({reason})", keep=True):
            self._open()

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All that is written inside is kept, or nothing. Raises `sqlite3.Error`."""
        db = self.db
        assert db is not None, "asked for by a caller that looked at `writable`"
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk has ended it already
                with contextlib.suppress(sqlite3.Error):  # the error that led here says more
                    db.execute("ROLLBACK")
            raise

    # -- opening ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.path.exists() and not self.path.is_file():
            self.give_up("is a folder or no regular file: name a file, or move it away")
            return
        for _ in range(3):  # as it is; after it was moved aside; after somebody else moved it aside, too
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                if self._lock is None:
                    self._lock = _UseLock.take(self.path)
                self._identity = _identity(self.path)
                if self._identity is None or os.access(self.path, os.W_OK):
                    self._connect()
                else:
                    self._connect_to_read()
                return
            except OSError as error:
                self.give_up(f"cannot be made: {error.strerror or error}")
                return
            except _ForeignError as error:
                self.give_up(str(error))
                return
            except _OtherVersionError as error:
                if not self._set_aside(str(error), keep=False):
                    return
            except READING_ERRORS as error:
                if not self._despite(error):
                    return
        self.give_up("is damaged again and again; look at its disk")

    def _despite(self, error: BaseException) -> bool:
        """What can be done about a file that did not open. True: try again."""
        trouble = trouble_of(error)
        if trouble is Trouble.DAMAGED:
            return self._set_aside(f"is damaged ({error})", keep=True)
        if trouble is Trouble.BUSY:
            self.give_up("is being used by another process that does not let go")
            return False
        try:
            self._connect_to_read()
        except (_ForeignError, _OtherVersionError, *READING_ERRORS):
            self.give_up(f"cannot be opened: {error}; check the permissions and the room on its disk")
        return False

    def _connect(self) -> None:
        db = sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None)
        try:
            db.text_factory = bytes  # a spoiled value need not be UTF-8
            if _is_new(db):
                _create(db, time.monotonic() + self._busy_seconds)
            _check(db)
            _check_length(db, self.path)
            # a killed process loses nothing; a power cut may lose the last entries, never consistency
            db.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            db.close()
            raise
        self.db = db
        self.writable = True

    def _connect_to_read(self) -> None:
        """Where nothing can be written: a folder without room for the shared memory of WAL can still be read from, if
        nobody has written since the last checkpoint. No file is left there either."""
        wal = Path(f"{self.path}-wal")
        immutable = "" if wal.exists() and wal.stat().st_size else "&immutable=1"
        uri = f"{self.path.absolute().as_uri()}?mode=ro{immutable}"
        db = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            db.text_factory = bytes
            _check(db)
        except BaseException:
            db.close()
            raise
        self.db = db
        self.stop_writing("cannot be written to")

    def _disconnect(self) -> None:
        self.writable = False
        if self.db is not None:
            with contextlib.suppress(sqlite3.Error):  # what could not be written was said when it was tried
                self.db.close()
            self.db = None

    # -- moving aside -----------------------------------------------------------------------------------------------

    def _set_aside(self, reason: str, *, keep: bool) -> bool:
        """Make room for a new file, if nobody else uses this one. False: the cache is off."""
        self._disconnect()
        if not _may_be_ours(self.path):
            self.give_up("is no parse cache, and is left as it is: name another file")
            return False
        if self._lock is None:
            self.give_up(f"{reason}, and its folder cannot be written to")
            return False
        if not self._lock.alone():
            self.give_up(f"{reason}, and other processes are using it")
            return False
        try:
            if _identity(self.path) == self._identity:  # else somebody else has done it while we waited
                kept = _move_away(self.path, keep)
                self.warn(f"{reason}; {f'it was moved to {kept}' if kept else 'it is made anew'}")
        except OSError as error:
            self.give_up(f"{reason}, and cannot be moved aside: {error.strerror or error}")
            return False
        self._lock.share()
        return True


def _may_be_ours(path: Path) -> bool:
    """Whether a file that cannot be read as a cache may be moved away: not if a user's file was named by mistake.

    It is a cache that was damaged if its header says so (https://sqlite.org/fileformat.html, 1.3: the application's id
    is at byte 68), and may be one if it is called like a database.
    """
    if path.suffix == ".db":
        return True
    try:
        with open(path, "rb") as file:
            header = file.read(72)
    except OSError:
        return False
    return header[68:72] == _APPLICATION_ID.to_bytes(4, "big")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _is_new(db: sqlite3.Connection) -> bool:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return version == 0 and not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()


def _check(db: sqlite3.Connection) -> None:
    """Raises `_ForeignError` for another program's database: nothing must happen to that."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise _ForeignError("is the database of something else: name another file, or move it away")
    if version != CACHE_VERSION:
        older = "an older" if version < CACHE_VERSION else "a newer"
        raise _OtherVersionError(f"was written by {older} version of lineagraph")
    db.execute("SELECT key, id, used, lot, size FROM entries LIMIT 0")
    db.execute("SELECT id, codec, checksum, value FROM stored LIMIT 0")


def _check_length(db: sqlite3.Connection, path: Path) -> None:
    """Raises `RottenError` for a file that was cut short: SQLite itself takes pages that are missing for empty ones."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        return  # the pages may be in there
    size = path.stat().st_size
    if size < pages * page_bytes:
        raise RottenError(f"it has {size:,} bytes of {pages * page_bytes:,}")


def _create(db: sqlite3.Connection, deadline: float) -> None:
    """Make the tables, unless another process does so at the same moment."""
    while True:
        try:
            db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            # changing the journal does not wait for others, however long we said to
            if trouble_of(error) is not Trouble.BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
    try:
        if _is_new(db):
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {CACHE_VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _move_away(path: Path, keep: bool) -> Path | None:
    """Rename the file (or delete it), its write-ahead log first: SQLite would play one it finds into a new file."""
    aside = None
    if keep:
        pattern = re.compile(re.escape(path.name) + r"\.corrupt-(\d+)")
        earlier = sorted(
            (int(match[1]), found.name)
            for found in path.parent.iterdir()
            if (match := pattern.fullmatch(found.name)) is not None
        )
        for _, name in earlier[: len(earlier) - _KEPT_ASIDE + 1]:
            for ending in ("-wal", ""):
                (path.parent / f"{name}{ending}").unlink(missing_ok=True)
        aside = path.with_name(f"{path.name}.corrupt-{earlier[-1][0] + 1 if earlier else 1}")
    for ending in ("-shm", "-wal", ""):
        part = Path(f"{path}{ending}")
        if aside is None or ending == "-shm":
            part.unlink(missing_ok=True)
        elif part.exists():
            part.rename(f"{aside}{ending}")
    return aside


class _UseLock:
    """That this process uses the file; see the top of this module."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    def take(cls, path: Path) -> _UseLock | None:
        """None where no lock file can be made. Raises `TimeoutError` where the file is being moved aside for ever."""
        try:
            file = open(f"{path}.lock", "ab")  # noqa: SIM115  (kept open: the lock lives on it)
        except OSError:
            return None
        lock = cls(file)
        if not _wait(file, shared=True):
            file.close()
            raise TimeoutError(0, "another process is making it anew, and does not come to an end")
        return lock

    def alone(self) -> bool:
        """Whether no other process uses the file; waits a moment, for one that met the same damage is letting go."""
        _unlock(self._file)
        return _wait(self._file, shared=False)

    def share(self) -> None:
        _wait(self._file, shared=True)

    def release(self) -> None:
        self._file.close()


def _wait(file: IO[bytes], *, shared: bool) -> bool:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not _try_lock(file, shared):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


if sys.platform == "win32":
    # a file that another process has open can be neither renamed nor deleted there: the system is the lock
    def _try_lock(file: IO[bytes], shared: bool) -> bool:
        return True

    def _unlock(file: IO[bytes]) -> None:
        pass

else:
    import fcntl

    def _try_lock(file: IO[bytes], shared: bool) -> bool:
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # a file system without locks: as if others were there, so that nothing is moved from under them
            return shared
        return True

    def _unlock(file: IO[bytes]) -> None:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
