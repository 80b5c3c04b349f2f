"""Samples of what runs, for charts."""

from datetime import UTC, datetime

import msgspec

from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.services.watching.history import History
from tests.waiting import eventually


def running(**changes: object) -> Instance:
    made = Instance(
        run_id="r1",
        model="m",
        variant="m",
        name="M",
        engine="llamacpp",
        state=InstanceState.READY,
        memory_bytes=5,
        started_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(made, **changes)


def test_speed_is_what_was_written_since_the_last_sample() -> None:
    written = {"r1": 100}
    history = History(lambda: [running(active=2)], lambda run_id: written[run_id])
    history.sample()
    written["r1"] = 300
    history.sample()
    first, second = history.of("r1")
    assert first.tokens_per_second == 0  # what came before is nobody's
    assert second.tokens_per_second > 0
    assert (second.active, second.memory_bytes) == (2, 5)
    assert first.at < second.at


def test_a_count_that_went_back_is_a_fresh_process() -> None:
    written = {"r1": 100}
    history = History(lambda: [running()], lambda run_id: written[run_id])
    history.sample()
    written["r1"] = 7
    history.sample()
    assert history.of("r1")[-1].tokens_per_second == 0


def test_what_runs_no_more_is_forgotten() -> None:
    there = [running()]
    history = History(lambda: there, lambda run_id: 0)
    history.sample()
    there[0] = running(state=InstanceState.STOPPED)
    history.sample()
    assert history.of("r1") == []


async def test_it_samples_by_itself() -> None:
    history = History(lambda: [running()], lambda run_id: 0, interval=0.01)
    history.open()
    await eventually(lambda: len(history.of("r1")) > 2)
    await history.close()
