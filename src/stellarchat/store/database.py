"""The database: opening it, and transactions on it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from stellarchat.core.errors import StoreUnavailable
from stellarchat.store.attachments import Attachments
from stellarchat.store.audit import Audit
from stellarchat.store.chats import Chats
from stellarchat.store.comparisons import Comparisons
from stellarchat.store.connections import Server, file_of, parse
from stellarchat.store.credentials import ApiKeys, Invitations, ResetLinks, Sessions
from stellarchat.store.direct import Writer
from stellarchat.store.downloads import Downloads
from stellarchat.store.endpoints import Endpoints
from stellarchat.store.faults import translated, unavailable
from stellarchat.store.file import File
from stellarchat.store.folders import Folders
from stellarchat.store.generations import Generations
from stellarchat.store.identities import Identities
from stellarchat.store.imported import Imported
from stellarchat.store.instances import Instances
from stellarchat.store.measurements import Measurements
from stellarchat.store.messages import Messages
from stellarchat.store.migrate import migrate
from stellarchat.store.migrations import HEAD
from stellarchat.store.models import Models
from stellarchat.store.prompts import Personas, Prompts
from stellarchat.store.quotas import Quotas
from stellarchat.store.ratings import Ratings
from stellarchat.store.repository import Connection
from stellarchat.store.search import Search
from stellarchat.store.serving import FileClaim, ServerClaim, claim
from stellarchat.store.settings import Settings
from stellarchat.store.shares import Shares
from stellarchat.store.sqlite import Connection as SQLite
from stellarchat.store.statements import prepared
from stellarchat.store.tools import Tools
from stellarchat.store.usage import Usages
from stellarchat.store.users import Users

# seconds until a writer is told that the others do not come to an end; a commit waits for the disk, and
# a disk that reads weights can be slow
_TURN = 15.0
_REVISION = prepared(sa.select(sa.column("version_num", sa.String)).select_from(sa.table("alembic_version")))

T = TypeVar("T")


class Transaction:
    """The repositories, all on one connection: what they write is kept together or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.search = Search(connection)
        self.chats = Chats(connection, self.search)
        self.folders = Folders(connection)
        self.imported = Imported(connection)
        self.shares = Shares(connection)
        self.messages = Messages(connection, self.search)
        self.attachments = Attachments(connection)
        self.generations = Generations(connection, self.messages)
        self.settings = Settings(connection)
        self.endpoints = Endpoints(connection)
        self.instances = Instances(connection)
        self.measurements = Measurements(connection)
        self.downloads = Downloads(connection)
        self.models = Models(connection)
        self.tools = Tools(connection)
        self.prompts = Prompts(connection)
        self.personas = Personas(connection)
        self.comparisons = Comparisons(connection)
        self.usage = Usages(connection)
        self.ratings = Ratings(connection)
        self.audit = Audit(connection)
        self.quotas = Quotas(connection)
        self.identities = Identities(connection)
        self.users = Users(connection)
        self.sessions = Sessions(connection)
        self.keys = ApiKeys(connection)
        self.invitations = Invitations(connection)
        self.reset_links = ResetLinks(connection)


class Store:
    """One database, by URL: `sqlite:///path`, `postgresql://…`, `mysql://…` or `mariadb://…`.

    `busy_timeout` is how many seconds SQLite waits for another process that writes to its file.
    All methods raise StoreUnavailable while the database cannot be used, and work again when it can.
    """

    def __init__(self, url: str, *, busy_timeout: float = 5.0) -> None:
        """Remember the URL. Raises BadRequest for one that cannot be used."""
        self._url = parse(url)
        self._busy_timeout = busy_timeout
        self._open: File | Server | None = None
        self._claim: FileClaim | ServerClaim | None = None
        self._file: Path | None = None
        self._inode: tuple[int, int] | None = None
        self._turn = asyncio.Lock()
        self._writer = Writer(self._writing)

    async def claim(self) -> None:
        """Be the one server of this database until `close`; before `open`, which may change it for all.

        Raises Unavailable where another server is at work on it.
        """
        with translating(OSError):
            self._claim = await claim(self._url)

    async def open(self) -> None:
        """Connect, and migrate to this program's schema; an SQLite file is backed up before."""
        with translating(OSError):
            await asyncio.to_thread(migrate, self._url)
        if self._url.get_backend_name() == "sqlite":
            self._file = file_of(self._url)
            self._inode = _inode(self._file)
            self._open = File(self._file, self._busy_timeout)
        else:
            self._open = Server(self._url)
        try:
            await self.check()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all connections. Does nothing where it is not open."""
        await self._writer.close()
        opened, self._open = self._open, None
        if opened is not None:
            await opened.dispose()
        claimed, self._claim = self._claim, None
        if claimed is not None:
            await claimed.close()

    async def check(self) -> None:
        """Ask the database for something small. Raises StoreUnavailable."""
        async with self._begun(writes=False) as connection:
            await _see_schema(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Read and write. Commits on leaving without an exception, else nothing is written.

        Keep it short and open none inside another: SQLite has one at a time. Raises Conflict where
        something unique is there already, or what a row refers to is not.
        """
        self._opened()
        if self._file is None:
            async with self._begun(writes=True) as connection:
                yield Transaction(connection)
            return
        async with self._alone(), self._begun(writes=True) as connection:
            yield Transaction(connection)

    async def write(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """Do `work` in a transaction, and return what it returns once that is committed.

        The cheaper way for what is written often. On SQLite the work is done in another thread, and may
        share a commit with work of others: so it may wait for nothing but the repositories' methods, and
        must change nothing that belongs to the event loop. What it raises undoes it and nothing else.
        """
        self._opened()
        if self._file is None:
            async with self.transaction() as tx:
                return await work(tx)
        return await self._writer.do(lambda connection: work(Transaction(connection)))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Read only. Waits for no writer."""
        async with self._begun(writes=False) as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_TURN):
                await self._turn.acquire()
        except TimeoutError as error:
            raise unavailable(error) from error
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[SQLite]:
        """Lend SQLite's writing connection, no transaction begun."""
        async with self._alone():
            await self._look_for_file()
            opened = self._opened()
            assert isinstance(opened, File)
            with translating():
                async with opened.writing() as connection:
                    yield connection

    @asynccontextmanager
    async def _begun(self, *, writes: bool) -> AsyncIterator[Connection]:
        await self._look_for_file()
        opened = self._opened()
        with translating():
            async with opened.begun(writes=writes) as connection:
                yield connection

    async def _look_for_file(self) -> None:
        """See that the SQLite file is still the one that is open, else writes would go nowhere."""
        if self._file is None:
            return
        try:
            found = _inode(self._file)
        except OSError as error:
            await self._opened().dispose()
            raise unavailable(error) from error
        if found == self._inode:
            return
        opened = self._opened()
        await opened.dispose()
        try:
            # it may still be on its way back: nothing is written before it is whole
            async with opened.begun(writes=False) as connection:
                await _see_schema(connection)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise unavailable(error) from error
        self._inode = found

    def _opened(self) -> File | Server:
        if self._open is None:
            raise StoreUnavailable("the database is not open", sentence="store_closed")
        return self._open


async def revision_of(connection: Connection) -> str | None:
    """Return the revision that a database says it has."""
    row = (await connection.execute(_REVISION)).first()
    return None if row is None else str(row[0])


async def _see_schema(connection: Connection) -> None:
    revision = await revision_of(connection)
    if revision != HEAD:
        raise StoreUnavailable(
            "the database has the schema of another version of this program",
            remedy="Start the server again.",
            detail=f"{revision} instead of {HEAD}",
            sentence="store_other",
        )


@contextmanager
def translating(*more: type[Exception]) -> Iterator[None]:
    """Tell errors of databases in our own words, and `more`."""
    kinds: tuple[type[Exception], ...] = (SQLAlchemyError, sqlite3.Error, ConnectionError, TimeoutError)
    try:
        yield
    except kinds + more as error:
        if (known := translated(error)) is not None:
            raise known from error
        raise


def _inode(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
