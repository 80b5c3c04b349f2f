import asyncio

import pytest
import sqlalchemy as sa

from stellarchat.core.errors import Conflict, StoreUnavailable
from stellarchat.store import Store
from stellarchat.store.tables import chat as table
from tests.store.samples import add_chat, add_line, add_messages, chat, moment, said


async def count(store: Store) -> int:
    async with store.read() as tx:
        return (await tx.chats.counts()).get("ann", 0)


async def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as tx:
            made = chat()
            await tx.chats.add(made)
            await tx.messages.add(said(made.id, "text"))
            raise RuntimeError("something else went wrong")

    with pytest.raises(RuntimeError, match="something else"):
        await fail()
    assert await count(store) == 0
    await add_chat(store)
    assert await count(store) == 1


async def test_what_is_not_committed_is_not_read(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.chats.add(chat())
        assert (await tx.chats.counts())["ann"] == 1
        assert await count(store) == 0
    assert await count(store) == 1


async def test_a_read_cannot_write(store: Store) -> None:
    made = await add_chat(store)
    with pytest.raises((StoreUnavailable, sa.exc.DBAPIError)):
        async with store.read() as tx:
            await tx.chats.delete("ann", made.id)
    assert await count(store) == 1
    # and the connection is as good as before
    await add_chat(store)


async def test_fifty_transactions_at_once_lose_nothing(store: Store) -> None:
    made = await add_chat(store)

    async def once(number: int) -> None:
        async with store.transaction() as tx:
            await tx.messages.add(said(made.id, f"number {number}", at=number, client_id=str(number)))
            await tx.chats.touch(made.id, None, moment(number))

    async def look() -> None:
        async with store.read() as tx:
            found = await tx.messages.nodes(made.id)
            assert len(await tx.messages.many(found)) == len(found)

    await asyncio.gather(*(once(number) for number in range(50)), *(look() for _ in range(50)))
    async with store.read() as tx:
        assert (await tx.chats.get("ann", made.id)).rev == 50
        found = await tx.messages.many(await tx.messages.nodes(made.id))
    assert {message.client_id for message in found} == {str(number) for number in range(50)}


async def test_of_two_equal_requests_at_once_one_is_stored(store: Store) -> None:
    made = await add_chat(store)

    async def post() -> bool:
        try:
            await add_messages(store, said(made.id, "hello", client_id="same"))
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(*(post() for _ in range(8)))) == [False] * 7 + [True]


async def test_a_cancelled_transaction_leaves_no_trace(store: Store) -> None:
    async def write() -> None:
        async with store.transaction() as tx:
            for _ in range(20):
                await tx.chats.add(chat())

    for patience in range(12):
        task = asyncio.create_task(write())
        await asyncio.sleep(patience / 1000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await count(store) % 20 == 0
    before = await count(store)
    await write()
    assert await count(store) == before + 20


async def test_a_cancelled_wait_for_the_turn_leaves_the_turn_free(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.chats.add(chat())
        waiting = [asyncio.create_task(add_chat(store)) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await add_chat(store)
    assert await count(store) >= 3


async def test_check_is_a_round_trip(store: Store) -> None:
    await store.check()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.check()
    with pytest.raises(StoreUnavailable):
        await add_chat(store)
    await store.close()
    await store.open()
    await add_chat(store)


async def test_two_stores_share_a_database(store: Store, store_url: str) -> None:
    other = Store(store_url)
    await other.open()
    try:
        made = await add_chat(store)
        await asyncio.gather(add_line(store, made.id, 20), add_line(other, made.id, 20))
        async with store.read() as tx:
            assert len(await tx.messages.nodes(made.id)) == 40
    finally:
        await other.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "mysql://nobody@127.0.0.1:1/none",
        "sqlite:////proc/none/file.db",
    ],
)
async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable) as refused:
        await store.open()
    assert refused.value.remedy
    assert refused.value.detail


async def test_connections_that_the_server_ended_are_replaced(server_store: Store) -> None:
    await add_chat(server_store)
    async with server_store.transaction() as tx:
        connection = tx.chats._connection
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        else:
            rows = await connection.exec_driver_sql(
                "SELECT id FROM information_schema.processlist"
                " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
            for (identity,) in rows.all():
                await connection.exec_driver_sql(f"KILL {int(identity)}")
    await add_chat(server_store)
    assert await count(server_store) == 2


async def test_a_connection_that_ends_in_mid_transaction_is_unavailable(server_store: Store) -> None:

    async def die() -> None:
        async with server_store.transaction() as tx:
            await tx.chats.add(chat())
            connection = tx.chats._connection
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
            else:
                await connection.exec_driver_sql("KILL CONNECTION_ID()")
            await connection.execute(sa.select(table.c.id))

    with pytest.raises(StoreUnavailable):
        await die()
    assert await count(server_store) == 0
    await add_chat(server_store)
    assert await count(server_store) == 1
