"""`LLMInferencer`: the same without `await`, on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from stellarchat.inferencer.asynchronous import AsyncLLMInferencer
from stellarchat.inferencer.replies import Messages, Piece, Reply, Stream

T = TypeVar("T")


class LLMInferencer:
    """One model, on an engine that is started in the background or on a running server.

    Takes what `AsyncLLMInferencer` takes. Use it as a `with` block; or the first question opens it, and
    `close` (or the end of the program) ends it.
    """

    def __init__(
        self, engine_type: str | None = None, model_name: str = "stellar-demo", **options: Any
    ) -> None:
        self._inner = AsyncLLMInferencer(engine_type, model_name, **options)
        self._thread: _Loop | None = None

    @property
    def model(self) -> str:
        """The model's full name."""
        return self._inner.model

    def open(self) -> Self:
        """Bring the model up; asking does so by itself. Idempotent."""
        self._run(self._inner.open())
        return self

    def close(self) -> None:
        """Stop the engine that was started for this; idempotent."""
        if self._thread is not None:
            self._run(self._inner.close())
            self._thread.end()
            self._thread = None

    def __enter__(self) -> Self:
        try:
            return self.open()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @overload
    def generate(self, prompt: str, *, stream: Literal[False] = False, **params: Any) -> Reply: ...
    @overload
    def generate(self, prompt: str, *, stream: Literal[True], **params: Any) -> "BlockingStream": ...
    def generate(self, prompt: str, *, stream: bool = False, **params: Any) -> "Reply | BlockingStream":
        """Ask one question; see `AsyncLLMInferencer.chat`."""
        return self._asked([{"role": "user", "content": prompt}], stream, params)

    @overload
    def chat(self, messages: Messages, *, stream: Literal[False] = False, **params: Any) -> Reply: ...
    @overload
    def chat(self, messages: Messages, *, stream: Literal[True], **params: Any) -> "BlockingStream": ...
    def chat(self, messages: Messages, *, stream: bool = False, **params: Any) -> "Reply | BlockingStream":
        """Go on with a conversation; see `AsyncLLMInferencer.chat`."""
        return self._asked(messages, stream, params)

    def structured_generate(self, prompt: str | Messages, schema: Any, **params: Any) -> Any:
        """Return an answer that follows `schema`; see `AsyncLLMInferencer.structured_generate`."""
        return self._run(self._inner.structured_generate(prompt, schema, **params))

    def embed(self, texts: str | Sequence[str]) -> list[list[float]]:
        """Return a vector for each text."""
        return self._run(self._inner.embed(texts))

    def rerank(self, query: str, documents: Sequence[str]) -> list[float]:
        """Return how relevant each document is, in their order."""
        return self._run(self._inner.rerank(query, documents))

    def _asked(self, messages: Messages, stream: bool, params: dict[str, Any]) -> "Reply | BlockingStream":
        if not stream:
            reply: Reply = self._run(self._inner.chat(messages, **params))
            return reply
        return BlockingStream(self._run(self._inner.chat(messages, stream=True, **params)), self._loop())

    def _loop(self) -> "_Loop":
        if self._thread is None:
            self._thread = _Loop()
        return self._thread

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop().run(work)


class BlockingStream:
    """A reply as it is written: iterate over it for its text; `reply` is the whole one at the end.

    Leaving the loop early does not stop the model before `close`, or the end of a `with` block.
    """

    def __init__(self, stream: Stream, loop: "_Loop") -> None:
        self._stream, self._loop = stream, loop

    @property
    def reply(self) -> Reply:
        """The whole reply. Raises RuntimeError before its end."""
        return self._stream.reply

    def __iter__(self) -> Iterator[str]:
        return (piece.text for piece in self.pieces() if piece.text)

    def pieces(self) -> Iterator[Piece]:
        """Yield text and thinking as they come."""
        pieces = self._stream.pieces()
        try:
            while (piece := self._loop.run(_next(pieces))) is not None:
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Stop the model, if it is still writing."""
        self._loop.run(self._stream.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _next(pieces: AsyncGenerator[Piece]) -> Piece | None:
    return await anext(pieces, None)


class _Loop:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stellarchat", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` there and return what it returns. Ctrl-C here cancels it there."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def end(self) -> None:
        """Stop the loop and wait for its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
