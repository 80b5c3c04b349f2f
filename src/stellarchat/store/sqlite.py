"""A connection to SQLite, in a thread of its own."""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar, cast

import aiosqlite
import sqlalchemy as sa

T = TypeVar("T")
Given = ParamSpec("Given")

# FULL: a commit that was acknowledged survives the loss of power
_SETTINGS = ("synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864", "temp_store=MEMORY")


_opening = threading.local()
# all connections share what it has compiled; the transactions are ours
_engine = sa.create_engine(
    "sqlite://",
    creator=lambda: _opening.connection,
    poolclass=sa.NullPool,
    pool_reset_on_return=None,
    isolation_level="AUTOCOMMIT",
)


class Raw(sqlite3.Connection):
    """sqlite3's connection, with SQLAlchemy's on it for statements that are not prepared."""

    core: sa.Connection | None = None

    def close(self) -> None:
        """Close both."""
        core, self.core = self.core, None
        if core is None:
            super().close()
        else:
            core.close()  # comes back here


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, for work that takes one trip to the thread as a whole."""

    async def in_thread(
        self,
        work: Callable[Concatenate[Raw, Given], T],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> T:
        """Return what `work` returns for the connection, in its thread. Raises sqlite3.Error."""
        result: T = await self._execute(work, self._conn, *given, **named)  # type: ignore[no-untyped-call]
        return result

    def later(self, work: Callable[[Raw], None]) -> None:
        """Do `work` after all that was asked for; nobody waits for it, or hears of errors."""
        if self._connection is not None:
            self._tx.put_nowait((None, partial(work, cast(Raw, self._connection))))


async def open_connection(address: str, busy_timeout: float, *, writes: bool) -> Connection:
    """Connect to an SQLite URI; `busy_timeout` is in seconds. Raises sqlite3.Error."""

    def connector() -> Raw:
        opened = sqlite3.connect(address, uri=True, timeout=busy_timeout, isolation_level=None, factory=Raw)
        for setting in _SETTINGS if writes else (*_SETTINGS, "query_only=ON"):
            opened.execute(f"PRAGMA {setting}").fetchall()
        _opening.connection = opened
        opened.core = _engine.connect()
        return opened

    connection = Connection(connector, 64)
    # else a connection that nobody closed would keep the process from ending
    connection._thread.daemon = True
    await connection
    return connection
