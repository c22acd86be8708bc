"""What workers are made to do in tests: behave, die, hang, raise. Importable, since workers look it up by name."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lineagraph.ingest.workers import prepared
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import encode

Task = tuple[str, int]
"""What to do, and a number to tell items apart by."""


def echo(items: Sequence[Any]) -> list[bytes]:
    return [repr(item).encode() for item in items]


def obey(items: Sequence[Task]) -> list[bytes]:
    return [_obey(what, number) for what, number in items]


def _obey(what: str, number: int) -> bytes:
    kind, _, argument = what.partition(" ")
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "sleep":
        time.sleep(float(argument or 3600))
    elif kind == "spin":
        while True:
            pass
    elif kind == "stuck":  # inside of C code that keeps the interpreter's lock, for longer than anybody waits
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif kind == "raise":
        raise ValueError(f"number {number} is not wanted")
    elif kind == "unpicklable":
        raise Unpicklable(1, 2)
    elif kind == "exit":
        raise SystemExit(3)
    elif kind == "die-once":
        path = Path(argument)
        if not path.exists():
            path.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "large":
        return b"x" * int(argument)
    elif kind == "die-writing":
        threading.Thread(target=_die_in_a_write, args=(threading.get_native_id(),), daemon=True).start()
        return b"x" * 50_000_000
    elif kind == "log":
        with open(argument, "a") as log:  # one write of few bytes, so whole lines
            log.write(f"{number}\n")
        time.sleep(0.005)
    elif kind == "span":
        with open(argument, "a") as log:
            log.write("+\n")
        time.sleep(0.02)
        with open(argument, "a") as log:
            log.write("-\n")
    elif kind == "pid":
        return str(os.getpid()).encode()
    elif kind != "do":
        raise AssertionError(kind)
    return str(number).encode()


def _die_in_a_write(thread: int) -> None:
    """Wait until that thread is inside of write(2) with more than a megabyte, waiting for the reader."""
    while True:
        fields = Path(f"/proc/self/task/{thread}/syscall").read_text().split()
        # "1 fd buffer count …"; 64 on ARM
        if fields[0] in ("1", "64") and int(fields[3], 16) > 1_000_000:
            os.kill(os.getpid(), signal.SIGKILL)


class Unpicklable(Exception):
    """Cannot be made again from its `args`, so not be sent from one process to another."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def too_few(items: Sequence[Any]) -> list[bytes]:
    return [b""] * (len(items) - 1)


def remember(context: bytes) -> bytes:
    """An initializer: its state tells how often it was called in this process."""
    calls.append(context)
    return b"%b %d" % (context, len(calls))


calls: list[bytes] = []


def refuse(context: bytes) -> None:
    raise RuntimeError(f"no {context.decode()} today")


def vanish(context: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tell(items: Sequence[Any]) -> list[bytes]:
    return [prepared() for _ in items]


def facts(items: Sequence[tuple[str, str]]) -> list[bytes]:
    return [encode(extract(text, dialect)) for text, dialect in items]
