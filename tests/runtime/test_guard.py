"""Whoever dies, and however: nothing of an engine is left."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from stellarchat.core.launch import LaunchPlan
from stellarchat.runtime.guarded import Guarded
from stellarchat.runtime.launcher import Exit
from stellarchat.runtime.local import LocalLauncher
from tests.fake_engine import ROOT, fake_plan
from tests.runtime.families import alive, family, gone, stray_came
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux's")

# a server in miniature: starts one engine, says who is who, and waits for its end
OWNER = """
import asyncio, pathlib, sys
from stellarchat.runtime.local import LocalLauncher
from tests.fake_engine import fake_plan

async def main():
    launcher = LocalLauncher(pathlib.Path(sys.argv[1]), grace=0.2)
    handle = await launcher.start(fake_plan(ignore_term=True, fork_child=True))
    print(handle.guard_pid, handle.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def running_owner(data_dir: Path) -> AsyncIterator[tuple[int, int, list[psutil.Process]]]:
    """Yield the pids of an owner and its guard, and the whole family of the guard."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(data_dir),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert owner.stdout is not None
    try:
        guard, _engine = (int(word) for word in (await owner.stdout.readline()).split())
        await stray_came(guard)
        yield owner.pid, guard, family(guard)
    finally:
        with contextlib.suppress(ProcessLookupError):
            owner.kill()
        await owner.wait()
        owner._transport.close()  # type: ignore[attr-defined]  # else its pipe warns when collected
        LocalLauncher(data_dir)  # a test that fails half way leaves nothing either


async def start(launcher: LocalLauncher, plan: LaunchPlan) -> Guarded:
    handle = await launcher.start(plan)
    assert isinstance(handle, Guarded)
    return handle


async def test_owner_killed(tmp_path: Path) -> None:
    async with running_owner(tmp_path) as (owner, _, everybody):
        os.kill(owner, signal.SIGKILL)
        await gone(everybody)


async def test_owner_terminated(tmp_path: Path) -> None:
    async with running_owner(tmp_path) as (owner, _, everybody):
        os.kill(owner, signal.SIGTERM)
        await gone(everybody)


async def test_owner_and_guard_killed_leave_the_rest_to_the_next_server(tmp_path: Path) -> None:
    async with running_owner(tmp_path) as (owner, guard, everybody):
        server = psutil.Process(owner)
        server.suspend()
        os.kill(guard, signal.SIGKILL)
        server.kill()
        await eventually(lambda: len(alive(everybody)) == 1)
        left = alive(everybody)
        await gone([server])
        assert LocalLauncher(tmp_path).reaped == left
        assert alive(everybody) == []
        assert list((tmp_path / "run").iterdir()) == []
        assert LocalLauncher(tmp_path).reaped == []


async def test_guard_killed_takes_the_engine_and_its_strays_along(launcher: LocalLauncher) -> None:
    handle = await start(launcher, fake_plan(ignore_term=True, fork_child=True))
    await stray_came(handle.guard_pid)
    everybody = family(handle.guard_pid)
    os.kill(handle.guard_pid, signal.SIGKILL)
    assert await handle.exited() == Exit()
    report = await launcher.stop(handle)
    assert report.survivors == ()
    assert alive(everybody) == []


async def test_guard_terminated_ends_the_engine(launcher: LocalLauncher) -> None:
    handle = await start(launcher, LaunchPlan(name="sleeper", argv=("sleep", "60")))
    everybody = family(handle.guard_pid)
    os.kill(handle.guard_pid, signal.SIGTERM)
    assert (await handle.exited()).signal == signal.SIGTERM
    await gone(everybody)


@pytest.mark.parametrize("deaf", ["engine", "stray"])
async def test_deaf_engine_and_deaf_stray_are_killed(deaf: str) -> None:
    launcher = LocalLauncher(grace=0.1)
    handle = await start(launcher, fake_plan(ignore_term=deaf == "engine", fork_child=deaf == "stray"))
    if deaf == "engine":
        await eventually(lambda: any("listening" in line for line in handle.logs.tail()))
    else:
        await stray_came(handle.guard_pid)
    everybody = family(handle.guard_pid)
    report = await launcher.stop(handle)
    assert report.survivors == ()
    assert report.memory_freed_bytes > 1_000_000
    assert report.took_ms > 0
    assert alive(everybody) == []


async def test_stopped_engine_ends_within_its_grace() -> None:
    launcher = LocalLauncher(grace=60.0)
    handle = await start(launcher, LaunchPlan(name="sleeper", argv=("sleep", "60")))
    os.kill(handle.pid, signal.SIGSTOP)
    async with asyncio.timeout(10):
        await launcher.stop(handle)
    assert (await handle.exited()).signal == signal.SIGTERM


async def test_stray_of_a_crashed_engine_ends_with_it(launcher: LocalLauncher) -> None:
    handle = await start(launcher, fake_plan(fork_child=True))
    await stray_came(handle.guard_pid)
    everybody = family(handle.guard_pid)
    os.kill(handle.pid, signal.SIGKILL)
    assert (await handle.exited()).signal == signal.SIGKILL
    await gone(everybody)


async def test_hung_guard_is_killed_itself(launcher: LocalLauncher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stellarchat.runtime.guarded._PATIENCE", 0.0)
    monkeypatch.setattr("stellarchat.runtime.guard.KILL_LIMIT", 0.0)
    handle = await start(launcher, LaunchPlan(name="sleeper", argv=("sleep", "60")))
    everybody = family(handle.guard_pid)
    os.kill(handle.guard_pid, signal.SIGSTOP)
    report = await launcher.stop(handle)
    assert report.survivors == ()
    assert alive(everybody) == []


async def test_exit_status_and_usage_are_told(launcher: LocalLauncher) -> None:
    handle = await start(launcher, LaunchPlan(name="short", argv=("sh", "-c", "exit 7")))
    ended = await handle.exited()
    assert (ended.status, ended.signal) == (7, None)
    assert ended.peak_memory_bytes > 100_000
    assert ended.cpu_seconds >= 0


async def test_engine_leads_a_session_and_is_the_first_to_go_when_memory_is_short(
    launcher: LocalLauncher,
) -> None:
    handle = await start(launcher, LaunchPlan(name="sleeper", argv=("sleep", "60")))
    assert os.getsid(handle.pid) == handle.pid == os.getpgid(handle.pid)
    assert Path(f"/proc/{handle.pid}/oom_score_adj").read_text() == "500\n"  # noqa: ASYNC240
    # while it is loaded, its loader has a library open
    await eventually(lambda: sorted(os.listdir(f"/proc/{handle.pid}/fd")) == ["0", "1", "2"])
