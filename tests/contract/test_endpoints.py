"""Endpoints over `/api/v1`: added, talked to, changed, tried, removed; their key is nowhere to be found."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fake_engine import Fake, running_fake
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "sk-canary-8e1d77"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "hi [[fake tokens=2]]"}]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    """A fake engine that wants a key."""
    async with running_fake(key=KEY, model="far") as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may go to the fake engine, with one preset that is off."""
    settings = {
        "log_level": "debug",
        "outside": {"allow": [engine.base_url.removeprefix("http://")]},
        "endpoints": [{"name": "CodeGeeX 4", "models": ["codegeex4-all-9b"], "enabled": False}],
    }
    with serving(tmp_path_factory.mktemp("endpoints"), config=settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it; what it adds is removed."""
    async with server.async_client() as client:
        yield client
        for one in (await client.get("/api/v1/endpoints")).json()["data"]:
            if one["source"] == "user":
                await client.delete(f"/api/v1/endpoints/{one['id']}")


async def added(client: httpx.AsyncClient, engine: Fake, **fields: Any) -> dict[str, Any]:
    """Add the fake as an endpoint."""
    body = {"name": "Cloud", "base_url": f"{engine.base_url}/v1", "api_key": KEY, **fields}
    answer = await client.post("/api/v1/endpoints", json=body)
    assert answer.status_code == 200, answer.text
    assert KEY not in answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def models(client: httpx.AsyncClient) -> set[str]:
    """Return the remote models there are."""
    listed = (await client.get("/api/models")).json()["data"]
    return {one["id"] for one in listed if one["state"] == "remote"}


async def test_an_endpoint_from_its_beginning_to_its_end(
    client: httpx.AsyncClient, engine: Fake, server: Server
) -> None:
    one = await added(client, engine)
    assert one["has_key"]
    assert (one["source"], one["models"], one["served"]) == ("user", [], ["far"])
    assert await models(client) == {"far"}
    assert "far" in {model["id"] for model in (await client.get("/v1/models")).json()["data"]}
    assert (await client.post("/v1/chat/completions", json={"model": "far", **CHAT})).status_code == 200
    path = f"/api/v1/endpoints/{one['id']}"
    changed = await client.patch(path, json={"models": ["fake-a", "fake-b"], "name": "Other"})
    assert changed.json()["data"]["served"] == ["fake-a", "fake-b"]
    assert changed.json()["data"]["has_key"]
    assert await models(client) == {"fake-a", "fake-b"}
    assert (await client.post("/v1/chat/completions", json={"model": "fake-a", **CHAT})).status_code == 200
    assert (await client.patch(path, json={"enabled": False})).json()["data"]["enabled"] is False
    assert await models(client) == set()
    assert (await client.patch(path, json={"enabled": True, "api_key": ""})).json()["data"][
        "has_key"
    ] is False
    keyless = await client.post("/v1/chat/completions", json={"model": "fake-a", **CHAT})
    assert keyless.status_code >= 400
    assert (await client.delete(path)).status_code == 200
    assert (await client.delete(path)).status_code == 404
    assert await models(client) == set()
    gone = await client.post("/v1/chat/completions", json={"model": "fake-a", **CHAT})
    assert gone.json()["error"]["code"] == "model_not_found"


async def test_endpoints_are_tried(client: httpx.AsyncClient, engine: Fake) -> None:
    async def tried(**body: Any) -> httpx.Response:
        return await client.post("/api/v1/endpoints/test", json=body)

    found = (await tried(base_url=f"{engine.base_url}/v1", api_key=KEY)).json()["data"]
    assert (found["reachable"], found["models"], found["error"]) == (True, ["far"], None)
    assert found["took_ms"] > 0
    one = await added(client, engine)
    assert (await tried(id=one["id"])).json()["data"]["models"] == ["far"]
    wrong = (await tried(base_url=f"{engine.base_url}/nothing")).json()["data"]
    assert not wrong["reachable"]
    assert wrong["error"]["remedy"]
    for body in (
        {},
        {"id": one["id"], "base_url": "https://example.com/v1"},
        {"id": one["id"], "api_key": "x"},
    ):
        assert (await tried(**body)).status_code == 400
    assert (await tried(id="nothing")).status_code == 404


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://169.254.169.254/v1", "http://[::1]/v1"])
async def test_addresses_of_the_own_network_are_refused(client: httpx.AsyncClient, url: str) -> None:
    for path, body in (("", {"name": "a", "base_url": url}), ("/test", {"base_url": url})):
        answer = await client.post(f"/api/v1/endpoints{path}", json=body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["code"], error["param"]) == ("address_refused", "base_url")
        assert "outside.allow" in error["remedy"]


async def test_names_that_are_taken_and_presets(client: httpx.AsyncClient, engine: Fake) -> None:
    await added(client, engine, models=["m"])
    url = f"{engine.base_url}/v1"
    for body, param in (
        ({"name": "Cloud"}, "name"),
        ({"name": "CodeGeeX 4"}, "name"),
        ({"name": "b", "models": ["m"]}, "models"),
        ({"name": "b", "models": ["stellar-demo"]}, "models"),
    ):
        answer = await client.post("/api/v1/endpoints", json={"base_url": url, **body})
        assert answer.status_code == 409
        assert answer.json()["error"]["param"] == param
    (preset, _) = (await client.get("/api/v1/endpoints")).json()["data"]
    assert (preset["source"], preset["enabled"], preset["base_url"]) == ("config", False, "")
    for method in ("PATCH", "DELETE"):
        json = {"enabled": True} if method == "PATCH" else None
        assert (
            await client.request(method, f"/api/v1/endpoints/{preset['id']}", json=json)
        ).status_code == 409


async def test_what_is_wrong_is_named_and_never_repeats_the_key(client: httpx.AsyncClient) -> None:
    good = {"name": "a", "base_url": "https://example.com/v1", "enabled": False}
    for body, param in (
        ({**good, "api_key": f"{KEY}\r\nX: y"}, None),
        ({**good, "api_key": [KEY]}, "api_key"),
        ({**good, "key": KEY}, "key"),
        ({"name": "a", "api_key": KEY}, "base_url"),
        ({**good, "name": "  ", "api_key": KEY}, "name"),
    ):
        answer = await client.post("/api/v1/endpoints", json=body)
        assert answer.status_code == 400, answer.text
        assert KEY not in answer.text
        if param:
            assert answer.json()["error"]["param"] == param


async def test_the_key_is_in_no_file_and_no_line_of_the_log(
    client: httpx.AsyncClient, engine: Fake, server: Server
) -> None:
    await added(client, engine)
    assert (await client.post("/v1/chat/completions", json={"model": "far", **CHAT})).status_code == 200
    refused = {"model": "far", "messages": [{"role": "user", "content": "[[fake status=401]]"}]}
    assert KEY not in (await client.post("/v1/chat/completions", json=refused)).text
    assert KEY not in (await client.get("/api/v1/endpoints")).text
    assert KEY not in server.log()
    kept = [file for file in server.data_dir.rglob("*") if file.is_file()]
    assert [file.name for file in kept if KEY.encode() in file.read_bytes()] == []
    (seal,) = [file for file in kept if file.name == "endpoints.key"]
    assert seal.stat().st_mode & 0o777 == 0o600
