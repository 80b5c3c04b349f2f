"""SIGTERM: not ready, drain, say so to clients; a second one ends at once."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.server import Server, serving

pytestmark = pytest.mark.real_engine

MODEL = "stellar-demo"
GRACE = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that lets replies finish for a long while."""
    with serving(tmp_path, config={"shutdown_grace_seconds": GRACE}) as running:
        yield running


def body(tokens: int) -> dict[str, object]:
    """Return a request for so many tokens, whatever the model would say."""
    said = [{"role": "user", "content": "hi"}]
    return {"model": MODEL, "messages": said, "stream": True, "max_tokens": tokens, "ignore_eos": True}


def test_a_running_stream_comes_to_its_end_and_new_work_is_refused(server: Server) -> None:
    with server.client() as client, server.client() as other:
        with client.stream("POST", "/v1/chat/completions", json=body(1500)) as answer:
            lines = answer.iter_lines()
            next(lines)
            engines = server.engines()
            assert engines
            server.signal(signal.SIGTERM)
            ready = other.get("/health/ready")
            while ready.status_code == 200:
                ready = other.get("/health/ready")
            assert ready.status_code == 503
            assert ready.json()["status"] == "stopping"
            assert other.get("/health/live").status_code == 200
            refused = other.post("/v1/chat/completions", json=body(1))
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "shutting_down"
            assert int(refused.headers["retry-after"]) > 0
            chat = other.post("/api/chats/", json={}).json()["id"]
            asked = {"chat_id": chat, "content": "hi", "model": MODEL}
            assert other.post("/api/chat/completion", json=asked).json()["error"]["code"] == "shutting_down"
            rest = list(lines)
    assert "data: [DONE]" in rest
    assert sum(line.startswith("data: {") for line in rest) > 1000
    assert server.ended() == 0
    assert not any(engine.is_running() for engine in engines)


def test_sockets_are_told(server: Server) -> None:
    with connect(server.websocket_url, proxy=None) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "session_start"
        server.signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as caught:
            list(iter(lambda: socket.recv(timeout=30), None))
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code in (1001, 1012)
    assert server.ended() == 0


def test_the_second_signal_ends_at_once_and_leaves_no_engine(server: Server) -> None:
    with server.client() as client:
        with pytest.raises(httpx.TransportError):  # noqa: PT012 (the stream is what breaks)
            with client.stream("POST", "/v1/chat/completions", json=body(2000)) as answer:
                lines = answer.iter_lines()
                next(lines)
                engines = server.engines()
                server.signal(signal.SIGTERM)
                with server.client() as other:
                    while other.get("/health/ready").status_code == 200:
                        pass
                server.signal(signal.SIGTERM)
                for _ in lines:
                    pass
    assert server.ended() != 0
    _, left = psutil.wait_procs(engines, timeout=20)
    assert left == []


def test_a_signal_while_nothing_runs_ends_in_order(server: Server) -> None:
    server.signal(signal.SIGINT)
    assert server.ended() == 0
