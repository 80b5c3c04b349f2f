"""The socket: many replies on one link, hostile frames survived, nothing kept for a slow reader."""

import asyncio
import json
import random
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from stellarchat.api.live import door as doors
from stellarchat.api.live import socket as sockets
from stellarchat.api.live.requests import FRAME_CHARS
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LoadProgress
from stellarchat.core.messages import Message
from stellarchat.services.answers.generation import Generation
from stellarchat.services.bus import InstanceChanged
from tests.api.reader import Reader, message_parts
from tests.contract.chat_house import House
from tests.waiting import eventually


def says(directives: str = "tokens=3") -> str:
    return f"hi [[fake {directives}]]"


async def stored(house: House, generation_id: str) -> Message:
    found = await house.rooms.generations.find(generation_id, "local")
    message = found.message if isinstance(found, Generation) else found
    assert message is not None
    return message


# replies


async def test_a_chat_over_the_socket(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.socket() as client:
        content = says("think=2 tokens=5")
        await client.say(type="chat", request_id="r1", model="fake", chat_id=chat_id, content=content)
        reader = await client.read(Reader())
    start = reader.frames[0]
    assert (start["type"], start["request_id"], start["chat_id"]) == ("message_start", "r1", chat_id)
    assert start["user_message"]["content"] == content
    assert reader.frames[-1]["type"] == "message_stop"
    assert reader.parts == message_parts(await stored(house, start["generation_id"]))


async def test_a_reply_without_a_chat_is_let_go_with_the_socket(house: House) -> None:
    messages = [{"role": "user", "content": says("first=60000")}]
    async with house.socket() as client:
        await client.say(type="chat", model="fake", messages=messages)
        assert (await client.until("message_start"))["message"] is None
        await eventually(lambda: house.rooms.gateway.load("fake").active == 1)
    await eventually(lambda: house.rooms.gateway.load("fake").active == 0)
    assert house.rooms.generations.count == 0


async def test_a_chats_reply_outlives_the_socket_and_is_resumed_on_another(house: House) -> None:
    chat_id = await house.new_chat()
    reader = Reader()
    async with house.socket() as client:
        await client.say(type="chat", model="fake", chat_id=chat_id, content=says("tokens=60 delay=10"))
        while len(reader.frames) < 12:
            reader.read(await client.next())
    generation_id = reader.frames[0]["generation_id"]
    async with house.socket() as client:
        await client.say(type="resume", generation_id=generation_id, after=reader.seq)
        await client.read(reader)
    assert reader.parts == message_parts(await stored(house, generation_id))
    assert reader.text.endswith("tok59 ")


async def test_a_reply_can_be_resumed_after_every_event(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.socket() as client:
        await client.say(type="chat", model="fake", chat_id=chat_id, content=says("think=2 tokens=6 delay=2"))
        whole = await client.read(Reader())
        generation_id = whole.frames[0]["generation_id"]
        for after in range(whole.seq):
            again = Reader()
            for frame in whole.frames:
                if frame["seq"] > after:
                    break
                again.read(frame)
            await client.say(type="resume", generation_id=generation_id, after=again.seq)
            if again.seq == 0:
                again = Reader()
            await client.read(again)
            assert again.parts == whole.parts


async def test_two_sockets_see_the_same_text_and_end(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.socket() as first, house.socket() as second:
        await first.say(type="chat", model="fake", chat_id=chat_id, content=says("tokens=40 delay=5"))
        mine = Reader()
        mine.read(await first.next())
        await second.say(type="resume", generation_id=mine.frames[0]["generation_id"])
        theirs = asyncio.create_task(second.read(Reader()))
        await first.read(mine)
        other = await theirs
    assert other.parts == mine.parts
    assert (other.stop_reason, other.seq) == (mine.stop_reason, mine.seq)
    assert other.frames[0]["type"] == "message_start"


async def test_many_replies_share_a_socket(house: House) -> None:
    readers: dict[str, Reader] = {}
    async with house.socket() as client:
        for number in range(6):
            chat_id = await house.new_chat()
            content = says(f"tokens={20 + number} delay=5")
            await client.say(type="chat", model="fake", chat_id=chat_id, content=content)
        while len(readers) < 6 or not all(reader.over for reader in readers.values()):
            frame = await client.next()
            readers.setdefault(frame["generation_id"], Reader()).read(frame)
    assert sorted(len(reader.text.split()) for reader in readers.values()) == [20, 21, 22, 23, 24, 25]


async def test_the_same_frame_twice_is_one_message_and_one_reply(house: House) -> None:
    chat_id = await house.new_chat()
    frame = {"model": "fake", "chat_id": chat_id, "content": says("tokens=5 delay=20"), "client_id": "c"}
    async with house.socket() as first, house.socket() as second:
        await asyncio.gather(first.say(type="chat", **frame), second.say(type="chat", **frame))
        mine, theirs = await asyncio.gather(first.read(Reader()), second.read(Reader()))
    assert mine.frames[0]["generation_id"] == theirs.frames[0]["generation_id"]
    assert mine.parts == theirs.parts
    page = (await house.http.get(f"/api/chats/{chat_id}/messages")).json()
    assert len(page["messages"]) == 2


async def test_stop_ends_the_reply_for_its_readers(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.socket() as client:
        await client.say(type="chat", model="fake", chat_id=chat_id, content=says("tokens=1000 delay=20"))
        delta = await client.until("content_block_delta")
        await client.say(type="stop", generation_id=delta["generation_id"])
        assert (await client.until("message_delta"))["stop_reason"] == "cancelled"
        await client.until("message_stop")


async def test_an_engines_failure_is_told_and_the_socket_stays(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.socket() as client:
        await client.say(type="chat", model="fake", chat_id=chat_id, content=says("tokens=9 reset=3"))
        error = await client.until("error")
        assert (error["interrupted"], error["status"]) == (True, 502)
        await client.say(type="ping")
        assert (await client.next())["type"] == "pong"


# changes


async def test_other_pages_hear_of_changes(house: House) -> None:
    async with house.socket() as client:
        await client.say(type="subscribe", topics=["chats", "instances"])
        await client.say(type="ping")
        await client.until("pong")
        chat_id = await house.new_chat(title="T")
        created = await client.next()
        assert (created["chat_id"], created["change"], created["origin"]) == (chat_id, "created", None)
        changed = await house.http.put(
            f"/api/chats/{chat_id}", json={"pinned": True}, headers={"x-session-id": "me"}
        )
        updated = await client.next()
        assert (updated["rev"], updated["change"], updated["origin"]) == (
            changed.json()["rev"],
            "updated",
            "me",
        )
        state = Instance(
            run_id="r",
            model="m",
            variant="m",
            name="M",
            engine="llamacpp",
            state=InstanceState.LOADING,
            loading=LoadProgress(bytes_done=5),
        )
        house.rooms.bus.publish(InstanceChanged(state))
        told = (await client.next())["instance"]
        assert (told["run_id"], told["state"], told["slots"]) == ("r", "loading", None)
        assert told["loading"] == {
            "bytes_done": 5,
            "bytes_total": None,
            "progress": None,
            "eta_seconds": None,
        }


async def test_a_later_subscription_takes_the_place_of_the_earlier(house: House) -> None:
    async with house.socket() as client:
        await client.say(type="subscribe", topics=["chats"])
        await client.say(type="subscribe", topics=[])
        await client.say(type="ping", request_id="1")
        assert (await client.next())["request_id"] == "1"
        await house.new_chat()
        await client.say(type="ping", request_id="2")
        assert (await client.next())["request_id"] == "2"


# hostile clients

CORPUS: list[tuple[str | bytes, str | None]] = [
    ("", None),
    ("null", None),
    ("[]", None),
    ("{", None),
    ("{}", None),
    ('"ping"', None),
    ("\x00", None),
    ("[" * 100_000, None),
    ('{"type":' + "[" * 5000 + "]" * 5000 + "}", None),
    ('{"type":"ping","request_id":{}}', None),
    ('{"type":5}', None),
    ('{"type":"shout"}', "type"),
    ('{"type":"__class__"}', "type"),
    ('{"type":"ping","more":1}', "more"),
    ('{"type":"ping","request_id":"' + "x" * 200 + '"}', "request_id"),
    ('{"type":"stop"}', "generation_id"),
    ('{"type":"stop","generation_id":""}', "generation_id"),
    ('{"type":"stop","generation_id":"nowhere"}', "generation_id"),
    ('{"type":"stop","generation_id":"\\ud800"}', None),
    ('{"type":"resume","generation_id":"nowhere"}', "generation_id"),
    ('{"type":"resume","generation_id":"x","after":-1}', "after"),
    ('{"type":"resume","generation_id":"x","after":1e400}', None),
    ('{"type":"resume","generation_id":"x","after":"many"}', "after"),
    ('{"type":"subscribe"}', "topics"),
    ('{"type":"subscribe","topics":["everything"]}', "topics[0]"),
    ('{"type":"subscribe","topics":' + json.dumps(["chats"] * 9) + "}", "topics"),
    ('{"type":"chat"}', "messages"),
    ('{"type":"chat","chat_id":"nowhere","content":"x"}', "chat_id"),
    ('{"type":"chat","content":"x"}', "chat_id"),
    ('{"type":"chat","messages":[]}', "messages"),
    ('{"type":"chat","messages":[{"role":"user","content":"x"}],"temperature":99}', "temperature"),
    ('{"type":"chat","messages":[{"role":"user","content":"x"}],"seed":1e999}', None),
    ('{"type":"chat","messages":[{"role":"user","content":"a\\u0000b"}]}', "messages[0].content"),
    (b'{"type":"ping"}', None),
    (b"\xff\xfe", None),
    ('{"type":"ping"' + " " * FRAME_CHARS + "}", None),
    ("x" * (FRAME_CHARS + 1), None),
]


async def test_hostile_frames_get_an_error_and_leave_the_socket_open(house: House) -> None:
    async with house.socket() as client:
        for frame, param in CORPUS:
            await client.connection.send(frame)
            answer = await client.next()
            assert answer["type"] == "error", (frame[:80], answer)
            assert answer["message"], frame[:80]
            assert answer["status"] in (400, 404, 413), (frame[:80], answer)
            if param is not None:
                assert answer["param"] == param, (frame[:80], answer)
        await client.say(type="ping", request_id="still here")
        assert await client.next() == {"type": "pong", "request_id": "still here"}


async def test_random_bytes_do_not_close_the_socket(house: House) -> None:
    rng = random.Random(7)
    good = '{"type":"resume","generation_id":"x","after":0}'
    async with house.socket() as client:
        for _ in range(60):
            letters = list(good)
            for _ in range(rng.randint(1, 4)):
                letters[rng.randrange(len(letters))] = chr(rng.randrange(0x20, 0x300))
            await client.connection.send("".join(letters))
            assert (await client.next())["type"] in ("error", "pong")
        await client.say(type="ping")
        assert (await client.next())["type"] == "pong"


async def test_an_error_names_the_frame_it_answers(house: House) -> None:
    async with house.socket() as client:
        for frame in ({"type": "shout"}, {"type": "stop"}, {"type": "stop", "generation_id": "no"}):
            await client.say(**frame, request_id="r9")
            assert (await client.next())["request_id"] == "r9"


async def test_a_flood_is_held_back_and_told_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FRAMES_AT_ONCE", 10.0)
    async with house.socket() as client:
        for number in range(30):
            await client.say(type="ping", request_id=str(number))
        answers = [await client.next() for _ in range(30)]
        errors = [one for one in answers if one["type"] == "error"]
        assert errors
        assert (errors[0]["code"], errors[0]["status"]) == ("rate_limit_exceeded", 429)
        assert errors[0]["retry_after"] > 0


async def test_a_socket_follows_a_limited_number_of_replies(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "TASKS", 2)
    messages = [{"role": "user", "content": says("first=60000")}]
    async with house.socket() as client:
        for _ in range(3):
            await client.say(type="chat", model="fake", messages=messages, request_id="r")
        error = await client.until("error")
        assert (error["code"], error["request_id"]) == ("rate_limit_exceeded", "r")


async def test_nothing_grows_for_a_reader_that_does_not_read(house: House) -> None:
    chat_id = await house.new_chat()
    address = house.url.replace("http", "ws") + doors.PATH
    # a client that takes a single frame at a time from its network
    async with connect(
        address, max_size=None, max_queue=1, ping_interval=None, close_timeout=0.2
    ) as connection:
        frame = {"type": "chat", "model": "fake", "chat_id": chat_id, "content": says("tokens=8000 delay=0")}
        await connection.send(json.dumps({"type": "subscribe", "topics": ["chats"]}))
        await connection.send(json.dumps(frame))
        await eventually(lambda: bool(house.rooms.generations.running(chat_id)))
        (generation_id,) = house.rooms.generations.running(chat_id)
        generation = house.rooms.generations.live(generation_id)
        assert generation is not None
        await generation.finished()
        for number in range(100):
            await house.rooms.chats.update("local", chat_id, {"folder": str(number % 7)})
            if number % 20 == 0:
                await asyncio.sleep(0)
        reader, changes = Reader(), 0
        while not reader.over:
            told: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), 20))
            if told["type"] == "chat_changed":
                changes += 1
            elif told["type"] != "session_start":
                reader.read(told)
    assert reader.parts == message_parts(await stored(house, generation_id))
    # what it did not read came merged
    assert len(reader.frames) < 8000
    assert changes < 100


# many and the end


async def test_idle_sockets_have_one_task_each(house: House) -> None:
    before = len(asyncio.all_tasks())
    async with house.socket() as first:
        await first.say(type="subscribe", topics=["chats"])
        with_client = len(asyncio.all_tasks())
        async with house.socket() as second:
            await second.say(type="subscribe", topics=["chats"])
            await second.say(type="ping")
            await second.next()
            # the client of this test has tasks of its own, the same for both
            assert len(asyncio.all_tasks()) - with_client <= with_client - before
            assert house.door.count == 2
    await eventually(lambda: house.door.count == 0)


async def test_the_end_of_the_server_is_told(house: House) -> None:
    async with house.socket() as client:
        await house.door.close()
        error = await client.next()
        assert (error["type"], error["code"]) == ("error", "shutting_down")
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    await eventually(lambda: house.door.count == 0)
