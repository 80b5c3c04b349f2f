"""A chat made of one branch of another, over a real SQLite file."""

import pathlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from stellarchat.core.errors import BranchBusy, ErrorInfo, NotFound, PayloadTooLarge
from stellarchat.core.events import Timings, Usage
from stellarchat.core.messages import (
    Chat,
    ImagePart,
    Message,
    MessageStatus,
    Role,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from stellarchat.services.chats.chats import Shelf
from tests.services.rooms import USER, Rooms, furnished
from tests.store.samples import moment, said


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path) as made:
        yield made


async def grown(rooms: Rooms) -> tuple[Chat, list[Message]]:
    """Store a chat of a question, two answers to it, and a question below the first of them."""
    fields = {"title": "Trip", "model": "m", "system_prompt": "Be brief.", "folder": "work", "tags": ["a"]}
    made = await rooms.chats.create(USER, fields | {"params": {"top_p": 0.9}, "pinned": True})
    chat = made.chat
    ask = said(chat.id, "where to?", client_id="mine", metadata={"seed": 1})
    first = said(
        chat.id,
        "",
        ask,
        role=Role.ASSISTANT,
        parts=[
            ThinkingPart("hm", 12.5),
            TextPart("there"),
            ToolUsePart("call", "map", "{}"),
            ImagePart("data:image/png;base64,AAAA"),
        ],
        status=MessageStatus.INTERRUPTED,
        model="other",
        generation_id="run",
        finish_reason="stop",
        usage=Usage(3, 4, 1, 2),
        timings=Timings(queue_ms=1.5),
        error=ErrorInfo(code="engine_died", message="it died"),
        at=1,
    )
    second = said(chat.id, "elsewhere", ask, role=Role.ASSISTANT, at=2)
    more = said(chat.id, "and then?", first, at=3)
    async with rooms.store.transaction() as tx:
        for message in (ask, first, second, more):
            await tx.messages.add(message)
        await tx.chats.touch(chat.id, more.id, moment(3))
    return chat, [ask, first, second, more]


async def whole(rooms: Rooms, chat_id: str) -> tuple[Chat, list[Message]]:
    """Return a chat and its active branch."""
    async with rooms.store.read() as tx:
        chat = await tx.chats.get(USER, chat_id)
        line = await tx.messages.branch(chat.id, chat.active_leaf_id) if chat.active_leaf_id else []
        assert len(await tx.messages.nodes(chat.id)) == len(line)
    return chat, line


async def test_a_fork_has_the_active_branch_and_all_that_was_said_in_it(rooms: Rooms) -> None:
    source, (ask, first, _, more) = await grown(rooms)
    before = await rooms.chats.open(USER, source.id)
    forked = await rooms.chats.fork(USER, source.id)
    chat, line = await whole(rooms, forked.chat.id)
    assert chat == forked.chat
    assert chat.id != source.id
    assert (chat.title, chat.title_by, chat.pinned_at) == ("Trip (fork)", "person", None)
    kept = ("user_id", "model", "system_prompt", "params", "folder", "tags")
    assert [getattr(chat, name) for name in kept] == [getattr(source, name) for name in kept]
    assert chat.last_message_at > moment(3)
    originals = [ask, first, more]
    assert len(line) == 3
    assert not {one.id for one in line} & {one.id for one in originals}
    assert [one.parent_id for one in line] == [None, line[0].id, line[1].id]
    for copied, original in zip(line, originals, strict=True):
        new = {"id", "chat_id", "parent_id", "rev", "client_id", "generation_id"}
        found, wanted = msgspec.structs.asdict(copied), msgspec.structs.asdict(original)
        assert {name: found[name] for name in found.keys() - new} == {
            name: wanted[name] for name in wanted.keys() - new
        }
        assert (copied.client_id, copied.generation_id) == (None, None)
    # the source is what it was
    assert await rooms.chats.open(USER, source.id) == before


async def test_a_fork_ends_where_it_is_told_to(rooms: Rooms) -> None:
    source, (_, _, second, _) = await grown(rooms)
    forked = await rooms.chats.fork(USER, source.id, second.id, title="  副本  ")
    _, line = await whole(rooms, forked.chat.id)
    assert [one.content for one in line] == ["where to?", "elsewhere"]
    assert (forked.chat.title, forked.chat.title_by) == ("副本", "person")


async def test_a_fork_is_found_and_told_of(rooms: Rooms) -> None:
    source, _ = await grown(rooms)
    heard = rooms.listen()
    forked = await rooms.chats.fork(USER, source.id)
    assert heard.take() == [(forked.chat.id, "created", forked.chat.rev)]
    hits = await rooms.search.find(USER, "there", 10)
    assert {hit.chat_id for hit in hits} == {source.id, forked.chat.id}
    assert (await rooms.chats.listing(USER, Shelf())).items[0].chat.id == forked.chat.id


async def test_a_chat_without_messages_or_title_is_forked_too(rooms: Rooms) -> None:
    source = (await rooms.chats.create(USER, {})).chat
    chat, line = await whole(rooms, (await rooms.chats.fork(USER, source.id)).chat.id)
    assert (line, chat.title, chat.title_by, chat.active_leaf_id) == ([], "", "fallback", None)


async def test_a_long_title_keeps_its_limit(rooms: Rooms) -> None:
    source = (await rooms.chats.create(USER, {"title": "x" * 200})).chat
    title = (await rooms.chats.fork(USER, source.id)).chat.title
    assert (len(title), title[-8:]) == (200, "x (fork)")


async def test_a_long_branch_is_copied_in_order(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stellarchat.services.chats.forks._AT_ONCE", 7)
    source = (await rooms.chats.create(USER, {})).chat
    for number in range(20):
        await rooms.said(source.id, str(number))
    _, line = await whole(rooms, (await rooms.chats.fork(USER, source.id)).chat.id)
    assert [one.content for one in line] == [str(number) for number in range(20)]
    monkeypatch.setattr("stellarchat.services.chats.forks.LIMIT", 19)
    with pytest.raises(PayloadTooLarge):
        await rooms.chats.fork(USER, source.id)
    _, original = await whole(rooms, source.id)
    _, line = await whole(rooms, (await rooms.chats.fork(USER, source.id, original[-2].id)).chat.id)
    assert len(line) == 19


async def test_others_chats_and_messages_are_not_there(rooms: Rooms) -> None:
    source, (ask, *_) = await grown(rooms)
    other = (await rooms.chats.create(USER, {})).chat
    for user, chat_id, message_id, param in (
        ("eve", source.id, None, "chat_id"),
        (USER, "nothing", None, "chat_id"),
        (USER, other.id, ask.id, "message_id"),
        (USER, source.id, "nothing", "message_id"),
    ):
        with pytest.raises(NotFound) as caught:
            await rooms.chats.fork(user, chat_id, message_id)
        assert caught.value.param == param
    await rooms.chats.delete(USER, source.id)
    with pytest.raises(NotFound):
        await rooms.chats.fork(USER, source.id)
    async with rooms.store.read() as tx:
        assert (await tx.chats.counts())[USER] == 1


async def test_what_is_being_written_is_not_copied(rooms: Rooms) -> None:
    source, (_, first, *_) = await grown(rooms)
    async with rooms.store.transaction() as tx:
        await tx.messages.update(msgspec.structs.replace(first, status=MessageStatus.STREAMING))
    with pytest.raises(BranchBusy):
        await rooms.chats.fork(USER, source.id)
    async with rooms.store.read() as tx:
        assert (await tx.chats.counts())[USER] == 1
