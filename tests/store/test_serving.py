"""One server a database: on each kind of them, and while the way to it breaks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stellarchat.core.errors import StoreUnavailable, Unavailable
from stellarchat.store import Store, serving
from stellarchat.store.serving import FileClaim
from tests.databases import sqlite_url
from tests.line import Line, line
from tests.store.samples import add_chat


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have signs of life be given often, and wait for nobody."""
    for name, seconds in {"_WAIT": 0.0, "_PAUSE": 0.05, "_ANSWER": 1.0}.items():
        monkeypatch.setattr(serving, name, seconds)


@pytest.fixture
async def between(server_url: str) -> AsyncIterator[Line]:
    """The line to the server."""
    async with line(server_url) as laid:
        yield laid


async def refused(url: str) -> bool:
    """Whether another server would be."""
    another = Store(url)
    try:
        await another.claim()
    except StoreUnavailable:
        raise
    except Unavailable as error:
        return "Another server is at work" in error.message and error.remedy is not None
    finally:
        await another.close()
    return False


async def test_a_database_has_one_server_at_a_time(store_url: str) -> None:
    first = Store(store_url)
    await first.claim()
    await first.open()
    assert await refused(store_url)
    await add_chat(first)

    # the command line, which serves nobody
    beside = Store(store_url)
    await beside.open()
    await add_chat(beside)
    await beside.close()
    assert await refused(store_url)

    await first.close()
    assert not await refused(store_url)


async def test_servers_of_different_databases_are_in_nobodys_way(
    server_url: str, postgresql_url: str, mariadb_url: str, tmp_path: Path
) -> None:
    stores = [Store(url) for url in (postgresql_url, mariadb_url, sqlite_url(tmp_path))]
    for store in stores:
        await store.claim()
    for store in stores:
        await store.close()


async def test_a_session_that_breaks_is_soon_replaced(between: Line, server_url: str) -> None:
    first = Store(between.url)
    await first.claim()
    await between.cut()
    while await refused(server_url):
        await asyncio.sleep(0.02)
    await between.mend()
    while not await refused(server_url):
        await asyncio.sleep(0.02)
    await first.close()
    assert not await refused(server_url)


async def test_a_server_that_lost_its_database_to_another_says_so(
    between: Line, server_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Store(between.url), Store(server_url)
    await first.claim()
    await between.cut()
    while True:
        try:
            await second.claim()
            break
        except Unavailable:
            await asyncio.sleep(0.02)
    await between.mend()
    while "another server has begun" not in caplog.text:
        await asyncio.sleep(0.02)
    await second.close()
    while not await refused(server_url):
        await asyncio.sleep(0.02)
    await first.close()


async def test_a_database_that_is_away_is_not_taken_for_one_that_is_served(between: Line) -> None:
    await between.cut()
    with pytest.raises(StoreUnavailable):
        await refused(between.url)
    await between.mend()


def test_where_no_file_can_be_locked_nobody_is_kept_out(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing" / "lock"
    FileClaim(nowhere, "here")
    FileClaim(nowhere, "here")
