"""`POST /v1/embeddings` and `POST /v1/rerank`."""

from typing import Any

import msgspec

from stellarchat.api.limits import Limits
from stellarchat.api.openai.validate import validate_embeddings, validate_rerank
from stellarchat.core.ids import new_id
from stellarchat.services.answers.vectors import Vectors

# all else reaches the engine unchanged
_KNOWN = ("model", "input", "encoding_format", "dimensions", "stream")


class EmbeddingsDoor:
    """Answers in OpenAI's shape."""

    def __init__(self, vectors: Vectors, limits: Limits) -> None:
        self._vectors, self._limits = vectors, limits

    async def __call__(self, body: dict[str, Any], user_id: str) -> bytes:
        """Return the answer. Raises StellarChatError."""
        request = validate_embeddings(body, self._limits)
        embedded = await self._vectors.embed(
            request.model,
            request.input,
            user_id=user_id,
            encoding=request.encoding_format or "float",
            dimensions=request.dimensions,
            more={name: value for name, value in body.items() if name not in _KNOWN},
        )
        data = [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(embedded.vectors)
        ]
        answer = {"object": "list", "data": data, "model": embedded.model, "usage": embedded.usage}
        return msgspec.json.encode(answer)


class RerankDoor:
    """Answers in the shape that Jina and Cohere share."""

    def __init__(self, vectors: Vectors, limits: Limits) -> None:
        self._vectors, self._limits = vectors, limits

    async def __call__(self, body: dict[str, Any], user_id: str) -> bytes:
        """Return the answer. Raises StellarChatError."""
        request = validate_rerank(body, self._limits)
        texts = [one if isinstance(one, str) else one.text for one in request.documents]
        ranking = await self._vectors.rerank(
            request.model, request.query, texts, request.top_n, user_id=user_id
        )
        results = [
            {
                "index": ranked.index,
                "relevance_score": ranked.relevance_score,
                **({"document": {"text": texts[ranked.index]}} if request.return_documents else {}),
            }
            for ranked in ranking.results
        ]
        answer = {
            "id": f"rerank-{new_id()}",
            "model": ranking.model,
            "results": results,
            "usage": ranking.usage,
        }
        return msgspec.json.encode(answer)
