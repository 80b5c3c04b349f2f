"""What repositories speak through on SQLite, and write transactions that share a trip and a commit.

A trip to the connection's thread and a commit that waits for the disk cost more than all statements of a
chat's turn. So a turn is done in the thread as a whole, and what waits at the same time is done in one
transaction, each piece of work inside a savepoint of its own: one that fails undoes itself alone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from stellarchat.store.faults import translated
from stellarchat.store.sqlite import Connection, Raw
from stellarchat.store.statements import is_prepared, plan

T = TypeVar("T")
Work = Callable[["Direct"], Coroutine[Any, Any, T]]
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

AT_ONCE = 16
"""Pieces of work that share a transaction at most, so that the first of them does not wait long."""


class Result:
    """What a statement gave: the part of SQLAlchemy's result that the repositories use."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def all(self) -> list[Any]:
        """Return all rows."""
        return self._rows

    def first(self) -> Any:
        """Return the first row, None where there is none."""
        return self._rows[0] if self._rows else None


class Direct:
    """An SQLite connection as the repositories use it, within its own thread: nothing is ever waited for."""

    dialect: Dialect = sqlite.dialect()

    def __init__(self, connection: Raw) -> None:
        self._connection = connection

    async def execute(self, statement: Any, values: Values = None) -> Result:
        """Execute a statement, once for each of several `values`. Raises sqlite3.Error."""
        return _execute(self._connection, statement, values)


class Distant:
    """An SQLite connection as the repositories use it, from the event loop: a trip for each statement."""

    dialect: Dialect = Direct.dialect

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, values: Values = None) -> Result:
        """Execute a statement, once for each of several `values`. Raises sqlite3.Error."""
        return await self._connection.in_thread(_execute, statement, values)


class Reading(Distant):
    """The same, in a transaction that its first statement begins: no trip is made for that alone."""

    async def execute(self, statement: Any, values: Values = None) -> Result:
        """Execute a statement, once for each of several `values`. Raises sqlite3.Error."""
        return await self._connection.in_thread(_read, statement, values)


def _read(connection: Raw, statement: Any, values: Values) -> Result:
    if not connection.in_transaction:
        connection.execute("BEGIN")
    return _execute(connection, statement, values)


def _execute(connection: Raw, statement: Any, values: Values) -> Result:
    if not is_prepared(statement):
        assert connection.core is not None
        found = connection.core.execute(statement, values)
        return Result(list(found.all()) if found.returns_rows else [], found.rowcount)
    if isinstance(values, Sequence):
        planned = plan(statement, Direct.dialect, values[0])
        cursor = connection.executemany(planned.text, [planned.parameters(one) for one in values])
    else:
        values = values or {}
        planned = plan(statement, Direct.dialect, values)
        cursor = connection.execute(planned.text, planned.parameters(values))
    rows = planned.rows(cursor.fetchall()) if cursor.description else []
    result = Result(rows, cursor.rowcount)
    cursor.close()
    return result


class _Piece(Generic[T]):
    """Work that waits for its transaction, and what came of it."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Work[T], done: asyncio.Future[T]) -> None:
        self.work, self.done = work, done
        self.result: Any = None
        self.error: Exception | None = None

    def do(self, connection: Raw) -> None:
        """Do it, or leave no trace of it. Raises where the whole transaction is over."""
        connection.execute("SAVEPOINT piece")
        try:
            self.result = _finish(self.work(Direct(connection)))
        except Exception as error:
            # a full disk, for one, undoes all
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO piece")
            self.error = error
        connection.execute("RELEASE piece")

    def tell(self) -> None:
        """Tell whoever asked, if it is still there."""
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(translated(self.error) or self.error)


class Writer:
    """Takes work from anywhere in the event loop and does it in the writing connection's thread.

    `writing` lends that connection while nobody else writes.
    """

    def __init__(self, writing: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        self._writing = writing
        self._waiting: list[_Piece[Any]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, work: Work[T]) -> T:
        """Return what `work` returns, once that is committed. Raises what it or the commit raised.

        Work whose caller leaves before its turn comes is not done.
        """
        piece = _Piece(work, asyncio.get_running_loop().create_future())
        self._waiting.append(piece)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="writer")
        result: T = await piece.done
        return result

    async def close(self) -> None:
        """Return when all that was asked for is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._together()
        finally:
            self._task = None

    async def _together(self) -> None:
        taken: list[_Piece[Any]] = []
        try:
            async with self._writing() as connection:
                # only now: what came while others wrote is among them
                taken = self._take()
                await connection.in_thread(_transact, taken)
        except asyncio.CancelledError:
            for piece in taken + self._waiting:
                piece.done.cancel()
            raise
        except Exception as error:
            for piece in taken or self._take():
                piece.error = error
                piece.tell()
        else:
            for piece in taken:
                piece.tell()

    def _take(self) -> list[_Piece[Any]]:
        taken, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        return [piece for piece in taken if not piece.done.done()]


def _transact(connection: Raw, pieces: list[_Piece[Any]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for piece in pieces:
            piece.do(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("work in a transaction may wait for nothing but its statements")
