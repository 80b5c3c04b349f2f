"""Files that people attached, and which messages refer to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.files import Attachment
from stellarchat.store.repository import Repository, batches
from stellarchat.store.tables import attachment as table
from stellarchat.store.tables import message_file

_REFERRED = sa.exists().where(message_file.c.attachment_id == table.c.id)


class Attachments(Repository):
    """The files of all users; another user's file does not exist."""

    async def add(self, attachment: Attachment) -> None:
        """Store a new attachment."""
        await self._write(sa.insert(table), msgspec.structs.asdict(attachment))

    async def get(self, user_id: str, attachment_id: str) -> Attachment:
        """Return the attachment. Raises NotFound."""
        found = await self.many(user_id, [attachment_id])
        if not found:
            raise _missing(attachment_id)
        return found[attachment_id]

    async def many(self, user_id: str, ids: Iterable[str]) -> dict[str, Attachment]:
        """Return the user's attachments by their ids; unknown ids are left out."""
        found: dict[str, Attachment] = {}
        for some in batches(dict.fromkeys(ids)):
            query = sa.select(table).where(table.c.user_id == user_id, table.c.id.in_(some))
            found.update({row.id: Attachment(**row._asdict()) for row in await self._rows(query)})
        return found

    async def same(self, user_id: str, digest: str, name: str) -> Attachment | None:
        """Return what the user attached before with the same bytes and name."""
        query = sa.select(table).where(
            table.c.user_id == user_id, table.c.hash == digest, table.c.name == name
        )
        row = await self._row(query.order_by(table.c.created_at).limit(1))
        return None if row is None else Attachment(**row._asdict())

    async def used(self, user_id: str) -> int:
        """Return how many bytes the user's files have; what is attached twice counts once."""
        distinct = (
            sa.select(table.c.hash, table.c.size).where(table.c.user_id == user_id).distinct().subquery()
        )
        row = await self._row(sa.select(sa.func.sum(distinct.c.size)))
        return int(row[0] or 0) if row is not None else 0

    async def delete(self, user_id: str, attachment_id: str) -> None:
        """Remove an attachment. Raises NotFound, and Conflict where a message refers to it."""
        mine = sa.and_(table.c.id == attachment_id, table.c.user_id == user_id)
        if await self._write(sa.delete(table).where(mine, ~_REFERRED)):
            return
        if await self._row(sa.select(table.c.id).where(mine)) is None:
            raise _missing(attachment_id)
        raise Conflict(
            "A message refers to this file.",
            param="file_id",
            remedy="Delete the chat it is in; the file goes with it.",
        )

    async def sweep(self, before: datetime, limit: int) -> int:
        """Remove attachments of before that moment to which no message refers; return how many."""
        query = sa.select(table.c.id).where(table.c.created_at < before, ~_REFERRED).limit(limit)
        ids = [row.id for row in await self._rows(query)]
        for some in batches(ids):
            # asked again: a message may have come to refer to it
            await self._write(sa.delete(table).where(table.c.id.in_(some), ~_REFERRED))
        return len(ids)

    async def known(self, hashes: Sequence[str]) -> set[str]:
        """Return those of `hashes` that attachments have."""
        found: set[str] = set()
        for some in batches(hashes):
            query = sa.select(table.c.hash).where(table.c.hash.in_(some)).distinct()
            found.update(row.hash for row in await self._rows(query))
        return found


def _missing(attachment_id: str) -> NotFound:
    return NotFound("There is no such file.", param="file_id", detail=attachment_id)
