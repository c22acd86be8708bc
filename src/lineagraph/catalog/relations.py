"""What binding knows of a relation while it evaluates a statement: its columns' flows, and who is in scope."""

from __future__ import annotations

from collections.abc import Container

from lineagraph.catalog.flows import IDENTITY_BIT, Flow
from lineagraph.sql.facts import Output, Star

OPEN = "\x00"
"""First character of the key under which a relation holds columns whose names are unknown (an unexpanded star)."""


class NodeTable:
    """Numbers the datasets and columns that one file's lineage mentions."""

    def __init__(self) -> None:
        self.columns: list[tuple[str, str]] = []
        """(dataset key, folded column name) of each column, by index."""
        self._index: dict[tuple[str, str], int] = {}

    def column(self, dataset: str, name: str) -> int:
        key = (dataset, name)
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self.columns)
            self.columns.append(key)
        return found


class Rel:
    """An evaluated relation.

    A dataset is not expanded until a star needs it: `base` is its key and `known` its complete column set (None: open).
    Otherwise `columns` maps names in order to flows; unexpanded stars are entries whose key starts with `OPEN`, and
    `groups` lists, for each, the datasets that a further name may belong to (several for a UNION: to all of them).
    """

    __slots__ = (
        "any",
        "base",
        "columns",
        "extra",
        "flows",
        "groups",
        "influences",
        "is_open",
        "known",
        "mask",
        "names",
        "order",
        "reads",
        "rows",
        "spans",
    )

    def __init__(
        self,
        columns: dict[str, Flow] | None = None,
        *,
        influences: Flow | None = None,
        rows: frozenset[str] = frozenset(),
        reads: frozenset[str] = frozenset(),
        base: str | None = None,
        known: frozenset[str] | None = None,
        order: tuple[str, ...] = (),
        groups: tuple[tuple[str, ...], ...] = (),
        mask: int = IDENTITY_BIT,
        any_: Flow | None = None,
    ) -> None:
        self.columns: dict[str, Flow] = columns if columns is not None else {}
        self.influences: Flow = influences if influences is not None else {}
        self.rows = rows
        """Datasets whose rows this relation's rows are made of."""
        self.reads = reads
        """Datasets read on the way behind a folded table, also those that only filter."""
        self.base = base
        self.known = known
        self.order = order
        self.groups = groups
        self.mask = mask
        self.extra: Flow = {}
        """Flows into every column that is not listed, besides its own dataset's: a table function's arguments."""
        self.any = any_
        """Where every name that is not listed flows from: the columns of a generator, an open PIVOT."""
        self.spans: dict[str, Output | Star] = {}
        self.flows: dict[str, Flow] = {} if base is not None else self.columns
        """Its columns by name; a dataset's only as far as they were asked for."""
        self.names: Container[str]
        """Columns it has for certain."""
        self.is_open: bool
        """May it have others, whose names we do not know?"""
        if base is None:
            self.names, self.is_open = self.columns, bool(groups)
        elif known is None:
            self.names, self.is_open = (), True
        else:
            self.names, self.is_open = known, False

    def has(self, name: str) -> bool | None:
        """True: it has this column. False: it has not. None: it may."""
        if name in self.names:
            return True
        return None if self.is_open else False

    def entries(self, nodes: NodeTable) -> dict[str, Flow]:
        """All columns with their flows, in order; an unknown remainder as one entry below `OPEN`."""
        if self.base is None:
            return self.columns
        if self.known is None:
            return {OPEN + self.base: {nodes.column(self.base, "*"): self.mask}}
        base, mask = self.base, self.mask
        return {name: {nodes.column(base, name): mask} for name in self.order}

    def open_groups(self) -> tuple[tuple[str, ...], ...]:
        if self.base is not None:
            return ((self.base,),) if self.known is None else ()
        return self.groups


class Scope:
    """The relations one SELECT can see, in FROM order, and the scope around it."""

    __slots__ = (
        "aliases",
        "candidates",
        "complete",
        "hidden",
        "level",
        "memo",
        "merged",
        "only",
        "outputs",
        "parent",
        "qualified",
        "reads",
        "replaced",
        "sources",
        "unknowable",
    )

    def __init__(self, level: int, parent: Scope | None) -> None:
        self.level = level
        self.complete = False
        """All relations of the FROM clause are there."""
        self.parent = parent
        self.sources: list[Rel] = []
        """Visible to unqualified names and to `*`."""
        self.hidden: list[Rel] = []
        """Usable in ON and by their alias only (SEMI joins, EXCLUDED)."""
        self.aliases: dict[str, Rel] = {}
        self.qualified: dict[str, Rel] = {}
        """`schema\\0table` of sources without an alias of their own."""
        self.memo: dict[str, Flow] = {}
        """Unqualified names already looked up while the FROM clause was complete."""
        self.unknowable = False
        """All of several sources are datasets of which no column is known: any name could belong to each of them."""
        self.candidates: tuple[tuple[str, ...], str] | None = None
        """These datasets, and the same in words, if so."""
        self.only: Rel | None = None
        """The one relation that unqualified names are looked for in, if there is just one and nothing else decides."""
        self.merged: dict[str, list[Rel]] = {}
        """Columns merged by USING or NATURAL: all the relations they come from."""
        self.reads: frozenset[str] = frozenset()
        """Datasets read by subqueries of the SELECT's expressions."""
        self.replaced: dict[str, Rel] = {}
        """Names that ARRAY JOIN gives another meaning."""
        self.outputs: dict[str, Flow] = {}
        """Aliases of the SELECT list so far."""

    def outer(self, depth: int) -> Scope | None:
        """The innermost scope, from here outwards, that a relation of this depth may look into."""
        scope: Scope | None = self
        while scope is not None and scope.level >= depth:
            scope = scope.parent
        return scope
