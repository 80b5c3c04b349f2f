"""What was measured is what the next launch is judged by."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from stellarchat.core.errors import EngineNotReady
from stellarchat.core.instances import MeasuredMemory
from stellarchat.core.launch import LaunchOptions
from stellarchat.engines.base import Footprint
from stellarchat.services.instances.peaks import Peaks
from stellarchat.store import Store
from tests.services.house import GB, House, nobody
from tests.waiting import eventually

TOLD = Footprint(weights_bytes=4 * GB, kv_bytes_per_token=1000, overhead_bytes=GB, context_limit=9999)
SEEN = MeasuredMemory(
    engine="llamacpp",
    variant_id="one",
    tokens=8000,
    n_gpu=0,
    memory_bytes=3 * GB,
    measured_at=datetime(2026, 1, 1, tzinfo=UTC),
)


async def peaks(store: Store, *records: MeasuredMemory) -> Peaks:
    async with store.transaction() as tx:
        for record in records:
            await tx.measurements.save(record)
    made = Peaks(store)
    await made.read()
    return made


async def test_what_was_measured_replaces_the_estimate(store: Store) -> None:
    known = await peaks(store, SEEN)
    wanted = LaunchOptions(context_length=2000, slots=4)
    found = known.corrected("llamacpp", "one", wanted, TOLD)
    assert (found.needed(2000, 4), found.exact) == (3 * GB, True)
    assert found.needed(4000, 4) == 3 * GB + 8000 * 1000  # the rest is reckoned from there
    assert known.corrected("llamacpp", "two", wanted, TOLD) is TOLD
    assert known.corrected("vllm", "one", wanted, TOLD) is TOLD


async def test_the_nearest_measurement_counts(store: Store) -> None:
    longer = msgspec.structs.replace(SEEN, tokens=32000, memory_bytes=7 * GB)
    known = await peaks(store, SEEN, longer)
    assert (
        known.corrected("llamacpp", "one", LaunchOptions(context_length=32000, slots=1), TOLD).needed(
            32000, 1
        )
        == 7 * GB
    )
    near = known.corrected("llamacpp", "one", LaunchOptions(context_length=9000, slots=1), TOLD)
    assert near.needed(8000, 1) == 3 * GB


async def test_on_gpus_the_process_and_its_part_of_them_is_what_is_learnt(store: Store) -> None:
    seen = msgspec.structs.replace(SEEN, n_gpu=2, memory_bytes=GB // 2, gpu_memory_bytes=8 * GB)
    known = await peaks(store, SEEN, seen)
    found = known.corrected("llamacpp", "one", LaunchOptions(n_gpu=2), TOLD)
    assert (found.host_bytes, found.weights_bytes, found.exact) == (GB // 2, TOLD.weights_bytes, True)
    assert found.needed_of_gpus(2000, 4, 2) == pytest.approx(4 * GB, abs=2)
    undecided = known.corrected("llamacpp", "one", LaunchOptions(), TOLD)
    assert undecided == found
    assert known.corrected("llamacpp", "one", LaunchOptions(n_gpu=0), TOLD).host_bytes != GB // 2


async def test_less_than_the_weights_were_thought_to_be_is_learnt_on_gpus_too(store: Store) -> None:
    seen = msgspec.structs.replace(SEEN, n_gpu=1, gpu_memory_bytes=2 * GB)
    found = (await peaks(store, seen)).corrected("llamacpp", "one", LaunchOptions(n_gpu=1), TOLD)
    assert found.needed_of_gpus(2000, 4, 1) == 2 * GB


async def test_where_gpus_do_not_tell_only_the_process_is_learnt(store: Store) -> None:
    known = await peaks(store, msgspec.structs.replace(SEEN, n_gpu=2, memory_bytes=GB // 2))
    found = known.corrected("llamacpp", "one", LaunchOptions(n_gpu=2), TOLD)
    assert (found.host_bytes, found.weights_bytes, found.exact) == (GB // 2, TOLD.weights_bytes, False)


async def test_a_model_that_has_served_is_judged_by_its_peak(
    make: Callable[..., House], store: Store
) -> None:
    """The estimate of this model says 50 GB; the process that served took some megabytes."""
    house = make(memory_reserve=0)
    house.engine.weights["one"] = 50 * GB
    run_id = (await house.instances.ensure_ready("one", nobody)).instance
    await house.instances.stop(run_id)
    assert (await house.instances.fits("one")).needed_bytes == 50 * GB  # it has not served anybody
    run_id = (await house.instances.ensure_ready("one", nobody)).instance
    with house.instances.hold(run_id):
        await eventually(lambda: bool(house.instances.running()[0].memory_bytes))
    await house.instances.stop(run_id)
    needed = (await house.instances.fits("one", LaunchOptions(context_length=1024, slots=2))).needed_bytes
    assert 0 < needed < GB
    house.machine.memory_available = GB
    assert (await house.instances.fits("one")).fits
    async with store.read() as tx:
        (kept,) = await tx.measurements.list()
    assert (kept.engine, kept.variant_id, kept.tokens, kept.memory_bytes) == ("llamacpp", "one", 2048, needed)
    house.engine.weights["two"] = 50 * GB
    with pytest.raises(EngineNotReady):
        await house.instances.ensure_ready("two", nobody)
    again = make()
    await again.instances.open()
    assert (await again.instances.fits("one")).needed_bytes == needed
