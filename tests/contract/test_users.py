"""Users, their limits and the audit log, with accounts on: over HTTP, and by the official OpenAI client."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import fake
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

__all__ = ["fake"]
PASSWORD = "correct horse battery"  # a test's own
LONG = "hi [[fake tokens=1000 delay=20]]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Server]:
    settings = {"auth": "on", "endpoints": [endpoint(fake)]}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        made = client.post("/api/auth/setup", json={"name": "root", "password": PASSWORD})
        assert made.status_code == 201, made.text
        enter(client, "root")
        yield client


def enter(client: httpx.Client, name: str) -> None:
    """Log a client in, with a token: a browser's cookie is for secure places alone."""
    pair = client.post("/api/auth/token", json={"name": name, "password": PASSWORD})
    assert pair.status_code == 200, pair.text
    client.cookies.clear()
    client.headers["authorization"] = f"Bearer {pair.json()['access_token']}"


Person = tuple[dict[str, Any], httpx.Client]


@pytest.fixture
def person(server: Server, admin: httpx.Client) -> Iterator[Callable[[str], Person]]:
    """Make a user and log them in."""
    clients: list[httpx.Client] = []

    def made(name: str) -> Person:
        user = admin.post("/api/users", json={"name": name, "password": PASSWORD})
        assert user.status_code == 201, user.text
        client = server.client()
        clients.append(client)
        enter(client, name)
        return user.json(), client

    yield made
    for client in clients:
        client.close()


def key_of(client: httpx.Client) -> str:
    made = client.post("/api/auth/keys", json={"name": "test", "scopes": ["chat"]})
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    return key


def limit(admin: httpx.Client, user: dict[str, Any], **limits: int) -> None:
    answer = admin.put(f"/api/users/{user['id']}/limits", json=limits)
    assert answer.status_code == 200, answer.text


def ask(client: openai.OpenAI, words: str = "hi [[fake tokens=3]]") -> str | None:
    answer = client.chat.completions.create(model="fake", messages=[{"role": "user", "content": words}])
    return answer.choices[0].message.content


def test_a_user_is_made_changed_suspended_and_removed(
    admin: httpx.Client, person: Callable[[str], Person]
) -> None:
    user, client = person("Ada")
    client.post("/api/chats/", json={"title": "mine"})
    path = f"/api/users/{user['id']}"
    listed = admin.get("/api/users", params={"q": "ADA"}).json()
    assert [(one["name"], one["chats"], one["role"]) for one in listed["items"]] == [("Ada", 1, "user")]
    assert admin.get("/api/users", params={"role": "admin"}).json()["items"][0]["name"] == "root"
    changed = admin.patch(path, json={"email": "ada@example.com", "role": "admin"}).json()
    assert (changed["email"], changed["role"]) == ("ada@example.com", "admin")
    assert admin.patch(path, json={"role": "user", "suspended": True}).json()["suspended_at"] is not None
    assert client.get("/api/chats/").status_code == 401
    assert admin.patch(path, json={"suspended": False}).json()["suspended_at"] is None
    assert admin.put(f"{path}/password", json={"password": "another good one"}).status_code == 204
    assert client.post("/api/auth/login", json={"name": "Ada", "password": PASSWORD}).status_code == 401
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404


def test_whoever_is_here_was_seen(admin: httpx.Client) -> None:
    (root,) = admin.get("/api/users", params={"q": "root"}).json()["items"]
    assert root["seen_at"] is not None


def test_an_administrator_does_not_shut_themselves_out(admin: httpx.Client) -> None:
    [me] = admin.get("/api/users", params={"role": "admin"}).json()["items"]
    path = f"/api/users/{me['id']}"
    assert admin.patch(path, json={"suspended": True}).status_code == 403
    assert admin.delete(path).status_code == 403
    assert admin.patch(path, json={"role": "user"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"password": PASSWORD}, "name"),
        ({"name": "x", "password": "short"}, "password"),
        ({"name": "root", "password": PASSWORD}, "name"),
        ({"name": "x", "password": PASSWORD, "role": "king"}, "role"),
        ({"name": "x", "password": PASSWORD, "email": "nobody"}, "email"),
    ],
)
def test_a_wrong_user_is_told_by_its_field(admin: httpx.Client, body: dict[str, Any], param: str) -> None:
    answer = admin.post("/api/users", json=body)
    assert answer.status_code in (400, 409)
    assert answer.json()["error"]["param"] == param


def test_administration_is_for_administrators(
    admin: httpx.Client, person: Callable[[str], Person], server: Server
) -> None:
    """Open WebUI CVE-2026-45671, LibreChat 2026-31950: every route of administration, by role and by key."""
    user, client = person("Eve")
    key = key_of(client)
    paths = [
        ("GET", "/api/admin/usage"),
        ("GET", "/api/admin/feedback"),
        ("GET", "/api/admin/feedback/models"),
        ("GET", "/api/admin/feedback/export"),
        ("GET", "/api/admin/audit"),
        ("GET", "/api/admin/audit/export"),
        ("GET", "/api/admin/backups"),
        ("POST", "/api/admin/backups"),
        ("POST", "/api/admin/backups/upload"),
        ("GET", "/api/admin/backups/x.zip"),
        ("DELETE", "/api/admin/backups/x.zip"),
        ("POST", "/api/admin/backups/x.zip/restore"),
        ("GET", "/api/users"),
        ("POST", "/api/users"),
        ("GET", f"/api/users/{user['id']}"),
        ("PATCH", f"/api/users/{user['id']}"),
        ("PUT", f"/api/users/{user['id']}/password"),
        ("PUT", f"/api/users/{user['id']}/limits"),
        ("DELETE", f"/api/users/{user['id']}"),
    ]
    with server.client() as stranger:
        for method, path in paths:
            body = {} if method in ("POST", "PUT", "PATCH") else None
            assert client.request(method, path, json=body).status_code == 403, path
            assert stranger.request(method, path, json=body).status_code == 401, path
            bearer = {"authorization": f"Bearer {key}"}
            assert stranger.request(method, path, json=body, headers=bearer).status_code == 403, path
    assert client.get("/api/usage").status_code == 200


def test_openais_client_gets_its_own_error_over_each_limit(
    admin: httpx.Client, person: Callable[[str], Person], server: Server
) -> None:
    import anthropic  # takes seconds: by the worker that is here alone

    user, client = person("Limited")
    official = openai.OpenAI(base_url=f"{server.base_url}/v1", api_key=key_of(client), max_retries=0)
    assert ask(official)
    limit(admin, user, requests_per_minute=2)
    raw = official.chat.completions.with_raw_response.create(
        model="fake", messages=[{"role": "user", "content": "hi [[fake tokens=3]]"}]
    )
    assert raw.headers["x-ratelimit-limit-requests"] == "2"
    assert raw.headers["x-ratelimit-remaining-requests"] == "1"
    assert ask(official)
    with pytest.raises(openai.RateLimitError) as over:
        ask(official)
    assert over.value.code == "rate_limit_exceeded"
    assert int(over.value.response.headers["retry-after"]) > 0
    assert over.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    with pytest.raises(openai.RateLimitError):
        official.chat.completions.create(
            model="fake", stream=True, messages=[{"role": "user", "content": "hi [[fake tokens=3]]"}]
        )
    # each surface says it in its own way
    enveloped = client.post("/api/v1/llm/generate", json={"model_name": "fake", "prompt": "hi"})
    assert (enveloped.status_code, enveloped.json()["code"], enveloped.json()["data"]) == (429, 429, None)
    theirs = anthropic.Anthropic(base_url=server.base_url, api_key=key_of(client), max_retries=0)
    with pytest.raises(anthropic.RateLimitError):
        theirs.messages.create(model="fake", max_tokens=5, messages=[{"role": "user", "content": "hi"}])
    limit(admin, user, tokens_per_day=5)
    with pytest.raises(openai.RateLimitError, match="tokens today"):
        ask(official)
    shown = admin.get(f"/api/users/{user['id']}").json()
    assert shown["tokens_today"] > 5
    assert shown["effective_limits"]["tokens_per_day"] == 5
    limit(admin, user)
    assert ask(official)


def test_a_chat_over_the_limit_stores_nothing(admin: httpx.Client, person: Callable[[str], Person]) -> None:
    user, client = person("Busy")
    limit(admin, user, concurrent=1)
    first, second = (client.post("/api/chats/", json={"title": "T"}).json()["id"] for _ in range(2))
    body = {"model": "fake", "content": LONG, "stream": True}
    with client.stream("POST", "/api/chat/completion", json={**body, "chat_id": first}) as stream:
        assert stream.status_code == 200
        refused = client.post("/api/chat/completion", json={**body, "chat_id": second})
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
        assert client.get(f"/api/chats/{second}/messages").json()["messages"] == []
        [going] = client.get(f"/api/chats/{first}").json()["live"]
    assert client.post(f"/api/generations/{going}/stop").json()["stopped"]
    again = client.post(
        "/api/chat/completion",
        json={**body, "chat_id": second, "content": "hi [[fake tokens=2]]", "stream": False},
    )
    assert again.status_code == 200


def events(admin: httpx.Client, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = admin.get("/api/admin/audit", params=query).json()["items"]
    return items


def test_what_is_done_is_written_down_without_secrets(
    admin: httpx.Client, person: Callable[[str], Person], server: Server
) -> None:
    """LiteLLM CVE-2024-9606: no secret in what is kept."""
    user, client = person("Audited")
    key = key_of(client)
    client.post("/api/auth/login", json={"name": "Audited", "password": "wrong " + PASSWORD})
    secret = "sk-canary-8d1f"
    named = {"name": "E", "base_url": "https://example.com/v1", "api_key": secret, "models": ["m"]}
    made = admin.post("/api/v1/endpoints", json=named)
    admin.delete(f"/api/v1/endpoints/{made.json()['data']['id']}")
    client.delete("/api/v1/endpoints/none")
    limit(admin, user, requests_per_minute=9)
    admin.patch(f"/api/users/{user['id']}", json={"role": "admin"})
    admin.delete(f"/api/users/{user['id']}")
    found = events(admin, limit="100")
    actions = {one["action"] for one in found}
    assert {
        "user.created", "login", "login.failed", "key.created", "endpoint.add", "endpoint.remove",
        "user.limits", "user.role", "user.removed",
    } <= actions  # fmt: skip
    [added] = [one for one in found if one["action"] == "endpoint.add"]
    assert (added["user_name"], added["target"], added["address"]) == ("root", "E", "127.0.0.1")
    [refused] = [one for one in found if one["action"] == "endpoint.remove" and one["status"] >= 400]
    assert (refused["status"], refused["user_id"]) == (403, user["id"])
    failed = events(admin, failed="true", action="login")
    assert {one["action"] for one in failed} == {"login.failed"}
    assert all(one["action"].startswith("user.") for one in events(admin, action="user"))
    assert {one["address"] for one in found} == {"127.0.0.1"}
    removed = next(one for one in found if (one["action"], one["target"]) == ("user.removed", user["id"]))
    assert (removed["user_name"], removed["detail"]["name"]) == ("root", "Audited")
    everything = admin.get("/api/admin/audit/export").text + str(found)
    for canary in (secret, key, PASSWORD):
        assert canary not in everything
