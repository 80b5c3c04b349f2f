"""Fetches from addresses that a person or a model named. The one door outward for such addresses.

Whoever names an address could mean one of ours: the database beside the server, the router, a cloud's
metadata. So a name is resolved once, every number it has must be public, and the socket is opened to one of
exactly these numbers: what the name means a moment later does not matter. Redirects are checked as the first
address was. No proxy of the environment is used, as it would resolve names behind our back, and no header
of ours says anything secret.

Other clients can use the same door: `checked` an address, then open its socket with `connect` (asyncio) or
`dial` (threads), and speak through that socket alone.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import httptools
import msgspec

from stellarchat.core.addresses import AddressRefused, WebAddress, is_number, is_public, parse, place
from stellarchat.core.errors import StellarChatError

REDIRECTS = 3
AT_ONCE = 8
"""Fetches at the same time; the others wait."""
CONNECT_SECONDS = 5.0
"""For each of a host's addresses."""
HEAD_BYTES = 64 * 1024
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_READ = 64 * 1024

SocketAddress = tuple[Any, ...]
Resolve = Callable[[str, int], list[tuple[socket.AddressFamily, SocketAddress]]]


class FetchFailed(StellarChatError):
    """The address may be fetched from, but what was wanted did not come."""

    status = 502
    type = "upstream_error"
    code = "fetch_failed"


class FetchTimedOut(FetchFailed):
    """It took too long."""

    status = 504
    code = "fetch_timed_out"


class FetchTooLarge(FetchFailed):
    """There is more than is wanted."""

    code = "fetch_too_large"


class Fetched(msgspec.Struct, frozen=True):
    """What came: from where in the end, as what (a media type without parameters), and its bytes."""

    url: str
    kind: str
    body: bytes


def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """Ask the system for a host's addresses. Blocks. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, at) for family, _, _, _, at in found]


class Outside:
    """`allow` names places (`host:port`) that may be fetched from wherever they are: an administrator's."""

    def __init__(self, allow: Iterable[str] = (), *, resolve: Resolve = resolve) -> None:
        """Raises ValueError for an entry that is not `host:port`."""
        self._allow = frozenset(place(entry) for entry in allow)
        self._resolve = resolve
        self._places = asyncio.Semaphore(AT_ONCE)
        # its own threads: names that nobody answers for must not keep the store's waiting
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outside")
        self._tls: ssl.SSLContext | None = None

    async def close(self) -> None:
        """Begin no more fetches."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def checked(self, url: str, base: WebAddress | None = None) -> WebAddress:
        """Return an address that is spelt well and names no place of ours outright; nobody is asked yet.

        With `base` it may be relative to that. Raises AddressRefused with param `url`.
        """
        address = parse(url, base)
        if is_number(address.host):
            self._admit(address, address.host)
        return address

    def expect_secure(self, address: WebAddress) -> None:
        """Raise AddressRefused where secrets must not go: unprotected, and not allowed by name."""
        if address.scheme != "https" and address.place not in self._allow:
            raise AddressRefused(
                f"{address.place} is not protected by https.",
                remedy="An administrator can add it to the setting outside.allow.",
                param="url",
                sentence="address_not_https",
                values={"host": address.place},
            )

    async def resolved(self, address: WebAddress) -> None:
        """Find out now whether `connect` would refuse. Raises AddressRefused, FetchFailed."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, address)

    async def connect(self, address: WebAddress) -> socket.socket:
        """Return a connected, non-blocking socket. Raises AddressRefused, FetchFailed."""
        loop = asyncio.get_running_loop()
        # a name that cannot be resolved may keep its thread for long, whatever limit the caller has
        looked_up = loop.run_in_executor(self._threads, self._look_up, address)
        problem: OSError | None = None
        for family, at in await looked_up:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.setblocking(False)
                async with asyncio.timeout(CONNECT_SECONDS):
                    await loop.sock_connect(connection, at)
                return self._arrived(connection, at)
            except OSError as error:  # a timeout is one
                connection.close()
                problem = error
            except BaseException:
                connection.close()
                raise
        _unreachable(address, problem)

    def dial(self, address: WebAddress, timeout: float = CONNECT_SECONDS) -> socket.socket:
        """Like `connect`, for a thread: blocks. `timeout` (seconds) stays set on the socket."""
        problem: OSError | None = None
        for family, at in self._look_up(address):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(timeout)
                connection.connect(at)
                return self._arrived(connection, at)
            except OSError as error:
                connection.close()
                problem = error
            except BaseException:
                connection.close()
                raise
        _unreachable(address, problem)

    async def get(
        self, url: str, *, kinds: Collection[str], limit: int, timeout: float = 20.0, accept: str = "*/*"
    ) -> Fetched:
        """Fetch at most `limit` bytes of one of the media types `kinds` in at most `timeout` seconds.

        Raises AddressRefused (for a redirect's address too), FetchTimedOut, FetchTooLarge, FetchFailed.
        """
        began = time.monotonic()
        address = self.checked(url)
        try:
            async with asyncio.timeout(timeout), self._places:
                for _ in range(REDIRECTS + 1):
                    async with self._asked(address, accept) as answer:
                        if answer.location is None:
                            answer.expect(address, kinds, limit)
                            await answer.read(limit)
                            return Fetched(address.url, answer.kind, b"".join(answer.pieces))
                        target = answer.location
                    address = self._redirected(address, target)
        except TimeoutError:
            raise FetchTimedOut(
                f"{address.authority} did not answer in full within {time.monotonic() - began:.0f} s.",
                remedy="Try again later.",
                sentence="fetch_late",
                values={"host": address.authority, "waited_seconds": round(time.monotonic() - began)},
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise FetchFailed(
                f"{address.authority} cannot prove that it is that host.",
                remedy="Give another address, or tell its operator.",
                detail=error.verify_message,
                sentence="fetch_certificate",
                values={"host": address.authority},
            ) from None
        except OSError as error:
            raise FetchFailed(
                f"The connection to {address.authority} was cut.",
                remedy="Try again later.",
                detail=str(error),
                sentence="fetch_cut",
                values={"host": address.authority},
            ) from None
        raise FetchFailed(
            f"The address leads on more than {REDIRECTS} times.",
            remedy="Give the address where it ends.",
            sentence="address_leads",
        )

    def _admit(self, address: WebAddress, ip: str) -> None:
        if address.place not in self._allow and not is_public(ip):
            # which number it was is not told: it would be a map of our network
            raise AddressRefused(
                f"{address.place} is not on the public internet.",
                remedy="An administrator can add it to the setting outside.allow.",
                param="url",
                sentence="address_private",
                values={"host": address.place},
            )

    def _look_up(self, address: WebAddress) -> list[tuple[socket.AddressFamily, SocketAddress]]:
        try:
            found = self._resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise FetchFailed(
                f"There is no host {address.host}.",
                remedy="Check the address.",
                detail=str(error),
                sentence="address_no_host",
                values={"host": address.host},
            ) from None
        for _, at in found:
            self._admit(address, str(at[0]))
        return found

    def _arrived(self, connection: socket.socket, at: SocketAddress) -> socket.socket:
        if connection.getpeername()[0] != at[0]:
            raise OSError("the system led to another address")
        return connection

    def _redirected(self, address: WebAddress, target: str) -> WebAddress:
        led = self.checked(target, address)
        if address.scheme == "https" and led.scheme == "http":
            raise AddressRefused(
                f"{address.authority} leads on to an unprotected address.",
                remedy="Give the address where it ends.",
                param="url",
                sentence="address_leads_unsafe",
                values={"host": address.authority},
            )
        return led

    @contextlib.asynccontextmanager
    async def _asked(self, address: WebAddress, accept: str) -> AsyncIterator["_Answer"]:
        connection = await self.connect(address)
        secure: dict[str, Any] = {}
        if address.scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
            secure = {"ssl": self._tls, "server_hostname": address.host}
        try:
            reader, writer = await asyncio.open_connection(sock=connection, **secure)
        except BaseException:
            connection.close()
            raise
        try:
            head = (
                f"GET {address.target} HTTP/1.1\r\nHost: {address.authority}\r\nUser-Agent: stellarchat\r\n"
                f"Accept: {accept}\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode("ascii"))
            answer = _Answer(reader, address.authority)
            await answer.begin()
            yield answer
        finally:
            # at once: what still comes is nobody's
            writer.transport.abort()


class _Answer:
    """One answer. httptools (llhttp) reads the framing and calls the `on_…` methods."""

    def __init__(self, reader: asyncio.StreamReader, host: str) -> None:
        self.pieces: list[bytes] = []
        self.status = 0
        self._headers: dict[bytes, bytes] = {}
        self._reader = reader
        self._host = host
        self._parser = httptools.HttpResponseParser(self)
        self._begun = self._complete = False
        self._size = 0

    @property
    def location(self) -> str | None:
        """Where it leads on to, None where it does not."""
        target = self._headers.get(b"location")
        return target.decode("utf-8", "replace") if target and self.status in _REDIRECTING else None

    @property
    def kind(self) -> str:
        """Its media type, in lower case and without parameters."""
        return self._headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")

    async def begin(self) -> None:
        """Read its head. Raises FetchFailed."""
        taken = 0
        while not self._begun:
            taken += await self._feed()
            if taken > HEAD_BYTES and not self._begun:
                raise FetchFailed(
                    f"{self._host} sends headers without end.",
                    sentence="fetch_odd",
                    values={"host": self._host},
                )

    def expect(self, address: WebAddress, kinds: Collection[str], limit: int) -> None:
        """Raise FetchFailed unless its head says that what is wanted comes."""
        if self.status != 200:
            raise FetchFailed(
                f"{self._host} answered {self.status}.",
                remedy="Check the address.",
                sentence="fetch_status",
                values={"host": self._host, "status": self.status},
            )
        if self.kind not in kinds:
            raise FetchFailed(
                f"{self._host} sends {self.kind or 'something unnamed'}, which is not wanted here.",
                remedy="Check the address.",
                sentence="fetch_kind",
                values={"host": self._host},
            )
        if self._headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise FetchFailed(
                f"{self._host} sends it compressed, which was not asked for.",
                sentence="fetch_odd",
                values={"host": self._host},
            )
        length = self._headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)

    async def read(self, limit: int) -> None:
        """Read its body into `pieces`. Raises FetchTooLarge, and FetchFailed where it is cut off."""
        while not self._complete and self._size <= limit:
            await self._feed()
        if self._size > limit:
            raise _too_large(limit)

    async def _feed(self) -> int:
        data = await self._reader.read(_READ)
        if not data:
            framed = b"content-length" in self._headers or b"transfer-encoding" in self._headers
            if not self._begun or framed:
                raise FetchFailed(
                    f"{self._host} closed the connection too early.",
                    remedy="Try again later.",
                    sentence="fetch_cut",
                    values={"host": self._host},
                )
            self._complete = True
            return 0
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise FetchFailed(
                f"{self._host} does not speak HTTP.",
                detail=str(error),
                sentence="fetch_odd",
                values={"host": self._host},
            ) from None
        return len(data)

    # what the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # 100 and 103 announce, they don't answer
            self._headers.clear()
            return
        self.status, self._begun = status, True

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        self._complete = self._begun


def _too_large(limit: int) -> FetchTooLarge:
    return FetchTooLarge(
        f"It is larger than {limit // (1024 * 1024)} MiB.",
        remedy="Open it beside instead.",
        sentence="fetch_large",
        values={"limit_bytes": limit},
    )


def _unreachable(address: WebAddress, problem: OSError | None) -> NoReturn:
    raise FetchFailed(
        f"{address.authority} cannot be reached.",
        remedy="Check the address, and whether this server may go out to the internet without a proxy.",
        detail=str(problem) if problem is not None and str(problem) else None,
        sentence="fetch_unreached",
        values={"host": address.authority},
    )
