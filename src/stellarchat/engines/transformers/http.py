"""The worker's HTTP: a table of handlers, a key, JSON both ways, and streams that end with their reader."""

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any

import msgspec

from stellarchat.engines.transformers.answers import Failed
from stellarchat.engines.transformers.bodies import BadBody
from stellarchat.engines.transformers.wire import error

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_LIMIT = 64 << 20  # bytes; the gateway has stricter ones
OPEN = ("/health",)


class Plain(msgspec.Struct, frozen=True):
    """An answer that is text."""

    text: str


Stream = AsyncGenerator[Any]
Handler = Callable[[dict[str, Any]], Awaitable[Any]]


class NotReady(Exception):
    """The model is still being loaded."""


class Http:
    """An ASGI application. `routes` maps "METHOD /path" to what answers it.

    A handler returns what is to be sent as JSON, a Plain, or an asynchronous generator of what is to be
    sent as events; it is closed as soon as nobody reads it any more.
    """

    def __init__(self, routes: Mapping[str, Handler], key: str) -> None:
        self._routes, self._key = routes, f"Bearer {key}".encode() if key else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            status, answer = 200, await self._answer(scope, receive, send)
        except BadBody as bad:
            status, answer = 400, error(bad.message, 400, bad.kind, bad.param)
        except NotReady:
            status, answer = 503, error("Loading model", 503, "unavailable_error")
        except _Status as problem:
            status, answer = problem.status, error(str(problem), problem.status, problem.kind)
        except Exception as failure:
            log.exception("%s failed", scope["path"])
            status, answer = 500, error(f"{type(failure).__name__}: {failure}", 500, "server_error")
        if answer is None:
            return
        kind, body = b"application/json", b""
        if isinstance(answer, Plain):
            kind, body = b"text/plain; version=0.0.4", answer.text.encode()
        else:
            body = msgspec.json.encode(answer)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Return the answer; None where it was sent already, or where nobody waits for it."""
        handler = self._routes.get(f"{scope['method']} {scope['path']}")
        self._check(scope)
        if handler is None:
            raise _Status(404, f"There is no {scope['method']} {scope['path']}.", "not_found_error")
        body = await _body(receive)
        work = asyncio.ensure_future(_whole_or_streamed(handler, body, send))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                await asyncio.wait((work,))
                return None
            return work.result()
        finally:
            gone.cancel()
            work.cancel()

    def _check(self, scope: Scope) -> None:
        if scope["path"] in OPEN or not self._key:
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if not hmac.compare_digest(given, self._key):
            raise _Status(401, "The API key is missing or wrong.", "authentication_error")


class _Status(Exception):
    def __init__(self, status: int, message: str, kind: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


async def _body(receive: Receive) -> dict[str, Any]:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > BODY_LIMIT:
            raise _Status(413, "The body is too large.", "invalid_request_error")
    raw = b"".join(parts)
    if not raw:
        return {}
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError as problem:
        raise BadBody(f"The body is not JSON: {problem}") from None
    if not isinstance(body, dict):
        raise BadBody("The body must be a JSON object.")
    return body


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _whole_or_streamed(handler: Handler, body: dict[str, Any], send: Send) -> Any:
    answer = await handler(body)
    if not isinstance(answer, AsyncGenerator):
        return answer
    async with aclosing(answer):
        # what is wrong with the request shows before the first event, and has a status of its own then
        first = await anext(answer, None)
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            if first is not None:
                await _event(first, send)
            async for event in answer:
                await _event(event, send)
        except Failed as failure:
            await _event(error(str(failure), 500, "server_error"), send)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
    return None


async def _event(event: Any, send: Send) -> None:
    body = b"data: " + msgspec.json.encode(event) + b"\n\n"
    await send({"type": "http.response.body", "body": body, "more_body": True})
