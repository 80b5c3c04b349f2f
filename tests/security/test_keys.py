"""A key that has expired, was taken back or is for something else opens no door: used before or never.

Every route of `/v1` and of what else asks a model, by both headers that a key may come in, and the socket.
Covers LobeHub CVE-2026-39411, Open WebUI CVE-2026-44553.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.fake_engine import Fake
from tests.security.people import Person, add, hang_up, set_up, with_key
from tests.security.test_accounts import closing, expect, filled
from tests.security.test_reach import ENGINES, TALK
from tests.server import Server, endpoint, serving

BODIES: list[tuple[str, dict[str, Any]]] = [
    *((path, {"model": "fake", **body}) for path, body in TALK),
    *((path, {"model_name": "fake", **body}) for path, body in ENGINES),
]


@dataclass
class Town:
    """A server and one of its users."""

    server: Server
    bob: Person
    doors: list[tuple[str, str, dict[str, Any]]]


@pytest.fixture(scope="module")
def town(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    config = {"auth": "on", "endpoints": [endpoint(engine)]}
    with serving(tmp_path_factory.mktemp("keys"), config=config) as server:
        ada, _ = set_up(server)
        paths = ada.ask("GET", "/openapi.json").json()["paths"]
        found = [
            (method.upper(), filled(path, {}), {"json": {}} if method == "post" else {})
            for path, operations in paths.items()
            if path.startswith("/v1/")
            for method in operations
        ]
        assert len(found) > 10
        yield Town(
            server, add(server, "Bob"), [*found, *(("POST", path, {"json": body}) for path, body in BODIES)]
        )
        hang_up()


def key_of(town: Town, **more: Any) -> tuple[str, str]:
    """Make a key that is good for all that Bob may, and return its id and the key itself."""
    made = town.bob.made("/api/auth/keys", {"name": "k", "scopes": ["chat", "read", "write"], **more})
    return made["id"], made["key"]


def ways(town: Town, key: str) -> tuple[Person, ...]:
    """Return whoever sends a key, in each header there is for it."""
    sent = ({"authorization": f"Bearer {key}"}, {"x-api-key": key}, {"authorization": f"bearer  {key}"})
    return tuple(Person(town.server, "", headers) for headers in sent)


def every_door(town: Town, person: Person) -> Iterator[tuple[str, httpx.Response]]:
    for method, path, body in town.doors:
        yield f"{method} {path}", person.ask(method, path, **body)


def live(town: Town, person: Person) -> ClientConnection:
    return connect(town.server.websocket_url, additional_headers=person.headers, proxy=None)


def is_shut(town: Town, key: str) -> None:
    """See that a key is refused everywhere, with an answer that does not repeat it."""
    for person in ways(town, key):
        for door, answer in every_door(town, person):
            assert answer.status_code == 401, (door, answer.text)
            assert key not in answer.text
            assert answer.headers["www-authenticate"].startswith("Bearer")
        with pytest.raises(InvalidStatus) as caught:
            live(town, person).close()
        assert caught.value.response.status_code == 401


def is_good(town: Town, key: str) -> None:
    for person in ways(town, key):
        for path, body in BODIES:
            assert person.ask("POST", path, json=body).status_code == 200, path
        with live(town, person) as connection:
            connection.recv(timeout=10)


def soon() -> str:
    return (datetime.now(UTC) + timedelta(seconds=3)).isoformat()


def test_an_expired_key(town: Town) -> None:
    _, unused = key_of(town, expires_at=soon())
    _, used = key_of(town, expires_at=soon())
    person = ways(town, used)[0]
    with live(town, person) as connection:
        connection.recv(timeout=10)
        assert person.ask("GET", "/v1/models").status_code == 200
        expect(lambda: person.ask("GET", "/v1/models").status_code == 401)
        assert closing(connection) == 1008
    for key in (used, unused):
        is_shut(town, key)
    for never in ("2020-01-01T00:00:00Z", datetime.now(UTC).isoformat()):
        body = {"name": "k", "scopes": ["chat"], "expires_at": never}
        refused = town.bob.ask("POST", "/api/auth/keys", json=body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "expires_at")


def test_a_key_that_was_taken_back(town: Town) -> None:
    for used in (True, False):
        identity, key = key_of(town)
        if used:
            is_good(town, key)
        assert town.bob.ask("DELETE", f"/api/auth/keys/{identity}").status_code == 204
        is_shut(town, key)


def test_what_is_not_quite_a_key(town: Town) -> None:
    _, key = key_of(town)
    for wrong in (key[:-1], key + "a", key.swapcase(), key.removeprefix("sk-stellar-"), f"{key},{key}"):
        is_shut(town, wrong)
    # a good one in another header does not help a wrong one
    both = Person(town.server, "", {"authorization": f"Bearer {key}x", "x-api-key": key})
    assert both.ask("GET", "/v1/models").status_code == 401
    # and none is taken from where it would be written down
    for query in ({"api_key": key}, {"key": key}, {"token": key}, {"access_token": key}):
        assert Person(town.server, "").ask("GET", "/v1/models", params=query).status_code == 401
    is_good(town, key)


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_key_for_something_else(town: Town, scope: str) -> None:
    narrow = with_key(town.bob, scope).headers["authorization"].split()[1]
    for person in ways(town, narrow):
        for door, answer in every_door(town, person):
            assert answer.status_code == 403, (door, answer.text)
            assert "scope `chat`" in answer.text
