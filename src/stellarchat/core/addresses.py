"""Addresses that people and models name, and which of them a server may be sent to. Pure: nobody is asked.

Parsers differ in what they take for the host of an odd address, and each difference was a hole somewhere.
So an address is taken only where there is nothing to differ about; all others are refused.
"""

import ipaddress
import re
from urllib.parse import quote, urljoin

import msgspec

from stellarchat.core.errors import BadRequest

LENGTH = 4096
"""Characters of an address at most."""

_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.A | re.I | re.S
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.A | re.I)
_PLAIN = "!#$%&'()*+,-./:;=?@[]_~"  # what a target holds as it is (RFC 3986)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what a last label makes an IPv4 address of, in some parsers

# The IANA special-purpose registries, and what `ipaddress` of Python 3.11 takes for global: 6to4 relays,
# multicast. 168.63.129.16 is a public number behind which Azure keeps its metadata.
_CLOSED = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 "
        "192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 "
        "192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"
    ).split()
)
# Only 2000::/3 is given out to hosts; that leaves out mapped, translated, local and multicast ones. Of it,
# protocols (Teredo among them), documentation and 6to4, which hides an IPv4 address, are no hosts either.
_UNICAST = ipaddress.IPv6Network("2000::/3")
_CLOSED6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class AddressRefused(BadRequest):
    """The server does not go to this address."""

    code = "address_refused"


class WebAddress(msgspec.Struct, frozen=True):
    """An http(s) address in its only spelling. `host` is lower-case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """Host and port as they are written in lists: `name:80`, `[::1]:80`."""
        return f"{self._host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them."""
        return self._host if self.port == _PORTS[self.scheme] else self.place

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(url: str, base: WebAddress | None = None) -> WebAddress:
    """Read an address; one relative to `base` where that is given. Raises AddressRefused naming `url`."""
    if len(url) > LENGTH:
        raise _refused(f"The address is longer than {LENGTH} characters.", "address_long", limit=LENGTH)
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise _refused(
            "The address has a blank, a control character or a backslash in it.", "address_letters"
        )
    if base is not None:
        try:
            url = urljoin(base.url, url)
        except ValueError:
            raise _refused("The address cannot be read.", "address_unreadable") from None
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        raise _refused("The address must begin with http:// or https://.", "address_scheme")
    if "@" in parts["authority"]:
        raise _refused("An address with a user name or password in it is not fetched.", "address_login")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        raise _refused(
            "The address has no host that can be read.",
            "address_host",
            remedy="Write the name in ASCII (xn--…).",
        )
    scheme = parts["scheme"].lower()
    port = int(authority["port"]) if authority["port"] else _PORTS[scheme]
    if not 1 <= port <= 65535:
        raise _refused(f"There is no port {port}.", "address_port", port=str(port))
    target = parts["target"] if parts["target"].startswith("/") else "/" + parts["target"]
    try:
        target = quote(target, safe=_PLAIN)
    except UnicodeEncodeError:
        raise _refused("The address is no text.", "address_unreadable") from None
    return WebAddress(scheme, _host(authority["host"].lower()), port, target)


def place(text: str) -> str:
    """Return `host:port` in the spelling that `WebAddress.place` has. Raises ValueError."""
    try:
        address = parse(f"http://{text}/")
    except AddressRefused as error:
        raise ValueError(error.message) from None
    if address.target != "/" or not re.search(r":[0-9]+$", text):
        raise ValueError(f"{text!r} is not host:port")
    return address.place


def is_number(host: str) -> bool:
    """Whether a host of a WebAddress is an IP address rather than a name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def is_public(ip: str) -> bool:
    """Whether an IP address belongs to a host on the public internet. False for what is no IP address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _CLOSED)
    if address.scope_id is not None or address not in _UNICAST:
        return False
    return not any(address in block for block in _CLOSED6)


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1]).compressed
        except ValueError:
            raise _refused("The host is no IPv6 address.", "address_name") from None
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            # takes four decimal numbers without leading zeros and nothing else
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise _refused(
                "The host is a number in an unusual form.",
                "address_number",
                remedy="Write it as four decimal numbers.",
            ) from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("The host is no name that a server can have.", "address_name")
    return host


def _refused(
    message: str, sentence: str, remedy: str = "Give a plain http or https address.", **values: str | int
) -> AddressRefused:
    return AddressRefused(message, remedy=remedy, param="url", sentence=sentence, values=values)
