"""Malformed and hostile bodies on the routes that read what they are sent: never an error of our own."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving

MODEL = "fake"
SAID = "hi [[fake tokens=1]]"
SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}}}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/responses": {
        "model": MODEL,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": SAID}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "1"},
        ],
        "instructions": "x",
        "temperature": 1,
        "stop": ["a"],
        "tools": [{"type": "function", "name": "f", "parameters": SCHEMA}],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
        "reasoning": {"effort": "low"},
        "metadata": {"a": "b"},
        "previous_response_id": None,
        "store": True,
        "stream": False,
    },
    "/v1/messages": {
        "model": MODEL,
        "max_tokens": 5,
        "system": [{"type": "text", "text": "x"}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": SAID}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "1"}]},
        ],
        "tools": [{"name": "f", "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "f"},
        "stop_sequences": ["a"],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        "thinking": {"type": "adaptive"},
        "stream": True,
    },
    "/v1/messages/count_tokens": {
        "model": MODEL,
        "messages": [{"role": "user", "content": [{"type": "text", "text": SAID}]}],
        "system": "x",
        "tools": [{"name": "f", "input_schema": SCHEMA}],
    },
    "/v1/embeddings": {"model": MODEL, "input": ["a", "b"], "encoding_format": "float", "dimensions": 4},
    "/v1/rerank": {"model": MODEL, "query": "a", "documents": ["a", {"text": "b"}], "top_n": 1},
    "/api/v1/llm/generate": {
        "model_name": MODEL,
        "engine_type": "openai",
        "prompt": SAID,
        "temperature": 1,
        "max_tokens": 5,
        "stop": ["a"],
        "stream": True,
    },
    "/api/v1/llm/chat": {
        "model_name": MODEL,
        "messages": [{"role": "user", "content": [{"type": "text", "text": SAID}]}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "response_format": {"type": "json_object"},
    },
    "/api/v1/llm/structured-generate": {
        "model_name": MODEL,
        "prompt": SAID,
        "schema": {"a": "string", "b": ["integer"], "c": {"d": "number"}},
    },
    "/api/v1/embeddings": {"model_name": MODEL, "input": [[1, 2], [3]], "encoding_format": "base64"},
    "/api/v1/rerank": {"model_name": MODEL, "query": "a", "documents": ["a"], "return_documents": True},
}
WORDS = ["", "a", "$ref", "type", "object", "string", "\x00", "\ud800", "🙂", "(a+)+$", "[[fake status=400]]"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, -1, 2**31, 2**63, -(2**63) - 1, 10**40, 1e308, -0.0, 1.5])
    | st.sampled_from(WORDS)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engine as its endpoint."""
    config = {"endpoints": [endpoint(engine)]}
    with serving(tmp_path_factory.mktemp("malformed"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with server.client() as http:
        yield http


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value inside of `node`."""
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any, drop: bool) -> dict[str, Any]:
    """Return a copy with another value at `path`, or with none."""
    body = copy.deepcopy(body)
    node: Any = body
    for key in path[:-1]:
        node = node[key]
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return body


def check(answer: httpx.Response, path: str) -> None:
    """See that an answer is one, or an error in its surface's shape that somebody else is the cause of."""
    if answer.status_code == 200:
        return
    assert answer.status_code in (400, 404, 409, 413, 422, 429, 502, 503), answer.text
    found = answer.json()
    assert found["error"]["message"]
    assert found["error"]["code"] != "internal_error"
    if path.startswith("/api/v1"):
        assert found["code"] == answer.status_code
    elif path.startswith("/v1/messages"):
        assert found["type"] == "error"


def send(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    """Send JSON as it comes, lone surrogates included."""
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    return client.post(path, content=content, headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", BODIES)
def test_the_bodies_are_good_as_they_are(client: httpx.Client, path: str) -> None:
    answer = send(client, path, BODIES[path])
    # the fake engine says words where a schema asks for an object, and does not know some of the fields
    assert answer.status_code in (200, 502), answer.text


@pytest.mark.parametrize("path", BODIES)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_changed_body_is_answered_or_refused(client: httpx.Client, path: str, data: st.DataObject) -> None:
    body = BODIES[path]
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.sampled_from(places(body)))
        body = changed(body, at, data.draw(JSON), data.draw(st.booleans()))
        if not places(body):
            break
    check(send(client, path, body), path)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"model": NaN}',
        b'{"model": 1e999}',
        b'{"model": "fake", "model": 5}',
        b'{"schema": {"a": {"a": {"a"',
        json.dumps({"schema": json.loads('{"a":' * 200 + '"string"' + "}" * 200), "prompt": "x"}).encode(),
    ],
)
def test_what_is_no_body_is_refused(client: httpx.Client, path: str, raw: bytes) -> None:
    answer = client.post(path, content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413), answer.text
    assert answer.json()["error"]["message"]
