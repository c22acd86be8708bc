"""Which columns a relation has, names only: what a star expands to, what a query-defined dataset offers.

A shape asks the catalog about other datasets only where a star (or NATURAL, BY NAME, PIVOT) needs it, so datasets
that feed each other have known columns unless their very column lists depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable

from lineagraph.catalog.patterns import matches
from lineagraph.sql.facts import (
    Function,
    MatchRecognize,
    Output,
    Pivot,
    Recursion,
    Relation,
    Returning,
    Select,
    SetOperation,
    Source,
    Star,
    Statement,
    Table,
    Unpivot,
)

Columns = tuple[str, ...] | None
"""Folded names in order, or None where they cannot all be known."""

TableColumns = Callable[[Table], Columns]


def shape_of(relation: int, statement: Statement, table_columns: TableColumns, dialect: str) -> Columns:
    """Column names of a relation, or None. `table_columns` tells those of a dataset named in this statement."""
    return _Shapes(statement, table_columns, dialect).of(relation)


class _Shapes:
    def __init__(self, statement: Statement, table_columns: TableColumns, dialect: str) -> None:
        self._statement = statement
        self._table_columns = table_columns
        self._dialect = dialect
        self._memo: dict[int, Columns] = {}

    def of(self, index: int) -> Columns:
        if index in self._memo:
            return self._memo[index]
        self._memo[index] = None  # what a recursive mention sees
        relation = self._statement.relations[index]
        columns = self._of(relation)
        self._memo[index] = columns
        return columns

    def _of(self, relation: Relation) -> Columns:
        if isinstance(relation, Select):
            return self._select(relation)
        if isinstance(relation, Table):
            return self._table_columns(relation)
        if isinstance(relation, SetOperation):
            return self._set_operation(relation)
        if isinstance(relation, Recursion):
            return _renamed(self._anchor(relation.body), relation.columns)
        if isinstance(relation, Function):
            return None if relation.open else tuple(output.name for output in relation.outputs)
        if isinstance(relation, Pivot):
            return self._pivot(relation)
        if isinstance(relation, Unpivot):
            return unpivoted(relation, self.of(relation.input))
        if isinstance(relation, MatchRecognize):
            return self._match(relation)
        assert isinstance(relation, Returning)
        return self.of(relation.target)

    def _anchor(self, index: int) -> Columns:
        """Columns of a recursive body: its first branch that does not need the recursion itself."""
        relation = self._statement.relations[index]
        while isinstance(relation, SetOperation):
            index = relation.left
            relation = self._statement.relations[index]
        return self.of(index)

    def _source(self, source: Source) -> Columns:
        return _renamed(self.of(source.relation), source.columns)

    def _select(self, select: Select) -> Columns:
        names: list[str] = []
        for output in select.outputs:
            if isinstance(output, Output):
                names.append(output.name)
                continue
            expanded = self._star(output, select)
            if expanded is None:
                return None
            names.extend(expanded)
        return tuple(names)

    def _star(self, star: Star, select: Select) -> Columns:
        names: list[str] = []
        if star.qualifier:
            for source in select.sources:
                if source.alias == star.qualifier or _qualified_as(source, star.qualifier, self._statement):
                    columns = self._source(source)
                    if columns is None:
                        return None
                    names.extend(columns)
                    break
            else:
                return None
        else:
            merged = self._sources(select)
            if merged is None:
                return None
            names.extend(merged)
        return star_names(names, star)

    def _sources(self, select: Select) -> Columns:
        columns: list[tuple[Source, tuple[str, ...]]] = []
        for source in select.sources:
            if source.hidden:
                continue
            found = self._source(source)
            if found is None:
                return None
            columns.append((source, found))
        return merged_columns(columns, self._dialect)

    def _set_operation(self, operation: SetOperation) -> Columns:
        left = self.of(operation.left)
        if not operation.by_name or left is None:
            return left
        right = self.of(operation.right)
        if right is None:
            return None
        return left + tuple(name for name in right if name not in left)

    def _pivot(self, pivot: Pivot) -> Columns:
        if pivot.open:
            return None
        keys = self.of(pivot.input) if pivot.group is None else tuple(ref.name for ref in pivot.group)
        if keys is None:
            return None
        return tuple(name for name in keys if name not in pivot.used or pivot.group is not None) + tuple(
            output.name for output in pivot.outputs
        )

    def _match(self, match: MatchRecognize) -> Columns:
        measures = tuple(output.name for output in match.outputs)
        if not match.all_rows:
            return match.keys + measures
        columns = self.of(match.input)
        return None if columns is None else columns + measures


def _renamed(columns: Columns, names: tuple[str, ...]) -> Columns:
    if not names:
        return columns
    if columns is None or len(names) >= len(columns):
        # the list names every column (SQL wants it so), or as many as we can know of
        return names
    return names + columns[len(names) :]


def _qualified_as(source: Source, qualifier: str, statement: Statement) -> bool:
    relation = statement.relations[source.relation]
    return isinstance(relation, Table) and qualifier.split("\x00") == list(
        relation.parts[-qualifier.count("\x00") - 1 :]
    )


def unpivoted(unpivot: Unpivot, columns: Columns) -> Columns:
    if columns is None:
        return None
    listed = {name for group in unpivot.columns for name in group}
    if unpivot.pattern:
        kept = tuple(name for name in columns if unpivot.columns and name in unpivot.columns[0])
    else:
        kept = tuple(name for name in columns if name not in listed)
    return (*kept, *((unpivot.name,) if unpivot.name else ()), *unpivot.values)


def star_names(names: list[str], star: Star) -> tuple[str, ...]:
    """What is left of an expanded star once EXCLUDE, RENAME and a pattern have had their say."""
    if star.pattern is not None:
        names = [name for name in names if matches(star.pattern, name)]
    if star.excluded:
        names = [name for name in names if name not in star.excluded]
    renamed = dict(star.renamed)
    if renamed:
        names = [renamed.get(name, name) for name in names]
    return tuple(names)


def using_columns(sources: list[tuple[Source, tuple[str, ...]]]) -> dict[int, tuple[str, ...]]:
    """For each source position, the columns it is merged by with those to its left (USING, NATURAL)."""
    result: dict[int, tuple[str, ...]] = {}
    seen: list[str] = []
    for position, (source, columns) in enumerate(sources):
        if source.natural:
            result[position] = tuple(name for name in columns if name in seen)
        elif source.using:
            result[position] = source.using
        seen.extend(columns)
    return result


_IN_PLACE = frozenset({"duckdb", "bigquery", "clickhouse"})
"""Dialects whose `*` leaves a merged column where the left side has it; the standard puts merged columns first."""


def merged_columns(sources: list[tuple[Source, tuple[str, ...]]], dialect: str) -> tuple[str, ...]:
    """What `*` over sources expands to: columns merged by USING or NATURAL appear once (SQL:2016 Foundation, 7.10)."""
    merged = using_columns(sources)
    if not merged:
        return tuple(name for _, columns in sources for name in columns)
    first: list[str] = []
    if dialect not in _IN_PLACE:
        for names in merged.values():
            first.extend(name for name in names if name not in first)
    result = list(first)
    for position, (_, columns) in enumerate(sources):
        drop = merged.get(position, ())
        result.extend(name for name in columns if name not in first and name not in drop)
    return tuple(result)
