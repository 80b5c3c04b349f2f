"""Ids of somebody else's lead nowhere, in bodies and queries either, and for an administrator as for others.

The matrix of test_accounts.py asks with another's ids in paths. Here a person's own request carries them
inside, which is how Open WebUI CVE-2026-45349 and CVE-2026-28788, LibreChat CVE-2026-31950 and AnythingLLM
CVE-2026-32717 gave them away.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fake_engine import Fake
from tests.security.people import Person, add, hang_up, set_up, with_key
from tests.security.test_accounts import EVENTS, bodies, filled, is_open, possessions, socket, told
from tests.server import Server, endpoint, serving

SECRET = "hers alone"


@dataclass
class Town:
    """A server whose Eve has everything there is to have; `mine` is what her neighbours have themselves."""

    server: Server
    eve: Person
    hers: dict[str, str]
    others: dict[str, Person]
    mine: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def town(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    named = endpoint(engine, models=("fake", "other"))
    with serving(tmp_path_factory.mktemp("foreign"), config={"auth": "on", "endpoints": [named]}) as server:
        ada, _ = set_up(server)
        eve, bob = add(server, "Eve"), add(server, "Bob")
        others = {"user": bob, "administrator": ada, "administrator's key": with_key(ada, "admin")}
        mine = {name: possessions(one) for name, one in (("user", bob), ("administrator", ada))}
        mine["administrator's key"] = mine["administrator"]
        yield Town(server, eve, possessions(eve), others, mine)
        hang_up()


ROLES = ("user", "administrator", "administrator's key")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_somebodys_does_not_exist_for_others(town: Town, role: str) -> None:
    who, checked = town.others[role], 0
    for path, operations in who.ask("GET", "/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            named = [name for name in town.hers if f"{{{name}}}" in path]
            if not named or operation.get("x-role") == "admin" or is_open(operation):
                continue
            if path.startswith("/api/auth/") and role.endswith("key"):
                continue  # a key changes no account, not even its own
            values = dict(town.hers)
            if path.startswith("/conversations"):
                values["session_id"] = values["chat_id"]
            body = bodies(method.upper(), path)
            answer = who.ask(method.upper(), filled(path, values), **body)
            assert answer.status_code in ((404, 400) if body.get("json") == {} else (404,)), (
                path,
                answer.text,
            )
            assert SECRET not in answer.text
            checked += 1
    assert checked > 20
    with socket(town.server, who) as connection:
        connection.recv(timeout=10)
        for event in EVENTS:
            frame = {
                name: filled(value, town.hers) if isinstance(value, str) else value
                for name, value in event.items()
            }
            connection.send(json.dumps(frame))
            answer = json.loads(connection.recv(timeout=10))
            assert (answer["type"], answer["code"]) == ("error", "not_found"), (frame, answer)
        told(connection)


def carried(hers: dict[str, str], mine: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return requests about one's own things that carry another's ids."""
    file = [{"type": "file", "file_id": hers["file_id"]}, {"type": "text", "text": "hi"}]
    chat, stolen, message = mine["chat_id"], hers["chat_id"], hers["message_id"]
    below, said = f"/api/chats/{chat}", {"role": "user", "content": "x"}
    turn = {"model": "fake", "content": "hi"}
    compare = {"models": ["fake", "other"], "content": "hi"}
    answered = {"model": "fake", "input": "x", "previous_response_id": hers["response_id"]}
    return [
        ("POST", "/api/chat/completion", {**turn, "chat_id": stolen}),
        ("POST", "/api/chat/completion", {**turn, "chat_id": chat, "parent_id": message}),
        ("POST", "/api/chat/completion", {"chat_id": chat, "parent_id": message}),
        ("POST", "/api/chat/completion", {"chat_id": chat, "continue_message_id": message}),
        ("POST", "/api/chat/completion", {**turn, "chat_id": chat, "content": file}),
        ("POST", f"{below}/messages", {"role": "user", "content": file}),
        ("POST", f"{below}/messages", {**said, "parent_id": message}),
        ("PUT", f"{below}/messages/{message}", {"content": "x"}),
        ("PUT", f"{below}/messages/{message}/rating", {"rating": "up"}),
        ("PUT", below, {"active_leaf": message}),
        ("PUT", below, {"persona_id": hers["persona_id"]}),
        ("POST", "/api/chats/", {"persona_id": hers["persona_id"]}),
        ("POST", f"{below}/fork", {"message_id": message}),
        ("POST", f"{below}/share", {"message_id": message}),
        ("POST", "/api/chat/context", {"model": "fake", "chat_id": stolen, "content": "x"}),
        ("POST", "/api/chat/context", {"model": "fake", "chat_id": chat, "parent_id": message}),
        ("POST", "/api/chat/context", {"model": "fake", "files": [{"file_id": hers["file_id"]}]}),
        ("POST", "/api/files/remove", {"ids": [hers["file_id"]]}),
        ("POST", "/api/comparisons", {**compare, "chat_id": stolen}),
        ("POST", "/api/comparisons", {**compare, "chat_id": chat, "parent_id": message}),
        ("POST", f"/api/comparisons/{mine['comparison_id']}/again", {"answer_id": message}),
        ("POST", "/v1/responses", answered),
        ("POST", "/chat", {"session_id": stolen, "message": "x"}),
        ("GET", f"/api/chats/export?chat_id={stolen}", {}),
        ("GET", f"{below}/messages?leaf={message}", {}),
        ("GET", f"{below}/messages?before={message}", {}),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_no_id_in_a_body_or_query_leads_to_anothers(town: Town, role: str) -> None:
    who, before = town.others[role], everything(town.eve)
    for method, path, body in carried(town.hers, town.mine[role]):
        answer = who.ask(method, path, **({"json": body} if body else {}))
        assert 400 <= answer.status_code < 500, (path, body, answer.text)
        assert SECRET not in answer.text
    bulk = {"action": "delete", "ids": [town.hers["chat_id"]]}
    answer = who.ask("POST", "/api/chats/bulk", json=bulk)
    assert (answer.status_code, answer.json()["changed"]) in ((200, 0), (200, [])), answer.text
    assert town.hers["chat_id"] not in who.ask("GET", f"/api/chats/search?q={SECRET}").text
    assert everything(town.eve) == before


@pytest.mark.parametrize("role", ROLES)
def test_no_import_touches_anothers_chats(town: Town, role: str) -> None:
    """An import knows chats by the ids they had: those of another person are not among them."""
    exported = town.eve.ask("GET", "/api/chats/export").json()
    before = everything(town.eve)
    for chat in exported["chats"]:
        chat["title"] = "taken over"
    answer = town.others[role].ask("POST", "/api/chats/import", json=exported)
    assert answer.status_code == 200, answer.text
    assert answer.json()["updated"] == 0
    assert everything(town.eve) == before


def everything(owner: Person) -> list[Any]:
    """Return all that somebody has, but for when it was looked at."""
    found = owner.ask("GET", "/api/chats/export").json()["chats"]
    others = [owner.ask("GET", path).json() for path in ("/api/files", "/api/prompts", "/api/personas")]
    return [found, others, owner.ask("GET", "/api/comparisons").json()]
