"""What a fresh instance really does, found by asking it: only that is offered afterwards.

Catalogues say what a model was made for; whether this engine, in this version, with this template does it
is another matter. A few short requests tell, as soon as nobody needs the instance for a moment.
"""

import asyncio
import logging
import struct
import zlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec

from stellarchat.core.errors import StellarChatError
from stellarchat.core.events import Text, Thinking, ToolCall
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.models import ModelKind, Variant
from stellarchat.engines._openai_http.chunks import ChunkReader, engine_error
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.structured import Invalid, Shape
from stellarchat.services.background import cancel
from stellarchat.services.catalog.catalog import Catalog

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 2.0  # nobody must have used it for so long: people come first
TRY_SECONDS: Final = 60.0  # what one question may take
BODY_LIMIT: Final = 8 << 20
REMEMBERED: Final = 500

SCHEMA: Final = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
TOOL: Final = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "Tell the time in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Check(msgspec.Struct, frozen=True):
    """Whether something works. None: not tried, or not to be told; `note` says why, or what went wrong."""

    ok: bool | None
    note: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one instance, by the names of abilities."""

    run_id: str
    verified_at: datetime | None = None
    checks: dict[str, Check] = {}


class Busy(Protocol):
    """What is needed of the instances."""

    def instance(self, run_id: str) -> Instance:
        """Return one. Raises NotFound."""


class Verifier:
    """Asks each instance once, when it is ready and idle. `changed` is called with what was found."""

    def __init__(
        self,
        gateway: Gateway,
        catalog: Catalog,
        instances: Busy,
        *,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._gateway, self._catalog, self._instances = gateway, catalog, instances
        self._quiet = quiet_seconds
        self._found: dict[str, Verification] = {}  # by run_id
        self._abilities: dict[
            tuple[str, str], dict[str, Check]
        ] = {}  # by variant and engine, of the last one
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Callable[[Verification], None]] = []

    def on_found(self, listener: Callable[[Verification], None]) -> None:
        """Call `listener` with what is found of each instance."""
        self._listeners.append(listener)

    def noticed(self, instance: Instance) -> None:
        """Hear of a change of an instance: a ready one is looked at, one that is gone is forgotten."""
        run_id = instance.run_id
        if instance.state in (InstanceState.STOPPED, InstanceState.FAILED):
            self._found.pop(run_id, None)
            if (task := self._tasks.pop(run_id, None)) is not None:
                task.cancel()
        elif instance.state is InstanceState.READY and run_id not in self._found | self._tasks:
            task = asyncio.create_task(self._verify(instance))
            self._tasks[run_id] = task
            task.add_done_callback(lambda done: self._ended(run_id, done))

    def of(self, run_id: str) -> Verification:
        """Return what is known of an instance by now; without a moment where nothing is yet."""
        return self._found.get(run_id) or Verification(run_id=run_id)

    def capabilities(self, variant: Variant, engine: str) -> tuple[str, ...]:
        """Return what a variant can do: what was found where it was tried, what its entry says elsewhere."""
        checks = self._abilities.get((variant.id, engine), {})
        said = [capability.value for capability in variant.capabilities]
        kept = [word for word in said if (checks.get(word) or Check(None)).ok is not False]
        found = [word for word in ("tools", "thinking", "vision") if (checks.get(word) or Check(None)).ok]
        return tuple(dict.fromkeys(kept + found))

    async def close(self) -> None:
        """Ask no more."""
        await cancel(self._tasks.values())

    def _ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(run_id) is task:
            del self._tasks[run_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s could not be verified", run_id, exc_info=error)

    async def _verify(self, instance: Instance) -> None:
        variant = self._catalog.resolve(instance.variant)
        checks: dict[str, Check] = {}
        for name, probe in self._probes(variant).items():
            await self._until_quiet(instance.run_id)
            checks[name] = await self._tried(probe)
        found = Verification(run_id=instance.run_id, verified_at=datetime.now(UTC), checks=checks)
        while len(self._found) >= REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[instance.run_id] = found
        self._abilities[variant.id, instance.engine] = checks
        for listener in self._listeners:
            listener(found)

    async def _until_quiet(self, run_id: str) -> None:
        """Wait until it is ready and nobody uses it."""
        while True:
            instance = self._instances.instance(run_id)
            load = self._gateway.load(run_id)
            ready = instance.state is InstanceState.READY
            if ready and not load.active and not load.queued and _since(instance.last_used_at) >= self._quiet:
                return
            await asyncio.sleep(max(self._quiet / 4, 0.01))

    def _probes(self, variant: Variant) -> dict[str, Callable[[], Awaitable[Check]]]:
        ask = _Asker(self._gateway, variant)
        if variant.kind is ModelKind.EMBEDDING:
            return {"embeddings": ask.embeddings}
        if variant.kind is ModelKind.RERANK:
            return {"rerank": ask.rerank}
        return {
            "stream": ask.stream,
            "stop": ask.stop,
            "schema": ask.schema,
            "tools": ask.tools,
            "thinking": ask.thinking,
            "vision": ask.vision,
        }

    async def _tried(self, probe: Callable[[], Awaitable[Check]]) -> Check:
        try:
            async with asyncio.timeout(TRY_SECONDS):
                return await probe()
        except StellarChatError as error:
            return Check(False, error.message)
        except TimeoutError:
            return Check(None, f"No answer within {TRY_SECONDS:.0f} s.")


class _Asker:
    """The questions, each of a few tokens."""

    def __init__(self, gateway: Gateway, variant: Variant) -> None:
        self._gateway, self._variant = gateway, variant

    async def stream(self) -> Check:
        """An answer in pieces, with its end and its usage."""
        events, reader = await self._streamed(messages=_said("Hello"), max_tokens=8)
        if not any(isinstance(event, Text | Thinking) for event in events):
            return Check(False, "The stream held no text.")
        return Check(reader.finish_reason is not None, None if reader.finish_reason else "It had no end.")

    async def stop(self) -> Check:
        """A long answer that is left after its first token: the engine must be free soon."""
        async with self._gateway.lease(self._variant.id) as lease:
            body = self._body(lease.target.upstream_model, stream=True, max_tokens=2048)
            request = lease.target.dialect.adapt({**body, "messages": _said("Count from 1 to 1000.")})
            async with await lease.ask("/chat/completions", request) as response:
                await response.next()
            if lease.target.dialect.slots_path is None:
                return Check(None, "The engine does not tell when it is free.")
            freed = await lease.freed(5.0)
        return Check(freed, None if freed else "It went on after nobody listened any more.")

    async def schema(self) -> Check:
        """An answer that has to follow a schema."""
        shape = Shape(SCHEMA)
        said = await self._whole(
            messages=_said("Are you ready? Answer in JSON."),
            max_tokens=64,
            response_format=shape.response_format,
        )
        try:
            shape.read(said["choices"][0]["message"]["content"] or "")
        except (Invalid, KeyError, IndexError, TypeError) as error:
            return Check(False, f"The answer did not follow the schema: {error}")
        return Check(True)

    async def tools(self) -> Check:
        """A question that only a tool can answer."""
        if "tools" not in self._variant.capabilities:
            return Check(None, "The catalogue does not say that it calls tools.")
        events, _ = await self._streamed(
            messages=_said("What time is it in Paris? Use get_time."), max_tokens=512, tools=[TOOL]
        )
        called = any(isinstance(event, ToolCall) for event in events)
        return Check(called, None if called else "It did not call the tool.")

    async def thinking(self) -> Check:
        """Thoughts must come apart from the answer."""
        if "thinking" not in self._variant.capabilities:
            return Check(None, "The catalogue does not say that it thinks.")
        events, _ = await self._streamed(messages=_said("What is 2+3?"), max_tokens=48, thinking=True)
        apart = any(isinstance(event, Thinking) for event in events)
        return Check(apart, None if apart else "No thoughts came apart from the answer.")

    async def vision(self) -> Check:
        """A small picture must be taken."""
        if "vision" not in self._variant.capabilities:
            return Check(None, "The catalogue does not say that it sees.")
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_picture()}"}}
        content = [{"type": "text", "text": "Which colour is this?"}, picture]
        await self._whole(messages=[{"role": "user", "content": content}], max_tokens=16)
        return Check(True)

    async def embeddings(self) -> Check:
        """A text must become a vector."""
        said = await self._asked("/embeddings", input=["Hello"])
        vector = said["data"][0]["embedding"]
        return Check(bool(vector), f"{len(vector)} numbers")

    async def rerank(self) -> Check:
        """Two documents must get a score each."""
        async with self._gateway.lease(self._variant.id) as lease:
            path = lease.target.dialect.rerank_path
            if path is None:
                return Check(False, "The engine ranks nothing.")
            body = {"model": lease.target.upstream_model, "query": "red", "documents": ["red", "blue"]}
            async with await lease.request("POST", path, msgspec.json.encode(body)) as response:
                said = msgspec.json.decode(await response.read(BODY_LIMIT))
                if response.status != 200:
                    raise engine_error(msgspec.json.encode(said), response.status)
        return Check(len(said["results"] if isinstance(said, dict) else said) == 2)

    async def _streamed(self, **fields: Any) -> tuple[list[object], ChunkReader]:
        reader, parser, events = ChunkReader(), EventParser(), list[object]()
        async with self._gateway.lease(self._variant.id) as lease:
            body = self._body(lease.target.upstream_model, stream=True, **fields)
            request = lease.target.dialect.adapt({**body, "stream_options": {"include_usage": True}})
            async with await lease.ask("/chat/completions", request) as response:
                if response.status != 200:
                    raise engine_error(await response.read(BODY_LIMIT), response.status)
                while not reader.done and (data := await response.next()):
                    events += reader.read(parser.feed(data))
                    if reader.failure is not None:
                        raise reader.failure
        return events, reader

    async def _whole(self, **fields: Any) -> Any:
        return await self._asked("/chat/completions", temperature=0, **fields)

    async def _asked(self, path: str, **fields: Any) -> Any:
        async with self._gateway.lease(self._variant.id) as lease:
            request = lease.target.dialect.adapt({"model": lease.target.upstream_model, **fields})
            async with await lease.ask(path, request) as response:
                body = await response.read(BODY_LIMIT)
                if response.status != 200:
                    raise engine_error(body, response.status)
        return msgspec.json.decode(body)

    def _body(self, model: str, **fields: Any) -> dict[str, Any]:
        return {"model": model, "temperature": 0, **fields}


def _said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def _since(moment: datetime | None) -> float:
    return float("inf") if moment is None else (datetime.now(UTC) - moment).total_seconds()


def _picture(side: int = 32) -> str:
    """Return a red square as PNG in base64 (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\xd0\x20\x20" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()
