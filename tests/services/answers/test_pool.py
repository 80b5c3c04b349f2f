"""Who gets which place: queue order, the least busy replica, the same prefix, failing ones."""

import asyncio
from collections.abc import Callable

import pytest

from stellarchat.core.errors import EngineDied, QueueFull, Unavailable
from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.dialect import LLAMACPP
from stellarchat.services.answers.affinity import beginning
from stellarchat.services.answers.pool import MARGIN, Pool, Seat
from stellarchat.services.instances.targets import Target


def target(name: str, slots: int | None = 1, port: int = 1) -> Target:
    return Target(
        model="m",
        upstream_model="m",
        engine="llamacpp",
        dialect=LLAMACPP,
        address=Address(f"http://127.0.0.1:{port}", None),
        instance=name,
        run_id="run",
        slots=slots,
    )


class Model:
    """Replicas that tests bring and take away."""

    def __init__(self, *targets: Target, queue_limit: int = 10) -> None:
        self.targets = targets
        self.pool = Pool(lambda: self.targets, queue_limit, 1.0)
        self._ticket = 0

    def take(self, affinity: str | None = None) -> Seat:
        seat = self.pool.take(affinity)
        assert seat is not None
        return seat

    def names(self, count: int, affinity: str | None = None) -> list[str]:
        return [self.take(affinity).target.instance for _ in range(count)]

    def wait(self, told: Callable[[int], None], affinity: str | None = None) -> "asyncio.Task[Seat | None]":
        self._ticket += 1
        return asyncio.create_task(self.pool.wait(affinity, told, self._ticket))

    def have(self, *targets: Target) -> None:
        self.targets = targets
        self.pool.serve()


class Places(list[int]):
    """What a waiter was told."""

    def __call__(self, place: int) -> None:
        self.append(place)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_first_come_first_served_with_places_told() -> None:
    model = Model(target("a"))
    seat = model.take()
    told, order = [Places(), Places(), Places()], []

    async def wait(index: int) -> None:
        await model.wait(told[index])
        order.append(index)

    tasks = [asyncio.create_task(wait(index)) for index in range(3)]
    await settle()
    assert (model.pool.active, model.pool.queued) == (1, 3)
    for _ in range(3):
        model.pool.release(seat)
        await settle()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2]
    assert told == [[0], [1, 0], [2, 1, 0]]
    assert (model.pool.active, model.pool.queued) == (1, 0)


async def test_who_waits_is_not_overtaken() -> None:
    model = Model(target("a", slots=2))
    first, _ = model.take(), model.take()
    waiting = model.wait(Places())
    await settle()
    model.pool.release(first)
    assert model.pool.take(None) is None
    assert (await waiting) is first


async def test_a_full_queue_says_when_to_come_back() -> None:
    model = Model(target("a"), queue_limit=1)
    model.take()
    waiting = model.wait(Places())
    await settle()
    with pytest.raises(QueueFull) as caught:
        await model.wait(Places())
    assert caught.value.retry_after
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert model.pool.queued == 0


async def test_leaving_the_queue_moves_the_others_up() -> None:
    model = Model(target("a"))
    seat = model.take()
    second = Places()
    leaving = model.wait(Places())
    await settle()
    staying = model.wait(second)
    await settle()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert second == [1, 0]
    model.pool.release(seat)
    await staying
    assert model.pool.active == 1


async def test_leaving_in_the_moment_of_being_served_loses_no_place() -> None:
    model = Model(target("a"))
    seat = model.take()
    served = model.wait(Places())
    await settle()
    model.pool.release(seat)
    served.cancel()
    await asyncio.gather(served, return_exceptions=True)
    assert model.pool.active == 0
    model.take()


async def test_no_limit_only_counts() -> None:
    model = Model(target("a", slots=None))
    assert len(model.names(100)) == 100
    assert model.pool.active == 100


async def test_the_least_busy_replica_and_of_equal_ones_the_one_longest_unasked() -> None:
    model = Model(target("a", 4), target("b", 4))
    assert model.names(4) == ["a", "b", "a", "b"]
    seats = list(model.pool.seats.values())
    model.pool.release(seats[0])
    model.pool.release(seats[0])
    assert model.names(2) == ["a", "a"]


async def test_the_same_prefix_goes_where_it_was_read_unless_that_is_much_busier() -> None:
    model = Model(target("a", 8), target("b", 8))
    first = model.take("chat")
    for _ in range(MARGIN):
        assert model.take("chat") is first
    assert model.take("chat") is not first  # busier by more than the margin: from now on there
    assert model.take("other").target.instance == "b"


async def test_a_prefix_of_a_replica_that_is_gone_is_read_elsewhere() -> None:
    a, b, c = target("a", 8), target("b", 8), target("c", 8)
    model = Model(a, b, c)
    assert model.names(1, "chat") == ["a"]
    model.have(b, c)
    assert model.names(1, "chat") == ["b"]
    model.have(a, b, c)
    assert model.names(1, "chat") == ["b"]


async def test_a_failing_replica_is_passed_over_while_another_can_serve() -> None:
    model = Model(target("a", 2), target("b", 2))
    a = model.take()
    model.pool.release(a)
    for _ in range(3):
        a.breaker.failed(EngineDied("gone"))
    assert model.names(2) == ["b", "b"]
    assert model.pool.take(None) is None  # rather wait for the sound one than ask the failing one
    for _ in range(3):
        model.pool.seats["b"].breaker.failed(EngineDied("gone too"))
    with pytest.raises(Unavailable):
        model.pool.take(None)


async def test_one_queue_for_all_and_the_first_free_replica_wins() -> None:
    model = Model(target("a"), target("b"))
    model.take()
    b = model.take()
    first, second = model.wait(Places()), model.wait(Places())
    await settle()
    model.pool.release(b)
    assert (await first) is b
    assert not second.done()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_a_new_replica_takes_those_who_wait() -> None:
    model = Model(target("a"))
    model.take()
    waiting = model.wait(Places())
    await settle()
    model.have(target("a"), target("b"))
    served = await waiting
    assert served is not None
    assert served.target.instance == "b"


async def test_a_replica_on_its_way_out_gets_nothing_more_from_the_queue() -> None:
    a, b = target("a"), target("b")
    model = Model(a, b)
    seat, other = model.take(), model.take()
    waiting = model.wait(Places())
    await settle()
    model.have(b)
    model.pool.release(seat)
    await settle()
    assert not waiting.done()
    model.pool.release(other)
    assert (await waiting) is other
    assert list(model.pool.seats) == ["b"]  # and nothing is kept of the one that is gone


async def test_those_who_wait_for_a_model_that_went_away_look_for_it_anew() -> None:
    model = Model(target("a"))
    model.take()
    waiting = [model.wait(Places()), model.wait(Places())]
    await settle()
    model.have()
    assert [await one for one in waiting] == [None, None]


async def test_who_had_to_look_anew_keeps_the_place_in_the_queue() -> None:
    model = Model(target("a"))
    seat = model.take()
    late, early = Places(), Places()
    second = asyncio.create_task(model.pool.wait(None, late, ticket=9))
    await settle()
    first = asyncio.create_task(model.pool.wait(None, early, ticket=4))
    await settle()
    model.pool.release(seat)
    assert (await first) is seat
    assert not second.done()
    model.pool.release(seat)
    await second


async def test_a_new_process_of_a_replica_owes_nothing_for_the_old_one() -> None:
    model = Model(target("a", port=1))
    seat = model.take()
    for _ in range(3):
        seat.breaker.failed(EngineDied("gone"))
    model.have(target("a", port=2))
    model.pool.release(seat)
    assert model.take() is seat
    assert seat.target.address.base_url.endswith(":2")


async def test_nobody_computes_a_prefix_where_there_is_no_choice() -> None:
    asked = []

    def prefix() -> str:
        asked.append(1)
        return "p"

    model = Model(target("a", None))
    assert model.pool.take(prefix) is not None
    assert asked == []
    model.have(target("a", None), target("b", None))
    assert model.pool.take(prefix) is not None
    assert asked == [1]


def test_turns_of_one_conversation_begin_alike() -> None:
    system = {"role": "system", "content": "Be kind."}
    first = {"role": "user", "content": "hello"}
    later = [system, first, {"role": "assistant", "content": "hi"}, {"role": "user", "content": "more"}]
    assert beginning({"messages": [system, first]}) == beginning({"messages": later})
    other = {"messages": [system, {"role": "user", "content": "bye"}]}
    assert beginning(other) != beginning({"messages": later})
    assert beginning({"prompt": "once upon"}) == beginning({"prompt": "once upon"}) is not None
    assert beginning({"input": ["x"]}) is None
