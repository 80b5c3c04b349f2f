"""When a failing engine is left alone."""

from collections.abc import Callable

from stellarchat.core.errors import EngineBusy, StellarChatError, Unavailable


class Breaker:
    """Leaves a failing endpoint alone for a while instead of making everybody wait for it.

    Opens after `threshold` failures in a row, or at once for the time that a 429 asked for.
    """

    def __init__(self, clock: Callable[[], float], threshold: int = 3, longest: float = 60.0) -> None:
        self._clock, self.threshold, self.longest = clock, threshold, longest
        self._failures = 0
        self._open_until = 0.0
        self._last: StellarChatError | None = None

    @property
    def open(self) -> bool:
        """Whether it is left alone now."""
        return self._last is not None and self._open_until > self._clock()

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
