"""Ollama's own routes: what it has, what is in its memory, loading, unloading and pulling."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from stellarchat.core.errors import EngineMalformed, EngineRefused
from stellarchat.core.launch import Address, LaunchOptions
from stellarchat.engines._openai_http.chunks import engine_error
from stellarchat.engines._openai_http.upstream import Response, Upstream
from stellarchat.engines.base import Pull, Served

ANSWER_LIMIT = 8 << 20  # bytes; the list of a thousand models has a tenth of it
LOAD_SECONDS = 900.0  # the longest silence while it loads or fetches
UNLOAD_SECONDS = 15.0
DEFAULT_KEEP_ALIVE = "30m"  # outlasts the default of our own unloading, and ends where we die

T = TypeVar("T")
CAPABILITIES = ("vision", "tools", "thinking", "embedding")


class _Details(msgspec.Struct):
    parameter_size: str | None = None
    quantization_level: str | None = None


class _Model(msgspec.Struct):
    name: str
    digest: str = ""
    size: int | None = None
    size_vram: int | None = None
    context_length: int | None = None
    expires_at: str | None = None
    details: _Details | None = None


class _Models(msgspec.Struct):
    models: list[_Model] | None = None


class _Shown(msgspec.Struct):
    capabilities: list[str] | None = None
    model_info: dict[str, Any] | None = None


class _Pulled(msgspec.Struct):
    status: str = ""
    digest: str | None = None
    total: int | None = None
    completed: int | None = None
    error: str | None = None


class OllamaDaemon:
    """A Daemon (see `engines.base`). What a model was loaded with goes along with each request to it:

    Ollama loads a model anew for a request whose options differ.
    """

    def __init__(self, base_url: str, api_key: str | None = None) -> None:
        self.address = Address(base_url.rstrip("/"), api_key)
        self._shown: dict[tuple[str, str], _Shown] = {}  # by name and digest
        self._options: dict[str, LaunchOptions] = {}  # by name, of the last load

    async def served(self) -> list[Served]:
        """Return every model it has pulled, with those in memory marked. See `Daemon.served`."""
        there, here = await asyncio.gather(self._get("/api/tags", _Models), self._get("/api/ps", _Models))
        loaded = {full(model.name): model for model in here.models or ()}
        models = there.models or []
        shown = await asyncio.gather(*(self._show(model) for model in models))
        return [
            _served(model, loaded.get(full(model.name)), about)
            for model, about in zip(models, shown, strict=True)
        ]

    async def load(self, name: str, options: LaunchOptions) -> str:
        """Bring a model into memory. See `Daemon.load`; raises EngineRefused where it was not pulled."""
        name = full(name)
        known = {full(model.name): model for model in (await self._get("/api/tags", _Models)).models or ()}
        if name not in known:
            raise EngineRefused(
                f"Ollama does not have {name}.",
                param="model_id",
                remedy=f"Pull it: `ollama pull {name}`.",
                sentence="ollama_none",
                values={"name": name},
            )
        about = await self._show(known[name])
        self._options[name] = options
        await self._touch(name, about, keep_alive(options))
        return name

    async def unload(self, name: str) -> None:
        """Drop a model from memory and wait until it is gone. See `Daemon.unload`."""
        name = full(name)
        self._options.pop(name, None)
        deadline = time.monotonic() + UNLOAD_SECONDS
        while name in {full(model.name) for model in (await self._get("/api/ps", _Models)).models or ()}:
            if time.monotonic() > deadline:
                raise EngineRefused(
                    f"Ollama still holds {name} in memory after {UNLOAD_SECONDS:.0f} s.",
                    remedy=f"Somebody else may be using it: see `ollama ps`, or run `ollama stop {name}`.",
                    sentence="ollama_holds",
                    values={"name": name, "waited_seconds": round(UNLOAD_SECONDS)},
                )
            await self._touch(name, await self._show(_Model(name)), 0)
            await asyncio.sleep(0.1)

    async def pull(self, name: str) -> AsyncGenerator[Pull]:
        """Have it fetch a model; errors come inside of a 200. See `Daemon.pull`."""
        layers: dict[str, tuple[int, int]] = {}
        rest = b""
        body = {"model": full(name), "stream": True}
        async with self._request("POST", "/api/pull", body) as response:
            await _check(response)
            while data := await response.next():
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if line.strip():
                        yield _pulled(line, layers)
        if rest.strip():
            yield _pulled(rest, layers)

    def settings(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what every request to a model must carry: its `options`, and keep_alive with think."""
        options = self._options.get(full(name)) or LaunchOptions()
        settings: dict[str, Any] = {"keep_alive": keep_alive(options)}
        if options.thinking is not None:
            settings["think"] = options.thinking
        return native_options(options), settings

    async def _touch(self, name: str, about: _Shown, keep: str | int) -> None:
        """Load or unload: a request without anything to answer."""
        only_embeds = "completion" not in (about.capabilities or ["completion"])
        options = native_options(self._options.get(name) or LaunchOptions())
        body: dict[str, Any] = {"model": name, "keep_alive": keep, "options": options}
        if only_embeds:
            await self._post("/api/embed", {**body, "input": []})
        else:
            await self._post("/api/generate", {**body, "stream": False})

    async def _show(self, model: _Model) -> _Shown:
        key = (model.name, model.digest)
        found = self._shown.get(key)
        if found is None:
            async with self._request("POST", "/api/show", {"model": model.name}) as response:
                body = await response.read(ANSWER_LIMIT)
                # one that cannot be shown (a damaged one) must not hide the others
                found = _decoded(body, _Shown) if response.status == 200 else _Shown()
            self._shown[key] = found
        return found

    async def _get(self, path: str, kind: type[_Models]) -> _Models:
        async with self._request("GET", path) as response:
            await _check(response)
            return _decoded(await response.read(ANSWER_LIMIT), kind)

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with self._request("POST", path, body) as response:
            await _check(response)
            await response.read(ANSWER_LIMIT)

    @contextlib.asynccontextmanager
    async def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[Response]:
        """Ask on a connection of its own: questions about models are rare, and nothing is left to close."""
        address = self.address
        upstream = Upstream(address.base_url, address.api_key, stall_timeout=LOAD_SECONDS)
        try:
            sent = msgspec.json.encode(body) if body else b""
            async with await upstream.request(method, path, sent) as response:
                yield response
        finally:
            upstream.close()


def full(name: str) -> str:
    """Return a model's name with its tag, as Ollama lists it."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def native_options(options: LaunchOptions) -> dict[str, Any]:
    """Return the launch options that Ollama knows, by its own names."""
    named = {
        "num_ctx": options.context_length,
        "num_gpu": options.gpu_layers,
        "num_thread": options.threads,
    }
    return {key: value for key, value in named.items() if value is not None}


def keep_alive(options: LaunchOptions) -> str | int:
    """Return how long it is to stay in memory after a request; -1: for ever."""
    if options.pinned or options.idle_unload_seconds == 0:
        return -1
    if options.idle_unload_seconds is not None:
        return f"{options.idle_unload_seconds:.0f}s"
    return DEFAULT_KEEP_ALIVE


async def _check(response: Response) -> None:
    if response.status != 200:
        raise engine_error(await response.read(ANSWER_LIMIT), response.status)


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise EngineMalformed(
            "What answers there is not Ollama.",
            remedy="Check ollama.base_url.",
            detail=body[:200].decode("utf-8", "replace"),
            sentence="ollama_not",
        ) from error


def _pulled(line: bytes, layers: dict[str, tuple[int, int]]) -> Pull:
    said = _decoded(line, _Pulled)
    if said.error is not None:
        raise EngineRefused(
            f"Ollama could not fetch it: {said.error}",
            remedy="Check the model's name.",
            sentence="ollama_fetch",
            values={"said": str(said.error)},
        )
    if said.digest is not None and said.total:
        layers[said.digest] = (said.completed or 0, said.total)
    done, total = (sum(column) for column in zip(*layers.values(), strict=True)) if layers else (None, None)
    return Pull(said.status, done, total)


def _served(model: _Model, loaded: _Model | None, about: _Shown) -> Served:
    info, details = about.model_info or {}, model.details or _Details()
    longest = next((value for key, value in info.items() if key.endswith(".context_length")), None)
    weights = info.get("general.parameter_count")
    return Served(
        name=full(model.name),
        loaded=loaded is not None,
        size_bytes=model.size,
        memory_bytes=loaded.size if loaded else None,
        context_length=(loaded.context_length if loaded else None) or longest,
        quantization=details.quantization_level,
        parameters=weights if isinstance(weights, int) else None,
        expires_at=_moment(loaded.expires_at) if loaded else None,
        capabilities=tuple(can for can in about.capabilities or () if can in CAPABILITIES),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
