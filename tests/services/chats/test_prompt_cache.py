"""With the real llama.cpp: a turn reads what is new in it and nothing else, title or not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stellarchat.app.house import House
from stellarchat.config import load
from stellarchat.core.messages import FilePart
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.turns import Turn
from stellarchat.services.chats.context import Draft
from stellarchat.services.chats.titles import Titles
from tests.waiting import eventually

pytestmark = pytest.mark.real_engine
MODEL, USER = "stellar-demo", "local"
NOTES = "\n".join(f"Note {number}: the garden has {number} trees." for number in range(40))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A whole house whose engine has one place: whatever is asked between two turns takes it."""
    settings = load({"data_dir": tmp_path, "llamacpp": {"slots": 1, "threads": 1}}, environ={}).settings
    made = House(settings)
    if made.catalog.local_path(made.catalog.resolve(MODEL)) is None:
        pytest.skip("THE DEMONSTRATION MODEL IS MISSING: build it with tools/demo_model")
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def notes(house: House) -> FilePart:
    """Attach the notes."""

    async def pieces() -> AsyncIterator[bytes]:
        yield NOTES.encode()

    return FilePart((await house.files.receive(USER, "notes.txt", pieces())).id)


async def turn(house: House, chat_id: str, content: str, **more: Any) -> Generation:
    """Ask, and wait for the answer."""
    params = {"max_tokens": 24, "temperature": 0}
    asked = Turn(user_id=USER, model=MODEL, chat_id=chat_id, content=content, params=params, **more)
    generation = await house.generations.begin(asked)
    assert generation.task is not None
    await generation.task
    assert generation.message is not None
    assert generation.message.error is None
    return generation


async def test_the_gauge_says_what_the_engine_then_reads(house: House) -> None:
    context = house.services().context
    await house.instances.ensure_ready(MODEL, lambda status: None)
    chat = (await house.chats.create(USER, {"system_prompt": "You are brief."})).chat
    part = await notes(house)
    first = await context.size(
        USER, Draft(model=MODEL, chat_id=chat.id, content="What is this?", files=[part])
    )
    asked = await turn(house, chat.id, "What is this?", parts=[part])
    assert (first.exact, first.prompt_tokens) == (True, asked.clock.usage.prompt_tokens)
    second = await context.size(USER, Draft(model=MODEL, chat_id=chat.id, content="Thank you!"))
    asked = await turn(house, chat.id, "Thank you!")
    assert (second.exact, second.prompt_tokens) == (True, asked.clock.usage.prompt_tokens)
    # what it says to be too much is refused, and not cut
    assert first.context_length is not None
    long = "word " * first.context_length
    told = await context.size(USER, Draft(model=MODEL, chat_id=chat.id, content=long))
    assert told.over > 0
    refused = await house.generations.begin(Turn(user_id=USER, model=MODEL, chat_id=chat.id, content=long))
    await refused.finished()
    assert refused.message is not None
    assert refused.message.error is not None
    assert refused.message.error.code == "context_length_exceeded"


async def test_a_turn_reads_only_what_is_new_also_after_the_title(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.titles, "_capable", lambda model: True)
    written: list[str] = []

    async def entitle(self: Titles, user_id: str, chat_id: str, title: str, by: str) -> None:
        written.append(by)

    monkeypatch.setattr(Titles, "_set", entitle)
    monkeypatch.setattr("stellarchat.services.chats.titles.clean", lambda answer: answer or "title")
    chat = (await house.chats.create(USER, {"system_prompt": "You are brief."})).chat
    first = await turn(house, chat.id, "What is this?", parts=[await notes(house)])
    await eventually(lambda: "model" in written)
    second = await turn(house, chat.id, "Thank you!")
    usage = second.clock.usage
    read_before = first.clock.usage.prompt_tokens
    assert read_before > 500
    assert usage.prompt_tokens > read_before
    # the first prompt whole; of the answer a token or two may be cut otherwise when it is read as text
    assert usage.cached_tokens >= read_before
    assert usage.prompt_tokens - usage.cached_tokens < 60
