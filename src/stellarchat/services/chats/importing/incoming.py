"""What every kind of export becomes before it is stored: a chat with a tree of messages, in their own ids."""

import base64
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.core.messages import FilePart, ImagePart, Message, Part, Role, TextPart, ToolUsePart
from stellarchat.core.tools import CallState
from stellarchat.services import parameters
from stellarchat.services.tools.results import returned

TITLE_CHARS: Final = 200
MESSAGES: Final = 20_000
"""Messages of one chat: all are written in one transaction, for which others wait."""
_TAGS, _TAG_CHARS, _FOLDER_CHARS, _MODEL_CHARS = 32, 64, 255, 256
_IMAGE_CHARS = 20_000_000
_MILLISECONDS_SINCE = 1e11  # a greater number of seconds would be the year 5138
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(Exception):
    """A record is not what its kind should be; the words are for whoever sent it.

    `sentence` and `values` are as those of errors.
    """

    def __init__(self, words: str, sentence: str = "import_unlike", **values: str | int) -> None:
        super().__init__(words)
        self.sentence, self.values = sentence, values


class Incoming(msgspec.Struct, kw_only=True):
    """A chat as it came. Ids of messages are those of the source, parents stand before their children.

    `source` and `id` name it, so that it is known again. `active_leaf` may be None: the newest leaf.
    """

    source: str
    id: str
    title: str = ""
    titled: bool = True
    model: str | None = None
    system_prompt: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    folder: str | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    pinned: bool = False
    archived: bool = False
    created_at: datetime
    updated_at: datetime
    messages: list[Message]
    active_leaf: str | None = None


def message(
    id: str,
    parent_id: str | None,
    role: Role,
    parts: list[Part],
    at: datetime | None,
    **more: Any,
) -> Message:
    """Return a message that came; one without a time of its own gets its parent's, see `settled`."""
    return Message(
        id=id,
        chat_id="",
        parent_id=parent_id,
        role=role,
        parts=parts,
        created_at=at or _EPOCH,
        updated_at=at or _EPOCH,
        **more,
    )


def settled(chat: Incoming) -> Incoming:
    """Bring the messages into order and the fields into bounds. Raises Unreadable.

    A message whose parent is unknown becomes a root; times that are missing are the parent's.
    """
    if not chat.id:
        raise Unreadable("it has no id", "import_no_id")
    if len(chat.messages) > MESSAGES:
        raise Unreadable(
            f"it has {len(chat.messages)} messages, more than the {MESSAGES} that are taken",
            "import_many_messages",
            count=len(chat.messages),
            limit=MESSAGES,
        )
    chat.messages = _ordered(chat.messages)
    by_id = {one.id: one for one in chat.messages}
    times = [one.created_at for one in chat.messages if one.created_at != _EPOCH]
    if chat.created_at == _EPOCH:
        chat.created_at = min(times, default=datetime.now(UTC))
    for one in chat.messages:
        if one.created_at == _EPOCH:
            above = by_id.get(one.parent_id or "")
            one.created_at = above.created_at if above else chat.created_at
        one.updated_at = max(one.updated_at, one.created_at)
        one.model = one.model[:_MODEL_CHARS] if one.model else None
    if chat.updated_at == _EPOCH:
        chat.updated_at = max((one.created_at for one in chat.messages), default=chat.created_at)
    if chat.active_leaf not in by_id:
        chat.active_leaf = _newest_leaf(chat.messages)
    chat.title = " ".join(chat.title.split())[:TITLE_CHARS]
    chat.model = chat.model[:_MODEL_CHARS] if chat.model else None
    chat.folder = chat.folder.strip()[:_FOLDER_CHARS] or None if chat.folder else None
    chat.tags = list(dict.fromkeys(tag.strip()[:_TAG_CHARS] for tag in chat.tags if tag.strip()))[:_TAGS]
    chat.params = known_parameters(chat.params)
    return chat


def _ordered(messages: list[Message]) -> list[Message]:
    by_id: dict[str, Message] = {}
    for one in messages:
        by_id.setdefault(one.id, one)
    below: dict[str | None, list[Message]] = {}
    for one in by_id.values():
        if one.parent_id not in by_id:
            one.parent_id = None
        below.setdefault(one.parent_id, []).append(one)
    line: list[Message] = []
    waiting = below.get(None, [])[::-1]
    while waiting:
        line.append(waiting.pop())
        waiting += reversed(below.get(line[-1].id, ()))
    if len(line) < len(by_id):
        raise Unreadable("its messages follow each other in a circle", "import_circle")
    return line


def _newest_leaf(messages: list[Message]) -> str | None:
    parents = {one.parent_id for one in messages}
    leaves = [one for one in messages if one.id not in parents]
    return max(leaves, key=lambda one: one.created_at).id if leaves else None


def known_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return of another program's parameters those that mean the same here and are in bounds."""
    found: dict[str, Any] = {}
    for name, value in params.items():
        try:
            found.update(parameters.check({name: value}))
        except BadRequest:
            continue
    return found


def moment(value: Any) -> datetime | None:
    """Return a time given as ISO 8601, seconds or milliseconds; None where it is none."""
    try:
        if isinstance(value, bool) or value in (None, ""):
            return None
        if isinstance(value, int | float):
            if not math.isfinite(value) or value <= 0:
                return None
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_SINCE else value, UTC)
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def time_or_none_known(*values: Any) -> datetime:
    """Return the first of these that is a time, else what `settled` takes for unknown."""
    return next((at for value in values if (at := moment(value))), _EPOCH)


def text(value: Any) -> str:
    """Return a text, "" where it is none."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any]:
    """Return a list, an empty one where it is none."""
    return value if isinstance(value, list) else []


def image(url: Any) -> ImagePart | None:
    """Return a picture that lies in the file itself, to become an attachment; None for one of elsewhere."""
    if isinstance(url, str) and url.startswith("data:image/") and len(url) <= _IMAGE_CHARS:
        return ImagePart(url)
    return None


def called(id: str, name: str, arguments: str, result: str | None) -> ToolUsePart:
    """Return a call of a tool as it was made elsewhere, with what it came to where that is known."""
    if result is None:
        return ToolUsePart(id, name, arguments)
    outputs = returned([{"type": "text", "text": result}] if result else (), None, failed=False).outputs
    # what an engine would choke on is shown, and no model is told of it
    state = CallState.DONE if id and _is_object(arguments) else CallState.WRITTEN
    return ToolUsePart(id, name, arguments, state, outputs=outputs)


def _is_object(words: str) -> bool:
    try:
        return isinstance(json.loads(words or "{}"), dict)
    except ValueError:
        return False


def document(name: str, words: str) -> FilePart:
    """Return a document of which the file holds the text alone, to become an attachment of that text."""
    data = base64.b64encode(words.encode("utf-8", "replace")).decode()
    return FilePart(f"data:text/plain;base64,{data}", name=f"{name}.txt")


def absent(names: Iterable[str]) -> list[Part]:
    """Return what stands in a message for attachments that could not come along."""
    plain = [" ".join(name.replace("*", "").replace("`", "").split())[:200] for name in names if name]
    if not plain:
        return []
    return [TextPart(f"\n\n*[Not imported: {', '.join(plain)}]*")]
