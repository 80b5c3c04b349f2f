"""Models in a server that is not ours, a fake one: their state is what it says."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import msgspec
import pytest

from stellarchat.core.errors import EngineDied, EngineRefused, LaunchFailed, StellarChatError
from stellarchat.core.instances import Instance
from stellarchat.core.launch import Address, InstanceState, LaunchOptions
from stellarchat.core.models import Artefact, Variant
from stellarchat.engines.base import Footprint, Hardware, Pull, Refusal, Served
from stellarchat.services.instances import attached
from stellarchat.services.instances.starting import Progress, Starting, Step
from tests.services.house import FakeEngine, House, nobody
from tests.services.models import variant
from tests.waiting import eventually

GB = 1 << 30


class FakeDaemon:
    """A server of models; `broken` is what it answers with instead."""

    def __init__(self) -> None:
        self.address = Address("http://127.0.0.1:11434", None)
        self.there = {"llama3.2:3b": False, "nomic:latest": False}
        self.broken: StellarChatError | None = None
        self.loads: list[tuple[str, LaunchOptions]] = []
        self.asked = 0
        self.slow = asyncio.Event()
        self.slow.set()

    def _answer(self) -> None:
        if self.broken is not None:
            raise self.broken

    async def served(self) -> list[Served]:
        self.asked += 1
        self._answer()
        return [
            Served(
                name=name,
                loaded=loaded,
                memory_bytes=3 * GB if loaded else None,
                context_length=4096 if loaded else None,
                capabilities=("embedding",) if name.startswith("nomic") else ("tools",),
            )
            for name, loaded in self.there.items()
        ]

    async def load(self, name: str, options: LaunchOptions) -> str:
        self.loads.append((name, options))
        await self.slow.wait()
        self._answer()
        full = name if ":" in name else f"{name}:latest"
        if full not in self.there:
            raise EngineRefused(f"It does not have {name}.", remedy="Pull it.")
        self.there[full] = True
        return full

    async def unload(self, name: str) -> None:
        self._answer()
        self.there[name] = False

    async def pull(self, name: str) -> AsyncGenerator[Pull]:
        self._answer()
        for done in (10, 5, 100):
            yield Pull("pulling", done, 100)
            await asyncio.sleep(0.15)
        self.there[name] = False


class Elsewhere(FakeEngine):
    """An engine whose models live in the fake server."""

    name = "ollama"
    launches = False

    def __init__(self, daemon: FakeDaemon) -> None:
        super().__init__()
        self.daemon = daemon

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        return None

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        return msgspec.structs.replace(options, engine=self.name)


def theirs(name: str, model: str) -> Variant:
    return variant(name, Artefact(ollama=model), engines=("ollama",), format="ollama")


@pytest.fixture
def daemon() -> FakeDaemon:
    return FakeDaemon()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(attached, "SILENT_SECONDS", 0.02)


@pytest.fixture
async def house(make: Callable[..., House], daemon: FakeDaemon) -> House:
    entries = (theirs("llama", "llama3.2:3b"), theirs("nomic", "nomic"), theirs("new", "new:1b"))
    house = make(Elsewhere(daemon), entries=entries)
    await house.instances.open()
    return house


def the(house: House) -> Instance:
    (instance,) = house.instances.running()
    return instance


async def test_it_is_loaded_there_and_asked_for_by_its_name_there(house: House, daemon: FakeDaemon) -> None:
    daemon.slow.clear()
    instance = await house.instances.start("nomic", LaunchOptions(context_length=512))
    assert (instance.state, instance.attached, instance.pid) == (InstanceState.LOADING, True, None)
    daemon.slow.set()
    target = await house.instances.ensure_ready("nomic", nobody)
    assert (target.upstream_model, target.model, target.address) == ("nomic:latest", "nomic", daemon.address)
    assert (target.run_id, target.context_length) == (instance.run_id, 512)
    assert [(name, options.context_length) for name, options in daemon.loads] == [("nomic", 512)]
    assert the(house).memory_bytes == 3 * GB
    assert "nomic:latest is loaded" in house.instances.logs(instance.run_id)
    await eventually(lambda: house.states("nomic") == [InstanceState.LOADING, InstanceState.READY])


async def test_stop_is_unload(house: House, daemon: FakeDaemon) -> None:
    await house.instances.ensure_ready("llama", nobody)
    report = await house.instances.stop(the(house).run_id)
    assert daemon.there["llama3.2:3b"] is False
    assert (report.memory_freed_bytes, report.survivors) == (3 * GB, ())
    assert house.instances.running() == []
    assert house.states("llama")[-1] is InstanceState.STOPPED


async def test_a_server_that_refuses_to_drop_it_keeps_it(house: House, daemon: FakeDaemon) -> None:
    await house.instances.ensure_ready("llama", nobody)
    run_id = the(house).run_id
    unload = daemon.unload

    async def refuse(name: str) -> None:
        raise EngineRefused("It is in use.")

    daemon.unload = refuse  # type: ignore[method-assign]
    with pytest.raises(EngineRefused, match="in use"):
        await house.instances.stop(run_id)
    assert the(house).state is InstanceState.READY
    assert (await house.instances.ensure_ready("llama", nobody)).run_id == run_id
    daemon.unload = unload  # type: ignore[method-assign]
    await house.instances.stop(run_id)
    assert house.instances.running() == []


async def test_what_never_came_there_can_be_stopped_and_started_elsewhere(
    house: House, daemon: FakeDaemon
) -> None:
    async def refuse(name: str) -> None:
        raise EngineRefused("It keeps its model.")

    daemon.unload = refuse  # type: ignore[method-assign]
    await house.instances.start("new", LaunchOptions())
    await eventually(lambda: the(house).state is InstanceState.FAILED)
    assert (await house.instances.stop(the(house).run_id)).memory_freed_bytes == 0
    assert house.instances.running() == []
    daemon.slow.clear()
    loading = await house.instances.start("new", LaunchOptions())
    await house.instances.stop(loading.run_id)  # and while it loads
    assert house.instances.running() == []


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("llama3.2:3b", True),
        ("nomic", True),  # it stands there with its tag
        ("owner/Llama3.2:3b", True),
        ("/srv/weights/real", True),
        ("owner/real", True),
        ("other", False),
        ("real2", False),
    ],
)
async def test_a_server_is_known_to_have_a_model_by_any_of_its_names(
    daemon: FakeDaemon, name: str, there: bool
) -> None:
    watch = attached.Watch(Elsewhere(daemon), daemon)
    assert watch.may_have("anything")  # nobody has asked it yet
    await watch.look()
    watch.served.append(Served(name="short", root="/models/real/"))
    assert watch.may_have(name) is there


async def test_what_the_server_drops_is_stopped_and_comes_back_as_wanted(
    house: House, daemon: FakeDaemon
) -> None:
    started = await house.instances.start("llama", LaunchOptions(context_length=1000))
    await house.instances.ensure_ready("llama", nobody)
    daemon.there["llama3.2:3b"] = False
    await eventually(lambda: house.instances.running() == [])
    assert house.states("llama")[-1] is InstanceState.STOPPED
    again = await house.instances.ensure_ready("llama", nobody)
    assert again.run_id == started.run_id
    assert daemon.loads[-1][1].context_length == 1000


async def test_a_silent_server_makes_it_unreachable_and_says_so(house: House, daemon: FakeDaemon) -> None:
    await house.instances.ensure_ready("llama", nobody)
    daemon.broken = EngineDied("Nothing answers there.")
    await eventually(lambda: the(house).state is InstanceState.UNREACHABLE)
    error = the(house).error
    assert error is not None
    assert "Nothing answers" in error.message
    await eventually(lambda: not house.instances.targets(the(house).run_id))
    with pytest.raises(EngineDied, match="Nothing answers"):
        await house.instances.ensure_ready("llama", nobody)
    daemon.broken = None
    await eventually(lambda: the(house).state is InstanceState.READY)
    assert (await house.instances.ensure_ready("llama", nobody)).model == "llama"


async def test_what_it_does_not_have_is_its_own_word(house: House) -> None:
    with pytest.raises(LaunchFailed, match="does not have new:1b") as caught:
        await house.instances.ensure_ready("new", nobody)
    assert caught.value.remedy == "Pull it."
    assert the(house).state is InstanceState.FAILED


async def test_what_somebody_else_loaded_appears(house: House, daemon: FakeDaemon) -> None:
    daemon.there |= {"llama3.2:3b": True, "stranger:7b": True, "embedder:latest": True}
    await eventually(lambda: len(house.instances.running()) == 3)
    found = {instance.model: instance for instance in house.instances.running()}
    assert set(found) == {"llama", "stranger-7b-ollama", "embedder-ollama"}
    assert all(instance.attached for instance in found.values())
    assert {instance.state for instance in found.values()} == {InstanceState.READY}
    assert daemon.loads == []
    target = await house.instances.ensure_ready("stranger-7b-ollama", nobody)
    assert target.upstream_model == "stranger:7b"
    del daemon.there["stranger:7b"]
    await eventually(lambda: "stranger-7b-ollama" not in house.names())
    await asyncio.sleep(0.1)
    assert len(house.instances.running()) == 2  # and nothing is registered twice


async def test_a_server_that_is_found_later_is_asked_too(
    make: Callable[..., House], daemon: FakeDaemon
) -> None:
    engine = Elsewhere(daemon)
    engine.daemon = None  # type: ignore[assignment]
    house = make(engine, entries=(theirs("llama", "llama3.2:3b"),))
    await house.instances.open()
    engine.daemon = daemon
    daemon.there["llama3.2:3b"] = True
    await eventually(lambda: house.names() == ["llama"])


async def test_it_stays_loaded_when_our_server_ends_and_is_found_by_the_next(
    make: Callable[..., House], daemon: FakeDaemon
) -> None:
    entries = (theirs("llama", "llama3.2:3b"),)
    first = make(Elsewhere(daemon), entries=entries)
    await first.instances.open()
    started = await first.instances.start("llama", LaunchOptions(context_length=900))
    await first.instances.ensure_ready("llama", nobody)
    await first.instances.close()
    await first.supervisor.close()
    assert daemon.there["llama3.2:3b"] is True
    second = make(Elsewhere(daemon), entries=entries)
    await second.instances.open()
    await eventually(lambda: second.names() == ["llama"])
    target = await second.instances.ensure_ready("llama", nobody)
    assert target.run_id == started.run_id
    await asyncio.sleep(0.1)
    assert second.names() == ["llama"]


async def test_it_is_never_unloaded_for_others_nor_by_our_idle_time(
    make: Callable[..., House], daemon: FakeDaemon
) -> None:
    house = make(
        Elsewhere(daemon), entries=(theirs("llama", "llama3.2:3b"),), idle_seconds=1e-9, memory_reserve=0
    )
    await house.instances.ensure_ready("llama", nobody)
    assert await house.instances.unload_idle() == []
    house.machine.memory_available = 0
    with pytest.raises(StellarChatError, match="no room"):
        await house.instances.ensure_ready("one", nobody)
    assert house.names() == ["llama"]
    await house.instances.update(the(house).run_id, idle_unload_seconds=1e-9)
    assert len(await house.instances.unload_idle()) == 1


async def test_fit_is_the_servers_own_matter(house: House) -> None:
    house.machine.memory_available = 0
    assert (await house.instances.fits("llama")).fits


async def test_a_start_pulls_what_the_server_does_not_have(house: House, daemon: FakeDaemon) -> None:
    class NoDownloads:
        """Nothing is fetched by ourselves."""

    starting = Starting(None, NoDownloads(), house.instances)  # type: ignore[arg-type]
    made = theirs("new", "new:1b")
    steps: list[Progress] = [step async for step in starting.start(made, LaunchOptions())]
    kinds = [step.step for step in steps]
    assert kinds[0] is Step.RESOLVE
    assert kinds[-1] is Step.READY
    done = [step.download.bytes_done for step in steps if step.download]
    assert done == sorted(done)  # although the server's own numbers ran backwards
    assert steps[kinds.index(Step.LAUNCH) - 1].download.status == "complete"  # type: ignore[union-attr]
    assert "new:1b" in daemon.there
    again = [step.step async for step in starting.start(made, LaunchOptions())]
    assert Step.DOWNLOAD not in again


async def test_one_question_for_all_who_want_to_know(house: House, daemon: FakeDaemon) -> None:
    await house.instances.ensure_ready("llama", nobody)
    target = await house.instances.ensure_ready("nomic", nobody)
    assert target.context_length == 4096  # what the server took where nobody asked for anything
    before = daemon.asked
    await eventually(lambda: daemon.asked >= before + 3)
    assert {instance.state for instance in house.instances.running()} == {InstanceState.READY}


def test_names_without_a_tag_mean_the_latest() -> None:
    assert attached.same("nomic", "nomic:latest")
    assert attached.same("hf.co/a/b", "hf.co/a/b:latest")
    assert not attached.same("llama3.2:1b", "llama3.2:3b")
