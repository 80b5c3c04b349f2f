"""The worker process: llama.cpp itself, with a tiny model of random weights."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.llamacpp import adapter, ranker, tiny
from tests.ports import free_port

pytestmark = pytest.mark.real_engine
KEY = "a-key-for-tests"


def command(model: Path, port: int, *more: str) -> list[str]:
    words = [sys.executable, "-m", "stellarchat.engines.llamacpp.worker", "--model", str(model)]
    words += ["--port", str(port), "--context", "512", "--slots", "2", "--threads", "1", "--alias", "tiny"]
    return [*words, *more]


class Worker:
    """A running worker and its words."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def ask(self, path: str, body: object = None, *, key: str | None = KEY, origin: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if origin:
            headers["Origin"] = origin
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        return urllib.request.urlopen(request, timeout=30)  # noqa: S310

    def json(self, path: str, body: object = None) -> Any:
        with self.ask(path, body) as answer:
            return json.load(answer)

    def status(self, path: str, **how: Any) -> int:
        try:
            with self.ask(path, **how) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def healthy(self) -> bool:
        try:
            return self.status("/health") == 200
        except OSError:
            return False


@contextmanager
def working(model: Path, *more: str) -> Iterator[Worker]:
    port = free_port()
    with (
        model.with_suffix(".log").open("w") as log,
        subprocess.Popen(
            command(model, port, *more), env={**os.environ, "STELLAR_ENGINE_KEY": KEY}, stderr=log
        ) as process,
    ):
        worker = Worker(process, port)
        try:
            deadline = time.monotonic() + 60
            while not worker.healthy():
                assert process.poll() is None, model.with_suffix(".log").read_text()
                assert time.monotonic() < deadline, model.with_suffix(".log").read_text()
                time.sleep(0.02)
            yield worker
        finally:
            process.kill()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with working(tiny.write(tmp_path_factory.mktemp("model") / "tiny.gguf")) as worker:
        yield worker


def refused(model: Path, port: int | None = None) -> tuple[int, str]:
    """Run a worker that cannot work; return its exit code and what it says last about an error."""
    done = subprocess.run(
        command(model, port or free_port()), capture_output=True, text=True, timeout=60, check=False
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return done.returncode, said[-1] if said else done.stderr


def test_it_answers(worker: Worker) -> None:
    answer = worker.json(
        "/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
    )
    assert answer["model"] == "tiny"
    assert answer["usage"]["completion_tokens"] == 4


def test_context_is_per_slot(worker: Worker) -> None:
    assert [slot["n_ctx"] for slot in worker.json("/slots")] == [512, 512]


@pytest.mark.parametrize(
    "path", ["/slots", "/props", "/metrics", "/v1/models", "/tokenize", "/apply-template"]
)
def test_without_the_key_nothing_is_shown(worker: Worker, path: str) -> None:
    assert worker.status(path, key=None) == 401
    assert worker.status(path, key="wrong") == 401


def test_health_needs_no_key(worker: Worker) -> None:
    assert worker.status("/health", key=None) == 200


def test_the_doors_we_use_are_open(worker: Worker) -> None:
    assert worker.json("/tokenize", {"content": "hi"})["tokens"] == [104, 105]
    prompt = worker.json("/apply-template", {"messages": [{"role": "user", "content": "hi"}]})["prompt"]
    assert prompt == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    with worker.ask("/metrics") as answer:
        assert b"llamacpp:requests_processing" in answer.read()


def test_a_web_page_elsewhere_may_not_read_it(worker: Worker) -> None:
    with worker.ask("/health", origin="http://evil.example") as answer:
        assert not answer.headers.get("Access-Control-Allow-Origin")


def test_settings_cannot_be_changed_from_outside(worker: Worker) -> None:
    assert worker.status("/props", body={"chat_template": "x"}) == 501


def test_a_schema_is_enforced(worker: Worker) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"]}
    body = {
        "messages": [{"role": "user", "content": "a number"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
        "max_tokens": 200,
    }
    text = worker.json("/v1/chat/completions", body)["choices"][0]["message"]["content"]
    assert json.loads(text)["n"] in (1, 2)


def test_it_listens_on_loopback_alone(worker: Worker) -> None:
    listening = Path(f"/proc/{worker.process.pid}/net/tcp").read_text().splitlines()[1:]
    wanted = f"{worker.port:04X}"
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [one for one in local if one.endswith(f":{wanted}")] == [f"0100007F:{wanted}"]


def test_the_key_is_not_on_the_command_line(worker: Worker) -> None:
    assert KEY.encode() not in Path(f"/proc/{worker.process.pid}/cmdline").read_bytes()


def test_sigterm_ends_it(tmp_path: Path) -> None:
    with working(tiny.write(tmp_path / "tiny.gguf")) as worker:
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(30) == -signal.SIGTERM


def test_an_embedding_model_embeds(tmp_path: Path) -> None:
    with working(tiny.write(tmp_path / "tiny.gguf"), "--kind", "embedding") as worker:
        data = worker.json("/v1/embeddings", {"input": ["one", "a text of several words"]})["data"]
    assert [len(one["embedding"]) for one in data] == [tiny.WIDTH, tiny.WIDTH]


def test_a_cut_file_is_said_to_be_cut(tmp_path: Path) -> None:
    model = tmp_path / "cut.gguf"
    model.write_bytes(tiny.gguf()[:200_000])
    code, words = refused(model)
    assert code == 3
    assert words.startswith("error: cut.gguf cannot be used: The file has 200000 bytes")


def test_an_endless_template_is_refused(tmp_path: Path) -> None:
    endless = "{% for i in range(1000000000) %}x{% endfor %}{{ messages[0].content }}"
    code, words = refused(tiny.write(tmp_path / "evil.gguf", endless))
    assert code == 3
    assert "its chat template is broken or hostile" in words


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    code, words = refused(tmp_path / "none.gguf")
    assert code == 3
    assert "No such file" in words


def test_an_unknown_architecture_is_llama_cpps_word(tmp_path: Path) -> None:
    model = tmp_path / "odd.gguf"
    model.write_bytes(tiny.gguf({**tiny.metadata(), "general.architecture": "nonesuch"}))
    code, words = refused(model)
    assert code == 5
    assert words.startswith("error: llama.cpp could not load odd.gguf")


def test_a_taken_port_is_said_to_be_taken(worker: Worker, tmp_path: Path) -> None:
    code, words = refused(tiny.write(tmp_path / "tiny.gguf"), worker.port)
    assert code == 4
    assert "Address already in use" in words


def test_starting_it_costs_no_web_framework_and_no_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import stellarchat.engines.llamacpp.worker, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"fastapi", "pydantic", "sqlalchemy", "msgspec", "asyncio", "xllamacpp", "httptools"}
    assert heavy & set(done.stdout.split()) == set()


def test_a_ranker_ranks(tmp_path: Path) -> None:
    with working(ranker.write(tmp_path / "ranker.gguf"), "--kind", "rerank", "--context", "128") as worker:
        documents = ["red apple", "blue sky", "the sky is red"]
        results = worker.json("/v1/rerank", {"query": "red", "documents": documents})["results"]
    assert sorted(one["index"] for one in results) == [0, 1, 2]
    assert len({one["relevance_score"] for one in results}) == 3


def test_an_adapter_changes_the_answer_by_its_scale(tmp_path: Path) -> None:
    model, lora = tiny.write(tmp_path / "tiny.gguf"), adapter.write(tmp_path / "lora.gguf")
    asked = {"prompt": "abc", "max_tokens": 12, "temperature": 0}

    def said(*more: str) -> str:
        with working(model, *more) as worker:
            return str(worker.json("/v1/completions", asked)["choices"][0]["text"])

    plain = said()
    assert said("--lora", f"{lora}:0") == plain
    assert said("--lora", str(lora)) != plain


def test_a_missing_adapter_is_named(tmp_path: Path) -> None:
    command_line = command(tiny.write(tmp_path / "tiny.gguf"), free_port(), "--lora", "/no/where.gguf")
    ended = subprocess.run(command_line, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert "there is no adapter at /no/where.gguf" in ended.stderr


def test_keys_and_values_can_be_smaller(tmp_path: Path) -> None:
    with working(tiny.write(tmp_path / "tiny.gguf"), "--cache-type", "bf16") as worker:
        assert worker.json("/v1/completions", {"prompt": "abc", "max_tokens": 4})["choices"]
