"""What is shown of a node that several files mention: rules over counts and definitions that know no order.

1. The **definition** shown is that of a file that gives data types before one that does not (DDL before a query), then
   that of the smallest path. It gives the name, the kind, the position and the data type.
2. Without a definition the **name** is the most frequent spelling, counted in files, then the smallest.
3. A **kind** that the definition does not give is the most specific one anybody mentions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from msgspec import Struct

from lineagraph.model import DatasetKind, NodeLabel, RoutineKind
from lineagraph.store.identity import ORDINAL_BITS
from lineagraph.store.packing import Mentions, Saying, Spelling, split_columns, unpack_mentions, usual_name

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


class EntityView:
    """A dataset or routine and its columns, from one row; unpacked and merged only as far as it is asked."""

    def __init__(
        self, id: int, label: int, key: str, columns: str, mentions: bytes, path_of: Callable[[int], str]
    ) -> None:
        """`columns` and `mentions` as stored; `path_of` gives the path of a `files.id`."""
        self.id = id
        self.label = label
        self.key = key
        self.parts: list[str | None] = [None, *split_columns(columns)]
        """Key parts by ordinal; None for the entity itself (0) and for free places."""
        self._packed = mentions
        self._path_of = path_of

    @cached_property
    def _mentions(self) -> Mentions:
        return unpack_mentions(self._packed)

    @cached_property
    def _definitions(self) -> dict[int, list[tuple[int, Saying]]]:
        """(file, what it says) by ordinal; files with data types first, then by path."""
        by_file = self._mentions.definitions
        files = list(by_file)
        if len(files) > 1:
            typed = {file for file, sayings in by_file.items() if any(saying.data_type for saying in sayings)}
            files.sort(key=lambda file: (file not in typed, self._path_of(file)))
        found: dict[int, list[tuple[int, Saying]]] = {}
        for file in files:
            for saying in by_file[file]:
                found.setdefault(saying.ordinal, []).append((file, saying))
        return found

    @cached_property
    def _spellings(self) -> dict[int, list[Spelling]]:
        found: dict[int, list[Spelling]] = {}
        for spelling in self._mentions.spellings:
            found.setdefault(spelling.ordinal, []).append(spelling)
        return found

    @property
    def itself(self) -> NodeView:
        return self.node(0)

    def columns(self) -> list[NodeView]:
        """In the order of their ordinals, which means nothing to users."""
        return [self.node(ordinal) for ordinal, part in enumerate(self.parts) if part is not None]

    def node_ids(self) -> set[int]:
        """Its own number and those of its columns."""
        base = self.id << ORDINAL_BITS
        return {base | ordinal for ordinal, part in enumerate(self.parts) if part is not None or not ordinal}

    def ordinal(self, part: str) -> int | None:
        """The column whose key ends with this part."""
        return self.parts.index(part, 1) if part in self.parts else None

    def node(self, ordinal: int) -> NodeView:
        part = self.parts[ordinal]
        usual = usual_name(self.label, self.key) if part is None else part
        label = self.label if part is None else int(NodeLabel.COLUMN)
        defined = self._definitions.get(ordinal, ())
        chosen = defined[0][1] if defined else None
        spellings = self._spellings.get(ordinal, ())
        if chosen is None:
            name = _most_frequent(usual, self._mentions.files[ordinal], spellings) if spellings else usual
        else:
            name = usual if chosen.name is None else chosen.name
        return NodeView(
            self.id << ORDINAL_BITS | ordinal,
            label,
            self.key if part is None else f"{self.key}.{part}",
            name,
            _kind(label, [saying.kind for _, saying in defined], [spelling.kind for spelling in spellings]),
            chosen.position if chosen else None,
            chosen.data_type if chosen else None,
            chosen is not None,
            tuple([file for file, _ in defined]),
        )


def _most_frequent(usual: str, files: int, spellings: Sequence[Spelling]) -> str:
    """`files` mention the node, as `spellings` say or else under its usual name."""
    counts: Counter[str] = Counter()
    for spelling in spellings:
        counts[usual if spelling.name is None else spelling.name] += spelling.files
    if counts.total() < files:
        counts[usual] += files - counts.total()
    return min(counts, key=lambda name: (-counts[name], name))


def _kind(label: int, defined: Sequence[str | None], mentioned: Sequence[str | None]) -> str | None:
    if label == NodeLabel.COLUMN:
        return None
    for kind in defined:
        if kind is not None and kind != DatasetKind.UNKNOWN:
            return kind
    known = [kind for kind in mentioned if kind is not None and kind != DatasetKind.UNKNOWN]
    if known:
        return min(known, key=lambda kind: (_specificity(kind), kind))
    return DatasetKind.UNKNOWN.value if label == NodeLabel.DATASET else None


def _specificity(kind: str) -> int:
    return _SPECIFIC_FIRST.index(kind) if kind in _SPECIFIC_FIRST else len(_SPECIFIC_FIRST)
