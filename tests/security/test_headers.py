"""The baseline headers stand on every answer, whoever gives it."""

import httpx

from tests.security.conftest import routes

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
