"""What `doctor` looks at: the environment, the settings, the project database."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from lineagraph.cli.options import CACHE_BOUNDS, cache_options, feature_flags
from lineagraph.config.feature_flags import FeatureFlags
from lineagraph.diagnostics import LineagraphError
from lineagraph.store.base import StoreError, StoreLockedError
from lineagraph.store.lock import LOCK_FILE, WriterLock
from lineagraph.store.schema import MIGRATIONS
from lineagraph.store.sqlite import DATABASE_FILE
from lineagraph.version import __version__

Status = Literal["ok", "note", "warning", "error"]

SETTINGS = {
    "LINEAGRAPH_PROJECT": "directory of the project database, as --project",
    "LINEAGRAPH_TRACEBACK": "when set, an internal error prints where it happened",
    "INGEST_WORKERS": "processes that read files, as --workers",
    "PARSE_CACHE_PATH": "file of the parse cache, as --cache",
    "ENABLE_PARSE_CACHE": "false: as --no-cache",
    **{name: meaning for name, (_, _, meaning) in CACHE_BOUNDS.items()},
    **{f"FEATURE_{name.upper()}": "false: the graph is the same" for name in FeatureFlags.__struct_fields__},
    "DEBOUNCE_WINDOW_SECONDS": "quiet seconds before changes are ingested, as watch --debounce",
    "BATCH_SIZE_THRESHOLD": "changed files that do not wait, as watch --batch-size",
}
"""Every environment variable of ours; those that begin with LINEAGRAPH_TEST_ belong to the tests."""

EXTRAS = {
    "dbt": ("jinja2", "templates (Jinja, dbt models)"),
    "schemas": ("sqlalchemy", "importing schemas from a live database"),
    "neo4j": ("neo4j", "mirroring the graph to Neo4j"),
    "service": ("fastapi", "the web service"),
    "dask": ("distributed", "distributed ingestion"),
}
"""Extra → (a module that comes with it, what it is for)."""


class Check(Struct, frozen=True):
    """One thing looked at. `status`: ok; note: nothing to do; warning: see the advice; error: this does not work."""

    topic: str
    name: str
    status: Status
    found: str
    advice: str = ""


def run_checks(project: str) -> list[Check]:
    """All checks, in the order to show them. Changes nothing but the lock file's text."""
    return [*_environment(), *_settings(project), *_database(Path(project))]


# -- environment ---------------------------------------------------------------------------------------------


def _environment() -> Iterator[Check]:
    topic = "environment"
    yield Check(topic, "lineagraph", "ok", f"{__version__}, {Path(__file__).parents[1]}")
    yield Check(
        topic,
        "python",
        "ok",
        f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
    )
    yield _sqlglot(topic)
    yield _sqlite(topic)
    for name in ("msgspec", "typer", "rich", "pathspec", "zstandard"):
        yield _package(topic, name)
    for extra, (module, purpose) in EXTRAS.items():
        if find_spec(module) is not None:
            yield Check(topic, f"extra {extra}", "ok", f"installed: {purpose}")
        else:
            advice = f"for {purpose}: pip install 'lineagraph[{extra}]'"
            yield Check(topic, f"extra {extra}", "note", "not installed", advice)


def _package(topic: str, name: str) -> Check:
    try:
        return Check(topic, name, "ok", version(name))
    except PackageNotFoundError:
        return Check(
            topic,
            name,
            "error",
            "not installed",
            "install lineagraph again: pip install --force-reinstall lineagraph",
        )


def _sqlglot(topic: str) -> Check:
    try:
        found = version("sqlglot")
        parser = import_module("sqlglot.parser")
    except (PackageNotFoundError, ImportError) as error:
        return Check(topic, "sqlglot", "error", f"cannot be imported: {error}", "pip install 'sqlglot[c]'")
    wanted = (
        next((one for one in requires("lineagraph") or () if one.startswith("sqlglot")), "")
        if _installed()
        else ""
    )
    compiled = str(getattr(parser, "__file__", "")).endswith((".so", ".pyd"))
    if not compiled:
        advice = f"parsing is several times slower than it could be: pip install 'sqlglot[c]=={found}'"
        return Check(topic, "sqlglot", "warning", f"{found}, not the compiled build", advice)
    return Check(topic, "sqlglot", "ok", f"{found}, compiled" + (f" (needs {wanted})" if wanted else ""))


def _installed() -> bool:
    try:
        version("lineagraph")
    except PackageNotFoundError:
        return False
    return True


def _sqlite(topic: str) -> Check:
    number = sqlite3.sqlite_version
    with tempfile.TemporaryDirectory(prefix="lineagraph-") as folder:
        db = sqlite3.connect(os.path.join(folder, "try.db"))
        try:
            (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
        finally:
            db.close()
    if mode != "wal":
        advice = "readers would block writers: use a Python whose SQLite has write-ahead logging"
        return Check(topic, "sqlite", "error", f"{number}, without WAL ({mode})", advice)
    return Check(topic, "sqlite", "ok", f"{number}, WAL works")


# -- settings ------------------------------------------------------------------------------------------------


def _settings(project: str) -> Iterator[Check]:
    topic = "settings"
    named = os.environ.get("LINEAGRAPH_PROJECT")
    origin = (
        "LINEAGRAPH_PROJECT" if named == project else "default" if project == ".lineagraph" else "--project"
    )
    yield Check(topic, "project", "ok", f"{project} ({origin})")
    for read in (feature_flags, lambda: cache_options(os.environ)):
        try:
            read()
        except LineagraphError as error:
            yield Check(topic, "variables", "error", str(error), "correct it, or unset it")
    for name in sorted(os.environ):
        if (
            name.startswith("LINEAGRAPH_")
            and not name.startswith("LINEAGRAPH_TEST_")
            and name not in SETTINGS
        ):
            advice = f"nothing reads it; the variables are {', '.join(SETTINGS)}"
            yield Check(topic, name, "warning", "an unknown variable", advice)


# -- database ------------------------------------------------------------------------------------------------


def _database(directory: Path) -> Iterator[Check]:
    topic = "database"
    path = directory / DATABASE_FILE
    if directory.exists() and not directory.is_dir():
        yield Check(
            topic, "directory", "error", f"{directory} is a file", "name another directory with --project"
        )
        return
    if not path.is_file():
        yield Check(
            topic, "file", "warning", f"there is none at {path}", "run `lineagraph ingest PATH` to make it"
        )
        return
    yield Check(topic, "file", "ok", f"{path}, {path.stat().st_size / 1e6:,.1f} MB")
    if not os.access(directory, os.W_OK):
        yield Check(
            topic,
            "directory",
            "warning",
            f"{directory} cannot be written to",
            "questions work, ingesting does not",
        )
    else:
        yield _lock(topic, directory)
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            yield from _contents(topic, db)
        finally:
            db.close()
    except sqlite3.Error as error:
        advice = "move the file away and ingest again (the SQL files are all that is needed)"
        yield Check(topic, "integrity", "error", str(error), advice)


def _lock(topic: str, directory: Path) -> Check:
    if not (directory / LOCK_FILE).exists():
        return Check(topic, "lock", "ok", "nobody is writing")
    lock = WriterLock(directory)
    try:
        lock.acquire(0)
    except StoreLockedError as error:
        return Check(
            topic,
            "lock",
            "warning",
            str(error).split(";")[0],
            "another ingestion waits until it is done; questions do not",
        )
    except StoreError as error:
        return Check(topic, "lock", "error", str(error), "check the permissions of the directory")
    lock.release()
    return Check(topic, "lock", "ok", "nobody is writing")


def _contents(topic: str, db: sqlite3.Connection) -> Iterator[Check]:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    newest = len(MIGRATIONS)
    if found > newest:
        advice = "upgrade lineagraph, or name another directory with --project"
        yield Check(topic, "version", "error", f"{found}; this lineagraph knows up to {newest}", advice)
        return
    if found < newest:
        advice = "run `lineagraph ingest` once to bring it up to date"
        yield Check(topic, "version", "warning", f"{found} is older than this lineagraph's {newest}", advice)
        return
    yield Check(topic, "version", "ok", str(found))
    (mode,) = db.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        advice = "readers and writers block each other; does the file system allow shared memory?"
        yield Check(topic, "journal", "warning", f"{mode}, not wal", advice)
    (integrity,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if integrity != "ok":
        advice = "move the file away and ingest again (the SQL files are all that is needed)"
        yield Check(topic, "integrity", "error", integrity, advice)
        return
    yield Check(topic, "integrity", "ok", "quick check passed")
    yield _facts(topic, db)


def _facts(topic: str, db: sqlite3.Connection) -> Check:
    """How many files there are, and whether their facts are those that this version would extract."""
    import msgspec

    from lineagraph.sql.facts import EXTRACTOR_VERSION

    (files,) = db.execute("SELECT count(*) FROM files WHERE dialect != 'schema'").fetchone()
    row = db.execute(
        "SELECT facts FROM facts JOIN sources ON id = source WHERE dialect != 'schema' LIMIT 1"
    ).fetchone()
    if row is not None:
        # the version is the first item, whatever the others are in another version
        kept = next(iter(msgspec.msgpack.decode(row[0], type=list[msgspec.Raw])), None)
        if kept is None or msgspec.msgpack.decode(kept) != EXTRACTOR_VERSION:
            advice = (
                "the next ingestion reads all files again; until then answers are those of the older version"
            )
            return Check(
                topic, "contents", "note", f"{files:,} files, read by another version of lineagraph", advice
            )
    return Check(topic, "contents", "ok", f"{files:,} files")
