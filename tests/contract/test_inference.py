"""Asking models over `/api/v1`: a fake engine for what is said, llama.cpp for answers with a schema."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.contract.leaving import leave
from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL, TELLER, DEMO = "fake", "teller", "stellar-demo"
WORDS = "tok00 tok01 tok02 tok03 tok04 "
OBJECT = '{"city": "Rome", "tags": ["old"], "n": 3}'
SIMPLE: dict[str, Any] = {"city": "string", "tags": ["string"], "n": "integer"}
FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "n": {"type": "integer"},
    },
    "required": ["city", "tags", "n"],
    "additionalProperties": False,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def teller() -> AsyncIterator[Fake]:
    """A fake engine that always says the same object."""
    async with running_fake(text=OBJECT) as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, teller: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engines as its endpoints."""
    endpoints = [endpoint(engine, name=name, models=[name]) for name in (MODEL, "broken")]
    endpoints.append(endpoint(teller, name=TELLER, models=[TELLER]))
    with serving(tmp_path_factory.mktemp("inference"), config={"endpoints": endpoints}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the control surface."""
    async with server.async_client(base_url=f"{server.base_url}/api/v1") as http:
        yield http


async def told(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for a stream and return its events."""
    async with client.stream("POST", path, json={**body, "stream": True}) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line[6:]) async for line in answer.aiter_lines() if line.startswith("data: ")]


async def asked(engine: Fake) -> dict[str, Any]:
    """Return the body that the engine saw last."""
    body: dict[str, Any] = (await engine.requests())[-1]["body"]
    return body


async def test_a_prompt_is_answered_in_the_envelope(client: httpx.AsyncClient, engine: Fake) -> None:
    body = {
        "model_name": MODEL,
        "engine_type": "openai",
        "prompt": "hi [[fake tokens=5 think=2]]",
        "system_prompt": "Be brief.",
        "temperature": 0.5,
        "max_tokens": 50,
        "stop": ["END"],
        "seed": 1,
    }
    answer = await client.post("/llm/generate", json=body)
    found = answer.json()
    assert (answer.status_code, found["code"], found["msg"]) == (200, 200, "success")
    assert found["request_id"] == answer.headers["x-request-id"]
    data = found["data"]
    assert (data["text"], data["thinking"], data["model"]) == (WORDS, "hm00 hm01 ", MODEL)
    assert data["run_id"] is None
    assert data["finish_reason"] == "stop"
    assert data["usage"]["completion_tokens"] > 0
    assert data["timings"]["time_to_first_token_ms"] > 0
    seen = await asked(engine)
    assert [message["role"] for message in seen["messages"]] == ["system", "user"]
    assert (seen["temperature"], seen["max_tokens"], seen["stop"], seen["seed"]) == (0.5, 50, ["END"], 1)


async def test_a_conversation_is_answered_with_calls(client: httpx.AsyncClient) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    messages = [{"role": "user", "content": "hi [[fake tool=1]]"}]
    answer = await client.post("/llm/chat", json={"model_name": MODEL, "messages": messages, "tools": [tool]})
    (call,) = answer.json()["data"]["tool_calls"]
    assert call["name"] == "get_weather"
    assert json.loads(call["arguments"]) == {"city": "City 0"}


async def test_a_stream_has_pieces_and_an_end(client: httpx.AsyncClient) -> None:
    events = await told(
        client, "/llm/generate", {"model_name": MODEL, "prompt": "hi [[fake tokens=5 think=2]]"}
    )
    assert len({event["request_id"] for event in events}) == 1
    assert "".join(event.get("delta", "") for event in events) == WORDS
    assert "".join(event.get("thinking") or "" for event in events) == "hm00 hm01 "
    last = events[-1]
    assert last["done"] is True
    assert last["finish_reason"] == "stop"
    assert last["usage"]["completion_tokens"] > 0
    assert "tokens_per_second" in last["timings"]


async def test_a_stream_that_breaks_off_ends_with_its_error(client: httpx.AsyncClient) -> None:
    prompt = "hi [[fake tokens=50 delay=5 close_after=5]]"
    events = await told(client, "/llm/generate", {"model_name": "broken", "prompt": prompt})
    assert events[0]["delta"].startswith("tok00")
    assert events[-1]["code"] == 502
    assert events[-1]["error"]["code"] == "engine_died"
    assert events[-1]["msg"]


@pytest.mark.parametrize("schema", [SIMPLE, FIELDS])
async def test_an_object_is_read_and_checked(
    client: httpx.AsyncClient, teller: Fake, schema: dict[str, Any]
) -> None:
    body = {"model_name": TELLER, "prompt": "which city?", "schema": schema}
    answer = await client.post("/llm/structured-generate", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["object"] == json.loads(OBJECT)
    wanted = (await asked(teller))["response_format"]
    assert wanted == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": FIELDS, "strict": True},
    }
    events = await told(client, "/llm/structured-generate", body)
    assert events[-1]["object"] == json.loads(OBJECT)
    assert "".join(event.get("delta", "") for event in events) == OBJECT


async def test_a_wrong_object_is_asked_for_twice_and_told(client: httpx.AsyncClient, teller: Fake) -> None:
    before = len(await teller.requests())
    body = {"model_name": TELLER, "prompt": "x", "schema": {"city": "integer"}}
    answer = await client.post("/llm/structured-generate", json=body)
    assert answer.status_code == 502
    error = answer.json()["error"]
    assert error["code"] == "answer_invalid"
    assert "city" in error["message"]
    assert len(await teller.requests()) == before + 2
    events = await told(client, "/llm/structured-generate", body)
    assert events[-1]["error"]["code"] == "answer_invalid"


async def test_a_cut_object_names_the_limit(client: httpx.AsyncClient) -> None:
    body = {"model_name": TELLER, "prompt": "x", "schema": SIMPLE, "max_tokens": 3}
    answer = await client.post("/llm/structured-generate", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["param"] == "max_tokens"


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("/llm/generate", {"prompt": "x"}, 400, "model_name"),
        ("/llm/generate", {"model_name": MODEL}, 400, "prompt"),
        ("/llm/generate", {"model_name": MODEL, "prompt": ""}, 400, "prompt"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "nonsense": 1}, 400, "nonsense"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "temperature": 2.1}, 400, "temperature"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "temperature": -0.1}, 400, "temperature"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "max_tokens": 0}, 400, "max_tokens"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "top_p": 1.1}, 400, "top_p"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "top_k": -1}, 400, "top_k"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "min_p": 2}, 400, "min_p"),
        ("/llm/generate", {"model_name": MODEL, "prompt": "x", "repeat_penalty": -1}, 400, "repeat_penalty"),
        ("/llm/generate", {"model_name": "no-such-model", "prompt": "x"}, 404, "model_name"),
        ("/llm/generate", {"run_id": "nobody", "prompt": "x"}, 404, "run_id"),
        ("/llm/generate", {"model_name": DEMO, "engine_type": "nonsense", "prompt": "x"}, 400, "engine_type"),
        ("/llm/generate", {"model_name": DEMO, "engine_type": "vllm", "prompt": "x"}, 400, "engine_type"),
        (
            "/llm/generate",
            {"model_name": MODEL, "engine_type": "llamacpp", "prompt": "x"},
            409,
            "engine_type",
        ),
        ("/llm/chat", {"model_name": MODEL, "messages": []}, 400, "messages"),
        ("/llm/chat", {"model_name": MODEL, "messages": [{"role": "root"}]}, 400, "messages[0].role"),
        ("/llm/structured-generate", {"model_name": MODEL, "prompt": "x"}, 400, "schema"),
        ("/llm/structured-generate", {"model_name": MODEL, "schema": SIMPLE}, 400, "prompt"),
        (
            "/llm/structured-generate",
            {"model_name": MODEL, "prompt": "x", "schema": {"a": "text"}},
            400,
            "schema.a",
        ),
        ("/llm/structured-generate", {"model_name": MODEL, "prompt": "x", "schema": {}}, 400, "schema"),
        (
            "/llm/structured-generate",
            {"model_name": MODEL, "prompt": "x", "schema": {"$ref": "http://x.invalid/s"}},
            400,
            "schema",
        ),
        (
            "/llm/structured-generate",
            {"model_name": MODEL, "prompt": "x", "schema": {"type": "object", "properties": 5}},
            400,
            "schema",
        ),
        (
            "/llm/structured-generate",
            {"model_name": MODEL, "prompt": "x", "schema": SIMPLE, "tools": []},
            400,
            "tools",
        ),
    ],
)
async def test_what_is_wrong_is_named_in_the_envelope(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, param: str
) -> None:
    answer = await client.post(path, json=body)
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, status), answer.text
    assert found["data"] is None
    assert found["msg"]
    assert found["error"]["param"] == param


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_stops_the_engine(client: httpx.AsyncClient, engine: Fake, stream: bool) -> None:
    before = (await engine.stats())["aborted"]
    body = {"model_name": MODEL, "prompt": "hi [[fake tokens=100000 delay=5]]", "stream": stream}
    if stream:
        async with client.stream("POST", "/llm/generate", json=body) as answer:
            async for _ in answer.aiter_lines():
                break
    else:
        await leave(engine, client.post("/llm/generate", json=body))

    async def aborted() -> bool:
        return bool((await engine.stats())["aborted"] == before + 1)

    await eventually(aborted)


@pytest.mark.real_engine
async def test_llamacpp_keeps_to_a_schema_and_is_found_by_its_run(client: httpx.AsyncClient) -> None:
    schema = {"name": "string", "sum": "integer", "tags": ["string"], "place": {"city": "string"}}
    limited = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 10},
            "kind": {"enum": ["cat", "dog"]},
            "n": {"type": "integer", "minimum": 0, "maximum": 9},
        },
        "required": ["name", "kind", "n"],
        "additionalProperties": False,
    }
    body = {"model_name": DEMO, "engine_type": "llamacpp", "prompt": "What is 1 + 2?", "schema": limited}
    answer = await client.post("/llm/structured-generate", json={**body, "max_tokens": 200, "seed": 1})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert set(data["object"]) == {"name", "kind", "n"}
    assert data["object"]["kind"] in ("cat", "dog")
    run_id = data["run_id"]
    running = (await client.get("/models/running")).json()["data"]
    assert run_id in [instance["run_id"] for instance in running]
    simple = await client.post(
        "/llm/structured-generate",
        json={"run_id": run_id, "prompt": "Who are you?", "schema": schema, "max_tokens": 2},
    )
    assert simple.status_code == 422
    said = await client.post("/llm/generate", json={"run_id": run_id, "prompt": "Hello!", "max_tokens": 20})
    assert said.json()["data"]["run_id"] == run_id
    assert said.json()["data"]["text"]
    wrong = await client.post("/llm/generate", json={"run_id": run_id, "model_name": MODEL, "prompt": "x"})
    assert wrong.json()["error"]["param"] == "model_name"
    plain = await client.post("/embeddings", json={"run_id": run_id, "input": "x"})
    assert plain.json()["error"]["param"] == "run_id"
