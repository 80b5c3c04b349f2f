"""The JSON a fake engine answers with, in the shapes of llama.cpp's server."""

import base64
import hashlib
import json
import struct
import time
from collections.abc import Sequence
from typing import Any

_UNICODE = ("héllo ", "你好", "，世界", " 🙂", "👩‍👩‍👧", " naïve", "ß", " ")  # fmt: skip


def token(index: int, *, unicode: bool = False) -> str:
    """Return the text of answer token `index`, counted from 0."""
    return _UNICODE[index % len(_UNICODE)] if unicode else f"tok{index % 100:02d} "


def text(tokens: int, *, unicode: bool = False) -> str:
    """Return the whole text that `tokens` answer tokens make: what a test expects."""
    return "".join(token(index, unicode=unicode) for index in range(tokens))


def thought(tokens: int) -> str:
    """Return the whole text that `tokens` reasoning tokens make."""
    return "".join(f"hm{index % 100:02d} " for index in range(tokens))


def error(status: int, message: str, kind: str, **more: object) -> dict[str, Any]:
    """Return an error body."""
    return {"error": {"code": status, "message": message, "type": kind, **more}}


def usage(prompt: int, completion: int, reasoning: int, cached: int) -> dict[str, Any]:
    """Return OpenAI's usage object."""
    found: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion + reasoning,
        "total_tokens": prompt + completion + reasoning,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    if reasoning:
        found["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return found


def timings(
    prompt: int, prompt_ms: float, completion: int, completion_ms: float, cached: int
) -> dict[str, Any]:
    """Return llama.cpp's timings object."""
    return {
        "cache_n": cached,
        "prompt_n": prompt - cached,
        "prompt_ms": prompt_ms,
        "prompt_per_second": (prompt - cached) / max(prompt_ms, 0.001) * 1000,
        "predicted_n": completion,
        "predicted_ms": completion_ms,
        "predicted_per_second": completion / max(completion_ms, 0.001) * 1000,
    }


def tool_call(index: int) -> dict[str, Any]:
    """Return the tool call `index` of an answer: `get_weather` for `City <index>`."""
    arguments = json.dumps({"city": f"City {index}"})
    return {
        "index": index,
        "id": f"call_{index}",
        "type": "function",
        "function": {"name": "get_weather", "arguments": arguments},
    }


class Frames:
    """The server-sent events of one streamed answer."""

    def __init__(self, identity: str, model: str, *, chat: bool, newline: bytes) -> None:
        self._base = {
            "id": identity,
            "object": "chat.completion.chunk" if chat else "text_completion",
            "created": int(time.time()),
            "model": model,
        }
        self._chat = chat
        self._newline = newline

    def event(self, data: bytes) -> bytes:
        """Return one event with `data` as it is."""
        return b"data: " + data + self._newline * 2

    def body(self, choices: list[dict[str, Any]], **more: object) -> bytes:
        """Return a chunk with these choices."""
        return self.event(json.dumps(self._base | {"choices": choices} | more, ensure_ascii=False).encode())

    def delta(self, delta: dict[str, Any], finish: str | None = None, **more: object) -> bytes:
        """Return a chunk with one delta; a plain completion's `content` becomes its `text`."""
        if self._chat:
            return self.body([{"index": 0, "delta": delta, "finish_reason": finish}], **more)
        return self.body([{"index": 0, "text": delta.get("content", ""), "finish_reason": finish}], **more)


def embedding(content: str, dimensions: int, encoding: str | None) -> list[float] | str:
    """Return a vector that depends on `content` alone, of length 1."""
    raw = hashlib.shake_256(content.encode()).digest(dimensions)
    vector = [byte / 127.5 - 1 for byte in raw]
    norm = sum(value * value for value in vector) ** 0.5 or 1.0
    vector = [value / norm for value in vector]
    if encoding == "base64":
        return base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
    return vector


def ranking(body: dict[str, Any]) -> dict[str, Any]:
    """Return scores in the documents' order: the share of a document's words that the query has."""
    query, documents = set(str(body["query"]).split()), [str(one) for one in body["documents"]]
    results = [
        {"index": index, "relevance_score": len(query & set(text.split())) / max(1, len(text.split()))}
        for index, text in enumerate(documents)
    ]
    count = sum(len(text.split()) for text in documents)
    used = {"prompt_tokens": count, "total_tokens": count}
    return {"model": "fake", "object": "list", "results": results, "usage": used}


def template(messages: list[dict[str, Any]], tools: Sequence[dict[str, Any]] = ()) -> str:
    """Return messages as one prompt, behind the tools that are offered: a word each of their words."""
    offered = "".join(f"<tool> {json.dumps(tool)}\n" for tool in tools)
    return offered + "".join(f"<{message['role']}> {plain(message.get('content'))}\n" for message in messages)


def plain(content: object) -> str:
    """Return the text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def last_user(body: dict[str, Any]) -> str:
    """Return what the user said last. Raises ValueError where nobody said anything."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("'messages' is required")
    said = [plain(message.get("content")) for message in messages if message.get("role") == "user"]
    return said[-1] if said else ""


def count(body: dict[str, Any]) -> int:
    """Return the prompt's length in tokens: one per word."""
    prompt = body.get("prompt")
    return len((template(body["messages"]) if prompt is None else str(prompt)).split())


def metrics(active: int, queued: int, tokens: int) -> str:
    """Return the Prometheus text of llama.cpp's `/metrics`."""
    rows = {
        "requests_processing": ("gauge", active),
        "requests_deferred": ("gauge", queued),
        "tokens_predicted_total": ("counter", tokens),
    }
    return "".join(
        f"# HELP llamacpp:{name} {name}\n# TYPE llamacpp:{name} {kind}\nllamacpp:{name} {value}\n"
        for name, (kind, value) in rows.items()
    )
