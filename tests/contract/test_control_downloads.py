"""Downloads over `/api/v1`: a model that is not here yet, from a hub of our own, to a running instance."""

import json
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hub.server import FakeHub
from tests.server import Server, serving

pytestmark = pytest.mark.real_engine

MODEL = "far-away"
CATALOGUE = {
    "models": [
        {
            "id": MODEL,
            "name": "Far away",
            "description": "",
            "official_url": "",
            "kind": "chat",
            "context_length": 1024,
            "sizes": [
                {
                    "size": "",
                    "files": [
                        {"id": MODEL, "quantization": "f16", "hf_repo": "owner/name", "hf_file": "far.gguf"}
                    ],
                }
            ],
        }
    ]
}


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A hub that has the demonstration model under another name."""
    weights = resources.files("stellarchat").joinpath("data", "demo", "stellar-demo.gguf").read_bytes()
    with FakeHub(weights) as hub:
        yield hub


@pytest.fixture
def server(hub: FakeHub, tmp_path: Path) -> Iterator[Server]:
    """A server with a catalogue of one model, which is not here."""
    catalogue = tmp_path / "models.json"
    catalogue.write_text(json.dumps(CATALOGUE))
    settings = {"hf_endpoint": hub.url, "models_config": str(catalogue)}
    with serving(tmp_path / "data", config=settings) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with server.client() as client:
        yield client


def state(client: httpx.Client) -> str:
    """Return the model's state in the list of all."""
    (info,) = client.get("/api/models").json()["data"]
    return str(info["state"])


def test_a_start_downloads_what_is_missing_and_tells_of_it(client: httpx.Client) -> None:
    assert state(client) == "not_downloaded"
    with client.stream("POST", "/api/v1/models/start-stream", json={"model_id": MODEL}) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    steps = list(dict.fromkeys(event["step"] for event in events))
    assert steps[:3] == ["resolve", "download", "launch"]
    assert steps[-1] == "ready", events[-1]
    downloads = [event["download"] for event in events if event["step"] == "download"]
    assert downloads[-1]["status"] == "complete"
    assert downloads[-1]["bytes_done"] == downloads[-1]["bytes_total"] > 0
    assert state(client) == "ready"
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
    assert client.post("/v1/chat/completions", json=body).json()["model"] == MODEL


def test_pause_resume_and_cancel(client: httpx.Client, hub: FakeHub, server: Server) -> None:
    hub.faults.pause_at = 1000
    download = started(client)
    path = f"/api/v1/downloads/{download['id']}"
    assert hub.paused.wait(20)
    assert state(client) == "downloading"
    assert started(client)["id"] == download["id"]
    (listed,) = client.get("/api/v1/downloads").json()["data"]
    assert listed["id"] == download["id"]
    assert listed["repo"] == "owner/name"
    assert client.post(f"{path}/pause").json()["data"]["status"] == "paused"
    assert client.post(f"{path}/pause").status_code == 409
    assert client.post(f"{path}/resume").json()["data"]["status"] in ("queued", "running")
    assert client.delete(path).json()["data"] is None
    assert client.get("/api/v1/downloads").json()["data"] == []
    assert client.get(path).status_code == 404
    assert [file.name for file in server.data_dir.rglob("far.gguf*")] == []
    assert state(client) == "not_downloaded"


def test_a_download_that_fails_says_why(client: httpx.Client, hub: FakeHub) -> None:
    hub.faults.spoil = True
    with client.stream("POST", "/api/v1/models/start-stream", json={"model_id": MODEL}) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1]["step"] == "error"
    assert events[-1]["error"]["message"]
    assert state(client) == "not_downloaded"


def started(client: httpx.Client) -> dict[str, Any]:
    """Start the download, or join it."""
    answer = client.post("/api/v1/downloads", json={"model_id": MODEL})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def test_a_model_of_ones_own_is_added_used_and_taken_out(
    client: httpx.Client, hub: FakeHub, server: Server
) -> None:
    hub.files = {"tiny-F16.gguf": hub.content}
    found = client.post("/api/v1/models/inspect", json={"hf_repo": "owner/name"}).json()["data"]
    assert found["kind"] == "chat"
    assert [one["file"] for one in found["files"]] == ["tiny-F16.gguf"]
    added = client.post("/api/v1/models", json={"id": "mine", "hf_repo": "owner/name"}).json()["data"]
    assert added["own"] is True
    assert added["variants"][0]["engines"] == ["llamacpp"]
    again = client.post("/api/v1/models", json={"id": "mine", "hf_repo": "owner/name"})
    assert (again.status_code, again.json()["error"]["param"]) == (409, "id")
    download = client.post("/api/v1/downloads", json={"model_id": "mine"}).json()["data"]
    eventually_complete(client, download["id"])
    (file,) = client.get(f"/api/v1/downloads/{download['id']}").json()["data"]["files"]
    assert file == {"file": "tiny-F16.gguf", "bytes_done": len(hub.content), "bytes_total": len(hub.content)}
    freed = client.delete("/api/v1/models/mine/weights").json()["data"]
    assert freed == {"variant_id": "mine", "freed_bytes": len(hub.content)}
    assert client.delete("/api/v1/models/mine/weights").status_code == 404
    assert client.delete("/api/v1/models/mine").json()["data"] is None
    assert client.delete("/api/v1/models/mine").status_code == 404
    assert client.delete(f"/api/v1/models/{MODEL}").status_code == 403
    unknown = client.post("/api/v1/models/inspect", json={"hf_repo": "owner/name", "surprise": 1})
    assert unknown.status_code == 400


def eventually_complete(client: httpx.Client, download_id: str) -> None:
    """Wait for a download."""
    deadline = time.monotonic() + 30
    while client.get(f"/api/v1/downloads/{download_id}").json()["data"]["status"] != "complete":
        assert time.monotonic() < deadline
        time.sleep(0.02)
