"""The line protocol of a peer's worker: one JSON request a line in, one JSON answer a line out.

Runs inside the peers' environment too, so it imports nothing of ours. A request is
`{"id": …, "sql": …, "dialect": …, "schema": {"shop.orders": ["id", …]}}`; an answer is
`{"id": …, "sources": […], "targets": […], "columns": [["shop.orders.id", "mart.rev.id"], …], "error": null,
"seconds": …}`.
`seconds` is the time of the peer's own work, without the process, imports and JSON around it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

QUERY = "<query>"
"""Stands for the rows of a bare SELECT, as in lineagraph's own answers."""

Answer = dict[str, Any]
Ask = Callable[[str, str, dict[str, list[str]]], Answer]
"""(sql, dialect, schema) → sources, targets, columns."""


def serve(ask: Ask, name: str) -> None:
    """Answer requests until the input ends. What the peer prints goes to stderr, not between the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with contextlib.redirect_stdout(sys.stderr):
        print(json.dumps({"ready": name}), file=answers, flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            started = time.perf_counter()
            try:
                answer = ask(request["sql"], request["dialect"], request["schema"])
                error = None
            except Exception as raised:  # noqa: BLE001 - whatever a peer raises is its answer to this statement
                answer, error = {}, f"{type(raised).__name__}: {raised}"[:500]
            seconds = time.perf_counter() - started
            full = {"sources": [], "targets": [], "columns": [], "error": error, **answer}
            print(json.dumps({"id": request["id"], "seconds": seconds, **full}), file=answers, flush=True)
