"""What people think of replies."""

from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.ratings import Opinion, Rating, RatingQuery, Thumb
from stellarchat.core.records import Page
from stellarchat.store.cursors import beyond, paged
from stellarchat.store.repository import Repository
from stellarchat.store.tables import chat
from stellarchat.store.tables import rating as table


class Ratings(Repository):
    """One per person and message. Whose message it is was decided before."""

    async def put(self, rating: Rating) -> Rating:
        """Store a rating in place of an earlier one, whose time of making stays; return it."""
        known = await self.get(rating.user_id, rating.message_id)
        if known is not None:
            rating = msgspec.structs.replace(rating, created_at=known.created_at)
        await self._upsert(table, [msgspec.structs.asdict(rating)])
        return rating

    async def get(self, user_id: str, message_id: str) -> Rating | None:
        """Return a person's rating of a message."""
        return await self._one(
            Rating, sa.select(table).where(table.c.message_id == message_id, table.c.user_id == user_id)
        )

    async def remove(self, user_id: str, message_id: str) -> bool:
        """Forget a rating; return whether there was one."""
        met = await self._write(
            sa.delete(table).where(table.c.message_id == message_id, table.c.user_id == user_id)
        )
        return met > 0

    async def of_chat(self, user_id: str, chat_id: str) -> list[Rating]:
        """Return a person's ratings in one chat, oldest first."""
        query = (
            sa.select(table)
            .where(table.c.chat_id == chat_id, table.c.user_id == user_id)
            .order_by(table.c.created_at, table.c.message_id)
        )
        return await self._all(Rating, query)

    async def newest(self, query: RatingQuery, cursor: str | None = None, limit: int = 50) -> Page[Rating]:
        """Return ratings in chats that are not deleted, the latest first.

        Raises BadRequest for a cursor that no page gave.
        """
        wanted = _kept(query)
        wanted += beyond(cursor, table.c.updated_at, table.c.message_id)
        statement = (
            sa.select(table)
            .join(chat, chat.c.id == table.c.chat_id)
            .where(*wanted)
            .order_by(table.c.updated_at.desc(), table.c.message_id.desc())
            .limit(limit + 1)
        )
        found = await self._all(Rating, statement)
        return paged(found, limit, lambda one: (one.updated_at, one.message_id))

    async def opinions(self, query: RatingQuery) -> list[Opinion]:
        """Return how often each model's replies were found good and bad, the most rated first."""
        up, down = (
            sa.func.sum(sa.case((table.c.thumb == thumb, 1), else_=0)).label(thumb.value) for thumb in Thumb
        )
        statement: sa.Select[Any] = (
            sa.select(table.c.model, up, down)
            .join(chat, chat.c.id == table.c.chat_id)
            .where(*_kept(query))
            .group_by(table.c.model)
        )
        found = [Opinion(row.model, int(row.up), int(row.down)) for row in await self._rows(statement)]
        return sorted(found, key=lambda one: (-(one.up + one.down), one.model or ""))


def _kept(query: RatingQuery) -> list[sa.ColumnElement[bool]]:
    """A chat that its owner deleted shows its ratings no more."""
    wanted: list[sa.ColumnElement[bool]] = [chat.c.deleted_at.is_(None)]
    if query.thumb is not None:
        wanted.append(table.c.thumb == query.thumb)
    if query.model is not None:
        wanted.append(table.c.model == query.model)
    if query.user_id is not None:
        wanted.append(table.c.user_id == query.user_id)
    if query.reason is not None:
        wanted.append(table.c.reason == query.reason)
    return wanted
