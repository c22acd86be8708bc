"""Ingestions in children forked from the test: there at once, to be killed, stopped, or put on short rations.

A fresh interpreter spends most of its time on imports, so most random instants would fall there.
"""

from __future__ import annotations

import ctypes
import multiprocessing.forkserver
import multiprocessing.util
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from lineagraph.ingest import readings, workforce

NEVER = "LINEAGRAPH_TRACEBACK"


class Child:
    """A forked process, leader of a session of its own. Its standard error is kept."""

    def __init__(self, work: Callable[[], int]) -> None:
        """`work` runs in the child; what it returns is the exit status."""
        sys.stdout.flush()
        sys.stderr.flush()
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_child(work, writer)
        os.close(writer)
        self._reader = reader

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def running(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def wait(self) -> Ended:
        with open(self._reader, encoding="utf-8", errors="replace") as stream:
            err = stream.read()
        _, status = os.waitpid(self.pid, 0)
        return Ended(os.waitstatus_to_exitcode(status), err)


class Ended(NamedTuple):
    status: int
    """Negative: the signal that ended it."""
    err: str


def _be_the_child(work: Callable[[], int], writer: int) -> None:
    status = 99
    try:
        os.setsid()
        os.environ.pop(NEVER, None)
        os.dup2(writer, 2)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        _forget_the_parents_fork_server()
        status = work()
        getattr(multiprocessing.util, "_exit_function")()  # noqa: B009 - as an interpreter does that exits
    except Exception:  # noqa: BLE001 - the parent shows it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _forget_the_parents_fork_server() -> None:
    """A server that is not this process's child cannot be used by it, nor found out about."""
    server: Any = getattr(multiprocessing.forkserver, "_forkserver")  # noqa: B009
    server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None


def command(*arguments: str | Path) -> int:
    """`lineagraph ARGUMENTS` in this process."""
    from lineagraph.cli.main import main

    return main([os.fspath(argument) for argument in arguments])


def workers_for_everything() -> None:
    """From now on a run of this process with workers uses them however little there is to do; for children."""
    setattr(readings, "_WORTH_FILES", 1)  # noqa: B010 - a private threshold
    setattr(workforce, "_WORTH_BINDING", 1)  # noqa: B010


def batches_of(files: int) -> None:
    """From now on runs of this process that do not say otherwise have so many files per transaction; for children."""
    from lineagraph import Project

    ingest = Project.ingest

    def small(self: Project, *arguments: object, **options: object) -> object:
        return ingest(self, *arguments, **{"batch_files": files, **options})  # type: ignore[arg-type]

    Project.ingest = small  # type: ignore[method-assign,assignment]


def waiting_for(seconds: float) -> None:
    """From now on projects of this process that do not say otherwise wait so long for other writers; for children."""
    from lineagraph import Project

    defaults = Project.__init__.__kwdefaults__
    assert defaults is not None
    defaults["timeout_seconds"] = seconds


def unprivileged() -> None:
    """From now on this process, though root's, may do no more than permissions allow; for children, on Linux."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # linux/capability.h: version 3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then those of capabilities above 31
    if libc.capget(header, sets) == 0:
        sets[0] &= ~(1 << 1 | 1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if libc.capset(header, sets) == 0:
            return
    raise OSError(ctypes.get_errno(), "capset")


def gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody asked yet how."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def session_of(leader: int) -> list[int]:
    """All processes of the session that `leader` began."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
