"""Every route of the OpenAPI document, asked with what its schema allows and forbids: no error of ours.

Schemathesis makes the requests, always the same ones. An answer must be of a documented status and content
type; 502 to 504 are answers too, where they are errors of ours with a code and not a proxy's or a crash.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

EXAMPLES = 6  # of each route; raise it to look for more
STARTING = ("POST /api/v1/models/start", "POST /api/v1/models/start-stream")  # nothing is to run meanwhile
PASSING = (502, 503, 504)  # an engine, a hub or an address that does not answer
# what the routes say, as `make check` sees to: to ask them here would take each worker seconds
DOCUMENT = json.loads((Path(__file__).parents[2] / "frontend/openapi.json").read_text(encoding="utf-8"))
LABELS = [f"{method.upper()} {path}" for path, found in DOCUMENT["paths"].items() for method in found]


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """All routes as Schemathesis sees them. Its import takes seconds: by the worker that is here alone."""
    import schemathesis

    @schemathesis.serializer("application/zip")
    def as_it_is(context: Any, value: Any) -> bytes | None:
        """Send an archive, or what is none."""
        return value if isinstance(value, bytes) else str(value).encode()

    read = [found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
    return {operation.label: operation for operation in read}


@pytest.fixture(scope="module")
def server(engine: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that can reach nothing but the fake engine."""
    nowhere = "http://127.0.0.1:9"
    config = {
        "endpoints": [endpoint(engine)],
        "hf_endpoint": nowhere,
        "downloads": {"modelscope_endpoint": nowhere},
    }
    with serving(tmp_path_factory.mktemp("schema"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client(timeout=30) as client:
        yield client


@pytest.fixture
def known(client: httpx.Client) -> dict[str, str]:
    """Ids of things that are there: invented ones are never found, and nothing behind that is tried."""
    chat_id = client.post("/api/chats/", json={"title": "there"}).json()["id"]
    turn = {"chat_id": chat_id, "model": "fake", "content": "hi [[fake tokens=2]]", "stream": False}
    message = client.post("/api/chat/completion", json=turn).json()["message"]
    return {
        "chat_id": chat_id,
        "session_id": chat_id,
        "message_id": message["id"],
        "parent_id": message["id"],
        "generation_id": message["generation_id"],
        "model": "fake",
        "model_name": "fake",
        "model_id": "stellar-demo",
        "variant_id": "stellar-demo",
    }


def put_in(known: dict[str, str], given: Any) -> None:
    """Name what is there, where the names are those of ids."""
    if isinstance(given, dict):
        given.update({name: known[name] for name in given if name in known})


@pytest.mark.parametrize("label", LABELS)
def test_no_request_breaks_it(
    server: Server, client: httpx.Client, known: dict[str, str], operations: dict[str, Any], label: str
) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

    operation = operations[label]
    if label in STARTING:
        known = {}
    ways = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(ways), there=st.booleans())
    def ask(case: Any, there: bool) -> None:
        if there:
            for given_there in (case.path_parameters, case.query, case.body):
                put_in(known, given_there)
        answer = case.call(base_url=server.base_url, timeout=30)
        checks = [not_a_server_error, status_code_conformance, content_type_conformance]
        if answer.status_code in PASSING:
            said = answer.json()
            assert said.get("error", {}).get("code", said.get("msg")), said
            checks.remove(not_a_server_error)
        case.validate_response(answer, checks=checks)

    ask()


def test_the_document_is_the_servers(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT, "it is stale: run `make generate`"


def test_it_is_as_well_as_before(client: httpx.Client, server: Server) -> None:
    assert client.get("/health").status_code == 200
    assert "Traceback" not in server.log()
