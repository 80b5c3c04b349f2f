"""Asks a Hugging Face hub, or a mirror of one, for files. Blocking: to be used in a thread.

The hub answers `/{repo}/resolve/{revision}/{file}` with a redirect to where the bytes are, and says in
`X-Linked-Etag` and `X-Linked-Size` what they are: for large files the SHA-256 of the content (see
"Download files from the Hub" in Hugging Face's documentation, and `get_hf_file_metadata` of its client).
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
from typing import Self
from urllib.parse import quote, urljoin, urlsplit
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
from stellarchat.core.models import Artefact

DEFAULT_ENDPOINT = "https://huggingface.co"
REDIRECTS = 5
CONNECT_TIMEOUT = 10.0  # seconds; also how long Pause may have to wait for a dead hub
USER_AGENT = "stellarchat"
_SHA256 = re.compile(r"[0-9a-f]{64}")
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
        return _whole(self.headers.get("Content-Length"))


class Hub:
    """A hub at `endpoint`. The token goes to that origin and to no other.

    `timeout` is in seconds, for every single read.
    """

    def __init__(
        self, endpoint: str = DEFAULT_ENDPOINT, token: str | None = None, *, timeout: float = 30.0
    ) -> None:
        """Raises BadRequest for an endpoint that is not an http(s) address, or a token of several lines."""
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise BadRequest("The hub's address must be an http(s) URL.", param="hf_endpoint")
        if token and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise BadRequest("hf_token must be one word of plain characters.", param="hf_token")
        self.endpoint = endpoint.rstrip("/")
        self.timeout = timeout
        self._token = token
        self._origin = _origin(endpoint)
        self._tls: ssl.SSLContext | None = None

    def url(self, artefact: Artefact) -> str:
        """Return the address of a file of the hub."""
        assert artefact.hf_repo is not None
        assert artefact.hf_file is not None
        revision = quote(artefact.hf_revision, safe="")
        return f"{self.endpoint}/{artefact.hf_repo}/resolve/{revision}/{quote(artefact.hf_file)}"

    def locate(self, url: str, switch: Switch) -> Remote:
        """Ask what the file is, without fetching it.

        Raises Forbidden (gated), NotFound, TooManyRequests, Unavailable, Interrupted.
        """
        for _ in range(REDIRECTS):
            with self._ask("HEAD", url, {}, switch) as answer:
                target = _location(answer)
                # a redirect inside the hub means a renamed repository; one that leads away, the bytes
                if target is not None and _origin(target) == self._origin and not _linked(answer):
                    url = target
                    continue
                self._refuse(answer)
                etag = (answer.headers.get("X-Linked-Etag") or "").strip('W/"')
                size = _whole(answer.headers.get("X-Linked-Size"))
                if size is None and target is None:
                    size = answer.length
                return Remote(url, size, etag if _SHA256.fullmatch(etag) else None)
        raise Unavailable("The hub redirects in circles.", remedy="Try again later.")

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
            target = _location(answer)
            if target is None:
                try:
                    self._refuse(answer)
                except StellarChatError:
                    answer.__exit__(None, None, None)
                    raise
                return answer
            answer.__exit__(None, None, None)
            if urlsplit(target).scheme != "https" and _origin(target) != _origin(url):
                raise Forbidden(
                    f"The hub redirects to the unprotected address {_shown(target)}.",
                    remedy="Check hf_endpoint: its files must come by https or from the same address.",
                )
            url = target
        raise Unavailable("The hub redirects in circles.", remedy="Try again later.")

    def _ask(self, method: str, url: str, headers: Mapping[str, str], switch: Switch) -> Answer:
        parts = urlsplit(url)
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close", **headers}
        if self._token and _origin(url) == self._origin:
            sent["Authorization"] = f"Bearer {self._token}"
        connection, path = self._connection(url)
        try:
            connection.connect()
            raw = connection.sock
            raw.settimeout(self.timeout)
            switch.watch(raw)
            if path is None:
                path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, path, headers=sent)
            return Answer(url, connection, raw, connection.getresponse(), switch)
        except BaseException:
            connection.close()
            switch.check()
            raise

    def _connection(self, url: str) -> tuple[http.client.HTTPConnection, str | None]:
        """Return a connection, by the proxy of the environment where there is one, and what to ask it for."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        if parts.scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
        if proxy is None:
            if parts.scheme == "https":
                return http.client.HTTPSConnection(
                    host, port, timeout=CONNECT_TIMEOUT, context=self._tls
                ), None
            return http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT), None
        via = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        if parts.scheme == "https":
            tunnel = http.client.HTTPSConnection(
                via.hostname or "", via.port, timeout=CONNECT_TIMEOUT, context=self._tls
            )
            tunnel.set_tunnel(host, port)
            return tunnel, None
        return http.client.HTTPConnection(via.hostname or "", via.port, timeout=CONNECT_TIMEOUT), url

    def _refuse(self, answer: Answer) -> None:
        """Raise the error that an answer means, if it means one."""
        status, code = answer.status, answer.headers.get("X-Error-Code", "")
        if status < 400 or status == 416:
            return
        page = "/".join(answer.url.removeprefix(self.endpoint).split("/")[1:3])
        if code == "GatedRepo" or status == 403:
            raise Forbidden(
                f"{page} is only given to people who have accepted its licence.",
                remedy=f"Accept it at {self.endpoint}/{page}, and set hf_token to a token of that account.",
                detail=answer.headers.get("X-Error-Message"),
            )
        if status == 401:
            raise Forbidden(
                f"The hub does not show {page} to us: it is private or gated, or does not exist.",
                remedy="Check hf_token." if self._token else "Set hf_token, if you have access to it.",
                detail=answer.headers.get("X-Error-Message"),
            )
        if status in (404, 410):
            raise NotFound(
                f"The hub has no such file: {_shown(answer.url)}",
                remedy="Correct hf_repo and hf_file in models.json.",
                detail=code or None,
            )
        wait = _retry_after(answer.headers.get("Retry-After"))
        if status == 429:
            raise TooManyRequests(
                "The hub wants fewer requests.", remedy="It is tried again by itself.", retry_after=wait
            )
        raise Unavailable(
            f"The hub answered {status}.", remedy="It is tried again by itself.", retry_after=wait
        )


def _location(answer: Answer) -> str | None:
    target = answer.headers.get("Location")
    if answer.status not in _REDIRECT or not target:
        return None
    return urljoin(answer.url, target)


def _linked(answer: Answer) -> bool:
    return "X-Linked-Etag" in answer.headers or "X-Linked-Size" in answer.headers


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _shown(url: str) -> str:
    """The address without its query, which may hold a signature."""
    return url.split("?", 1)[0]


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _retry_after(text: str | None) -> float | None:
    """Seconds that a Retry-After header (RFC 9110: seconds or a date) asks for."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
