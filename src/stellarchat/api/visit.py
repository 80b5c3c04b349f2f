"""One request on its way through: what its headers say, what body it may have, and how its answer begins."""

import asyncio
import os
import re
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from stellarchat.api.errors import INTERNAL, render
from stellarchat.api.gate import Shown
from stellarchat.api.origins import SAFE_METHODS, Sender
from stellarchat.api.pace import LARGE
from stellarchat.core.errors import Forbidden, PayloadTooLarge, StellarChatError, UnsupportedMediaType

CONTENT_SECURITY_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    b"manifest-src 'self'; "
    b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
BASELINE = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_JSON = re.compile(rb"^application/(?:[\w.\-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_\-]{1,64}")


class Visit:
    """One request. `limit` is what its body may have, in bytes."""

    __slots__ = (
        "_length",
        "_limit",
        "_send",
        "_type",
        "allowed",
        "chunked",
        "dismissed",
        "farewell",
        "rates",
        "refusal",
        "scope",
        "sender",
        "shown",
        "status",
    )

    def __init__(self, scope: Scope, send: Send, limit: int) -> None:
        self.scope = scope
        self.sender = Sender()
        self.shown = Shown()
        self.allowed: bytes | None = None
        self.chunked = False
        self.dismissed = False
        self.farewell: asyncio.Task[None] | None = None
        self.refusal: StellarChatError | None = None
        """Why the rest of the body is not read: what is answered, whatever the application says."""
        self.status = 0
        self.rates: Callable[[], list[tuple[bytes, bytes]]] | None = None
        self._limit = limit
        self._length = 0
        self._type = b""
        self._send = send
        identity = self._read(scope["headers"])
        scope.setdefault("state", {})["request_id"] = identity or os.urandom(8).hex()

    def _read(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        identity = None
        sender, shown = self.sender, self.shown
        for name, value in headers:
            if name == b"host":
                # two Hosts would let one be checked and the other be used
                sender.host = value if sender.host is None else b""
            elif name == b"content-length":
                self._length = int(value) if value.isdigit() else self._limit + 1
            elif name == b"content-type":
                self._type = value
            elif name == b"authorization":
                # two of them would let one be checked and the other be used
                shown.authorization = value if shown.authorization is None else b""
            elif name == b"cookie":
                shown.cookies = value if shown.cookies is None else shown.cookies + b";" + value
            elif name == b"x-api-key":
                shown.key = value
            elif name in _FORWARDED:
                shown.forwarded = value
            elif name == b"origin":
                sender.origin = value if sender.origin is None else b"null"
            elif name == b"sec-fetch-site":
                sender.site = value
            elif name == b"sec-fetch-mode":
                sender.mode = value
            elif name == b"transfer-encoding":
                self.chunked = True
            elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                identity = value.decode()
        return identity

    def check_body(self, method: str, *, files: bool = False) -> None:
        """Refuse a body that is too large or not JSON, before any of it is read; `files` may be anything."""
        if self._length > self._limit:
            raise _too_large(self._limit)
        if files:
            return
        if (self._length or self.chunked) and method not in SAFE_METHODS and not _JSON.match(self._type):
            if self._type.lower().startswith(b"text/plain"):
                # the one type with which a foreign page can send JSON unasked
                raise Forbidden("JSON sent as text/plain is refused.", remedy="Send application/json.")
            raise UnsupportedMediaType(
                "The body must be JSON.", remedy="Set the header Content-Type: application/json."
            )

    @property
    def large(self) -> bool:
        """Whether its body is large, or could be."""
        return self.chunked or self._length > LARGE

    def counting(self, receive: Receive) -> Receive:
        """Return a `receive` that ends a body without a declared length at the limit."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= self._limit else self._stop(_too_large(self._limit))

        return counted

    def stopping(self, receive: Receive) -> Receive:
        """Return a `receive` that ends a body where `receive` raises."""

        async def stopped() -> Message:
            try:
                return await receive()
            except StellarChatError as error:
                return self._stop(error)

        return stopped

    def _stop(self, refusal: StellarChatError) -> Message:
        self.refusal = refusal
        return {"type": "http.disconnect"}

    def send(self, message: Message) -> Any:
        """Pass a message on, the first one with the baseline headers.

        Not a coroutine itself: what the server's `send` returns is awaited by the caller directly.
        """
        if message["type"] == "http.response.start":
            if self.refusal is not None:
                return _nothing()
            return self._send(self._dressed(message))
        if self.refusal is not None and not self.status:
            return _nothing()
        return self._send(message)

    def _dressed(self, message: Message) -> Message:
        """Return a copy: the message may be a constant of whoever sent it."""
        self.status = message["status"]
        headers = [*message.get("headers", ()), *BASELINE]
        headers.append((b"x-request-id", self.scope["state"]["request_id"].encode()))
        if self.rates is not None:
            headers += self.rates()
        if self.allowed is not None:
            headers.append((b"access-control-allow-origin", self.allowed))
            headers.append((b"access-control-expose-headers", b"x-request-id, retry-after"))
            headers.append((b"vary", b"origin"))
        return {**message, "headers": headers}

    async def fail(self, error: StellarChatError | None) -> None:
        """Answer with an error, unless an answer has begun."""
        if not self.status:
            problem, self.refusal = self.refusal or error, None
            await render(problem or INTERNAL, self.scope, self.send)

    async def finish(self) -> None:
        """Answer for a body that was not read to its end."""
        if self.refusal is not None:
            await self.fail(None)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body is larger than {limit} bytes.",
        param="body",
        sentence="body_large",
        values={"limit_bytes": limit},
    )


async def _nothing() -> None:
    """Stands in for a message that is not sent."""
