"""Chats: the list, its pages, filters and revisions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import BadRequest, NotFound, StaleRevision
from stellarchat.core.messages import Chat
from stellarchat.core.records import Page, Tally
from stellarchat.store.cursors import beyond, paged
from stellarchat.store.repository import Connection, Repository, batches, counting, limited
from stellarchat.store.search import Search
from stellarchat.store.statements import prepared
from stellarchat.store.tables import chat as table
from stellarchat.store.tables import chat_tag, message

CHANGEABLE = frozenset(
    {
        "title",
        "title_by",
        "model",
        "system_prompt",
        "params",
        "persona",
        "folder",
        "tags",
        "active_leaf_id",
        "pinned_at",
        "archived_at",
    }
)

_GET = prepared(
    sa.select(table).where(table.c.id == sa.bindparam("chat_id"), table.c.user_id == sa.bindparam("user"))
)
_HOLD = _GET.with_for_update()
_TOUCHED = prepared(
    sa.update(table)
    .where(table.c.id == sa.bindparam("chat_id"))
    .values(
        rev=table.c.rev + 1,
        last_message_at=sa.bindparam("at"),
        updated_at=sa.bindparam("at"),
        active_leaf_id=sa.func.coalesce(
            sa.bindparam("leaf", type_=table.c.active_leaf_id.type), table.c.active_leaf_id
        ),
    )
)
_TOUCH = counting(
    _TOUCHED, table.c.rev, prepared(sa.select(table.c.rev).where(table.c.id == sa.bindparam("chat_id")))
)
_HERE = sa.and_(
    table.c.id == sa.bindparam("chat_id"),
    table.c.user_id == sa.bindparam("user"),
    table.c.deleted_at.is_(None),
)
_ENTITLE, _ENTITLE_FIRST = (
    counting(
        prepared(
            sa.update(table)
            .where(_HERE, table.c.title_by == "fallback", *still)
            .values(
                title=sa.bindparam("new"),
                title_by=sa.bindparam("by"),
                rev=table.c.rev + 1,
                updated_at=sa.bindparam("now"),
            )
        ),
        table.c.rev,
        prepared(
            sa.select(table.c.rev).where(
                _HERE, table.c.title == sa.bindparam("new"), table.c.title_by == sa.bindparam("by")
            )
        ),
    )
    for still in ((), (table.c.title == "",))
)


class Chats(Repository):
    """The chats of all users. Another user's chat is not found."""

    def __init__(self, connection: Connection, search: Search) -> None:
        super().__init__(connection)
        self._search = search

    async def add(self, chat: Chat) -> None:
        """Store a new chat. Raises BadRequest for a folder or tag that is too long."""
        values = msgspec.structs.asdict(chat)
        tags = values.pop("tags")
        limited(chat.folder, 255, "folder")
        await self._write(sa.insert(table), values)
        await self._set_tags(chat.id, tags)
        await self._search.add(chat.id, [(None, chat.title)])

    async def get(self, user_id: str, chat_id: str, *, include_deleted: bool = False) -> Chat:
        """Return the chat. Raises NotFound, for a deleted one too unless `include_deleted`."""
        row = await self._row(_GET, {"chat_id": chat_id, "user": user_id})
        if row is None or (row.deleted_at is not None and not include_deleted):
            raise _missing(chat_id)
        return (await self._chats([row]))[0]

    async def hold(self, user_id: str, chat_id: str) -> Chat:
        """Return the chat without its tags; nobody else changes it before this transaction's end.

        Raises NotFound.
        """
        row = await self._row(_HOLD, {"chat_id": chat_id, "user": user_id})
        if row is None or row.deleted_at is not None:
            raise _missing(chat_id)
        return Chat(**row._asdict())

    async def list(
        self,
        user_id: str,
        *,
        archived: bool | None = False,
        pinned: bool | None = None,
        folder: str | None = None,
        tag: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Chat]:
        """Return chats by their last message, newest first.

        None switches a filter off; `folder` "" means: in no folder. A chat that moves to the top
        between two pages is not seen again further down, and none is left out.
        Raises BadRequest for a cursor that no page gave.
        """
        query = sa.select(table).where(table.c.user_id == user_id, table.c.deleted_at.is_(None))
        if archived is not None:
            query = query.where(
                table.c.archived_at.is_not(None) if archived else table.c.archived_at.is_(None)
            )
        if pinned is not None:
            query = query.where(table.c.pinned_at.is_not(None) if pinned else table.c.pinned_at.is_(None))
        if folder is not None:
            query = query.where(table.c.folder == folder if folder else table.c.folder.is_(None))
        if tag is not None:
            query = query.where(sa.exists().where(chat_tag.c.chat_id == table.c.id, chat_tag.c.tag == tag))
        query = (
            query.where(*beyond(cursor, table.c.last_message_at, table.c.id))
            .order_by(table.c.last_message_at.desc(), table.c.id.desc())
            .limit(limit + 1)
        )
        chats = await self._chats(await self._rows(query))
        return paged(chats, limit, lambda chat: (chat.last_message_at, chat.id))

    async def counts(self) -> dict[str, int]:
        """Return how many chats each user has, archived ones included, deleted ones not."""
        query = (
            sa.select(table.c.user_id, sa.func.count().label("chats"))
            .where(table.c.deleted_at.is_(None))
            .group_by(table.c.user_id)
        )
        return {row.user_id: int(row.chats) for row in await self._rows(query)}

    async def update(
        self, user_id: str, chat_id: str, changes: Mapping[str, Any], rev: int | None = None
    ) -> Chat:
        """Change fields of a chat and return it with its new revision.

        Raises NotFound, StaleRevision where `rev` is given and no longer the chat's, BadRequest for a
        field that cannot be changed.
        """
        for name in changes:
            if name not in CHANGEABLE:
                raise BadRequest(f"{name} of a chat cannot be changed", param=name)
        limited(changes.get("folder"), 255, "folder")
        values = {name: value for name, value in changes.items() if name != "tags"}
        statement = sa.update(table).where(
            table.c.id == chat_id, table.c.user_id == user_id, table.c.deleted_at.is_(None)
        )
        if rev is not None:
            statement = statement.where(table.c.rev == rev)
        met = await self._write(statement.values(**values, rev=table.c.rev + 1, updated_at=datetime.now(UTC)))
        chat = await self.get(user_id, chat_id)
        if not met:
            raise StaleRevision(
                "the chat was changed elsewhere meanwhile",
                param="rev",
                remedy="Read the chat again and repeat the change on what it is now.",
                detail=f"revision {rev} was sent, {chat.rev} is the present one",
                sentence="chat_stale",
            )
        if "tags" in changes:
            await self._write(sa.delete(chat_tag).where(chat_tag.c.chat_id == chat_id))
            await self._set_tags(chat_id, changes["tags"])
            chat.tags = list(dict.fromkeys(changes["tags"]))
        if "title" in changes:
            await self._search.replace(chat_id, None, chat.title)
        return chat

    async def touch(self, chat_id: str, active_leaf_id: str | None, at: datetime) -> int:
        """Note that something was said; None leaves the active leaf. Returns the new revision."""
        rev = await self._counted(_TOUCH, {"chat_id": chat_id, "at": at, "leaf": active_leaf_id})
        if rev is None:
            raise _missing(chat_id)
        return rev

    async def entitle(self, user_id: str, chat_id: str, title: str, by: str) -> int | None:
        """Give a chat a title by machine: `by` is `fallback`, for one without a title, or `model`.

        Returns the new revision, None where a person or the model gave it one before, or it is gone.
        """
        values = {"chat_id": chat_id, "user": user_id, "new": title, "by": by, "now": datetime.now(UTC)}
        rev = await self._counted(_ENTITLE_FIRST if by == "fallback" else _ENTITLE, values)
        if rev is not None:
            await self._search.replace(chat_id, None, title)
        return rev

    async def delete(self, user_id: str, chat_id: str) -> None:
        """Hide a chat until it is restored or purged. Raises NotFound."""
        now = datetime.now(UTC)
        await self._mark(user_id, chat_id, table.c.deleted_at.is_(None), now, now)

    async def restore(self, user_id: str, chat_id: str) -> Chat:
        """Undo `delete` and return the chat. Raises NotFound where it was not deleted, or is purged."""
        await self._mark(user_id, chat_id, table.c.deleted_at.is_not(None), None, datetime.now(UTC))
        return await self.get(user_id, chat_id)

    async def present(self, user_id: str, ids: Sequence[str], *, deleted: bool) -> Sequence[str]:
        """Return which of `ids` are the user's chats, in the trash or not."""
        state = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
        found: list[str] = []
        for some in batches(ids):
            query = sa.select(table.c.id).where(table.c.id.in_(some), table.c.user_id == user_id, state)
            found += [row.id for row in await self._rows(query)]
        return found

    async def change_many(self, ids: Sequence[str], values: Mapping[str, Any]) -> None:
        """Change columns of these chats, whose owner was asked for before (`present`)."""
        limited(values.get("folder"), 255, "folder")
        now = datetime.now(UTC)
        for some in batches(ids):
            change = sa.update(table).where(table.c.id.in_(some))
            await self._write(change.values(**values, updated_at=now, rev=table.c.rev + 1))

    async def retag(self, ids: Sequence[str], tags: Sequence[str], *, add: bool, most: int) -> None:
        """Give tags to these chats or take them away; one that has `most` already gets no more."""
        for tag in tags:
            limited(tag, 64, "tags")
        for some in batches(ids):
            if not add:
                gone = sa.delete(chat_tag).where(chat_tag.c.chat_id.in_(some), chat_tag.c.tag.in_(tags))
                await self._write(gone)
                continue
            known: dict[str, list[str]] = {one: [] for one in some}
            query = sa.select(chat_tag).where(chat_tag.c.chat_id.in_(some)).order_by(chat_tag.c.position)
            for row in await self._rows(query):
                known[row.chat_id].append(row.tag)
            rows = [
                {"chat_id": one, "tag": tag, "position": len(has) + place}
                for one, has in known.items()
                for place, tag in enumerate(_new(tags, has, most))
            ]
            if rows:
                await self._write(sa.insert(chat_tag), rows)
        await self.change_many(ids, {})

    async def trash(self, user_id: str, cursor: str | None = None, limit: int = 50) -> Page[Chat]:
        """Return deleted chats, the last deleted first. Raises BadRequest for a cursor that no page gave."""
        query = sa.select(table).where(table.c.user_id == user_id, table.c.deleted_at.is_not(None))
        query = (
            query.where(*beyond(cursor, table.c.deleted_at, table.c.id))
            .order_by(table.c.deleted_at.desc(), table.c.id.desc())
            .limit(limit + 1)
        )
        chats = await self._chats(await self._rows(query))
        return paged(chats, limit, lambda chat: (chat.deleted_at or chat.updated_at, chat.id))

    async def purge(self, before: datetime, limit: int = 200, user_id: str | None = None) -> int:
        """Remove for good at most `limit` chats that were deleted before, a user's or all; return how many.

        Call again while it returns `limit`, each time in a transaction of its own, so that no other
        writer waits long.
        """
        query = sa.select(table.c.id).where(table.c.deleted_at < before).limit(limit)
        if user_id is not None:
            query = query.where(table.c.user_id == user_id)
        ids = [row.id for row in await self._rows(query)]
        await self.remove(ids)
        return len(ids)

    async def remove(self, ids: Sequence[str]) -> None:
        """Remove these chats for good, whose owner was asked for before (`present`)."""
        for some in batches(ids):
            # InnoDB looks at the reference to the parent row by row
            await self._write(sa.update(message).where(message.c.chat_id.in_(some)).values(parent_id=None))
            await self._write(sa.delete(table).where(table.c.id.in_(some)))

    async def owners(self, more_than: int) -> Sequence[str]:
        """Return the users who have more chats than that, pinned, archived and deleted ones not counted."""
        query = (
            sa.select(table.c.user_id)
            .where(table.c.deleted_at.is_(None), table.c.pinned_at.is_(None), table.c.archived_at.is_(None))
            .group_by(table.c.user_id)
            .having(sa.func.count() > more_than)
        )
        return sorted(row.user_id for row in await self._rows(query))

    async def prune(self, user_id: str, keep: int) -> Sequence[str]:
        """Delete all but the newest `keep` chats; pinned and archived ones neither count nor go.

        Returns the ids of those deleted; they can be restored until they are purged.
        """
        query = (
            sa.select(table.c.id)
            .where(
                table.c.user_id == user_id,
                table.c.deleted_at.is_(None),
                table.c.pinned_at.is_(None),
                table.c.archived_at.is_(None),
            )
            .order_by(table.c.last_message_at.desc(), table.c.id.desc())
        )
        ids = [row.id for row in await self._rows(query)][keep:]
        now = datetime.now(UTC)
        for some in batches(ids):
            await self._write(
                sa.update(table)
                .where(table.c.id.in_(some))
                .values(deleted_at=now, updated_at=now, rev=table.c.rev + 1)
            )
        return ids

    async def tags(self, user_id: str) -> Sequence[Tally]:
        """Return the tags in use by name, with how many chats each has, archived ones not counted."""
        shown = sa.func.sum(sa.case((table.c.archived_at.is_(None), 1), else_=0)).label("held")
        query = (
            sa.select(chat_tag.c.tag, shown)
            .join(table, table.c.id == chat_tag.c.chat_id)
            .where(table.c.user_id == user_id, table.c.deleted_at.is_(None))
            .group_by(chat_tag.c.tag)
        )
        found = [Tally(row.tag, int(row.held)) for row in await self._rows(query)]
        return sorted(found, key=lambda one: (one.name.casefold(), one.name))

    async def _mark(
        self,
        user_id: str,
        chat_id: str,
        condition: sa.ColumnElement[bool],
        deleted_at: datetime | None,
        now: datetime,
    ) -> None:
        met = await self._write(
            sa.update(table)
            .where(table.c.id == chat_id, table.c.user_id == user_id, condition)
            .values(deleted_at=deleted_at, updated_at=now, rev=table.c.rev + 1)
        )
        if not met:
            raise _missing(chat_id)

    async def _set_tags(self, chat_id: str, tags: Sequence[str]) -> None:
        rows = [
            {"chat_id": chat_id, "tag": limited(tag, 255, "tags"), "position": position}
            for position, tag in enumerate(dict.fromkeys(tags))
        ]
        if rows:
            await self._write(sa.insert(chat_tag), rows)

    async def _chats(self, rows: Sequence[sa.Row[Any]]) -> Sequence[Chat]:
        found = [Chat(**row._asdict()) for row in rows]
        if found:
            by_id = {chat.id: chat for chat in found}
            query = (
                sa.select(chat_tag).where(chat_tag.c.chat_id.in_(list(by_id))).order_by(chat_tag.c.position)
            )
            for row in await self._rows(query):
                by_id[row.chat_id].tags.append(row.tag)
        return found


def _new(tags: Sequence[str], has: Sequence[str], most: int) -> Sequence[str]:
    return [tag for tag in tags if tag not in has][: max(most - len(has), 0)]


def _missing(chat_id: str) -> NotFound:
    return NotFound("there is no such chat", param="chat_id", detail=chat_id, sentence="chat_none")
