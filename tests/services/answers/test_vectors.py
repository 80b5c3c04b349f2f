"""Embeddings and rankings of engines that answer in shapes of their own."""

import base64
import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import pytest

from stellarchat.core.errors import BadRequest, EngineMalformed, PayloadTooLarge, StellarChatError
from stellarchat.core.models import ModelKind
from stellarchat.services.answers.kinds import Kinds
from stellarchat.services.answers.relay import Relay
from stellarchat.services.answers.vectors import Vectors, texts_of
from tests.fake_engine import running_fake
from tests.services.models import entry, variant
from tests.services.targets import gateway, target

PACKED = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()


class Said:
    """A relay whose engine says one thing."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def exchange(self, path: str, request: dict[str, Any], raw: bytes, user_id: str) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def whole(self) -> bytes:
        return self.answer if isinstance(self.answer, bytes) else msgspec.json.encode(self.answer)


class Listed:
    """A catalogue of one model of each kind."""

    def __init__(self) -> None:
        self._entries = [entry(variant(kind.value, kind=kind)) for kind in ModelKind]

    def resolve(self, name: str) -> Any:
        return next(one for one in self.variants() if one.id == name)

    def variants(self) -> Iterator[Any]:
        for one in self._entries:
            yield from one.variants


def vectors(answer: Any) -> Vectors:
    """Vectors of an engine that says `answer`."""
    return Vectors(Said(answer), Kinds(Listed(), {}))  # type: ignore[arg-type]


def data(*embeddings: Any) -> dict[str, Any]:
    return {"data": [{"embedding": one} for one in embeddings]}


@pytest.mark.parametrize("answer", [data([0.5, -1]), data(PACKED)])
async def test_an_engine_may_give_either_encoding(answer: Any) -> None:
    numbers = await vectors(answer).embed("embedding", "a")
    assert numbers.vectors == [[0.5, -1.0]]
    assert numbers.usage.total_tokens == 0
    packed = await vectors(answer).embed("embedding", "a", encoding="base64")
    assert packed.vectors == [PACKED]


async def test_vectors_stand_in_the_order_of_the_texts() -> None:
    items = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0.0]}]
    found = await vectors({"data": items}).embed("embedding", ["a", "b"])
    assert found.vectors == [[0.0], [1.0]]


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", {}, data(), data([1], [2]), data("not base64!"), data(None), data(["a"]), {"data": 5}],
)
async def test_what_is_no_embedding_is_malformed(answer: Any) -> None:
    with pytest.raises(EngineMalformed):
        await vectors(answer).embed("embedding", "a")


async def test_dimensions_that_an_engine_ignores_are_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        await vectors(data([1.0, 2.0])).embed("embedding", "a", dimensions=1)
    assert caught.value.param == "dimensions"
    assert "2" in caught.value.message
    assert (await vectors(data([1.0, 2.0])).embed("embedding", "a", dimensions=2)).vectors


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [{"index": 0, "relevance_score": -1}, {"index": 1, "relevance_score": 2.5}]},
        {
            "results": [
                {"index": 1, "relevance_score": 2.5, "document": {"text": "b"}},
                {"index": 0, "score": -1},
            ]
        },
        [{"index": 0, "score": -1.0, "document": "a"}, {"index": 1, "score": 2.5}],
    ],
)
async def test_every_shape_of_a_ranking_is_read(answer: Any) -> None:
    ranking = await vectors(answer).rerank("rerank", "q", ["a", "b"])
    assert [(one.index, one.relevance_score) for one in ranking.results] == [(1, 2.5), (0, -1.0)]
    assert len((await vectors(answer).rerank("rerank", "q", ["a", "b"], 1)).results) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"results": []},
        [{"index": 0, "score": 1}],
        [{"index": 0, "score": 1}, {"index": 0, "score": 1}],
        [{"index": 0}, {"index": 1}],
        [{"index": 0, "score": 1}, {"index": 2, "score": 1}],
    ],
)
async def test_what_is_no_ranking_is_malformed(answer: Any) -> None:
    with pytest.raises(EngineMalformed):
        await vectors(answer).rerank("rerank", "q", ["a", "b"])


@pytest.mark.parametrize("model", ["chat", "rerank"])
async def test_a_model_of_another_kind_is_refused_with_one_that_fits(model: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await vectors({}).embed(model, "a")
    assert model in caught.value.message
    assert "embedding" in (caught.value.remedy or "")
    with pytest.raises(BadRequest):
        await vectors({}).rerank("chat", "q", ["a"])


async def test_an_engine_without_rankings_says_so(tmp_path: Path) -> None:
    async with running_fake() as fake:
        there = target(fake)
        without = msgspec.structs.replace(
            there, dialect=msgspec.structs.replace(there.dialect, rerank_path=None)
        )
        gate = gateway(without)
        with contextlib.closing(gate):
            found = Vectors(Relay(gate), Kinds(Listed(), gate.endpoints))  # type: ignore[arg-type]
            with pytest.raises(BadRequest, match="does not rank"):
                await found.rerank("fake", "q", ["a"])


@pytest.mark.parametrize("given", ["a", ["a"], [1], [[1], [2, 3]]])
def test_good_inputs_pass(given: Any) -> None:
    assert texts_of(given, 2) is given


@pytest.mark.parametrize(
    ("given", "error", "param"),
    [
        (None, BadRequest, "input"),
        ("", BadRequest, "input"),
        ([], BadRequest, "input"),
        ([True], BadRequest, "input[0]"),
        ([[]], BadRequest, "input[0]"),
        ([[1.5]], BadRequest, "input[0]"),
        ([2**31], BadRequest, "input[0]"),
        (["a", [1]], BadRequest, "input"),
        (["a", "b", "c"], PayloadTooLarge, "input"),
    ],
)
def test_wrong_inputs_are_named(given: Any, error: type[StellarChatError], param: str) -> None:
    with pytest.raises(error) as caught:
        texts_of(given, 2)
    assert caught.value.param == param
