"""What a folded dataset (temporary, or created and dropped by its own script) holds: flows from outside the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineagraph.catalog.flows import Flow, merge
from lineagraph.catalog.relations import OPEN, Rel
from lineagraph.catalog.session import State
from lineagraph.sql.facts import Change, Create, Write

if TYPE_CHECKING:
    from lineagraph.catalog.bind import BoundWrite, FileBinder


class FoldedContents:
    """Contents of one file's folded datasets, one per state, each computed once."""

    def __init__(self, binder: FileBinder) -> None:
        self._binder = binder
        self._known: dict[int, Rel] = {}

    def clear(self) -> None:
        self._known.clear()

    def content(self, state: State) -> Rel:
        """What a folded dataset (temporary, or created and dropped here) holds: flows from outside the script."""
        found = self._known.get(id(state))
        if found is not None:
            return found
        chain = [state]
        while (
            chain[-1].before is not None
            and chain[-1].before.statement >= 0
            and id(chain[-1].before) not in self._known
        ):
            chain.append(chain[-1].before)
        first = chain[-1].before
        rel = self._known[id(first)] if first is not None and id(first) in self._known else Rel()
        for step in reversed(chain):
            rel = self._after(step, rel)
            self._known[id(step)] = rel
        return rel

    def _after(self, step: State, before: Rel) -> Rel:
        """The content of a folded dataset after one more effect on it."""
        effect = self._binder.facts.statements[step.statement].effects[step.effect]
        if isinstance(effect, Change):
            if effect.kind == "TRUNCATE":
                return Rel({name: {} for name in before.columns}, groups=())
            if effect.kind == "DELETE":
                influences = dict(before.influences)
                reads = before.reads
                for write in self._writes_to(step):
                    merge(influences, write.influences, 0)
                    reads = reads | write.reads
                return Rel(
                    before.columns, influences=influences, rows=before.rows, reads=reads, groups=before.groups
                )
            renamed = dict(effect.renamed)
            columns = {
                renamed.get(name, name): flow
                for name, flow in before.columns.items()
                if name not in effect.dropped
            }
            columns.update({column.name: {} for column in effect.added})
            return Rel(
                columns,
                influences=before.influences,
                rows=before.rows,
                reads=before.reads,
                groups=before.groups,
            )
        columns: dict[str, Flow] = {}
        influences: Flow = {}
        rows: frozenset[str] = frozenset()
        reads: frozenset[str] = frozenset()
        if isinstance(effect, Create):
            columns.update({name: {} for name in self._binder.own.state_columns(step) or ()})
        elif not (isinstance(effect, Write) and effect.overwrite):
            columns.update(before.columns)
            influences, rows, reads = dict(before.influences), before.rows, before.reads
        else:
            columns.update({name: {} for name in before.columns})
        for write in self._writes_to(step):
            for column in write.columns:
                name = column.name
                if name == "*":
                    name = OPEN + ",".join(sorted({self._binder.nodes.columns[s][0] for s in column.flow}))
                both = dict(columns.get(name, {}))
                merge(both, column.flow, 0)
                columns[name] = both
            merge(influences, write.influences, 0)
            rows, reads = rows | write.rows, reads | write.reads
        groups = tuple(
            tuple(
                sorted(
                    {
                        self._binder.nodes.columns[s][0]
                        for s in flow
                        if self._binder.nodes.columns[s][1] == "*"
                    }
                )
            )
            for name, flow in columns.items()
            if name.startswith(OPEN)
        )
        return Rel(
            columns, influences=influences, rows=rows, reads=reads, groups=tuple(g for g in groups if g)
        )

    def _writes_to(self, step: State) -> list[BoundWrite]:
        """The bound writes of a statement that go to one dataset; several arms of a MERGE share the last state."""
        return [
            write
            for write in self._binder.bound(step.statement).writes
            if write.state is not None
            and write.state.identity is step.identity
            and (write.moves_data or write.influences)
        ]
