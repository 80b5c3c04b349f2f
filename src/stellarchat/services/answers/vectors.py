"""Embeddings and rankings: asked of an engine through the relay, answered in one shape for all of them."""

import base64
import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest, EngineMalformed, PayloadTooLarge
from stellarchat.core.models import ModelKind
from stellarchat.services.answers.kinds import Kinds
from stellarchat.services.answers.relay import RERANK, Relay

_FLOAT: Final = 4  # bytes of one number in base64

# one text or list of tokens, or several of one kind
Texts = str | list[str | int | list[int]]


class Spent(msgspec.Struct, frozen=True):
    """Tokens read; an engine that does not count them says 0."""

    prompt_tokens: int = 0
    total_tokens: int = 0


class Embedded(msgspec.Struct, frozen=True):
    """Vectors in the order of the texts: numbers, or base64 of little-endian 32-bit floats."""

    model: str
    vectors: list[list[float] | str]
    usage: Spent


class Ranked(msgspec.Struct, frozen=True):
    """One document of a ranking: its place in the request, and how well it fits (more is better)."""

    index: int
    relevance_score: float


class Ranking(msgspec.Struct, frozen=True):
    """Documents, the best first."""

    model: str
    results: list[Ranked]
    usage: Spent


class _Embedding(msgspec.Struct):
    embedding: list[float] | str
    index: int | None = None


class _Embeddings(msgspec.Struct):
    data: list[_Embedding]
    usage: Spent | None = None


class _Score(msgspec.Struct):
    """Jina's, Cohere's and vLLM's `relevance_score`; SGLang's and text-embeddings-inference's `score`."""

    index: int
    relevance_score: float | None = None
    score: float | None = None


class _Scores(msgspec.Struct):
    results: list[_Score]
    usage: Spent | None = None


_embeddings = msgspec.json.Decoder(_Embeddings).decode
_scores = msgspec.json.Decoder(_Scores | list[_Score]).decode


def texts_of(given: Any, limit: int) -> Texts:
    """Return an embeddings request's `input`, which must be one text or list of tokens, or several.

    Raises BadRequest naming the item, PayloadTooLarge where there are more than `limit`.
    """
    if isinstance(given, str) and given:
        return given
    if not isinstance(given, list) or not given:
        raise BadRequest("`input` must be a text, a list of tokens, or a list of either.", param="input")
    if all(_is_token(item) for item in given):
        return given
    if len(given) > limit:
        raise PayloadTooLarge(
            f"`input`: {len(given)} inputs, at most {limit} are allowed.",
            param="input",
            sentence="inputs_many",
            values={"count": len(given), "limit": limit},
        )
    if len({type(item) for item in given}) > 1:
        raise BadRequest("`input`: all items must be of one kind, texts or lists of tokens.", param="input")
    for index, item in enumerate(given):
        right = isinstance(item, str) or (isinstance(item, list) and all(_is_token(one) for one in item))
        if not item or not right:
            raise BadRequest(
                f"`input[{index}]` must be a text or a list of tokens, and not empty.",
                param=f"input[{index}]",
            )
    return given


def _is_token(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and 0 <= item < 2**31


class Vectors:
    """Asks embedding and rerank models."""

    def __init__(self, relay: Relay, kinds: Kinds) -> None:
        self._relay, self._kinds = relay, kinds

    async def embed(
        self,
        model: str,
        texts: Texts,
        *,
        encoding: str = "float",
        dimensions: int | None = None,
        user_id: str = "local",
        more: Mapping[str, Any] | None = None,
    ) -> Embedded:
        """Return a vector for each text (or list of tokens); `encoding` is float or base64.

        `more` are fields that only the engine knows.

        Raises BadRequest for a model of another kind and where the engine does not shorten vectors to
        `dimensions`, and what the gateway and the engine raise.
        """
        self._kinds.require(model, ModelKind.EMBEDDING)
        body: dict[str, Any] = {
            **(more or {}),
            "model": model,
            "input": texts,
            "encoding_format": encoding,
        }
        if dimensions is not None:
            body["dimensions"] = dimensions
        raw = await self._asked("/embeddings", body, user_id)
        try:
            found = _embeddings(raw)
        except msgspec.MsgspecError as error:
            raise _malformed("embeddings", error) from None
        count = 1 if isinstance(texts, str) or isinstance(texts[0], int) else len(texts)
        if len(found.data) != count:
            raise EngineMalformed(
                f"The engine gave {len(found.data)} embeddings for {count} texts.",
                sentence="engine_vectors",
                values={"found": len(found.data), "count": count},
            )
        if all(item.index is not None for item in found.data):
            found.data.sort(key=lambda item: item.index or 0)
        vectors = [_encoded(item.embedding, encoding) for item in found.data]
        if dimensions is not None and (length := _length(vectors[0])) != dimensions:
            raise BadRequest(
                f"{model} gives vectors of {length} numbers and cannot shorten them.",
                param="dimensions",
                remedy=f"Leave dimensions out, or ask for {length}.",
                sentence="vectors_length",
                values={"model": model, "length": length},
            )
        return Embedded(model, vectors, found.usage or Spent())

    async def rerank(
        self,
        model: str,
        query: str,
        documents: list[str],
        top_n: int | None = None,
        *,
        user_id: str = "local",
    ) -> Ranking:
        """Return the documents' places by how well they answer `query`, the best `top_n` of them.

        Raises BadRequest for a model of another kind and for an engine that ranks nothing, and what the
        gateway and the engine raise.
        """
        self._kinds.require(model, ModelKind.RERANK)
        raw = await self._asked(RERANK, {"model": model, "query": query, "documents": documents}, user_id)
        try:
            found = _scores(raw)
        except msgspec.MsgspecError as error:
            raise _malformed("a ranking", error) from None
        scores = found.results if isinstance(found, _Scores) else found
        usage = (found.usage if isinstance(found, _Scores) else None) or Spent()
        if sorted(score.index for score in scores) != list(range(len(documents))):
            raise EngineMalformed(
                "The engine's ranking does not name each document once.", sentence="engine_ranking"
            )
        results = [Ranked(score.index, _score(score)) for score in scores]
        results.sort(key=lambda result: result.relevance_score, reverse=True)
        return Ranking(model, results[:top_n], usage)

    async def _asked(self, path: str, body: dict[str, Any], user_id: str) -> bytes:
        async with self._relay.exchange(path, body, msgspec.json.encode(body), user_id) as exchange:
            return await exchange.whole()


def _score(score: _Score) -> float:
    found = score.score if score.relevance_score is None else score.relevance_score
    if found is None:
        raise EngineMalformed(
            "The engine's ranking has a document without a score.", sentence="engine_ranking"
        )
    return found


def _encoded(vector: list[float] | str, encoding: str) -> list[float] | str:
    """Return a vector as it is wanted: engines differ in whether they heed `encoding_format`."""
    if isinstance(vector, str):
        if encoding == "base64":
            return vector
        try:
            data = base64.b64decode(vector, validate=True)
            return list(struct.unpack(f"<{len(data) // _FLOAT}f", data))
        except (ValueError, struct.error) as error:
            raise _malformed("embeddings", error) from None
    if encoding == "float":
        return vector
    try:
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    except (OverflowError, struct.error) as error:
        raise _malformed("embeddings", error) from None


def _length(vector: list[float] | str) -> int:
    if isinstance(vector, str):
        return len(base64.b64decode(vector)) // _FLOAT
    return len(vector)


def _malformed(what: str, error: Exception) -> EngineMalformed:
    return EngineMalformed(
        f"The engine answered with something that is not {what}.",
        detail=str(error)[:500],
        sentence="engine_odd",
    )
