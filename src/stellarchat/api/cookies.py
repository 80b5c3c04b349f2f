"""The cookie of a browser that is logged in, and those of one that goes to log in elsewhere and comes back.

`__Host-` binds a login's to this very host, over https alone; browsers count loopback addresses as safe too,
so that it also works with a server of one's own machine. On an address of the network without https no
browser keeps such a cookie. Only where the operator says that the network is trusted (`--insecure`) it
is an ordinary one.
"""

from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from stellarchat.core.errors import Forbidden, StellarChatError
from stellarchat.services.accounts.departures import PATIENCE

_NAMES = ("localhost", "127.0.0.1", "::1")
_OUTCOME = "stellarchat-outcome"
_OUTCOME_SECONDS = 30


@dataclass(frozen=True, slots=True)
class CookieStyle:
    """How cookies are written. `secure` is off with `--insecure` alone; a login lasts `seconds`."""

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

    def bind(self, response: Response, name: str, secret: str, path: str) -> None:
        """Bind the browser to a login begun elsewhere: it is to come back to `path` with the secret."""
        response.set_cookie(
            name,
            secret,
            max_age=int(PATIENCE),
            path=path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def tell(self, response: Response, path: str, refused: StellarChatError | None) -> None:
        """Tell the page at `path` what came of a login elsewhere: why it was refused, or None.

        In no address: anybody could make one up, and have the page say it.
        """
        told = None
        if refused is not None:
            info = refused.info()
            told = {name: getattr(info, name) for name in ("code", "message", "remedy", "sentence", "values")}
        response.set_cookie(
            _OUTCOME,
            quote(msgspec.json.encode(told)),
            max_age=_OUTCOME_SECONDS,
            path=path,
            secure=self.secure,
            samesite="lax",
        )

    def check(self, connection: HTTPConnection) -> None:
        """Raise Forbidden where the browser would not keep the cookie, and log in again and again."""
        origin = connection.headers.get("origin", "")
        host = (connection.url.hostname or "").lower()
        if self.secure and origin.startswith("http://") and host not in _NAMES:
            raise Forbidden(
                "Logging in over an unprotected connection would show your password to the network.",
                remedy="Put the server behind https, or start it with --insecure if the network is trusted.",
                sentence="login_unprotected",
            )
