"""How a walk over columns passes where nobody could say which columns flow: unexpanded stars (`t.* -> target.*`).

Such an edge hands on every column under its own name. So a walk that stands on `t.c` may use the edges of `t.*`, and
goes on with `target.*` and, where anybody mentions it, `target.c`. A walk that stands on all of `t` goes on with all of
`target`.
"""

from __future__ import annotations

from collections.abc import Iterable

from lineagraph.model import Edge, EdgeFlag, EdgeKind
from lineagraph.store.identity import ORDINAL_BITS, ORDINAL_MASK
from lineagraph.store.merging import EntityView
from lineagraph.store.reading import GraphReader

STAR = "*"


class Stars:
    """The stars that one walk has met."""

    def __init__(self, reader: GraphReader) -> None:
        self._reader = reader
        self._whole: set[int] = set()
        """Stars that stand for all columns, not for those the walk came by."""

    def stand_on_all(self, nodes: Iterable[int]) -> None:
        """The walk stands on all columns of the datasets of these nodes."""
        for entity in {node >> ORDINAL_BITS for node in nodes if node >= 0}:
            star = self._star(entity)
            if star is not None:
                self._whole.add(star)

    def beside(self, frontier: Iterable[int]) -> set[int]:
        """The stars of the datasets that the frontier's columns are in."""
        entities = {node >> ORDINAL_BITS for node in frontier if node >= 0 and node & ORDINAL_MASK}
        self._reader.load_entities(entities)
        return {star for star in map(self._star, entities) if star is not None}

    def _star(self, entity: int) -> int | None:
        ordinal = self._reader.entity(entity).ordinal(STAR)
        return None if ordinal is None else entity << ORDINAL_BITS | ordinal

    @staticmethod
    def hands_on(edge: Edge) -> bool:
        """Whether an edge at a star hands on columns; `COUNT(*)` only counts rows."""
        return edge.kind == EdgeKind.IDENTITY and bool(edge.flags & EdgeFlag.UNRESOLVED)

    def across(self, near: int, far: int, frontier: Iterable[int]) -> set[int]:
        """Where else an edge between two stars leads: to the near dataset's columns in the frontier, in the far one."""
        there = self._entity(far)
        if there.parts[far & ORDINAL_MASK] != STAR:
            return set()
        if near in self._whole:
            self._whole.add(far)
            return there.node_ids() - {there.id << ORDINAL_BITS}
        return self.same_names(near, far, frontier)

    def same_names(self, near: int, far: int, frontier: Iterable[int]) -> set[int]:
        """Columns of the far node's dataset that are called like the frontier's columns of the near one's."""
        here, there = self._entity(near), self._entity(far)
        parts = {here.parts[node & ORDINAL_MASK] for node in frontier if node >> ORDINAL_BITS == here.id}
        ordinals = {there.ordinal(part) for part in parts if part is not None}
        return {there.id << ORDINAL_BITS | ordinal for ordinal in ordinals if ordinal is not None}

    def _entity(self, node: int) -> EntityView:
        return self._reader.entity(node >> ORDINAL_BITS)
