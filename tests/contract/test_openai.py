"""OpenAI's surface with OpenAI's own clients, against a fake engine behind the whole server."""

import asyncio
import json
import pathlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

# one engine and one server serve all tests of this file
pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = pathlib.Path(__file__).parent / "clients"
MODEL = "fake"
WORDS = "tok00 tok01 tok02 tok03 tok04 "
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engine as its endpoint."""
    # an endpoint that fails is left alone for a while: those tests have endpoints of their own
    names = (MODEL, "busy", "broken")
    endpoints = [endpoint(engine, name=name, models=[name]) for name in names]
    with serving(tmp_path_factory.mktemp("openai"), config={"endpoints": endpoints}) as running:
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


def said(content: str) -> Any:
    """Return one user message."""
    return [{"role": "user", "content": content}]


async def test_models_are_listed_and_found(client: openai.AsyncOpenAI) -> None:
    listed = {model.id: model async for model in client.models.list()}
    assert listed[MODEL].owned_by == "fake"
    assert "stellar-demo" in listed
    assert (await client.models.retrieve(MODEL)).id == MODEL
    with pytest.raises(openai.NotFoundError) as caught:
        await client.models.retrieve("no-such-model")
    assert caught.value.code == "model_not_found"


async def test_a_plain_answer(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=MODEL, messages=said("hi [[fake tokens=5]]"))
    assert answer.choices[0].message.content == WORDS
    assert answer.model == MODEL
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 5


async def test_a_streamed_answer_with_usage(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=MODEL,
        messages=said("hi [[fake tokens=5 delay=1]]"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == WORDS
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] is not None
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 5


async def test_completions(client: openai.AsyncOpenAI) -> None:
    answer = await client.completions.create(model=MODEL, prompt="hi [[fake tokens=5]]")
    assert answer.choices[0].text == WORDS


@pytest.mark.parametrize("stream", [False, True])
async def test_tools(client: openai.AsyncOpenAI, stream: bool) -> None:
    asked: Any = {"model": MODEL, "messages": said("hi [[fake tool=1]]"), "tools": [TOOL]}
    if stream:
        async with client.chat.completions.stream(**asked) as events:
            answer = await events.get_final_completion()
    else:
        answer = await client.chat.completions.create(**asked)
    assert answer.choices[0].finish_reason == "tool_calls"
    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert isinstance(json.loads(call.function.arguments), dict)


async def test_response_format_and_unknown_fields_reach_the_engine(
    client: openai.AsyncOpenAI, engine: Fake
) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    await client.chat.completions.create(
        model=MODEL, messages=said("hi"), response_format=wanted, extra_body={"mirostat": 2}
    )
    body = (await engine.requests())[-1]["body"]
    assert body["response_format"] == wanted
    assert body["mirostat"] == 2


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_embeddings(client: openai.AsyncOpenAI, encoding: Any) -> None:
    answer = await client.embeddings.create(model=MODEL, input=["a", "b"], encoding_format=encoding)
    assert len(answer.data) == 2
    assert answer.data[0].embedding


async def test_the_same_under_api(server: Server) -> None:
    async with server.async_client() as client:
        body = {"model": MODEL, "messages": said("hi [[fake tokens=5]]")}
        answer = await client.post("/api/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == WORDS


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"temperature": 9}, openai.BadRequestError, "temperature"),
        ({"max_tokens": 0}, openai.BadRequestError, "max_tokens"),
        ({"messages": []}, openai.BadRequestError, "messages"),
        ({"messages": said("hi") * 5000}, openai.APIStatusError, "messages"),
        ({"model": "no-such-model"}, openai.NotFoundError, "model"),
        (
            {"model": "busy", "messages": said("[[fake status=429 retry_after=1]]")},
            openai.RateLimitError,
            None,
        ),
        ({"model": "broken", "messages": said("[[fake status=400]]")}, openai.BadRequestError, None),
        ({"model": "broken", "messages": said("[[fake status=500]]")}, openai.InternalServerError, None),
    ],
)
async def test_errors_are_the_clients_own_exceptions(
    client: openai.AsyncOpenAI,
    change: dict[str, Any],
    error: type[openai.APIStatusError],
    param: str | None,
) -> None:
    asked: Any = {"model": MODEL, "messages": said("hi"), **change}
    with pytest.raises(error) as caught:
        await client.chat.completions.create(**asked)
    assert caught.value.param == param
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"]


async def test_an_engine_that_dies_in_mid_stream_raises(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="broken", messages=said("hi [[fake tokens=50 delay=5 close_after=5]]"), stream=True
    )
    with pytest.raises(openai.APIError):
        async for _ in stream:
            pass


async def test_leaving_a_stream_stops_the_engine(client: openai.AsyncOpenAI, engine: Fake) -> None:
    before = (await engine.stats())["aborted"]
    stream = await client.chat.completions.create(
        model=MODEL, messages=said("hi [[fake tokens=100000 delay=5]]"), stream=True
    )
    async for _ in stream:
        break
    await stream.close()
    await eventually(lambda: _aborted(engine, before + 1))


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_before_the_first_token_stops_the_engine(
    client: openai.AsyncOpenAI, engine: Fake, stream: bool
) -> None:
    await eventually(lambda: _active(engine, 0))
    before = (await engine.stats())["aborted"]
    asked: Any = {"model": MODEL, "messages": said("hi [[fake first=60000]]"), "stream": stream}
    request = asyncio.ensure_future(client.chat.completions.create(**asked))
    await eventually(lambda: _active(engine, 1))
    request.cancel()
    (outcome,) = await asyncio.gather(request, return_exceptions=True)
    if isinstance(outcome, openai.AsyncStream):  # the head of a stream comes before its first token
        await outcome.close()
    await eventually(lambda: _aborted(engine, before + 1))


async def _aborted(engine: Fake, count: int) -> bool:
    return (await engine.stats())["aborted"] == count


async def _active(engine: Fake, count: int) -> bool:
    return (await engine.stats())["active"] == count


async def test_openais_client_for_node(server: Server, engine: Fake) -> None:
    before = (await engine.stats())["aborted"]
    found = await asyncio.to_thread(_run_node, f"{server.base_url}/v1")
    assert MODEL in found["models"]["ids"]
    assert found["models"]["one"] == MODEL
    assert found["plain"]["text"] == WORDS
    assert found["plain"]["usage"]["completion_tokens"] == 5
    assert len(found["stream"]["text"].split()) == 20
    assert found["stream"]["usage"]["completion_tokens"] == 20
    assert found["stream"]["finish"] is not None
    assert found["tools"] == {"finish": "tool_calls", "call": "get_weather"}
    assert found["embeddings"]["count"] == 2
    assert found["embeddings"]["dimensions"] > 0
    assert found["response"]["text"] == WORDS
    assert found["response"]["status"] == "completed"
    assert found["response"]["usage"]["output_tokens"] == 5
    assert found["responseStream"] == {"text": WORDS, "last": "response.completed"}
    assert 5 <= found["cancel"]["chunks"] < 1000
    assert found["badRequest"] == {
        "name": "BadRequestError",
        "status": 400,
        "code": "invalid_value",
        "param": "temperature",
    }
    assert found["notFound"]["name"] == "NotFoundError"
    assert found["notFound"]["code"] == "model_not_found"
    assert found["busy"]["name"] == "RateLimitError"
    await eventually(lambda: _aborted(engine, before + 1))


def _run_node(base_url: str) -> dict[str, Any]:
    """Run the scenarios of openai.mjs; its client is installed at first."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: OpenAI's client for Node was not tried")
    if not (CLIENTS / "node_modules" / "openai").is_dir():
        subprocess.run([npm, "ci", "--silent"], cwd=CLIENTS, check=True, timeout=100)
    done = subprocess.run(
        [node, "openai.mjs", base_url, MODEL], cwd=CLIENTS, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
