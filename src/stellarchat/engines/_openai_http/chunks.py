"""Chat completion chunks to generation events (OpenAI API reference, "Streaming"; llama.cpp's additions).

The stop string that ended an answer is `stop_reason` (vLLM, our worker around Transformers), `matched_stop`
(SGLang) or `stopping_word` (llama.cpp, where `verbose` asked for it); numbers there are tokens.
Reasoning comes as `reasoning_content` (llama.cpp, SGLang, DeepSeek) or `reasoning` (vLLM, Ollama).
"""

from collections.abc import Callable
from typing import Any

import msgspec

from stellarchat.core.errors import (
    ContextTooLong,
    EngineBusy,
    EngineDied,
    EngineMalformed,
    EngineRefused,
    EngineRejected,
    StellarChatError,
)
from stellarchat.core.events import (
    FinishReason,
    GenerationEvent,
    Measured,
    Phase,
    Status,
    Text,
    Thinking,
    Timings,
    ToolCall,
    Usage,
)


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolDelta(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolDelta] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    index: int = 0
    stop_reason: str | int | None = None
    matched_stop: str | int | list[int] | None = None


class _Verbose(msgspec.Struct):
    stopping_word: str = ""


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    reasoning_tokens: int | None = None  # SGLang's place for it


class _Timings(msgspec.Struct):
    """llama.cpp's own measurements; `cache_n` prompt tokens came from the cache."""

    cache_n: int = 0
    prompt_n: int = 0
    prompt_ms: float = 0.0
    prompt_per_second: float | None = None
    predicted_n: int = 0
    predicted_ms: float = 0.0
    predicted_per_second: float | None = None


class _Progress(msgspec.Struct):
    """llama.cpp's `return_progress`: the prompt's tokens in all, from the cache, and read by now."""

    total: int = 0
    cache: int = 0
    processed: int = 0


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    timings: _Timings | None = None
    prompt_progress: _Progress | None = None
    verbose: _Verbose | None = msgspec.field(default=None, name="__verbose")
    error: dict[str, Any] | str | None = None
    object: str | None = None


_decode = msgspec.json.Decoder(_Chunk).decode
_FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
}
# how vLLM and SGLang end an answer that they could not finish
_GIVEN_UP = ("abort", "error")


class ChunkReader:
    """Turns payloads into events, remembering what only shows at the end.

    `finish_reason` is None until the engine gave one, `stopped_by` the stop string where it tells; `done`
    tells that `[DONE]` came; `failure` is the engine's own error, or EngineMalformed, after which nothing
    more is read. `numbered` gives a call the number and id that it has among all calls of a reply.
    """

    def __init__(self, numbered: Callable[[ToolCall], ToolCall] | None = None) -> None:
        self._numbered = numbered
        self.finish_reason: FinishReason | None = None
        self.stopped_by: str | None = None
        self.done = False
        self.failure: StellarChatError | None = None

    def read(self, payloads: list[bytes]) -> list[GenerationEvent]:
        """Return the events of some payloads, those before a failure included."""
        events: list[GenerationEvent] = []
        for payload in payloads:
            if payload.startswith(b"[DONE]"):
                self.done = True
                break
            try:
                chunk = _decode(payload)
            except msgspec.MsgspecError:
                self.failure = EngineMalformed(
                    "The engine sent something that is not a chat completion chunk.",
                    detail=payload[:200].decode("utf-8", "replace"),
                    sentence="engine_odd",
                )
                break
            if chunk.error is not None or chunk.object == "error":  # some servers nest it, some do not
                self.failure = engine_error(payload, 200)
                break
            self._chunk(chunk, events)
            if self.failure is not None:
                break
        return events

    def _chunk(self, chunk: _Chunk, events: list[GenerationEvent]) -> None:
        if (progress := chunk.prompt_progress) is not None and progress.total:
            events.append(
                Status(
                    Phase.PREFILL,
                    progress=min(progress.processed / progress.total, 1.0),
                    prompt_tokens=progress.total,
                    cached_tokens=progress.cache,
                )
            )
        for choice in chunk.choices:
            if choice.index:
                continue  # a chat shows one answer; more of them is the relay lane's business
            if choice.finish_reason in _GIVEN_UP:
                self.failure = EngineDied(
                    "The engine gave the answer up.",
                    remedy="Continue the answer, or retry.",
                    sentence="engine_gave_up",
                )
            elif choice.finish_reason is not None:
                self.finish_reason = _FINISH.get(choice.finish_reason, FinishReason.STOP)
                self.stopped_by = _text(choice.stop_reason) or _text(choice.matched_stop)
            if choice.delta is not None:
                self._delta(choice.delta, events)
        if chunk.verbose is not None:
            self.stopped_by = chunk.verbose.stopping_word or self.stopped_by
        if chunk.usage is not None or chunk.timings is not None:
            events.append(_measured(chunk))

    def _delta(self, delta: _Delta, events: list[GenerationEvent]) -> None:
        if thought := delta.reasoning_content or delta.reasoning:
            events.append(Thinking(thought))
        if delta.content:
            events.append(Text(delta.content))
        for call in delta.tool_calls or ():
            function = call.function or _Function()
            event = ToolCall(call.index, call.id, function.name, function.arguments or "")
            events.append(event if self._numbered is None else self._numbered(event))


def _text(told: object) -> str | None:
    return told if isinstance(told, str) else None


def _measured(chunk: _Chunk) -> Measured:
    usage, timings = chunk.usage or _Usage(), chunk.timings
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    details, thought = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = (details.cached_tokens if details else None) or 0
    measured = None
    if timings is not None:
        cached = cached or timings.cache_n
        prompt = prompt or timings.prompt_n + timings.cache_n
        completion = completion or timings.predicted_n
        measured = Timings(
            prompt_ms=timings.prompt_ms,
            generation_ms=timings.predicted_ms,
            tokens_per_second=timings.predicted_per_second,
            prompt_tokens_per_second=timings.prompt_per_second,
        )
    reasoning = (thought.reasoning_tokens if thought else None) or usage.reasoning_tokens or 0
    return Measured(Usage(prompt, completion, cached, reasoning), measured)


class _Counts(msgspec.Struct):
    usage: _Usage | None = None
    timings: _Timings | None = None


_counts = msgspec.json.Decoder(_Counts).decode


def counted(payload: bytes) -> Usage | None:
    """Return the token counts that a chunk or a whole answer holds, None where it holds none."""
    try:
        counts = _counts(payload)
    except msgspec.MsgspecError:
        return None
    if counts.usage is None and counts.timings is None:
        return None
    return _measured(_Chunk(usage=counts.usage, timings=counts.timings)).usage


class _ErrorBody(msgspec.Struct):
    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | int | None = None


_NOT_THE_CLIENTS = (401, 403, 404, 408)  # these speak of our key, our address or our patience
_REMEDIES = {
    401: "Check the endpoint's API key.",
    403: "Check the endpoint's API key and what it may do.",
    404: "Check the endpoint's address and the model's name there.",
    429: "Wait a moment and try again.",
}


# llama.cpp says the last one, with status 500, of a text to embed or rank
_TOO_LONG = ("context length", "context size", "increase the physical batch size")
_BLIND = (
    "image input is not supported",
    "audio input is not supported",
)  # the same


def engine_error(payload: bytes, status: int, retry_after: float | None = None) -> StellarChatError:
    """Make an error of what an engine said, nested (`{"error": {…}}`), flat or plain text.

    `status` is the engine's HTTP status; the error keeps those of a client's own fault and 429.
    """
    detail = payload[:2000].decode("utf-8", "replace").strip()
    said = _ErrorBody()
    try:
        raw = msgspec.json.decode(payload)
        inner = raw.get("error", raw) if isinstance(raw, dict) else raw
        if isinstance(inner, str):
            said = _ErrorBody(message=inner)
        elif isinstance(inner, dict):
            said = msgspec.convert(inner, _ErrorBody, strict=False)
    except msgspec.MsgspecError:
        pass
    if status < 400 and isinstance(said.code, int) and 400 <= said.code < 600:
        status = said.code
    message = said.message or detail or f"The engine answered with status {status}."
    kind: type[StellarChatError] = EngineRefused
    remedy = _REMEDIES.get(status)
    if said.type == "exceed_context_size_error" or any(words in message for words in _TOO_LONG):
        kind = ContextTooLong
        remedy = "Shorten the text, or start the model with a longer context."
    elif message.startswith(_BLIND):
        kind, remedy = EngineRejected, "Leave pictures out, or use a model that sees."
    elif status == 429:
        kind = EngineBusy
    elif 400 <= status < 500 and status not in _NOT_THE_CLIENTS:
        kind = EngineRejected
    return kind(message, remedy=remedy, param=said.param, detail=detail, retry_after=retry_after)


def retry_after(headers: dict[bytes, bytes]) -> float | None:
    """Read a Retry-After header in seconds (RFC 9110, 10.2.3); dates and nonsense are None."""
    try:
        return max(float(headers[b"retry-after"]), 0.0)
    except (KeyError, ValueError):
        return None
