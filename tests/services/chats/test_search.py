"""Finding words in one's own chats."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from stellarchat.core.errors import BadRequest
from tests.services.rooms import USER, Rooms, furnished


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path) as made:
        yield made


async def test_titles_and_messages_are_found_in_both_languages(rooms: Rooms) -> None:
    titled = (await rooms.chats.create(USER, {"title": "Weather in Oslo"})).chat
    spoken = (await rooms.chats.create(USER, {})).chat
    message = (await rooms.said(spoken.id, "北京今天的天气 <b>很好</b>")).message
    (title,) = await rooms.search.find(USER, "oslo")
    assert (title.chat_id, title.message_id) == (titled.id, None)
    (said,) = await rooms.search.find(USER, "天气")
    assert (said.chat_id, said.message_id) == (spoken.id, message.id)
    assert "<mark>" in said.snippet
    assert "<b>" not in said.snippet


async def test_a_new_title_is_found_and_the_old_one_is_not(rooms: Rooms) -> None:
    chat = (await rooms.chats.create(USER, {"title": "before"})).chat
    await rooms.chats.update(USER, chat.id, {"title": "after"})
    assert await rooms.search.find(USER, "before") == []
    assert len(await rooms.search.find(USER, "after")) == 1


async def test_deleted_and_foreign_chats_are_not_found(rooms: Rooms) -> None:
    chat = (await rooms.chats.create(USER, {"title": "secret"})).chat
    assert await rooms.search.find("somebody", "secret") == []
    await rooms.chats.delete(USER, chat.id)
    assert await rooms.search.find(USER, "secret") == []


async def test_nothing_is_found_for_nothing(rooms: Rooms) -> None:
    await rooms.chats.create(USER, {"title": "x"})
    assert await rooms.search.find(USER, "  ") == []
    assert await rooms.search.find(USER, '"*() OR -') == []


@pytest.mark.parametrize(
    ("q", "limit", "param"), [("x" * 501, 20, "q"), ("x", 0, "limit"), ("x", 51, "limit")]
)
async def test_limits_are_named(rooms: Rooms, q: str, limit: int, param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.search.find(USER, q, limit)
    assert refused.value.param == param
