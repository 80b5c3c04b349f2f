"""What happens while a model writes one reply: one discriminated union for every surface.

Engines' clients produce these events, a generation numbers them in its log, and each surface only
encodes them. Match on the type and end with `assert_never`.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from stellarchat.core.errors import ErrorInfo, Values
from stellarchat.core.tools import CallState, Output, Question


class Phase(StrEnum):
    """Where a generation stands before and while text comes.

    `tools`: tool servers are spoken to. `approval`: it waits for a person to allow a call, or to answer
    what one asks.
    """

    QUEUED = "queued"
    LOADING = "loading"
    PREFILL = "prefill"
    DECODING = "decoding"
    TOOLS = "tools"
    APPROVAL = "approval"


class FinishReason(StrEnum):
    """Why a reply ended. The first four are OpenAI's words, the last two ours.

    `cancelled`: somebody pressed Stop. `interrupted`: the engine or the server died in mid-answer;
    the partial text is kept and can be continued.
    """

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Token counts. `cached_tokens` is the share of the prompt that came from the prefix cache."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class Timings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the time of one reply went: milliseconds, and tokens per second.

    `queue_ms` waiting for a slot, `load_ms` starting the engine, `prompt_ms` reading the prompt,
    `time_to_first_token_ms` from the request to the first token, all of the former included,
    `generation_ms` from the first token to the last, `tokens_per_second` over `generation_ms`,
    `stop_ms` from Stop to the engine being free.
    """

    queue_ms: float = 0.0
    load_ms: float = 0.0
    prompt_ms: float | None = None
    time_to_first_token_ms: float | None = None
    generation_ms: float | None = None
    tokens_per_second: float | None = None
    prompt_tokens_per_second: float | None = None
    stop_ms: float | None = None


class Status(msgspec.Struct, frozen=True, tag="status", omit_defaults=True):
    """The phase changed or made progress.

    `position`: how many requests are before this one. `progress`: 0 to 1. `eta_seconds`: an estimate.
    `bytes_done`/`bytes_total`: weights read while loading. `prompt_tokens`/`cached_tokens`: the prompt
    being read. `engine` and `model`: what is being started or used.
    """

    phase: Phase
    position: int | None = None
    progress: float | None = None
    eta_seconds: float | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    engine: str | None = None
    model: str | None = None


class Text(msgspec.Struct, frozen=True, tag="text"):
    """More of the answer."""

    text: str


class Thinking(msgspec.Struct, frozen=True, tag="thinking"):
    """More of the model's reasoning."""

    text: str


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call", omit_defaults=True):
    """A piece of a call: `id` and `name` come once per `index`, `arguments` (JSON text) in pieces."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class ToolUpdate(msgspec.Struct, frozen=True, tag="tool_update", omit_defaults=True):
    """A call, by its `id`, has come further. Every one of them tells all there is to know by then.

    `server` and `tool` are names as their owners have them, `round` counts the times that the model was
    asked. `note` is why it failed or was denied, or the server's word on its progress (0 to 1). `question` is
    what the server asks the person before it goes on, `login` the id of a server that the person has to
    log in at. `sentence` and `values` say `note` in another language, as in ErrorInfo; a `detail` among the
    values is what the server said itself, and follows the sentence.
    """

    id: str
    state: CallState
    round: int = 0
    server: str | None = None
    tool: str | None = None
    title: str | None = None
    note: str | None = None
    progress: float | None = None
    outputs: tuple[Output, ...] = ()
    duration_ms: float | None = None
    question: Question | None = None
    login: str | None = None
    sentence: str | None = None
    values: Values | None = None


class Measured(msgspec.Struct, frozen=True, tag="usage"):
    """Token counts, and timings where the engine tells them. May come before the end."""

    usage: Usage
    timings: Timings | None = None


class End(msgspec.Struct, frozen=True, tag="end"):
    """The reply is over; the last event of a generation that did not fail.

    `stop_sequence` is which of the request's stop strings ended it, where the engine tells.
    """

    finish_reason: FinishReason
    usage: Usage = Usage()
    timings: Timings = Timings()
    stop_sequence: str | None = None


class Failed(msgspec.Struct, frozen=True, tag="error"):
    """The reply is over because something failed; what was written so far is kept.

    The last event of a generation that failed. `interrupted` is true where some of the answer had
    come and can be continued.
    """

    error: ErrorInfo
    interrupted: bool = False
    usage: Usage = Usage()
    timings: Timings = Timings()


GenerationEvent = Status | Text | Thinking | ToolCall | ToolUpdate | Measured | End | Failed

_decoder = msgspec.json.Decoder(list[GenerationEvent])
_encoder = msgspec.json.Encoder()


def dump_events(events: list[GenerationEvent]) -> bytes:
    """Encode events as JSON, for a checkpoint or another process."""
    return _encoder.encode(events)


def load_events(data: bytes | str) -> list[GenerationEvent]:
    """Decode what `dump_events` made. Raises msgspec.DecodeError."""
    return _decoder.decode(data)


def coalesce(events: Iterable[GenerationEvent]) -> list[GenerationEvent]:
    """Join neighbouring deltas of the same kind; the text a reader sees stays the same.

    Of several Status events in a row only the last is kept.
    """
    joined: list[GenerationEvent] = []
    run: list[GenerationEvent] = []
    for event in events:
        if run and not _continues(run[0], event):
            joined.append(_join(run))
            run = []
        run.append(event)
    if run:
        joined.append(_join(run))
    return joined


def _continues(first: GenerationEvent, event: GenerationEvent) -> bool:
    if isinstance(first, ToolCall) and isinstance(event, ToolCall):
        return event.index == first.index and event.id is None
    if isinstance(first, ToolUpdate) and isinstance(event, ToolUpdate):
        return event.id == first.id
    return type(first) is type(event) and isinstance(event, Text | Thinking | Status)


def _join(run: list[GenerationEvent]) -> GenerationEvent:
    first = run[0]
    if len(run) == 1:
        return first
    if isinstance(first, Text):
        return Text("".join(event.text for event in run if isinstance(event, Text)))
    if isinstance(first, Thinking):
        return Thinking("".join(event.text for event in run if isinstance(event, Thinking)))
    if isinstance(first, ToolCall):
        arguments = "".join(event.arguments for event in run if isinstance(event, ToolCall))
        return ToolCall(first.index, first.id, first.name, arguments)
    return run[-1]
