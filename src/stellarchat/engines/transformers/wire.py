"""Answers in OpenAI's form: whole, and in chunks."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from stellarchat.engines.transformers.replies import Call, Piece
from stellarchat.engines.transformers.sampling import Told

Text = Callable[[int], str]  # of a token
Made = dict[str, Any]


class Wire:
    """Writes one chat completion (`chat`) or completion."""

    def __init__(self, model: str, *, chat: bool, text: Text) -> None:
        self._chat, self._text = chat, text
        self._calls: dict[int, int] = {}
        kind = "chat.completion" if chat else "text_completion"
        self._common = {"created": int(time.time()), "model": model, "object": kind}
        self._common["id"] = ("chatcmpl-" if chat else "cmpl-") + uuid.uuid4().hex

    def chunk(
        self,
        index: int,
        piece: Piece | None,
        told: Sequence[Told],
        finish: str | None,
        stop: str | None = None,
    ) -> Made:
        """Return a chunk of choice `index`; `stop` is the stop string that ended it, named as vLLM does."""
        choice: Made = {"index": index, "finish_reason": finish}
        if finish:
            choice["stop_reason"] = stop
        if self._chat:
            choice["delta"] = self._delta(index, piece) if piece else {}
            choice["logprobs"] = self.logprobs(told)
            return self._made([choice], ".chunk")
        choice["text"] = piece.content if piece else ""
        choice["logprobs"] = self.logprobs(told)
        return self._made([choice])

    def first(self, index: int) -> Made:
        """Return the chunk that opens a choice of a chat."""
        choice = {"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        return self._made([choice], ".chunk")

    def last(self, usage: Made) -> Made:
        """Return the chunk that has the usage alone."""
        return {**self._made([], ".chunk" if self._chat else ""), "usage": usage}

    def whole(self, choices: list[Made], usage: Made) -> Made:
        """Return a whole answer."""
        return {**self._made(choices), "usage": usage}

    def choice(
        self,
        index: int,
        pieces: Sequence[Piece],
        told: Sequence[Told],
        finish: str | None,
        stop: str | None = None,
    ) -> Made:
        """Return a choice of a whole answer."""
        content = "".join(piece.content for piece in pieces)
        made: Made = {"index": index, "finish_reason": finish, "stop_reason": stop}
        made["logprobs"] = self.logprobs(told)
        if not self._chat:
            return {**made, "text": content}
        message: Made = {"role": "assistant", "content": content}
        if thoughts := "".join(piece.reasoning for piece in pieces):
            message["reasoning_content"] = thoughts
        if calls := [piece.call for piece in pieces if piece.call]:
            message["tool_calls"] = [_call(call) for call in calls]
            message["content"] = content or None
        return {**made, "message": message}

    def logprobs(self, told: Sequence[Told]) -> Made | None:
        """Return probabilities as OpenAI's API has them for chats or for completions."""
        if not told:
            return None
        if self._chat:
            return {"content": [self._token(entry) for entry in told]}
        return {
            "tokens": [self._text(entry.token) for entry in told],
            "token_logprobs": [entry.logprob for entry in told],
            "top_logprobs": [{self._text(token): value for token, value in entry.top} for entry in told],
        }

    def _token(self, entry: Told) -> Made:
        top = [self._one(token, value) for token, value in entry.top]
        return {**self._one(entry.token, entry.logprob), "top_logprobs": top}

    def _one(self, token: int, logprob: float) -> Made:
        text = self._text(token)
        return {"token": text, "logprob": max(logprob, -9999.0), "bytes": list(text.encode())}

    def _delta(self, index: int, piece: Piece) -> Made:
        if piece.call:
            at = self._calls.get(index, 0)
            self._calls[index] = at + 1
            return {"tool_calls": [{"index": at, **_call(piece.call)}]}
        return {"reasoning_content": piece.reasoning} if piece.reasoning else {"content": piece.content}

    def _made(self, choices: list[Made], part: str = "") -> Made:
        return {**self._common, "object": f"{self._common['object']}{part}", "choices": choices}


def _call(call: Call) -> Made:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": "call_" + uuid.uuid4().hex[:24], "type": "function", "function": function}


def error(message: str, status: int, kind: str = "invalid_request_error", param: str | None = None) -> Made:
    """Return an error's body."""
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}
