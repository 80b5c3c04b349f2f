"""Whom another identity provider means by a subject of its own."""

from datetime import UTC, datetime

import sqlalchemy as sa

from stellarchat.store.repository import Repository, limited
from stellarchat.store.tables import user_identity as table


class Identities(Repository):
    """Issuer and subject name one user; a user may have several."""

    async def user(self, issuer: str, subject: str) -> str | None:
        """Return the user's id, None for a subject that is not known."""
        row = await self._row(
            sa.select(table.c.user_id).where(table.c.issuer == issuer, table.c.subject == subject)
        )
        return None if row is None else str(row.user_id)

    async def link(self, issuer: str, subject: str, user_id: str) -> None:
        """Remember whom a subject means. Raises BadRequest for names that are too long."""
        limited(issuer, 255, "issuer")
        limited(subject, 255, "subject")
        row = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": datetime.now(UTC)}
        await self._upsert(table, [row])
