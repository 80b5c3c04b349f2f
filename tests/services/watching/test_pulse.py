"""Whether the database answers is asked once for all who want to know."""

import asyncio

import pytest

from stellarchat.core.errors import StoreUnavailable
from stellarchat.services.watching.pulse import FRESH_SECONDS, Pulse


class Database:
    """Answers when it is let, with an error if there is one."""

    def __init__(self) -> None:
        self.asked, self.error, self.let = 0, None, asyncio.Event()
        self.let.set()
        self.now = 0.0
        self.pulse = Pulse(self.ask, lambda: self.now)

    error: Exception | None

    async def ask(self) -> None:
        self.asked += 1
        await self.let.wait()
        if self.error is not None:
            raise self.error


async def test_all_who_ask_at_once_share_a_question() -> None:
    database = Database()
    await asyncio.gather(*(database.pulse() for _ in range(100)))
    assert database.asked == 1


async def test_an_answer_holds_for_a_while() -> None:
    database = Database()
    await database.pulse()
    database.now += FRESH_SECONDS / 2
    await database.pulse()
    assert database.asked == 1
    database.now += FRESH_SECONDS
    await database.pulse()
    assert database.asked == 2


async def test_an_error_is_heard_by_all_and_asked_about_again() -> None:
    database = Database()
    database.error = StoreUnavailable("the disk is gone")
    heard = await asyncio.gather(*(database.pulse() for _ in range(3)), return_exceptions=True)
    assert heard == [database.error] * 3
    database.error = None
    await database.pulse()
    assert database.asked == 2
    database.error = StoreUnavailable("gone again")
    database.now += FRESH_SECONDS
    with pytest.raises(StoreUnavailable):
        await database.pulse()


async def test_whoever_leaves_takes_nothing_from_the_others() -> None:
    database = Database()
    database.let.clear()
    leaving, staying = (asyncio.create_task(database.pulse()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    database.let.set()
    await staying
    assert database.asked == 1
    assert leaving.cancelled()
