"""A reply in the words of Anthropic's Messages API: its events, and the message they add up to."""

from typing import Any, Final, assert_never

import msgspec

from stellarchat.api.errors import anthropic_error
from stellarchat.core.events import (
    End,
    Failed,
    FinishReason,
    GenerationEvent,
    Measured,
    Status,
    Text,
    Thinking,
    ToolCall,
    ToolUpdate,
    Usage,
)
from stellarchat.core.ids import new_id

_STOPPED: Final = {
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.CONTENT_FILTER: "refusal",
}
_encode = msgspec.json.Encoder().encode


class MessageWriter:
    """Writes one message."""

    def __init__(self, model: str) -> None:
        self._out: list[bytes] = []
        self._open: dict[str, Any] | None = None  # the last block, while it is being written
        self._pieces: list[str] = []
        self._call: int | None = None
        self._message: dict[str, Any] = {
            "id": f"msg_{new_id()}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _usage(Usage()),
        }

    def begin(self) -> bytes:
        """Return the first two events."""
        self._tell("message_start", message=self._message)
        self._tell("ping")
        return self._taken()

    def write(self, events: list[GenerationEvent]) -> bytes:
        """Return the events that these become."""
        for event in events:
            if isinstance(event, Text):
                self._add({"type": "text", "text": ""}, event.text, "text_delta", "text")
            elif isinstance(event, Thinking):
                block = {"type": "thinking", "thinking": "", "signature": ""}
                self._add(block, event.text, "thinking_delta", "thinking")
            elif isinstance(event, ToolCall):
                self._add_call(event)
            elif isinstance(event, End):
                self._end(event)
            elif isinstance(event, Failed):
                self._close()
                self._out.append(b"event: error\ndata: %b\n\n" % _encode(anthropic_error(event.error)))
            elif not isinstance(event, Status | Measured | ToolUpdate):  # tools are called in chats
                assert_never(event)
        return self._taken()

    def whole(self) -> bytes:
        """Return the message."""
        return _encode(self._message)

    def _add(self, block: dict[str, Any], piece: str, delta: str, field: str) -> None:
        if self._open is None or self._open["type"] != block["type"]:
            self._begin(block)
        self._pieces.append(piece)
        self._tell("content_block_delta", index=self._index, delta={"type": delta, field: piece})

    def _add_call(self, event: ToolCall) -> None:
        if self._open is None or self._open["type"] != "tool_use" or self._call != event.index:
            identity = event.id or f"toolu_{new_id()}"
            self._begin({"type": "tool_use", "id": identity, "name": event.name or "", "input": {}})
            self._call = event.index
        if event.arguments:
            self._pieces.append(event.arguments)
            delta = {"type": "input_json_delta", "partial_json": event.arguments}
            self._tell("content_block_delta", index=self._index, delta=delta)

    def _begin(self, block: dict[str, Any]) -> None:
        self._close()
        self._message["content"].append(block)
        self._open = block
        self._tell("content_block_start", index=self._index, content_block=block)

    def _close(self) -> None:
        """End the open block, if there is one."""
        block, self._open = self._open, None
        if block is None:
            return
        text = "".join(self._pieces)
        self._pieces = []
        if block["type"] == "tool_use":
            block["input"] = _arguments(text)
        else:
            block[block["type"]] = text
        self._tell("content_block_stop", index=self._index)

    def _end(self, end: End) -> None:
        self._close()
        message = self._message
        message["stop_reason"] = _STOPPED.get(end.finish_reason, "end_turn")
        if message["stop_reason"] == "end_turn" and any(b["type"] == "tool_use" for b in message["content"]):
            message["stop_reason"] = "tool_use"  # some engines say "stop" after a call
        message["usage"] = _usage(end.usage)
        if message["stop_reason"] == "end_turn" and end.stop_sequence is not None:
            message["stop_reason"], message["stop_sequence"] = "stop_sequence", end.stop_sequence
        delta = {name: message[name] for name in ("stop_reason", "stop_sequence")}
        self._tell("message_delta", delta=delta, usage=message["usage"])
        self._tell("message_stop")

    @property
    def _index(self) -> int:
        return len(self._message["content"]) - 1

    def _tell(self, kind: str, **fields: Any) -> None:
        self._out.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), _encode({"type": kind, **fields})))

    def _taken(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)


def _arguments(text: str) -> dict[str, Any]:
    """Return a call's arguments; what a model wrote wrongly is kept as it stands, under one name."""
    try:
        found = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {"INVALID_JSON": text}
    return found if isinstance(found, dict) else {"INVALID_JSON": text}


def _usage(usage: Usage) -> dict[str, Any]:
    """Anthropic counts what came from the cache apart from the rest of the prompt."""
    return {
        "input_tokens": max(usage.prompt_tokens - usage.cached_tokens, 0),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.completion_tokens,
    }
