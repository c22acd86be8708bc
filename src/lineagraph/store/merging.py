"""What is shown of a node that several files mention: rules over counts and definitions that know no order.

1. The **definition** shown is that of the file that gives data types before one that does not (DDL before a query), then
   of the smallest path. It gives the name, the kind, the position and the data type.
2. Without a definition the **name** is the most frequent spelling, counted in files, then the smallest.
3. A **kind** that the definition does not give is the most specific one anybody mentions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from lineagraph.model import DatasetKind, NodeLabel, RoutineKind
from lineagraph.store.contributions import usual_name
from lineagraph.store.identity import ORDINAL_BITS
from lineagraph.store.packing import Definition, Mentions

_SPECIFIC_FIRST: tuple[str, ...] = (
    DatasetKind.MATERIALIZED_VIEW,
    DatasetKind.TEMPORARY_TABLE,
    DatasetKind.EXTERNAL_FILE,
    DatasetKind.TABLE_FUNCTION,
    DatasetKind.SYNONYM,
    DatasetKind.VIEW,
    DatasetKind.TABLE,
    RoutineKind.TRIGGER,
    RoutineKind.TASK,
    RoutineKind.FUNCTION,
    RoutineKind.PROCEDURE,
)


class NodeView(Struct, frozen=True):
    """A node as it is shown: merged from all files that mention it."""

    id: int
    label: int
    key: str
    name: str
    kind: str | None = None
    position: int | None = None
    data_type: str | None = None
    defined: bool = False
    definers: tuple[int, ...] = ()
    """`files.id` of those that define it, the one shown first."""


def merge(
    id: int,
    label: int,
    key: str,
    columns: Sequence[str | None],
    mentions: Mentions,
    path_of: Callable[[int], str],
) -> list[NodeView]:
    """The entity, then its columns in the order of their ordinals. `path_of` gives the path of a `files.id`."""
    definitions: dict[int, list[Definition]] = {}
    typed: set[int] = set()
    for definition in mentions.definitions:
        definitions.setdefault(definition.ordinal, []).append(definition)
        if definition.data_type is not None:
            typed.add(definition.file)
    for several in definitions.values():
        if len(several) > 1:
            several.sort(key=lambda definition: (definition.file not in typed, path_of(definition.file)))
    names: dict[int, Counter[str | None]] = {}
    kinds: dict[int, list[str]] = {}
    for spelling in mentions.spellings:
        names.setdefault(spelling.ordinal, Counter())[spelling.name] += spelling.files
        if spelling.kind is not None:
            kinds.setdefault(spelling.ordinal, []).append(spelling.kind)

    def view(ordinal: int, node_label: int, node_key: str, usual: str) -> NodeView:
        defined = definitions.get(ordinal, ())
        chosen = defined[0] if defined else None
        if chosen is not None:
            name = usual if chosen.name is None else chosen.name
        else:
            name = _most_frequent(usual, mentions.plain[ordinal], names.get(ordinal))
        return NodeView(
            id << ORDINAL_BITS | ordinal,
            node_label,
            node_key,
            name,
            _kind(node_label, defined, kinds.get(ordinal, ())),
            chosen.position if chosen else None,
            chosen.data_type if chosen else None,
            chosen is not None,
            tuple([definition.file for definition in defined]),
        )

    views = [view(0, label, key, usual_name(label, key))]
    for ordinal, part in enumerate(columns, 1):
        if part is not None:
            views.append(view(ordinal, NodeLabel.COLUMN, f"{key}.{part}", part))
    return views


def _most_frequent(usual: str, plain: int, others: Counter[str | None] | None) -> str:
    if not others:
        return usual
    counts = Counter({usual: plain} if plain else {})
    for name, files in others.items():
        counts[usual if name is None else name] += files
    return min(counts, key=lambda name: (-counts[name], name))


def _kind(label: int, definitions: Sequence[Definition], mentioned: Sequence[str]) -> str | None:
    if label == NodeLabel.COLUMN:
        return None
    given = [definition.kind for definition in definitions if definition.kind not in (None, DatasetKind.UNKNOWN)]
    if given:
        return given[0]
    known = [kind for kind in mentioned if kind != DatasetKind.UNKNOWN]
    if known:
        return min(known, key=lambda kind: (_specificity(kind), kind))
    return DatasetKind.UNKNOWN if label == NodeLabel.DATASET else None


def _specificity(kind: str) -> int:
    return _SPECIFIC_FIRST.index(kind) if kind in _SPECIFIC_FIRST else len(_SPECIFIC_FIRST)
