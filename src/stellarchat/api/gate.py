"""Who may come in: from a request's headers to a caller, before anything else of it is looked at.

With accounts on, every path needs a caller but those named here: a new route is closed until somebody
opens it. A path also tells what a key must be good for; what only an administrator may do is said by
the routes themselves (`deps.admin`).
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stellarchat.api.origins import SAFE_METHODS, Sender
from stellarchat.core.accounts import LOCAL, Caller, Scope, UserRole
from stellarchat.core.errors import Forbidden, Unauthorized
from stellarchat.services.accounts.callers import Callers, Watched

OPEN = frozenset(
    {
        "/health",
        "/health/live",
        "/health/ready",
        "/api/health",
        "/api/auth/status",
        "/api/auth/setup",
        "/api/auth/login",
        "/api/auth/logout",
        "/api/auth/token",
        "/api/auth/refresh",
        "/api/auth/signup",
        "/api/auth/invitation",
        "/api/auth/reset",
        "/api/auth/reset/password",
    }
)
"""Paths that strangers may use."""

OPEN_BELOW = ("/api/auth/oidc/", "/api/shared/")
"""The same for all that lies below."""

_PROGRAMS = ("/api/", "/v1/", "/conversations", "/chat", "/metrics", "/openapi.json", "/docs/api")
_TALK = (
    "/v1/",
    "/api/chat/completions",
    "/api/models",
    "/api/v1/llm/",
    "/api/v1/embeddings",
    "/api/v1/rerank",
)
_SOCKET = "/api/ws/chat"
_LOOPBACK_HOSTS = (b"127.0.0.1", b"localhost", b"[::1]")


@dataclass(slots=True)
class Shown:
    """What a request shows of who sends it; None where it does not."""

    authorization: bytes | None = None
    key: bytes | None = None
    cookies: bytes | None = None
    forwarded: bytes | None = None


class Gate(Protocol):
    """Finds out who sent a request."""

    async def admit(self, scope: Any, sender: Sender, shown: Shown, *, foreign: bool) -> Caller | None:
        """Return the caller, None for a stranger where those may come in. Raises Unauthorized, Forbidden.

        `foreign` tells of a request from another origin that CORS allows.
        """

    def watch(self, caller: Caller | None, gone: Callable[[], None]) -> Watched | None:
        """Hear when the caller may not be served any more. Call it right after `admit`."""

    def unwatch(self, watched: Watched) -> None:
        """Hear nothing more."""


class OpenGate:
    """Accounts are off: everybody is the one user there is."""

    async def admit(self, scope: Any, sender: Sender, shown: Shown, *, foreign: bool) -> Caller | None:
        """Return the one user."""
        return LOCAL

    def watch(self, caller: Caller | None, gone: Callable[[], None]) -> None:
        """There is nothing to hear: that user stays."""

    def unwatch(self, watched: Watched) -> None:
        """There is nothing to forget."""


class AccountGate:
    """Accounts are on: a key, a token or a cookie says who it is. `cookie` is the cookie's name."""

    def __init__(self, callers: Callers, cookie: str) -> None:
        self._callers = callers
        self._cookie = cookie.encode()

    async def admit(self, scope: Any, sender: Sender, shown: Shown, *, foreign: bool) -> Caller | None:
        """Return the caller, None for a stranger where those may come in."""
        method, path = scope.get("method", "GET"), scope["path"]
        safe = method in SAFE_METHODS and scope["type"] == "http"
        stranger_may = path in OPEN or path.startswith(OPEN_BELOW) or (safe and _is_page(path))
        try:
            caller = await self._caller(sender, shown, safe=safe, foreign=foreign)
        except Unauthorized:
            if stranger_may:
                return None
            raise
        if stranger_may:
            return caller
        if caller is None:
            if path == "/metrics" and _from_here(scope, sender, shown):
                return _READER
            raise Unauthorized(
                "You are not logged in.", remedy="Log in, or send an API key.", sentence="login_needed"
            )
        needed = required(method, path)
        if needed is not None and not caller.may(needed):
            raise Forbidden(
                "This key is not for that." if caller.key_id else "Only administrators may do that.",
                remedy=f"Use a key with the scope `{needed}`." if caller.key_id else "Ask an administrator.",
                sentence=None if caller.key_id else "admins_only",
            )
        return caller

    def watch(self, caller: Caller | None, gone: Callable[[], None]) -> Watched | None:
        """Hear when the caller may not be served any more."""
        if caller is None or caller is _READER:
            return None
        return self._callers.watch(caller, gone)

    def unwatch(self, watched: Watched) -> None:
        """Hear nothing more."""
        self._callers.unwatch(watched)

    async def _caller(self, sender: Sender, shown: Shown, *, safe: bool, foreign: bool) -> Caller | None:
        credential, cookie = _sent(shown), False
        if credential is None and not foreign:
            credential, cookie = self._in_cookies(shown.cookies), True
        if credential is None:
            return None
        caller = self._callers.known(credential, cookie=cookie)
        if caller is None:
            caller = await self._callers.identify(credential, cookie=cookie)
        if cookie and not safe and sender.origin is None and sender.site != b"same-origin":
            # a cookie comes along unasked: what changes something must say that our own page sent it
            raise Forbidden(
                "With a cookie, only this server's own page may do that.",
                remedy="Send an API key or a token in the header Authorization.",
            )
        return caller

    def _in_cookies(self, cookies: bytes | None) -> bytes | None:
        for pair in cookies.split(b";") if cookies is not None else ():
            name, _, value = pair.strip().partition(b"=")
            if name == self._cookie and value:
                return value
        return None


_READER = Caller(user_id="", name="this machine", role=UserRole.USER, scopes=frozenset({Scope.METRICS}))


def required(method: str, path: str) -> Scope | None:
    """Return what a key must be good for, None where that depends on what is sent."""
    if path == "/metrics":
        return Scope.METRICS
    if path == _SOCKET:
        return None  # each frame is looked at
    if path.startswith(_TALK):
        return Scope.CHAT
    return Scope.READ if method in SAFE_METHODS else Scope.WRITE


def _sent(shown: Shown) -> bytes | None:
    """Return the credential that a program sent."""
    if shown.authorization is not None:
        kind, _, value = shown.authorization.partition(b" ")
        if kind.lower() != b"bearer" or not value.strip():
            raise Unauthorized("The header Authorization must be `Bearer` and a key or token.")
        return value.strip()
    return shown.key


def _is_page(path: str) -> bool:
    return not path.startswith(_PROGRAMS) and path not in ("/api", "/v1")


def _from_here(scope: Any, sender: Sender, shown: Shown) -> bool:
    """Whether a request was sent on this machine, and not passed on by a proxy on it."""
    client = scope.get("client")
    try:
        near = client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        near = False
    host = (sender.host or b"").lower()
    return near and shown.forwarded is None and host.startswith(_LOOPBACK_HOSTS)
