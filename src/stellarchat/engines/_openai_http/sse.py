"""Server-sent events (WHATWG HTML, 9.2), bytes in, payloads out, with a cap on what one event may hold."""

from stellarchat.core.errors import EngineMalformed

MAX_EVENT = 4 * 1024 * 1024


class EventParser:
    """Cuts a byte stream into the `data` of its events; split anywhere, any line ending."""

    __slots__ = ("_data", "_size", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the payloads that `chunk` completes. Raises EngineMalformed past 4 MiB an event."""
        buffer = self._tail + chunk if self._tail else chunk
        if b"\r" in buffer:
            held = b"\r" if buffer.endswith(b"\r") else b""  # it may be half of a CRLF
            buffer = buffer[: len(buffer) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            held = b""
        lines = buffer.split(b"\n")
        rest = lines.pop()
        self._tail = rest + held
        if len(self._tail) + self._size > MAX_EVENT:
            raise EngineMalformed(
                f"The engine sent an event of more than {MAX_EVENT} bytes.",
                sentence="engine_large",
                values={"limit_bytes": MAX_EVENT},
            )
        payloads: list[bytes] = []
        for line in lines:
            if not line:
                if self._data:
                    payloads.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                    self._data, self._size = [], 0
            elif line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
                self._data.append(value)
                self._size += len(value)
        return payloads
