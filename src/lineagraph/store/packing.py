"""The packed forms inside the database's blobs: what a file contributes, and who mentions an entity how."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import Diagnostic
from lineagraph.model import Edge, NodeLabel, StatementRecord


class Saying(Struct, frozen=True, array_like=True, gc=False):
    """What a file says of a node beyond mentioning it. `name` None: the usual one, which the key ends with.

    `ordinal` 0 is the dataset or routine itself, the others are its columns.
    """

    ordinal: int
    name: str | None
    kind: str | None
    position: int | None
    data_type: str | None
    defined: bool


class Spelling(Struct, frozen=True, array_like=True, gc=False):
    """How many files mention a node, without defining it, under an unusual name or with a kind."""

    ordinal: int
    name: str | None
    kind: str | None
    files: int


class Mentions(Struct, array_like=True):
    """Who says what of an entity and its columns; `files` and `owned` are indexed by ordinal.

    `files`: how many mention the node, in whatever way; at 0 it is gone. `owned`: how many have a `HAS_COLUMN` edge to
    it. `definitions`: what each file that defines any of the nodes says of those it defines.
    """

    files: list[int]
    owned: list[int]
    spellings: list[Spelling]
    definitions: dict[int, list[Saying]]


_encode = msgspec.msgpack.Encoder().encode
_decode_mentions = msgspec.msgpack.Decoder(Mentions).decode
_decode_sayings = msgspec.msgpack.Decoder(dict[int, list[Saying]]).decode
_decode_edges = msgspec.msgpack.Decoder(tuple[Edge, ...]).decode
_decode_ordinals = msgspec.msgpack.Decoder(tuple[int, ...]).decode
_decode_statements = msgspec.msgpack.Decoder(tuple[StatementRecord, ...]).decode
_decode_diagnostics = msgspec.msgpack.Decoder(tuple[Diagnostic, ...]).decode


def usual_name(label: int, key: str) -> str:
    """The spelling that the key itself suggests, which need not be stored."""
    return key.removesuffix("()") if label == NodeLabel.ROUTINE else key


def pack_nodes(nodes: Sequence[int]) -> bytes:
    return array("q", nodes).tobytes()


def unpack_nodes(data: bytes) -> Sequence[int]:
    return memoryview(data).cast("q")


def pack_sayings(sayings: dict[int, list[Saying]]) -> bytes | None:
    """By entity."""
    return _encode(sayings) if sayings else None


def unpack_sayings(data: bytes | None) -> dict[int, list[Saying]]:
    return _decode_sayings(data) if data else {}


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
    """Key parts of columns, one a line, in the order of their ordinals; None (a free place) is a lone backslash."""
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
