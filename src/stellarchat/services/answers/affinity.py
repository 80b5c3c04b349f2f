"""What requests share that had better be answered by the same replica."""

from typing import Any

import msgspec

PROMPT_CHARS = 1024


def beginning(body: dict[str, Any]) -> str | None:
    """Return a name for how a request's prompt begins: all up to the first thing that a user says.

    Later turns of a conversation begin like its first one. None where nothing is known of the prompt.
    """
    messages, prompt = body.get("messages"), body.get("prompt")
    if isinstance(messages, list):
        head = []
        for message in messages:
            head.append(message)
            if isinstance(message, dict) and message.get("role") == "user":
                break
        return f"{hash(msgspec.json.encode(head)):x}"
    if isinstance(prompt, str):
        return f"{hash(prompt[:PROMPT_CHARS]):x}"
    return None
