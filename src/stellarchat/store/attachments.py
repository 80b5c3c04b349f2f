"""Files that people attached, and which messages refer to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.files import Attachment, FileOrder, Place
from stellarchat.core.records import Page
from stellarchat.store.cursors import foreign_cursor, paged, read_cursor
from stellarchat.store.repository import Repository, batches
from stellarchat.store.tables import attachment as table
from stellarchat.store.tables import chat, message, message_file

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
            found.update({one.id: one for one in await self._all(Attachment, query)})
        return found

    async def same(self, user_id: str, digest: str, name: str) -> Attachment | None:
        """Return what the user attached before with the same bytes and name."""
        query = sa.select(table).where(
            table.c.user_id == user_id, table.c.hash == digest, table.c.name == name
        )
        return await self._one(Attachment, query.order_by(table.c.created_at).limit(1))

    async def used(self, user_id: str) -> int:
        """Return how many bytes the user's files have; what is attached twice counts once."""
        distinct = (
            sa.select(table.c.hash, table.c.size).where(table.c.user_id == user_id).distinct().subquery()
        )
        row = await self._row(sa.select(sa.func.sum(distinct.c.size)))
        return int(row[0] or 0) if row is not None else 0

    async def listed(
        self,
        user_id: str,
        *,
        words: str | None = None,
        images: bool | None = None,
        order: FileOrder = FileOrder.NEWEST,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Attachment]:
        """Return a user's files; `words` stand in their names, `images` None is documents too.

        Raises BadRequest for a cursor that no page gave.
        """
        largest = order is FileOrder.LARGEST
        wanted = [table.c.user_id == user_id]
        if words:
            wanted.append(table.c.name.icontains(words, autoescape=True))
        if images is not None:
            wanted.append(table.c.width.is_not(None) if images else table.c.width.is_(None))
        if cursor is not None:
            at, last = read_cursor(cursor)
            size, _, identity = last.partition(" ")
            if not size.isascii() or not size.isdigit():
                raise foreign_cursor()
            first, edge = (table.c.size, int(size)) if largest else (table.c.created_at, at)
            wanted += [first <= edge, sa.or_(first < edge, table.c.id < identity)]
        query = sa.select(table).where(*wanted)
        query = query.order_by((table.c.size if largest else table.c.created_at).desc(), table.c.id.desc())
        found = await self._all(Attachment, query.limit(limit + 1))
        return paged(found, limit, lambda one: (one.created_at, f"{one.size} {one.id}"))

    async def count(self, user_id: str) -> int:
        """Return how many files a user has."""
        row = await self._row(sa.select(sa.func.count()).where(table.c.user_id == user_id))
        return int(row[0]) if row is not None else 0

    async def places(self, ids: Iterable[str]) -> dict[str, list[Place]]:
        """Return in which chats files stand, those that last spoke first; ids without any are left out."""
        found: dict[str, list[Place]] = {}
        columns = message_file.c.attachment_id, chat.c.id, chat.c.title, chat.c.deleted_at
        for some in batches(dict.fromkeys(ids)):
            query = (
                sa.select(*columns, chat.c.last_message_at)
                .join(message, message.c.id == message_file.c.message_id)
                .join(chat, chat.c.id == message.c.chat_id)
                .where(message_file.c.attachment_id.in_(some))
                .distinct()
                .order_by(chat.c.last_message_at.desc(), chat.c.id)
            )
            for row in await self._rows(query):
                place = Place(row.id, row.title, row.deleted_at is not None)
                found.setdefault(row.attachment_id, []).append(place)
        return found

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
            sentence="file_referred",
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
    return NotFound("There is no such file.", param="file_id", detail=attachment_id, sentence="file_none")
