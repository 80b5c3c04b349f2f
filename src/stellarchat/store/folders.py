"""Folders of chats: those that were made, empty or not, and those that chats name."""

from datetime import UTC, datetime

import sqlalchemy as sa

from stellarchat.core.errors import Conflict
from stellarchat.core.records import Tally
from stellarchat.store.repository import Repository, limited
from stellarchat.store.tables import chat
from stellarchat.store.tables import folder as table


class Folders(Repository):
    """The folders of all users."""

    async def list(self, user_id: str) -> "list[Tally]":
        """Return the folders with how many chats each has, by name."""
        made = sa.select(table.c.name).where(table.c.user_id == user_id)
        found = {row.name: 0 for row in await self._rows(made)}
        held = (
            sa.select(chat.c.folder, sa.func.count().label("held"))
            .where(
                chat.c.user_id == user_id,
                chat.c.folder.is_not(None),
                chat.c.deleted_at.is_(None),
                chat.c.archived_at.is_(None),
            )
            .group_by(chat.c.folder)
        )
        found.update({row.folder: row.held for row in await self._rows(held)})
        return [Tally(name, found[name]) for name in sorted(found, key=lambda name: (name.casefold(), name))]

    async def add(self, user_id: str, name: str) -> None:
        """Make a folder. Raises Conflict where there is one of this name."""
        limited(name, 255, "name")
        if await self.has(user_id, name):
            raise Conflict("There is a folder of this name already.", param="name", sentence="folder_taken")
        await self._upsert(table, [_row(user_id, name)])

    async def has(self, user_id: str, name: str) -> bool:
        """Whether there is a folder of this name."""
        made = sa.select(table.c.name).where(table.c.user_id == user_id, table.c.name == name)
        held = (
            sa.select(chat.c.id)
            .where(chat.c.user_id == user_id, chat.c.folder == name, chat.c.deleted_at.is_(None))
            .limit(1)
        )
        return await self._row(made) is not None or await self._row(held) is not None

    async def rename(self, user_id: str, name: str, new: str) -> None:
        """Give a folder another name, in the trash too; where there is one of this name it joins it."""
        limited(new, 255, "name")
        await self._write(
            sa.update(chat).where(chat.c.user_id == user_id, chat.c.folder == name).values(folder=new)
        )
        await self.remove(user_id, name)
        await self._upsert(table, [_row(user_id, new)])

    async def empty(self, user_id: str, name: str) -> None:
        """Take all chats out of a folder."""
        await self._write(
            sa.update(chat).where(chat.c.user_id == user_id, chat.c.folder == name).values(folder=None)
        )

    async def remove(self, user_id: str, name: str) -> None:
        """Forget a folder; chats that name it are not touched."""
        await self._write(sa.delete(table).where(table.c.user_id == user_id, table.c.name == name))


def _row(user_id: str, name: str) -> dict[str, object]:
    return {"user_id": user_id, "name": name, "created_at": datetime.now(UTC)}
