"""Chats and messages over a real SQLite file."""

import asyncio
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, BranchBusy, Conflict, NotFound, StaleRevision
from stellarchat.core.messages import MessageStatus, Role, TextPart
from stellarchat.services.bus import ChatChanged, Topic
from stellarchat.services.chats.chats import NewMessage, Shelf
from tests.fake_engine import running_fake
from tests.services.rooms import USER, Rooms, furnished
from tests.waiting import eventually


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path) as made:
        yield made


@pytest.fixture
async def speaking(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with running_fake() as fake, furnished(tmp_path, fake) as made:
        yield made


async def made(rooms: Rooms, **fields: Any) -> str:
    return (await rooms.chats.create(USER, fields)).chat.id


# chats


async def test_a_chat_keeps_what_it_was_made_with(rooms: Rooms) -> None:
    fields = {
        "title": "  Trip  ",
        "model": "m",
        "system_prompt": "Be brief.",
        "temperature": 0.5,
        "max_tokens": 100,
        "params": {"top_p": 0.9, "temperature": 1.0},
        "folder": "work",
        "tags": ["a", "b", "a", " "],
    }
    chat = (await rooms.chats.open(USER, await made(rooms, **fields))).chat
    assert (chat.title, chat.title_by, chat.model) == ("Trip", "person", "m")
    assert chat.params == {"top_p": 0.9, "temperature": 0.5, "max_tokens": 100}
    assert (chat.folder, chat.tags, chat.system_prompt) == ("work", ["a", "b"], "Be brief.")


async def test_a_chat_that_a_client_named_is_made_once(rooms: Rooms) -> None:
    heard = rooms.listen()
    made = await asyncio.gather(*(rooms.chats.create(USER, {"title": "T"}, None, "c1") for _ in range(4)))
    (chat_id,) = {one.chat.id for one in made}
    assert sorted(one.created for one in made) == [False, False, False, True]
    assert len(heard.take()) == 1
    await rooms.said(chat_id, "hi")
    await rooms.chats.update(USER, chat_id, {"title": "Changed since"})
    again = await rooms.chats.create(USER, {"title": "T"}, None, "c1")
    assert (again.chat.id, again.chat.title, again.created) == (chat_id, "Changed since", False)


async def test_a_name_of_a_chat_is_its_own_users(rooms: Rooms) -> None:
    mine = await rooms.chats.create(USER, {}, None, "c1")
    theirs = await rooms.chats.create("somebody", {}, None, "c1")
    another = await rooms.chats.create(USER, {}, None, "c2")
    assert len({one.chat.id for one in (mine, theirs, another)}) == 3


async def test_a_deleted_chat_is_not_made_again_by_its_name(rooms: Rooms) -> None:
    made = await rooms.chats.create(USER, {}, None, "c1")
    await rooms.chats.delete(USER, made.chat.id)
    with pytest.raises(Conflict) as refused:
        await rooms.chats.create(USER, {}, None, "c1")
    assert refused.value.param == "client_id"


async def test_a_chat_without_a_title_waits_for_one(rooms: Rooms) -> None:
    chat = (await rooms.chats.create(USER, {})).chat
    assert (chat.title, chat.title_by) == ("", "fallback")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"params": {"top_p": 2}}, "top_p"),
        ({"params": {"nonsense": 2}}, "nonsense"),
        ({"folder": "x" * 256}, "folder"),
        ({"owner": "me"}, "owner"),
    ],
)
async def test_a_wrong_field_is_named(rooms: Rooms, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.chats.create(USER, fields)
    assert refused.value.param == param
    chat_id = await made(rooms)
    with pytest.raises(BadRequest) as refused:
        await rooms.chats.update(USER, chat_id, fields)
    assert refused.value.param == param


async def test_a_change_bumps_the_revision_and_is_published(rooms: Rooms) -> None:
    heard = rooms.listen()
    chat_id = await made(rooms)
    assert heard.take() == [(chat_id, "created", 0)]
    chat = (await rooms.chats.update(USER, chat_id, {"pinned": True})).chat
    assert heard.take() == [(chat_id, "updated", chat.rev)]
    titled = (await rooms.chats.update(USER, chat_id, {"title": "T"})).chat
    assert titled.rev > chat.rev
    assert heard.take() == [(chat_id, "title", titled.rev)]
    await rooms.chats.delete(USER, chat_id)
    ((_, change, rev),) = heard.take()
    assert (change, rev > titled.rev) == ("deleted", True)
    restored = (await rooms.chats.restore(USER, chat_id)).chat
    assert heard.take() == [(chat_id, "created", restored.rev)]


async def test_a_change_carries_the_session_that_made_it(rooms: Rooms) -> None:
    place = rooms.bus.subscribe(USER, [Topic.CHATS], lambda: None)
    await rooms.chats.create(USER, {}, "session")
    (change,) = place.take()
    assert isinstance(change, ChatChanged)
    assert change.origin == "session"


async def test_a_stale_revision_is_refused_and_changes_nothing(rooms: Rooms) -> None:
    chat_id = await made(rooms, title="first")
    rev = (await rooms.chats.update(USER, chat_id, {"title": "second"}, rev=0)).chat.rev
    heard = rooms.listen()
    with pytest.raises(StaleRevision):
        await rooms.chats.update(USER, chat_id, {"title": "third"}, rev=0)
    chat = (await rooms.chats.open(USER, chat_id)).chat
    assert (chat.title, chat.rev) == ("second", rev)
    assert heard.take() == []


async def test_switches_and_parameters_can_be_taken_back(rooms: Rooms) -> None:
    chat_id = await made(rooms, temperature=0.5, params={"top_p": 0.9})
    chat = (await rooms.chats.update(USER, chat_id, {"pinned": True, "archived": True})).chat
    assert chat.pinned_at is not None
    assert chat.archived_at is not None
    chat = (await rooms.chats.update(USER, chat_id, {"pinned": False, "temperature": None})).chat
    assert (chat.pinned_at, chat.params) == (None, {"top_p": 0.9})


async def test_an_emptied_title_is_given_up(rooms: Rooms) -> None:
    chat_id = await made(rooms, title="mine")
    chat = (await rooms.chats.update(USER, chat_id, {"title": " "})).chat
    assert (chat.title, chat.title_by) == ("", "fallback")
    await rooms.chats.update(USER, chat_id, {"title": "mine"})
    await rooms.said(chat_id, "What is a star?")
    await rooms.said(chat_id, "A sun.", role=Role.ASSISTANT)
    chat = (await rooms.chats.update(USER, chat_id, {"title": None})).chat
    assert (chat.title, chat.title_by) == ("What is a star?", "fallback")


async def test_a_list_has_pages_and_filters(rooms: Rooms) -> None:
    ids = [await made(rooms, title=str(number), tags=["even"] * (number % 2 == 0)) for number in range(5)]
    await rooms.chats.update(USER, ids[0], {"archived": True})
    first = await rooms.chats.listing(USER, Shelf(), limit=3)
    second = await rooms.chats.listing(USER, Shelf(), limit=3, cursor=first.next_cursor)
    assert [one.chat.id for one in first.items + second.items] == ids[:0:-1]
    assert second.next_cursor is None
    even = await rooms.chats.listing(USER, Shelf(tag="even"))
    assert {one.chat.id for one in even.items} == {ids[2], ids[4]}
    archived = await rooms.chats.listing(USER, Shelf(archived=True))
    assert [one.chat.id for one in archived.items] == [ids[0]]


@pytest.mark.parametrize("limit", [0, 201, -5])
async def test_a_page_has_a_limit(rooms: Rooms, limit: int) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.chats.listing(USER, Shelf(), limit=limit)
    assert refused.value.param == "limit"


async def test_another_users_chat_does_not_exist(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    stored = await rooms.said(chat_id, "secret")
    chats, other = rooms.chats, "somebody"
    attempts = [
        chats.open(other, chat_id),
        chats.update(other, chat_id, {"title": "x"}),
        chats.delete(other, chat_id),
        chats.restore(other, chat_id),
        chats.messages(other, chat_id),
        chats.add_message(other, chat_id, NewMessage(role=Role.USER, parts=[TextPart("x")])),
        chats.edit_message(other, chat_id, stored.message.id, parts=[TextPart("x")]),
        chats.annotate_message(other, chat_id, stored.message.id, {}),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert (await chats.listing(other, Shelf())).items == []


# messages


async def test_messages_follow_the_active_leaf(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    first = await rooms.said(chat_id, "one")
    second = await rooms.said(chat_id, "two", role=Role.ASSISTANT, model="m", metadata={"k": 1})
    opened = await rooms.chats.open(USER, chat_id)
    assert [one.content for one in opened.lines.messages] == ["one", "two"]
    assert opened.chat.active_leaf_id == second.message.id
    assert opened.lines.messages[1].parent_id == first.message.id
    assert opened.lines.messages[1].metadata == {"k": 1}
    assert not opened.lines.has_more


async def test_messages_are_paged_upward(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    ids = [(await rooms.said(chat_id, str(number))).message.id for number in range(7)]
    newest = await rooms.chats.messages(USER, chat_id, limit=3)
    assert [one.id for one in newest.messages] == ids[4:]
    assert newest.has_more
    above = await rooms.chats.messages(USER, chat_id, before=ids[4], limit=3)
    assert [one.id for one in above.messages] == ids[1:4]
    top = await rooms.chats.messages(USER, chat_id, before=ids[1], limit=3)
    assert ([one.id for one in top.messages], top.has_more) == (ids[:1], False)
    assert (await rooms.chats.messages(USER, chat_id, before=ids[0])).messages == []
    middle = await rooms.chats.messages(USER, chat_id, leaf=ids[2])
    assert [one.id for one in middle.messages] == ids[:3]


async def test_the_same_client_id_is_stored_once(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    heard = rooms.listen()
    both = await asyncio.gather(*(rooms.said(chat_id, "hi", client_id="c1") for _ in range(4)))
    assert len({one.message.id for one in both}) == 1
    assert sorted(one.created for one in both) == [False, False, False, True]
    assert len(heard.take()) == 1
    assert len((await rooms.chats.open(USER, chat_id)).lines.messages) == 1


async def test_a_new_wording_is_a_sibling_and_becomes_active(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    old = (await rooms.said(chat_id, "old", metadata={"k": 1})).message
    await rooms.said(chat_id, "answer", role=Role.ASSISTANT)
    new = await rooms.chats.edit_message(USER, chat_id, old.id, parts=[TextPart("new")])
    assert new.message.parent_id == old.parent_id
    assert new.siblings == [old.id, new.message.id]
    assert new.message.metadata == {"k": 1}
    opened = await rooms.chats.open(USER, chat_id)
    assert [one.content for one in opened.lines.messages] == ["new"]
    assert opened.lines.siblings[None] == [old.id, new.message.id]


async def test_an_answer_is_not_worded_anew(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    answer = await rooms.said(chat_id, "answer", role=Role.ASSISTANT)
    with pytest.raises(BadRequest) as refused:
        await rooms.chats.edit_message(USER, chat_id, answer.message.id, parts=[TextPart("x")])
    assert refused.value.param == "content"


async def test_metadata_changes_in_place(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    message = (await rooms.said(chat_id, "hi")).message
    heard = rooms.listen()
    changed = await rooms.chats.annotate_message(USER, chat_id, message.id, {"rating": 1})
    assert changed.message.metadata == {"rating": 1}
    assert heard.take() == [(chat_id, "message", changed.message.rev)]
    (stored,) = (await rooms.chats.messages(USER, chat_id)).messages
    assert (stored.metadata, stored.content) == ({"rating": 1}, "hi")


async def test_any_message_can_become_the_active_leaf(rooms: Rooms) -> None:
    chat_id = await made(rooms)
    root = (await rooms.said(chat_id, "root")).message
    left = (await rooms.said(chat_id, "left")).message
    below_left = (await rooms.said(chat_id, "below left")).message
    await rooms.said(chat_id, "right", parent_id=root.id)
    chat = (await rooms.chats.update(USER, chat_id, {"active_leaf": left.id})).chat
    assert chat.active_leaf_id == left.id
    chat = (await rooms.chats.update(USER, chat_id, {"active_leaf": left.id}, settle=True)).chat
    assert chat.active_leaf_id == below_left.id


@pytest.mark.parametrize("param", ["active_leaf", "parent_id", "leaf", "before", "message_id"])
async def test_an_unknown_message_is_named(rooms: Rooms, param: str) -> None:
    chat_id, other_id = await made(rooms), await made(rooms)
    foreign = (await rooms.said(other_id, "elsewhere")).message.id
    attempts: dict[str, Any] = {
        "active_leaf": lambda: rooms.chats.update(USER, chat_id, {"active_leaf": foreign}),
        "parent_id": lambda: rooms.said(chat_id, "x", parent_id=foreign),
        "leaf": lambda: rooms.chats.messages(USER, chat_id, leaf=foreign),
        "before": lambda: rooms.chats.messages(USER, chat_id, before=foreign),
        "message_id": lambda: rooms.chats.annotate_message(USER, chat_id, foreign, {}),
    }
    with pytest.raises(NotFound) as missing:
        await attempts[param]()
    assert missing.value.param == param


# together with replies


async def test_a_reply_is_announced_at_its_begin_and_end(speaking: Rooms) -> None:
    chat_id = await made(speaking)
    heard = speaking.listen()
    generation = await speaking.ask(chat_id, "tokens=200 delay=20")
    ((_, change, began),) = heard.take()
    assert change == "message"
    opened = await speaking.chats.open(USER, chat_id)
    assert (opened.live, opened.chat.rev) == ([generation.id], began)
    assert (await speaking.chats.listing(USER, Shelf())).items[0].live == [generation.id]
    await speaking.generations.stop(generation.id, USER)
    await eventually(lambda: bool(generation.task and generation.task.done()))
    ((_, change, ended),) = heard.take()
    assert (change, ended > began) == ("message", True)
    opened = await speaking.chats.open(USER, chat_id)
    assert (opened.live, opened.chat.rev) == ([], ended)


async def test_a_message_being_written_is_left_alone(speaking: Rooms) -> None:
    chat_id = await made(speaking)
    generation = await speaking.ask(chat_id, "tokens=1000 delay=20")
    assert generation.message is not None
    with pytest.raises(BranchBusy):
        await speaking.chats.annotate_message(USER, chat_id, generation.message.id, {"x": 1})
    with pytest.raises(BranchBusy):
        await speaking.said(chat_id, "and")


async def test_deleting_a_chat_stops_its_reply(speaking: Rooms) -> None:
    chat_id = await made(speaking)
    generation = await speaking.ask(chat_id, "tokens=1000 delay=20")
    await speaking.chats.delete(USER, chat_id)
    await eventually(lambda: generation.done)
    assert generation.message is not None
    assert generation.message.status is MessageStatus.STOPPED
