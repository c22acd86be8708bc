"""What binding makes of statements: writes with their columns' flows and influences, all sources concrete."""

from __future__ import annotations

from msgspec import Struct

from lineagraph.catalog.flows import Flow
from lineagraph.catalog.pairing import BoundColumn
from lineagraph.catalog.session import State


class BoundWrite(Struct, frozen=True, gc=False):
    """One effect of a statement, bound: what flows into a dataset (or only moves its rows, for a DELETE)."""

    state: State | None
    """The target as the effect leaves it; None for a bare query."""
    columns: tuple[BoundColumn, ...]
    influences: Flow
    rows: frozenset[str]
    """Datasets whose rows flow into the target."""
    reads: frozenset[str]
    """All datasets read on the way."""
    moves_data: bool = True
    overwrite: bool = False


class BoundStatement(Struct, frozen=True, gc=False):
    writes: tuple[BoundWrite, ...] = ()
    query: BoundWrite | None = None
