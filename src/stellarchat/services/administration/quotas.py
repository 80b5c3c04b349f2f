"""How much each user may ask for: requests a minute, tokens a day, answers at once.

Who is bound by no limit costs a look into a dictionary. Rates are kept by the library `limits`, which is
loaded where there is one.
"""

import math
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from stellarchat.core.errors import TooManyRequests
from stellarchat.core.quotas import Quota
from stellarchat.services.administration.usage import UsageBooks
from stellarchat.store.database import Store

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter

_AGAIN: Final = 1.0
"""Seconds after which somebody with too many answers at once may try again."""
_SET: Final = 5.0
"""Seconds by which a clock must jump to count as set."""


class _Today(msgspec.Struct):
    day: date
    tokens: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a user stands: what is left of each rate, and the seconds until all of it is there again."""

    requests: tuple[int, int, float] | None = None
    tokens: tuple[int, int, float] | None = None


class Quotas:
    """Lets requests in while their user is within the limits. `usual` are those of everybody."""

    def __init__(
        self,
        store: Store,
        books: UsageBooks,
        usual: Quota,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._books, self.usual, self._clock = store, books, usual, clock
        self._own: dict[str, Quota] = {}
        self._binding: dict[str, Quota] = {}
        self._active: dict[str, int] = {}
        self._today: dict[str, _Today] = {}
        self._rates: RateLimiter | None = None
        self._drift = 0.0
        books.heard.append(self._spent)

    async def open(self) -> None:
        """Read the limits of users who have their own."""
        async with self._store.read() as tx:
            self._own = await tx.quotas.all()
        self._binding = {user: quota.over(self.usual) for user, quota in self._own.items()}

    def own(self, user_id: str) -> Quota:
        """Return what was set for one user; None is as usual, 0 no limit."""
        return self._own.get(user_id, Quota())

    def of(self, user_id: str) -> Quota:
        """Return the limits that hold for a user."""
        return self._binding.get(user_id, self.usual)

    async def change(self, user_id: str, quota: Quota) -> None:
        """Set a user's own limits; those of a user without any are the usual ones."""
        async with self._store.transaction() as tx:
            await tx.quotas.put(user_id, quota)
        self.forget(user_id)
        if not quota.unlimited:
            self._own[user_id] = quota
            self._binding[user_id] = quota.over(self.usual)

    def forget(self, user_id: str) -> None:
        """Forget the limits of a user who is gone."""
        self._own.pop(user_id, None)
        self._binding.pop(user_id, None)

    def binds(self, user_id: str) -> bool:
        """Whether a user has any limit."""
        return bool(user_id) and not self.of(user_id).unlimited

    async def enter(self, user_id: str) -> Callable[[], None]:
        """Count a request in, and return what is to be called when its answer is over.

        Raises TooManyRequests.
        """
        quota = self.of(user_id)
        active = self._active.get(user_id, 0)
        if quota.concurrent is not None and active >= quota.concurrent:
            raise TooManyRequests(
                f"At most {_many(quota.concurrent, 'answer')} of yours may be written at once.",
                remedy="Wait until one of them is over.",
                retry_after=_AGAIN,
                sentence="limit_concurrent",
                values={"limit": quota.concurrent},
            )
        if quota.tokens_per_day is not None and (used := await self._used(user_id)) >= quota.tokens_per_day:
            raise TooManyRequests(
                f"You have used {used} tokens today, at most {quota.tokens_per_day} are allowed.",
                remedy="Come back tomorrow (UTC), or ask an administrator for more.",
                retry_after=self._until_tomorrow(),
                sentence="limit_tokens",
                values={"used": used, "limit": quota.tokens_per_day},
            )
        if quota.requests_per_minute is not None:
            self._hit(user_id, quota.requests_per_minute)
        self._active[user_id] = self._active.get(user_id, 0) + 1
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                rest = self._active[user_id] - 1
                if rest:
                    self._active[user_id] = rest
                else:
                    del self._active[user_id]

        return leave

    def standing(self, user_id: str) -> Standing:
        """Return what is left for a user."""
        quota = self.of(user_id)
        requests = tokens = None
        if quota.requests_per_minute is not None:
            stats = self._limiter().get_window_stats(self._rate(quota.requests_per_minute), user_id)
            requests = (quota.requests_per_minute, stats.remaining, max(0.0, stats.reset_time - time.time()))
        known = self._today.get(user_id)
        if quota.tokens_per_day is not None:
            used = known.tokens if known is not None and known.day == self._clock().date() else 0
            left = max(0, quota.tokens_per_day - used)
            tokens = (quota.tokens_per_day, left, self._until_tomorrow())
        return Standing(requests=requests, tokens=tokens)

    def _hit(self, user_id: str, per_minute: int) -> None:
        limiter, rate = self._limiter(), self._rate(per_minute)
        if not limiter.hit(rate, user_id):
            wait = max(0.0, limiter.get_window_stats(rate, user_id).reset_time - time.time())
            raise TooManyRequests(
                f"You may send {_many(per_minute, 'request')} a minute.",
                remedy=f"Try again in {_many(max(1, math.ceil(wait)), 'second')}.",
                retry_after=wait,
                sentence="limit_requests",
                values={"limit": per_minute, "wait_seconds": max(1, math.ceil(wait))},
            )

    def _limiter(self) -> "RateLimiter":
        # the library counts by the clock on the wall: what it counted before that was set is worth nothing
        drift = time.time() - time.monotonic()
        was_set, self._drift = abs(drift - self._drift) > _SET, drift
        if self._rates is None or was_set:
            from limits.storage import MemoryStorage  # few servers have limits
            from limits.strategies import MovingWindowRateLimiter

            self._rates = MovingWindowRateLimiter(MemoryStorage())
        return self._rates

    def _rate(self, per_minute: int) -> "RateLimitItem":
        from limits import RateLimitItemPerMinute

        return RateLimitItemPerMinute(per_minute)

    async def _used(self, user_id: str) -> int:
        today = self._clock().date()
        known = self._today.get(user_id)
        if known is None or known.day != today:
            spent = await self._books.today(user_id)
            known = self._today[user_id] = _Today(today, spent.tokens)
        return known.tokens

    def _spent(self, user_id: str, tokens: int) -> None:
        known = self._today.get(user_id)
        if known is not None and known.day == self._clock().date():
            known.tokens += tokens

    def _until_tomorrow(self) -> float:
        now = self._clock()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        return (tomorrow - now).total_seconds()


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
