"""Embeddings and rankings over both surfaces: a fake engine, and llama.cpp with the model of the package."""

import base64
import json
import pathlib
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "fake"
TALKER, EMBEDDER = "stellar-demo", "stellar-vectors"
WEIGHTS = "package:demo/stellar-demo.gguf"


def catalogue(folder: pathlib.Path) -> pathlib.Path:
    """Write a catalogue in which the demonstration's weights talk and make embeddings; return its file."""
    models = [
        {
            "id": name,
            "name": name,
            "description": "",
            "official_url": "",
            "kind": kind,
            "context_length": 512,
            "sizes": [{"size": "", "files": [{"id": name, "quantization": "f16", "path": WEIGHTS}]}],
        }
        for name, kind in ((TALKER, "chat"), (EMBEDDER, "embedding"))
    ]
    file = folder / "models.json"
    file.write_text(json.dumps({"models": models}), encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine."""
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake engine as its endpoint, and a model of embeddings of its own."""
    folder = tmp_path_factory.mktemp("vectors")
    config = {"endpoints": [endpoint(engine)], "models_config": str(catalogue(folder))}
    with serving(folder, config=config) as running:
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


async def post(server: Server, path: str, body: dict[str, Any]) -> httpx.Response:
    """Send a body."""
    async with server.async_client() as http:
        return await http.post(path, json=body)


@pytest.mark.parametrize("given", ["one", ["one"], ["one", "two"], [1, 2, 3], [[1, 2], [3]]])
async def test_both_encodings_are_the_same_numbers(server: Server, given: Any) -> None:
    body = {"model": MODEL, "input": given}
    numbers = (await post(server, "/v1/embeddings", body)).json()
    packed = (await post(server, "/v1/embeddings", {**body, "encoding_format": "base64"})).json()
    assert numbers["object"] == "list"
    assert numbers["model"] == MODEL
    assert [item["index"] for item in numbers["data"]] == list(range(len(numbers["data"])))
    assert numbers["usage"]["prompt_tokens"] > 0
    for plain, encoded in zip(numbers["data"], packed["data"], strict=True):
        raw = base64.b64decode(encoded["embedding"])
        assert list(struct.unpack(f"<{len(raw) // 4}f", raw)) == pytest.approx(plain["embedding"], abs=1e-6)


async def test_dimensions_are_kept_to(client: openai.AsyncOpenAI) -> None:
    answer = await client.embeddings.create(model=MODEL, input="a", dimensions=8)
    assert len(answer.data[0].embedding) == 8


async def test_rankings_are_sorted_cut_and_told_with_their_documents(server: Server) -> None:
    documents = ["cats and dogs", "rain", {"text": "rain today"}, "today"]
    body = {"model": MODEL, "query": "rain today", "documents": documents}
    whole = (await post(server, "/v1/rerank", body)).json()
    scores = [result["relevance_score"] for result in whole["results"]]
    assert scores == sorted(scores, reverse=True)
    assert sorted(result["index"] for result in whole["results"]) == [0, 1, 2, 3]
    assert whole["results"][-1] == {"index": 0, "relevance_score": 0.0}
    assert whole["usage"]["total_tokens"] > 0
    cut = (await post(server, "/v1/rerank", {**body, "top_n": 2, "return_documents": True})).json()
    assert [result["index"] for result in cut["results"]] == [
        result["index"] for result in whole["results"][:2]
    ]
    assert cut["results"][0]["document"]["text"] in ("rain", "rain today", "today")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/embeddings", {"input": ""}, "input"),
        ("/v1/embeddings", {"input": ["a", ""]}, "input[1]"),
        ("/v1/embeddings", {"input": ["a", 5]}, "input"),
        ("/v1/embeddings", {"input": [-1]}, "input[0]"),
        ("/v1/embeddings", {"input": "a", "dimensions": 0}, "dimensions"),
        ("/v1/rerank", {"query": "", "documents": ["a"]}, "query"),
        ("/v1/rerank", {"query": "a", "documents": []}, "documents"),
        ("/v1/rerank", {"query": "a", "documents": [5]}, "documents[0]"),
        ("/v1/rerank", {"query": "a"}, "documents"),
        ("/v1/rerank", {"query": "a", "documents": ["a"], "top_n": 0}, "top_n"),
        ("/v1/rerank", {"query": "a", "documents": ["a"], "model": TALKER}, "model"),
        ("/v1/embeddings", {"input": "a", "model": TALKER}, "model"),
        (
            "/v1/chat/completions",
            {"model": EMBEDDER, "messages": [{"role": "user", "content": "a"}]},
            "model",
        ),
        ("/v1/completions", {"model": EMBEDDER, "prompt": "a"}, "model"),
        ("/v1/responses", {"model": EMBEDDER, "input": "a"}, "model"),
        (
            "/v1/messages",
            {"model": EMBEDDER, "max_tokens": 5, "messages": [{"role": "user", "content": "a"}]},
            "model",
        ),
        ("/v1/rerank", {"query": "a", "documents": ["a"], "model": EMBEDDER}, "model"),
        ("/api/v1/embeddings", {"input": "a"}, "model_name"),
        ("/api/v1/embeddings", {"input": [], "model_name": MODEL}, "input"),
        ("/api/v1/embeddings", {"input": ["a", True], "model_name": MODEL}, "input"),
        ("/api/v1/rerank", {"query": "a", "documents": [5], "model_name": MODEL}, "documents[0]"),
        ("/api/v1/embeddings", {"input": "a", "model_name": TALKER}, "model_name"),
        ("/api/v1/rerank", {"query": "a", "documents": ["a"], "model_name": EMBEDDER}, "model_name"),
    ],
)
async def test_what_is_wrong_is_named(server: Server, path: str, body: dict[str, Any], param: str) -> None:
    if path.startswith("/v1"):
        body = {"model": MODEL, **body}
    answer = await post(server, path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


async def test_a_refusal_names_both_kinds(server: Server) -> None:
    body = {"model": TALKER, "input": "a"}
    error = (await post(server, "/v1/embeddings", body)).json()["error"]
    assert "of the kind chat" in error["message"]
    assert EMBEDDER in error["remedy"]


async def test_the_control_surface_has_both(server: Server) -> None:
    body: dict[str, Any] = {"model_name": MODEL, "engine_type": "openai", "input": ["a", "b"]}
    found = (await post(server, "/api/v1/embeddings", body)).json()
    assert found["code"] == 200
    assert len(found["data"]["data"]) == 2
    body = {"model_name": MODEL, "query": "a", "documents": ["b", "a"], "return_documents": True}
    ranked = (await post(server, "/api/v1/rerank", body)).json()["data"]["results"]
    assert [(one["index"], one["document"]["text"]) for one in ranked] == [(1, "a"), (0, "b")]


@pytest.mark.real_engine
async def test_llamacpp_makes_embeddings_of_texts_and_tokens(
    server: Server, client: openai.AsyncOpenAI
) -> None:
    answer = await client.embeddings.create(model=EMBEDDER, input=["hello", "hello", "a dog"])
    first, second, third = (item.embedding for item in answer.data)
    assert first == pytest.approx(second, abs=1e-4)
    assert first != pytest.approx(third, abs=1e-3)
    assert answer.usage.prompt_tokens > 0
    tokens = (await post(server, "/v1/embeddings", {"model": EMBEDDER, "input": [[1, 2, 3], [4]]})).json()
    assert len(tokens["data"]) == 2
    with pytest.raises(openai.BadRequestError) as caught:
        await client.embeddings.create(model=EMBEDDER, input="a", dimensions=3)
    assert caught.value.param == "dimensions"
    same = await client.embeddings.create(model=EMBEDDER, input="a", dimensions=len(first))
    assert len(same.data[0].embedding) == len(first)


async def test_the_list_tells_kind_state_context_and_capabilities(client: openai.AsyncOpenAI) -> None:
    models = {model.id: model.model_dump() async for model in client.models.list()}
    assert models[EMBEDDER]["kind"] == "embedding"
    assert models[EMBEDDER]["context_length"] == 512
    assert models[TALKER]["kind"] == "chat"
    assert (
        models[TALKER]["capabilities"]
        == ((await client.models.retrieve(TALKER)).model_dump()["capabilities"])
    )
    assert models[MODEL]["state"] == "remote"
