"""The outermost ASGI callable: what every request passes, and the shortest way to the hot path.

It looks once at the headers (Host, Origin, who it is, sizes, content type), gives the request an id, and
hands it to a lane (a plain ASGI callable, for the paths where every microsecond counts) or to the
application.
Responses get the baseline headers on their first message; nothing is done per chunk.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from stellarchat.api.deps import Readiness
from stellarchat.api.errors import body_of, headers_of, request_id
from stellarchat.api.gate import Gate
from stellarchat.api.limits import Limits
from stellarchat.api.noting import Notes
from stellarchat.api.origins import Origins
from stellarchat.api.pace import Pace
from stellarchat.api.rates import METERED, Rates
from stellarchat.api.visit import BASELINE, Visit
from stellarchat.api.whence import serving
from stellarchat.core.errors import (
    MethodNotAllowed,
    ShuttingDown,
    StellarChatError,
    Unauthorized,
)
from stellarchat.services.accounts.callers import Watched

log = logging.getLogger(__name__)

# where another site sends a browser back to, with a state that was given to that browser
_RETURNS = ("/api/auth/oidc/callback", "/api/tools/callback")
# paths that only programs ask for; all others are pages, which other sites may link to
_PROGRAMS = ("/api/", "/v1/", "/metrics", "/openapi.json")
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
        self._pace = Pace(max(limits.bodies_bytes, limits.body_bytes))

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
        visit = Visit(scope, send, upload or self._limits.body_bytes)
        lane = self._lanes.get(path)
        watched = large = None
        try:
            visit.allowed = self._origins.check(visit.sender, method, page=_may_be_led_to(path))
            if visit.allowed is not None and method == "OPTIONS":
                await _answer_preflight(visit)
            else:
                watched = await self._admit(visit, partial(_dismiss, visit, asyncio.current_task()))
                visit.check_body(method, files=upload is not None)
                self._show_rates(visit, method, path)
                if visit.large and upload is None:
                    large = self._pace.slowed(receive)
                    receive = visit.stopping(large.receive)
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
                raise  # the server ends
            else:
                await visit.finish()  # the client left, unless it was us who stopped reading
        except Exception:
            log.exception("request %s failed: %s %s", scope["state"]["request_id"], method, path)
            await visit.fail(None)
        finally:
            if large is not None:
                large.drop()
            if watched is not None:
                self._gate.unwatch(watched)
            route = path if lane is not None else _template(scope)
            self._meter.request(method, route, visit.status, self._clock() - began)
            if self._notes is not None and lane is None:
                self._notes.request(scope, visit.status)

    def _show_rates(self, visit: Visit, method: str, path: str) -> None:
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
            raise ShuttingDown(
                "The server is stopping.",
                remedy="Try again in a moment.",
                retry_after=5,
                sentence="shutting_down",
            )

    async def _admit(self, visit: Visit, gone: Callable[[], None]) -> Watched | None:
        """Find out who it is, for everybody behind us. Raises Unauthorized, Forbidden."""
        scope = visit.scope
        caller = await self._gate.admit(scope, visit.sender, visit.shown, foreign=visit.allowed is not None)
        scope["state"]["caller"] = caller
        return self._gate.watch(caller, gone)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving(scope)
        visit = Visit(scope, send, self._limits.body_bytes)
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


def _dismiss(visit: Visit, task: "asyncio.Task[Any] | None") -> None:
    """End a request whose caller may not be served any more, unless it ends by itself at once."""

    def end() -> None:
        if task is not None and not task.done():
            visit.dismissed = True
            task.cancel()

    asyncio.get_running_loop().call_later(_GRACE_SECONDS, end)


def _hang_up(visit: Visit, send: Send, task: "asyncio.Task[Any] | None") -> None:
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
    return Unauthorized("You are not logged in any more.", remedy="Log in again.", sentence="logged_out")


def _may_be_led_to(path: str) -> bool:
    """Whether another site may lead a browser here: to pages, and back from a login elsewhere."""
    return path in _RETURNS or not path.startswith(_PROGRAMS)


async def _answer_preflight(visit: Visit) -> None:
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
