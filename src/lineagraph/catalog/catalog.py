"""Every dataset's columns, as far as anything tells: imported schemas, DDL, and the queries that define datasets.

The columns of a query-defined dataset are a derived query in Salsa's sense: computed on demand, memoised, and
unknown for datasets whose column lists depend on each other (found as strongly connected components, so the answer
does not depend on who asked first).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, TypeVar

from msgspec import Struct

from lineagraph.catalog.interface import Interface
from lineagraph.catalog.names import SuffixIndex, last_part
from lineagraph.catalog.shapes import Columns
from lineagraph.sql.stack import deep_recursion, very_deep_recursion

T = TypeVar("T")

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


class Derived(Struct, frozen=True, gc=False):
    """The columns of a dataset that follow from other datasets' columns, once computed."""

    columns: Columns
    cyclic: bool
    questions: frozenset[str]
    """What was asked to find them: while the answers are the same, so are the columns."""


class CatalogSource(Protocol):
    """Where a catalog finds what it was not told: read by name when a name is first asked for."""

    def interfaces(self, name: str) -> Iterable[tuple[str, Interface]]:
        """(path, interface) of every file that says something of datasets whose last part is `name`."""
        ...

    def remembered(self, key: str) -> Derived | None:
        """Columns computed earlier that still hold."""
        ...

    def derive(self, path: str, key: str) -> Columns:
        """Compute the columns of a dataset that a file defines by a query."""
        ...


class Catalog:
    """Answers questions about datasets, and notes which were asked.

    A question is `n` and a last part (which datasets and synonyms have it?), `c` and a key (its columns?), `d` and a
    key (who defines it?), or `p` and a key (which columns are named in passing?). While no answer to a file's
    questions changes, its lineage is the same: that is what incremental binding stands on.
    """

    def __init__(self, source: CatalogSource | None = None) -> None:
        self._source = source
        self._loaded: set[str] = set()
        self._definitions: dict[str, list[Definition]] = {}
        self._alterations: dict[str, list[Alteration]] = {}
        self._aliases: dict[str, list[tuple[str, str]]] = {}
        self._partial: dict[str, set[str]] = {}
        self._suffixes = SuffixIndex()
        self._columns: dict[str, Columns] = {}
        self.cyclic: set[str] = set()
        self._index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._asking: list[str] = []
        self._asked: list[set[str]] = []
        """The questions of whoever is asking, the innermost last. Empty: nobody wants to know."""
        self._questions: dict[str, set[str]] = {}
        self.fresh: dict[str, Derived] = {}
        """Columns computed since this was last emptied: what a source may remember."""

    # -- what files tell ----------------------------------------------------------------------------------------------

    def define(self, key: str, definition: Definition) -> None:
        self._definitions.setdefault(key, []).append(definition)
        self._suffixes.add(key)

    def alias(self, key: str, target: str, path: str) -> None:
        """A synonym of a file: `key` stands for `target` in every file that does not say otherwise."""
        self._aliases.setdefault(key, []).append((path, target))

    def alter(self, key: str, alteration: Alteration) -> None:
        self._alterations.setdefault(key, []).append(alteration)

    def mention(self, key: str, columns: Iterable[str]) -> None:
        """Partial knowledge: a column list of an INSERT, UPDATE or MERGE names these columns of the dataset."""
        self._partial.setdefault(key, set()).update(columns)

    def add(self, path: str, interface: Interface, derive: Callable[[str], Columns], name: str = "") -> None:
        """All that a file tells, or what it tells of datasets with a last part."""
        for key, (rank, kind, columns) in interface.definitions.items():
            if not name or last_part(key) == name:
                columns_from = partial(derive, key) if columns is None else None
                self.define(key, Definition(rank, path, kind, columns, columns_from))
        for key, alterations in interface.alterations.items():
            if not name or last_part(key) == name:
                for altered_ in alterations:
                    self.alter(key, Alteration(path, *altered_))
        for key, target in interface.aliases.items():
            if not name or last_part(key) == name:
                self.alias(key, target, path)
        for key, columns in interface.mentions.items():
            if not name or last_part(key) == name:
                self.mention(key, columns)

    def _load(self, key: str) -> None:
        """Read what the source has of a dataset, and of all that are called alike."""
        if self._source is None:
            return
        name = last_part(key)
        if name in self._loaded:
            return
        self._loaded.add(name)
        for path, interface in self._source.interfaces(name):
            self.add(path, interface, partial(self._source.derive, path), name)

    def trim(self, limit: int) -> None:
        """Forget what can be read again, if it is more than `limit` names. Not while columns are being computed."""
        if len(self._loaded) > limit and not self._asking:
            self._suffixes = SuffixIndex()
            for known in (
                self._loaded, self._definitions, self._alterations, self._aliases, self._partial, self._columns,
                self.cyclic, self._questions,
            ):  # fmt: skip
                known.clear()

    # -- who asks what ------------------------------------------------------------------------------------------------

    def begin_questions(self) -> None:
        """Note what is asked from now on, until `end_questions`."""
        self._asked.append(set())

    def end_questions(self) -> set[str]:
        """What was asked since `begin_questions`; whoever began before asked it, too."""
        asked = self._asked.pop()
        if self._asked:
            self._asked[-1] |= asked
        return asked

    def ask_again(self, questions: Iterable[str]) -> None:
        """Somebody uses an answer that was found by asking these."""
        if self._asked:
            self._asked[-1].update(questions)

    def _note(self, kind: str, name: str) -> None:
        if self._asked:
            self._asked[-1].add(kind + name)

    # -- answers ------------------------------------------------------------------------------------------------------

    def meant(self, key: str) -> str:
        """What a synonym stands for, through synonyms of synonyms; the key itself if it is none, or is defined."""
        for _ in range(16):
            self._note("n", last_part(key))
            self._load(key)
            found = self._aliases.get(key)
            if not found or key in self._definitions:
                break
            key = min(found)[1]
        return key

    def is_defined(self, key: str) -> bool:
        self._note("n", last_part(key))
        self._load(key)
        return key in self._definitions

    def ending_with(self, key: str) -> list[str]:
        """Defined datasets, other than `key` itself, whose name ends with it; sorted."""
        self._note("n", last_part(key))
        self._load(key)
        return self._suffixes.matches(key)

    def chosen(self, key: str) -> Definition | None:
        """The definition that counts: imported schema before DDL before query; then by migration version and path."""
        self._note("d", key)
        return self._chosen(key)

    def _chosen(self, key: str) -> Definition | None:
        self._load(key)
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
        self._note("d", key)
        self._load(key)
        return sorted(self._definitions.get(key, ()), key=lambda d: (d.rank, d.path))

    @property
    def knows_parts(self) -> bool:
        """May anything be known in part? If not, nobody need ask `partial`."""
        return bool(self._partial) or self._source is not None

    def partial(self, key: str) -> set[str] | frozenset[str]:
        """Columns that column lists name, of a dataset whose columns are not all known."""
        self._note("p", key)
        self._load(key)
        return self._partial.get(key, frozenset())

    def is_cyclic(self, key: str) -> bool:
        """Do the columns of a dataset depend on themselves?"""
        self.columns(key)
        return key in self.cyclic

    def columns(self, key: str) -> Columns:
        """The dataset's complete columns in order, or None.

        Tarjan's algorithm over the datasets that stars ask for: members of one component are unknown to everybody, and
        nothing provisional is remembered.
        """
        self._note("c", key)
        if key in self._columns:
            return self._columns[key]
        if key in self._index:
            # asked again while (or before) its component is finished
            if self._asking:
                asker = self._asking[-1]
                self._low[asker] = min(self._low[asker], self._index[key])
            self.cyclic.add(key)
            return None
        definition = self._chosen(key)
        if definition is None:
            self._columns[key] = None
            return None
        if definition.columns is not None:
            found = self._altered(key, definition, definition.columns)
            self._columns[key] = found
            return found
        if self._source is not None:
            derived = self._source.remembered(key)
            if derived is not None:
                if derived.cyclic:
                    self.cyclic.add(key)
                self._columns[key] = derived.columns
                return derived.columns
        return self._compute(key, definition)

    def forget_unfinished(self) -> None:
        """After an exception on the way: nothing is being computed any more."""
        for unfinished in (self._index, self._low, self._stack, self._asking):
            unfinished.clear()

    def however_deep(self, call: Callable[[], T]) -> T:
        """What a call that asks this catalog returns, though datasets depend on each other over thousands of links."""
        try:
            with deep_recursion():
                return call()
        except RecursionError:
            self.forget_unfinished()
            with very_deep_recursion():
                return call()

    def _compute(self, key: str, definition: Definition) -> Columns:
        self._index[key] = self._low[key] = len(self._index)
        self._stack.append(key)
        self._asking.append(key)
        noting = bool(self._asked)
        if noting:
            self._asked.append(set())
        try:
            computed = definition.columns_from() if definition.columns_from is not None else None
        finally:
            if noting:  # its questions are its own, not those of who asked for its columns
                self._questions[key] = self._asked.pop()
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
        if not cyclic and computed is not None:
            self._columns[key] = self._altered(key, definition, computed)
        for member in members:
            questions = self._questions.pop(member, None)
            if questions is not None:
                self.fresh[member] = Derived(self._columns[member], cyclic, frozenset(questions))
        return self._columns[key]

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
