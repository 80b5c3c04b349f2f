"""Every kind of secret, used where it is refused and repeated, then looked for where it does not belong.

In answers, streams, the socket, logs, metrics, exports, the audit log, the database, backups, command lines
and other programs' variables. Covers LiteLLM CVE-2024-9606, 2025-0330, 2026-42208, AnythingLLM
CVE-2026-24477, LibreChat CVE-2025-66450. Two kinds of files may know a secret again (`KEPT`): the
configuration, and the keys of seals and tokens. The page's own storage is looked at in
tests/e2e/test_accounts.py.
"""

import io
import json
import secrets
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
import pytest
from websockets.sync.client import connect

from tests import tool_server
from tests.elsewhere import Elsewhere, answer
from tests.fake_engine import Fake
from tests.identity_provider import serving_provider
from tests.security.conftest import CANARY
from tests.security.people import PASSWORD, Person, add, hang_up, set_up, with_key
from tests.security.test_accounts import expect, filled, is_open
from tests.server import Server, endpoint, serving

KEPT = ("test-config.json", "accounts.key", "endpoints.key")
HI = [{"role": "user", "content": "hi [[fake status=401]]"}]
# what a model is asked by, and how; each with and without a stream
DOORS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"messages": HI}),
    ("/api/chat/completions", {"messages": HI}),
    ("/v1/completions", {"prompt": HI[0]["content"]}),
    ("/v1/responses", {"input": HI}),
    ("/v1/messages", {"messages": HI, "max_tokens": 5}),
    ("/v1/embeddings", {"input": "hi"}),
    ("/api/chat/completion", {"messages": HI}),
    ("/chat", {"message": HI[0]["content"]}),
]


@dataclass
class Town:
    """A server where every secret was used. `said` is what it answered meanwhile, by what was asked."""

    server: Server
    ada: Person
    bob: Person
    secrets: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    def found_in(self, text: str, but: str = "") -> list[str]:
        """Return the kinds of secrets that a text holds, without those named in `but`."""
        return [kind for kind, one in self.secrets.items() if one in text and kind not in but]

    def tried(self, person: Person, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask for what may go wrong, and keep what is said of it."""
        answered = person.ask(method, path, **options)
        self.said.append((f"{method} {path} {options}"[:200], answered.text + str(answered.headers)))
        return answered


def refusal(secret: str) -> bytes:
    """Return the answer of a server that repeats the secret it refuses, in every place there is for words."""
    said = {"error": {"message": f"Incorrect key: {secret}", "param": secret, "detail": f"key={secret}"}}
    return answer(json.dumps(said).encode(), "401 Unauthorized", Content_Type="application/json")


@pytest.fixture(scope="module")
def town(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    kinds = ("shared key", "own key", "tool header", "tool variable", "hub token", "client secret")
    known = {kind: f"canary-{kind.replace(' ', '-')}-{secrets.token_hex(6)}" for kind in kinds}
    with Elsewhere() as place, serving_provider() as provider:
        provider.document["token_endpoint"] = place.url("/token")
        place.answers |= {
            "/shared/v1/chat/completions": refusal(known["shared key"]),
            "/shared/v1/completions": refusal(known["shared key"]),
            "/shared/v1/embeddings": refusal(known["shared key"]),
            "/shared/v1/models": refusal(known["shared key"]),
            "/own/v1/chat/completions": refusal(known["own key"]),
            "/own/v1/completions": refusal(known["own key"]),
            "/own/v1/embeddings": refusal(known["own key"]),
            "/own/v1/models": refusal(known["own key"]),
            "/mcp": refusal(known["tool header"]),
            "/token": refusal(known["client secret"]),
        }
        config = {
            "auth": "on",
            "log_level": "debug",
            "endpoints": [endpoint(engine)],
            "outside": {"allow": [place.place]},
            "hf_token": known["hub token"],
            "hf_endpoint": place.url("").rstrip("/"),
            "oidc": {
                "issuer": provider.issuer,
                "client_id": "stellarchat",
                "client_secret": known["client secret"],
            },
        }
        with serving(tmp_path_factory.mktemp("sweep"), config=config) as server:
            ada, cookie = set_up(server)
            known |= {"password": PASSWORD, "preset key": CANARY, "cookie": cookie.partition("=")[2]}
            made = Town(server, ada, add(server, "Bob"), known)
            for person in (made.ada, made.bob):
                known[f"token of {person.name}"] = person.headers["authorization"].split()[1]
            ask_models(made, place)
            ask_tools(made, place)
            ask_the_hub(made, place)
            make_links(made)
            log_in_elsewhere(made)
            yield made
            hang_up()


def ask_models(town: Town, place: Elsewhere) -> None:
    """Let shared and own endpoints refuse their keys at every door, in a chat and on the socket too."""
    shared = {"name": "Cloud", "base_url": place.url("/shared/v1"), "api_key": town.secrets["shared key"]}
    made = town.ada.made("/api/v1/endpoints", {**shared, "models": ["cloud"]})["data"]
    own = {"base_url": place.url("/own/v1"), "model": "mine", "api_key": town.secrets["own key"]}
    town.bob.made("/api/own-endpoint", own, "PUT")
    town.tried(town.bob, "POST", "/api/own-endpoint/test", json={})
    town.tried(town.ada, "POST", "/api/v1/endpoints/test", json={"id": made["id"]})
    for model in ("cloud", "own/mine", "fake"):
        for path, body in DOORS:
            for stream in (False, True):
                named = {} if path == "/chat" else {"model": model}
                town.tried(town.bob, "POST", path, json={**named, **body, "stream": stream})
        chat = town.bob.made("/api/chats/", {"title": model, "model": model})["id"]
        town.ids["chat_id"] = chat
        turn = {"chat_id": chat, "content": HI[0]["content"]}
        for stream in (False, True):
            town.tried(town.bob, "POST", "/api/chat/completion", json={**turn, "stream": stream})
        with connect(town.server.websocket_url, additional_headers=town.bob.headers, proxy=None) as live:
            live.send(json.dumps({"type": "chat", **turn}))
            while '"type":"error"' not in (told := str(live.recv(timeout=20))):
                pass
        town.said.append((f"socket {model}", told))
    assert place.asked  # it was spoken to, with the key
    for kind in ("shared key", "own key"):
        assert any(town.secrets[kind].encode() in request for request in place.asked), kind


def ask_tools(town: Town, place: Elsewhere) -> None:
    """Add a tool server that refuses its header, a program that prints its variables, and one that works."""
    far = {"name": "Far", "transport": "http", "url": place.url("/mcp")}
    header = {"headers": {"Authorization": f"Bearer {town.secrets['tool header']}"}}
    told = "import os, sys; sys.stderr.write(repr(dict(os.environ))); sys.exit(3)"
    variable = {"KEY": town.secrets["tool variable"]}
    loud = {"name": "Loud", "transport": "stdio", "command": sys.executable, "args": ["-c", told]}
    servers = [
        {**far, **header},
        {**loud, "env": variable, "approved": True},
        tool_server.program(**variable),
    ]
    for body in servers:
        path = f"/api/tools/servers/{town.ada.made('/api/tools/servers', body)['id']}"
        town.tried(town.ada, "PATCH", path, json={"name": f"{body['name']} {path}"})
        assert town.tried(town.ada, "POST", f"{path}/test").json()["reachable"] is (body is servers[-1])
        for end in ("/tools", "/logs", "/resources"):
            town.tried(town.ada, "GET", path + end)
    assert any(town.secrets["tool header"].encode() in request for request in place.asked)


def ask_the_hub(town: Town, place: Elsewhere) -> None:
    """Look for a model at a hub that repeats the token it refuses, in its own header too."""
    said = f"Invalid token: {town.secrets['hub token']}"
    for path in ("/api/models/o/n/revision/main", "/api/models/o/n", "/o/n/resolve/main/config.json"):
        place.answers[path] = answer(said.encode(), "401 Unauthorized", X_Error_Message=said)
    town.tried(town.ada, "POST", "/api/v1/models/inspect", json={"hf_repo": "o/n"})
    town.tried(town.ada, "POST", "/api/v1/models", json={"id": "theirs", "hf_repo": "o/n"})
    town.tried(town.ada, "POST", "/api/v1/downloads", json={"model_id": "theirs"})
    assert any(town.secrets["hub token"].encode() in request for request in place.asked)


def make_links(town: Town) -> None:
    """Make what lets somebody in, and use it, or something like it."""
    ada, bob, known = town.ada, town.bob, town.secrets
    stranger = Person(town.server, "nobody")
    pair = stranger.made("/api/auth/token", {"name": "bob", "password": PASSWORD})
    known["refresh token"], known["access token"] = pair["refresh_token"], pair["access_token"]
    known["API key"] = with_key(bob, "chat", "read").headers["authorization"].split()[1]
    known["invitation"] = ada.made("/api/invitations", {"note": "for Eve"})["secret"]
    [user_id] = [one["id"] for one in ada.ask("GET", "/api/users").json()["items"] if one["name"] == "Bob"]
    known["reset link"] = ada.made(f"/api/users/{user_id}/reset-link")["secret"]
    known["share link"] = bob.made(f"/api/chats/{town.ids['chat_id']}/share")["token"]
    assert stranger.ask("GET", f"/api/shared/{known['share link']}").status_code == 200
    for path in (f"/s/{known['share link']}", f"/api/shared/{known['share link']}x"):
        town.tried(stranger, "GET", path, headers={"x-share": "seen"})
    for path, body in (
        ("/api/auth/invitation", {"invitation": known["invitation"]}),
        ("/api/auth/signup", {"invitation": known["invitation"], "name": "Bob", "password": PASSWORD}),
        ("/api/auth/reset", {"secret": known["reset link"]}),
        ("/api/auth/reset/password", {"secret": known["reset link"], "password": "short"}),
        ("/api/auth/login", {"name": "bob", "password": PASSWORD + "x"}),
    ):
        town.tried(stranger, "POST", path, json=body, headers={"origin": town.server.base_url})
        town.tried(stranger, "POST", path, json={**body, "more": list(body.values())})
    for kind in ("API key", "refresh token", "access token"):
        wrong = Person(town.server, "", {"authorization": f"Bearer {known[kind]}x"})
        town.tried(wrong, "GET", "/api/auth/me")
        town.tried(wrong, "GET", "/api/auth/me", headers={"authorization": f"Basic {known[kind]}"})


def log_in_elsewhere(town: Town) -> None:
    """Come back from an identity provider that repeats the secret it refuses."""
    begun = town.tried(Person(town.server, ""), "GET", "/api/auth/oidc/start")
    state = httpx.URL(begun.headers["location"]).params["state"]
    kept = {"cookie": begun.headers["set-cookie"].partition(";")[0]}
    back = town.tried(
        Person(town.server, "", kept), "GET", "/api/auth/oidc/callback", params={"state": state, "code": "c"}
    )
    assert back.headers["location"] == "/login"


# where they are not


def test_no_answer_repeats_one(town: Town) -> None:
    assert len(town.said) > 80
    for what, text in town.said:
        # an address that was asked for may be named again: whoever asked has it
        assert town.found_in(text, but="share link") == [], (what, text)


def test_no_list_export_or_measurement_has_one(town: Town) -> None:
    document = town.ada.ask("GET", "/openapi.json").json()
    checked = 0
    for path, operations in document["paths"].items():
        if "get" not in operations or is_open(operations["get"]):
            continue
        for person in (town.ada, town.bob):
            found = person.ask("GET", filled(path, town.ids))
            # its owner is shown the link again
            assert town.found_in(found.text, but="share link" if path.endswith("/share") else "") == [], path
            checked += 1
    assert checked > 100
    for path in (
        "/api/chats/export?format=markdown",
        "/api/admin/feedback/export?format=jsonl",
        "/api/admin/usage?format=csv",
    ):
        for person in (town.ada, town.bob):
            assert town.found_in(person.ask("GET", path).text) == [], path


def test_no_line_of_the_log_has_one(town: Town) -> None:
    assert town.found_in(town.server.log()) == []


def test_no_command_line_has_one_and_no_program_those_of_others(town: Town) -> None:
    processes = [psutil.Process(town.server.pid), *town.server.engines()]
    assert len(processes) > 1  # a tool server at least
    for process in processes:
        assert town.found_in(" ".join(process.cmdline())) == []
        if process.pid != town.server.pid:
            assert town.found_in(str(process.environ()), but="tool variable") == []


def test_the_data_folder_has_digests_and_seals(town: Town) -> None:
    """A link to a chat is kept as it is: who reads the database has the chat, and its owner sees it again."""
    for file in town.server.data_dir.rglob("*"):
        if file.is_file() and file.name not in KEPT:
            assert town.found_in(file.read_bytes().decode("latin-1"), but="share link") == [], file
        elif file.is_file():
            assert file.name == "test-config.json" or file.stat().st_mode & 0o777 == 0o600


def test_a_backup_has_no_key_with_which_its_seals_open(town: Town) -> None:
    name: str = town.ada.made("/api/admin/backups")["name"]
    expect(lambda: town.ada.ask("GET", "/api/admin/backups").json()["items"][0]["state"] == "ready")
    packed = zipfile.ZipFile(io.BytesIO(town.ada.ask("GET", f"/api/admin/backups/{name}").content))
    keys = [(town.server.data_dir / file).read_bytes() for file in ("accounts.key", "endpoints.key")]
    assert not {path.rpartition("/")[2] for path in packed.namelist()} & set(KEPT)
    for inside in packed.namelist():
        content = packed.read(inside)
        assert town.found_in(content.decode("latin-1"), but="share link") == [], inside
        assert not any(key.strip() in content for key in keys), inside
