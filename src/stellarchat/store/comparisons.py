"""Comparisons, and what was thought of them."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from stellarchat.core.comparisons import Comparison
from stellarchat.core.errors import NotFound
from stellarchat.store.repository import Repository
from stellarchat.store.tables import comparison as table


class Comparisons(Repository):
    """The comparisons of all users. Another user's is not found."""

    async def save(self, comparison: Comparison) -> None:
        """Store a new one, or all fields of a known one."""
        await self._upsert(table, [msgspec.structs.asdict(comparison)])

    async def get(self, user_id: str, comparison_id: str) -> Comparison:
        """Return one. Raises NotFound."""
        query = sa.select(table).where(table.c.id == comparison_id, table.c.user_id == user_id)
        found = await self._one(Comparison, query)
        if found is None:
            raise NotFound(
                "there is no such comparison",
                param="comparison_id",
                detail=comparison_id,
                sentence="compare_none",
            )
        return found

    async def list(self, user_id: str, limit: int) -> Sequence[Comparison]:
        """Return a user's newest."""
        query = (
            sa.select(table)
            .where(table.c.user_id == user_id)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        return await self._all(Comparison, query)

    async def voted(self, user_id: str | None) -> Sequence[Comparison]:
        """Return those that a user has voted on, oldest first; None: that anybody has."""
        query = (
            sa.select(table)
            .where(table.c.outcome.is_not(None), *([table.c.user_id == user_id] if user_id else ()))
            .order_by(table.c.created_at, table.c.id)
        )
        return await self._all(Comparison, query)
