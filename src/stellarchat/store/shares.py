"""Links by which others read a chat."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.records import Share
from stellarchat.store.repository import Repository
from stellarchat.store.tables import chat
from stellarchat.store.tables import share as table


class Shares(Repository):
    """The links of all users, one a chat at most."""

    async def of(self, chat_id: str) -> Share | None:
        """Return the link of a chat, None where it has none."""
        return await self._one(Share, sa.select(table).where(table.c.chat_id == chat_id))

    async def by_token(self, token: str) -> Share | None:
        """Return what a link leads to; None for a link that was revoked, or whose chat was deleted."""
        query = (
            sa.select(table)
            .join(chat, chat.c.id == table.c.chat_id)
            .where(table.c.token == token, chat.c.deleted_at.is_(None))
        )
        return await self._one(Share, query)

    async def put(self, share: Share) -> None:
        """Make a link, or change the one that the chat has."""
        await self._upsert(table, [msgspec.structs.asdict(share)])

    async def remove(self, chat_id: str) -> bool:
        """Revoke the link of a chat; return whether it had one."""
        return bool(await self._write(sa.delete(table).where(table.c.chat_id == chat_id)))
