"""Ratings: one's own replies only, and only the rated exchange for others."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import BadRequest, NotFound, PayloadTooLarge
from stellarchat.core.messages import Message, MessageStatus, TextPart
from stellarchat.core.ratings import Opinion, RatingQuery, Thumb
from stellarchat.services.administration.feedback import COMMENT_CHARS, Feedback
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.store.samples import add_chat, add_messages, answer, said


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


async def exchange(store: Store, user: str = "ann") -> tuple[str, Message, Message]:
    """Store a chat of four messages; return it and the last two."""
    chat = await add_chat(store, user)
    before = said(chat.id, "a secret from before")
    earlier = answer(chat.id, before, status=MessageStatus.COMPLETE, parts=[TextPart("another secret")])
    asked = said(chat.id, "the question", earlier, at=1)
    reply = answer(
        chat.id, asked, at=2, status=MessageStatus.COMPLETE, parts=[TextPart("=the reply")], model="demo"
    )
    await add_messages(store, before, earlier, asked, reply)
    return chat.id, asked, reply


async def test_a_reply_is_rated_anew_and_no_more(store: Store) -> None:
    feedback = Feedback(store)
    chat_id, _, reply = await exchange(store)
    first = await feedback.rate("ann", chat_id, reply.id, Thumb.UP, "helpful", "  good  ")
    assert (first.model, first.comment) == ("demo", "good")
    second = await feedback.rate("ann", chat_id, reply.id, Thumb.DOWN, comment=" ")
    assert await feedback.of_chat("ann", chat_id) == [second]
    assert (second.thumb, second.reason, second.comment) == (Thumb.DOWN, None, None)
    await feedback.withdraw("ann", chat_id, reply.id)
    assert await feedback.of_chat("ann", chat_id) == []
    with pytest.raises(NotFound):
        await feedback.withdraw("ann", chat_id, reply.id)


async def test_the_replies_of_others_do_not_exist(store: Store) -> None:
    feedback = Feedback(store)
    chat_id, _, reply = await exchange(store)
    mine, _, _ = await exchange(store, "bob")
    for chat in (chat_id, mine):
        with pytest.raises(NotFound):
            await feedback.rate("bob", chat, reply.id, Thumb.UP)
        with pytest.raises(NotFound):
            await feedback.withdraw("bob", chat, reply.id)
    with pytest.raises(NotFound):
        await feedback.of_chat("bob", chat_id)


async def test_what_cannot_be_is_refused_by_its_field(store: Store) -> None:
    feedback = Feedback(store)
    chat_id, asked, reply = await exchange(store)
    with pytest.raises(BadRequest) as person:
        await feedback.rate("ann", chat_id, asked.id, Thumb.UP)
    with pytest.raises(BadRequest) as reason:
        await feedback.rate("ann", chat_id, reply.id, Thumb.UP, "slow")
    with pytest.raises(PayloadTooLarge) as comment:
        await feedback.rate("ann", chat_id, reply.id, Thumb.UP, comment="x" * (COMMENT_CHARS + 1))
    found = [caught.value.param for caught in (person, reason, comment)]
    assert found == ["message_id", "reason", "comment"]


async def test_others_see_the_rated_exchange_and_nothing_else(store: Store) -> None:
    feedback = Feedback(store)
    chat_id, asked, reply = await exchange(store)
    await feedback.rate("ann", chat_id, reply.id, Thumb.DOWN, "slow")
    await exchange(store, "bob")
    (rated,) = (await feedback.given(RatingQuery())).items
    assert (rated.question, rated.reply.id) == (asked, reply.id)
    assert await feedback.opinions(RatingQuery()) == [Opinion("demo", 0, 1)]
    lines = b"".join([one async for one in feedback.export(RatingQuery(), "jsonl", {"ann": "Ann"})])
    line = msgspec.json.decode(lines)
    assert (line["user_name"], line["question"], line["reply"]) == ("Ann", "the question", "=the reply")
    sheet = b"".join([one async for one in feedback.export(RatingQuery(), "csv", {})]).decode()
    assert "'=the reply" in sheet
    assert "secret" not in sheet + lines.decode()
