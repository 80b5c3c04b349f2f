import asyncio
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from stellarchat.core.errors import StoreUnavailable
from stellarchat.store import Store, migrate
from stellarchat.store.connections import parse
from stellarchat.store.file import File
from stellarchat.store.fulltext import full_text
from stellarchat.store.migrations import HEAD
from stellarchat.store.tables import metadata, search_entry
from stellarchat.store.tokens import tokens
from tests.databases import server_database, sqlite_url
from tests.store.samples import add_chat

KILLED = """
import os, signal, sys
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from stellarchat.store.connections import parse
from stellarchat.store.migrate import migrate

left = int(sys.argv[2])

@sa.event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    if statement.lstrip().startswith(("CREATE", "INSERT")):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

migrate(parse(sys.argv[1]))
"""


async def differences(store: Store) -> list[Any]:
    """Return what Alembic finds different between the tables and the open database."""

    def compare(connection: sa.Connection) -> list[Any]:
        def ours(name: str | None, kind: str, _parents: Any) -> bool:
            # each database's own full-text index is known to the migrations alone
            return not (kind == "table" and str(name).startswith("search_index")) and not (
                kind == "index" and name in ("ix_search_entry_tokens", "ft_search_entry_tokens")
            )

        context = MigrationContext.configure(
            connection, opts={"include_name": ours, "compare_type": True, "target_metadata": metadata}
        )
        found: list[Any] = compare_metadata(context, metadata)
        return found

    if store._file is not None:
        with sa.create_engine(f"sqlite:///{store._file}", poolclass=sa.NullPool).connect() as connection:
            return compare(connection)
    async with store.read() as tx:
        return await tx.chats._connection.run_sync(compare)


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def killed_at(url: str, step: int) -> int:
    return subprocess.run([sys.executable, "-c", KILLED, url, str(step)], check=False).returncode


def upgrade_to_next(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE TABLE later (id INTEGER)"))
    connection.execute(sa.text("UPDATE alembic_version SET version_num = 'next'"))


async def test_the_migrations_make_the_tables(store: Store) -> None:
    assert await differences(store) == []


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "stellarchat.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.fixture(scope="module", params=[pytest.param("mariadb", marks=pytest.mark.mariadb)])
def bare_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with server_database(request.param) as url:
        yield url


def test_a_migration_killed_on_mariadb_goes_on_where_it_was(bare_url: str) -> None:
    # each kill comes after some more steps than the last one
    for step in (1, 5, 9, 30):
        ended = killed_at(bare_url, step)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    migrate.migrate(parse(bare_url))

    async def check() -> None:
        store = Store(bare_url)
        await store.open()
        try:
            assert await differences(store) == []
            await add_chat(store, title="it works")
            async with store.read() as tx:
                assert len(await tx.search.query("ann", "works")) == 1
        finally:
            await store.close()

    asyncio.run(check())


@pytest.mark.parametrize("step", [0, 7, 24])
async def test_a_migration_killed_on_sqlite_leaves_nothing_and_can_be_run_again(
    tmp_path: Path, step: int
) -> None:
    path = tmp_path / "new.db"
    url = f"sqlite:///{path}"
    assert killed_at(url, step) == -signal.SIGKILL
    assert names(path) == []
    store = Store(url)
    await store.open()
    assert await differences(store) == []
    await store.close()


async def test_a_new_file_needs_no_backup(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/new.db")
    await store.open()
    await store.close()
    await store.open()
    await store.close()
    assert os.listdir(tmp_path) == ["new.db"]


async def test_a_file_is_backed_up_before_it_is_migrated(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_chat(sqlite_store, title="in the log, not yet in the file")
    url = f"sqlite:///{tmp_path}/stellarchat.db"
    monkeypatch.setattr(migrate, "HEAD", "next")
    monkeypatch.setattr(migrate, "_upgrade", upgrade_to_next)
    migrate.migrate(parse(url))
    copy = tmp_path / f"stellarchat.db.{HEAD}.bak"
    assert "later" not in names(copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT title FROM chat").fetchall() == [
            ("in the log, not yet in the file",)
        ]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert "later" in names(tmp_path / "stellarchat.db")
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]
    # the second time there is nothing to do
    copy.unlink()
    migrate.migrate(parse(url))
    assert not copy.exists()


def test_a_migration_that_fails_leaves_the_old_schema_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sqlite_url(tmp_path)
    path = tmp_path / "stellarchat.db"
    before = names(path)

    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.text("DROP TABLE generation_event"))
        upgrade_to_next(connection)
        raise OSError("the disk is gone")

    monkeypatch.setattr(migrate, "HEAD", "next")
    monkeypatch.setattr(migrate, "_upgrade", fail)
    with pytest.raises(OSError, match="disk"):
        migrate.migrate(parse(url))
    assert names(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


async def test_a_foreign_file_is_backed_up_too(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE note (text TEXT)")
    path.chmod(0o640)
    store = Store(f"sqlite:///{path}")
    await store.open()
    await store.close()
    copy = tmp_path / "old.db.unversioned.bak"
    assert names(copy) == ["note"]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o640


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    path = tmp_path / "stellarchat.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffff'")
        connection.commit()
    before = names(path)
    with pytest.raises(StoreUnavailable, match="newer version") as refused:
        await Store(url).open()
    assert refused.value.remedy
    assert names(path) == before


async def test_processes_that_start_together_migrate_once(store: Store, tmp_path: Path) -> None:
    del store
    stores = [Store(f"sqlite:///{tmp_path}/shared.db") for _ in range(4)]
    await asyncio.gather(*(each.open() for each in stores))
    await asyncio.gather(*(add_chat(each) for each in stores))
    async with stores[0].read() as tx:
        assert (await tx.chats.counts())["ann"] == 4
    await asyncio.gather(*(each.close() for each in stores))


def test_a_file_is_not_made_by_itself(tmp_path: Path) -> None:
    File(tmp_path / "never.db", 1.0)
    assert list(tmp_path.iterdir()) == []


async def test_titles_of_before_are_found_by_themselves(store: Store, store_url: str) -> None:
    chat = await add_chat(store, title="Blue pelicans 机器学习 достопримечательности")
    async with store.transaction() as tx:
        connection = tx.chats._connection
        words = [token.word for token in tokens(chat.title)]
        # nor did words say then in which part of the index they are
        old = re.sub(r"\b\d+_", "", full_text(connection.dialect.name).document(words))
        # and of a long one two letters more were kept
        old = re.sub(r"(xu[0-9a-f]{72})\b", r"\g<1>0441044c", old)
        await connection.execute(sa.delete(search_entry))
        await connection.execute(sa.insert(search_entry).values(chat_id=chat.id, offset=0, tokens=old))
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0010'"))
    for _ in range(2):
        await asyncio.to_thread(migrate.migrate, parse(store_url))
        async with store.read() as tx:
            for query in ("pelicans", "blue pel", "学习", "достопримечательности blue"):
                assert [hit.chat_id for hit in await tx.search.query("ann", query)] == [chat.id], query
