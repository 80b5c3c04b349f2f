"""The server is killed while a tool runs: nothing is lost, nothing is left over, nothing runs twice."""

import json
import signal
import sqlite3
from pathlib import Path

import httpx
import psutil

from tests import tool_server
from tests.fake_engine import running_fake
from tests.fake_engine.script import rounds
from tests.server import endpoint, serving
from tests.waiting import eventually


def calls_in(client: httpx.Client, chat_id: str) -> list[str]:
    message = client.get(f"/api/chats/{chat_id}").json()["messages"][-1]
    return [part["state"] for part in message["parts"] if part["type"] == "tool_use"]


async def test_a_killed_server_goes_on_without_running_a_tool_twice(tmp_path: Path) -> None:
    """FAULTS: SIGKILL; acknowledged rows intact, nothing stuck, no orphan."""
    said = (
        f"hi [[fake tokens=2]] {rounds([('test_tools__endless', {}), ('test_tools__add', {'a': 1, 'b': 2})])}"
    )
    params = {"tools": [{"type": "mcp", "server_label": "test_tools"}]}
    async with running_fake() as engine:
        config = {"endpoints": [endpoint(engine)], "default_model_name": "fake"}
        with serving(tmp_path, config=config) as server, server.client() as client:
            added = client.post("/api/tools/servers", json=tool_server.program()).json()
            policies = {"policies": {"endless": "always"}}
            assert client.put(f"/api/tools/servers/{added['id']}/policies", json=policies).is_success
            chat_id = client.post("/api/chats/", json={"model": "fake", "params": params}).json()["id"]
            body = {"chat_id": chat_id, "content": said, "stream": True}
            with client.stream("POST", "/api/chat/completion", json=body) as answer:
                for line in answer.iter_lines():
                    if '"state":"waiting"' in line:
                        break
            programs = [child for child in server.engines() if "tests.tool_server" in child.cmdline()]
            assert programs
            await eventually(lambda: _checkpointed(tmp_path))
            server.signal(signal.SIGKILL)
            server.ended()
            await eventually(lambda: not any(map(_lives, programs)))
        with serving(tmp_path, config=config) as server, server.client() as client:
            message = client.get(f"/api/chats/{chat_id}").json()["messages"][-1]
            assert message["status"] == "interrupted"
            assert calls_in(client, chat_id) == ["cut", "waiting"]
            body = {"chat_id": chat_id, "continue_message_id": message["id"], "stream": True}
            with client.stream("POST", "/api/chat/completion", json=body) as answer:
                for line in answer.iter_lines():
                    if '"state":"waiting"' in line and '"tool_update"' in line:
                        _approve(client, line)
            assert calls_in(client, chat_id) == ["cut", "done"]
            message = client.get(f"/api/chats/{chat_id}").json()["messages"][-1]
            assert message["status"] == "complete"


def _approve(client: httpx.Client, line: str) -> None:
    frame = json.loads(line.removeprefix("data: "))
    decision = {"call_id": frame["id"], "verdict": "once"}
    path = f"/api/generations/{frame['generation_id']}/approvals"
    assert client.post(path, json={"decisions": [decision]}).is_success


def _checkpointed(folder: Path) -> bool:
    with sqlite3.connect(f"file:{folder / 'stellarchat.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT events FROM generation_event").fetchall()
    database.close()
    written = b"".join(row[0] for row in rows)
    return b'"running"' in written and b'"waiting"' in written


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
