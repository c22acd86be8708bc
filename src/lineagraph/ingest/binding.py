"""Stale files → their lineage in the graph: each is bound against the catalog as it is in the database."""

from __future__ import annotations

from collections.abc import Sequence

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
from lineagraph.sql.facts import decode as decode_facts
from lineagraph.sql.stack import deep_recursion, very_deep_recursion
from lineagraph.store.base import FileChange, FileRecord
from lineagraph.store.sqlite import SqliteStore

BINDING_VERSION = 1
"""Raised when equal facts give another lineage than before: then everything is bound again."""


class Bound(Struct, frozen=True, gc=False):
    """One file's lineage, and what was asked to find it."""

    change: FileChange
    questions: frozenset[str]


def bind_stale(store: SqliteStore, paths: Sequence[str], defaults: Defaults) -> GraphDelta:
    """Bind some files and put their lineage into the graph, in one transaction."""
    with store.transaction():
        tables = store.sources
        stored = StoredCatalog(tables, defaults)
        bound = [
            bind_file(path, dialect, outcome, facts, stored)
            for path, dialect, outcome, facts in tables.read(paths)
        ]
        delta = store.apply([one.change for one in bound])
        tables.mark_bound([(one.change.record.path, one.questions) for one in bound])
        stored.remember()
    return delta


def bind_file(path: str, dialect: str, outcome: str, blob: bytes, stored: StoredCatalog) -> Bound:
    """Bind one file. A slip of ours costs no more than the file: it is a diagnostic."""
    record = FileRecord(path, dialect, outcome)
    if dialect == SCHEMA_DIALECT:
        schema = msgspec.msgpack.decode(blob, type=dict[str, ImportedDataset])
        return Bound(FileChange(record, schema_lineage(path, schema)), frozenset())
    facts = decode_facts(blob)
    catalog = stored.catalog
    catalog.trim(NAMES_IN_MEMORY)
    catalog.begin_questions()
    diagnostics: list[Diagnostic] = [msgspec.structs.replace(found, file=path) for found in facts.diagnostics]
    try:
        binder = FileBinder(FileColumns(path, facts, catalog, stored.defaults))
        lineage = _lineage_of(binder)
        diagnostics += binder.diagnostics
    except Exception as error:  # noqa: BLE001 - see above
        catalog.forget_unfinished()
        message = f"the file could not be bound: {type(error).__name__}: {error}"
        diagnostics.append(Diagnostic(Code.INTERNAL_ERROR, Severity.ERROR, message, file=path))
        lineage = FileLineage(path, (Node(NodeLabel.SOURCE_FILE, path, path, defined=True),), ())
    finally:
        questions = catalog.end_questions()
    return Bound(FileChange(record, lineage, tuple(diagnostics)), frozenset(questions))


def _lineage_of(binder: FileBinder) -> FileLineage:
    try:
        with deep_recursion():
            return file_lineage(binder)
    except RecursionError:
        binder.catalog.forget_unfinished()
        with very_deep_recursion():
            return file_lineage(binder)
