"""Backups over HTTP: made while the server serves, and restored by a server that starts itself anew."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.server import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def made(http: httpx.Client) -> str:
    """Make a backup and wait until it is ready."""
    answer = http.post("/api/admin/backups")
    assert answer.status_code == 202
    name: str = answer.json()["name"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        states = {one["name"]: one["state"] for one in http.get("/api/admin/backups").json()["items"]}
        if states.get(name) == "ready":
            return name
        time.sleep(0.05)
    raise AssertionError(f"{name} was not ready")


def titles(http: httpx.Client) -> set[str]:
    return {chat["title"] for chat in http.get("/api/chats/").json()["items"]}


def test_a_restore_brings_back_what_was_there_and_keeps_what_is_here(
    http: httpx.Client, server: Server
) -> None:
    http.post("/api/chats/", json={"title": "before"})
    name = made(http)
    archive = http.get(f"/api/admin/backups/{name}")
    assert archive.headers["content-type"] == "application/zip"
    assert len(archive.content) == int(archive.headers["content-length"])
    http.post("/api/chats/", json={"title": "after"})
    uploaded = http.post("/api/admin/backups/upload", params={"name": "mine.zip"}, content=archive.content)
    assert (uploaded.status_code, uploaded.json()["state"]) == (201, "ready")
    assert http.delete(f"/api/admin/backups/{name}").status_code == 204
    pid = server.pid
    assert http.post("/api/admin/backups/mine.zip/restore").status_code == 202
    deadline = time.monotonic() + 60
    restored = None
    while restored is None and time.monotonic() < deadline:
        # the sockets stay open: whoever asks meanwhile waits for the answer
        with server.client() as client:
            try:
                restored = client.get("/api/admin/backups").json()["restored"]
            except (httpx.HTTPError, KeyError):
                time.sleep(0.1)
    assert restored is not None
    assert (restored["name"], restored["error"]) == ("mine.zip", None)
    assert server.process.poll() is None
    assert server.pid == pid
    with server.client() as client:
        assert titles(client) == {"before"}
        names = {one["name"] for one in client.get("/api/admin/backups").json()["items"]}
        assert names == {"mine.zip", restored["before"]}
        actions = [one["action"] for one in client.get("/api/admin/audit").json()["items"]]
        assert "backup.restored" in actions


@pytest.mark.parametrize("name", ["nothing.zip", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "restore.json"])
def test_what_is_no_backup_is_not_found(http: httpx.Client, name: str) -> None:
    """Ollama CVE-2024-37032, Chainlit 2026-22218: no path by way of a name."""
    for method, path in (("GET", name), ("DELETE", name), ("POST", f"{name}/restore")):
        answer = http.request(method, f"/api/admin/backups/{path}")
        assert answer.status_code == 404, (method, path)


def test_what_is_no_archive_is_refused(http: httpx.Client) -> None:
    answer = http.post("/api/admin/backups/upload", params={"name": "x.zip"}, content=b"PK nothing")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "name")
    answer = http.post("/api/admin/backups/upload", params={"name": "x.exe"}, content=b"PK")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "name")
