import asyncio

import pytest

from stellarchat.core.errors import EngineBusy, EngineDied, QueueFull, Unavailable
from stellarchat.services.admission import Breaker, Slots


class Places(list[int]):
    """What a waiter was told."""

    def __call__(self, place: int) -> None:
        self.append(place)


async def test_first_come_first_served_with_places_told() -> None:
    slots = Slots(1, 10)
    await slots.acquire(Places())
    told, order = [Places(), Places(), Places()], []

    async def wait(index: int) -> None:
        await slots.acquire(told[index])
        order.append(index)

    tasks = [asyncio.create_task(wait(index)) for index in range(3)]
    await asyncio.sleep(0)
    assert (slots.active, slots.queued) == (1, 3)
    for _ in range(3):
        slots.release()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2]
    assert told == [[0], [1, 0], [2, 1, 0]]
    assert (slots.active, slots.queued) == (1, 0)


async def test_a_full_queue_says_when_to_come_back() -> None:
    slots = Slots(1, 1)
    await slots.acquire(Places())
    waiting = asyncio.create_task(slots.acquire(Places()))
    await asyncio.sleep(0)
    with pytest.raises(QueueFull) as caught:
        await slots.acquire(Places())
    assert caught.value.retry_after
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert slots.queued == 0


async def test_leaving_the_queue_moves_the_others_up() -> None:
    slots = Slots(1, 10)
    await slots.acquire(Places())
    second = Places()
    leaving = asyncio.create_task(slots.acquire(Places()))
    await asyncio.sleep(0)
    staying = asyncio.create_task(slots.acquire(second))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert second == [1, 0]
    slots.release()
    await staying
    assert slots.active == 1


async def test_leaving_in_the_moment_of_being_served_loses_no_place() -> None:
    slots = Slots(1, 10)
    await slots.acquire(Places())
    served = asyncio.create_task(slots.acquire(Places()))
    await asyncio.sleep(0)
    slots.release()
    served.cancel()
    await asyncio.gather(served, return_exceptions=True)
    assert slots.active == 0
    await slots.acquire(Places())


async def test_no_limit_only_counts() -> None:
    slots = Slots(None, 0)
    for _ in range(100):
        await slots.acquire(Places())
    assert slots.active == 100


def test_the_breaker_opens_after_failures_and_closes_with_time() -> None:
    now = 0.0
    breaker = Breaker(lambda: now, threshold=3)
    for _ in range(2):
        breaker.failed(EngineDied("gone"))
        breaker.check()
    breaker.failed(EngineDied("gone"))
    with pytest.raises(Unavailable, match="gone") as caught:
        breaker.check()
    assert caught.value.retry_after == 1.0
    now = 1.1
    breaker.check()
    breaker.failed(EngineDied("gone"))  # still: twice as long
    now = 2.9
    with pytest.raises(Unavailable):
        breaker.check()
    breaker.worked()
    breaker.check()


def test_a_429_closes_the_door_for_as_long_as_it_asked_capped() -> None:
    now = 0.0
    breaker = Breaker(lambda: now, longest=60)
    breaker.failed(EngineBusy("slow down", retry_after=3600))
    with pytest.raises(EngineBusy) as caught:
        breaker.check()
    assert caught.value.retry_after == 60
    now = 61
    breaker.check()
