"""Calls of tools as clients see them: frames, approvals over HTTP and the socket, other tabs, Continue."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from stellarchat.api.frame_schemas import GenerationFrame
from tests import tool_server
from tests.fake_engine import Fake, running_fake
from tests.fake_engine.script import rounds
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALL = [("test_tools__add", {"a": 1, "b": 2})]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Fake]:
    async with running_fake() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = {"endpoints": [endpoint(engine)], "default_model_name": "fake"}
    with serving(tmp_path_factory.mktemp("calls"), config=config) as running:
        with running.client() as client:
            added = client.post("/api/tools/servers", json=tool_server.program())
            assert added.status_code == 201, added.text
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.async_client() as client:
        yield client


async def new_chat(client: httpx.AsyncClient) -> str:
    params = {"tools": [{"type": "mcp", "server_label": "test_tools"}]}
    answer = await client.post("/api/chats/", json={"model": "fake", "params": params})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def frames_of(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            frame = json.loads(line[6:])
            GenerationFrame.model_validate(frame)
            yield frame


def said(*calls: list[tuple[str, Any]]) -> str:
    return f"hi [[fake tokens=2]] {rounds(*calls)}"


async def test_a_call_is_followed_approved_and_ended_over_http(client: httpx.AsyncClient) -> None:
    chat_id = await new_chat(client)
    body = {"chat_id": chat_id, "content": said(CALL, CALL), "stream": True}
    seen: list[dict[str, Any]] = []
    async with client.stream("POST", "/api/chat/completion", json=body) as answer:
        async for frame in frames_of(answer):
            seen.append(frame)
            if frame["type"] == "tool_update" and frame["state"] == "waiting":
                path = f"/api/generations/{frame['generation_id']}/approvals"
                decision = {"call_id": frame["id"], "verdict": "always"}
                shown = (await client.get(f"/api/chats/{chat_id}")).json()
                assert (shown["live"], shown["waiting"]) == ([frame["generation_id"]], True)
                assert (await client.post(path, json={"decisions": [decision]})).status_code == 204
                late = await client.post(path, json={"decisions": [decision]})
                assert late.status_code in (404, 409)
    kinds = [frame["type"] for frame in seen]
    assert kinds[-1] == "message_stop"
    updates = [frame for frame in seen if frame["type"] == "tool_update"]
    assert [one["state"] for one in updates] == ["waiting", "running", "done", "running", "done"]
    assert [one["round"] for one in updates] == [0, 0, 0, 1, 1]
    assert updates[2]["outputs"] == [{"kind": "text", "text": "3"}]
    phases = [frame["phase"] for frame in seen if frame["type"] == "status"]
    assert "approval" in phases
    starts = [frame for frame in seen if frame["type"] == "content_block_start"]
    assert [one["content_block"]["type"] for one in starts] == ["tool_use", "tool_use", "text"]
    assert [one["index"] for one in starts] == [0, 1, 2]
    listed = (await client.get(f"/api/chats/{chat_id}/messages")).json()
    message = listed["data"][-1] if "data" in listed else listed["messages"][-1]
    assert [part["type"] for part in message["parts"]] == ["tool_use", "tool_use", "text"]
    assert message["parts"][0]["state"] == "done"
    assert message["usage"]["completion_tokens"] == 2


async def test_another_tab_decides_over_its_socket(client: httpx.AsyncClient, server: Server) -> None:
    chat_id = await new_chat(client)
    async with (
        connect(server.websocket_url) as first,
        connect(server.websocket_url) as second,
    ):

        async def until(socket: Any, kind: str, **fields: Any) -> dict[str, Any]:
            while True:
                frame: dict[str, Any] = json.loads(await socket.recv())
                if frame["type"] == kind and fields.items() <= frame.items():
                    return frame

        await second.send(json.dumps({"type": "subscribe", "topics": ["chats"]}))
        await second.send(json.dumps({"type": "ping"}))
        await until(second, "pong")
        two = [*CALL, *CALL]
        await first.send(json.dumps({"type": "chat", "chat_id": chat_id, "content": said(two)}))
        asked = await until(first, "tool_update", state="waiting")
        generation_id = asked["generation_id"]
        waits = await until(second, "reply_changed", state="waiting")
        assert (waits["chat_id"], waits["generation"]) == (chat_id, generation_id)
        await second.send(json.dumps({"type": "resume", "generation_id": generation_id}))
        one = await until(second, "tool_update", state="waiting")
        other = await until(second, "tool_update", state="waiting")
        approve = {"type": "approve", "generation_id": generation_id, "call_id": one["id"]}
        deny = {"type": "deny", "generation_id": generation_id, "call_id": other["id"], "reason": "no"}
        for frame in (approve, deny):
            await second.send(json.dumps(frame))
        assert (await until(first, "tool_update", state="denied"))["note"] == "no"
        await until(first, "message_stop")
        ended = await until(second, "reply_changed", state="ended")
        assert ended["status"] == "complete"
        await second.send(json.dumps({**approve, "request_id": "again"}))
        error = await until(second, "error", request_id="again")
        assert error["code"] == "conflict"
        await second.send(json.dumps({"type": "approve", "generation_id": generation_id}))
        assert (await until(second, "error"))["param"] == "call_id"


async def test_what_is_wrong_with_a_decision_is_named(client: httpx.AsyncClient) -> None:
    path = "/api/generations/nothing/approvals"
    good = {"call_id": "a", "verdict": "once"}
    assert (await client.post(path, json={"decisions": [good]})).status_code == 404
    for body in (
        {},
        {"decisions": []},
        {"decisions": [{**good, "verdict": "perhaps"}]},
        {"decisions": [{**good, "reason": "x" * 2001}]},
        {"decisions": [{"call_id": "a"}]},
        {"decisions": [good] * 65},
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code in (400, 413), answer.text
        assert answer.json()["error"]["param"]


async def test_tools_of_servers_are_for_stored_chats(client: httpx.AsyncClient) -> None:
    body = {
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "mcp", "server_label": "test_tools"}],
        "model": "fake",
    }
    answer = await client.post("/api/chat/completion", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "tools"


async def test_what_a_server_asks_is_answered_over_http_and_the_socket(
    client: httpx.AsyncClient, server: Server
) -> None:
    chat_id = await new_chat(client)
    one_call = said([("test_tools__books", {})])
    body = {"chat_id": chat_id, "content": one_call, "stream": True}
    page = {"x-session-id": "a-page"}
    outputs: list[str] = []
    async with (
        client.stream("POST", "/api/chat/completion", json=body, headers=page) as answer,
        connect(server.websocket_url) as socket,
    ):
        async for frame in frames_of(answer):
            if frame["type"] != "tool_update":
                continue
            if frame["state"] == "waiting":
                decision = {"call_id": frame["id"], "verdict": "once"}
                path = f"/api/generations/{frame['generation_id']}/approvals"
                assert (await client.post(path, json={"decisions": [decision]})).status_code == 204
            if frame["question"] is not None:
                path = f"/api/generations/{frame['generation_id']}/answers"
                shown = (await client.get(f"/api/chats/{chat_id}")).json()
                assert shown["waiting"] is True
                good = {"question_id": frame["question"]["id"], "action": "accept"}
                refused = await client.post(path, json={**good, "content": {"name": "Ann", "guests": 9}})
                assert (refused.status_code, refused.json()["error"]["param"]) == (400, "content.guests")
                assert (await client.post(path, json={**good, "action": "perhaps"})).status_code == 400
                content = {"name": "Ann", "guests": 3}
                told = {"type": "answer", "generation_id": frame["generation_id"], **good, "content": content}
                await socket.send(json.dumps(told))
            outputs += [one["text"] for one in frame["outputs"]]
    (output,) = outputs
    assert json.loads(output.removeprefix("booked: "))["guests"] == 3
