"""What is done again and again survives what goes wrong, and ends when it is told to."""

import asyncio

import pytest

from stellarchat.core.errors import StoreUnavailable
from stellarchat.services.background import Loop, cancel
from tests.waiting import eventually


async def test_a_loop_goes_on_after_errors_and_says_each_once(caplog: pytest.LogCaptureFixture) -> None:
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds in (1, 2, 3, 5):
            raise StoreUnavailable("The database is away.")
        if rounds == 6:
            raise ValueError("a fault of ours")

    loop = Loop("writing", work, 0.0)
    loop.open()
    loop.open()
    await eventually(lambda: rounds > 6)
    await loop.close()
    ended = rounds
    await asyncio.sleep(0.01)
    assert rounds == ended
    assert [record.getMessage() for record in caplog.records] == [
        "writing: The database is away. Trying again.",
        "writing: The database is away. Trying again.",
        "writing failed",
    ]


async def test_a_loop_waits_longer_after_an_error_where_it_is_told_to() -> None:
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise StoreUnavailable("The database is away.")

    loop = Loop("writing", work, 0.0, retry=3600.0)
    loop.open()
    await eventually(lambda: rounds == 3)
    await asyncio.sleep(0.01)
    assert rounds == 3
    await loop.close()


async def test_cancelling_waits_for_whatever_end_there_is() -> None:
    ended: list[str] = []

    async def reluctant() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("reluctant")
            raise ValueError("at the end")

    tasks = [asyncio.create_task(reluctant()), asyncio.create_task(asyncio.sleep(0))]
    await asyncio.sleep(0)
    await cancel(tasks)
    assert ended == ["reluctant"]
