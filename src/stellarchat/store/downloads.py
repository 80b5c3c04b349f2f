"""Downloads, so that they go on after a restart."""

from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.downloads import Download
from stellarchat.store.repository import Repository
from stellarchat.store.tables import download as table

# known only while bytes come
_PASSING = ("rate", "eta_seconds")


class Downloads(Repository):
    """At most one download per variant: a second one is a Conflict."""

    async def save(self, record: Download) -> None:
        """Store a new download or all fields of a known one."""
        values = msgspec.structs.asdict(record)
        for name in _PASSING:
            del values[name]
        known = await self._write(sa.update(table).where(table.c.id == record.id).values(values))
        if not known:
            await self._write(sa.insert(table), values)

    async def list(self) -> list[Download]:
        """Return all downloads, oldest first."""
        query = sa.select(table).order_by(table.c.created_at, table.c.id)
        return [_read(row) for row in await self._rows(query)]

    async def delete(self, download_id: str) -> bool:
        """Forget the download. Returns whether it was there."""
        return await self._write(sa.delete(table).where(table.c.id == download_id)) > 0


def _read(row: sa.Row[Any]) -> Download:
    values = row._asdict()
    values["files"] = values["files"] or ()  # rows of before there were lists
    return Download(**values)
