"""The baseline headers stand on every answer, whoever gives it."""

import httpx

from stellarchat.web.pages import STATIC
from tests.security.conftest import BODY_BYTES, HEADER_BYTES, raw, routes
from tests.server import Server

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def test_every_route_has_the_baseline(client: httpx.Client) -> None:
    checked = 0
    for method, path in routes(client):
        answer = client.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)
        found = answer.headers
        assert found["content-security-policy"] == POLICY, (method, path)
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert found["x-request-id"]
        assert "server" not in found
        assert len(found.get_list("content-security-policy")) == 1
        checked += 1
    assert checked > 40


def test_streams_have_the_baseline(client: httpx.Client) -> None:
    body = {"model": "fake", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    for _ in range(2):
        with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            assert answer.status_code == 200
            assert answer.headers.get_list("content-security-policy") == [POLICY]
            assert answer.read()


def check(answer: httpx.Response, status: int) -> None:
    """See that an answer has the baseline, whatever else it has."""
    assert answer.status_code == status, answer.url
    assert POLICY in answer.headers.get_list("content-security-policy")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_files_of_the_page_have_the_baseline(client: httpx.Client) -> None:
    there = [path for path in STATIC.rglob("*") if path.is_file() and path.suffix not in (".br", ".gz")]
    kinds = {path.suffix: "/" + path.relative_to(STATIC).as_posix() for path in there}
    for path in kinds.values():
        found = client.get(path)
        check(found, 200)
        check(client.head(path), 200)
        check(client.get(path, headers={"if-none-match": found.headers["etag"]}), 304)
    check(client.get("/assets/nothing.js"), 404)
    for path in ("/c/anything", "/s/anything", "/docs/api"):
        check(client.get(path), 200)


def test_errors_have_the_baseline(client: httpx.Client, server: Server) -> None:
    json_kind = {"content-type": "application/json"}
    check(client.get("/api/nothing"), 404)
    check(client.put("/api/version"), 405)
    check(client.get("/v1/chat/completions"), 405)
    check(client.post("/api/chats/", content=b"{", headers=json_kind), 400)
    check(client.post("/api/chats/", content=b"x", headers={"content-type": "text/html"}), 415)
    check(client.post("/v1/chat/completions", content=b" " * (BODY_BYTES + 1), headers=json_kind), 413)
    check(client.get("/api/version", headers={"x-a": "a" * HEADER_BYTES}), 431)
    # what is no HTTP, too
    answer = raw(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert answer.split()[1] == b"400"
    assert f"content-security-policy: {POLICY}".encode() in answer


def test_what_is_given_away_has_the_baseline(client: httpx.Client) -> None:
    chat = client.post("/api/chats/", json={"title": "t"}).json()["id"]
    turn = {"chat_id": chat, "model": "fake", "content": "hi", "stream": True}
    check(client.post("/api/chat/completion", json=turn), 200)
    shown = client.get(f"/api/chats/{chat}").json()
    generation = shown["messages"][-1]["generation_id"]
    followed = client.get(f"/api/generations/{generation}/events")
    assert followed.headers["content-type"].startswith("text/event-stream")
    check(followed, 200)
    for name, kind in (("evil.html", "text/html"), ("evil.svg", "image/svg+xml"), ("a.txt", "text/plain")):
        form = {"file": (name, b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", kind)}
        file = client.post("/api/files", files=form).json()["id"]
        given = client.get(f"/api/files/{file}")
        check(given, 200)
        assert given.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in ",".join(given.headers.get_list("content-security-policy"))
    exports = ("/api/chats/export", "/api/prompts/export", "/api/admin/audit/export", "/metrics")
    for path in exports:
        check(client.get(path), 200)


def test_refusals_have_the_baseline(client: httpx.Client) -> None:
    for headers in ({"origin": "null"}, {"host": "evil.example"}):
        answer = client.get("/api/version", headers=headers)
        assert answer.status_code == 403
        assert answer.headers["content-security-policy"] == POLICY


def test_a_request_id_of_the_caller_is_kept_where_it_is_harmless(client: httpx.Client) -> None:
    answer = client.get("/api/version", headers={"x-request-id": "abc-123"})
    assert answer.headers["x-request-id"] == "abc-123"
    for bad in ("a" * 65, "a b", "a\tb", '"'):
        assert client.get("/api/version", headers={"x-request-id": bad}).headers["x-request-id"] != bad
