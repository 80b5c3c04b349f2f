"""A web server that is not ours, in threads: sends the bytes a test gave it and counts who came."""

import socket
import struct
import threading
import zlib
from types import TracebackType
from typing import Self


def png(width: int = 8, height: int = 6) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x30\x60\xa0" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Return an answer with a length; underscores in names of headers stand for hyphens."""
    named = {"Content-Length": str(len(body))} | {name.replace("_", "-"): at for name, at in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


class Elsewhere:
    """Answers each path with what `answers` has for it, in pieces where that is a list.

    `hits` counts connections, whoever made them; `asked` keeps the requests. After the last piece it closes,
    or waits for the end of the test where the path is in `hangs`.
    """

    def __init__(self) -> None:
        self.answers: dict[str, bytes | list[bytes]] = {}
        self.hangs: set[str] = set()
        self.hits = 0
        self.asked: list[bytes] = []
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(10)

    @property
    def port(self) -> int:
        """Its port."""
        return int(self._server.getsockname()[1])

    @property
    def place(self) -> str:
        """Where it is, as lists of places have it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://{self.place}{path}"

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.hits += 1
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    if not (data := connection.recv(65536)):
                        return
                    if data.startswith(b"\x16"):  # a TLS handshake
                        return
                    request += data
                self.asked.append(request)
                path = request.split(b" ")[1].decode()
                pieces = self.answers.get(path, answer(status="404 Not Found"))
                for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                    connection.sendall(piece)
                if path in self.hangs:
                    self._over.wait(30)
            except OSError:
                return
