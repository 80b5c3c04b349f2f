"""A person's files as a whole: which there are, in which chats, what they take, and removing them."""

from collections.abc import Container, Sequence
from typing import Final

import msgspec

from stellarchat.core.errors import BadRequest, BranchBusy, NotFound
from stellarchat.core.files import Attachment, FileOrder, Place
from stellarchat.core.messages import FilePart, Message, Part
from stellarchat.services.bus import Bus, ChatChange, ChatChanged
from stellarchat.store.database import Store, Transaction

PAGE: Final = 50
LONGEST_PAGE: Final = 200
AT_ONCE: Final = 200
"""Files that are removed at once."""
_TOLD: Final = 50  # chats that are published one by one


class Kept(msgspec.Struct, frozen=True):
    """A file, and the chats it was attached in: none where it was not sent yet."""

    file: Attachment
    places: Sequence[Place]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a person's files. `total` files take `used` bytes of `allowed`; None: there is no bound."""

    items: Sequence[Kept]
    next_cursor: str | None
    total: int
    used: int
    allowed: int | None


class Removed(msgspec.Struct, frozen=True):
    """Which files were removed, and how many messages had one of them."""

    ids: Sequence[str]
    messages: int


class Collection:
    """The files of all users; another user's do not exist. `user_bytes`: what each may have, 0: no limit."""

    def __init__(self, store: Store, bus: Bus, *, user_bytes: int) -> None:
        self._store, self._bus, self._user_bytes = store, bus, user_bytes

    async def listing(
        self,
        user_id: str,
        *,
        words: str | None = None,
        images: bool | None = None,
        order: FileOrder = FileOrder.NEWEST,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> Listing:
        """Return files with `words` in their names. Raises BadRequest for a foreign cursor."""
        if not 1 <= limit <= LONGEST_PAGE:
            raise BadRequest(f"limit must be from 1 to {LONGEST_PAGE}.", param="limit")
        async with self._store.read() as tx:
            page = await tx.attachments.listed(
                user_id, words=words, images=images, order=order, cursor=cursor, limit=limit
            )
            places = await tx.attachments.places(one.id for one in page.items)
            total = await tx.attachments.count(user_id)
            used = await tx.attachments.used(user_id)
        return Listing(
            items=[Kept(one, places.get(one.id, ())) for one in page.items],
            next_cursor=page.next_cursor,
            total=total,
            used=used,
            allowed=self._user_bytes or None,
        )

    async def remove(self, user_id: str, ids: Sequence[str]) -> Removed:
        """Remove files for good. Messages keep their names, and models are told that they are gone.

        All are removed, or none. Raises BadRequest, NotFound, and BranchBusy where a reply that is being
        written has one of them.
        """
        wanted = list(dict.fromkeys(ids))
        if not 1 <= len(wanted) <= AT_ONCE:
            raise BadRequest(
                f"From 1 to {AT_ONCE} files can be removed at once.",
                param="ids",
                sentence="files_count",
                values={"limit": AT_ONCE},
            )
        async with self._store.transaction() as tx:
            known = await tx.attachments.many(user_id, wanted)
            if missing := [one for one in wanted if one not in known]:
                raise NotFound("There is no such file.", param="ids", detail=missing[0], sentence="file_none")
            holding = await tx.messages.referring(wanted)
            revisions = {one.chat_id: await _forget(tx, one, known) for one in holding}
            for one in wanted:
                await tx.attachments.delete(user_id, one)
        self._tell(user_id, revisions)
        return Removed(wanted, len(holding))

    def _tell(self, user_id: str, revisions: dict[str, int]) -> None:
        if len(revisions) > _TOLD:
            self._bus.publish(ChatChanged(user_id, None, 0, ChatChange.MANY))
            return
        for chat_id, rev in revisions.items():
            self._bus.publish(ChatChanged(user_id, chat_id, rev, ChatChange.MESSAGE))


async def _forget(tx: Transaction, message: Message, ids: Container[str]) -> int:
    """Take files out of a message; return its chat's new revision."""
    if not message.status.final:
        raise BranchBusy(
            "A reply that has this file is being written.",
            remedy="Wait for it to end, or stop it.",
            sentence="file_busy",
        )
    message.parts = [_gone(part) if _is_one(part, ids) else part for part in message.parts]
    return await tx.messages.update(message)


def _is_one(part: Part, ids: Container[str]) -> bool:
    return isinstance(part, FilePart) and part.id in ids


def _gone(part: Part) -> Part:
    return msgspec.structs.replace(part, hash="", tokens=0)
