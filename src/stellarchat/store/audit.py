"""What was done: appended, read, and forgotten when it is old; never changed."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from stellarchat.core.audit import AuditEvent, AuditQuery
from stellarchat.core.records import Page
from stellarchat.store.cursors import beyond, paged
from stellarchat.store.repository import Repository, batches
from stellarchat.store.statements import prepared
from stellarchat.store.tables import audit_event as table

_ADD = prepared(sa.insert(table))


class Audit(Repository):
    """Events in the order of their time."""

    async def add(self, events: list[AuditEvent]) -> None:
        """Append events."""
        for some in batches(events):
            await self._write(_ADD, [msgspec.structs.asdict(one) for one in some])

    async def newest(
        self, query: AuditQuery, cursor: str | None = None, limit: int = 100
    ) -> Page[AuditEvent]:
        """Return events, the latest first. Raises BadRequest for a cursor that no page gave."""
        wanted = _conditions(query) + beyond(cursor, table.c.at, table.c.id)
        statement = sa.select(table).where(*wanted).order_by(table.c.at.desc(), table.c.id.desc())
        found = await self._all(AuditEvent, statement.limit(limit + 1))
        return paged(found, limit, lambda one: (one.at, one.id))

    async def forget(self, before: datetime, limit: int) -> int:
        """Remove at most `limit` events from before a moment; return how many."""
        old = [
            row.id
            for row in await self._rows(
                sa.select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(limit)
            )
        ]
        for some in batches(old):
            await self._write(sa.delete(table).where(table.c.id.in_(some)))
        return len(old)


def _conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if query.since is not None:
        wanted.append(table.c.at >= query.since)
    if query.until is not None:
        wanted.append(table.c.at < query.until)
    if query.user_id is not None:
        wanted.append(table.c.user_id == query.user_id)
    if query.action is not None:
        below = table.c.action.startswith(f"{query.action}.", autoescape=True)
        wanted.append(sa.or_(table.c.action == query.action, below))
    if query.failed is not None:
        failed = table.c.status >= 400
        wanted.append(failed if query.failed else sa.not_(failed))
    return wanted
