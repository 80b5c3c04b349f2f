"""Titles: the first words at once, better ones when the model is at leisure, a person's for good."""

import asyncio
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from stellarchat.core.errors import EngineDied
from stellarchat.core.messages import Chat
from stellarchat.services.answers.asking import through
from stellarchat.services.answers.gateway import Load
from stellarchat.services.answers.generation import Generation
from stellarchat.services.chats.titles import TITLE_CHARS, Titles, clean, first_words, request
from tests.fake_engine import running_fake
from tests.services.rooms import USER, Rooms, furnished
from tests.waiting import eventually


class Model:
    """Stands for a model that makes titles."""

    def __init__(self, answer: str = "A Fine Title") -> None:
        self.answer = answer
        self.asked: list[tuple[str, list[dict[str, Any]], int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.called_off = 0
        self.load = Load(0, 0)
        self.error: Exception | None = None

    async def complete(
        self, user_id: str, model: str, messages: list[dict[str, Any]], max_tokens: int
    ) -> str:
        self.asked.append((model, messages, max_tokens))
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.called_off += 1
            raise
        if self.error is not None:
            raise self.error
        return self.answer


@pytest.fixture
async def rooms(tmp_path: pathlib.Path) -> AsyncIterator[Rooms]:
    async with running_fake() as fake, furnished(tmp_path, fake) as made:
        yield made


@pytest.fixture
async def model(rooms: Rooms) -> AsyncIterator[Model]:
    model = Model()
    titles = Titles(rooms.store, rooms.bus, model.complete, lambda instance: model.load)
    rooms.generations.on_begin.append(titles.began)
    rooms.generations.on_end.append(titles.ended)
    yield model
    await titles.close()


async def new_chat(rooms: Rooms, **fields: Any) -> str:
    return (await rooms.chats.create(USER, fields)).chat.id


async def read(rooms: Rooms, chat_id: str) -> Chat:
    return (await rooms.chats.open(USER, chat_id)).chat


async def titled(rooms: Rooms, chat_id: str, by: str) -> Chat:
    async def there() -> bool:
        chat = await read(rooms, chat_id)
        return chat.title_by == by and bool(chat.title)

    await eventually(there)
    return await read(rooms, chat_id)


async def settled(generation: Generation) -> None:
    """Wait until the hooks of its end were called."""
    assert generation.task is not None
    await generation.task


async def test_the_first_words_are_the_title_until_the_model_has_a_better_one(
    rooms: Rooms, model: Model
) -> None:
    model.may_answer.clear()
    chat_id = await new_chat(rooms)
    heard = rooms.listen()
    await rooms.ask(chat_id, content="Why is the sky blue? [[fake tokens=3]]")
    assert (await titled(rooms, chat_id, "fallback")).title == "Why is the sky blue? [[fake tokens=3]]"
    await eventually(lambda: bool(model.asked))
    name, messages, _ = model.asked[0]
    assert name == "fake"
    assert messages[0]["content"].startswith("Write a short title (at most six words)")
    assert "Why is the sky blue?" in messages[0]["content"]
    assert "Assistant: tok00" in messages[0]["content"]
    heard.take()
    model.may_answer.set()
    chat = await titled(rooms, chat_id, "model")
    assert chat.title == "A Fine Title"
    assert heard.take() == [(chat_id, "title", chat.rev)]


async def test_a_persons_title_stays(rooms: Rooms, model: Model) -> None:
    chat_id = await new_chat(rooms, title="Mine")
    generation = await rooms.ask(chat_id)
    await generation.finished()
    model.may_answer.clear()
    other_id = await new_chat(rooms)
    await rooms.ask(other_id)
    await eventually(lambda: bool(model.asked))
    await rooms.chats.update(USER, other_id, {"title": "Given meanwhile"})
    model.may_answer.set()
    await (await rooms.ask(chat_id)).finished()
    assert [(await read(rooms, one)).title for one in (chat_id, other_id)] == ["Mine", "Given meanwhile"]
    assert len(model.asked) == 1


async def test_a_busy_model_is_not_asked_and_the_next_answer_is_the_next_chance(
    rooms: Rooms, model: Model
) -> None:
    model.load = Load(1, 0)
    chat_id = await new_chat(rooms)
    await settled(await rooms.ask(chat_id))
    assert (await titled(rooms, chat_id, "fallback")).title
    assert model.asked == []
    model.load = Load(0, 0)
    await rooms.ask(chat_id)
    assert (await titled(rooms, chat_id, "model")).title == "A Fine Title"


async def test_a_model_that_gets_work_is_called_off(rooms: Rooms, model: Model) -> None:
    model.may_answer.clear()
    chat_id = await new_chat(rooms)
    await rooms.ask(chat_id)
    await eventually(lambda: bool(model.asked))
    model.load = Load(1, 1)
    await eventually(lambda: model.called_off == 1)
    assert (await read(rooms, chat_id)).title_by == "fallback"


@pytest.mark.parametrize("answer", ["", "  \n ", '""', "**"])
async def test_an_empty_answer_leaves_the_fallback(rooms: Rooms, model: Model, answer: str) -> None:
    model.answer = answer
    chat_id = await new_chat(rooms)
    await rooms.ask(chat_id)
    await eventually(lambda: bool(model.asked))
    assert (await titled(rooms, chat_id, "fallback")).title.startswith("hi")


async def test_a_model_that_fails_harms_nothing(rooms: Rooms, model: Model) -> None:
    model.error = EngineDied("gone")
    chat_id = await new_chat(rooms)
    await rooms.ask(chat_id)
    await eventually(lambda: bool(model.asked))
    model.error = None
    await rooms.ask(chat_id)
    assert (await titled(rooms, chat_id, "model")).title == "A Fine Title"


async def test_answers_that_are_not_whole_get_no_title(rooms: Rooms, model: Model) -> None:
    chat_id = await new_chat(rooms)
    generation = await rooms.ask(chat_id, "tokens=1000 delay=20")
    await generation.wait(2)
    await rooms.generations.stop(generation.id, USER)
    await settled(generation)
    assert model.asked == []


async def test_after_some_answers_the_fallback_stays_for_good(rooms: Rooms, model: Model) -> None:
    model.answer = ""
    chat_id = await new_chat(rooms)
    for _ in range(5):
        await settled(await rooms.ask(chat_id))
    await eventually(lambda: len(model.asked) == 3)
    assert (await read(rooms, chat_id)).title_by == "fallback"


async def test_models_are_asked_like_everybody_asks(rooms: Rooms) -> None:
    complete = through(rooms.generations, lambda model: False)
    messages = [{"role": "user", "content": "t [[fake tokens=3]]"}]
    assert (await complete("local", "fake", messages, 20)).split() == ["tok00", "tok01", "tok02"]


async def test_calling_off_lets_the_engine_go(rooms: Rooms) -> None:
    complete = through(rooms.generations, lambda model: False)
    messages = [{"role": "user", "content": "t [[fake tokens=1000 delay=20]]"}]
    asking = asyncio.ensure_future(complete("local", "fake", messages, 2000))
    await eventually(lambda: rooms.gateway.load("fake").active == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await eventually(lambda: rooms.gateway.load("fake").active == 0)


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ('"The Blue Sky"', "The Blue Sky"),
        ("Title: The Blue Sky.", "The Blue Sky"),
        ("**The Blue Sky**\n\nIt is about…", "The Blue Sky"),
        ("\n\n# The  Blue\tSky", "The Blue Sky"),
        ("“天空为什么是蓝的”。", "天空为什么是蓝的"),
        ("标题：《蓝天》", "蓝天"),
        ("...", ""),
        ("Version 2.0", "Version 2.0"),
    ],
)
def test_an_answer_is_cleaned(answer: str, title: str) -> None:
    assert clean(answer) == title


def test_titles_are_cut_between_words() -> None:
    long = "word " * 40
    for short in (clean(long), first_words(long)):
        assert len(short) <= TITLE_CHARS
        assert short.endswith("word…")
    assert len(first_words("字" * 200)) == 40
    assert first_words("  two\n words ") == "two words"


async def test_the_model_is_asked_in_the_conversations_language(rooms: Rooms) -> None:
    chat_id = await new_chat(rooms)
    messages = [(await rooms.said(chat_id, "天空为什么是蓝色的？")).message]
    (asked,) = request(messages)
    assert asked["content"] == ("为这段对话写一个简短的标题（不超过十二个字）：\n用户：天空为什么是蓝色的？")
