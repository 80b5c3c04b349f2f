"""An SQLite file: one connection that writes, some that only read.

No SQLAlchemy engine stands in between. It would load the ORM, which nobody needs here and which weighs 6 MB,
and a transaction through it costs more than most that are done in one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from stellarchat.store.direct import Distant, Reading
from stellarchat.store.sqlite import Connection, Raw, open_connection

_READERS = 8
# seconds until a caller is told that all connections are taken; a disk that reads weights can be as slow
_POOL_WAIT = 15.0


class File:
    """Where transactions get their connections from; nothing is opened before the first.

    `busy_timeout` is how many seconds SQLite waits for another process.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        # never create it: a file that vanished must be an error, not an empty database
        address = f"file:{quote(str(path))}?mode=rw"
        self._writer = _Pool(partial(open_connection, address, busy_timeout, writes=True), 1)
        self._readers = _Pool(partial(open_connection, address, busy_timeout, writes=False), _READERS)

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """Lend the connection that writes, no transaction begun."""
        return self._writer.lent()

    def begun(self, *, writes: bool) -> AbstractAsyncContextManager[Distant]:
        """Begin a transaction, and end it: with a commit where no exception came. Raises sqlite3.Error."""
        return self._begun() if writes else self._reading()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Distant]:
        async with self._readers.lent() as connection:
            try:
                yield Reading(connection)
            finally:
                # what the connection does next comes after it
                connection.later(_roll_back)

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[Distant]:
        async with self._writer.lent() as connection:
            try:
                # a caller who leaves while this waits for its turn leaves a transaction begun
                await connection.in_thread(_execute, "BEGIN IMMEDIATE")
                yield Distant(connection)
                await connection.in_thread(_execute, "COMMIT")
            except BaseException:
                # what the connection does next comes after it, whoever leaves meanwhile
                await asyncio.shield(connection.in_thread(_roll_back))
                raise

    async def dispose(self) -> None:
        """Close all connections, those that are lent when they come back. New ones are opened on demand."""
        await self._writer.dispose()
        await self._readers.dispose()


class _Pool:
    """At most `most` connections, opened on demand and kept."""

    def __init__(self, opened: Callable[[], Awaitable[Connection]], most: int) -> None:
        self._opened = opened
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []
        self._round = 0  # connections of earlier ones are closed

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Connection]:
        """Lend a connection. Raises TimeoutError while all are lent for long, and sqlite3.Error."""
        async with asyncio.timeout(_POOL_WAIT):
            await self._places.acquire()
        try:
            number = self._round
            connection = self._idle.pop() if self._idle else await self._opened()
            try:
                yield connection
            finally:
                if number == self._round:
                    self._idle.append(connection)
                else:
                    await connection.close()
        finally:
            self._places.release()

    async def dispose(self) -> None:
        self._round += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


def _execute(connection: Raw, statement: str) -> None:
    connection.execute(statement)


def _roll_back(connection: Raw) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
