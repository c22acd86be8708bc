"""The packed forms inside the database's blobs: what a file contributes, and who mentions an entity how."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import Diagnostic
from lineagraph.model import Edge, StatementRecord


class Profile(Struct, frozen=True, array_like=True, gc=False):
    """What a file says of a node beyond mentioning it under its usual name. `name` None: the usual one."""

    name: str | None = None
    kind: str | None = None
    position: int | None = None
    data_type: str | None = None
    defined: bool = False


class Definition(Struct, frozen=True, array_like=True, gc=False):
    """One file's definition of one node of an entity; `ordinal` 0 is the entity itself."""

    ordinal: int
    file: int
    name: str | None
    kind: str | None
    position: int | None
    data_type: str | None


class Spelling(Struct, frozen=True, array_like=True, gc=False):
    """How many files mention a node, without defining it, under another name or with a kind."""

    ordinal: int
    name: str | None
    kind: str | None
    files: int


class Mentions(Struct, array_like=True):
    """Who says what of an entity and its columns; lists are indexed by ordinal.

    `plain`: files that mention the node under its usual name and say no more. `owned`: files with a `HAS_COLUMN` edge to
    it. The node exists while any of `plain`, `spellings`, `definitions` counts it.
    """

    plain: list[int]
    owned: list[int]
    spellings: list[Spelling]
    definitions: list[Definition]


_encode = msgspec.msgpack.Encoder().encode
_decode_mentions = msgspec.msgpack.Decoder(Mentions).decode
_decode_profiles = msgspec.msgpack.Decoder(dict[int, Profile]).decode
_decode_edges = msgspec.msgpack.Decoder(tuple[Edge, ...]).decode
_decode_ordinals = msgspec.msgpack.Decoder(tuple[int, ...]).decode
_decode_statements = msgspec.msgpack.Decoder(tuple[StatementRecord, ...]).decode
_decode_diagnostics = msgspec.msgpack.Decoder(tuple[Diagnostic, ...]).decode


def pack_nodes(nodes: Sequence[int]) -> bytes:
    return array("q", nodes).tobytes()


def unpack_nodes(data: bytes) -> Sequence[int]:
    return memoryview(data).cast("q")


def pack_profiles(profiles: dict[int, Profile]) -> bytes | None:
    return _encode(profiles) if profiles else None


def unpack_profiles(data: bytes | None) -> dict[int, Profile]:
    return _decode_profiles(data) if data else {}


def pack_edges(edges: Sequence[Edge]) -> bytes | None:
    return _encode(edges) if edges else None


def unpack_edges(data: bytes | None) -> tuple[Edge, ...]:
    return _decode_edges(data) if data else ()


def pack_mentions(mentions: Mentions) -> bytes:
    return _encode(mentions)


def unpack_mentions(data: bytes) -> Mentions:
    return _decode_mentions(data)


def pack_ordinals(ordinals: Iterable[int]) -> bytes:
    return _encode(sorted(ordinals))


def unpack_ordinals(data: bytes) -> tuple[int, ...]:
    return _decode_ordinals(data)


def pack_statements(statements: tuple[StatementRecord, ...]) -> bytes | None:
    return _encode(statements) if statements else None


def unpack_statements(data: bytes | None) -> tuple[StatementRecord, ...]:
    return _decode_statements(data) if data else ()


def pack_diagnostics(diagnostics: tuple[Diagnostic, ...]) -> bytes | None:
    return _encode(diagnostics) if diagnostics else None


def unpack_diagnostics(data: bytes | None) -> tuple[Diagnostic, ...]:
    return _decode_diagnostics(data) if data else ()


def join_columns(parts: Sequence[str | None]) -> str:
    """Key parts of columns, one a line, in the order of their ordinals; None (a free place) becomes a lone backslash."""
    if None not in parts and "" not in parts:
        text = "\n".join(parts)  # pyright: ignore[reportArgumentType, reportCallIssue]
        if "\\" not in text and text.count("\n") == len(parts) - 1:
            return text
    return "\n".join(["\\" if part is None else _escape(part) for part in parts])


def split_columns(text: str) -> list[str | None]:
    """The reverse of `join_columns`; an empty text is an entity without columns."""
    if not text:
        return []
    parts: list[str | None] = list(text.split("\n"))
    if "\\" in text:
        return [_unescape(part) if part else part for part in parts]
    return parts


def _escape(part: str) -> str:
    return part.replace("\\", "\\\\").replace("\n", "\\n") if part else "\\e"


def _unescape(part: str) -> str | None:
    if part == "\\":
        return None
    if part == "\\e":
        return ""
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], part)


_ESCAPED = re.compile(r"\\(.)")
