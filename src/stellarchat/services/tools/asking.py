"""Which call a server's question belongs to, and that call's clock: it stands still while a person thinks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from stellarchat.core.errors import BadRequest
from stellarchat.core.tools import Action, Answer, Question
from stellarchat.runtime.logs import Logs, Stream
from stellarchat.services.tools import questions
from stellarchat.services.tools.looks import plain

MOST: Final = 10
"""Questions of one call."""
ANSWER_SECONDS: Final = 300.0
"""What a person has for one."""

Ask = Callable[[Question], Awaitable[Answer]]


class _Call:
    """A call that runs: whom its questions go to, and how long it may take."""

    def __init__(self, ask: Ask | None, limit: asyncio.Timeout) -> None:
        self.ask, self._limit = ask, limit
        self.asked = 0
        self.open: set[asyncio.Task[Answer]] = set()
        self._left = 0.0

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Stop the clock; questions asked at once stop it once."""
        loop = asyncio.get_running_loop()
        if not self.open:
            self._left = (self._limit.when() or 0.0) - loop.time()
            self._limit.reschedule(None)
        try:
            yield
        finally:
            if not self.open:
                with contextlib.suppress(RuntimeError):  # the call is over
                    self._limit.reschedule(loop.time() + self._left)


_current: ContextVar[_Call | None] = ContextVar("tool_call")
"""The library answers a question in the context of the request that it came with, where it knows that."""


class Desk:
    """Takes a server's questions to the person whose call they belong to; others are declined."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._calls: set[_Call] = set()

    @contextlib.asynccontextmanager
    async def call(self, ask: Ask | None, seconds: float) -> AsyncIterator[None]:
        """Let what runs in this block take so long, and ask by `ask`. Raises TimeoutError."""
        async with asyncio.timeout(seconds) as limit:
            call = _Call(ask, limit)
            self._calls.add(call)
            token = _current.set(call)
            try:
                yield
            finally:
                _current.reset(token)
                self._calls.discard(call)
                for task in call.open:
                    task.cancel()

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Decline what is asked because of what runs in this block."""
        token = _current.set(None)
        try:
            yield
        finally:
            _current.reset(token)

    async def asked(self, context: Any, params: Any) -> Any:
        """Answer a question, in the library's terms."""
        import mcp_types

        answer = await self._answered(params)
        content = answer.content if answer.action is Action.ACCEPT and params.mode == "form" else None
        return mcp_types.ElicitResult(action=answer.action.value, content=content)

    async def visited(self, places: Iterable[Any]) -> bool:
        """Have the person go to places, one after the other; return whether they say that it is done."""
        for place in places:
            if (await self._answered(place, first=True)).action is not Action.ACCEPT:
                return False
        return True

    async def _answered(self, params: Any, *, first: bool = False) -> Answer:
        try:
            call = _current.get()
        except LookupError:  # programs do not say which call they ask for
            call = next(iter(self._calls)) if len(self._calls) == 1 else None
        if call is None or call.ask is None:
            return self._declined(params.message, "there is nobody to ask")
        call.asked += 1
        if call.asked > MOST:
            return self._declined(params.message, "it asked too often")
        try:
            if params.mode == "url":
                question = questions.visit(params.message, params.url, first=first)
            else:
                question = questions.form(params.message, params.requested_schema)
        except BadRequest as error:
            return self._declined(params.message, error.message)
        with call.standing():
            task = asyncio.ensure_future(call.ask(question))
            call.open.add(task)
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                call.open.discard(task)
        return Answer(Action.CANCEL) if task.cancelled() else task.result()  # cancelled: the call is over

    def _declined(self, message: str, why: str) -> Answer:
        words = f"it asked for an input, which was declined ({why}): {plain(message)[:500]}\n"
        self._logs.feed(Stream.OUT, words.encode("utf-8", "replace"))
        return Answer(Action.DECLINE)
