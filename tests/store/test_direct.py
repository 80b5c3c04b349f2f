"""Work that is written together: `Store.write`, on each database, and what is SQLite's alone."""

import asyncio
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from stellarchat.core.errors import Conflict, NotFound, StoreUnavailable
from stellarchat.core.generations import Checkpoint, GenerationStatus
from stellarchat.core.messages import Message, MessageStatus, TextPart
from stellarchat.store import Store, Transaction
from stellarchat.store.direct import AT_ONCE
from tests.store.samples import add_chat, add_line, add_messages, answer, moment, run, said


async def add(tx: Transaction, message: Message) -> None:
    await tx.messages.add(message)


async def test_work_gives_what_it_returns_and_is_kept(store: Store) -> None:
    chat = await add_chat(store, tags=["one"])
    made = said(chat.id, "hello", client_id="mine")

    async def work(tx: Transaction) -> int:
        held = await tx.chats.hold("ann", chat.id)
        assert held.tags == []
        await tx.messages.add_many(chat.id, [made], held.rev)
        return await tx.chats.touch(chat.id, made.id, moment(5))

    assert await store.write(work) == 1
    async with store.read() as tx:
        found = await tx.chats.get("ann", chat.id)
        assert (found.active_leaf_id, found.rev, found.last_message_at) == (made.id, 1, moment(5))
        assert found.tags == ["one"]
        assert await tx.messages.get(chat.id, made.id) == made
        assert [hit.message_id for hit in await tx.search.query("ann", "hello")] == [made.id]


async def test_a_whole_turn_is_the_same_as_in_a_transaction(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 3)
    reply = answer(chat.id, line[-1], at=9)
    record = run(reply, at=9, params={"seed": 1})

    async def begin(tx: Transaction) -> list[Message]:
        assert await tx.messages.by_client_id(chat.id, "unknown") is None
        await tx.messages.add(reply)
        await tx.generations.add(record)
        assert await tx.messages.children(chat.id, line[-1].id) == [reply.id]
        assert await tx.messages.children(chat.id, None) == [line[0].id]
        assert await tx.messages.siblings(chat.id, [None, line[0].id]) == {
            None: [line[0].id],
            line[0].id: [line[1].id],
        }
        return await tx.messages.branch(chat.id, line[-1].id, 2)

    async def finish(tx: Transaction) -> int:
        await tx.generations.checkpoint([Checkpoint(record.id, 1, 4, b"[]")])
        await tx.generations.checkpoint([Checkpoint(record.id, 1, 5, b"[1]")])
        assert await tx.generations.checkpoints(record.id) == [Checkpoint(record.id, 1, 5, b"[1]")]
        return await tx.generations.finish(record, reply, blank=True)

    assert await store.write(begin) == line[1:]
    reply.parts, reply.status = [TextPart("an answer")], MessageStatus.COMPLETE
    record.status, record.finished_at = GenerationStatus.COMPLETE, moment(10)
    assert await store.write(finish) == 1
    async with store.read() as tx:
        assert await tx.generations.get(record.id) == record
        assert await tx.messages.branch(chat.id, reply.id) == [*line, reply]
        assert await tx.generations.checkpoints(record.id) == []


async def test_work_that_fails_undoes_itself_alone(store: Store) -> None:
    chat = await add_chat(store)
    made = [said(chat.id, f"number {n}", at=n) for n in range(3 * AT_ONCE)]

    async def work(tx: Transaction, message: Message, number: int) -> int:
        await tx.messages.add(message)
        if number % 3 == 1:
            raise NotFound("not this one")
        if number % 3 == 2:
            await tx.messages.add(message)
        return number

    found = await asyncio.gather(
        *(store.write(partial(work, message=one, number=n)) for n, one in enumerate(made)),
        return_exceptions=True,
    )
    for number, came in enumerate(found):
        assert type(came) is (int, NotFound, Conflict)[number % 3]
    async with store.read() as tx:
        assert sorted(await tx.messages.nodes(chat.id)) == sorted(one.id for one in made[::3])


async def test_a_long_text_is_indexed_too(store: Store) -> None:
    chat = await add_chat(store)
    made = said(chat.id, "word " * 10_000 + "needle")
    await store.write(lambda tx: tx.messages.add(made))
    async with store.read() as tx:
        assert [hit.message_id for hit in await tx.search.query("ann", "needle")] == [made.id]


async def test_work_may_wait_for_nothing_else(sqlite_store: Store) -> None:
    chat = await add_chat(sqlite_store)

    async def work(tx: Transaction) -> None:
        await tx.messages.add(said(chat.id, "lost"))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="wait for nothing"):
        await sqlite_store.write(work)
    async with sqlite_store.read() as tx:
        assert await tx.messages.nodes(chat.id) == {}


async def test_work_whose_caller_has_left_is_not_done(sqlite_store: Store) -> None:
    chat = await add_chat(sqlite_store)
    left, stayed = said(chat.id, "left"), said(chat.id, "stayed")
    async with sqlite_store.transaction():
        asking = [asyncio.create_task(sqlite_store.write(partial(add, message=m))) for m in (left, stayed)]
        await asyncio.sleep(0)
        asking[0].cancel()
        await asyncio.sleep(0)
    await asking[1]
    assert asking[0].cancelled()
    async with sqlite_store.read() as tx:
        assert list(await tx.messages.nodes(chat.id)) == [stayed.id]


async def test_a_full_disk_fails_all_that_share_the_transaction_and_room_mends_it(
    sqlite_store: Store,
) -> None:
    chat = await add_chat(sqlite_store)

    async def limit(pages: int) -> None:
        async with sqlite_store.transaction() as tx:
            await tx.chats._connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))

    await limit(1)
    writes = [sqlite_store.write(lambda tx: tx.messages.add(said(chat.id, "x" * 100_000))) for _ in range(3)]
    for came in await asyncio.gather(*writes, return_exceptions=True):
        assert isinstance(came, StoreUnavailable)
        assert "full" in (came.detail or "")
    await limit(1_000_000)
    made = said(chat.id, "x" * 100_000)
    await sqlite_store.write(lambda tx: tx.messages.add(made))
    async with sqlite_store.read() as tx:
        assert list(await tx.messages.nodes(chat.id)) == [made.id]


async def test_transactions_and_work_take_turns(store: Store) -> None:
    chat = await add_chat(store)
    rest = [said(chat.id, f"number {n}", at=n) for n in range(20)]
    await asyncio.gather(
        *(store.write(partial(add, message=one)) for one in rest[::2]),
        *(add_messages(store, one) for one in rest[1::2]),
    )
    async with store.read() as tx:
        assert sorted(await tx.messages.nodes(chat.id)) == sorted(one.id for one in rest)


async def test_work_is_refused_once_the_store_is_closed(sqlite_store: Store) -> None:
    chat = await add_chat(sqlite_store)
    last = asyncio.create_task(sqlite_store.write(lambda tx: tx.chats.touch(chat.id, None, moment(1))))
    await asyncio.sleep(0)
    await sqlite_store.close()
    assert await last == 1

    async def nothing(tx: Any) -> None:
        raise AssertionError("not reached")

    with pytest.raises(StoreUnavailable):
        await sqlite_store.write(nothing)
