"""Looking at process families from outside."""

import contextlib

import psutil

from tests.waiting import eventually

others: set[int] = set()
"""Children of the test process that other tests' fixtures keep; set anew before each test."""


def ours() -> list[psutil.Process]:
    """Return the children that this test has made."""
    return [child for child in psutil.Process().children() if child.pid not in others]


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[int]:
    """Return the pids of those that still run; a zombie does not."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


async def gone(processes: list[psutil.Process]) -> None:
    """Wait until none of them runs."""
    await eventually(lambda: not alive(processes))


async def stray_came(guard: int) -> None:
    """Wait until a guard has two children: its engine, and the one that double-forked away from that."""
    await eventually(lambda: len(psutil.Process(guard).children()) == 2)
