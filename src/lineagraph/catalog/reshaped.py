"""Relations that make new columns of another relation's: PIVOT, UNPIVOT and MATCH_RECOGNIZE, evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineagraph.catalog.flows import Flow, merge
from lineagraph.catalog.relations import OPEN, Rel, Scope
from lineagraph.catalog.shapes import unpivoted as unpivoted_names
from lineagraph.model import EdgeKind
from lineagraph.sql.facts import MatchRecognize, Pivot, Ref, Table, Unpivot

if TYPE_CHECKING:
    from lineagraph.catalog.evaluate import Evaluator

FILTER, GROUP_BY = int(EdgeKind.FILTER), int(EdgeKind.GROUP_BY)


def _input_scope(evaluator: Evaluator, index: int, alias: str, scope: Scope | None) -> tuple[Rel, Scope]:
    rel = evaluator.relation(index, scope)
    inner = Scope(0, None)
    inner.sources.append(rel)
    if alias:
        inner.aliases[alias] = rel
    relation = evaluator.relations[index]
    if isinstance(relation, Table):
        inner.aliases.setdefault(relation.parts[-1], rel)
    return rel, inner


def pivoted(evaluator: Evaluator, pivot: Pivot, scope: Scope | None) -> Rel:
    rel, inner = _input_scope(evaluator, pivot.input, pivot.alias, scope)
    influences: Flow = dict(rel.influences)
    columns: dict[str, Flow] = {}
    groups: tuple[tuple[str, ...], ...] = ()
    if pivot.group is not None:
        for ref in pivot.group:
            flow = evaluator.resolver.resolve(ref, inner)
            columns[ref.name] = flow
            merge(influences, flow, GROUP_BY)
    else:
        for name, flow in rel.entries(evaluator.nodes).items():
            if name not in pivot.used:
                columns[name] = flow
                merge(influences, flow, GROUP_BY)
        groups = rel.open_groups()
    any_flow: Flow | None = None
    for output in pivot.outputs:
        flow = evaluator.output(output, inner, influences)
        if output.name == "*":
            any_flow = flow
            columns[OPEN + "pivot"] = flow
        else:
            columns[output.name] = flow
    return Rel(columns, influences=influences, rows=rel.rows, reads=rel.reads, groups=groups, any_=any_flow)


def unpivoted(evaluator: Evaluator, unpivot: Unpivot, scope: Scope | None) -> Rel:
    rel, inner = _input_scope(evaluator, unpivot.input, unpivot.alias, scope)
    entries = rel.entries(evaluator.nodes)
    listed: list[tuple[str, ...]] = list(unpivot.columns)
    if unpivot.pattern:
        excluded = unpivot.columns[0] if unpivot.columns else ()
        listed = [tuple(name for name in entries if name not in excluded)]
    consumed = {name for group in listed for name in group}
    names = unpivoted_names(unpivot, None if rel.is_open else tuple(entries))
    columns: dict[str, Flow] = {}
    for name, flow in entries.items():
        if name not in consumed and (names is None or name in names):
            columns[name] = flow
    influences: Flow = dict(rel.influences)
    if unpivot.name:
        columns[unpivot.name] = {}
    for position, value in enumerate(unpivot.values):
        made: Flow = {}
        for name in listed[position] if position < len(listed) else ():
            source = entries.get(name)
            merge(made, source if source is not None else evaluator.resolver.resolve(Ref(0, name), inner), 0)
        columns[value] = made
        if not unpivot.keeps_nulls:
            merge(influences, made, FILTER)
    return Rel(
        columns,
        influences=influences,
        rows=rel.rows,
        reads=rel.reads,
        groups=rel.open_groups(),
        any_=rel.any,
    )


def matched(evaluator: Evaluator, match: MatchRecognize, scope: Scope | None) -> Rel:
    rel, inner = _input_scope(evaluator, match.input, match.alias, scope)
    influences: Flow = dict(rel.influences)
    columns: dict[str, Flow] = {}
    groups: tuple[tuple[str, ...], ...] = ()
    if match.all_rows:
        columns.update(rel.entries(evaluator.nodes))
        groups = rel.open_groups()
    else:
        for key in match.keys:
            columns[key] = evaluator.resolver.resolve(Ref(0, key), inner)
    for ref in match.influences:
        merge(influences, evaluator.ref(ref, inner), ref.kind)
    for output in match.outputs:
        columns[output.name] = evaluator.output(output, inner, influences)
    return Rel(columns, influences=influences, rows=rel.rows, reads=rel.reads, groups=groups)
