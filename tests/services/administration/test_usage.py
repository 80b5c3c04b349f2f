"""Answers are counted in memory and written together; nothing is lost while the store is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from stellarchat.core.errors import BadRequest, StoreUnavailable
from stellarchat.core.usage import Usage, UsageQuery
from stellarchat.services.administration.usage import UsageBooks, table
from stellarchat.services.answers.meter import Measured
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.waiting import eventually

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path), busy_timeout=0.1)
    await store.open()
    yield store
    await store.close()


def count(books: UsageBooks, user: str = "ann", model: str = "demo", **fields: object) -> None:
    given = {"outcome": "stop", "prompt_tokens": 10, "completion_tokens": 2, "lane": "chat", "seconds": 1.0}
    books.answered(Measured(user_id=user, model=model, **given | fields))  # type: ignore[arg-type]


async def test_answers_are_written_together_after_a_while(store: Store) -> None:
    books = UsageBooks(store, interval=0.01, clock=lambda: NOON)
    books.open()
    for _ in range(50):
        count(books, generation_seconds=0.5, cached_tokens=4)

    async def written() -> bool:
        async with store.read() as tx:
            found = await tx.usage.sums(UsageQuery(), 10)
        return found == [
            Usage(
                day=NOON.date(),
                user_id="ann",
                model="demo",
                requests=50,
                prompt_tokens=500,
                cached_tokens=200,
                completion_tokens=100,
                seconds=25,
            )
        ]

    await eventually(written)
    await books.close()


async def test_what_is_counted_last_is_written_at_the_end(store: Store) -> None:
    books = UsageBooks(store, clock=lambda: NOON)
    books.open()
    count(books)
    await books.close()
    async with store.read() as tx:
        assert (await tx.usage.of_day("ann", NOON.date())).requests == 1


async def test_nothing_is_lost_or_counted_twice_while_the_store_is_away(store: Store) -> None:
    books = UsageBooks(store, clock=lambda: NOON)
    count(books)
    await store.close()
    with pytest.raises(StoreUnavailable):
        await books.flush()
    count(books)
    await store.open()
    assert (await books.report(UsageQuery(by=())))[0].requests == 2
    assert (await books.report(UsageQuery(by=())))[0].requests == 2


async def test_reports_of_one_moment_say_the_same(store: Store) -> None:
    """None of them may read between the counting and the writing of what another one writes."""
    books = UsageBooks(store, clock=lambda: NOON)
    count(books)
    by_model, by_user, today = await asyncio.gather(
        books.report(UsageQuery(by=("model",))),
        books.report(UsageQuery(by=("user",))),
        books.today("ann"),
    )
    assert [line.requests for line in (*by_model, *by_user)] == [1, 1]
    assert today.requests == 1


async def test_errors_are_told_apart_and_unknown_models_left_out(store: Store) -> None:
    books = UsageBooks(store, clock=lambda: NOON)
    for outcome in ("stop", "length", "cancelled", "engine_died", "queue_full", "model_not_found"):
        count(books, outcome=outcome, model="x" if outcome == "model_not_found" else "demo")
    (line,) = await books.report(UsageQuery(by=("model",)))
    assert (line.model, line.requests, line.errors) == ("demo", 5, 2)


async def test_today_is_what_is_stored_and_what_is_pending(store: Store) -> None:
    now = [NOON]
    books = UsageBooks(store, clock=lambda: now[0])
    count(books)
    await books.flush()
    count(books)
    count(books, "bob")
    assert (await books.today("ann")).tokens == 24
    now[0] += timedelta(days=1)
    assert (await books.today("ann")).tokens == 0


async def test_days_in_the_wrong_order_are_refused(store: Store) -> None:
    with pytest.raises(BadRequest) as caught:
        await UsageBooks(store).report(UsageQuery(first=date(2026, 2, 2), last=date(2026, 2, 1)))
    assert caught.value.param == "from"


def test_a_table_has_names_and_no_formulas() -> None:
    lines = [Usage(day=NOON.date(), user_id="1", model='=HYPERLINK("x")', requests=1, seconds=0.12345)]
    text = table(lines, ("day", "user", "model"), {"1": "Ann, B."})
    head, row, _ = text.split("\r\n")
    assert head.startswith("day,user,user_name,model,requests,")
    assert row == '2026-11-26,1,"Ann, B.","\'=HYPERLINK(""x"")",1,0,0,0,0,0.123'
