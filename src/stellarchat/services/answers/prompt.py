"""From a branch of a chat to the messages that a model reads.

All of a chat is sent, or nothing: what does not fit a model's context is refused by its engine and said on
the page beforehand (services/chats/context.py), never left out unasked. What a person had summarised is told
by the summary in its place.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stellarchat.core.errors import ContextTooLong
from stellarchat.core.messages import FilePart, ImagePart, Message, Role, TextPart, ToolUsePart
from stellarchat.services.answers.spoken import spoken

BRANCH_LIMIT = 5000  # messages of a branch that are read for a prompt
SUMMARY = "summary"
"""The metadata of a system message that stands for those above it, but for the last so many (`kept`)."""

Content = str | list[dict[str, Any]]
Tell = Callable[[FilePart], dict[str, Any]]
"""Returns a file as a part of OpenAI's messages; reads the disk."""


def untold(part: FilePart) -> dict[str, Any]:
    """Name a file where nobody can read it."""
    return {"type": "text", "text": f"[{part.name}]"}


def messages_for(
    system_prompt: str | None, branch: Sequence[Message], tell: Tell = untold
) -> list[dict[str, Any]]:
    """Return OpenAI messages, the system prompt first.

    The stable part comes first and nothing varies from turn to turn, so that the engine's prefix cache
    holds; files stand in the message with which they were given. Reasoning is left out: models are trained
    without their earlier reasoning. Empty answers (failed ones) are left out. Many models take one system
    message and only at the beginning, so a summary is told there.
    """
    summary, told = summarised(branch)
    head = [text for text in (system_prompt, summary) if text and text.strip()]
    wire: list[dict[str, Any]] = []
    if head:
        wire.append({"role": "system", "content": "\n\n".join(head)})
    for message in told:
        if message.role is Role.ASSISTANT and any(isinstance(part, ToolUsePart) for part in message.parts):
            wire += spoken(message.parts)
            continue
        content = _content(message, tell)
        if message.role is Role.ASSISTANT and not content:
            continue
        wire.append({"role": message.role.value, "content": content})
    return wire


async def prompt_for(
    system_prompt: str | None, branch: Sequence[Message], tell: Tell
) -> list[dict[str, Any]]:
    """Return the same; files are read in another thread."""
    if any(isinstance(part, FilePart) for message in branch for part in message.parts):
        return await asyncio.to_thread(messages_for, system_prompt, branch, tell)
    return messages_for(system_prompt, branch, tell)


def summarised(branch: Sequence[Message]) -> tuple[str | None, Sequence[Message]]:
    """Return the newest summary on a branch, and the messages that are told beside it."""
    at = next((at for at in reversed(range(len(branch))) if is_summary(branch[at])), None)
    if at is None:
        return None, branch
    summary = branch[at]
    # counted and not named: a copy of the chat has other ids
    above = [one for one in branch[:at] if not is_summary(one)]
    kept = above[max(0, len(above) - summary.metadata[SUMMARY]["kept"]) :]
    return f"Summary of the conversation up to here:\n{summary.content}", [*kept, *branch[at + 1 :]]


def is_summary(message: Message) -> bool:
    """Whether a message stands for those before it."""
    marked = message.role is Role.SYSTEM and message.metadata.get(SUMMARY)
    return isinstance(marked, dict) and isinstance(kept := marked.get("kept"), int) and kept >= 0


def whole(branch: Sequence[Message]) -> None:
    """Raise ContextTooLong where the beginning of a branch is beyond what is read of it."""
    if branch and branch[0].parent_id is not None and summarised(branch)[0] is None:
        raise ContextTooLong(
            f"The conversation has more than {BRANCH_LIMIT} messages.",
            remedy="Have its older messages summarised, or begin a new chat.",
            sentence="context_messages",
            values={"limit": BRANCH_LIMIT},
        )


def _content(message: Message, tell: Tell) -> Content:
    pieces = list(_pieces(message, tell))
    if all(piece["type"] == "text" for piece in pieces):
        if len(pieces) == 1:
            text: str = pieces[0]["text"]
            return text
        # pieces of an answer that a tool call parted are one text; a document and words are two
        between = "\n\n" if any(isinstance(part, FilePart) for part in message.parts) else ""
        return between.join(piece["text"] for piece in pieces)
    return pieces


def _pieces(message: Message, tell: Tell) -> Iterable[dict[str, Any]]:
    for part in message.parts:
        match part:
            case TextPart(text=text):
                yield {"type": "text", "text": text}
            # engines take pictures from users alone: of those in an answer that was imported, the name
            case FilePart() if message.role is Role.ASSISTANT:
                yield untold(part)
            case ImagePart() if message.role is Role.ASSISTANT:
                yield {"type": "text", "text": "[image]"}
            case ImagePart(url=url):
                yield {"type": "image_url", "image_url": {"url": url}}
            case FilePart():
                yield tell(part)
