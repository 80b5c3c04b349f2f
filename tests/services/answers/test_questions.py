"""What servers ask in the middle of a call: at the call, of the person whose call it is, and not for ever."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, Conflict, NotFound
from stellarchat.core.events import Phase, Status
from stellarchat.core.messages import MessageStatus, ToolUsePart
from stellarchat.core.tools import Action, CallState, Policy, Question, Transport
from stellarchat.services.answers import calls
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.turns import Turn
from stellarchat.services.tools.asking import MOST
from tests import tool_server
from tests.fake_engine import Fake, running_fake
from tests.fake_engine.script import rounds
from tests.services.answers.test_rounds import ON, calls_of, stored
from tests.services.rooms import USER, Rooms, furnished
from tests.waiting import eventually


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def rooms(tmp_path: Path, fake: Fake) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path, fake) as made:
        yield made


async def ready(rooms: Rooms, *tools: str, words: tuple[str, ...] = tool_server.COMMAND, **more: Any) -> str:
    fields = {**tool_server.program(words=words), **more}
    known = await rooms.tools.add(USER, Transport(fields.pop("transport")), fields)
    await rooms.tools.decide(known.server.id, dict.fromkeys(tools, Policy.ALWAYS), USER)
    return (await rooms.chats.create(USER, {"params": ON})).chat.id


async def ask(
    rooms: Rooms, chat_id: str, *names: str, origin: str | None = "a page", **arguments: Any
) -> Generation:
    content = f"hi [[fake tokens=2]] {rounds([(f'test_tools__{name}', arguments) for name in names])}"
    return await rooms.generations.begin(
        Turn(user_id=USER, model="fake", chat_id=chat_id, content=content, origin=origin)
    )


def live_calls(reply: Generation) -> list[ToolUsePart]:
    return [part for part in reply.parts() if isinstance(part, ToolUsePart)]


def open_questions(reply: Generation) -> list[Question]:
    return [part.question for part in live_calls(reply) if part.question is not None]


async def asked(reply: Generation, count: int = 1) -> Question:
    await eventually(lambda: len(open_questions(reply)) == count or reply.done)
    return open_questions(reply)[0]


def result(reply: Generation, at: int = 0) -> str:
    return calls_of(reply.message)[at].outputs[0].text


async def test_a_question_is_answered_at_its_call(rooms: Rooms) -> None:
    """The call's own time does not run meanwhile."""
    chat_id = await ready(rooms, "books", timeout_seconds=1.0)
    reply = await ask(rooms, chat_id, "books")
    question = await asked(reply)
    (part,) = live_calls(reply)
    assert (part.state, part.server, question.message) == (
        CallState.RUNNING,
        "Test Tools",
        "For whom shall I book a table?",
    )
    assert [field.name for field in question.fields] == ["name", "guests", "seat", "quiet", "mail"]
    assert reply.calls is not None
    assert reply.calls.waiting
    phases = [one.phase for one in reply.log if isinstance(one, Status)]
    assert phases[-1] is Phase.APPROVAL

    async def answer(action: Action, user: str = USER, **content: Any) -> None:
        await rooms.generations.answer(reply.id, user, question.id, action, content)

    with pytest.raises(BadRequest) as refused:
        await answer(Action.ACCEPT, name="A")
    assert refused.value.param == "content.name"
    with pytest.raises(NotFound):
        await answer(Action.ACCEPT, "somebody else", name="Ann")
    await answer(Action.ACCEPT, name="Ann", guests=3, seat="window", quiet=False)
    with pytest.raises(Conflict):
        await answer(Action.DECLINE)
    await reply.finished()
    booked = json.loads(result(reply).removeprefix("booked: "))
    assert booked == {"name": "Ann", "guests": 3, "seat": "window", "quiet": False}
    assert calls_of(await stored(rooms, reply.message))[0].question is None
    with pytest.raises(Conflict):
        await answer(Action.DECLINE)


async def test_what_is_declined_or_left_is_told_to_the_server(rooms: Rooms) -> None:
    """Two calls ask at once, and each has its own answer."""
    chat_id = await ready(rooms, "books")
    reply = await ask(rooms, chat_id, "books", "books")
    first, second = (await asked(reply, 2), open_questions(reply)[1])
    await rooms.generations.answer(reply.id, USER, second.id, Action.CANCEL, {})
    await rooms.generations.answer(reply.id, USER, first.id, Action.DECLINE, {"name": 1})
    await reply.finished()
    assert [result(reply, at) for at in (0, 1)] == ["not booked: decline", "not booked: cancel"]


async def test_a_question_does_not_wait_for_ever(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "ANSWER_SECONDS", 0.05)
    reply = await ask(rooms, await ready(rooms, "books"), "books")
    await reply.finished()
    assert result(reply) == "not booked: cancel"


async def test_nobody_is_asked_where_no_page_asked(rooms: Rooms) -> None:
    reply = await ask(rooms, await ready(rooms, "books"), "books", origin=None)
    await reply.finished()
    assert result(reply) == "not booked: decline"
    (server,) = rooms.tools.usable(USER)
    logs = rooms.tools.connection(server, USER).logs.tail(20)
    assert any("nobody to ask" in line and "book a table" in line for line in logs)


async def test_stop_takes_a_question_back(rooms: Rooms) -> None:
    reply = await ask(rooms, await ready(rooms, "books"), "books")
    question = await asked(reply)
    stopped = await rooms.generations.stop(reply.id, USER)
    assert stopped.message is not None
    assert stopped.message.status is MessageStatus.STOPPED
    (part,) = calls_of(stopped.message)
    assert (part.state, part.question) == (CallState.CUT, None)
    assert reply.calls is not None
    assert not reply.calls.waiting
    with pytest.raises(Conflict):
        await rooms.generations.answer(reply.id, USER, question.id, Action.ACCEPT, {"name": "Ann"})


async def test_servers_of_the_earlier_protocol_ask_too(rooms: Rooms) -> None:
    """Their question is a request of its own, which does not say which call it is for."""
    chat_id = await ready(rooms, "paints", "visits", "nests", words=tool_server.EARLIER)
    reply = await ask(rooms, chat_id, "paints")
    question = await asked(reply)
    assert [option.label for option in question.fields[0].options] == ["Red", "Blue"]
    await rooms.generations.answer(
        reply.id, USER, question.id, Action.ACCEPT, {"colour": "b", "days": ["Mo", "We"]}
    )
    await reply.finished()
    assert json.loads(result(reply)) == {
        "action": "accept",
        "content": {"colour": "b", "days": ["Mo", "We"]},
    }

    reply = await ask(rooms, chat_id, "visits")
    question = await asked(reply)
    assert (question.url, question.fields) == ("https://bank.example:8443/confirm?id=1", ())
    await rooms.generations.answer(reply.id, USER, question.id, Action.ACCEPT, {})
    await reply.finished()
    assert json.loads(result(reply)) == {"action": "accept"}

    reply = await ask(rooms, chat_id, "nests")
    await reply.finished()
    assert json.loads(result(reply)) == {"action": "decline"}


async def test_a_call_that_needs_a_page_first_runs_once_the_person_was_there(rooms: Rooms) -> None:
    """URLElicitationRequiredError of 2025-11-25: the call is made again, as often as it takes."""
    chat_id = await ready(rooms, "guarded", words=tool_server.EARLIER, timeout_seconds=1.0)
    reply = await ask(rooms, chat_id, "guarded")
    seen = []
    for _ in range(4):  # two pages, and it is not believed at once
        question = await asked(reply)
        assert (question.message, question.first, question.fields) == ("Agree first.", True, ())
        seen.append(question.url)
        await rooms.generations.answer(reply.id, USER, question.id, Action.ACCEPT, {})
        await eventually(lambda last=question: last not in open_questions(reply))
    await reply.finished()
    assert seen == ["https://bank.example/agree", "https://bank.example/pay"] * 2
    assert json.loads(result(reply)) == {"let in": "guarded"}


async def test_a_call_that_needs_a_page_first_fails_where_nobody_goes_there(rooms: Rooms) -> None:
    """SECURITY: nor is an address shown that could be taken for another, nor is it asked for ever."""
    chat_id = await ready(rooms, "guarded", "barred", "misled", "nowhere", words=tool_server.EARLIER)

    async def note(name: str, action: Action | None, origin: str | None = "a page") -> str:
        reply = await ask(rooms, chat_id, name, origin=origin)
        count = 0
        while action is not None and not reply.done:
            await eventually(lambda: bool(open_questions(reply)) or reply.done)
            for question in open_questions(reply):
                count += 1
                await rooms.generations.answer(reply.id, USER, question.id, action, {})
                await eventually(lambda last=question: last not in open_questions(reply))
        await reply.finished()
        (part,) = calls_of(reply.message)
        assert part.state is CallState.FAILED
        assert count <= MOST
        return part.note or ""

    for name, action, origin in (
        ("guarded", Action.DECLINE, "a page"),
        ("guarded", None, None),
        ("barred", Action.ACCEPT, "a page"),
        ("misled", None, "a page"),
        ("nowhere", None, "a page"),
    ):
        assert "which was not done.\nThis needs your consent." in await note(name, action, origin), name
