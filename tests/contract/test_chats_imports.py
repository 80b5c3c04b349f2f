"""Importing chats over HTTP: the report, its progress, and what is refused."""

import json
import pathlib

from tests.contract.chat_house import House
from tests.server import serving

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures" / "exports"
PATH = "/api/chats/import"
JSON = {"content-type": "application/json"}
REPORT_KEYS = {
    "done", "created", "updated", "present", "failed", "messages", "files", "missing", "sources",
    "chat_ids", "problems", "incomplete", "error",
}  # fmt: skip


async def test_a_file_is_reported_on(house: House) -> None:
    body = (FIXTURES / "chatgpt.json").read_bytes()
    answer = await house.http.post(PATH, content=body, headers=JSON)
    assert answer.status_code == 200
    report = answer.json()
    assert set(report) == REPORT_KEYS
    assert (report["done"], report["created"], report["failed"], report["error"]) == (True, 3, 3, None)
    assert set(report["problems"][0]) == {"index", "file", "title", "reasons"}
    opened = [(await house.http.get(f"/api/chats/{one}")).json()["title"] for one in report["chat_ids"]]
    assert "Sorting plums" in opened


async def test_progress_is_streamed(house: House) -> None:
    chat = json.loads((FIXTURES / "librechat.json").read_text())
    body = json.dumps([{**chat, "conversationId": str(number)} for number in range(20)]).encode()
    frames = []
    async with house.http.stream("POST", PATH, params={"stream": True}, content=body, headers=JSON) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                frames.append(json.loads(line[6:]))
    counts = [frame["created"] for frame in frames]
    assert counts == sorted(counts)
    assert len(set(counts)) > 1
    assert [frame["done"] for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert (frames[-1]["created"], frames[-1]["messages"]) == (20, 120)


async def test_what_is_no_export_is_refused(house: House) -> None:
    broken = await house.http.post(PATH, content=b"PK\x03\x04x", headers={"content-type": "application/zip"})
    assert (broken.status_code, broken.json()["error"]["param"]) == (400, "body")
    streamed = await house.http.post(PATH, params={"stream": True}, content=b"PK\x03\x04x", headers=JSON)
    last = json.loads(streamed.text.split("data: ")[-1])
    assert (last["done"], last["error"]["param"]) == (True, "body")
    empty = await house.http.post(PATH, content=b"", headers=JSON)
    assert (empty.status_code, empty.json()["error"]["param"]) == (400, "body")
    large = await house.http.post(PATH, content=b" " * (2 * 1024 * 1024 + 1), headers=JSON)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "payload_too_large")


async def test_other_pages_tabs_hear_of_it(house: House) -> None:
    async with house.socket() as socket:
        await socket.say(type="subscribe", topics=["chats"])
        await house.http.post(PATH, content=(FIXTURES / "librechat.json").read_bytes(), headers=JSON)
        assert (await socket.until("chat_changed"))["change"] == "created"


def test_a_real_server_takes_more_here_than_elsewhere(tmp_path: pathlib.Path) -> None:
    """The route has a bound of its own, and what a foreign form can send is refused."""
    limits = {"body_bytes": 4096, "import_bytes": 200_000}
    chat = json.loads((FIXTURES / "librechat.json").read_text())
    chat["messages"][0]["text"] = "x" * 50_000
    body = json.dumps([chat]).encode()
    with serving(tmp_path, config={"limits": limits}) as server, server.client() as client:
        for kind in ("application/json", "application/zip", "application/octet-stream"):
            assert client.post(PATH, content=body, headers={"content-type": kind}).status_code == 200
        assert client.post("/api/chats/", content=body, headers=JSON).status_code == 413
        assert client.post(PATH, content=body * 5, headers=JSON).status_code == 413
        chunks = (body for _ in range(5))
        assert client.post(PATH, content=chunks, headers=JSON).status_code == 413
        for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            assert client.post(PATH, content=body, headers={"content-type": kind}).status_code == 415
        evil = {**JSON, "origin": "https://evil.example"}
        assert client.post(PATH, content=body, headers=evil).status_code == 403
