"""How a benchmark says what it found: one table for people, one JSON object for machines."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def arguments(description: str, *more: Callable[[argparse.ArgumentParser], Any]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    for add in more:
        add(parser)
    return parser.parse_args()


def table(title: str, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns aligned; numbers to the right."""
    text = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headers), *text]) for column in range(len(headers))]
    numeric = [all(not isinstance(row[column], str) for row in rows) for column in range(len(headers))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join([title, line(list(headers)), line(["-" * width for width in widths]), *map(line, text)])


def _shown(cell: Any) -> str:
    if cell is None:
        return "–"
    return f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)


def publish(result: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        json.dump(result, sys.stdout, indent=2, sort_keys=True)
        print()
    else:
        print(text, end="\n\n")


def alternated(
    contestants: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds of each contestant per round, A B C A B C …: what disturbs the machine disturbs all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            started = clock()
            run()
            seconds[name].append(clock() - started)
    return seconds


def paired_ratio(left: Sequence[float], right: Sequence[float]) -> float:
    """Median of left/right per round."""
    return statistics.median(a / b for a, b in zip(left, right, strict=True))


@contextmanager
def note(text: str) -> Iterator[None]:
    """Say on stderr what is being waited for."""
    print(f"… {text}", file=sys.stderr, flush=True)
    yield
