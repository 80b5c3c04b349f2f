"""Notes about running engines on disk, so that the next server can end what a former one left."""

import contextlib
import os
import time
import urllib.parse
from pathlib import Path

import msgspec
import psutil

from stellarchat.runtime.environment import MARK

# psutil computes start times from the boot time, which may be corrected by a little while we run
_CLOCK_SLACK = 2.0


def lives(process: psutil.Process) -> bool:
    """Return whether a process runs; a zombie holds nothing any more, and not every init collects it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


class Known(msgspec.Struct, frozen=True):
    """A process that is told from a later one with the same pid by its start time (seconds, epoch)."""

    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """Return the process if it still runs."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < _CLOCK_SLACK and lives(process):
                return process
        return None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One engine: who owns it, its guard and itself, and the mark all its descendants carry."""

    name: str
    mark: str
    boot_id: str
    owner: Known
    guard: Known
    engine: Known


def known(pid: int) -> Known:
    """Describe a running process; one that is gone already is described as never matching."""
    try:
        return Known(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return Known(pid, 0.0)


def boot_id() -> str:
    """Return what changes with every boot of this machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()))


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes whose environment carries `mark`."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def kill(processes: list[psutil.Process], timeout: float = 5.0) -> list[int]:
    """Kill the processes and wait until they are gone. Return the pids that are not. Blocks."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + timeout
    while (alive := [process.pid for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return alive


class Records:
    """The notes in one directory, a file for each engine."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._owner = known(os.getpid())

    def _path(self, name: str) -> Path:
        return self._directory / (urllib.parse.quote(name, safe="").replace(".", "%2E") + ".json")

    def write(self, name: str, mark: str, guard: int, engine: int) -> None:
        """Note a running engine."""
        record = Record(
            name=name,
            mark=mark,
            boot_id=boot_id(),
            owner=self._owner,
            guard=known(guard),
            engine=known(engine),
        )
        self._directory.mkdir(parents=True, exist_ok=True)
        unfinished = self._path(name).with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(record))
        unfinished.replace(self._path(name))

    def remove(self, name: str) -> None:
        """Forget an engine that is gone. A note that stays does no harm: it will match nothing."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    def reap(self) -> list[int]:
        """End what servers that no longer run have left. Return the pids that were ended. Blocks."""
        ended: list[int] = []
        for path in self._directory.glob("*.json"):
            try:
                record = msgspec.json.decode(path.read_bytes(), type=Record)
            except (OSError, msgspec.DecodeError):
                path.unlink(missing_ok=True)
                continue
            if record.boot_id == boot_id():
                if record.owner.process() is not None:
                    continue  # another server's, or ours
                ended += self._end(record)
            path.unlink(missing_ok=True)
        return ended

    def _end(self, record: Record) -> list[int]:
        left = {process.pid: process for process in marked(record.mark)}
        for one in (record.guard, record.engine):
            if (process := one.process()) is not None:
                left[process.pid] = process
        alive = kill(list(left.values()))
        return [pid for pid in left if pid not in alive]
