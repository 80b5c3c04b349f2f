"""The simple conversations, field by field, read by a plain client; a custom model that only its user has."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "sk-canary-0b6e42"
THREE = "hi [[fake tokens=3]]"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preset() -> AsyncIterator[Fake]:
    """The engine behind the endpoint of the settings."""
    async with running_fake() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mine() -> AsyncIterator[Fake]:
    """The engine behind a custom model, which wants a key."""
    async with running_fake(key=KEY, model="far") as fake:
        yield fake


@pytest.fixture(scope="module")
def server(preset: Fake, mine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a preset that works and one that is off, which may go to the custom engine."""
    settings = {
        "log_level": "debug",
        "default_model_name": "fake",
        "outside": {"allow": [mine.base_url.removeprefix("http://")]},
        "endpoints": [
            endpoint(preset, name="Near"),
            {"name": "CodeGeeX 4", "models": ["codegeex4-all-9b"], "enabled": False},
        ],
    }
    with serving(tmp_path_factory.mktemp("conversations"), config=settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it; what it chose is forgotten."""
    async with server.async_client() as client:
        yield client
        await client.delete("/api/own-endpoint")
        await client.patch("/api/settings", json={"default_model": None, "params": None})


def custom(mine: Fake, **fields: Any) -> dict[str, Any]:
    """Return the body that makes the custom engine the caller's model."""
    return {
        "model_type": "custom",
        "custom_api_url": f"{mine.base_url}/v1",
        "custom_model": "far",
        "custom_api_key": KEY,
        **fields,
    }


async def asked(fake: Fake) -> dict[str, Any]:
    """Return the body of the newest request that is not for a title."""
    bodies: list[dict[str, Any]] = [one["body"] for one in await fake.requests()]
    return [body for body in bodies if body["messages"][-1]["content"] == THREE][-1]


def events(text: str) -> list[dict[str, Any]]:
    """Return the events of a stream as a plain client reads them: lines that begin with `data: `."""
    lines = [line for line in text.split("\n") if line and not line.startswith(":")]
    assert all(line.startswith("data: ") for line in lines), text
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_a_conversation_is_begun_held_listed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post("/conversations")
    assert (made.status_code, set(made.json())) == (200, {"session_id", "message"})
    session = made.json()["session_id"]
    said = await client.post("/chat", json={"session_id": session, "message": THREE})
    assert said.json() == {
        "session_id": session, "user_message": THREE, "assistant_reply": "tok00 tok01 tok02 ",
    }  # fmt: skip
    await client.post("/chat", json={"session_id": session, "message": "and [[fake tokens=1]]"})
    history = (await client.get(f"/conversations/{session}/history")).json()
    assert history == {
        "session_id": session,
        "messages": [
            {"role": "user", "content": THREE},
            {"role": "assistant", "content": "tok00 tok01 tok02 "},
            {"role": "user", "content": "and [[fake tokens=1]]"},
            {"role": "assistant", "content": "tok00 "},
        ],
    }
    (line,) = [
        one
        for one in (await client.get("/conversations")).json()["conversations"]
        if one["session_id"] == session
    ]
    assert set(line) == {"session_id", "title", "created_at", "updated_at", "message_count"}
    assert line["message_count"] == 4
    assert (await client.delete(f"/conversations/{session}")).status_code == 200
    for answer in (
        await client.get(f"/conversations/{session}/history"),
        await client.delete(f"/conversations/{session}"),
        await client.post("/chat", json={"session_id": session, "message": "hi"}),
    ):
        assert answer.status_code == 404
        assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == (
            "not_found",
            "session_id",
        )


async def test_a_conversation_is_a_chat_and_a_chat_is_a_conversation(client: httpx.AsyncClient) -> None:
    said = await client.post("/chat", json={"message": THREE})
    session = said.json()["session_id"]
    assert said.headers["x-session-id"] == session
    chat = (await client.get(f"/api/chats/{session}")).json()
    assert [one["content"] for one in chat["messages"]] == [THREE, "tok00 tok01 tok02 "]
    made = (await client.post("/api/chats/", json={"title": "From the page", "model": "fake"})).json()["id"]
    await client.post("/api/chat/completion", json={"chat_id": made, "content": THREE})
    lines = (await client.get("/conversations")).json()["conversations"]
    assert [(one["session_id"], one["title"]) for one in lines][:1] == [(made, "From the page")]
    history = (await client.get(f"/conversations/{made}/history")).json()["messages"]
    assert [one["role"] for one in history] == ["user", "assistant"]


async def test_a_stream_is_chunks_and_done(client: httpx.AsyncClient) -> None:
    body = {"message": THREE, "stream": True, "temperature": 0.5, "max_tokens": 9}
    answer = await client.post("/chat", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    read = events(answer.text)
    assert "".join(one["chunk"] for one in read[:-1]) == "tok00 tok01 tok02 "
    assert all(set(one) == {"chunk"} for one in read[:-1])
    assert read[-1] == {"done": True}
    session = answer.headers["x-session-id"]
    assert len((await client.get(f"/conversations/{session}/history")).json()["messages"]) == 2


async def test_an_error_is_an_event_and_whole_a_status(client: httpx.AsyncClient) -> None:
    message = "hi [[fake tokens=3 error_after=2]]"
    read = events((await client.post("/chat", json={"message": message, "stream": True})).text)
    assert "tok00" in read[0]["chunk"]
    assert set(read[-1]) == {"error"}
    assert isinstance(read[-1]["error"], str)
    whole = await client.post("/chat", json={"message": "hi [[fake status=400]]"})
    assert (whole.status_code, whole.json()["error"]["code"]) == (400, "engine_rejected")


@pytest.mark.parametrize(
    ("body", "param", "status"),
    [
        ({}, "message", 400),
        ({"message": ""}, "message", 400),
        ({"message": "hi", "temperature": 2.1}, "temperature", 400),
        ({"message": "hi", "max_tokens": 0}, "max_tokens", 400),
        ({"message": "hi", "session_id": "x" * 65}, "session_id", 413),
        ({"message": "hi", "stream": "later"}, "stream", 400),
        ({"message": "hi", "sesion_id": "a"}, "sesion_id", 400),
        ({"message": "a\u0000b"}, "message", 400),
    ],
)
async def test_what_is_wrong_names_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], param: str, status: int
) -> None:
    answer = await client.post("/chat", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


async def test_without_accounts_any_user_id_is_the_one_user(client: httpx.AsyncClient) -> None:
    session = (await client.post("/conversations", json={"user_id": "ann"})).json()["session_id"]
    listed = (await client.get("/conversations", params={"user_id": "bob"})).json()["conversations"]
    assert session in {one["session_id"] for one in listed}
    assert (await client.get("/api/config", params={"user_id": "x" * 129})).status_code == 413


async def test_with_accounts_a_user_id_is_the_callers_own(mine: Fake, tmp_path: Path) -> None:
    """Covers Open WebUI CVE-2026-45349, LibreChat CVE-2026-31950."""
    allowed = {"outside": {"allow": [mine.base_url.removeprefix("http://")]}}
    settings = {"auth": "on", "accounts": {"sign_up": "open"}, **allowed}
    with serving(tmp_path, config=settings) as guarded:
        async with guarded.async_client() as ann, guarded.async_client() as bob:
            assert (await ann.get("/conversations")).status_code == 401
            assert (await ann.post("/chat", json={"message": "hi"})).status_code == 401
            hers = await entered(ann, "setup", "ann")
            his = await entered(bob, "signup", "bob")
            assert (await ann.post("/api/config", json=custom(mine, user_id=hers))).status_code == 200
            said = await ann.post("/chat", json={"user_id": hers, "message": THREE})
            session = said.json()["session_id"]
            for answer in (
                await bob.post("/chat", json={"user_id": hers, "message": THREE}),
                await bob.post("/conversations", json={"user_id": hers}),
                await bob.get("/conversations", params={"user_id": hers}),
                await bob.get(f"/conversations/{session}/history", params={"user_id": hers}),
                await bob.get("/api/config", params={"user_id": hers}),
                await bob.post("/api/config", json={"user_id": hers, "max_tokens": 1}),
            ):
                assert answer.status_code == 403
                assert answer.json()["error"]["param"] == "user_id"
            for answer in (
                await bob.get(f"/conversations/{session}/history", params={"user_id": his}),
                await bob.delete(f"/conversations/{session}"),
                await bob.post("/chat", json={"session_id": session, "message": "hi"}),
            ):
                assert answer.status_code == 404
            assert (await bob.get("/conversations")).json() == {"conversations": []}
            # nor is there a model of somebody else's for him
            assert (await bob.get("/api/config")).json()["current_model_type"] == "default"
            assert "own/far" not in (await bob.get("/api/models")).text
            assert (await bob.post("/api/config", json={"model_type": "own/far"})).status_code == 400
            asked = {"model": "own/far", "stream": False, **_said()}
            assert (await bob.post("/api/chat/completion", json=asked)).status_code == 404


async def entered(client: httpx.AsyncClient, how: str, name: str) -> str:
    """Make an account, log in with it and return its id."""
    body = {"name": name, "email": f"{name}@example.org", "password": f"correct horse {name} staple"}
    made = await client.post(f"/api/auth/{how}", json=body)
    assert made.status_code == 201, made.text
    pair = await client.post("/api/auth/token", json={"name": name, "password": body["password"]})
    client.headers["authorization"] = f"Bearer {pair.json()['access_token']}"
    client.cookies.clear()
    identity: str = made.json()["id"]
    return identity


async def test_the_configuration_field_by_field(client: httpx.AsyncClient, preset: Fake) -> None:
    before = (await client.get("/api/config", params={"user_id": "ann"})).json()
    assert before == {
        "llm_api_url": f"{preset.base_url}/v1",
        "llm_model": "fake",
        "llm_api_key": "",
        "preset_models": {
            "fake": {"name": "Near", "model": "fake", "available": True},
            "codegeex4-all-9b": {"name": "CodeGeeX 4", "model": "codegeex4-all-9b", "available": False},
        },
        "current_model_type": "default",
        "max_tokens": None,
    }
    body = {"user_id": "ann", "model_type": "fake", "max_tokens": 2}
    changed = (await client.post("/api/config", json=body)).json()
    assert (changed["current_model_type"], changed["max_tokens"]) == ("fake", 2)
    body = {"model_type": "stellar-demo", "custom_api_url": "", "custom_model": "", "custom_api_key": ""}
    local = (await client.post("/api/config", json=body)).json()
    assert (local["llm_api_url"], local["max_tokens"]) == ("", 2)
    assert local["current_model_type"] == local["llm_model"]
    back = (await client.post("/api/config", json={"model_type": "default", "max_tokens": None})).json()
    assert back == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model_type": "custom"}, "model_type"),
        ({"model_type": "codegeex4-all-9b"}, "model_type"),
        ({"model_type": "nothing"}, "model_type"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"custom_model": "far"}, "custom_api_url"),
        ({"custom_api_url": "https://example.com/v1"}, "custom_model"),
        ({"custom_api_url": "https://example.com/v1", "custom_model": "m", "custom_api_key": "a b"},
         "custom_api_key"),
    ],
)  # fmt: skip
async def test_a_configuration_that_cannot_be_names_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], param: str
) -> None:
    answer = await client.post("/api/config", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert (await client.get("/api/own-endpoint")).json() == {"endpoint": None}


async def test_max_tokens_of_the_configuration_bound_every_answer(
    client: httpx.AsyncClient, preset: Fake
) -> None:
    await client.post("/api/config", json={"max_tokens": 7})
    session = (await client.post("/conversations")).json()["session_id"]
    for said, expected in (({}, 7), ({"max_tokens": 5}, 5)):
        await client.post("/chat", json={"session_id": session, "message": THREE, **said})
        assert (await asked(preset))["max_tokens"] == expected
    await client.post("/api/config", json={"max_tokens": 3})
    await client.post("/chat", json={"session_id": session, "message": THREE})
    assert (await asked(preset))["max_tokens"] == 3


async def test_a_custom_model_answers_is_listed_and_goes(
    client: httpx.AsyncClient, mine: Fake, server: Server
) -> None:
    chosen = await client.post("/api/config", json=custom(mine))
    assert chosen.status_code == 200, chosen.text
    shown = chosen.json()
    assert (shown["llm_api_url"], shown["llm_model"]) == (f"{mine.base_url}/v1", "far")
    assert (shown["llm_api_key"], shown["current_model_type"]) == ("********", "custom")
    said = (await client.post("/chat", json={"message": THREE})).json()
    assert said["assistant_reply"] == "tok00 tok01 tok02 "
    assert (await asked(mine))["model"] == "far"
    listed = {one["id"]: one for one in (await client.get("/api/models")).json()["data"]}
    assert (listed["own/far"]["own"], listed["own/far"]["default"]) == (True, True)
    assert "own/far" in {one["id"] for one in (await client.get("/api/chat/models")).json()["data"]}
    counted = await client.post("/api/chat/context", json={"model": "own/far", "content": "hi"})
    assert counted.status_code == 200
    # programs of that person have it too
    assert "own/far" in {one["id"] for one in (await client.get("/v1/models")).json()["data"]}
    body = {"model": "own/far", "messages": [{"role": "user", "content": THREE}]}
    answer = (await client.post("/v1/chat/completions", json=body)).json()
    assert answer["choices"][0]["message"]["content"] == "tok00 tok01 tok02 "
    # sent back as it was shown, it keeps its key; to another server the key does not go
    again = await client.post("/api/config", json=custom(mine, custom_api_key=shown["llm_api_key"]))
    assert again.json()["llm_api_key"] == "********"
    moved = custom(mine, custom_api_url="https://93.184.216.34/v1", custom_api_key=None)
    refused = await client.post("/api/config", json=moved)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "custom_api_key")
    assert (await client.delete("/api/own-endpoint")).status_code == 204
    after = (await client.get("/api/config")).json()
    assert (after["current_model_type"], after["llm_model"]) == ("default", "fake")
    gone = await client.post("/api/chat/completion", json={"model": "own/far", "stream": False, **_said()})
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "model_not_found")


async def test_the_own_endpoint_of_the_page(client: httpx.AsyncClient, mine: Fake) -> None:
    url = f"{mine.base_url}/v1"
    tried = (await client.post("/api/own-endpoint/test", json={"base_url": url, "api_key": KEY})).json()
    assert (tried["reachable"], tried["models"], tried["error"]) == (True, ["far"], None)
    body = {"base_url": f"{url}/", "model": "far", "api_key": KEY}
    kept = (await client.put("/api/own-endpoint", json=body)).json()
    assert kept["endpoint"] == {
        "id": "own/far", "base_url": url, "model": "far", "has_key": True,
        "host": mine.base_url.removeprefix("http://"),
    }  # fmt: skip
    assert (await client.get("/api/own-endpoint")).json() == kept
    assert (await client.get("/api/config")).json()["current_model_type"] == "default"
    # the key that is stored is used for a try of that server, and of no other
    assert (await client.post("/api/own-endpoint/test", json={"base_url": url})).json()["reachable"]
    other = {"base_url": "https://93.184.216.34/v1"}
    assert (await client.post("/api/own-endpoint/test", json=other)).json()["error"]["param"] == "api_key"
    # renamed, it stays the chosen one
    await client.patch("/api/settings", json={"default_model": "own/far"})
    await client.put("/api/own-endpoint", json={"base_url": url, "model": "further"})
    assert (await client.get("/api/config")).json()["current_model_type"] == "custom"


async def test_the_key_is_nowhere(client: httpx.AsyncClient, mine: Fake, server: Server) -> None:
    """Covers LiteLLM CVE-2024-9606, 2026-42208, AnythingLLM CVE-2026-24477, LibreChat CVE-2025-66450."""
    answers = [await client.post("/api/config", json=custom(mine))]
    answers.append(await client.post("/chat", json={"message": THREE, "stream": True}))
    answers.append(await client.post("/chat", json={"message": "hi [[fake status=400]]"}))
    answers.append(await client.post("/api/config", json=custom(mine, custom_api_key=[KEY])))
    for path in ("/api/config", "/api/own-endpoint", "/api/models", "/api/settings", "/metrics"):
        answers.append(await client.get(path))
    answers.append(await client.get("/api/chats/export", params={"format": "json"}))
    for answer in answers:
        assert KEY not in answer.text, answer.request.url
    assert "own/far" not in answers[-2].text  # what a person calls their model is no measurement
    assert KEY not in server.log()
    for file in _files(server.data_dir):
        assert KEY.encode() not in file.read_bytes(), file


def _said() -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "hi"}]}


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]
