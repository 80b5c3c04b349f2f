"""The relay lane's door: a plain ASGI callable, no framework between the engine and the socket."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from stellarchat.api.bodies import parse, read_body
from stellarchat.api.deps import calling
from stellarchat.api.errors import body_of, request_id
from stellarchat.core.errors import StellarChatError
from stellarchat.services.answers.relay import Relay

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Validate = Callable[[dict[str, Any]], None]

_STREAM_HEAD: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ],
}


class RelayEndpoint:
    """Serves one of OpenAI's POST routes.

    `path` is the engine's path below `/v1`, `validate` raises BadRequest naming the wrong field.
    """

    def __init__(self, relay: Relay, path: str, validate: Validate, body_limit: int) -> None:
        self.relay, self.path, self.validate, self.body_limit = relay, path, validate, body_limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; let the engine go as soon as the client has gone.

        Raises StellarChatError where nothing was sent yet; the entrance renders it.
        """
        task = asyncio.current_task()
        assert task is not None
        watcher: asyncio.Task[None] | None = None
        streaming = False
        try:
            raw = await read_body(receive, self.body_limit)
            request = parse(raw)
            self.validate(request)
            watcher = asyncio.get_running_loop().create_task(_leave(receive, task))
            user_id = calling(scope).user_id
            async with self.relay.exchange(self.path, request, raw, user_id) as exchange:
                if not exchange.streaming:
                    await _plain(await exchange.whole(), send)
                    return
                await send(_STREAM_HEAD)
                streaming = True
                while data := await exchange.next():
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except StellarChatError as error:
            if not streaming:
                raise
            await _fail(scope, send, error)
        except asyncio.CancelledError:
            if watcher is None or not watcher.done():
                raise
            task.uncancel()  # it was the client's leaving, and the engine has been let go
        finally:
            if watcher is not None:
                watcher.cancel()


async def _fail(scope: Message, send: Send, error: StellarChatError) -> None:
    """Too late for a status: OpenAI's clients raise on an event that holds an error."""
    event = b"data: %s\n\n" % body_of(error.info(), scope["path"], request_id(scope))
    await send({"type": "http.response.body", "body": event})


async def _plain(body: bytes, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _leave(receive: Receive, task: "asyncio.Task[Any]") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()
