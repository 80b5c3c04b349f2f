"""The state machine, on real processes: what is seen, in which order, and what is said."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from stellarchat.core.errors import Conflict, EngineNotReady, LaunchFailed, ShuttingDown
from stellarchat.core.launch import InstanceState, LaunchPlan, ProcessState, Readiness
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.policy import Policy
from stellarchat.runtime.process import Supervised
from stellarchat.runtime.supervisor import Supervisor
from tests.fake_engine import fake_plan, running_fake
from tests.runtime.conftest import HurriedClock
from tests.runtime.families import family, gone, ours
from tests.waiting import eventually

STARTING, LOADING, READY = InstanceState.STARTING, InstanceState.LOADING, InstanceState.READY
RESTARTING, UNREACHABLE = InstanceState.RESTARTING, InstanceState.UNREACHABLE
STOPPING, STOPPED, FAILED = InstanceState.STOPPING, InstanceState.STOPPED, InstanceState.FAILED

# a Python program that fails as engines do
CRASH = "import time\ndef load():\n    raise MemoryError('no room for 12 GB')\nload()"


class Bench:
    """A supervisor, its clock, and every state that was seen, repetitions left out."""

    def __init__(self, launcher: LocalLauncher, clock: HurriedClock, policy: Policy) -> None:
        self.clock = clock
        self.seen: list[InstanceState] = []
        self.states: list[ProcessState] = []
        self.supervisor = Supervisor(launcher, self._note, policy=policy, clock=clock)

    def _note(self, supervised: Supervised) -> None:
        self.states.append(supervised.state)
        if self.seen[-1:] != [supervised.state.state]:
            self.seen.append(supervised.state.state)

    async def noted(self, state: InstanceState) -> ProcessState:
        """Wait until `state` has been seen, and return it as it was: some do not last."""
        await eventually(lambda: state in self.seen)
        return next(found for found in self.states if found.state is state)

    async def start(self, **options: object) -> Supervised:
        return await self.supervisor.start(fake_plan(**options))  # type: ignore[arg-type]


@pytest.fixture
async def bench_with(
    launcher: LocalLauncher, clock: HurriedClock
) -> AsyncIterator[Callable[[Policy], Bench]]:
    made: list[Bench] = []

    def make(policy: Policy) -> Bench:
        made.append(Bench(launcher, clock, policy))
        return made[-1]

    yield make
    for bench in made:
        await bench.supervisor.close()


@pytest.fixture
async def bench(bench_with: Callable[[Policy], Bench]) -> Bench:
    return bench_with(Policy())


def kill(supervised: Supervised, number: int = signal.SIGKILL) -> None:
    pid = supervised.state.pid
    assert pid is not None
    os.kill(pid, number)


async def reach(supervised: Supervised, state: InstanceState) -> ProcessState:
    await eventually(lambda: supervised.state.state is state)
    return supervised.state


async def failure(supervised: Supervised) -> LaunchFailed:
    with pytest.raises(LaunchFailed) as caught:
        await supervised.ready()
    return caught.value


async def test_from_start_to_stop(bench: Bench) -> None:
    supervised = await bench.start(load_time=0.2)
    assert supervised.state == ProcessState(state=STARTING)
    address = await supervised.ready()
    assert address == supervised.state.address
    assert address.generation == 1
    process = psutil.Process(supervised.state.pid)
    report = await supervised.stop()
    assert report.survivors == ()
    assert report.memory_freed_bytes > 1_000_000
    assert not process.is_running()
    assert bench.seen == [STARTING, LOADING, READY, STOPPING, STOPPED]
    assert supervised.state == ProcessState(state=STOPPED)
    with pytest.raises(EngineNotReady, match="was stopped"):
        await supervised.ready()


async def test_stop_while_starting_and_while_loading(bench: Bench) -> None:
    early = await bench.start(name="early")
    await early.stop()
    assert bench.seen == [STARTING, STOPPING, STOPPED]
    late = await bench.start(name="late", never_ready=True)
    await reach(late, LOADING)
    waiting = asyncio.create_task(late.ready())
    await late.stop()
    with pytest.raises(EngineNotReady):
        await waiting
    assert bench.seen == [STARTING, STOPPING, STOPPED, STARTING, LOADING, STOPPING, STOPPED]
    assert ours() == []


async def test_stop_may_be_called_by_many_and_survives_a_caller_who_leaves(bench: Bench) -> None:
    supervised = await bench.start()
    await supervised.ready()
    impatient = asyncio.create_task(supervised.stop())
    await asyncio.sleep(0)
    impatient.cancel()
    first, second = await asyncio.gather(supervised.stop(), supervised.stop())
    assert first == second
    assert first.survivors == ()
    assert bench.seen[-2:] == [STOPPING, STOPPED]


async def test_watchers_get_the_present_first_and_end_with_it(bench: Bench) -> None:
    supervised = await bench.start()
    address = await supervised.ready()

    async def states() -> list[InstanceState]:
        return [state.state async for state in supervised.watch()]

    watching = [asyncio.create_task(states()) for _ in range(2)]
    await asyncio.sleep(0)
    await supervised.stop()
    assert await watching[0] == await watching[1] == [READY, STOPPING, STOPPED]
    assert await states() == [STOPPED]
    assert address.base_url.startswith("http://127.0.0.1:")


async def test_slow_watcher_skips_to_the_newest(bench: Bench) -> None:
    supervised = await bench.start()
    watch = supervised.watch()
    assert (await anext(watch)).state is STARTING
    await supervised.ready()
    assert (await anext(watch)).state is READY
    await supervised.stop()
    assert (await anext(watch)).state is STOPPED
    with pytest.raises(StopAsyncIteration):
        await anext(watch)


async def test_killed_engine_comes_back_elsewhere(bench: Bench) -> None:
    supervised = await bench.start()
    first = await supervised.ready()
    kill(supervised)
    state = await bench.noted(RESTARTING)
    assert (state.restarts, state.pid, state.address) == (1, None, None)
    assert state.error is not None
    assert state.error.code == "engine_died"
    assert "SIGKILL" in state.error.message
    second = await supervised.ready()
    assert second.generation == 2
    assert second.api_key != first.api_key
    assert bench.seen == [STARTING, LOADING, READY, RESTARTING, STARTING, LOADING, READY]
    assert bench.clock.skipped == [0.5]


async def test_backoff_doubles_and_then_it_is_given_up(bench: Bench) -> None:
    supervised = await bench.start(stderr="warming up\nerror: the fan is broken")
    for deaths in range(1, 5):
        await supervised.ready()
        kill(supervised, signal.SIGTERM if deaths == 4 else signal.SIGKILL)
        await reach(supervised, FAILED if deaths == 4 else READY)
        await eventually(lambda deaths=deaths: supervised.state.restarts == min(deaths, 3))  # type: ignore[misc]
    assert bench.clock.skipped == [0.5, 1.0, 2.0]
    assert bench.seen == [STARTING, LOADING, READY] + 3 * [RESTARTING, STARTING, LOADING, READY] + [FAILED]
    error = await failure(supervised)
    assert error.message.startswith("fake ended with status 0")
    assert error.message.endswith("That was the end number 4 in a row; it is not started again.")
    assert error.detail == "error: the fan is broken"
    assert supervised.state.error == error.info()
    assert await supervised.stop() == type(await supervised.stop())()
    assert supervised.state.state is FAILED


async def test_a_healthy_minute_forgives(bench: Bench) -> None:
    supervised = await bench.start()
    for deaths in range(1, 6):
        await supervised.ready()
        bench.clock.advance(60)
        kill(supervised)
        await eventually(lambda deaths=deaths: supervised.state.restarts == deaths)  # type: ignore[misc]
    address = await supervised.ready()
    assert address.generation == 6
    assert bench.clock.skipped == [0.5] * 5


async def test_stop_ends_the_wait_before_a_restart(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(bench.clock, "sleep", forever)
    supervised = await bench.start()
    await supervised.ready()
    kill(supervised)
    await reach(supervised, RESTARTING)
    await supervised.stop()
    assert bench.seen == [STARTING, LOADING, READY, RESTARTING, STOPPING, STOPPED]


async def test_death_while_first_loading_is_final(bench: Bench) -> None:
    supervised = await bench.start(oom=True)
    error = await failure(supervised)
    assert error.message == "fake ended with status 1. There was not enough memory."
    assert error.remedy is not None
    assert "smaller size" in error.remedy
    assert error.detail is not None
    assert error.detail.splitlines()[-1].endswith("unable to allocate CPU buffer")
    assert bench.seen == [STARTING, LOADING, FAILED]
    assert bench.clock.skipped == []


async def test_traceback_becomes_its_last_line(bench: Bench) -> None:
    plan = LaunchPlan(name="python", argv=(sys.executable, "-c", CRASH))
    error = await failure(await bench.supervisor.start(plan))
    assert error.detail == "MemoryError: no room for 12 GB"
    assert error.message == "python ended with status 1. There was not enough memory."


async def test_program_that_is_missing(bench: Bench) -> None:
    supervised = await bench.supervisor.start(LaunchPlan(name="nothing", argv=("/does/not/exist",)))
    error = await failure(supervised)
    assert (error.code, error.detail) == ("launch_failed", "No such file or directory")
    assert bench.seen == [STARTING, FAILED]


async def listening(supervised: Supervised) -> None:
    await eventually(lambda: any("listening" in line for line in supervised.logs.tail()))


async def test_deadline(bench: Bench) -> None:
    supervised = await bench.start(never_ready=True, readiness=Readiness(deadline=60))
    await listening(supervised)
    bench.clock.advance(60)
    error = await failure(supervised)
    assert error.message == "fake was not ready within 60 s: it still loads."
    assert bench.seen == [STARTING, LOADING, FAILED]
    assert ours() == []


async def test_deadline_names_a_wrong_answer(bench: Bench) -> None:
    supervised = await bench.start(readiness=Readiness(path="/nowhere", deadline=60))
    await listening(supervised)
    bench.clock.advance(60)
    assert (await failure(supervised)).message.endswith("it answers 404 to /nowhere.")


async def test_taken_port_is_left_for_another(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        free = LocalLauncher._free_port
        ports = iter([stranger.getsockname()[1]])
        monkeypatch.setattr(LocalLauncher, "_free_port", lambda self: next(ports, None) or free(self))
        supervised = await bench.start()
        address = await supervised.ready()
    assert address.generation == 2
    assert bench.seen == [STARTING, LOADING, RESTARTING, STARTING, LOADING, READY]
    restarting = await bench.noted(RESTARTING)
    assert restarting.error is not None
    assert restarting.error.message == "fake ended with status 1. Its port was taken by another program."


async def test_stranger_on_its_port_is_not_taken_for_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_fake() as stranger:
        free = LocalLauncher._free_port
        ports = iter([int(stranger.base_url.rpartition(":")[2])])
        monkeypatch.setattr(LocalLauncher, "_free_port", lambda self: next(ports, None) or free(self))
        supervised = await bench.start()
        address = await supervised.ready()
        assert address.base_url != stranger.base_url
    assert bench.seen == [STARTING, LOADING, RESTARTING, STARTING, LOADING, READY]


async def test_progress_rises_and_stays_below_one(bench: Bench, tmp_path: Path) -> None:
    weights = tmp_path / "weights.gguf"
    with weights.open("wb") as file:
        file.truncate(200_000_000)
    supervised = await bench.start(weights=str(weights), load_time=1.0, weights_bytes=200_000_000)
    await supervised.ready()
    loading = [state.loading for state in bench.states if state.state is LOADING and state.loading]
    progress = [found.progress for found in loading if found.progress is not None]
    assert len(progress) >= 2
    assert progress == sorted(progress)
    assert 0 <= progress[0] < progress[-1] <= 0.99
    assert all(found.bytes_total == 200_000_000 for found in loading)
    assert loading[-1].eta_seconds is not None
    assert supervised.state.loading is None
    assert bench.seen == [STARTING, LOADING, READY]


async def test_hung_engine_is_unreachable_and_may_come_back(
    bench_with: Callable[[Policy], Bench],
) -> None:
    bench = bench_with(Policy(health_interval=0.02, probe_timeout=0.1, unreachable_after=0.1))
    supervised = await bench.start()
    address = await supervised.ready()
    kill(supervised, signal.SIGSTOP)
    state = await reach(supervised, UNREACHABLE)
    assert state.address == address
    kill(supervised, signal.SIGCONT)
    await reach(supervised, READY)
    assert await supervised.ready() == address
    assert bench.seen == [STARTING, LOADING, READY, UNREACHABLE, READY]


async def test_engine_that_stays_hung_is_restarted(bench_with: Callable[[Policy], Bench]) -> None:
    policy = Policy(health_interval=0.02, probe_timeout=0.1, unreachable_after=0.1, hung_after=0.4)
    bench = bench_with(policy)
    supervised = await bench.start()
    await supervised.ready()
    old = psutil.Process(supervised.state.pid)
    kill(supervised, signal.SIGSTOP)
    await bench.noted(RESTARTING)
    await supervised.ready()
    assert not old.is_running()
    assert bench.seen == [STARTING, LOADING, READY, UNREACHABLE, RESTARTING, STARTING, LOADING, READY]
    restarting = await bench.noted(RESTARTING)
    assert restarting.error is not None
    assert restarting.error.code == "engine_stalled"


async def test_memory_is_measured_on_demand(bench: Bench) -> None:
    supervised = await bench.start()
    await supervised.ready()
    measured = await supervised.measure()
    assert measured is not None
    assert measured > 1_000_000
    assert supervised.state.memory_bytes == measured
    assert bench.states[-1].memory_bytes is None
    await supervised.stop()
    assert await supervised.measure() is None


async def test_logs_go_on_over_restarts_and_end_with_it(bench: Bench) -> None:
    supervised = await bench.start(stderr="hello")
    lines: list[str] = []

    async def follow() -> None:
        async for line in supervised.logs.follow():
            lines.append(line)

    following = asyncio.create_task(follow())
    first = await supervised.ready()
    kill(supervised)
    await bench.noted(RESTARTING)
    second = await supervised.ready()
    await supervised.stop()
    await following
    assert sorted(lines) == sorted(
        ["hello", f"listening on {first.base_url}", "hello", f"listening on {second.base_url}"]
    )


async def test_supervisor_starts_a_name_once(bench: Bench) -> None:
    first = await bench.start()
    assert await bench.start() is first
    with pytest.raises(Conflict, match="other options"):
        await bench.start(slots=9)
    await first.ready()
    stopping = asyncio.create_task(first.stop())
    await asyncio.sleep(0)
    other = await bench.start(slots=9)
    assert stopping.done() or first.final
    assert other is not first
    await other.ready()


async def test_closed_supervisor_leaves_nothing_and_starts_nothing(bench: Bench) -> None:
    for name in ("a", "b"):
        await (await bench.start(name=name)).ready()
    children = [one for child in ours() for one in family(child.pid)]
    await bench.supervisor.close()
    await gone(children)
    with pytest.raises(ShuttingDown):
        await bench.start()


async def test_failure_is_raised_afresh_each_time(bench: Bench) -> None:
    supervised = await bench.start(exit_code=3)
    errors = []
    for _ in range(2):
        with contextlib.suppress(LaunchFailed):
            await supervised.ready()
        errors.append(await failure(supervised))
    assert errors[0] is not errors[1]
    assert errors[0].info() == errors[1].info()
    assert errors[0].message == "fake ended with status 3."
    assert errors[0].remedy == "Read the end of its log."
    assert errors[0].detail is None
