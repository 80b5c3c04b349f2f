"""Models that people added to the catalogue."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from stellarchat.store.repository import Repository
from stellarchat.store.tables import own_model as table


class Models(Repository):
    """Entries as models.json has them; what the fields mean is the services' matter."""

    async def put(self, model_id: str, entry: dict[str, Any]) -> None:
        """Store a model. Raises Conflict where there is one of that id."""
        await self._write(sa.insert(table), {"id": model_id, "entry": entry, "created_at": datetime.now(UTC)})

    async def list(self) -> list[dict[str, Any]]:
        """Return all entries, oldest first."""
        query = sa.select(table.c.entry).order_by(table.c.created_at, table.c.id)
        return [dict(row.entry) for row in await self._rows(query)]

    async def delete(self, model_id: str) -> bool:
        """Forget the model. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.id == model_id)) > 0
