"""Bound statements → `FileLineage`: the nodes and edges one file contributes to the graph, each with its evidence."""

from __future__ import annotations

from lineagraph.catalog.bind import BoundWrite, FileBinder
from lineagraph.catalog.definitions import changes_elsewhere, definition_problems
from lineagraph.catalog.flows import EDGES
from lineagraph.catalog.names import qualified
from lineagraph.catalog.session import State
from lineagraph.catalog.shapes import Columns
from lineagraph.model import DatasetKind, Edge, EdgeKind, FileLineage, Node, NodeLabel, Span, StatementRecord
from lineagraph.sql.facts import Change, ColumnDef, Create, Output, Synonym, Table
from lineagraph.sql.identifiers import dataset_key, quote_part, spelled_key

# plain ints: in Python 3.11 naming a member runs a descriptor written in Python
_COLUMN, _DATASET = int(NodeLabel.COLUMN), int(NodeLabel.DATASET)
_AGGREGATION = int(EdgeKind.AGGREGATION)
_ALIAS_OF = int(EdgeKind.ALIAS_OF)
_ATTACHED_TO = int(EdgeKind.ATTACHED_TO)
_CALLS = int(EdgeKind.CALLS)
_DATASET_DIRECT = int(EdgeKind.DATASET_DIRECT)
_DATASET_INDIRECT = int(EdgeKind.DATASET_INDIRECT)
_DEFINES = int(EdgeKind.DEFINES)
_HAS_COLUMN = int(EdgeKind.HAS_COLUMN)
_READS = int(EdgeKind.READS)
_WRITES = int(EdgeKind.WRITES)


def file_lineage(binder: FileBinder) -> FileLineage:
    """Bind every statement of a file and collect what it contributes."""
    return _Contribution(binder).collect()


class _ColumnNodes(dict[int, int]):
    """Number of a column in the binder's `NodeTable` → its node, made when it is first asked for."""

    def __init__(self, contribution: _Contribution) -> None:
        super().__init__()
        self._contribution = contribution

    def __missing__(self, source: int) -> int:
        found = self[source] = self._contribution.column(source)
        return found


class _Contribution:
    def __init__(self, binder: FileBinder) -> None:
        self._binder = binder
        self._facts = binder.facts
        self._spellings = binder.facts.spellings
        self._table_spellings = binder.facts.table_spellings
        self._nodes: list[Node] = [Node(NodeLabel.SOURCE_FILE, binder.path, binder.path, defined=True)]
        self._datasets: dict[str, int] = {}
        self._columns = _ColumnNodes(self)
        self._named: dict[tuple[int, str], int] = {}
        self._edges: list[Edge] = []
        self._routines: dict[int, int] = {}

    def collect(self) -> FileLineage:
        records: list[StatementRecord] = []
        for number, statement in enumerate(self._facts.statements):
            span = self._binder.span(statement.start, statement.end)
            records.append(StatementRecord(statement.number, statement.kind, span, statement.outcome))
            if not (statement.effects or statement.query >= 0 or statement.calls or statement.routine >= 0):
                continue
            self._statement(number, span)
            self._binder.forget(number)
        definition_problems(self._binder, self._binder.catalog)
        changes_elsewhere(self._binder, self._binder.catalog)
        return FileLineage(self._binder.path, tuple(self._nodes), tuple(self._edges), tuple(records))

    def _statement(self, number: int, span: Span) -> None:
        statement = self._facts.statements[number]
        routine = self._routine(statement.routine, span) if statement.routine >= 0 else -1
        for index, effect in enumerate(statement.effects):
            if isinstance(effect, Create):
                self._define(number, index, effect, span)
            elif isinstance(effect, Synonym):
                self._synonym(number, effect, span)
            elif isinstance(effect, Change) and effect.kind == "ALTER":
                self._alter(number, index, effect, span)
        bound = self._binder.bound(number)
        reads: set[str] = set()
        for write in bound.writes:
            reads |= write.reads
            assert write.state is not None
            if not write.state.identity.folded:
                self._write(write, write.state, statement.number, span)
                if routine >= 0:
                    target = self._dataset(write.state.identity.key, write.state.identity.kind)
                    self._edges.append(Edge(_WRITES, routine, target, statement.number, span))
        if bound.query is not None:
            reads |= bound.query.reads
        reader = routine if routine >= 0 else 0
        if routine >= 0 or bound.query is not None:
            for key in sorted(reads):
                self._edges.append(Edge(_READS, reader, self._dataset(key), statement.number, span))
        for called in statement.calls:
            key = self._routine_key(called, number)
            node = self._add_named(NodeLabel.ROUTINE, key, self._spelled(called))
            self._edges.append(Edge(_CALLS, reader, node, statement.number, span))

    def _routine(self, index: int, span: Span) -> int:
        found = self._routines.get(index)
        if found is not None:
            return found
        routine = self._facts.routines[index]
        first = next(number for number, one in enumerate(self._facts.statements) if one.routine == index)
        if routine.parts:
            key = self._routine_key(routine.parts, first)
        else:
            key = f"{self._binder.path}#block-{index + 1}()"
        node = len(self._nodes)
        self._nodes.append(
            Node(NodeLabel.ROUTINE, key, self._spelled(routine.parts) or key, kind=routine.kind, defined=True)
        )
        self._routines[index] = node
        where = self._binder.span(routine.start, routine.end)
        number = self._facts.statements[first].number
        self._edges.append(Edge(_DEFINES, 0, node, number, where))
        if routine.attached_to:
            table = self._dataset(self._binder.own.resolve(Table(routine.attached_to), first)[0])
            self._edges.append(Edge(_ATTACHED_TO, node, table, number, where))
        return node

    def _routine_key(self, parts: tuple[str, ...], number: int) -> str:
        """Routines are looked for where datasets are: the defaults in force complete their names."""
        return qualified(parts, self._binder.session.defaults(number), self._facts.dialect)[0] + "()"

    def _add_named(self, label: int, key: str, name: str) -> int:
        found = self._named.get((label, key))
        if found is None:
            found = self._named[label, key] = len(self._nodes)
            self._nodes.append(Node(label, key, name))
        return found

    def _spelled(self, parts: tuple[str, ...]) -> str:
        return ".".join(quote_part(self._spellings.get(part, part)) for part in parts)

    def _dataset(self, key: str, kind: str | None = None) -> int:
        found = self._datasets.get(key)
        if found is None:
            found = self._datasets[key] = len(self._nodes)
            kind = kind or self._binder.kinds.get(key)
            self._nodes.append(Node(_DATASET, key, self._display(key), kind=kind or None))
        return found

    def _display(self, key: str) -> str:
        return spelled_key(key, self._table_spellings)

    def column(self, source: int) -> int:
        """The node of a column by its number in the binder's `NodeTable`."""
        dataset, name = self._binder.nodes.columns[source]
        parent = self._datasets.get(dataset)
        return self._target_column(parent if parent is not None else self._dataset(dataset), dataset, name)

    def _target_column(self, dataset: int, key: str, name: str) -> int:
        found = self._named.get((dataset, name))
        if found is None:
            found = self._named[dataset, name] = len(self._nodes)
            quoted = quote_part(name) if "." in name or '"' in name else name
            self._nodes.append(Node(_COLUMN, f"{key}.{quoted}", self._spellings.get(name, name), dataset))
        return found

    def _define(self, number: int, index: int, create: Create, span: Span) -> None:
        """DEFINES and HAS_COLUMN of a created dataset, with the positions and types its file gives."""
        state = self._binder.session.targets[number, index]
        identity = state.identity
        if identity.folded:
            return
        statement = self._facts.statements[number]
        key = identity.key
        dataset = self._dataset(key, create.kind)
        node = self._nodes[dataset]
        if not node.defined:
            self._nodes[dataset] = Node(node.label, node.key, node.name, kind=create.kind, defined=True)
        self._edges.append(Edge(_DEFINES, 0, dataset, statement.number, span))
        catalog = self._binder.catalog
        chosen = catalog.chosen(key)
        known = catalog.columns(key) if chosen is not None and chosen.path == self._binder.path else None
        places = self._places(key, known)
        typed = {column.name: column for column in create.columns}
        for name in self._binder.own.state_columns(state) or ():
            self._has_column(number, key, identity.final_name(name, number), typed.get(name), places, span)

    def _alter(self, number: int, index: int, change: Change, span: Span) -> None:
        """HAS_COLUMN of the columns that an ALTER adds or renames, in whatever file the dataset is defined."""
        identity = self._binder.session.targets[number, index].identity
        if identity.folded or not (change.added or change.renamed):
            return
        key = identity.key
        known = self._binder.catalog.columns(key)
        if known is None and not identity.created:
            return  # whether there is such a dataset at all is not known
        places = self._places(key, known)
        for column in change.added:
            self._has_column(number, key, identity.final_name(column.name, number), column, places, span)
        for _, name in change.renamed:
            self._has_column(number, key, identity.final_name(name, number), None, places, span)

    def _places(self, key: str, known: Columns) -> dict[str, int]:
        """Positions of a dataset's columns after what all files do to it, or else of those this file leaves it with."""
        columns = known if known is not None else self._binder.own.columns_of(key)
        return {name: place for place, name in enumerate(columns or (), 1)}

    def _has_column(
        self,
        number: int,
        key: str,
        name: str | None,
        definition: ColumnDef | None,
        places: dict[str, int],
        span: Span,
    ) -> None:
        """One HAS_COLUMN, if the column is still there in the end."""
        if name is None or name not in places:
            return
        dataset = self._dataset(key)
        column = self._target_column(dataset, key, name)
        old = self._nodes[column]
        data_type = definition.data_type if definition is not None else old.data_type
        self._nodes[column] = Node(
            _COLUMN, old.key, old.name, dataset, None, places[name], data_type, defined=True
        )
        where = span
        if definition is not None and definition.start >= 0:
            where = self._binder.span(definition.start, definition.end)
        self._edges.append(Edge(_HAS_COLUMN, dataset, column, self._facts.statements[number].number, where))

    def _synonym(self, number: int, effect: Synonym, span: Span) -> None:
        statement = self._facts.statements[number]
        name, target = statement.relations[effect.name], statement.relations[effect.target]
        assert isinstance(name, Table)
        assert isinstance(target, Table)
        keys = self._binder.session
        alias = self._dataset(dataset_key(name.parts), DatasetKind.SYNONYM)
        node = self._nodes[alias]
        self._nodes[alias] = Node(node.label, node.key, node.name, kind=DatasetKind.SYNONYM, defined=True)
        real = self._dataset(keys.keys(target, number)[0])
        self._edges.append(Edge(_DEFINES, 0, alias, statement.number, span))
        self._edges.append(Edge(_ALIAS_OF, alias, real, statement.number, span))

    def _write(self, write: BoundWrite, state: State, number: int, span: Span) -> None:
        identity = state.identity
        key = identity.key
        dataset = self._dataset(key, identity.kind)
        edges = self._edges
        direct: set[str] = set(write.rows)
        columns = self._binder.nodes.columns
        nodes = self._columns
        for column in write.columns:
            target = self._target_column(dataset, key, column.name)
            where, expression = self._evidence(column.output, span)
            for source, mask in column.flow.items():
                node = nodes[source]
                for kind, flags in EDGES[mask]:
                    edges.append(Edge(kind, node, target, number, where, flags, expression))
                    if kind <= _AGGREGATION:
                        direct.add(columns[source][0])
        for source, mask in write.influences.items():
            node = nodes[source]
            for kind, flags in EDGES[mask]:
                edges.append(Edge(kind, node, dataset, number, span, flags))
        for read in sorted(write.reads):
            kind = _DATASET_DIRECT if read in direct and write.moves_data else _DATASET_INDIRECT
            edges.append(Edge(kind, self._dataset(read), dataset, number, span))

    def _evidence(self, output: Output | None, span: Span) -> tuple[Span, str | None]:
        if output is None or output.start < 0:
            return span, None
        return self._binder.span(output.start, output.end), output.expression or None
