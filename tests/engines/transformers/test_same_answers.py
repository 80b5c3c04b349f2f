"""The same model in two engines says the same, word for word."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.models import Artefact
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.engines.transformers.engine import Transformers
from stellarchat.runtime.hardware import snapshot
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from tests.engines.transformers.working import (
    DEMO,
    KEY,
    PATIENCE,
    ROOT,
    Worker,
    free_port,
    needs_libraries,
    said,
    text_of,
    working,
)
from tests.services.models import variant

pytestmark = [pytest.mark.real_engine, pytest.mark.timeout(600), needs_libraries]
GGUF = ROOT / "src" / "stellarchat" / "data" / "demo" / "stellar-demo.gguf"
TALKS = [
    said("Hello!"),
    said("你好！"),
    said("What is 3+4?"),
    said("你是谁？"),
    [*said("My name is Ada."), {"role": "assistant", "content": "Hello, Ada!"}, *said("Who am I?")],
    [{"role": "system", "content": "You are a helpful assistant."}, *said("1加2等于几？")],
    said("Something you have never seen: zorblax 42?"),
]  # fmt: skip


def test_word_for_word_what_llamacpp_says(tmp_path: Path) -> None:
    if not GGUF.exists():
        pytest.skip("THE DEMONSTRATION MODEL IS MISSING: build it with tools/demo_model")
    port = free_port()
    words = [sys.executable, "-m", "stellarchat.engines.llamacpp.worker", "--model", str(GGUF)]
    words += ["--port", str(port), "--context", "512", "--slots", "1", "--threads", "1", "--alias", "demo"]
    environment = {**os.environ, "STELLAR_ENGINE_KEY": KEY}
    log = (tmp_path / "llamacpp.log").open("w")
    with (
        log,
        working(DEMO, tmp_path / "log") as ours,
        subprocess.Popen(words, env=environment, stderr=log) as other,
    ):
        try:
            theirs = Worker(other, port)
            deadline = time.monotonic() + PATIENCE
            while theirs.health() != 200:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            for talk in TALKS:
                body = {"messages": talk, "temperature": 0, "max_tokens": 48}
                mine, his = (one.json("/v1/chat/completions", body) for one in (ours, theirs))
                assert text_of(mine) == text_of(his)
                assert mine["usage"]["prompt_tokens"] == his["usage"]["prompt_tokens"]
                prompts = {
                    one.json("/apply-template", {"messages": talk})["prompt"] for one in (ours, theirs)
                }
                assert len(prompts) == 1
        finally:
            other.kill()


async def test_launched_and_stopped_by_its_plan(tmp_path: Path) -> None:
    engine = Transformers(device="cpu")
    model = variant("demo", Artefact(path=str(DEMO)), format="safetensors", engines=("transformers",))
    machine, footprint = snapshot(), engine.footprint(model, DEMO)
    options = engine.settled(model, LaunchOptions(context_length=512, slots=2, threads=1), machine, footprint)
    supervisor = Supervisor(LocalLauncher(tmp_path))
    try:
        running = await supervisor.start(engine.plan(model, options, machine, DEMO))
        await running.ready()
        address = running.state.address
        assert address is not None
        upstream = Upstream(address.base_url, address.api_key)
        async with await upstream.request("GET", "/v1/models") as answer:
            assert answer.status == 200
            assert b'"demo"' in await answer.read(1 << 16)
        upstream.close()
        report = await running.stop()
        assert report.survivors == ()
        assert running.state.state is InstanceState.STOPPED
    finally:
        await supervisor.close()


async def test_its_last_words_name_cause_and_remedy(tmp_path: Path) -> None:
    engine = Transformers(device="cpu")
    model = variant("demo", Artefact(path=str(tmp_path)), format="safetensors", engines=("transformers",))
    options = LaunchOptions(context_length=512, slots=2, threads=1, precision="float32", n_gpu=0)
    supervisor = Supervisor(LocalLauncher(tmp_path))
    try:
        running = await supervisor.start(engine.plan(model, options, snapshot(), tmp_path / "nothing"))
        with pytest.raises(Exception, match=r"."):
            await running.ready()
        error = running.state.error
        assert error is not None
        assert "no such folder" in (error.detail or "") + error.message
        assert error.remedy
    finally:
        await supervisor.close()
