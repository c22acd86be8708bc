"""What this machine, or the container we run in, has to give: cores that may be used, and memory that is left."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")


def usable_cores(groups: Path = CGROUPS, proc: Path = PROC) -> int:
    """Cores this process may run on: its affinity, and the CPU quota of its container (`docker --cpus=1.5` is 2)."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux has it
        cores = os.cpu_count() or 1
    for folder in _control_groups("cpu", groups, proc):
        quota, period = _cpu_quota(folder)
        if quota > 0 and period > 0:
            cores = min(cores, math.ceil(quota / period))
    return max(1, cores)


def _cpu_quota(folder: Path) -> tuple[int, int]:
    """CPU microseconds per so many microseconds of time; (0, 0) is no limit."""
    # version 2 keeps both in one file: "150000 100000", or "max 100000"
    fields = _read(folder / "cpu.max").split()
    if len(fields) == 2:
        return _number(fields[0]), _number(fields[1])
    return _number(_read(folder / "cpu.cfs_quota_us")), _number(_read(folder / "cpu.cfs_period_us"))


def memory_in_use(groups: Path = CGROUPS, proc: Path = PROC) -> float | None:
    """The share of memory in use, 0 to 1: the machine's, or the container's if that is closer to its limit.

    What the kernel would give back at once (page cache) does not count as used. None where it cannot be known: not
    Linux, and psutil is not installed.
    """
    share = _machine_share(proc)
    if share is None:
        return None
    for folder in _control_groups("memory", groups, proc):
        limit, used = _group_memory(folder)
        if limit > 0:
            share = max(share, used / limit)
    return share


def _machine_share(proc: Path) -> float | None:
    fields: dict[str, int] = {}
    for line in _read(proc / "meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            fields[name] = _number(rest.split()[0])
    if fields.get("MemTotal", 0) > 0 and "MemAvailable" in fields:
        return 1 - fields["MemAvailable"] / fields["MemTotal"]
    measure = _psutil()
    return measure() if measure is not None else None


def _psutil() -> Callable[[], float] | None:
    """Psutil comes with Dask; we do not ask for it by itself."""
    try:
        import psutil
    except ModuleNotFoundError:
        return None
    return lambda: psutil.virtual_memory().percent / 100


def _group_memory(folder: Path) -> tuple[int, int]:
    """(limit, used) in bytes; a limit of 0 is none."""
    # version 2, then version 1, whose "no limit" is a number larger than any machine
    for limit_file, used_file, cache in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit = _number(_read(folder / limit_file))
        if 0 < limit < 1 << 60:
            used = _number(_read(folder / used_file))
            for line in _read(folder / "memory.stat").splitlines():
                name, _, rest = line.partition(" ")
                if name == cache:
                    used -= _number(rest)
            return limit, max(0, used)
    return 0, 0


def _control_groups(controller: str, groups: Path, proc: Path) -> Iterator[Path]:
    """The folders of this process' control group and of those around it, innermost first; each may set a limit."""
    for line in _read(proc / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if number == "0" and not names:
            root = groups
        elif controller in names.split(","):
            # mounted as "cpu,cpuacct", as "cpu" or both
            root = next((groups / name for name in (names, controller) if (groups / name).is_dir()), groups)
        else:
            continue
        # Inside a container the path may be the host's, which is not mounted: then only the root is there.
        folder = root / path.strip("/")
        for candidate in (folder, *folder.parents):
            yield candidate
            if candidate == root:
                break


def _read(path: Path) -> str:
    """The text of a small file of the kernel; what is not there or not readable is empty."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _number(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        return 0
