"""A chat made of one branch of another: the same words, from there on on their own."""

from datetime import UTC, datetime

import msgspec

from stellarchat.core.errors import BranchBusy, NotFound, PayloadTooLarge
from stellarchat.core.ids import new_id
from stellarchat.core.messages import NAMELESS, Chat, path
from stellarchat.store.database import Transaction

TITLE_CHARS = 200
LIMIT = 10_000
"""Messages of a branch. All are written in one transaction, for which others wait: some 3 s for as many."""
_ENDING = " (fork)"
_AT_ONCE = 200
"""Messages copied together; a whole branch, with its pictures, may be too much to hold."""


async def fork(tx: Transaction, chat: Chat, leaf: str | None, title: str | None) -> Chat:
    """Copy `chat` with the messages from the root down to `leaf` (None: none) and return the copy.

    All that was said, by whom and when is kept; ids are new, and names that requests gave to messages and
    runs of models are not taken along. Raises NotFound for an unknown leaf, PayloadTooLarge for a branch of
    more than LIMIT messages, BranchBusy where one of them is still being written.
    """
    line: list[str] = []
    if leaf is not None:
        line = path(await tx.messages.nodes(chat.id), leaf)
        if not line:
            raise NotFound(
                "there is no such message in this chat",
                param="message_id",
                detail=leaf,
                sentence="message_none",
            )
        if len(line) > LIMIT:
            raise PayloadTooLarge(
                f"The branch has {len(line)} messages, more than the {LIMIT} that are copied at once.",
                param="message_id",
                remedy="Fork from a message further up.",
                sentence="branch_long",
                values={"count": len(line), "limit": LIMIT},
            )
    copy = _blank(chat, title)
    await tx.chats.add(copy)
    parent_id: str | None = None
    for start in range(0, len(line), _AT_ONCE):
        messages = await tx.messages.many(line[start : start + _AT_ONCE])
        for message in messages:
            if not message.status.final:
                raise BranchBusy(
                    "A reply is still being written on this branch.",
                    remedy="Wait for it to end, or stop it.",
                    sentence="reply_unfinished",
                )
            message.id, message.chat_id, message.parent_id = new_id(), copy.id, parent_id
            message.client_id = message.generation_id = None
            message.metadata.pop(NAMELESS, None)  # no vote would ever lift it from a copy
            parent_id = message.id
        await tx.messages.add_many(copy.id, messages, copy.rev)
    copy.active_leaf_id = parent_id
    copy.rev = await tx.chats.touch(copy.id, parent_id, copy.last_message_at)
    return copy


def _blank(chat: Chat, title: str | None) -> Chat:
    now = datetime.now(UTC)
    given = (title or "").strip()
    if not given and chat.title:
        given = chat.title[: TITLE_CHARS - len(_ENDING)] + _ENDING
    return msgspec.structs.replace(
        chat,
        id=new_id(),
        title=given,
        # whoever forks has named it; one without a name gets it as every chat does
        title_by="person" if given else "fallback",
        active_leaf_id=None,
        rev=0,
        pinned_at=None,
        archived_at=None,
        created_at=now,
        updated_at=now,
        last_message_at=now,
    )
