"""Databases for tests: a fresh SQLite file, and databases of their own on real servers."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from stellarchat.store.connections import parse
from stellarchat.store.migrate import migrate
from stellarchat.store.tables import metadata

SERVERS = {
    "postgresql": (
        "STELLARCHAT_TEST_POSTGRESQL_URL",
        "postgresql://postgres@127.0.0.1:5432/postgres",
    ),
    "mariadb": ("STELLARCHAT_TEST_MYSQL_URL", "mariadb://root@127.0.0.1:3306/mysql"),
}


def sqlite_url(folder: Path) -> str:
    """Return the URL of a new, migrated file in `folder`."""
    path = folder / "stellarchat.db"
    shutil.copyfile(_template(), path)
    return f"sqlite:///{path}"


def server_url(kind: str) -> sa.URL:
    """Return where the server of that kind is: what the environment says, else on this machine."""
    variable, default = SERVERS[kind]
    return parse(os.environ.get(variable, default))


@cache
def there_is(kind: str) -> bool:
    """Whether a server of that kind answers."""
    try:
        _run(administer(server_url(kind), "SELECT 1"))
    except (OSError, sa.exc.DBAPIError):
        return False
    return True


@contextmanager
def server_database(kind: str) -> Iterator[str]:
    """Make an empty database on the server of that kind and yield its URL; skip where there is none.

    The server is the one that the environment variable names, else one on this machine that lets
    everybody in.
    """
    variable, _ = SERVERS[kind]
    server = server_url(kind)
    name = f"stellarchat_test_{secrets.token_hex(6)}"
    try:
        _run(administer(server, f"CREATE DATABASE {name}"))
    except (OSError, sa.exc.DBAPIError) as error:
        if variable in os.environ:
            raise
        pytest.skip(f"NO {kind.upper()} SERVER, its tests are left out ({variable} names one): {error}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        # what was killed may be connected still, as far as PostgreSQL knows
        forced = " WITH (FORCE)" if kind == "postgresql" else ""
        _run(administer(server, f"DROP DATABASE {name}{forced}"))


@contextmanager
def migrated_server_database(kind: str) -> Iterator[str]:
    """Like `server_database`, with the schema."""
    with server_database(kind) as url:
        migrate(parse(url))
        yield url


def empty(url: str) -> None:
    """Remove all rows from a database on a server."""
    _run(_empty(url))


def _run(work: Coroutine[None, None, None]) -> None:
    """Run it in a thread of its own: where Playwright is at work, this one has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def administer(server: sa.URL, statement: str) -> None:
    """Run a statement that no transaction can hold."""
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def _empty(url: str) -> None:
    engine = create_async_engine(parse(url), poolclass=sa.NullPool)
    async with engine.begin() as connection:
        # InnoDB looks at the reference to the parent row by row
        await connection.exec_driver_sql("UPDATE message SET parent_id = NULL")
        for table in reversed(metadata.sorted_tables):
            await connection.execute(sa.delete(table))


@cache
def _template() -> Path:
    folder = tempfile.mkdtemp(prefix="stellarchat-template-")
    path = Path(folder, "template.db")
    migrate(parse(f"sqlite:///{path}"))
    return path
