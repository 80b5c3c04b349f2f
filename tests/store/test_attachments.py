"""Attached files on every database: whose they are, and who refers to them."""

from datetime import timedelta
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, Conflict, NotFound
from stellarchat.core.files import Attachment, FileOrder, PageKind, Place
from stellarchat.core.ids import new_id
from stellarchat.core.messages import FilePart, TextPart
from stellarchat.store import Store
from stellarchat.store.cursors import cursor_of
from tests.store.samples import START, add_chat, add_messages, moment, said

DIGEST = "ab" * 32


def attached(user_id: str = "ann", **fields: Any) -> Attachment:
    """A document of a user's."""
    return Attachment(
        id=new_id(),
        user_id=user_id,
        **{
            "hash": DIGEST,
            "name": "报告.pdf",
            "media_type": "application/pdf",
            "size": 1000,
            "pages": 3,
            "page_kind": PageKind.PAGE,
            "text_chars": 900,
            "tokens": 250,
            "created_at": START,
        }
        | fields,
    )


async def add(store: Store, *attachments: Attachment) -> None:
    """Store attachments."""
    async with store.transaction() as tx:
        for one in attachments:
            await tx.attachments.add(one)


async def test_a_file_comes_back_as_it_was_and_only_to_its_owner(store: Store) -> None:
    mine = attached()
    picture = attached(pages=None, page_kind=None, text_chars=None, width=640, height=480)
    await add(store, mine, picture)
    async with store.read() as tx:
        assert await tx.attachments.get("ann", mine.id) == mine
        assert await tx.attachments.many("ann", [picture.id, mine.id, "none"]) == {
            mine.id: mine,
            picture.id: picture,
        }
        assert await tx.attachments.same("ann", DIGEST, "报告.pdf") in (mine, picture)
        assert await tx.attachments.same("ann", DIGEST, "other.pdf") is None
        assert await tx.attachments.same("bob", DIGEST, "报告.pdf") is None
        with pytest.raises(NotFound):
            await tx.attachments.get("bob", mine.id)
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.attachments.delete("bob", mine.id)


async def test_files_are_listed_page_by_page_with_their_places(store: Store) -> None:
    files = [
        attached(name=f"Report_{number}%.pdf", size=number % 3, created_at=moment(number))
        for number in range(7)
    ]
    picture = attached(name="猫.png", pages=None, page_kind=None, width=4, height=3, created_at=moment(9))
    await add(store, *files, picture, attached("bob"))
    first, gone = await add_chat(store, title="first"), await add_chat(store, at=5, title="gone")
    for where in (first, gone, first):
        await add_messages(store, said(where.id, "", parts=[FilePart(id=files[0].id, hash=DIGEST)]))
    async with store.transaction() as tx:
        await tx.chats.delete("ann", gone.id)
    async with store.read() as tx:
        for order in FileOrder:
            seen: list[Attachment] = []
            cursor = None
            while True:
                page = await tx.attachments.listed("ann", order=order, cursor=cursor, limit=3)
                seen += page.items
                if (cursor := page.next_cursor) is None:
                    break
            assert {one.id for one in seen} == {one.id for one in (*files, picture)}
            assert len(seen) == 8
            places = [one.created_at if order is FileOrder.NEWEST else one.size for one in seen]
            assert places == sorted(places, reverse=True)  # type: ignore[type-var]
        found = await tx.attachments.listed("ann", words="REPORT_3%")
        assert [one.id for one in found.items] == [files[3].id]
        assert (await tx.attachments.listed("ann", words="猫", images=True)).items == [picture]
        assert (await tx.attachments.listed("ann", words="猫", images=False)).items == []
        assert await tx.attachments.count("ann") == 8
        assert await tx.attachments.places([picture.id, files[0].id]) == {
            files[0].id: [Place(gone.id, "gone", deleted=True), Place(first.id, "first", deleted=False)]
        }
        with pytest.raises(BadRequest):
            await tx.attachments.listed("ann", cursor=cursor_of(START, "no-size"))


async def test_the_same_bytes_count_once(store: Store) -> None:
    await add(
        store,
        attached(),
        attached(name="copy.pdf"),
        attached(hash="cd" * 32, size=7),
        attached("bob", size=5),
    )
    async with store.read() as tx:
        assert await tx.attachments.used("ann") == 1007
        assert await tx.attachments.used("bob") == 5
        assert await tx.attachments.used("nobody") == 0
        assert await tx.attachments.known([DIGEST, "ef" * 32]) == {DIGEST}


async def test_a_file_stays_while_a_message_refers_to_it(store: Store) -> None:
    kept, loose, young = attached(), attached(), attached(created_at=moment(100))
    await add(store, kept, loose, young)
    chat = await add_chat(store)
    parts = [FilePart(id=kept.id, hash=DIGEST, name=kept.name, pages=2), TextPart("read this")]
    message = said(chat.id, "", parts=parts)
    await add_messages(store, message)
    async with store.read() as tx:
        assert (await tx.messages.get(chat.id, message.id)).parts == parts
    async with store.transaction() as tx:
        assert await tx.attachments.sweep(moment(50), 10) == 1
    async with store.read() as tx:
        assert set(await tx.attachments.many("ann", [kept.id, loose.id, young.id])) == {kept.id, young.id}
    async with store.transaction() as tx:
        with pytest.raises(Conflict) as refused:
            await tx.attachments.delete("ann", kept.id)
    assert refused.value.remedy
    async with store.transaction() as tx:
        # written again, as a continued answer is: the reference stays one
        await tx.messages.update(message)
        await tx.chats.delete("ann", chat.id)
    async with store.transaction() as tx:
        # it can still be restored
        assert await tx.attachments.sweep(moment(50), 10) == 0
        assert await tx.chats.purge(chat.updated_at + timedelta(days=100_000), 10) == 1
    async with store.transaction() as tx:
        assert await tx.attachments.sweep(moment(50), 10) == 1
        await tx.attachments.delete("ann", young.id)
        assert await tx.attachments.known([DIGEST]) == set()
