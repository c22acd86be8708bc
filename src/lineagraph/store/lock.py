"""One writer per project: a lock file that says who holds it and that the system frees when its owner dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from lineagraph.store.base import StoreError, StoreLockedError

LOCK_FILE = "writer.lock"
_POLL_SECONDS = 0.05

_WAL_WRITE_LOCK = "120"
"""The byte of the shared memory that a writer locks (https://sqlite.org/walformat.html#wal_locks)."""


class WriterLock:
    """Held from `acquire` to `release`, or until the process ends in whatever way."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK_FILE
        self._file: IO[bytes] | None = None

    def acquire(self, timeout_seconds: float) -> None:
        """Wait for the lock. Raises `StoreLockedError`, naming the owner, when the time is up, and `StoreError` where
        there can be no lock."""
        deadline = time.monotonic() + timeout_seconds
        try:
            file = open(self._path, "a+b", buffering=0)  # noqa: SIM115  (kept open: the lock lives on it)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self._path.parent}: {error.strerror}; check its permissions"
            ) from error
        try:
            while not _try_lock(file):
                if time.monotonic() >= deadline:
                    raise StoreLockedError(
                        f"{self._path.parent} is being written to by {_describe_owner(file)}; waited "
                        f"{timeout_seconds:g} s. Wait for it to finish or stop it; reading (trace, show, search) works "
                        "meanwhile"
                    )
                time.sleep(_POLL_SECONDS)
        except OSError as error:  # a file system that has no locks
            file.close()
            raise StoreError(
                f"cannot lock {self._path}: {error.strerror}; keep the project's directory on another file system"
            ) from error
        except BaseException:
            file.close()
            raise
        _sign(file)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _sign(file: IO[bytes]) -> None:
    """Say who holds the lock. A courtesy: on a full disk it is held all the same."""
    import json
    import socket

    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        file.seek(0)
        file.truncate()
        file.write(json.dumps(owner).encode())


def _describe_owner(file: IO[bytes]) -> str:
    import json

    try:
        file.seek(0)
        owner: dict[str, Any] = json.loads(file.read())
        return f"process {owner['pid']} on {owner['host']} (since {owner['since']})"
    except (
        ValueError,
        KeyError,
        TypeError,
        OSError,
    ):  # the owner is just starting or could not sign, or its system forbids reading a locked file
        return "another process"


def who_writes(database: Path) -> str:
    """Which process is in the middle of a write transaction on an SQLite database in WAL mode, as far as Linux tells.

    For when it is none of ours, which would hold the `WriterLock`. The kernel lists who holds which lock on which file;
    we must not ask by opening the file, because closing it would drop this process's own locks on it.
    """
    try:
        inode = os.stat(f"{database}-shm").st_ino
        with open("/proc/locks", encoding="ascii") as locks:
            for line in locks:
                # 1: POSIX  ADVISORY  WRITE 4711 fe:00:131074 120 120
                fields = line.split()
                if fields[1:4] == ["POSIX", "ADVISORY", "WRITE"] and fields[6] == _WAL_WRITE_LOCK:
                    if fields[5].rpartition(":")[2] == str(inode):
                        return f"process {fields[4]}{_name_of(fields[4])}"
    except (OSError, ValueError, IndexError):
        pass  # not Linux, or not ours to see
    return "another program"


def _name_of(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as comm:
            return f" ({comm.read().strip()})"
    except OSError:
        return ""


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        # far behind the text, so that waiting processes can read who holds the lock
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
