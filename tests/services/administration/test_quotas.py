"""Limits of users: what binds whom, and what is told when it does."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarchat.core.errors import TooManyRequests
from stellarchat.core.quotas import Quota
from stellarchat.services.administration.quotas import Quotas
from stellarchat.services.administration.usage import UsageBooks
from stellarchat.services.answers.meter import Measured
from stellarchat.store import Store
from tests.databases import sqlite_url

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Place:
    """Quotas over a real store, and a clock."""

    def __init__(self, store: Store, usual: Quota) -> None:
        self.now = NOON
        self.store = store
        self.books = UsageBooks(store, clock=lambda: self.now)
        self.quotas = Quotas(store, self.books, usual, clock=lambda: self.now)

    def spend(self, user: str, tokens: int) -> None:
        spent = {"prompt_tokens": tokens - 1, "completion_tokens": 1}
        self.books.answered(
            Measured(model="m", lane="chat", outcome="stop", seconds=1.0, user_id=user, **spent)
        )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


async def refused(quotas: Quotas, user: str) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as caught:
        await quotas.enter(user)
    return caught.value


async def test_without_limits_nobody_is_bound(store: Store) -> None:
    quotas = Place(store, Quota()).quotas
    await quotas.open()
    assert not quotas.binds("ann")
    assert not quotas.binds("")


async def test_requests_a_minute_are_each_users_own(store: Store) -> None:
    quotas = Place(store, Quota(requests_per_minute=2)).quotas
    for user in ("ann", "ann", "bob"):
        (await quotas.enter(user))()
    error = await refused(quotas, "ann")
    assert error.retry_after is not None
    assert 0 < error.retry_after <= 60
    (await quotas.enter("bob"))()
    standing = quotas.standing("ann").requests
    assert standing is not None
    assert standing[:2] == (2, 0)
    assert not quotas.binds("")


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_locks_nobody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    quotas = Place(store, Quota(requests_per_minute=2)).quotas
    for _ in range(2):
        (await quotas.enter("ann"))()
    await refused(quotas, "ann")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
    (await quotas.enter("ann"))()
    standing = quotas.standing("ann").requests
    assert standing is not None
    assert standing[1] == 1
    assert standing[2] <= 60


async def test_answers_at_once_are_counted_out_once(store: Store) -> None:
    quotas = Place(store, Quota(concurrent=1)).quotas
    leave = await quotas.enter("ann")
    assert "at once" in (await refused(quotas, "ann")).message
    leave()
    leave()
    second = await quotas.enter("ann")
    await refused(quotas, "ann")
    second()
    (await quotas.enter("ann"))()


async def test_tokens_of_a_day_outlast_the_process_and_come_back_tomorrow(store: Store) -> None:
    first = Place(store, Quota(tokens_per_day=100))
    (await first.quotas.enter("ann"))()
    first.spend("ann", 60)
    (await first.quotas.enter("ann"))()
    assert first.quotas.standing("ann").tokens == (100, 40, 12 * 3600.0)
    await first.books.flush()
    again = Place(store, Quota(tokens_per_day=100))
    again.spend("ann", 50)
    error = await refused(again.quotas, "ann")
    assert (error.retry_after, "110 tokens" in error.message) == (12 * 3600.0, True)
    (await again.quotas.enter("bob"))()
    again.now += timedelta(days=1)
    (await again.quotas.enter("ann"))()
    assert again.quotas.standing("ann").tokens == (100, 100, 12 * 3600.0)


async def test_a_user_may_have_more_less_or_no_limit(store: Store) -> None:
    usual = Quota(requests_per_minute=1, concurrent=1)
    quotas = Place(store, usual).quotas
    await quotas.change("ann", Quota(requests_per_minute=3))
    await quotas.change("bob", Quota(requests_per_minute=0, concurrent=0))
    assert quotas.of("ann") == Quota(requests_per_minute=3, concurrent=1)
    assert (quotas.binds("bob"), quotas.binds("eve")) == (False, True)
    again = Place(store, usual).quotas
    await again.open()
    assert again.of("ann") == quotas.of("ann")
    assert again.own("bob") == Quota(requests_per_minute=0, concurrent=0)
    await again.change("ann", Quota())
    assert again.of("ann") == usual
