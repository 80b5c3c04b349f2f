"""Whether a user may ask now: the limits, as the hot path knows them."""

from collections.abc import Callable
from typing import Protocol


class Turnstile(Protocol):
    """Lets requests in."""

    def binds(self, user_id: str) -> bool:
        """Whether a user has any limit; where not, nothing else here is called."""

    async def enter(self, user_id: str) -> Callable[[], None]:
        """Count a request in, and return what to call at its end. Raises TooManyRequests."""


class Unlimited:
    """Nobody has a limit."""

    def binds(self, user_id: str) -> bool:
        """Say no."""
        return False

    async def enter(self, user_id: str) -> Callable[[], None]:
        """Let everybody in."""
        return _nothing


def _nothing() -> None:
    """There is nothing to count out."""
