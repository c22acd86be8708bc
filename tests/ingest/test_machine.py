"""Memory and cores as the kernel and control groups tell them, in trees of files made here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lineagraph.ingest import machine
from lineagraph.ingest.machine import memory_in_use, usable_cores


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return write(
        tmp_path / "proc",
        {"meminfo": "MemTotal:  1000 kB\nMemFree: 100 kB\nMemAvailable:  700 kB\n", "self/cgroup": ""},
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def cores_here(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(number)), raising=False)


def test_a_machine_without_groups(proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores_here(monkeypatch, 6)
    assert memory_in_use(tmp_path / "none", proc) == pytest.approx(0.3)
    assert usable_cores(tmp_path / "none", proc) == 6


def test_limits_of_a_container_version_2(proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores_here(monkeypatch, 6)
    write(proc, {"self/cgroup": "0::/\n"})
    groups = write(
        tmp_path / "groups",
        {
            "memory.max": "1000\n",
            "memory.current": "900\n",
            "memory.stat": "anon 600\ninactive_file 300\n",
            "cpu.max": "150000 100000\n",
        },
    )
    assert memory_in_use(groups, proc) == pytest.approx(0.6)
    assert usable_cores(groups, proc) == 2


def test_limits_around_a_group_count_too(proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores_here(monkeypatch, 6)
    write(proc, {"self/cgroup": "0::/user/job\n"})
    groups = write(
        tmp_path / "groups",
        {
            "user/job/memory.max": "max\n",
            "user/job/cpu.max": "max 100000\n",
            "user/memory.max": "1000\n",
            "user/memory.current": "800\n",
            "user/cpu.max": "300000 100000\n",
        },
    )
    assert memory_in_use(groups, proc) == pytest.approx(0.8)
    assert usable_cores(groups, proc) == 3


def test_limits_of_version_1(proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker mounts the container's own group as the root, and still names the host's path."""
    cores_here(monkeypatch, 6)
    write(proc, {"self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n"})
    groups = write(
        tmp_path / "groups",
        {
            "memory/memory.limit_in_bytes": "1000",
            "memory/memory.usage_in_bytes": "750",
            "memory/memory.stat": "total_inactive_file 250\n",
            "cpu,cpuacct/cpu.cfs_quota_us": "100000",
            "cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
    )
    assert memory_in_use(groups, proc) == pytest.approx(0.5)
    assert usable_cores(groups, proc) == 1


def test_a_limit_that_is_none_in_version_1(
    proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cores_here(monkeypatch, 6)
    write(proc, {"self/cgroup": "5:memory:/\n4:cpu:/\n"})
    groups = write(
        tmp_path / "groups",
        {
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "memory/memory.usage_in_bytes": "750",
            "cpu/cpu.cfs_quota_us": "-1",
            "cpu/cpu.cfs_period_us": "100000",
        },
    )
    assert memory_in_use(groups, proc) == pytest.approx(0.3)
    assert usable_cores(groups, proc) == 6


def test_nothing_is_known_without_proc_and_psutil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert memory_in_use(tmp_path, tmp_path) is None


def test_this_machine() -> None:
    used = memory_in_use()
    assert used is not None
    assert 0 < used < 1
    assert usable_cores() >= 1
