"""On which GPUs a launch comes, with several of them: pins, what others await, what has to make room."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import BadRequest, EngineNotReady
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Footprint, Hardware
from stellarchat.services.catalog import Catalog
from stellarchat.services.fit import MEMORY, Idle, Share, demand, fit, make_room
from stellarchat.services.placement import Place, Placement, Room, RoomGpu, together
from tests.services.house import GB, FakeEngine, Graphics, House, Machine, nobody
from tests.services.models import entry, variant
from tests.waiting import eventually

WEIGHTS = Footprint(
    weights_bytes=20 * GB, kv_bytes_per_token=0, overhead_bytes=2 * GB, context_limit=4096, exact=True
)


class Claiming(FakeEngine):
    """Takes a part of each GPU beforehand, as vLLM and SGLang do."""

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        settled = super().settled(variant, options, hardware, footprint)
        part = options.gpu_memory_utilization or 0.5
        return msgspec.structs.replace(settled, gpu_memory_utilization=part)


def gpu(index: int, free: int = 80) -> RoomGpu:
    return RoomGpu(index, "Some GPU", 80 * GB, free * GB)


def room(*gpus: RoomGpu, memory: int = 100, cores: int = 8) -> Room:
    return Room(cores, memory * GB, gpus).changed({})


def places(
    there: Room, engine: FakeEngine | None = None, like: LaunchOptions | None = None, **options: object
) -> list[Place]:
    made = variant("one")
    placement = Placement(
        Catalog([entry(made)], Path("/nowhere")), {}, Machine, LaunchOptions(), reserve_bytes=0
    )
    wanted = LaunchOptions(**options)  # type: ignore[arg-type]
    return placement.places(engine or FakeEngine(), made, wanted, WEIGHTS, there, like)


def gpus(found: list[Place]) -> list[tuple[int, ...] | None]:
    return [place.options.gpus for place in found]


def test_without_gpus_all_lies_in_memory() -> None:
    (place,) = places(room(gpu(0)), n_gpu=0)
    assert place.needs == {MEMORY: 22 * GB}
    assert place.options.gpus is None


def test_the_gpus_share_weights_and_the_process_stays_in_memory() -> None:
    (place,) = places(room(gpu(0), gpu(1)), n_gpu=2)
    assert place.needs == {MEMORY: 2 * GB, "gpu 0": 10 * GB, "gpu 1": 10 * GB}
    assert {device.name: device.free_bytes for device in place.fit.devices} == {
        MEMORY: 100 * GB,
        "gpu 0": 80 * GB,
        "gpu 1": 80 * GB,
    }


def test_the_freest_gpu_is_taken() -> None:
    assert gpus(places(room(gpu(0, 30), gpu(1, 70), gpu(2, 50)), n_gpu=1)) == [(1,)]


def test_replicas_are_spread_over_the_gpus() -> None:
    found = places(room(gpu(0), gpu(1), gpu(2)), n_gpu=1, replicas=3)
    assert sorted(one[0] for one in gpus(found) if one) == [0, 1, 2]
    doubled = places(room(gpu(0), gpu(1)), n_gpu=1, replicas=4)
    assert sorted(one[0] for one in gpus(doubled) if one) == [0, 0, 1, 1]


def test_replicas_take_only_pinned_gpus_and_divide_them() -> None:
    found = places(room(gpu(0), gpu(1), gpu(2), gpu(3)), gpus=(2, 3), replicas=2)
    assert [place.options.n_gpu for place in found] == [1, 1]
    assert sorted(one[0] for one in gpus(found) if one) == [2, 3]
    (both,) = places(room(gpu(0), gpu(1), gpu(2)), gpus=(1, 2))
    assert sorted(both.options.gpus or ()) == [1, 2]


def test_replicas_are_alike_and_share_the_cores() -> None:
    found = places(room(memory=200, cores=8), replicas=3, slots=5)
    assert {place.options.slots for place in found} == {5}
    like = LaunchOptions(context_length=777, slots=9, n_gpu=0)
    (more,) = places(room(), like=like)
    assert (more.options.context_length, more.options.slots) == (777, 9)


def test_more_gpus_than_there_are_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadRequest, match="0 \\(Some GPU\\), 1 \\(Some GPU\\)") as caught:
        places(room(gpu(0), gpu(1)), n_gpu=3)
    assert caught.value.param == "n_gpu"
    with pytest.raises(BadRequest, match="no GPU on this machine") as none:
        places(room(), n_gpu=1)
    assert none.value.param == "n_gpu"
    with pytest.raises(BadRequest, match="There is no GPU 7") as pinned:
        places(room(gpu(0)), gpus=(7,))
    assert pinned.value.param == "gpus"
    with pytest.raises(BadRequest, match="1 of them are named in gpus"):
        places(room(gpu(0), gpu(1)), gpus=(1,), n_gpu=2)


def test_what_is_claimed_beforehand_counts_and_is_all_it_gets() -> None:
    engine = Claiming()
    (place,) = places(room(gpu(0)), engine, n_gpu=1)
    assert place.needs["gpu 0"] == 40 * GB
    full = places(room(gpu(0)), engine, n_gpu=1, replicas=3)
    reason = together(full, room(gpu(0))).reason or ""
    assert "There is room for 2 of 3 replicas" in reason
    assert "a lower gpu_memory_utilization" in reason
    (small,) = places(room(gpu(0)), engine, n_gpu=1, gpu_memory_utilization=0.1)
    assert not small.fit.fits
    assert "a higher gpu_memory_utilization" in (small.fit.reason or "")


def test_a_fit_names_the_device_that_is_short() -> None:
    judged = fit(
        WEIGHTS, context_length=1024, slots=1, free_bytes=GB, gpus={0: Share(90 * GB), 1: Share(90 * GB)}
    )
    assert "of memory" in (judged.reason or "")
    judged = fit(WEIGHTS, context_length=1024, slots=1, free_bytes=9 * GB, gpus={3: Share(5 * GB)})
    assert "It needs about 21.5 GB of gpu 3, 5.4 GB are free" in (judged.reason or "")
    assert demand(WEIGHTS, 1024, 1, {3: Share(GB)}) == {MEMORY: 2 * GB, "gpu 3": 20 * GB}


def idle(name: str, seconds: float, **gpus: int) -> Idle:
    named = {key.replace("_", " "): size for key, size in gpus.items()}
    return Idle(run_id=name, idle_seconds=seconds, load_seconds=1, memory_bytes=GB, gpus=named)


def test_room_on_a_gpu_is_made_by_those_that_lie_there() -> None:
    there = [idle("old", 900, gpu_0=30 * GB), idle("mine", 50, gpu_1=30 * GB), idle("new", 5, gpu_1=9 * GB)]
    assert [one.run_id for one in make_room(there, {"gpu 1": 20 * GB})] == ["mine"]
    assert [one.run_id for one in make_room(there, {"gpu 1": 35 * GB})] == ["mine", "new"]
    assert make_room(there, {"gpu 1": 40 * GB}) == []
    assert [one.run_id for one in make_room(there, {"gpu 0": GB, MEMORY: 2 * GB})] == ["old", "mine"]
    assert make_room(there, {"gpu 1": 0, MEMORY: -5}) == []


async def test_those_that_load_reserve_their_gpu(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    house.engine.has_gpu_code = True
    house.machine.gpus = (Graphics(0, 10 * GB, 10 * GB), Graphics(1, 10 * GB, 9 * GB))
    house.engine.weights = {"one": 6 * GB, "two": 6 * GB, "three": 6 * GB}
    house.engine.args = {name: ["--load-time", "5"] for name in ("one", "two", "three")}
    first = await house.instances.start("one", LaunchOptions(n_gpu=1))
    second = await house.instances.start("two", LaunchOptions(n_gpu=1))
    assert (first.replicas[0].gpus, second.replicas[0].gpus) == ((0,), (1,))
    with pytest.raises(EngineNotReady) as caught:
        await house.instances.start("three", LaunchOptions(n_gpu=1))
    assert "gpu" in (caught.value.remedy or "")


async def test_an_idle_model_makes_room_on_its_gpu(make: Callable[..., House]) -> None:
    house = make(memory_reserve=0)
    house.engine.has_gpu_code = True
    house.engine.weights = {"one": 6 * GB, "two": 6 * GB}
    # what the driver tells when one of them has loaded
    house.machine.gpus = (Graphics(0, 10 * GB, 10 * GB), Graphics(1, 10 * GB, 2 * GB))
    one = await house.instances.start("one", LaunchOptions(n_gpu=1))
    await house.instances.ensure_ready("one", nobody)
    house.machine.gpus = (Graphics(0, 10 * GB, 4 * GB), Graphics(1, 10 * GB, 2 * GB))
    with house.instances.hold(one.run_id), pytest.raises(EngineNotReady):
        await house.instances.start("two", LaunchOptions(n_gpu=1))
    two = await house.instances.start("two", LaunchOptions(n_gpu=1))
    assert two.replicas[0].gpus == (0,)
    await eventually(lambda: house.names() == ["two"])
    assert house.states("one")[-1] is InstanceState.STOPPED
