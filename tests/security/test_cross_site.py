"""Requests that a foreign page made a browser send.

Covers CVE-2025-34291 (Langflow), CVE-2024-47165 (Gradio), CVE-2025-62593 and CVE-2026-27482 (Ray),
CVE-2024-28224 (Ollama).
"""

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.security.conftest import raw, routes
from tests.server import Server

EVIL: list[tuple[str, dict[str, str]]] = [
    ("foreign origin", {"origin": "https://evil.example"}),
    ("null origin", {"origin": "null"}),
    ("empty origin", {"origin": ""}),
    ("our name on another port", {"origin": "http://127.0.0.1:1"}),
    ("our name as a part", {"origin": "http://127.0.0.1.evil.example"}),
    ("our name behind another", {"origin": "https://evil.example/http://127.0.0.1"}),
    ("cross-site without origin", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}),
    ("same-site without origin", {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}),
    ("foreign host", {"host": "evil.example"}),
    ("foreign host with our port", {"host": "evil.example:8080"}),
    ("our name in a foreign one", {"host": "localhost.evil.example"}),
    ("our name with something behind", {"host": "localhost:80@evil.example"}),
    ("empty host", {"host": ""}),
]


@pytest.mark.parametrize("headers", [headers for _, headers in EVIL], ids=[name for name, _ in EVIL])
def test_every_route_refuses_foreign_senders(client: httpx.Client, headers: dict[str, str]) -> None:
    checked = 0
    for method, path in routes(client):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        answer = client.request(method, path, headers=headers, json=body)
        assert answer.status_code == 403, (method, path, answer.text)
        assert (answer.json().get("error") or {})["code"] == "forbidden"
        assert "access-control-allow-origin" not in answer.headers
        checked += 1
    assert checked > 40


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_is_refused(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/api/chats/", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_json_in_disguise_is_refused(client: httpx.Client) -> None:
    body = b'{"title": "mine"}'
    before = client.get("/api/chats/").json()["items"]
    for kind, status in [
        ("text/plain", 403),
        ("text/plain;charset=UTF-8", 403),
        ("TEXT/PLAIN", 403),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain, application/json", 403),
        ("application/jsonp", 415),
        ("", 415),
    ]:
        for path in ("/api/chats/", "/v1/chat/completions", "/api/v1/models/start"):
            answer = client.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code == status, (kind, path)
    answer = client.post("/api/chats/", content=body)  # no type at all, as a Blob without one is sent
    assert answer.status_code == 415
    assert client.get("/api/chats/").json()["items"] == before


def test_json_in_disguise_is_refused_by_every_route(client: httpx.Client) -> None:
    files = ("/api/files", "/api/files/pages", "/api/admin/backups/upload")  # take any type but a form's
    checked = 0
    for method, path in routes(client):
        if method != "GET" and path not in files:
            answer = client.request(method, path, content=b"{}", headers={"content-type": "text/plain"})
            assert answer.status_code in (403, 415), (method, path, answer.text)
            checked += 1
    assert checked > 80


@pytest.mark.parametrize("hosts", [[], ["{own}", "evil.example"], ["evil.example", "{own}"]])
def test_no_host_and_two_hosts_are_foreign(server: Server, hosts: list[str]) -> None:
    own = server.base_url.removeprefix("http://")
    lines = "".join(f"Host: {host.format(own=own)}\r\n" for host in hosts)
    answer = raw(server, f"GET /api/version HTTP/1.1\r\n{lines}\r\n".encode())
    assert answer.split()[1] in (b"400", b"403")


# the WebSocket client sets Host itself; the next test sends a foreign one
@pytest.mark.parametrize("headers", [headers for _, headers in EVIL if "host" not in headers])
def test_the_socket_refuses_foreign_senders(server: Server, headers: dict[str, str]) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(server.websocket_url, additional_headers=headers, proxy=None),
    ):
        pass
    assert caught.value.response.status_code == 403


def test_the_socket_refuses_a_rebound_name(client: httpx.Client) -> None:
    handshake = {
        "host": "evil.example",
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
    }
    assert client.get("/api/ws/chat", headers=handshake).status_code == 403


def test_our_own_page_and_programs_are_welcome(client: httpx.Client, server: Server) -> None:
    assert client.get("/api/version").status_code == 200
    own = {"origin": server.base_url, "sec-fetch-site": "same-origin"}
    assert client.patch("/api/settings", json={}, headers=own).status_code == 200
    with connect(server.websocket_url, additional_headers={"origin": server.base_url}, proxy=None) as socket:
        assert "session_start" in str(socket.recv(timeout=10))
    localhost = server.base_url.replace("127.0.0.1", "localhost")
    named = {"host": localhost.removeprefix("http://"), "origin": localhost}
    assert client.get("/api/version", headers=named).status_code == 200
    assert client.get("/api/version", headers={"host": "chat.example"}).status_code == 200


def test_another_site_may_link_to_the_page_but_not_into_the_api(client: httpx.Client) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/", headers=link).status_code == 200
    assert client.get("/api/chats/", headers=link).status_code == 403
    assert client.post("/", headers=link).status_code == 403


def test_a_configured_origin_gets_its_headers(client: httpx.Client) -> None:
    friend = {"origin": "https://friend.example", "sec-fetch-site": "cross-site"}
    answer = client.get("/api/version", headers=friend)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert "access-control-allow-credentials" not in answer.headers
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    preflight = client.options("/v1/chat/completions", headers={**friend, **asks})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    assert "POST" in preflight.headers["access-control-allow-methods"]
