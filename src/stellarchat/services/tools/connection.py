"""The connection to one tool server: made when it is first needed, kept, and made again with patience."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Any, Final

from stellarchat.core.errors import ErrorInfo, StellarChatError, ToolLoginNeeded, ToolServerDown
from stellarchat.core.tools import Content, Resource, Returned, ServerPrompt, Tool
from stellarchat.runtime.logs import Logs, Stream
from stellarchat.services.tools.asking import Ask
from stellarchat.services.tools.looks import plain
from stellarchat.services.tools.wire import Progress, Session

CONNECT_SECONDS: Final = 60.0
"""For the first words, which a program may need to fetch itself before."""
END_SECONDS: Final = 12.0
FIRST_WAIT: Final = 1.0
LAST_WAIT: Final = 60.0
"""Seconds between two tries to connect, after the first failure and in the end."""
LAST_WORDS: Final = 6
_AGAIN: Final = "Session terminated"  # the server has forgotten us: it did not do what was asked


class ConnectionState(StrEnum):
    """`idle`: nobody needed it yet. `failed`: the last try did not succeed, or it went away."""

    IDLE = "idle"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"


Dial = Callable[["Connection"], AbstractAsyncContextManager[Session]]


class Connection:
    """Connects by `dial` and speaks to one server. Many calls at once share it."""

    def __init__(self, name: str, dial: Dial, *, first_wait: float = FIRST_WAIT) -> None:
        self.name = name
        self.logs = Logs(lines=500)
        self.state = ConnectionState.IDLE
        self.error: ErrorInfo | None = None
        self.server = ""
        self.listed: list[Tool] | None = None
        self.unknown: str | None = None
        """How it asks who is there, if it answered so: its `WWW-Authenticate`."""
        self.ended: str | None = None
        """How its program ended, if it did."""
        self.refused: ToolLoginNeeded | None = None
        """That the person has to log in (again), once it is known."""
        self._dial, self._first_wait = dial, first_wait
        self._task: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[Session] | None = None
        self._leave = asyncio.Event()
        self._failures = 0
        self._not_before = 0.0
        self._stale = True

    @property
    def retry_in(self) -> float | None:
        """Seconds until the next try, None where nothing stands against one."""
        left = self._not_before - time.monotonic()
        return round(left, 1) if left > 0 else None

    async def tools(self, *, fresh: bool = False) -> list[Tool]:
        """Return the server's tools, asked for anew where `fresh` or it said that they changed.

        Raises ToolServerDown, ToolFailed, ToolsMissing.
        """
        if self.listed is None or self._stale or fresh or self.state is not ConnectionState.CONNECTED:
            self._stale = False
            try:
                self.listed = await self._asked(lambda session: session.tools())
            except BaseException:
                self._stale = True
                raise
        return self.listed

    async def call(
        self,
        tool: str,
        arguments: dict[str, Any],
        *,
        seconds: float,
        progress: Progress,
        ask: Ask | None = None,
    ) -> Returned:
        """Run a tool; `ask` takes what the server asks to the person, None declines it. Raises as `tools`."""
        result: Returned = await self._asked(
            lambda session: session.call(tool, arguments, seconds=seconds, progress=progress, ask=ask)
        )
        return result

    async def resources(self) -> list[Resource]:
        """Return what it lets people read; [] where it has none. Raises as `tools`."""
        found: list[Resource] = await self._asked(lambda session: session.resources())
        return found

    async def read(self, uri: str) -> list[Content]:
        """Return one of its resources. Raises as `tools`."""
        found: list[Content] = await self._asked(lambda session: session.read(uri))
        return found

    async def prompts(self) -> list[ServerPrompt]:
        """Return the prompts that it offers; [] where it has none. Raises as `tools`."""
        found: list[ServerPrompt] = await self._asked(lambda session: session.prompts())
        return found

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """Return the text of one of its prompts. Raises as `tools`."""
        text: str = await self._asked(lambda session: session.prompt(name, arguments))
        return text

    def at_once(self) -> None:
        """Let the next try not wait: a person wants to see whether it works now."""
        self._not_before = 0.0

    def changed(self) -> None:
        """Hear that its tools are others now."""
        self._stale = True

    def asks_who(self, how: str) -> None:
        """Hear that it does not know us."""
        self.unknown = how

    def login_lost(self, error: ToolLoginNeeded) -> None:
        """Hear that the person's login holds no more."""
        self.refused = error
        self._leave.set()

    def lost(self) -> None:
        """Hear that it is gone."""
        self._leave.set()

    async def close(self) -> None:
        """Leave; returns when the server, if it is a program, has ended."""
        task = self._task
        self._leave.set()
        if task is not None and not task.done():
            if self._ready is not None and not self._ready.done():
                task.cancel()
            await asyncio.wait([task], timeout=END_SECONDS)
            task.cancel()
            await asyncio.wait([task], timeout=1.0)
        self.state = ConnectionState.IDLE

    async def _asked(self, ask: Callable[[Session], Any]) -> Any:
        for again in (False, True):
            session = await self._session()
            try:
                return await ask(session)
            except StellarChatError as gone:
                if self.refused is not None:
                    await self._dropped()
                    raise self.refused from None
                if not isinstance(gone, ToolServerDown):
                    raise
                await self._dropped()
                if gone.detail == _AGAIN and not again:
                    self._not_before = 0.0
                    continue
                detail = self.error.detail if self.error is not None and self.error.detail else None
                raise ToolServerDown(
                    f"The tool server {self.name} went away.",
                    remedy="Try again; its log may tell why it ended.",
                    detail=detail or self._words(self.ended or gone.detail or ""),
                    sentence="tool_server_left",
                    values={"name": self.name},
                ) from None
        raise AssertionError("unreachable")

    async def _session(self) -> Session:
        if self._task is None or self._task.done():
            wait = self.retry_in
            if self.refused is not None:
                raise self.refused
            if wait is not None:
                raise ToolServerDown(
                    f"The tool server {self.name} cannot be reached.",
                    remedy=f"It is tried again in {wait:.0f} s.",
                    detail=self.error.detail or self.error.message if self.error else None,
                    retry_after=wait,
                    sentence="tool_server_waits",
                    values={"name": self.name, "wait_seconds": math.ceil(wait)},
                )
            self._leave = asyncio.Event()
            self._ready = asyncio.get_running_loop().create_future()
            self.state, self.error, self.ended = ConnectionState.CONNECTING, None, None
            self.unknown = None
            self._task = asyncio.create_task(self._live(self._ready, self._leave))
        assert self._ready is not None
        return await asyncio.shield(self._ready)

    async def _dropped(self) -> None:
        """See the connection to its end."""
        self._leave.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=END_SECONDS)

    async def _live(self, ready: asyncio.Future[Session], leave: asyncio.Event) -> None:
        """Hold the connection open. All of it is entered and left in this one task."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(CONNECT_SECONDS) as limit:
                async with self._dial(self) as session:
                    limit.reschedule(None)
                    self.state, self.server = ConnectionState.CONNECTED, session.server
                    self._stale = True
                    ready.set_result(session)
                    self._said(f"connected to {session.server or self.name}")
                    await leave.wait()
            self._said("disconnected")
            self._after(time.monotonic() - began)
        except asyncio.CancelledError:
            self._failed(
                ready,
                ToolServerDown(
                    f"The connection to {self.name} was given up.",
                    sentence="tool_server_given_up",
                    values={"name": self.name},
                ),
            )
        except Exception as error:
            self._failed(ready, self._explained(error))

    def _after(self, lived: float) -> None:
        """A connection has ended: what lived for long may come back at once."""
        self.state = ConnectionState.IDLE
        self._failures = 0 if lived > LAST_WAIT else self._failures + 1
        if self._failures > 1:
            self._wait()

    def _failed(self, ready: asyncio.Future[Session], error: StellarChatError) -> None:
        self.state, self.error = ConnectionState.FAILED, error.info()
        self._failures += 1
        self._wait()
        self._said(f"{error.message} {error.detail or ''}".strip())
        if not ready.done():
            ready.set_exception(error)
            ready.exception()  # it may be that nobody waits for it any more

    def _wait(self) -> None:
        wait = min(self._first_wait * 2 ** (self._failures - 1), LAST_WAIT)
        self._not_before = time.monotonic() + wait

    def _explained(self, error: BaseException) -> StellarChatError:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if self.refused is not None:
            return self.refused
        if isinstance(error, ToolLoginNeeded):
            self.refused = error
        if isinstance(error, StellarChatError) and not isinstance(error, ToolServerDown):
            return error
        if self.unknown is not None:
            return ToolServerDown(
                f"The tool server {self.name} asks for a login.",
                remedy="Turn OAuth on in the server's settings, so that each person logs in; or make an "
                "access token (an API key) at the service and add it to the server's headers: "
                "Authorization: Bearer <token>.",
                detail=self._words(self.unknown or "HTTP 401"),
                sentence="tool_server_login",
                values={"name": self.name},
            )
        if isinstance(error, TimeoutError):
            words = f"There was no answer within {CONNECT_SECONDS:.0f} s."
        else:
            words = (error.detail if isinstance(error, ToolServerDown) else None) or str(error) or repr(error)
        if self.ended is not None:
            words = self.ended
        return ToolServerDown(
            f"The tool server {self.name} cannot be reached.",
            remedy="Check its address or its command, and its log.",
            detail=self._words(words),
            sentence="tool_server_unreached",
            values={"name": self.name},
        )

    def _words(self, words: str) -> str:
        """Return why it ended, with what it wrote last."""
        return "\n".join([plain(words)[:1000], *self.logs.tail(LAST_WORDS, stream=Stream.ERR)])

    def _said(self, words: str) -> None:
        self.logs.feed(Stream.OUT, f"{words}\n".encode("utf-8", "replace"))
