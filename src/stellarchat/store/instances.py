"""Instances that people started."""

import msgspec
import sqlalchemy as sa

from stellarchat.core.instances import InstanceRecord
from stellarchat.store.repository import Repository
from stellarchat.store.tables import instance as table


class Instances(Repository):
    """What is to run again after a restart."""

    async def save(self, record: InstanceRecord) -> None:
        """Store a new instance or all fields of a known one."""
        await self._upsert(table, [msgspec.structs.asdict(record)])

    async def list(self) -> list[InstanceRecord]:
        """Return all instances, oldest first."""
        query = sa.select(table).order_by(table.c.created_at, table.c.run_id)
        return await self._all(InstanceRecord, query)

    async def delete(self, run_id: str) -> bool:
        """Forget the instance. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.run_id == run_id)) > 0
