"""Messages: the nodes of the trees."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import NotFound
from stellarchat.core.messages import NAMELESS, FilePart, Message, Node
from stellarchat.store.columns import decode_part, dump
from stellarchat.store.repository import Connection, Repository, batches, counting, limited
from stellarchat.store.search import Search
from stellarchat.store.statements import prepared
from stellarchat.store.tables import chat, message_file, message_part
from stellarchat.store.tables import message as table

_HERE = sa.and_(table.c.id == sa.bindparam("message_id"), table.c.chat_id == sa.bindparam("in_chat"))
_ROOTS, _CHILDREN = (
    prepared(
        sa.select(table.c.id)
        .where(table.c.chat_id == sa.bindparam("in_chat"), below)
        .order_by(table.c.created_at, table.c.id)
    )
    for below in (table.c.parent_id.is_(None), table.c.parent_id == sa.bindparam("parent"))
)
_ADD = prepared(sa.insert(table))
_ADD_PARTS = prepared(sa.insert(message_part))
_DROP_PARTS = prepared(sa.delete(message_part).where(message_part.c.message_id == sa.bindparam("message_id")))
_ADD_FILES = prepared(sa.insert(message_file))
_DROP_FILES = prepared(sa.delete(message_file).where(message_file.c.message_id == sa.bindparam("message_id")))
_UPDATE = prepared(sa.update(table).where(_HERE))
_HOLD = prepared(sa.select(chat.c.rev).where(chat.c.id == sa.bindparam("in_chat")).with_for_update())
_CHANGED = prepared(
    sa.update(chat)
    .where(chat.c.id == sa.bindparam("in_chat"))
    .values(rev=chat.c.rev + 1, updated_at=sa.bindparam("now"))
)
_BUMP = counting(
    _CHANGED, chat.c.rev, prepared(sa.select(chat.c.rev).where(chat.c.id == sa.bindparam("in_chat")))
)


class Messages(Repository):
    """The messages of all chats; whose chat it is was decided before, by `Chats.get`."""

    def __init__(self, connection: Connection, search: Search) -> None:
        super().__init__(connection)
        self._search = search

    async def add(self, message: Message) -> None:
        """Store a new message; sets its `rev` to the one that the chat's next `touch` gives.

        Raises NotFound for an unknown chat. A `client_id` that the chat has already, or an unknown
        parent, ends the transaction with Conflict: look with `by_client_id` first, and again after a
        Conflict.
        """
        await self.add_many(message.chat_id, [message])

    async def add_many(self, chat_id: str, messages: Sequence[Message], rev: int | None = None) -> None:
        """Store messages of one chat at once, parents before their children. Like `add`.

        `rev` is the chat's revision where the caller holds the chat (`Chats.hold`).
        """
        if rev is None:
            # held from here on: InnoDB would share the chat for the reference to it, and two that share
            # it and then want to change it are a deadlock
            row = await self._row(_HOLD, {"in_chat": chat_id})
            if row is None:
                raise NotFound("there is no such chat", param="chat_id", detail=chat_id, sentence="chat_none")
            rev = row.rev
        for message in messages:
            limited(message.client_id, 128, "client_id")
            message.rev = rev + 1
        for some in batches(messages):
            await self._write(_ADD, [_columns(message) for message in some])
            await self._add_parts(some)
        texts = [(message.id, message.content) for message in messages if message.status.final]
        await self._search.add(chat_id, texts)

    async def get(self, chat_id: str, message_id: str) -> Message:
        """Return the message. Raises NotFound."""
        found = await self._messages(table.c.chat_id == chat_id, table.c.id == message_id)
        if not found:
            raise _missing(message_id)
        return found[0]

    async def by_client_id(self, chat_id: str, client_id: str) -> Message | None:
        """Return the message that its sender named so, None where there is none yet."""
        found = await self._messages(table.c.chat_id == chat_id, table.c.client_id == client_id)
        return found[0] if found else None

    async def by_client_ids(self, chat_id: str) -> dict[str, str]:
        """Return the ids of the messages whose senders named them, by these names."""
        query = sa.select(table.c.client_id, table.c.id).where(
            table.c.chat_id == chat_id, table.c.client_id.is_not(None)
        )
        return {row.client_id: row.id for row in await self._rows(query)}

    async def holding(self, chat_id: str, file_id: str) -> list[str]:
        """Return the messages of a chat that refer to a file."""
        query = (
            sa.select(message_file.c.message_id)
            .join(table, table.c.id == message_file.c.message_id)
            .where(message_file.c.attachment_id == file_id, table.c.chat_id == chat_id)
        )
        return [row.message_id for row in await self._rows(query)]

    async def referring(self, file_ids: Iterable[str]) -> list[Message]:
        """Return the messages of all chats that refer to one of these files."""
        found: dict[str, Message] = {}
        for some in batches(dict.fromkeys(file_ids)):
            query = sa.select(message_file.c.message_id).where(message_file.c.attachment_id.in_(some))
            found.update(
                {one.id: one for one in await self.many({row[0] for row in await self._rows(query)})}
            )
        return list(found.values())

    async def many(self, ids: Iterable[str]) -> list[Message]:
        """Return the messages in the order of `ids`; unknown ids are left out."""
        wanted = list(ids)
        found: dict[str, Message] = {}
        for some in batches(wanted):
            found.update({one.id: one for one in await self._messages(table.c.id.in_(some))})
        return [found[one] for one in wanted if one in found]

    async def nodes(self, chat_id: str) -> dict[str, Node]:
        """Return the shape of a chat's tree."""
        query = sa.select(table.c.id, table.c.parent_id, table.c.created_at).where(table.c.chat_id == chat_id)
        return {row.id: Node(row.id, row.parent_id, row.created_at) for row in await self._rows(query)}

    async def branch(self, chat_id: str, leaf: str, limit: int | None = None) -> list[Message]:
        """Return the last `limit` messages from the root down to `leaf`, root-most first.

        There are more above where the first one has a parent. [] for an unknown leaf.
        """
        line: list[Message] = []
        start: str | None = leaf
        while start is not None and (limit is None or len(line) < limit):
            # MySQL and MariaDB stop a recursion at 1,000 rounds
            steps = 500 if limit is None else min(500, limit - len(line))
            rows = await self._rows(_UPWARD, {"in_chat": chat_id, "start": start, "steps": steps})
            line += _gathered(rows)
            start = line[-1].parent_id if rows else None
        return line[::-1]

    async def counts(self, chat_ids: Iterable[str]) -> dict[str, int]:
        """Return how many messages each of some chats holds, on all its branches; 0 is left out."""
        found: dict[str, int] = {}
        for some in batches(set(chat_ids)):
            query = (
                sa.select(table.c.chat_id, sa.func.count().label("held"))
                .where(table.c.chat_id.in_(some))
                .group_by(table.c.chat_id)
            )
            found.update({row.chat_id: int(row.held) for row in await self._rows(query)})
        return found

    async def siblings(self, chat_id: str, parent_ids: Iterable[str | None]) -> dict[str | None, list[str]]:
        """Return the children of each parent, oldest first; None stands for the roots."""
        wanted = set(parent_ids)
        found: dict[str | None, list[str]] = {parent: [] for parent in wanted}
        for some in batches(wanted):
            parents = [parent for parent in some if parent is not None]
            below = table.c.parent_id.in_(parents)
            condition = sa.or_(below, table.c.parent_id.is_(None)) if None in some else below
            query = (
                sa.select(table.c.id, table.c.parent_id)
                .where(table.c.chat_id == chat_id, condition)
                .order_by(table.c.created_at, table.c.id)
            )
            for row in await self._rows(query):
                found[row.parent_id].append(row.id)
        return found

    async def children(self, chat_id: str, parent_id: str | None) -> list[str]:
        """Return the children of one message, or the roots, oldest first."""
        if parent_id is None:
            rows = await self._rows(_ROOTS, {"in_chat": chat_id})
        else:
            rows = await self._rows(_CHILDREN, {"in_chat": chat_id, "parent": parent_id})
        return [row.id for row in rows]

    async def update(self, message: Message, *, blank: bool = False) -> int:
        """Write the message as it is now, parts included; its place in the tree stays.

        `blank` says that nothing of its content was stored before, which spares removing it. Sets
        `message.rev` and returns it: the chat's new revision. Raises NotFound.
        """
        rev = await self._bump(message.chat_id, message.id)
        message.rev = rev
        values = _columns(message)
        for name in ("id", "chat_id", "parent_id", "client_id", "created_at"):
            del values[name]
        if not await self._write(_UPDATE, {"message_id": message.id, "in_chat": message.chat_id, **values}):
            raise _missing(message.id)
        if not blank:
            await self._write(_DROP_PARTS, {"message_id": message.id})
        await self._add_parts([message])
        if message.status.final:
            if blank:
                await self._search.add(message.chat_id, [(message.id, message.content)])
            else:
                await self._search.replace(message.chat_id, message.id, message.content)
        return rev

    async def name(self, chat_id: str, message_ids: Sequence[str]) -> None:
        """Let it be told which models wrote some answers of a chat, be they whole or still being written."""
        for message in await self.many(message_ids):
            if message.chat_id == chat_id and message.nameless:
                metadata = {name: value for name, value in message.metadata.items() if name != NAMELESS}
                rev = await self._bump(chat_id, message.id)
                query = sa.update(table).where(table.c.id == message.id).values(metadata=metadata, rev=rev)
                await self._write(query)

    async def _bump(self, chat_id: str, message_id: str) -> int:
        rev = await self._counted(_BUMP, {"in_chat": chat_id, "now": datetime.now(UTC)})
        if rev is None:
            raise _missing(message_id)
        return rev

    async def _add_parts(self, messages: Sequence[Message]) -> None:
        rows = [
            {"message_id": message.id, "position": position, "body": dump(part)}
            for message in messages
            for position, part in enumerate(message.parts)
        ]
        if rows:
            await self._write(_ADD_PARTS, rows)
        await self._refer(messages)

    async def _refer(self, messages: Iterable[Message]) -> None:
        """Keep the files that messages refer to. Most refer to none."""
        for message in messages:
            files = [part for part in message.parts if isinstance(part, FilePart)]
            if files:
                await self._write(_DROP_FILES, {"message_id": message.id})
                there = dict.fromkeys(part.id for part in files if not part.is_gone)
                rows = [{"message_id": message.id, "attachment_id": one} for one in there]
                if rows:
                    await self._write(_ADD_FILES, rows)

    async def _messages(self, *conditions: sa.ColumnElement[bool]) -> list[Message]:
        rows = await self._rows(sa.select(table).where(*conditions))
        found = [Message(**row._asdict(), parts=[]) for row in rows]
        if found:
            by_id = {message.id: message for message in found}
            query = (
                sa.select(message_part.c.message_id, message_part.c.body)
                .where(message_part.c.message_id.in_(list(by_id)))
                .order_by(message_part.c.message_id, message_part.c.position)
            )
            for row in await self._rows(query):
                by_id[row.message_id].parts.append(decode_part(row.body))
        return found


def _upward() -> sa.Select[Any]:
    """Select `steps` messages from `start` up, leaf-most first, a row for each part and one where none is."""
    steps = sa.bindparam("steps", type_=sa.Integer)
    line = (
        sa.select(table.c.id, table.c.parent_id, sa.literal(1).label("depth"))
        .where(table.c.id == sa.bindparam("start"), table.c.chat_id == sa.bindparam("in_chat"))
        .cte("line", recursive=True)
    )
    above = sa.select(table.c.id, table.c.parent_id, line.c.depth + 1).where(
        table.c.id == line.c.parent_id, line.c.depth < steps
    )
    line = line.union_all(above)
    parts = message_part.c
    return (
        sa.select(table, parts.body)
        .select_from(
            line.join(table, table.c.id == line.c.id).outerjoin(message_part, parts.message_id == line.c.id)
        )
        .order_by(line.c.depth, parts.position)
    )


_UPWARD = prepared(_upward())


def _gathered(rows: Iterable[Any]) -> list[Message]:
    """Return the messages of rows that hold a part each, in their order."""
    found: list[Message] = []
    for row in rows:
        if not found or found[-1].id != row.id:
            values = row._asdict()
            del values["body"]
            found.append(Message(**values, parts=[]))
        if row.body is not None:
            found[-1].parts.append(decode_part(row.body))
    return found


def _columns(message: Message) -> dict[str, Any]:
    values = msgspec.structs.asdict(message)
    del values["parts"]
    return values


def _missing(message_id: str) -> NotFound:
    return NotFound(
        "there is no such message in this chat",
        param="message_id",
        detail=message_id,
        sentence="message_none",
    )
