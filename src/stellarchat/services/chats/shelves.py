"""Order among chats: folders, tags, many chats at once, and the trash."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest, NotFound
from stellarchat.core.messages import Chat
from stellarchat.core.records import Page, Tally
from stellarchat.services.bus import Bus, ChatChange, ChatChanged
from stellarchat.services.chats.chats import Chats
from stellarchat.services.chats.housekeeping import TRASH_DAYS
from stellarchat.store.database import Store

AT_ONCE: Final = 1000
"""Chats of one bulk action."""
_TAGS = 32


class Deed(StrEnum):
    """What is done to many chats at once."""

    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    PIN = "pin"
    UNPIN = "unpin"
    MOVE = "move"
    TAG = "tag"
    UNTAG = "untag"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"


class Done(msgspec.Struct, frozen=True):
    """Which chats were changed, and which there are not, or not where the deed looks for them."""

    changed: list[str]
    missing: list[str]


class Shelves:
    """Keeps a user's chats in order. Every change is published.

    `trash_days` is how long deleted chats stay, see `Housekeeping`.
    """

    def __init__(self, store: Store, bus: Bus, chats: Chats, *, trash_days: float = TRASH_DAYS) -> None:
        self._store, self._bus, self._chats = store, bus, chats
        self.trash_days = trash_days

    # folders and tags

    async def folders(self, user_id: str) -> Sequence[Tally]:
        """Return the folders by name, with how many chats each has, archived ones not counted."""
        async with self._store.read() as tx:
            return await tx.folders.list(user_id)

    async def tags(self, user_id: str) -> Sequence[Tally]:
        """Return the tags by name, with how many chats each has, archived ones not counted."""
        async with self._store.read() as tx:
            return await tx.chats.tags(user_id)

    async def add_folder(self, user_id: str, name: str, origin: str | None = None) -> None:
        """Make an empty folder. Raises BadRequest, Conflict where there is one of this name."""
        async with self._store.transaction() as tx:
            await tx.folders.add(user_id, _name(name))
        self._tell(user_id, origin)

    async def rename_folder(self, user_id: str, name: str, new: str, origin: str | None = None) -> None:
        """Give a folder another name; where there is one of this name they become one. Raises NotFound."""
        async with self._store.transaction() as tx:
            if not await tx.folders.has(user_id, name):
                raise _no_folder(name)
            if _name(new) != name:
                await tx.folders.rename(user_id, name, _name(new))
        self._tell(user_id, origin)

    async def remove_folder(self, user_id: str, name: str, origin: str | None = None) -> None:
        """Take a folder away; its chats are in none then. Raises NotFound."""
        async with self._store.transaction() as tx:
            if not await tx.folders.has(user_id, name):
                raise _no_folder(name)
            await tx.folders.empty(user_id, name)
            await tx.folders.remove(user_id, name)
        self._tell(user_id, origin)

    # many at once

    async def bulk(
        self,
        user_id: str,
        deed: Deed,
        ids: Sequence[str],
        *,
        folder: str | None = None,
        tags: Sequence[str] = (),
        origin: str | None = None,
    ) -> Done:
        """Do one thing to many chats, in one transaction. Raises BadRequest naming the field."""
        wanted = list(dict.fromkeys(ids))
        if len(wanted) > AT_ONCE:
            raise BadRequest(
                f"At most {AT_ONCE} chats can be changed at once.",
                param="ids",
                sentence="chats_many",
                values={"limit": AT_ONCE},
            )
        names = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
        if deed in (Deed.TAG, Deed.UNTAG) and not names:
            raise BadRequest("Which tags?", param="tags", remedy="Name at least one.", sentence="tags_none")
        gone = deed in (Deed.RESTORE, Deed.PURGE)
        async with self._store.transaction() as tx:
            found = await tx.chats.present(user_id, wanted, deleted=gone)
            match deed:
                case Deed.TAG | Deed.UNTAG:
                    await tx.chats.retag(found, names, add=deed is Deed.TAG, most=_TAGS)
                case Deed.PURGE:
                    await tx.chats.remove(found)
                case _:
                    await tx.chats.change_many(found, _change(deed, folder))
        here = set(found)
        done = Done([one for one in wanted if one in here], [one for one in wanted if one not in here])
        if deed is Deed.DELETE:
            self._chats.stop_writing(user_id, done.changed)
        self._tell(user_id, origin, done.changed, deed)
        return done

    # the trash

    async def trash(self, user_id: str, cursor: str | None = None, limit: int = 50) -> Page[Chat]:
        """Return deleted chats, the last deleted first. Raises BadRequest."""
        if not 1 <= limit <= 200:
            raise BadRequest("limit must be from 1 to 200.", param="limit")
        async with self._store.read() as tx:
            return await tx.chats.trash(user_id, cursor, limit)

    async def purge(self, user_id: str, chat_id: str) -> None:
        """Remove a deleted chat for good. Raises NotFound, also for one that is not in the trash."""
        done = await self.bulk(user_id, Deed.PURGE, [chat_id])
        if not done.changed:
            raise NotFound(
                "There is no such chat in the trash.", param="chat_id", detail=chat_id, sentence="trash_none"
            )

    async def empty_trash(self, user_id: str, origin: str | None = None) -> int:
        """Remove all deleted chats for good; return how many they were."""
        before, count = datetime.now(UTC), 0
        while True:
            # a piece at a time, so that nobody waits long
            async with self._store.transaction() as tx:
                gone = await tx.chats.purge(before, 200, user_id)
            count += gone
            if gone < 200:
                self._tell(user_id, origin)
                return count

    def _tell(
        self, user_id: str, origin: str | None, ids: Sequence[str] = (), deed: Deed | None = None
    ) -> None:
        change = ChatChange.DELETED if deed is Deed.DELETE else ChatChange.UPDATED
        if deed is Deed.PURGE:
            return  # it was in no list any more
        if not ids or len(ids) > 50:
            self._bus.publish(ChatChanged(user_id, None, 0, ChatChange.MANY, origin))
        else:
            for chat_id in ids:
                self._bus.publish(ChatChanged(user_id, chat_id, 0, change, origin))


def _change(deed: Deed, folder: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    match deed:
        case Deed.ARCHIVE | Deed.UNARCHIVE:
            return {"archived_at": now if deed is Deed.ARCHIVE else None}
        case Deed.PIN | Deed.UNPIN:
            return {"pinned_at": now if deed is Deed.PIN else None}
        case Deed.DELETE | Deed.RESTORE:
            return {"deleted_at": now if deed is Deed.DELETE else None}
        case _:
            return {"folder": (folder or "").strip() or None}


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise BadRequest("A folder needs a name.", param="name", sentence="folder_name")
    return plain


def _no_folder(name: str) -> NotFound:
    return NotFound("There is no such folder.", param="folder", detail=name, sentence="folder_none")
