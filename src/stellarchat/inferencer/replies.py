"""What comes back from a model."""

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from stellarchat.core.events import FinishReason, Timings, Usage

Messages = list[dict[str, Any]]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What happens before the first token: `step` is `download`, `launch`, `load`, `queued` or `prefill`.

    `progress` is 0 to 1, `bytes_done` and `bytes_total` are bytes, `rate` bytes per second and
    `eta_seconds` seconds, where they are known. `position` is the place in the queue.
    """

    step: str
    model: str | None = None
    progress: float | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None
    position: int | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply. `str(reply)` is its text.

    `thinking` is what the model thought before, `tool_calls` are OpenAI's. Usage is in tokens, timings
    are in milliseconds.
    """

    model: str
    text: str
    thinking: str | None = None
    tool_calls: list[dict[str, Any]] = []
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage = Usage()
    timings: Timings = Timings()

    def __str__(self) -> str:
        return self.text


class Piece(msgspec.Struct, frozen=True):
    """Some text of a reply, or of the thinking before it."""

    text: str = ""
    thinking: str = ""


class Stream:
    """A reply as it is written: iterate over it for its text; `reply` is the whole one at the end.

    `async for text in stream`. `pieces()` yields thinking too. Leaving the loop early, or `aclose`, stops
    the model.
    """

    def __init__(self, pieces: AsyncGenerator[Piece | Reply]) -> None:
        self._pieces = pieces
        self._reply: Reply | None = None

    @property
    def reply(self) -> Reply:
        """The whole reply. Raises RuntimeError before its end."""
        if self._reply is None:
            raise RuntimeError("The reply is not whole yet: iterate to its end first.")
        return self._reply

    def __aiter__(self) -> AsyncGenerator[str]:
        return self._texts()

    async def _texts(self) -> AsyncGenerator[str]:
        async for piece in self.pieces():
            if piece.text:
                yield piece.text

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield text and thinking as they come."""
        try:
            async for piece in self._pieces:
                if isinstance(piece, Reply):
                    self._reply = piece
                else:
                    yield piece
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop the model, if it is still writing."""
        await self._pieces.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Backend(Protocol):
    """Where a model is asked: in this process, or over HTTP. `model` is its name there."""

    @property
    def model(self) -> str:
        """The model that is asked, by the name it has there."""

    async def open(self) -> None:
        """Bring the model up. Raises StellarChatError, each kind with its remedy."""

    async def close(self) -> None:
        """Let everything go."""

    def stream(self, messages: Messages, params: dict[str, Any]) -> AsyncGenerator[Piece | Reply]:
        """Yield a reply in pieces, and at last the whole one."""

    async def structured(
        self, messages: Messages, params: dict[str, Any], schema: dict[str, Any]
    ) -> tuple[Reply, Any]:
        """Return a reply and the value in it, which follows `schema`."""

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""

    async def rerank(self, query: str, documents: list[str]) -> list[float]:
        """Return how relevant each document is, in their order."""
