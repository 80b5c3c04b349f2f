"""Whose object is it, and who may what: every route and every event, for everybody there can be.

Covers CVE-2026-45349, CVE-2026-28788, CVE-2026-45671 (Open WebUI), CVE-2026-31950 (LibreChat),
CVE-2026-32717 (AnythingLLM); sockets: CVE-2026-44553, CVE-2026-44564 (Open WebUI).
"""

import base64
import contextlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from stellarchat.api.live.requests import _KINDS
from tests.fake_engine import Fake
from tests.security.people import PASSWORD, Person, add, cli, cookie_of, hang_up, logged_in, set_up, with_key
from tests.server import Server, endpoint, serving

# what ends the login that asks, or needs a body no other route takes; each has a test of its own
_ENDING = {("POST", "/api/auth/logout"), ("DELETE", "/api/auth/sessions")}


@dataclass
class Town:
    """A server and its people. `cookie` is Ada's browser's; `objects` are hers, by the routes' parameters."""

    server: Server
    ada: Person
    cookie: str
    bob: Person
    routes: list[tuple[str, str, dict[str, Any]]]
    objects: dict[str, str]

    @property
    def stranger(self) -> Person:
        return Person(self.server, "nobody")


@pytest.fixture(scope="module")
def town(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    named = endpoint(engine, models=("fake", "other"))
    config = {"auth": "on", "log_level": "debug", "endpoints": [named]}
    with serving(tmp_path_factory.mktemp("accounts"), config=config) as server:
        ada, cookie = set_up(server)
        bob = add(server, "Bob")
        document = ada.ask("GET", "/openapi.json").json()
        routes = [
            (method.upper(), path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        ]
        assert len(routes) > 80
        yield Town(server, ada, cookie, bob, routes, possessions(ada))
        hang_up()


def possessions(owner: Person) -> dict[str, str]:
    """Make one of everything that belongs to somebody."""
    chat = owner.made("/api/chats/", {"title": "hers alone"})["id"]
    said = owner.made("/api/chat/completion", {"chat_id": chat, "content": "hi", "model": "fake"})
    messages = owner.ask("GET", f"/api/chats/{chat}/messages").json()
    messages = messages.get("items") or messages["messages"]
    response = owner.made("/v1/responses", {"model": "fake", "input": "hi"})["id"]
    file = owner.ask("POST", "/api/files", files={"file": ("a.txt", b"hers", "text/plain")}).json()
    return {
        "chat_id": chat,
        "message_id": messages[0]["id"],
        "generation_id": said["generation_id"],
        "response_id": response,
        "prompt_id": owner.made("/api/prompts", {"name": "p", "command": "p", "content": "x"})["id"],
        "persona_id": owner.made("/api/personas", {"name": "p", "system_prompt": "x"})["id"],
        "file_id": file["id"],
        "key_id": owner.made("/api/auth/keys", {"name": "k", "scopes": ["chat"]})["id"],
        "session_id": owner.ask("GET", "/api/auth/sessions").json()[0]["id"],
        "comparison_id": owner.made("/api/comparisons", {"models": ["fake", "other"], "content": "hi"})["id"],
    }


# parameters of routes that are no person's: everybody's models, and what a stranger holds a link to
_NOBODYS = {"model", "run_id", "download_id", "server_id", "token"}


def filled(path: str, values: dict[str, str]) -> str:
    """Return a path with ids in it; what nobody owns has a made-up one."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def body_for(method: str) -> dict[str, Any]:
    return {"json": {}} if method in ("POST", "PUT", "PATCH") else {}


def is_open(operation: dict[str, Any]) -> bool:
    return operation.get("security") == []


def test_every_parameter_of_a_route_is_somebodys_object_or_known_to_be_nobodys(town: Town) -> None:
    """A route that is added is in the matrix by itself; what is behind a new parameter is decided here."""
    named = {
        name
        for _, path, operation in town.routes
        if operation.get("x-role") != "admin"
        for name in re.findall(r"{(\w+)}", path)
    }
    assert named == (set(town.objects) | _NOBODYS)
    assert {event["type"] for event in EVENTS} | {"ping", "subscribe"} == set(_KINDS)


def test_strangers_are_told_to_log_in_everywhere(town: Town) -> None:
    for method, path, operation in town.routes:
        if path == "/metrics":
            continue  # open on this machine
        answer = town.stranger.ask(method, filled(path, town.objects), **body_for(method))
        if is_open(operation):
            assert answer.status_code != 401, (method, path)
            continue
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert PASSWORD not in answer.text
    for path in ("/openapi.json", "/docs/api", "/api/nothing", "/v1/nothing"):
        assert town.stranger.ask("GET", path).status_code == 401, path
    for path in ("/", "/c/x", "/settings", "/login", "/health"):
        assert town.stranger.ask("GET", path).status_code == 200, path


def test_suspended_users_are_strangers(town: Town) -> None:
    eve = add(town.server, "Eve")
    key = with_key(eve, "chat", "read", "write")
    assert key.ask("GET", "/api/settings").status_code == 200
    cli(town.server, "user", "suspend", "eve")
    expect(lambda: key.ask("GET", "/api/settings").status_code == 401)
    for method, path, operation in town.routes:
        if is_open(operation) or path == "/metrics":
            continue
        answer = key.ask(method, filled(path, town.objects), **body_for(method))
        assert answer.status_code == 401, (method, path, answer.text)
    assert eve.ask("GET", "/api/auth/me").status_code == 401
    refused = town.stranger.ask("POST", "/api/auth/login", json={"name": "eve", "password": PASSWORD})
    assert refused.status_code == 403


def test_a_key_is_good_for_its_scopes_alone(town: Town) -> None:
    for scope in ("chat", "read", "write", "metrics"):
        owner = town.ada if scope == "metrics" else town.bob
        key = with_key(owner, scope)
        for method, path, operation in town.routes:
            if is_open(operation) or operation["x-scope"] == scope:
                continue
            answer = key.ask(method, filled(path, {}), **body_for(method))
            assert answer.status_code == 403, (scope, method, path, answer.text)
    metrics = with_key(town.ada, "metrics")
    assert metrics.ask("GET", "/metrics").status_code == 200
    proxied = Person(town.server, "", {"x-forwarded-for": "203.0.113.9"})
    assert proxied.ask("GET", "/metrics").status_code == 401
    assert town.stranger.ask("GET", "/metrics").status_code == 200
    assert town.bob.ask("GET", "/metrics").status_code == 403


def test_what_is_for_administrators_is_for_no_other(town: Town) -> None:
    checked = 0
    for method, path, operation in town.routes:
        if operation.get("x-role") != "admin":
            continue
        answer = town.bob.ask(method, filled(path, {}), **body_for(method))
        assert answer.status_code == 403, (method, path, answer.text)
        checked += 1
    assert checked > 20
    narrow = with_key(town.ada, "chat", "read", "write")
    for method, path, operation in town.routes:
        if operation.get("x-role") == "admin":
            assert narrow.ask(method, filled(path, {}), **body_for(method)).status_code == 403, path


def test_anothers_objects_do_not_exist(town: Town) -> None:
    mine = [name for name in town.objects if name not in ("session_id", "key_id")]
    before = snapshot(town)
    checked = 0
    for method, path, operation in town.routes:
        # strangers' routes are told elsewhere, and `session_id` of simple conversations is a chat's
        if operation.get("x-role") == "admin" or is_open(operation) or (method, path) in _ENDING:
            continue
        if not any(f"{{{name}}}" in path for name in (*mine, "session_id", "key_id")):
            continue
        values = dict(town.objects)
        if path.startswith("/conversations"):
            values["session_id"] = values["chat_id"]
        body = bodies(method, path)
        answer = town.bob.ask(method, filled(path, values), **body)
        # without a body of its own a route may refuse that before it looks for the object
        expected = (404, 400) if body.get("json") == {} else (404,)
        assert answer.status_code in expected, (method, path, answer.text)
        assert "hers alone" not in answer.text
        checked += 1
    assert checked > 20
    assert snapshot(town) == before


def bodies(method: str, path: str) -> dict[str, Any]:
    """Return a body that a route takes."""
    known: dict[str, dict[str, Any]] = {
        "/approvals": {"decisions": [{"call_id": "call", "verdict": "always"}]},
        "/answers": {"question_id": "question", "action": "decline"},
        "/rating": {"rating": "up"},
        "/vote": {"outcome": "bad"},
        "/again": {"answer_id": "mine"},
        "/messages": {"role": "user", "content": "mine now"},
        "/messages/{message_id}": {"content": "mine now"},
        "/prompts/{prompt_id}": {"name": "mine"},
        "/personas/{persona_id}": {"name": "mine"},
        "/chats/{chat_id}": {"title": "mine now"},
    }
    if method not in ("POST", "PUT", "PATCH"):
        return {}
    fitting = [body for end, body in known.items() if path.endswith(end)]
    return {"json": fitting[-1] if fitting else {}}


def snapshot(town: Town) -> list[Any]:
    """Return what is Ada's."""
    ids = town.objects
    paths = (
        f"/api/chats/{ids['chat_id']}",
        f"/api/chats/{ids['chat_id']}/messages",
        f"/api/files/{ids['file_id']}/text",
        f"/api/prompts/{ids['prompt_id']}",
        f"/api/personas/{ids['persona_id']}",
        f"/v1/responses/{ids['response_id']}",
        "/api/auth/keys",
        "/api/settings",
    )
    found = [town.ada.ask("GET", path) for path in paths]
    assert [answer.status_code for answer in found] == [200] * len(paths)
    bodies = [answer.json() for answer in found]
    # when a key was used is written down some while later, whatever is asked meanwhile
    for key in bodies[paths.index("/api/auth/keys")]:
        del key["used_at"]
    return bodies


def test_lists_hold_ones_own_things(town: Town) -> None:
    for method, path, operation in town.routes:
        if method != "GET" or "{" in path or is_open(operation) or operation.get("x-role") == "admin":
            continue
        text = town.bob.ask("GET", path).text
        for name, value in town.objects.items():
            assert value not in text, (path, name)


def test_administrators_are_refused_nothing(town: Town) -> None:
    key = with_key(town.ada, "admin")
    for method, path, operation in town.routes:
        if (method, path) in _ENDING or is_open(operation):
            continue
        answer = key.ask(method, filled(path, {}), **body_for(method))
        if path.startswith("/api/auth/") and path != "/api/auth/me":
            assert answer.status_code == 403, path  # a key makes no keys
            continue
        assert answer.status_code not in (401, 403, 500) or path == "/api/auth/me", (path, answer.text)


# cross-site requests that a browser sends with the cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {},
    ],
)
def test_a_cookie_alone_changes_nothing(town: Town, headers: dict[str, str]) -> None:
    """Covers CVE-2025-34291 (Langflow), CVE-2024-28224 (Ollama)."""
    browser = Person(town.server, "Ada", {"cookie": town.cookie, **headers})
    for method, path, operation in town.routes:
        if method == "GET" or is_open(operation):
            continue
        answer = browser.ask(method, filled(path, town.objects), **body_for(method))
        assert answer.status_code == 403, (method, path, answer.text)
    with pytest.raises(InvalidStatus) as caught:
        socket(town.server, browser).close()
    assert caught.value.response.status_code == 403


def test_our_own_page_is_believed_its_cookie(town: Town) -> None:
    for headers in ({"origin": town.server.base_url}, {"sec-fetch-site": "same-origin"}):
        browser = Person(town.server, "Ada", {"cookie": town.cookie, **headers})
        assert browser.ask("PATCH", "/api/settings", json={}).status_code == 200
    page = Person(town.server, "Ada", {"cookie": town.cookie})
    assert page.ask("GET", "/api/settings").status_code == 200
    with socket(
        town.server, Person(town.server, "", {"cookie": town.cookie, "origin": town.server.base_url})
    ):
        pass


def test_the_cookie_is_for_this_host_and_no_script(town: Town) -> None:
    browser = Person(town.server, "Ada", {"origin": town.server.base_url})
    answer = browser.ask("POST", "/api/auth/login", json={"name": "ADA", "password": PASSWORD})
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert cookie_of(answer).startswith("__Host-stellarchat=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert answer.headers["cache-control"] == "no-store"
    plain = {"origin": "http://192.168.1.5:8080", "host": "192.168.1.5:8080"}
    assert Person(town.server, "", plain).ask("POST", "/api/auth/login", json={}).status_code == 403


# the socket


def socket(server: Server, person: Person) -> ClientConnection:
    return connect(server.websocket_url, additional_headers=person.headers, proxy=None)


def told(connection: ClientConnection, *frames: dict[str, Any]) -> list[dict[str, Any]]:
    """Send frames and return all that comes until a pong."""
    for frame in (*frames, {"type": "ping", "request_id": "end"}):
        connection.send(json.dumps(frame))
    found: list[dict[str, Any]] = []
    while not found or found[-1]["type"] != "pong":
        found.append(json.loads(connection.recv(timeout=10)))
    return found[:-1]


def closing(connection: ClientConnection) -> int:
    """Return the code with which a socket is closed."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            connection.recv(timeout=5)
    return connection.close_code or 0


EVENTS: list[dict[str, Any]] = [
    {"type": "chat", "chat_id": "{chat_id}", "content": "hi", "model": "fake"},
    {"type": "chat", "chat_id": "{chat_id}", "parent_id": "{message_id}"},
    {"type": "chat", "chat_id": "{chat_id}", "continue_message_id": "{message_id}"},
    {"type": "resume", "generation_id": "{generation_id}"},
    {"type": "stop", "generation_id": "{generation_id}"},
    {"type": "approve", "generation_id": "{generation_id}", "call_id": "call", "always": True},
    {"type": "deny", "generation_id": "{generation_id}", "call_id": "call"},
    {"type": "answer", "generation_id": "{generation_id}", "question_id": "q", "action": "decline"},
]


def test_strangers_and_suspended_users_have_no_socket(town: Town) -> None:
    wrong = Person(town.server, "", {"authorization": "Bearer sk-stellar-wrong"})
    cookie = Person(town.server, "", {"cookie": "__Host-stellarchat=x", "origin": town.server.base_url})
    for person in (town.stranger, wrong, cookie):
        with pytest.raises(InvalidStatus) as caught:
            socket(town.server, person).close()
        assert caught.value.response.status_code == 401


def test_anothers_objects_do_not_exist_over_the_socket(town: Town) -> None:
    with socket(town.server, town.bob) as connection:
        connection.recv(timeout=10)
        for event in EVENTS:
            frame = {
                name: filled(value, town.objects) if isinstance(value, str) else value
                for name, value in event.items()
            }
            connection.send(json.dumps({**frame, "request_id": "r"}))
            answer = json.loads(connection.recv(timeout=10))
            assert (answer["type"], answer["code"]) == ("error", "not_found"), (frame, answer)


def test_changes_are_told_to_their_owner_alone(town: Town) -> None:
    with socket(town.server, town.bob) as his, socket(town.server, town.ada) as hers:
        for connection in (his, hers):
            connection.recv(timeout=10)
            told(connection, {"type": "subscribe", "topics": ["chats"]})
        town.ada.made("/api/chats/", {"title": "another"})
        assert json.loads(hers.recv(timeout=10))["type"] == "chat_changed"
        assert told(his) == []


def test_frames_are_for_keys_of_their_scope(town: Town) -> None:
    ask = {"type": "chat", "messages": [{"role": "user", "content": "hi"}], "model": "fake"}
    one = {"generation_id": "x"}
    needs: list[tuple[dict[str, Any], str]] = [
        (ask, "chat"),
        ({"type": "chat", "chat_id": "x", "content": "hi"}, "write"),
        ({"type": "stop", **one}, "write"),
        ({"type": "approve", **one, "call_id": "x", "always": True}, "write"),
        ({"type": "deny", **one, "call_id": "x"}, "write"),
        ({"type": "answer", **one, "question_id": "x", "action": "decline"}, "write"),
        ({"type": "resume", **one}, "read"),
        ({"type": "subscribe", "topics": ["chats"]}, "read"),
    ]
    assert {frame["type"] for frame, _ in needs} | {"ping"} == set(_KINDS)
    for scope in ("chat", "write", "read", "metrics"):
        owner = town.ada if scope == "metrics" else town.bob
        with socket(town.server, with_key(owner, scope)) as connection:
            connection.recv(timeout=10)
            for number, (frame, needed) in enumerate(needs):
                answers = told(connection, {**frame, "request_id": f"r{number}"})
                refused = [
                    one
                    for one in answers
                    if (one.get("code"), one.get("request_id")) == ("forbidden", f"r{number}")
                ]
                assert bool(refused) == (needed != scope), (scope, frame, answers)


@pytest.mark.parametrize("deed", ["suspend", "role", "rm", "revoke", "logout"])
def test_whoever_loses_a_right_loses_the_socket_within_a_second(town: Town, deed: str) -> None:
    name = f"mallory-{deed}"
    mallory = add(town.server, name)
    other = with_key(mallory, "chat", "read", "write") if deed == "revoke" else mallory
    stream = httpx.Client(base_url=town.server.base_url, headers=other.headers, timeout=20, trust_env=False)
    talk = {
        "model": "fake",
        "stream": True,
        "messages": [{"role": "user", "content": "[[fake tokens=1000 delay=20]]"}],
    }
    with (
        socket(town.server, other) as connection,
        stream,
        stream.stream("POST", "/v1/chat/completions", json=talk) as answer,
    ):
        pieces = answer.iter_bytes()
        assert next(pieces)
        connection.recv(timeout=10)
        if deed == "revoke":
            key = mallory.ask("GET", "/api/auth/keys").json()[0]["id"]
            assert mallory.ask("DELETE", f"/api/auth/keys/{key}").status_code == 204
        elif deed == "logout":
            assert mallory.ask("DELETE", "/api/auth/sessions").status_code == 204
        else:
            cli(town.server, "user", deed, name, *{"role": ["admin"], "rm": ["--yes"]}.get(deed, []))
        began = time.monotonic()
        assert closing(connection) == 1008
        # the stream ends without its end
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in pieces:
                pass
        # the row asks for it: within a second of the deed
        assert time.monotonic() - began < 1.5
    after = other.ask("GET", "/api/settings").status_code
    assert after == (200 if deed == "role" and other is not mallory else 401)


# tokens


def test_tokens_that_are_not_good_here(town: Town) -> None:
    """Covers CVE-2026-39411 (LobeHub), CVE-2025-41258 (LibreChat), CVE-2024-33663 (python-jose)."""
    pair = town.stranger.made("/api/auth/token", {"name": "bob", "password": PASSWORD})
    access, refresh = pair["access_token"], pair["refresh_token"]
    _, middle, _ = access.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    for bad in (refresh, f"{none}.{middle}.", access[:-4], "x", "sk-stellar-", "Bearer", "\xff"):
        with town.server.client() as client:
            headers = [(b"authorization", b"Bearer " + bad.encode("latin-1"))]
            for path in ("/api/auth/me", "/v1/models"):
                answer = client.get(path, headers=headers)
                assert answer.status_code == 401, (bad, answer.text)
                assert bad not in answer.text or len(bad) < 8
    assert town.stranger.ask("POST", "/api/auth/refresh", json={"refresh_token": access}).status_code == 401
    for kind in ("Basic", "basic", "Token", ""):
        wrong = Person(town.server, "", {"authorization": f"{kind} {access}".strip()})
        assert wrong.ask("GET", "/api/auth/me").status_code == 401
    twice = [(b"authorization", f"Bearer {access}".encode())] * 2
    with town.server.client() as client:
        assert client.get("/api/auth/me", headers=twice).status_code == 401


def test_keys_work_on_every_surface(town: Town) -> None:
    key = with_key(town.bob, "chat").headers["authorization"].removeprefix("Bearer ")
    hi = [{"role": "user", "content": "hi"}]
    calls = [
        ("/v1/chat/completions", {"model": "fake", "messages": hi}),
        ("/v1/responses", {"model": "fake", "input": "hi"}),
        ("/v1/messages", {"model": "fake", "max_tokens": 5, "messages": hi}),
        ("/api/v1/llm/chat", {"model_name": "fake", "messages": hi}),
    ]
    for path, body in calls:
        for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key}):
            answer = Person(town.server, "", headers).ask("POST", path, json=body)
            assert answer.status_code == 200, (path, answer.text)
        refused = town.stranger.ask("POST", path, json=body)
        assert refused.status_code == 401
        shape = refused.json()
        if path == "/v1/messages":
            assert shape["error"]["type"] == "authentication_error"
        elif path.startswith("/api/v1"):
            assert shape["code"] == 401


def test_guessing_is_answered_with_429_and_when_to_come_back(town: Town) -> None:
    tries = [
        town.stranger.ask("POST", "/api/auth/login", json={"name": "guessed", "password": "guess"})
        for _ in range(11)
    ]
    assert [one.status_code for one in tries] == [401] * 10 + [429]
    assert int(tries[-1].headers["retry-after"]) > 0
    assert logged_in(town.server, "bob")  # others come in


def test_nothing_secret_is_in_log_database_answer_or_command_line(town: Town) -> None:
    secrets = [PASSWORD, town.cookie.partition("=")[2]]
    secrets += [
        person.headers["authorization"].split()[1] for person in (town.ada, with_key(town.bob, "chat"))
    ]
    secret_file = (town.server.data_dir / "accounts.key").read_text()
    for secret in [*secrets, secret_file]:
        assert secret not in town.server.log()
        for file in town.server.data_dir.rglob("*"):
            if file.is_file() and file.name not in ("accounts.key",):
                assert secret.encode() not in file.read_bytes(), file
    secrets.append(secret_file)
    for method, path, operation in town.routes:
        if method == "GET" and "{" not in path and not is_open(operation):
            text = town.ada.ask("GET", path).text
            assert not any(secret in text for secret in secrets), path
    for process in (psutil.Process(town.server.pid), *town.server.engines()):
        assert not any(secret in " ".join(process.cmdline()) for secret in secrets)
    secrets_stay_out_of_backups(town)
    assert not any(secret in town.server.log() for secret in secrets)


def secrets_stay_out_of_backups(town: Town) -> None:
    """See that an archive holds nothing with which somebody could come in."""
    name: str = town.ada.made("/api/admin/backups")["name"]
    expect(lambda: town.ada.ask("GET", "/api/admin/backups").json()["items"][0]["state"] == "ready")
    packed = zipfile.ZipFile(io.BytesIO(town.ada.ask("GET", f"/api/admin/backups/{name}").content))
    token = town.ada.headers["authorization"].split()[1]
    for inside in packed.namelist():
        content = packed.read(inside)
        for secret in (PASSWORD, town.cookie.partition("=")[2], token):
            assert secret.encode() not in content, inside


def expect(condition: Any, seconds: float = 30) -> None:
    """Wait for what another process was told to do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_weak_secret_starts_no_server(tmp_path: Any) -> None:
    weak = "changeme" * 8
    config = {"auth": "on", "accounts": {"secret": weak}}
    with pytest.raises(RuntimeError) as caught, serving(tmp_path, config=config):
        pass
    assert "accounts.secret" in str(caught.value)
    assert weak not in str(caught.value)
