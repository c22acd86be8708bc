"""How kinds of lineage combine along a path: flows are `{source column: mask}`, a mask being a set of edge kinds.

SEMANTICS: along a path any AGGREGATION wins, then TRANSFORMATION, then IDENTITY; an INDIRECT hop makes the path
INDIRECT. Parallel paths keep their kinds side by side. Bits 0–8 are `EdgeKind`s; bits 16–18 are the direct kinds
when every path so far hides the value (masking).
"""

from __future__ import annotations

from lineagraph.model import EdgeFlag, EdgeKind

Flow = dict[int, int]
"""Index of a source column in the file's `NodeTable` → mask of kinds."""

IDENTITY_BIT = 1 << EdgeKind.IDENTITY
MASKED_SHIFT = 16
INFERRED_BIT = 1 << 24
"""Some path was decided by partial knowledge."""
UNRESOLVED_BIT = 1 << 25
"""Some path starts from a source that could not be known."""
_FLAGS = INFERRED_BIT | UNRESOLVED_BIT

_KINDS = tuple(int(kind) for kind in EdgeKind if kind <= EdgeKind.SORT)
_DIRECT = (0, 1, 2)

# plain ints: in Python 3.11 naming a member runs a descriptor written in Python, and this is the innermost loop
MASKING, INFERRED, UNRESOLVED = int(EdgeFlag.MASKING), int(EdgeFlag.INFERRED), int(EdgeFlag.UNRESOLVED)
AGGREGATION = int(EdgeKind.AGGREGATION)


class _Combined(dict[tuple[int, int, int], int]):
    def __missing__(self, path: tuple[int, int, int]) -> int:
        mask, kind, flags = path
        found = self[path] = _combine(mask, kind, bool(flags & MASKING))
        return found


COMBINED = _Combined()
"""(mask, kind, flags) → the mask of a path whose first part has `mask` and whose last hop is of `kind`, where MASKING
among the flags says that the hop hides the value. There are few, and each is asked for thousands of times."""


def _combine(mask: int, kind: int, masking: bool) -> int:
    result = mask & _FLAGS
    if kind > AGGREGATION:
        return result | (1 << kind)
    for bit in _KINDS:
        if mask & (1 << bit):
            if bit > AGGREGATION:
                result |= 1 << bit
            else:
                result |= 1 << (max(bit, kind) + (MASKED_SHIFT if masking else 0))
    for bit in _DIRECT:
        if mask & (1 << (bit + MASKED_SHIFT)):
            result |= 1 << (max(bit, kind) + MASKED_SHIFT)
    return result


def merge(into: Flow, flow: Flow, kind: int, flags: int = 0) -> None:
    """Add `flow`, seen through a hop of `kind`, to `into`."""
    if kind == 0 and not flags & MASKING:
        if not into:
            into.update(flow)
            return
        for source, mask in flow.items():
            into[source] = into.get(source, 0) | mask
    elif kind > AGGREGATION:
        influence(into, flow, kind)
    else:
        for source, mask in flow.items():
            into[source] = into.get(source, 0) | COMBINED[mask, kind, flags]


def influence(into: Flow, flow: Flow, kind: int) -> None:
    """`merge` for a kind above AGGREGATION: whatever the path was before, its last hop decides."""
    bit = 1 << kind
    for source, mask in flow.items():
        into[source] = into.get(source, 0) | (mask & _FLAGS) | bit


def through(flow: Flow, kind: int, flags: int = 0) -> Flow:
    """`flow` seen through one hop; the same object where the hop changes nothing."""
    if kind == 0 and not flags & MASKING:
        return flow
    return {source: COMBINED[mask, kind, flags] for source, mask in flow.items()}


def edges_of(mask: int) -> list[tuple[int, int]]:
    """(kind, `EdgeFlag`s) of each edge that a mask stands for."""
    return EDGES[mask]


class _Edges(dict[int, list[tuple[int, int]]]):
    def __missing__(self, mask: int) -> list[tuple[int, int]]:
        found = self[mask] = _edges_of(mask)
        return found


EDGES = _Edges()
"""What `edges_of` gives, remembered."""


def _edges_of(mask: int) -> list[tuple[int, int]]:
    flags = 0
    if mask & INFERRED_BIT:
        flags |= INFERRED
    if mask & UNRESOLVED_BIT:
        flags |= UNRESOLVED
    edges: list[tuple[int, int]] = []
    for kind in _KINDS:
        if mask & (1 << kind):
            edges.append((kind, int(flags)))
        elif kind <= AGGREGATION and mask & (1 << (kind + MASKED_SHIFT)):
            edges.append((kind, int(flags | MASKING)))
    return edges
