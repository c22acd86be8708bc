"""A query's columns meet those of the dataset they are written to: by name, by position, around an unknown star."""

from __future__ import annotations

from msgspec import Struct

from lineagraph.catalog.columns import Report
from lineagraph.catalog.evaluate import PATTERN
from lineagraph.catalog.flows import UNRESOLVED_BIT, Flow, merge
from lineagraph.catalog.relations import OPEN, NodeTable, Rel
from lineagraph.diagnostics import Code
from lineagraph.sql.facts import Output


class BoundColumn(Struct, frozen=True, gc=False):
    name: str
    """Folded; `*` for columns that could not be listed."""
    flow: Flow
    output: Output | None = None


def by_names(
    rel: Rel, nodes: NodeTable, report: Report, only: tuple[str, ...] | None = None
) -> tuple[BoundColumn, ...]:
    columns: list[BoundColumn] = []
    for name, flow in rel.entries(nodes).items():
        if name.startswith(OPEN):
            columns.append(_unexpanded(flow, nodes, report, quiet=name.startswith(PATTERN)))
        elif only is None or name in only:
            columns.append(BoundColumn(name.split(OPEN, 1)[0], flow, _output_of(rel, name)))
    return tuple(columns)


def _unexpanded(flow: Flow, nodes: NodeTable, report: Report, *, quiet: bool = False) -> BoundColumn:
    datasets = tuple(sorted({nodes.columns[source][0] for source in flow}))
    if not quiet:
        report(
            Code.UNEXPANDED_STAR,
            f"the columns of {', '.join(datasets) or 'a relation'} are not known, so its star is not expanded",
            -1,
            datasets,
            "give the dataset's columns by DDL or an imported schema",
        )
    return BoundColumn("*", {source: mask | UNRESOLVED_BIT for source, mask in flow.items()})


def by_position(
    rel: Rel,
    names: tuple[str, ...] | None,
    nodes: NodeTable,
    report: Report,
    *,
    listed: bool,
    trailing: tuple[str, ...] = (),
) -> tuple[BoundColumn, ...]:
    """Pair the query's columns with the target's. `listed`: the statement itself lists the target's columns."""
    entries = list(rel.entries(nodes).items())
    opened = [position for position, (name, _) in enumerate(entries) if name.startswith(OPEN)]
    if names is None:
        columns = list(by_names(rel, nodes, report))
        if trailing and not opened and len(trailing) <= len(columns):
            for offset, name in enumerate(trailing):
                at = len(columns) - len(trailing) + offset
                columns[at] = BoundColumn(name, columns[at].flow, columns[at].output)
        return tuple(columns)
    if not opened:
        if not entries:
            return ()
        if len(entries) != len(names) and (listed or len(entries) > len(names)):
            report(
                Code.COLUMN_COUNT,
                f"the query has {len(entries)} columns for {len(names)} columns of the target",
                -1,
                (),
                "columns are paired from the left; the rest has no lineage",
            )
        return tuple(
            BoundColumn(name, flow, _output_of(rel, key))
            for name, (key, flow) in zip(names, entries, strict=False)
        )
    return _around_star(rel, names, entries, opened, nodes, report, listed)


def _around_star(
    rel: Rel,
    names: tuple[str, ...],
    entries: list[tuple[str, Flow]],
    opened: list[int],
    nodes: NodeTable,
    report: Report,
    listed: bool,
) -> tuple[BoundColumn, ...]:
    """Columns before an unknown star keep their position, those after it theirs counted from the end."""
    first, last = opened[0], opened[-1]
    head = entries[:first]
    tail = entries[last + 1 :]
    columns = [
        BoundColumn(name, flow, _output_of(rel, key)) for name, (key, flow) in zip(names, head, strict=False)
    ]
    middle: Flow = {}
    for _, flow in entries[first : last + 1]:
        merge(middle, flow, 0)
    unknown = _unexpanded(middle, nodes, report)
    if listed:
        # the list names the target's columns, the star hides which is which
        rest = names[len(head) : len(names) - len(tail)]
        columns.extend(BoundColumn(name, unknown.flow) for name in rest)
    else:
        columns.append(unknown)
    if tail and len(head) + len(tail) <= len(names):
        columns.extend(
            BoundColumn(name, flow, _output_of(rel, key))
            for name, (key, flow) in zip(names[-len(tail) :], tail, strict=False)
        )
    return tuple(columns)


def _output_of(rel: Rel, name: str) -> Output | None:
    output = rel.spans.get(name)
    return output if isinstance(output, Output) else None
