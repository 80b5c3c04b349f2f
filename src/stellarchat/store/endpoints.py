"""Remote OpenAI-compatible servers."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.records import Endpoint
from stellarchat.store.repository import Repository
from stellarchat.store.tables import endpoint as table


class Endpoints(Repository):
    """Endpoints of users, and those that are everybody's."""

    async def save(self, endpoint: Endpoint) -> None:
        """Store a new endpoint or all fields of a known one."""
        await self._upsert(table, [msgspec.structs.asdict(endpoint)])

    async def list(self) -> list[Endpoint]:
        """Return everybody's endpoints, oldest first."""
        query = sa.select(table).where(table.c.user_id.is_(None)).order_by(table.c.created_at, table.c.id)
        return await self._all(Endpoint, query)

    async def of(self, user_id: str) -> Endpoint | None:
        """Return the endpoint that is a user's own; the first, where two processes stored one each."""
        query = sa.select(table).where(table.c.user_id == user_id).order_by(table.c.created_at, table.c.id)
        return await self._one(Endpoint, query.limit(1))

    async def delete(self, endpoint_id: str) -> bool:
        """Remove the endpoint. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.id == endpoint_id)) > 0
