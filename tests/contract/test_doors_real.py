"""Both families of clients talking to llama.cpp with the model that comes along."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import httpx
import openai
import pytest
import pytest_asyncio

from tests.server import Server, serving

if TYPE_CHECKING:
    import anthropic  # takes seconds: by the tests that use it

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module")]

MODEL = "stellar-demo"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing but the model that comes along."""
    with serving(tmp_path_factory.mktemp("doors")) as running:
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


@pytest_asyncio.fixture(loop_scope="module")
async def claude(server: Server) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Anthropic's Python client."""
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=server.base_url, api_key="none", max_retries=0) as client:
        yield client


async def test_a_stopped_model_starts_for_a_response_and_goes_on(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(
        model=MODEL, input="Hello!", temperature=0, max_output_tokens=40, extra_body={"top_k": 1}
    )
    assert first.output_text
    assert first.usage is not None
    assert first.usage.input_tokens > 0
    async with client.responses.stream(
        model=MODEL, input="What is 1 + 2?", previous_response_id=first.id, temperature=0
    ) as stream:
        second = await stream.get_final_response()
    assert second.output_text
    assert second.usage is not None
    assert second.usage.input_tokens > first.usage.input_tokens


async def test_a_message_whole_and_streamed(claude: anthropic.AsyncAnthropic) -> None:
    answer = await claude.messages.create(
        model=MODEL,
        max_tokens=40,
        messages=[{"role": "user", "content": "Hello!"}],
        system="You are kind.",
        thinking={"type": "disabled"},
        extra_body={"temperature": 0, "top_k": 1},
    )
    assert answer.content[0].type == "text"
    assert answer.content[0].text
    assert answer.usage.input_tokens + (answer.usage.cache_read_input_tokens or 0) > 0
    async with claude.messages.stream(
        model=MODEL, max_tokens=40, messages=[{"role": "user", "content": "Hello!"}]
    ) as stream:
        text = await stream.get_final_text()
    assert text


async def test_a_stop_sequence_is_named(claude: anthropic.AsyncAnthropic) -> None:
    async def whole(*stops: str) -> anthropic.types.Message:
        return await claude.messages.create(
            model=MODEL,
            max_tokens=60,
            messages=[{"role": "user", "content": "Count from 1 to 9"}],
            stop_sequences=list(stops),
            extra_body={"temperature": 0},
        )

    cut = await whole("never", "4")
    assert (cut.stop_reason, cut.stop_sequence) == ("stop_sequence", "4")
    assert cut.content[0].type == "text"
    assert cut.content[0].text == "1, 2, 3, "
    through = await whole("never")
    assert (through.stop_reason, through.stop_sequence) == ("end_turn", None)
    async with claude.messages.stream(
        model=MODEL,
        max_tokens=60,
        messages=[{"role": "user", "content": "Count from 1 to 9"}],
        stop_sequences=["4"],
        extra_body={"temperature": 0},
    ) as stream:
        streamed = await stream.get_final_message()
    assert (streamed.stop_reason, streamed.stop_sequence) == ("stop_sequence", "4")


async def test_tokens_are_counted_as_the_engine_counts_them(claude: anthropic.AsyncAnthropic) -> None:
    messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": "What is 1 + 2?"}]
    answer = await claude.messages.create(model=MODEL, max_tokens=1, messages=messages)
    counted = await claude.messages.count_tokens(model=MODEL, messages=messages)
    used = answer.usage.input_tokens + (answer.usage.cache_read_input_tokens or 0)
    assert counted.input_tokens == used


async def test_a_schema_is_kept_to_by_both(
    client: openai.AsyncOpenAI, claude: anthropic.AsyncAnthropic
) -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["cat", "dog"]}},
        "required": ["kind"],
        "additionalProperties": False,
    }
    response = await client.responses.create(
        model=MODEL,
        input="Cat or dog?",
        text={"format": {"type": "json_schema", "name": "pet", "schema": schema, "strict": True}},
    )
    message = await claude.messages.create(
        model=MODEL,
        max_tokens=60,
        messages=[{"role": "user", "content": "Cat or dog?"}],
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert message.content[0].type == "text"
    for text in (response.output_text, message.content[0].text):
        assert json.loads(text) in ({"kind": "cat"}, {"kind": "dog"})
