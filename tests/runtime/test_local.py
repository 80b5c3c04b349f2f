"""The local launcher: what it gives an engine, and what it gives back."""

import asyncio
import json
import os
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest
import uvloop

from stellarchat.core.errors import Conflict, LaunchFailed, ShuttingDown
from stellarchat.core.launch import LaunchPlan, StopReport
from stellarchat.runtime.guarded import Guarded
from stellarchat.runtime.launcher import Handle, Launcher
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from tests.fake_engine import fake_plan
from tests.runtime.families import family, gone, ours
from tests.waiting import eventually

SLEEPER = LaunchPlan(name="sleeper", argv=("sleep", "60"))


def said(handle: Handle) -> list[str]:
    return handle.logs.tail()


async def test_engine_gets_port_and_key_and_only_what_it_needs(
    launcher: LocalLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STELLARCHAT_SECRET", "OPENAI_API_KEY", "HF_TOKEN", "AWS_SESSION", "DATABASE_URL"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    handle = await launcher.start(fake_plan())
    await eventually(lambda: bool(said(handle)))
    assert said(handle)[0] == f"listening on {handle.address.base_url}"

    def environment() -> dict[str, str]:
        with urllib.request.urlopen(handle.address.base_url + "/__environment") as answer:  # noqa: S310
            found: dict[str, str] = json.load(answer)
        return found

    found = await asyncio.to_thread(environment)
    assert "canary" not in found.values()
    assert found["CUDA_VISIBLE_DEVICES"] == "0"
    assert found["LC_ALL"] == "C.UTF-8"
    assert found["HOME"] == os.environ["HOME"]
    assert found["FAKE_ENGINE_KEY"] == handle.address.api_key


async def test_key_is_in_no_command_line_and_in_no_log(launcher: LocalLauncher) -> None:
    plan = LaunchPlan(name="teller", argv=("sh", "-c", "echo $KEY; sleep 60"), env={"KEY": "{key}"})
    handle = await launcher.start(plan)
    assert isinstance(handle, Guarded)
    await eventually(lambda: bool(said(handle)))
    key = handle.address.api_key
    assert key is not None
    assert said(handle) == ["[key]"]
    for process in family(handle.guard_pid):
        assert key not in " ".join(process.cmdline())


async def test_key_in_argv_stays_as_it_is_and_so_do_other_braces(launcher: LocalLauncher) -> None:
    handle = await launcher.start(
        LaunchPlan(name="echo", argv=("echo", "{key} {} {x}", "$HOME; id", "{port}"))
    )
    await handle.exited()
    await launcher.stop(handle)
    port = handle.address.base_url.rpartition(":")[2]
    assert said(handle) == ["{key} {} {x} $HOME; id " + port]


async def test_named_environment_comes_first_in_the_path(launcher: LocalLauncher, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "engine"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho $VIRTUAL_ENV\n")
    program.chmod(0o755)
    handle = await launcher.start(LaunchPlan(name="own", argv=("engine",), environment=str(tmp_path)))
    await handle.exited()
    await launcher.stop(handle)
    assert said(handle) == [str(tmp_path)]


@pytest.mark.parametrize(
    ("program", "detail"),
    [
        ("/does/not/exist", "No such file or directory"),
        ("no-such-program", "No such file"),
        ("/", "Permission"),
    ],
)
async def test_what_cannot_be_executed_is_said(launcher: LocalLauncher, program: str, detail: str) -> None:
    with pytest.raises(LaunchFailed, match=program) as caught:
        await launcher.start(LaunchPlan(name="nothing", argv=(program,)))
    assert caught.value.detail is not None
    assert detail in caught.value.detail
    assert caught.value.remedy == "Install the engine, or correct the path to it."
    await eventually(lambda: ours() == [])


async def test_start_is_idempotent_by_name(launcher: LocalLauncher) -> None:
    first, second = await asyncio.gather(launcher.start(SLEEPER), launcher.start(SLEEPER))
    assert first is second
    with pytest.raises(Conflict, match="other options"):
        await launcher.start(LaunchPlan(name="sleeper", argv=("sleep", "61")))
    await launcher.stop(first)
    third = await launcher.start(SLEEPER)
    assert third.pid != first.pid


async def test_stop_may_be_repeated(launcher: LocalLauncher) -> None:
    handle = await launcher.start(SLEEPER)
    reports = await asyncio.gather(launcher.stop(handle), launcher.stop(handle))
    assert [report.survivors for report in reports] == [(), ()]
    late = await launcher.stop(handle)
    assert (late.survivors, late.memory_freed_bytes) == ((), 0)


async def test_interrupted_start_leaves_nothing(launcher: LocalLauncher) -> None:
    starting = asyncio.create_task(launcher.start(SLEEPER))
    await eventually(lambda: bool(ours()))
    processes = [one for child in ours() for one in family(child.pid)]
    starting.cancel()
    await asyncio.wait({starting})
    await gone(processes)
    again = await launcher.start(SLEEPER)
    assert isinstance(again, Guarded)


async def test_close_ends_everything_and_refuses_more(launcher: LocalLauncher) -> None:
    handles = [await launcher.start(LaunchPlan(name=f"s{n}", argv=("sleep", "60"))) for n in range(3)]
    processes = [psutil.Process(handle.pid) for handle in handles]
    await launcher.close()
    await gone(processes)
    with pytest.raises(ShuttingDown):
        await launcher.start(SLEEPER)


async def test_twenty_cycles_leak_no_file_and_no_zombie(launcher: LocalLauncher) -> None:
    await launcher.stop(await launcher.start(SLEEPER))
    before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    for _ in range(20):
        report = await launcher.stop(await launcher.start(SLEEPER))
        assert report.survivors == ()
    await eventually(lambda: (len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())) == before)
    assert ours() == []


async def test_memory_is_that_of_the_whole_group(launcher: LocalLauncher) -> None:
    hog = "import time; held = bytearray(40_000_000); print('held', flush=True); time.sleep(60)"
    plan = LaunchPlan(name="hogs", argv=("sh", "-c", f'python3 -c "{hog}" & python3 -c "{hog}" & wait'))
    handle = await launcher.start(plan)
    await eventually(lambda: said(handle) == ["held", "held"])
    assert 80_000_000 < await handle.memory_bytes() < 160_000_000
    report = await launcher.stop(handle)
    assert report.memory_freed_bytes > 80_000_000
    assert await handle.memory_bytes() == 0


@pytest.mark.parametrize("way", ["read", "map"])
async def test_bytes_read_follow_the_weights(launcher: LocalLauncher, tmp_path: Path, way: str) -> None:
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"w" * 30_000_000)
    script = {
        "read": "f = open(p, 'rb'); held = f.read(20_000_000)",
        "map": "f = open(p, 'rb'); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); held = m[:20_000_000]",
    }[way]
    code = f"import mmap, sys, time; p = sys.argv[1]; {script}; print('read', flush=True); time.sleep(60)"
    plan = LaunchPlan(name="reader", argv=("python3", "-c", code, str(weights)), weights=(str(weights),))
    handle = await launcher.start(plan)
    await eventually(lambda: said(handle) == ["read"])
    assert 20_000_000 <= await handle.bytes_read() < 29_000_000


async def test_notes_go_with_the_engine(tmp_path: Path) -> None:
    launcher = LocalLauncher(tmp_path, grace=1.0)
    handle = await launcher.start(LaunchPlan(name="../a b/c", argv=("sleep", "60")))
    notes = list((tmp_path / "run").iterdir())
    assert [note.name for note in notes] == ["%2E%2E%2Fa%20b%2Fc.json"]
    note = json.loads(notes[0].read_text())
    assert note["engine"]["pid"] == handle.pid
    assert handle.address.api_key is not None
    assert handle.address.api_key not in notes[0].read_text()
    await launcher.close()
    assert list((tmp_path / "run").iterdir()) == []


async def test_engine_runs_even_where_no_note_can_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").write_text("not a folder")
    launcher = LocalLauncher(tmp_path, grace=1.0)
    handle = await launcher.start(SLEEPER)
    assert psutil.pid_exists(handle.pid)
    assert "No note could be written" in caplog.text
    await launcher.close()


async def test_ports_are_free_and_differ(launcher: LocalLauncher) -> None:
    handles = [await launcher.start(LaunchPlan(name=f"s{n}", argv=("sleep", "60"))) for n in range(3)]
    ports = {int(handle.address.base_url.rpartition(":")[2]) for handle in handles}
    assert len(ports) == 3
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_works_under_uvloop() -> None:
    async def scenario() -> StopReport:
        launcher: Launcher = LocalLauncher(grace=1.0)
        supervisor = Supervisor(launcher)
        supervised = await supervisor.start(fake_plan())
        await supervised.ready()
        os.kill(supervised.state.pid or 0, 9)
        async for state in supervised.watch():
            if state.restarts:
                break
        address = await supervised.ready()
        assert address.generation == 2
        assert supervised.logs.tail()[-1].startswith("listening on")
        report = await supervised.stop()
        await supervisor.close()
        return report

    assert uvloop.run(scenario()).survivors == ()
