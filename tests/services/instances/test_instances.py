"""Instances with real processes: the fake engine, made to load slowly, to fail and to be too big."""

import asyncio
import contextlib
from collections.abc import Callable

import psutil
import pytest

from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    EngineMissing,
    EngineNotReady,
    LaunchFailed,
    ModelNotFound,
    NotFound,
    ShuttingDown,
)
from stellarchat.core.events import Phase, Status
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.store import Store
from tests.services.house import GB, House, nobody
from tests.waiting import eventually


async def test_a_model_is_started_when_somebody_asks_for_it(house: House) -> None:
    house.engine.args["one"] = ["--load-time", "0.3"]
    heard: list[Status] = []
    target = await house.instances.ensure_ready("one", heard.append)
    assert (target.model, target.engine, target.slots, target.context_length) == ("one", "llamacpp", 2, 1024)
    assert target.run_id == target.instance == house.instances.running()[0].run_id
    assert {status.phase for status in heard} == {Phase.LOADING}
    assert {status.model for status in heard} == {"one"}
    await eventually(lambda: house.states("one") == ["starting", "loading", "ready"])
    again = await house.instances.ensure_ready("one", heard.append)
    assert again is target


async def test_everybody_who_waits_shares_one_launch(house: House) -> None:
    house.engine.args["one"] = ["--load-time", "0.3"]
    targets = await asyncio.gather(*(house.instances.ensure_ready("one", nobody) for _ in range(20)))
    assert len({target.run_id for target in targets}) == 1
    assert len(house.engine.plans) == 1


async def test_who_leaves_does_not_end_the_launch_for_others(house: House) -> None:
    house.engine.args["one"] = ["--load-time", "0.5"]
    first = asyncio.create_task(house.instances.ensure_ready("one", nobody))
    second = asyncio.create_task(house.instances.ensure_ready("one", nobody))
    await asyncio.sleep(0)
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert (await second).model == "one"
    assert len(house.engine.plans) == 1


async def test_loading_is_estimated_by_the_last_time(house: House) -> None:
    await house.instances.ensure_ready("one", nobody)
    took = house.instances.running()[0].load_seconds
    assert took is not None
    await house.instances.stop(house.instances.running()[0].run_id)
    heard: list[Status] = []
    await house.instances.ensure_ready("one", heard.append)
    assert heard[0].eta_seconds == took


async def test_a_failing_engine_says_its_last_words_and_is_left_alone(house: House) -> None:
    house.engine.args["one"] = ["--stderr", "error: the magic smoke is out", "--exit-code", "3"]
    with pytest.raises(LaunchFailed) as caught:
        await house.instances.ensure_ready("one", nobody)
    assert "magic smoke" in (caught.value.detail or "")
    assert house.instances.running()[0].state is InstanceState.FAILED
    launches = len(house.engine.plans)
    with pytest.raises(LaunchFailed) as again:
        await house.instances.ensure_ready("one", nobody)
    assert again.value.retry_after
    assert len(house.engine.plans) == launches


async def test_after_a_while_a_failed_model_gets_another_chance(make: Callable[..., House]) -> None:
    house = make(retry_seconds=0.0)
    house.engine.args["one"] = ["--exit-code", "3"]
    with pytest.raises(LaunchFailed):
        await house.instances.ensure_ready("one", nobody)
    del house.engine.args["one"]
    assert (await house.instances.ensure_ready("one", nobody)).model == "one"
    assert house.names() == ["one"]


async def test_a_person_can_start_a_failed_model_at_once(house: House) -> None:
    house.engine.args["one"] = ["--exit-code", "3"]
    with pytest.raises(LaunchFailed):
        await house.instances.ensure_ready("one", nobody)
    del house.engine.args["one"]
    await house.instances.start("one", LaunchOptions())
    assert (await house.instances.ensure_ready("one", nobody)).model == "one"


@pytest.mark.parametrize("name", ["--trust-remote-code", "x;id", "../../etc/passwd", "．．/x", "a\0b", ""])
async def test_a_hostile_name_is_an_unknown_model(house: House, name: str) -> None:
    with pytest.raises(ModelNotFound):
        await house.instances.ensure_ready(name, nobody)
    assert house.engine.plans == []


async def test_nothing_is_downloaded_behind_peoples_backs(house: House) -> None:
    with pytest.raises(EngineNotReady) as caught:
        await house.instances.ensure_ready("absent", nobody)
    assert "pull absent" in (caught.value.remedy or "")
    house.downloading["absent"] = "43 %"
    with pytest.raises(EngineNotReady, match="being downloaded \\(43 %\\)"):
        await house.instances.ensure_ready("absent", nobody)
    with pytest.raises(EngineNotReady, match="is missing"):
        await house.instances.ensure_ready("lost", nobody)


async def test_a_missing_engine_says_what_to_install(house: House) -> None:
    house.engine.usable = False
    with pytest.raises(EngineMissing) as caught:
        await house.instances.ensure_ready("one", nobody)
    assert caught.value.remedy == "pip install it"


async def test_options_that_cannot_work_are_refused(house: House) -> None:
    with pytest.raises(BadRequest, match="GPU") as refused:
        await house.instances.start("one", LaunchOptions(n_gpu=1))
    assert refused.value.param == "n_gpu"
    with pytest.raises(BadRequest) as caught:
        await house.instances.start("one", LaunchOptions(engine="LD_PRELOAD"))
    assert caught.value.param == "engine_type"
    assert house.engine.plans == []


async def test_starting_the_same_again_changes_nothing(house: House) -> None:
    first = await house.instances.start("one", LaunchOptions(slots=3))
    assert first.state is InstanceState.STARTING
    again = await house.instances.start("one", LaunchOptions(slots=3))
    assert again.run_id == first.run_id
    assert len(house.engine.plans) == 1


async def test_other_options_restart_it_unless_it_is_used(house: House) -> None:
    target = await house.instances.ensure_ready("one", nobody)
    assert target.run_id is not None
    with house.instances.hold(target.run_id), pytest.raises(Conflict, match="being used"):
        await house.instances.start("one", LaunchOptions(slots=7))
    with pytest.raises(BadRequest):
        await house.instances.start("one", LaunchOptions(n_gpu=1))
    assert house.instances.instance(target.run_id).state is InstanceState.READY
    await house.instances.start("one", LaunchOptions(slots=7))
    assert (await house.instances.ensure_ready("one", nobody)).slots == 7


async def test_stop_leaves_no_process(house: House) -> None:
    target = await house.instances.ensure_ready("one", nobody)
    (instance,) = house.instances.running()
    assert instance.pid is not None
    report = await house.instances.stop(target.instance)
    assert report.survivors == ()
    assert not psutil.pid_exists(instance.pid)
    assert house.instances.running() == []
    assert house.states("one")[-1] is InstanceState.STOPPED
    with pytest.raises(NotFound):
        await house.instances.stop(target.instance)


async def test_restart_keeps_the_run_id(house: House) -> None:
    started = await house.instances.start("one", LaunchOptions(slots=5))
    before = await house.instances.ensure_ready("one", nobody)
    restarted = await house.instances.restart(started.run_id)
    assert restarted.run_id == started.run_id
    after = await house.instances.ensure_ready("one", nobody)
    assert after.slots == 5
    assert after.address != before.address


async def test_a_died_engine_gets_a_new_address(house: House) -> None:
    before = await house.instances.ensure_ready("one", nobody)
    pid = house.instances.running()[0].pid
    assert pid is not None
    psutil.Process(pid).kill()
    await eventually(lambda: house.instances.running()[0].restarts == 1)
    after = await house.instances.ensure_ready("one", nobody)
    assert after.address.generation == before.address.generation + 1
    assert after.run_id == before.run_id


async def test_logs_are_the_engines(house: House) -> None:
    house.engine.args["one"] = ["--stderr", "hello from the engine"]
    target = await house.instances.ensure_ready("one", nobody)
    assert "hello from the engine" in house.instances.logs(target.instance, 10)


async def test_idle_models_are_unloaded_but_never_one_in_use(make: Callable[..., House]) -> None:
    house = make(idle_seconds=1e-9)
    target = await house.instances.ensure_ready("one", nobody)
    await house.instances.ensure_ready("demo", nobody)
    with house.instances.hold(target.instance):
        assert await house.instances.unload_idle() == []
    assert len(await house.instances.unload_idle()) == 1
    assert house.names() == ["demo"]


async def test_by_itself_it_unloads_what_is_idle(make: Callable[..., House]) -> None:
    house = make(idle_seconds=0.2, sweep_seconds=0.05)
    await house.instances.open()
    await house.instances.ensure_ready("one", nobody)
    await eventually(lambda: house.names() == [])
    assert house.states("one")[-1] is InstanceState.STOPPED


async def test_zero_means_never(make: Callable[..., House]) -> None:
    house = make(idle_seconds=0.0)
    await house.instances.ensure_ready("one", nobody)
    assert await house.instances.unload_idle() == []


async def test_room_is_made_by_unloading_the_idle(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    one = await house.instances.ensure_ready("one", nobody)
    two = await house.instances.ensure_ready("two", nobody)
    house.engine.weights["three"] = 10 * GB
    # the processes of the fake are small, so what they give back is small: exactly that is missing
    house.machine.memory_available = 10 * GB - 1
    with house.instances.hold(two.instance):
        await house.instances.ensure_ready("three", nobody)
    assert house.names() == ["two", "three"]
    assert one.instance not in [instance.run_id for instance in house.instances.running()]


async def test_what_does_not_fit_is_refused_and_nothing_is_unloaded(make: Callable[..., House]) -> None:
    house = make(memory_reserve=GB)
    await house.instances.ensure_ready("one", nobody)
    house.engine.weights["two"] = 50 * GB
    house.machine.memory_available = 3 * GB
    with pytest.raises(EngineNotReady, match="no room") as caught:
        await house.instances.ensure_ready("two", nobody)
    assert "53.7 GB" in (caught.value.remedy or "")
    assert house.names() == ["one"]
    assert not (await house.instances.fits("two")).fits


async def test_many_are_judged_by_one_look_at_each_engine(
    make: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make(memory_reserve=GB)
    house.engine.weights["two"] = 50 * GB
    house.machine.memory_available = 3 * GB
    looks: list[str] = []
    probe = house.engine.probe
    monkeypatch.setattr(house.engine, "probe", lambda: looks.append("look") or probe())
    judged = await house.instances.judge([house.variants[name] for name in ("one", "two")])
    assert {name: found.fits for name, found in judged.items()} == {"one": True, "two": False}
    assert len(looks) == 1
    house.engine.usable = False
    assert (await house.instances.judge([house.variants["one"]]))["one"].fits
    assert len(looks) == 1


async def test_two_that_load_at_once_do_not_count_the_same_memory(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    house.engine.weights = {"one": 2 * GB, "two": 2 * GB}
    house.engine.args = {name: ["--load-time", "1"] for name in ("one", "two")}
    house.machine.memory_available = 3 * GB
    results = await asyncio.gather(
        *(house.instances.ensure_ready(name, nobody) for name in ("one", "two")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["EngineNotReady", "Target"]


async def test_defaults_fill_what_a_launch_leaves_open(make: Callable[..., House]) -> None:
    house = make(slots=6, threads=3, context_length=10**6)
    target = await house.instances.ensure_ready("one", nobody)
    assert (target.slots, target.context_length) == (6, 2048)
    await house.instances.start("one", LaunchOptions(slots=2))
    assert (await house.instances.ensure_ready("one", nobody)).slots == 2


async def test_measured_speed_is_shown(house: House) -> None:
    target = await house.instances.ensure_ready("one", nobody)
    house.instances.note_speed(target.instance, 38.5)
    house.instances.note_speed("unknown", 1.0)
    assert house.instances.running()[0].tokens_per_second == 38.5
    await eventually(lambda: (house.instances.running()[0].memory_bytes or 0) > 0)


async def test_what_people_started_is_started_again(make: Callable[..., House], store: Store) -> None:
    first = make()
    started = await first.instances.start("one", LaunchOptions(slots=3))
    await first.instances.ensure_ready("one", nobody)
    await first.instances.ensure_ready("two", nobody)
    await first.instances.close()
    await first.supervisor.close()
    second = make()
    await second.instances.open()
    await eventually(lambda: second.names() == ["one"])
    (again,) = second.instances.running()
    assert (again.run_id, again.slots) == (started.run_id, 3)
    await second.instances.stop(again.run_id)
    async with store.read() as tx:
        assert await tx.instances.list() == []


async def test_an_unloaded_model_comes_back_as_a_person_wanted_it(make: Callable[..., House]) -> None:
    house = make(idle_seconds=1e-9)
    started = await house.instances.start("one", LaunchOptions(slots=3))
    await house.instances.ensure_ready("one", nobody)
    assert len(await house.instances.unload_idle()) == 1
    target = await house.instances.ensure_ready("one", nobody)
    assert (target.run_id, target.slots) == (started.run_id, 3)


async def test_closing_stops_everything(house: House) -> None:
    house.engine.args["two"] = ["--load-time", "30"]
    await house.instances.ensure_ready("one", nobody)
    waiting = asyncio.create_task(house.instances.ensure_ready("two", nobody))
    await eventually(lambda: len(house.names()) == 2)
    pids = [instance.pid for instance in house.instances.running() if instance.pid]
    reports = await house.instances.close()
    assert [report.survivors for report in reports] == [(), ()]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    with pytest.raises(EngineNotReady):
        await waiting
    with pytest.raises(ShuttingDown):
        await house.instances.ensure_ready("one", nobody)
