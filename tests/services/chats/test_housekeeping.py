"""Old chats go, and only those that should."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarchat.core.errors import NotFound
from stellarchat.core.messages import Chat
from stellarchat.services.bus import ChatChange, ChatChanged, LocalBus, Topic
from stellarchat.services.chats.housekeeping import TRASH_DAYS, Housekeeping
from stellarchat.store.database import Store

NOW = datetime.now(UTC)
USER = "local"


def chat(
    name: str, days: int, *, pinned: bool = False, archived: bool = False, deleted: bool = False
) -> Chat:
    """A chat last spoken in so many days ago."""
    then = NOW - timedelta(days=days)
    return Chat(
        id=name,
        user_id=USER,
        pinned_at=then if pinned else None,
        archived_at=then if archived else None,
        deleted_at=then if deleted else None,
        created_at=then,
        updated_at=then,
        last_message_at=then,
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store with chats of all ages."""
    store = Store(f"sqlite:///{tmp_path / 'house.db'}")
    await store.open()
    async with store.transaction() as tx:
        for one in (
            chat("new", 1),
            chat("older", 2),
            chat("oldest", 3),
            chat("pinned", 400, pinned=True),
            chat("archived", 400, archived=True),
            chat("just-deleted", 5, deleted=True),
            chat("long-deleted", round(TRASH_DAYS) + 1, deleted=True),
        ):
            await tx.chats.add(one)
    yield store
    await store.close()


async def there(store: Store, name: str) -> bool:
    """Whether a chat is listed."""
    async with store.read() as tx:
        try:
            await tx.chats.get(USER, name)
        except NotFound:
            return False
    return True


async def test_deleted_chats_go_for_good_after_a_month(store: Store) -> None:
    await Housekeeping(store, LocalBus()).tidy()
    async with store.transaction() as tx:
        assert (await tx.chats.restore(USER, "just-deleted")).id == "just-deleted"
        with pytest.raises(NotFound):
            await tx.chats.restore(USER, "long-deleted")
    assert await there(store, "oldest")


async def test_the_trash_is_kept_as_long_as_the_operator_wants(store: Store) -> None:
    await Housekeeping(store, LocalBus(), trash_days=0).tidy()
    await Housekeeping(store, LocalBus(), trash_days=4).tidy()
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.chats.restore(USER, "just-deleted")


async def test_the_newest_stay_and_the_others_can_be_restored(store: Store) -> None:
    bus = LocalBus()
    heard = bus.subscribe(USER, [Topic.CHATS], lambda: None)
    await Housekeeping(store, bus, keep_chats=1).tidy()
    assert [await there(store, name) for name in ("new", "older", "oldest")] == [True, False, False]
    assert await there(store, "pinned")
    assert await there(store, "archived")
    changes = {(one.chat_id, one.change) for one in heard.take() if isinstance(one, ChatChanged)}
    assert changes == {("older", ChatChange.DELETED), ("oldest", ChatChange.DELETED)}
    async with store.transaction() as tx:
        await tx.chats.restore(USER, "oldest")


async def test_each_user_keeps_as_many(store: Store) -> None:
    async with store.transaction() as tx:
        for number in range(3):
            one = chat(f"ann-{number}", number)
            one.user_id = "ann"
            await tx.chats.add(one)
    bus = LocalBus()
    heard = bus.subscribe("ann", [Topic.CHATS], lambda: None)
    await Housekeeping(store, bus, keep_chats=2).tidy()
    assert [await there(store, name) for name in ("new", "older", "oldest")] == [True, True, False]
    async with store.read() as tx:
        assert [one.id for one in (await tx.chats.list("ann")).items] == ["ann-0", "ann-1"]
    assert [one.chat_id for one in heard.take() if isinstance(one, ChatChanged)] == ["ann-2"]
