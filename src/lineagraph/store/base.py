"""What a graph store promises, the records it takes, and the errors it raises; imports no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from lineagraph.diagnostics import Diagnostic, LineagraphError
from lineagraph.model import FileLineage, GraphDelta
from lineagraph.store.prepared import Prepared


class StoreError(LineagraphError):
    """The project database could not do what was asked; the state before the call is kept."""

    could_not_run = True


class StoreMissingError(StoreError):
    """There is no project database at this place."""


class StoreLockedError(StoreError):
    """Another process is writing to this project."""


class StoreVersionError(StoreError):
    """The database was written by a newer lineagraph, or is older and open for reading only."""


class FileRecord(Struct, frozen=True, array_like=True, gc=False):
    """One file in the graph: its key, how it was read, and what became of it."""

    path: str
    dialect: str
    outcome: str
    """`parsed`, `partial`, `failed` or `unreadable`."""


class FileChange(Struct, frozen=True, gc=False):
    """All that one file says now; it replaces all that the file said before.

    `lineage` may be prepared already (`store.prepared`). It is None for a file nothing could be made of: it stays in
    the graph as a file with its diagnostics.
    """

    record: FileRecord
    lineage: FileLineage | Prepared | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class Statistics(Struct, frozen=True):
    """Sizes of the graph. Edges are counted once, however many pieces of evidence they have."""

    files: dict[str, int]
    """By outcome."""
    datasets: dict[str, int]
    """By kind; `unknown` are those only read."""
    columns: int
    routines: dict[str, int]
    """By kind."""
    edges: dict[str, int]
    """By `RELATIONSHIP`, `RELATIONSHIP TYPE` or `RELATIONSHIP TYPE SUBTYPE`, the most exact that applies."""
    evidence: int
    statements: dict[str, int]
    """By outcome."""
    diagnostics: dict[str, int]
    """By `code severity`."""


class GraphStore(Protocol):
    """A place the graph is kept. One writer, many readers; readers see a batch whole or not at all."""

    def apply(self, changes: Sequence[FileChange], deletions: Sequence[str] = ()) -> GraphDelta:
        """Make these files say what `changes` says and forget those in `deletions`, in one transaction.

        The graph afterwards depends on what its files say and on nothing else: not on order, batches or history.
        Raises `StoreError` and changes nothing when the storage fails.
        """
        ...

    def files(self) -> dict[str, FileRecord]:
        """Every file in the graph by path, sorted by path."""
        ...

    def get_meta(self, key: str) -> str | None: ...

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a small named value with the graph; None removes it."""
        ...

    def statistics(self) -> Statistics: ...

    def close(self) -> None: ...
