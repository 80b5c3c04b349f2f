"""Limits that one user has instead of the usual ones."""

import sqlalchemy as sa

from stellarchat.core.quotas import Quota
from stellarchat.store.repository import Repository
from stellarchat.store.tables import user_quota as table


class Quotas(Repository):
    """At most one per user."""

    async def all(self) -> dict[str, Quota]:
        """Return every user's own limits."""
        rows = await self._rows(sa.select(table))
        return {
            row.user_id: Quota(
                requests_per_minute=row.requests_per_minute,
                tokens_per_day=row.tokens_per_day,
                concurrent=row.concurrent,
            )
            for row in rows
        }

    async def put(self, user_id: str, quota: Quota) -> None:
        """Store a user's own limits; without any, the usual ones hold again."""
        if quota.unlimited:
            await self._write(sa.delete(table).where(table.c.user_id == user_id))
            return
        row = {
            "user_id": user_id,
            "requests_per_minute": quota.requests_per_minute,
            "tokens_per_day": quota.tokens_per_day,
            "concurrent": quota.concurrent,
        }
        await self._upsert(table, [row])
