"""One answer: its words, its stream, and what can be wrong with it."""

import asyncio
import json
import re
import time
from typing import Any

from tests.fake_engine import answers as common
from tests.fake_engine.connection import Connection
from tests.fake_engine.directives import Directives
from tests.fake_paged.wires import WIRES, Wire

ODD = re.compile(r"\[\[odd (\w+)\]\]")
"""html: a page with status 200. truncated: half of the JSON. wrongtype: a stream called JSON. error: an error
as the first event. flat_error: one that is not nested. late_error: one after two tokens. abort: the engine
gives up (finish_reason). usage_twice: usage in every chunk, too. nulls: optional fields there and null."""

_PAGE = "<!doctype html><title>Welcome</title>"


def chosen(body: dict[str, Any], wire: Wire) -> list[str] | None:
    """Return the words that a constraint of the request forces, or None where it has none."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    outputs = body.get("structured_outputs") or {}
    schema = schema or outputs.get("json") or (wire.guided and body.get("guided_json")) or None
    if schema:
        return ["{", *[f'"{name}": 1' for name in list(schema.get("properties", {}))[:1]], "}"]
    if choice := outputs.get("choice") or (wire.guided and body.get("guided_choice")):
        return [choice[0]]
    if wire.owner == "sglang" and body.get("regex"):
        return ["4", "2"]
    return None


class Answer:
    """A reply to `body`. `sent` counts the tokens on their way."""

    def __init__(
        self, wire: Wire, order: Directives, odd: str, body: dict[str, Any], prompt: int, number: int
    ) -> None:
        self._wire, self._order, self._odd, self._body = wire, order, odd, body
        self._prompt, self._identity = prompt, f"chatcmpl-{number}"
        self._chat = "messages" in body
        count = order.tokens if order.tokens >= 0 else min(body.get("max_tokens") or 8, 8)
        words = chosen(body, wire)
        self._words = [common.token(at) for at in range(count)] if words is None else words
        self._finish = "tool_calls" if order.tool else "stop"
        if order.tool:
            self._words = []
        self.sent = 0

    async def send(self, connection: Connection) -> None:
        """Answer on `connection`."""
        if self._odd == "html":
            return await connection.send(_PAGE, content_type="text/html; charset=utf-8")
        if self._body.get("stream"):
            return await self._stream(connection)
        return await self._plain(connection)

    def _usage(self) -> dict[str, Any]:
        usage = common.usage(self._prompt, self.sent, self._order.think, 1)
        if self._wire.owner == "sglang":
            usage.pop("completion_tokens_details", None)
            usage["reasoning_tokens"] = self._order.think
        return usage

    async def _plain(self, connection: Connection) -> None:
        await asyncio.sleep(self._order.first / 1000)
        self.sent = len(self._words)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._words)}
        if self._order.think:
            message[self._wire.reasoning] = common.thought(self._order.think)
        if self._order.tool:
            message["tool_calls"] = [common.tool_call(at) for at in range(self._order.tool)]
        choice = {"message": message} if self._chat else {"text": "".join(self._words)}
        body = {
            "id": self._identity,
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self._body["model"],
            "choices": [{"index": 0, **choice, "finish_reason": self._finish, "logprobs": None}],
            "usage": self._usage(),
        }
        text = json.dumps(body)
        await connection.send(text[: len(text) // 2] if self._odd == "truncated" else text)

    async def _stream(self, connection: Connection) -> None:
        order, wire = self._order, self._wire
        kind = "application/json" if self._odd == "wrongtype" else "text/event-stream; charset=utf-8"
        frames = common.Frames(self._identity, self._body["model"], chat=self._chat, newline=b"\n")

        async def put(delta: dict[str, Any], finish: str | None = None) -> None:
            if self._odd == "nulls":
                delta = {"content": None, "tool_calls": None, wire.reasoning: None, **delta}
            more = {"usage": self._usage()} if self._odd == "usage_twice" else {}
            await connection.chunk(frames.delta(delta, finish, **more), split=bool(order.split))

        async def fail() -> None:
            shape = WIRES["vllm-0.10"].error if self._odd == "flat_error" else wire.stream_error
            error = shape(500, "told to fail", "InternalServerError")
            await connection.chunk(frames.event(json.dumps(error).encode()))

        await connection.head(content_type=kind, transfer_encoding="chunked")
        await asyncio.sleep(order.first / 1000)
        if self._odd in ("error", "flat_error"):
            await fail()
        else:
            if self._chat:
                await put({"role": "assistant", "content": ""})
            for at in range(order.think):
                await put({wire.reasoning: f"hm{at % 100:02d} "})
            for at in range(order.tool):
                await self._tool(put, at)
            await self._text(connection, put, fail)
        if not order.no_done:
            await connection.chunk(frames.event(b"[DONE]"))
        await connection.write(b"0\r\n\r\n")

    async def _text(self, connection: Connection, put: Any, fail: Any) -> None:
        order = self._order
        for at, word in enumerate(self._words):
            if at == order.close_after:
                connection.hang_up()
            if at == order.stall_after:
                await asyncio.Event().wait()
            if at == 2 and self._odd == "late_error":
                return await fail()
            if order.delay > 0:
                await asyncio.sleep(order.delay / 1000)
            self.sent += 1
            await put({"content": word})
        await put({}, "abort" if self._odd == "abort" else self._finish)
        if (self._body.get("stream_options") or {}).get("include_usage"):
            frames = common.Frames(self._identity, self._body["model"], chat=self._chat, newline=b"\n")
            await connection.chunk(frames.body([], usage=self._usage()))
        return None

    async def _tool(self, put: Any, at: int) -> None:
        call = common.tool_call(at)
        arguments = call["function"]["arguments"]
        call["function"] = call["function"] | {"arguments": ""}
        await put({"tool_calls": [call]})
        for place in range(0, len(arguments), 5):
            piece = {"index": at, "function": {"arguments": arguments[place : place + 5]}}
            await put({"tool_calls": [piece]})
