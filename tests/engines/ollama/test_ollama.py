"""Ollama against a fake one that speaks as its documentation says: the daemon, and both lanes of answers."""

import asyncio
import base64
import contextlib
import json
from array import array
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, EngineDied, EngineMalformed, EngineRefused
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Artefact
from stellarchat.engines.ollama import answers
from stellarchat.engines.ollama.daemon import full, keep_alive
from stellarchat.engines.ollama.engine import Ollama
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.relay import Relay
from stellarchat.services.instances.targets import Target
from tests.elsewhere import Elsewhere, answer
from tests.fake_ollama import FakeOllama, fake_ollama
from tests.services.models import variant
from tests.services.targets import gateway

MODEL = "qwen3:0.6b"


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with fake_ollama() as running:
        yield running


@contextlib.asynccontextmanager
async def serving(fake: FakeOllama, engine: Ollama) -> AsyncIterator[Gateway]:
    """A gateway whose one model is Ollama's, under a name of ours."""
    made = Target(
        model="ours",
        upstream_model=MODEL,
        engine="ollama",
        dialect=engine.dialect,
        address=engine.daemon.address,
        instance="ours",
    )
    gate = gateway(made)
    try:
        yield gate
    finally:
        gate.close()


def request(**fields: Any) -> dict[str, Any]:
    return {"model": "ours", "messages": [{"role": "user", "content": "Hi"}], **fields}


async def told(gate: Gateway, path: str = "/chat/completions", **fields: Any) -> list[Any]:
    """Return the payloads of a streamed answer, `[DONE]` as that text."""
    body = request(stream=True, **fields)
    said = b""
    async with Relay(gate).exchange(path, body, json.dumps(body).encode()) as exchange:
        assert exchange.streaming
        while data := await exchange.next():
            said += data
    payloads = [line[6:] for line in said.decode().splitlines() if line.startswith("data: ")]
    return [payload if payload == "[DONE]" else json.loads(payload) for payload in payloads]


async def whole(gate: Gateway, path: str = "/chat/completions", **fields: Any) -> Any:
    body = request(**fields)
    async with Relay(gate).exchange(path, body, json.dumps(body).encode()) as exchange:
        return json.loads(await exchange.whole())


def deltas(payloads: list[Any], field: str = "content") -> str:
    return "".join(
        choice["delta"].get(field) or ""
        for payload in payloads
        if isinstance(payload, dict)
        for choice in payload["choices"]
    )


# the daemon


def test_a_probe_finds_the_version_or_says_what_to_do(fake: FakeOllama) -> None:
    assert Ollama(fake.base_url).probe().version == "0.99.0"
    lacking = Ollama("http://127.0.0.1:9").probe()
    assert not lacking.usable
    assert "http://127.0.0.1:9" in (lacking.reason or "")
    assert "ollama serve" in (lacking.remedy or "")


async def test_what_it_has_is_told_with_what_it_can_do(fake: FakeOllama) -> None:
    daemon = Ollama(fake.base_url).daemon
    found = {model.name: model for model in await daemon.served()}
    assert found["qwen3:0.6b"].capabilities == ("tools", "thinking")
    assert found["all-minilm:latest"].capabilities == ("embedding",)
    llama = found["llama3.2:latest"]
    assert (llama.loaded, llama.size_bytes, llama.context_length) == (False, 2_019_393_189, 131_072)
    assert llama.parameters == 3_212_749_888


async def test_a_model_is_loaded_with_its_options_and_unloaded_for_sure(fake: FakeOllama) -> None:
    daemon = Ollama(fake.base_url).daemon
    options = LaunchOptions(context_length=8192, threads=3, gpu_layers=0, idle_unload_seconds=60)
    assert await daemon.load("llama3.2", options) == "llama3.2:latest"
    (loading,) = fake.bodies("/api/generate")
    assert loading["options"] == {"num_ctx": 8192, "num_gpu": 0, "num_thread": 3}
    assert loading["keep_alive"] == "60s"
    (loaded,) = [model for model in await daemon.served() if model.loaded]
    assert (loaded.name, loaded.context_length, loaded.memory_bytes) == (
        "llama3.2:latest",
        8192,
        3_000_000_000,
    )
    assert loaded.expires_at is not None
    await daemon.unload("llama3.2")
    assert not fake.loaded
    await daemon.unload("llama3.2")  # once more does no harm


async def test_an_embedding_model_is_loaded_by_embedding_nothing(fake: FakeOllama) -> None:
    daemon = Ollama(fake.base_url).daemon
    await daemon.load("all-minilm", LaunchOptions())
    assert fake.bodies("/api/embed")[0]["input"] == []
    assert "all-minilm:latest" in fake.loaded


async def test_a_model_that_was_not_pulled_says_so(fake: FakeOllama) -> None:
    with pytest.raises(EngineRefused) as caught:
        await Ollama(fake.base_url).daemon.load("gemma3", LaunchOptions())
    assert caught.value.remedy == "Pull it: `ollama pull gemma3:latest`."


async def test_a_model_that_stays_in_memory_is_reported(
    fake: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarchat.engines.ollama.daemon.UNLOAD_SECONDS", 0.2)
    daemon = Ollama(fake.base_url).daemon
    await daemon.load(MODEL, LaunchOptions())
    fake.stuck = True
    with pytest.raises(EngineRefused, match=r"still holds qwen3:0\.6b"):
        await daemon.unload(MODEL)


async def test_pulling_adds_up_its_layers(fake: FakeOllama) -> None:
    fake.pulled.remove(MODEL)
    steps = [step async for step in Ollama(fake.base_url).daemon.pull(MODEL)]
    assert [step.bytes_done for step in steps] == [None, 500, 1000, 1250, 1500, 1500]
    assert steps[-1].status == "success"
    assert MODEL in fake.pulled


async def test_an_error_inside_of_a_successful_pull_is_an_error(fake: FakeOllama) -> None:
    with pytest.raises(EngineRefused, match="file does not exist"):
        async for _ in Ollama(fake.base_url).daemon.pull("nobody/nothing"):
            pass


async def test_what_is_not_ollama_is_not_taken_for_it() -> None:
    with Elsewhere() as other:
        other.answers["/api/tags"] = other.answers["/api/ps"] = answer(b"<html>hello</html>")
        with pytest.raises(EngineMalformed, match="not Ollama"):
            await Ollama(other.url("")).daemon.served()


def test_names_have_a_tag() -> None:
    assert full("llama3.2") == "llama3.2:latest"
    assert full("localhost:5000/me/llama3.2") == "localhost:5000/me/llama3.2:latest"
    assert full("qwen3:0.6b") == "qwen3:0.6b"


def test_pinned_models_are_kept_for_ever() -> None:
    assert keep_alive(LaunchOptions(pinned=True)) == -1
    assert keep_alive(LaunchOptions(idle_unload_seconds=0)) == -1
    assert keep_alive(LaunchOptions()) == "30m"


# answers


async def test_a_stream_is_openais_with_usage_and_times(fake: FakeOllama) -> None:
    async with serving(fake, Ollama(fake.base_url)) as gate:
        payloads = await told(gate, stream_options={"include_usage": True})
    assert deltas(payloads) == "Hello, wörld 你好"
    assert payloads[0]["model"] == "ours"
    assert payloads[0]["choices"][0]["delta"]["role"] == "assistant"
    assert payloads[-1] == "[DONE]"
    assert payloads[-2]["usage"] == {"prompt_tokens": 26, "completion_tokens": 3, "total_tokens": 29}
    assert payloads[-2]["timings"]["predicted_per_second"] == 50.0
    assert [payload["choices"][0]["finish_reason"] for payload in payloads[:-2]][-1] == "stop"


async def test_every_request_carries_what_the_model_was_loaded_with(fake: FakeOllama) -> None:
    engine = Ollama(fake.base_url)
    await engine.daemon.load(MODEL, LaunchOptions(context_length=16_384, thinking=False))
    async with serving(fake, engine) as gate:
        await told(
            gate, temperature=0, top_k=20, min_p=0.05, repeat_penalty=1.1, max_tokens=9, stop="x", seed=7
        )
        await whole(gate, thinking=True)
    first, second = fake.bodies("/api/chat")
    assert first["model"] == MODEL
    assert first["options"] == {
        "num_ctx": 16_384,
        "temperature": 0,
        "top_k": 20,
        "min_p": 0.05,
        "repeat_penalty": 1.1,
        "num_predict": 9,
        "stop": ["x"],
        "seed": 7,
    }
    assert (first["think"], second["think"]) == (False, True)
    assert first["keep_alive"] == "30m"


async def test_thinking_comes_apart(fake: FakeOllama) -> None:
    fake.pieces = [
        {"content": "", "thinking": "Hmm"},
        {"content": "", "thinking": " yes"},
        {"content": "Yes."},
    ]
    async with serving(fake, Ollama(fake.base_url)) as gate:
        payloads = await told(gate)
        answered = await whole(gate)
    assert deltas(payloads, "reasoning_content") == "Hmm yes"
    assert deltas(payloads) == "Yes."
    assert answered["choices"][0]["message"]["reasoning_content"] == "Hmm yes"


async def test_calls_of_tools_go_there_and_back(fake: FakeOllama) -> None:
    call = {"function": {"name": "weather", "arguments": {"city": "Köln"}}}
    fake.pieces = [{"content": "", "tool_calls": [call]}]
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    async with serving(fake, Ollama(fake.base_url)) as gate:
        payloads = await told(gate, tools=tools)
        (made,) = payloads[0]["choices"][0]["delta"]["tool_calls"]
        assert json.loads(made["function"]["arguments"]) == {"city": "Köln"}
        assert payloads[-2]["choices"][0]["finish_reason"] == "tool_calls"
        messages = [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": None, "tool_calls": [made]},
            {"role": "tool", "tool_call_id": made["id"], "content": "rain"},
        ]
        await whole(gate, messages=messages, tools=tools)
        with pytest.raises(BadRequest, match="can't be made to call"):
            await whole(gate, tools=tools, tool_choice="required")
    sent = fake.bodies("/api/chat")[1]["messages"]
    assert sent[1]["tool_calls"] == [call]
    assert sent[2] == {"role": "tool", "content": "rain", "tool_name": "weather"}


async def test_a_schema_becomes_the_format(fake: FakeOllama) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    async with serving(fake, Ollama(fake.base_url)) as gate:
        await whole(gate, response_format=form)
        await whole(gate, response_format={"type": "json_object"})
    assert [body["format"] for body in fake.bodies("/api/chat")] == [schema, "json"]


async def test_pictures_go_apart_from_the_text(fake: FakeOllama) -> None:
    data = base64.b64encode(b"picture").decode()
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
    ]
    async with serving(fake, Ollama(fake.base_url)) as gate:
        await whole(gate, messages=[{"role": "user", "content": content}])
        elsewhere = [{"type": "image_url", "image_url": {"url": "http://10.0.0.1/x.png"}}]
        with pytest.raises(BadRequest, match="data: URL"):
            await whole(gate, messages=[{"role": "user", "content": elsewhere}])
    assert fake.bodies("/api/chat")[0]["messages"] == [
        {"role": "user", "content": "What is this?", "images": [data]}
    ]


async def test_bare_prompts_are_completed(fake: FakeOllama) -> None:
    async with serving(fake, Ollama(fake.base_url)) as gate:
        answered = await whole(gate, "/completions", prompt="Once")
        assert answered["object"] == "text_completion"
        assert answered["choices"][0]["text"] == "Hello, wörld 你好"
    assert fake.bodies("/api/generate")[0]["raw"] is True


async def test_texts_are_embedded(fake: FakeOllama) -> None:
    async with serving(fake, Ollama(fake.base_url)) as gate:
        plain = await whole(gate, "/embeddings", input=["a", "bcd"])
        packed = await whole(gate, "/embeddings", input="a", encoding_format="base64")
        with pytest.raises(BadRequest, match="not tokens"):
            await whole(gate, "/embeddings", input=[[1, 2]])
    assert [row["embedding"][2] for row in plain["data"]] == [1.0, 3.0]
    assert array("f", base64.b64decode(packed["data"][0]["embedding"])).tolist() == [0.5, -0.25, 1.0]


async def test_a_stream_that_is_cut_off_is_an_error(fake: FakeOllama) -> None:
    fake.cut_after = 2
    async with serving(fake, Ollama(fake.base_url)) as gate:
        with pytest.raises(EngineDied):
            await told(gate)


async def test_an_error_in_the_middle_reaches_the_client(fake: FakeOllama) -> None:
    fake.error_after = 1
    body = request(stream=True)
    said = b""
    async with serving(fake, Ollama(fake.base_url)) as gate:
        with contextlib.suppress(EngineDied):
            async with Relay(gate).exchange("/chat/completions", body, b"") as exchange:
                while data := await exchange.next():
                    said += data
    assert b"CUDA error" in said


async def test_a_model_it_does_not_have_is_its_own_error(fake: FakeOllama) -> None:
    fake.pulled.remove(MODEL)
    async with serving(fake, Ollama(fake.base_url)) as gate:
        with pytest.raises(EngineRefused, match="not found"):
            await whole(gate)


@pytest.mark.parametrize("field", [{"logit_bias": {"1": 5}}, {"n": 2}])
async def test_what_it_would_ignore_is_refused(fake: FakeOllama, field: dict[str, Any]) -> None:
    async with serving(fake, Ollama(fake.base_url)) as gate:
        with pytest.raises(BadRequest) as caught:
            await whole(gate, **field)
    assert caught.value.param == next(iter(field))
    assert not fake.bodies("/api/chat")


async def test_a_client_that_leaves_ends_the_request(fake: FakeOllama) -> None:
    body = request(stream=True)
    async with serving(fake, Ollama(fake.base_url)) as gate:
        async with Relay(gate).exchange("/chat/completions", body, b"") as exchange:
            await exchange.next()
        assert gate.load("ours").active == 0
        await asyncio.wait_for(whole(gate), 10)


# the engine's word on options


def test_options_it_cannot_take_are_named() -> None:
    engine = Ollama()
    mine = variant("qwen3-0.6b-ollama", engines=("ollama",), format="ollama", artefact=Artefact(ollama=MODEL))
    assert engine.refuses(mine, LaunchOptions(context_length=2048)) is None
    for options, param in (
        (LaunchOptions(replicas=2), "replicas"),
        (LaunchOptions(slots=4), "slots"),
        (LaunchOptions(thinking=True), "thinking"),
    ):
        refusal = engine.refuses(mine, options)
        assert refusal is not None
        assert refusal.param == param
    elsewhere = engine.refuses(variant("x"), LaunchOptions())
    assert elsewhere is not None
    assert elsewhere.param == "engine_type"


def test_a_line_that_is_no_answer_is_malformed() -> None:
    with pytest.raises(EngineMalformed):
        answers.Answer("m").feed(b"<html>\n")
    with pytest.raises(EngineMalformed):
        answers.Vectors("m").whole(b'{"error":"no"}')
