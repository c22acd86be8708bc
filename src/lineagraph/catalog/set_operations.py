"""The columns of a UNION: by position or by name, also where one side's columns are not all known."""

from __future__ import annotations

from lineagraph.catalog.columns import Report
from lineagraph.catalog.flows import UNRESOLVED_BIT, Flow, merge
from lineagraph.catalog.relations import OPEN, Rel
from lineagraph.diagnostics import Code


def union(
    mine: dict[str, Flow], theirs: dict[str, Flow], left: Rel, right: Rel, report: Report
) -> tuple[dict[str, Flow], tuple[tuple[str, ...], ...]]:
    """By position; names from the left. Unknown remainders are paired as well as can be."""
    columns: dict[str, Flow] = {}
    left_open = any(name.startswith(OPEN) for name in mine)
    right_open = any(name.startswith(OPEN) for name in theirs)
    if not left_open and not right_open:
        if len(mine) != len(theirs):
            report(
                Code.COLUMN_COUNT,
                f"a set operation has {len(mine)} columns on the left and {len(theirs)} on the right",
                -1,
                (),
                "both sides need the same number of columns",
            )
        for (name, flow), other in zip(mine.items(), theirs.values(), strict=False):
            both = dict(flow)
            merge(both, other, 0)
            columns[name] = both
        for name in list(mine)[len(theirs) :]:
            columns[name] = mine[name]
        return columns, ()
    if left_open and right_open and len(mine) == len(theirs) == 1:
        groups = tuple((*a, *b) for a, b in zip(left.open_groups(), right.open_groups(), strict=False))
        (name, flow), (_, other) = next(iter(mine.items())), next(iter(theirs.items()))
        both = dict(flow)
        merge(both, other, 0)
        return {name: both}, groups
    if not left_open:
        unknown: Flow = {}
        for flow in theirs.values():
            merge(unknown, flow, 0)
        unknown = {source: mask | UNRESOLVED_BIT for source, mask in unknown.items()}
        for name, flow in mine.items():
            both = dict(flow)
            merge(both, unknown, 0)
            columns[name] = both
        return columns, ()
    columns.update(mine)
    for name, flow in theirs.items():
        both = dict(columns.get(name, {}))
        merge(both, flow, 0)
        columns[name] = both
    return columns, left.open_groups() + right.open_groups()


def union_by_name(
    mine: dict[str, Flow], theirs: dict[str, Flow], left: Rel, right: Rel
) -> tuple[dict[str, Flow], tuple[tuple[str, ...], ...]]:
    columns = {name: dict(flow) for name, flow in mine.items()}
    for name, flow in theirs.items():
        merge(columns.setdefault(name, {}), flow, 0)
    return columns, left.open_groups() + right.open_groups()
