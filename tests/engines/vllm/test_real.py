"""The contract with a real vLLM. Runs where STELLARCHAT_TEST_VLLM names a virtual environment with one in it.

`STELLARCHAT_TEST_VLLM=~/vllm-cpu pytest tests/engines/vllm/test_real.py` takes some minutes without a GPU.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from stellarchat.core.errors import ContextTooLong, LaunchFailed
from stellarchat.core.events import Measured, Text
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Artefact
from stellarchat.engines._openai_http.chunks import ChunkReader, engine_error
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.engines._openai_http.upstream import Upstream
from stellarchat.engines.vllm.engine import Vllm
from stellarchat.runtime.hardware import snapshot
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.process import Supervised
from stellarchat.runtime.supervisor import Supervisor
from tests.engines.paged.machines import model

ENVIRONMENT = os.environ.get("STELLARCHAT_TEST_VLLM")
DEMO = Path(__file__).parents[2] / "fixtures" / "demo_model"
HELLO = [{"role": "user", "content": "Hello!"}]

pytestmark = [
    pytest.mark.skipif(
        not ENVIRONMENT, reason="STELLARCHAT_TEST_VLLM names no virtual environment with vLLM in it"
    ),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(1200),
]


class Running:
    """A real vLLM with the demonstration model."""

    def __init__(self, engine: Vllm, process: Supervised) -> None:
        self.engine, self.process = engine, process
        address = process.state.address
        assert address is not None
        self.address = address
        self.upstream = Upstream(address.base_url, address.api_key)

    async def chat(self, messages: Any = None, path: str = "/v1/chat/completions", **fields: Any) -> Any:
        """Ask as a client would, through the dialect, and return the answer's JSON. Raises what it says."""
        body = {"model": "demo", "messages": messages or HELLO, "temperature": 0, "max_tokens": 40, **fields}
        data = json.dumps(self.engine.dialect.adapt(body)).encode()
        async with await self.upstream.request("POST", path, data) as response:
            answer = await response.read(1 << 20)
            if response.status != 200:
                raise engine_error(answer, response.status)
            return json.loads(answer)

    async def said(self, **fields: Any) -> str:
        """Return an answer's text."""
        answer = await self.chat(**fields)
        text: str = answer["choices"][0]["message"]["content"]
        return text


async def _start(folder: Path, supervisor: Supervisor) -> tuple[Vllm, Supervised]:
    engine = Vllm(environment=ENVIRONMENT)
    assert engine.probe().usable
    variant = model("vllm", "demo", artefact=Artefact(path=str(folder)), context_length=2048)
    machine = await asyncio.to_thread(snapshot)
    footprint = engine.footprint(variant, folder)
    settled = engine.settled(variant, LaunchOptions(), machine, footprint)
    return engine, await supervisor.start(engine.plan(variant, settled, machine, folder))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Running]:
    supervisor = Supervisor(LocalLauncher(grace=10))
    engine, process = await _start(DEMO, supervisor)
    try:
        await asyncio.wait_for(process.ready(), 900)
        real = Running(engine, process)
        yield real
        real.upstream.close()
        assert process.state.pid is not None
        family = [psutil.Process(process.state.pid)]
        family += family[0].children(recursive=True)
        assert not any(real.address.api_key in " ".join(member.cmdline()) for member in family)  # type: ignore[operator]
        assert (await process.stop()).survivors == ()
        assert not any(member.is_running() for member in family)
    finally:
        await supervisor.close()


async def test_a_chat(running: Running) -> None:
    text = await running.said(repeat_penalty=1.0, top_k=0, seed=-1, thinking=False)
    assert "Stellar" in text


async def test_a_stream(running: Running) -> None:
    body = {"model": "demo", "messages": HELLO, "temperature": 0, "max_tokens": 8, "stream": True}
    data = json.dumps({**body, "stream_options": {"include_usage": True}}).encode()
    parser, reader, events = EventParser(), ChunkReader(), []
    async with await running.upstream.request("POST", "/v1/chat/completions", data) as response:
        while piece := await response.next():
            events += reader.read(parser.feed(piece))
    assert reader.done
    assert reader.failure is None
    assert "".join(event.text for event in events if isinstance(event, Text)).startswith("Hello")
    assert [event.usage.completion_tokens for event in events if isinstance(event, Measured)] == [8]


async def test_a_schema_is_enforced(running: Running) -> None:
    # no object: between its fields white space is allowed, and a small model may write nothing else
    schema = {"type": "string", "enum": ["red", "blue"]}
    asked = {"type": "json_schema", "json_schema": {"name": "colour", "schema": schema}}
    assert json.loads(await running.said(response_format=asked)) in ("red", "blue")


async def test_old_fields_for_constraints_work(running: Running) -> None:
    assert await running.said(guided_choice=["yes", "no"]) in ("yes", "no")


async def test_an_answer_is_continued(running: Running) -> None:
    whole = await running.said()
    begun = whole[: len(whole) // 2]
    rest = await running.said(messages=[*HELLO, {"role": "assistant", "content": begun}])
    assert not rest.startswith(whole[:5])
    assert rest


async def test_tokens_are_counted(running: Running) -> None:
    path = running.engine.dialect.count_path
    assert path is not None
    counted = (await running.chat(path=path))["count"]
    answered = (await running.chat())["usage"]["prompt_tokens"]
    assert counted == answered


async def test_a_prompt_that_is_too_long(running: Running) -> None:
    with pytest.raises(ContextTooLong):
        await running.said(messages=[{"role": "user", "content": "hello " * 4000}])


async def test_metrics_have_their_names(running: Running) -> None:
    dialect = running.engine.dialect
    assert dialect.metrics_path is not None
    async with await running.upstream.request("GET", dialect.metrics_path) as response:
        text = (await response.read(1 << 22)).decode()
    for name in (dialect.queue_metric, dialect.cache_metric):
        assert f"\n{name}{{" in text


async def test_the_key_is_wanted(running: Running) -> None:
    stranger = Upstream(running.address.base_url, "wrong")
    async with await stranger.request("GET", "/v1/models") as response:
        assert response.status == 401
    stranger.close()


async def test_weights_that_do_not_fit_the_model_are_said(tmp_path: Path) -> None:
    for file in DEMO.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 7}))
    supervisor = Supervisor(LocalLauncher(grace=10))
    try:
        _, process = await _start(tmp_path, supervisor)
        with pytest.raises(LaunchFailed) as caught:
            await asyncio.wait_for(process.ready(), 900)
    finally:
        await supervisor.close()
    assert "damaged or incomplete" in caught.value.message
    assert "not initialized from checkpoint" in (caught.value.detail or "")
