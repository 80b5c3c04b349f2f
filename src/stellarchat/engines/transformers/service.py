"""What the worker answers: chats and completions, vectors and rankings, and what is asked of its state."""

import asyncio
import base64
from array import array
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from stellarchat.engines.transformers.answers import Answer, Event, Prompt, room
from stellarchat.engines.transformers.batching import Batch
from stellarchat.engines.transformers.bodies import BadBody, Wanted, integer, texts, wanted
from stellarchat.engines.transformers.grammar import Grammars
from stellarchat.engines.transformers.http import Handler, NotReady, Plain
from stellarchat.engines.transformers.loading import Loaded
from stellarchat.engines.transformers.pooling import Pooler
from stellarchat.engines.transformers.rendering import Renderer
from stellarchat.engines.transformers.replies import THOUGHT
from stellarchat.engines.transformers.templates import Templates, opens_thought, tool_names
from stellarchat.engines.transformers.wire import Wire

Body = dict[str, Any]


class Writer:
    """A model that writes: chats and completions."""

    def __init__(self, loaded: Loaded, batch: Batch, context: int, renderer: Renderer) -> None:
        self.loaded, self.batch, self.context = loaded, batch, context
        self.templates = Templates(loaded.tokenizer, renderer)
        self.grammars = Grammars(loaded.tokenizer, loaded.width, loaded.ends)
        thought = loaded.tokenizer.convert_tokens_to_ids(THOUGHT)
        known = isinstance(thought, int) and thought != loaded.tokenizer.unk_token_id
        self.thought = thought if known else None

    async def chat(self, body: Body) -> tuple[Prompt, Wanted]:
        """Read a chat's body. Raises BadBody."""
        asked = wanted(body, self.loaded.defaults, chat=True)
        text = await self.templates.prompt(body)
        prompt = Prompt(
            self.templates.tokens(text), thinking=opens_thought(text), tools=tuple(tool_names(body))
        )
        return prompt, asked

    def completion(self, body: Body) -> tuple[Prompt, Wanted]:
        """Read a completion's body. Raises BadBody."""
        asked = wanted(body, self.loaded.defaults, chat=False)
        prompt = body.get("prompt")
        if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str | list):
            prompt = prompt[0]
        if isinstance(prompt, str):
            tokens = list(self.loaded.tokenizer(prompt)["input_ids"])
        elif isinstance(prompt, list) and all(
            isinstance(token, int) and 0 <= token < self.loaded.width for token in prompt
        ):
            tokens = prompt
        else:
            raise BadBody("prompt must be one text or one list of token ids.", "prompt")
        return Prompt(tokens, plain=True), asked

    async def answer(
        self, prompt: Prompt, asked: Wanted, wire: Wire, field: str
    ) -> tuple[Answer, AsyncGenerator[Event]]:
        """Begin an answer. Raises BadBody."""
        most = room(prompt.tokens, asked, self.context, field)
        matcher = await asyncio.to_thread(self.grammars.matcher, asked)
        answer = Answer(self.batch, self.loaded.tokenizer, self.loaded.hidden, prompt, asked)
        try:
            heard = answer.begin(most, matcher, self.thought if prompt.thinking else None)
        except BaseException:
            answer.close()
            raise
        return answer, answer.events(heard)


async def streamed(
    writer: Writer, prompt: Prompt, asked: Wanted, wire: Wire, *, chat: bool
) -> AsyncGenerator[Any]:
    """Give an answer's chunks as they come."""
    answer, events = await writer.answer(prompt, asked, wire, "messages" if chat else "prompt")
    try:
        for index in range(asked.n if chat else 0):
            yield wire.first(index)
        async for event in events:
            told = event.told
            for piece in event.pieces:
                yield wire.chunk(event.index, piece, told, None)
                told = []
            if told or event.finish:
                yield wire.chunk(event.index, None, told, event.finish, event.stop)
        if asked.usage:
            yield wire.last(answer.usage)
    finally:
        answer.close()


async def whole(writer: Writer, prompt: Prompt, asked: Wanted, wire: Wire, *, chat: bool) -> Body:
    """Return a whole answer."""
    answer, events = await writer.answer(prompt, asked, wire, "messages" if chat else "prompt")
    heard: list[list[Event]] = [[] for _ in range(asked.n)]
    try:
        async for event in events:
            heard[event.index].append(event)
    finally:
        answer.close()
    choices = [
        wire.choice(
            index,
            [piece for event in mine for piece in event.pieces],
            [told for event in mine for told in event.told],
            mine[-1].finish,
            mine[-1].stop,
        )
        for index, mine in enumerate(heard)
    ]
    return wire.whole(choices, answer.usage)


class Service:
    """All routes of the worker. `writer` or `pooler` is set once the model has been loaded."""

    def __init__(self, alias: str, *, context: int, slots: int) -> None:
        self.alias, self.context, self.slots = alias, context, slots
        self.writer: Writer | None = None
        self.pooler: Pooler | None = None
        self.renderer = Renderer()
        self.pooling = 0
        self._thread = ThreadPoolExecutor(1, "pooling")

    def routes(self) -> Mapping[str, Handler]:
        """Return who answers what."""
        return {
            "GET /health": self.health,
            "GET /v1/models": self.models,
            "POST /v1/chat/completions": self.chat,
            "POST /v1/completions": self.completions,
            "POST /v1/embeddings": self.embeddings,
            "POST /v1/rerank": self.rerank,
            "POST /tokenize": self.tokenize,
            "POST /apply-template": self.template,
            "GET /slots": self.places,
            "GET /metrics": self.metrics,
        }

    def _writer(self) -> Writer:
        if self.writer is None:
            if self.pooler is not None:
                raise BadBody(f"{self.alias} does not write text.", "model")
            raise NotReady
        return self.writer

    def _pooler(self) -> Pooler:
        if self.pooler is None:
            if self.writer is not None:
                raise BadBody(f"{self.alias} writes text; this needs another kind of model.", "model")
            raise NotReady
        return self.pooler

    async def health(self, body: Body) -> Body:
        """Whether the model can be used."""
        if self.writer is None and self.pooler is None:
            raise NotReady
        return {"status": "ok"}

    async def models(self, body: Body) -> Body:
        """The one model there is."""
        entry = {"id": self.alias, "object": "model", "created": 0, "owned_by": "stellarchat"}
        return {"object": "list", "data": [{**entry, "max_model_len": self.context}]}

    async def chat(self, body: Body) -> Any:
        """OpenAI's chat completion."""
        writer = self._writer()
        prompt, asked = await writer.chat(body)
        wire = Wire(self.alias, chat=True, text=self._text)
        return (
            streamed(writer, prompt, asked, wire, chat=True)
            if asked.stream
            else await whole(writer, prompt, asked, wire, chat=True)
        )

    async def completions(self, body: Body) -> Any:
        """OpenAI's completion of one prompt."""
        writer = self._writer()
        prompt, asked = writer.completion(body)
        wire = Wire(self.alias, chat=False, text=self._text)
        return (
            streamed(writer, prompt, asked, wire, chat=False)
            if asked.stream
            else await whole(writer, prompt, asked, wire, chat=False)
        )

    def _text(self, token: int) -> str:
        text: str = self._writer().loaded.tokenizer.decode([token])
        return text

    async def embeddings(self, body: Body) -> Body:
        """OpenAI's embeddings."""
        pooler = self._pooler()
        form = body.get("encoding_format") or "float"
        if form not in ("float", "base64"):
            raise BadBody("encoding_format must be float or base64.", "encoding_format")
        given = body.get("input")
        inputs: Sequence[str | list[int]]
        if isinstance(given, list) and given and all(isinstance(token, int) for token in given):
            inputs = [given]
        elif isinstance(given, list) and given and all(_tokens(item) for item in given):
            inputs = given
        else:
            inputs = texts(body, "input")
        found = await self._pooled(pooler.embed, inputs)
        size = len(found.values[0])
        if (integer(body, "dimensions", 1) or size) != size:
            raise BadBody(f"This model's vectors have {size} dimensions and cannot be cut.", "dimensions")
        data = [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, form)}
            for index, vector in enumerate(found.values)
        ]
        usage = {"prompt_tokens": found.tokens, "total_tokens": found.tokens}
        return {"object": "list", "model": self.alias, "data": data, "usage": usage}

    async def rerank(self, body: Body) -> Body:
        """Documents in the order in which they answer a query, as Jina and Cohere have it."""
        pooler = self._pooler()
        query = body.get("query")
        if not isinstance(query, str) or not query:
            raise BadBody("query must be a text.", "query")
        documents = texts(body, "documents")
        most = integer(body, "top_n", 1) or len(documents)
        found = await self._pooled(pooler.rank, query, documents)
        ranked = sorted(enumerate(found.values), key=lambda pair: -pair[1])[:most]
        results = [{"index": index, "relevance_score": score} for index, score in ranked]
        if body.get("return_documents"):
            results = [
                {**result, "document": {"text": documents[int(result["index"])]}} for result in results
            ]
        usage = {"prompt_tokens": found.tokens, "total_tokens": found.tokens}
        return {"object": "list", "model": self.alias, "results": results, "usage": usage}

    async def _pooled(self, work: Any, *arguments: Any) -> Any:
        self.pooling += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        finally:
            self.pooling -= 1

    async def tokenize(self, body: Body) -> Body:
        """The tokens of a text, asked for as llama.cpp's server has it."""
        loaded = self._writer().loaded
        text = body.get("content")
        if not isinstance(text, str):
            raise BadBody("content must be a text.", "content")
        start = loaded.tokenizer.bos_token
        # a templated prompt begins with that token already
        special = bool(body.get("add_special")) and not (start and text.startswith(start))
        return {"tokens": list(loaded.tokenizer(text, add_special_tokens=special)["input_ids"])}

    async def template(self, body: Body) -> Body:
        """The prompt of a conversation, asked for as llama.cpp's server has it."""
        return {"prompt": await self._writer().templates.prompt(body)}

    async def places(self, body: Body) -> list[Body]:
        """How many requests are worked for, as llama.cpp's list of slots."""
        if self.writer is None and self.pooler is None:
            raise NotReady
        busy = self.writer.batch.busy() if self.writer else self.pooling
        return [
            {"id": at, "n_ctx": self.context, "is_processing": at < busy}
            for at in range(max(self.slots, busy))
        ]

    async def metrics(self, body: Body) -> Plain:
        """Prometheus's text format."""
        series: dict[str, tuple[str, float]] = {
            "requests_running": ("gauge", self.pooling),
            "requests_waiting": ("gauge", 0),
        }
        if self.writer is not None:
            batch = self.writer.batch
            series = {
                "requests_running": ("gauge", batch.running()),
                "requests_waiting": ("gauge", batch.waiting()),
                "kv_cache_usage_ratio": ("gauge", round(batch.used(), 6)),
                "prompt_tokens_total": ("counter", batch.prompt_tokens),
                "tokens_predicted_total": ("counter", batch.written_tokens),
            }
        lines = [
            f"# TYPE transformers:{name} {kind}\ntransformers:{name} {value}"
            for name, (kind, value) in series.items()
        ]
        return Plain("\n".join(lines) + "\n")


def _tokens(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(token, int) for token in item)


def _encoded(vector: list[float], form: str) -> list[float] | str:
    return vector if form == "float" else base64.b64encode(array("f", vector).tobytes()).decode()
