"""What uvicorn lacks: many connections taken at once, little kept for clients that do not read."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop

from stellarchat.api.server import ACCEPTED, DrainingServer, bind, configure


class Nothing:
    """What is served: nothing that begins or ends."""

    async def open(self) -> None: ...

    async def drain(self) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """A listening socket."""
    (one,) = bind("127.0.0.1", 0)
    with one:
        yield one


def test_many_connections_are_taken_in_one_turn_of_the_loop(door: socket.socket) -> None:
    async def taken() -> list[int]:
        """Return how many are connected after each turn."""
        config = configure(_answer, head_limit=65536, frame_limit=65536)
        config.load()
        server = DrainingServer(config, Nothing(), lambda: None)
        server.lifespan = config.lifespan_class(config)
        await server.startup([door.dup()])
        with contextlib.ExitStack() as clients:
            for _ in range(2 * ACCEPTED):
                clients.enter_context(socket.create_connection(door.getsockname()))
            counts = [0]
            while counts[-1] < 2 * ACCEPTED:
                await asyncio.sleep(0)
                counts.append(len(server.server_state.connections))
        for one in server.servers:
            one.close()
        return counts

    counts = uvloop.run(taken())
    assert max(after - before for before, after in itertools.pairwise(counts)) == ACCEPTED


def test_a_body_that_we_do_not_read_is_not_too_slow(door: socket.socket) -> None:
    """The client waits for us, for many times as long as it may take itself."""
    size = 4 * 1024 * 1024

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)  # something else, first
        read, more = 0, True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            read += len(message.get("body", b""))
        status = 200 if read == size else 500
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def answered() -> bytes:
        config = configure(app, head_limit=65536, frame_limit=65536, body_seconds=0.05, body_rate=1024)
        config.load()
        server = DrainingServer(config, Nothing(), lambda: None)
        server.lifespan = config.lifespan_class(config)
        await server.startup([door.dup()])
        reader, writer = await asyncio.open_connection(*door.getsockname())
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
        line = await reader.readline()
        writer.close()
        for one in server.servers:
            one.close()
        return line

    assert uvloop.run(answered()).split()[1] == b"200"


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="this system has no such limit")
def test_little_is_kept_for_a_client_that_does_not_read(door: socket.socket) -> None:
    with socket.create_connection(door.getsockname()), door.accept()[0] as ours:
        ours.setblocking(False)
        written = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                written += ours.send(b"a" * 200)
    assert written < 1024 * 1024


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    raise NotImplementedError
