"""Which hosts and origins may talk to the server: the answer to cross-site requests and DNS rebinding.

A page on another site can make the browser send requests here. They are told apart by the Host header
(a rebound name is not one of ours), by Origin and by Sec-Fetch-Site (Fetch Metadata, W3C). A request
without the latter two does not come from a browser's page.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from stellarchat.core.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_OUTSIDE = frozenset({b"cross-site", b"same-site"})


@dataclass(slots=True)
class Sender:
    """What a request's headers say about where it comes from; None where they say nothing."""

    host: bytes | None = None
    origin: bytes | None = None
    site: bytes | None = None
    mode: bytes | None = None


class Origins:
    """Decides about senders. Names are compared without their ports, origins as a whole.

    `hosts` are the names answered to besides the loopback ones. With `addresses`, which is for servers
    that others can reach, every literal IP address is answered to as well: no name can be rebound to one.
    """

    def __init__(
        self, hosts: Iterable[str] = (), cors: Iterable[str] = (), *, addresses: bool = False
    ) -> None:
        self._names = _LOOPBACK_NAMES | {host.lower().strip("[]") for host in hosts}
        self._cors = {origin.lower().rstrip("/").encode() for origin in cors}
        self._addresses = addresses
        self._known: set[bytes] = set()

    def check(self, sender: Sender, method: str, *, page: bool) -> bytes | None:
        """Raise Forbidden for a foreign sender; return its origin where that is allowed by CORS.

        `page` tells that the path is a page's, which other sites may link to.
        """
        host = sender.host
        if host is None or (host not in self._known and not self._learn(host)):
            raise Forbidden(
                "This server does not answer to that Host.",
                remedy="Use its own address, or add the name to the setting allowed_hosts.",
            )
        origin = sender.origin
        if origin is not None and origin not in (b"http://" + host, b"https://" + host):
            if origin.lower() in self._cors:
                return origin
            raise Forbidden(
                "Requests from other sites are refused.",
                remedy="Add the page's origin to the setting cors_origins if it is yours.",
                sentence="origin_foreign",
            )
        # a request for a page that a link or a bookmark led to is all that others may cause
        if origin is None and sender.site in _OUTSIDE:
            if not (page and method in SAFE_METHODS and sender.mode == b"navigate"):
                raise Forbidden("Requests from other sites are refused.", sentence="origin_foreign")
        return None

    def _learn(self, host: bytes) -> bool:
        """Look at a Host header not seen before and remember a good one."""
        name = _name(host.decode("latin-1").lower())
        good = name in self._names or (self._addresses and _is_address(name))
        if good and len(self._known) < 64:
            self._known.add(host)
        return good


def _name(host: str) -> str:
    """Return the name in a Host header, without port and brackets; "" where there is none."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        return name if bracket and (not port or port[1:].isdigit()) else ""
    name, _, port = host.partition(":")
    return name if not port or port.isdigit() else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
