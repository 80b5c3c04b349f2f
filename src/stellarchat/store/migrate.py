"""Bringing a database to the schema of this program, after a backup where it is a file."""

import asyncio
import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from stellarchat.core.errors import StoreUnavailable
from stellarchat.store.connections import create_file, file_of, server
from stellarchat.store.migrations import HEAD

# Alembic's environment is a global of its module
_alembic = threading.Lock()
# any number, the same in all versions of the program
_ADVISORY_LOCK = 7_305_804_402_566_201_203
_LOCK_WAIT = 60


def migrate(url: sa.URL) -> None:
    """Bring the database to `HEAD`; blocks, so call it in a thread.

    Of several processes one migrates and the others wait. Killed at any point, the old schema is whole
    (SQLite, PostgreSQL) or the next call goes on from where it was (MySQL, MariaDB).
    Raises StoreUnavailable where the database is newer than the program.
    """
    if url.get_backend_name() == "sqlite":
        _migrate_file(file_of(url))
    else:
        asyncio.run(_migrate_server(url))


def backup(path: Path, revision: str | None) -> Path:
    """Copy a database file to `<file>.<revision>.bak`, whatever is being written; return the copy."""
    copy = path.with_name(f"{path.name}.{revision or 'unversioned'}.bak")
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    create_file(part)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    shutil.copymode(path, part)
    part.replace(copy)
    return copy


def _migrate_file(path: Path) -> None:
    create_file(path)
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, timeout=_LOCK_WAIT, isolation_level=None),
        poolclass=sa.NullPool,
    )

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        # DDL is part of this transaction; the driver's own handling would commit before it
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.connect() as connection:
            _keep_ahead_log(connection)
            with connection.begin():
                revision = current(connection)
                if revision == HEAD:
                    return
                if sa.inspect(connection).get_table_names():
                    backup(path, revision)
                _upgrade(connection)
    finally:
        engine.dispose()


def _keep_ahead_log(connection: sa.Connection) -> None:
    """Switch the file to write-ahead logging, which it remembers; before there is a transaction.

    SQLite does not wait for the lock that the switch needs, whatever its timeout.
    """
    deadline = time.monotonic() + _LOCK_WAIT
    cursor = connection.connection.cursor()
    while cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            cursor.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    cursor.close()


async def _migrate_server(url: sa.URL) -> None:
    engine = server(url, patient=True, poolclass=sa.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_alone)
    finally:
        await engine.dispose()


def _upgrade_alone(connection: sa.Connection) -> None:
    """Upgrade while no other process does."""
    mysql = connection.dialect.name == "mysql"
    if mysql:
        name = sa.literal(f"stellarchat.{connection.engine.url.database}"[:64])
        if not connection.scalar(sa.select(sa.func.get_lock(name, _LOCK_WAIT))):
            raise StoreUnavailable("another process is migrating the database", retry_after=5.0)
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    try:
        if current(connection) != HEAD:
            _upgrade(connection)
    finally:
        if mysql:
            connection.execute(sa.select(sa.func.release_lock(name)))


def current(connection: sa.Connection) -> str | None:
    """Return the revision of a database, None where it has none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: Any = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _upgrade(connection: sa.Connection) -> None:
    # heavy, and needed only when there is something to migrate
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "stellarchat.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _alembic:
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreUnavailable(
                "the database was written by a newer version of this program",
                remedy="Start the newer version, or put a backup of the database in its place.",
                detail=str(error),
            ) from error
