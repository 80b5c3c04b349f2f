"""Servers that run already."""

from collections.abc import AsyncIterator

import pytest

from stellarchat.core.errors import Conflict, EngineDied, EngineMalformed, EngineRefused
from stellarchat.core.launch import LaunchOptions
from stellarchat.engines._paged.attached import AttachedServer, answers_as, origin
from stellarchat.engines.base import Daemon
from stellarchat.engines.sglang.engine import Sglang
from tests.fake_engine import running_fake
from tests.fake_paged.environments import Fake, running

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(params=["vllm", "sglang"])
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[Fake]:
    async with running(request.param, "--served-model-name", "Qwen/Qwen3-8B") as server:
        yield server


def attached(fake: Fake, key: str | None = None, **aliases: str) -> AttachedServer:
    return AttachedServer("vLLM", "vllm", f"{fake.base_url}/v1", key or fake.key, aliases)


async def test_it_tells_what_it_serves(fake: Fake) -> None:
    daemon: Daemon = attached(fake)
    [served] = await daemon.served()
    assert (served.name, served.loaded, served.context_length) == ("Qwen/Qwen3-8B", True, 4096)


@pytest.mark.parametrize("name", ["Qwen/Qwen3-8B", "qwen/qwen3-8b", "qwen3-8b", "chat"])
async def test_a_model_that_it_serves_is_loaded(fake: Fake, name: str) -> None:
    daemon = attached(fake, chat="Qwen/Qwen3-8B")
    assert await daemon.load(name, LaunchOptions()) == "Qwen/Qwen3-8B"


async def test_an_alias_is_its_name_here(fake: Fake) -> None:
    [served] = await attached(fake, chat="Qwen/Qwen3-8B").served()
    assert served.name == "chat"


async def test_what_it_does_not_serve_is_refused(fake: Fake) -> None:
    with pytest.raises(EngineRefused, match=r"does not serve other; it serves Qwen/Qwen3-8B") as caught:
        await attached(fake).load("other", LaunchOptions())
    assert caught.value.remedy is not None
    assert "vllm.model_aliases" in caught.value.remedy


async def test_it_neither_unloads_nor_fetches(fake: Fake) -> None:
    daemon = attached(fake)
    with pytest.raises(Conflict, match="for as long as it runs"):
        await daemon.unload("x")
    with pytest.raises(EngineRefused, match="fetches no models"):
        async for _ in daemon.pull("x"):
            pass
    assert await fake.books("paths") == []


async def test_a_wrong_key_is_said(fake: Fake) -> None:
    with pytest.raises(EngineRefused, match="does not accept the key") as caught:
        await attached(fake, "wrong").served()
    assert caught.value.remedy is not None
    assert "vllm.api_key" in caught.value.remedy


async def test_nobody_there_is_said() -> None:
    with pytest.raises(EngineDied, match="Nothing answers"):
        await AttachedServer("vLLM", "vllm", NOBODY, None, {}).served()


async def test_another_kind_of_server_is_said() -> None:
    async with running_fake() as other:
        with pytest.raises((EngineMalformed, EngineRefused)):
            # a path below it has no list of models
            await AttachedServer("vLLM", "vllm", f"{other.base_url}/health", other.key, {}).served()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://x:8000", "http://x:8000"),
        ("http://x:8000/", "http://x:8000"),
        ("http://x:8000/v1", "http://x:8000"),
        ("http://x:8000/v1/", "http://x:8000"),
        ("https://x/models/v1", "https://x/models"),
    ],
)
def test_addresses_with_and_without_their_end(written: str, meant: str) -> None:
    assert origin(written) == meant


async def test_a_sglang_server_at_the_usual_address_is_found_at_the_first_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    async with running("sglang", key="") as server:
        engine = Sglang(base_url=server.base_url)
        assert engine.launches
        assert engine.probe().usable
        assert not engine.launches
        assert engine.daemon is not None
        [served] = await engine.daemon.served()
        assert served.name == "fake"


async def test_nothing_else_is_attached_to_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    async with running("vllm", key="") as server:
        assert not answers_as(server.base_url, "sglang", None)
        engine = Sglang(base_url=server.base_url)
        assert not engine.probe().usable
        assert engine.daemon is None
    assert not answers_as(NOBODY, "sglang", None)
    assert not answers_as("ftp://x", "sglang", None)
