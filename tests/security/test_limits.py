"""What the configuration says one request may ask for holds at every door, larger or smaller than ours.

`messages`, `tools` and the like are smaller here than they usually are, `stop_sequences` larger.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.fake_engine import Fake
from tests.security.test_exhaustion import HI, formatted, nested, tool
from tests.server import Server, endpoint, serving

BODY, FILE = 20_000, 2048
STOPS = 20
CONFIG = {
    "limits": {
        "body_bytes": BODY,
        "import_bytes": BODY,
        "messages": 3,
        "choices": 2,
        "stop_sequences": STOPS,
        "tools": 2,
        "schema_depth": 4,
        "max_tokens": 50,
    },
    "files": {"file_bytes": FILE},
}


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = {**CONFIG, "endpoints": [endpoint(engine, models=("fake", "other"))]}
    with serving(tmp_path_factory.mktemp("limits"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def chat(server: Server) -> str:
    with server.client() as client:
        made: str = client.post("/api/chats/", json={"title": "bounded"}).json()["id"]
        return made


@pytest.fixture(scope="module")
def live(server: Server) -> Iterator[ClientConnection]:
    with connect(server.websocket_url, proxy=None, ping_interval=None) as connection:
        connection.recv(timeout=10)
        yield connection


# what is at the limit, and one more; the field that is named
SAMPLING: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("max_tokens", {"max_tokens": 50}, {"max_tokens": 51}),
    ("stop", {"stop": ["a"] * STOPS}, {"stop": ["a"] * (STOPS + 1)}),
    ("tools", {"tools": [tool({})] * 2}, {"tools": [tool({})] * 3}),
    ("response_format", {}, formatted(nested(8))),
]
SAYS = {"model": "fake", "content": "hi [[fake tokens=1]]"}
ASKS = {"model": "fake", "messages": HI}
NAMED = {"model_name": "fake", "messages": HI}


@pytest.mark.parametrize(("name", "within", "over"), SAMPLING, ids=[name for name, *_ in SAMPLING])
def test_parameters_are_held_to_the_configuration(
    client: httpx.Client, live: ClientConnection, chat: str, name: str, within: Any, over: Any
) -> None:
    persona = client.post("/api/personas", json={"name": f"of {name}"}).json()["id"]
    in_params = {"model": "fake", "content": "hi"}
    doors: list[tuple[str, str, dict[str, Any], str]] = [
        ("POST", "/api/chat/completion", ASKS, ""),
        ("POST", "/api/chat/completion", {**SAYS, "chat_id": chat}, ""),
        ("POST", "/api/chat/completion", {**in_params, "chat_id": chat}, "params"),
        ("POST", "/api/comparisons", {"models": ["fake", "other"], "content": "hi"}, "params"),
        ("POST", "/api/v1/llm/chat", NAMED, ""),
        ("POST", "/api/v1/llm/generate", {"model_name": "fake", "prompt": "hi"}, ""),
        ("POST", "/api/chats/", {}, "params"),
        ("PUT", f"/api/chats/{chat}", {}, "params"),
        ("POST", "/api/personas", {"name": "of nobody"}, "params"),
        ("PATCH", f"/api/personas/{persona}", {}, "params"),
        ("PATCH", "/api/settings", {}, "params"),
    ]
    if name == "max_tokens":
        doors += [
            ("POST", "/chat", {"message": "hi"}, ""),
            ("POST", "/api/config", {}, ""),
            ("POST", "/api/chats/", {}, ""),
            ("POST", "/v1/messages", ASKS, ""),
        ]
    for method, path, body, where in doors:
        refused = client.request(method, path, json={**body, **({where: over} if where else over)})
        assert refused.status_code == 413, (path, refused.text)
        param = refused.json()["error"]["param"]
        assert param.removeprefix("params.").split("[")[0].split(".")[0] == name, (path, param)
        assert param.startswith("params.") == bool(where)
    refused = client.patch("/api/settings", json={"model_params": {"fake": over}})
    assert refused.json()["error"]["param"].startswith(f"model_params.fake.{name}")
    frame = {"type": "chat", "request_id": "r", "chat_id": chat, **SAYS, **over}
    live.send(json.dumps(frame))
    told = json.loads(live.recv(timeout=10))
    assert (told["type"], told["code"], told["param"].split("[")[0]) == ("error", "payload_too_large", name)

    # what the configuration allows is taken, where ours would say no as well
    for method, path, body, where in (*doors[5:7], *doors[9:11]):
        answer = client.request(method, path, json={**body, **({where: within} if where else within)})
        assert answer.is_success, (path, answer.text)
    assert client.patch("/api/settings", json={"params": None}).is_success


def test_messages_and_bodies_are_held_to_it(client: httpx.Client, live: ClientConnection, chat: str) -> None:
    for path, body in (("/api/chat/completion", ASKS), ("/api/v1/llm/chat", NAMED)):
        refused = client.post(path, json={**body, "messages": HI * 4})
        assert (refused.status_code, refused.json()["error"]["param"]) == (413, "messages"), path
        assert client.post(path, json={**body, "messages": HI * 3}).status_code == 200
    structured = {**NAMED, "messages": HI * 4, "schema": {"a": "string"}}
    refused = client.post("/api/v1/llm/structured-generate", json=structured)
    assert (refused.status_code, refused.json()["error"]["param"]) == (413, "messages")
    long = {**SAYS, "chat_id": chat, "content": "a" * BODY}
    for path in ("/api/chat/completion", f"/api/chats/{chat}/messages", "/api/comparisons", "/chat"):
        refused = client.post(path, json=long)
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large"), path
    live.send(json.dumps({"type": "chat", **long}))
    assert json.loads(live.recv(timeout=10))["code"] == "payload_too_large"
    live.send(json.dumps({"type": "ping", "request_id": "still here"}))
    assert json.loads(live.recv(timeout=10)) == {"type": "pong", "request_id": "still here"}


def test_attachments_are_held_to_it(client: httpx.Client) -> None:
    for size, status in ((FILE, 201), (FILE + 1, 413)):
        answer = client.post("/api/files", files={"file": ("a.txt", b"a" * size, "text/plain")})
        assert answer.status_code == status, answer.text
    imported = client.post(
        "/api/chats/import",
        content=b" " * (BODY + 1),
        headers={"content-type": "application/json"},
    )
    assert imported.status_code == 413
