"""What a family of processes holds: memory, its port, the weights it has read. All of it blocks."""

import contextlib
import os
import threading
import time

import psutil

from stellarchat.runtime.hardware import gpu_usage

_GPU_SECONDS = 1.0  # how long a look at the GPUs is good for: several processes are measured at a time


class GpuTable:
    """What processes hold of the GPUs, read once for all who ask in the same moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._usage: dict[int, dict[int, int]] | None = None

    def usage(self) -> dict[int, dict[int, int]] | None:
        """See `hardware.gpu_usage`. Blocks."""
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > _GPU_SECONDS:
                self._usage = gpu_usage()
                self._read_at = time.monotonic()
            return self._usage


_gpus = GpuTable()


def gpu_memory(guard: int) -> dict[int, int] | None:
    """Return what a guard's descendants hold of each GPU, in bytes; None where that can't be seen."""
    usage = _gpus.usage()
    if usage is None:
        return None
    total: dict[int, int] = {}
    for process in family(guard):
        for index, held in usage.get(process.pid, {}).items():
            total[index] = total.get(index, 0) + held
    return total


def family(guard: int) -> list[psutil.Process]:
    """Return the descendants of a guard: the engine and all it has started."""
    found: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        found += psutil.Process(guard).children(recursive=True)
    return found


def memory(guard: int) -> int:
    """Return the resident bytes of a guard's descendants."""
    return resident(family(guard))


def resident(processes: list[psutil.Process]) -> int:
    """Return the resident bytes of processes, pages they share counted once where the system tells.

    A single process is asked for its RSS alone: the proportional size makes the kernel walk all its
    page tables.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if len(processes) > 1:
                full = process.memory_full_info()
                total += getattr(full, "pss", full.rss)
            else:
                total += process.memory_info().rss
    return total


def listens(guard: int, port: int) -> bool:
    """Tell whether a guard's descendants listen on `port`; True where the system does not tell."""
    for process in family(guard):
        try:
            connections = process.net_connections("tcp")
        except psutil.NoSuchProcess:
            continue
        except psutil.Error:
            return True
        if any(one.laddr.port == port and one.status == psutil.CONN_LISTEN for one in connections):
            return True
    return False


def weights_read(guard: int, weights: tuple[str, ...]) -> int:
    """Return how many bytes of `weights` a guard's descendants have read or mapped (an estimate).

    Engines either read their weights (`rchar` of /proc/PID/io counts it), have them fetched from disk
    by touching a mapping (`read_bytes`) or touch a mapping that is in the page cache already (the
    resident pages of that mapping): the largest of the three is the best guess. See proc(5).
    """
    names = tuple(os.path.realpath(path) for path in weights)
    return max((_read(process, names) for process in family(guard)), default=0)


def _read(process: psutil.Process, weights: tuple[str, ...]) -> int:
    found = [0]
    with contextlib.suppress(psutil.Error, AttributeError):  # AttributeError: not on macOS
        counters = process.io_counters()
        found += [counters.read_bytes, counters.read_chars]
    with contextlib.suppress(OSError):
        found.append(_mapped(process.pid, weights))
    return max(found)


def _mapped(pid: int, weights: tuple[str, ...]) -> int:
    """Return the resident bytes of the mappings of `weights` (files, or folders of files)."""
    total = 0
    counts = False
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line[0].isupper():  # "7f…-7f… r--s 00000000 fe:00 1234   /path", else "Rss:  12 kB"
                path = line.rstrip("\n").split(maxsplit=5)[5:]
                counts = bool(path) and path[0].startswith(weights)
            elif counts and line.startswith("Rss:"):
                total += int(line.split()[1]) * 1024
    return total
