"""Ten thousand sockets that say nothing are held, on a machine that lets a program open a thousand files.

They answer pings as browsers do. Meanwhile others are served, and whoever subscribed hears of changes.
"""

import asyncio
import base64
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.server import Server, serving
from tests.waiting import eventually

SOCKETS = 10_000
USUAL = 1024  # files that a program may open, where nobody has said otherwise
AT_ONCE = 200
SUBSCRIBED = 10


class Idle(asyncio.Protocol):
    """A client that has shaken hands, answers pings, and keeps the kinds of frames that came."""

    def __init__(self, host: str, hello: bytes) -> None:
        self._host, self._hello = host, hello
        self.heard = b""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /api/ws/chat HTTP/1.1\r\nHost: {self._host}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"\x89\x04"):  # a ping of four bytes, by itself
            self.transport.write(b"\x8a\x84\0\0\0\0" + data[2:6])
            return
        if b"session_start" not in self.heard and b"session_start" in data and self._hello:
            self.transport.write(self._hello)
        self.heard += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


def same(one: Idle) -> Idle:
    """Return a client that is there already, as what makes one for a connection."""
    return one


def welcomed(some: list[Idle]) -> bool:
    return all(b"session_start" in one.heard for one in some)


def said(**frame: object) -> bytes:
    """Return a short frame as it lies on the wire."""
    payload = json.dumps(frame).encode()
    assert len(payload) < 126
    return bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


@contextmanager
def may_open(files: int) -> Iterator[None]:
    """Let this program, and what it starts, open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < SOCKETS + USUAL:
        pytest.skip(f"a program may open {hard} files here at most")
    with may_open(USUAL):
        running = serving(tmp_path)
        server = running.__enter__()
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.mark.timeout(300)
async def test_idle_sockets_are_held_and_others_unaffected(server: Server) -> None:
    loop = asyncio.get_running_loop()
    host = server.base_url.removeprefix("http://")
    place = (host.split(":")[0], int(host.split(":")[1]))
    hello = said(type="subscribe", topics=["chats"])
    process = psutil.Process(server.pid)
    clients: list[Idle] = []
    with may_open(SOCKETS + USUAL):
        try:
            before = process.memory_info().rss
            while len(clients) < SOCKETS:
                first = not clients
                some = [Idle(host, hello if first and at < SUBSCRIBED else b"") for at in range(AT_ONCE)]
                clients += some
                await asyncio.gather(*(loop.create_connection(partial(same, one), *place) for one in some))
                await eventually(partial(welcomed, some))
            async with server.async_client() as others:
                assert (await others.get("/health")).status_code == 200
                made = await others.post("/api/chats/", json={"title": "meanwhile"})
                identity = made.json()["id"].encode()
            told = clients[:SUBSCRIBED]
            await eventually(lambda: all(identity in one.heard for one in told))
            assert not any(one.lost for one in clients)
            assert not any(b"chat_changed" in one.heard for one in clients[SUBSCRIBED:])
        finally:
            for one in clients:
                one.transport.abort()
    assert "Traceback" not in server.log()
    assert process.memory_info().rss - before < SOCKETS * 64 * 1024
