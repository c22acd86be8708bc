"""Every dataset's columns, as far as anything tells: imported schemas, DDL, and the queries that define datasets.

The columns of a query-defined dataset are a derived query in Salsa's sense: computed on demand, memoised, and
unknown for datasets whose column lists depend on each other (found as strongly connected components, so the answer
does not depend on who asked first).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from lineagraph.catalog.names import SuffixIndex
from lineagraph.catalog.shapes import Columns

IMPORTED, DDL, QUERY = 0, 1, 2
"""Ranks of what defines a dataset: the lower wins."""


class Definition(Struct, frozen=True):
    """What one file, or an imported schema, says of a dataset's columns.

    `columns` is set where they are listed; else `columns_from` computes them (a query, or LIKE another dataset).
    """

    rank: int
    path: str
    kind: str
    columns: tuple[str, ...] | None = None
    data_types: tuple[str | None, ...] = ()
    columns_from: Callable[[], Columns] | None = None


class Alteration(Struct, frozen=True):
    """ALTER TABLE in a file that does not define the dataset."""

    path: str
    statement: int
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


_VERSIONED = re.compile(r"(?:^|/)[Vv](\d+(?:[._]\d+)*)__[^/]*$")


_UNDO = re.compile(r"(?:^|/)[Uu]\d+(?:[._]\d+)*__[^/]*$")


def is_undo(path: str) -> bool:
    """Whether a file takes a migration back (`U2__…`): it describes what is not the case."""
    return _UNDO.search(path) is not None


def order_of(path: str) -> tuple[int, tuple[int, ...], str]:
    """Files have no order, except versioned migrations (`V2_1__add_column.sql`), which follow their version."""
    found = _VERSIONED.search(path)
    if found is None:
        return (0, (), path)
    return (1, tuple(int(number) for number in re.split(r"[._]", found.group(1))), path)


class Catalog:
    def __init__(self) -> None:
        self._definitions: dict[str, list[Definition]] = {}
        self._alterations: dict[str, list[Alteration]] = {}
        self._aliases: dict[str, list[tuple[str, str]]] = {}
        self._partial: dict[str, set[str]] = {}
        self.suffixes = SuffixIndex()
        self._columns: dict[str, Columns] = {}
        self._sets: dict[str, frozenset[str] | None] = {}
        self.cyclic: set[str] = set()
        self._index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._asking: list[str] = []

    def define(self, key: str, definition: Definition) -> None:
        self._definitions.setdefault(key, []).append(definition)
        self.suffixes.add(key)

    def alias(self, key: str, target: str, path: str) -> None:
        """A synonym of a file: `key` stands for `target` in every file that does not say otherwise."""
        self._aliases.setdefault(key, []).append((path, target))

    def meant(self, key: str) -> str:
        """What a synonym stands for, through synonyms of synonyms; the key itself if it is none, or is defined."""
        for _ in range(16):
            found = self._aliases.get(key)
            if not found or key in self._definitions:
                break
            key = min(found)[1]
        return key

    def alter(self, key: str, alteration: Alteration) -> None:
        self._alterations.setdefault(key, []).append(alteration)

    def mention(self, key: str, columns: Iterable[str]) -> None:
        """Partial knowledge: a column list of an INSERT, UPDATE or MERGE names these columns of the dataset."""
        self._partial.setdefault(key, set()).update(columns)

    def is_defined(self, key: str) -> bool:
        return key in self._definitions

    def chosen(self, key: str) -> Definition | None:
        """The definition that counts: imported schema before DDL before query; then by migration version and path."""
        found = self._definitions.get(key)
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        best = min(definition.rank for definition in found)
        among = [definition for definition in found if definition.rank == best]
        versioned = [d for d in among if order_of(d.path)[0]]
        if versioned:
            # the last migration that creates the dataset has the last word
            return max(versioned, key=lambda d: order_of(d.path))
        return min(among, key=lambda d: d.path)

    def definitions(self, key: str) -> list[Definition]:
        return sorted(self._definitions.get(key, ()), key=lambda d: (d.rank, d.path))

    def defined_keys(self) -> list[str]:
        return sorted(self._definitions)

    @property
    def knows_parts(self) -> bool:
        """Is anything known in part?"""
        return bool(self._partial)

    def partial(self, key: str) -> set[str] | frozenset[str]:
        return self._partial.get(key, frozenset())

    def column_set(self, key: str) -> frozenset[str] | None:
        """The dataset's complete columns as a set, or None where they are not all known."""
        if key in self._sets:
            return self._sets[key]
        columns = self.columns(key)
        found = frozenset(columns) if columns is not None else None
        if key in self._columns:
            self._sets[key] = found
        return found

    def columns(self, key: str) -> Columns:
        """The dataset's complete columns in order, or None.

        Tarjan's algorithm over the datasets that stars ask for: members of one component are unknown to everybody, and
        nothing provisional is remembered.
        """
        if key in self._columns:
            return self._columns[key]
        if key in self._index:
            # asked again while (or before) its component is finished
            if self._asking:
                asker = self._asking[-1]
                self._low[asker] = min(self._low[asker], self._index[key])
            self.cyclic.add(key)
            return None
        definition = self.chosen(key)
        if definition is None:
            self._columns[key] = None
            return None
        if definition.columns is not None:
            found = self._altered(key, definition, definition.columns)
            self._columns[key] = found
            return found
        return self._compute(key, definition)

    def forget_unfinished(self) -> None:
        """After an exception on the way: nothing is being computed any more."""
        for unfinished in (self._index, self._low, self._stack, self._asking):
            unfinished.clear()

    def _compute(self, key: str, definition: Definition) -> Columns:
        self._index[key] = self._low[key] = len(self._index)
        self._stack.append(key)
        self._asking.append(key)
        computed = definition.columns_from() if definition.columns_from is not None else None
        self._asking.pop()
        if self._asking:
            asker = self._asking[-1]
            self._low[asker] = min(self._low[asker], self._low[key])
        if self._low[key] != self._index[key]:
            self.cyclic.add(key)
            return None
        members: list[str] = []
        while True:
            member = self._stack.pop()
            members.append(member)
            if member == key:
                break
        cyclic = len(members) > 1 or key in self.cyclic
        for member in members:
            self._columns[member] = None
            if cyclic:
                self.cyclic.add(member)
        if not self._asking:
            self._index.clear()
            self._low.clear()
        if cyclic:
            return None
        found = self._altered(key, definition, computed) if computed is not None else None
        self._columns[key] = found
        return found

    def _altered(self, key: str, definition: Definition, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns after what other files ALTER. An imported schema says what there is now; a migration that creates
        the dataset anew has left the alterations of earlier versions behind."""
        alterations = self._alterations.get(key)
        if not alterations or definition.rank == IMPORTED:
            return columns
        names = list(columns)
        created = order_of(definition.path)
        for alteration in sorted(alterations, key=lambda a: (order_of(a.path), a.statement)):
            order = order_of(alteration.path)
            if created[0] and order[0] and order < created:
                continue
            names = altered(names, alteration.added, alteration.dropped, alteration.renamed)
        return tuple(names)


def altered(
    names: Iterable[str], added: Iterable[str], dropped: Iterable[str], renamed: Iterable[tuple[str, str]]
) -> list[str]:
    """Column names after an ALTER TABLE."""
    gone = set(dropped)
    new = dict(renamed)
    result = [new.get(name, name) for name in names if name not in gone]
    result.extend(name for name in added if name not in result)
    return result


def catalog_of(imported: Mapping[str, tuple[str, ...]]) -> Catalog:
    """A catalog that knows an imported schema and nothing else."""
    catalog = Catalog()
    for key, columns in imported.items():
        catalog.define(key, Definition(IMPORTED, "", "table", columns))
    return catalog
