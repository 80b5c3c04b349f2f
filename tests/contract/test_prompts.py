"""Prompts and personas over HTTP, and what a chat takes on of a persona."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server import Server, serving

PROMPT_KEYS = {"id", "name", "command", "content", "description", "shared", "own", "created_at", "updated_at"}
PERSONA_KEYS = {
    "id", "name", "description", "system_prompt", "model", "params", "opening", "suggestions", "letter",
    "colour", "shared", "own", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server."""
    with serving(tmp_path_factory.mktemp("prompts")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with server.client() as client:
        yield client


def made(client: httpx.Client, kind: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(f"/api/{kind}", json=fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_prompt_is_kept_changed_and_deleted(client: httpx.Client) -> None:
    prompt = made(client, "prompts", name=" Sum up, please ", content="Sum up: {{text}}")
    assert set(prompt) == PROMPT_KEYS
    assert (prompt["name"], prompt["command"], prompt["own"]) == ("Sum up, please", "sum-up-please", True)
    path = f"/api/prompts/{prompt['id']}"
    changed = client.patch(path, json={"command": "/Kurz", "shared": True}).json()
    assert (changed["command"], changed["shared"], changed["name"]) == ("kurz", True, "Sum up, please")
    assert client.get(path).json() == changed
    assert changed in client.get("/api/prompts").json()["items"]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).json()["error"]["param"] == "prompt_id"


def test_a_name_or_command_that_is_taken_is_said(client: httpx.Client) -> None:
    made(client, "prompts", name="Twice", content="x")
    for body, param in (
        ({"name": "Twice", "content": "y"}, "name"),
        ({"name": "Other", "command": "twice", "content": "y"}, "command"),
    ):
        refused = client.post("/api/prompts", json=body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (409, param)
    # a command that nobody chose makes room by itself
    assert made(client, "prompts", name="twice", content="y")["command"] == "twice-2"


def test_personas_travel_and_what_is_wrong_is_told_by_entry(client: httpx.Client) -> None:
    for one in client.get("/api/personas").json()["items"]:
        client.delete(f"/api/personas/{one['id']}")
    cook = made(
        client, "personas", name="Chef", system_prompt="You cook.", model="stellar-demo", colour="amber",
        params={"temperature": 0.2, "stop": ["\n"]}, suggestions=["Soup?"], opening="Hungry?", shared=True,
    )  # fmt: skip
    exported = client.get("/api/personas/export")
    assert "stellarchat-personas.json" in exported.headers["content-disposition"]
    file = exported.json()
    assert client.post("/api/personas/import", json=file).json()["unchanged"] == 1
    client.delete(f"/api/personas/{cook['id']}")
    (back,) = client.post("/api/personas/import", json=file).json()["added"]
    own = {"id", "created_at", "updated_at", "shared"}
    assert {name: back[name] for name in set(back) - own} == {name: cook[name] for name in set(cook) - own}
    assert back["shared"] is False  # a file shares nothing
    file["personas"] = [
        {"name": "Hot", "params": {"temperature": 9}},
        {"name": "Chef", "system_prompt": "You bake.", "later": 1},
        {"colour": "blue"},
    ]
    report = client.post("/api/personas/import", json=file).json()
    assert [one["name"] for one in report["added"]] == ["Chef (2)"]
    assert report["renamed"] == 1
    places = [(one["entry"], one["name"], one["param"]) for one in report["refused"]]
    assert places == [(1, "Hot", "params.temperature"), (3, None, "name")]
    file["personas"] = file["personas"][:1]
    error = client.post("/api/personas/import", json=file).json()["error"]
    assert error["param"] == "[0].params.temperature"
    prompts = {"format": "stellarchat.prompts", "version": 1, "prompts": [{"name": "a", "content": "a"}, 3]}
    report = client.post("/api/prompts/import", json=prompts).json()
    assert ([one["name"] for one in report["added"]], report["refused"][0]["entry"]) == (["a"], 2)
    assert client.post("/api/personas/import", json=prompts).status_code == 400


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"content": "x"}, "name"),
        ({"name": "   ", "content": "x"}, "name"),
        ({"name": "x", "content": ""}, "content"),
        ({"name": "x", "content": "a\x00b"}, "content"),
        ({"name": "x", "content": "x", "command": "two words"}, "command"),
        ({"name": "x", "content": "x", "command": "../x"}, "command"),
        ({"name": "x", "content": "x", "user_id": "ann"}, "user_id"),
    ],
)
def test_wrong_prompts_are_refused_by_name(client: httpx.Client, body: object, param: str) -> None:
    refused = client.post("/api/prompts", json=body)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


def test_prompts_travel_in_a_file(client: httpx.Client) -> None:
    made(client, "prompts", name="Travels", content="Go to {{place}}", description="far")
    answer = client.get("/api/prompts/export")
    assert "stellarchat-prompts.json" in answer.headers["content-disposition"]
    file = answer.json()
    assert {"name": "Travels", "command": "travels", "content": "Go to {{place}}", "description": "far"} in (
        file["prompts"]
    )
    report = client.post("/api/prompts/import", json=file).json()
    assert (report["added"], report["unchanged"]) == ([], len(file["prompts"]))
    file["prompts"] = [{**file["prompts"][-1], "name": "Travels", "content": "Stay", "unknown": 1}]
    report = client.post("/api/prompts/import", json=file).json()
    assert report["renamed"] == 1
    assert (report["added"][0]["name"], report["added"][0]["content"]) == ("Travels (2)", "Stay")
    # Open WebUI's export: a list, the command with its slash
    theirs = [
        {"command": "/mail-it", "title": "Mail", "content": "Write a mail", "user_id": "u", "timestamp": 1}
    ]
    (mail,) = client.post("/api/prompts/import", json=theirs).json()["added"]
    assert (mail["name"], mail["command"], mail["content"]) == ("Mail", "mail-it", "Write a mail")


@pytest.mark.parametrize(
    "file", [{}, {"format": "stellarchat.prompts", "version": 2, "prompts": []}, [{"title": "x"}], 3]
)
def test_what_is_no_such_file_is_refused(client: httpx.Client, file: object) -> None:
    assert client.post("/api/prompts/import", json=file).status_code == 400


def test_a_persona_is_kept_changed_and_deleted(client: httpx.Client) -> None:
    persona = made(
        client, "personas", name="teacher", system_prompt="You teach.", params={"temperature": 0.1}
    )
    assert set(persona) == PERSONA_KEYS
    assert (persona["letter"], persona["colour"], persona["model"]) == ("T", "blue", None)
    path = f"/api/personas/{persona['id']}"
    changed = client.patch(path, json={"model": "stellar-demo", "suggestions": ["Why?"], "letter": "老"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["model"], changed.json()["params"]) == ("stellar-demo", {"temperature": 0.1})
    assert client.patch(path, json={"model": None}).json()["model"] is None
    assert client.post("/api/personas", json={"name": "teacher"}).json()["error"]["param"] == "name"
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["error"]["param"] == "persona_id"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": "x", "colour": "#f00"}, "colour"),
        ({"name": "x", "params": {"temperature": 9}}, "params.temperature"),
        ({"name": "x", "suggestions": ["x"] * 13}, "suggestions"),
        ({"name": "x", "letter": ""}, "letter"),
    ],
)
def test_wrong_personas_are_refused_by_name(client: httpx.Client, body: object, param: str) -> None:
    refused = client.post("/api/personas", json=body)
    assert refused.status_code in (400, 413)
    assert refused.json()["error"]["param"] == param


def test_a_chat_takes_a_persona_on_and_keeps_it_as_it_was(client: httpx.Client) -> None:
    persona = made(
        client, "personas", name="Cook", system_prompt="You cook.", model="stellar-demo",
        params={"temperature": 0.3, "top_p": 0.5}, opening="Hungry?", suggestions=["Soup"], colour="amber",
    )  # fmt: skip
    body = {"persona_id": persona["id"], "params": {"temperature": 1}}
    chat = client.post("/api/chats/", json=body).json()
    assert (chat["model"], chat["system_prompt"], chat["params"]) == (
        "stellar-demo",
        "You cook.",
        {"temperature": 1},
    )
    sign = {
        key: persona[key]
        for key in ("id", "name", "letter", "colour", "opening", "suggestions", "updated_at")
    }
    assert chat["persona"] == sign
    path = f"/api/chats/{chat['id']}"
    changed = client.patch(f"/api/personas/{persona['id']}", json={"system_prompt": "You bake."}).json()
    assert client.get(path).json()["persona"] == sign
    assert client.get(path).json()["system_prompt"] == "You cook."
    # chosen again, the chat takes on what it says now
    again = client.put(path, json={"persona_id": persona["id"]}).json()
    assert (again["system_prompt"], again["params"]) == ("You bake.", {"temperature": 0.3, "top_p": 0.5})
    assert again["persona"]["updated_at"] == changed["updated_at"]
    fork = client.post(f"{path}/fork").json()
    assert fork["persona"] == again["persona"]
    client.delete(f"/api/personas/{persona['id']}")
    assert client.get(path).json()["persona"] == again["persona"]
    off = client.put(path, json={"persona_id": None}).json()
    assert (off["persona"], off["system_prompt"]) == (None, "You bake.")
    refused = client.put(path, json={"persona_id": "nothing"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (404, "persona_id")


def test_parameters_of_a_model_are_under_those_of_a_chat(client: httpx.Client) -> None:
    change = {"model_params": {"stellar-demo": {"max_tokens": 3, "temperature": 0}, "other": {"seed": 1}}}
    assert client.patch("/api/settings", json=change).json()["model_params"] == change["model_params"]
    kept = client.patch("/api/settings", json={"model_params": {"other": None}}).json()["model_params"]
    assert kept == {"stellar-demo": change["model_params"]["stellar-demo"]}
    chat = client.post("/api/chats/", json={"model": "stellar-demo", "params": {"temperature": 0.5}}).json()
    body = {"chat_id": chat["id"], "content": "Count from 1 to 100"}
    message = client.post("/api/chat/completion", json=body).json()["message"]
    assert message["metadata"]["params"] == {"max_tokens": 3, "temperature": 0.5}
    assert message["finish_reason"] == "length"
    refused = client.patch("/api/settings", json={"model_params": {"m": {"temperature": 9}}})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "model_params.m.temperature")


def test_a_chats_replies_follow_its_schema_and_are_checked(client: httpx.Client) -> None:
    schema = {"type": "object", "properties": {"sky": {"enum": ["blue"]}}, "required": ["sky"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
    fields = {"model": "stellar-demo", "params": {"response_format": wanted}}
    chat = client.post("/api/chats/", json=fields).json()
    assert chat["params"]["response_format"] == wanted
    body = {"chat_id": chat["id"], "content": "What colour is the sky?", "max_tokens": 60}
    message = client.post("/api/chat/completion", json=body).json()["message"]
    assert json.loads(message["content"]) == {"sky": "blue"}
    assert message["metadata"]["structured"] == {"valid": True}
    cut = client.post("/api/chat/completion", json={**body, "max_tokens": 1}).json()["message"]
    assert cut["metadata"]["structured"]["valid"] is False
    assert "JSON" in cut["metadata"]["structured"]["reason"]
