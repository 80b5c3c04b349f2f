"""A pooled HTTP/1.1 client for one engine, on httptools: one write per request, no object per chunk.

Its own and not a library because it stands on the hot path: it hands on what one read brought, applies
back-pressure, and closes the connection (which is how an engine learns to stop) the moment nobody
listens any more. RFC 9112 framing is httptools' (llhttp's) work.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import httptools

from stellarchat.core.errors import EngineDied, EngineMalformed, EngineStalled, StellarChatError

PAUSE_AT = 64 * 1024  # bytes nobody has taken yet, before we stop reading from the engine
MAX_HEADERS = 64 * 1024

Dial = Callable[[], Awaitable[socket.socket]]
"""Opens the socket, where not every address may be connected to."""


class Response:
    """One answer of the engine. Take its body with `next()` or `read()`, or `abort()` it.

    `status` is the HTTP status, `headers` has lower-case names. Leaving the `async with` block before
    the body's end closes the connection.
    """

    __slots__ = (
        "_buffer",
        "_connection",
        "_error",
        "_size",
        "_waiter",
        "bytes_seen",
        "complete",
        "headers",
        "headers_seen",
        "status",
    )

    def __init__(self, connection: "_Connection") -> None:
        self._connection: _Connection | None = connection
        self._buffer: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._error: StellarChatError | None = None
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.headers_seen = False
        self.bytes_seen = False
        self.complete = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    async def next(self) -> bytes:
        """Return what has come since the last call, waiting for the first byte; b"" at the end.

        Raises EngineDied when the engine goes away before the end, EngineStalled when it is silent for
        too long, EngineMalformed when it does not speak HTTP.
        """
        while True:
            buffer = self._buffer
            if buffer:
                data = buffer[0] if len(buffer) == 1 else b"".join(buffer)
                buffer.clear()
                if self._size >= PAUSE_AT and self._connection is not None:
                    self._connection.resume()
                self._size = 0
                return data
            if self.complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._wait()

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises EngineMalformed past `limit` bytes."""
        pieces: list[bytes] = []
        size = 0
        while data := await self.next():
            size += len(data)
            if size > limit:
                self.abort()
                raise EngineMalformed(
                    f"The engine's answer is larger than {limit} bytes.",
                    sentence="engine_large",
                    values={"limit_bytes": limit},
                )
            pieces.append(data)
        return b"".join(pieces)

    async def end(self, patience: float) -> None:
        """Wait `patience` seconds at most for the body's end; what still comes is thrown away."""
        with contextlib.suppress(TimeoutError, StellarChatError):
            async with asyncio.timeout(patience):
                while await self.next():
                    pass

    def abort(self) -> None:
        """Close the connection unless the answer is complete; the engine sees it at once."""
        connection, self._connection = self._connection, None
        if connection is not None and not self.complete:
            connection.abort()

    async def started(self) -> None:
        """Wait for the status line and headers."""
        while not self.headers_seen:
            if self._error is not None:
                raise self._error
            await self._wait()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _fail(self, error: StellarChatError) -> None:
        if self._error is None and not self.complete:
            self._error = error
        self._wake()


class _Connection(asyncio.Protocol):
    """One keep-alive connection; carries one request at a time."""

    def __init__(self, pool: "Upstream") -> None:
        self.pool = pool
        self.response: Response | None = None
        self.open = False
        self.paused = False
        self.framed = False
        self.head_size = 0
        self.last_read = 0.0
        self.watchdog: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self.pool._forget(self)
        response = self.response
        if response is None:
            return
        if exc is None and response.headers_seen and not self.framed:
            self._finish()  # a body without length ends where the connection ends
        else:
            response._fail(
                EngineDied(
                    "The engine closed the connection before it had finished.", sentence="engine_closed"
                )
            )
        self._quiet()

    def send(self, data: bytes, response: Response) -> None:
        self.response, self.framed, self.head_size = response, False, 0
        self.parser = httptools.HttpResponseParser(self)
        loop = self.pool.loop
        self.last_read = loop.time()
        self.watchdog = loop.call_later(self.pool.stall_timeout, self._watch)
        self.transport.write(data)

    def abort(self) -> None:
        if self.open:
            self.open = False
            self.transport.abort()
        self._quiet()

    def resume(self) -> None:
        if self.paused and self.open:
            self.paused = False
            self.last_read = self.pool.loop.time()
            self.transport.resume_reading()

    def _watch(self) -> None:
        """Notice silence without a timer per chunk: look when it could first be too long."""
        silent = self.pool.loop.time() - self.last_read
        left = self.pool.stall_timeout - silent
        if self.response is None:
            return
        if left > 0 or self.paused:
            self.watchdog = self.pool.loop.call_later(max(left, 1.0), self._watch)
            return
        self.response._fail(
            EngineStalled(
                f"The engine sent nothing for {silent:.0f} s.",
                remedy="Try again; if it happens often, restart the model or look at its log.",
                sentence="engine_silent",
                values={"silent_seconds": round(silent)},
            )
        )
        self.abort()

    def _quiet(self) -> None:
        if self.watchdog is not None:
            self.watchdog.cancel()
            self.watchdog = None
        self.response = None

    def _finish(self) -> None:
        response = self.response
        if response is None:
            return
        response.complete = True
        response._connection = None
        response._wake()
        self._quiet()

    # what the transport and the parser call

    def data_received(self, data: bytes) -> None:
        response = self.response
        if response is None:  # bytes nobody asked for: this connection cannot be trusted any more
            self.abort()
            return
        response.bytes_seen = True
        self.last_read = self.pool.loop.time()
        try:
            self.parser.feed_data(data)
            if not response.headers_seen:
                self.head_size += len(data)
                if self.head_size > MAX_HEADERS:
                    raise httptools.HttpParserError("too many headers")
        except httptools.HttpParserError as error:
            response._fail(
                EngineMalformed(
                    "The engine does not speak HTTP.", detail=str(error), sentence="engine_not_http"
                )
            )
            self.abort()
            return
        if response._size >= PAUSE_AT and not self.paused and not response.complete:
            self.paused = True
            self.transport.pause_reading()

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self.response is not None
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self.framed = True
        self.response.headers[name] = value

    def on_headers_complete(self) -> None:
        response = self.response
        assert response is not None
        status = self.parser.get_status_code()
        if status < 200:  # 100 Continue and 103 Early Hints announce, they don't answer
            response.headers.clear()
            return
        response.status = status
        if status in (204, 304):
            self.framed = True
        response.headers_seen = True
        response._wake()

    def on_body(self, body: bytes) -> None:
        response = self.response
        if response is not None:
            response._buffer.append(body)
            response._size += len(body)
            response._wake()

    def on_message_complete(self) -> None:
        response = self.response
        if response is None or not response.headers_seen:
            return
        keep = self.parser.should_keep_alive()
        self._finish()
        if keep and self.open:
            if self.paused:
                self.paused = False
                self.transport.resume_reading()
            self.pool._idle_again(self)
        else:
            self.abort()


class Upstream:
    """All connections to one engine.

    `base_url` is the origin with an optional path prefix (`http://127.0.0.1:9100`, `https://host/v1`);
    `stall_timeout` is in seconds between two reads; `dial` opens the sockets, where somebody is to judge
    the address that is connected to.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        connect_timeout: float = 5.0,
        stall_timeout: float = 300.0,
        keep_idle: int = 512,
        dial: Dial | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http(s) address: {base_url!r}")
        self.base_url = base_url.rstrip("/")
        self.host, self.tls = parts.hostname, parts.scheme == "https"
        self.port = parts.port or (443 if self.tls else 80)
        self.prefix = parts.path.rstrip("/")
        self.connect_timeout, self.stall_timeout = connect_timeout, stall_timeout
        self.keep_idle = keep_idle
        self._dial = dial
        host = f"[{self.host}]" if ":" in self.host else self.host
        head = f"Host: {host}:{self.port}\r\nUser-Agent: stellarchat\r\nAccept: */*\r\n"
        if api_key:
            if "\r" in api_key or "\n" in api_key:
                raise ValueError("an API key is one line")
            head += f"Authorization: Bearer {api_key}\r\n"
        self._common = head.encode("latin-1")
        self._heads: dict[str, bytes] = {}
        self._idle: deque[_Connection] = deque()
        self._all: set[_Connection] = set()
        self._ssl: ssl.SSLContext | None = None
        self.loop = asyncio.get_running_loop()

    async def request(self, method: str, path: str, body: bytes = b"") -> Response:
        """Send a request and wait for the answer's head.

        `path` is ours (never a client's text). Raises EngineDied when the engine cannot be reached, and
        what `Response.next` raises. One retry where a kept connection turns out to be closed.
        """
        line = f"{method} {path}"
        head = self._heads.get(line)
        if head is None:
            head = self._heads[line] = (
                f"{method} {self.prefix}{path} HTTP/1.1\r\n".encode("latin-1") + self._common
            )
        data = b"%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
        while True:
            connection, fresh = await self._connect()
            response = Response(connection)
            connection.send(data, response)
            try:
                await response.started()
            except EngineDied:
                response.abort()
                if fresh or response.bytes_seen:
                    raise
                continue
            except BaseException:
                response.abort()
                raise
            return response

    def close(self) -> None:
        """Close every connection, busy ones too."""
        for connection in list(self._all):
            if connection.response is not None:
                connection.response._fail(EngineDied("The engine was stopped.", sentence="engine_stopped"))
            connection.abort()
        self._all.clear()
        self._idle.clear()

    async def _connect(self) -> tuple[_Connection, bool]:
        while self._idle:
            connection = self._idle.pop()
            if connection.open and not connection.transport.is_closing():
                return connection, False
        if self.tls and self._ssl is None:
            self._ssl = ssl.create_default_context()
        try:
            async with asyncio.timeout(self.connect_timeout):
                connection = await self._opened()
        except StellarChatError as error:  # the address is not one to go to, any more
            raise EngineDied(
                error.message,
                remedy=error.remedy,
                detail=error.detail,
                sentence=error.sentence,
                values=error.values,
            ) from error
        except (OSError, TimeoutError) as error:
            raise EngineDied(
                f"Nothing answers at {self.host}:{self.port}.",
                remedy="Check that the engine or the endpoint is running.",
                detail=str(error) or type(error).__name__,
                sentence="engine_nobody",
                values={"address": f"{self.host}:{self.port}"},
            ) from error
        self._all.add(connection)
        return connection, True

    async def _opened(self) -> _Connection:
        if self._dial is None:
            _, connection = await self.loop.create_connection(
                lambda: _Connection(self), self.host, self.port, ssl=self._ssl
            )
            return connection
        found = await self._dial()
        try:
            _, connection = await self.loop.create_connection(
                lambda: _Connection(self),
                sock=found,
                ssl=self._ssl,
                server_hostname=self.host if self.tls else None,
            )
        except BaseException:
            found.close()
            raise
        return connection

    def _idle_again(self, connection: _Connection) -> None:
        if len(self._idle) < self.keep_idle:
            self._idle.append(connection)
        else:
            connection.abort()

    def _forget(self, connection: _Connection) -> None:
        self._all.discard(connection)
