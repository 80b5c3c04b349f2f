"""What this machine has, at one moment."""

import os
import shutil
import subprocess  # nvidia-smi alone, by its full path and without a shell
from pathlib import Path

import msgspec
import psutil

_QUERY = "index,uuid,name,memory.total,memory.free"
_USAGE_QUERY = "pid,gpu_uuid,used_memory"
_MIB = 1024 * 1024
_TIMEOUT = 10.0


class Gpu(msgspec.Struct, frozen=True):
    """One graphics processor; memory in bytes."""

    index: int
    uuid: str
    name: str
    memory_total: int
    memory_free: int


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """Processors and memory this process may use: affinity and control groups are respected.

    `memory_available` is what a new process can have without others being swapped out; bytes.
    """

    physical_cores: int
    logical_cores: int
    memory_total: int
    memory_available: int
    gpus: tuple[Gpu, ...] = ()


def snapshot(root: Path = Path("/")) -> Hardware:
    """Look at the machine. Takes up to a second where there is a GPU, so call it in a thread.

    `root` is where `/proc` and `/sys` are looked for.
    """
    logical = _usable_cores()
    physical = min(psutil.cpu_count(logical=False) or logical, logical)
    quota = cpu_quota(root)
    if quota is not None:
        logical, physical = min(logical, quota), min(physical, quota)
    memory = psutil.virtual_memory()
    total, available = memory.total, memory.available
    for limit, used in memory_limits(root):
        total, available = min(total, limit), min(available, max(0, limit - used))
    return Hardware(
        physical_cores=physical,
        logical_cores=logical,
        memory_total=total,
        memory_available=available,
        gpus=_gpus(),
    )


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(root: Path, controller: str) -> list[Path]:
    """Return the directories of this process's control groups, innermost first, of either version."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    base = root / "sys/fs/cgroup"
    found: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = base / controller if controllers else base
        inner = top / path.lstrip("/")
        # in a container the path is often that of the host, and the group itself is mounted at the top
        found += [place for place in (inner, *inner.parents) if place == top or top in place.parents]
    return found


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # ValueError: the word "max"
        return None


def cpu_quota(root: Path) -> int | None:
    """Return the whole processors that the tightest control group allows (at least 1), or None."""
    found: list[int] = []
    for group in _groups(root, "cpu"):
        try:
            quota, period = (group / "cpu.max").read_text().split()
        except (OSError, ValueError):
            quota, period = (
                str(_number(group / "cpu.cfs_quota_us")),
                str(_number(group / "cpu.cfs_period_us")),
            )
        if quota.isdigit() and period.isdigit():
            found.append(max(1, int(quota) // int(period)))
    return min(found, default=None)


def memory_limits(root: Path) -> list[tuple[int, int]]:
    """Return (limit, used) in bytes of every control group that limits memory.

    Page cache that can be dropped at once does not count as used.
    """
    found: list[tuple[int, int]] = []
    for group in _groups(root, "memory"):
        limit, used = _number(group / "memory.max"), _number(group / "memory.current")
        if limit is None:
            limit, used = _number(group / "memory.limit_in_bytes"), _number(group / "memory.usage_in_bytes")
        if limit is not None and used is not None:
            found.append((limit, max(0, used - _droppable(group / "memory.stat"))))
    return found


def _droppable(path: Path) -> int:
    try:
        rows = dict(line.split(" ", 1) for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))


def _gpus() -> tuple[Gpu, ...]:
    return parse_gpus(_nvidia_smi(f"--query-gpu={_QUERY}"))


def gpu_usage() -> dict[int, dict[int, int]] | None:
    """Return the bytes that each process (by pid) holds of each GPU (by index); None without any GPU.

    Takes up to a second, so call it in a thread. In a container that does not share the machine's process
    ids the driver's pids are nobody's here.
    """
    gpus = _gpus()
    return parse_usage(_nvidia_smi(f"--query-compute-apps={_USAGE_QUERY}"), gpus) if gpus else None


def parse_usage(table: str, gpus: tuple[Gpu, ...]) -> dict[int, dict[int, int]]:
    """Parse nvidia-smi's table of compute processes (MiB); rows it can't tell, as "[N/A]", are left out."""
    indexes = {gpu.uuid: gpu.index for gpu in gpus}
    found: dict[int, dict[int, int]] = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 3 and cells[0].isdigit() and cells[1] in indexes and cells[2].isdigit():
            held = found.setdefault(int(cells[0]), {})
            index = indexes[cells[1]]
            held[index] = held.get(index, 0) + int(cells[2]) * _MIB
    return found


def _nvidia_smi(query: str) -> str:
    """Return its table, "" where there is none: no program, or no driver under it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    argv = [program, query, "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout


def parse_gpus(table: str) -> tuple[Gpu, ...]:
    """Parse the table of nvidia-smi (MiB); rows with memory it can't tell, as "[N/A]", are left out."""
    found = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 5 and cells[0].isdigit() and cells[3].isdigit() and cells[4].isdigit():
            total, free = int(cells[3]) * _MIB, int(cells[4]) * _MIB
            found.append(Gpu(int(cells[0]), cells[1], cells[2], total, free))
    return tuple(found)
