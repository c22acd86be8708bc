"""Facts of one statement → flows: each relation evaluated once, inside the scopes that enclose it."""

from __future__ import annotations

from collections.abc import Callable

from lineagraph.catalog import reshaped, set_operations, stars
from lineagraph.catalog.catalog import Catalog
from lineagraph.catalog.columns import Report, Resolver, RoutineScope, candidates_of
from lineagraph.catalog.flows import IDENTITY_BIT, UNRESOLVED_BIT, Flow, influence, merge, through
from lineagraph.catalog.patterns import matches
from lineagraph.catalog.relations import OPEN, NodeTable, Rel, Scope
from lineagraph.catalog.stars import free_name
from lineagraph.catalog.unfolded import recursive, unfolded
from lineagraph.diagnostics import Code
from lineagraph.model import EdgeKind
from lineagraph.sql.facts import (
    QUALIFIER_SEPARATOR,
    Function,
    MatchRecognize,
    Output,
    Pivot,
    Recursion,
    Ref,
    Relation,
    Returning,
    Select,
    SetOperation,
    Source,
    Star,
    Statement,
    Sub,
    Table,
    Unpivot,
)

TRANSFORMATION = int(EdgeKind.TRANSFORMATION)
CONDITIONAL, WINDOW = int(EdgeKind.CONDITIONAL), int(EdgeKind.WINDOW)
FILTER, JOIN = int(EdgeKind.FILTER), int(EdgeKind.JOIN)
GROUP_BY, SORT = int(EdgeKind.GROUP_BY), int(EdgeKind.SORT)

ReadTable = Callable[[Table, bool], Rel]
"""What a table name means to this statement; the flag says that its rows are the target's, not a source's."""

PATTERN = OPEN + OPEN
"""Prefix of an unknown remainder that a pattern filters."""


class Evaluator:
    """Evaluates the relations of one statement; `reads` collects the datasets it reads."""

    def __init__(
        self,
        statement: Statement,
        dialect: str,
        read_table: ReadTable,
        nodes: NodeTable,
        catalog: Catalog,
        report: Report,
        routine: RoutineScope | None = None,
    ) -> None:
        self.relations = statement.relations
        self._dialect = dialect
        self._read_table = read_table
        self.nodes = nodes
        self.report = report
        self.resolver = Resolver(nodes, catalog, report, routine)
        self.memo: dict[int, Rel] = {}
        self.rounds = 0
        """Of recursive CTEs, so far."""
        self.target = -1
        """The relation that names what is changed: an UPDATE through a CTE reads its own target there."""

    def relation(self, index: int, scope: Scope | None = None, *, target: bool = False) -> Rel:
        """The relation's columns with their flows; `scope` is where it is mentioned from."""
        found = self.memo.get(index)
        if found is not None:
            return found
        relation = self.relations[index]
        if isinstance(relation, Select):
            rel = self._select(relation, scope)
        elif isinstance(relation, Table):
            rel = self._read_table(relation, target or index == self.target)
        else:
            rel = self._other(index, relation, scope)
        self.memo[index] = rel
        return rel

    def _other(self, index: int, relation: Relation, scope: Scope | None) -> Rel:
        if isinstance(relation, SetOperation):
            return self._set_operation(relation, scope)
        if isinstance(relation, Function):
            return unfolded(self, relation, scope)
        if isinstance(relation, Recursion):
            return recursive(self, index, relation, scope)
        if isinstance(relation, Pivot):
            return reshaped.pivoted(self, relation, scope)
        if isinstance(relation, Unpivot):
            return reshaped.unpivoted(self, relation, scope)
        if isinstance(relation, MatchRecognize):
            return reshaped.matched(self, relation, scope)
        assert isinstance(relation, Returning)
        return self._returning(relation, scope)

    def _returning(self, returning: Returning, scope: Scope | None) -> Rel:
        table = self.relations[returning.target]
        assert isinstance(table, Table)
        rel = self._read_table(table, not returning.old)
        if returning.relation >= 0:
            changed = self.relation(returning.relation, scope)
            return (
                Rel(
                    base=rel.base,
                    known=rel.known,
                    order=rel.order,
                    rows=rel.rows,
                    mask=rel.mask,
                    reads=rel.reads | changed.reads,
                    influences=changed.influences,
                )
                if rel.base is not None
                else rel
            )
        return rel

    # -- SELECT ---------------------------------------------------------------------------------------------------

    def _select(self, select: Select, outer: Scope | None) -> Rel:
        scope = Scope(select.depth, outer.outer(select.depth) if outer is not None else None)
        influences: Flow = {}
        rows: set[str] = set()
        reads: set[str] = set()
        visible: list[tuple[Source, Rel]] = []
        for source in select.sources:
            rel = self._source(source, scope)
            if rel.influences:
                merge(influences, rel.influences, 0)
            reads |= rel.reads
            if source.hidden:
                scope.hidden.append(rel)
                for name in source.using:
                    # SEMI and ANTI joins: both sides decide, only the left side's column comes out
                    ref = Ref(JOIN, name)
                    merge(influences, self.resolver.resolve(ref, scope), JOIN)
                    merge(influences, self.resolver.lookup(rel, name) or {}, JOIN)
            else:
                rows |= rel.rows
                if source.using or source.natural:
                    self._merge_columns(source, rel, visible, scope, influences)
                if source.replaces:
                    for name in rel.columns:
                        scope.replaced[name] = rel
                visible.append((source, rel))
                scope.sources.append(rel)
        scope.complete = True
        if len(visible) == 1:
            if not (scope.merged or scope.replaced or scope.hidden):
                scope.only = visible[0][1]
        elif visible and all(not rel.names and rel.base is not None for rel in scope.sources):
            scope.unknowable = all(rel.is_open for rel in scope.sources)
            scope.candidates = candidates_of(scope.sources)
        columns: dict[str, Flow] = {}
        positions: list[Flow] = []
        keys: list[Flow] = []
        groups: list[tuple[str, ...]] = []
        spans: dict[str, Output | Star] = {}
        any_flow: Flow | None = None
        for output in select.outputs:
            if output.__class__ is Output:
                flow = self.output(output, scope, influences)  # type: ignore[arg-type]
                name = output.name  # type: ignore[union-attr]
                if name in columns:
                    name = free_name(name, columns)
                columns[name] = flow
                positions.append(flow)
                if not output.aggregate:  # type: ignore[union-attr]
                    keys.append(flow)
                if output.named:  # type: ignore[union-attr]
                    scope.outputs[name] = flow
                spans[name] = output
                continue
            assert isinstance(output, Star)
            expanded, opened, any_flow = self._star(output, select, visible, scope, influences)
            for name, flow in expanded.items():
                # an assigned or aliased name may repeat what the star brings: both are columns of the result
                free = name if name not in columns else free_name(name, columns)
                columns[free] = flow
                positions.append(flow)
                keys.append(flow)
                spans[free] = output
            groups.extend(opened)
        self._row_level(select, scope, influences, positions, keys)
        reads |= scope.reads
        result = Rel(
            columns,
            influences=influences,
            rows=frozenset(rows),
            reads=frozenset(reads),
            groups=tuple(groups),
            any_=any_flow,
        )
        result.spans = spans
        return result

    def _source(self, source: Source, scope: Scope) -> Rel:
        rel = self.relation(source.relation, scope, target=source.target)
        if source.columns:
            rel = self.renamed(rel, source.columns)
        alias = source.alias
        if alias and alias not in scope.aliases:
            scope.aliases[alias] = rel
            if alias[0] == "#":
                # T-SQL: `#t.a` loses its hash on the way through the parser
                scope.aliases.setdefault(alias.lstrip("#"), rel)
        relation = self.relations[source.relation]
        if isinstance(relation, Table) and len(relation.parts) > 1 and alias == relation.parts[-1]:
            # a dataset under another alias cannot be called by its own name here: that name is an outer scope's
            for count in range(2, len(relation.parts) + 1):
                scope.qualified.setdefault(QUALIFIER_SEPARATOR.join(relation.parts[-count:]), rel)
        return rel

    def renamed(self, rel: Rel, names: tuple[str, ...]) -> Rel:
        """`rel AS t(a, b)`: its first columns under other names."""
        entries = rel.entries(self.nodes)
        if any(name.startswith(OPEN) for name in entries):
            # nobody knows which column is the first: every name is some column of the unknown remainder
            unknown: Flow = {}
            for flow in entries.values():
                merge(unknown, flow, 0)
            unknown = {source: mask | UNRESOLVED_BIT for source, mask in unknown.items()}
            columns: dict[str, Flow] = dict.fromkeys(names, unknown)
            return Rel(columns, influences=rel.influences, rows=rel.rows, reads=rel.reads)
        columns = {}
        for position, (name, flow) in enumerate(entries.items()):
            columns[names[position] if position < len(names) else name] = flow
        for name in names[len(entries) :]:
            columns[name] = rel.any or {}
        return Rel(columns, influences=rel.influences, rows=rel.rows, reads=rel.reads, any_=rel.any)

    def _merge_columns(
        self, source: Source, rel: Rel, left: list[tuple[Source, Rel]], scope: Scope, influences: Flow
    ) -> None:
        names = source.using
        if source.natural:
            right = None if rel.is_open else list(rel.entries(self.nodes))
            if right is None or any(other.is_open for _, other in left):
                self.report(
                    Code.UNEXPANDED_STAR,
                    "the columns a NATURAL JOIN joins by are not known",
                    -1,
                    tuple(sorted(rel.rows)),
                    "give the datasets' columns by DDL or an imported schema",
                )
                return
            names = tuple(name for name in right if any(other.has(name) for _, other in left))
        for name in names:
            merged = scope.merged.setdefault(name, [])
            if not merged:
                known = [other for _, other in left if other.has(name)]
                possible = known or [other for _, other in left if other.has(name) is None]
                merged.extend(possible[:1] if known else possible if len(possible) == 1 else possible[-1:])
            merged.append(rel)
            for side in merged:
                merge(influences, self.resolver.lookup(side, name) or {}, JOIN)

    def output(self, output: Output, scope: Scope, influences: Flow) -> Flow:
        refs = output.refs
        if len(refs) == 1 and not output.subs and refs[0].name != "*":
            ref = refs[0]
            return through(self.resolver.resolve(ref, scope), ref.kind, ref.flags)
        flow: Flow = {}
        for ref in refs:
            merge(flow, self.ref(ref, scope), ref.kind, ref.flags)
        for sub in output.subs:
            self.sub(sub, scope, flow, influences)
        return flow

    def ref(self, ref: Ref, scope: Scope) -> Flow:
        return self._rows(ref, scope) if ref.name == "*" else self.resolver.resolve(ref, scope)

    def _rows(self, ref: Ref, scope: Scope) -> Flow:
        """`COUNT(*)`: the rows of every dataset counted."""
        datasets: set[str] = set()
        if ref.qualifier:
            outer: Scope | None = scope
            while outer is not None:
                rel = outer.aliases.get(ref.qualifier) or outer.qualified.get(ref.qualifier)
                if rel is not None:
                    datasets |= rel.rows
                    break
                outer = outer.parent
        else:
            for rel in scope.sources:
                datasets |= rel.rows
        return {self.nodes.column(dataset, "*"): IDENTITY_BIT for dataset in sorted(datasets)}

    def sub(self, sub: Sub, scope: Scope, flow: Flow, influences: Flow) -> None:
        """A subquery inside an expression: its values into `flow` or the influences, its conditions likewise."""
        rel = self.relation(sub.relation, scope)
        scope.reads |= rel.reads
        into = influences if sub.influence > WINDOW else flow
        if sub.kind >= 0:
            values = influences if sub.kind > WINDOW else flow
            entries = list(rel.entries(self.nodes).values())
            if sub.column and not rel.is_open:
                if sub.column > len(entries):
                    self.report(
                        Code.COLUMN_COUNT,
                        f"a subquery has {len(entries)} columns where {sub.column} are assigned",
                        -1,
                        (),
                        "both sides of a tuple assignment need the same number of columns",
                    )
                entries = entries[sub.column - 1 : sub.column]
            for entry in entries:
                merge(values, entry, sub.kind, sub.flags)
        merge(into, rel.influences, sub.influence)

    def _row_level(
        self, select: Select, scope: Scope, influences: Flow, positions: list[Flow], keys: list[Flow]
    ) -> None:
        resolve = self.resolver.resolve
        for ref in select.influences:
            flow = resolve(ref, scope) if ref.name != "*" else self._rows(ref, scope)
            influence(influences, flow, ref.kind)
        for sub in select.subs:
            self.sub(sub, scope, influences, influences)
        for kind, position in select.positions:
            if 0 < position <= len(positions):
                merge(influences, positions[position - 1], kind)
        if select.distinct:
            for flow in positions:
                merge(influences, flow, GROUP_BY)
        if select.all_keys & 1:
            for flow in keys:
                merge(influences, flow, GROUP_BY)
        if select.all_keys & 2:
            for flow in positions:
                merge(influences, flow, SORT)

    # -- stars ----------------------------------------------------------------------------------------------------

    def _star(
        self, star: Star, select: Select, visible: list[tuple[Source, Rel]], scope: Scope, influences: Flow
    ) -> tuple[dict[str, Flow], list[tuple[str, ...]], Flow | None]:
        """Columns a star stands for, the groups of what stays unknown, and the flow of any further name."""
        if star.qualifier:
            entries, groups, any_flow = stars.qualified_star(star, scope, self.nodes, self.resolver)
        else:
            entries, groups, any_flow = stars.whole_star(
                visible, scope, self.nodes, self.resolver, self._dialect
            )
        result: dict[str, Flow] = {}
        dropped = stars.dropped(star, entries, scope, self.resolver)
        renamed = dict(star.renamed)
        replaced = {output.name: output for output in star.replaced}
        for name, flow in entries.items():
            if name.startswith(OPEN):
                # below another key where a pattern decides, which has a diagnostic of its own
                result[PATTERN + name if star.pattern is not None else name] = through(
                    flow, star.kind, star.flags
                )
                continue
            bare = name.split(OPEN, 1)[0]
            if (
                bare in star.excluded
                or name in dropped
                or (star.pattern is not None and not matches(star.pattern, bare))
            ):
                continue
            replacement = replaced.get(bare)
            if replacement is not None:
                flow = self.output(replacement, scope, influences)
            result[renamed.get(bare, renamed.get("*", name))] = through(flow, star.kind, star.flags)
        if groups and (star.replaced or star.renamed):
            self._named_of_open_star(star, scope, influences, result)
        if star.conditions:
            conditions: Flow = {}
            for ref in star.conditions:
                merge(conditions, self.ref(ref, scope), ref.kind)
            for name, flow in result.items():
                both = dict(flow)
                merge(both, conditions, 0)
                result[name] = both
        if star.pattern is not None and groups:
            self.report(
                Code.UNEXPANDED_PATTERN,
                "the columns that match the pattern are not known",
                star.start,
                tuple(sorted({key for group in groups for key in group})),
                "give the datasets' columns by DDL or an imported schema",
            )
        return result, groups, any_flow

    def _named_of_open_star(
        self, star: Star, scope: Scope, influences: Flow, result: dict[str, Flow]
    ) -> None:
        """REPLACE and RENAME say what some columns of an unknown star are."""
        for output in star.replaced:
            result.setdefault(output.name, self.output(output, scope, influences))
        for old, new in star.renamed:
            if old != "*":
                ref = Ref(star.kind, old, star.qualifier, star.start)
                result.setdefault(new, through(self.resolver.resolve(ref, scope), star.kind, star.flags))

    # -- the other relations --------------------------------------------------------------------------------------

    def _set_operation(self, operation: SetOperation, scope: Scope | None) -> Rel:
        left = self.relation(operation.left, scope)
        right = self.relation(operation.right, scope)
        if isinstance(self.relations[operation.left], SetOperation):
            # nobody else reads it, and each of a long chain holds all that the ones before it hold
            self.memo.pop(operation.left, None)
        influences: Flow = dict(left.influences)
        rows, reads = left.rows, left.reads | right.reads
        mine, theirs = left.entries(self.nodes), right.entries(self.nodes)
        groups = left.open_groups()
        if operation.operator == "union":
            merge(influences, right.influences, 0)
            rows = rows | right.rows
            if operation.by_name:
                columns, groups = set_operations.union_by_name(mine, theirs, left, right)
            else:
                columns, groups = set_operations.union(mine, theirs, left, right, self.report)
            if operation.distinct:
                for flow in columns.values():
                    merge(influences, flow, GROUP_BY)
        else:
            merge(influences, right.influences, FILTER)
            columns = dict(mine)
            for flow in theirs.values():
                merge(influences, flow, FILTER)
            # which rows of the left survive depends on their values, too: they are compared, or de-duplicated
            for flow in mine.values():
                merge(influences, flow, GROUP_BY if operation.distinct else FILTER)
        result = Rel(
            columns,
            influences=influences,
            rows=rows,
            reads=reads,
            groups=groups,
            any_=left.any if left.any else right.any,
        )
        result.spans = left.spans
        if operation.influences or operation.subs or operation.positions:
            inner = Scope(0, scope)
            inner.sources.append(result)
            inner.aliases.update(dict(scope.aliases.items()) if scope is not None else {})
            select = Select(
                influences=operation.influences, subs=operation.subs, positions=operation.positions
            )
            self._row_level(select, inner, influences, list(columns.values()), [])
            result.reads = result.reads | inner.reads
        return result
