"""The sampling parameters a chat or a request may set, in OpenAI's words, and what they can mean.

How much one request may ask for is a matter of the doors: `limits` in the configuration.
"""

from collections.abc import Mapping
from typing import Any

from stellarchat.core.errors import BadRequest

_NUMBERS: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "repeat_penalty": (0.0, 10.0),
}
_INTEGERS: dict[str, tuple[int, int]] = {
    "max_tokens": (1, 2**31 - 1),
    "top_k": (0, 100_000),
    "seed": (-1, 2**63 - 1),
}
_OTHER = (
    "stop",
    "thinking",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
)
NAMES = frozenset((*_NUMBERS, *_INTEGERS, *_OTHER))


def check(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are set (not None). Raises BadRequest naming the field."""
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name not in NAMES:
            raise BadRequest(
                f"Unknown parameter {name!r}.",
                param=name,
                remedy=f"Known are: {', '.join(sorted(NAMES))}.",
                sentence="param_none",
                values={"field": name},
            )
        if value is not None:
            _one(name, value)
            found[name] = value
    return found


def _one(name: str, value: Any) -> None:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadRequest(
                f"{name} must be a number from {low:g} to {high:g}.",
                param=name,
                sentence="param_number",
                values={"field": name, "low": low, "high": high},
            )
    elif name in _INTEGERS:
        least, most = _INTEGERS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadRequest(
                f"{name} must be a whole number from {least} to {most}.",
                param=name,
                sentence="param_integer",
                values={"field": name, "low": least, "high": most},
            )
    elif name == "stop":
        stops = [value] if isinstance(value, str) else value
        if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
            raise BadRequest(
                "stop must be a text or a list of texts, none of them empty.",
                param=name,
                sentence="param_stop",
            )
    elif name == "tools":
        _servers(value)
    elif name == "thinking" and not isinstance(value, bool):
        raise BadRequest("thinking must be true or false.", param=name)


def _servers(tools: Any) -> None:
    """Check the entries that name tool servers, as in OpenAI's Responses API; others are the engine's."""
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict) or tool.get("type") != "mcp":
            continue
        label, allowed = tool.get("server_label"), tool.get("allowed_tools")
        if not isinstance(label, str) or not 0 < len(label) <= 64:
            raise BadRequest("An mcp tool has a server_label of 1 to 64 characters.", param="tools")
        if allowed is not None and not (
            isinstance(allowed, list)
            and len(allowed) <= 200
            and all(isinstance(one, str) and len(one) <= 128 for one in allowed)
        ):
            raise BadRequest("allowed_tools must be a list of up to 200 names.", param="tools")
        if unknown := tool.keys() - {"type", "server_label", "allowed_tools"}:
            raise BadRequest(
                f"An mcp tool has no {min(unknown)!r} here.",
                param="tools",
                remedy="Servers are added under /api/tools/servers, by an administrator.",
            )


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay parameters over one another; later ones win, None or [] takes one back to the engine's default."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    return {name: value for name, value in merged.items() if value is not None and value != []}
