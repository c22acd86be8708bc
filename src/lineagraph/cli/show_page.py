"""Everything known of one dataset, column, routine or file, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from lineagraph.cli.diagnostic_lines import print_diagnostic
from lineagraph.cli.output import Screen, one_line, shown
from lineagraph.cli.table import print_table
from lineagraph.cli.trace_page import place_of
from lineagraph.lineage.show import Details, Relation

_LABELS = {"SourceFile": "file"}
_PASSIVE = {
    "READS": "read by",
    "WRITES": "written by",
    "CALLS": "called by",
    "ATTACHED_TO": "has attached",
    "ALIAS_OF": "known as",
    "DEFINES": "defined in",
    "HAS_COLUMN": "column of",
}
_ACTIVE = {
    "READS": "reads",
    "WRITES": "writes",
    "CALLS": "calls",
    "ATTACHED_TO": "attached to",
    "ALIAS_OF": "alias of",
    "DEFINES": "defines",
}


def print_details(screen: Screen, details: Details) -> None:
    """Print the answer of `show`."""
    screen.line(screen.paint(shown(details.name), "bold") + "  " + screen.paint(_about(details), "dim"))
    if details.key != details.name:
        screen.line(screen.paint(f"  key {shown(details.key)}", "dim"))
    if details.columns:
        screen.heading("Columns")
        rows = [
            (
                str(column.position or ""),
                column.name,
                column.data_type or "",
                "" if column.defined else "only mentioned",
            )
            for column in details.columns
        ]
        print_table(
            screen, ("#", "name", "type", "note"), rows, styles=("dim", "cyan", "", "dim"), numbers=("#",)
        )
    _print_list(screen, "Defined in", [place_of(one) for one in details.definers])
    _print_list(screen, "Written by", [shown(file) for file in details.writers])
    _print_list(screen, "Read by", [shown(file) for file in details.readers])
    _print_relations(screen, details.relations)
    if details.statements:
        screen.heading("Statements")
        rows = [
            (str(one.number), one.kind, one.outcome, f"{one.span.start_line}–{one.span.end_line}")
            for one in details.statements
        ]
        print_table(
            screen, ("#", "kind", "outcome", "lines"), rows, styles=("dim", "", "", "dim"), numbers=("#",)
        )
    if details.diagnostics:
        screen.heading("Diagnostics")
        for file, diagnostic in details.diagnostics:
            print_diagnostic(screen, file, diagnostic)


def _about(details: Details) -> str:
    label = _LABELS.get(details.label, details.label.lower())
    kind = (details.kind or "").replace("_", " ")
    parts = [
        label
        if kind in ("", "unknown")
        else kind
        if label == "dataset" or label == "routine"
        else f"{label} {kind}"
    ]
    if kind == "unknown" and not details.definers:
        parts.append("only mentioned: nothing ingested defines it")
    if details.data_type:
        parts.append(one_line(details.data_type))
    if details.position:
        parts.append(f"column {details.position}")
    if details.dialect:
        parts.append(f"dialect {details.dialect}")
    if details.outcome:
        parts.append(details.outcome)
    return ", ".join(parts)


def _print_list(screen: Screen, title: str, texts: Sequence[str]) -> None:
    if texts:
        screen.heading(title)
        for text in texts:
            screen.line(f"  {text}")


def _print_relations(screen: Screen, relations: Sequence[Relation]) -> None:
    groups: dict[str, list[str]] = {}
    for relation in relations:
        words = _ACTIVE if relation.outgoing else _PASSIVE
        groups.setdefault(words.get(relation.relationship, relation.relationship), []).append(relation.name)
    for title, names in groups.items():
        _print_list(screen, title.capitalize(), [screen.paint(shown(name), "cyan") for name in names])
