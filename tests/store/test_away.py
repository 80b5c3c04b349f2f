"""A database server that ends, comes back, or falls silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from stellarchat.core.errors import StoreUnavailable
from stellarchat.store import Store, connections
from tests.line import Line, line
from tests.store.samples import add_chat, chat


@pytest.fixture
async def between(server_url: str) -> AsyncIterator[Line]:
    """The line to the server."""
    async with line(server_url) as laid:
        yield laid


@pytest.fixture
async def distant(between: Line) -> AsyncIterator[Store]:
    """A store at the other end of the line, with some connections open."""
    store = Store(between.url)
    await store.open()
    await asyncio.gather(*(add_chat(store) for _ in range(4)))
    yield store
    await between.mend()
    await store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every patience end soon."""
    for name, seconds in {"_ALIVE": 0.3, "_CONNECT": 0.5, "_REACH": 4.0, "_ANSWER": 0.5}.items():
        monkeypatch.setattr(connections, name, seconds)


async def works(store: Store, written: int) -> None:
    """Assert that the next that is asked is done, and that what was acknowledged is there."""
    await add_chat(store)
    async with store.read() as tx:
        assert (await tx.chats.counts())["ann"] == written + 1


async def midway(store: Store, happens: Callable[[], Awaitable[None]]) -> None:
    """Write, and have something happen before that is committed."""
    async with store.transaction() as tx:
        await tx.chats.add(chat())
        await happens()
        await tx.chats.counts()


async def test_a_server_that_ends_takes_no_writes_until_it_is_back(distant: Store, between: Line) -> None:
    await between.cut()
    for ask in (distant.check, lambda: add_chat(distant)):
        with pytest.raises(StoreUnavailable) as refused:
            await ask()
        assert refused.value.retry_after
    await between.mend()
    await works(distant, 4)


async def test_a_server_that_ends_within_a_transaction_keeps_none_of_it(
    distant: Store, between: Line
) -> None:
    with pytest.raises(StoreUnavailable):
        await midway(distant, between.cut)
    await between.mend()
    await works(distant, 4)


async def test_a_server_that_falls_silent_lets_nobody_wait_for_ever(
    impatient: None, distant: Store, between: Line
) -> None:
    await between.silence()
    asked = [distant.check(), *(add_chat(distant) for _ in range(30))]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(one) for one in told} == {StoreUnavailable}
    await between.mend()
    await works(distant, 4)


async def test_a_server_that_falls_silent_within_a_transaction_is_given_up(
    impatient: None, distant: Store, between: Line
) -> None:
    with pytest.raises(StoreUnavailable):
        await midway(distant, between.silence)
    await between.mend()
    await works(distant, 4)


async def test_connections_that_are_silent_for_good_are_replaced(
    impatient: None, distant: Store, between: Line
) -> None:
    await between.forget()
    await distant.check()
    await works(distant, 4)
