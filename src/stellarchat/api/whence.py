"""Where a request comes from."""

import ipaddress

from fastapi.requests import HTTPConnection


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
