"""Engines for a database URL: one for writing, one for reading."""

import logging
import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stellarchat.core.errors import BadRequest
from stellarchat.store import sqlite

# SQLAlchemy's `mysql` finds out by itself that a server is MariaDB
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "mysql": "mysql+asyncmy",
    "mariadb": "mysql+asyncmy",
}

_READERS = 4
_SERVER_CONNECTIONS = 10
# seconds until a caller is told that all connections are taken; a disk that reads weights can be as slow
_POOL_WAIT = 15.0
# seconds until a server that does not answer counts as gone
_CONNECT = 5.0
# seconds that a server has for one statement, and for the locks it needs
_ANSWER = 15.0
_LOCK_WAIT = 5


class Engines(NamedTuple):
    """Where transactions get their connections from."""

    writer: AsyncEngine
    reader: AsyncEngine

    async def dispose(self) -> None:
        """Close all connections."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def parse(url: str) -> sa.URL:
    """Return the URL with our driver, whichever it names. Raises BadRequest for one that we cannot use."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _bad("the database URL cannot be read") from error
    driver = DRIVERS.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise _bad(f"databases of the kind {parsed.drivername} are not supported")
    parsed = parsed.set(drivername=driver)
    if driver.startswith("sqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise _bad("the database URL names no file")
        return parsed
    if not parsed.database:
        raise _bad("the database URL names no database")
    if driver.endswith("asyncmy"):
        return parsed.update_query_dict({"charset": "utf8mb4"})
    # libpq's name for it, which people copy from elsewhere
    if mode := parsed.query.get("sslmode"):
        return parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed


def connect(url: sa.URL, busy_timeout: float) -> Engines:
    """Return engines for a parsed URL; nothing is opened yet.

    SQLite has one connection that writes and some that only read. `busy_timeout` is how many seconds
    it waits for another process.
    """
    if url.get_backend_name() == "sqlite":
        path = file_of(url)
        return Engines(
            _sqlite(path, busy_timeout, writes=True, pool_size=1, max_overflow=0),
            _sqlite(path, busy_timeout, writes=False, pool_size=_READERS, max_overflow=_READERS),
        )
    engine = server(
        url,
        pool_pre_ping=True,
        pool_size=_SERVER_CONNECTIONS,
        max_overflow=_SERVER_CONNECTIONS,
        pool_timeout=_POOL_WAIT,
        # below the hour after which firewalls forget a silent connection
        pool_recycle=1800,
    )
    return Engines(engine, engine.execution_options(**_read_only(url)))


def server(url: sa.URL, *, patient: bool = False, **options: Any) -> AsyncEngine:
    """Return an engine for PostgreSQL, MySQL or MariaDB.

    Unless it is `patient`, a statement ends with an error after 15 s, and after 5 s of waiting for
    another transaction.
    """
    given: dict[str, Any]
    if url.get_backend_name() == "postgresql":
        given = {"timeout": _CONNECT}
        if not patient:
            given |= {"command_timeout": _ANSWER, "server_settings": {"lock_timeout": f"{_LOCK_WAIT}s"}}
        return create_async_engine(url, connect_args=given, **options)
    # the driver logs what servers warn of, which is never about the user's data: they are strict
    logging.getLogger("asyncmy").setLevel(logging.ERROR)
    given = {"connect_timeout": _CONNECT}
    if not patient:
        given |= {
            "read_timeout": _ANSWER,
            "init_command": f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT}",
        }
    # InnoDB's own default locks gaps between rows, which makes writers of different chats wait
    return create_async_engine(url, connect_args=given, isolation_level="READ COMMITTED", **options)


def file_of(url: sa.URL) -> Path:
    """Return the file of an SQLite URL."""
    assert url.database is not None
    return Path(url.database).expanduser().absolute()


def create_file(path: Path) -> None:
    """Make the file, readable by its owner alone, unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _read_only(url: sa.URL) -> dict[str, Any]:
    return {"postgresql_readonly": True} if url.get_backend_name() == "postgresql" else {}


def _sqlite(path: Path, busy_timeout: float, *, writes: bool, **options: Any) -> AsyncEngine:
    # never create it: a file that vanished must be an error, not an empty database
    address = f"file:{quote(str(path))}?mode=rw"

    async def creator() -> sqlite.Connection:
        await (connection := sqlite.connect(address, busy_timeout))
        return connection

    engine = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=creator,
        poolclass=sa.pool.AsyncAdaptedQueuePool,
        pool_timeout=_POOL_WAIT,
        pool_reset_on_return=None,  # each transaction ends itself
        **options,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    # FULL: a commit that was acknowledged survives the loss of power
    settings = ["synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864", "temp_store=MEMORY"]
    if not writes:
        settings.append("query_only=ON")

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _bad(message: str) -> BadRequest:
    return BadRequest(
        message,
        param="database_url",
        remedy="Write it as sqlite:///path/to/file, postgresql://user@host/name or mysql://user@host/name.",
    )
