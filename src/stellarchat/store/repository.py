"""What all repositories share."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa

from stellarchat.core.errors import BadRequest
from stellarchat.store.direct import Direct, Distant
from stellarchat.store.statements import prepared

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Given = TypeVar("Given")
Connection: TypeAlias = "AsyncConnection | Direct | Distant"

# far below every database's limit of parameters in a statement
BATCH = 500


class Counting(NamedTuple):
    """A change of one row, the same with what a counter of the row is then, and how to ask for it."""

    change: sa.Update
    returning: sa.Executable
    look: sa.Executable


def counting(change: sa.Update, counter: sa.Column[int], look: sa.Executable) -> Counting:
    """Return a change that tells `counter`; `look` asks for it where RETURNING is unknown."""
    return Counting(change, change.returning(counter), look)


class Repository:
    """Speaks through the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    async def _rows(self, statement: sa.Executable, values: Any = None) -> Sequence[sa.Row[Any]]:
        return (await self._connection.execute(statement, values)).all()

    async def _row(self, statement: sa.Executable, values: Any = None) -> sa.Row[Any] | None:
        return (await self._connection.execute(statement, values)).first()

    async def _one(self, kind: type[T], statement: sa.Executable) -> T | None:
        """Return what the first row is, None where there is none."""
        row = await self._row(statement)
        return None if row is None else kind(**row._asdict())

    async def _all(self, kind: type[T], statement: sa.Executable) -> list[T]:
        """Return what each row is."""
        return [kind(**row._asdict()) for row in await self._rows(statement)]

    async def _write(self, statement: sa.Executable, values: Any = None) -> int:
        """Execute and return how many rows were met."""
        return (await self._connection.execute(statement, values)).rowcount

    async def _counted(self, counting: Counting, values: Any = None) -> int | None:
        """Make a change and return what the counter is then, None where no row was met."""
        if self._dialect != "mysql":
            row = await self._row(counting.returning, values)
        else:
            await self._write(counting.change, values)
            row = await self._row(counting.look, values)
        return None if row is None else int(row[0])

    async def _apart(self, work: Callable[[Given], T], given: Given) -> T:
        """Do what takes long outside the event loop's thread."""
        if isinstance(self._connection, Direct):
            return work(given)
        return await asyncio.to_thread(work, given)

    async def _upsert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        await self._connection.execute(_upsert(self._dialect, table), rows)


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: sa.Table) -> sa.Executable:
    return prepared(_replacing(dialect, table))


def _replacing(dialect: str, table: sa.Table) -> sa.Insert:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if not column.primary_key]
    if dialect == "mysql":
        from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

        mine = mysql.insert(table)
        return mine.on_duplicate_key_update({name: mine.inserted[name] for name in others})
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # loaded with its driver, or not at all

        theirs = postgresql.insert(table)
        return theirs.on_conflict_do_update(
            index_elements=keys, set_={name: theirs.excluded[name] for name in others}
        )
    from sqlalchemy.dialects import sqlite  # loaded with its driver, or not at all

    ours = sqlite.insert(table)
    return ours.on_conflict_do_update(
        index_elements=keys, set_={name: ours.excluded[name] for name in others}
    )


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Cut `items` into lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def limited(value: str | None, length: int, param: str) -> str | None:
    """Return `value`. Raises BadRequest where it is too long for an indexed column."""
    if value is not None and len(value) > length:
        raise BadRequest(
            f"{param} may have at most {length} characters",
            param=param,
            sentence="field_long",
            values={"field": param, "limit": length},
        )
    return value
