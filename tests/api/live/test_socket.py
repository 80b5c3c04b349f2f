"""What a socket holds for a client that does not read: its place, and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stellarchat.api.limits import Limits
from stellarchat.api.live.socket import Socket
from stellarchat.core.errors import NotFound
from stellarchat.core.events import End, FinishReason, Text
from stellarchat.services.answers.generation import Generation
from stellarchat.services.bus import PENDING_LIMIT, ChatChange, ChatChanged, LocalBus
from tests.api.reader import Reader
from tests.waiting import eventually


class Link:
    """A socket's two ends; while `open` is cleared, nothing that is sent gets through."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0
        self.broken = False

    async def send(self, message: Any) -> None:
        self.waiting += 1
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        if self.broken:
            raise OSError("the client has left")
        if message["type"] == "websocket.close":
            self.closed.append(message)
            self.leave()
        else:
            self.sent.append(json.loads(message["text"]))

    def say(self, **frame: Any) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    def leave(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect"})

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.sent]


class Running:
    """Stands for the generations: those a test made, by id."""

    def __init__(self) -> None:
        self.known: dict[str, Generation] = {}
        self.abandoned: list[str] = []

    def add(self, name: str) -> Generation:
        self.known[name] = Generation(name, "u", "m")
        return self.known[name]

    async def begin(self, turn: Any) -> Generation:
        return self.add("begun")

    async def find(self, generation_id: str, user_id: str) -> Generation:
        if generation_id not in self.known:
            raise NotFound("no", param="generation_id")
        return self.known[generation_id]

    async def stop(self, generation_id: str, user_id: str) -> None:
        raise RuntimeError("a fault of the program")

    def abandon(self, generation: Generation) -> None:
        self.abandoned.append(generation.id)


class House:
    """A socket on a link."""

    def __init__(self) -> None:
        self.link = Link()
        self.running = Running()
        self.bus = LocalBus()
        self.socket = Socket(
            "u",
            cast(Any, SimpleNamespace()),
            cast(Any, self.running),
            self.bus,
            cast(Any, self.link.inbox.get),
            self.link.send,
            limits=Limits(),
        )
        self.task = asyncio.create_task(self.socket.run())

    async def leave(self) -> None:
        self.link.leave()
        await self.task


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    await eventually(lambda: made.link.kinds() == ["session_start"])
    yield made
    made.link.open.set()
    await made.leave()


async def test_a_blocked_follower_catches_up_in_merged_frames(house: House) -> None:
    generation = house.running.add("g")
    house.link.say(type="resume", generation_id="g")
    await eventually(lambda: "message_start" in house.link.kinds())
    house.link.open.clear()
    generation.append([Text("first ")])
    await eventually(lambda: house.link.waiting == 1)
    tasks = len(asyncio.all_tasks())
    for number in range(5000):
        generation.append([Text(f"{number} ")])
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == tasks
    assert house.link.waiting == 1
    generation.close(End(FinishReason.STOP))
    house.link.open.set()
    reader = Reader()
    await eventually(lambda: house.link.kinds()[-1] == "message_stop")
    for frame in house.link.sent[1:]:
        reader.read(frame)
    assert reader.text == "first " + "".join(f"{number} " for number in range(5000))
    assert len([kind for kind in house.link.kinds() if kind == "content_block_delta"]) == 2


async def test_changes_wait_one_per_chat(house: House) -> None:
    house.link.say(type="subscribe", topics=["chats"])
    house.link.say(type="ping")
    await eventually(lambda: "pong" in house.link.kinds())
    house.link.open.clear()
    house.bus.publish(ChatChanged("u", "a", 1, ChatChange.UPDATED))
    await eventually(lambda: house.link.waiting == 1)
    for rev in range(2, 500):
        house.bus.publish(ChatChanged("u", "a", rev, ChatChange.UPDATED))
        house.bus.publish(ChatChanged("u", "b", rev, ChatChange.UPDATED))
    house.link.open.set()
    await eventually(lambda: house.link.kinds().count("chat_changed") == 3)
    assert [(one["chat_id"], one["rev"]) for one in house.link.sent[2:]] == [("a", 1), ("a", 499), ("b", 499)]


async def test_too_many_changes_are_told_as_one(house: House) -> None:
    house.link.say(type="subscribe", topics=["chats"])
    house.link.say(type="ping")
    await eventually(lambda: "pong" in house.link.kinds())
    house.link.open.clear()
    for number in range(PENDING_LIMIT + 2):
        house.bus.publish(ChatChanged("u", str(number), 1, ChatChange.UPDATED))
    house.link.open.set()
    await eventually(lambda: "chat_changed" in house.link.kinds())
    assert [(one["chat_id"], one["change"]) for one in house.link.sent[2:]] == [(None, "many")]


async def test_a_second_resume_takes_the_place_of_the_first(house: House) -> None:
    generation = house.running.add("g")
    generation.append([Text("a")])
    for after in (0, 1):
        house.link.say(type="resume", generation_id="g", after=after)
    await eventually(lambda: house.link.kinds().count("content_block_delta") <= 1)
    house.link.say(type="ping")
    await eventually(lambda: "pong" in house.link.kinds())
    generation.append([Text("b")])
    generation.close(End(FinishReason.STOP))
    await eventually(lambda: "message_stop" in house.link.kinds())
    assert house.link.kinds().count("message_stop") == 1


async def test_a_fault_of_ours_is_an_error_without_its_words(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.link.say(type="stop", generation_id="g", request_id="r")
    await eventually(lambda: "error" in house.link.kinds())
    error = house.link.sent[-1]
    assert (error["code"], error["request_id"]) == ("internal_error", "r")
    assert "fault of the program" not in json.dumps(error)
    assert "fault of the program" in caplog.text


async def test_a_stateless_reply_that_was_resumed_is_let_go_once_the_client_leaves() -> None:
    house = House()
    house.link.say(type="chat", messages=[{"role": "user", "content": "x"}])
    await eventually(lambda: "message_start" in house.link.kinds())
    house.link.say(type="resume", generation_id="begun")
    await eventually(lambda: house.link.kinds().count("message_start") == 2)
    assert house.running.abandoned == []
    await house.leave()
    assert house.running.abandoned == ["begun"]


async def test_a_link_that_breaks_ends_the_socket_and_its_tasks() -> None:
    before = asyncio.all_tasks()
    house = House()
    generation = house.running.add("g")
    house.link.say(type="subscribe", topics=["chats"])
    house.link.say(type="resume", generation_id="g")
    await eventually(lambda: "message_start" in house.link.kinds())
    house.link.broken = True
    generation.append([Text("a")])
    house.bus.publish(ChatChanged("u", "a", 1, ChatChange.UPDATED))
    house.link.say(type="ping")
    async with asyncio.timeout(10):
        await house.task
    await eventually(lambda: asyncio.all_tasks() == before)


async def test_a_client_that_does_not_read_is_not_waited_for_at_the_end() -> None:
    house = House()
    await eventually(lambda: house.link.kinds() == ["session_start"])
    await house.socket.close()
    await house.task
    assert house.link.kinds()[-1] == "error"
    assert [message["code"] for message in house.link.closed] == [1012]
