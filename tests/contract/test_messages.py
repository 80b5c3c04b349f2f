"""The Messages API with Anthropic's own client, against a fake engine behind the whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.contract.leaving import leave
from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

if TYPE_CHECKING:
    import anthropic  # takes seconds: by the tests that use it

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "fake"
WORDS = "tok00 tok01 tok02 tok03 tok04 "
SCHEMA: Any = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL: Any = {"name": "get_weather", "description": "Tells the weather.", "input_schema": SCHEMA}
PIXEL = "iVBORw0KGgo="


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engine as its endpoint."""
    endpoints = [endpoint(engine, name=name, models=[name]) for name in (MODEL, "busy", "broken")]
    with serving(tmp_path_factory.mktemp("messages"), config={"endpoints": endpoints}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Anthropic's Python client; it sends its key and its version, which are not looked at."""
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=server.base_url, api_key="none", max_retries=0) as client:
        yield client


def asking(content: Any, **more: Any) -> Any:
    """Return the arguments of a request."""
    return {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": content}], **more}


async def asked(engine: Fake) -> dict[str, Any]:
    """Return the body that the engine saw last."""
    body: dict[str, Any] = (await engine.requests())[-1]["body"]
    return body


async def test_a_whole_message(client: anthropic.AsyncAnthropic, engine: Fake) -> None:
    answer = await client.messages.create(
        **asking(
            "hi [[fake tokens=5]]",
            system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            stop_sequences=["END"],
            metadata={"user_id": "me"},
            # older clients know these by name
            extra_body={"temperature": 0.5, "top_p": 0.9},
        )
    )
    assert [block.type for block in answer.content] == ["text"]
    assert answer.content[0].type == "text"
    assert answer.content[0].text == WORDS
    assert (answer.model, answer.role, answer.stop_reason) == (MODEL, "assistant", "end_turn")
    assert answer.usage.output_tokens == 5
    assert answer.usage.input_tokens > 0
    body = await asked(engine)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (body["temperature"], body["top_p"], body["stop"]) == (0.5, 0.9, ["END"])
    assert body["max_tokens"] == 100


async def test_a_streamed_message_tells_every_step(client: anthropic.AsyncAnthropic) -> None:
    stream = await client.messages.create(**asking("hi [[fake tokens=5 think=2 delay=5]]"), stream=True)
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    steps = [kind for kind in kinds if kind != "content_block_delta"]
    assert steps.count("content_block_start") == steps.count("content_block_stop") == 2
    text = [
        event.delta.text
        for event in events
        if event.type == "content_block_delta" and event.delta.type == "text_delta"
    ]
    assert "".join(text) == WORDS


async def test_the_clients_own_accumulator_agrees(client: anthropic.AsyncAnthropic) -> None:
    async with client.messages.stream(**asking("hi [[fake tokens=5 think=2]]")) as stream:
        final = await stream.get_final_message()
    thinking, text = final.content
    assert thinking.type == "thinking"
    assert thinking.thinking == "hm00 hm01 "
    assert text.type == "text"
    assert text.text == WORDS
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 0
    assert final.usage.input_tokens > 0


async def test_a_stream_has_a_ping_and_named_events(server: Server) -> None:
    async with server.async_client() as http:
        answer = await http.post("/v1/messages", json=asking("hi [[fake tokens=1]]", stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    names = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names == [
        "message_start",
        "ping",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize("stream", [False, True])
async def test_tools_are_called_and_answered(
    client: anthropic.AsyncAnthropic, engine: Fake, stream: bool
) -> None:
    wanted = asking("hi [[fake tool=2]]", tools=[TOOL], tool_choice={"type": "any"})
    if stream:
        async with client.messages.stream(**wanted) as told:
            answer: Any = await told.get_final_message()
    else:
        answer = await client.messages.create(**wanted)
    assert answer.stop_reason == "tool_use"
    assert [block.input for block in answer.content] == [{"city": "City 0"}, {"city": "City 1"}]
    body = await asked(engine)
    assert body["tool_choice"] == "required"
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "parameters": SCHEMA,
                "description": "Tells the weather.",
            },
        }
    ]
    results = [
        {
            "type": "tool_result",
            "tool_use_id": block.id,
            "content": [{"type": "text", "text": "sunny"}],
            "is_error": index == 1,
        }
        for index, block in enumerate(answer.content)
    ]
    messages: Any = [
        {"role": "user", "content": "what weather?"},
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in answer.content]},
        {"role": "user", "content": [*results, {"type": "text", "text": "and? [[fake tokens=1]]"}]},
    ]
    await client.messages.create(model=MODEL, max_tokens=10, messages=messages, tools=[TOOL])
    seen = (await asked(engine))["messages"]
    assert [message["role"] for message in seen] == ["user", "assistant", "tool", "tool", "user"]
    assert [message["content"] for message in seen[2:4]] == ["sunny", "Error: sunny"]
    assert [call["id"] for call in seen[1]["tool_calls"]] == [block.id for block in answer.content]


async def test_pictures_documents_and_thoughts(client: anthropic.AsyncAnthropic, engine: Fake) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    document = {
        "type": "document",
        "title": "Notes",
        "source": {"type": "text", "media_type": "text/plain", "data": "it rains"},
    }
    messages: Any = [
        {"role": "user", "content": [picture, {"type": "text", "text": "what is this?"}, document]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "a pixel"},
            ],
        },
        {"role": "user", "content": "sure? [[fake tokens=1]]"},
    ]
    await client.messages.create(model=MODEL, max_tokens=10, messages=messages)
    seen = (await asked(engine))["messages"]
    assert seen[0]["content"] == [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "text", "text": "what is this?"},
        {"type": "text", "text": "Notes\nit rains"},
    ]
    assert seen[1] == {"role": "assistant", "content": "a pixel"}


async def test_thinking_that_a_model_does_not_have_can_be_turned_off(
    client: anthropic.AsyncAnthropic, engine: Fake
) -> None:
    await client.messages.create(**asking("hi [[fake tokens=1]]", thinking={"type": "disabled"}))
    assert "thinking" not in await asked(engine)


async def test_a_cut_answer_says_so(client: anthropic.AsyncAnthropic) -> None:
    answer = await client.messages.create(**asking("hi [[fake tokens=5]]", max_tokens=2))
    assert answer.stop_reason == "max_tokens"


async def test_a_schema_reaches_the_engine(client: anthropic.AsyncAnthropic, engine: Fake) -> None:
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    await client.messages.create(**asking("hi", output_config=config))
    assert (await asked(engine))["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_tokens_are_counted_without_an_answer(client: anthropic.AsyncAnthropic, engine: Fake) -> None:
    before = len(await engine.requests())
    short = await client.messages.count_tokens(model=MODEL, messages=asking("hi")["messages"])
    long = await client.messages.count_tokens(
        model=MODEL, messages=asking("hi " * 100)["messages"], system="Be brief.", tools=[TOOL]
    )
    assert 0 < short.input_tokens < long.input_tokens
    assert len(await engine.requests()) == before


@pytest.mark.parametrize(
    ("change", "error", "kind", "param"),
    [
        (
            {"extra_body": {"temperature": 9}},
            "BadRequestError",
            "invalid_request_error",
            "temperature",
        ),
        ({"max_tokens": 0}, "BadRequestError", "invalid_request_error", "max_tokens"),
        ({"messages": []}, "BadRequestError", "invalid_request_error", "messages"),
        (
            {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
            "BadRequestError",
            "invalid_request_error",
            "tools[0].type",
        ),
        (
            asking([{"type": "image", "source": {"type": "url", "url": "http://x/"}}]),
            "BadRequestError",
            "invalid_request_error",
            "messages[0].content[0].source",
        ),
        (
            asking([{"type": "search_result", "source": "x"}]),
            "BadRequestError",
            "invalid_request_error",
            "messages[0].content[0].type",
        ),
        # the endpoint speaks OpenAI's own dialect, which has no such switch
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
            "BadRequestError",
            "invalid_request_error",
            "thinking",
        ),
        ({"model": "no-such-model"}, "NotFoundError", "not_found_error", "model"),
        (
            asking("[[fake status=429 retry_after=1]]", model="busy"),
            "RateLimitError",
            "rate_limit_error",
            None,
        ),
        (asking("[[fake status=500]]", model="broken"), "InternalServerError", "api_error", None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_are_the_clients_own_exceptions(
    client: anthropic.AsyncAnthropic,
    change: dict[str, Any],
    error: str,
    kind: str,
    param: str | None,
    stream: bool,
) -> None:
    import anthropic

    with pytest.raises(getattr(anthropic, error)) as caught:
        await client.messages.create(**{**asking("hi"), "stream": stream, **change})
    body = caught.value.body
    assert isinstance(body, dict)
    assert body["type"] == "error"
    assert (body["error"]["type"], body["error"]["param"]) == (kind, param)
    assert body["error"]["message"]


async def test_a_reply_that_breaks_off_raises(client: anthropic.AsyncAnthropic) -> None:
    import anthropic

    stream = await client.messages.create(
        **asking("hi [[fake tokens=50 delay=5 close_after=5]]", model="broken"), stream=True
    )
    with pytest.raises(anthropic.APIError):
        async for _ in stream:
            pass


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_stops_the_engine(client: anthropic.AsyncAnthropic, engine: Fake, stream: bool) -> None:
    before = (await engine.stats())["aborted"]
    wanted = asking("hi [[fake tokens=100000 delay=5]]", max_tokens=100_000)
    if stream:
        told = await client.messages.create(**wanted, stream=True)
        async for event in told:
            if event.type == "content_block_delta":
                break
        await told.close()
    else:
        # a time of its own, without which the client takes no request for so many tokens
        await leave(engine, client.messages.create(**wanted, timeout=60))

    async def aborted() -> bool:
        return bool((await engine.stats())["aborted"] == before + 1)

    await eventually(aborted)


async def test_a_plain_http_client_needs_no_version_and_gets_anthropics_errors(server: Server) -> None:
    async with server.async_client() as http:
        answer = await http.post("/v1/messages", content=b"{", headers={"content-type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["type"] == "error"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        wrong = await http.get("/v1/messages")
        assert wrong.status_code == 405
        assert wrong.json()["error"]["type"] == "invalid_request_error"
