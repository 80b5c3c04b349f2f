"""Each user's settings, one JSON object."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from stellarchat.store.repository import Repository
from stellarchat.store.statements import prepared
from stellarchat.store.tables import user_setting as table

# every turn reads them
_SETTINGS = prepared(sa.select(table.c.settings).where(table.c.user_id == sa.bindparam("whose")))


class Settings(Repository):
    """What users chose; what the keys mean is the services' matter."""

    async def get(self, user_id: str) -> dict[str, Any]:
        """Return the user's settings, {} where there are none yet."""
        row = await self._row(_SETTINGS, {"whose": user_id})
        return {} if row is None else dict(row.settings)

    async def put(self, user_id: str, settings: dict[str, Any]) -> None:
        """Replace the user's settings."""
        await self._upsert(
            table, [{"user_id": user_id, "settings": settings, "updated_at": datetime.now(UTC)}]
        )
