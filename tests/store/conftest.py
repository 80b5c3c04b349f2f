"""Stores to test: `store` on each database, `sqlite_store` on a file alone."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stellarchat.store import Store
from tests.databases import empty, migrated_server_database, sqlite_url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A database on a PostgreSQL server, for this test process alone."""
    with migrated_server_database("postgresql") as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """A database on a MariaDB server, for this test process alone."""
    with migrated_server_database("mariadb") as url:
        yield url


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
MARIADB = pytest.param("mariadb", marks=pytest.mark.mariadb)


@pytest.fixture(params=["sqlite", POSTGRESQL, MARIADB])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database with the schema, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue(f"{request.param}_url")
    empty(url)
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open, empty store, on each database in turn."""
    opened = Store(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=[POSTGRESQL, MARIADB])
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with the schema, on each server in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    empty(url)
    return url


@pytest.fixture
async def server_store(server_url: str) -> AsyncIterator[Store]:
    """An open, empty store, on each server in turn."""
    opened = Store(server_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open, empty store in an SQLite file that waits 0.1 s for other processes."""
    opened = Store(sqlite_url(tmp_path), busy_timeout=0.1)
    await opened.open()
    yield opened
    await opened.close()
