"""Generation events as the frames of docs/api.md: one encoding for Server-Sent Events and WebSocket.

A frame's `seq` is the number of the last event that it and the frames before it tell in full. So a
client that resumes after the `seq` of the last frame it saw misses nothing: where a link broke between
the frames of one event, that event is told again, and starting a block that is there already is no change.

A block's `index` is the place of its part in the message's `parts`. A reply that is continued goes on in
its last part where the kind is the same, which is what `core.messages.fold` does too.

This runs once per wake-up of every reader, so the frames of deltas are put together from bytes.
"""

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

import msgspec

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.events import (
    End,
    Failed,
    FinishReason,
    GenerationEvent,
    Measured,
    Status,
    Text,
    Thinking,
    Timings,
    ToolCall,
    ToolUpdate,
    Usage,
)
from stellarchat.core.messages import Part, TextPart, ThinkingPart, ToolUsePart, unnamed

Frame = tuple[int, bytes]
"""A frame's `seq`, and its JSON."""

_json: Final = msgspec.json.encode

_TEXT: Final = -1
_THINKING: Final = -2
_OTHER: Final = -3
"""Kinds of blocks; a tool call's kind is its own index, which is never negative."""

_DELTA_HEADS: Final = {
    _TEXT: b'{"type":"text_delta","text":',
    _THINKING: b'{"type":"thinking_delta","thinking":',
}
_TOOL_DELTA_HEAD: Final = b'{"type":"input_json_delta","partial_json":'


class FrameEncoder:
    """Encodes the events of one generation for one reader, in order, from the first one.

    `parts` is what the message held before the generation began: nothing, but for a continued reply.
    A reader that joins late still needs the earlier events, for the numbers of the blocks: `skip` them.
    `seq` is the number of the last event that `parts` already hold. `nameless`: the model must not be told.
    """

    __slots__ = ("_blocks", "_calls", "_count", "_delta_head", "_head", "_last", "_nameless", "_open", "_seq")

    def __init__(
        self, generation_id: str, parts: Sequence[Part] = (), seq: int = 0, *, nameless: bool = False
    ) -> None:
        self._nameless = nameless
        self._head = b'"generation_id":' + _json(generation_id) + b',"seq":'
        self._seq = seq
        self._count = len(parts)
        self._last = _kind_of(parts[-1]) if parts else _OTHER
        self._calls: dict[int, tuple[int, str, str]] = {}
        self._blocks = {part.id: at for at, part in enumerate(parts) if isinstance(part, ToolUsePart)}
        self._open: int | None = None
        self._delta_head = b""

    def skip(self, events: Iterable[tuple[int, GenerationEvent]]) -> None:
        """Take note of events that the reader has had already."""
        self.encode(events)

    def encode(self, events: Iterable[tuple[int, GenerationEvent]]) -> list[Frame]:
        """Return the frames that tell the numbered `events`; neighbouring deltas become one frame."""
        frames: list[Frame] = []
        run: list[str] = []
        writing = _OTHER
        for seq, event in events:
            match event:
                case Text():
                    kind, piece = _TEXT, event.text
                case Thinking():
                    kind, piece = _THINKING, event.text
                case ToolCall():
                    kind, piece = event.index, event.arguments
                case _:
                    kind, piece = _OTHER, ""
            if run and (kind != writing or (isinstance(event, ToolCall) and self._names(event))):
                frames.append(self._delta(run))
                run = []
            if isinstance(event, Text | Thinking):
                self._enter(frames, kind)
            elif isinstance(event, ToolCall):
                self._enter_call(frames, event)
            else:
                self._tell(frames, event, seq)
            if piece:
                run.append(piece)
            writing = kind
            self._seq = seq
        if run:
            frames.append(self._delta(run))
        return frames

    def _enter(self, frames: list[Frame], kind: int) -> None:
        """Make the block of text or thinking that the next delta belongs to the open one."""
        if self._last == kind:
            index = self._count - 1
            if self._open == index:
                return
        else:
            index = self._count
            self._count += 1
            self._last = kind
        self._stop(frames)
        block = b'{"type":"text"}' if kind == _TEXT else b'{"type":"thinking"}'
        self._start(frames, index, block, _DELTA_HEADS[kind])

    def _enter_call(self, frames: list[Frame], call: ToolCall) -> None:
        """Make the block of a tool call the open one; tell it again where its id or name is news."""
        known = self._calls.get(call.index)
        if known is None:
            index, call_id, name = self._count, call.id or "", call.name or ""
            self._count += 1
            self._last = _OTHER
        else:
            index, call_id, name = known[0], call.id or known[1], call.name or known[2]
            if self._open == index and not self._names(call):
                return
        self._calls[call.index] = index, call_id, name
        self._blocks[call_id] = index
        if self._open != index:
            self._stop(frames)
        block = _json({"type": "tool_use", "id": call_id, "name": name})
        self._start(frames, index, block, _TOOL_DELTA_HEAD)

    def _names(self, call: ToolCall) -> bool:
        """Whether `call` says something new about its id or name."""
        known = self._calls.get(call.index, (0, "", ""))
        return (call.id or known[1], call.name or known[2]) != known[1:]

    def _start(self, frames: list[Frame], index: int, block: bytes, delta_head: bytes) -> None:
        self._open = index
        self._delta_head = b',"index":%d,"delta":%b' % (index, delta_head)
        frame = b'{"type":"content_block_start",%b%d,"index":%d,"content_block":%b}'
        frames.append((self._seq, frame % (self._head, self._seq, index, block)))

    def _stop(self, frames: list[Frame]) -> None:
        if self._open is not None:
            frame = b'{"type":"content_block_stop",%b%d,"index":%d}'
            frames.append((self._seq, frame % (self._head, self._seq, self._open)))
            self._open = None

    def _delta(self, run: list[str]) -> Frame:
        text = run[0] if len(run) == 1 else "".join(run)
        frame = b'{"type":"content_block_delta",%b%d%b%b}}'
        return self._seq, frame % (self._head, self._seq, self._delta_head, _json(text))

    def _tell(
        self, frames: list[Frame], event: Status | ToolUpdate | Measured | End | Failed, seq: int
    ) -> None:
        """Append the frames of an event that is no delta."""
        match event:
            case Status():
                if self._nameless:
                    event = msgspec.structs.replace(event, engine=None, model=None)
                # the struct's own tag is the frame's type
                frames.append((seq, b"{%b%d,%b" % (self._head, seq, _json(event)[1:])))
            case ToolUpdate():
                if (index := self._blocks.get(event.id)) is not None:
                    self._stop(frames)
                    # as a dict, because the struct leaves out what is not known
                    rest = _json({"index": index, **msgspec.structs.asdict(event)})
                    frames.append((seq, b'{"type":"tool_update",%b%d,%b' % (self._head, seq, rest[1:])))
            case Measured():
                frames.append(self._message_delta(seq, None, event.usage, event.timings))
            case End():
                self._stop(frames)
                frames.append(self._message_delta(self._seq, event.finish_reason, event.usage, event.timings))
                frames.append((seq, b'{"type":"message_stop",%b%d}' % (self._head, seq)))
            case Failed():
                self._stop(frames)
                if event.interrupted:
                    reason = FinishReason.INTERRUPTED
                    frames.append(self._message_delta(self._seq, reason, event.usage, event.timings))
                said = unnamed(event.error) if self._nameless else event.error
                error = error_frame(said, interrupted=event.interrupted)
                frames.append((seq, b"{%b%d,%b" % (self._head, seq, error[1:])))
            case _:
                assert_never(event)

    def _message_delta(
        self, seq: int, reason: FinishReason | None, usage: Usage, timings: Timings | None
    ) -> Frame:
        # as dicts, because the structs leave out what is zero, and a page would have to guess it
        rest = _json(
            {
                "stop_reason": reason,
                "usage": msgspec.structs.asdict(usage),
                "timings": None if timings is None else msgspec.structs.asdict(timings),
            }
        )
        return seq, b'{"type":"message_delta",%b%d,%b' % (self._head, seq, rest[1:])


def _kind_of(part: Part) -> int:
    if isinstance(part, TextPart):
        return _TEXT
    return _THINKING if isinstance(part, ThinkingPart) else _OTHER


def error_frame(error: ErrorInfo, *, request_id: str | None = None, interrupted: bool = False) -> bytes:
    """Return an `error` frame; `request_id` names the client's frame it answers."""
    return _json(
        {
            "type": "error",
            "code": error.code,
            "message": error.message,
            "remedy": error.remedy,
            "param": error.param,
            "detail": error.detail,
            "status": error.status,
            "retry_after": error.retry_after,
            "sentence": error.sentence,
            "values": error.values,
            "interrupted": interrupted,
            "request_id": request_id,
        }
    )


def message_start(
    generation_id: str,
    request_id: str | None,
    chat_id: str | None,
    user_message: bytes | None,
    message: bytes,
) -> bytes:
    """Return the frame that comes before a generation's events; the messages are JSON already."""
    return (
        b'{"type":"message_start","generation_id":%b,"seq":0,"request_id":%b,"chat_id":%b,'
        b'"user_message":%b,"message":%b}'
        % (_json(generation_id), _json(request_id), _json(chat_id), user_message or b"null", message)
    )


def snapshot(generation_id: str, seq: int, message: bytes) -> bytes:
    """Return the frame that replaces all deltas up to `seq` by the whole message, JSON already."""
    return b'{"type":"snapshot","generation_id":%b,"seq":%d,"message":%b}' % (
        _json(generation_id),
        seq,
        message,
    )
