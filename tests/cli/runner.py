"""Runs the command line inside the test's process, as near to the real thing as streams allow."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from lineagraph.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


class Result(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: str | Path) -> Result:
    """`lineagraph ARGUMENTS` in this process, its streams pipes."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    texts: list[str] = []
    for stream in (out, err):
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        texts.append(buffer.getvalue().decode())
    return Result(status, *texts)


def process(
    *arguments: str | Path, cwd: Path | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """`lineagraph ARGUMENTS` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lineagraph.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(),
        timeout=60,
        **options,
    )


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, without what would change output, and with the package on the path."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm-256color", **changes}
