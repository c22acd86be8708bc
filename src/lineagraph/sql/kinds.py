"""The kinds by which a reference reaches an expression's value, and how they change on the way down into it."""

from __future__ import annotations

from lineagraph.model import EdgeFlag, EdgeKind

IDENTITY, TRANSFORMATION, AGGREGATION = (
    int(EdgeKind.IDENTITY),
    int(EdgeKind.TRANSFORMATION),
    int(EdgeKind.AGGREGATION),
)
CONDITIONAL, WINDOW = int(EdgeKind.CONDITIONAL), int(EdgeKind.WINDOW)
FILTER, JOIN = int(EdgeKind.FILTER), int(EdgeKind.JOIN)
GROUP_BY, SORT = int(EdgeKind.GROUP_BY), int(EdgeKind.SORT)

MASKING = int(EdgeFlag.MASKING)
MASKED = 32
"""Added to a direct kind while below a masking function."""


def operand(kind: int) -> int:
    """The kind of operands of an ordinary expression."""
    return TRANSFORMATION if kind == IDENTITY else kind


def deciding(kind: int) -> int:
    """The kind of what decides between values; row-level and window references stay what they are."""
    return CONDITIONAL if kind <= AGGREGATION or kind >= MASKED else kind


def aggregated(kind: int) -> int:
    return AGGREGATION if kind <= AGGREGATION else kind


def masked(kind: int) -> int:
    return kind + MASKED if kind <= AGGREGATION else kind
