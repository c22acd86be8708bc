"""What changes when a column or dataset changes: everything downstream, by dataset, by value or by choice."""

from __future__ import annotations

from msgspec import Struct

from lineagraph.lineage.names import WrongKindError, resolve_name
from lineagraph.lineage.stars import STAR, Stars
from lineagraph.lineage.trace import Stop, make_stop
from lineagraph.model import EdgeKind, NodeLabel, edge_type
from lineagraph.store.dump import LABEL_NAMES
from lineagraph.store.identity import ORDINAL_BITS, ORDINAL_MASK
from lineagraph.store.reading import GraphReader
from lineagraph.store.sqlite import SqliteStore

DEFAULT_LIMIT = 10_000


class AffectedColumn(Struct, frozen=True):
    """`type`: `DIRECT` if some path passes values all the way, else `INDIRECT`; `depth`: that of the shortest path."""

    name: str
    key: str
    type: str
    depth: int


class AffectedDataset(Struct, frozen=True):
    """A dataset that changes: these of its columns, and, with `rows`, which rows it has."""

    name: str
    key: str
    kind: str | None
    depth: int
    columns: tuple[AffectedColumn, ...]
    """Sorted by name."""
    rows: str | None
    """How its rows are reached: `DIRECT` (rows of a dataset flow in), `INDIRECT` (filters, joins, …), or None."""
    files: tuple[str, ...]
    """Files whose statements carry the change into it."""


class Impact(Struct, frozen=True):
    """The answer of `impact`: datasets sorted by depth, then name."""

    start: Stop
    datasets: tuple[AffectedDataset, ...]
    files: tuple[str, ...]
    """All files on the way, sorted."""
    truncated: bool
    """More than `limit` nodes are affected: the nearest were followed, whole levels at a time."""
    unexplored: int
    """Nodes at the depth limit that were not walked on from; 0 without a limit."""


def impact(store: SqliteStore, name: str, depth: int | None = None, limit: int = DEFAULT_LIMIT) -> Impact:
    """Everything downstream of a column or dataset.

    Unlike `trace`, it walks on from influences: rows that change by choice change, by choice, whatever reads them.
    Raises `UnknownNameError`, `AmbiguousNameError`, `WrongKindError`.
    """
    with store.snapshot() as db:
        reader = GraphReader(db)
        start = resolve_name(db, name)
        view = reader.node(start)
        if view.label not in (NodeLabel.COLUMN, NodeLabel.DATASET):
            raise WrongKindError(
                f"{view.name} is a {LABEL_NAMES[NodeLabel(view.label)]}; "
                "impact needs a dataset or a column, or use show"
            )
        spread = _Spread(reader)
        spread.run(start, depth, limit)
        return spread.report(start)


class _Spread:
    """The walk. A node is reached by value (True) or by choice (False); by value includes the other."""

    def __init__(self, reader: GraphReader) -> None:
        self.reader = reader
        self._stars = Stars(reader)
        self.depths: dict[int, int] = {}
        self.by_value: dict[int, bool] = {}
        self.files: dict[int, set[int]] = {}
        """By entity reached."""
        self.truncated = False
        self.unexplored = 0

    def run(self, start: int, depth: int | None, limit: int) -> None:
        frontier = self._start_nodes(start)
        self.by_value = dict(frontier)
        level = 0
        while frontier:
            if depth is not None and level >= depth:
                self.unexplored = len(frontier)
                return
            if len(self.depths) > limit:
                self.truncated = True
                return
            level += 1
            frontier = self._step(frontier, level)

    def _start_nodes(self, start: int) -> dict[int, bool]:
        if start & ORDINAL_MASK:
            if self.reader.node(start).name == STAR:
                self._stars.stand_on_all([start])
            return {start: True}
        self._stars.stand_on_all([start])
        return dict.fromkeys(self.reader.entity(start >> ORDINAL_BITS).node_ids(), True)

    def _step(self, frontier: dict[int, bool], level: int) -> dict[int, bool]:
        modes = self._widen(frontier)
        stars = self._stars.beside(modes)
        by_value = {node for node, value in modes.items() if value}
        entities_by_value = {node >> ORDINAL_BITS for node in by_value}
        datasets = {node & ~ORDINAL_MASK for node in modes}
        reached: dict[int, bool] = {}
        for stated in self.reader.edges_out_of(modes.keys() | stars | datasets):
            edge, source, target = stated.edge, stated.source, stated.target
            kind = edge_type(edge.kind)
            if kind is None:
                continue
            direct = kind == "DIRECT"
            if edge.kind == EdgeKind.DATASET_DIRECT and not self.reader.maps_columns(stated):
                # rows move and nothing says which columns: any of the source's may be any of the target's
                value = source >> ORDINAL_BITS in entities_by_value
                for node in self.reader.entity(target >> ORDINAL_BITS).node_ids():
                    self._reach(node, value, level, reached)
            elif source in stars and self._stars.hands_on(edge):
                for mode, members in ((True, by_value), (False, modes.keys() - by_value)):
                    for node in self._stars.across(source, target, members):
                        self._reach(node, mode and direct, level, reached)
                if source & ~ORDINAL_MASK in modes:
                    for node in self.reader.entity(target >> ORDINAL_BITS).node_ids() - {
                        target & ~ORDINAL_MASK
                    }:
                        self._reach(node, False, level, reached)
                value = direct and source >> ORDINAL_BITS in entities_by_value
            elif source in modes:
                value = direct and modes[source]
            else:
                continue
            self._reach(target, value, level, reached)
            self.files.setdefault(target >> ORDINAL_BITS, set()).add(stated.file)
        self.by_value.update(reached)
        return reached

    def _reach(self, node: int, value: bool, level: int, reached: dict[int, bool]) -> None:
        """Note a node for the next frontier if it was not reached before, or only by choice and now by value."""
        if node not in self.by_value or (value and not self.by_value[node]):
            reached[node] = reached.get(node, False) or value
        self.depths.setdefault(node, level)

    def _widen(self, frontier: dict[int, bool]) -> dict[int, bool]:
        """The frontier, and all columns of the datasets in it: their rows change, so these do, by choice at least."""
        modes = dict(frontier)
        datasets = [node for node in frontier if not node & ORDINAL_MASK]
        self.reader.load_entities([node >> ORDINAL_BITS for node in datasets])
        for dataset in datasets:
            for node in self.reader.entity(dataset >> ORDINAL_BITS).node_ids():
                modes.setdefault(node, self.by_value.get(node, False))
        return modes

    def report(self, start: int) -> Impact:
        reader = self.reader
        entities: dict[int, list[int]] = {}
        for node in self.depths:
            entities.setdefault(node >> ORDINAL_BITS, []).append(node)
        reader.load_entities(entities)
        datasets = [self._dataset(entity, nodes) for entity, nodes in entities.items()]
        datasets.sort(key=lambda dataset: (dataset.depth, dataset.key))
        files = sorted({path for dataset in datasets for path in dataset.files})
        return Impact(
            make_stop(reader, start), tuple(datasets), tuple(files), self.truncated, self.unexplored
        )

    def _dataset(self, entity: int, nodes: list[int]) -> AffectedDataset:
        reader = self.reader
        itself = reader.entity(entity).itself
        columns = [
            AffectedColumn(view.name, view.key, self._type(view.id), self.depths[view.id])
            for view in map(reader.node, nodes)
            if view.label == NodeLabel.COLUMN
        ]
        columns.sort(key=lambda column: column.key)
        return AffectedDataset(
            itself.name,
            itself.key,
            itself.kind,
            min(self.depths[node] for node in nodes),
            tuple(columns),
            self._type(itself.id) if itself.id in self.depths else None,
            tuple(sorted({reader.path_of(file) for file in self.files.get(entity, ())})),
        )

    def _type(self, node: int) -> str:
        return "DIRECT" if self.by_value[node] else "INDIRECT"
