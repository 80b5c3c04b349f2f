"""A program under its guard that is spoken to through its standard input and output.

What holds for engines holds for it: it is executed from a list of words and never by a shell, sees nothing
of our environment but a few names, and no process of it outlives us (see `guard.py`).
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess  # the guard, never a shell
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stellarchat.core.errors import LaunchFailed
from stellarchat.runtime import guard
from stellarchat.runtime.logs import Logs, Stream

GRACE = 2.0
"""Seconds between TERM and KILL."""
_PATIENCE = 2.0  # what the guard may take beyond that before it is killed itself
_PASSED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE")
# with these a program runs other code than its own
_STEERING = re.compile(
    r"(LD|DYLD|BASH_FUNC)_.*|(BASH_|ENV$|PYTHON(STARTUP|HOME|INSPECT|BREAKPOINT|EXECUTABLE)|PERL5|RUBYOPT).*"
    r"|NODE_OPTIONS|_?JAVA_(TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|GCONV_PATH|GLIBC_TUNABLES|IFS|MALLOC_.*"
    r"|GIT_(SSH|ASKPASS|EXEC_PATH|EXTERNAL_DIFF|CONFIG).*|PS4|PROMPT_COMMAND|SHELLOPTS"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def steering(name: str) -> bool:
    """Tell whether a variable of this name is refused: it is none, or decides which code is run."""
    return _NAME.fullmatch(name) is None or _STEERING.fullmatch(name.upper()) is not None


class Piped:
    """One running program. `lines` is what it writes, `logs` holds its complaints."""

    def __init__(self, name: str, logs: Logs) -> None:
        self.name, self.logs = name, logs
        self.lines = asyncio.StreamReader()
        self._words: asyncio.StreamWriter | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._control: asyncio.StreamWriter | None = None
        self._said: asyncio.Task[None] | None = None
        self._complaints: asyncio.BaseTransport | None = None
        self._output: asyncio.BaseTransport | None = None
        self._started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.exited = asyncio.Event()
        self.status: str | None = None

    async def start(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path, *, line_limit: int
    ) -> None:
        """Start it in `folder`; `line_limit` is how long one line of it may be. Raises LaunchFailed."""
        loop = asyncio.get_running_loop()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240  # once, and local
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        program = [sys.executable, "-I", "-S", "-B", guard.__file__, str(theirs.fileno()), str(GRACE)]
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        try:
            self._guard = subprocess.Popen(  # noqa: S603, ASYNC220  # vfork: takes a millisecond
                [*program, *argv],
                env={**passed, **env},
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise LaunchFailed(
                f"No process could be started for {self.name}.",
                detail=str(error),
                sentence="launch_no_process",
                values={"name": self.name},
            ) from None
        finally:
            theirs.close()
        reports, self._control = await asyncio.open_connection(sock=ours)
        self._said = asyncio.create_task(self._hear(reports))
        self.lines = asyncio.StreamReader(limit=line_limit)
        reading = asyncio.StreamReaderProtocol(self.lines)
        self._output, _ = await loop.connect_read_pipe(lambda: reading, self._guard.stdout)
        self._complaints, _ = await loop.connect_read_pipe(lambda: _Feed(self.logs), self._guard.stderr)
        flow = asyncio.streams.FlowControlMixin()
        pipe, _ = await loop.connect_write_pipe(lambda: flow, self._guard.stdin)
        self._words = asyncio.StreamWriter(pipe, flow, None, loop)
        try:
            await asyncio.shield(self._started)
        except LaunchFailed as failure:
            raise LaunchFailed(
                f"The program {argv[0]} could not be executed.",
                remedy="Install it, or correct its path.",
                detail=failure.detail,
                sentence="program_not_run",
                values={"path": argv[0]},
            ) from None

    async def say(self, line: bytes) -> None:
        """Write one line to it. Raises OSError where it reads no more."""
        assert self._words is not None
        self._words.write(line)
        await self._words.drain()

    async def end(self) -> None:
        """End it with all its processes; returns when they are gone."""
        if self._guard is None:
            return
        if self._words is not None:
            self._words.close()
        if self._control is not None:
            self._control.write(b"stop %.3f\n" % GRACE)
        if self._said is not None:
            await asyncio.wait([self._said], timeout=GRACE + guard.KILL_LIMIT + _PATIENCE)
            if not self._said.done():
                self._kill()
                self._said.cancel()
        await asyncio.to_thread(self._guard.wait)
        for pipe in (self._output, self._complaints):
            if pipe is not None:
                pipe.close()
        if self._control is not None:
            self._control.close()
        self.logs.flush()

    async def _hear(self, reports: asyncio.StreamReader) -> None:
        """Take what the guard reports, to its end."""
        try:
            while line := await reports.readline():
                said = json.loads(line)
                match said["event"]:
                    case "started":
                        self._started.set_result(said["pid"])
                    case "failed":
                        failure = LaunchFailed("not executed", detail=os.strerror(said["errno"]))
                        self._started.set_exception(failure)
                    case "exited":
                        self.status = _worded(said)
        except OSError:
            pass
        finally:
            if not self._started.done():
                self._started.set_exception(LaunchFailed("not executed", detail="its guard did not start"))
            self._started.exception()  # it may be that nobody waits for it any more
            self.exited.set()

    def _kill(self) -> None:
        assert self._guard is not None
        self._guard.kill()
        if self._started.done() and self._started.exception() is None:
            try:
                os.killpg(self._started.result(), signal.SIGKILL)
            except OSError:
                pass


class _Feed(asyncio.Protocol):
    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def data_received(self, data: bytes) -> None:
        self._logs.feed(Stream.ERR, data)


def _worded(said: dict[str, int | None]) -> str:
    if said["signal"]:
        return f"it was ended by {signal.Signals(said['signal']).name}"
    return f"it ended with status {said['status']}"
