"""Writes what is being generated into the store, without any token waiting for it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from stellarchat.core.errors import NotFound, StoreUnavailable
from stellarchat.core.events import FinishReason, GenerationEvent, Status, coalesce, dump_events, load_events
from stellarchat.core.generations import Checkpoint, GenerationRecord, GenerationStatus
from stellarchat.core.messages import Message, MessageStatus, cut, fold
from stellarchat.services.answers.generation import Generation
from stellarchat.services.background import Loop
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

INTERVAL = 0.2  # seconds between two checkpoints of all live generations
PATIENCE = 30.0  # seconds that the end of a generation waits for a store that is away


class Recorder:
    """One background task that appends the new events of all live generations in one transaction."""

    def __init__(self, store: Store, *, owner: str, interval: float = INTERVAL) -> None:
        self.store, self.owner, self.interval = store, owner, interval
        self._tracked: dict[str, Generation] = {}
        # ends that the store has yet to take
        self._late: dict[str, Callable[[Transaction], Coroutine[Any, Any, object]]] = {}
        self._wake = asyncio.Event()
        self._loop = Loop("writing checkpoints", self._write, 0.0)

    def start(self) -> None:
        """Begin to write."""
        self._loop.open()

    async def close(self) -> None:
        """Write what is left and stop."""
        await self._loop.close()
        await self._flush()

    def track(self, generation: Generation) -> None:
        """Keep a generation's events from now on."""
        self._tracked[generation.id] = generation
        self._wake.set()

    async def finish(self, generation: Generation, message: Message, status: GenerationStatus) -> None:
        """Write the finished message; wait and try again where the store is away for a while.

        Nobody waits longer than `PATIENCE`: then it is written as soon as the store is back.
        """
        self._tracked.pop(generation.id, None)
        record = generation.record
        assert record is not None
        record.status = status
        record.last_seq = generation.last_seq
        record.instance = generation.instance
        record.usage, record.timings = message.usage, message.timings
        record.finished_at = record.heartbeat_at = message.updated_at

        async def end(tx: Transaction) -> int:
            return await tx.generations.finish(record, message, blank=not generation.base)

        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                generation.rev = await self.store.write(end)
                return
            except NotFound:
                return  # the chat was deleted for good meanwhile
            except StoreUnavailable:
                if asyncio.get_running_loop().time() > deadline:
                    log.error("the end of generation %s waits for the store", generation.id)
                    self._late[generation.id] = end
                    self._wake.set()
                    return
                await asyncio.sleep(0.5)

    def doubt(self, generation_id: str) -> None:
        """See to a generation that may be stored, though storing it failed: nobody writes it.

        An answer to a commit can be lost on its way. Left alone, its message would wait for ever.
        """

        async def interrupted(tx: Transaction) -> None:
            record = await tx.generations.get(generation_id)
            if record.status is GenerationStatus.RUNNING:
                await interrupt(tx, record)

        self._late[generation_id] = interrupted
        self._wake.set()

    async def recover(self) -> list[str]:
        """Turn what dead processes were writing into interrupted messages; return the chats' ids.

        To be called before the first generation: as a database has one server, whatever runs by the store's
        word is then dead.
        """
        chats: list[str] = []
        async with self.store.transaction() as tx:
            for record in await tx.generations.running():
                await interrupt(tx, record)
                chats.append(record.chat_id)
        return chats

    async def _write(self) -> None:
        await self._wake.wait()
        await asyncio.sleep(self.interval)
        await self._flush()
        if not self._tracked and not self._late:
            self._wake.clear()

    async def _flush(self) -> None:
        """Write what is new, and the ends that are late."""
        await self._checkpoint()
        for generation_id, end in list(self._late.items()):
            try:
                await self.store.write(end)
            except NotFound:
                pass  # it was never stored, or its chat was deleted for good meanwhile
            del self._late[generation_id]

    async def _checkpoint(self) -> None:
        checkpoints: list[Checkpoint] = []
        reached: list[tuple[Generation, int]] = []
        for generation in self._tracked.values():
            last = generation.last_seq
            if last == generation.flushed:
                continue
            events = coalesce(
                e for e in generation.log[generation.flushed : last] if not isinstance(e, Status)
            )
            if events:
                checkpoints.append(
                    Checkpoint(generation.id, generation.flushed + 1, last, dump_events(events))
                )
            reached.append((generation, last))
        if checkpoints:
            await self.store.write(lambda tx: tx.generations.checkpoint(checkpoints))
        for generation, last in reached:
            generation.flushed = max(generation.flushed, last)


async def interrupt(tx: Transaction, record: GenerationRecord) -> Message:
    """Fold what is stored of a generation that nobody writes any more into its message, and return that."""
    message = await tx.messages.get(record.chat_id, record.message_id)
    events: list[GenerationEvent] = []
    for checkpoint in await tx.generations.checkpoints(record.id):
        events += load_events(checkpoint.events)
        record.last_seq = checkpoint.last_seq
    # all at once: a call's pieces may lie in several of them
    message.parts = cut(fold(message.parts, events))
    message.status = MessageStatus.INTERRUPTED
    message.finish_reason = FinishReason.INTERRUPTED
    message.updated_at = record.finished_at = datetime.now(UTC)
    record.status = GenerationStatus.INTERRUPTED
    await tx.generations.finish(record, message)
    return message
