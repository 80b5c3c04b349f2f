"""Several replicas of one model, with real processes: they come and go while the others serve."""

import asyncio
from collections.abc import Callable

import msgspec
import psutil
import pytest

from stellarchat.core.errors import BadRequest, EngineNotReady, NotFound
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.services.answers.gateway import Gateway
from tests.services.house import GB, House, nobody
from tests.waiting import eventually

TWO = LaunchOptions(replicas=2)


def the(house: House) -> Instance:
    (instance,) = house.instances.running()
    return instance


def pids(house: House) -> dict[int, int | None]:
    return {replica.index: replica.pid for replica in the(house).replicas}


async def started(house: House, options: LaunchOptions = TWO) -> str:
    run_id = (await house.instances.start("one", options)).run_id
    await eventually(lambda: len(house.instances.targets(run_id)) == options.replicas)
    return run_id


async def test_replicas_are_processes_of_one_instance(house: House) -> None:
    run_id = await started(house)
    instance = the(house)
    assert [replica.index for replica in instance.replicas] == [1, 2]
    assert len({replica.pid for replica in instance.replicas}) == 2
    assert len({replica.address for replica in instance.replicas}) == 2
    assert [target.instance for target in house.instances.targets(run_id)] == [run_id, f"{run_id}.2"]
    assert {target.run_id for target in house.instances.targets(run_id)} == {run_id}
    assert (instance.state, instance.options.replicas, instance.slots) == (InstanceState.READY, 2, 4)
    await eventually(lambda: all(replica.memory_bytes for replica in the(house).replicas))
    assert the(house).memory_bytes == sum(replica.memory_bytes or 0 for replica in the(house).replicas)
    report = await house.instances.stop(run_id)
    assert report.survivors == ()
    assert report.memory_freed_bytes > 0
    assert not any(psutil.pid_exists(replica.pid or 0) for replica in instance.replicas)


async def test_the_same_again_changes_nothing_and_more_are_added(house: House) -> None:
    run_id = await started(house)
    before = pids(house)
    assert (await house.instances.start("one", TWO)).run_id == run_id
    assert pids(house) == before
    await house.instances.start("one", LaunchOptions(replicas=3))
    await eventually(lambda: len(house.instances.targets(run_id)) == 3)
    assert {index: pids(house)[index] for index in before} == before
    assert (await house.instances.start("one", LaunchOptions())).options.replicas == 3


async def test_a_new_replica_loads_beside_the_one_that_serves(house: House) -> None:
    run_id = await started(house, LaunchOptions(slots=3))
    house.engine.args["one"] = ["--load-time", "0.5"]
    scaled = await house.instances.update(run_id, replicas=2)
    assert scaled.state is InstanceState.READY
    assert scaled.replicas[0].state is InstanceState.READY
    assert len(house.instances.targets(run_id)) == 1
    await eventually(lambda: len(house.instances.targets(run_id)) == 2)
    assert {target.slots for target in house.instances.targets(run_id)} == {3}


async def test_one_on_its_way_out_finishes_its_replies_first(house: House) -> None:
    run_id = await started(house)
    going = pids(house)[2]
    with house.instances.hold(f"{run_id}.2"):
        scaled = await house.instances.update(run_id, replicas=1)
        assert [replica.state for replica in scaled.replicas] == [InstanceState.READY, InstanceState.STOPPING]
        assert [target.instance for target in house.instances.targets(run_id)] == [run_id]
        await asyncio.sleep(0.2)
        assert psutil.pid_exists(going or 0)
    await eventually(lambda: list(pids(house)) == [1])
    assert not psutil.pid_exists(going or 0)
    assert the(house).state is InstanceState.READY


async def test_one_on_its_way_out_is_called_back_rather_than_another_launched(house: House) -> None:
    run_id = await started(house)
    before = pids(house)
    with house.instances.hold(f"{run_id}.2"):
        await house.instances.update(run_id, replicas=1)
        await house.instances.update(run_id, replicas=2)
    await asyncio.sleep(0.2)
    assert pids(house) == before
    assert len(house.instances.targets(run_id)) == 2


async def test_a_reply_that_never_ends_does_not_keep_a_replica_for_ever(make: Callable[..., House]) -> None:
    house = make(drain_seconds=0.1)
    run_id = await started(house)
    with house.instances.hold(f"{run_id}.2"):
        await house.instances.update(run_id, replicas=1)
        await eventually(lambda: list(pids(house)) == [1])


async def test_scaling_interrupts_no_reply(house: House) -> None:
    """Replies run on both replicas while one of them is taken away and another one comes."""
    gateway = Gateway(house.instances)
    house.instances.on_change(gateway.noticed)
    run_id = await started(house, LaunchOptions(replicas=2, slots=4))

    async def reply(number: int) -> tuple[str, int]:
        async with gateway.lease("one", affinity=str(number)) as lease:
            content = "hi [[fake tokens=20 delay=50]]"
            body = {"model": "one", "stream": True, "messages": [{"role": "user", "content": content}]}
            async with await lease.ask("/chat/completions", body) as response:
                assert response.status == 200
                received = b""
                while data := await response.next():
                    received += data
            return lease.target.instance, received.count(b'"content"')

    replies = [asyncio.create_task(reply(number)) for number in range(4)]
    await eventually(lambda: gateway.load(run_id).active == 4)
    await house.instances.update(run_id, replicas=1)
    late = [asyncio.create_task(reply(number)) for number in range(2)]
    await house.instances.update(run_id, replicas=3)
    done = await asyncio.gather(*replies)
    assert {name for name, _ in done} == {run_id, f"{run_id}.2"}
    counts = {count for _, count in [*done, *await asyncio.gather(*late)]}
    assert len(counts) == 1
    assert counts.pop() >= 20
    await eventually(lambda: len(house.instances.targets(run_id)) == 3)
    gateway.close()


async def test_a_replica_that_fails_leaves_the_others_serving(house: House) -> None:
    run_id = await started(house, LaunchOptions())
    house.engine.args["one"] = ["--stderr", "error: out of luck", "--exit-code", "3"]
    await house.instances.update(run_id, replicas=2)
    await eventually(lambda: the(house).replicas[1].state is InstanceState.FAILED)
    instance = the(house)
    assert (instance.state, instance.error) == (InstanceState.READY, None)
    failed = instance.replicas[1].error
    assert failed is not None
    assert "out of luck" in (failed.detail or "")
    assert "error: out of luck" in house.instances.logs(run_id, replica=2)
    assert (await house.instances.ensure_ready("one", nobody)).instance == run_id
    del house.engine.args["one"]
    await house.instances.update(run_id, replicas=2)  # the failed one gets a successor
    await eventually(lambda: len(house.instances.targets(run_id)) == 2)
    assert InstanceState.FAILED not in {replica.state for replica in the(house).replicas}


async def test_a_replica_that_died_comes_back_and_is_passed_over_meanwhile(house: House) -> None:
    run_id = await started(house)
    psutil.Process(pids(house)[1] or 0).kill()
    await eventually(lambda: [one.instance for one in house.instances.targets(run_id)] == [f"{run_id}.2"])
    assert the(house).state is InstanceState.READY
    await eventually(lambda: len(house.instances.targets(run_id)) == 2)
    assert the(house).restarts == 1


async def test_all_must_fit_or_none_is_started(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    house.engine.weights["one"] = 2 * GB
    house.machine.memory_available = 5 * GB
    foreseen = await house.instances.foresee("one", LaunchOptions(replicas=3))
    assert not foreseen.fit.fits
    assert "There is room for 2 of 3 replicas" in (foreseen.fit.reason or "")
    with pytest.raises(EngineNotReady, match="no room") as caught:
        await house.instances.start("one", LaunchOptions(replicas=3))
    assert "2 of 3" in (caught.value.remedy or "")
    assert house.engine.plans == []
    fits = await house.instances.foresee("one", TWO)
    assert (fits.fit.fits, fits.fit.needed_bytes, fits.options.replicas) == (True, 4 * GB, 2)


async def test_one_more_that_does_not_fit_changes_nothing(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    run_id = await started(house, LaunchOptions())
    house.machine.memory_available = GB // 2
    with pytest.raises(EngineNotReady):
        await house.instances.update(run_id, replicas=2)
    assert len(the(house).replicas) == 1
    assert the(house).options.replicas == 1
    with pytest.raises(BadRequest) as none:
        await house.instances.update(run_id, replicas=0)
    assert none.value.param == "replicas"
    with pytest.raises(NotFound):
        await house.instances.update("nobody", replicas=2)


async def test_a_pinned_one_is_never_unloaded(make: Callable[..., House]) -> None:
    house = make(idle_seconds=1e-9, memory_reserve=0)
    run_id = await started(house, LaunchOptions(pinned=True))
    assert the(house).pinned
    assert await house.instances.unload_idle() == []
    house.machine.memory_available = 0
    with pytest.raises(EngineNotReady):
        await house.instances.ensure_ready("two", nobody)
    await house.instances.update(run_id, pinned=False)
    assert len(await house.instances.unload_idle()) == 1


async def test_each_has_an_idle_limit_of_its_own(make: Callable[..., House]) -> None:
    house = make(idle_seconds=1e-9)
    run_id = await started(house, LaunchOptions(idle_unload_seconds=3600))
    assert await house.instances.unload_idle() == []
    await house.instances.update(run_id, idle_unload_seconds=0)
    assert await house.instances.unload_idle() == []
    assert (
        await house.instances.update(run_id, idle_unload_seconds=1e-9)
    ).options.idle_unload_seconds == 1e-9
    assert len(await house.instances.unload_idle()) == 1


async def test_replicas_options_and_pins_survive_a_restart_of_the_server(make: Callable[..., House]) -> None:
    first = make()
    run_id = await started(first, LaunchOptions(replicas=2, slots=3))
    await first.instances.update(run_id, replicas=3, pinned=True)
    await first.instances.close()
    await first.supervisor.close()
    second = make()
    await second.instances.open()
    await eventually(lambda: len(second.instances.targets(run_id)) == 3)
    again = the(second)
    assert (again.run_id, again.pinned, again.options.slots) == (run_id, True, 3)


async def test_what_a_crashed_server_left_is_ended_by_the_next_one(house: House) -> None:
    """Every replica has a note of its own, so that the next server clears up all of them."""
    await started(house, LaunchOptions(replicas=3))
    names = set(house.supervisor._supervised)
    assert names == {"one", "one#2", "one#3"}
    notes = {msgspec.json.decode(path.read_bytes())["name"] for path in (house.folder / "run").glob("*.json")}
    assert notes == names


async def test_stopping_stops_all_of_them_at_once(house: House) -> None:
    run_id = await started(house, LaunchOptions(replicas=3))
    before = pids(house)
    assert (await house.instances.stop(run_id)).survivors == ()
    assert not any(psutil.pid_exists(pid or 0) for pid in before.values())
    assert house.instances.running() == []
