"""Our own export (docs/api.md): nothing is lost on the way out and in again."""

from typing import Any

import msgspec

from stellarchat.core.messages import Chat, Message, MessageStatus
from stellarchat.services.chats.exports import FORMAT, VERSION
from stellarchat.services.chats.importing.incoming import Incoming, Unreadable, entries

SOURCE = "stellarchat"


def is_one(record: dict[str, Any]) -> bool:
    """Whether a record is of this kind."""
    return "title_by" in record and "active_leaf_id" in record


def check(head: dict[str, Any]) -> None:
    """Look at what stands before the chats. Raises Unreadable for a file of a later version."""
    version = head.get("version")
    if head.get("format") == FORMAT and version != VERSION:
        raise Unreadable(
            f"the file has version {version!s} of the format, and this program reads {VERSION}; update it",
            "import_newer",
            version=str(version)[:20],
        )


def read(record: dict[str, Any]) -> Incoming:
    """Return the chat. Raises Unreadable naming the field."""
    try:
        said = [msgspec.convert({**one, "chat_id": ""}, Message) for one in entries(record.get("messages"))]
        fields = {name: value for name, value in record.items() if name != "messages"}
        chat = msgspec.convert({**fields, "user_id": ""}, Chat)
    except (msgspec.ValidationError, TypeError) as error:
        raise Unreadable(str(error)) from None
    for one in said:
        one.generation_id = None
        if not one.status.final:  # it was being written when the file was
            one.status = MessageStatus.INTERRUPTED
    return Incoming(
        source=SOURCE,
        id=chat.id,
        title=chat.title,
        titled=chat.title_by != "fallback",
        model=chat.model,
        system_prompt=chat.system_prompt,
        params=chat.params,
        folder=chat.folder,
        tags=chat.tags,
        pinned=chat.pinned_at is not None,
        archived=chat.archived_at is not None,
        created_at=chat.created_at,
        updated_at=chat.last_message_at,
        messages=said,
        active_leaf=chat.active_leaf_id,
    )
