"""One server process a database: what makes sure of it for as long as a server runs.

What a server keeps in memory (replies that are written, approvals, limits, live changes) it shares with no
other, and at its start it takes replies that nobody finished for broken off.

On a database server it is a lock of a session, beside an SQLite file one of the file system. Both are let go
of when the process is gone; a session whose whole machine is gone ends within a minute.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import logging
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from stellarchat.core.errors import Unavailable
from stellarchat.store.connections import file_of, server

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger(__name__)

# seconds that a server which was killed a moment ago has to be noticed to be gone
_WAIT = 3.0
# seconds between two signs of life, and for each to be answered
_PAUSE = 20.0
_ANSWER = 10.0
# any number, the same in all versions of the program
_ADVISORY_LOCK = 7_305_804_402_566_201_204
_TAKEN = "Another server is at work {place}."
_REMEDY = "Stop it first, or give this one a database and a data folder of its own."
# when the database server takes a session for gone of which it hears nothing
_SILENCE = {
    "postgresql": (
        "SET tcp_keepalives_idle = 20",
        "SET tcp_keepalives_interval = 10",
        "SET tcp_keepalives_count = 3",
    ),
    "mysql": ("SET SESSION wait_timeout = 60",),
}


class FileClaim:
    """A file that is locked until `close`."""

    def __init__(self, path: Path, place: str) -> None:
        """Lock the file at `path`, making it where it is not; `place` is what of, in words.

        Where the file system has no locks nothing is locked. Raises Unavailable where it is locked.
        """
        self._file: IO[bytes] | None = None
        try:
            self._file = path.open("wb")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._let_go()
            raise _taken(place) from None
        except OSError as error:
            self._let_go()
            log.debug("%s cannot be locked: %s", path, error)

    async def close(self) -> None:
        """Let another one in."""
        self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class ServerClaim:
    """A session at a database server that holds a lock until `close`; one that breaks is soon replaced."""

    def __init__(self, url: sa.URL) -> None:
        self._engine = server(url, poolclass=sa.NullPool)
        self._silence = _SILENCE[url.get_backend_name()]
        self._lock = _lock(url)
        self._connection: AsyncConnection | None = None
        self._held = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take the lock. Raises Unavailable where another has it, and what SQLAlchemy raises."""
        deadline = asyncio.get_running_loop().time() + _WAIT
        try:
            while not await self._take():
                if asyncio.get_running_loop().time() > deadline:
                    raise _taken("on this database")
                await asyncio.sleep(0.1)
        except BaseException:
            await self.close()
            raise
        self._task = asyncio.create_task(self._keep(), name="database claim")

    async def close(self) -> None:
        """Let another one in."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop()
        await self._engine.dispose()

    async def _take(self) -> bool:
        if self._connection is None:
            self._connection = await self._engine.connect()
            await self._connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in self._silence:
                await self._connection.exec_driver_sql(statement)
        self._held = bool(await self._connection.scalar(self._lock))
        return self._held

    async def _keep(self) -> None:
        """See now and then that the session lives, and have another where it does not."""
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                async with asyncio.timeout(_ANSWER):
                    if self._held and self._connection is not None:
                        await self._connection.scalar(sa.select(1))
                    elif not await self._take():
                        log.error("another server has begun to work on this database; stop one of them")
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.debug("the session that claims the database is gone: %s", error)
                await self._drop()

    async def _drop(self) -> None:
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            # it may be broken, and the lock ends with it either way
            with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
                await connection.invalidate()
            with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
                await connection.close()


async def claim(url: sa.URL) -> FileClaim | ServerClaim:
    """Be the one server of a database until what is returned is closed. Raises as `ServerClaim.open`."""
    if url.get_backend_name() == "sqlite":
        path = file_of(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileClaim(path.with_name(f"{path.name}.serving"), f"on the database {path}")
    claimed = ServerClaim(url)
    await claimed.open()
    return claimed


def _lock(url: sa.URL) -> sa.Select[Any]:
    """Return what takes the lock, and says whether it did."""
    if url.get_backend_name() == "postgresql":
        return sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_LOCK))
    # the name is the whole server's, and has 64 characters
    name = hashlib.sha256(str(url.database).encode()).hexdigest()[:32]
    return sa.select(sa.func.get_lock(f"stellarchat.serving.{name}", 0))


def _taken(place: str) -> Unavailable:
    return Unavailable(_TAKEN.format(place=place), remedy=_REMEDY)
