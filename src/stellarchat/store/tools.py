"""Tool servers, people's logins at them, and what they allowed their tools."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.tools import Approval, ToolLogin, ToolServer
from stellarchat.store.repository import Repository
from stellarchat.store.tables import tool_approval as approvals
from stellarchat.store.tables import tool_login as logins
from stellarchat.store.tables import tool_server as table


class Tools(Repository):
    """All tool servers, the logins of people, and the approvals of chats."""

    async def save(self, server: ToolServer) -> None:
        """Store a new server or all fields of a known one."""
        await self._upsert(table, [msgspec.structs.asdict(server)])

    async def servers(self) -> list[ToolServer]:
        """Return all servers, oldest first."""
        query = sa.select(table).order_by(table.c.created_at, table.c.id)
        return await self._all(ToolServer, query)

    async def delete(self, server_id: str) -> bool:
        """Remove a server, with what chats allowed it. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.id == server_id)) > 0

    async def keep_login(self, login: ToolLogin) -> None:
        """Store a login; there must be no other one of the same person at the same server."""
        await self._write(sa.insert(logins), msgspec.structs.asdict(login))

    async def login(self, server_id: str, user_id: str) -> ToolLogin | None:
        """Return a person's login at a server."""
        query = sa.select(logins).where(logins.c.server_id == server_id, logins.c.user_id == user_id)
        return await self._one(ToolLogin, query)

    async def logins(self, user_id: str) -> set[str]:
        """Return the ids of the servers that a person is logged in at."""
        query = sa.select(logins.c.server_id).where(logins.c.user_id == user_id)
        return {row[0] for row in await self._rows(query)}

    async def forget_login(self, server_id: str, user_id: str) -> bool:
        """Remove a person's login at a server. Returns whether it was there."""
        mine = logins.c.server_id == server_id, logins.c.user_id == user_id
        return await self._write(sa.delete(logins).where(*mine)) > 0

    async def forget_logins(self, server_id: str) -> int:
        """Remove everybody's login at a server. Returns how many there were."""
        return await self._write(sa.delete(logins).where(logins.c.server_id == server_id))

    async def approve(self, approval: Approval) -> None:
        """Remember that a tool may run in a chat; an earlier word on the same tool goes."""
        await self._upsert(approvals, [msgspec.structs.asdict(approval)])

    async def approved(self, chat_id: str) -> list[Approval]:
        """Return what may run in a chat."""
        query = sa.select(approvals).where(approvals.c.chat_id == chat_id)
        return await self._all(Approval, query)

    async def withdraw(self, chat_id: str) -> int:
        """Forget all that may run in a chat. Returns how much it was."""
        return await self._write(sa.delete(approvals).where(approvals.c.chat_id == chat_id))
