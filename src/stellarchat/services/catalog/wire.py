"""HTTP for downloads: answers that can be broken off, redirects, proxies, refusals. Blocking: for a thread.

Each place that weights come from is a `Client` of its own: `hub`, `modelscope`, `web`.
"""

import email.utils
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import NoReturn, Self
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    StellarChatError,
    TooManyRequests,
    Unavailable,
)

REDIRECTS = 5
CONNECT_TIMEOUT = 10.0  # seconds; also how long Pause may have to wait for a dead hub
USER_AGENT = "stellarchat"
SHA256 = re.compile(r"[0-9a-f]{64}")
_REDIRECT = (301, 302, 303, 307, 308)


class Remote(msgspec.Struct, frozen=True):
    """A file on the hub: its size in bytes and, where the hub tells, the SHA-256 of its content."""

    url: str
    size: int | None
    sha256: str | None


class Interrupted(Exception):
    """The transfer was told to stop."""


class Switch:
    """Stops a transfer from another thread, also while it waits for the network."""

    def __init__(self) -> None:
        self._off = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def off(self) -> bool:
        """Whether the transfer is to stop."""
        return self._off.is_set()

    def turn_off(self) -> None:
        """Stop the transfer; a read that waits ends at once."""
        with self._lock:
            self._off.set()
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # it is closed already
                    continue

    def check(self) -> None:
        """Raise Interrupted when turned off."""
        if self.off:
            raise Interrupted

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until it is turned off. Raises Interrupted."""
        self._off.wait(seconds)
        self.check()

    def watch(self, connection: socket.socket) -> None:
        """Have `connection` shut down when turned off."""
        with self._lock:
            self._sockets.add(connection)
        self.check()

    def forget(self, connection: socket.socket) -> None:
        """Leave a finished connection alone."""
        with self._lock:
            self._sockets.discard(connection)


class Answer:
    """One HTTP answer; leaving the `with` block closes its connection."""

    def __init__(
        self,
        url: str,
        connection: http.client.HTTPConnection,
        raw: socket.socket,
        response: http.client.HTTPResponse,
        switch: Switch,
    ) -> None:
        self.url, self.status, self.headers = url, response.status, response.headers
        self._connection, self._raw, self._response, self._switch = connection, raw, response, switch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._switch.forget(self._raw)
        self._response.close()
        self._connection.close()

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes; b"" at the end. Raises OSError or HTTPException when it is cut."""
        return self._response.read1(size)

    @property
    def length(self) -> int | None:
        """Bytes that the body is said to have."""
        return whole(self.headers.get("Content-Length"))


class Client:
    """Asks one place for files. The token goes to the origin of `endpoint` and to no other.

    `timeout` is in seconds, for every single read. `remedy` is said where nothing answers.
    """

    remedy = "Check the connection to the internet; then resume."

    def __init__(self, endpoint: str, token: str | None = None, *, timeout: float = 30.0) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.timeout = timeout
        self._token = token
        self._tls: ssl.SSLContext | None = None

    def locate(self, url: str, switch: Switch) -> Remote:
        """Ask what the file is, without fetching it.

        Raises Forbidden (gated), NotFound, TooManyRequests, Unavailable, Interrupted.
        """
        for _ in range(REDIRECTS):
            with self._ask("HEAD", url, {}, switch) as answer:
                target = location(answer)
                if target is not None:
                    url = self._led(url, target)
                    continue
                self._refuse(answer)
                return Remote(url, answer.length, None)
        _in_circles()

    def open(self, url: str, switch: Switch, *, start: int = 0, etag: str | None = None) -> Answer:
        """Ask for the bytes of a file from `start` on; redirects are followed, to https only.

        The answer has the status 200, 206, or 416. With `etag`, a file that has changed since comes
        whole (RFC 9110, If-Range). Raises as `locate`, and OSError when nothing answers.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        if start and etag and not etag.startswith("W/"):
            headers["If-Range"] = etag
        for _ in range(REDIRECTS + 1):
            answer = self._ask("GET", url, headers, switch)
            target = location(answer)
            if target is None:
                try:
                    self._refuse(answer)
                except StellarChatError:
                    answer.__exit__(None, None, None)
                    raise
                return answer
            answer.__exit__(None, None, None)
            url = self._led(url, target)
        _in_circles()

    def fetch(self, url: str, switch: Switch, limit: int) -> bytes:
        """Return a small file. Raises Unavailable where it has more than `limit` bytes, else as `open`."""
        with self.open(url, switch) as answer:
            body = bytearray()
            while data := answer.read(min(1 << 16, limit + 1 - len(body))):
                body += data
                if len(body) > limit:
                    raise Unavailable(
                        f"{shown(url)} is larger than {limit} bytes.",
                        sentence="answer_large",
                        values={"address": shown(url), "limit_bytes": limit},
                    )
            return bytes(body)

    def _led(self, url: str, target: str) -> str:
        """Return where a redirect leads. Raises Forbidden for an unprotected address of another."""
        if urlsplit(target).scheme != "https" and origin(target) != origin(url):
            raise Forbidden(
                f"{urlsplit(url).hostname} redirects to the unprotected address {shown(target)}.",
                remedy="Check hf_endpoint: its files must come by https or from the same address.",
                sentence="hub_unsafe",
                values={"host": str(urlsplit(url).hostname), "address": shown(target)},
            )
        return target

    def _ask(self, method: str, url: str, headers: Mapping[str, str], switch: Switch) -> Answer:
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close", **headers}
        if self._token and origin(url) == origin(self.endpoint):
            sent["Authorization"] = f"Bearer {self._token}"
        connection, path = self._connected(url)
        try:
            raw = connection.sock
            raw.settimeout(self.timeout)
            switch.watch(raw)
            connection.request(method, path, headers=sent)
            return Answer(url, connection, raw, connection.getresponse(), switch)
        except BaseException:
            connection.close()
            switch.check()
            raise

    def _connected(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        """Return an open connection, by the proxy of the environment where there is one, and what to ask."""
        parts = urlsplit(url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        host, port = parts.hostname or "", parts.port
        proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        connection: http.client.HTTPConnection
        if proxy is None:
            connection = self._toward(parts.scheme, host, port)
        else:
            via = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            connection = self._toward(parts.scheme, via.hostname or "", via.port)
            if parts.scheme == "https":
                connection.set_tunnel(host, port)
            else:
                path = url
        connection.connect()
        return connection, path

    def _toward(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT, context=self._secured())
        return http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT)

    def _secured(self) -> ssl.SSLContext:
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    def _refuse(self, answer: Answer) -> None:
        """Raise the error that an answer means, if it means one."""
        status = answer.status
        if status < 400 or status == 416:
            return
        host = urlsplit(answer.url).hostname
        if status in (401, 403):
            raise Forbidden(
                f"{host} does not give {shown(answer.url)} to us ({status}).",
                sentence="host_refuses",
                values={"host": str(host), "address": shown(answer.url), "status": status},
            )
        if status in (404, 410):
            raise NotFound(
                f"{host} has no such file: {shown(answer.url)}",
                remedy="Check the address.",
                sentence="host_no_file",
                values={"host": str(host), "address": shown(answer.url)},
            )
        wait = retry_after(answer.headers.get("Retry-After"))
        if status == 429:
            raise TooManyRequests(
                f"{host} wants fewer requests.",
                remedy="It is tried again by itself.",
                retry_after=wait,
                sentence="host_busy",
                values={"host": str(host)},
            )
        raise Unavailable(
            f"{host} answered {status}.",
            remedy="It is tried again by itself.",
            retry_after=wait,
            sentence="host_status",
            values={"host": str(host), "status": status},
        )


def checked_endpoint(endpoint: str, param: str) -> str:
    """Return `endpoint`. Raises BadRequest where it is not an http(s) address."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise BadRequest("The hub's address must be an http(s) URL.", param=param)
    return endpoint


def _in_circles() -> NoReturn:
    raise Unavailable("The hub redirects in circles.", remedy="Try again later.", sentence="hub_circles")


def location(answer: Answer) -> str | None:
    """Where an answer leads on to, None where it does not."""
    target = answer.headers.get("Location")
    if answer.status not in _REDIRECT or not target:
        return None
    return urljoin(answer.url, target)


def linked(answer: Answer) -> bool:
    """Say whether an answer tells of a file that lies elsewhere."""
    return "X-Linked-Etag" in answer.headers or "X-Linked-Size" in answer.headers


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def shown(url: str) -> str:
    """The address without its query, which may hold a signature."""
    return url.split("?", 1)[0]


def whole(text: str | None) -> int | None:
    """The whole number that a header says."""
    return int(text) if text and text.isdigit() else None


def retry_after(text: str | None) -> float | None:
    """Seconds that a Retry-After header (RFC 9110: seconds or a date) asks for."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
