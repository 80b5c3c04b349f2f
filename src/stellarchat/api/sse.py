"""Server-Sent Events, and answers that end early when the client leaves.

Plain ASGI: one `send` per wake-up, no task per event, nothing between the source and the socket.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Final

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment tells proxies that the stream lives."""


def events(component: str | None = None) -> dict[str, Any]:
    """Return the content of an answer, as OpenAPI has it: events with JSON of that schema, or any text.

    `itemSchema` is OpenAPI 3.2's, which FastAPI writes into a document of 3.1 too: there is no other way
    to say what one event is.
    """
    data: dict[str, Any] = {"type": "string"}
    if component is not None:
        schema = {"$ref": f"#/components/schemas/{component}"}
        data |= {"contentMediaType": "application/json", "contentSchema": schema}
    fields = {"data": data, "event": {"type": "string"}, "id": {"type": "string"}}
    item = {"type": "object", "required": ["data"], "properties": fields}
    return {EventStream.media_type: {"itemSchema": item}}


_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """Sends chunks of events as they come, until the source ends or the client leaves.

    `left` is called once in the latter case. The source is closed in both.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        source: AsyncGenerator[bytes],
        left: Callable[[], None] | None = None,
        # FastAPI reads the documented status from this parameter's default
        status_code: int = 200,
    ) -> None:
        super().__init__(headers=_HEADERS, status_code=status_code)
        del self.headers["content-length"]
        self._source = source
        self._left = left
        self._sent = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()

        async def write() -> None:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            async with aclosing(self._source) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    self._sent = loop.time()
            await send({"type": "http.response.body", "body": b""})

        async def beat() -> float:
            silent = loop.time() - self._sent
            if silent < HEARTBEAT:
                return HEARTBEAT - silent
            await send({"type": "http.response.body", "body": b": alive\n\n", "more_body": True})
            self._sent = loop.time()
            return HEARTBEAT

        self._sent = loop.time()
        ended = False
        try:
            ended = await while_present(receive, write(), beat)
        finally:
            if not ended and self._left is not None:
                self._left()


def event(seq: int, data: bytes) -> bytes:
    """Return one event; `data` is JSON, which has no line breaks of its own."""
    return b"id: %d\ndata: %b\n\n" % (seq, data)


async def while_present(
    receive: Receive, work: Coroutine[Any, Any, None], beat: Callable[[], Awaitable[float]] | None = None
) -> bool:
    """Do `work`; call it off when the client leaves. Return whether it came to its end.

    `beat` is called now and then meanwhile and returns in how many seconds it wants to be called again.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(receive))
    pause = HEARTBEAT if beat is not None else None
    try:
        while True:
            done, _ = await asyncio.wait(
                {working, leaving}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
            if working in done:
                working.result()
                return True
            if leaving in done:
                return False
            if beat is not None:
                pause = await beat()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
