"""Ollama's answers as OpenAI has them, line by line or whole."""

import base64
import time
from typing import Any

import msgspec

from stellarchat.core.errors import EngineMalformed
from stellarchat.core.ids import new_id

Body = dict[str, Any]

MAX_LINE = 16 << 20


class _Function(msgspec.Struct):
    name: str = ""
    arguments: Any = None


class _ToolCall(msgspec.Struct):
    function: _Function = msgspec.field(default_factory=_Function)


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Line(msgspec.Struct):
    """One line of /api/chat or /api/generate; durations are nanoseconds."""

    message: _Message | None = None
    response: str | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0
    logprobs: list[dict[str, Any]] | None = None
    error: str | None = None


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.encode


class Answer:
    """A Translator (see `_openai_http.native`) for chats and bare prompts.

    `usage` tells that the client wants the usage in the stream; `bare` that it is a completion.
    """

    def __init__(self, model: str, *, usage: bool = False, bare: bool = False) -> None:
        self._head: Body = {
            "id": f"{'cmpl' if bare else 'chatcmpl'}-{new_id()}",
            "created": int(time.time()),
            "model": model,
        }
        self._usage, self._bare = usage, bare
        self._rest = b""
        self._begun = self._ended = False
        self._calls = 0

    def feed(self, data: bytes) -> bytes:
        """Translate the lines that are complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise EngineMalformed(
                f"Ollama sent a line of more than {MAX_LINE} bytes.",
                sentence="engine_large",
                values={"limit_bytes": MAX_LINE},
            )
        return b"".join(self._line(line) for line in lines if line.strip())

    def end(self) -> bytes:
        """Translate a last line that has no end of line. A stream that was cut off gets no end from us."""
        rest, self._rest = self._rest, b""
        return self._line(rest) if rest.strip() else b""

    def whole(self, data: bytes) -> bytes:
        """Translate an answer that is not streamed."""
        line = self._read(data)
        if line.error is not None:
            return _encode({"error": {"message": line.error}})
        choice: Body = {"index": 0}
        if self._bare:
            choice["text"] = line.response or ""
        else:
            said = line.message or _Message()
            choice["message"] = {"role": "assistant", "content": said.content or "", **self._extras(said)}
        choice["finish_reason"] = self._finish(line)
        if line.logprobs is not None:
            choice["logprobs"] = {"content": line.logprobs}
        kind = "text_completion" if self._bare else "chat.completion"
        return _encode({**self._head, "object": kind, "choices": [choice], **_measured(line)})

    def _line(self, raw: bytes) -> bytes:
        line = self._read(raw)
        if line.error is not None:
            self._ended = True
            return _event({"error": {"message": line.error}})
        if self._ended:
            return b""
        said = b""
        delta = self._delta(line)
        if delta or line.logprobs:
            said = self._chunk(delta, None, line.logprobs)
        if line.done:
            self._ended = True
            said += self._chunk({}, self._finish(line))
            if self._usage:
                said += _event({**self._chunk_head(), "choices": [], **_measured(line)})
            said += b"data: [DONE]\n\n"
        return said

    def _read(self, raw: bytes) -> _Line:
        try:
            return _decode(raw)
        except msgspec.MsgspecError as error:
            raise _odd("an answer", raw) from error

    def _delta(self, line: _Line) -> Body:
        if self._bare:
            return {"text": line.response} if line.response else {}
        said = line.message or _Message()
        delta: Body = self._extras(said)
        if said.content:
            delta["content"] = said.content
        if delta and not self._begun:
            self._begun = True
            delta["role"] = "assistant"
        return delta

    def _extras(self, said: _Message) -> Body:
        extras: Body = {}
        if said.thinking:
            extras["reasoning_content"] = said.thinking
        if said.tool_calls:
            extras["tool_calls"] = [self._tool(call.function) for call in said.tool_calls]
        return extras

    def _tool(self, function: _Function) -> Body:
        place, self._calls = self._calls, self._calls + 1
        arguments = _encode(function.arguments if function.arguments is not None else {}).decode()
        return {
            "index": place,
            "id": f"call_{new_id()}",
            "type": "function",
            "function": {"name": function.name, "arguments": arguments},
        }

    def _finish(self, line: _Line) -> str:
        if self._calls:
            return "tool_calls"
        return "length" if line.done_reason == "length" else "stop"

    def _chunk_head(self) -> Body:
        return {**self._head, "object": "text_completion" if self._bare else "chat.completion.chunk"}

    def _chunk(self, delta: Body, finish: str | None, logprobs: list[Body] | None = None) -> bytes:
        choice: Body = {"index": 0, "finish_reason": finish}
        choice |= {"text": delta.get("text", "")} if self._bare else {"delta": delta}
        if logprobs is not None:
            choice["logprobs"] = {"content": logprobs}
        return _event({**self._chunk_head(), "choices": [choice]})


class Vectors:
    """A Translator for embeddings; `encoding` is `float` or `base64` (of 32-bit floats)."""

    def __init__(self, model: str, encoding: str = "float") -> None:
        self._model, self._encoding = model, encoding

    def feed(self, data: bytes) -> bytes:
        """Embeddings are never streamed."""
        raise EngineMalformed("Ollama streamed embeddings.", sentence="engine_odd")

    def end(self) -> bytes:
        """Embeddings are never streamed."""
        return b""

    def whole(self, data: bytes) -> bytes:
        """Translate the vectors."""
        try:
            found = msgspec.json.decode(data, type=_Embedded)
        except msgspec.MsgspecError as error:
            raise _odd("a list of vectors", data) from error
        vectors = [
            {"object": "embedding", "index": place, "embedding": self._encoded(vector)}
            for place, vector in enumerate(found.embeddings)
        ]
        tokens = found.prompt_eval_count
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return _encode({"object": "list", "model": self._model, "data": vectors, "usage": usage})

    def _encoded(self, vector: list[float]) -> object:
        if self._encoding != "base64":
            return vector
        # imported here: few clients ask for it
        from array import array

        return base64.b64encode(array("f", vector).tobytes()).decode()


class _Embedded(msgspec.Struct):
    embeddings: list[list[float]]
    prompt_eval_count: int = 0


def _event(payload: Body) -> bytes:
    return b"data: " + _encode(payload) + b"\n\n"


def _measured(line: _Line) -> Body:
    """Usage as OpenAI has it, and the engine's own times as llama.cpp names them (milliseconds)."""
    read_ms, wrote_ms = line.prompt_eval_duration / 1e6, line.eval_duration / 1e6
    return {
        "usage": {
            "prompt_tokens": line.prompt_eval_count,
            "completion_tokens": line.eval_count,
            "total_tokens": line.prompt_eval_count + line.eval_count,
        },
        "timings": {
            "prompt_n": line.prompt_eval_count,
            "prompt_ms": read_ms,
            "prompt_per_second": 1000 * line.prompt_eval_count / read_ms if read_ms else None,
            "predicted_n": line.eval_count,
            "predicted_ms": wrote_ms,
            "predicted_per_second": 1000 * line.eval_count / wrote_ms if wrote_ms else None,
        },
    }


def _odd(wanted: str, raw: bytes) -> EngineMalformed:
    return EngineMalformed(
        f"Ollama sent something that is not {wanted}.",
        detail=raw[:200].decode("utf-8", "replace"),
        sentence="engine_odd",
    )
