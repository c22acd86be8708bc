"""What a star stands for in a scope: all visible columns, those of one relation, and what EXCLUDE takes away."""

from __future__ import annotations

from lineagraph.catalog.columns import Resolver
from lineagraph.catalog.flows import Flow, merge, through
from lineagraph.catalog.relations import OPEN, NodeTable, Rel, Scope
from lineagraph.catalog.shapes import merged_columns, using_columns
from lineagraph.model import EdgeKind
from lineagraph.sql.facts import QUALIFIER_SEPARATOR, Ref, Source, Star

TRANSFORMATION = int(EdgeKind.TRANSFORMATION)


def qualified_star(
    star: Star, scope: Scope, nodes: NodeTable, resolver: Resolver
) -> tuple[dict[str, Flow], list[tuple[str, ...]], Flow | None]:
    outer: Scope | None = scope
    while outer is not None:
        rel = outer.aliases.get(star.qualifier) or outer.qualified.get(star.qualifier)
        if rel is not None:
            return dict(rel.entries(nodes)), list(rel.open_groups()), rel.any
        outer = outer.parent
    # `s.*` of a struct column
    first, *rest = star.qualifier.split(QUALIFIER_SEPARATOR)
    rel = scope.aliases.get(first)
    ref = (
        Ref(TRANSFORMATION, rest[0], first, star.start)
        if rel is not None and rest
        else Ref(TRANSFORMATION, first, "", star.start)
    )
    flow = through(resolver.resolve(ref, scope), TRANSFORMATION)
    return {OPEN + star.qualifier: flow}, [], flow


def whole_star(
    visible: list[tuple[Source, Rel]], scope: Scope, nodes: NodeTable, resolver: Resolver, dialect: str
) -> tuple[dict[str, Flow], list[tuple[str, ...]], Flow | None]:
    groups: list[tuple[str, ...]] = []
    any_flow: Flow | None = None
    for _, rel in visible:
        groups.extend(rel.open_groups())
        any_flow = any_flow if rel.any is None else rel.any
    if len(visible) == 1:
        return dict(visible[0][1].entries(nodes)), groups, any_flow
    result: dict[str, Flow] = {}
    if scope.merged and not groups:
        known = [(source, tuple(rel.entries(nodes))) for source, rel in visible]
        using = using_columns(known)
        drop = {(position, name) for position, names in using.items() for name in names}
        for name in merged_columns(known, dialect):
            if name in scope.merged:
                flow: Flow = {}
                for rel in scope.merged[name]:
                    merge(flow, resolver.lookup(rel, name) or {}, 0)
                result.setdefault(name, flow)
        order = dict(result)
        if dialect in ("duckdb", "bigquery", "clickhouse"):
            result = {}
        for position, (_, rel) in enumerate(visible):
            for name, flow in rel.entries(nodes).items():
                if name in order:
                    if (position, name) not in drop and name not in result:
                        result[name] = order[name]
                    continue
                result[name if name not in result else free_name(name, result)] = flow
        return result, groups, any_flow
    for _, rel in visible:
        for name, flow in rel.entries(nodes).items():
            result[name if name not in result else free_name(name, result)] = flow
    return result, groups, any_flow


def dropped(star: Star, entries: dict[str, Flow], scope: Scope, resolver: Resolver) -> set[str]:
    """Entries that a qualified EXCLUDE (`EXCLUDE (a.v)`) takes away."""
    names: set[str] = set()
    for name in star.excluded:
        qualifier, separator, column = name.partition(QUALIFIER_SEPARATOR)
        rel = scope.aliases.get(qualifier) if separator else None
        if rel is None:
            continue
        flow = resolver.lookup(rel, column)
        for entry, other in entries.items():
            if entry.split(OPEN, 1)[0] == column and other == flow:
                names.add(entry)
    return names


def free_name(name: str, taken: dict[str, Flow]) -> str:
    """A key for a second column of the same name; what follows `OPEN` is not part of the name."""
    number = 1
    while f"{name}{OPEN}{number}" in taken:
        number += 1
    return f"{name}{OPEN}{number}"
