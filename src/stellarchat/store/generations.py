"""Generations and the checkpoints of their event logs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import NotFound
from stellarchat.core.generations import Checkpoint, GenerationRecord, GenerationStatus
from stellarchat.core.messages import Message
from stellarchat.store.messages import Messages
from stellarchat.store.repository import Connection, Repository, batches
from stellarchat.store.statements import prepared
from stellarchat.store.tables import generation as table
from stellarchat.store.tables import generation_event

_RUNNING = table.c.status == GenerationStatus.RUNNING

# the last number safe in the store, by one look at the end of the primary key
_last_seq = (
    sa.select(generation_event.c.last_seq)
    .where(generation_event.c.generation_id == table.c.id)
    .order_by(generation_event.c.first_seq.desc())
    .limit(1)
    .scalar_subquery()
)

_ADD = prepared(sa.insert(table))
_UPDATE = prepared(sa.update(table).where(table.c.id == sa.bindparam("its_id")))
_DROP_EVENTS = prepared(
    sa.delete(generation_event).where(generation_event.c.generation_id == sa.bindparam("its_id"))
)


class Generations(Repository):
    """Runs of models, from before their first token until their rows are folded into a message."""

    def __init__(self, connection: Connection, messages: Messages) -> None:
        super().__init__(connection)
        self._messages = messages

    async def add(self, record: GenerationRecord) -> None:
        """Store a new generation; its message must be stored already."""
        await self._write(_ADD, msgspec.structs.asdict(record))

    async def get(self, generation_id: str) -> GenerationRecord:
        """Return the generation. Raises NotFound."""
        found = await self._records(table.c.id == generation_id)
        if not found:
            raise _missing(generation_id)
        return found[0]

    async def exists(self, generation_id: str) -> bool:
        """Whether there is such a generation, running or over."""
        return await self._row(sa.select(table.c.id).where(table.c.id == generation_id)) is not None

    async def checkpoint(self, checkpoints: list[Checkpoint], at: datetime | None = None) -> None:
        """Append new events of any number of generations, and note that these are alive (`at`: now).

        A checkpoint written again (after an error that left open whether it was) replaces the first.
        """
        if not checkpoints:
            return
        await self._upsert(generation_event, [msgspec.structs.asdict(one) for one in checkpoints])
        now = at or datetime.now(UTC)
        for some in batches({one.generation_id for one in checkpoints}):
            await self._write(
                sa.update(table).where(table.c.id.in_(some)).values(heartbeat_at=now, last_seq=_last_seq)
            )

    async def checkpoints(self, generation_id: str) -> list[Checkpoint]:
        """Return what was written of a running generation, in order."""
        query = (
            sa.select(generation_event)
            .where(generation_event.c.generation_id == generation_id)
            .order_by(generation_event.c.first_seq)
        )
        return await self._all(Checkpoint, query)

    async def finish(self, record: GenerationRecord, message: Message, *, blank: bool = False) -> int:
        """Write how a generation ended, its message with all parts, and drop its checkpoints.

        `blank` says that the message had no content before. Returns the chat's new revision. Raises
        NotFound.
        """
        values = msgspec.structs.asdict(record)
        for name in ("id", "chat_id", "message_id", "user_id", "created_at"):
            del values[name]
        if not await self._write(_UPDATE, {"its_id": record.id, **values}):
            raise _missing(record.id)
        rev = await self._messages.update(message, blank=blank)
        await self._write(_DROP_EVENTS, {"its_id": record.id})
        return rev

    async def running(self) -> list[GenerationRecord]:
        """Return the generations that nobody has finished, oldest first."""
        return await self._records(_RUNNING)

    async def live_for_chats(self, chat_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the running generations of each chat that has any."""
        found: dict[str, list[str]] = {}
        for some in batches(chat_ids):
            query = sa.select(table.c.chat_id, table.c.id).where(table.c.chat_id.in_(some), _RUNNING)
            for row in await self._rows(query.order_by(table.c.created_at, table.c.id)):
                found.setdefault(row.chat_id, []).append(row.id)
        return found

    async def _records(self, condition: sa.ColumnElement[bool]) -> list[GenerationRecord]:
        query: sa.Select[Any] = sa.select(table).where(condition).order_by(table.c.created_at, table.c.id)
        return await self._all(GenerationRecord, query)


def _missing(generation_id: str) -> NotFound:
    return NotFound(
        "there is no such generation", param="generation_id", detail=generation_id, sentence="reply_none"
    )
