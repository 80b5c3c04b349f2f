"""Asking models over the control surface: texts, structured answers, embeddings, rankings."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends
from fastapi.requests import Request
from fastapi.responses import Response

from stellarchat.api import deps
from stellarchat.api.answers import Streamed, Work
from stellarchat.api.bodies import check_schema
from stellarchat.api.control.inference_schemas import (
    ChatRequest,
    Embeddings,
    EmbeddingsRequest,
    Generated,
    GenerateRequest,
    Ranking,
    RerankRequest,
    Structured,
    StructuredRequest,
)
from stellarchat.api.control.schemas import Envelope
from stellarchat.api.errors import body_of, request_id
from stellarchat.api.limits import Limits
from stellarchat.api.routes import Routes
from stellarchat.api.sse import events
from stellarchat.core.errors import StellarChatError
from stellarchat.core.events import End, Failed, GenerationEvent, Text, Thinking
from stellarchat.core.models import ModelKind
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.inference import Inference, parsed
from stellarchat.services.answers.structured import Shape
from stellarchat.services.answers.vectors import Vectors

router = Routes(prefix="/api/v1", tags=["control"])

User = Annotated[str, Depends(deps.user)]
InferenceDep = Annotated[Inference, Depends(deps.inference)]
VectorsDep = Annotated[Vectors, Depends(deps.vectors)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]

_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole answer, or with `stream` an event for every piece of it",
        "content": events("StreamedPiece"),
    }
}


@router.post("/llm/generate", response_model=Envelope[Generated], responses=_STREAMED)
async def generate(
    request: Request, user: User, inference: InferenceDep, limits: LimitsDep, body: GenerateRequest
) -> Response:
    """Answer one message."""
    return await _answered(request, user, inference, limits, body)


@router.post("/llm/chat", response_model=Envelope[Generated], responses=_STREAMED)
async def chat(
    request: Request, user: User, inference: InferenceDep, limits: LimitsDep, body: ChatRequest
) -> Response:
    """Answer a conversation."""
    return await _answered(request, user, inference, limits, body)


@router.post("/llm/structured-generate", response_model=Envelope[Structured], responses=_STREAMED)
async def structured_generate(
    request: Request, user: User, inference: InferenceDep, limits: LimitsDep, body: StructuredRequest
) -> Response:
    """Answer with an object that follows a schema; a wrong answer is asked for once more."""
    check_schema(body.shape, "schema", limits)
    shape = Shape(body.shape)
    model = await inference.model(user, body.wanted(), ModelKind.CHAT)
    messages, params = body.conversation(limits), body.given(limits)
    if body.stream:
        inference.require_structured(model, "schema")
        params["response_format"] = shape.response_format
        generation = await inference.ask(user, model, messages, params)
        return Streamed(inference, generation, PieceWriter(request, inference, generation, shape))

    async def whole() -> Structured:
        answer, value = await inference.structured(user, model, messages, params, shape)
        return Structured.holding(answer, value)

    return _enveloped(request, whole)


@router.post("/embeddings", response_model=Envelope[Embeddings])
async def embeddings(
    request: Request, user: User, inference: InferenceDep, vectors: VectorsDep, body: EmbeddingsRequest
) -> Response:
    """Return vectors for texts."""
    texts = body.texts()
    model = await inference.model(user, body.wanted(), ModelKind.EMBEDDING)

    async def whole() -> dict[str, Any]:
        found = await vectors.embed(
            model, texts, encoding=body.encoding_format, dimensions=body.dimensions, user_id=user
        )
        data = [{"index": index, "embedding": vector} for index, vector in enumerate(found.vectors)]
        return {"model": found.model, "data": data, "usage": found.usage}

    return _enveloped(request, whole)


@router.post("/rerank", response_model=Envelope[Ranking])
async def rerank(
    request: Request, user: User, inference: InferenceDep, vectors: VectorsDep, body: RerankRequest
) -> Response:
    """Order documents by how well they answer a query."""
    model = await inference.model(user, body.wanted(), ModelKind.RERANK)
    texts = [one if isinstance(one, str) else one.text for one in body.documents]

    async def whole() -> dict[str, Any]:
        found = await vectors.rerank(model, body.query, texts, body.top_n, user_id=user)
        results = [
            {
                "index": ranked.index,
                "relevance_score": ranked.relevance_score,
                "document": {"text": texts[ranked.index]} if body.return_documents else None,
            }
            for ranked in found.results
        ]
        return {"model": found.model, "results": results, "usage": found.usage}

    return _enveloped(request, whole)


async def _answered(
    request: Request, user: str, inference: Inference, limits: Limits, body: GenerateRequest | ChatRequest
) -> Response:
    messages, params = body.conversation(limits), body.given(limits)
    model = await inference.model(user, body.wanted(), ModelKind.CHAT)
    generation = await inference.ask(user, model, messages, params)
    if body.stream:
        return Streamed(inference, generation, PieceWriter(request, inference, generation))

    async def whole() -> Generated:
        return Generated.model_validate(await inference.answer(generation))

    return _enveloped(request, whole)


def _enveloped(request: Request, whole: Callable[[], Awaitable[Any]]) -> Work:
    async def work() -> bytes:
        found = await whole()
        data = found.model_dump(mode="json") if isinstance(found, Generated) else found
        return msgspec.json.encode(
            {"request_id": request_id(request.scope), "code": 200, "msg": "success", "data": data}
        )

    return Work(work)


class PieceWriter:
    """Words a reply as the control surface streams it. With a `shape` the end holds the checked object."""

    def __init__(
        self, request: Request, inference: Inference, generation: Generation, shape: Shape | None = None
    ) -> None:
        self._id, self._path = request_id(request.scope), request.url.path
        self._inference, self._generation, self._shape = inference, generation, shape

    def begin(self) -> bytes:
        """Nothing comes before the first piece."""
        return b""

    def write(self, events: list[GenerationEvent]) -> bytes:
        """Return the events that these become."""
        out: list[bytes] = []
        for event in events:
            if isinstance(event, Text):
                out.append(self._piece(delta=event.text))
            elif isinstance(event, Thinking):
                out.append(self._piece(delta="", thinking=event.text))
            elif isinstance(event, Failed):
                out.append(b"data: %b\n\n" % body_of(event.error, self._path, self._id))
            elif isinstance(event, End):
                out.append(self._done(event))
        return b"".join(out)

    def _done(self, end: End) -> bytes:
        answer = self._inference.told(self._generation, end)
        shown = Generated.model_validate(answer).model_dump(
            mode="json", include={"finish_reason", "usage", "timings", "tool_calls"}
        )
        if self._shape is not None:
            try:
                shown["object"] = parsed(answer, self._shape)
            except StellarChatError as error:
                return b"data: %b\n\n" % body_of(error.info(), self._path, self._id)
        return self._piece(done=True, **shown)

    def _piece(self, **fields: Any) -> bytes:
        return b"data: %b\n\n" % msgspec.json.encode({"request_id": self._id, **fields})
