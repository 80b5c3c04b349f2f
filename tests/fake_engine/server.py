"""The fake engine's routes and its books about what it was asked."""

import asyncio
import collections
import itertools
import os
import signal
import time
from typing import Any

from tests.fake_engine import answers, directives
from tests.fake_engine.connection import Connection, Request
from tests.fake_engine.options import Options
from tests.fake_engine.reply import Reply

_PUBLIC = {"/health", "/v1/health", "/models", "/v1/models"}


class Server:
    """State of one fake engine."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.born = time.monotonic()
        self.loaded = asyncio.Event()
        self.slots = asyncio.Semaphore(options.slots)
        self.ids = itertools.count(1)
        self.held: set[asyncio.Event] = set()
        self.holding = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """Zero the books."""
        self.active = self.queued = self.peak = 0
        self.started = self.completed = self.aborted = self.refused = self.tokens = 0
        self.aborts: collections.deque[dict[str, float]] = collections.deque(maxlen=1000)
        self.requests: collections.deque[dict[str, Any]] = collections.deque(maxlen=1000)

    async def load(self) -> None:
        """Become ready after the load time, reading the weights meanwhile as a real engine does."""
        options = self.options
        if options.weights:
            with open(options.weights, "rb", buffering=0) as file:  # noqa: ASYNC230
                size = os.fstat(file.fileno()).st_size
                steps = max(1, int(options.load_time / 0.05))
                for _ in range(steps):
                    file.read(size // steps + 1)
                    await asyncio.sleep(options.load_time / steps)
        else:
            await asyncio.sleep(options.load_time)
        if not options.never_ready:
            self.loaded.set()

    async def handle(self, connection: Connection, request: Request) -> None:
        """Answer one request."""
        if request.path.startswith("/__"):
            return await self._accessory(connection, request)
        if self.options.key and request.path not in _PUBLIC and request.key != self.options.key:
            return await connection.send(answers.error(401, "Invalid API Key", "authentication_error"), 401)
        if not self.loaded.is_set():
            return await connection.send(answers.error(503, "Loading model", "unavailable_error"), 503)
        try:
            await self._route(connection, request)
        except ValueError as error:
            await connection.send(answers.error(400, str(error), "invalid_request_error"), 400)

    async def _route(self, connection: Connection, request: Request) -> None:
        path = request.path.removeprefix("/v1")
        if path in ("/chat/completions", "/completions"):
            await self._generate(connection, request, chat=path == "/chat/completions")
        elif path == "/embeddings":
            await self._embed(connection, request.json())
        elif path == "/rerank":
            await connection.send(answers.ranking(request.json()))
        else:
            body = self._lookup(path, request)
            if body is None:
                await connection.send(answers.error(404, "File Not Found", "not_found_error"), 404)
            elif isinstance(body, str):
                await connection.send(body, content_type="text/plain; version=0.0.4")
            else:
                await connection.send(body)

    def _lookup(self, path: str, request: Request) -> object | None:
        options = self.options
        if path == "/health":
            return {"status": "ok"}
        if path == "/models":
            return {
                "object": "list",
                "data": [
                    {
                        "id": options.model,
                        "object": "model",
                        "created": 0,
                        "owned_by": "fake",
                        "meta": {"n_ctx_train": options.context, "n_params": 1000, "size": 1000},
                    }
                ],
            }
        if path == "/props":
            return {
                "default_generation_settings": {"n_ctx": options.context},
                "total_slots": options.slots,
                "model_path": options.model,
                "chat_template": "{{ messages }}",
                "modalities": {"vision": False, "audio": False},
            }
        if path == "/slots":
            return [
                {"id": slot, "n_ctx": options.context, "is_processing": slot < self.active}
                for slot in range(options.slots)
            ]
        if path == "/tokenize":
            return {"tokens": list(range(len(str(request.json().get("content", "")).split())))}
        if path == "/apply-template":
            body = request.json()
            return {"prompt": answers.template(body.get("messages", []), body.get("tools") or ())}
        if path == "/metrics" and options.metrics:
            return answers.metrics(self.active, self.queued, self.tokens)
        return None

    async def _embed(self, connection: Connection, body: dict[str, Any]) -> None:
        given = body.get("input")
        several = isinstance(given, list) and not isinstance(given[0], int)
        texts = given if several else [given]
        encoding, dimensions = body.get("encoding_format"), int(body.get("dimensions") or 16)
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": answers.embedding(str(text), dimensions, encoding),
            }
            for index, text in enumerate(texts)
        ]
        count = sum(len(str(text).split()) for text in texts)
        used = {"prompt_tokens": count, "total_tokens": count}
        await connection.send({"object": "list", "data": data, "model": self.options.model, "usage": used})

    async def _generate(self, connection: Connection, request: Request, *, chat: bool) -> None:
        body = request.json()
        self.requests.append({"path": request.path, "at": time.monotonic(), "body": body})
        said = answers.last_user(body) if chat else str(body.get("prompt", ""))
        order = directives.parse(said)
        if order.status:
            self.refused += 1
            more: dict[str, Any] = {} if order.retry_after < 0 else {"retry_after": order.retry_after}
            refusal = answers.error(order.status, f"told to answer {order.status}", "fake_error")
            return await connection.send(refusal, order.status, **more)
        prompt = answers.count(body)
        if prompt > self.options.context:
            message = f"request ({prompt} tokens) exceeds the context size ({self.options.context} tokens)"
            numbers: dict[str, Any] = {"n_prompt_tokens": prompt, "n_ctx": self.options.context}
            refusal = answers.error(400, message, "exceed_context_size_error", **numbers)
            return await connection.send(refusal, 400)
        reply = Reply(self.options, order, body, said=said, prompt=prompt, chat=chat, number=next(self.ids))
        reply.hold = self._hold
        await self._run(connection, reply)

    async def _run(self, connection: Connection, reply: Reply) -> None:
        """Give `reply` a slot and keep the books, whichever way it ends."""
        self.started += 1
        self.queued += 1
        waiting, completed = True, False
        try:
            async with self.slots:
                self.queued -= 1
                waiting = False
                self.active += 1
                self.peak = max(self.peak, self.active)
                try:
                    await reply.send(connection)
                    completed = True
                finally:
                    self.active -= 1
        finally:
            self.queued -= waiting
            self.tokens += reply.sent
            if completed:
                self.completed += 1
            else:
                self.aborted += 1
                self.aborts.append({"at": time.monotonic(), "tokens": reply.sent})

    async def _hold(self) -> None:
        """Return when somebody has said that answers go on."""
        gone = asyncio.Event()
        self.held.add(gone)
        self.holding.set()
        try:
            await gone.wait()
        finally:
            self.held.discard(gone)
            if not self.held:
                self.holding.clear()

    async def _accessory(self, connection: Connection, request: Request) -> None:
        if request.path == "/__stats":
            names = ("active", "queued", "peak", "started", "completed", "aborted", "refused", "tokens")
            numbers: dict[str, Any] = {name: getattr(self, name) for name in names}
            await connection.send(
                numbers | {"now": time.monotonic(), "born": self.born, "aborts": list(self.aborts)}
            )
        elif request.path == "/__requests":
            await connection.send(list(self.requests))
        elif request.path == "/__reset":
            self.reset()
            await connection.send({})
        elif request.path == "/__go_on":
            await self.holding.wait()
            for gone in self.held:
                gone.set()
            await connection.send({})
        elif request.path == "/__environment":
            await connection.send(dict(os.environ))
        elif request.path == "/__die":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            await connection.send({}, 404)


async def serve(options: Options) -> None:
    """Listen, say where on the standard output, load, and serve until a signal comes."""
    server = Server(options)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, (lambda: None) if options.ignore_term else stop.set)
    if options.exit_with_stdin:
        loop.add_reader(0, stop.set)
    listener = await loop.create_server(lambda: Connection(server.handle), "127.0.0.1", options.port)
    print(f"listening on http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    loading = asyncio.ensure_future(server.load())
    await stop.wait()
    loading.cancel()
    listener.close()
