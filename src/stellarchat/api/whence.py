"""Where a request comes from."""

import ipaddress
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

from fastapi.requests import HTTPConnection

_served: ContextVar[HTTPConnection | None] = ContextVar("served", default=None)


def serving(scope: MutableMapping[str, Any]) -> None:
    """Say which request this task serves, for those who ask further down without being handed it."""
    _served.set(HTTPConnection(scope))


def served() -> HTTPConnection | None:
    """Return the request that this task serves, or was begun by."""
    return _served.get()


def address(request: HTTPConnection) -> str:
    """Return where a request comes from; a proxy on this machine is believed who it asks for."""
    client = request.client.host if request.client is not None else ""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        if forwarded and ipaddress.ip_address(client).is_loopback:
            return str(ipaddress.ip_address(forwarded))
    except ValueError:
        pass
    return client
