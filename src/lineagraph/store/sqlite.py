"""The project database: one SQLite file that is the whole state of a project. See docs/adr/0001-project-database.md."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lineagraph.model import GraphDelta
from lineagraph.store.base import (
    FileChange,
    FileRecord,
    Statistics,
    StoreError,
    StoreLockedError,
    StoreMissingError,
)
from lineagraph.store.schema import check_ours, check_readable, migrate
from lineagraph.store.sources import SourceTables

if TYPE_CHECKING:
    from lineagraph.diagnostics import Diagnostic
    from lineagraph.store.entities import EntityTable
    from lineagraph.store.lock import WriterLock

DATABASE_FILE = "lineage.db"

_NO_PLACE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
"""A database that is merely busy must be waited for: who reads it without regard for its log sees half a batch."""


class SqliteStore:
    """`GraphStore` on SQLite in WAL mode: one writer, any number of readers that it never blocks.

    Use as a context manager, or `close` it. Not shared between threads. What only a writer needs is imported when one
    is opened: a question on the command line should not wait for it.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, lock: WriterLock | None) -> None:
        self.db = db
        self.path = path
        self._lock = lock
        self._table: EntityTable | None = None
        self._writing = False
        self.sources = SourceTables(db)
        """What was read: files, their facts, and what binding found out about datasets."""

    @classmethod
    def open(cls, project_dir: Path, *, read_only: bool = False, timeout_seconds: float = 10.0) -> Self:
        """Open the database of a project directory (`.lineagraph`), creating both when writing.

        Raises `StoreMissingError`, `StoreLockedError` (another process writes and did not finish in time),
        `StoreVersionError`, and `StoreError` when the file is not a database.
        """
        path = Path(project_dir) / DATABASE_FILE
        if read_only:
            return cls._open_to_read(path, timeout_seconds)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot create {path.parent}: {error.strerror}") from error
        from lineagraph.store.lock import WriterLock

        lock = WriterLock(path.parent)
        lock.acquire(timeout_seconds)
        try:
            db = sqlite3.connect(path, timeout=timeout_seconds, isolation_level=None)
            try:
                check_ours(db, path)
                db.execute("PRAGMA journal_mode = WAL")
                # WAL with NORMAL: a killed process loses nothing; a power cut may lose the last batches, never
                # consistency, and their files look changed to the next ingestion
                # (https://sqlite.org/pragma.html#pragma_synchronous)
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute("PRAGMA cache_size = -32768")
                db.execute("PRAGMA wal_autocheckpoint = 4000")
                migrate(db)
            except BaseException:
                db.close()
                raise
        except sqlite3.Error as error:
            lock.release()
            raise _explain(error, path) from error
        except BaseException:
            lock.release()
            raise
        return cls(db, path, lock)

    @classmethod
    def _open_to_read(cls, path: Path, timeout_seconds: float) -> Self:
        if not path.is_file():
            raise StoreMissingError(
                f"there is no project database at {path}; run `lineagraph ingest PATH` first"
            )
        uri = f"{path.absolute().as_uri()}?mode=ro"
        db = sqlite3.connect(uri, uri=True, timeout=timeout_seconds, isolation_level=None)
        try:
            try:
                check_readable(db)
            except sqlite3.OperationalError as error:
                # a directory we may not write to has no place for the shared memory of WAL: readable if nobody writes
                if error.sqlite_errorcode & 0xFF not in _NO_PLACE or _has_unmerged_wal(path):
                    raise
                db.close()
                db = sqlite3.connect(
                    f"{uri}&immutable=1", uri=True, timeout=timeout_seconds, isolation_level=None
                )
                check_readable(db)
            db.execute("PRAGMA cache_size = -32768")
        except sqlite3.Error as error:
            db.close()
            raise _explain(error, path) from error
        except BaseException:
            db.close()
            raise
        return cls(db, path, None)

    def apply(self, changes: Sequence[FileChange], deletions: Sequence[str] = ()) -> GraphDelta:
        """See `GraphStore.apply`. A path in both is a change; of two changes to one path the later counts."""
        from lineagraph.store.applying import Batch
        from lineagraph.store.entities import EntityTable

        if self._table is None:
            self._table = EntityTable(self.db)
        with self.transaction(), _garbage_collection_paused():
            delta = Batch(self.db, self._table).run(changes, deletions)
        self._table.trim()
        return delta

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All that is written inside is kept, or nothing. One inside another is part of it."""
        if self._lock is None:
            raise StoreError(f"{self.path} is open for reading only")
        if self._writing:
            yield
            return
        self._writing = True
        try:
            with self._one_transaction():
                yield
        finally:
            self._writing = False

    @contextmanager
    def _one_transaction(self) -> Generator[None]:
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield
            self.db.execute("COMMIT")
        except BaseException as error:
            if self._table is not None:
                self._table.forget()
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _explain(error, self.path) from error
            raise

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection]:
        """A connection that sees one state of the graph until the block ends, whatever is written meanwhile."""
        if self.db.in_transaction:
            yield self.db
            return
        try:
            self.db.execute("BEGIN")
            try:
                yield self.db
            finally:
                if self.db.in_transaction:
                    self.db.execute("COMMIT")
        except sqlite3.Error as error:
            raise _explain(error, self.path) from error

    @contextmanager
    def explained(self) -> Generator[None]:
        """Errors of SQLite become `StoreError`s that say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise _explain(error, self.path) from error

    def files(self) -> dict[str, FileRecord]:
        with self.explained():
            rows = self.db.execute("SELECT path, dialect, outcome FROM files ORDER BY path")
            return {row[0]: FileRecord(*row) for row in rows}

    def outcomes(self, paths: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Of some files: statements by outcome, diagnostics by code."""
        from lineagraph.store.statistics import count_outcomes

        with self.explained():
            return count_outcomes(self.db, paths)

    def errors(self, paths: Collection[str]) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
        """(path, its diagnostics) of those of some files with errors, sorted by path."""
        from lineagraph.store.statistics import errors_of

        with self.explained():
            yield from errors_of(self.db, paths)

    def get_meta(self, key: str) -> str | None:
        with self.explained():
            row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str | None) -> None:
        with self.transaction():
            if value is None:
                self.db.execute("DELETE FROM meta WHERE key = ?", (key,))
            else:
                self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def statistics(self) -> Statistics:
        from lineagraph.store.statistics import read_statistics

        with self.snapshot() as db:
            return read_statistics(db)

    def close(self) -> None:
        self.db.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _garbage_collection_paused() -> Generator[None]:
    """A batch allocates much and makes no cycles: looking for some costs a quarter of its time (measured)."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _has_unmerged_wal(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _explain(error: sqlite3.Error, path: Path) -> StoreError:
    """What SQLite's error means for the user, and what to do."""
    text = str(error)
    if "disk is full" in text:
        return StoreError(
            f"{path}: the disk is full; nothing of this batch was stored. Free some space and run again"
        )
    if "not a database" in text or "malformed" in text:
        return StoreError(
            f"{path}: {text}; move the file away and ingest again (the SQL files are all that is needed)"
        )
    if "locked" in text:
        from lineagraph.store.lock import who_writes

        return StoreLockedError(
            f"{path}: {text}: {who_writes(path)} is writing to it; wait for it to finish, or stop it"
        )
    if "already exists" in text or "no such table" in text or "no such column" in text:
        return StoreError(
            f"{path}: {text}; if this is the database of another program, choose another directory with --project"
        )
    if "unable to open" in text or "readonly" in text or "disk I/O" in text:
        return StoreError(
            f"{path}: {text}; check that it is a file and may be written to, and that the disk is well"
        )
    return StoreError(f"{path}: {text}")
