"""Names that lead out of their folder, at every door that takes one: refused, and nothing outside is touched.

Covers Open WebUI CVE-2024-6707 (names of uploads), AnythingLLM CVE-2024-13059 (names that are not ASCII),
Chainlit CVE-2026-22218 (a path in a message that the server reads), Ollama CVE-2024-37032 and LocalAI
CVE-2024-6868 (names and digests of models). Archives are in tests/services/test_backups.py and
tests/services/chats/importing/test_imports.py, what a hub lists in tests/services/catalog/test_fetch.py.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

SECRET = "canary-of-the-disk-4f1c"
CORPUS = {
    "up": "../evil",
    "far up": "../../../../../../etc/passwd",
    "up in the middle": "a/../../evil",
    "backslash": "..\\evil",
    "encoded": "%2e%2e%2fevil",
    "encoded twice": "%252e%252e%252fevil",
    "fullwidth": "．．／evil",
    "one-dot leader": "․․/evil",
    "absolute": "/etc/passwd",
    "drive": "C:\\evil",
    "zero": "evil\0.txt",
    "dots": "..",
    "dot": ".",
    "line": "evil\r\nX-Evil: 1",
    "address": "file:///etc/passwd",
    "option": "--help",
    "long": "e" * 5000,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what nobody may read or change, beside the server's own."""
    folder = tmp_path_factory.mktemp("paths")
    (folder / "evil").write_text(SECRET)
    (folder / "evil.txt").write_text(SECRET)
    outside = folder / "outside"
    outside.mkdir()
    (outside / "weights.gguf").write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def server(place: Path, engine: Fake) -> Iterator[Server]:
    data = place / "data"
    (data / "models" / "HF").mkdir(parents=True)
    (data / "models" / "HF" / "away").symlink_to(place / "outside")
    (data / "backups").mkdir()
    (data / "backups" / "away.zip").symlink_to(place / "evil")
    config = {"endpoints": [endpoint(engine)], "hf_endpoint": "http://127.0.0.1:9"}
    with serving(data, config=config) as running:
        yield running


@pytest.fixture(autouse=True)
def untouched(place: Path, server: Server) -> Iterator[None]:
    """What lies outside stays as it is, and nothing of an evil name comes to lie inside."""
    before = outside_of(place, server)
    yield
    assert outside_of(place, server) == before
    assert [path for path in server.data_dir.rglob("*") if "evil" in path.name] == []
    assert SECRET not in server.log()


def outside_of(place: Path, server: Server) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and not path.is_relative_to(server.data_dir)
    }


@pytest.mark.parametrize("name", CORPUS.values(), ids=CORPUS)
def test_no_part_of_an_address_leads_out(client: httpx.Client, name: str) -> None:
    document = client.get("/openapi.json").json()
    checked = 0
    for path, operations in document["paths"].items():
        if "{" not in path:
            continue
        filled = path
        while "{" in filled:
            before, _, rest = filled.partition("{")
            # dots too: a client takes those of the address itself away
            filled = before + quote(name, safe="").replace(".", "%2E") + rest.partition("}")[2]
        for method in operations:
            body: dict[str, Any] = {"json": {}} if method in ("post", "put", "patch") else {}
            answer = client.request(method, filled, **body)
            assert 400 <= answer.status_code < 500, (method, path, answer.text)
            assert SECRET not in answer.text
            assert "root:" not in answer.text
            assert "x-evil" not in answer.headers
            checked += 1
    assert checked > 60
    # files of the page: raw, as no client would send it
    for prefix in ("/", "/assets/", "/api/files/", "/s/"):
        page = client.get(prefix + quote(name, safe="./%"))
        assert SECRET not in page.text
        assert "root:" not in page.text


@pytest.mark.parametrize("name", CORPUS.values(), ids=CORPUS)
def test_no_name_of_what_is_brought_leads_out(client: httpx.Client, name: str) -> None:
    form = {"file": (name, b"text", "text/plain")}
    for answer in (
        client.post("/api/files", params={"name": name}, content=b"text"),
        client.post("/api/files", files=form),
        client.post("/api/admin/backups/upload", params={"name": name}, content=b"PK"),
        client.post("/api/admin/backups/upload", files=form),
    ):
        assert answer.status_code in (201, 400, 413), answer.text
        if answer.status_code == 201:
            kept = answer.json()
            assert not set(kept["name"]) & {"/", "\\", "\0", "\r", "\n"}
            given = client.get(f"/api/files/{kept['id']}")
            assert given.headers["content-disposition"].startswith("attachment")
            assert "x-evil" not in given.headers


@pytest.mark.parametrize("name", CORPUS.values(), ids=CORPUS)
def test_no_name_of_a_model_leads_out(client: httpx.Client, name: str, place: Path) -> None:
    """Ids and files of models of one's own, models to start or fetch, and folders of weights."""
    for path, body in (
        ("/api/v1/models", {"id": name, "hf_repo": "owner/name"}),
        ("/api/v1/models", {"id": "mine", "hf_repo": name}),
        ("/api/v1/models", {"id": "mine", "hf_repo": "owner/name", "hf_file": name}),
        ("/api/v1/models", {"id": "mine", "path": name}),
        ("/api/v1/models/inspect", {"path": str(place / "outside" / "weights.gguf")}),
        ("/api/v1/models/inspect", {"path": name}),
        ("/api/v1/models/inspect", {"ollama": name}),
        ("/api/v1/models/start", {"model_id": name}),
        ("/api/v1/models/start", {"model_id": "stellar-demo", "quantization": name}),
        ("/api/v1/models/start", {"model_id": "stellar-demo", "lora": [name]}),
        ("/api/v1/downloads", {"variant_id": name}),
        ("/api/v1/models/fit", {"model_id": name}),
        ("/v1/chat/completions", {"model": name, "messages": [{"role": "user", "content": "hi"}]}),
    ):
        answer = client.post(path, json=body)
        assert 400 <= answer.status_code < 500, (path, body, answer.text)  # not even looked for elsewhere
        assert SECRET not in answer.text
        assert "root:" not in answer.text
    assert client.get("/api/v1/models/running").json()["data"] == []


@pytest.mark.parametrize("path", ["/etc/passwd", "file:///etc/passwd", "../../evil"])
def test_no_message_makes_the_server_read_a_path(client: httpx.Client, place: Path, path: str) -> None:
    """Chainlit CVE-2026-22218: a path where an attached file or a picture is named."""
    chat = client.post("/api/chats/", json={}).json()["id"]
    turn = {"chat_id": chat, "model": "fake"}
    parts: list[dict[str, Any]] = [
        {"type": "file", "file_id": path},
        {"type": "file", "path": path},
        {"type": "image", "url": path},
        {"type": "image_url", "image_url": {"url": path}},
    ]
    for part in parts:
        for url in ("/api/chat/completion", f"/api/chats/{chat}/messages"):
            body = turn if url.endswith("completion") else {"role": "user"}
            answer = client.post(url, json={**body, "content": [part]})
            assert answer.status_code in (400, 404), (part, answer.text)
    said = {"id": "m", "role": "user", "parts": parts, "content": "x", "created_at": "2026-01-01T00:00:00Z"}
    exported = {"format": "stellarchat", "version": 1, "chats": [{"title": "t", "messages": [said]}]}
    answer = client.post("/api/chats/import", json=exported)
    assert answer.status_code in (200, 400), answer.text
    everything = client.get("/api/chats/export").text
    assert SECRET not in everything
    assert "root:" not in everything


def test_links_in_our_own_folders_are_not_followed_out(client: httpx.Client, place: Path) -> None:
    assert client.get("/api/admin/backups/away.zip").status_code == 404
    assert client.delete("/api/admin/backups/away.zip").status_code == 404
    assert "away.zip" not in client.get("/api/admin/backups").text
