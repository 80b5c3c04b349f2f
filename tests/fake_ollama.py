"""A fake Ollama: its native routes as its documentation has them, in a thread, with switches to misbehave."""

import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

LIBRARY = {"llama3.2:latest": 2_019_393_189, "qwen3:0.6b": 522_653_767, "all-minilm:latest": 45_960_996}
CAPABILITIES = {
    "llama3.2:latest": ["completion", "tools"],
    "qwen3:0.6b": ["completion", "tools", "thinking"],
    "all-minilm:latest": ["embedding"],
}


@dataclass
class FakeOllama:
    """What it has (`pulled`) and holds in memory (`loaded`, with the request that loaded it).

    `asked` keeps the bodies of all requests by path. `cut_after` ends a stream in the middle after so many
    pieces, `error_after` says an error there; `stuck` keeps a model in memory whatever it is told.
    """

    base_url: str = ""
    pulled: list[str] = field(default_factory=lambda: ["llama3.2:latest", "qwen3:0.6b", "all-minilm:latest"])
    loaded: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cut_after: int | None = None
    error_after: int | None = None
    stuck: bool = False
    pieces: list[dict[str, Any]] = field(
        default_factory=lambda: [{"content": "Hello"}, {"content": ", wörld"}, {"content": " 你好"}]
    )

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Return what was asked at `path`."""
        return [body for at, body in self.asked if at == path]

    async def version(self, request: Request) -> Response:
        return JSONResponse({"version": "0.99.0"})

    async def tags(self, request: Request) -> Response:
        return JSONResponse({"models": [self._listed(name) for name in self.pulled]})

    async def ps(self, request: Request) -> Response:
        models = [
            {
                **self._listed(name),
                "size": 3_000_000_000,
                "size_vram": 3_000_000_000,
                "context_length": (body.get("options") or {}).get("num_ctx", 4096),
                "expires_at": "2026-11-21T14:38:31.837531234-07:00",
            }
            for name, body in self.loaded.items()
        ]
        return JSONResponse({"models": models})

    async def show(self, request: Request) -> Response:
        name = (await request.json())["model"]
        if name not in self.pulled:
            return JSONResponse({"error": f"model '{name}' not found"}, 404)
        info = {
            "general.architecture": "llama",
            "llama.context_length": 131072,
            "general.parameter_count": 3_212_749_888,
        }
        return JSONResponse({"capabilities": CAPABILITIES[name], "model_info": info, "details": {}})

    async def pull(self, request: Request) -> Response:
        body = await self._body(request)

        async def lines() -> AsyncIterator[bytes]:
            yield _line({"status": "pulling manifest"})
            name = body["model"]
            if name not in LIBRARY:
                yield _line({"error": "pull model manifest: file does not exist"})
                return
            for digest, total in (("sha256:aa", 1000), ("sha256:bb", 500)):
                for done in (total // 2, total):
                    said = {
                        "status": f"pulling {digest[7:]}",
                        "digest": digest,
                        "total": total,
                        "completed": done,
                    }
                    yield _line(said)
            self.pulled.append(name)
            yield _line({"status": "success"})

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def generate(self, request: Request) -> Response:
        body = await self._body(request)
        name = body["model"]
        if name not in self.pulled:
            return JSONResponse({"error": f"model '{name}' not found"}, 404)
        if "completion" not in CAPABILITIES[name]:
            return JSONResponse({"error": f'"{name}" does not support generate'}, 400)
        if not body.get("prompt"):
            return JSONResponse(
                {"model": name, "response": "", "done": True, "done_reason": self._keep(body)}
            )
        return self._answer(body, lambda piece: {"response": piece.get("content", "")})

    async def chat(self, request: Request) -> Response:
        body = await self._body(request)
        if body["model"] not in self.pulled:
            return JSONResponse({"error": f"model '{body['model']}' not found"}, 404)
        self._keep(body)
        return self._answer(body, lambda piece: {"message": {"role": "assistant", **piece}})

    async def embed(self, request: Request) -> Response:
        body = await self._body(request)
        self._keep(body)
        vectors = [[0.5, -0.25, float(len(text))] for text in body["input"]]
        return JSONResponse({"model": body["model"], "embeddings": vectors, "prompt_eval_count": 7})

    def _listed(self, name: str) -> dict[str, Any]:
        details = {"parameter_size": "3.2B", "quantization_level": "Q4_K_M", "format": "gguf"}
        return {"name": name, "model": name, "size": LIBRARY[name], "digest": f"d-{name}", "details": details}

    def _keep(self, body: dict[str, Any]) -> str:
        if body.get("keep_alive") == 0:
            if not self.stuck:
                self.loaded.pop(body["model"], None)
            return "unload"
        self.loaded[body["model"]] = body
        return "load"

    async def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.asked.append((request.url.path, body))
        return body

    def _answer(self, body: dict[str, Any], shape: Any) -> Response:
        counts = {
            "prompt_eval_count": 26,
            "prompt_eval_duration": 130_000_000,
            "eval_count": 3,
            "eval_duration": 60_000_000,
        }
        last = {"model": body["model"], "done": True, "done_reason": "stop", **counts}
        if not body.get("stream", True):
            whole: dict[str, Any] = {}
            for piece in self.pieces:
                for key, value in piece.items():
                    whole[key] = whole[key] + value if key in whole else value
            return JSONResponse({**last, **shape(whole)})

        async def lines() -> AsyncIterator[bytes]:
            for number, piece in enumerate(self.pieces):
                if number == self.cut_after:
                    return
                if number == self.error_after:
                    yield _line({"error": "an error was encountered while running the model: CUDA error"})
                    return
                written = _line({"model": body["model"], "done": False, **shape(piece)})
                yield written[:9]  # cut anywhere, as a network does
                yield written[9:]
            yield _line({**last, **shape({"content": ""})})

        return StreamingResponse(lines(), media_type="application/x-ndjson")


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


@contextlib.contextmanager
def fake_ollama() -> Iterator[FakeOllama]:
    """Run one until the end of the block."""
    fake = FakeOllama()
    routes = [
        Route(f"/api/{name}", getattr(fake, name), methods=["GET", "POST"])
        for name in ("version", "tags", "ps", "show", "pull", "generate", "chat", "embed")
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    fake.base_url = f"http://127.0.0.1:{port}"
    try:
        yield fake
    finally:
        server.should_exit = True
        thread.join(10)
