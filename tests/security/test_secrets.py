"""Keys and tokens stay where they belong.

Covers LiteLLM CVE-2024-9606, 2025-0330, 2026-42208, AnythingLLM CVE-2026-24477, LibreChat CVE-2025-66450.
"""

from pathlib import Path

import httpx
import psutil
import pytest

from tests.security.conftest import CANARY, routes
from tests.server import Server, serving


def test_the_endpoints_key_is_in_no_answer_log_file_or_command_line(
    client: httpx.Client, server: Server
) -> None:
    body = {"model": "fake", "messages": [{"role": "user", "content": "hi"}]}
    assert client.post("/v1/chat/completions", json=body).status_code == 200  # the key works
    refused = client.post(
        "/v1/chat/completions",
        json={**body, "messages": [{"role": "user", "content": "[[fake status=400]]"}]},
    )
    assert CANARY not in refused.text
    for method, path in routes(client):
        answer = client.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)
        assert CANARY not in answer.text, (method, path)
    assert CANARY not in server.log()
    for process in [psutil.Process(server.pid), *server.engines()]:
        assert CANARY not in " ".join(process.cmdline())
    for file in server.data_dir.rglob("*"):
        if file.is_file() and file.name != "test-config.json":
            assert CANARY.encode() not in file.read_bytes(), file


def test_a_token_from_the_environment_reaches_no_engine(tmp_path: Path) -> None:
    secrets = {"HF_TOKEN": CANARY, "STELLARCHAT_HF_TOKEN": CANARY, "OPENAI_API_KEY": CANARY}
    with serving(tmp_path, environ=secrets) as server, server.client() as client:
        started = client.post("/api/v1/models/start", json={"model_id": "stellar-demo"})
        assert started.status_code == 200
        body = {"model": "stellar-demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
        assert client.post("/v1/chat/completions", json=body).status_code == 200
        engines = server.engines()
        assert engines
        for process in engines:
            assert CANARY not in " ".join(process.cmdline())
            assert CANARY not in str(process.environ())
        assert CANARY not in server.log()


def test_a_wrong_setting_is_refused_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught, serving(tmp_path, config={"hf_token": [CANARY]}):
        pass
    assert "hf_token" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_the_folder_of_chats_is_private(tmp_path: Path) -> None:
    with serving(tmp_path / "outer", "--data-dir", str(tmp_path / "outer" / "inner")):
        inner = tmp_path / "outer" / "inner"
        assert inner.stat().st_mode & 0o077 == 0
        assert (inner / "stellarchat.db").stat().st_mode & 0o077 == 0
