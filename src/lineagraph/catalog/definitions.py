"""What is wrong with the datasets a file defines: others define them too, or their columns depend on themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineagraph.catalog.catalog import Definition, order_of
from lineagraph.catalog.session import EXTERNAL_FILE
from lineagraph.diagnostics import Code
from lineagraph.sql.facts import Change, Table

if TYPE_CHECKING:
    from lineagraph.catalog.bind import FileBinder
    from lineagraph.catalog.catalog import Catalog


def definition_problems(binder: FileBinder, catalog: Catalog) -> None:
    """Note the datasets of this file that others define, too, and those whose columns depend on themselves."""
    for key, state in binder.session.final_states().items():
        identity = state.identity
        if identity.folded or not identity.created or identity.kind == EXTERNAL_FILE:
            continue
        origin = binder.own.origin(state)
        others = [d for d in catalog.definitions(key) if d.path != binder.path]
        chosen = catalog.chosen(key)
        own = (
            catalog.columns(key)
            if chosen is not None and chosen.path == binder.path
            else binder.own.state_columns(state)
        )
        different = [d for d in others if _columns_of(d) != own]
        if different and chosen is not None and not _all_versioned([*others, chosen]):
            where = chosen.path or "an imported schema"
            binder.report(
                origin.statement,
                Code.DUPLICATE_DEFINITION,
                f"{key} is also defined in {', '.join(d.path or 'an imported schema' for d in others[:3])}; "
                f"its columns are taken from {'this file' if chosen.path == binder.path else where}",
                -1,
                tuple(d.path for d in others[:8]),
                "keep one definition, or ignore the other file in .lineagraphignore",
            )
        if catalog.is_cyclic(key):
            binder.report(
                origin.statement,
                Code.CYCLIC_DEFINITION,
                f"the columns of {key} depend on themselves through a star",
                -1,
                (),
                "list the columns in one of the definitions of the cycle",
            )


def changes_elsewhere(binder: FileBinder, catalog: Catalog) -> None:
    """Note where this file drops or renames what only other files define: between files there is no order to follow."""
    for number, effect in sorted(binder.session.targets):
        statement = binder.facts.statements[number]
        change = statement.effects[effect]
        if not isinstance(change, Change) or change.kind not in ("DROP", "RENAME"):
            continue
        table = statement.relations[change.target]
        if not isinstance(table, Table) or binder.session.targets[number, effect].identity.created:
            continue
        key = binder.session.keys(table, number)[0]
        others = [d for d in catalog.definitions(key) if d.path not in ("", binder.path)]
        if others and binder.session.final_states().get(key) is None:
            binder.report(
                number,
                Code.CHANGED_ELSEWHERE,
                f"{key} is {'dropped' if change.kind == 'DROP' else 'renamed'} here and defined in {others[0].path}; "
                "other files keep seeing that definition",
                table.start,
                tuple(d.path for d in others[:8]),
                "put both into one script if the order matters",
            )


def _columns_of(definition: Definition) -> tuple[str, ...] | None:
    if definition.columns is not None:
        return definition.columns
    return definition.columns_from() if definition.columns_from is not None else None


def _all_versioned(definitions: list[Definition]) -> bool:
    """Migrations define a dataset again on purpose, and their order is known."""
    return all(order_of(definition.path)[0] for definition in definitions)
