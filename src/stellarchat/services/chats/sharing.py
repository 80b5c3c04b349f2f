"""Chats that whoever has the link may read: one branch, and of it only what its owner chose.

The token is kept as it is. Whoever can read the table can read the chats, so a hash would guard nothing, and
the owner is to see the link again.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from stellarchat.core.errors import BadRequest, BranchBusy, Forbidden, NotFound
from stellarchat.core.files import Attachment
from stellarchat.core.messages import Chat, Message, Role, path
from stellarchat.core.records import Share
from stellarchat.services.files.files import Files
from stellarchat.store.database import Store, Transaction

PAGE: Final = 100
"""Messages of one page of a shared chat."""
AUTHOR_CHARS: Final = 100
_TOKEN_BYTES = 24  # 192 bits


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a link shows: down to one message, or `live`: always the active branch.

    `message_id` None is the active leaf of now. `author` names the person, `models` shows which models
    answered, `documents` lets attached documents be taken; images are shown always.
    """

    live: bool = False
    message_id: str | None = None
    author: str | None = None
    models: bool = True
    system_prompt: bool = False
    documents: bool = True


class Shown(msgspec.Struct, frozen=True):
    """A piece of a shared chat, root-most message first, and what may be shown of it."""

    share: Share
    chat: Chat
    messages: Sequence[Message]
    has_more: bool


class Sharing:
    """Makes links, takes them back, and reads for those who have one. `allowed` is the operator's word."""

    def __init__(self, store: Store, files: Files | None, *, allowed: bool) -> None:
        self._store, self._files, self.allowed = store, files, allowed

    async def share(self, user_id: str, chat_id: str, terms: Terms) -> Share:
        """Make a link to a chat, or change what the one it has shows.

        Raises NotFound, Forbidden, BadRequest, and BranchBusy for a reply that is still being written.
        """
        if not self.allowed:
            raise Forbidden(
                "Sharing is switched off here.",
                remedy="Ask whoever runs this server.",
                sentence="sharing_off",
            )
        author = " ".join((terms.author or "").split())[:AUTHOR_CHARS] or None
        async with self._store.transaction() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            leaf = None if terms.live else await _leaf(tx, chat, terms.message_id)
            known = await tx.shares.of(chat_id)
            share = Share(
                chat_id=chat_id,
                token=known.token if known else secrets.token_urlsafe(_TOKEN_BYTES),
                user_id=user_id,
                leaf_id=leaf,
                author=author,
                models=terms.models,
                system_prompt=terms.system_prompt,
                documents=terms.documents,
                created_at=known.created_at if known else datetime.now(UTC),
            )
            await tx.shares.put(share)
        return share

    async def link(self, user_id: str, chat_id: str) -> Share:
        """Return the link of a chat. Raises NotFound, also where it has none."""
        async with self._store.read() as tx:
            await tx.chats.get(user_id, chat_id)
            share = await tx.shares.of(chat_id)
        if share is None:
            raise NotFound(
                "This chat is not shared.", param="chat_id", detail=chat_id, sentence="chat_unshared"
            )
        return share

    async def revoke(self, user_id: str, chat_id: str) -> None:
        """Take the link of a chat back: it leads nowhere from now on. Raises as `link`."""
        async with self._store.transaction() as tx:
            await tx.chats.get(user_id, chat_id)
            if not await tx.shares.remove(chat_id):
                raise NotFound(
                    "This chat is not shared.", param="chat_id", detail=chat_id, sentence="chat_unshared"
                )

    async def read(self, token: str, before: str | None = None, limit: int = PAGE) -> Shown:
        """Return the end of a shared chat, or what is above a message of it. Raises NotFound."""
        if not 1 <= limit <= PAGE:
            raise BadRequest(f"limit must be from 1 to {PAGE}.", param="limit")
        async with self._store.read() as tx:
            share, chat = await self._shared(tx, token)
            start = share.leaf_id or chat.active_leaf_id
            if before is not None:
                line = path(await tx.messages.nodes(chat.id), start)
                # what is above one that is not shown is not shown either
                if before not in line:
                    raise NotFound(
                        "There is no such message.", param="before", detail=before, sentence="message_none"
                    )
                start = line[line.index(before) - 1] if line.index(before) else None
            messages = [] if start is None else await tx.messages.branch(chat.id, start, limit)
        more = bool(messages) and messages[0].parent_id is not None
        return Shown(share, chat, [one for one in messages if _is_shown(one)], more)

    async def file(self, token: str, file_id: str) -> tuple[Attachment, Path]:
        """Return a file of a message that the link shows. Raises NotFound, for all other files too."""
        async with self._store.read() as tx:
            share, chat = await self._shared(tx, token)
            holders = await tx.messages.holding(chat.id, file_id)
            line = set(path(await tx.messages.nodes(chat.id), share.leaf_id or chat.active_leaf_id))
            holding = await tx.messages.many(one for one in holders if one in line)
        if self._files is None or not any(_is_shown(one) for one in holding):
            raise NotFound("There is no such file.", param="file_id", detail=file_id, sentence="file_none")
        found, original = await self._files.original(share.user_id, file_id)
        if not (found.is_image or share.documents):
            raise NotFound("There is no such file.", param="file_id", detail=file_id, sentence="file_none")
        return found, original

    async def _shared(self, tx: Transaction, token: str) -> tuple[Share, Chat]:
        share = await tx.shares.by_token(token) if self.allowed else None
        if share is None:
            raise NotFound(
                "This link leads nowhere, or was taken back.", param="token", sentence="share_gone"
            )
        return share, await tx.chats.get(share.user_id, share.chat_id)


def _is_shown(message: Message) -> bool:
    return message.role is not Role.SYSTEM


async def _leaf(tx: Transaction, chat: Chat, message_id: str | None) -> str:
    leaf = message_id or chat.active_leaf_id
    if leaf is None:
        raise BadRequest(
            "There is nothing in this chat that could be shared.",
            param="message_id",
            remedy="Write something first.",
            sentence="share_nothing",
        )
    try:
        message = await tx.messages.get(chat.id, leaf)
    except NotFound as error:
        error.param = "message_id"
        raise
    if not message.status.final:
        raise BranchBusy(
            "This reply is still being written.",
            remedy="Wait for it to end, or share it live.",
            sentence="share_unfinished",
        )
    return leaf
