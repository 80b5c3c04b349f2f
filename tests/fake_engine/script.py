"""Which tools the fake engine calls, round by round, written into the last user message.

`add <<round [{"name": "add", "arguments": {"a": 1}}]>>`: the first request is answered with that call, the
one that brings its result with the next round's calls, and when there are no more with text. Arguments that
are a text are sent as they are, however broken. A request with `tool_choice` "none" gets text at once.
"""

import json
import re
from typing import Any

_ROUND = re.compile(r"<<round (.*?)>>", re.S)


def rounds(*calls: list[tuple[str, Any]]) -> str:
    """Return the words for these rounds of (name, arguments)."""
    return " ".join(
        f"<<round {json.dumps([{'name': name, 'arguments': arguments} for name, arguments in some])}>>"
        for some in calls
    )


def calls(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what this request is to be answered with, in OpenAI's form; [] where it is text."""
    if body.get("tool_choice") == "none":
        return []
    messages = body.get("messages") or []
    places = [at for at, message in enumerate(messages) if message.get("role") == "user"]
    if not places or not isinstance(messages[places[-1]].get("content"), str):
        return []
    found = _ROUND.findall(messages[places[-1]]["content"])
    done = sum(1 for message in messages[places[-1] :] if message.get("tool_calls"))
    if done >= len(found):
        return []
    return [
        {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": call["name"], "arguments": _text(call["arguments"])},
        }
        for index, call in enumerate(json.loads(found[done]))
    ]


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
