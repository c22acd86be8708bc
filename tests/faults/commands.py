"""The command line as processes with limits on time and memory, and what every run must hold to."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.cli.runner import environment

MEMORY = 3 << 30
"""Bytes of address space a run may take. Stacks of deep statements are reserved, not used."""


class Ended(NamedTuple):
    status: int
    out: str
    err: str


def lineagraph(
    *arguments: str | Path,
    cwd: Path | None = None,
    seconds: float = 60,
    memory: int = MEMORY,
    prepare: Callable[[], None] | None = None,
    **options: Any,
) -> Ended:
    """Run `lineagraph ARGUMENTS` and check what holds for every run: it ends by itself and in time, with a status of
    ours, and never with a traceback."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if prepare is not None:
            prepare()

    ended = subprocess.run(
        [sys.executable, "-m", "lineagraph.cli.main", *map(os.fspath, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=cwd,
        env=environment(),
        timeout=seconds,
        preexec_fn=limited,
        **options,
    )
    out, err = ended.stdout.decode(), ended.stderr.decode()
    assert "Traceback" not in err + out, err
    assert "internal error" not in err, err
    assert ended.returncode in (0, 1, 2, 3), (ended.returncode, err[-2000:])
    return Ended(ended.returncode, out, err)


def start(*arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """`lineagraph ARGUMENTS` in the background, its streams pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "lineagraph.cli.main", *map(os.fspath, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment(),
    )


def without_privileges() -> None:
    """For `prepare`: as root, the process about to start may not read and write what its permissions forbid."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: linux/capability.h
            if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
                raise OSError(ctypes.get_errno(), "prctl")


can_drop_privileges = sys.platform == "linux" or os.geteuid() != 0


def one_line(err: str) -> str:
    """The one line that an error is."""
    assert err.startswith("lineagraph: "), err
    assert err.count("\n") == 1, err
    assert err.endswith("\n"), err
    return err[len("lineagraph: ") : -1]
