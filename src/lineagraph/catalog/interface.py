"""What one file tells the rest of the world, apart from its lineage: what it defines, alters, names and mentions.

An interface is a pure function of a file's facts and the project's defaults, and compact: it is what incremental
binding compares to find out whom an edit concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lineagraph.catalog.names import last_part

Defined = tuple[int, str, tuple[str, ...] | None]
"""(rank, kind, columns); columns are None where they follow from other datasets' columns."""

Altered = tuple[int, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]
"""(statement, columns added, dropped, renamed)"""


class Interface(Struct, frozen=True, array_like=True, gc=False):
    """By dataset key. Equal interfaces mean the same to every other file."""

    definitions: dict[str, Defined] = {}
    alterations: dict[str, tuple[Altered, ...]] = {}
    aliases: dict[str, str] = {}
    mentions: dict[str, tuple[str, ...]] = {}
    """Columns that INSERTs and the like name; sorted."""

    def keys(self) -> set[str]:
        """Every dataset that something is said of."""
        return {*self.definitions, *self.alterations, *self.aliases, *self.mentions}

    def names(self) -> set[str]:
        """The last parts of those datasets' names."""
        return {last_part(key) for key in self.keys()}

    def by_name(self) -> dict[str, Interface]:
        """The same in parts, by last part of the datasets' names."""
        parts: dict[str, tuple[dict[str, Any], ...]] = {}
        for place, said in enumerate((self.definitions, self.alterations, self.aliases, self.mentions)):
            for key, what in said.items():
                name = last_part(key)
                if name not in parts:
                    parts[name] = ({}, {}, {}, {})
                parts[name][place][key] = what
        return {name: Interface(*said) for name, said in parts.items()}

    def derived(self) -> set[str]:
        """Datasets whose columns follow from others'."""
        return {key for key, (_, _, columns) in self.definitions.items() if columns is None}


NOTHING = Interface()

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Interface)


def encode(interface: Interface) -> bytes:
    return _encoder.encode(interface)


def decode(blob: bytes) -> Interface:
    """Raises `msgspec.MsgspecError` for what is no interface."""
    return _decoder.decode(blob)


class Difference(Struct, frozen=True):
    """What changes for others when some files' interfaces change."""

    keys: set[str]
    """Datasets whose columns may be others than before."""
    questions: set[str]
    """What has another answer now, whatever the columns are: see `Catalog`."""


def difference(before: Mapping[str, Interface], after: Mapping[str, Interface]) -> Difference:
    """Compare the interfaces of files by path. A path that is missing on one side says nothing there.

    A derived dataset counts as changed whenever its file is given: its query may be another.
    """
    keys: set[str] = set()
    questions: set[str] = set()
    for path in {*before, *after}:
        old, new = before.get(path, NOTHING), after.get(path, NOTHING)
        derived = old.derived() | new.derived()
        defined = _differing(old.definitions, new.definitions)
        named = _differing(old.aliases, new.aliases) | (old.definitions.keys() ^ new.definitions.keys())
        keys |= derived | defined | _differing(old.alterations, new.alterations)
        questions.update("d" + key for key in derived | defined)
        questions.update("p" + key for key in _differing(old.mentions, new.mentions))
        questions.update("n" + last_part(key) for key in named)
    return Difference(keys, questions)


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    if old == new:
        return set()
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


class Collector:
    """Takes what a file contributes, as the catalog would."""

    def __init__(self) -> None:
        self._definitions: dict[str, Defined] = {}
        self._alterations: dict[str, list[Altered]] = {}
        self._aliases: dict[str, str] = {}
        self._mentions: dict[str, set[str]] = {}

    def define(self, key: str, rank: int, kind: str, columns: tuple[str, ...] | None) -> None:
        self._definitions[key] = (rank, kind, columns)

    def alter(self, key: str, altered: Altered) -> None:
        self._alterations.setdefault(key, []).append(altered)

    def alias(self, key: str, target: str) -> None:
        self._aliases[key] = target

    def mention(self, key: str, columns: Iterable[str]) -> None:
        self._mentions.setdefault(key, set()).update(columns)

    def interface(self) -> Interface:
        return Interface(
            self._definitions,
            {key: tuple(sorted(altered)) for key, altered in self._alterations.items()},
            self._aliases,
            {key: tuple(sorted(columns)) for key, columns in self._mentions.items()},
        )
