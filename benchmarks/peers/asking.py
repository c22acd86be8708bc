"""Asks a peer's worker: statements in, tables and column pairs out."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, NamedTuple, Self

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[1] / ".peers"
PEERS = ("sqllineage", "datahub", "openlineage")


class Answer(NamedTuple):
    """What a peer says of one statement or script; names as the peer gives them."""

    sources: frozenset[str]
    targets: frozenset[str]
    columns: frozenset[tuple[str, str]]
    error: str | None
    seconds: float


class Peer:
    """One worker process. A statement that takes too long costs the process, and a new one takes over."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self._seconds = seconds
        self._process = self._spawn()

    @classmethod
    def start(cls, name: str, seconds: float = 60.0) -> Self | None:
        """None where the peers' environment is missing (make it with `python -m benchmarks.peers`)."""
        if not python().exists():
            print(f"no peers in {ENVIRONMENT.name}/: run python -m benchmarks.peers", file=sys.stderr)
            return None
        return cls(name, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, identity: str, sql: str, dialect: str, schema: dict[str, list[str]]) -> Answer:
        request = {"id": identity, "sql": sql, "dialect": dialect, "schema": schema}
        stdin: IO[str] = self._process.stdin  # type: ignore[assignment]
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        line = self._line()
        if line is None:
            self._process.kill()
            self._process.wait()
            self._process = self._spawn()
            return Answer(frozenset(), frozenset(), frozenset(), "no answer in time", self._seconds)
        answer = json.loads(line)
        return Answer(
            frozenset(answer["sources"]),
            frozenset(answer["targets"]),
            frozenset((source, target) for source, target in answer["columns"]),
            answer["error"],
            answer["seconds"],
        )

    def _spawn(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(python()), str(HERE / f"worker_{self.name}.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._process = process
        if self._line(120.0) is None:
            raise SystemExit(f"{self.name} does not start; try {python()} {HERE / f'worker_{self.name}.py'}")
        return process

    def _line(self, seconds: float | None = None) -> str | None:
        stdout: IO[str] = self._process.stdout  # type: ignore[assignment]
        ready, _, _ = select.select([stdout], [], [], self._seconds if seconds is None else seconds)
        return (stdout.readline() or None) if ready else None


def python() -> Path:
    return ENVIRONMENT / "bin" / "python"
