"""All files of a person: what they take, and what removing one means for what was said before."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from stellarchat.core.errors import BadRequest, BranchBusy, NotFound
from stellarchat.core.files import Attachment
from stellarchat.core.messages import FilePart, MessageStatus, Role
from stellarchat.services.chats.chats import NewMessage
from stellarchat.services.files.collection import Collection
from tests import files_made as made
from tests.fake_engine import Fake, running_fake
from tests.services.rooms import USER, Rooms, furnished
from tests.store.samples import answer


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def rooms(tmp_path: pathlib.Path, fake: Fake) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path, fake) as opened:
        yield opened


@pytest.fixture
def collection(rooms: Rooms) -> Collection:
    return Collection(rooms.store, rooms.bus, user_bytes=1000)


async def attach(rooms: Rooms, name: str, data: bytes, user: str = USER) -> Attachment:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    return await rooms.files.receive(user, name, pieces())


async def test_files_are_told_with_their_chats_and_what_they_take(
    rooms: Rooms, collection: Collection
) -> None:
    notes = await attach(rooms, "notes.md", b"# Notes")
    await attach(rooms, "copy.md", b"# Notes")
    await attach(rooms, "theirs.md", b"# Other", user="bob")
    chat = (await rooms.chats.create(USER, {"title": "Plans"})).chat
    await rooms.chats.add_message(USER, chat.id, NewMessage(role=Role.USER, parts=[FilePart(notes.id)]))
    listing = await collection.listing(USER)
    assert (listing.total, listing.used, listing.allowed) == (2, 7, 1000)
    assert {one.file.name: [place.title for place in one.places] for one in listing.items} == {
        "notes.md": ["Plans"],
        "copy.md": [],
    }
    assert [one.file.name for one in (await collection.listing(USER, words="COPY")).items] == ["copy.md"]
    with pytest.raises(BadRequest):
        await collection.listing(USER, limit=0)


async def test_a_removed_file_leaves_its_name_and_is_told_as_gone(
    rooms: Rooms, collection: Collection, fake: Fake
) -> None:
    notes = await attach(rooms, "notes.md", b"# Notes")
    copy = await attach(rooms, "copy.md", b"# Notes")  # the same bytes stay, by another name
    cat = await attach(rooms, "cat.png", made.picture())
    chat = (await rooms.chats.create(USER, {})).chat
    parts = [FilePart(notes.id), FilePart(cat.id), FilePart(copy.id)]
    await (await rooms.ask(chat.id, content="Read [[fake tokens=1]]", parts=parts)).finished()
    fork = await rooms.chats.fork(USER, chat.id)
    other = await attach(rooms, "other.md", b"# Other", user="bob")
    heard = rooms.listen()
    for ids in ([notes.id, other.id], ["none"]):
        with pytest.raises(NotFound):
            await collection.remove(USER, ids)
    assert (await rooms.files.get(USER, notes.id)).name == "notes.md"
    assert heard.take() == []
    removed = await collection.remove(USER, [notes.id, cat.id, notes.id])
    assert (removed.ids, removed.messages) == ([notes.id, cat.id], 2)
    revisions = {chat_id: rev for chat_id, change, rev in heard.take() if change == "message"}
    for one in (chat.id, fork.chat.id):
        opened = await rooms.chats.open(USER, one)
        assert revisions[one] == opened.chat.rev
        files = [part for part in opened.lines.messages[0].parts if isinstance(part, FilePart)]
        assert [(part.name, part.is_gone) for part in files] == [
            ("notes.md", True),
            ("cat.png", True),
            ("copy.md", False),
        ]
    with pytest.raises(NotFound):
        await rooms.files.original(USER, notes.id)
    await (await rooms.ask(chat.id, content="Again [[fake tokens=1]]")).finished()
    said = str((await fake.requests())[-1]["body"]["messages"][0]["content"])
    assert "[The file “notes.md” is no longer there.]" in said
    assert "[The file “cat.png” is no longer there.]" in said
    assert said.count("# Notes") == 1
    # and it goes into the next copy as it is
    await rooms.chats.fork(USER, chat.id)
    assert (await collection.listing(USER)).used == len(b"# Notes")


async def test_nothing_is_taken_from_a_reply_that_is_being_written(
    rooms: Rooms, collection: Collection
) -> None:
    cat = await attach(rooms, "cat.png", made.picture())
    chat = (await rooms.chats.create(USER, {})).chat
    async with rooms.store.transaction() as tx:
        part = FilePart(cat.id, hash=cat.hash, name=cat.name)
        await tx.messages.add(answer(chat.id, None, status=MessageStatus.STREAMING, parts=[part]))
    with pytest.raises(BranchBusy):
        await collection.remove(USER, [cat.id])
    assert (await collection.listing(USER)).total == 1
