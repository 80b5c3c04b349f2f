"""Chats and relayed requests with servers that speak as vLLM and SGLang do, whole and broken."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from stellarchat.core.errors import (
    ContextTooLong,
    EngineDied,
    EngineMalformed,
    EngineRefused,
    EngineRejected,
    EngineStalled,
    StellarChatError,
)
from stellarchat.core.events import (
    FinishReason,
    GenerationEvent,
    Measured,
    Status,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.dialect import Dialect
from stellarchat.engines.sglang import dialect as sglang
from stellarchat.engines.vllm import dialect as vllm
from stellarchat.services.answers.conversation import converse
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.chats.context import Context
from stellarchat.services.instances.targets import Target
from stellarchat.services.models import ModelInfo
from tests.fake_engine import answers
from tests.fake_paged.environments import Fake, running, served
from tests.services.answers.test_relay import relay
from tests.services.targets import gateway
from tests.waiting import eventually

DIALECTS = {"vllm": vllm.VLLM, "vllm-0.10": vllm.EARLY, "sglang": sglang.SGLANG}
PATHS = {"vllm": vllm.PATHS, "vllm-0.10": vllm.PATHS, "sglang": sglang.PATHS}


class Server:
    """A running fake and how to speak to it."""

    def __init__(self, wire: str, fake: Fake) -> None:
        self.wire, self.fake, self.dialect = wire, fake, DIALECTS[wire]

    def target(self, **changes: Any) -> Target:
        """It, under the name `fake`."""
        fields: dict[str, Any] = {
            "model": "fake",
            "upstream_model": "fake",
            "engine": self.dialect.name,
            "dialect": self.dialect,
            "address": Address(self.fake.base_url, self.fake.key),
            "instance": "fake",
            **changes,
        }
        return Target(**fields)


@pytest.fixture(scope="module", params=sorted(DIALECTS))
def fake(request: pytest.FixtureRequest) -> Iterator[tuple[str, Fake]]:
    with served(request.param) as started:
        yield request.param, started


@pytest.fixture
async def server(fake: tuple[str, Fake]) -> AsyncIterator[Server]:
    wire, started = fake
    await started.books("reset")
    yield Server(wire, started)
    assert set(await started.books("paths")) <= PATHS[wire]


class Heard:
    """What a generation hears."""

    model = "fake"
    numbered = None  # nobody here runs what is called

    def __init__(self) -> None:
        self.events: list[GenerationEvent] = []
        self.clock = self
        self.sent: float | None = None

    def report(self, status: Status) -> None:
        """Take a status."""

    def append(self, events: list[GenerationEvent]) -> None:
        """Take events."""
        self.events += events

    def all(self, kind: type[Any]) -> list[Any]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        """The answer."""
        return "".join(event.text for event in self.all(Text))

    @property
    def thought(self) -> str:
        """The thinking."""
        return "".join(event.text for event in self.all(Thinking))


async def talk(
    server: Server, said: str, heard: Heard | None = None, stall: float = 30, **body: Any
) -> tuple[Heard, FinishReason]:
    """Have one reply written, as a chat does."""
    heard = heard or Heard()
    gate = gateway(server.target(), stall_timeout=stall)
    messages = [{"role": "user", "content": said}]
    try:
        async with gate.lease("fake") as lease:
            reason = await converse(heard, lease, {"messages": messages, **body})  # type: ignore[arg-type]
    finally:
        gate.close()
    return heard, reason


async def test_an_answer_with_its_usage(server: Server) -> None:
    heard, reason = await talk(server, "hi [[fake tokens=5]]")
    assert heard.text == answers.text(5)
    assert reason is FinishReason.STOP
    [measured] = heard.all(Measured)
    assert measured.usage == Usage(4, 5, 1, 0)


async def test_thinking_comes_apart_from_the_answer(server: Server) -> None:
    heard, _ = await talk(server, "hi [[fake tokens=2 think=3]]")
    assert heard.thought == answers.thought(3)
    assert heard.text == answers.text(2)
    assert heard.all(Measured)[-1].usage.reasoning_tokens == 3


async def test_tool_calls_come_in_pieces(server: Server) -> None:
    heard, reason = await talk(server, "hi [[fake tool=2]]")
    assert reason is FinishReason.TOOL_CALLS
    calls: dict[int, str] = {}
    names: dict[int, str] = {}
    for event in heard.all(ToolCall):
        calls[event.index] = calls.get(event.index, "") + event.arguments
        names[event.index] = names.get(event.index) or event.name or ""
    assert {at: json.loads(text) for at, text in calls.items()} == {
        0: {"city": "City 0"},
        1: {"city": "City 1"},
    }
    assert set(names.values()) == {"get_weather"}


@pytest.mark.parametrize(
    "odd", ["[[fake no_done=1]]", "[[odd nulls]]", "[[odd usage_twice]]", "[[fake split=1]]"]
)
async def test_small_oddities_do_no_harm(server: Server, odd: str) -> None:
    heard, reason = await talk(server, f"hi [[fake tokens=4]] {odd}")
    assert heard.text == answers.text(4)
    assert reason is FinishReason.STOP
    assert heard.all(Measured)[-1].usage.completion_tokens == 4


@pytest.mark.parametrize(
    ("odd", "kind", "words", "text"),
    [
        ("[[odd error]]", EngineRefused, "told to fail", ""),
        ("[[odd flat_error]]", EngineRefused, "told to fail", ""),
        ("[[odd late_error]]", EngineRefused, "told to fail", answers.text(2)),
        ("[[odd abort]]", EngineDied, "gave the answer up", answers.text(4)),
        ("[[odd html]]", EngineMalformed, "no stream", ""),
        ("[[odd wrongtype]]", EngineMalformed, "no stream", ""),
        ("[[fake close_after=2]]", EngineDied, "closed the connection", answers.text(2)),
        ("[[fake status=400]]", EngineRejected, "told to answer 400", ""),
        ("[[fake status=503]]", EngineRefused, "told to answer 503", ""),
    ],
)
async def test_what_is_broken_is_said(
    server: Server, odd: str, kind: type[StellarChatError], words: str, text: str
) -> None:
    heard = Heard()
    with pytest.raises(kind) as caught:
        await talk(server, f"hi [[fake tokens=4]] {odd}", heard)
    assert words in caught.value.message
    assert heard.text == text


async def test_silence_ends(server: Server) -> None:
    heard = Heard()
    with pytest.raises(EngineStalled):
        await talk(server, "hi [[fake tokens=4 stall_after=2]]", heard, stall=0.3)
    assert heard.text == answers.text(2)


async def test_a_prompt_that_is_too_long_is_told_apart(server: Server) -> None:
    with pytest.raises(ContextTooLong) as caught:
        await talk(server, "word " * 5000)
    assert caught.value.remedy is not None
    assert "longer context" in caught.value.remedy


async def test_leaving_stops_the_engine(server: Server) -> None:
    heard = Heard()
    task = asyncio.create_task(talk(server, "hi [[fake tokens=5000 delay=5]]", heard))
    await eventually(lambda: len(heard.all(Text)) > 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(200):
        stats = await server.fake.books("stats")
        if stats["aborted"] == 1 and stats["active"] == 0:
            break
        await asyncio.sleep(0.01)
    assert (stats["aborted"], stats["active"], stats["completed"]) == (1, 0, 0)


async def test_the_houses_words_are_translated(server: Server) -> None:
    await talk(server, "hi", repeat_penalty=1.2, top_k=0, seed=-1, thinking=False)
    [request] = await server.fake.books("requests")
    assert request["repetition_penalty"] == 1.2
    assert request["top_k"] == -1
    assert request["chat_template_kwargs"] == {"enable_thinking": False, "thinking": False}
    assert request["stream_options"] == {"include_usage": True}
    assert not {"repeat_penalty", "thinking", "seed"} & set(request)


async def test_a_broken_off_answer_is_continued(server: Server) -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hel"}]
    await talk(server, "", messages=messages)
    [request] = await server.fake.books("requests")
    assert request["continue_final_message"] is True
    assert request.get("add_generation_prompt", False) is False


class OneModel:
    """A catalogue of a model that runs."""

    info = ModelInfo(
        id="fake", name="Fake", kind="chat", engine="vllm", state="ready", context_length=4096, run_id="1"
    )

    async def find(self, user_id: str, name: str) -> ModelInfo:
        return self.info


class Running:
    """Instances of which one runs."""

    def __init__(self, target: Target) -> None:
        self.target = target

    async def ensure_ready(self, model: str, report: object) -> Target:
        return self.target


async def test_the_gauge_asks_the_engine(server: Server) -> None:
    gate = Gateway(Running(server.target()))  # type: ignore[arg-type]
    context = Context(None, OneModel(), gate)  # type: ignore[arg-type]
    try:
        size = await context.count("local", "fake", [{"role": "user", "content": "one two three"}])
    finally:
        gate.close()
    assert (size.prompt_tokens, size.exact) == (4, True)  # the role counts in the fake


def body(said: str, **fields: Any) -> dict[str, Any]:
    return {"model": "fake", "messages": [{"role": "user", "content": said}], **fields}


def chunks(answer: httpx.Response) -> list[dict[str, Any]]:
    payloads = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert payloads[-1] == "[DONE]"
    return [json.loads(payload) for payload in payloads[:-1]]


async def test_a_relayed_stream_passes_untouched(server: Server) -> None:
    async with relay(server.target()) as (client, book):
        answer = await client.post("/", json=body("hi [[fake tokens=3 think=2]]", stream=True))
        assert answer.headers["content-type"].startswith("text/event-stream")
        thoughts = "reasoning" if server.wire == "vllm" else "reasoning_content"
        deltas = [choice["delta"] for chunk in chunks(answer) for choice in chunk["choices"]]
        assert "".join(delta.get(thoughts) or "" for delta in deltas) == answers.thought(2)
        assert "".join(delta.get("content") or "" for delta in deltas) == answers.text(3)
        assert book.answers[0]["outcome"] == "stop"


async def test_a_stream_without_its_end_gets_one(server: Server) -> None:
    async with relay(server.target()) as (client, _):
        answer = await client.post("/", json=body("hi [[fake tokens=3 no_done=1]]", stream=True))
        assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "stop"


async def test_a_plain_answer_passes(server: Server) -> None:
    async with relay(server.target()) as (client, _):
        answer = await client.post("/", json=body("hi [[fake tokens=3]]", repeat_penalty=1.1))
        assert answer.json()["choices"][0]["message"]["content"] == answers.text(3)


@pytest.mark.parametrize(
    ("said", "stream", "status", "words"),
    [
        ("[[fake status=400]]", False, 400, "told to answer 400"),
        ("[[fake status=400]]", True, 400, "told to answer 400"),
        ("[[fake status=500]]", False, 502, "told to answer 500"),
        ("[[odd html]]", True, 502, "stream"),
        ("[[odd wrongtype]]", True, 502, "stream"),
    ],
)
async def test_refusals_have_openais_shape(
    server: Server, said: str, stream: bool, status: int, words: str
) -> None:
    async with relay(server.target()) as (client, _):
        answer = await client.post("/", json=body(said, stream=stream))
        assert answer.status_code == status
        assert words in answer.json()["error"]["message"]


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}


async def test_a_schema_is_passed_on(server: Server) -> None:
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    async with relay(server.target()) as (client, _):
        answer = await client.post("/", json=body("hi", response_format=asked))
        assert json.loads(answer.json()["choices"][0]["message"]["content"]) == {"n": 1}


async def test_guided_fields_are_never_ignored(server: Server) -> None:
    async with relay(server.target()) as (client, _):
        answer = await client.post("/", json=body("hi", guided_choice=["yes", "no"]))
        if server.wire == "sglang":
            assert answer.status_code == 400
            assert answer.json()["error"]["param"] == "guided_choice"
        else:
            assert answer.json()["choices"][0]["message"]["content"] == "yes"
        if server.wire == "vllm":
            [request] = await server.fake.books("requests")
            assert request["structured_outputs"] == {"choice": ["yes", "no"]}
            assert "guided_choice" not in request


async def test_only_one_constraint_can_be_asked_for() -> None:
    async with running("vllm") as fake, relay(Server("vllm", fake).target()) as (client, _):
        both = body("hi", guided_choice=["a"], response_format={"type": "json_object"})
        answer = await client.post("/", json=both)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "guided_choice"
        assert await fake.books("requests") == []


async def test_sglangs_own_words_pass() -> None:
    async with running("sglang") as fake, relay(Server("sglang", fake).target()) as (client, _):
        answer = await client.post("/", json=body("hi", regex="[0-9]+"))
        assert answer.json()["choices"][0]["message"]["content"] == "42"


async def test_an_adapter_is_asked_for_by_every_request() -> None:
    async with running("sglang", "--lora-paths", "fake=/adapter") as fake:
        server = Server("sglang", fake)
        server.dialect = sglang.dialect({"fake"})
        async with relay(server.target(model="ours")) as (client, _):
            await client.post("/", json={**body("hi"), "model": "ours"})
        [request] = await fake.books("requests")
        assert (request["model"], request["lora_path"]) == ("fake", "fake")


@pytest.mark.parametrize("dialect", [vllm.VLLM, vllm.EARLY, sglang.SGLANG], ids=lambda one: one.name)
def test_every_path_of_a_dialect_is_listed(dialect: Dialect) -> None:
    allowed = vllm.PATHS if dialect.name == "vllm" else sglang.PATHS
    named = {dialect.count_path, dialect.rerank_path, dialect.metrics_path}
    assert named <= allowed
    # what these servers would do without a key, or what changes them, is not among them
    assert (
        not {"/invocations", "/pause", "/score", "/sleep", "/flush_cache", "/v1/load_lora_adapter"} & allowed
    )
