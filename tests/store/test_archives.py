"""A database as a file, and back: on each database, into each other one, and never by half."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from stellarchat.core.errors import BadRequest, Conflict, StoreUnavailable
from stellarchat.core.messages import MessageStatus, TextPart
from stellarchat.core.ratings import Rating, Thumb
from stellarchat.core.records import Endpoint
from stellarchat.core.usage import Usage
from stellarchat.store import Store, archives
from stellarchat.store.connections import parse
from stellarchat.store.migrations import HEAD
from stellarchat.store.tables import metadata
from tests.databases import sqlite_url
from tests.store.samples import START, add_chat, add_messages, answer, moment, said
from tests.store.test_administration import event

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from stellarchat.store import archives

left = int(sys.argv[3])

@sa.event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    if statement.lstrip().startswith(("DELETE", "INSERT", "UPDATE")):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(archives.load(sys.argv[1], Path(sys.argv[2])))
"""


async def furnish(store: Store) -> None:
    """Store something of every kind that is hard to carry."""
    chat = await add_chat(store, title="Weather 天气", params={"temperature": 0.5})
    # an id that comes after that of its child
    root = said(chat.id, "first ' \\ \n 你好")
    root.id = "z" * 36
    reply = answer(
        chat.id, root, at=1, status=MessageStatus.COMPLETE, parts=[TextPart("sunny")], model="demo"
    )
    await add_messages(store, root, reply)
    moments = {"created_at": moment(0), "updated_at": moment(1)}
    sealed = Endpoint(
        id="e", name="Cloud", base_url="https://x/v1", encrypted_key=bytes(range(256)), **moments
    )
    async with store.transaction() as tx:
        await tx.endpoints.save(sealed)
        await tx.ratings.put(
            Rating(
                message_id=reply.id, user_id="ann", chat_id=chat.id, model="demo", thumb=Thumb.UP, **moments
            )
        )
        await tx.usage.add([Usage(day=START.date(), user_id="ann", model="demo", requests=3, seconds=0.25)])
        await tx.audit.add([event("auth.login", 0, user_id="ann")])


async def rows_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all that a database holds, but for the index."""
    engine = create_async_engine(parse(url), poolclass=sa.NullPool)
    found = {}
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name != "search_entry":
                query = sa.select(table).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in (await connection.execute(query)).all()]
    await engine.dispose()
    return found


async def test_a_copy_comes_back_whole_into_any_database(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    await furnish(store)
    before = await rows_of(store_url)
    file = tmp_path / "copy.sqlite"
    await archives.save(store_url, file)
    assert archives.examine(file) == HEAD
    assert await rows_of(f"sqlite:///{file}") == before
    await add_chat(store, "bob")
    async with store.transaction() as tx:
        await tx.endpoints.delete("e")
    await archives.load(store_url, file)
    assert await rows_of(store_url) == before
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = sqlite_url(other)
    await archives.load(elsewhere, file)
    assert await rows_of(elsewhere) == before
    for url in (store_url, elsewhere):
        opened = Store(url)
        await opened.open()
        async with opened.read() as tx:
            assert len(await tx.search.query("ann", "天气")) == 1
            assert len(await tx.search.query("ann", "sunny")) == 1
        await opened.close()


async def test_a_copy_of_a_file_goes_into_a_server(server_url: str, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    store = Store(url)
    await store.open()
    await furnish(store)
    await store.close()
    file = tmp_path / "copy.sqlite"
    await archives.save(url, file)
    await archives.load(server_url, file)
    assert await rows_of(server_url) == await rows_of(url)


async def test_what_was_done_meanwhile_stays_in_the_audit_log(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    await furnish(store)
    file = tmp_path / "copy.sqlite"
    await archives.save(store_url, file)
    later = event("user.delete", 1)
    async with store.transaction() as tx:
        await tx.audit.add([later])
    await archives.load(store_url, file)
    actions = [row[2] for row in (await rows_of(store_url))["audit_event"]]
    assert sorted(map(str, actions)) == ["auth.login", "user.delete"]


async def test_it_is_made_while_others_write(store: Store, store_url: str, tmp_path: Path) -> None:
    await furnish(store)

    async def write() -> None:
        for number in range(20):
            await add_chat(store, "bob", at=number)

    file = tmp_path / "copy.sqlite"
    await asyncio.gather(archives.save(store_url, file), write())
    assert archives.examine(file) == HEAD
    async with store.read() as tx:
        assert len((await tx.chats.list("bob")).items) == 20


async def test_killed_in_the_middle_nothing_has_changed(store: Store, store_url: str, tmp_path: Path) -> None:
    await furnish(store)
    file = tmp_path / "copy.sqlite"
    await archives.save(store_url, file)
    await add_chat(store, "bob")
    await store.close()
    before = await rows_of(store_url)
    tables = len(metadata.sorted_tables)
    for step in (tables // 2, tables + 6):
        ended = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", KILLED, store_url, str(file), str(step)], check=False
        )
        assert ended.returncode == -signal.SIGKILL
        assert await rows_of(store_url) == before
    await archives.load(store_url, file)
    assert await rows_of(store_url) != before


async def test_rows_that_contradict_each_other_change_nothing(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    await furnish(store)
    file = tmp_path / "copy.sqlite"
    await archives.save(store_url, file)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("UPDATE rating SET message_id = 'none'")
        opened.commit()
    with pytest.raises(BadRequest, match="not whole"):
        archives.examine(file)
    before = await rows_of(store_url)
    with pytest.raises(Conflict):
        await archives.load(store_url, file)
    assert await rows_of(store_url) == before


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite"
    for content in (b"", b"not a database at all, but long enough to be one" * 100):
        file.write_bytes(content)
        with pytest.raises(BadRequest, match="not whole"):
            archives.examine(file)


async def test_a_newer_copy_is_refused(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    file = tmp_path / "copy.sqlite"
    await archives.save(url, file)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
        opened.commit()
    assert archives.examine(file) == "9999"
    with pytest.raises(StoreUnavailable, match="newer version"):
        await asyncio.to_thread(archives.upgrade, file)
