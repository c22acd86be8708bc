"""What an ingestion did, for a person: counts, what changed, diagnostics with their meaning, failures by cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lineagraph.cli.failures import Cause, causes_of, quoted
from lineagraph.cli.meanings import MEANINGS
from lineagraph.cli.output import Screen, cells, clipped, counted, one_line, shown

if TYPE_CHECKING:
    from lineagraph.ingest.graph_extractor import FailedStatement, IngestReport
    from lineagraph.model import GraphDelta
    from lineagraph.store.base import Statistics

EXAMPLES_PER_CAUSE = 3
CAUSES_SHOWN = 20
_OUTCOMES = {
    "parsed": "parsed",
    "partial": "in part",
    "ignored": "without lineage",
    "failed": "failed",
}
_KINDS = {
    "table": ("table", "tables"),
    "view": ("view", "views"),
    "materialized_view": ("materialized view", "materialized views"),
    "temporary_table": ("temporary table", "temporary tables"),
    "external_file": ("external file", "external files"),
    "synonym": ("synonym", "synonyms"),
    "table_function": ("table function", "table functions"),
    "unknown": ("of unknown kind", "of unknown kind"),
}
_NO_SQL = (
    "No SQL files were found there: folders are searched for .sql, .ddl and the like (ignore files are honoured); "
    "a file given by name is taken whatever it is called."
)


def print_report(screen: Screen, report: IngestReport, graph: Statistics) -> None:
    """Print the summary of `lineagraph ingest`."""
    rate = report.files / report.seconds if report.seconds > 0 else 0.0
    screen.line(
        screen.paint(
            f"{counted(report.files, 'file')} in {_seconds(report.seconds)}, {rate:,.0f} files/s", "bold"
        )
    )
    if not report.files:
        for line in _wrapped(_NO_SQL, screen.width):
            screen.line(screen.paint(line, "yellow"))
    rows = [
        ("files", _files(report)),
        (
            "statements",
            _dotted(f"{count:,} {_OUTCOMES.get(name, name)}" for name, count in _ordered(report.statements)),
        ),
        (
            "datasets",
            _total(graph.datasets, (f"{n:,} {_kind(kind, n)}" for kind, n in graph.datasets.items())),
        ),
        ("columns", f"{graph.columns:,}"),
        ("edges", _total(graph.edges, _edges(graph.edges))),
        ("changed", _changes(report.delta)),
    ]
    for name, text in rows:
        for number, line in enumerate(_wrapped(text or "none", screen.width, 14)):
            screen.line(f"  {name if not number else '':<12}{line}")
    if report.diagnostics:
        _print_diagnostics(screen, report.diagnostics)
    if report.failures:
        _print_failures(screen, report.failures)


def _files(report: IngestReport) -> str:
    errors = f"{report.failed:,} with errors"
    return _dotted(
        [f"{report.parsed:,} parsed", f"{report.cached:,} kept", f"{report.removed:,} removed", errors]
    )


def _dotted(texts: Iterable[str]) -> str:
    return " · ".join(texts)


def _ordered(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(name, outcomes[name]) for name in _OUTCOMES if name in outcomes]
    return known + [(name, count) for name, count in outcomes.items() if name not in _OUTCOMES]


def _total(counts: Mapping[str, int], texts: Iterable[str]) -> str:
    detail = _dotted(texts)
    return f"{sum(counts.values()):,}" + (f": {detail}" if detail else "")


def _kind(kind: str, count: int) -> str:
    return _KINDS.get(kind, (kind, kind))[count != 1]


def _edges(edges: Mapping[str, int]) -> list[str]:
    """Flows of data and influences apart; structure (columns of datasets, definitions) as the rest."""
    groups = {"between columns": 0, "between datasets": 0, "influences": 0, "structure": 0}
    for name, count in edges.items():
        words = name.split(" ")
        if words[0] == "FLOWS_TO":
            groups["between columns" if len(words) == 3 else "between datasets"] += count
        elif words[0] == "INFLUENCES":
            groups["influences"] += count
        else:
            groups["structure"] += count
    return [f"{count:,} {name}" for name, count in groups.items() if count]


def _changes(delta: GraphDelta) -> str:
    parts = [
        f"{sign}{counted(count, what)}"
        for sign, count, what in (
            ("+", delta.nodes_added, "node"),
            ("-", delta.nodes_removed, "node"),
            ("+", delta.edges_added, "edge"),
            ("-", delta.edges_removed, "edge"),
        )
        if count
    ]
    return _dotted(parts) or "nothing"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.0f} s"


def _print_diagnostics(screen: Screen, codes: Mapping[str, int]) -> None:
    screen.heading("Diagnostics")
    ordered = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    number = max(len(f"{count:,}") for count in codes.values())
    width = max(map(len, codes))
    for code, count in ordered:
        head = f"  {count:>{number},}  {code:<{width}}  "
        meaning = MEANINGS.get(code, "")
        room = None if screen.width is None else max(screen.width - cells(head), 20)
        screen.line(head + screen.paint(meaning if room is None else clipped(meaning, room), "dim"))


def _print_failures(screen: Screen, failures: Iterable[FailedStatement]) -> None:
    causes = causes_of(failures)
    number = sum(len(cause.failures) for cause in causes)
    screen.heading(f"Errors: {number:,}, of {counted(len(causes), 'cause')}")
    for cause in causes[:CAUSES_SHOWN]:
        _print_cause(screen, cause)
    if len(causes) > CAUSES_SHOWN:
        rest = sum(len(cause.failures) for cause in causes[CAUSES_SHOWN:])
        screen.line(
            f"  and {counted(len(causes) - CAUSES_SHOWN, 'more cause')} with {rest:,}; --json lists all"
        )


def _print_cause(screen: Screen, cause: Cause) -> None:
    screen.line(
        "  " + screen.paint(f"{len(cause.failures):,} × {cause.code}", "red") + f"  {one_line(cause.text)}"
    )
    for failure in cause.failures[:EXAMPLES_PER_CAUSE]:
        span = failure.span
        place = f":{span.start_line}:{span.start_column}" if span is not None else ""
        message = f"  {one_line(failure.message)}" if cause.text != failure.message else ""
        screen.line(f"    {shown(failure.file)}{place}" + screen.paint(message, "dim"))
        if failure.line and span is not None:
            width = (screen.width or 120) - 6
            source, caret = quoted(failure.line, span, failure.line_start, width)
            screen.line(f"      {source}")
            if caret:
                screen.line(f"      {screen.paint(caret, 'red')}")
    more = len(cause.failures) - EXAMPLES_PER_CAUSE
    if more > 0:
        screen.line(screen.paint(f"    and {more:,} more", "dim"))


def _wrapped(text: str, width: int | None, margin: int = 0) -> list[str]:
    if width is None or cells(text) <= width - margin:
        return [text]
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cells(lines[-1]) + 1 + cells(word) > width - margin:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines
