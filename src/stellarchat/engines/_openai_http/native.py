"""Engines that are better spoken to in their own words: their answers, made into OpenAI's on the way.

A dialect's `native` gives the engine's own request for an OpenAI body, and who translates the answer.
Everything above sees an OpenAI answer, streamed as server-sent events or whole.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

if TYPE_CHECKING:
    from stellarchat.engines._openai_http.upstream import Response


class Translator(Protocol):
    """Makes one answer of an engine into OpenAI's. Keeps what is cut off between two reads."""

    def feed(self, data: bytes) -> bytes:
        """Return the server-sent events that `data` completes, or b"".

        Raises EngineMalformed where that is not what the engine is known to say.
        """

    def end(self) -> bytes:
        """Return what is still to be sent when the engine's stream has ended."""

    def whole(self, data: bytes) -> bytes:
        """Return the JSON of a whole answer. Raises EngineMalformed."""


class Native(msgspec.Struct, frozen=True):
    """A request in the engine's own words. `path` is the whole one, from the root of its address."""

    path: str
    body: dict[str, Any]
    translator: Translator


class Translated:
    """A Response (see `upstream`) whose body is translated; what is not a success stays as it is."""

    __slots__ = ("_ended", "_native", "_response", "headers", "status")

    def __init__(self, response: "Response", native: Native) -> None:
        self._response, self._native = response, native
        self._ended = False
        self.status = response.status
        self.headers = dict(response.headers)
        if self.status == 200:
            streams = bool(native.body.get("stream"))
            self.headers[b"content-type"] = b"text/event-stream" if streams else b"application/json"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    async def next(self) -> bytes:
        """Return the next events; b"" at the end. Raises what Response.next and the translator raise."""
        while not self._ended:
            data = await self._response.next()
            self._ended = not data
            said = self._native.translator.feed(data) if data else self._native.translator.end()
            if said:
                return said
        return b""

    async def read(self, limit: int) -> bytes:
        """Return the whole body, translated where it is a success."""
        body = await self._response.read(limit)
        return self._native.translator.whole(body) if self.status == 200 else body

    async def end(self, patience: float) -> None:
        """Wait shortly for the body's end, so that the connection is kept."""
        await self._response.end(patience)

    def abort(self) -> None:
        """Close the connection unless the answer is complete; the engine sees it at once."""
        self._response.abort()
