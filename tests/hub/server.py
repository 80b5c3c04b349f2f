"""A hub on a real socket: `/{repo}/resolve/{revision}/{file}`, a CDN behind it, and faults on request."""

import hashlib
import re
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Faults:
    """How to misbehave. Counts say how many answers are spoilt.

    `cut_at`: of each of the next answers of the CDN, how many bytes come before the connection is cut.
    `pause`: the CDN stops after `pause_at` bytes until the event is set.
    """

    cut_at: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    cdn_status: list[int] = field(default_factory=list)
    retry_after: str | None = None
    error_code: str | None = None
    spoil: bool = False
    say_size: int | None = None
    cdn_extra: bytes = b""
    redirect_to: str | None = None
    renamed: bool = False
    no_hash: bool = False
    ignore_range: bool = False
    pause_at: int | None = None
    pause: threading.Event = field(default_factory=threading.Event)


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Message


class FakeHub:
    """Serves `content` for every file of `repo`; `asked` keeps the requests."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.paused = threading.Event()
        hub = self

        class Handler(_Handler):
            owner = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.pause.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return hashlib.sha256(self.content).hexdigest()

    def gets(self) -> list[Asked]:
        """The requests for bytes."""
        return [one for one in self.asked if one.method == "GET" and one.path.startswith("/cdn/")]


class _Handler(BaseHTTPRequestHandler):
    owner: FakeHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def _answer(self) -> None:
        hub = self.owner
        hub.asked.append(Asked(self.command, self.path, self.headers))
        path = urlsplit(self.path).path
        try:
            if path.startswith("/cdn/"):
                self._cdn()
            elif _RESOLVE.fullmatch(path):
                self._resolve()
            else:
                self._plain(404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _plain(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _resolve(self) -> None:
        hub, faults = self.owner, self.owner.faults
        if faults.status and (status := faults.status.pop(0)):
            extra = {"Retry_After": faults.retry_after} if faults.retry_after else {}
            if faults.error_code:
                extra["X_Error_Code"] = faults.error_code
            self._plain(status, **extra)
            return
        if faults.renamed:
            faults.renamed = False
            self._plain(307, Location="/new/name/resolve/main/file.gguf")
            return
        target = faults.redirect_to or f"/cdn/{hub.sha256}?Signature=secret"
        headers = {"Location": target}
        size = len(hub.content) if faults.say_size is None else faults.say_size
        headers["X_Linked_Size"] = str(size)
        headers["X_Linked_Etag"] = '"abc"' if faults.no_hash else f'"{hub.sha256}"'
        self._plain(302, **headers)

    def _cdn(self) -> None:
        hub, faults = self.owner, self.owner.faults
        if faults.cdn_status and (status := faults.cdn_status.pop(0)):
            self._plain(status)
            return
        content = hub.content
        if faults.spoil:
            content = content[:-1] + bytes([content[-1] ^ 1])
        content += faults.cdn_extra
        etag, start, status = f'"{hub.sha256[:16]}"', 0, 200
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        matches = self.headers.get("If-Range") in (None, etag)
        if wanted and matches and not faults.ignore_range:
            start, status = int(wanted[1]), 206
            if start >= len(content):
                self._plain(416, Content_Range=f"bytes */{len(content)}")
                return
        self.send_response(status)
        self.send_header("ETag", etag)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content)
        if faults.cut_at:
            end = min(end, start + faults.cut_at.pop(0))
            self.close_connection = True
        if faults.pause_at is not None:
            self.wfile.write(content[start : faults.pause_at])
            start = max(start, faults.pause_at)
            self.wfile.flush()
            hub.paused.set()
            faults.pause.wait(30)
        self.wfile.write(content[start:end])
        if self.close_connection:
            self.connection.close()
