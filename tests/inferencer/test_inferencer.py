"""Models from Python: the demonstration model in this process, and over a running server."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import BaseModel

from stellarchat import AsyncLLMInferencer, LLMInferencer
from stellarchat.core.errors import (
    BadRequest,
    EngineDied,
    EngineMalformed,
    EngineNotReady,
    ModelNotFound,
)
from stellarchat.inferencer import Progress
from tests.elsewhere import Elsewhere, answer
from tests.engines.llamacpp import ranker, tiny
from tests.fake_ollama import fake_ollama
from tests.server import Server, serving
from tests.waiting import eventually

pytestmark = pytest.mark.real_engine

MODEL = "stellar-demo"
PERSON = {"name": "string", "age": "integer"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    with serving(tmp_path_factory.mktemp("inferencer")) as running:
        yield running


@pytest.fixture(scope="module", params=["here", "there"])
def llm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LLMInferencer]:
    """The demonstration model, in this process and on a server."""
    place = {}
    if request.param == "there":
        place["base_url"] = request.getfixturevalue("server").base_url
    with LLMInferencer("llamacpp", MODEL, slots=2, threads=1, **place) as made:
        yield made


def test_a_question_is_answered(llm: LLMInferencer) -> None:
    reply = llm.generate("1+1=?", temperature=0, max_tokens=32)
    assert "2" in str(reply)
    assert reply.finish_reason == "stop"
    assert reply.usage.completion_tokens > 0
    assert reply.timings.time_to_first_token_ms is not None
    assert llm.model == reply.model == MODEL


def test_a_conversation_is_gone_on_with(llm: LLMInferencer) -> None:
    messages = [
        {"role": "user", "content": "My name is Ada."},
        {"role": "assistant", "content": "Nice to meet you, Ada!"},
        {"role": "user", "content": "What is my name?"},
    ]
    assert "Ada" in llm.chat(messages, temperature=0).text


def test_a_reply_is_streamed(llm: LLMInferencer) -> None:
    question = "Count from 1 to 100"  # long enough not to arrive at once, however busy the machine is
    stream = llm.chat([{"role": "user", "content": question}], stream=True, temperature=0)
    pieces = list(stream)
    assert len(pieces) > 2
    assert "".join(pieces) == stream.reply.text
    assert stream.reply.text == llm.generate(question, temperature=0).text


def test_leaving_a_stream_stops_the_model(llm: LLMInferencer) -> None:
    with llm.generate("Count from 1 to 100", stream=True, temperature=0) as stream:
        for _ in stream:
            break
    with pytest.raises(RuntimeError, match="not whole"):
        stream.reply  # noqa: B018
    assert llm.generate("1+1=?", temperature=0).text


def test_an_answer_follows_a_schema(llm: LLMInferencer) -> None:
    found = llm.structured_generate("Ada is 36 years old.", PERSON, temperature=0, max_tokens=64)
    assert found.keys() == PERSON.keys()
    assert isinstance(found["age"], int)


def test_an_answer_becomes_a_pydantic_model(llm: LLMInferencer) -> None:
    class Person(BaseModel):
        name: str
        age: int

    found = llm.structured_generate("Ada is 36 years old.", Person, temperature=0, max_tokens=64)
    assert isinstance(found, Person)


def test_a_wrong_parameter_is_named(llm: LLMInferencer) -> None:
    for wrong, param in (({"temperature": 3}, "temperature"), ({"max_tokens": 0}, "max_tokens")):
        with pytest.raises(BadRequest) as caught:
            llm.generate("Hi", **wrong)  # type: ignore[call-overload]
        assert caught.value.param == param
    with pytest.raises(BadRequest, match="Unknown parameter"):
        llm.generate("Hi", temprature=1)


def test_a_chat_model_makes_no_embeddings(llm: LLMInferencer) -> None:
    with pytest.raises(BadRequest, match="embedding"):
        llm.embed("Hi")


async def test_many_questions_at_once() -> None:
    told: list[Progress] = []
    async with AsyncLLMInferencer(model_name=MODEL, slots=4, threads=1, on_progress=told.append) as llm:
        replies = await asyncio.gather(*(llm.generate(f"{n}+1=?", temperature=0) for n in range(4)))
        stream = await llm.generate("Hello", stream=True, temperature=0)
        texts = [text async for text in stream]
    assert [str(n + 1) in reply.text for n, reply in enumerate(replies)] == [True] * 4
    assert "".join(texts) == stream.reply.text
    assert "launch" in [progress.step for progress in told]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    llm = LLMInferencer(model_name=MODEL, threads=1)
    assert llm.generate("Hello").text  # opens by itself
    assert {process.pid for process in psutil.Process().children(recursive=True)} - before
    llm.close()
    llm.close()
    deadline = time.monotonic() + 20
    while {process.pid for process in psutil.Process().children(recursive=True)} - before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


def test_each_mistake_has_its_own_error_and_remedy() -> None:
    with pytest.raises(ModelNotFound) as unknown, LLMInferencer(model_name="stellar-dmeo"):
        pass
    assert "stellar-demo" in (unknown.value.remedy or "")
    with pytest.raises(BadRequest) as engine, LLMInferencer("vllm", MODEL):
        pass
    assert engine.value.param == "engine_type"
    with pytest.raises(BadRequest, match="no option 'solts'"):
        LLMInferencer(model_name=MODEL, solts=2)
    with pytest.raises(BadRequest) as wrong:
        LLMInferencer(model_name=MODEL, slots="many")
    assert wrong.value.param == "slots"
    with pytest.raises(BadRequest) as large, LLMInferencer(model_name=MODEL, context_length=10**6):
        pass
    assert large.value.param == "context_length"


def test_what_is_not_downloaded_says_so() -> None:
    with (
        pytest.raises(EngineNotReady, match="not been downloaded") as caught,
        LLMInferencer("llamacpp", "qwen3-0.6b", download=False),
    ):
        pass
    assert "stellarchat models pull" in (caught.value.remedy or "")


def test_weights_on_the_disk_are_run(tmp_path: Path) -> None:
    with LLMInferencer(model_name=str(tiny.write(tmp_path / "My Tiny.gguf")), threads=1) as llm:
        assert llm.model.startswith("my-tiny")
        assert llm.generate("Hello", max_tokens=4).usage.completion_tokens > 0


def test_texts_become_vectors(tmp_path: Path) -> None:
    path = ranker.write(tmp_path / "ranker.gguf")
    with LLMInferencer(model_name=str(path), threads=1) as llm:
        scores = llm.rerank("red", ["red apple", "blue sky"])
    assert len(scores) == 2


async def test_a_model_of_ollamas_library_is_pulled(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Progress] = []
    with fake_ollama() as fake:
        fake.pulled.remove("qwen3:0.6b")
        monkeypatch.setenv("OLLAMA_BASE_URL", fake.base_url)
        async with AsyncLLMInferencer(
            "ollama", "qwen3:0.6b", context_length=8192, on_progress=told.append
        ) as llm:
            assert str(await llm.generate("Hello")) == "Hello, wörld 你好"
        assert fake.bodies("/api/chat")[0]["options"]["num_ctx"] == 8192
    assert [progress.step for progress in told if progress.step == "download"]


async def test_an_address_where_nothing_is() -> None:
    with pytest.raises(EngineDied, match="Nothing answers"):
        await AsyncLLMInferencer(model_name=MODEL, base_url="http://127.0.0.1:9").open()
    with pytest.raises(BadRequest, match="no http address"):
        AsyncLLMInferencer(model_name=MODEL, base_url="127.0.0.1:8080")


async def test_something_else_at_an_address() -> None:
    with Elsewhere() as other:
        other.answers["/api/v1/models/start-stream"] = answer(b"<html>not here</html>", "404 Not Found")
        with pytest.raises(EngineMalformed, match="not StellarChat"):
            await AsyncLLMInferencer(model_name=MODEL, base_url=other.url("")).open()


async def test_a_server_that_ends_in_the_middle(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        llm = await AsyncLLMInferencer(model_name=MODEL, base_url=running.base_url).open()
        stream = await llm.generate("Count from 1 to 100", stream=True, temperature=0)
        pieces = stream.pieces()
        await anext(pieces)
        running.process.kill()
        with pytest.raises(EngineDied):
            async for _ in pieces:
                pass
        await llm.close()
        await eventually(lambda: running.process.poll() is not None)
