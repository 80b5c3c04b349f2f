"""One engine under its guard, as its owner sees it: the other end of `guard.py`'s socket."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess  # the guard, never a shell
import sys
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import Address, LaunchPlan
from stellarchat.runtime import guard, measure, records
from stellarchat.runtime.launcher import Exit
from stellarchat.runtime.logs import Logs, Stream

# seconds a guard may take beyond the grace and its own limit before it is killed itself
_PATIENCE = 2.0


class _Feed(asyncio.Protocol):
    """Carries one of the engine's output pipes into the logs."""

    def __init__(self, logs: Logs, stream: Stream) -> None:
        self._logs = logs
        self._stream = stream
        self.ended = asyncio.Event()
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._logs.feed(self._stream, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


class Guarded(asyncio.Protocol):
    """A Handle (see `launcher.py`) of the local launcher."""

    def __init__(self, plan: LaunchPlan, address: Address, mark: str, logs: Logs, grace: float) -> None:
        loop = asyncio.get_running_loop()
        self.plan, self.mark = plan, mark
        self._address, self._logs, self._grace = address, logs, grace
        self._started: asyncio.Future[int] = loop.create_future()
        self._exited: asyncio.Future[Exit] = loop.create_future()
        self._gone: asyncio.Future[tuple[int, ...]] = loop.create_future()
        self._survivors: tuple[int, ...] | None = None
        self._buffer = b""
        self._guard: subprocess.Popen[bytes] | None = None
        self._socket: asyncio.WriteTransport | None = None
        self._feeds: list[_Feed] = []
        self._finishing: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.plan.name

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self._started.result()

    @property
    def guard_pid(self) -> int:
        """Process id of its guard."""
        assert self._guard is not None
        return self._guard.pid

    @property
    def address(self) -> Address:
        """Where it will answer."""
        return self._address

    @property
    def logs(self) -> Logs:
        """What it has written."""
        return self._logs

    @property
    def gone(self) -> bool:
        """Whether nothing of it is left."""
        return self._gone.done()

    async def launch(self, argv: list[str], env: dict[str, str]) -> None:
        """Start guard and engine; return when the engine has been executed. Raises LaunchFailed."""
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        program = [sys.executable, "-I", "-S", "-B", guard.__file__, str(theirs.fileno()), str(self._grace)]
        try:
            self._guard = subprocess.Popen(  # noqa: S603, ASYNC220  # vfork: takes a millisecond
                [*program, *argv],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise LaunchFailed(
                f"No process could be started for {self.name}.",
                remedy="Close programs, or raise the limits on processes and open files.",
                detail=str(error),
                sentence="launch_no_process",
                values={"name": self.name},
            ) from None
        finally:
            theirs.close()
        await loop.create_unix_connection(lambda: self, sock=ours)
        for stream, pipe in ((Stream.OUT, self._guard.stdout), (Stream.ERR, self._guard.stderr)):
            _, feed = await loop.connect_read_pipe(_feeder(self._logs, stream), pipe)
            self._feeds.append(feed)
        await self.started()

    async def started(self) -> int:
        """Wait until the engine has been executed and return its pid. Raises LaunchFailed."""
        return await asyncio.shield(self._started)

    async def exited(self) -> Exit:
        """Wait until the engine itself has ended."""
        return await asyncio.shield(self._exited)

    async def listens(self) -> bool:
        """Tell whether one of its processes listens on its port."""
        port = urlsplit(self._address.base_url).port
        assert port is not None
        return await asyncio.to_thread(measure.listens, self.guard_pid, port)

    async def memory_bytes(self) -> int:
        """Return the resident size of all its processes; 0 when they are gone."""
        if self._guard is None or self.gone:
            return 0
        return await asyncio.to_thread(measure.memory, self.guard_pid)

    async def gpu_memory(self) -> dict[int, int] | None:
        """Return what its processes hold of each GPU; None where that can't be seen."""
        if self._guard is None or self.gone:
            return None
        return await asyncio.to_thread(measure.gpu_memory, self.guard_pid)

    async def bytes_read(self) -> int:
        """Return how much of its weights has been read or mapped."""
        if self._guard is None or self.gone:
            return 0
        return await asyncio.to_thread(measure.weights_read, self.guard_pid, self.plan.weights)

    async def end(self, grace: float) -> tuple[int, ...]:
        """End all its processes, with KILL after `grace` seconds. Return the pids that are left."""
        if self._socket is not None and not self._socket.is_closing():
            self._socket.write(b"stop %.3f\n" % grace)
        limit = grace + guard.KILL_LIMIT + _PATIENCE
        await asyncio.wait({self._gone}, timeout=limit)
        if not self._gone.done() and self._guard is not None:
            self._guard.kill()  # the engine dies of it, and connection_lost sees to the others
        return await asyncio.shield(self._gone)

    async def abandon(self) -> None:
        """Clear up after a `launch` that failed, or whose result nobody wants. Returns when all is gone."""
        if self._guard is None:
            self._gone.set_result(())
        elif self._socket is None:
            self._guard.kill()
            await self._finish()
        else:
            await self.end(0.0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.WriteTransport, transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._report(json.loads(line))

    def _report(self, report: dict[str, Any]) -> None:
        match report.pop("event"):
            case "started":
                if not self._started.done():
                    self._started.set_result(report["pid"])
            case "failed":
                self._started.set_exception(_not_executed(self.plan, report["errno"]))
                self._survivors = ()
            case "exited":
                self._exited.set_result(Exit(**report))
            case "gone":
                self._survivors = tuple(report["survivors"])

    def connection_lost(self, exc: Exception | None) -> None:
        """The guard has ended. If it has not said how, it was killed and its work is ours."""
        if not self._started.done():
            self._started.set_exception(
                LaunchFailed(
                    f"The guard of {self.name} did not start.",
                    sentence="launch_guard",
                    values={"name": self.name},
                )
            )
        if not self._exited.done():
            self._exited.set_result(Exit())
        self._started.exception()  # it may be that nobody waits for it any more
        self._finishing = asyncio.ensure_future(self._finish())

    async def _finish(self) -> None:
        assert self._guard is not None
        survivors = self._survivors
        await asyncio.to_thread(self._guard.wait)
        if survivors is None:
            survivors = await asyncio.to_thread(self._sweep)
        endings = [feed.ended.wait() for feed in self._feeds]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):  # a survivor may hold the pipes open
                await asyncio.gather(*endings)
        for feed in self._feeds:
            if feed.transport is not None:
                feed.transport.close()
        self._logs.flush()
        if not self._gone.done():
            self._gone.set_result(survivors)

    def _sweep(self) -> tuple[int, ...]:
        """Kill what a dead guard has left. Blocks."""
        if self._started.exception() is None:
            with contextlib.suppress(OSError):
                os.killpg(self._started.result(), signal.SIGKILL)
        return tuple(records.kill(records.marked(self.mark)))


def _feeder(logs: Logs, stream: Stream) -> Callable[[], _Feed]:
    return lambda: _Feed(logs, stream)


def _not_executed(plan: LaunchPlan, number: int) -> LaunchFailed:
    return LaunchFailed(
        f"The program of {plan.name} could not be executed: {plan.argv[0]}",
        remedy="Install the engine, or correct the path to it.",
        detail=os.strerror(number),
        sentence="launch_no_program",
        values={"name": plan.name, "path": plan.argv[0]},
    )
