"""Relations computed row by row or round by round: generators, table functions, recursive CTEs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineagraph.catalog.flows import Flow, merge
from lineagraph.catalog.relations import Rel, Scope
from lineagraph.model import EdgeKind
from lineagraph.sql.facts import Function, Recursion, SetOperation

if TYPE_CHECKING:
    from lineagraph.catalog.evaluate import Evaluator

JOIN = int(EdgeKind.JOIN)

_MAX_ROUNDS = 64
"""Of a recursive CTE. Flows only grow and are finite, so a fixpoint comes long before; this is a belt to the braces."""

_MAX_ROUNDS_IN_ALL = 2_000
"""Of all recursive CTEs of a statement: each level that is nested in another one doubles the work. What is left after
that is evaluated once."""


def unfolded(evaluator: Evaluator, function: Function, outer: Scope | None) -> Rel:
    """A relation computed from expressions: each of its columns flows from all of them."""
    scope = outer.outer(function.depth) if outer is not None else None
    inner = scope if scope is not None else Scope(-1, None)
    influences: Flow = {}
    rows: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    base: Rel | None = None
    if function.table >= 0:
        base = evaluator.relation(function.table, scope)
        rows, reads = base.rows, base.reads
    flow: Flow = {}
    for ref in function.refs:
        merge(flow, evaluator.ref(ref, inner), ref.kind, ref.flags)
    # what is unfolded decides how many rows come out
    merge(influences, flow, JOIN)
    for sub in function.subs:
        evaluator.sub(sub, inner, flow, influences)
    columns: dict[str, Flow] = {}
    for output in function.outputs:
        if output.refs == function.refs and output.subs == function.subs:
            columns[output.name] = flow
        else:
            columns[output.name] = evaluator.output(output, inner, influences)
    reads = reads | inner.reads
    if base is not None:
        return _user_function(evaluator, base, flow, columns, influences, rows, reads)
    return Rel(columns, influences=influences, rows=rows, reads=reads, any_=flow if function.open else None)


def _user_function(
    evaluator: Evaluator,
    base: Rel,
    arguments: Flow,
    columns: dict[str, Flow],
    influences: Flow,
    rows: frozenset[str],
    reads: frozenset[str],
) -> Rel:
    """A user's table function: its own columns, and the arguments on top of each."""
    if not arguments and not columns:
        return base
    entries = base.entries(evaluator.nodes)
    result: dict[str, Flow] = {}
    if columns:
        for position, name in enumerate(columns):
            flow = dict(arguments)
            own = list(entries.values())
            if base.known is not None and position < len(own):
                merge(flow, own[position], 0)
            else:
                merge(flow, evaluator.resolver.lookup(base, name) or {}, 0)
            result[name] = flow
        return Rel(result, influences=influences, rows=rows, reads=reads)
    for name, own_flow in entries.items():
        flow = dict(arguments)
        merge(flow, own_flow, 0)
        result[name] = flow
    rel = Rel(result, influences=influences, rows=rows, reads=reads, groups=base.open_groups())
    rel.extra = arguments
    return rel


def recursive(evaluator: Evaluator, index: int, recursion: Recursion, scope: Scope | None) -> Rel:
    """A recursive CTE: the least fixpoint over its branches, from what the first branch gives."""
    provisional = Rel({}, any_={})
    evaluator.memo[index] = provisional
    relation = evaluator.relations[recursion.body]
    anchor = recursion.body
    while isinstance(relation, SetOperation):
        anchor = relation.left
        relation = evaluator.relations[anchor]
    if evaluator.rounds > _MAX_ROUNDS_IN_ALL:
        return _as_recursion(evaluator, evaluator.relation(recursion.body, scope), recursion)
    provisional = _as_recursion(evaluator, evaluator.relation(anchor, scope), recursion)
    for _ in range(_MAX_ROUNDS):
        evaluator.rounds += 1
        evaluator.memo[index] = provisional
        for inner in range(index + 1, recursion.body + 1):
            evaluator.memo.pop(inner, None)
        body = _as_recursion(evaluator, evaluator.relation(recursion.body, scope), recursion)
        if body.columns == provisional.columns and body.influences == provisional.influences:
            break
        provisional = body
    return provisional


def _as_recursion(evaluator: Evaluator, rel: Rel, recursion: Recursion) -> Rel:
    if recursion.columns:
        return evaluator.renamed(rel, recursion.columns)
    result = Rel(
        dict(rel.entries(evaluator.nodes)),
        influences=rel.influences,
        rows=rel.rows,
        reads=rel.reads,
        groups=rel.open_groups(),
        any_=rel.any,
    )
    result.spans = rel.spans
    return result
