"""`analyze()`: the lineage of one script, end to end, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lineagraph.catalog.bind import BoundWrite, FileBinder
from lineagraph.catalog.catalog import IMPORTED, Catalog, Definition
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.flows import Flow, edges_of, merge
from lineagraph.catalog.schemas import Schema, schema_from_mapping
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import EdgeFlag, EdgeKind, edge_subtype, edge_type
from lineagraph.sql.dialects import resolve
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import Change as ChangeEffect
from lineagraph.sql.facts import Create, FileFacts, Table
from lineagraph.sql.identifiers import quote_part, spelled_key
from lineagraph.sql.stack import deep_recursion, very_deep_recursion

QUERY = "<query>"


class ColumnEdge(Struct, frozen=True, order=True):
    """Data of column `source` reaches column `target`; `type` and `subtype` are OpenLineage's."""

    source: str
    target: str
    type: str
    subtype: str
    masking: bool = False
    inferred: bool = False
    unresolved: bool = False
    expression: str | None = None
    line: int | None = None


class Influence(Struct, frozen=True, order=True):
    """Column `source` decides which rows dataset `target` gets."""

    source: str
    target: str
    subtype: str


class Change(Struct, frozen=True, order=True):
    """What is done to a dataset besides moving data into it."""

    dataset: str
    kind: str
    renamed_to: str | None = None


class Analysis(Struct, frozen=True):
    """The lineage of one script. Names are qualified as far as the script tells, and sorted."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    intermediates: tuple[str, ...]
    columns: tuple[ColumnEdge, ...]
    """End to end: from sources to targets, through everything in between."""
    influences: tuple[Influence, ...]
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    hops: tuple[ColumnEdge, ...] = ()
    """Statement by statement: permanent datasets in between are stops."""
    outputs: Mapping[str, tuple[str, ...]] = {}
    """Columns of each target in order, as far as they are known."""


def analyze(sql: str, dialect: str = "", schema: Mapping[str, Any] | None = None) -> Analysis:
    """The lineage of a script, without a project.

    `schema` gives the complete columns of datasets: `{"shop.orders": ["id", "amount"]}`, or with types as a mapping.
    Raises `UnknownDialectError` for a dialect that does not exist; bad SQL is a diagnostic.
    """
    name = resolve(dialect)
    imported = schema_from_mapping(schema or {}, name)
    facts = extract(sql, name)
    try:
        try:
            with deep_recursion():
                return _analyze(facts, imported)
        except RecursionError:
            with very_deep_recursion():
                return _analyze(facts, imported)
    except Exception as error:  # noqa: BLE001 - a slip of ours is said like any other loss
        message = f"the script could not be bound: {type(error).__name__}: {error}"
        lost = Diagnostic(Code.INTERNAL_ERROR, Severity.ERROR, message)
        return Analysis((), (), (), (), (), (), (*facts.diagnostics, lost))


def _analyze(facts: FileFacts, imported: Schema) -> Analysis:
    catalog = Catalog()
    spellings: dict[str, str] = {}
    for key, dataset in imported.items():
        columns = tuple(column for column, _ in dataset.columns)
        catalog.define(key, Definition(IMPORTED, "", dataset.kind, columns))
    own = FileColumns("<script>", facts, catalog)
    own.contribute()
    binder = FileBinder(own)
    return _Script(binder, facts, spellings).analysis()


class _Script:
    """Composes the bound statements of a script in order."""

    def __init__(self, binder: FileBinder, facts: FileFacts, spellings: dict[str, str]) -> None:
        self._binder = binder
        self._facts = facts
        self._spellings = {**facts.spellings, **spellings}
        self._table_spellings = facts.table_spellings
        self._nodes = binder.nodes
        self._written: dict[str, int] = {}
        """Dataset key → statement that last wrote it."""
        self._show_temporary = False
        self._read_first: set[str] = set()
        self._read_on: dict[str, int] = {}
        """Written datasets → the last statement that read them into another dataset."""
        self._final = binder.session.final_states()
        self._generated: dict[str, dict[str, Flow]] = {}
        """Generated columns of datasets: they flow from the dataset's own columns, whatever is written later."""
        self._created = {
            state.identity.key for state in binder.session.targets.values() if state.identity.created
        }
        self._contents: dict[str, dict[str, Flow]] = {}
        self._influences: dict[str, Flow] = {}
        self._through: dict[str, list[tuple[str, str, int, Any]]] = {}
        self._direct: list[tuple[int, str, str, Any]] = []

    def _nothing_permanent(self) -> bool:
        """A script that only fills temporary tables: then those are what it is for."""
        for number in range(len(self._facts.statements)):
            bound = self._binder.bound(number)
            if bound.query is not None or any(
                w.state is None or not w.state.identity.temporary for w in bound.writes
            ):
                return False
        return True

    def analysis(self) -> Analysis:
        self._show_temporary = self._nothing_permanent()
        hops: dict[tuple[str, str, int], ColumnEdge] = {}
        order: list[tuple[int, BoundWrite, str]] = []
        for number in range(len(self._facts.statements)):
            bound = self._binder.bound(number)
            writes = [(write, self._target(write)) for write in bound.writes]
            reads: set[str] = set()
            for write, target in writes:
                reads |= write.reads
                if target is not None:
                    self._note_reads(write.reads, target, number)
            if bound.query is not None:
                self._note_reads(bound.query.reads, None, number)
                order.append((number, bound.query, QUERY))
            for write, target in writes:
                if target is None:
                    self._note_reads(write.reads, None, number)
                    continue
                order.append((number, write, target))
                if write.moves_data:
                    self._written[target] = number
        columns, influences, outputs = self._compose(order, hops)
        intermediates = sorted(
            {key for key in self._read_on if key in self._written} | self._binder.passed_through
        )
        targets = [
            key
            for key, number in self._written.items()
            if key not in self._read_on or number > self._read_on[key]
        ]
        final = set(targets)
        if self._show_temporary:
            targets = [key for key in targets if key not in self._binder.temporary_reads]
        return Analysis(
            tuple(sorted({self._display(key) for key in self._read_first if key != "?"})),
            tuple(sorted(self._display(key) for key in targets)),
            tuple(sorted(self._display(key) for key in intermediates)),
            tuple(sorted((e for e in columns.values()), key=_edge_order)),
            tuple(sorted(influences)),
            self._changes(),
            (*self._facts.diagnostics, *self._binder.diagnostics),
            tuple(sorted(hops.values(), key=_edge_order)),
            {self._display(key): names for key, names in outputs.items() if key in final or key == QUERY},
        )

    def _target(self, write: BoundWrite) -> str | None:
        """Key of a write's target; None where it is folded away."""
        assert write.state is not None
        identity = write.state.identity
        if identity.folded and not (self._show_temporary and identity.temporary):
            return None
        return identity.key

    def _note_reads(self, reads: frozenset[str], target: str | None, number: int) -> None:
        for key in reads:
            if key == target and key not in self._created:
                self._read_first.add(key)
            elif key in self._written:
                if target is not None and target != key:
                    self._read_on[key] = number
            else:
                self._read_first.add(key)

    def _compose(
        self, order: list[tuple[int, BoundWrite, str]], hops: dict[tuple[str, str, int], ColumnEdge]
    ) -> tuple[dict[tuple[str, str, int], ColumnEdge], set[Influence], dict[str, tuple[str, ...]]]:
        """Edges from what the script reads to what it leaves, through what it writes and reads in between."""
        final = {key for key, number in self._written.items() if self._read_on.get(key, -1) < number} | {
            QUERY
        }
        columns: dict[tuple[str, str, int], ColumnEdge] = {}
        influences: set[Influence] = set()
        outputs: dict[str, tuple[str, ...]] = {}
        contents: dict[str, dict[str, Flow]] = {}
        moved: dict[str, Flow] = {}
        for _, write, target in order:
            if write.overwrite and target in contents:
                contents[target] = {}
                moved[target] = {}
            before = (
                {key: dict(flows) for key, flows in contents.items()} if target in write.reads else contents
            )
            mine = contents.setdefault(target, {})
            own = moved.setdefault(target, {})
            generated = bool(write.columns) and not write.moves_data
            if generated:
                self._generated[target] = {column.name: column.flow for column in write.columns}
            for column in write.columns:
                flow = column.flow if generated else self._through_written(column.flow, before, target)
                name = column.name
                if generated:
                    where = self._where(column.output)
                    self._add_edges(hops, flow, target, name, where)
                    if target not in self._read_on:
                        self._add_edges(columns, flow, target, name, where)
                    continue
                merged = dict(mine.get(name, {}))
                merge(merged, flow, 0)
                mine[name] = merged
                where = self._where(column.output)
                self._add_edges(hops, column.flow, target, name, where)
                if target in final:
                    self._add_edges(columns, flow, target, name, where)
            conditions = self._through_written(write.influences, before, target)
            for read in write.reads:
                if read in moved and read != target:
                    merge(conditions, moved[read], 0)
            merge(own, conditions, 0)
            if target in final or not write.moves_data:
                self._add_influences(influences, conditions, target)
            if write.columns:
                names = tuple(dict.fromkeys(self._column_name(column.name) for column in write.columns))
                if target not in outputs:
                    state = self._final.get(target)
                    known = self._binder.own.state_columns(state) if state is not None else None
                    outputs[target] = tuple(self._column_name(name) for name in known or ())
                outputs[target] = tuple(dict.fromkeys((*outputs.get(target, ()), *names)))
        return columns, influences, outputs

    def _through_written(
        self,
        flow: Flow,
        contents: dict[str, dict[str, Flow]],
        target: str,
        within: frozenset[tuple[str, str]] = frozenset(),
    ) -> Flow:
        """`flow` with columns of datasets this script wrote replaced by what was written into them.

        `within` are generated columns under way: one that is made of itself has no other source.
        """
        if not contents:
            return dict(flow)
        result: Flow = {}
        for source, mask in flow.items():
            dataset, name = self._nodes.columns[source]
            written = contents.get(dataset)
            if written is None or dataset == target or dataset not in self._read_on:
                merge(result, {source: mask}, 0)
                continue
            inner = written.get(name)
            computed = self._generated.get(dataset, {}).get(name)
            if computed is not None:
                if (dataset, name) in within:
                    continue
                inner = self._through_written(computed, contents, target, within | {(dataset, name)})
            if inner is None:
                inner = written.get("*")
            if name == "*":
                inner = {}
                for every in written.values():
                    merge(inner, every, 0)
            if inner is None:
                merge(result, {source: mask}, 0)
                continue
            for kind, flags in edges_of(mask):
                merge(result, inner, kind, flags)
        return result

    def _where(self, output: Any) -> tuple[int | None, str | None]:
        if output is None or output.start < 0:
            return None, None
        return self._binder.span(output.start, output.end).start_line, output.expression or None

    def _add_edges(
        self,
        edges: dict[tuple[str, str, int], ColumnEdge],
        flow: Flow,
        target: str,
        name: str,
        where: tuple[int | None, str | None],
    ) -> None:
        target_name = f"{self._display(target)}.{self._column_name(name)}"
        for source, mask in flow.items():
            dataset, column = self._nodes.columns[source]
            source_name = f"{self._display(dataset)}.{self._column_name(column)}"
            for kind, flags in edges_of(mask):
                if kind > EdgeKind.WINDOW:
                    continue
                edge = ColumnEdge(
                    source_name,
                    target_name,
                    edge_type(kind) or "",
                    edge_subtype(kind) or "",
                    bool(flags & EdgeFlag.MASKING),
                    bool(flags & EdgeFlag.INFERRED),
                    bool(flags & EdgeFlag.UNRESOLVED),
                    where[1],
                    where[0],
                )
                key = (source_name, target_name, kind)
                old = edges.get(key)
                edges[key] = edge if old is None else _both(old, edge)

    def _add_influences(self, influences: set[Influence], flow: Flow, target: str) -> None:
        for source, mask in flow.items():
            dataset, column = self._nodes.columns[source]
            for kind, _ in edges_of(mask):
                if kind > EdgeKind.WINDOW:
                    name = f"{self._display(dataset)}.{self._column_name(column)}"
                    influences.add(Influence(name, self._display(target), edge_subtype(kind) or ""))

    def _column_name(self, name: str) -> str:
        return self._spellings.get(name, name)

    def _display(self, key: str) -> str:
        return spelled_key(key, self._table_spellings)

    def _changes(self) -> tuple[Change, ...]:
        found: set[Change] = set()
        for number, statement in enumerate(self._facts.statements):
            for effect in statement.effects:
                if not isinstance(effect, ChangeEffect):
                    continue
                table = statement.relations[effect.target]
                assert isinstance(table, Table)
                state = self._binder.session.local(table, number)
                if table.temporary or (state is not None and state.identity.temporary):
                    continue
                key = self._binder.session.keys(table, number)[0]
                other = statement.relations[effect.other] if effect.other >= 0 else None
                renamed = self._binder.session.keys(other, number)[0] if isinstance(other, Table) else None
                found.add(
                    Change(self._display(key), effect.kind, self._display(renamed) if renamed else None)
                )
        return tuple(sorted(found, key=lambda c: (c.dataset, c.kind, c.renamed_to or "")))


def _edge_order(edge: ColumnEdge) -> tuple[str, str, str, str]:
    return (edge.source, edge.target, edge.type, edge.subtype)


def _both(a: ColumnEdge, b: ColumnEdge) -> ColumnEdge:
    """Two pieces of evidence for one edge: it masks, or is inferred, only if both say so."""
    return ColumnEdge(
        a.source,
        a.target,
        a.type,
        a.subtype,
        a.masking and b.masking,
        a.inferred and b.inferred,
        a.unresolved and b.unresolved,
        a.expression or b.expression,
        a.line or b.line,
    )


__all__ = ["Analysis", "Change", "ColumnEdge", "Create", "Influence", "analyze", "quote_part"]
