"""A reply in the words of the Responses API: its events, and the response object they add up to."""

import time
from collections.abc import Callable
from typing import Any, Final, assert_never

import msgspec

from stellarchat.api.errors import show
from stellarchat.api.openai.responses.schemas import ResponsesRequest
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

Item = dict[str, Any]
Keep = Callable[[dict[str, Any]], None]

_INCOMPLETE: Final = {
    FinishReason.LENGTH: "max_output_tokens",
    FinishReason.CONTENT_FILTER: "content_filter",
}
_encode = msgspec.json.Encoder().encode


class ResponseWriter:
    """Writes one response. `keep` is called with the whole of it when it has come to its end."""

    def __init__(self, request: ResponsesRequest, model: str, keep: Keep) -> None:
        self._keep = keep
        self._sequence = 0
        self._out: list[bytes] = []
        self._open: Item | None = None  # the last item of the output, while it is being written
        self._text: list[str] = []  # the pieces of the open item's text or arguments
        self._call: int | None = None
        self._response = _blank(request, model)

    def begin(self) -> bytes:
        """Return the first two events."""
        self._tell("response.created", response=self._response)
        self._tell("response.in_progress", response=self._response)
        return self._taken()

    def write(self, events: list[GenerationEvent]) -> bytes:
        """Return the events that these become."""
        for event in events:
            if isinstance(event, Text):
                self._add_text(event.text)
            elif isinstance(event, Thinking):
                self._add_thought(event.text)
            elif isinstance(event, ToolCall):
                self._add_call(event)
            elif isinstance(event, End):
                self._end(event)
            elif isinstance(event, Failed):
                self._fail(event)
            elif not isinstance(event, Status | Measured | ToolUpdate):  # tools are called in chats
                assert_never(event)
        return self._taken()

    def whole(self) -> bytes:
        """Return the response."""
        return _encode(self._response)

    # items

    def _add_text(self, text: str) -> None:
        item = self._opened("message")
        if item is None:
            item = self._begin({"type": "message", "role": "assistant", "content": []}, "msg")
            self._tell_part("added", {"type": "output_text", "text": "", "annotations": [], "logprobs": []})
        self._text.append(text)
        self._tell_of("response.output_text.delta", item, content_index=0, delta=text, logprobs=[])

    def _add_thought(self, text: str) -> None:
        item = self._opened("reasoning")
        if item is None:
            item = self._begin({"type": "reasoning", "summary": [], "content": []}, "rs")
            self._tell_part("added", {"type": "reasoning_text", "text": ""})
        self._text.append(text)
        self._tell_of("response.reasoning_text.delta", item, content_index=0, delta=text)

    def _add_call(self, event: ToolCall) -> None:
        item = self._opened("function_call") if self._call == event.index else None
        if item is None:
            call = {
                "type": "function_call",
                "call_id": event.id or f"call_{new_id()}",
                "name": event.name or "",
                "arguments": "",
            }
            item = self._begin(call, "fc")
            self._call = event.index
        if event.arguments:
            self._text.append(event.arguments)
            self._tell_of("response.function_call_arguments.delta", item, delta=event.arguments)

    def _opened(self, kind: str) -> Item | None:
        return self._open if self._open is not None and self._open["type"] == kind else None

    def _begin(self, item: Item, prefix: str) -> Item:
        self._close("completed")
        item = {"id": f"{prefix}_{new_id()}", **item, "status": "in_progress"}
        self._response["output"].append(item)
        self._open = item
        self._tell("response.output_item.added", output_index=self._index, item=item)
        return item

    def _close(self, status: str) -> None:
        """End the open item, if there is one."""
        item, self._open = self._open, None
        if item is None:
            return
        text = "".join(self._text)
        self._text = []
        if item["type"] == "function_call":
            item["arguments"] = text
            name = item["name"]
            self._tell_of("response.function_call_arguments.done", item, arguments=text, name=name)
        else:
            self._close_text(item, text)
        item["status"] = status
        self._tell("response.output_item.done", output_index=self._index, item=item)

    def _close_text(self, item: Item, text: str) -> None:
        if item["type"] == "message":
            part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
            self._tell_of("response.output_text.done", item, content_index=0, text=text, logprobs=[])
        else:
            part = {"type": "reasoning_text", "text": text}
            self._tell_of("response.reasoning_text.done", item, content_index=0, text=text)
        item["content"].append(part)
        self._tell_of("response.content_part.done", item, content_index=0, part=part)

    # the end

    def _end(self, end: End) -> None:
        reason = _INCOMPLETE.get(end.finish_reason)
        status = "completed" if reason is None else "incomplete"
        self._close(status)
        response = self._response
        response["status"] = status
        response["incomplete_details"] = None if reason is None else {"reason": reason}
        response["completed_at"] = time.time() if reason is None else None
        response["usage"] = _usage(end.usage)
        self._keep(response)
        self._tell(f"response.{status}", response=response)

    def _fail(self, failed: Failed) -> None:
        self._close("incomplete")
        shown = show(failed.error)
        code = "rate_limit_exceeded" if failed.error.status == 429 else "server_error"
        self._response["status"] = "failed"
        self._response["error"] = {**shown, "code": code, "reason": failed.error.code}
        self._response["usage"] = _usage(failed.usage)
        self._tell("response.failed", response=self._response)

    # telling

    @property
    def _index(self) -> int:
        return len(self._response["output"]) - 1

    def _tell_part(self, what: str, part: Item) -> None:
        item = self._open
        assert item is not None
        self._tell_of(f"response.content_part.{what}", item, content_index=0, part=part)

    def _tell_of(self, kind: str, item: Item, **fields: Any) -> None:
        self._tell(kind, item_id=item["id"], output_index=self._index, **fields)

    def _tell(self, kind: str, **fields: Any) -> None:
        data = _encode({"type": kind, "sequence_number": self._sequence, **fields})
        self._sequence += 1
        self._out.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), data))

    def _taken(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)


def chat_messages(output: list[Item]) -> list[dict[str, Any]]:
    """Return a response's output as the message of a chat, for the request that goes on with it."""
    text: list[str] = []
    calls: list[dict[str, Any]] = []
    for item in output:
        if item["type"] == "message":
            text += [part["text"] for part in item["content"]]
        elif item["type"] == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            calls.append({"id": item["call_id"], "type": "function", "function": function})
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or (None if calls else "")}
    if calls:
        message["tool_calls"] = calls
    return [message]


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def _blank(request: ResponsesRequest, model: str) -> dict[str, Any]:
    """Return the response before anything of it was written, with what was asked for."""
    text = request.text.format if request.text else None
    form: dict[str, Any] = {"type": "text"}
    if text is not None and text.type != "text":
        named = {"type": text.type, "name": text.name, "schema": text.schema, "strict": text.strict}
        form = {name: value for name, value in named.items() if value is not None}
    return {
        "id": f"resp_{new_id()}",
        "object": "response",
        "created_at": time.time(),
        "completed_at": None,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "metadata": request.metadata or {},
        "model": model,
        "output": [],
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": request.previous_response_id,
        "reasoning": {"effort": request.reasoning.effort if request.reasoning else None, "summary": None},
        "store": request.store is not False,
        "temperature": request.temperature,
        "text": {"format": form},
        "tool_choice": request.tool_choice or "auto",
        "tools": request.tools or [],
        "top_p": request.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": request.user,
    }
