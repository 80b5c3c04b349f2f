"""`AsyncLLMInferencer`: a model to be asked with `await`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, overload

from stellarchat.core.errors import BadRequest
from stellarchat.inferencer.embedded import Embedded
from stellarchat.inferencer.remote import Remote
from stellarchat.inferencer.replies import Backend, Messages, Progress, Reply, Stream
from stellarchat.services import parameters


class AsyncLLMInferencer:
    """One model, on an engine that is started in the background or on a running server.

    `model_name` is a name of the catalogue (`stellarchat models list`), of Ollama's library, or the path
    of weights; `engine_type` the engine to run it on (the model's first usable one). With `base_url` the
    model is asked for on the StellarChat that runs there, else the engine is started as a child of this
    process and ends with it. `options` are launch options (`context_length`, `slots`, `threads`, `n_gpu`,
    `size`, `quantization`, `format`, … as POST /api/v1/models/start has them). What is not here yet is
    downloaded where `download` is true. `on_progress` hears what happens before the first token.

    Use it as an `async with` block; or the first question opens it, and `close` ends it. Raises
    StellarChatError (see `stellarchat.errors`): EngineMissing, ModelNotFound, OutOfMemory, LaunchFailed,
    BadRequest …, each with a `remedy`.
    """

    def __init__(
        self,
        engine_type: str | None = None,
        model_name: str = "stellar-demo",
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        config: Path | str | None = None,
        download: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        **options: Any,
    ) -> None:
        told = on_progress or (lambda progress: None)
        self._backend: Backend
        if base_url is not None:
            self._backend = Remote(base_url, api_key, engine_type, model_name, options, told)
        else:
            path = Path(config) if config is not None else None
            self._backend = Embedded(engine_type, model_name, options, told, config=path, download=download)
        self._open = False

    @property
    def model(self) -> str:
        """The model's full name."""
        return self._backend.model

    async def open(self) -> Self:
        """Bring the model up; asking does so by itself. Idempotent."""
        if not self._open:
            try:
                await self._backend.open()
            except BaseException:
                await self._backend.close()
                raise
            self._open = True
        return self

    async def close(self) -> None:
        """Stop the engine that was started for this; idempotent."""
        self._open = False
        await self._backend.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @overload
    async def generate(self, prompt: str, *, stream: Literal[False] = False, **params: Any) -> Reply: ...
    @overload
    async def generate(self, prompt: str, *, stream: Literal[True], **params: Any) -> Stream: ...
    async def generate(self, prompt: str, *, stream: bool = False, **params: Any) -> Reply | Stream:
        """Ask one question; see `chat`."""
        messages = [{"role": "user", "content": prompt}]
        return await self._asked(messages, stream, params)

    @overload
    async def chat(self, messages: Messages, *, stream: Literal[False] = False, **params: Any) -> Reply: ...
    @overload
    async def chat(self, messages: Messages, *, stream: Literal[True], **params: Any) -> Stream: ...
    async def chat(self, messages: Messages, *, stream: bool = False, **params: Any) -> Reply | Stream:
        """Go on with a conversation, `[{"role": "user", "content": "…"}, …]`.

        `params` are temperature (0 to 2), top_p, top_k, min_p, max_tokens, stop, seed, presence_penalty,
        frequency_penalty, repeat_penalty, thinking, tools, tool_choice, response_format. Raises
        BadRequest naming the one that is wrong.
        """
        return await self._asked(messages, stream, params)

    async def structured_generate(self, prompt: str | Messages, schema: Any, **params: Any) -> Any:
        """Return an answer that follows `schema`, checked.

        `schema` is the simple form (`{"city": "string"}`), a JSON Schema, or a pydantic model, of which
        an instance is returned. Raises BadRequest where the engine cannot enforce one, AnswerCut,
        AnswerInvalid.
        """
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        model = schema if hasattr(schema, "model_json_schema") else None
        form = model.model_json_schema() if model is not None else schema
        if not isinstance(form, Mapping):
            raise BadRequest("schema is neither a dict nor a pydantic model.", param="schema")
        checked = parameters.check(params)
        await self.open()
        _, value = await self._backend.structured(messages, checked, dict(form))
        return value if model is None else model.model_validate(value)

    async def embed(self, texts: str | Sequence[str]) -> list[list[float]]:
        """Return a vector for each text. Raises BadRequest where the model is not made for it."""
        await self.open()
        return await self._backend.embed([texts] if isinstance(texts, str) else list(texts))

    async def rerank(self, query: str, documents: Sequence[str]) -> list[float]:
        """Return how relevant each document is, in their order. Raises BadRequest as `embed` does."""
        await self.open()
        return await self._backend.rerank(query, list(documents))

    async def _asked(self, messages: Messages, stream: bool, params: dict[str, Any]) -> Reply | Stream:
        checked = parameters.check(params)  # before anything is started for it
        await self.open()
        reply = Stream(self._backend.stream(messages, checked))
        if stream:
            return reply
        async for _ in reply.pieces():
            pass
        return reply.reply
