"""The routes of both servers."""

import asyncio
import itertools
import os
import signal
import sys
from typing import Any

from tests.fake_engine import answers as common
from tests.fake_engine import directives
from tests.fake_engine.connection import Connection, Request
from tests.fake_paged.answers import ODD, Answer
from tests.fake_paged.options import Options
from tests.fake_paged.wires import WIRES


class Server:
    """State of one fake server."""

    def __init__(self, options: Options) -> None:
        self.options, self.wire = options, WIRES[options.wire]
        self.ready = False
        self.places = asyncio.Semaphore(options.slots)
        self.numbers = itertools.count(1)
        self.active = 0
        self.reset()

    def reset(self) -> None:
        """Begin the books anew."""
        self.started = self.completed = self.aborted = 0
        self.paths: list[str] = []
        self.requests: list[dict[str, Any]] = []

    async def handle(self, connection: Connection, request: Request) -> None:
        """Answer one request."""
        if request.path.startswith("/__"):
            return await connection.send(self._books(request.path))
        self.paths.append(request.path)
        if request.path == "/health":
            return await connection.send("", 200 if self.ready else 503)
        if self.options.key and self.wire.keyed(request.path) and request.key != self.options.key:
            return await connection.send({"error": "Unauthorized"}, 401)
        try:
            await self._route(connection, request)
        except ValueError as error:
            await connection.send(self.wire.error(400, str(error), "BadRequestError"), 400)

    def _books(self, path: str) -> object:
        if path == "/__reset":
            self.reset()
            return {}
        names = ("active", "started", "completed", "aborted")
        books: dict[str, object] = {
            "/__paths": self.paths,
            "/__requests": self.requests,
            "/__stats": {name: getattr(self, name) for name in names},
            "/__arguments": sys.argv,
            "/__environment": dict(os.environ),
        }
        return books[path]

    async def _route(self, connection: Connection, request: Request) -> None:
        path = request.path
        if path in ("/v1/chat/completions", "/v1/completions"):
            return await self._generate(connection, request.json())
        if path == "/v1/models":
            return await connection.send({"object": "list", "data": self._cards()})
        if path == "/metrics":
            return await connection.send(self._metrics(), content_type="text/plain; version=1.0.0")
        if path == self.wire.tokenize:
            return await connection.send(self._tokens(request.json()))
        if path == "/v1/embeddings":
            return await connection.send(self._vectors(request.json()))
        if path == "/v1/rerank":
            return await connection.send(self._ranked(request.json()))
        return await connection.send({"detail": "Not Found"}, 404)

    def _cards(self) -> list[dict[str, Any]]:
        own = {"object": "model", "created": 0, "owned_by": self.wire.owner}
        cards = [
            {
                "id": self.options.name,
                **own,
                "root": self.options.model,
                "parent": None,
                "max_model_len": self.options.context,
            }
        ]
        for name in self.options.adapters:
            cards.append({"id": name, **own, "root": "/adapter", "parent": self.options.name})
        return cards

    def _metrics(self) -> str:
        labels = f'{{model_name="{self.options.name}"}}'
        values = {"queue": max(0, self.active - self.options.slots), "running": self.active, "cache": 0.25}
        return "".join(
            f"# TYPE {name} gauge\n{name}{labels} {values[kind]}\n"
            for kind, name in self.wire.metrics.items()
        )

    def _tokens(self, body: dict[str, Any]) -> dict[str, Any]:
        self._known(body)
        count = common.count(body)
        return {"count": count, "max_model_len": self.options.context, "tokens": list(range(count))}

    def _vectors(self, body: dict[str, Any]) -> dict[str, Any]:
        self._known(body)
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [
            {"object": "embedding", "index": at, "embedding": common.embedding(text, 8, None)}
            for at, text in enumerate(texts)
        ]
        return {"object": "list", "data": data, "model": body["model"], "usage": common.usage(3, 0, 0, 0)}

    def _ranked(self, body: dict[str, Any]) -> object:
        self._known(body)
        # the more words of the query a document has, the better
        words = set(body["query"].split())
        scores = [(len(words & set(text.split())), at) for at, text in enumerate(body["documents"])]
        scores.sort(key=lambda one: (-one[0], one[1]))
        if self.wire.owner == "sglang":
            return [
                {"score": float(score), "document": body["documents"][at], "index": at}
                for score, at in scores
            ]
        results = [
            {"index": at, "document": {"text": body["documents"][at]}, "relevance_score": float(score)}
            for score, at in scores
        ]
        return {"id": "rerank-1", "model": body["model"], "usage": {"total_tokens": 9}, "results": results}

    def _known(self, body: dict[str, Any]) -> None:
        name = body.get("model")
        names = {self.options.name, *(self.options.adapters if self.wire.adapters_by_name else ())}
        if self.wire.owner == "vllm" and name not in names:
            raise ValueError(f"The model `{name}` does not exist.")

    async def _generate(self, connection: Connection, body: dict[str, Any]) -> None:
        self.requests.append(body)
        self._known(body)
        self._check(body)
        said = common.last_user(body) if "messages" in body else str(body.get("prompt", ""))
        order, odd = directives.parse(said), ODD.search(said)
        if order.status:
            error = self.wire.error(order.status, f"told to answer {order.status}", "Error")
            return await connection.send(error, order.status)
        prompt = common.count(body)
        if prompt > self.options.context:
            raise ValueError(
                f"This model's maximum context length is {self.options.context} tokens. However, your"
                f" prompt contains {prompt} input tokens."
            )
        answer = Answer(self.wire, order, odd[1] if odd else "", body, prompt, next(self.numbers))
        self.started += 1
        self.active += 1
        try:
            async with self.places:
                await answer.send(connection)
            self.completed += 1
        except BaseException:
            self.aborted += 1
            raise
        finally:
            self.active -= 1

    def _check(self, body: dict[str, Any]) -> None:
        """Refuse what the real ones refuse."""
        if body.get("continue_final_message") and body.get("add_generation_prompt", True):
            if self.wire.owner == "vllm":
                raise ValueError("Cannot set both `continue_final_message` and `add_generation_prompt`.")
        if self.wire.owner == "sglang" and body.get("top_k") == 0:
            raise ValueError("top_k must be -1 (disable) or at least 1, got 0.")
        if body.get("temperature", 0) is not None and body.get("temperature", 0) < 0:
            raise ValueError(f"temperature must be non-negative, got {body['temperature']}.")


async def serve(options: Options) -> None:
    """Load, listen and serve until a signal comes.

    vLLM listens only when it has loaded; SGLang listens before and says 503.
    """
    server = Server(options)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if server.wire.owner == "vllm":
        await asyncio.sleep(options.load_time)
    listener = await loop.create_server(lambda: Connection(server.handle), "127.0.0.1", options.port)
    port = listener.sockets[0].getsockname()[1]
    print(f"listening on http://127.0.0.1:{port} with {options}", flush=True)  # noqa: T201
    if server.wire.owner == "sglang":
        await asyncio.sleep(options.load_time)
    server.ready = True
    await stop.wait()
    listener.close()
