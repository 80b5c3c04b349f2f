"""What models were measured to take of memory."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.instances import MeasuredMemory
from stellarchat.store.repository import Repository
from stellarchat.store.tables import measured_memory as table


class Measurements(Repository):
    """One per engine, variant, tokens and number of GPUs."""

    async def save(self, record: MeasuredMemory) -> None:
        """Store a measurement in place of an earlier one of the same."""
        await self._upsert(table, [msgspec.structs.asdict(record)])

    async def list(self) -> list[MeasuredMemory]:
        """Return all measurements, oldest first."""
        query = sa.select(table).order_by(table.c.measured_at, table.c.variant_id, table.c.tokens)
        return await self._all(MeasuredMemory, query)
