"""Tool servers, and what people allowed their tools."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.tools import Approval, ToolServer
from stellarchat.store.repository import Repository
from stellarchat.store.tables import tool_approval as approvals
from stellarchat.store.tables import tool_server as table


class Tools(Repository):
    """All tool servers, and the approvals of chats."""

    async def save(self, server: ToolServer) -> None:
        """Store a new server or all fields of a known one."""
        await self._upsert(table, [msgspec.structs.asdict(server)])

    async def servers(self) -> list[ToolServer]:
        """Return all servers, oldest first."""
        query = sa.select(table).order_by(table.c.created_at, table.c.id)
        return [ToolServer(**row._asdict()) for row in await self._rows(query)]

    async def delete(self, server_id: str) -> bool:
        """Remove a server, with what chats allowed it. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.id == server_id)) > 0

    async def approve(self, approval: Approval) -> None:
        """Remember that a tool may run in a chat; an earlier word on the same tool goes."""
        await self._upsert(approvals, [msgspec.structs.asdict(approval)])

    async def approved(self, chat_id: str) -> list[Approval]:
        """Return what may run in a chat."""
        query = sa.select(approvals).where(approvals.c.chat_id == chat_id)
        return [Approval(**row._asdict()) for row in await self._rows(query)]

    async def withdraw(self, chat_id: str) -> int:
        """Forget all that may run in a chat. Returns how much it was."""
        return await self._write(sa.delete(approvals).where(approvals.c.chat_id == chat_id))
