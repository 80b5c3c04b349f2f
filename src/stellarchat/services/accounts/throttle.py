"""Slows down whoever guesses: so many failures per account and per address, then a wait."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from stellarchat.core.errors import TooManyRequests

_REMEMBERED: Final = 20_000


class Throttle:
    """Lets a key fail `burst` times at once, and once more every `seconds`."""

    def __init__(self, burst: int, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._seconds, self._clock = burst, seconds, clock
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count a try before it is made. Raises TooManyRequests where there were too many."""
        spent = self._now(key)
        if spent + 1 > self._burst:
            wait = (spent + 1 - self._burst) * self._seconds
            raise TooManyRequests(
                "Too many tries.",
                remedy=f"Try again in {max(1, round(wait))} seconds.",
                retry_after=wait,
                sentence="too_many_tries",
                values={"wait_seconds": max(1, round(wait))},
            )
        self._put(key, spent + 1)

    def give_back(self, key: str) -> None:
        """Count the last try out again: it was a good one."""
        self._put(key, max(0.0, self._now(key) - 1))

    def forget(self, key: str) -> None:
        """Forget all failures of a key."""
        self._spent.pop(key, None)

    def _now(self, key: str) -> float:
        spent, at = self._spent.get(key, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - at) / self._seconds)

    def _put(self, key: str, spent: float) -> None:
        self._spent[key] = (spent, self._clock())
        self._spent.move_to_end(key)
        if len(self._spent) > _REMEMBERED:
            self._spent.popitem(last=False)


def network(address: str) -> str:
    """Return the part of an address that one sender has: of IPv6 addresses they have many."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if known.version == 6:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
