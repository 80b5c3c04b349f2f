"""The model on llama.cpp in a child process, for evaluation and tests."""

from __future__ import annotations

import json
import multiprocessing
import urllib.request
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

SLOTS = 4


def serve(model: str, context: int, pipe: Connection) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.port = 0
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * context
    params.use_jinja = True
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.n_gpu_layers = 0
    server = xllamacpp.Server(params)
    pipe.send(server.listening_address)
    pipe.recv()


class LlamaCpp:
    """``with LlamaCpp(path) as model: model.chat([...])``; greedy unless told otherwise."""

    def __init__(self, model: Path, context: int = 2048) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(str(model), context, theirs), daemon=True)

    def __enter__(self) -> LlamaCpp:
        self.process.start()
        if not self.pipe.poll(60):
            raise RuntimeError("llama.cpp did not start within a minute")
        self.address = self.pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.join()

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own child on loopback
            self.address + route, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found

    def chat(self, messages: list[dict[str, str]], **options: Any) -> str:
        body = {"messages": messages, "temperature": 0, "max_tokens": 1400, **options}
        content: str = self.post("/v1/chat/completions", body)["choices"][0]["message"]["content"]
        return content

    def tokenize(self, text: str) -> list[int]:
        tokens: list[int] = self.post("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return tokens
