"""Symbolic → concrete: one file's facts against the catalog, statement by statement, into bound writes.

What other files must know of this one (the columns of the datasets it defines) is computed by `state_columns`, from
names alone; what this file contributes to the graph is computed by `bound`, one statement at a time, each once.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import partial

from lineagraph.catalog.bound import BoundStatement, BoundWrite
from lineagraph.catalog.columns import TRIGGER_ROWS, RoutineScope
from lineagraph.catalog.evaluate import Evaluator
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.flows import IDENTITY_BIT, INFERRED_BIT, Flow, merge
from lineagraph.catalog.folded import FoldedContents
from lineagraph.catalog.pairing import BoundColumn, by_names, by_position
from lineagraph.catalog.relations import NodeTable, Rel
from lineagraph.catalog.session import State
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import Span
from lineagraph.sql.facts import (
    Change,
    ColumnDef,
    Create,
    Output,
    Table,
    Write,
)
from lineagraph.sql.stack import very_deep_recursion

_SEVERITIES = {
    Code.INFERRED_DATASET: Severity.INFO,
    Code.CHANGED_ELSEWHERE: Severity.INFO,
    Code.TOO_DEEP: Severity.ERROR,
    Code.INTERNAL_ERROR: Severity.ERROR,
}
"""Of what binding reports; a warning where not given."""


class FileBinder:
    """Binds the statements of one file on demand; each is evaluated once."""

    def __init__(self, own: FileColumns) -> None:
        facts = own.facts
        self.path = own.path
        self.facts = facts
        self.nodes = NodeTable()
        self.own = own
        self.session = own.session
        self.diagnostics: list[Diagnostic] = []
        self._line_starts = facts.line_starts
        self._source_lines = facts.source_lines
        self.catalog = own.catalog
        self._bound: dict[int, BoundStatement] = {}
        self._folded = FoldedContents(self)
        self._reported: set[tuple[str, str, int]] = set()
        self.kinds: dict[str, str] = {}
        """Kinds of datasets that the syntax of a mention tells: files, table functions."""
        self.passed_through: set[str] = set()
        """Datasets that the file creates, reads and drops."""
        self.temporary_reads: set[str] = set()

    def bound(self, number: int) -> BoundStatement:
        """Statement `number` (from 0), bound."""
        found = self._bound.get(number)
        if found is None:
            try:
                found = self._bind_deeply(number)
            except RecursionError:
                found = self._lost(
                    number, Code.TOO_DEEP, "its datasets depend on each other too deeply to follow"
                )
            except Exception as error:  # noqa: BLE001 - a slip of ours must cost no more than the statement
                found = self._lost(number, Code.INTERNAL_ERROR, f"not bound: {type(error).__name__}: {error}")
            self._bound[number] = found
        return found

    def forget(self, number: int) -> None:
        """Drop what was bound of a statement that nothing later reads: only temporary tables are looked into."""
        bound = self._bound.get(number)
        if bound is not None and not any(
            write.state is not None and write.state.identity.folded for write in bound.writes
        ):
            del self._bound[number]

    def _bind_deeply(self, number: int) -> BoundStatement:
        try:
            return self._bind(number)
        except RecursionError:
            self.catalog.forget_unfinished()
            with very_deep_recursion():
                return self._bind(number)

    def _lost(self, number: int, code: Code, message: str) -> BoundStatement:
        self.catalog.forget_unfinished()
        self.report(number, code, message, -1)
        return BoundStatement()

    def _bind(self, number: int) -> BoundStatement:
        statement = self.facts.statements[number]
        if not statement.effects and statement.query < 0:
            return BoundStatement()

        def read_table(table: Table, target: bool) -> Rel:
            return self._read_table(table, target, number)

        report = partial(self.report, number)
        routine: RoutineScope | None = None
        if statement.routine >= 0:
            attached = self.facts.routines[statement.routine].attached_to
            declared = frozenset(self.facts.routines[statement.routine].variables)
            routine = RoutineScope(self._resolve(Table(attached), number)[0] if attached else None, declared)
        evaluator = Evaluator(
            statement, self.facts.dialect, read_table, self.nodes, self.catalog, report, routine
        )
        writes: list[BoundWrite] = []
        for index, effect in enumerate(statement.effects):
            evaluator.target = effect.target if isinstance(effect, Write | Change) else -1
            if isinstance(effect, Write):
                writes.append(self._bind_write(number, index, effect, evaluator))
            elif isinstance(effect, Create):
                bound = self._bind_create(number, index, effect, evaluator)
                if bound is not None:
                    writes.append(bound)
            elif isinstance(effect, Change) and effect.added and any(column.refs for column in effect.added):
                state = self.session.targets[number, index]
                added = self._generated(effect.added, state.identity.key)
                writes.append(BoundWrite(state, added, {}, frozenset(), frozenset(), False))
            elif isinstance(effect, Change) and effect.relation >= 0:
                rel = evaluator.relation(effect.relation)
                writes.append(
                    BoundWrite(
                        self.session.targets[number, index],
                        (),
                        rel.influences,
                        frozenset(),
                        rel.reads,
                        False,
                    )
                )
        query: BoundWrite | None = None
        if statement.query >= 0:
            rel = evaluator.relation(statement.query)
            columns = by_names(rel, self.nodes, report)
            query = BoundWrite(None, columns, rel.influences, rel.rows, rel.reads)
        return BoundStatement(tuple(writes), query)

    def report(
        self,
        number: int,
        code: Code,
        message: str,
        offset: int,
        candidates: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        """Note something that binding statement `number` could not decide; the same thing is noted once."""
        key = (code, message, offset)
        if key in self._reported:
            return
        self._reported.add(key)
        statement = self.facts.statements[number]
        span = self.span(offset, offset + 1) if offset >= 0 else self.span(statement.start, statement.end)
        severity = _SEVERITIES.get(code, Severity.WARNING)
        self.diagnostics.append(
            Diagnostic(code, severity, message, span, statement.number, hint or None, candidates, self.path)
        )

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of offsets, in the source file also where a template was rendered."""
        starts = self._line_starts
        first = last = bisect_right(starts, start) - 1
        last_offset = end - 1 if end > start else start
        if last_offset > start:
            last = bisect_right(starts, last_offset, lo=first) - 1
        column, last_column = start - starts[first] + 1, last_offset - starts[last] + 1
        lines = self._source_lines
        if lines:
            first_line = lines[min(first, len(lines) - 1)]
            return Span(first_line, column, max(first_line, lines[min(last, len(lines) - 1)]), last_column)
        return Span(first + 1, column, last + 1, last_column)

    def _resolve(self, table: Table, number: int) -> tuple[str, bool]:
        """The key of a dataset that this file did nothing to before, and whether it was inferred: that is said."""
        key, inferred, matches = self.own.resolve(table, number)
        if inferred:
            self.report(
                number,
                Code.INFERRED_DATASET,
                f"{self._named(table, number)} is taken for {key}, the only defined dataset whose name ends so",
                table.start,
                (key,),
                "qualify the name, or set a default schema",
            )
        elif matches:
            self.report(
                number,
                Code.AMBIGUOUS_DATASET,
                f"{key} could be {' or '.join(matches[:4])}",
                table.start,
                tuple(matches[:8]),
                "qualify the name, or set a default schema",
            )
        return key, inferred

    def _named(self, table: Table, number: int) -> str:
        return self.catalog.meant(self.session.keys(table, number)[0])

    def _read_table(self, table: Table, target: bool, number: int) -> Rel:
        if len(table.parts) == 1 and table.parts[0] in TRIGGER_ROWS:
            routine = self.facts.statements[number].routine
            attached = self.facts.routines[routine].attached_to if routine >= 0 else ()
            if attached:
                table = Table(attached, table.start, table.end)
        state = self.session.local(table, number)
        if state is not None:
            identity = state.identity
            if identity.folded and state.statement >= 0:
                if not target and not identity.temporary:
                    self.passed_through.add(identity.key)
                elif not target:
                    self.temporary_reads.add(identity.key)
                return self._folded.content(state)
            key, inferred = identity.key, False
            columns = self.own.state_columns(state)
        else:
            key, inferred = self._resolve(table, number)
            columns = self.catalog.columns(key)
        if table.kind:
            self.kinds.setdefault(key, table.kind)
        known = frozenset(columns) if columns is not None else None
        rows = frozenset((key,))
        mask = IDENTITY_BIT | INFERRED_BIT if inferred else IDENTITY_BIT
        return Rel(
            base=key,
            known=known,
            order=columns or (),
            rows=rows,
            reads=frozenset() if target else rows,
            mask=mask,
        )

    def _bind_write(self, number: int, index: int, write: Write, evaluator: Evaluator) -> BoundWrite:
        rel = evaluator.relation(write.relation)
        state = self.session.targets[number, index]
        if write.by_name:
            columns = by_names(rel, self.nodes, evaluator.report, write.columns)
        else:
            known = write.columns
            if known is None:
                target = self.own.state_columns(state)
                known = target
                if target is not None:
                    skipped = {*write.static, *self._computed(state)}
                    known = tuple(name for name in target if name not in skipped)
            columns = by_position(
                rel,
                known,
                self.nodes,
                evaluator.report,
                listed=write.columns is not None,
                trailing=write.trailing,
            )
        return BoundWrite(
            state,
            self._final(columns, state, number),
            rel.influences,
            rel.rows,
            rel.reads,
            overwrite=write.overwrite,
        )

    def _final(self, columns: tuple[BoundColumn, ...], state: State, number: int) -> tuple[BoundColumn, ...]:
        """Columns under the names they have once later ALTERs of the same file have been executed."""
        identity = state.identity
        if not identity.alterations or identity.folded:
            return columns
        final: list[BoundColumn] = []
        for column in columns:
            name = identity.final_name(column.name, number)
            if name is not None:
                final.append(BoundColumn(name, column.flow, column.output))
        return tuple(final)

    def _computed(self, state: State) -> tuple[str, ...]:
        """Generated columns of a dataset created in this file: a positional INSERT gives no value for them."""
        create = self.own.create_of(state)
        return tuple(column.name for column in create.columns if column.refs) if create is not None else ()

    def _bind_create(
        self, number: int, index: int, create: Create, evaluator: Evaluator
    ) -> BoundWrite | None:
        state = self.session.targets[number, index]
        if create.relation >= 0 and not create.shape_only:
            rel = evaluator.relation(create.relation)
            names = create.names or tuple(column.name for column in create.columns) or None
            if names is None or (create.by_name and create.columns):
                columns = by_names(rel, self.nodes, evaluator.report)
            else:
                columns = by_position(rel, names, self.nodes, evaluator.report, listed=True)
            return BoundWrite(
                state,
                self._final(columns, state, number),
                rel.influences,
                rel.rows,
                rel.reads,
                overwrite=True,
            )
        if create.like >= 0 and create.copies_data:
            rel = evaluator.relation(create.like)
            return BoundWrite(
                state,
                by_names(rel, self.nodes, evaluator.report),
                rel.influences,
                rel.rows,
                rel.reads,
                overwrite=True,
            )
        if create.like >= 0:
            self._read_table(
                self.own.like(create, number), False, number
            )  # says what is to be said of the name
        generated = [column for column in create.columns if column.refs]
        if generated:
            own = state.identity.key
            return BoundWrite(
                state, self._generated(create.columns, own), {}, frozenset(), frozenset(), False
            )
        return None

    def _generated(self, columns: tuple[ColumnDef, ...], key: str) -> tuple[BoundColumn, ...]:
        """Generated columns flow from the columns of their own table."""
        bound: list[BoundColumn] = []
        for column in columns:
            flow: Flow = {}
            for ref in column.refs:
                if ref.name != "*":
                    merge(flow, {self.nodes.column(key, ref.name): IDENTITY_BIT}, ref.kind, ref.flags)
            if flow:
                output = Output(column.name, column.refs, (), column.start, column.end)
                bound.append(BoundColumn(column.name, flow, output))
        return tuple(bound)
