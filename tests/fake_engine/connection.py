"""Just enough HTTP/1.1 for a fake engine: keep-alive, Content-Length and chunked bodies.

A request runs as a task that is cancelled the moment its client goes away.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
_BEARER = re.compile(rb"\r\nauthorization: *bearer +(\S+)", re.I)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.I)
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class Disconnected(Exception):
    """The fake itself has ended the connection."""


class Request:
    """One request, read in full."""

    def __init__(self, head: bytes, body: bytes) -> None:
        line = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        self.method = line[0]
        self.path = line[1].split("?")[0]
        bearer = _BEARER.search(head)
        self.key = bearer[1].decode() if bearer else None
        self.close = bool(_CLOSE.search(head)) or line[2] == "HTTP/1.0"
        self.body = body

    def json(self) -> dict[str, Any]:
        """Return the body as an object. Raises ValueError."""
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("the body must be an object")
        return found


class Connection(asyncio.Protocol):
    """One client; requests are answered in order by `handle(connection, request)`."""

    def __init__(self, handle: Callable[["Connection", Request], Awaitable[None]]) -> None:
        self._handle = handle
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    def _next(self) -> None:
        if self._task is None and (request := self._take()) is not None:
            self._task = asyncio.ensure_future(self._serve(request))

    def _take(self) -> Request | None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        if _CHUNKED.search(head):
            body = b""
            while True:
                size, line_end, rest = rest.partition(b"\r\n")
                length = int(size, 16) if line_end else 0
                if not line_end or len(rest) < length + 2:
                    return None
                body, rest = body + rest[:length], rest[length + 2 :]
                if not length:
                    break
        else:
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return None
            body, rest = rest[:length], rest[length:]
        self._buffer = rest
        return Request(head, body)

    async def _serve(self, request: Request) -> None:
        try:
            await self._handle(self, request)
        except (Disconnected, asyncio.CancelledError):
            return
        finally:
            self._task = None
        if request.close:
            self._transport.close()
        else:
            self._next()

    async def write(self, data: bytes) -> None:
        """Send `data`, waiting where the client reads slowly."""
        self._transport.write(data)
        await self._writable.wait()

    async def head(self, status: int = 200, **headers: object) -> None:
        """Send a response head."""
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join([*lines, "", ""]).encode())

    async def send(
        self, body: object, status: int = 200, content_type: str = "application/json", **headers: object
    ) -> None:
        """Send a whole response: bytes and text as they are, anything else as JSON."""
        if isinstance(body, str):
            body = body.encode()
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.head(status, content_type=content_type, content_length=len(data), **headers)
        await self.write(data)

    async def chunk(self, data: bytes, *, split: bool = False) -> None:
        """Send `data` as HTTP chunks: one, or one for every byte."""
        for piece in (data[at : at + 1] for at in range(len(data))) if split else (data,):
            await self.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if split:
                await asyncio.sleep(0)

    def reset(self) -> None:
        """Reset the connection (RST instead of FIN). Raises Disconnected."""
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()
        raise Disconnected

    def hang_up(self) -> None:
        """Close the connection in an orderly way. Raises Disconnected."""
        self._transport.close()
        raise Disconnected
