"""Engines as processes of this machine, each under a guard of its own."""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from pathlib import Path

import psutil

from stellarchat.core.errors import Conflict, ShuttingDown
from stellarchat.core.launch import Address, LaunchPlan, StopReport
from stellarchat.runtime import environment, measure
from stellarchat.runtime.guarded import Guarded
from stellarchat.runtime.launcher import Handle
from stellarchat.runtime.logs import Logs
from stellarchat.runtime.records import Records

_log = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"


class LocalLauncher:
    """A Launcher (see `launcher.py`) for this machine.

    `data_dir` is where notes about running engines go (`run/` inside it), for the next server to clear
    up by; what a former server has left is ended at once, which blocks. `grace` is the seconds an
    engine has between TERM and KILL.
    """

    def __init__(self, data_dir: Path | None = None, *, grace: float = 5.0) -> None:
        self._grace = grace
        self._engines: dict[str, Guarded] = {}
        self._closed = False
        self._records = Records(data_dir / "run") if data_dir else None
        self.reaped: list[int] = self._records.reap() if self._records else []

    async def start(self, plan: LaunchPlan, logs: Logs | None = None) -> Handle:
        """Start `plan` on a free port with a fresh key. See `Launcher.start`."""
        if self._closed:
            raise ShuttingDown("The server is stopping and starts no more engines.", sentence="shutting_down")
        running = self._engines.get(plan.name)
        if running is not None and not running.gone:
            if running.plan != plan:
                raise Conflict(
                    f"{plan.name} is running already, with other options.",
                    remedy="Stop it first.",
                    sentence="running_otherwise",
                    values={"name": plan.name},
                )
            await running.started()
            return running
        port, key, mark = self._free_port(), secrets.token_urlsafe(24), secrets.token_hex(16)
        logs = logs if logs is not None else Logs()
        logs.hide(key)
        address = Address(f"http://{_LOOPBACK}:{port}", key)
        engine = self._engines[plan.name] = Guarded(plan, address, mark, logs, self._grace)
        env = environment.environment(plan, port=port, key=key, mark=mark)
        # launched to the end even if the caller leaves: half a launch is harder to undo than a whole one
        launching = asyncio.ensure_future(engine.launch(environment.command(plan, port), env))
        try:
            await asyncio.shield(launching)
        except BaseException:
            await asyncio.wait({launching})
            await engine.abandon()
            self._forget(engine)
            raise
        self._note(engine)
        return engine

    def _note(self, engine: Guarded) -> None:
        if self._records is None:
            return
        try:
            self._records.write(engine.name, engine.mark, engine.guard_pid, engine.pid)
        except OSError as error:  # a full disk is no reason not to run it: the guard alone suffices
            _log.warning("No note could be written about %s: %s", engine.name, error)

    def _free_port(self) -> int:
        """Return a port that is free now; the engine may still find it taken, and is restarted then."""
        taken = {engine.address.base_url for engine in self._engines.values()}
        while True:
            with socket.socket() as probe:
                probe.bind((_LOOPBACK, 0))
                port: int = probe.getsockname()[1]
            if f"http://{_LOOPBACK}:{port}" not in taken:
                return port

    async def stop(self, handle: Handle) -> StopReport:
        """End `handle` with everything it has started. See `Launcher.stop`."""
        assert isinstance(handle, Guarded)
        began = time.monotonic()
        before, on_gpus = await asyncio.gather(handle.memory_bytes(), handle.gpu_memory())
        survivors = await handle.end(self._grace)
        after = await asyncio.to_thread(_held, survivors) if survivors else 0
        self._forget(handle)
        took = (time.monotonic() - began) * 1000
        return StopReport(
            survivors=survivors,
            memory_freed_bytes=max(0, before - after),
            took_ms=took,
            # what a survivor holds is not told apart: then nothing is claimed
            gpu_memory_freed_bytes=sum((on_gpus or {}).values()) if not survivors else 0,
        )

    def _forget(self, engine: Guarded) -> None:
        if self._engines.get(engine.name) is engine:
            del self._engines[engine.name]
            if self._records is not None:
                self._records.remove(engine.name)

    async def close(self) -> None:
        """Stop all engines at once and start no more."""
        self._closed = True
        await asyncio.gather(*(self.stop(engine) for engine in list(self._engines.values())))


def _held(pids: tuple[int, ...]) -> int:
    processes = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            processes.append(psutil.Process(pid))
    return measure.resident(processes)
