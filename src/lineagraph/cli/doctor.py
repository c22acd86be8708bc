"""`lineagraph doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineagraph.cli.options import JsonOption, ProjectOption

if TYPE_CHECKING:
    from lineagraph.cli.checks import Check
    from lineagraph.cli.output import Screen

COULD_NOT_RUN = 3
_STYLES = {"ok": "green", "note": "dim", "warning": "yellow", "error": "red"}


def doctor(project: ProjectOption = ".lineagraph", as_json: JsonOption = False) -> int:
    """Check the environment, the settings and the project.

    Each line says what was looked at, how it is, and what to do about it. Ends with status 3 if something keeps
    lineagraph from working. Nothing is changed.
    """
    from lineagraph.cli.checks import run_checks
    from lineagraph.cli.output import open_screen, print_json

    checks = run_checks(project)
    if as_json:
        print_json({"ok": all(check.status != "error" for check in checks), "checks": checks})
    else:
        _print(open_screen(), checks)
    return COULD_NOT_RUN if any(check.status == "error" for check in checks) else 0


def _print(screen: Screen, checks: list[Check]) -> None:
    from lineagraph.cli.output import one_line

    topic = ""
    width = max(len(check.name) for check in checks)
    for check in checks:
        if check.topic != topic:
            if topic:
                screen.line()
            topic = check.topic
            screen.line(screen.paint(topic, "bold"))
        status = screen.paint(f"{check.status:<7}", _STYLES[check.status])
        screen.line(f"  {status}  {check.name:<{width}}  {one_line(check.found)}")
        if check.advice:
            screen.line(
                f"  {'':<7}  {'':<{width}}  {screen.paint('→ ' + one_line(check.advice), _STYLES[check.status])}"
            )
