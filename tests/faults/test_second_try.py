"""Requests in the moment in which their engine is killed: asked again once, while nothing was given."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import msgspec
import pytest

from stellarchat.core.errors import EngineDied
from stellarchat.core.events import End, Phase, Status
from stellarchat.core.ids import new_id
from stellarchat.core.instances import Instance
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.messages import Chat, MessageStatus
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.answers.relay import Exchange, Relay
from stellarchat.services.answers.turns import Turn
from stellarchat.store import Store
from tests.fake_engine import Fake
from tests.services.conftest import make, store  # noqa: F401 (fixtures)
from tests.services.house import House
from tests.waiting import eventually


@pytest.fixture
async def house(make: Callable[..., House]) -> House:  # noqa: F811
    return make()


@contextlib.asynccontextmanager
async def gates(house: House) -> AsyncIterator[Gateway]:
    gate = Gateway(house.instances)
    house.instances.on_change(gate.noticed)
    yield gate
    gate.close()


async def started(house: House, replicas: int = 1) -> str:
    run_id = (await house.instances.start("one", LaunchOptions(replicas=replicas))).run_id
    await eventually(lambda: len(house.instances.targets(run_id)) == replicas)
    return run_id


def instance(house: House, run_id: str) -> Instance:
    return house.instances.instance(run_id)


def first_of(house: House, run_id: str) -> Fake:
    """The replica that is asked first."""
    target = house.instances.targets(run_id)[0]
    pid = instance(house, run_id).replicas[0].pid
    assert pid is not None
    return Fake(target.address.base_url, target.address.api_key or "", pid)


def asking(gate: Gateway, directives: str = "tokens=2", *, stream: bool = True) -> Exchange:
    content = f"hi [[fake {directives}]]"
    body = {"model": "one", "stream": stream, "messages": [{"role": "user", "content": content}]}
    return Relay(gate).exchange("/chat/completions", body, msgspec.json.encode(body))


async def answered(exchange: Exchange) -> str:
    async with exchange:
        if not exchange.streaming:
            return (await exchange.whole()).decode()
        said = b""
        while data := await exchange.next():
            said += data
        return said.decode()


@contextlib.asynccontextmanager
async def asked_for(exchange: Exchange) -> AsyncIterator[asyncio.Task[str]]:
    """Ask beside the block."""
    task = asyncio.create_task(answered(exchange))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_relayed_request_is_answered_by_another_process(
    house: House, replicas: int, stream: bool
) -> None:
    """Fault: engine dies before the first token. The other replica answers, or the one started again."""
    run_id = await started(house, replicas)
    fake = first_of(house, run_id)
    fake.kill(signal.SIGSTOP)  # it takes the request and will not answer it
    async with gates(house) as gate, asked_for(asking(gate, stream=stream)) as asked:
        await eventually(lambda: gate.load(run_id).active == 1)
        fake.kill()
        said = await asked
    assert "tok01" in said or "tok00 tok01" in said
    assert "error" not in said


async def test_a_head_without_a_byte_of_the_answer_is_nothing_yet(house: House) -> None:
    run_id = await started(house, 2)
    fake = first_of(house, run_id)
    async with gates(house) as gate, asked_for(asking(gate, "tokens=2 first=1500")) as asked:
        await eventually(lambda: _active(fake))
        fake.kill()
        assert "tok01" in await asked


async def _active(fake: Fake) -> bool:
    return (await fake.stats())["active"] == 1


async def test_what_kills_two_is_not_tried_a_third_time(house: House) -> None:
    """Fault: at most one retry. A request that kills its engine must not walk through all of them."""
    run_id = await started(house, 3)
    before = {replica.pid for replica in instance(house, run_id).replicas}
    async with gates(house) as gate:
        with pytest.raises(EngineDied):
            await answered(asking(gate, "die_after=0", stream=False))
        await eventually(lambda: sum(one.restarts for one in instance(house, run_id).replicas) == 2)
        left = {replica.pid for replica in instance(house, run_id).replicas} & before
        assert len(left) == 1
        assert "tok00" in await answered(asking(gate))


async def test_nothing_is_said_twice(house: House) -> None:
    """Fault: engine dies mid-answer. Never a silent repeat."""
    await started(house, 2)
    async with gates(house) as gate:
        with pytest.raises(EngineDied):
            await answered(asking(gate, "tokens=9 die_after=3"))


async def test_a_model_that_a_person_stops_is_not_started_again_for_it(house: House) -> None:
    run_id = await started(house)
    fake = first_of(house, run_id)
    fake.kill(signal.SIGSTOP)
    async with gates(house) as gate, asked_for(asking(gate)) as asked:
        await eventually(lambda: gate.load(run_id).active == 1)
        await house.instances.stop(run_id)
        with pytest.raises(EngineDied):
            await asked
    assert house.names() == []


async def test_a_replica_too_many_is_cut_off_at_its_limit_and_says_so(make: Callable[..., House]) -> None:  # noqa: F811
    """What was written stays and can be continued; what was not begun yet is written elsewhere."""
    house = make(drain_seconds=0.3)
    run_id = await started(house, 2)
    async with gates(house) as gate:
        # the first replica has the one that goes on, the second those that are cut off
        async with asked_for(asking(gate, "tokens=2 first=6000")):
            await eventually(lambda: gate.load(run_id).active == 1)
            async with asking(gate, "tokens=2000 delay=20") as writing:
                assert b"tok00" in await until(writing, b"tok00")
                assert gate.load(f"{run_id}.2").active == 1
                async with asked_for(asking(gate, "tokens=2 first=3000")) as late:
                    await eventually(lambda: gate.load(run_id).active == 3)
                    await house.instances.update(run_id, replicas=1)
                    with pytest.raises(EngineDied):
                        await until(writing, b"never")
                    assert "tok01" in await late


async def until(exchange: Exchange, word: bytes) -> bytes:
    """Read on to a word."""
    said = b""
    while word not in said and (data := await exchange.next()):
        said += data
    return said


async def test_a_connection_that_a_living_engine_breaks_is_an_error(house: House) -> None:
    run_id = await started(house, 2)
    async with gates(house) as gate:
        with pytest.raises(EngineDied):
            await answered(asking(gate, "reset=0", stream=False))
    assert {one.restarts for one in instance(house, run_id).replicas} == {0}


async def test_a_stored_reply_is_written_by_the_process_that_comes_after(house: House, store: Store) -> None:  # noqa: F811
    run_id = await started(house)
    now = datetime.now(UTC)
    chat = Chat(id=new_id(), user_id="local", created_at=now, updated_at=now, last_message_at=now)
    async with store.transaction() as tx:
        await tx.chats.add(chat)

    async def no_default(user_id: str) -> str | None:
        return None

    async with gates(house) as gate:
        recorder = Recorder(store, owner="test", interval=0.02)
        generations = Generations(store, gate, recorder, owner="test", default_model=no_default)
        recorder.start()
        fake = first_of(house, run_id)
        fake.kill(signal.SIGSTOP)
        turn = Turn(user_id="local", model="one", chat_id=chat.id, content="hi [[fake tokens=2]]")
        generation = await generations.begin(turn)
        await eventually(lambda: gate.load(run_id).active == 1)
        os.kill(fake.pid, signal.SIGKILL)
        await generation.finished()
        assert isinstance(generation.log[-1], End)
        phases = [event.phase for event in generation.log if isinstance(event, Status)]
        assert phases.index(Phase.LOADING) > phases.index(Phase.PREFILL)  # and it says so meanwhile
        assert generation.message is not None
        assert generation.message.status is MessageStatus.COMPLETE
        assert generation.message.content == "tok00 tok01 "
        await generations.close(0)
        await recorder.close()
