"""Asking a port whether it is ready, whatever listens there."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from stellarchat.core.launch import Address
from stellarchat.runtime import probe
from tests.fake_engine import running_fake


@contextlib.asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[Address, list[bytes]]]:
    """Yield the address of something that says `answer` and hangs up, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Address(f"http://127.0.0.1:{port}", "the-key"), asked


async def test_request_carries_the_key() -> None:
    async with answering(b"HTTP/1.0 200 OK\r\n\r\n") as (address, asked):
        assert await probe.status(address, "/health", 5) == 200
        host = address.base_url.removeprefix("http://").encode()
        head = b"GET /health HTTP/1.0\r\nHost: " + host + b"\r\nAuthorization: Bearer the-key\r\n\r\n"
        assert asked == [head]


@pytest.mark.parametrize(("load_time", "status"), [(0.0, 200), (60.0, 503)])
async def test_engine_that_is_ready_and_one_that_loads(load_time: float, status: int) -> None:
    async with running_fake(load_time=load_time) as fake:
        address = Address(fake.base_url, None)
        async with asyncio.timeout(10):
            while await probe.status(address, "/health", 5) != status:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n", b"\xff" * 100_000, b"HTTP/1.0 abc\r\n\r\n"])
async def test_strangers_are_no_answer(answer: bytes) -> None:
    async with answering(answer) as (address, _):
        assert await probe.status(address, "/health", 5) is None


async def test_nobody_there_and_nobody_answering() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = Address(f"http://127.0.0.1:{silent.getsockname()[1]}", None)
        assert await probe.status(address, "/health", 5) is None
        silent.listen()
        assert await probe.status(address, "/health", 0.05) is None
