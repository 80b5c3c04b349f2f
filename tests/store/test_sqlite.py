"""What is SQLite's alone: its file, and the other processes that may use it."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from stellarchat.core.errors import StoreUnavailable
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.store.samples import add_chat, add_messages, chat, said
from tests.waiting import eventually

WRITER = """
import asyncio, sys
from stellarchat.store import Store
from tests.store.samples import chat, said, add_chat

async def main():
    store = Store(sys.argv[1])
    await store.open()
    made = await add_chat(store)
    print("chat", made.id, flush=True)
    while True:
        message = said(made.id, "some text " * 50)
        async with store.transaction() as tx:
            await tx.messages.add(message)
        print(message.id, flush=True)

asyncio.run(main())
"""


def file_of(store: Store) -> Path:
    assert store._file is not None
    return store._file


def pragma(store: Store, name: str) -> object:
    with closing(sqlite3.connect(file_of(store))) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


async def test_the_connections_are_set_up_for_durability(sqlite_store: Store) -> None:
    assert pragma(sqlite_store, "journal_mode") == "wal"
    async with sqlite_store.transaction() as tx:
        for name, value in {
            "synchronous": 2,
            "foreign_keys": 1,
            "query_only": 0,
            "busy_timeout": 100,
        }.items():
            found = await tx.chats._connection.execute(sa.text(f"PRAGMA {name}"))
            assert found.first() == (value,), name


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, url, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    chat_id = (await process.stdout.readline()).split()[1].decode()
    acknowledged = [(await process.stdout.readline()).strip().decode() for _ in range(30)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip().decode() async for line in process.stdout if line.endswith(b"\n")]
    await process.wait()

    store = Store(url)
    await store.open()
    try:
        async with store.read() as tx:
            nodes = await tx.messages.nodes(chat_id)
            found = await tx.messages.many(acknowledged)
    finally:
        await store.close()
    assert [message.id for message in found] == acknowledged
    assert all(message.content for message in found)
    # the one in flight may have been committed without being acknowledged
    assert len(nodes) - len(acknowledged) in (0, 1)
    assert pragma(store, "integrity_check") == "ok"


async def test_another_process_that_holds_the_file_makes_it_unavailable(sqlite_store: Store) -> None:
    with closing(sqlite3.connect(file_of(sqlite_store), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable) as refused:
            await add_chat(sqlite_store)
        assert "locked" in (refused.value.detail or "")
        # readers are not disturbed
        await sqlite_store.check()
        other.execute("ROLLBACK")
    made = await add_chat(sqlite_store)
    async with sqlite_store.read() as tx:
        assert (await tx.chats.get("ann", made.id)).id == made.id


async def test_writers_wait_for_another_process_that_is_quick(tmp_path: Path) -> None:
    patient = Store(sqlite_url(tmp_path))
    await patient.open()
    with closing(sqlite3.connect(file_of(patient), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(add_chat(patient))
        await asyncio.sleep(0.02)
        other.execute("COMMIT")
        await writing
    await patient.close()


async def test_a_writer_that_never_ends_makes_the_others_unavailable(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarchat.store.database._TURN", 0.05)
    async with sqlite_store.transaction() as tx:
        await tx.chats.add(chat())
        with pytest.raises(StoreUnavailable):
            await add_chat(sqlite_store)
    await add_chat(sqlite_store)


async def test_a_full_disk_makes_it_unavailable_and_room_mends_it(sqlite_store: Store) -> None:
    made = await add_chat(sqlite_store)

    async def limit(pages: int) -> None:
        async with sqlite_store.transaction() as tx:
            await tx.chats._connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))

    await limit(1)
    with pytest.raises(StoreUnavailable) as refused:
        await add_messages(sqlite_store, said(made.id, "x" * 100_000))
    assert "full" in (refused.value.detail or "")
    await limit(1_000_000)
    message = said(made.id, "x" * 100_000)
    await add_messages(sqlite_store, message)
    async with sqlite_store.read() as tx:
        assert list(await tx.messages.nodes(made.id)) == [message.id]


async def test_a_file_that_is_gone_takes_no_writes_until_it_is_back(sqlite_store: Store) -> None:
    made = await add_chat(sqlite_store)
    path = file_of(sqlite_store)
    await sqlite_store.check()
    aside = path.with_name("aside")
    path.rename(aside)
    with pytest.raises(StoreUnavailable):
        await sqlite_store.check()
    with pytest.raises(StoreUnavailable):
        await add_chat(sqlite_store)
    assert not path.exists()
    aside.rename(path)
    await sqlite_store.check()
    await add_chat(sqlite_store)
    async with sqlite_store.read() as tx:
        assert (await tx.chats.counts())["ann"] == 2
        assert await tx.chats.get("ann", made.id)


async def test_another_file_in_its_place_is_used_when_it_has_the_schema(
    sqlite_store: Store, tmp_path: Path
) -> None:
    await add_chat(sqlite_store)
    path = file_of(sqlite_store)
    copy = tmp_path / "copy"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    await add_chat(sqlite_store)
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.touch()
    # somebody is still copying
    with pytest.raises(StoreUnavailable):
        await add_chat(sqlite_store)
    shutil.copyfile(copy, path)
    async with sqlite_store.read() as tx:
        assert (await tx.chats.counts())["ann"] == 1
    await add_chat(sqlite_store)


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "picture.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreUnavailable):
        await Store(f"sqlite:///{path}").open()
    assert path.read_bytes().startswith(b"not a database")


async def test_the_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new folder %20 ünï?" / "chats #1.db"
    store = Store(f"sqlite:///{str(path).replace('%', '%25').replace('?', '%3F').replace('#', '%23')}")
    await store.open()
    await add_chat(store)
    modes = {stat.S_IMODE(os.stat(each).st_mode) for each in path.parent.iterdir()}
    await store.close()
    assert file_of(store) == path
    assert modes == {0o600}


async def test_who_leaves_while_another_process_writes_leaves_nothing_begun(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), busy_timeout=30)
    await store.open()
    with closing(sqlite3.connect(file_of(store), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(add_chat(store))
        reading = asyncio.create_task(count(store))
        assert await reading == 0
        waiting.cancel()
        await asyncio.sleep(0)
        other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with store.transaction() as tx:
        assert "ann" not in await tx.chats.counts()
    await add_chat(store)
    await store.close()


async def count(store: Store) -> int:
    async with store.read() as tx:
        return (await tx.chats.counts()).get("ann", 0)


async def test_the_search_index_stays_whole(sqlite_store: Store) -> None:
    made = await add_chat(sqlite_store, title="one")
    message = said(made.id, "two")
    await add_messages(sqlite_store, message)
    async with sqlite_store.transaction() as tx:
        await tx.messages.update(message)
        await tx.chats.update("ann", made.id, {"title": "three"})
        await tx.chats.delete("ann", made.id)
    async with sqlite_store.transaction() as tx:
        deleted = await tx.chats.get("ann", made.id, include_deleted=True)
        assert deleted.deleted_at is not None
        await tx.chats.purge(deleted.deleted_at.replace(year=9999))
        # raises where the index and its content disagree
        await tx.chats._connection.execute(
            sa.text("INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")
        )


async def test_long_lists_come_from_the_index(sqlite_store: Store) -> None:
    async with sqlite_store.read() as tx:
        plan = await tx.chats._connection.execute(
            sa.text(
                "EXPLAIN QUERY PLAN SELECT * FROM chat WHERE user_id = 'ann' AND deleted_at IS NULL"
                " AND last_message_at <= '2026' AND (last_message_at < '2026' OR id < 'x')"
                " ORDER BY last_message_at DESC, id DESC LIMIT 51"
            )
        )
    steps = " ".join(row[-1] for row in plan.all())
    assert "USING INDEX ix_chat_newest" in steps
    assert "TEMP B-TREE" not in steps


async def test_what_is_read_together_is_of_one_moment(sqlite_store: Store) -> None:
    made = await add_chat(sqlite_store)
    async with sqlite_store.read() as tx:
        before = await tx.messages.nodes(made.id)
        await add_messages(sqlite_store, said(made.id, "new"))
        assert await tx.messages.nodes(made.id) == before
    async with sqlite_store.read() as tx:
        assert len(await tx.messages.nodes(made.id)) == len(before) + 1


async def test_whoever_has_read_holds_nothing_back(sqlite_store: Store) -> None:
    """A reader that stays in its transaction would let the write-ahead log grow for ever."""
    made = await add_chat(sqlite_store)

    async def fail() -> None:
        async with sqlite_store.read() as tx:
            await tx.messages.nodes(made.id)
            raise KeyError

    async def leave() -> None:
        async with sqlite_store.read() as tx:
            await tx.messages.nodes(made.id)
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            await tx.messages.nodes(made.id)

    for reading in (fail, leave):
        with pytest.raises((KeyError, asyncio.CancelledError)):
            await asyncio.ensure_future(reading())
        async with sqlite_store.read() as tx:
            await tx.messages.nodes(made.id)
        await add_chat(sqlite_store)
        await eventually(lambda: checkpointed(sqlite_store))


def checkpointed(store: Store) -> bool:
    """Whether nobody reads what is older than the last write."""
    with closing(sqlite3.connect(file_of(store))) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
