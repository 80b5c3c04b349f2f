"""A model asked of a running StellarChat, over its control surface (docs/api.md)."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    EngineMalformed,
    ErrorInfo,
    ModelNotFound,
    Unauthorized,
    revived,
)
from stellarchat.core.events import FinishReason, Timings, Usage
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.engines._openai_http.upstream import Response, Upstream
from stellarchat.inferencer.replies import Messages, Piece, Progress, Reply

LIMIT = 256 << 20  # bytes of one answer; vectors are large
LOAD_SECONDS = 900.0  # the longest silence while a model loads
STEPS = {"download": "download", "launch": "launch", "load": "load"}


class _Envelope(msgspec.Struct):
    data: Any = None
    msg: str = ""
    code: int = 200
    error: dict[str, Any] | None = None


class _Answer(msgspec.Struct):
    model: str
    text: str = ""
    thinking: str | None = None
    tool_calls: list[dict[str, Any]] = []
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage = msgspec.field(default_factory=Usage)
    timings: Timings = msgspec.field(default_factory=Timings)
    object: Any = None


class Remote:
    """A Backend (see `replies`): the server's instances stay when it is closed."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        engine_type: str | None,
        model_name: str,
        options: dict[str, Any],
        told: Callable[[Progress], None],
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise BadRequest(
                f"{base_url!r} is no http address.", param="base_url", remedy="Write http://127.0.0.1:8080."
            )
        self._base_url, self._key = base_url.rstrip("/").removesuffix("/v1"), api_key
        self._start = {"model_id": model_name, "engine_type": engine_type, **options}
        self._told = told
        self._upstream: Upstream | None = None
        self.model = model_name

    async def open(self) -> None:
        """Have the server start the model, downloading what it lacks; one of an endpoint needs no start."""
        body = {key: value for key, value in self._start.items() if value is not None}
        try:
            await self._started(body)
        except ModelNotFound:
            async with await self._asked("GET", f"/v1/models/{quote(self.model, safe='')}", None) as response:
                if response.status != 200:
                    raise

    async def _started(self, body: dict[str, Any]) -> None:
        async for step in self._events("/api/v1/models/start-stream", body):
            if step.get("step") == "error" and step.get("error"):
                raise revived(_info(step["error"]))
            if step.get("instance"):
                self.model = step["instance"]["model"]
            if progress := _progress(step):
                self._told(progress)

    async def close(self) -> None:
        """Close the connections."""
        if self._upstream is not None:
            self._upstream.close()
            self._upstream = None

    async def stream(self, messages: Messages, params: dict[str, Any]) -> AsyncGenerator[Piece | Reply]:
        """Yield a reply in pieces, and at last the whole one. Leaving early stops the model."""
        body = {"model_name": self.model, "messages": messages, "stream": True, **params}
        texts: list[str] = []
        thoughts: list[str] = []
        events = self._events("/api/v1/llm/chat", body)
        try:
            async for said in events:
                if "code" in said and "msg" in said:
                    raise revived(_info(said.get("error") or said))
                if thought := said.get("thinking"):
                    thoughts.append(thought)
                    yield Piece(thinking=thought)
                if text := said.get("delta"):
                    texts.append(text)
                    yield Piece(text=text)
                if said.get("done"):
                    whole = {**said, "model": self.model, "text": "".join(texts)}
                    whole["thinking"] = "".join(thoughts) or None
                    yield _reply(_converted(whole, _Answer))
        finally:
            await events.aclose()

    async def structured(
        self, messages: Messages, params: dict[str, Any], schema: dict[str, Any]
    ) -> tuple[Reply, Any]:
        """Return a reply and the value in it, checked by the server."""
        body = {"model_name": self.model, "messages": messages, "schema": schema, **params}
        answer = _converted(await self._json("POST", "/api/v1/llm/structured-generate", body), _Answer)
        return _reply(answer), answer.object

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        if not texts:
            return []
        found = await self._json("POST", "/api/v1/embeddings", {"model_name": self.model, "input": texts})
        return [item["embedding"] for item in found["data"]]

    async def rerank(self, query: str, documents: list[str]) -> list[float]:
        """Return how relevant each document is, in their order."""
        if not documents:
            return []
        body = {"model_name": self.model, "query": query, "documents": documents}
        found = await self._json("POST", "/api/v1/rerank", body)
        scores = {one["index"]: one["relevance_score"] for one in found["results"]}
        return [scores[place] for place in range(len(documents))]

    async def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with await self._asked(method, path, body) as response:
            raw = await response.read(LIMIT)
            if response.status != 200:
                raise _failure(raw, response.status)
            answer = _converted(_decoded(raw), _Envelope)
        return answer.data

    async def _events(self, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        async with await self._asked("POST", path, body) as response:
            if response.status != 200:
                raise _failure(await response.read(LIMIT), response.status)
            async for payload in _payloads(response):
                if payload != b"[DONE]":
                    yield _decoded(payload)

    async def _asked(self, method: str, path: str, body: dict[str, Any] | None) -> Response:
        if self._upstream is None:
            self._upstream = Upstream(self._base_url, self._key, stall_timeout=LOAD_SECONDS)
        return await self._upstream.request(method, path, b"" if body is None else msgspec.json.encode(body))


async def _payloads(response: Response) -> AsyncIterator[bytes]:
    parser = EventParser()
    while data := await response.next():
        for payload in parser.feed(data):
            yield payload


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise _foreign(raw) from error


def _converted(data: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(data, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _foreign(msgspec.json.encode(data)) from error


def _foreign(raw: bytes) -> EngineMalformed:
    return EngineMalformed(
        "What answers there is not StellarChat.",
        remedy="Check base_url.",
        detail=raw[:200].decode("utf-8", "replace"),
    )


def _failure(raw: bytes, status: int) -> Exception:
    try:
        said = msgspec.json.decode(raw)
        return revived(_info(said.get("error") or said))
    except (msgspec.MsgspecError, AttributeError):
        if status in (401, 403):
            return Unauthorized("The server does not let this in.", remedy="Check api_key.")
        return _foreign(raw)


def _info(error: dict[str, Any]) -> ErrorInfo:
    known = {field.name for field in msgspec.structs.fields(ErrorInfo)}
    return msgspec.convert({key: value for key, value in error.items() if key in known}, ErrorInfo)


def _reply(answer: _Answer) -> Reply:
    return Reply(
        model=answer.model,
        text=answer.text,
        thinking=answer.thinking,
        tool_calls=answer.tool_calls,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        timings=answer.timings,
    )


def _progress(step: dict[str, Any]) -> Progress | None:
    name = STEPS.get(str(step.get("step")))
    if name is None:
        return None
    instance = step.get("instance") or {}
    told = step.get("download") or instance.get("loading") or {}
    done, total = told.get("bytes_done"), told.get("bytes_total")
    share = told.get("progress")
    if share is None and done is not None and total:
        share = done / total
    return Progress(
        step=name,
        model=step.get("variant"),
        progress=share,
        bytes_done=done,
        bytes_total=total,
        rate=told.get("rate"),
        eta_seconds=told.get("eta_seconds"),
    )
