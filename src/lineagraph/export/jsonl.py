"""The canonical export: the whole graph as JSON lines, sorted: equal graphs give equal bytes, whatever the history."""

from __future__ import annotations

from typing import Protocol

import msgspec

from lineagraph.store.dump import dump
from lineagraph.store.sqlite import SqliteStore


class ByteStream(Protocol):
    def write(self, data: bytes, /) -> object: ...


def export_jsonl(store: SqliteStore, stream: ByteStream) -> int:
    """Write every node, edge, piece of evidence, statement and diagnostic, one JSON object a line; returns how many.

    Each object's `record` says which of these it is. Nodes come sorted by label and key, each edge is followed by its
    evidence, statements and diagnostics are by file. No run times, numbers of the database, hashes or places on this
    machine. Memory stays bounded: the database sorts, in a temporary file where it must.
    """
    encoder = msgspec.json.Encoder()
    buffer = bytearray()
    count = 0
    with store.snapshot() as db:
        for record in dump(db):
            buffer += encoder.encode(record)
            buffer += b"\n"
            count += 1
            if len(buffer) > 1 << 16:
                stream.write(bytes(buffer))
                buffer.clear()
    stream.write(bytes(buffer))
    return count
