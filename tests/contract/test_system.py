"""Health, models, settings and metrics of a running server."""

from collections.abc import Iterator

import httpx
import pytest

from stellarchat import __version__
from tests.server import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing but the model that comes along."""
    with serving(tmp_path_factory.mktemp("system")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with server.client() as client:
        yield client


@pytest.mark.parametrize("path", ["/health", "/api/health", "/health/ready"])
def test_health_tells_of_database_engines_and_instances(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    found = answer.json()
    assert found["status"] == "ok"
    assert found["version"] == __version__
    assert found["database"] == {"status": "ok", "error": None}
    assert found["engines"]["llamacpp"] is True
    assert isinstance(found["instances"], dict)


def test_alive(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


def test_the_demonstration_model_is_listed_and_fits(client: httpx.Client) -> None:
    models = {info["id"]: info for info in client.get("/api/models").json()["data"]}
    demo = models["stellar-demo"]
    assert demo["downloaded"] is True
    assert demo["demonstration"] is True
    assert demo["fit"]["fits"] is True
    assert demo["fit"]["needed_bytes"] > 0


def test_settings_are_kept_and_taken_back(client: httpx.Client) -> None:
    assert client.get("/api/settings").json() == {
        "default_model": None,
        "params": {},
        "model_params": {},
        "system_prompt": None,
        "ui": {},
    }
    change = {
        "default_model": "stellar-demo",
        "params": {"temperature": 0.5},
        "ui": {"theme": "dark", "a": 1},
    }
    changed = client.patch("/api/settings", json=change).json()
    assert changed["default_model"] == "stellar-demo"
    # the page's own settings are merged key by key, and null takes one back
    changed = client.patch("/api/settings", json={"ui": {"a": None, "b": 2}}).json()
    assert changed["ui"] == {"theme": "dark", "b": 2}
    assert changed["params"] == {"temperature": 0.5}
    assert client.get("/api/settings").json() == changed
    assert client.patch("/api/settings", json={"default_model": None}).json()["default_model"] is None


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"params": {"temperature": 3}}, "temperature"),
        ({"params": {"nonsense": 1}}, "nonsense"),
        ({"nonsense": 1}, "nonsense"),
        ({"default_model": ""}, "default_model"),
        ({"ui": []}, "ui"),
    ],
)
def test_wrong_settings_are_refused_by_name(client: httpx.Client, change: object, param: str) -> None:
    answer = client.patch("/api/settings", json=change)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_metrics_count_requests_by_route_template(client: httpx.Client) -> None:
    client.get("/api/chats/00000000-0000-0000-0000-000000000000")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    wanted = 'stellarchat_http_requests_total{method="GET",route="/api/chats/{chat_id}",status="404"}'
    assert any(line.startswith(wanted) for line in lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    assert any(line.startswith("stellarchat_live_generations ") for line in lines)


def test_paths_nobody_serves_make_one_series(client: httpx.Client) -> None:
    for number in range(5):
        assert client.get(f"/api/nothing-{number}").status_code == 404
    series = [line for line in client.get("/metrics").text.splitlines() if "nothing-" in line]
    assert series == []


def test_version(client: httpx.Client) -> None:
    assert client.get("/api/version").json() == {"name": "StellarChat", "version": __version__}


def test_unknown_api_paths_answer_in_json(client: httpx.Client) -> None:
    answer = client.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_wrong_method_names_the_right_ones(client: httpx.Client) -> None:
    answer = client.delete("/api/version")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["error"]["code"] == "method_not_allowed"
    lane = client.get("/v1/chat/completions")
    assert lane.status_code == 405
    assert lane.headers["allow"] == "POST"


def test_openapi_describes_routes_and_lanes(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert {"/api/models", "/v1/chat/completions", "/v1/embeddings", "/api/chats/"} <= set(document["paths"])
    names = [
        operation["operationId"] for routes in document["paths"].values() for operation in routes.values()
    ]
    assert len(names) == len(set(names))
    schemas = document["components"]["schemas"]
    assert "messages" in schemas["ChatCompletionRequest"]["properties"]
