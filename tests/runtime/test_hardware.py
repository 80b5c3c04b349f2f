"""What is read of the machine, from made-up control groups and a table of nvidia-smi."""

import os
from pathlib import Path

import psutil
import pytest

from stellarchat.runtime.hardware import Gpu, cpu_quota, memory_limits, parse_gpus, snapshot

GIB = 1 << 30


def machine(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    for path, text in {"proc/self/cgroup": cgroup, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_this_machine() -> None:
    found = snapshot()
    assert 1 <= found.physical_cores <= found.logical_cores <= (os.cpu_count() or 1)
    assert 0 < found.memory_available <= found.memory_total <= psutil.virtual_memory().total


def test_without_control_groups(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) is None
    assert memory_limits(tmp_path) == []


def test_second_version_takes_the_tightest_group(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "0::/system/engine\n",
        {
            "sys/fs/cgroup/system/engine/memory.max": "max\n",
            "sys/fs/cgroup/system/engine/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/system/memory.max": f"{GIB}\n",
            "sys/fs/cgroup/system/memory.current": f"{GIB // 2}\n",
            "sys/fs/cgroup/system/memory.stat": f"anon 7\ninactive_file {GIB // 4}\n",
            "sys/fs/cgroup/system/cpu.max": "max 100000\n",
        },
    )
    assert cpu_quota(root) == 1
    assert memory_limits(root) == [(GIB, GIB // 4)]
    found = snapshot(root)
    assert (found.physical_cores, found.logical_cores) == (1, 1)
    assert found.memory_total == GIB
    assert found.memory_available <= GIB * 3 // 4


def test_container_finds_its_group_at_the_top(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "0::/docker/abc\n",
        {
            "sys/fs/cgroup/memory.max": f"{GIB}\n",
            "sys/fs/cgroup/memory.current": "0\n",
            "sys/fs/cgroup/cpu.max": "50000 100000\n",
        },
    )
    assert cpu_quota(root) == 1
    assert memory_limits(root) == [(GIB, 0)]


def test_first_version(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "5:cpu,cpuacct:/box\n4:memory:/box\n",
        {
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "300000\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{GIB}\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": "1000\n",
            "sys/fs/cgroup/memory/box/memory.stat": "total_inactive_file 400\ninactive_file 1\n",
        },
    )
    assert cpu_quota(root) == 3
    assert memory_limits(root) == [(GIB, 600)]


def test_first_version_without_a_limit(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    assert cpu_quota(machine(tmp_path, "5:cpu:/\n", files)) is None


def test_gpus() -> None:
    table = (
        "0, GPU-5a, NVIDIA H200, 143771, 143158\n"
        "1, GPU-5b, NVIDIA GB10, [N/A], [N/A]\n"
        "\n"
        "No devices were found\n"
    )
    mib = 1 << 20
    assert parse_gpus(table) == (Gpu(0, "GPU-5a", "NVIDIA H200", 143771 * mib, 143158 * mib),)


@pytest.mark.parametrize(("status", "count"), [(0, 1), (9, 0)])
def test_nvidia_smi_is_asked_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, count: int
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '0, GPU-5a, NVIDIA H200, 100, 50'\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert len(snapshot().gpus) == count
