"""One diagnostic for a person: its code, what it says, where, and what would resolve it."""

from __future__ import annotations

from collections.abc import Sequence

from lineagraph.cli.failures import quoted
from lineagraph.cli.output import Screen, one_line, shown
from lineagraph.diagnostics import Diagnostic

_COLORS = {"error": "red", "warning": "yellow", "info": "dim"}


def print_diagnostic(screen: Screen, file: str, diagnostic: Diagnostic, lines: Sequence[str] = ()) -> None:
    """Print a diagnostic; with the file's `lines`, also the source line and a caret below the spot."""
    span = diagnostic.span
    place = f":{span.start_line}:{span.start_column}" if span is not None else ""
    code = screen.paint(str(diagnostic.code), _COLORS.get(diagnostic.severity, ""))
    screen.line(f"  {code}  {one_line(diagnostic.message)}")
    screen.line(screen.paint(f"    {shown(file)}{place}", "dim"))
    if span is not None and 0 < span.start_line <= len(lines) and lines[span.start_line - 1].strip():
        source, caret = quoted(lines[span.start_line - 1], span, 1, (screen.width or 120) - 6)
        screen.line(f"      {source}")
        if caret:
            screen.line(f"      {screen.paint(caret, 'red')}")
    if diagnostic.hint:
        screen.line(screen.paint(f"    {one_line(diagnostic.hint)}", "dim"))
    if diagnostic.candidates:
        screen.line(screen.paint(f"    candidates: {', '.join(map(shown, diagnostic.candidates))}", "dim"))
