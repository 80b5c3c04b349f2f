"""Every route of the OpenAPI document, asked with what its schema allows and forbids: no error of ours.

Schemathesis makes the requests, always the same ones, as an administrator and as an ordinary user in turn;
what is for administrators alone is theirs. An answer must be of a documented status and content type; 502 to
504 are answers too, where they are errors of ours with a code and not a proxy's or a crash.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fake_engine import Fake
from tests.security.people import Person, add, hang_up, logged_in, set_up, with_key
from tests.server import Server, endpoint, serving

EXAMPLES = 6  # of each route, of both callers together; raise it to look for more
STARTING = ("POST /api/v1/models/start", "POST /api/v1/models/start-stream")  # nothing is to run meanwhile
SECRET = ("login", "token", "refresh", "password", "delete")  # what they want besides may be wrong: 401
PASSING = (502, 503, 504)  # an engine, a hub or an address that does not answer
# what the routes say, as `make check` sees to: to ask them here would take each worker seconds
DOCUMENT = json.loads((Path(__file__).parents[2] / "frontend/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, found in DOCUMENT["paths"].items()
    for method, operation in found.items()
}
ENDING = ("POST /api/auth/logout", "DELETE /api/auth/sessions", "DELETE /api/auth/sessions/{session_id}")


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """All routes as Schemathesis sees them. Its import takes seconds: by the worker that is here alone."""
    import schemathesis

    @schemathesis.serializer("application/zip")
    def as_it_is(context: Any, value: Any) -> bytes | None:
        """Send an archive, or what is none."""
        return value if isinstance(value, bytes) else str(value).encode()

    document = json.loads(json.dumps(DOCUMENT))
    # who asks is for us to say
    del document["security"], document["components"]["securitySchemes"]
    for found in document["paths"].values():
        for operation in found.values():
            operation.pop("security", None)
    read = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    return {operation.label: operation for operation in read}


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that can reach nothing but the fake engine."""
    nowhere = "http://127.0.0.1:9"
    config = {
        "auth": "on",
        "accounts": {"access_minutes": 1440},
        "endpoints": [endpoint(engine)],
        "hf_endpoint": nowhere,
        "downloads": {"modelscope_endpoint": nowhere},
    }
    with serving(tmp_path_factory.mktemp("schema"), config=config) as running:
        yield running


@dataclass
class Caller:
    """Somebody with an account: a login, a key that is good for all that they may do, and what is theirs."""

    login: Person
    key: Person
    kept: dict[str, str]
    chat: dict[str, str] = field(default_factory=dict)

    def known(self) -> dict[str, str]:
        """Return what routes can name: invented ids are never found, and nothing behind that is tried."""
        self.chat = self.chat or talk(self.login)
        return self.kept | self.chat


@pytest.fixture(scope="module")
def callers(server: Server) -> Iterator[dict[str, Caller]]:
    """An administrator and a user."""
    admin, _ = set_up(server, "Ada")
    found = {"admin": caller(admin, "admin"), "user": caller(add(server, "Bob"), "chat", "read", "write")}
    yield found
    hang_up()


def caller(login: Person, *scopes: str) -> Caller:
    prompt = login.made("/api/prompts", {"name": "there", "content": "there"})
    persona = login.made("/api/personas", {"name": "there"})
    file = login.ask("POST", "/api/files", params={"name": "there.txt"}, content=b"there").json()
    kept = {
        "prompt_id": prompt["id"],
        "persona_id": persona["id"],
        "file_id": file["id"],
        "user_id": login.ask("GET", "/api/auth/me").json()["id"],
        "model": "fake",
        "model_name": "fake",
        "model_id": "stellar-demo",
        "variant_id": "stellar-demo",
    }
    return Caller(login, with_key(login, *scopes), kept)


def talk(person: Person) -> dict[str, str]:
    """Have a chat with a reply in it."""
    chat_id = person.made("/api/chats/", {"title": "there"})["id"]
    turn = {"chat_id": chat_id, "model": "fake", "content": "hi [[fake tokens=2]]", "stream": False}
    message = person.made("/api/chat/completion", turn)["message"]
    return {
        "chat_id": chat_id,
        "session_id": chat_id,
        "message_id": message["id"],
        "parent_id": message["id"],
        "generation_id": message["generation_id"],
    }


def put_in(known: dict[str, str], given: Any) -> None:
    """Name what is there, where the names are those of ids."""
    if isinstance(given, dict):
        given.update({name: known[name] for name in given if name in known})


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_breaks_it(
    server: Server, callers: dict[str, Caller], operations: dict[str, Any], label: str
) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

    operation = operations[label]
    roles = ["admin"] if OPERATIONS[label].get("x-role") == "admin" else ["user", "admin"]
    people = {role: person(callers[role], label) for role in roles}
    there = {role: named(callers[role], label) for role in roles}
    ways = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(ways), known=st.booleans(), role=st.sampled_from(roles))
    def ask(case: Any, known: bool, role: str) -> None:
        if known:
            for part in (case.path_parameters, case.query, case.body):
                put_in(there[role], part)
        answer = case.call(base_url=server.base_url, headers=people[role].headers, timeout=30)
        checks = [not_a_server_error, status_code_conformance, content_type_conformance]
        if answer.status_code in PASSING:
            said = answer.json()
            assert said.get("error", {}).get("code", said.get("msg")), said
            checks.remove(not_a_server_error)
        known_here = answer.status_code != 401 or label in ENDING or label.endswith(SECRET)
        assert known_here, "it did not know who asks"
        case.validate_response(answer, checks=checks)

    try:
        ask()
    finally:
        for role in roles:
            mend(callers[role], label)


def person(caller: Caller, label: str) -> Person:
    """Return who asks: accounts are changed by logins alone, and some routes end those."""
    if label in ENDING:
        return logged_in(caller.login.server, caller.login.name)
    return caller.login if "/api/auth/" in label else caller.key


def mend(caller: Caller, label: str) -> None:
    """See to it that what a route takes away or changes is there for the next."""
    login = caller.login
    if not label.startswith("GET"):
        caller.chat = {}
    if label in ENDING:
        caller.login = logged_in(login.server, login.name)
    if label == "PATCH /api/auth/me":
        assert login.ask("PATCH", "/api/auth/me", json={"name": login.name}).is_success


def named(caller: Caller, label: str) -> dict[str, str]:
    """Return what a request may name: nothing is to be started, and nobody to be locked out."""
    if label in STARTING:
        return {}
    known = caller.known()
    if "/users/" in label:
        del known["user_id"]
    return known


def test_the_document_is_the_servers(callers: dict[str, Caller]) -> None:
    said = callers["user"].key.ask("GET", "/openapi.json").json()
    assert said == DOCUMENT, "it is stale: run `make generate`"


def test_it_is_as_well_as_before(server: Server, callers: dict[str, Caller]) -> None:
    assert callers["user"].key.ask("GET", "/health").status_code == 200
    assert "Traceback" not in server.log()
