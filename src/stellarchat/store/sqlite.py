"""One trip to SQLite's thread per statement.

aiosqlite hands every step of a cursor (make it, execute, fetch, close) to the connection's thread, and each
of those costs more than most statements do. SQLAlchemy fetches all rows at once anyhow, so the steps are
taken together here.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import aiosqlite

T = TypeVar("T")
Given = ParamSpec("Given")


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, with cursors that take one trip."""

    def cursor(self) -> "Cursor":  # type: ignore[override]
        """Return a cursor; nothing happens in the thread yet."""
        return Cursor(self)

    async def in_thread(
        self,
        work: Callable[Concatenate[sqlite3.Connection, Given], T],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> T:
        """Return what `work` returns for the connection, in its thread. Raises sqlite3.Error."""
        result: T = await self._execute(work, self._conn, *given, **named)  # type: ignore[no-untyped-call]
        return result


class Cursor:
    """What SQLAlchemy's adapter needs of an asynchronous cursor (PEP 249's words)."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement and fetch its rows. Raises sqlite3.Error."""
        await self._connection._execute(self._run, operation, parameters)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Execute a statement for each set of parameters. Raises sqlite3.Error."""
        await self._connection._execute(self._run_many, operation, parameters)  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows that `execute` has fetched."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: the cursor in the thread is closed already."""

    def _run(self, operation: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection._conn.execute(operation, parameters))

    def _run_many(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._keep(self._connection._conn.executemany(operation, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


def connect(address: str, busy_timeout: float) -> Connection:
    """Return a connection to an SQLite URI, to be awaited; `busy_timeout` is in seconds."""

    def connector() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=busy_timeout, isolation_level=None)

    connection = Connection(connector, 64)
    # else a connection that nobody closed would keep the process from ending
    connection._thread.daemon = True
    return connection
