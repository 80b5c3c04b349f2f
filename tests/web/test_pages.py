"""What is served of the built page, and how."""

import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest

from stellarchat.core.errors import NotFound
from stellarchat.web.pages import Pages

INDEX = b"<!doctype html><title>built</title>"
SCRIPT = b"console.log('x');" * 100


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A built page."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(INDEX)
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    script = tmp_path / "assets" / "main-abc123.js"
    script.write_bytes(SCRIPT)
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(SCRIPT))
    script.with_name(script.name + ".br").write_bytes(b"as if brotli")
    (tmp_path.parent / "secret.txt").write_bytes(b"secret")
    return tmp_path


def client(root: Path) -> httpx.AsyncClient:
    """Return a client of the pages alone."""
    transport = httpx.ASGITransport(Pages(root))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.mark.parametrize("path", ["/", "/index.html", "/chats/0192", "/models", "/settings/keys"])
async def test_addresses_of_the_page_get_the_document(root: Path, path: str) -> None:
    async with client(root) as pages:
        answer = await pages.get(path)
    assert answer.content == INDEX
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("BR", "br"),
        ("br; q=0.000, identity", None),
        ("", None),
    ],
)
async def test_assets_come_compressed_and_stay(root: Path, accepts: str, encoding: str | None) -> None:
    async with client(root) as pages:
        request = pages.build_request("GET", "/assets/main-abc123.js", headers={"accept-encoding": accepts})
        answer = await pages.send(request, stream=True)
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(raw)
    if encoding is None:
        assert raw == SCRIPT


async def test_what_the_browser_has_is_not_sent_again(root: Path) -> None:
    async with client(root) as pages:
        tag = (await pages.get("/")).headers["etag"]
        again = await pages.get("/", headers={"if-none-match": f'W/"other", {tag}'})
        changed = await pages.get("/", headers={"if-none-match": '"other"'})
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


async def test_head_has_no_body(root: Path) -> None:
    async with client(root) as pages:
        answer = await pages.head("/favicon.svg")
    assert answer.headers["content-length"] == "6"
    assert answer.content == b""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/assets/missing-abc.js"),
        ("GET", "/robots.txt"),
        ("GET", "/api"),
        ("GET", "/api/nothing"),
        ("GET", "/v1/nothing"),
        ("GET", "/health/nothing"),
        ("GET", "/docs/nothing"),
        ("POST", "/"),
        ("DELETE", "/chats/1"),
        ("GET", "/../secret.txt"),
        ("GET", "/assets/../../secret.txt"),
        ("GET", "/assets/main-abc123.js.br"),
    ],
)
async def test_everything_else_is_not_found(root: Path, method: str, path: str) -> None:
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": []}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    with pytest.raises(NotFound):
        await Pages(root)(scope, receive, send)
    assert sent == []


async def test_without_a_built_page_the_server_says_how_to_get_one(tmp_path: Path) -> None:
    async with client(tmp_path / "nothing") as pages:
        answer = await pages.get("/")
    assert answer.status_code == 200
    assert "make install" in answer.text
    assert answer.headers["cache-control"] == "no-store"
