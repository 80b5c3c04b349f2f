"""What logins at other servers have in common (OAuth 2): where a browser goes, and which may come back."""

import hmac
import re
from typing import Final

import msgspec

from stellarchat.services.accounts.tokens import digest

PATIENCE: Final = 600.0
"""Seconds somebody may take to log in there."""
_ERROR: Final = re.compile(r"[a-z_]{1,64}")  # as RFC 6749 has them: others could be anybody's words


class Start(msgspec.Struct, frozen=True):
    """Where to send a browser, and what it keeps meanwhile."""

    location: str
    browser: str


def came_back(left: str, browser: str) -> bool:
    """Whether it is the browser that left; of that one the digest was kept."""
    return hmac.compare_digest(left, digest(browser))


def reason(error: str, otherwise: str) -> str:
    """Return the other server's word for why it refused, where that may be shown."""
    return error if _ERROR.fullmatch(error) else otherwise
