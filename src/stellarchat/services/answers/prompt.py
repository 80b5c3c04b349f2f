"""From a branch of a chat to the messages that a model reads."""

from collections.abc import Iterable
from typing import Any

from stellarchat.core.messages import ImagePart, Message, Role, TextPart

BRANCH_LIMIT = 2000  # messages of a branch that are read for a prompt


def messages_for(system_prompt: str | None, branch: Iterable[Message]) -> list[dict[str, Any]]:
    """Return OpenAI messages, the system prompt first.

    The stable part comes first and nothing varies from turn to turn, so that the engine's prefix cache
    holds. Reasoning is left out: models are trained without their earlier reasoning. Empty answers
    (failed ones) are left out.
    """
    wire: list[dict[str, Any]] = []
    if system_prompt and system_prompt.strip():
        wire.append({"role": "system", "content": system_prompt})
    for message in branch:
        content = _content(message)
        if message.role is Role.ASSISTANT and not content:
            continue
        wire.append({"role": message.role.value, "content": content})
    return wire


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not any(isinstance(part, ImagePart) for part in message.parts):
        return message.content
    return [
        {"type": "image_url", "image_url": {"url": part.url}}
        if isinstance(part, ImagePart)
        else {"type": "text", "text": part.text}
        for part in message.parts
        if isinstance(part, ImagePart | TextPart)
    ]
