"""HTTP for tool servers: through the sockets of `outside`, and never more at once than is wanted.

Imported only where the library of tools is there.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

import httpcore2
import httpx2

from stellarchat.core.addresses import WebAddress
from stellarchat.core.errors import StellarChatError
from stellarchat.services.outside import Outside

ORIGINS: Final = 8
"""Places that one login may be sent to."""


class Capped(httpx2.AsyncBaseTransport):
    """Asks one origin. A body that is no stream of events may have `limit` bytes.

    `unknown` is called where the server asks who is there (401), with its `WWW-Authenticate`.
    """

    def __init__(
        self, outside: Outside, address: WebAddress, limit: int, unknown: Callable[[str], None]
    ) -> None:
        self._address, self._limit, self._unknown = address, limit, unknown
        self.at = address.scheme, address.place
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=16,
            keepalive_expiry=30.0,
            network_backend=_Sockets(outside, address),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask. Raises httpx2.TransportError."""
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _translated():
            answer = await self._pool.handle_async_request(asked)
        headers = httpx2.Headers(answer.headers)
        if answer.status == 401:
            self._unknown(headers.get("www-authenticate", ""))
        if headers.get("content-encoding", "identity").lower() != "identity":
            await answer.aclose()
            raise httpx2.ReadError("the answer is compressed, which was not asked for")
        events = headers.get("content-type", "").lower().startswith("text/event-stream")
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer, None if events else self._limit),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class Roaming(httpx2.AsyncBaseTransport):
    """Asks any origin that `outside` lets through, each by a `Capped` of its own; of those `known` first.

    For logins: whom a server sends one to is only known when it says so. Nothing goes out unprotected.
    """

    def __init__(self, outside: Outside, limit: int, known: Capped | None = None) -> None:
        self._outside, self._limit, self._known = outside, limit, known
        self._others: dict[str, Capped] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask. Raises httpx2.TransportError."""
        try:
            address = self._outside.checked(str(request.url))
            if self._known is not None and self._known.at == (address.scheme, address.place):
                return await self._known.handle_async_request(request)
            self._outside.expect_secure(address)
        except StellarChatError as error:
            raise httpx2.ConnectError(error.message) from error
        where = f"{address.scheme}://{address.place}"
        if where not in self._others:
            if len(self._others) >= ORIGINS:
                raise httpx2.ConnectError("the login leads to too many places")
            self._others[where] = Capped(self._outside, address, self._limit, lambda how: None)
        request.headers["Accept-Encoding"] = "identity"
        return await self._others[where].handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for one in (self._known, *self._others.values()):
            if one is not None:
                await one.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response, limit: int | None) -> None:
        self._answer, self._limit = answer, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        with _translated():
            async for piece in self._answer.aiter_stream():
                size += len(piece)
                if self._limit is not None and size > self._limit:
                    raise httpx2.StreamError(f"the answer is larger than {self._limit // 2**20} MiB")
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Sockets(httpcore2.AsyncNetworkBackend):
    """Opens sockets by the rules of `outside`, to one origin only."""

    def __init__(self, outside: Outside, address: WebAddress) -> None:
        self._outside, self._address = outside, address

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect. Raises httpcore2.ConnectError with our own words."""
        if (host.strip("[]").lower(), port) != (self._address.host, self._address.port):
            raise httpcore2.ConnectError("the server led to another address")
        try:
            connection = await self._outside.connect(self._address)
            return _Socket(*await asyncio.open_connection(sock=connection))
        except StellarChatError as error:
            raise httpcore2.ConnectError(error.message) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Socket(httpcore2.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _timed(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _timed(httpcore2.WriteTimeout, httpcore2.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        with _timed(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # an idle connection that says something is being closed
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)


@contextlib.contextmanager
def _timed(late: type[Exception], broken: type[Exception]) -> Any:
    try:
        yield
    except TimeoutError:
        raise late("it took too long") from None
    except OSError as error:
        raise broken(str(error)) from error


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise httpx2.ConnectError(str(error)) from error
