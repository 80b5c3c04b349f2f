"""Where the servers' JSON differs."""

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Wire:
    """One server's ways. `open` are beginnings of paths that want no key."""

    reasoning: str
    error: Callable[[int, str, str], dict[str, Any]]
    stream_error: Callable[[int, str, str], dict[str, Any]]
    tokenize: str
    metrics: dict[str, str]
    owner: str
    guided: bool = False
    adapters_by_name: bool = True

    def keyed(self, path: str) -> bool:
        """Whether a path wants the key."""
        if self.owner == "vllm":
            return path.startswith("/v1")
        return not path.startswith(("/health", "/metrics"))


def _nested(status: int, message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


def _flat(status: int, message: str, kind: str) -> dict[str, Any]:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


def _flat_inside(status: int, message: str, kind: str) -> dict[str, Any]:
    return {"error": _flat(status, message, kind)}


_VLLM = {
    "queue": "vllm:num_requests_waiting",
    "running": "vllm:num_requests_running",
    "cache": "vllm:kv_cache_usage_perc",
}
_SGLANG = {
    "queue": "sglang:num_queue_reqs",
    "running": "sglang:num_running_reqs",
    "cache": "sglang:token_usage",
}

WIRES = {
    "vllm": Wire("reasoning", _nested, _nested, "/tokenize", _VLLM, "vllm"),
    # 0.10.0: errors flat but in streams, guided_… fields, thoughts under their old name
    "vllm-0.10": Wire("reasoning_content", _flat, _flat_inside, "/tokenize", _VLLM, "vllm", guided=True),
    "sglang": Wire(
        "reasoning_content",
        _flat,
        _flat_inside,
        "/v1/tokenize",
        _SGLANG,
        "sglang",
        adapters_by_name=False,
    ),
}
