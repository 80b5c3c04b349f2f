"""How far a user reaches: to models of their own and nobody else's, and no longer than they may.

Covers whose object is it (Open WebUI CVE-2026-45349), and sockets (CVE-2026-44553).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fake_engine import Fake
from tests.security.conftest import CANARY
from tests.security.people import PASSWORD, Person, add, cli, hang_up, logged_in, set_up, with_key
from tests.server import Server, endpoint, serving

OWN = "own/fake"
FRIEND = "https://friend.example"
HI: list[dict[str, Any]] = [{"role": "user", "content": "hi [[fake tokens=2]]"}]
TALK: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"messages": HI}),
    ("/v1/chat/completions", {"messages": HI, "stream": True}),
    ("/api/chat/completions", {"messages": HI}),
    ("/v1/completions", {"prompt": "hi [[fake tokens=2]]"}),
    ("/v1/responses", {"input": "hi [[fake tokens=2]]"}),
    ("/v1/messages", {"messages": HI, "max_tokens": 5}),
    ("/v1/messages/count_tokens", {"messages": HI}),
    ("/v1/embeddings", {"input": "hi"}),
]
"""Every door that asks a model over `/v1`, with what else it takes."""
ENGINES: list[tuple[str, dict[str, Any]]] = [
    ("/api/v1/llm/chat", {"messages": HI}),
    ("/api/v1/llm/generate", {"prompt": "hi [[fake tokens=2]]", "engine_type": "openai"}),
]


@dataclass
class Town:
    """A server whose Bob has a model of his own."""

    server: Server
    ada: Person
    cookie: str
    bob: Person


@pytest.fixture(scope="module")
def town(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    place = engine.base_url.removeprefix("http://")
    config = {
        "auth": "on",
        "endpoints": [endpoint(engine)],
        "outside": {"allow": [place]},
        "cors_origins": [FRIEND],
    }
    with serving(tmp_path_factory.mktemp("reach"), config=config) as server:
        ada, cookie = set_up(server)
        bob = add(server, "Bob")
        body = {"base_url": f"{engine.base_url}/v1", "model": "fake", "api_key": CANARY}
        bob.made("/api/own-endpoint", body, "PUT")
        yield Town(server, ada, cookie, bob)
        hang_up()


def test_a_model_of_ones_own_is_at_every_door_for_its_owner(town: Town) -> None:
    for person in (town.bob, with_key(town.bob, "chat")):
        for path, body in TALK:
            answer = person.ask("POST", path, json={"model": OWN, **body})
            assert answer.status_code == 200, (path, answer.text)
            if "/count_tokens" not in path and path != "/v1/embeddings":
                assert '"own/fake"' in answer.text, path  # by the name that was asked for
            assert CANARY not in answer.text
        for path, body in ENGINES:
            answer = person.ask("POST", path, json={"model_name": OWN, **body})
            assert answer.status_code == 200, (path, answer.text)
            assert answer.json()["data"]["run_id"] is None
    reader = with_key(town.bob, "chat")
    listed = [one["id"] for one in reader.ask("GET", "/v1/models").json()["data"]]
    assert listed.count(OWN) == 1
    assert reader.ask("GET", f"/v1/models/{OWN}").json()["id"] == OWN


def test_it_is_no_model_for_anybody_else(town: Town, engine: Fake) -> None:
    eve, suspended = add(town.server, "Eve"), add(town.server, "Sid")
    cli(town.server, "user", "suspend", "Sid")
    callers = [
        (town.ada, 404),
        (with_key(town.ada, "admin"), 404),
        (eve, 404),
        (with_key(eve, "chat"), 404),
        (with_key(town.bob, "read", "write"), 403),
        (Person(town.server, "nobody"), 401),
    ]
    for caller, status in callers:
        for path, body in TALK:
            answer = caller.ask("POST", path, json={"model": OWN, **body})
            assert answer.status_code == status, (caller.name, path, answer.text)
        for path, body in ENGINES:
            answer = caller.ask("POST", path, json={"model_name": OWN, **body})
            assert answer.status_code == status, (caller.name, path, answer.text)
        found = caller.ask("GET", f"/v1/models/{OWN}")
        assert found.status_code == status
        # what does not exist is answered alike
        if status == 404:
            nothing = caller.ask("GET", "/v1/models/own/nothing").json()["error"]
            assert found.json()["error"]["code"] == nothing["code"]
            assert OWN not in caller.ask("GET", "/v1/models").text
            assert OWN not in caller.ask("GET", "/api/models").text
    expect_unauthorised(suspended)
    assert engine.base_url not in town.ada.ask("GET", "/v1/models").text


def expect_unauthorised(person: Person) -> None:
    """Wait until a person is a stranger at every door of `/v1`."""
    deadline = time.monotonic() + 10
    while person.ask("GET", "/v1/models").status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for path, body in TALK:
        assert person.ask("POST", path, json={"model": OWN, **body}).status_code == 401, path


@pytest.mark.parametrize("deed", ["suspend", "rm"])
def test_replies_of_whoever_is_suspended_stop_within_a_second(town: Town, engine: Fake, deed: str) -> None:
    name = f"mallory-{deed}"
    mallory = add(town.server, name)
    chat = mallory.made("/api/chats/", {"title": "long"})["id"]
    body = {
        "chat_id": chat,
        "model": "fake",
        "content": "[[fake tokens=2000 delay=20]]",
        "stream": True,
    }
    with (
        town.server.client(headers=mallory.headers) as client,
        client.stream("POST", "/api/chat/completion", json=body) as answer,
    ):
        assert next(answer.iter_bytes())  # and this reader leaves: the reply is written on
    live = "stellarchat_live_generations"
    assert value(town, live) == 1
    cli(town.server, "user", deed, name, *(["--yes"] if deed == "rm" else []))
    began = time.monotonic()
    while value(town, live):
        # within a second of the deed, which is over when the command has ended
        assert time.monotonic() - began < 1.5
        time.sleep(0.02)
    if deed == "suspend":
        cli(town.server, "user", "resume", name)
        [_, reply] = logged_in(town.server, name).ask("GET", f"/api/chats/{chat}/messages").json()["messages"]
        assert (reply["status"], reply["finish_reason"]) == ("stopped", "cancelled")


def value(town: Town, series: str) -> float:
    """Return what a series of the server's metrics stands at."""
    text = Person(town.server, "").ask("GET", "/metrics").text
    return float(next(line for line in text.splitlines() if line.startswith(series)).split()[1])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},
    ],
)
def test_nobody_is_logged_in_by_another_site_or_name(town: Town, headers: dict[str, str]) -> None:
    """Covers CVE-2024-28224 (Ollama) and CVE-2025-34291 (Langflow), where one has to log in."""
    stranger = Person(town.server, "", headers)
    right = {"name": "Bob", "password": PASSWORD}
    bodies = {
        "/api/auth/login": right,
        "/api/auth/signup": right,
        "/api/auth/setup": right,
        "/api/auth/reset": {"secret": "x"},
        "/api/auth/reset/password": {"secret": "x", "password": PASSWORD},
        "/api/auth/token": right,
    }
    for path, body in bodies.items():
        answer = stranger.ask("POST", path, json=body)
        assert answer.status_code == 403, (path, answer.text)
        assert "set-cookie" not in answer.headers
    # what a browser has kept is of no use to them either
    browser = Person(town.server, "", {**headers, "cookie": town.cookie})
    assert browser.ask("GET", "/api/settings").status_code == 403


def test_a_friendly_site_is_nobody_by_its_visitors_cookie(town: Town) -> None:
    friend = {"origin": FRIEND, "sec-fetch-site": "cross-site"}
    for method, path in (("GET", "/api/settings"), ("PATCH", "/api/settings"), ("GET", "/api/chats/")):
        kept = Person(town.server, "", {**friend, "cookie": town.cookie})
        body = {"json": {}} if method == "PATCH" else {}
        assert kept.ask(method, path, **body).status_code == 401, path
        keyed = Person(town.server, "", {**friend, **with_key(town.ada, "read", "write").headers})
        assert keyed.ask(method, path, **body).status_code == 200, path
