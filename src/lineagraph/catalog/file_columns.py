"""The columns a file leaves its datasets with, and what else it tells other files: names only, no lineage."""

from __future__ import annotations

from lineagraph.catalog.catalog import DDL as DDL_RANK
from lineagraph.catalog.catalog import QUERY as QUERY_RANK
from lineagraph.catalog.catalog import Catalog, altered, is_undo
from lineagraph.catalog.interface import Collector, Interface
from lineagraph.catalog.names import NO_DEFAULTS, Defaults
from lineagraph.catalog.session import Session, State
from lineagraph.catalog.shapes import Columns, shape_of
from lineagraph.sql.facts import Change, Create, FileFacts, Output, Select, Table, Write


class _Asks(Exception):
    """A question to the catalog where none may be asked."""


class _Unasked(Catalog):
    """In the catalog's place while a file's interface is made."""

    def columns(self, key: str) -> Columns:
        raise _Asks

    def meant(self, key: str) -> str:
        raise _Asks


_UNASKED = _Unasked()


class FileColumns:
    """One file's datasets and their columns, each computed when it is first asked for."""

    def __init__(
        self, path: str, facts: FileFacts, catalog: Catalog, defaults: Defaults = NO_DEFAULTS
    ) -> None:
        self.path = path
        self.facts = facts
        self.catalog = catalog
        self.session = Session(facts, defaults)
        self._columns: dict[int, tuple[Columns, set[str]]] = {}
        """Of states, by id, with what was asked to find them."""

    def contribute(self) -> None:
        """Tell the catalog what this file defines, alters and mentions, its statements' net effect."""
        self.catalog.add(self.path, self.interface(), self.columns_of)

    def interface(self) -> Interface:
        """The same for others to keep. Asks the catalog nothing: columns that follow from others' are left open."""
        collector = Collector()
        if is_undo(self.path):
            return collector.interface()
        catalog, self.catalog = self.catalog, _UNASKED
        try:
            for key, state in self.session.final_states().items():
                identity = state.identity
                if identity.folded or key == "<query>":
                    continue
                if identity.created:
                    rank, columns = self._definition(state)
                    collector.define(key, rank, identity.kind, columns)
                else:
                    self._collect_alterations(key, state, collector)
        finally:
            self.catalog = catalog
        for key, target in self.session.synonyms().items():
            collector.alias(key, target)
        for (statement, effect), state in self.session.targets.items():
            write = self.facts.statements[statement].effects[effect]
            if isinstance(write, Write) and not state.identity.folded:
                self._mention(write, statement, state.identity.key, collector)
        return collector.interface()

    def columns_of(self, key: str) -> Columns:
        """Columns that the file leaves a dataset of its own with, before other files alter it."""
        state = self.session.final_states().get(key)
        return self.state_columns(state) if state is not None else None

    def _mention(self, write: Write, statement: int, key: str, collector: Collector) -> None:
        if write.columns:
            collector.mention(key, write.columns)
        elif write.by_name:
            relation = self.facts.statements[statement].relations[write.relation]
            if isinstance(relation, Select):
                collector.mention(key, [o.name for o in relation.outputs if isinstance(o, Output)])

    def _definition(self, state: State) -> tuple[int, Columns]:
        """Rank and columns; None where they cannot be told from this file alone."""
        create = self.create_of(state)
        rank = DDL_RANK if create is not None and (create.columns or create.like >= 0) else QUERY_RANK
        try:
            return rank, self.state_columns(state)
        except _Asks:
            return rank, None

    def _collect_alterations(self, key: str, state: State | None, collector: Collector) -> None:
        while state is not None and state.statement >= 0:
            effect = self.facts.statements[state.statement].effects[state.effect]
            if isinstance(effect, Change) and effect.kind == "ALTER":
                added = tuple(column.name for column in effect.added)
                collector.alter(key, (state.statement, added, effect.dropped, effect.renamed))
            state = state.before

    def origin(self, state: State) -> State:
        while state.before is not None and state.before.statement >= 0:
            state = state.before
        return state

    def create_of(self, state: State) -> Create | None:
        origin = self.origin(state)
        if origin.statement < 0:
            return None
        effect = self.facts.statements[origin.statement].effects[origin.effect]
        return effect if isinstance(effect, Create) else None

    def state_columns(self, state: State) -> Columns:
        """Complete columns of a dataset in one of its states in this file, or None. Evaluates names only."""
        if state.statement < 0:
            return self.catalog.columns(state.identity.key)
        known = self._columns.get(id(state))
        if known is not None:
            columns, questions = known
            self.catalog.ask_again(questions)
            return columns
        self.catalog.begin_questions()
        try:
            columns = self._state_columns(state)
        finally:
            questions = self.catalog.end_questions()
        self._columns[id(state)] = (columns, questions)
        return columns

    def _state_columns(self, state: State) -> Columns:
        chain: list[State] = []
        columns: Columns = None
        while True:
            effect = self.facts.statements[state.statement].effects[state.effect]
            chain.append(state)
            if isinstance(effect, Create) or state.before is None:
                break
            state = state.before
            if state.statement < 0 or id(state) in self._columns:
                columns = self.state_columns(state)
                break
        for step in reversed(chain):
            effect = self.facts.statements[step.statement].effects[step.effect]
            if isinstance(effect, Create):
                columns = self._created_columns(effect, step.statement)
            elif step.before is None and step.identity.created and isinstance(effect, Write):
                columns = self._shape(effect.relation, step.statement)
            elif step.before is None:
                columns = None if step.identity.folded else self.catalog.columns(step.identity.key)
            if isinstance(effect, Change) and effect.kind == "ALTER" and columns is not None:
                added = (column.name for column in effect.added)
                columns = tuple(altered(columns, added, effect.dropped, effect.renamed))
        return columns

    def _created_columns(self, create: Create, number: int) -> Columns:
        if create.columns and create.relation < 0 and create.like < 0:
            return tuple(column.name for column in create.columns)
        if create.names:
            return create.names
        if create.columns and create.relation >= 0 and not create.by_name:
            return tuple(column.name for column in create.columns)

        if create.relation >= 0:
            columns = self._shape(create.relation, number)
            if columns is None or not create.columns:
                return columns
            defined = tuple(column.name for column in create.columns)
            return defined + tuple(name for name in columns if name not in defined)
        if create.like >= 0:
            columns = self._table_columns(self.like(create, number), number)
            if columns is None:
                return None
            return columns + tuple(c.name for c in create.columns if c.name not in columns)
        return None

    def like(self, create: Create, number: int) -> Table:
        table = self.facts.statements[number].relations[create.like]
        assert isinstance(table, Table)
        return table

    def _shape(self, relation: int, number: int) -> Columns:
        """Column names of a relation of statement `number`."""
        statement = self.facts.statements[number]
        return shape_of(
            relation, statement, lambda table: self._table_columns(table, number), self.facts.dialect
        )

    def _table_columns(self, table: Table, number: int) -> Columns:
        state = self.session.local(table, number)
        if state is not None:
            return self.state_columns(state)
        key, _, _ = self.resolve(table, number)
        return self.catalog.columns(key)

    def resolve(self, table: Table, number: int) -> tuple[str, bool, list[str]]:
        """The key of a dataset that this file did nothing to before; whether it was inferred from how it ends; and the
        defined datasets that the name could mean, where it is none itself.
        """
        keys = self.session.keys(table, number)
        if table.kind == "external_file":
            return keys[0], False, []
        keys = [self.catalog.meant(key) for key in keys]
        for key in keys:
            if self.catalog.is_defined(key):
                return key, False, []
        matches = self.catalog.ending_with(keys[0])
        if matches:
            # `INSERT INTO mart.orders SELECT … FROM orders`: the one dataset that is not meant is the target itself
            own = {self.session.targets[at].identity.key for at in self.session.targets if at[0] == number}
            matches = [match for match in matches if match not in own]
        if len(matches) == 1:
            return matches[0], True, matches
        return keys[0], False, matches
