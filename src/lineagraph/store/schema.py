"""The tables of the project database and the migrations between their versions (`PRAGMA user_version`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from lineagraph.store.base import StoreError, StoreVersionError

Migration = Callable[[sqlite3.Connection], None]

_VERSION_2 = """
-- What was read, as opposed to what is in the graph already. One row per ingested file: how to see that it changed,
-- and what its lineage was bound with. `stale`: the graph does not say yet what the file's facts and the catalog make
-- of it. `questions` are hashes of what its binding asked the catalog.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    looks BLOB NOT NULL,
    content_hash BLOB NOT NULL,
    dialect TEXT NOT NULL,
    outcome TEXT NOT NULL,
    stale INTEGER NOT NULL,
    questions BLOB
);
CREATE INDEX stale_sources ON sources (id) WHERE stale;
CREATE INDEX asking_sources ON sources (id) WHERE questions IS NOT NULL;

-- What a file tells other files (`names`: the last parts of the datasets it speaks of), and its facts.
CREATE TABLE interfaces (source INTEGER PRIMARY KEY, names BLOB NOT NULL, interface BLOB NOT NULL);
CREATE TABLE facts (source INTEGER PRIMARY KEY, facts BLOB NOT NULL);

-- Which files say something of datasets whose last part is `name`.
CREATE TABLE telling (name TEXT, source INTEGER, PRIMARY KEY (name, source)) WITHOUT ROWID;

-- Columns of datasets that follow from other datasets' columns, while the answers to `questions` are the same.
CREATE TABLE derived (key TEXT PRIMARY KEY, columns BLOB NOT NULL, questions BLOB NOT NULL) WITHOUT ROWID;

-- The graph. One row per file in it. `files.id` is the file's node as well: see store/identity.py.
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    dialect TEXT NOT NULL,
    outcome TEXT NOT NULL
);

-- What is kept per file and read by file only. `errors` counts the diagnostics that are errors.
CREATE TABLE file_details (
    file INTEGER PRIMARY KEY,
    errors INTEGER NOT NULL,
    statements BLOB,
    diagnostics BLOB
);
CREATE INDEX files_with_errors ON file_details (file) WHERE errors;

-- Datasets and routines. A dataset's columns live in its row: `columns` holds their key parts, one a line, in the
-- order of their ordinals; `mentions` counts who says what of each of them (store/packing.py).
CREATE TABLE entities (
    id INTEGER PRIMARY KEY,
    label INTEGER NOT NULL,
    key TEXT NOT NULL,
    columns TEXT NOT NULL,
    mentions BLOB NOT NULL
);
CREATE UNIQUE INDEX entities_by_key ON entities (key, label);

-- What a file says: the nodes it mentions, its edges with their evidence. `id` is file << 10 | part.
CREATE TABLE contributions (
    id INTEGER PRIMARY KEY,
    nodes BLOB NOT NULL,
    sayings BLOB,
    edges BLOB
);

-- Which contributions hold edges into (out of) an entity: `id` is entity << 35 | contribution. `ordinals` says out of
-- which of its columns (0: the entity itself): a dataset has few writers but may have very many readers. These two are
-- what a trace walks on.
CREATE TABLE flows_in (id INTEGER PRIMARY KEY);
CREATE TABLE flows_out (id INTEGER PRIMARY KEY, ordinals BLOB NOT NULL);

-- Counts kept up to date by every batch, so that statistics need no scan.
CREATE TABLE tallies (subject TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def _create_version_1(db: sqlite3.Connection) -> None:
    """Version 1 was never released: whatever it held is read again from the SQL files."""


def _create_version_2(db: sqlite3.Connection) -> None:
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    root: list[tuple[str, str]] = []
    for (name,) in tables.fetchall():
        if name == "meta":
            root = db.execute("SELECT key, value FROM meta WHERE key = 'root'").fetchall()
        db.execute(f'DROP TABLE "{name}"')
    for statement in _VERSION_2.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.executemany("INSERT INTO meta VALUES (?, ?)", root)


_SINCE_VERSION_1 = frozenset(
    {"files", "file_details", "entities", "contributions", "flows_in", "flows_out", "tallies", "meta"}
)

MIGRATIONS: tuple[Migration, ...] = (_create_version_1, _create_version_2)
"""The n-th brings a database from version n to n + 1; a released one never changes."""


def version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def check_ours(db: sqlite3.Connection, path: Path) -> None:
    """Raises `StoreError` for a database that is another program's: bringing it up to date would empty it."""
    current = version(db)
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    tables = {name for (name,) in rows}
    if tables and (current == 0 or not tables >= _SINCE_VERSION_1):
        raise StoreError(
            f"{path} is the database of another program; choose another directory with --project"
        )


def migrate(db: sqlite3.Connection) -> None:
    """Bring the database to the newest version, one transaction per step.

    Raises `StoreVersionError` when it is newer than this program.
    """
    while (current := version(db)) != len(MIGRATIONS):
        _check_not_newer(current)
        db.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[current](db)
            db.execute(f"PRAGMA user_version = {current + 1}")
        except BaseException:
            if db.in_transaction:  # a full disk ends it
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def _check_not_newer(current: int) -> None:
    if current > len(MIGRATIONS):
        raise StoreVersionError(
            f"the project database has version {current}, this lineagraph reads up to {len(MIGRATIONS)}; "
            "upgrade lineagraph, or choose another project directory with --project"
        )


def check_readable(db: sqlite3.Connection) -> None:
    """For a read-only connection, which cannot migrate. Raises `StoreVersionError`."""
    current = version(db)
    _check_not_newer(current)
    if current < len(MIGRATIONS):
        raise StoreVersionError(
            f"the project database has version {current}, this lineagraph needs {len(MIGRATIONS)}; "
            "run `lineagraph ingest` once to bring it up to date"
        )
