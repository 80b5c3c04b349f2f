"""The cookie of a browser that is logged in.

`__Host-` binds it to this very host, over https alone; browsers count loopback addresses as safe too, so
that it also works with a server of one's own machine. On an address of the network without https no
browser keeps such a cookie. Only where the operator says that the network is trusted (`--insecure`) it
is an ordinary one.
"""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

from stellarchat.core.errors import Forbidden

_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CookieStyle:
    """How the cookie is written. `secure` is off with `--insecure` alone; `seconds` is how long it lasts."""

    secure: bool
    seconds: int

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-stellarchat" if self.secure else "stellarchat"

    def set(self, response: Response, value: str) -> None:
        """Make the browser keep a login."""
        response.set_cookie(
            self.name,
            value,
            max_age=self.seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Make the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def check(self, connection: HTTPConnection) -> None:
        """Raise Forbidden where the browser would not keep the cookie, and log in again and again."""
        origin = connection.headers.get("origin", "")
        host = (connection.url.hostname or "").lower()
        if self.secure and origin.startswith("http://") and host not in _NAMES:
            raise Forbidden(
                "Logging in over an unprotected connection would show your password to the network.",
                remedy="Put the server behind https, or start it with --insecure if the network is trusted.",
            )
