"""The last lines a process has written, in bounded memory."""

import asyncio
import collections
import itertools
import re
from collections.abc import AsyncIterator
from enum import StrEnum

# CSI and OSC sequences (ECMA-48), then every other control character but the tab
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_HIDDEN = "[key]"


class Stream(StrEnum):
    """Where a line came from."""

    OUT = "stdout"
    ERR = "stderr"


class Logs:
    """A ring of lines.

    Undecodable bytes become U+FFFD, colours and control characters go, of a progress bar (text between
    carriage returns) the last state stays. A line is cut after `width` bytes.
    """

    def __init__(self, lines: int = 2000, width: int = 4096) -> None:
        self._lines: collections.deque[tuple[Stream, str]] = collections.deque(maxlen=lines)
        self._width = width
        self._pending = {stream: bytearray() for stream in Stream}
        self._secrets: list[str] = []
        self._written = 0
        self._closed = False
        self._changed = asyncio.Event()

    def hide(self, secret: str) -> None:
        """Keep `secret` out of every line from now on: engines like to print their own settings."""
        self._secrets.append(secret)

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take what the process wrote, cut wherever the pipe cut it."""
        pending = self._pending[stream]
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._extend(pending, piece)
            self._append(stream, bytes(pending))
            pending.clear()
        self._extend(pending, rest)

    def _extend(self, pending: bytearray, piece: bytes) -> None:
        whole = bytes(pending) + piece
        text = whole.rstrip(b"\r")
        returned = b"\r" if len(text) < len(whole) else b""  # what comes next replaces it
        pending[:] = text.rpartition(b"\r")[2][: self._width + 1] + returned

    def _append(self, stream: Stream, raw: bytes) -> None:
        raw = raw.rstrip(b"\r")
        text = raw[: self._width].decode("utf-8", "replace") + ("…" if len(raw) > self._width else "")
        text = _CONTROL.sub("", text).rstrip()
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        self._lines.append((stream, text))
        self._written += 1
        self._wake()

    def flush(self) -> None:
        """Take half a line as a whole one: its process has ended."""
        for stream, pending in self._pending.items():
            if pending:
                self._append(stream, bytes(pending))
                pending.clear()

    def close(self) -> None:
        """No more will come: followers end."""
        self.flush()
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def written(self) -> int:
        """How many lines have come in all."""
        return self._written

    def tail(self, lines: int = 100, *, stream: Stream | None = None, since: int = 0) -> list[str]:
        """Return the last `lines` lines, oldest first; only of `stream`, only after line `since`."""
        recent = itertools.islice(self._lines, max(0, len(self._lines) - (self._written - since)), None)
        found = [text for origin, text in recent if stream in (None, origin)]
        return found[-lines:] if lines > 0 else []

    async def follow(self, tail: int = 0) -> AsyncIterator[str]:
        """Yield the last `tail` lines and then every new one, until the logs are closed.

        A follower slower than the ring misses the lines that were overwritten.
        """
        seen = self._written - min(tail, len(self._lines))
        while True:
            changed = self._changed
            fresh = self.tail(len(self._lines), since=seen)
            seen = self._written
            for line in fresh:
                yield line
            if seen != self._written:
                continue
            if self._closed:
                return
            await changed.wait()
