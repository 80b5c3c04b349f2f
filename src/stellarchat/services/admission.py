"""Who may use an engine's slots, in order of arrival; and when a failing one is left alone."""

import asyncio
from collections import deque
from collections.abc import Callable

from stellarchat.core.errors import EngineBusy, QueueFull, StellarChatError, Unavailable


class Slots:
    """A first-come queue before `limit` places; at most `queue_limit` wait.

    `limit` None lets everybody through and only counts.
    """

    def __init__(self, limit: int | None, queue_limit: int) -> None:
        self.limit = limit
        self.queue_limit = queue_limit
        self.active = 0
        self._waiting: deque[tuple[asyncio.Future[None], Callable[[int], None]]] = deque()

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def acquire(self, report: Callable[[int], None]) -> None:
        """Take a place; while waiting, `report` is told how many are before us.

        Raises QueueFull when too many wait already.
        """
        if self.limit is None or (self.active < self.limit and not self._waiting):
            self.active += 1
            return
        if len(self._waiting) >= self.queue_limit:
            raise QueueFull(
                f"{self.active} replies are being written and {len(self._waiting)} wait.",
                remedy="Try again in a moment, or start another model or replica.",
                retry_after=2.0,
            )
        turn = asyncio.get_running_loop().create_future()
        entry = (turn, report)
        self._waiting.append(entry)
        report(len(self._waiting) - 1)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # the place came in the same moment as the caller left
            else:
                self._waiting.remove(entry)
                self._tell()
            raise

    def release(self) -> None:
        """Give a place back; the first who waits gets it."""
        self.active -= 1
        while self._waiting and (self.limit is None or self.active < self.limit):
            turn, _ = self._waiting.popleft()
            if not turn.done():
                self.active += 1
                turn.set_result(None)
        self._tell()

    def _tell(self) -> None:
        for place, (_, report) in enumerate(self._waiting):
            report(place)


class Breaker:
    """Leaves a failing endpoint alone for a while instead of making everybody wait for it.

    Opens after `threshold` failures in a row, or at once for the time that a 429 asked for.
    """

    def __init__(self, clock: Callable[[], float], threshold: int = 3, longest: float = 60.0) -> None:
        self._clock, self.threshold, self.longest = clock, threshold, longest
        self._failures = 0
        self._open_until = 0.0
        self._last: StellarChatError | None = None

    def check(self) -> None:
        """Raise what the endpoint last failed with while it is left alone."""
        left = self._open_until - self._clock()
        if left <= 0 or self._last is None:
            return
        kind = EngineBusy if isinstance(self._last, EngineBusy) else Unavailable
        raise kind(
            self._last.message,
            remedy=f"It failed a moment ago; it will be tried again in {left:.0f} s.",
            detail=self._last.detail,
            retry_after=round(left, 1),
        )

    def failed(self, error: StellarChatError) -> None:
        """Count a failure of the endpoint itself."""
        self._failures += 1
        self._last = error
        if isinstance(error, EngineBusy):
            self._open_until = self._clock() + min(error.retry_after or 0.0, self.longest)
        elif self._failures >= self.threshold:
            wait = min(2.0 ** (self._failures - self.threshold), self.longest)
            self._open_until = self._clock() + wait

    def worked(self) -> None:
        """Forget all failures."""
        self._failures, self._last, self._open_until = 0, None, 0.0
