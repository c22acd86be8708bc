"""Which relation a column belongs to: qualified and unqualified names, merged columns, field paths, whole rows.

Complete knowledge decides; partial knowledge decides only where it leaves a single candidate, and the edge then says
`inferred`; otherwise the source is `?.name` and a diagnostic lists the candidates.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from lineagraph.catalog.catalog import Catalog
from lineagraph.catalog.flows import IDENTITY_BIT, INFERRED_BIT, UNRESOLVED_BIT, Flow, merge, through
from lineagraph.catalog.relations import NodeTable, Rel, Scope
from lineagraph.diagnostics import Code
from lineagraph.model import EdgeKind
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Ref
from lineagraph.sql.state import ALIAS_FIRST, ALIAS_LAST

UNKNOWN_DATASET = "?"
TRANSFORMATION = int(EdgeKind.TRANSFORMATION)
AMBIGUOUS_COLUMN = Code.AMBIGUOUS_COLUMN
_ALIASES = ALIAS_FIRST | ALIAS_LAST

Report = Callable[[Code, str, int, tuple[str, ...], str], None]
"""(code, message, offset, candidates, hint)"""


class RoutineScope(Struct, frozen=True):
    """The routine a statement stands in: its variables have no source.

    In a trigger, `new`, `old`, `inserted` and `deleted` are rows of `attached_to`.
    """

    attached_to: str | None = None
    variables: frozenset[str] = frozenset()


TRIGGER_ROWS = frozenset({"new", "old", ":new", ":old", "inserted", "deleted"})


class Resolver:
    def __init__(
        self, nodes: NodeTable, catalog: Catalog, report: Report, routine: RoutineScope | None = None
    ) -> None:
        self._routine = routine
        self._nodes = nodes
        self._catalog = catalog
        self._report = report

    def resolve(self, ref: Ref, scope: Scope | None) -> Flow:
        """The source columns a reference means (SQL:2016 Foundation, 6.6: innermost scope first)."""
        if ref.qualifier:
            return self._qualified(ref, scope)
        if scope is None:
            return self._unknown(ref)
        name = ref.name
        output = scope.outputs.get(name)
        if output is not None and ref.flags & _ALIASES:
            if ref.flags & ALIAS_FIRST or not any(name in source.names for source in scope.sources):
                return output
        only = scope.only
        found = scope.memo.get(name) if only is None else only.flows.get(name)
        if found is not None:
            return found
        inner = scope
        outer: Scope | None = scope
        while outer is not None:
            found = self._in_scope(ref, outer)
            if found is not None:
                if scope.complete and only is None:
                    scope.memo[name] = found
                return found
            if outer is not scope and ref.flags & (ALIAS_FIRST | ALIAS_LAST) and name in outer.outputs:
                # an alias of the list that the subquery stands in
                return outer.outputs[name]
            outer = outer.parent
        row = self._whole_row(name, inner)
        return row if row is not None else self._unknown(ref)

    def _in_scope(self, ref: Ref, scope: Scope) -> Flow | None:
        """The column in this scope; None where no relation of it can have the name."""
        name = ref.name
        merged = scope.merged.get(name)
        if merged is not None:
            flow: Flow = {}
            for rel in merged:
                merge(flow, self.lookup(rel, name) or {}, 0)
            return flow
        if scope.replaced and name in scope.replaced:
            return self.lookup(scope.replaced[name], name)
        sources = scope.sources
        if len(sources) == 1:
            only = sources[0]
            if only.is_open or name in only.names or self._by_place(only, name) is not None:
                return self.lookup(only, name, ref)
        elif scope.unknowable and not self._catalog.knows_parts:
            return self._ambiguous(ref, sources, scope.candidates)
        elif sources:
            found = self._among(sources, ref)
            if found is not None:
                return found
        if scope.hidden:
            found = self._among(scope.hidden, ref)
            if found is not None:
                return found
        for rel in sources:
            if rel.any is not None:
                return rel.any
        return None

    def _among(self, sources: list[Rel], ref: Ref) -> Flow | None:
        name = ref.name
        hits: list[Rel] = []
        opens: list[Rel] = []
        for rel in sources:
            if name in rel.names:
                hits.append(rel)
            elif rel.is_open:
                opens.append(rel)
        if len(hits) == 1:
            return self.lookup(hits[0], name, ref)
        if hits:
            return self._ambiguous(ref, hits)
        if len(opens) == 1:
            return self.lookup(opens[0], name, ref)
        if opens:
            if self._catalog.knows_parts:
                partial = [rel for rel in opens if self._partly_knows(rel, name)]
                if len(partial) == 1:
                    flow = self.lookup(partial[0], name, ref) or {}
                    return {source: mask | INFERRED_BIT for source, mask in flow.items()}
            return self._ambiguous(ref, opens)
        return None

    def _partly_knows(self, rel: Rel, name: str) -> bool:
        partial = self._catalog.partial
        return any(name in partial(key) for group in rel.open_groups() for key in group)

    def lookup(self, rel: Rel, name: str, ref: Ref | None = None) -> Flow | None:
        """The flow of one column of a relation; None where it cannot have it."""
        base = rel.base
        if base is not None:
            found = rel.flows.get(name)
            if found is None and (rel.is_open or name in rel.names):
                found = rel.flows[name] = {self._nodes.column(base, name): rel.mask}
            return found
        found = rel.columns.get(name)
        if found is not None:
            return found
        groups = rel.groups
        if len(groups) == 1:
            flow: Flow = {}
            for position, key in enumerate(groups[0]):
                flow[self._nodes.column(key, name)] = IDENTITY_BIT | (INFERRED_BIT if position else 0)
            merge(flow, rel.extra, 0)
            return flow
        if groups:
            partial = [g for g in groups if any(name in self._catalog.partial(key) for key in g)]
            if len(partial) == 1:
                return {self._nodes.column(key, name): IDENTITY_BIT | INFERRED_BIT for key in partial[0]}
            if ref is None:
                return {self._nodes.column(UNKNOWN_DATASET, name): IDENTITY_BIT | UNRESOLVED_BIT}
            return self._ambiguous(ref, [rel])
        named = self._by_place(rel, name)
        return self.lookup(rel, named, ref) if named is not None else rel.any

    def _by_place(self, rel: Rel, name: str) -> str | None:
        """The name of the n-th column, for Snowflake's `$n` over rows that are not those of a file."""
        if not name.startswith("$") or not name[1:].isdecimal():
            return None
        if rel.is_open:
            return None
        order = rel.order if rel.base is not None else list(rel.columns)
        place = int(name[1:]) - 1
        return order[place] if 0 <= place < len(order) and order[place] != name else None

    def _qualified(self, ref: Ref, scope: Scope | None) -> Flow:
        qualifier = ref.qualifier
        start = scope
        while scope is not None:
            rel = scope.aliases.get(qualifier) or scope.qualified.get(qualifier)
            if rel is not None:
                found = rel.flows.get(ref.name)
                if found is not None:
                    return found
                found = self.lookup(rel, ref.name, ref)
                if found is not None:
                    return found
                return self._missing(ref, rel, scope)
            scope = scope.parent
        first, *rest = qualifier.split(QUALIFIER_SEPARATOR)
        path = [*rest, ref.name]
        # `alias.column.field…`, then `column.field…`
        outer = start
        while outer is not None:
            rel = outer.aliases.get(first)
            if rel is not None:
                found = self.lookup(rel, path[0], ref)
                if found is not None:
                    return through(found, TRANSFORMATION) if len(path) > 1 else found
            outer = outer.parent
        if rest:
            # `schema.table.column` where the table was written with other parts, or has an alias
            rel = self._by_last_part(rest[-1], start)
            if rel is not None:
                found = self.lookup(rel, ref.name, ref)
                if found is not None:
                    return found
        if self._routine is not None:
            # before a field of an unknown column: what the routine itself declares is certain
            if self._routine.attached_to is not None and qualifier in TRIGGER_ROWS:
                return {self._nodes.column(self._routine.attached_to, ref.name): IDENTITY_BIT}
            if qualifier in TRIGGER_ROWS or first in self._routine.variables:
                # a record variable, a cursor's row
                return {}
        outer = start
        while outer is not None:
            if any(s.is_open or first in s.names for s in outer.sources) or first in outer.merged:
                candidates = [source for source in outer.sources if source.has(first)]
                opens = [source for source in outer.sources if source.has(first) is None]
                if candidates or len(opens) == 1:
                    field = Ref(ref.kind, first, "", ref.start, ref.flags)
                    found = self._in_scope(field, outer)
                    if found is not None:
                        return through(found, TRANSFORMATION)
            elif not any(s.is_open for s in outer.sources):
                # a field of what a generator unfolds: `SELECT value.x FROM UNNEST(params)`
                unfolded = next((s.any for s in outer.sources if s.any is not None), None)
                if unfolded is not None:
                    return through(unfolded, TRANSFORMATION)
            outer = outer.parent
        self._report(
            Code.UNKNOWN_COLUMN,
            f"{qualifier.replace(QUALIFIER_SEPARATOR, '.')}.{ref.name}: no relation in scope is called "
            f"{qualifier.replace(QUALIFIER_SEPARATOR, '.')}",
            ref.start,
            tuple(sorted(start.aliases)) if start is not None else (),
            "check the alias, or give the columns of the datasets in scope by DDL or an imported schema",
        )
        return {self._nodes.column(UNKNOWN_DATASET, ref.name): IDENTITY_BIT | UNRESOLVED_BIT}

    def _by_last_part(self, last: str, scope: Scope | None) -> Rel | None:
        while scope is not None:
            rel = scope.aliases.get(last)
            if rel is not None and rel.base is not None:
                return rel
            scope = scope.parent
        return None

    def _missing(self, ref: Ref, rel: Rel, scope: Scope) -> Flow:
        """Everything about the relation is known, and it has no such column: a pseudo-column, or a stale schema."""
        if rel.any is not None:
            return rel.any
        self._report(
            Code.UNKNOWN_COLUMN,
            f"{ref.qualifier.replace(QUALIFIER_SEPARATOR, '.')} has no column {ref.name}",
            ref.start,
            (),
            "correct the name, or bring the definition of the dataset up to date",
        )
        dataset = rel.base if rel.base is not None else UNKNOWN_DATASET
        return {self._nodes.column(dataset, ref.name): IDENTITY_BIT | UNRESOLVED_BIT}

    def _ambiguous(
        self, ref: Ref, rels: list[Rel], candidates: tuple[tuple[str, ...], str] | None = None
    ) -> Flow:
        keys, shown = candidates if candidates is not None else candidates_of(rels)
        self._report(
            AMBIGUOUS_COLUMN,
            f"column {ref.name} could belong to {shown}",
            ref.start,
            keys,
            "qualify the column, or give the datasets' columns by DDL or an imported schema",
        )
        return {self._nodes.column(UNKNOWN_DATASET, ref.name): IDENTITY_BIT | UNRESOLVED_BIT}

    def _whole_row(self, name: str, scope: Scope) -> Flow | None:
        """`SELECT t FROM t`, `to_json(t)`: an alias used as a value is the whole row."""
        outer: Scope | None = scope
        while outer is not None:
            rel = outer.aliases.get(name)
            if rel is not None:
                flow: Flow = {}
                for entry in rel.entries(self._nodes).values():
                    merge(flow, entry, 1)
                return flow
            outer = outer.parent
        return None

    def _unknown(self, ref: Ref) -> Flow:
        if self._routine is not None and ref.name in self._routine.variables:
            return {}
        self._report(
            Code.UNKNOWN_COLUMN,
            f"no relation in scope has a column {ref.name}",
            ref.start,
            (),
            "correct the name, or bring the definitions of the datasets in scope up to date",
        )
        return {self._nodes.column(UNKNOWN_DATASET, ref.name): IDENTITY_BIT | UNRESOLVED_BIT}


def candidates_of(rels: list[Rel]) -> tuple[tuple[str, ...], str]:
    """What an ambiguous name could belong to, and the same in words."""
    keys = sorted({key for rel in rels for key in _origin(rel)})
    return tuple(keys), " or ".join(keys) or "several relations"


def _origin(rel: Rel) -> list[str]:
    """Names to show for a relation in a list of candidates."""
    if rel.base is not None:
        return [rel.base]
    if rel.groups:
        return [key for group in rel.groups for key in group]
    return sorted(rel.rows)
