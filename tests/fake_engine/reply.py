"""One answer of the fake engine, streamed or whole, with the ways it can go wrong."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fake_engine import answers, directives, script
from tests.fake_engine.connection import Connection
from tests.fake_engine.directives import Directives
from tests.fake_engine.options import Options


class Reply:
    """An answer to `body`, whose last user message `said` holds the directives `order`."""

    def __init__(
        self,
        options: Options,
        order: Directives,
        body: dict[str, Any],
        *,
        said: str,
        prompt: int,
        chat: bool,
        number: int,
    ) -> None:
        self._options, self._order, self._body = options, order, body
        self._prompt, self._chat = prompt, chat
        self._identity = f"{'chatcmpl' if chat else 'cmpl'}-fake{number:08d}"
        self._model = str(body.get("model") or options.model)
        self._rate = options.tokens_per_second
        self._due = 0.0
        self.sent = 0
        self.hold: Callable[[], Awaitable[None]] | None = None
        self._calls = script.calls(body) or [answers.tool_call(index) for index in range(order.tool)]
        self._text = self._answer(directives.strip(said))
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        self._finish = "tool_calls" if self._calls else "stop"
        if limit and len(self._text) > int(limit):
            self._text, self._finish = self._text[: int(limit)], "length"

    def _answer(self, said: str) -> list[str]:
        order = self._order
        whole = said if order.echo else self._options.text
        if self._calls:
            return []
        if whole and order.tokens < 0:
            tokens = re.findall(r"\s*\S+|\s+$", whole)
        else:
            length = order.tokens if order.tokens >= 0 else self._options.tokens
            tokens = [answers.token(index, unicode=bool(order.unicode)) for index in range(length)]
        if order.bigline:
            tokens.insert(len(tokens) // 2, "x" * order.bigline)
        return tokens

    async def send(self, connection: Connection) -> None:
        """Answer on `connection`. Raises Disconnected where the reply is to break the connection."""
        self._due = self._began = time.monotonic()
        if self._body.get("stream"):
            await self._stream(connection)
        else:
            await self._plain(connection)

    async def _pace(self, index: int) -> None:
        """Wait until token `index` is due, on a clock that does not drift."""
        order = self._order
        if index == 0:
            wait = order.first / 1000
        elif order.delay >= 0:
            wait = order.delay / 1000
        else:
            wait = 1 / self._rate if self._rate else 0
        self._due += wait
        await asyncio.sleep(max(0.0, self._due - time.monotonic()))

    async def _mishap(self, connection: Connection, sent: int) -> None:
        order = self._order
        if sent == order.die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if sent == order.reset:
            connection.reset()
        if sent == order.close_after:
            connection.hang_up()
        if sent == order.stall_after:
            await asyncio.Event().wait()
        # a title's request quotes what was said, directives too: nobody waits for that one
        if sent == order.hold and self.hold and self._finish != "length":
            await self.hold()
            self._due = time.monotonic()

    def _timings(self) -> dict[str, Any]:
        elapsed = (time.monotonic() - self._began) * 1000
        first = min(self._order.first, elapsed)
        return answers.timings(self._prompt, first, self.sent, elapsed - first, 0)

    def _usage(self) -> dict[str, Any]:
        return answers.usage(self._prompt, self.sent, self._order.think, 0)

    async def _plain(self, connection: Connection) -> None:
        await self._pace(0)
        for index in range(len(self._text)):
            await self._mishap(connection, index)
            if index:
                await self._pace(index)
            self.sent += 1
        await self._mishap(connection, self.sent)
        content = "".join(self._text)
        choice: dict[str, Any] = {"index": 0, "finish_reason": self._finish}
        if self._chat:
            choice["message"] = {"role": "assistant", "content": content}
            if self._order.think:
                choice["message"][self._options.reasoning_field] = answers.thought(self._order.think)
            if self._calls:
                choice["message"]["tool_calls"] = self._calls
        else:
            choice["text"] = content
        whole = {
            "id": self._identity,
            "object": "chat.completion" if self._chat else "text_completion",
            "created": int(time.time()),
            "model": self._model,
            "choices": [choice],
            "usage": self._usage(),
            "timings": self._timings(),
        }
        await connection.send("{garbage" if self._order.garbage else whole)

    async def _stream(self, connection: Connection) -> None:
        order = self._order
        newline = b"\r\n" if order.crlf else b"\n"
        frames = answers.Frames(self._identity, self._model, chat=self._chat, newline=newline)

        async def put(data: bytes) -> None:
            await connection.chunk(data, split=bool(order.split))

        await connection.head(content_type="text/event-stream", transfer_encoding="chunked")
        if self._body.get("return_progress"):
            progress = {"total": self._prompt, "cache": 0, "processed": self._prompt, "time_ms": order.first}
            await put(frames.delta({"role": "assistant", "content": None}, prompt_progress=progress))
        await self._pace(0)
        if self._chat:
            await put(frames.delta({"role": "assistant", "content": None}))
        for index in range(order.think):
            await put(frames.delta({self._options.reasoning_field: f"hm{index % 100:02d} "}))
            await self._pace(1)
        for call in self._calls:
            await self._tool(put, frames, call)
        for index, token in enumerate(self._text):
            await self._mishap(connection, index)
            if index:
                await self._pace(index)
            if order.garbage and index == len(self._text) // 2:
                await put(frames.event(b'{"choices": [{"delta": \xff\xfe garbage'))
            if index == order.error_after:
                await put(
                    frames.event(json.dumps(answers.error(500, "told to fail", "server_error")).encode())
                )
                break
            self.sent += 1
            await put(frames.delta({"content": token}))
        else:
            await self._mishap(connection, self.sent)
            await put(frames.delta({}, self._finish, timings=self._timings()))
            if (self._body.get("stream_options") or {}).get("include_usage"):
                await put(frames.body([], usage=self._usage(), timings=self._timings()))
            if not order.no_done:
                await put(frames.event(b"[DONE]"))
        await connection.write(b"0\r\n\r\n")

    async def _tool(self, put: Any, frames: answers.Frames, call: dict[str, Any]) -> None:
        """Send one call as engines do: the name first, then the arguments in pieces."""
        arguments = call["function"]["arguments"]
        begun = call | {"function": call["function"] | {"arguments": ""}}
        await put(frames.delta({"tool_calls": [begun]}))
        for at in range(0, len(arguments), 5):
            piece = {"index": call["index"], "function": {"arguments": arguments[at : at + 5]}}
            await put(frames.delta({"tool_calls": [piece]}))
            await self._pace(1)
