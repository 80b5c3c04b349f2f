"""Stateless OpenAI requests, passed through to an engine of the same dialect byte by byte."""

import re
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

import msgspec

from stellarchat.core.errors import BadRequest, EngineDied, EngineMalformed, StellarChatError
from stellarchat.core.events import Usage
from stellarchat.engines._openai_http.chunks import counted, engine_error, retry_after
from stellarchat.engines._openai_http.native import Translated
from stellarchat.engines._openai_http.upstream import Response
from stellarchat.services.answers.affinity import beginning
from stellarchat.services.answers.gateway import Gateway, Lease
from stellarchat.services.answers.meter import Measured, Meter, Meters
from stellarchat.services.answers.turnstile import Turnstile, Unlimited
from stellarchat.services.instances.targets import Target

TRIES = 2  # times that a request is made whose process died before it gave anything
PLAIN_LIMIT = 64 * 1024 * 1024
ERROR_LIMIT = 64 * 1024
RERANK = "/rerank"  # the one path that engines do not agree about
_CONTENT = re.compile(rb'"(?:content|reasoning_content|reasoning|text|arguments)": ?"[^"]')
_FINISHED = re.compile(rb'"finish_reason": ?"')
_TAIL = 2048  # bytes of a stream's end that are kept to see how it ended
# the chunk with the token counts that we asked for and the client did not
_COUNTS = re.compile(rb'data: ?(\{(?=[^\n]*"choices": ?\[\])(?=[^\n]*"usage": ?\{)[^\n]*)\n(?:\r?\n)?')
_STREAMS = ("/chat/completions", "/completions")


class Exchange:
    """One request on its way: enter, look at `streaming`, take `next()` until b"" or `whole()`.

    Entering waits for a place and for the head of the engine's answer, and raises the engine's own error
    where it refuses. Leaving early closes the engine's connection. A process that dies before the first
    byte of its answer was given is asked again once, elsewhere or when it runs again.
    """

    __slots__ = (
        "_began",
        "_counts",
        "_given",
        "_held",
        "_hides",
        "_lease",
        "_leave",
        "_meter",
        "_model",
        "_names",
        "_path",
        "_raw",
        "_request",
        "_response",
        "_tail",
        "_tries",
        "_turnstile",
        "_user_id",
        "chunks",
        "first",
        "streaming",
    )

    def __init__(
        self,
        lease: Lease,
        path: str,
        request: dict[str, Any],
        raw: bytes,
        *,
        model: str,
        meter: Meter,
        user_id: str,
        turnstile: Turnstile,
    ) -> None:
        self._lease, self._path, self._request, self._raw = lease, path, request, raw
        self._model, self._meter, self._user_id = model, meter, user_id
        self._turnstile = turnstile
        self._leave: Callable[[], None] | None = None
        self._began = time.monotonic()
        self._response: Response | Translated | None = None
        self._names: tuple[re.Pattern[bytes], bytes] | None = None
        self._tail = self._held = self._counts = b""
        self._given = self._hides = False
        self._tries = 1
        self.streaming = False
        self.first: float | None = None
        self.chunks = 0

    async def __aenter__(self) -> Self:
        if self._turnstile.binds(self._user_id):
            self._leave = await self._turnstile.enter(self._user_id)
        try:
            await self._lease.__aenter__()
        except BaseException:
            if self._leave is not None:
                self._leave()
            raise
        try:
            try:
                await self._ask()
            except EngineDied as error:
                await self._again(error)
        except BaseException as error:
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def _ask(self) -> None:
        """Send the request to where the lease leads, and look at the head of the answer."""
        target = self._lease.target
        request = self._request
        if target.upstream_model != self._model:
            request = {**request, "model": target.upstream_model}
            theirs, ours = msgspec.json.encode(target.upstream_model), msgspec.json.encode(self._model)
            self._names = re.compile(b'"model": ?' + re.escape(theirs)), b'"model":' + ours
        request = target.dialect.adapt(request)
        raw = self._raw if request is self._request else None
        if self._path in _STREAMS and request.get("stream") and not target.dialect.counts:
            request, raw = self._with_counts(request, raw)
        if self._path == RERANK:
            where = _ranking(target)
            response: Response | Translated = await self._lease.request(
                "POST", where, raw or msgspec.json.encode(request)
            )
        else:
            response = await self._lease.ask(self._path, request, raw)
        self._response = response
        if response.status != 200:
            raise engine_error(
                await response.read(ERROR_LIMIT), response.status, retry_after(response.headers)
            )
        self.streaming = response.headers.get(b"content-type", b"").startswith(b"text/event-stream")
        if self.streaming != bool(self._request.get("stream")):
            raise EngineMalformed(
                "The engine answered with a stream where none was asked for, or the other way round.",
                sentence="engine_no_stream",
            )

    async def _again(self, error: EngineDied) -> None:
        """Ask another process in place of ours. Raises `error` where that would be a second answer or try."""
        if self._given or self._tries >= TRIES:
            raise error
        self._tries += 1
        if self._response is not None:
            self._response.abort()
        await self._lease.__aexit__(type(error), error, None)
        other = await self._lease.instead()
        if other is None:
            raise error
        await other.__aenter__()
        self._lease = other
        await self._ask()

    def _with_counts(self, request: dict[str, Any], raw: bytes | None) -> tuple[dict[str, Any], bytes | None]:
        """Ask for the token counts too where the client does not: they are for the books, and hidden."""
        given = request.get("stream_options")
        if isinstance(given, dict) and given.get("include_usage"):
            return request, raw
        self._hides = True
        wanted = {**request, "stream_options": {**(given or {}), "include_usage": True}}
        if raw is None or "stream_options" in request:
            return wanted, None
        # the client's own bytes, without writing a long conversation anew
        return wanted, raw[: raw.rindex(b"}")] + b',"stream_options":{"include_usage":true}}'

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave is not None:
            self._leave()
        if self._response is not None:
            self._response.abort()
        self._count(error)
        await self._lease.__aexit__(kind, error, trace)

    async def next(self) -> bytes:
        """Return the next bytes of a stream, b"" at its end.

        An engine that forgets `[DONE]` after its finish_reason gets one. Raises EngineDied where the
        stream ends in the middle, and what Response.next raises.
        """
        assert self._response is not None
        while data := await self._read():
            self._given = True
            if self.first is None and _CONTENT.search(data):
                self.first = time.monotonic()
            count = data.count(b"data:")
            self.chunks += count
            self._lease.wrote(count)
            if self._names is not None or self._hides:
                data = self._reworded(data)
            if data:
                self._tail = data[-_TAIL:] if len(data) >= _TAIL else (self._tail + data)[-_TAIL:]
                return data
        return self._ending()

    async def _read(self) -> bytes:
        assert self._response is not None
        try:
            return await self._response.next()
        except EngineDied as error:
            await self._again(error)
            return await self._response.next()

    async def whole(self) -> bytes:
        """Return the body of an answer that is no stream."""
        assert self._response is not None
        try:
            body = await self._response.read(PLAIN_LIMIT)
        except EngineDied as error:
            await self._again(error)
            body = await self._response.read(PLAIN_LIMIT)
        self._counts = body
        if self._names is not None:
            body = self._rename(body)
        return body

    def _reworded(self, data: bytes) -> bytes:
        """Say our name for the model, hide counts: only in whole lines, so that nothing is cut in two."""
        data = self._held + data
        cut = data.rfind(b"\n") + 1
        data, self._held = data[:cut], data[cut:]
        if self._hides and b'"usage"' in data and (found := _COUNTS.search(data)) is not None:
            self._counts = found[1]
            data = data[: found.start()] + data[found.end() :]
        return self._rename(data) if self._names is not None else data

    def _rename(self, data: bytes) -> bytes:
        """A name inside of an answer's text is safe: its quotes are escaped there."""
        assert self._names is not None
        pattern, ours = self._names
        return pattern.sub(lambda _: ours, data)

    def _ending(self) -> bytes:
        """Return what is still to be sent after the engine's last byte; b"" at the second call."""
        rest, self._held = self._held, b""
        seen = self._tail + rest
        if b"[DONE]" not in seen:
            if not _FINISHED.search(seen):
                raise EngineDied(
                    "The engine stopped in the middle of its answer.",
                    remedy="Retry.",
                    sentence="engine_halted",
                )
            rest += b"\n\ndata: [DONE]\n\n"
        self._tail += rest
        return rest

    def _count(self, error: BaseException | None) -> None:
        now = time.monotonic()
        outcome = "stop"
        if error is not None:
            outcome = error.code if isinstance(error, StellarChatError) else "cancelled"
        first, usage = self.first, self._spent()
        measured = Measured(
            model=self._model,
            lane="relay",
            outcome=outcome,
            seconds=now - self._began,
            time_to_first_token=None if first is None else first - self._began,
            generation_seconds=None if first is None else now - first,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            user_id=self._user_id,
        )
        self._meter.answered(measured)

    def _spent(self) -> Usage:
        """Return what the engine counted; without its word a token for each chunk of a stream."""
        if self._counts and (usage := counted(self._counts)) is not None:
            return usage
        for line in reversed(self._tail.split(b"\n")):
            told = line.startswith(b"data:") and (b'"usage"' in line or b'"timings"' in line)
            if told and (usage := counted(line[5:])) is not None:
                return usage
        return Usage(completion_tokens=max(self.chunks - 2, 0))


class Relay:
    """Opens exchanges. `path` is OpenAI's below its version prefix, as `/chat/completions`."""

    def __init__(
        self, gateway: Gateway, meter: Meter | None = None, turnstile: Turnstile | None = None
    ) -> None:
        self.gateway = gateway
        self.meter: Meter = meter or Meters()
        self.turnstile: Turnstile = turnstile or Unlimited()

    def exchange(self, path: str, request: dict[str, Any], raw: bytes, user_id: str = "local") -> Exchange:
        """Return an `async with` block; `raw` is `request` as the client sent it, `user_id` who asks."""
        model = request["model"]
        lease = self.gateway.lease(model, affinity=partial(beginning, request), user_id=user_id)
        return Exchange(
            lease,
            path,
            request,
            raw,
            model=model,
            meter=self.meter,
            user_id=user_id,
            turnstile=self.turnstile,
        )


def _ranking(target: Target) -> str:
    """Return where an engine ranks documents. Raises BadRequest where it does not."""
    path = target.dialect.rerank_path
    if path is None:
        raise BadRequest(
            f"The engine {target.engine} does not rank documents.",
            param="model",
            remedy="Name a model of the kind rerank on another engine.",
            sentence="engine_no_ranking",
            values={"engine": target.engine},
        )
    return path
