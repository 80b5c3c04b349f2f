"""The built page: hashed assets that never change, and one document for every address of the page.

Assets lie beside their `.br` and `.gz` twins, made when the page is built, so that nothing is compressed
while somebody waits. What is there is read once, at start.
"""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import msgspec

from stellarchat.core.errors import NotFound

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

STATIC = Path(__file__).parent / "static"
INDEX = "/index.html"
# addresses that belong to programs: an unknown one is an error there, never the page
_PROGRAMS = ("/api", "/v1", "/health", "/metrics", "/openapi.json", "/docs", "/conversations", "/chat")
# pages of shared chats: whoever has the link reads them, and nobody is to find them
_SHARED = "/s/"
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))
_IMMUTABLE = b"public, max-age=31536000, immutable"
_REVALIDATE = b"no-cache"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>StellarChat</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem }
  code { font-size: .95em }
</style>
<h1>The server runs, its page is not built</h1>
<p>This is a checkout of the source. Build the page once and reload:</p>
<pre><code>make install</code></pre>
<p>The API works without it: see <a href="/docs/api">its description</a>, or point an OpenAI client at
<code>/v1</code> of this address.</p>
"""


class _File(msgspec.Struct, frozen=True):
    """A file to be served, with the encodings it is there in, best first."""

    path: Path
    headers: Headers
    etag: bytes
    encodings: tuple[tuple[bytes, Path], ...]


class Pages:
    """Plain ASGI callable for every address that no route has."""

    def __init__(self, root: Path = STATIC) -> None:
        self._files = dict(_scan(root))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file, the page or, for what is no address of the page, by raising NotFound."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "There is nothing here."})
            return
        path = scope["path"]
        name = self._named(path)
        if name is None or scope["method"] not in ("GET", "HEAD"):
            raise NotFound(f"There is nothing at {path}.", remedy="See /docs/api for what there is.")
        file = self._files.get(name)
        if file is None:
            await _answer(scope, send, 200, _unbuilt_headers(), _UNBUILT.encode())
            return
        asked = dict(scope["headers"])
        if file.etag in asked.get(b"if-none-match", b""):
            await _answer(scope, send, 304, [(b"etag", file.etag)], b"")
            return
        headers, chosen = _encoded(file, asked)
        if path.startswith(_SHARED):
            headers = [*headers, (b"x-robots-tag", b"noindex, nofollow")]
        await _answer(scope, send, 200, headers, await asyncio.to_thread(chosen.read_bytes))

    def _named(self, path: str) -> str | None:
        """Return the file that `path` stands for; None where it is no address of the page."""
        if path in self._files:
            return path
        inside = any(path == prefix or path.startswith(prefix + "/") for prefix in _PROGRAMS)
        # an address of the page has no suffix: a missing asset must not look like a page
        return None if inside or "." in path.rpartition("/")[2] else INDEX


def _scan(root: Path) -> Iterator[tuple[str, _File]]:
    """Find all files below `root` that are not the compressed twin of another."""
    if not root.is_dir():
        return
    for path in sorted(root.rglob("*")):
        name = "/" + path.relative_to(root).as_posix()
        if path.is_file() and path.suffix not in (".br", ".gz") and not name.startswith("/."):
            yield name, _look_at(path, name)


def _look_at(path: Path, name: str) -> _File:
    facts = path.stat()
    etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'.encode()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    twins = ((encoding, path.with_name(path.name + suffix)) for encoding, suffix in _ENCODINGS)
    headers = [
        (b"content-type", kind.encode()),
        (b"cache-control", _IMMUTABLE if name.startswith("/assets/") else _REVALIDATE),
        (b"etag", etag),
        (b"vary", b"accept-encoding"),
    ]
    return _File(path, headers, etag, tuple((encoding, twin) for encoding, twin in twins if twin.is_file()))


def _encoded(file: _File, asked: Mapping[bytes, bytes]) -> tuple[Headers, Path]:
    """Choose the best encoding that the client takes (RFC 9110, 12.5.3)."""
    accepted = {
        token.strip()
        for token, _, weight in (
            part.partition(b";") for part in asked.get(b"accept-encoding", b"").lower().split(b",")
        )
        if weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    }
    for encoding, path in file.encodings:
        if encoding in accepted:
            return [*file.headers, (b"content-encoding", encoding)], path
    return file.headers, file.path


def _unbuilt_headers() -> Headers:
    return [(b"content-type", _TYPES[".html"].encode()), (b"cache-control", b"no-store")]


async def _answer(scope: Scope, send: Send, status: int, headers: Headers, body: bytes) -> None:
    if status != 304:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
