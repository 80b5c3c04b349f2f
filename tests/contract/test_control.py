"""Starting, watching and stopping models over `/api/v1`, with llama.cpp and the model that comes along."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests.server import Server, serving

pytestmark = pytest.mark.real_engine

MODEL = "stellar-demo"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing but the model that comes along."""
    with serving(tmp_path_factory.mktemp("control")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it; whatever it starts is stopped afterwards."""
    with server.client(base_url=f"{server.base_url}/api/v1") as client:
        yield client
        for instance in client.get("/models/running").json()["data"]:
            client.post(f"/models/running/{instance['run_id']}/stop")


def started(client: httpx.Client, **options: object) -> dict[str, Any]:
    """Start the model and return the instance."""
    answer = client.post("/models/start", json={"model_id": MODEL, **options})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def told(client: httpx.Client, **options: object) -> list[dict[str, Any]]:
    """Start the model and return all that was told until the last step."""
    with client.stream("POST", "/models/start-stream", json={"model_id": MODEL, **options}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]


def test_success_comes_in_the_envelope(client: httpx.Client) -> None:
    answer = client.get("/models")
    assert answer.status_code == 200
    found = answer.json()
    assert found["code"] == 200
    assert found["msg"] == "success"
    assert found["request_id"] == answer.headers["x-request-id"]
    (demo,) = [model for model in found["data"] if model["id"] == MODEL]
    assert demo["engines"] == ["llamacpp"]
    assert demo["kind"] == "chat"
    (variant,) = demo["variants"]
    assert variant["downloaded"] is True
    assert variant["fit"]["fits"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "param"),
    [
        ("POST", "/models/start", {"model_id": "no-such-model"}, 404, "model_id"),
        ("POST", "/models/start", {}, 400, "model_id"),
        ("POST", "/models/start", {"model_id": MODEL, "nonsense": 1}, 400, "nonsense"),
        ("POST", "/models/start", {"model_id": MODEL, "slots": 0}, 400, "slots"),
        ("POST", "/models/start", {"model_id": MODEL, "quantization": "q1"}, 400, "quantization"),
        ("POST", "/models/start", {"model_id": MODEL, "engine_type": "nonsense"}, 400, "engine_type"),
        ("POST", "/models/start", {"model_id": "--trust-remote-code"}, 404, "model_id"),
        ("POST", "/models/start", {"model_id": "x;id"}, 404, "model_id"),
        ("GET", "/models/running/nobody", None, 404, "run_id"),
        ("POST", "/models/running/nobody/stop", None, 404, "run_id"),
        ("GET", "/models/running/nobody/logs?tail=0", None, 400, "tail"),
        ("GET", "/models/running/nobody/logs?follow=true", None, 404, "run_id"),
        ("POST", "/models/running/nobody/restart", None, 404, "run_id"),
        ("PATCH", "/models/running/nobody", {"replicas": 2}, 404, "run_id"),
        ("PATCH", "/models/running/nobody", {"replicas": 0}, 400, "replicas"),
        ("PATCH", "/models/running/nobody", {"slots": 2}, 400, "slots"),
        ("POST", "/downloads", {"model_id": MODEL}, 400, "model_id"),
        ("DELETE", "/downloads/nobody", None, 404, "id"),
        ("GET", "/nothing", None, 404, None),
    ],
)
def test_failure_comes_in_the_envelope(
    client: httpx.Client, method: str, path: str, body: object, status: int, param: str | None
) -> None:
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert answer.status_code == status
    found = answer.json()
    assert found["code"] == status
    assert found["data"] is None
    assert found["msg"] == found["error"]["message"]
    assert found["error"]["param"] == param
    assert found["request_id"]


def test_start_is_idempotent_and_stop_frees_everything(client: httpx.Client) -> None:
    instance = started(client, slots=2, context_length=512)
    assert started(client, slots=2, context_length=512)["run_id"] == instance["run_id"]
    running = told(client, slots=2, context_length=512)[-1]["instance"]
    assert running["run_id"] == instance["run_id"]
    assert running["slots"] == 2
    assert running["context_length"] == 512
    pid = running["pid"]
    assert isinstance(pid, int)
    assert psutil.pid_exists(pid)
    (listed,) = client.get("/models/running").json()["data"]
    assert listed["run_id"] == instance["run_id"]
    assert client.get(f"/models/running/{instance['run_id']}/logs").json()["data"]["lines"]

    report = client.post(f"/models/running/{instance['run_id']}/stop").json()["data"]
    assert report["run_id"] == instance["run_id"]
    assert report["survivors"] == []
    assert report["memory_freed_bytes"] > 0
    assert not psutil.pid_exists(pid)
    assert client.get("/models/running").json()["data"] == []


def test_start_is_told_step_by_step(client: httpx.Client) -> None:
    events = told(client)
    steps = [event["step"] for event in events]
    order = ["resolve", "download", "launch", "load", "ready", "error"]
    assert steps == sorted(steps, key=order.index)
    assert steps[0] == "resolve"
    assert "launch" in steps
    assert steps[-1] == "ready"
    assert events[-1]["instance"]["state"] == "ready"


def test_a_start_that_cannot_be_tells_why_in_its_last_step(client: httpx.Client) -> None:
    last = told(client, precision="float16")[-1]
    assert last["step"] == "error"
    assert "precision" in last["error"]["message"]
    elsewhere = client.post("/models/start-stream", json={"model_id": MODEL, "engine_type": "openai"})
    assert elsewhere.status_code == 400  # no such variant: nothing was begun that could be told of


def test_engines_say_whether_they_can_be_used(client: httpx.Client) -> None:
    engines = {engine["name"]: engine for engine in client.get("/engines").json()["data"]}
    assert engines["llamacpp"]["usable"] is True
    assert engines["llamacpp"]["version"]
    for engine in engines.values():
        assert engine["usable"] or (engine["reason"] and engine["remedy"]), engine


def test_a_form_can_be_made_of_the_options(client: httpx.Client) -> None:
    choice = client.get("/models/options", params={"model_id": MODEL}).json()["data"]
    assert choice["engine"] == "llamacpp"
    context = next(field for field in choice["fields"] if field["name"] == "context_length")
    assert context == {
        "name": "context_length",
        "type": "integer",
        "minimum": 256,
        "maximum": 2048,
        "choices": [],
    }
    assert choice["defaults"]["context_length"] == 2048
    assert choice["problem"] is None
    refused = client.get("/models/options", params={"model_id": MODEL, "engine_type": "vllm"})
    assert refused.status_code == 400
    assert "llamacpp" in refused.json()["error"]["remedy"]


def test_a_fit_is_told_before_the_start(client: httpx.Client) -> None:
    forecast = client.post("/models/fit", json={"model_id": MODEL, "slots": 2}).json()["data"]
    assert forecast["options"]["slots"] == 2
    assert forecast["fit"]["fits"] is True
    (memory,) = forecast["fit"]["devices"]
    assert memory["name"] == "memory"
    assert 0 < memory["needed_bytes"] == forecast["fit"]["needed_bytes"] < memory["free_bytes"]
    refused = client.post("/models/fit", json={"model_id": MODEL, "precision": "float16"})
    assert refused.status_code == 400
    assert "precision" in refused.json()["msg"]


def test_an_instance_tells_of_its_course_and_its_abilities(client: httpx.Client) -> None:
    run_id = started(client, slots=2, threads=1)["run_id"]
    deadline = time.monotonic() + 60
    while (found := client.get(f"/models/running/{run_id}/verification").json()["data"])[
        "verified_at"
    ] is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    checks = {name: check["ok"] for name, check in found["checks"].items()}
    assert checks["stream"] is checks["stop"] is checks["schema"] is True
    assert checks["vision"] is None
    asked = {"model_name": MODEL, "prompt": "Count from 1 to 100", "temperature": 0}
    assert client.post("/llm/generate", json=asked).status_code == 200
    while True:
        course = client.get(f"/models/running/{run_id}/history").json()["data"]
        if any(sample["tokens_per_second"] for sample in course["samples"]):
            break
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert course["interval_seconds"] > 0
    assert course["samples"][-1]["memory_bytes"]
    assert client.get("/models/running/nobody/history").status_code == 404
    assert client.get("/models/running/nobody/verification").status_code == 404


def test_engines_measure_under_the_name_of_their_instance(client: httpx.Client, server: Server) -> None:
    run_id = started(client, slots=2, threads=1)["run_id"]
    deadline = time.monotonic() + 60
    with server.client() as plain:
        while f'llamacpp:requests_processing{{instance="{run_id}",model="{MODEL}"}}' not in (
            text := plain.get("/metrics").text
        ):
            assert time.monotonic() < deadline, text
            time.sleep(0.2)
    assert 'stellarchat_memory_bytes{kind="total"}' in text


def ready(client: httpx.Client, run_id: str, replicas: int) -> dict[str, Any]:
    """Wait until so many replicas are there, all of them ready, and return the instance."""
    deadline = time.monotonic() + 60
    while True:
        found: dict[str, Any] = client.get(f"/models/running/{run_id}").json()["data"]
        if [one["state"] for one in found["replicas"]] == ["ready"] * replicas:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_replicas_come_and_go_while_it_serves(client: httpx.Client) -> None:
    run_id = started(client, slots=1, threads=1, pinned=True)["run_id"]
    first = ready(client, run_id, 1)
    assert (first["pinned"], first["attached"], first["options"]["replicas"]) == (True, False, 1)
    path = f"/models/running/{run_id}"
    answer = client.patch(path, json={"replicas": 2, "pinned": False, "idle_unload_seconds": 0})
    assert answer.status_code == 200, answer.text
    both = ready(client, run_id, 2)
    assert (both["pinned"], both["slots"], both["options"]["idle_unload_seconds"]) == (False, 2, 0)
    assert both["replicas"][0]["pid"] == first["pid"]
    assert {one["index"] for one in both["replicas"]} == {1, 2}
    assert client.get(f"{path}/logs?replica=2").json()["data"]["lines"]
    refused = client.patch(path, json={"replicas": 17})
    assert (refused.status_code, refused.json()["data"]) == (400, None)
    assert client.patch(path, json={"replicas": 1}).json()["data"]["options"]["replicas"] == 1
    assert ready(client, run_id, 1)["pid"] == first["pid"]


def test_a_restart_keeps_the_run_id_and_the_options(client: httpx.Client) -> None:
    run_id = started(client, slots=1, threads=1)["run_id"]
    before = ready(client, run_id, 1)
    restarted = client.post(f"/models/running/{run_id}/restart").json()["data"]
    assert restarted["run_id"] == run_id
    after = ready(client, run_id, 1)
    assert after["pid"] != before["pid"]
    assert after["options"] == before["options"]


def test_the_log_is_followed_until_the_engine_ends(client: httpx.Client) -> None:
    run_id = started(client, slots=1, threads=1)["run_id"]
    ready(client, run_id, 1)
    with client.stream("GET", f"/models/running/{run_id}/logs?follow=true&tail=5") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: line"
        assert isinstance(json.loads(next(lines).removeprefix("data: "))["line"], str)
        report = client.post(f"/models/running/{run_id}/stop").json()["data"]
        assert (report["survivors"], report["gpu_memory_freed_bytes"]) == ([], 0)
        for _ in lines:
            pass
