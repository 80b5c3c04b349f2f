"""Processes killed without warning, with the real server and the real engine."""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.faults.pace import slowly
from tests.server import Server, serving

pytestmark = pytest.mark.real_engine

MODEL = "stellar-demo"
LONG = "Count from 1 to 100"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as running:
        yield running


def chat_of(client: httpx.Client) -> str:
    return str(client.post("/api/chats/", json={"title": "faults"}).json()["id"])


def ask(client: httpx.Client, chat_id: str, content: str = "hello", **more: Any) -> dict[str, Any]:
    body = {"chat_id": chat_id, "content": content, "model": MODEL, "stream": False, **more}
    answer = client.post("/api/chat/completion", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def engine_pid(client: httpx.Client) -> int:
    [instance] = client.get("/api/v1/models/running").json()["data"]
    return int(instance["pid"])


def message(client: httpx.Client, chat_id: str, message_id: str) -> dict[str, Any]:
    messages = client.get(f"/api/chats/{chat_id}/messages").json()["messages"]
    found: dict[str, Any] = next(one for one in messages if one["id"] == message_id)
    return found


def until(condition: Any, patience: float = 20.0) -> Any:
    """Return what `condition` returns once it is true."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if held := condition():
            return held
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def text_is_stored(folder: Path) -> bool:
    """Whether a checkpoint holds something of what is being written."""
    with closing(sqlite3.connect(f"file:{folder / 'stellarchat.db'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT events FROM generation_event").fetchall()
    return any(b'"type":"text"' in row[0] for row in rows)


def frames(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line[6:])


def begin_and_freeze(client: httpx.Client, chat_id: str) -> tuple[dict[str, Any], int]:
    """Begin a long answer and stop the engine's clock in the middle of it.

    Returns the `message_start` frame and the engine's process id. Begins again where a busy machine let
    the engine come to its end.
    """
    pid = engine_pid(client)
    body = {"chat_id": chat_id, "content": LONG, "model": MODEL, "stream": True}
    for _ in range(10):
        with slowly(pid), client.stream("POST", "/api/chat/completion", json=body) as answer:
            found = frames(answer.iter_lines())
            start = next(found)
            next(frame for frame in found if frame["type"] == "content_block_delta")
        time.sleep(0.1)
        if client.get(f"/api/chats/{chat_id}").json()["live"]:
            return start, pid
        os.kill(pid, signal.SIGCONT)
    raise AssertionError("the engine could not be caught in mid-answer")


def test_a_killed_engine_leaves_an_answer_that_continue_finishes(server: Server) -> None:
    with server.client() as client:
        chat_id = chat_of(client)
        ask(client, chat_id)
        start, pid = begin_and_freeze(client, chat_id)
        message_id = start["message"]["id"]
        os.kill(pid, signal.SIGKILL)
        cut = until(
            lambda: (
                (m := message(client, chat_id, message_id))["status"] not in ("pending", "streaming") and m
            )
        )
        assert cut["status"] == "interrupted"
        assert cut["content"].startswith("1")
        assert cut["error"]["code"] == "engine_died"
        continued = ask(client, chat_id, content=None, continue_message_id=message_id)["message"]
        assert continued["id"] == message_id
        assert continued["status"] == "complete"
        assert continued["content"].startswith(cut["content"])
        assert len(continued["content"]) > len(cut["content"])


def test_a_killed_server_loses_nothing_acknowledged_and_leaves_no_process(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        chat_id = chat_of(client)
        first = ask(client, chat_id)
        start, pid = begin_and_freeze(client, chat_id)
        message_id = start["message"]["id"]
        until(lambda: text_is_stored(tmp_path))
        engines = server.engines()
        assert any(process.pid == pid for process in engines)
        server.signal(signal.SIGKILL)
        server.ended()
        left = psutil.wait_procs(engines, timeout=10)[1]
        assert left == []
    with serving(tmp_path) as server, server.client() as client:
        kept = client.get(f"/api/chats/{chat_id}/messages").json()["messages"]
        assert [one["role"] for one in kept[:2]] == ["user", "assistant"]
        assert kept[1]["content"] == first["message"]["content"]
        assert kept[-2]["content"] == LONG
        assert kept[-1]["id"] == message_id
        assert kept[-1]["status"] == "interrupted"
        assert kept[-1]["content"].startswith("1")
        assert client.get("/api/chats/").json()["items"][0]["live"] == []
        continued = ask(client, chat_id, content=None, continue_message_id=message_id)["message"]
        assert continued["status"] == "complete"
        assert continued["content"].startswith(kept[-1]["content"])


def test_a_polite_end_stores_what_is_being_written(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        chat_id = chat_of(client)
        ask(client, chat_id)
        start, _ = begin_and_freeze(client, chat_id)
        message_id = start["message"]["id"]
        engines = server.engines()
        server.signal(signal.SIGTERM)
        assert server.ended(60) == 0
        assert psutil.wait_procs(engines, timeout=10)[1] == []
    with serving(tmp_path) as server, server.client() as client:
        assert message(client, chat_id, message_id)["status"] == "interrupted"


def test_stop_frees_the_engine_and_says_how_long_it_took(server: Server) -> None:
    with server.client() as client:
        chat_id = chat_of(client)
        ask(client, chat_id)
        start, pid = begin_and_freeze(client, chat_id)
        threading.Timer(0.1, os.kill, (pid, signal.SIGCONT)).start()
        stopped = client.post(f"/api/generations/{start['generation_id']}/stop").json()
        assert stopped["stopped"]
        assert stopped["stop_ms"] is not None
        assert stopped["message"]["status"] == "stopped"
        assert stopped["message"]["content"].startswith("1")


def test_a_stopped_model_starts_when_somebody_writes(server: Server) -> None:
    with server.client() as client:
        chat_id = chat_of(client)
        ask(client, chat_id)
        [instance] = client.get("/api/v1/models/running").json()["data"]
        report = client.post(f"/api/v1/models/running/{instance['run_id']}/stop").json()["data"]
        assert report["survivors"] == []
        assert not psutil.pid_exists(instance["pid"])
        again = ask(client, chat_id)
        assert again["message"]["status"] == "complete"
        assert again["message"]["timings"]["load_ms"] > 0
