from datetime import UTC, datetime

import pytest

from stellarchat.core.errors import BadRequest, NotFound, StaleRevision
from stellarchat.core.generations import Checkpoint
from stellarchat.core.messages import Chat
from stellarchat.core.records import Tally
from stellarchat.store import Store
from tests.store.samples import add_chat, add_line, add_messages, answer, chat, moment, run, said


async def titles(store: Store, user_id: str = "ann", **filters: object) -> list[str]:
    async with store.read() as tx:
        page = await tx.chats.list(user_id, **filters)  # type: ignore[arg-type]
    return [one.title for one in page.items]


async def test_a_chat_comes_back_as_it_was(store: Store) -> None:
    made = chat(
        title="漢字 \U0001f680 'quoted'",
        title_by="person",
        model="demo",
        system_prompt="Be brief.\n" * 10_000,
        params={"temperature": 0.5, "stop": ["a", None], "text": "\x00"},
        folder="work",
        tags=["b", "a"],
        rev=3,
        pinned_at=moment(1.000001),
        archived_at=moment(2),
    )
    async with store.transaction() as tx:
        await tx.chats.add(made)
    async with store.read() as tx:
        assert await tx.chats.get("ann", made.id) == made


async def test_times_are_utc_whatever_zone_they_came_in(store: Store) -> None:
    made = await add_chat(store, at=0.123456)
    local = datetime.fromisoformat("2026-06-01T10:00:00.000009+02:00")
    async with store.transaction() as tx:
        await tx.chats.touch(made.id, None, local)
    async with store.read() as tx:
        found = await tx.chats.get("ann", made.id)
    assert found.created_at == moment(0.123456)
    assert found.last_message_at == local
    assert found.last_message_at.tzinfo is UTC


async def test_a_time_without_zone_is_refused(sqlite_store: Store) -> None:
    naive = chat(pinned_at=datetime(2026, 1, 1))
    with pytest.raises(Exception, match="time zone"):
        async with sqlite_store.transaction() as tx:
            await tx.chats.add(naive)


async def test_text_that_databases_refuse_is_mended(store: Store) -> None:
    made = await add_chat(store, title="nul\x00 and half a pair \ud83d", params={"a": "\udc00"})
    async with store.read() as tx:
        found = await tx.chats.get("ann", made.id)
    assert found.title == "nul\ufffd and half a pair \ufffd"
    assert found.params == {"a": "?"}


async def test_an_unknown_id_is_not_found(store: Store) -> None:
    await add_chat(store)
    async with store.read() as tx:
        for strange in ("", "none", "é", "x" * 500, "'; DROP TABLE chat; --", "a\x00", "\ud83d"):
            with pytest.raises(NotFound):
                await tx.chats.get("ann", strange)


async def test_another_users_chat_does_not_exist(store: Store) -> None:
    made = await add_chat(store)
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.chats.get("bob", made.id)
        with pytest.raises(NotFound):
            await tx.chats.update("bob", made.id, {"title": "mine"})
        with pytest.raises(NotFound):
            await tx.chats.delete("bob", made.id)
        assert (await tx.chats.list("bob")).items == []
    assert await titles(store) == [""]


async def test_pages_go_from_the_newest_to_the_oldest(store: Store) -> None:
    # three of each moment, so that the id decides at the seams
    made = [await add_chat(store, at=number // 3) for number in range(10)]
    seen: list[Chat] = []
    cursor = None
    async with store.read() as tx:
        while True:
            page = await tx.chats.list("ann", cursor=cursor, limit=4)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    assert [one.id for one in seen] == [
        one.id for one in sorted(made, key=lambda one: (one.last_message_at, one.id), reverse=True)
    ]


async def test_paging_is_steady_while_chats_come_and_move(store: Store) -> None:
    made = [await add_chat(store, at=number) for number in range(6)]
    async with store.transaction() as tx:
        first = await tx.chats.list("ann", limit=3)
        await tx.chats.add(chat(at=100))
        await tx.chats.touch(made[5].id, None, moment(101))
        await tx.chats.delete("ann", first.items[-1].id)
        second = await tx.chats.list("ann", limit=3, cursor=first.next_cursor)
    assert [one.id for one in first.items] == [made[5].id, made[4].id, made[3].id]
    assert [one.id for one in second.items] == [made[2].id, made[1].id, made[0].id]
    assert second.next_cursor is None


async def test_a_made_up_cursor_is_refused(store: Store) -> None:
    async with store.read() as tx:
        for cursor in ("", "%", "é", "AAAA", "a" * 10_000, "MjAyNg", "MjAyNi0wMS0wMSB4", "-_-_"):
            with pytest.raises(BadRequest) as refused:
                await tx.chats.list("ann", cursor=cursor)
            assert refused.value.param == "cursor"


async def test_a_cursor_can_stand_in_a_url(sqlite_store: Store) -> None:
    for number in range(3):
        await add_chat(sqlite_store, at=number)
    async with sqlite_store.read() as tx:
        page = await tx.chats.list("ann", limit=1)
    assert page.next_cursor is not None
    assert page.next_cursor.replace("-", "").replace("_", "").isalnum()


async def test_filters(store: Store) -> None:
    await add_chat(store, at=1, title="plain")
    await add_chat(store, at=2, title="pinned", pinned_at=moment(0), tags=["x"])
    await add_chat(store, at=3, title="archived", archived_at=moment(0), folder="work")
    await add_chat(store, at=4, title="filed", folder="work", tags=["x", "y"])
    assert await titles(store) == ["filed", "pinned", "plain"]
    assert await titles(store, archived=True) == ["archived"]
    assert await titles(store, archived=None) == ["filed", "archived", "pinned", "plain"]
    assert await titles(store, pinned=True) == ["pinned"]
    assert await titles(store, pinned=False) == ["filed", "plain"]
    assert await titles(store, folder="work") == ["filed"]
    assert await titles(store, folder="") == ["pinned", "plain"]
    assert await titles(store, tag="x") == ["filed", "pinned"]
    assert await titles(store, tag="X") == []


async def test_an_update_bumps_the_revision(store: Store) -> None:
    made = await add_chat(store, tags=["old"], title="old")
    async with store.transaction() as tx:
        changed = await tx.chats.update(
            "ann", made.id, {"title": "new", "tags": ["a", "b", "a"], "pinned_at": moment(5), "folder": None}
        )
    assert (changed.rev, changed.title, changed.tags) == (1, "new", ["a", "b"])
    assert changed.updated_at > made.updated_at
    assert changed.last_message_at == made.last_message_at
    async with store.read() as tx:
        assert await tx.chats.get("ann", made.id) == changed


async def test_a_stale_revision_is_refused_and_changes_nothing(store: Store) -> None:
    made = await add_chat(store, title="first")
    async with store.transaction() as tx:
        await tx.chats.update("ann", made.id, {"title": "second"}, rev=0)
    with pytest.raises(StaleRevision) as refused:
        async with store.transaction() as tx:
            await tx.chats.update("ann", made.id, {"title": "third"}, rev=0)
    assert refused.value.param == "rev"
    assert await titles(store) == ["second"]


async def test_only_some_fields_can_be_changed(store: Store) -> None:
    made = await add_chat(store)
    async with store.transaction() as tx:
        with pytest.raises(BadRequest) as refused:
            await tx.chats.update("ann", made.id, {"user_id": "bob"})
    assert refused.value.param == "user_id"


@pytest.mark.parametrize(
    ("changes", "param"), [({"folder": "f" * 256}, "folder"), ({"tags": ["t" * 256]}, "tags")]
)
async def test_a_name_too_long_for_the_index_is_refused(
    store: Store, changes: dict[str, object], param: str
) -> None:
    made = await add_chat(store)
    with pytest.raises(BadRequest) as refused:
        async with store.transaction() as tx:
            await tx.chats.update("ann", made.id, changes)
    assert refused.value.param == param


async def test_touch_moves_the_chat_to_the_top(store: Store) -> None:
    old = await add_chat(store, at=1, title="old")
    await add_chat(store, at=2, title="new")
    line = await add_line(store, old.id, 1)
    async with store.transaction() as tx:
        assert await tx.chats.touch(old.id, line[0].id, moment(3)) == 1
        assert await tx.chats.touch(old.id, None, moment(4)) == 2
        assert (await tx.chats.get("ann", old.id)).active_leaf_id == line[0].id
        with pytest.raises(NotFound):
            await tx.chats.touch("none", None, moment(4))
    assert await titles(store) == ["old", "new"]


async def test_a_title_by_machine_never_takes_the_place_of_a_better_one(store: Store) -> None:
    made = await add_chat(store, title="", title_by="fallback")
    async with store.transaction() as tx:
        first = await tx.chats.entitle("ann", made.id, "first words", "fallback")
        assert first == made.rev + 1
        assert await tx.chats.entitle("ann", made.id, "other words", "fallback") is None
        assert await tx.chats.entitle("bob", made.id, "by somebody", "model") is None
        assert await tx.chats.entitle("ann", made.id, "by the model", "model") == made.rev + 2
        assert await tx.chats.entitle("ann", made.id, "by it again", "model") is None
    async with store.read() as tx:
        chat = await tx.chats.get("ann", made.id)
        assert (chat.title, chat.title_by, chat.rev) == ("by the model", "model", made.rev + 2)
        assert [hit.chat_id for hit in await tx.search.query("ann", "model")] == [made.id]
        assert await tx.search.query("ann", "first") == []


async def test_a_deleted_chat_is_gone_until_it_is_restored(store: Store) -> None:
    made = await add_chat(store, title="here")
    async with store.transaction() as tx:
        await tx.chats.delete("ann", made.id)
        with pytest.raises(NotFound):
            await tx.chats.get("ann", made.id)
        with pytest.raises(NotFound):
            await tx.chats.delete("ann", made.id)
        with pytest.raises(NotFound):
            await tx.chats.update("ann", made.id, {"title": "x"})
        assert (await tx.chats.get("ann", made.id, include_deleted=True)).deleted_at is not None
        assert "ann" not in await tx.chats.counts()
    assert await titles(store, archived=None) == []
    async with store.transaction() as tx:
        restored = await tx.chats.restore("ann", made.id)
        with pytest.raises(NotFound):
            await tx.chats.restore("ann", made.id)
    assert restored.deleted_at is None
    assert await titles(store) == ["here"]


async def test_a_purge_removes_everything_of_old_deleted_chats(store: Store) -> None:
    gone = await add_chat(store, title="gone forever", tags=["x"])
    kept = await add_chat(store, title="kept forever")
    # deeper than InnoDB follows a chain of cascades
    line = await add_line(store, gone.id, 30)
    reply = answer(gone.id, line[-1])
    await add_messages(store, reply, said(kept.id, "forever"))
    async with store.transaction() as tx:
        record = run(reply)
        await tx.generations.add(record)
        await tx.generations.checkpoint([Checkpoint(record.id, 1, 2, b"[]")])
        await tx.chats.delete("ann", gone.id)
    async with store.transaction() as tx:
        assert await tx.chats.purge(moment(0)) == 0
        assert await tx.chats.purge(datetime.now(UTC)) == 1
    async with store.read() as tx:
        with pytest.raises(NotFound):
            await tx.chats.get("ann", gone.id, include_deleted=True)
        assert await tx.messages.nodes(gone.id) == {}
        assert await tx.messages.many([line[0].id]) == []
        assert await tx.generations.checkpoints(record.id) == []
        assert await tx.generations.running() == []
        assert {hit.chat_id for hit in await tx.search.query("ann", "forever")} == {kept.id}
        assert await tx.chats.tags("ann") == []


async def test_a_purge_takes_so_many_at_a_time(store: Store) -> None:
    for number in range(5):
        made = await add_chat(store, at=number)
        async with store.transaction() as tx:
            await tx.chats.delete("ann", made.id)
    async with store.transaction() as tx:
        assert [await tx.chats.purge(datetime.now(UTC), limit=3) for _ in range(3)] == [3, 2, 0]


async def test_pruning_never_takes_pinned_or_archived_chats(store: Store) -> None:
    await add_chat(store, at=0, title="pinned", pinned_at=moment(0))
    await add_chat(store, at=1, title="archived", archived_at=moment(0))
    plain = [await add_chat(store, at=2 + number, title=f"plain {number}") for number in range(4)]
    await add_chat(store, "bob", title="other")
    async with store.transaction() as tx:
        assert set(await tx.chats.prune("ann", 2)) == {plain[0].id, plain[1].id}
        assert await tx.chats.prune("ann", 2) == []
    assert await titles(store, archived=None) == ["plain 3", "plain 2", "archived", "pinned"]
    assert await titles(store, "bob") == ["other"]


async def test_counts_folders_and_tags_are_the_users_own(store: Store) -> None:
    await add_chat(store, folder="work", tags=["b"])
    await add_chat(store, folder="home", tags=["a", "b"], archived_at=moment(0))
    await add_chat(store, folder="work")
    await add_chat(store, "bob", folder="secret", tags=["secret"])
    async with store.read() as tx:
        assert (await tx.chats.counts())["ann"] == 3
        assert await tx.folders.list("ann") == [Tally("work", 2)]
        assert await tx.chats.tags("ann") == [Tally("a", 0), Tally("b", 1)]
