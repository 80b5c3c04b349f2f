"""Frames that nobody foresaw, on the socket: each gets an `error` or an answer, and the socket stays open.

Hypothesis makes them, always the same ones: good frames with other values in them, JSON that is no frame,
text that is no JSON, bytes. What no WebSocket client may send at all closes the socket with the code that
RFC 6455 has for it, and costs nobody else anything.
"""

import base64
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from stellarchat.api.live.requests import FRAME_BYTES
from tests.contract.test_malformed import JSON, WORDS, changed, places
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

EXAMPLES = 60  # sockets; raise it to look for more
FRAMES = 12  # of each; a socket that sends more than a hundred at once is held back
SAID = "hi [[fake tokens=1]]"
PASSING = (400, 403, 404, 409, 413, 429, 502, 503)
PONG = {"type": "pong", "request_id": "after it"}


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # what is a little too long is told so, and what is longer than FRAME_BYTES is not read at all
    config = {"endpoints": [endpoint(engine)], "limits": {"body_bytes": FRAME_BYTES // 4}}
    with serving(tmp_path_factory.mktemp("socket"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def good(server: Server) -> list[dict[str, Any]]:
    """A frame of each kind about things that are there."""
    with server.client() as client:
        chat = client.post("/api/chats/", json={"title": "there"}).json()["id"]
        turn = {"chat_id": chat, "model": "fake", "content": SAID, "stream": False}
        reply = client.post("/api/chat/completion", json=turn).json()["message"]
    generation = reply["generation_id"]
    said = {"role": "user", "content": [{"type": "text", "text": SAID}]}
    file = {"type": "file", "file_id": "x", "pages": 2}
    return [
        {"type": "chat", "model": "fake", "messages": [said], "temperature": 1, "stop": ["a"], "seed": 1},
        {"type": "chat", "model": "fake", "chat_id": chat, "content": SAID, "client_id": "c", "params": {}},
        {"type": "chat", "model": "fake", "chat_id": chat, "parent_id": reply["parent_id"]},
        {"type": "chat", "chat_id": chat, "continue_message_id": reply["id"]},
        {"type": "chat", "chat_id": chat, "content": [{"type": "text", "text": SAID}, file]},
        {"type": "stop", "generation_id": generation},
        {"type": "resume", "generation_id": generation, "after": 0},
        {"type": "approve", "generation_id": generation, "call_id": "c", "always": True},
        {"type": "deny", "generation_id": generation, "call_id": "c", "reason": "no"},
        {
            "type": "answer",
            "generation_id": generation,
            "question_id": "q",
            "action": "accept",
            "content": {},
        },
        {"type": "subscribe", "topics": ["chats", "instances"]},
        {"type": "ping", "request_id": "r"},
    ]


NUMBERS = ("1" + "0" * 400, "-1e999", "NaN", "-Infinity", "1e-400", "9" * 5000)
TEXTS = st.text(max_size=30) | st.sampled_from(["[" * 100_000, '{"type":' * 50_000, "\x00", "\ufeff{}"])


@st.composite
def frames(draw: st.DrawFn, good: list[dict[str, Any]]) -> str | bytes:
    """Draw a frame: a good one that was changed most of the time."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=30) | st.just(json.dumps(good[-1]).encode()))
    if kind == 1:
        return draw(TEXTS)
    if kind == 2:
        return json.dumps(draw(JSON))
    frame = draw(st.sampled_from(good))
    if kind == 3:  # a number that no language's own reader takes
        at = draw(st.sampled_from(places(frame)))
        return json.dumps(changed(frame, at, "§", False)).replace('"§"', draw(st.sampled_from(NUMBERS)))
    for _ in range(draw(st.integers(0, 2))):
        if there := places(frame):
            frame = changed(frame, draw(st.sampled_from(there)), draw(JSON), draw(st.booleans()))
    if draw(st.booleans()):
        frame = {**frame, draw(st.sampled_from([*WORDS, "request_id", "user_id"])): draw(JSON)}
    return json.dumps(frame)


def heard(connection: ClientConnection) -> Iterator[dict[str, Any]]:
    """Yield what comes until the server has read all that was sent before."""
    connection.send(json.dumps({"type": "ping", "request_id": PONG["request_id"]}))
    while (told := json.loads(connection.recv(timeout=30))) != PONG:
        yield told


def test_no_frame_breaks_it(server: Server, good: list[dict[str, Any]]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(sent=st.lists(frames(good), min_size=1, max_size=FRAMES))
    def speak(sent: list[str | bytes]) -> None:
        with connect(server.websocket_url, proxy=None, ping_interval=None) as connection:
            assert json.loads(connection.recv(timeout=10))["type"] == "session_start"
            for frame in sent:
                connection.send(frame)
                for told in heard(connection):
                    if told["type"] == "error":
                        assert told["code"] != "internal_error", (frame, told)
                        assert told["status"] in PASSING, (frame, told)
                        assert told["message"], frame

    speak()
    assert "Traceback" not in server.log()
    assert " ERROR " not in server.log()


def test_a_subscription_takes_the_place_of_the_last_and_a_reply_is_followed_once(
    server: Server, good: list[dict[str, Any]]
) -> None:
    [generation] = {frame["generation_id"] for frame in good if "generation_id" in frame}
    with connect(server.websocket_url, proxy=None, ping_interval=None) as connection:
        connection.recv(timeout=10)
        for after in (*range(20), 2**63, 10**30):
            connection.send(json.dumps({"type": "subscribe", "topics": ["chats"] * 8}))
            connection.send(json.dumps({"type": "resume", "generation_id": generation, "after": after}))
            assert "error" not in {told["type"] for told in heard(connection)}
        with server.client() as client:
            made = client.post("/api/chats/", json={"title": "another"}).json()["id"]
        told: list[Any] = []
        while made not in told:
            told.append(json.loads(connection.recv(timeout=10)).get("chat_id"))
        told += [change.get("chat_id") for change in heard(connection)]
        assert told.count(made) == 1  # however often it was asked for


# what is no frame of text or bytes, as it lies on the wire
def on_the_wire(
    opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, rsv: int = 0
) -> bytes:
    head = bytes([final << 7 | rsv << 4 | opcode])
    mask = 0x80 if masked else 0
    size = len(payload)
    head += (
        bytes([mask | size])
        if size < 126
        else bytes([mask | 126]) + size.to_bytes(2)
        if size < 65536
        else bytes([mask | 127]) + size.to_bytes(8)
    )
    return head + (b"\0\0\0\0" if masked else b"") + payload


WRONG = {
    "no UTF-8": (on_the_wire(1, b"\xff\xfe"), 1007),
    "half of a surrogate pair": (on_the_wire(1, b'"\xed\xa0\x80"'), 1007),
    "not masked": (on_the_wire(1, b"{}", masked=False), 1002),
    "a reserved bit": (on_the_wire(1, b"{}", rsv=4), 1002),
    "an unknown opcode": (on_the_wire(3, b"{}"), 1002),
    "the rest of nothing": (on_the_wire(0, b"{}"), 1002),
    "a long control frame": (on_the_wire(9, b"x" * 126), 1002),
    # refused by its length: the rest need not come
    "more than may come": (on_the_wire(1, b" " * (FRAME_BYTES + 1))[:100], 1009),
    "more than may come, in parts": (
        on_the_wire(1, b" " * FRAME_BYTES, final=False) + on_the_wire(0, b" "),
        1009,
    ),
    "a length that is a lie": (on_the_wire(1, b"")[:1] + b"\xff" + (2**63 - 1).to_bytes(8), 1009),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_frame_closes_the_socket_that_sent_it(server: Server, name: str) -> None:
    data, code = WRONG[name]
    host, port = server.base_url.removeprefix("http://").split(":")
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /api/ws/chat HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with connect(server.websocket_url, proxy=None) as other:
        other.recv(timeout=10)
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(lines.encode())
            answer = b""
            while b"session_start" not in answer:
                answer += connection.recv(65536)
            connection.sendall(data)
            answer = b""
            while more := connection.recv(65536):
                answer += more
        assert int.from_bytes(answer.rpartition(b"\x88")[2][1:3]) == code, answer
        assert list(heard(other)) == []
    assert "Traceback" not in server.log()
