"""The outermost ASGI callable: what every request passes, and the shortest way to the hot path.

It looks once at the headers (Host, Origin, who it is, sizes, content type), gives the request an id, and
hands it to a lane (a plain ASGI callable, for the paths where every microsecond counts) or to the
application.
Responses get the baseline headers on their first message; nothing is done per chunk.
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stellarchat.api.deps import Readiness
from stellarchat.api.errors import INTERNAL, body_of, headers_of, render, request_id
from stellarchat.api.gate import Gate, Shown
from stellarchat.api.limits import Limits
from stellarchat.api.noting import Notes
from stellarchat.api.origins import SAFE_METHODS, Origins, Sender
from stellarchat.api.pace import LARGE, Pace
from stellarchat.api.rates import METERED, Rates
from stellarchat.api.whence import serving
from stellarchat.core.errors import (
    Forbidden,
    MethodNotAllowed,
    PayloadTooLarge,
    ShuttingDown,
    StellarChatError,
    Unauthorized,
    UnsupportedMediaType,
)
from stellarchat.services.accounts.callers import Watched

log = logging.getLogger(__name__)

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
# paths that only programs ask for; all others are pages, which other sites may link to
# where another site sends a browser back to, with a state that was given to that browser
_RETURNS = ("/api/auth/oidc/callback", "/api/tools/callback")
_PROGRAMS = ("/api/", "/v1/", "/metrics", "/openapi.json")
_JSON = re.compile(rb"^application/(?:[\w.\-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_\-]{1,64}")
_PREFLIGHT_SECONDS = b"600"
_GRACE_SECONDS = 0.3  # what a request that made itself unwelcome (a logout) has to be answered
_POLICY_VIOLATION = 1008


class Meter(Protocol):
    """What hears of every request that was answered."""

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request to a route (its template), with how long it took in seconds."""


class Entrance:
    """The ASGI application that is served.

    `lanes` maps a path to the callable that serves it: for POST, or for the WebSocket handshake.
    `uploads` are the paths that take files, with the bytes that each of them takes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        lanes: Mapping[str, ASGIApp],
        origins: Origins,
        gate: Gate,
        limits: Limits,
        meter: Meter,
        readiness: Readiness,
        uploads: Mapping[str, int] | None = None,
        rates: Rates | None = None,
        notes: Notes | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._lanes = dict(lanes)
        self._origins = origins
        self._gate = gate
        self._limits = limits
        self._meter = meter
        self._readiness = readiness
        self._uploads = dict(uploads or {})
        self._clock = clock
        self._rates, self._notes = rates, notes
        self._pace = Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self._clock()
        serving(scope)
        method, path = scope["method"], scope["path"]
        upload = self._uploads.get(path)
        visit = _Visit(scope, send, upload or self._limits.body_bytes)
        lane = self._lanes.get(path)
        watched = None
        try:
            visit.allowed = self._origins.check(visit.sender, method, page=_may_be_led_to(path))
            if visit.allowed is not None and method == "OPTIONS":
                await _answer_preflight(visit)
            else:
                watched = await self._admit(visit, partial(_dismiss, visit, asyncio.current_task()))
                visit.check_body(method, files=upload is not None)
                self._show_rates(visit, method, path)
                if visit.large and upload is None:
                    receive = self._pace.slowed(receive)
                if lane is None:
                    receive = visit.counting(receive) if visit.chunked else receive
                    await self._app(scope, receive, visit.send)
                    await visit.finish()
                else:
                    self._check_lane(method, path)
                    await lane(scope, receive, visit.send)
        except StellarChatError as error:
            await visit.fail(error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if visit.dismissed and task is not None:
                task.uncancel()
                await visit.fail(_no_more())
            elif task is None or task.cancelling():
                raise  # the server ends; otherwise it was the client that left
        except Exception:
            log.exception("request %s failed: %s %s", scope["state"]["request_id"], method, path)
            await visit.fail(None)
        finally:
            if watched is not None:
                self._gate.unwatch(watched)
            route = path if lane is not None else _template(scope)
            self._meter.request(method, route, visit.status, self._clock() - began)
            if self._notes is not None and lane is None:
                self._notes.request(scope, visit.status)

    def _show_rates(self, visit: "_Visit", method: str, path: str) -> None:
        """Have the answer tell what is left of the caller's limits, where there are any."""
        caller = visit.scope["state"]["caller"]
        if self._rates is None or caller is None or not self._rates.binds(caller.user_id):
            return
        if method == "POST" and path.startswith(METERED):
            visit.rates = partial(self._rates.headers, caller.user_id)

    def _check_lane(self, method: str, path: str) -> None:
        if method != "POST":
            raise MethodNotAllowed(f"{path} does not take {method}.")
        if self._readiness.draining:
            raise ShuttingDown("The server is stopping.", remedy="Try again in a moment.", retry_after=5)

    async def _admit(self, visit: "_Visit", gone: Callable[[], None]) -> Watched | None:
        """Find out who it is, for everybody behind us. Raises Unauthorized, Forbidden."""
        scope = visit.scope
        caller = await self._gate.admit(scope, visit.sender, visit.shown, foreign=visit.allowed is not None)
        scope["state"]["caller"] = caller
        return self._gate.watch(caller, gone)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving(scope)
        visit = _Visit(scope, send, self._limits.body_bytes)
        task = asyncio.current_task()
        try:
            visit.allowed = self._origins.check(visit.sender, "POST", page=False)
            watched = await self._admit(visit, partial(_hang_up, visit, send, task))
        except StellarChatError as error:
            log.warning("refused a WebSocket: %s", error.message)
            await receive()
            await _refuse(scope, send, error)
            return
        try:
            await self._lanes.get(scope["path"], self._app)(scope, receive, send)
        except asyncio.CancelledError:
            if not visit.dismissed or task is None:
                raise
            task.uncancel()
        finally:
            if watched is not None:
                self._gate.unwatch(watched)


class _Visit:
    """One request on its way through: what its headers say, and its response's first message."""

    __slots__ = (
        "_length",
        "_limit",
        "_send",
        "_type",
        "allowed",
        "chunked",
        "dismissed",
        "farewell",
        "overflowed",
        "rates",
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
        self.overflowed = False
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
            if taken > self._limit:
                self.overflowed = True
                return {"type": "http.disconnect"}
            return message

        return counted

    def send(self, message: Message) -> Any:
        """Pass a message on, the first one with the baseline headers.

        Not a coroutine itself: what the server's `send` returns is awaited by the caller directly.
        """
        if message["type"] == "http.response.start":
            if self.overflowed:
                return _nothing()
            return self._send(self._dressed(message))
        if self.overflowed and not self.status:
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
            problem = _too_large(self._limit) if self.overflowed else error
            self.overflowed = False
            await render(problem or INTERNAL, self.scope, self.send)

    async def finish(self) -> None:
        """Answer for a body that went over the limit."""
        if self.overflowed:
            await self.fail(None)


def _dismiss(visit: _Visit, task: "asyncio.Task[Any] | None") -> None:
    """End a request whose caller may not be served any more, unless it ends by itself at once."""

    def end() -> None:
        if task is not None and not task.done():
            visit.dismissed = True
            task.cancel()

    asyncio.get_running_loop().call_later(_GRACE_SECONDS, end)


def _hang_up(visit: _Visit, send: Send, task: "asyncio.Task[Any] | None") -> None:
    """Close a socket whose client may not be served any more."""

    async def close() -> None:
        visit.dismissed = True
        message = {"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": _no_more().message}
        try:
            await asyncio.wait_for(send(message), _GRACE_SECONDS)
        except (TimeoutError, OSError, RuntimeError):
            pass  # it does not read, or has left
        if task is not None:
            task.cancel()

    visit.farewell = asyncio.get_running_loop().create_task(close())


async def _refuse(scope: Scope, send: Send, error: StellarChatError) -> None:
    """Answer a handshake with an error; as HTTP, where the server can."""
    info = error.info()
    if "websocket.http.response" in scope.get("extensions", {}):
        body = body_of(info, scope["path"], request_id(scope))
        headers = [*headers_of(info), *BASELINE]
        await send({"type": "websocket.http.response.start", "status": info.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body})
    else:
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": info.message})


def _no_more() -> Unauthorized:
    return Unauthorized("You are not logged in any more.", remedy="Log in again.")


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit} bytes.", param="body")


def _may_be_led_to(path: str) -> bool:
    """Whether another site may lead a browser here: to pages, and back from a login elsewhere."""
    return path in _RETURNS or not path.startswith(_PROGRAMS)


async def _nothing() -> None:
    """Stands in for a message that is not sent."""


async def _answer_preflight(visit: _Visit) -> None:
    asked = [value for name, value in visit.scope["headers"] if name == b"access-control-request-headers"]
    headers = [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", asked[0] if asked else b"content-type, authorization"),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]
    await visit.send({"type": "http.response.start", "status": 204, "headers": headers})
    await visit.send({"type": "http.response.body", "body": b""})


def _template(scope: Scope) -> str:
    """Return the path as the router has it, so that ids in paths make no series of their own."""
    return getattr(scope.get("route"), "path", None) or "unmatched"
