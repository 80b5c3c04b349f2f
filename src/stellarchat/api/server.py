"""The HTTP server below the entrance: uvicorn on httptools, with what it lacks.

Bounded request heads (llhttp keeps any amount of headers), a deadline for them, a pace that bodies keep, many
connections taken at once, little kept for clients that do not read, and a shutdown that drains: the first
signal lets running replies finish, the second ends the process at once.
"""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Protocol

import uvicorn
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from stellarchat.api.errors import body_of
from stellarchat.api.visit import BASELINE
from stellarchat.core.errors import ErrorInfo, Unavailable

log = logging.getLogger(__name__)

HEAD_SECONDS = 30.0
CLOSE_SECONDS = 5
BACKLOG = 2048
ACCEPTED = 16
"""Connections taken in one turn of the event loop.

uvloop takes one for each listening socket, so under load a caller would wait as many turns as others came
before. Each is therefore listened on by as many copies; what that costs, a vain look by each copy, is paid
only while fewer are waiting.
"""
UNSENT = 64 * 1024
"""Bytes that the kernel keeps of a connection's answer beyond what is on its way.

Without a limit it takes four megabytes of a stream that nobody reads, and we make all of it.
"""
# what is refused here has seen no entrance
_HEADERS = b"".join(
    b"%b: %b\r\n" % header
    for header in [(b"content-type", b"application/json"), (b"connection", b"close"), *BASELINE]
)
_SLOWLY = "Send it without pauses, or raise limits.body_seconds or lower limits.body_rate."
_NO_TEXT = 1007  # RFC 6455, 7.4.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on a request's head and on the time that head and body may take.

    A body has no deadline, for it may be large and the line slow. But every `body_seconds` it has to have
    brought `body_rate` bytes for each of them; time in which we do not read is not the client's.
    """

    head_limit = 64 * 1024
    body_seconds = 30.0
    body_rate = 1024

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock for the first head."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._head = 0
        self._in_head = True
        self._in_body = False
        self._body = 0
        self._held_up = False
        self._refused = False
        self._clock: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._expire)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, unless the head so far is too large already."""
        if self._refused:
            return
        super().data_received(data)
        if self._in_head and not self._refused:
            # llhttp tells of a header only at its end: this bounds one that has none
            self._head += len(data)
            if self._head > self.head_limit:
                self._refuse_head()
            elif self._clock is None:
                self._clock = self.loop.call_later(HEAD_SECONDS, self._expire)
        elif self._in_body and not self._refused:
            self._body += len(data)
            if self._clock is None:
                self._clock = self.loop.call_later(self.body_seconds, self._look)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Hand the request to the application, unless its head is too large."""
        self._in_head = False
        self._in_body = True
        self._head = self._body = 0
        self._stop_clock()
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > self.head_limit:
            self._refuse_head()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Drop the body of a refused request."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock of its body; forget a refused request."""
        self._in_body = False
        self._stop_clock()
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        if not self._refused:
            self._refuse(400, "invalid_http", msg)

    def _expire(self) -> None:
        if self._head and not self._refused:
            self._refuse(408, "request_timeout", "The request's headers did not come in time.")
        elif not self.transport.is_closing():
            self.transport.close()

    def _look(self) -> None:
        """Refuse a body that hardly comes, unless it was us who did not read."""
        before, self._held_up = self._held_up, self.flow.read_paused or self.cycle.waiting_for_100_continue
        if not (before or self._held_up) and self._body < self.body_rate * self.body_seconds:
            self._clock = None
            if self.cycle.response_started:
                self.transport.close()
            else:
                self._refuse(408, "request_timeout", "The request's body came too slowly.", _SLOWLY)
            return
        self._body = 0
        self._clock = self.loop.call_later(self.body_seconds, self._look)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _refuse_head(self) -> None:
        self._refuse(431, "request_header_fields_too_large", "The request's headers are too large.")

    def _refuse(self, status: int, code: str, message: str, remedy: str | None = None) -> None:
        self._refused = True
        info = ErrorInfo(
            code=code, type="invalid_request_error", message=message, status=status, remedy=remedy
        )
        body = body_of(info, "", "")
        head = b"HTTP/1.1 %d \r\n%bcontent-length: %d\r\n\r\n" % (status, _HEADERS, len(body))
        self.transport.write(head + body)
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, which writes a traceback into the log for everybody who sends text that is none."""

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; text that is no UTF-8 closes the socket, as RFC 6455 asks for."""
        if self.curr_msg_data_type == "text":
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self.conn.fail(_NO_TEXT, "text that is no UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()


class Life(Protocol):
    """What is served: begins before the first connection and ends after the last."""

    async def open(self) -> None:
        """Start."""

    async def drain(self) -> None:
        """Take no more work and let what runs come to its end; connections are still answered."""

    async def close(self) -> None:
        """End. Also called where `open` failed."""


class DrainingServer(uvicorn.Server):
    """Serves until a signal comes, then drains while it still answers, then closes.

    `announce` is called as soon as connections are taken.
    """

    def __init__(self, config: Config, life: Life, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._life = life
        self._announce = announce
        self._draining = False
        self.again = False
        """Whether it ended in order to be started anew."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open what is served, then take connections: from `sockets`, which are closed in the end."""
        try:
            await self._life.open()
        except BaseException:
            await self._life.close()
            raise
        copies = [one.dup() for one in sockets or () for _ in range(ACCEPTED - 1)]
        await super().startup(sockets and [*sockets, *copies])
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the connections, then what is served."""
        await super().shutdown(sockets)
        await self._life.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals over; the process ends by returning, not by the signal."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal; at the second end at once (the engines notice and end too)."""
        if self._draining and not self.again:
            os._exit(128 + sig)
        if self._draining:
            self.again = False  # it ends for good
            return
        loop = asyncio.get_running_loop()
        self._draining = True
        loop.call_soon_threadsafe(self._start_draining)

    def restart(self) -> None:
        """Drain and end, to be started anew by whoever runs it."""
        if not self._draining:
            self.again = self._draining = True
            self._start_draining()

    def _start_draining(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._end(), name="drain")

    async def _end(self) -> None:
        try:
            await self._life.drain()
        finally:
            self.should_exit = True


def bind(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets on every address of `host`, all with the same port (0: a free one).

    Raises Unavailable where that is not possible.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Unavailable(f"There is no address {host}: {error.strerror}.", remedy="Use --host.") from None
    bound: list[socket.socket] = []
    for family, address in dict.fromkeys((one[0], one[4][0]) for one in found):
        try:
            one = socket.create_server((str(address), port), family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                for one in bound:
                    one.close()
                raise Unavailable(
                    f"Port {port} of {host} is taken by another program.",
                    remedy="Choose another with --port.",
                ) from None
            log.debug("%s is not there to listen on: %s", address, error)
        else:
            bound.append(one)
            port = one.getsockname()[1]
            if hasattr(socket, "TCP_NOTSENT_LOWAT"):
                # its connections inherit it
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
    if not bound:
        raise Unavailable(f"{host} is no address of this machine.", remedy="Choose another with --host.")
    return bound


def configure(
    app: Any,
    *,
    head_limit: int,
    frame_limit: int,
    body_seconds: float = LimitedProtocol.body_seconds,
    body_rate: int = LimitedProtocol.body_rate,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Config:
    """Return uvicorn's configuration for `app`; sizes are bytes. Sockets made by `bind` come first."""
    limits = {"head_limit": head_limit, "body_seconds": body_seconds, "body_rate": body_rate}
    protocol = type("Protocol", (LimitedProtocol,), limits)
    return Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=protocol,
        ws=SocketProtocol,
        ws_max_size=frame_limit,
        # a compressor per socket costs memory and time, and tokens are too short to gain by it
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )
