"""What is read of the machine, from made-up control groups and a table of nvidia-smi."""

import os
from pathlib import Path

import psutil
import pytest

from stellarchat.runtime import hardware, measure
from stellarchat.runtime.hardware import (
    Gpu,
    cpu_quota,
    gpu_usage,
    memory_limits,
    parse_gpus,
    parse_usage,
    snapshot,
)

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


TWO = (Gpu(0, "GPU-a", "Some GPU", 80 * GIB, 70 * GIB), Gpu(1, "GPU-b", "Some GPU", 80 * GIB, 80 * GIB))


def test_memory_of_each_process_on_each_gpu() -> None:
    table = "4711, GPU-a, 2048\n4711, GPU-b, 1024\n12, GPU-a, [N/A]\n13, GPU-other, 7\n\n4712, GPU-a, 1\n"
    assert parse_usage(table, TWO) == {4711: {0: 2 * GIB, 1: GIB}, 4712: {0: 1 << 20}}
    assert parse_usage("", TWO) == {}


def test_without_a_gpu_nothing_is_claimed_of_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.shutil, "which", lambda name: None)
    assert gpu_usage() is None


def test_nvidia_smi_is_asked_for_both_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\ncase $1 in\n"
        "--query-gpu=*) echo '0, GPU-a, Some GPU, 81920, 71680';;\n"
        "--query-compute-apps=pid,gpu_uuid,used_memory) echo '4711, GPU-a, 2048';;\nesac\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(hardware.shutil, "which", lambda name: str(program))
    assert gpu_usage() == {4711: {0: 2 * GIB}}


def test_a_family_holds_what_its_processes_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    here = psutil.Process()
    monkeypatch.setattr(measure, "family", lambda guard: [here])
    table = measure.GpuTable()
    monkeypatch.setattr(measure, "_gpus", table)
    monkeypatch.setattr(measure, "gpu_usage", lambda: {here.pid: {1: GIB}, here.pid + 1: {0: GIB}})
    assert measure.gpu_memory(1) == {1: GIB}
    monkeypatch.setattr(measure, "gpu_usage", lambda: None)
    assert measure.gpu_memory(1) == {1: GIB}  # one look serves all who ask in the same second
    monkeypatch.setattr(measure, "_gpus", measure.GpuTable())
    assert measure.gpu_memory(1) is None
