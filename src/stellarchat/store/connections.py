"""Database URLs, and connections to the servers among them."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stellarchat.core.errors import BadRequest

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# SQLAlchemy's `mysql` finds out by itself that a server is MariaDB
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "mysql": "mysql+asyncmy",
    "mariadb": "mysql+asyncmy",
}

_SERVER_CONNECTIONS = 10
# seconds until a caller is told that all connections are taken; a disk that reads weights can be as slow
_POOL_WAIT = 15.0
# seconds until a server that does not answer counts as gone
_CONNECT = 5.0
# seconds that a connection which was kept has to show that it lives
_ALIVE = 2.0
# seconds for all of it: a kept connection is tried, let go of, and a new one opened
_REACH = 10.0
# seconds that a server has for one statement, and for the locks it needs
_ANSWER = 15.0
_LOCK_WAIT = 5


class Server:
    """Where transactions on a database server get their connections from. `patient` is as with `server`."""

    def __init__(self, url: sa.URL, *, patient: bool = False) -> None:
        self._writer = server(
            url,
            patient=patient,
            pool_size=_SERVER_CONNECTIONS,
            max_overflow=_SERVER_CONNECTIONS,
            # below the hour after which firewalls forget a silent connection
            pool_recycle=1800,
        )
        # not the pool's own waiting: it could not be told from waiting for a server that is gone
        self._places = asyncio.Semaphore(2 * _SERVER_CONNECTIONS)
        sa.event.listen(self._writer.sync_engine, "checkout", _see_alive)
        self._mysql = url.get_backend_name() == "mysql"
        self._reader = (
            self._writer if self._mysql else self._writer.execution_options(postgresql_readonly=True)
        )

    @asynccontextmanager
    async def begun(self, *, writes: bool) -> AsyncIterator["AsyncConnection"]:
        """Begin a transaction, and end it: with a commit where no exception came.

        Raises SQLAlchemy's errors, ConnectionError and TimeoutError where the server cannot be used.
        """
        async with self._connected(self._writer if writes else self._reader) as connection:
            async with connection.begin():
                if self._mysql and not writes:
                    await connection.exec_driver_sql("START TRANSACTION READ ONLY")
                yield connection

    @asynccontextmanager
    async def _connected(self, engine: "AsyncEngine") -> AsyncIterator["AsyncConnection"]:
        """Lend a connection, of a server that has just been heard."""
        async with asyncio.timeout(_POOL_WAIT):
            await self._places.acquire()
        try:
            async with AsyncExitStack() as stack:
                try:
                    async with asyncio.timeout(_REACH):
                        connection = await stack.enter_async_context(engine.connect())
                except sa.exc.InvalidRequestError as error:
                    raise ConnectionError("the server ends every connection") from error
                yield connection
        finally:
            self._places.release()

    async def dispose(self) -> None:
        """Close all connections."""
        await self._writer.dispose()


def _see_alive(connection: Any, *_: object) -> None:
    """Ask a connection for a sign of life; without one, all that were opened before it are let go of too.

    The pool's own question waits as long as a statement may take, on one dead connection after the other.
    """
    try:
        connection.run_async(_answers)
    except Exception as error:
        raise sa.exc.InvalidatePoolError(str(error)) from error


async def _answers(raw: Any) -> None:
    async with asyncio.timeout(_ALIVE):
        # the drivers' own words: asyncpg's and asyncmy's
        await (raw.fetchrow(";") if hasattr(raw, "fetchrow") else raw.ping(reconnect=False))


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


def server(url: sa.URL, *, patient: bool = False, **options: Any) -> "AsyncEngine":
    """Return an engine for PostgreSQL, MySQL or MariaDB.

    Unless it is `patient`, a statement ends with an error after 15 s, and after 5 s of waiting for
    another transaction.
    """
    # it brings the ORM along, 6 MB that a server on SQLite does without
    from sqlalchemy.ext.asyncio import create_async_engine

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


def _bad(message: str) -> BadRequest:
    return BadRequest(
        message,
        param="database_url",
        remedy="Write it as sqlite:///path/to/file, postgresql://user@host/name or mysql://user@host/name.",
    )
