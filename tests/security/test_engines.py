"""What a start may say to an engine, and what weights may do here: nothing that is not on the lists.

Engine arguments: LocalAI CVE-2024-2029, LiteLLM CVE-2026-30623, text-generation-webui CVE-2025-12487. Model
files: vLLM CVE-2025-32444, CVE-2025-66448, CVE-2026-22807, Xinference CVE-2025-3622. Each engine's own tests
compare whole command lines; templates have tests beside llama.cpp's and Transformers' workers.
"""

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.engines.transformers.working import needs_libraries
from tests.server import Server

DEMO = "stellar-demo"
HOSTILE_NAMES = ("--trust-remote-code", "-m", "x;id", "$(id)", "`id`", "a b", "a\nb", "a\x00b", "../x", "ｘ")
START = "/api/v1/models/start"


def refused(answer: httpx.Response) -> dict[str, Any]:
    assert 400 <= answer.status_code < 500, answer.text
    error: dict[str, Any] = answer.json()
    assert error["msg"]
    return error


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_starts_nothing_and_is_not_added(
    server: Server, client: httpx.Client, tmp_path: Path, name: str
) -> None:
    for path in (START, "/api/v1/models/start-stream", "/api/v1/downloads", "/api/v1/models/fit"):
        refused(client.post(path, json={"model_id": name}))
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    refused(client.post("/api/v1/models", json={"id": name, "path": str(tmp_path / "x.gguf")}))
    assert server.engines() == []


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"LD_PRELOAD": "/tmp/x.so"}},
        {"LD_PRELOAD": "/tmp/x.so"},
        {"engine_type": "LD_PRELOAD"},
        {"engine_type": "../../bin/sh"},
        {"argv": ["sh", "-c", "id"]},
        {"command": "id"},
        {"extra_args": ["--trust-remote-code"]},
        {"extra_args": ["--log-file", "/tmp/x"]},
        {"cache_type": "q8_0; id"},
        {"precision": "float16 --x"},
        {"lora": ["/dev/null", "--x"], "trust_remote_code": "yes; id"},
        {"gpus": ["0; id"]},
        {"threads": "1; id"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_outside_the_list_are_refused(
    server: Server, client: httpx.Client, options: dict[str, Any]
) -> None:
    refused(client.post(START, json={"model_id": DEMO, **options}))
    assert server.engines() == []


@pytest.mark.real_engine
def test_an_engine_is_a_list_of_words_behind_a_key_and_gets_none_of_our_variables(
    client: httpx.Client, server: Server
) -> None:
    """No shell, no key on the command line, no variable of the server's own but what the plan names."""
    started = client.post(START, json={"model_id": DEMO, "slots": 1, "context_length": 512})
    assert started.status_code == 200
    run_id = started.json()["data"]["run_id"]
    try:
        pid = None
        while pid is None:
            pid = client.get(f"/api/v1/models/running/{run_id}").json()["data"]["pid"]
        words = psutil.Process(pid).cmdline()
        assert words[1:3] == ["-m", "stellarchat.engines.llamacpp.worker"]
        assert words[words.index("--context") + 1] == "512"
        shells = [one.name() for one in server.engines() if one.name() in ("sh", "bash", "dash")]
        assert shells == []
        assert not any("STELLAR_ENGINE_KEY" in word for word in words)
        # nobody but this machine reaches it, and nobody without its key (Ray CVE-2023-48022)
        assert client.post("/v1/chat/completions", json={**asking(DEMO), "max_tokens": 1}).status_code == 200
        listening = {
            one.laddr
            for process in server.engines()
            for one in process.net_connections("inet")
            if one.status == psutil.CONN_LISTEN
        }
        assert listening
        for host, port in listening:
            assert host in ("127.0.0.1", "::1")
            answer = httpx.post(
                f"http://{host}:{port}/v1/chat/completions", json=asking(DEMO), trust_env=False
            )
            assert answer.status_code in (401, 403)
    finally:
        client.post(f"/api/v1/models/running/{run_id}/stop")


class Bomb:
    """Pickled, it makes a file where it is read."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return os.mkdir, (str(self.canary), 0o700)


def folder_of(place: Path, **config: Any) -> Path:
    place.mkdir()
    said = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "max_position_embeddings": 512}
    (place / "config.json").write_text(json.dumps({**said, **config}))
    return place


def asking(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "x"}]}


def added(client: httpx.Client, model_id: str, folder: Path) -> None:
    answer = client.post(
        "/api/v1/models", json={"id": model_id, "path": str(folder), "engines": ["transformers"]}
    )
    assert answer.status_code == 200, answer.text


@needs_libraries
def test_pickles_are_not_read_without_consent(client: httpx.Client, tmp_path: Path) -> None:
    """vLLM CVE-2025-32444 and Xinference CVE-2025-3622: weights that run code while they are read."""
    canary = tmp_path / "canary"
    folder = folder_of(tmp_path / "pickled")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(canary)))
    added(client, "pickled", folder)
    said = refused(client.post(START, json={"model_id": "pickled"}))
    assert "pickles" in said["msg"]
    assert said["error"]["param"] == "trust_remote_code"
    answer = client.post("/v1/chat/completions", json=asking("pickled"))
    assert answer.status_code == 400
    assert not canary.exists()


@pytest.mark.real_engine
@needs_libraries
def test_code_beside_the_weights_is_not_run_without_consent(client: httpx.Client, tmp_path: Path) -> None:
    """vLLM CVE-2025-66448 and CVE-2026-22807: `auto_map` names a module of the folder, or a repository."""
    canary = tmp_path / "canary"
    names = {"AutoConfig": "x.Odd", "AutoModelForCausalLM": "evil/repository--x.Odd"}
    folder = folder_of(tmp_path / "mapped", model_type="odd", auto_map=names)
    (folder / "x.py").write_text(f"import os\nos.mkdir({str(canary)!r})\n")
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")
    added(client, "mapped", folder)
    answer = client.post("/v1/chat/completions", json=asking("mapped"))
    assert answer.status_code == 503
    assert "trust_remote_code" in answer.text
    assert not canary.exists()
