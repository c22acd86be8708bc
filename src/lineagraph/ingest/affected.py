"""Whom a change concerns: files' new facts go in, and every file whose lineage may be another becomes stale.

An edit concerns its own file, and those files that asked the catalog a question whose answer is another now. A file
that only changed inside, and defines the same columns as before, concerns nobody else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from lineagraph.catalog.catalog import Catalog, Derived
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.interface import Interface, decode, difference
from lineagraph.catalog.names import Defaults
from lineagraph.catalog.shapes import Columns
from lineagraph.sql.packed_facts import open_packed
from lineagraph.store.sources import Remembered, SourceTables, Told, hashed, pack_columns, unpack_columns

NAMES_IN_MEMORY = 20_000
"""Names that a catalog may hold: some 2 kB each."""

_FILES_IN_MEMORY = 256
"""Files kept to compute columns of what they define."""


_LARGE_BYTES = 4_096
"""An interface with more is that of some fifty datasets."""
_LARGE_IN_MEMORY = 16


class StoredCatalog:
    """`CatalogSource` on the project database. Valid while the sources in the database do not change."""

    def __init__(self, tables: SourceTables, defaults: Defaults) -> None:
        self.tables = tables
        self.defaults = defaults
        self._files: dict[str, FileColumns] = {}
        self._large: dict[str, dict[str, Interface]] = {}
        """Interfaces that speak of many datasets, by path and last part: not unpacked for each of them."""
        self.catalog = Catalog(self)
        self._failure: sqlite3.Error | None = None

    @contextmanager
    def intact(self) -> Generator[None]:
        """What is found inside rests on all that the database has, or `sqlite3.Error` is raised at the end.

        Binding survives whatever goes wrong in a statement, and would take a read that failed for one of those.
        """
        yield
        if self._failure is not None:
            raise self._failure

    def interfaces(self, name: str) -> Iterable[tuple[str, Interface]]:
        with self._noticing_failure():
            return self._interfaces(name)

    @contextmanager
    def _noticing_failure(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._failure = error
            raise

    def _interfaces(self, name: str) -> Iterable[tuple[str, Interface]]:
        found: list[tuple[str, Interface]] = []
        for path, blob in self.tables.telling(name, _LARGE_BYTES):
            if blob is not None:
                found.append((path, decode(blob)))
                continue
            large = self._large.get(path)
            if large is None:
                while len(self._large) >= _LARGE_IN_MEMORY:
                    del self._large[next(iter(self._large))]
                large = self._large[path] = decode(self.tables.interface(path)).by_name()
            found.append((path, large[name]))
        return found

    def remembered(self, key: str) -> Derived | None:
        with self._noticing_failure():
            blob = self.tables.derived(key)
        if blob is None:
            return None
        columns, cyclic = unpack_columns(blob)
        return Derived(columns, cyclic, frozenset())

    def derive(self, path: str, key: str) -> Columns:
        own = self._files.pop(path, None)
        if own is None:
            with self._noticing_failure():
                blob = self.tables.facts(path)
            if blob is None:
                return None
            own = FileColumns(path, open_packed(blob), self.catalog, self.defaults)
            while len(self._files) >= _FILES_IN_MEMORY:
                del self._files[next(iter(self._files))]
        self._files[path] = own  # the last one used is the last one dropped
        return own.columns_of(key)

    def columns(self, key: str) -> tuple[Columns, bool]:
        """A dataset's columns, and whether they depend on themselves, however deep they lie."""
        catalog = self.catalog
        catalog.begin_questions()
        try:
            return catalog.however_deep(lambda: (catalog.columns(key), catalog.is_cyclic(key)))
        finally:
            catalog.end_questions()

    def fresh(self) -> list[Remembered]:
        """The columns that were computed since the last call, to be remembered."""
        fresh = self.catalog.fresh
        found = [
            (key, pack_columns(derived.columns, derived.cyclic), hashed(derived.questions))
            for key, derived in fresh.items()
        ]
        fresh.clear()
        return found


def take_in(tables: SourceTables, told: Sequence[Told], removed: Sequence[str], defaults: Defaults) -> None:
    """Write what files say now, forget the removed ones, and mark as stale whomever that concerns.

    Call inside a transaction: what is stale must be known with what made it so.
    """
    if not tables.has_answers():
        tables.remove(removed)
        tables.write(told)
        return
    paths = [one.source.path for one in told]
    before = {path: decode(blob) for path, blob in tables.interfaces([*paths, *removed]).items()}
    changed = difference(before, {one.source.path: decode(one.interface) for one in told})
    old = StoredCatalog(tables, defaults)
    derived_before = {key for key in changed.keys if _is_derived(old.catalog, key)}
    explicit = {key: old.columns(key) for key in changed.keys - derived_before}
    tables.remove(removed)
    tables.write(told)
    new = StoredCatalog(tables, defaults)
    derived_after = {key for key in changed.keys if _is_derived(new.catalog, key)}
    suspects = derived_before | derived_after
    answers = {
        "c" + key for key, columns in explicit.items() if key not in suspects and new.columns(key) != columns
    }
    known = tables.forget_derived(answers | changed.questions, suspects)
    # what was computed just now may rest on what has been forgotten
    new = StoredCatalog(tables, defaults)
    for key, columns in explicit.items():
        if key in suspects and new.columns(key) != columns:
            answers.add("c" + key)
    for key, blob in known.items():
        if new.columns(key) != unpack_columns(blob):
            answers.add("c" + key)
    # nobody computed these before, but somebody may have been told that they cannot be computed
    answers.update("c" + key for key in suspects - known.keys() - explicit.keys())
    tables.remember(new.fresh())
    tables.mark_stale(answers | changed.questions)


def _is_derived(catalog: Catalog, key: str) -> bool:
    definition = catalog.chosen(key)
    return definition is not None and definition.columns is None
