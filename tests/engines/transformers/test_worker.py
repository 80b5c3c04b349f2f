"""The worker process itself, with the demonstration model: what it answers, and what it refuses."""

import asyncio
import json
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema_rs
import openai
import pytest

from tests.engines.transformers.working import (
    DEMO,
    KEY,
    Worker,
    ending,
    needs_libraries,
    said,
    text_of,
    working,
)
from tests.waiting import eventually

pytestmark = [pytest.mark.real_engine, pytest.mark.timeout(600), needs_libraries]

NESTED = {
    "type": "object",
    "properties": {
        "person": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "maxLength": 12},
                "age": {"type": "integer", "maximum": 120},
            },
            "required": ["name", "age"],
            "additionalProperties": False,
        },
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1, "maxItems": 3},
    },
    "required": ["person", "tags"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with working(DEMO, tmp_path_factory.mktemp("worker") / "log", "--slots", "32") as worker:
        yield worker


@pytest.fixture
def client(worker: Worker) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{worker.base_url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_the_official_client_reads_a_chat(client: openai.OpenAI) -> None:
    messages: Any = said("Hello!")
    whole = client.chat.completions.create(model="demo", messages=messages, temperature=0, max_tokens=24)
    assert whole.choices[0].message.content
    assert whole.usage is not None
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

    stream = client.chat.completions.create(
        model="demo", messages=messages, temperature=0, max_tokens=24, stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert [model.id for model in client.models.list()] == ["demo"]


def test_the_official_client_reads_errors(client: openai.OpenAI) -> None:
    messages: Any = said("word " * 600)
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="demo", messages=messages)
    assert caught.value.type == "exceed_context_size_error"
    assert "context length" in caught.value.message
    with pytest.raises(openai.BadRequestError) as caught:  # before the first event there is a status
        client.chat.completions.create(model="demo", messages=messages, stream=True)
    assert caught.value.param == "messages"


def test_a_completion(worker: Worker) -> None:
    body = {"prompt": "<|user|>Hello!<|end|><|assistant|>", "temperature": 0, "max_tokens": 24}
    whole = worker.json("/v1/completions", body)
    assert whole["object"] == "text_completion"
    chunks = worker.chunks("/v1/completions", body)
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == whole["choices"][0]["text"]
    assert whole["choices"][0]["text"] == text_of(worker.chat("Hello!", max_tokens=24))
    tokens = worker.json("/tokenize", {"content": body["prompt"], "parse_special": True})["tokens"]
    assert worker.json("/v1/completions", {**body, "prompt": tokens})["choices"] == whole["choices"]


def test_no_character_is_cut(worker: Worker) -> None:
    chunks = worker.chunks("/v1/chat/completions", {"messages": said("你好"), "temperature": 1.5, "seed": 3,
                                                    "max_tokens": 100})  # fmt: skip
    pieces = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(pieces))
    # a character that the model itself leaves unfinished is marked once it is known to be
    assert not any(piece.endswith("\ufffd") for piece in pieces[:-2])


def test_how_it_ends(worker: Worker) -> None:
    whole = worker.chat("Hello!")
    assert whole["choices"][0]["finish_reason"] == "stop"
    short = worker.chat("Hello!", max_tokens=2)
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 2


def test_a_stop_string_never_shows(worker: Worker) -> None:
    text = text_of(worker.chat("Hello!"))
    stop = text[6:10]
    cut = worker.chat("Hello!", stop=["never there", stop])
    assert text_of(cut) == text[: text.index(stop)]
    assert (cut["choices"][0]["finish_reason"], cut["choices"][0]["stop_reason"]) == ("stop", stop)
    chunks = worker.chunks(
        "/v1/chat/completions", {"messages": said("Hello!"), "temperature": 0, "stop": stop}
    )
    pieces = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    assert "".join(pieces) == text_of(cut)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"][0]["stop_reason"] == stop


def test_several_choices(worker: Worker) -> None:
    body = {"messages": said("Tell me a joke."), "n": 3, "temperature": 2.0, "seed": 5, "max_tokens": 20}
    whole = worker.json("/v1/chat/completions", body)
    assert [choice["index"] for choice in whole["choices"]] == [0, 1, 2]
    assert len({text_of(whole, index) for index in range(3)}) > 1
    assert worker.json("/v1/chat/completions", body)["choices"] == whole["choices"]
    heard: dict[int, str] = {}
    for chunk in worker.chunks("/v1/chat/completions", body):
        for choice in chunk["choices"]:
            heard[choice["index"]] = heard.get(choice["index"], "") + (choice["delta"].get("content") or "")
    assert heard == {index: text_of(whole, index) for index in range(3)}


def test_drawing_follows_the_request(worker: Worker) -> None:
    greedy = text_of(worker.chat("Hello!", max_tokens=16))
    hot = {"temperature": 2.0, "max_tokens": 16}
    assert text_of(worker.chat("Hello!", **hot, top_k=1)) == greedy
    assert text_of(worker.chat("Hello!", **hot, top_p=0.0001)) == greedy
    assert text_of(worker.chat("Hello!", **hot, min_p=1.0)) == greedy
    assert len({text_of(worker.chat("Hello!", **hot, seed=seed)) for seed in range(4)}) > 1
    assert len({text_of(worker.chat("Hello!", **hot, seed=9)) for _ in range(3)}) == 1
    (first,) = worker.json("/tokenize", {"content": greedy})["tokens"][:1]
    assert not text_of(worker.chat("Hello!", logit_bias={str(first): -100}, max_tokens=16)).startswith(
        greedy[:5]
    )
    assert text_of(worker.chat("Hello!", repeat_penalty=10.0)) != text_of(worker.chat("Hello!"))


def test_probabilities(worker: Worker) -> None:
    whole = worker.chat("Hello!", logprobs=True, top_logprobs=3, max_tokens=8)
    told = whole["choices"][0]["logprobs"]["content"]
    assert len(told) == 8
    assert "".join(entry["token"] for entry in told) == text_of(whole)
    for entry in told:
        assert entry["logprob"] <= 0
        assert len(entry["top_logprobs"]) == 3
        assert entry["top_logprobs"][0]["logprob"] == entry["logprob"]  # greedy: the likeliest is taken
    chunks = worker.chunks(
        "/v1/chat/completions",
        {"messages": said("Hello!"), "temperature": 0, "logprobs": True, "max_tokens": 8},
    )
    streamed = [
        entry
        for chunk in chunks
        for choice in chunk["choices"]
        for entry in (choice.get("logprobs") or {"content": []})["content"]
    ]
    assert [entry["token"] for entry in streamed] == [entry["token"] for entry in told]
    plain = worker.json("/v1/completions", {"prompt": "Hello", "logprobs": 2, "max_tokens": 4})
    assert len(plain["choices"][0]["logprobs"]["token_logprobs"]) == 4


@pytest.mark.parametrize("temperature", [0, 1.5])
def test_an_answer_in_a_nested_form(worker: Worker, temperature: float) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": NESTED, "strict": True}}
    whole = worker.json(
        "/v1/chat/completions",
        {"messages": said("Tell me of someone."), "temperature": temperature, "seed": 1, "n": 3,
         "response_format": form, "max_tokens": 300},
    )  # fmt: skip
    for index, choice in enumerate(whole["choices"]):
        assert choice["finish_reason"] == "stop"
        jsonschema_rs.validate(NESTED, json.loads(text_of(whole, index)))


def test_any_object_and_a_pattern(worker: Worker) -> None:
    whole = worker.chat("Hi", response_format={"type": "json_object"}, max_tokens=300)
    if whole["choices"][0]["finish_reason"] == "stop":
        assert isinstance(json.loads(text_of(whole)), dict)
    assert text_of(whole).startswith("{")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}", text_of(worker.chat("When?", regex="[0-9]{4}-[0-9]{2}")))


def test_a_form_that_cannot_be_kept_is_refused(worker: Worker) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "nonsense"}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    status, error = worker.refused("/v1/chat/completions", {"messages": said("Hi"), "response_format": form})
    assert (status, error["param"]) == (400, "response_format")


def test_a_last_message_of_the_assistants_is_continued(worker: Worker) -> None:
    text = text_of(worker.chat("Hello!"))
    start = text[: text.index(" ", 8)]  # between two words, where the tokens are the same
    begun = [*said("Hello!"), {"role": "assistant", "content": start}]
    rest = worker.json("/v1/chat/completions", {"messages": begun, "temperature": 0})
    assert start + text_of(rest) == text


def test_tokens_are_counted_as_the_engine_counts_them(worker: Worker) -> None:
    messages = [{"role": "system", "content": "Be kind."}, *said("你好, who are you?")]
    prompt = worker.json("/apply-template", {"messages": messages})["prompt"]
    tokens = worker.json("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})[
        "tokens"
    ]
    answer = worker.json("/v1/chat/completions", {"messages": messages, "max_tokens": 1})
    assert answer["usage"]["prompt_tokens"] == len(tokens)


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0]"),
        ({"tools": [{"function": {"name": "f"}}], "tool_choice": "required"}, "tool_choice"),
        ({"chat_template_kwargs": {"chat_template": "x"}}, "chat_template_kwargs"),
        ({"best_of": 4}, "best_of"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_named(worker: Worker, changed: dict[str, Any], param: str) -> None:
    status, error = worker.refused("/v1/chat/completions", {"messages": said("Hi"), **changed})
    assert (status, error["param"], error["code"]) == (400, param, 400)


def test_strangers_and_strange_paths(worker: Worker) -> None:
    assert worker.refused("/v1/models", key=None)[0] == 401
    assert worker.refused("/slots", key="wrong")[0] == 401
    assert worker.refused("/v1/nothing")[0] == 404
    assert worker.refused("/v1/embeddings", {"input": "x"})[0] == 400
    assert worker.health() == 200


def test_many_at_once_say_the_same_as_one_by_one(worker: Worker) -> None:
    texts = ["Hello!", "What is 2+2?", "你好", "My name is Ada.", "Who are you?", "3+4?"]
    alone = [text_of(worker.chat(text, max_tokens=40)) for text in texts]

    async def together() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{worker.base_url}/v1", api_key=KEY, max_retries=0) as client:

            async def one(text: str) -> str:
                messages: Any = said(text)
                parts = []
                async for chunk in await client.chat.completions.create(
                    model="demo", messages=messages, temperature=0, max_tokens=40, stream=True
                ):
                    parts.append(chunk.choices[0].delta.content or "")
                return "".join(parts)

            return await asyncio.gather(*(one(texts[number % len(texts)]) for number in range(32)))

    heard = asyncio.run(together())
    assert heard == [alone[number % len(texts)] for number in range(32)]


async def test_who_goes_away_frees_the_engine(worker: Worker) -> None:
    await eventually(lambda: worker.busy() == 0, 300)
    async with openai.AsyncOpenAI(base_url=f"{worker.base_url}/v1", api_key=KEY, max_retries=0) as client:
        messages: Any = said("Hello!")
        # it never ends by itself: the end of a turn is forbidden
        stream = await client.chat.completions.create(
            model="demo", messages=messages, stream=True, max_tokens=400, logit_bias={"4": -100}, n=2
        )
        await anext(aiter(stream))
        assert await asyncio.to_thread(worker.busy) == 1
        whole = asyncio.ensure_future(
            client.chat.completions.create(
                model="demo", messages=messages, max_tokens=400, logit_bias={"4": -100}
            )
        )
        await eventually(lambda: worker.busy() == 2, 300)
        await stream.close()
        await eventually(lambda: worker.busy() <= 1, 300)
        whole.cancel()
        await asyncio.wait((whole,))
    await eventually(lambda: worker.busy() == 0, 300)
    with worker.ask("/metrics") as answer:
        series = dict(
            line.split() for line in answer.read().decode().splitlines() if not line.startswith("#")
        )
    assert series["transformers:requests_running"] == "0"
    assert series["transformers:requests_waiting"] == "0"
    assert float(series["transformers:kv_cache_usage_ratio"]) < 1
    assert int(series["transformers:tokens_predicted_total"]) > 0


def test_a_folder_that_is_not_whole(tmp_path: Path) -> None:
    code, words = ending(tmp_path)
    assert code == 3
    assert "config.json is missing" in words
    (tmp_path / "config.json").write_text('{"model_type": "llama", "auto_map": {"AutoModel": "x.Y"}}')
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    code, words = ending(tmp_path)
    assert code == 5  # Transformers has this kind of model itself; the folder's code is not run


def test_code_of_the_folders_own_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"model_type": "odd", "auto_map": {"AutoModelForCausalLM": "x.Y"}}'
    )
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "x.py").write_text("import os\nos._exit(77)\n")
    code, words = ending(tmp_path)
    assert code == 3
    assert "trust_remote_code" in words


def test_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, words = ending(DEMO, port=other.getsockname()[1])
    assert code == 4
    assert "Address already in use" in words


def test_a_gpu_that_is_not_there() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    code, words = ending(DEMO, "--device", "cuda")
    assert code == 5
    assert "CUDA is not available" in words


def test_an_endless_template_ends_its_own_request_alone(tmp_path: Path) -> None:
    """Model templates: llama-cpp-python 2024-34359, SGLang 2026-5760: killed, others unaffected."""
    hostile = Path(shutil.copytree(DEMO, tmp_path / "hostile"))
    config = json.loads((hostile / "tokenizer_config.json").read_text())
    loops = "{% for a in range(99999) %}" * 4 + "{% endfor %}" * 4
    trap = "{% if messages[0].content == 'boom' %}" + loops + "{% endif %}"
    config["chat_template"] = trap + config["chat_template"]
    (hostile / "tokenizer_config.json").write_text(json.dumps(config))
    with working(hostile, tmp_path / "log") as worker, ThreadPoolExecutor(1) as others:
        chunks = others.submit(
            worker.chunks, "/v1/completions", {"prompt": "1", "ignore_eos": True, "max_tokens": 300}
        )
        status, error = worker.refused("/v1/chat/completions", {"messages": said("boom")})
        assert (status, error["param"]) == (400, "messages")
        assert "come to an end" in error["message"]
        assert len(chunks.result()) > 2
        assert text_of(worker.chat("Hello!"))
