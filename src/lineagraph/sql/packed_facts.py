"""Facts of large files: written statement by statement, and read as far as they are looked at.

As objects, the facts of a file of many small statements take ten times what they take packed, and up to forty times the
text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec
from msgspec import Struct

from lineagraph.diagnostics import Diagnostic
from lineagraph.sql.facts import FileFacts, Routine, Statement, decode

_ENCODER = msgspec.msgpack.Encoder()


class PackedStatements(Sequence[Statement]):
    """Statements that are decoded when they are asked for; the last few are kept."""

    def __init__(self, packed: Sequence[msgspec.Raw]) -> None:
        self._packed = packed
        self._recent: dict[int, Statement] = {}

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, index: int) -> Statement: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Statement]: ...

    def __getitem__(self, index: int | slice) -> Statement | Sequence[Statement]:
        if isinstance(index, slice):
            return PackedStatements(self._packed[index])
        if index < 0:
            index += len(self._packed)
        found = self._recent.get(index)
        if found is None:
            found = _STATEMENT_DECODER.decode(self._packed[index])
            if len(self._recent) >= _RECENT_STATEMENTS:
                self._recent.clear()
            self._recent[index] = found
        return found

    def __iter__(self) -> Iterator[Statement]:
        return map(_STATEMENT_DECODER.decode, self._packed)


_RECENT_STATEMENTS = 256
LARGE_FACTS = 4 << 20
"""Bytes of encoded facts from which on they are not all made into objects: these take ten times as much."""


def open_packed(data: bytes) -> FileFacts:
    """Facts for binding: as `decode` gives them, but of a large file only those statements that are looked at.

    Raises `msgspec.DecodeError` on bytes that are not facts of this version.
    """
    if len(data) < LARGE_FACTS:
        return decode(data)
    unread = _UNREAD_DECODER.decode(data)
    statements: Any = PackedStatements(unread.statements)  # as good as a tuple to all that read it
    return FileFacts(
        unread.version,
        unread.dialect,
        statements,
        unread.routines,
        unread.diagnostics,
        unread.spellings,
        unread.table_spellings,
        unread.line_starts,
        unread.source_lines,
    )


class Packer:
    """Encodes a file's facts statement by statement: packed they take a tenth of what they take as objects."""

    def __init__(self) -> None:
        self._packed = bytearray(_ROOM)
        self._count = 0

    def add(self, statement: Statement) -> None:
        _ENCODER.encode_into(statement, self._packed, -1)
        self._count += 1

    def finish(self, head: FileFacts) -> bytes:
        """The facts encoded, as `encode` does it; `head` is all of them but the statements, which were added."""
        packed = self._packed
        fields = [_ENCODER.encode(getattr(head, name)) for name in FileFacts.__struct_fields__]
        before = bytes([0x90 | len(fields)]) + b"".join(fields[:_STATEMENTS]) + _array_header(self._count)
        if len(before) > _ROOM:
            raise ValueError(f"a dialect's name of {len(head.dialect)} characters")
        packed += b"".join(fields[_STATEMENTS + 1 :])
        start = _ROOM - len(before)
        packed[start:_ROOM] = before
        return bytes(memoryview(packed)[start:])


_ROOM = 256
"""Bytes left free for what stands before the statements."""
_STATEMENTS = FileFacts.__struct_fields__.index("statements")


def _array_header(size: int) -> bytes:
    """Msgpack's beginning of an array (https://github.com/msgpack/msgpack/blob/master/spec.md)."""
    if size < 16:
        return bytes([0x90 | size])
    return b"\xdc" + size.to_bytes(2, "big") if size < 1 << 16 else b"\xdd" + size.to_bytes(4, "big")


class _Unread(Struct, frozen=True, array_like=True):
    """`FileFacts`, field by field, with the statements left packed."""

    version: int
    dialect: str
    statements: list[msgspec.Raw]
    routines: tuple[Routine, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    spellings: dict[str, str] = {}
    table_spellings: dict[str, str] = {}
    line_starts: tuple[int, ...] = (0,)
    source_lines: tuple[int, ...] = ()


_UNREAD_DECODER = msgspec.msgpack.Decoder(_Unread)
_STATEMENT_DECODER = msgspec.msgpack.Decoder(Statement)


def statements_of(data: bytes) -> Iterator[Statement]:
    """The statements of encoded facts, decoded one by one, for files whose facts are too many to be held at once.

    Raises `msgspec.DecodeError` on bytes that are not facts of this version.
    """
    return map(_STATEMENT_DECODER.decode, _UNREAD_DECODER.decode(data).statements)
