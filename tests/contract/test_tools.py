"""Tool servers over `/api/tools`: added, tried, looked at, decided on, removed."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests import tool_server
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "canary-77aa1b"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tools"), config={"log_level": "debug"}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client; what it adds is removed."""
    async with server.async_client() as client:
        yield client
        for one in (await client.get("/api/tools/servers")).json()["data"]:
            await client.delete(f"/api/tools/servers/{one['id']}")


async def added(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/tools/servers", json={**tool_server.program(KEY=SECRET), **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_server_from_its_beginning_to_its_end(client: httpx.AsyncClient, server: Server) -> None:
    one = await added(client)
    assert (one["label"], one["state"], one["secret_names"]) == ("test_tools", "idle", ["KEY", "PYTHONPATH"])
    path = f"/api/tools/servers/{one['id']}"
    tested = (await client.post(f"{path}/test")).json()
    assert tested["reachable"], tested
    assert tested["took_ms"] > 0
    tools = {tool["name"]: tool for tool in (await client.get(f"{path}/tools")).json()["data"]}
    assert tools["add"]["schema"]["required"] == ["a", "b"]
    assert tools["add"]["policy"] == "ask"
    decided = await client.put(f"{path}/policies", json={"policies": {"add": "always", "dies": "never"}})
    assert decided.status_code == 200, decided.text
    tools = {tool["name"]: tool for tool in (await client.get(f"{path}/tools")).json()["data"]}
    assert [tools[name]["policy"] for name in ("add", "dies", "fails")] == ["always", "never", "ask"]
    assert (await client.put(f"{path}/policies", json={"policies": {"add": None}})).status_code == 200
    resources = (await client.get(f"{path}/resources")).json()["data"]
    assert {one["uri"] for one in resources} == {"note://today", "pixel://one"}
    read = await client.post(f"{path}/resources/read", json={"uri": "note://today"})
    assert read.json()["data"][0]["text"].startswith("# Today")
    (prompt,) = (await client.get(f"{path}/prompts")).json()["data"]
    assert [(one["name"], one["required"]) for one in prompt["arguments"]] == [
        ("text", True),
        ("tone", False),
    ]
    wanted = {"name": "sum_up", "arguments": {"text": "x", "tone": "dry"}}
    written = await client.post(f"{path}/prompts", json=wanted)
    assert written.json() == {"text": "Sum this up in a dry tone: x"}
    (offer,) = (await client.get("/api/tools")).json()["data"]
    assert (offer["name"], offer["label"], offer["state"]) == ("Test Tools", "test_tools", "connected")
    assert "command" not in offer
    assert (await client.get(f"{path}/logs")).json()["lines"][-1].startswith("connected to Test Tools")
    changed = await client.patch(path, json={"name": "Mine", "enabled": False, "timeout_seconds": 5})
    assert (changed.json()["name"], changed.json()["timeout_seconds"]) == ("Mine", 5)
    assert (await client.get("/api/tools")).json()["data"] == []
    assert (await client.get(f"{path}/tools")).status_code == 404
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404
    assert SECRET not in server.log()
    kept = [file for file in server.data_dir.rglob("*") if file.is_file()]
    assert [file.name for file in kept if SECRET.encode() in file.read_bytes()] == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"transport": "stdio"}, None),
        ({"transport": "http"}, None),
        ({"transport": "carrier pigeon", "url": "https://example.com"}, "transport"),
        ({"transport": "stdio", "command": "a"}, "approved"),
        ({"transport": "stdio", "command": "sh", "approved": True}, "command"),
        ({"transport": "stdio", "command": "a", "approved": True, "env": {"LD_PRELOAD": SECRET}}, "env"),
        ({"transport": "http", "url": "http://127.0.0.1/mcp"}, "url"),
        ({"transport": "http", "url": "ftp://example.com"}, "url"),
        ({"transport": "http", "url": "https://user:pass@example.com/mcp"}, "url"),
        ({"transport": "http", "url": "https://e.com", "headers": {"Host": SECRET}}, "headers"),
        ({"transport": "http", "url": "https://e.com", "headers": {"X": f"{SECRET}\r\nY: z"}}, "headers"),
        ({"transport": "http", "url": "https://e.com", "policy": "always"}, "policy"),
        ({"transport": "http", "url": "https://e.com", "timeout_seconds": 0}, "timeout_seconds"),
        ({"transport": "http", "url": "https://e.com", "name": "  "}, "name"),
        ({"transport": "http", "url": "https://e.com", "nmae": "x"}, "nmae"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], param: str | None
) -> None:
    """SECURITY: SSRF, LD_PRELOAD, secrets."""
    answer = await client.post("/api/tools/servers", json={"name": "a", **body})
    assert answer.status_code == 400, answer.text
    assert SECRET not in answer.text
    if param:
        assert answer.json()["error"]["param"] == param
    assert (await client.get("/api/tools/servers")).json()["data"] == []


async def test_a_server_that_cannot_be_started_says_why(client: httpx.AsyncClient) -> None:
    one = await added(client, command="/nowhere/at-all", args=[], env={})
    path = f"/api/tools/servers/{one['id']}"
    tested = (await client.post(f"{path}/test")).json()
    assert not tested["reachable"]
    assert "No such file" in tested["error"]["detail"]
    refused = await client.get(f"{path}/tools")
    assert refused.status_code == 503
    (shown,) = (await client.get("/api/tools/servers")).json()["data"]
    assert (shown["state"], shown["error"]["code"]) == ("failed", "launch_failed")
