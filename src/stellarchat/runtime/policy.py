"""How patient the supervisor is, and the clock it goes by."""

import asyncio
import time
from typing import Protocol

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All times in seconds.

    After a death the next start comes `first_delay` later, then `factor` times as long each time, up to
    `longest_delay`. After `restarts` restarts without a healthy run in between it is given up; a run is
    healthy when it has been ready for `healthy_after`.

    While it loads it is asked every `poll_first` and less and less often down to `poll_longest`; once
    ready every `health_interval`, each time for `probe_timeout` at most. Not answering for
    `unreachable_after` makes it unreachable, for `hung_after` gets it restarted: an engine may well be
    too busy to answer.
    """

    first_delay: float = 0.5
    factor: float = 2.0
    longest_delay: float = 30.0
    restarts: int = 3
    healthy_after: float = 60.0
    poll_first: float = 0.02
    poll_factor: float = 1.3
    poll_longest: float = 0.25
    probe_timeout: float = 5.0
    health_interval: float = 2.0
    unreachable_after: float = 10.0
    hung_after: float = 120.0

    def delay(self, deaths: int) -> float:
        """Return how long to wait after death number `deaths` (from 1)."""
        return float(min(self.longest_delay, self.first_delay * self.factor ** (deaths - 1)))


class Clock(Protocol):
    """What tells the supervisor the time and lets it wait before a restart."""

    def now(self) -> float:
        """Return seconds since some moment, never going back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The real Clock."""

    def now(self) -> float:
        """Return the monotonic time."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
