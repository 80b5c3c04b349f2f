"""Which chats came from which others, elsewhere."""

from datetime import UTC, datetime

import sqlalchemy as sa

from stellarchat.store.repository import Repository
from stellarchat.store.statements import prepared
from stellarchat.store.tables import chat
from stellarchat.store.tables import imported_chat as table

_FIND = prepared(
    sa.select(table.c.chat_id)
    .join(chat, chat.c.id == table.c.chat_id)
    .where(
        table.c.user_id == sa.bindparam("user"),
        table.c.source == sa.bindparam("its_source"),
        table.c.source_id == sa.bindparam("its_id"),
        chat.c.deleted_at.is_(None),
    )
)


class Imported(Repository):
    """Keeps the names that chats had where they came from."""

    async def find(self, user_id: str, source: str, source_id: str) -> str | None:
        """Return the chat that was made of this one, None where there is none or it was deleted."""
        row = await self._row(_FIND, {"user": user_id, "its_source": source, "its_id": source_id})
        return None if row is None else str(row.chat_id)

    async def note(self, user_id: str, source: str, source_id: str, chat_id: str) -> None:
        """Note that this chat was made of that one."""
        row = {"user_id": user_id, "source": source, "source_id": source_id}
        await self._upsert(table, [{**row, "chat_id": chat_id, "imported_at": datetime.now(UTC)}])
