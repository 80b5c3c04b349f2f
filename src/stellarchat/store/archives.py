"""A whole database as one SQLite file, whichever database it is in, and back again.

The file has the schema that the database had: any later version of this program brings it up to its own
before the rows are put back. The full-text index is each database's own, so it is made anew.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.store.columns import Json, Named, Words
from stellarchat.store.connections import Server, create_file, file_of, parse, server
from stellarchat.store.database import revision_of, translating
from stellarchat.store.file import File
from stellarchat.store.messages import Messages
from stellarchat.store.migrate import migrate
from stellarchat.store.migrations import HEAD
from stellarchat.store.repository import BATCH, Connection
from stellarchat.store.search import Search
from stellarchat.store.tables import audit_event, chat, message, metadata, search_entry

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_PATIENCE = 60.0
"""Seconds to wait for another process that writes to an SQLite file."""

# what is not part of a copy: the index, and who was logged in when it was made
_LEFT_OUT = frozenset({search_entry.name, "session"})


async def save(url: str, target: Path) -> None:
    """Write all rows of a database, as they are at one moment, to a new SQLite file.

    Others may go on writing meanwhile. Raises StoreUnavailable.
    """
    parsed = parse(url)
    with translating():
        if parsed.get_backend_name() == "sqlite":
            await asyncio.to_thread(_copy_file, file_of(parsed), target)
        else:
            await asyncio.to_thread(migrate, parse(f"sqlite:///{target}"))
            async with _snapshot(parsed) as connection:
                await _copy_rows(connection, target)
        await asyncio.to_thread(_finish, target)


async def load(url: str, source: Path) -> None:
    """Put the rows of a file of `save` in place of all that a database holds: all of them, or none.

    Both must have this program's schema (`upgrade`), and nobody else may use the database meanwhile. The
    audit log is not replaced: what the file has of it and the database has not is added. Raises
    StoreUnavailable, and Conflict for rows that contradict each other.
    """
    with translating():
        async with _writing(parse(url)) as connection:
            await _empty(connection)
            with closing(sqlite3.connect(source)) as opened:
                for table in _tables():
                    await _fill(connection, table, opened)
            await _index(connection)


def upgrade(source: Path) -> None:
    """Bring a file of `save` to this program's schema. Raises StoreUnavailable for one that is newer."""
    migrate(parse(f"sqlite:///{source}"))


def examine(source: Path) -> str:
    """Return the revision of a file of `save`. Raises BadRequest for one that is not whole."""
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as opened:
            [(word,)] = opened.execute("PRAGMA integrity_check(1)").fetchall()
            if word != "ok":
                raise _broken(word)
            if wrong := opened.execute("PRAGMA foreign_key_check").fetchone():
                raise _broken(f"a row of {wrong[0]} belongs to none of {wrong[2]}")
            [(revision,)] = opened.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise _broken(str(error)) from None
    return str(revision)


def _broken(why: str) -> StellarChatError:
    return BadRequest(
        "The database in the backup is not whole.",
        detail=why,
        remedy="Use another backup.",
        param="name",
        sentence="backup_database",
    )


def _tables() -> Iterator[sa.Table[Any]]:
    """Yield what is copied, each after what it refers to."""
    return (table for table in metadata.sorted_tables if table.name not in _LEFT_OUT)


def _plain(table: sa.Table[Any]) -> sa.TableClause:
    """Return a table whose values are not looked into: what is JSON stays the text it was."""
    columns = [
        sa.column(column.name, Words() if isinstance(column.type, Json | Named) else column.type)
        for column in table.columns
    ]
    return sa.table(table.name, *columns)


# saving


def _copy_file(path: Path, target: Path) -> None:
    create_file(target)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


@asynccontextmanager
async def _snapshot(url: sa.URL) -> AsyncIterator["AsyncConnection"]:
    """Connect to a server and see it as it is at one moment, however long the reading takes."""
    engine = server(url, patient=True, poolclass=sa.NullPool)
    try:
        async with engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection
    finally:
        await engine.dispose()


async def _copy_rows(connection: "AsyncConnection", target: Path) -> None:
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(target, check_same_thread=False), poolclass=sa.NullPool
    )
    with engine.connect() as copy, copy.begin():
        for table in _tables():
            plain = _plain(table)
            insert = sa.insert(plain)
            async with connection.stream(sa.select(plain).execution_options(yield_per=BATCH)) as result:
                async for rows in result.mappings().partitions(BATCH):
                    await asyncio.to_thread(copy.execute, insert, [dict(row) for row in rows])
    engine.dispose()


def _finish(target: Path) -> None:
    """Make it a file that stands alone."""
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        known = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in _LEFT_OUT & known:
            # the name is one of ours
            copy.execute(f'DELETE FROM "{name}"')  # noqa: S608
        copy.commit()
        copy.execute("VACUUM")


# putting back


@asynccontextmanager
async def _writing(url: sa.URL) -> AsyncIterator[Connection]:
    """Begin the one transaction in which all is replaced."""
    sqlite = url.get_backend_name() == "sqlite"
    opened = File(file_of(url), _PATIENCE) if sqlite else Server(url, patient=True)
    try:
        async with opened.begun(writes=True) as connection:
            assert await revision_of(connection) == HEAD
            yield connection
    finally:
        await opened.dispose()


async def _empty(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        if table is audit_event:
            continue
        for column in _upward(table):
            # InnoDB looks at such a reference row by row
            await connection.execute(sa.update(table).values({column.name: None}))
        await connection.execute(sa.delete(table))


async def _fill(connection: Connection, table: sa.Table[Any], opened: sqlite3.Connection) -> None:
    plain = _plain(table)
    insert = sa.insert(plain)
    later = [column.name for column in _upward(table)]
    known = await _known(connection) if table is audit_event else frozenset()
    for rows in _read(plain, opened):
        if known:
            rows = [row for row in rows if row["id"] not in known]
        # a row may refer to one that comes after it
        rows = [{**row, **dict.fromkeys(later)} for row in rows]
        if rows:
            await connection.execute(insert, rows)
    if later:
        await _refer(connection, table, plain, opened)


async def _refer(
    connection: Connection, table: sa.Table[Any], plain: sa.TableClause, opened: sqlite3.Connection
) -> None:
    """Write references within a table, once all its rows are there."""
    for column in _upward(table):
        [key] = table.primary_key.columns
        change = (
            sa.update(plain)
            .where(plain.c[key.name] == sa.bindparam("its_key"))
            .values({column.name: sa.bindparam("above")})
        )
        for rows in _read(plain, opened):
            pairs = [
                {"its_key": row[key.name], "above": row[column.name]}
                for row in rows
                if row[column.name] is not None
            ]
            if pairs:
                await connection.execute(change, pairs)


def _upward(table: sa.Table[Any]) -> list[sa.Column[Any]]:
    """Return the columns of a table that refer to itself."""
    return [column for column in table.columns for key in column.foreign_keys if key.column.table is table]


async def _known(connection: Connection) -> frozenset[str]:
    return frozenset(row.id for row in (await connection.execute(sa.select(audit_event.c.id))).all())


def _read(plain: sa.TableClause, opened: sqlite3.Connection) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a table of the file, with Python's values, some at a time."""
    engine = sa.create_engine("sqlite://", creator=lambda: opened, poolclass=sa.StaticPool)
    with engine.connect() as reader:
        result = reader.execution_options(yield_per=BATCH).execute(sa.select(plain))
        for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]


async def _index(connection: Connection) -> None:
    """Make the full-text index of what is there now."""
    search = Search(connection)
    messages = Messages(connection, search)
    last = ""
    while rows := await _after(connection, sa.select(chat.c.id, chat.c.title), chat.c.id, last):
        last = rows[-1].id
        for row in rows:
            await search.add(row.id, [(None, row.title)])
    last = ""
    while rows := await _after(connection, sa.select(message.c.id), message.c.id, last):
        last = rows[-1].id
        texts: dict[str, list[tuple[str | None, str]]] = {}
        for one in await messages.many([row.id for row in rows]):
            if one.status.final and one.content:
                texts.setdefault(one.chat_id, []).append((one.id, one.content))
        for chat_id, found in texts.items():
            await search.add(chat_id, found)


async def _after(
    connection: Connection, query: sa.Select[Any], key: sa.Column[Any], last: str
) -> list[sa.Row[Any]]:
    statement = query.where(key > last).order_by(key).limit(BATCH)
    return list((await connection.execute(statement)).all())
