"""What a model said and called in one reply, as the messages that it reads afterwards."""

from collections.abc import Iterable
from typing import Any

from stellarchat.core.messages import Part, TextPart, ToolUsePart
from stellarchat.core.tools import ANSWERED, CallState
from stellarchat.services.tools.results import told


def spoken(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Return what a model said and called in one reply, and what it was told of its calls.

    Calls of one round stand together. Those that have no result are left out: no engine takes them.
    """
    wire: list[dict[str, Any]] = []
    text: list[str] = []
    calls: list[ToolUsePart] = []
    for part in parts:
        if isinstance(part, TextPart):
            if calls:
                _say(wire, text, calls)
            text.append(part.text)
        elif isinstance(part, ToolUsePart) and part.state in ANSWERED:
            if calls and calls[-1].round != part.round:
                _say(wire, text, calls)
            calls.append(part)
    _say(wire, text, calls)
    return wire


def _say(wire: list[dict[str, Any]], text: list[str], calls: list[ToolUsePart]) -> None:
    said: dict[str, Any] = {"role": "assistant", "content": "".join(text)}
    if calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.strip() or "{}"},
            }
            for call in calls
        ]
    if calls or said["content"]:
        wire.append(said)
    wire += [{"role": "tool", "tool_call_id": call.id, "content": _answered(call)} for call in calls]
    text.clear()
    calls.clear()


def _answered(call: ToolUsePart) -> str:
    if call.state is CallState.DENIED:
        why = f" Their reason: {call.note}" if call.note else ""
        return f"The person did not allow this call.{why}"
    if call.state is CallState.CUT:
        return "The call was interrupted. Nobody knows whether it took effect."
    if call.state is CallState.FAILED:
        return f"Error: {told(call.outputs) if call.outputs else call.note}"
    return told(call.outputs)
