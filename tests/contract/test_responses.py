"""The Responses API with OpenAI's own client, against a fake engine behind the whole server."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio

from tests.contract.leaving import leave
from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "fake"
WORDS = "tok00 tok01 tok02 tok03 tok04 "
SCHEMA: Any = {
    "type": "object",
    "properties": {"q": {"type": "string"}},
    "required": ["q"],
    "additionalProperties": False,
}
TOOL: Any = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engine as its endpoint."""
    endpoints = [endpoint(engine, name=name, models=[name]) for name in (MODEL, "broken")]
    with serving(tmp_path_factory.mktemp("responses"), config={"endpoints": endpoints}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's Python client."""
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        openai.AsyncOpenAI(
            base_url=f"{server.base_url}/v1", api_key="none", max_retries=0, http_client=http
        ) as client,
    ):
        yield client


async def asked(engine: Fake) -> dict[str, Any]:
    """Return the body that the engine saw last."""
    body: dict[str, Any] = (await engine.requests())[-1]["body"]
    return body


async def test_a_whole_response(client: openai.AsyncOpenAI, engine: Fake) -> None:
    answer = await client.responses.create(
        model=MODEL,
        instructions="Be brief.",
        input="hi [[fake tokens=5]]",
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=50,
        metadata={"a": "b"},
    )
    assert answer.output_text == WORDS
    assert answer.status == "completed"
    assert answer.model == MODEL
    assert answer.usage is not None
    assert answer.usage.output_tokens == 5
    assert answer.usage.input_tokens > 0
    assert answer.metadata == {"a": "b"}
    body = await asked(engine)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["role"] == "user"
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.5, 0.9, 50)


async def test_a_streamed_response_tells_every_step(client: openai.AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model=MODEL, input="hi [[fake tokens=5 think=2 delay=5]]", stream=True
    )
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert list(dict.fromkeys(kinds)) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    last = events[-1]
    assert last.type == "response.completed"
    reasoning, message = last.response.output
    assert reasoning.type == "reasoning"
    assert reasoning.content is not None
    assert reasoning.content[0].text == "hm00 hm01 "
    assert message.type == "message"
    assert last.response.output_text == WORDS
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == WORDS


async def test_the_clients_own_accumulator_agrees(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(model=MODEL, input="hi [[fake tokens=5]]") as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()
    assert final.output_text == WORDS


@pytest.mark.parametrize("stream", [False, True])
async def test_functions_are_called_and_answered(
    client: openai.AsyncOpenAI, engine: Fake, stream: bool
) -> None:
    wanted: Any = {"model": MODEL, "input": "hi [[fake tool=2]]", "tools": [TOOL], "tool_choice": "required"}
    if stream:
        events = [event async for event in await client.responses.create(**wanted, stream=True)]
        done = [event for event in events if event.type == "response.function_call_arguments.done"]
        assert [json.loads(event.arguments)["city"] for event in done] == ["City 0", "City 1"]
        assert "response.function_call_arguments.delta" in {event.type for event in events}
        last = events[-1]
        assert last.type == "response.completed"
        answer = last.response
    else:
        answer = await client.responses.create(**wanted)
    calls = [item for item in answer.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["get_weather", "get_weather"]
    body = await asked(engine)
    assert body["tools"][0]["function"]["parameters"] == SCHEMA
    assert body["tool_choice"] == "required"
    results: Any = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in calls
    ]
    told = await client.responses.create(model=MODEL, input=results, previous_response_id=answer.id)
    assert told.output_text == ""  # the fake calls again: its orders stand in the user's message
    messages = (await asked(engine))["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool"]
    assert [call["id"] for call in messages[1]["tool_calls"]] == [call.call_id for call in calls]


async def test_items_become_messages(client: openai.AsyncOpenAI, engine: Fake) -> None:
    items: Any = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "calling", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {"role": "user", "content": "and now? [[fake tokens=1]]"},
    ]
    await client.responses.create(model=MODEL, input=items, instructions="Be brief.")
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert (await asked(engine))["messages"] == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "calling", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "user", "content": "and now? [[fake tokens=1]]"},
    ]


async def test_a_schema_reaches_the_engine(client: openai.AsyncOpenAI, engine: Fake) -> None:
    text: Any = {"format": {"type": "json_schema", "name": "q", "schema": SCHEMA, "strict": True}}
    await client.responses.create(model=MODEL, input="hi", text=text)
    assert (await asked(engine))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "q", "schema": SCHEMA, "strict": True},
    }


async def test_a_conversation_goes_on_and_can_be_read_and_forgotten(
    client: openai.AsyncOpenAI, engine: Fake
) -> None:
    first = await client.responses.create(
        model=MODEL, input="one [[fake tokens=1]]", instructions="Not carried over."
    )
    second = await client.responses.create(
        model=MODEL, input="two [[fake tokens=1]]", previous_response_id=first.id
    )
    contents = [message["content"] for message in (await asked(engine))["messages"]]
    assert contents == ["one [[fake tokens=1]]", "tok00 ", "two [[fake tokens=1]]"]
    assert (await client.responses.retrieve(second.id)).output_text == "tok00 "
    listed = [item async for item in client.responses.input_items.list(second.id)]
    assert len(listed) == 1
    await client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(second.id)
    unstored = await client.responses.create(model=MODEL, input="x", store=False)
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.create(model=MODEL, input="y", previous_response_id=unstored.id)
    assert caught.value.param == "previous_response_id"


async def test_a_cut_answer_is_incomplete(client: openai.AsyncOpenAI) -> None:
    answer = await client.responses.create(model=MODEL, input="hi [[fake tokens=5]]", max_output_tokens=2)
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.output_text == "tok00 tok01 "


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"temperature": 9}, openai.BadRequestError, "temperature"),
        ({"max_output_tokens": 0}, openai.BadRequestError, "max_output_tokens"),
        ({"input": []}, openai.BadRequestError, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, openai.BadRequestError, "input[0].type"),
        ({"input": [{"role": "root", "content": "x"}]}, openai.BadRequestError, "input[0].role"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
            openai.BadRequestError,
            "input[0].content[0]",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://x/"}]}]},
            openai.BadRequestError,
            "input[0].content[0].image_url",
        ),
        ({"tools": [{"type": "web_search"}]}, openai.BadRequestError, "tools[0].type"),
        ({"tools": [{"type": "function", "name": "a b"}]}, openai.BadRequestError, "tools[0].name"),
        ({"background": True}, openai.BadRequestError, "background"),
        ({"truncation": "auto"}, openai.BadRequestError, "truncation"),
        ({"model": "no-such-model"}, openai.NotFoundError, "model"),
        ({"model": "broken", "input": "[[fake status=500]]"}, openai.InternalServerError, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_are_the_clients_own_exceptions(
    client: openai.AsyncOpenAI,
    change: dict[str, Any],
    error: type[openai.APIStatusError],
    param: str | None,
    stream: bool,
) -> None:
    wanted: Any = {"model": MODEL, "input": "hi", "stream": stream, **change}
    with pytest.raises(error) as caught:
        await client.responses.create(**wanted)
    assert caught.value.param == param


async def test_a_reply_that_breaks_off_has_failed(client: openai.AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="broken", input="hi [[fake tokens=50 delay=5 close_after=5]]", stream=True
    )
    events = [event async for event in stream]
    last = events[-1]
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert last.response.error.message
    assert last.response.output_text.startswith("tok00 ")


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_stops_the_engine(client: openai.AsyncOpenAI, engine: Fake, stream: bool) -> None:
    before = (await engine.stats())["aborted"]
    wanted: Any = {"model": MODEL, "input": "hi [[fake tokens=100000 delay=5]]"}
    if stream:
        answer = await client.responses.create(**wanted, stream=True)
        async for event in answer:
            if event.type == "response.output_text.delta":
                break
        await answer.close()
    else:
        await leave(engine, client.responses.create(**wanted))

    async def aborted() -> bool:
        return bool((await engine.stats())["aborted"] == before + 1)

    await eventually(aborted)
