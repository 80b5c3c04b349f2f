"""Streams end with their source or their reader, whichever comes first."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from stellarchat.api.sse import EventStream, event, while_present
from tests.waiting import eventually


class Client:
    """The other side of a request."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.got: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)


async def test_a_stream_is_sent_as_it_comes_and_ended() -> None:
    async def source() -> AsyncGenerator[bytes]:
        yield event(1, b"{}")
        yield event(2, b"[]")

    client, gone = Client(), []
    await EventStream(source(), lambda: gone.append(1))({}, client.receive, client.send)
    assert client.body == b"id: 1\ndata: {}\n\nid: 2\ndata: []\n\n"
    headers = dict(client.got[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert b"content-length" not in headers
    assert client.got[-1].get("more_body", False) is False
    assert gone == []


async def test_a_source_is_closed_when_the_reader_leaves() -> None:
    closed = asyncio.Event()

    async def source() -> AsyncGenerator[bytes]:
        try:
            yield b"a"
            await asyncio.Event().wait()
        finally:
            closed.set()

    client, gone = Client(), []
    answering = asyncio.create_task(
        EventStream(source(), lambda: gone.append(1))({}, client.receive, client.send)
    )
    await eventually(lambda: client.body == b"a")
    client.left.set()
    await answering
    assert closed.is_set()
    assert gone == [1]


async def test_a_source_that_fails_is_heard() -> None:
    async def source() -> AsyncGenerator[bytes]:
        yield b"a"
        raise RuntimeError("broken")

    client, gone = Client(), []
    with pytest.raises(RuntimeError, match="broken"):
        await EventStream(source(), lambda: gone.append(1))({}, client.receive, client.send)
    assert gone == [1]


async def test_work_is_called_off_when_the_client_leaves() -> None:
    client = Client()
    called_off = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            called_off.set()

    doing = asyncio.create_task(while_present(client.receive, work()))
    await asyncio.sleep(0)
    client.left.set()
    assert await doing is False
    assert called_off.is_set()


async def test_work_that_is_done_is_told() -> None:
    client = Client()
    assert await while_present(client.receive, asyncio.sleep(0)) is True
