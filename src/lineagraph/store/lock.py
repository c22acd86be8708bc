"""One writer per project: a lock file that says who holds it and that the system frees when its owner dies."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from lineagraph.store.base import StoreError, StoreLockedError

LOCK_FILE = "writer.lock"
_POLL_SECONDS = 0.05


class WriterLock:
    """Held from `acquire` to `release`, or until the process ends in whatever way."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK_FILE
        self._file: IO[str] | None = None

    def acquire(self, timeout_seconds: float) -> None:
        """Wait for the lock. Raises `StoreLockedError`, naming the owner, when the time is up."""
        deadline = time.monotonic() + timeout_seconds
        try:
            file = open(self._path, "a+", encoding="utf-8")  # noqa: SIM115  (kept open: the lock lives on it)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self._path.parent}: {error.strerror}; check its permissions"
            ) from error
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                owner = _describe_owner(file)
                file.close()
                raise StoreLockedError(
                    f"{self._path.parent} is being written to by {owner}; waited {timeout_seconds:g} s. "
                    "Wait for it to finish or stop it; reading (trace, show, search) works meanwhile"
                )
            time.sleep(_POLL_SECONDS)
        import json
        import socket

        file.seek(0)
        file.truncate()
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        json.dump(owner, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _describe_owner(file: IO[str]) -> str:
    import json

    file.seek(0)
    try:
        owner: dict[str, Any] = json.loads(file.read())
        return f"process {owner['pid']} on {owner['host']} (since {owner['since']})"
    except (
        ValueError,
        KeyError,
        OSError,
    ):  # the owner is just starting, or its system forbids reading a locked file
        return "another process"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        # far behind the text, so that waiting processes can read who holds the lock
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
