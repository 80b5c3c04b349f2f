"""Chats and their trees of messages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from stellarchat.core.errors import ErrorInfo, Values
from stellarchat.core.events import (
    GenerationEvent,
    Text,
    Thinking,
    Timings,
    ToolCall,
    ToolUpdate,
    Usage,
    coalesce,
)
from stellarchat.core.prompts import Sign
from stellarchat.core.tools import CallState, Output, Question


class Role(StrEnum):
    """Who speaks. The words of OpenAI's chat completions."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class MessageStatus(StrEnum):
    """`pending` and `streaming` while a generation runs; the others are final.

    `stopped`: by the person. `interrupted`: engine or server died, can be continued. `error`: nothing
    of the answer came.
    """

    PENDING = "pending"
    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"

    @property
    def final(self) -> bool:
        """Whether no generation will change the message any more."""
        return self not in (MessageStatus.PENDING, MessageStatus.STREAMING)


class TextPart(msgspec.Struct, tag="text"):
    """Plain or Markdown text."""

    text: str


class ThinkingPart(msgspec.Struct, tag="thinking", omit_defaults=True):
    """The model's reasoning, with how long it took in milliseconds."""

    text: str
    duration_ms: float | None = None


class ToolUsePart(msgspec.Struct, tag="tool_use", omit_defaults=True):
    """A tool call the model made, and what came of it; `arguments` is JSON text as the model wrote it.

    The other fields are those of `events.ToolUpdate`.
    """

    id: str
    name: str
    arguments: str
    state: CallState = CallState.WRITTEN
    round: int = 0
    server: str | None = None
    tool: str | None = None
    title: str | None = None
    note: str | None = None
    progress: float | None = None
    outputs: tuple[Output, ...] = ()
    duration_ms: float | None = None
    question: Question | None = None
    login: str | None = None
    sentence: str | None = None
    values: Values | None = None


class ImagePart(msgspec.Struct, tag="image"):
    """An image by data URL or address, as in OpenAI's `image_url` content part."""

    url: str


class FilePart(msgspec.Struct, tag="file", omit_defaults=True):
    """A file, by the id of its attachment, and what is known of that so that nobody need look it up.

    Only `pages` of its `total` pages are read, from the first on; None is all. Only the server fills in what
    is beside `id` and `pages`; `tokens` are of what is read. One without a `hash` is gone: its owner removed
    the file, and the message keeps its name.
    """

    id: str
    hash: str = ""
    name: str = ""
    media_type: str = ""
    size: int = 0
    width: int | None = None
    height: int | None = None
    tokens: int = 0
    pages: int | None = None
    total: int | None = None

    @property
    def is_image(self) -> bool:
        """Whether models are shown it; everything else they read."""
        return self.width is not None

    @property
    def is_gone(self) -> bool:
        """Whether its owner removed the file."""
        return not self.hash


Part = TextPart | ThinkingPart | ToolUsePart | ImagePart | FilePart


NAMELESS = "nameless"
"""In the metadata of an answer that is compared blindly: its model must not be told before the vote."""


class Message(msgspec.Struct, kw_only=True):
    """A node of a chat's tree.

    `timestamp` is when it was said, `updated_at` when the row last changed. `client_id` is the
    sender's own name for it: a replayed request with the same one makes no second message.
    `rev` is the chat's revision at the last change.
    """

    id: str
    chat_id: str
    parent_id: str | None
    role: Role
    parts: list[Part]
    status: MessageStatus = MessageStatus.COMPLETE
    model: str | None = None
    client_id: str | None = None
    generation_id: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    error: ErrorInfo | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    rev: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def content(self) -> str:
        """The text of the message, thinking and images left out."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def nameless(self) -> bool:
        """Whether it must not be told which model wrote it."""
        return bool(self.metadata.get(NAMELESS))

    def shown(self) -> "Message":
        """Return it as its readers may see it: of a nameless one nothing that tells its model."""
        if not self.nameless:
            return self
        kept = {name: self.metadata[name] for name in (NAMELESS, "structured") if name in self.metadata}
        error = None if self.error is None else unnamed(self.error)
        return msgspec.structs.replace(self, model=None, metadata=kept, error=error)


def unnamed(error: ErrorInfo) -> ErrorInfo:
    """Return an error without the words in which a model or an engine may be named."""
    return msgspec.structs.replace(
        error,
        message="This answer failed.",
        remedy="Vote, and you will see which model it was and why it failed.",
        detail=None,
        param=None,
    )


class Chat(msgspec.Struct, kw_only=True):
    """A conversation: a tree of messages with one active leaf.

    `title_by` is `person`, `model` or `fallback`: a title a person gave is never overwritten.
    `params` are the chat's own generation parameters, in OpenAI's words. `persona` is the one that was
    chosen for it; what that says of model, instructions and parameters is the chat's own since.
    """

    id: str
    user_id: str
    title: str = ""
    title_by: str = "fallback"
    model: str | None = None
    system_prompt: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    persona: Sign | None = None
    folder: str | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    active_leaf_id: str | None = None
    rev: int = 0
    pinned_at: datetime | None = None
    archived_at: datetime | None = None
    deleted_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime


class Node(msgspec.Struct, frozen=True):
    """The bare shape of a message in the tree."""

    id: str
    parent_id: str | None
    created_at: datetime


def path(nodes: Mapping[str, Node], leaf: str | None) -> list[str]:
    """Return the ids from the root down to `leaf`; [] where `leaf` is None or unknown."""
    line: list[str] = []
    seen: set[str] = set()
    while leaf is not None and leaf in nodes and leaf not in seen:
        seen.add(leaf)
        line.append(leaf)
        leaf = nodes[leaf].parent_id
    return line[::-1]


def children(nodes: Iterable[Node]) -> dict[str | None, list[str]]:
    """Return each parent's children, oldest first; roots stand under None."""
    found: dict[str | None, list[str]] = {}
    for node in sorted(nodes, key=lambda node: (node.created_at, node.id)):
        found.setdefault(node.parent_id, []).append(node.id)
    return found


def downward(nodes: Mapping[str, Node]) -> list[str]:
    """Return the ids of a whole tree, every parent before its children, branch after branch."""
    below = children(nodes.values())
    line: list[str] = []
    waiting = below.get(None, [])[::-1]
    while waiting:
        line.append(waiting.pop())
        waiting += reversed(below.get(line[-1], ()))
    return line


def newest_leaf(nodes: Mapping[str, Node], start: str) -> str:
    """Follow the youngest child from `start` down to a leaf: where a branch picker lands."""
    below = children(nodes.values())
    while below.get(start):
        start = below[start][-1]
    return start


def fold(parts: list[Part], events: Iterable[GenerationEvent]) -> list[Part]:
    """Return `parts` extended by what `events` say. Pure; `parts` is left as it is."""
    grown = list(parts)
    calls: dict[int, int] = {}
    for event in coalesce(events):
        last = grown[-1] if grown else None
        if isinstance(event, Text):
            if isinstance(last, TextPart):
                grown[-1] = TextPart(last.text + event.text)
            else:
                grown.append(TextPart(event.text))
        elif isinstance(event, Thinking):
            if isinstance(last, ThinkingPart):
                grown[-1] = ThinkingPart(last.text + event.text, last.duration_ms)
            else:
                grown.append(ThinkingPart(event.text))
        elif isinstance(event, ToolCall):
            at = calls.get(event.index)
            if at is None:
                calls[event.index] = len(grown)
                grown.append(ToolUsePart(event.id or "", event.name or "", event.arguments))
            else:
                call = grown[at]
                assert isinstance(call, ToolUsePart)
                grown[at] = ToolUsePart(
                    event.id or call.id, event.name or call.name, call.arguments + event.arguments
                )
        elif isinstance(event, ToolUpdate):
            _update(grown, event)
    return grown


def cut(parts: list[Part]) -> list[Part]:
    """Return `parts` with the calls that were running when their reply broke off marked as such."""
    return [
        msgspec.structs.replace(part, state=CallState.CUT, progress=None, question=None)
        if isinstance(part, ToolUsePart) and part.state is CallState.RUNNING
        else part
        for part in parts
    ]


def _update(parts: list[Part], event: ToolUpdate) -> None:
    """Put what is known of a call into its part."""
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        if isinstance(part, ToolUsePart) and part.id == event.id:
            parts[at] = ToolUsePart(
                part.id,
                part.name,
                part.arguments,
                event.state,
                event.round,
                event.server,
                event.tool,
                event.title,
                event.note,
                event.progress,
                event.outputs,
                event.duration_ms,
                event.question,
                event.login,
                event.sentence,
                event.values,
            )
            return
