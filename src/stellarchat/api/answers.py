"""A stateless reply as another API words it: streamed or whole, called off when the client leaves.

Plain ASGI, for lanes and for routes alike. What goes wrong before the first token is an ordinary error
with its status, also where a stream was asked for; after that, and after a while, the stream has begun
and tells it itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from stellarchat.api.bodies import parse, read_body
from stellarchat.api.deps import calling
from stellarchat.api.errors import render
from stellarchat.api.sse import HEARTBEAT, EventStream, while_present
from stellarchat.core.errors import ErrorInfo, StellarChatError
from stellarchat.core.events import Failed, GenerationEvent, Status, coalesce
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.inference import Inference, ended


class StreamWriter(Protocol):
    """Words one reply. It is given all events in order."""

    def begin(self) -> bytes:
        """Return what a stream begins with."""

    def write(self, events: list[GenerationEvent]) -> bytes:
        """Return the stream's next bytes. The last event is End, or Failed, which ends the stream too."""


class Writer(StreamWriter, Protocol):
    """One that remembers what the whole answer needs."""

    def whole(self) -> bytes:
        """Return the whole answer, after End was written."""


class Ask(Protocol):
    """Reads a body of a surface that a user sent. Raises StellarChatError."""

    async def __call__(self, request: dict[str, Any], user_id: str, /) -> "tuple[Generation, Writer, bool]":
        """Return the reply that was begun, how it is worded, and whether it is streamed."""


class AnswerEndpoint:
    """A lane for a POST route that is answered by one reply of a model. `body_limit` is bytes."""

    def __init__(self, inference: Inference, ask: Ask, body_limit: int) -> None:
        self._inference, self._ask, self._limit = inference, ask, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises StellarChatError where nothing was sent yet."""
        request = parse(await read_body(receive, self._limit))
        generation, writer, stream = await self._ask(request, calling(scope).user_id)
        kind = Streamed if stream else Whole
        await kind(self._inference, generation, writer)(scope, receive, send)


class JsonEndpoint:
    """A lane for a POST route that is answered at once with JSON. `body_limit` is bytes."""

    def __init__(self, answer: Callable[[dict[str, Any], str], Awaitable[bytes]], body_limit: int) -> None:
        self._answer, self._limit = answer, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises StellarChatError where nothing was sent yet."""
        request = parse(await read_body(receive, self._limit))
        user_id = calling(scope).user_id
        await Work(lambda: self._answer(request, user_id))(scope, receive, send)


class Work(Response):
    """Does something and sends the JSON of it; it is called off when the client leaves."""

    def __init__(self, work: Callable[[], Awaitable[bytes]]) -> None:
        super().__init__(media_type="application/json")
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an error is rendered."""
        done: bytes | None = None

        async def do() -> None:
            nonlocal done
            done = await self._work()

        try:
            present = await while_present(receive, do())
        except StellarChatError as error:
            await render(error, scope, send)
            return
        if present and done is not None:
            await _send(done, send)


class Whole(Response):
    """Sends one reply as its writer words the whole of it."""

    def __init__(self, inference: Inference, generation: Generation, writer: Writer) -> None:
        super().__init__(media_type="application/json")
        self._inference, self._generation, self._writer = inference, generation, writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        generation = self._generation
        try:
            if not await while_present(receive, generation.finished()):
                return
            if (failed := _failure(generation)) is not None:
                await render(failed, scope, send)
                return
            self._writer.write(coalesce(generation.log))
            await _send(self._writer.whole(), send)
        finally:
            self._inference.leave(generation)


class Streamed(Response):
    """Tells one reply as its writer words it, with Server-Sent Events."""

    def __init__(self, inference: Inference, generation: Generation, writer: StreamWriter) -> None:
        super().__init__(media_type="text/event-stream")
        self._inference, self._generation, self._writer = inference, generation, writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        generation = self._generation
        try:
            if not await while_present(receive, _opened(generation)):
                return
            if (failed := _failure(generation)) is not None and not generation.wrote:
                await render(failed, scope, send)
                return
            await EventStream(self._events())(scope, receive, send)
        finally:
            self._inference.leave(generation)

    async def _events(self) -> AsyncGenerator[bytes]:
        generation, after = self._generation, 0
        if data := self._writer.begin():
            yield data
        while True:
            await generation.wait(after)
            batch = generation.log[after:]
            if not batch:
                return
            after += len(batch)
            if generation.done:
                batch[-1] = ended(generation)
            # what came while the client was slow is told at once
            if data := self._writer.write(coalesce(batch)):
                yield data


async def _opened(generation: Generation) -> None:
    """Return once the reply has a word or an end, or after a while."""
    after = 0
    try:
        async with asyncio.timeout(HEARTBEAT):
            while not generation.done and all(isinstance(event, Status) for event in generation.log[after:]):
                after = len(generation.log)
                await generation.wait(after)
    except TimeoutError:
        pass


def _failure(generation: Generation) -> ErrorInfo | None:
    """Return how a reply failed that is over before anything of it was sent."""
    last = ended(generation) if generation.done else None
    return last.error if isinstance(last, Failed) else None


async def _send(body: bytes, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
