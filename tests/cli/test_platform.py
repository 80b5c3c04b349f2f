"""The command line on a running server: its models, its instances, and all of its control routes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import run
from tests.server import Server, serving

MODEL = "stellar-demo"
PACKAGE = Path(__file__).parents[2] / "src" / "stellarchat"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    with serving(tmp_path_factory.mktemp("platform")) as running:
        yield running


def shown(*arguments: str, cwd: Path, server: Server) -> Any:
    """Run a command that succeeds and return its JSON."""
    answer = run(*arguments, "--json", "--url", server.base_url, cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.real_engine
def test_every_control_route_answers_as_it_should(tmp_path: Path, server: Server) -> None:
    port = server.base_url.rpartition(":")[2]
    answer = subprocess.run(
        [sys.executable, "-m", "stellarchat", "api-test", "--port", port],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 unexpected answers" in answer.stdout
    for word in ("POST   /models/start-stream", "/llm/structured-generate", "/endpoints/{endpoint_id}"):
        assert word in answer.stdout
    with server.client() as client:
        assert client.get("/api/v1/models/running").json()["data"] == []
        assert client.get("/api/v1/endpoints").json()["data"] == []
        assert not any(one["own"] for one in client.get("/api/v1/models").json()["data"])


@pytest.mark.real_engine
def test_what_ran_before_goes_on_running(tmp_path: Path, server: Server) -> None:
    one = shown("instances", "start", MODEL, cwd=tmp_path, server=server)
    report = shown("api-test", cwd=tmp_path, server=server)
    assert report["failed"] == 0
    assert all(called["problem"] is None for called in report["calls"])
    (still,) = shown("instances", "list", cwd=tmp_path, server=server)
    assert (still["run_id"], still["pid"], still["state"]) == (one["run_id"], one["pid"], "ready")
    assert run("instances", "stop", MODEL, "--url", server.base_url, cwd=tmp_path).returncode == 0


@pytest.mark.real_engine
def test_instances_are_started_with_options_scaled_and_followed(tmp_path: Path, server: Server) -> None:
    options = ("--slots", "1", "--context-length", "512", "--pinned")
    one = shown("instances", "start", MODEL, *options, cwd=tmp_path, server=server)
    assert (one["state"], one["context_length"], one["pinned"]) == ("ready", 512, True)
    two = shown("instances", "scale", MODEL, "2", cwd=tmp_path, server=server)
    assert [replica["state"] for replica in two["replicas"]] == ["ready", "ready"]
    again = shown("instances", "restart", MODEL, cwd=tmp_path, server=server)
    assert (again["state"], again["run_id"]) == ("ready", one["run_id"])
    url = ("--url", server.base_url)
    follower = subprocess.Popen(
        [sys.executable, "-m", "stellarchat", "instances", "logs", MODEL, "--follow", *url],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in its background has it ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert follower.stdout is not None
    assert follower.stdout.readline().strip()
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=60)
    assert follower.returncode == 0
    assert run("instances", "stop", MODEL, *url, cwd=tmp_path).returncode == 0


def test_a_start_that_is_refused_says_why(tmp_path: Path, server: Server) -> None:
    url = ("--url", server.base_url)
    unknown = run("instances", "start", "no-such-model", *url, cwd=tmp_path)
    assert unknown.returncode == 1
    assert "no-such-model" in unknown.stderr
    wrong = run("instances", "start", MODEL, "--precision", "float99", *url, cwd=tmp_path)
    assert wrong.returncode == 1
    assert "precision" in wrong.stderr
    assert run("instances", "start", MODEL, "--gpus", "a,b", *url, cwd=tmp_path).returncode == 2
    assert run("instances", "restart", "nothing", *url, cwd=tmp_path).returncode == 1
    assert run("instances", "scale", "nothing", "2", *url, cwd=tmp_path).returncode == 1


def test_weights_on_the_disk_are_taken_in_and_out_again(tmp_path: Path, server: Server) -> None:
    weights = tmp_path / "My Model.gguf"
    shutil.copyfile(PACKAGE / "data" / "demo" / "stellar-demo.gguf", weights)
    entry = shown("models", "import", weights.name, "--name", "Mine", cwd=tmp_path, server=server)
    assert (entry["id"], entry["name"], entry["own"]) == ("my-model", "Mine", True)
    url = ("--url", server.base_url)
    again = run("models", "import", str(weights), *url, cwd=tmp_path)
    assert again.returncode == 1
    assert "my-model" in again.stderr
    asked = run("models", "rm", "my-model", "--entry", *url, cwd=tmp_path)  # nobody says yes
    assert asked.returncode == 1
    assert "my-model" in run("models", "list", *url, cwd=tmp_path).stdout
    gone = shown("models", "rm", "my-model", "--entry", "--yes", cwd=tmp_path, server=server)
    assert gone == {"model_id": "my-model"}
    assert weights.exists()
    assert "my-model" not in run("models", "list", *url, cwd=tmp_path).stdout
    missing = run("models", "import", "nothing.gguf", *url, cwd=tmp_path)
    assert missing.returncode == 1
    assert "nothing.gguf" in missing.stderr


def test_a_model_of_ollamas_library_is_added(tmp_path: Path, server: Server) -> None:
    answer = run("models", "add", "ollama:nobody-has-this", "--url", server.base_url, cwd=tmp_path)
    if answer.returncode == 0:
        shown("models", "rm", "nobody-has-this", "--entry", "--yes", cwd=tmp_path, server=server)
    else:
        assert answer.stderr
        assert "Traceback" not in answer.stderr


def test_engines_follow_the_settings(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"ollama": {"base_url": "http://127.0.0.1:9"}}))
    answer = run("engines", "--json", "--config", "c.json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    found = {one["name"]: one for one in json.loads(answer.stdout)}
    assert found["ollama"]["usable"] is False
    assert "127.0.0.1:9" in json.dumps(found["ollama"])


def test_api_test_tells_of_a_route_that_nobody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    from stellarchat.cli import apitest

    told: list[apitest.Called] = []
    calls = apitest._Calls(object(), told.append)  # type: ignore[arg-type]
    monkeypatch.setattr(calls, "routes", lambda: {("GET", "/new"), ("GET", "/old")})
    calls.made.append(apitest.Called("GET", "/old", 200, "", None))
    calls.missed()
    assert [(one.path, bool(one.problem)) for one in told] == [("/new", True)]
