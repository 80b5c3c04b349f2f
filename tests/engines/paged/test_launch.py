"""Both engines launched for real, with a fake in their environment: readiness, key, end, last words."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.launch import Address, LaunchOptions, LaunchPlan
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.engines._paged.base import PagedEngine
from stellarchat.engines.sglang.engine import Sglang
from stellarchat.engines.vllm.engine import Vllm
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.process import Supervised
from stellarchat.runtime.supervisor import Supervisor
from tests.engines.paged.machines import GIB, THINKER, Machine, cards, devices, model, weights
from tests.fake_paged import environments


@pytest.fixture(params=["vllm", "sglang"])
def name(request: pytest.FixtureRequest) -> str:
    engine: str = request.param
    return engine


class Place:
    """An engine in an environment with a fake in it."""

    def __init__(self, folder: Path, name: str, **variables: str) -> None:
        make, engine = (environments.vllm, Vllm) if name == "vllm" else (environments.sglang, Sglang)
        venv = make(folder / "venv", **variables)
        self.folder = weights(folder / "weights", 8 * GIB)
        self.engine: PagedEngine = engine(environment=str(venv), root=devices(folder / "root", "nvidia0"))

    def plan(self, variant: Variant, **options: object) -> LaunchPlan:
        """Do all that is done before a launch."""
        machine = Machine(gpus=cards(24, 24))
        footprint = self.engine.footprint(variant, self.folder)
        asked = LaunchOptions(**options)  # type: ignore[arg-type]
        assert self.engine.refuses(variant, asked) is None
        settled = self.engine.settled(variant, asked, machine, footprint)
        return self.engine.plan(variant, settled, machine, self.folder)  # type: ignore[attr-defined, no-any-return]


@contextlib.asynccontextmanager
async def launched(plan: LaunchPlan) -> AsyncIterator[Supervised]:
    """Launch it, and end it afterwards."""
    supervisor = Supervisor(LocalLauncher(grace=2.0))
    try:
        yield await supervisor.start(plan)
    finally:
        await supervisor.close()


async def ask(address: Address, path: str, key: str | None) -> tuple[int, bytes]:
    """GET a path."""
    upstream = Upstream(address.base_url, key)
    try:
        async with await upstream.request("GET", path) as response:
            return response.status, await response.read(1 << 20)
    finally:
        upstream.close()


async def test_launched_used_and_ended(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path, name, FAKE_LOAD_TIME="0.2")
    plan = place.plan(
        model(name, capabilities=THINKER),
        n_gpu=2,
        slots=3,
        context_length=2048,
        thinking=True,
        cache_type="auto",
    )
    async with launched(plan) as process:
        address = await asyncio.wait_for(process.ready(), 60)
        assert address.api_key
        status, body = await ask(address, "/v1/models", address.api_key)
        assert status == 200
        [card] = json.loads(body)["data"]
        assert (card["id"], card["max_model_len"]) == ("qwen3-8b", 2048)
        assert (await ask(address, "/v1/models", None))[0] == 401
        _, body = await ask(address, "/__environment", None)
        environment = json.loads(body)
        assert environment["CUDA_VISIBLE_DEVICES"] == "0,1"
        assert environment["HF_HUB_OFFLINE"] == "1"
        assert process.state.pid is not None
        family = [psutil.Process(process.state.pid)]
        family += family[0].children(recursive=True)
        for member in family:
            assert address.api_key not in " ".join(member.cmdline())
        assert all(address.api_key not in line for line in process.logs.tail())
        report = await process.stop()
        assert report.survivors == ()
        assert not any(member.is_running() for member in family)


async def test_an_adapter_is_served_under_the_models_name(tmp_path: Path, name: str) -> None:
    plan = Place(tmp_path, name).plan(model(name), lora=("/adapters/poet",))
    async with launched(plan) as process:
        address = await asyncio.wait_for(process.ready(), 60)
        _, body = await ask(address, "/v1/models", address.api_key)
        cards_by_name = {card["id"]: card["parent"] for card in json.loads(body)["data"]}
        parent = "qwen3-8b.base" if name == "vllm" else "qwen3-8b"
        assert cards_by_name["qwen3-8b"] == parent


WORDS = {
    "vllm": "ValueError: Free memory on device cuda:0 (3.1/23.6 GiB) on startup is less than desired GPU"
    " memory utilization (0.65, 15.3 GiB).",
    "sglang": "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.",
}


async def test_a_launch_that_fails_says_why(tmp_path: Path, name: str) -> None:
    plan = Place(tmp_path, name, FAKE_LAST_WORDS=WORDS[name]).plan(model(name))
    async with launched(plan) as process:
        with pytest.raises(LaunchFailed) as caught:
            await asyncio.wait_for(process.ready(), 60)
    assert caught.value.detail is not None
    assert WORDS[name] in caught.value.detail
    assert caught.value.remedy is not None
    assert "gpu_memory_utilization" in caught.value.remedy


async def test_a_word_that_the_release_does_not_know_is_said(tmp_path: Path, name: str) -> None:
    plan = Place(tmp_path, name).plan(model(name), extra_args=("--from-the-future",))
    async with launched(plan) as process:
        with pytest.raises(LaunchFailed) as caught:
            await asyncio.wait_for(process.ready(), 60)
    assert "--from-the-future" in (caught.value.detail or "")
    assert "options" in caught.value.message
