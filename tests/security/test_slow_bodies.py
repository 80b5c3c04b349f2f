"""Bodies that hardly come, and many that come at once: over plain sockets, at doors of every kind."""

import contextlib
import json
import select
import socket
import time
from collections.abc import Iterator, Sequence

import pytest

from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

LARGE = 450_000
FIRST = 400_000
"""Bytes of a large body that come at first."""
DOORS = {
    "/v1/chat/completions": b'{"model":"fake","messages":[{"role":"user","content":"hi"}]}',
    "/api/chats/": b'{"title":"hi"}',
}


@pytest.fixture(scope="module")
def slow(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server to which a body has to bring a thousand bytes every two seconds."""
    config = {"limits": {"body_seconds": 2, "body_rate": 500}, "endpoints": [endpoint(engine)]}
    with serving(tmp_path_factory.mktemp("slow"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def narrow(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps a megabyte of bodies that are on their way."""
    config = {"limits": {"body_bytes": 1_000_000, "bodies_bytes": 1_000_000}, "endpoints": [endpoint(engine)]}
    with serving(tmp_path_factory.mktemp("narrow"), config=config) as running:
        yield running


@contextlib.contextmanager
def begun(server: Server, path: str, size: int, kind: str = "application/json") -> Iterator[socket.socket]:
    """Open a connection and send the head of a request."""
    host, port = server.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {size}\r\n\r\n".encode()
        )
        yield connection


def answered(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, object]]:
    """Return the status, headers and JSON of the next answer."""
    file = connection.makefile("rb")
    status = int(file.readline().split()[1])
    headers = {}
    while line := file.readline().strip().decode():
        name, _, value = line.partition(": ")
        headers[name] = value
    if "content-length" in headers:
        return status, headers, json.loads(file.read(int(headers["content-length"])))
    body = b""
    while size := int(file.readline(), 16):
        body += file.read(size)
        file.readline()
    return status, headers, json.loads(body)


def readable(connections: Sequence[socket.socket]) -> list[socket.socket]:
    """Wait until some of them have an answer."""
    found, _, _ = select.select(connections, [], [], 30)
    return found


@pytest.mark.parametrize("path", [*DOORS, "/api/files"])
def test_a_body_that_hardly_comes_is_refused(slow: Server, path: str) -> None:
    kind = "application/octet-stream" if path == "/api/files" else "application/json"
    with begun(slow, path, LARGE, kind) as connection:
        while not select.select([connection], [], [], 0.1)[0]:
            connection.sendall(b" ")
        status, headers, body = answered(connection)
        assert (status, headers["connection"]) == (408, "close")
        error = body["error"]
        assert isinstance(error, dict)
        assert error["code"] == "request_timeout"
        assert "limits.body_rate" in error["remedy"]


def test_a_connection_that_is_used_again_is_held_to_it_too(slow: Server) -> None:
    whole = DOORS["/api/chats/"]
    with begun(slow, "/api/chats/", len(whole)) as connection:
        connection.sendall(whole)
        assert answered(connection)[0] == 201
        head = f"POST /api/chats/ HTTP/1.1\r\nHost: {slow.base_url[7:]}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 900\r\n\r\n".encode())
        while not select.select([connection], [], [], 0.1)[0]:
            connection.sendall(b" ")
        assert answered(connection)[0] == 408


@pytest.mark.parametrize("path", [*DOORS, "/api/files?name=slow.txt"])
def test_a_body_on_a_slow_line_gets_through(slow: Server, path: str) -> None:
    start = DOORS.get(path, b"some text")
    body = start + b" " * (25_000 - len(start))
    kind = "application/octet-stream" if path.startswith("/api/files") else "application/json"
    with begun(slow, path, len(body), kind) as connection:
        for at in range(0, len(body), 500):
            connection.sendall(body[at : at + 500])
            time.sleep(0.1)  # the line
        assert answered(connection)[0] in (200, 201)


@pytest.mark.parametrize("path", DOORS)
def test_only_so_much_is_kept_of_bodies_on_their_way(narrow: Server, path: str) -> None:
    whole = DOORS[path] + b" " * (LARGE - len(DOORS[path]))
    with contextlib.ExitStack() as stack:
        three = [stack.enter_context(begun(narrow, path, LARGE)) for _ in range(3)]
        for connection in three:
            connection.sendall(whole[:FIRST])
        (refused,) = readable(three)
        status, headers, body = answered(refused)
        assert (status, headers["retry-after"]) == (503, "5")
        assert isinstance(body["error"], dict)
        assert body["error"]["code"] == "unavailable"

        # what is small, and what is kept in a file, gets in meanwhile
        with narrow.client() as client:
            assert client.post("/api/chats/", json={}).status_code == 201
            kept = client.post("/api/files", params={"name": "a.txt"}, content=b"some words " * 50_000)
            assert kept.status_code == 201, kept.text

        # the others end well, and what they held is free again
        others = [one for one in three if one is not refused]
        for connection in others:
            connection.sendall(whole[FIRST:])
            assert answered(connection)[0] in (200, 201)
        with narrow.client() as client:
            headers = {"content-type": "application/json"}
            assert client.post(path, content=whole, headers=headers).status_code in (200, 201)


def test_what_a_client_held_that_left_is_free_again(narrow: Server) -> None:
    path, start = "/api/chats/", DOORS["/api/chats/"]
    whole = start + b" " * (LARGE - len(start))
    for _ in range(4):
        with begun(narrow, path, LARGE) as connection:
            connection.sendall(whole[:FIRST])
    statuses = []
    with narrow.client() as client:
        while not statuses or statuses[-1] == 503:  # until it has noticed that they left
            answer = client.post(path, content=whole, headers={"content-type": "application/json"})
            statuses.append(answer.status_code)
    assert statuses[-1] == 201
