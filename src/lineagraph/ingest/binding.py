"""Stale files → their lineage in the graph: each is bound against the catalog as it is in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Struct

from lineagraph.catalog.bind import FileBinder
from lineagraph.catalog.contribution import file_lineage
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.names import Defaults
from lineagraph.catalog.schemas import ImportedDataset
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest.affected import NAMES_IN_MEMORY, StoredCatalog
from lineagraph.ingest.imported_schemas import SCHEMA_DIALECT, schema_lineage
from lineagraph.model import FileLineage, GraphDelta, Node, NodeLabel
from lineagraph.sql.packed_facts import open_packed
from lineagraph.sql.stack import deep_recursion
from lineagraph.store.base import FileChange, FileRecord
from lineagraph.store.prepared import Prepared, prepare
from lineagraph.store.sources import Remembered, hashed
from lineagraph.store.sqlite import SqliteStore


class Bound(Struct, frozen=True, array_like=True, gc=False):
    """One file's lineage, and what was asked to find it."""

    record: FileRecord
    lineage: Prepared
    diagnostics: tuple[Diagnostic, ...]
    questions: bytes
    """Hashed."""
    fresh: list[Remembered]
    """Columns of datasets that were computed on the way."""


def bind_here(store: SqliteStore, paths: Sequence[str], defaults: Defaults) -> list[Bound]:
    """Bind some files against the catalog as it is in the database, inside a transaction or not."""
    stored = StoredCatalog(store.sources, defaults)
    with deep_recursion():
        return [bind_file(*row, stored) for row in store.sources.read(paths)]


def put(store: SqliteStore, bound: Sequence[Bound]) -> GraphDelta:
    """Put files' lineage into the graph, in one transaction."""
    tables = store.sources
    with store.transaction():
        delta = store.apply([FileChange(one.record, one.lineage, one.diagnostics) for one in bound])
        tables.mark_bound([(one.questions, one.record.path) for one in bound])
        tables.remember([derived for one in bound for derived in one.fresh])
    return delta


def bind_file(path: str, dialect: str, outcome: str, blob: bytes, stored: StoredCatalog) -> Bound:
    """Bind one file. A slip of ours costs no more than the file: it is a diagnostic.

    Raises `sqlite3.Error`: where the database fails, nothing is known of the file, and a later run binds it.
    """
    record = FileRecord(path, dialect, outcome)
    if dialect == SCHEMA_DIALECT:
        schema = msgspec.msgpack.decode(blob, type=dict[str, ImportedDataset])
        return Bound(record, prepare(schema_lineage(path, schema)), (), b"", [])
    facts = open_packed(blob)
    catalog = stored.catalog
    catalog.trim(NAMES_IN_MEMORY)
    catalog.begin_questions()
    diagnostics: list[Diagnostic] = [msgspec.structs.replace(found, file=path) for found in facts.diagnostics]
    try:
        with stored.intact():
            binder = FileBinder(FileColumns(path, facts, catalog, stored.defaults))
            lineage = prepare(catalog.however_deep(partial(file_lineage, binder)))
        diagnostics += binder.diagnostics
    except sqlite3.Error:
        catalog.forget_unfinished()
        raise
    except Exception as error:  # noqa: BLE001 - see above
        catalog.forget_unfinished()
        without = lost(record, f"{type(error).__name__}: {error}")
        lineage = without.lineage
        diagnostics += without.diagnostics
    finally:
        questions = catalog.end_questions()
    return Bound(record, lineage, tuple(diagnostics), hashed(questions), stored.fresh())


def lost(record: FileRecord, error: str) -> Bound:
    """A file that could not be bound: it stays in the graph, with a diagnostic."""
    path = record.path
    problem = Diagnostic(
        Code.INTERNAL_ERROR, Severity.ERROR, f"the file could not be bound: {error}", file=path
    )
    lineage = FileLineage(path, (Node(NodeLabel.SOURCE_FILE, path, path, defined=True),), ())
    return Bound(record, prepare(lineage), (problem,), b"", [])
