"""A hub on a real socket: `/{repo}/resolve/{revision}/{file}`, a CDN behind it, and faults on request.

It lists its files as Hugging Face does, and as ModelScope does; a HEAD or GET of any other path gives the
file of that name, as a plain server would.
"""

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_LISTING = re.compile(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)")
_SCOPE = re.compile(r"/api/v1/models/([^/]+/[^/]+)/repo(/files)?")
COMMIT = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Faults:
    """How to misbehave. Counts say how many answers are spoilt.

    `cut_at`: of each of the next answers of the CDN, how many bytes come before the connection is cut.
    `pause`: the CDN stops after `pause_at` bytes until the event is set.
    `bytes_per_second`: the CDN is as slow as this; it may be changed while it gives a file.
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
    listing_status: list[int] = field(default_factory=list)
    list_size: int | None = None
    no_head: bool = False
    no_length: bool = False
    bytes_per_second: int | None = None


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Message


class FakeHub:
    """Serves `files`, or, where there are none, `content` by any name; `asked` keeps the requests.

    Files of at most `small` bytes have no hash: they are not in LFS.
    """

    small = 20

    def __init__(self, content: bytes = b"", files: dict[str, bytes] | None = None) -> None:
        self.content = content
        self.files = files or {}
        self.commit = COMMIT
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

    def named(self, file: str) -> bytes | None:
        """The content of a file, None where there is none."""
        return self.files.get(file) if self.files else self.content

    def held(self, digest: str) -> bytes | None:
        """The content with this hash."""
        for content in (self.content, *self.files.values()):
            if hashlib.sha256(content).hexdigest() == digest:
                return content
        return None

    def gets(self) -> list[Asked]:
        """The requests for bytes."""
        return [one for one in self.asked if one.method == "GET" and one.path.startswith("/cdn/")]

    def fetched(self) -> list[str]:
        """The files that were asked for by name, in the order they were."""
        found = [_RESOLVE.fullmatch(urlsplit(one.path).path) for one in self.asked if one.method == "GET"]
        return [unquote(match[3]) for match in found if match]


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
                self._cdn(hub.held(path.removeprefix("/cdn/")))
            elif wanted := _RESOLVE.fullmatch(path):
                self._resolve(unquote(wanted[3]))
            elif _LISTING.fullmatch(path):
                self._listing(self._siblings())
            elif wanted := _SCOPE.fullmatch(path):
                if wanted[2]:
                    self._listing(self._scope())
                else:
                    self._file(parse_qs(urlsplit(self.path).query)["FilePath"][0])
            else:
                self._file(unquote(path.rsplit("/", 1)[1]))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _plain(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _listing(self, said: object) -> None:
        faults = self.owner.faults
        if faults.listing_status and (status := faults.listing_status.pop(0)):
            self._plain(status, **({"Retry_After": faults.retry_after} if faults.retry_after else {}))
            return
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _siblings(self) -> object:
        hub = self.owner
        siblings = []
        for name, content in hub.files.items():
            said: dict[str, object] = {"rfilename": name, "size": hub.faults.list_size or len(content)}
            if len(content) > hub.small:
                digest = hashlib.sha256(content).hexdigest()
                said["lfs"] = {"sha256": digest, "size": said["size"], "pointerSize": 134}
            siblings.append(said)
        return {"id": "owner/name", "sha": hub.commit, "gated": False, "siblings": siblings}

    def _scope(self) -> object:
        files = [
            {"Path": name.split("/")[0], "Size": 0, "Type": "tree"}
            for name in self.owner.files
            if "/" in name
        ]
        for name, content in self.owner.files.items():
            digest = hashlib.sha256(content).hexdigest()
            files.append({"Path": name, "Size": len(content), "Type": "blob", "Sha256": digest})
        return {"Code": 200, "Success": True, "Message": "success", "Data": {"Files": files}}

    def _file(self, name: str) -> None:
        """Give a file without a detour."""
        if self.owner.faults.status and (status := self.owner.faults.status.pop(0)):
            self._plain(status)
        elif self.owner.faults.redirect_to:
            self._plain(302, Location=self.owner.faults.redirect_to)
        else:
            self._cdn(self.owner.named(name))

    def _resolve(self, file: str) -> None:
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
        content = hub.named(file)
        if content is None:
            self._plain(404, X_Error_Code="EntryNotFound")
            return
        digest = hashlib.sha256(content).hexdigest()
        target = faults.redirect_to or f"/cdn/{digest}?Signature=secret"
        headers = {"Location": target}
        size = len(content) if faults.say_size is None else faults.say_size
        headers["X_Linked_Size"] = str(size)
        headers["X_Linked_Etag"] = '"abc"' if faults.no_hash else f'"{digest}"'
        self._plain(302, **headers)

    def _cdn(self, content: bytes | None) -> None:
        hub, faults = self.owner, self.owner.faults
        if content is None:
            self._plain(404)
            return
        if faults.cdn_status and (status := faults.cdn_status.pop(0)):
            self._plain(status)
            return
        digest = hashlib.sha256(content).hexdigest()
        if faults.spoil:
            content = content[:-1] + bytes([content[-1] ^ 1])
        content += faults.cdn_extra
        if faults.no_head and self.command == "HEAD":
            self._plain(405)
            return
        etag, start, status = f'"{digest[:16]}"', 0, 200
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
        if faults.no_length:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        end = len(content)
        if faults.cut_at:
            end = min(end, start + faults.cut_at.pop(0))
            self.close_connection = True
        if faults.pause_at is not None:
            self.wfile.write(content[start : max(start, faults.pause_at)])
            start = max(start, faults.pause_at)
            self.wfile.flush()
            hub.paused.set()
            faults.pause.wait(30)
        while (rate := faults.bytes_per_second) and start < end:
            self.wfile.write(content[start : min(end, start + rate // 10)])
            start += rate // 10
            time.sleep(0.1)
        self.wfile.write(content[start:end])
        if self.close_connection:
            self.connection.close()
