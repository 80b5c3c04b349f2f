"""Asking for replies over HTTP: stored before the first token, followed and rejoined by anybody."""

import asyncio
from typing import Any

import httpx
import pytest

from stellarchat.api import sse
from stellarchat.core.messages import Message
from stellarchat.services.answers.generation import Generation
from tests.api.reader import Reader, message_parts
from tests.contract.chat_house import House
from tests.waiting import eventually


def says(directives: str = "tokens=3") -> str:
    return f"hi [[fake {directives}]]"


def user(directives: str = "tokens=3") -> list[dict[str, Any]]:
    return [{"role": "user", "content": says(directives)}]


async def stored(house: House, generation_id: str) -> Message:
    found = await house.rooms.generations.find(generation_id, "local")
    message = found.message if isinstance(found, Generation) else found
    assert message is not None
    return message


async def freed(house: House) -> None:
    await eventually(lambda: house.rooms.gateway.load("fake").active == 0)


# whole answers


async def test_a_whole_answer_of_a_chat(house: House) -> None:
    chat_id = await house.new_chat()
    answer = await house.complete({"chat_id": chat_id, "content": says()})
    assert answer.status_code == 200
    reply = answer.json()
    assert reply["user_message"]["content"] == says()
    message = reply["message"]
    assert (message["content"], message["status"]) == ("tok00 tok01 tok02 ", "complete")
    assert message["parent_id"] == reply["user_message"]["id"]
    assert message["usage"]["completion_tokens"] == 3
    assert message["generation_id"] == reply["generation_id"]
    page = (await house.http.get(f"/api/chats/{chat_id}/messages")).json()
    assert page["messages"] == [reply["user_message"], message]


async def test_a_whole_answer_without_a_chat(house: House) -> None:
    reply = (await house.complete({"messages": user()})).json()
    assert reply["message"] == {"role": "assistant", "content": "tok00 tok01 tok02 "}
    assert (reply["model"], reply["finish_reason"]) == ("fake", "stop")
    assert reply["usage"]["completion_tokens"] == 3
    assert (await house.http.get("/api/chats/")).json()["items"] == []


async def test_an_engine_that_refuses_is_an_error_of_its_own(house: House) -> None:
    chat_id = await house.new_chat()
    for body in ({"messages": user("status=500")}, {"chat_id": chat_id, "content": says("status=500")}):
        answer = await house.complete(body)
        assert answer.status_code == 502
        assert answer.json()["error"]["code"].startswith("engine_")
    page = (await house.http.get(f"/api/chats/{chat_id}/messages")).json()
    assert [one["status"] for one in page["messages"]] == ["complete", "error"]
    assert page["messages"][1]["error"]["status"] == 502


async def test_a_broken_answer_is_kept_and_can_be_continued(house: House) -> None:
    chat_id = await house.new_chat()
    body = {"chat_id": chat_id, "content": says("tokens=9 close_after=2"), "client_id": "c"}
    message = (await house.complete(body)).json()["message"]
    assert (message["status"], message["content"]) == ("interrupted", "tok00 tok01 ")
    house.rooms.generations._live.clear()  # as after its time, or after a restart
    assert (await house.complete(body)).json()["message"] == message
    body = {"chat_id": chat_id, "continue_message_id": message["id"]}
    reader = Reader()
    async with house.streaming(body) as frames:
        async for frame in frames:
            reader.read(frame)
    assert reader.message_id == message["id"]
    assert reader.text.startswith("tok00 tok01 ")
    assert reader.parts == message_parts(await stored(house, reader.frames[0]["generation_id"]))


async def test_answering_anew_makes_a_sibling(house: House) -> None:
    chat_id = await house.new_chat()
    first = (await house.complete({"chat_id": chat_id, "content": says()})).json()
    again = (await house.complete({"chat_id": chat_id, "parent_id": first["user_message"]["id"]})).json()
    assert again["user_message"] is None
    assert again["message"]["siblings"] == [first["message"]["id"], again["message"]["id"]]
    chat = (await house.http.get(f"/api/chats/{chat_id}")).json()
    assert chat["active_leaf"] == again["message"]["id"]


async def test_the_same_request_twice_is_one_message_and_one_generation(house: House) -> None:
    chat_id = await house.new_chat()
    body = {"chat_id": chat_id, "content": says("tokens=5 delay=10"), "client_id": "c1"}
    replies = [one.json() for one in await asyncio.gather(*(house.complete(body) for _ in range(3)))]
    replies.append((await house.complete(body)).json())
    assert len({one["generation_id"] for one in replies}) == 1
    assert len({one["user_message"]["id"] for one in replies}) == 1
    page = (await house.http.get(f"/api/chats/{chat_id}/messages")).json()
    assert len(page["messages"]) == 2


async def test_a_branch_has_one_reply_at_a_time(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.streaming({"chat_id": chat_id, "content": says("tokens=1000 delay=20")}) as frames:
        start = await anext(frames)
        answer = await house.complete({"chat_id": chat_id, "content": "and?"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "branch_busy")
        await house.http.post(f"/api/generations/{start['generation_id']}/stop")


# streams


async def test_a_stream_begins_with_both_messages_and_ends_with_the_stored_text(house: House) -> None:
    chat_id = await house.new_chat()
    reader = Reader()
    async with house.streaming({"chat_id": chat_id, "content": says("think=3 tokens=5 delay=5")}) as frames:
        async for frame in frames:
            reader.read(frame)
    start, *rest = reader.frames
    assert (start["type"], start["seq"], start["chat_id"]) == ("message_start", 0, chat_id)
    assert start["user_message"]["content"] == says("think=3 tokens=5 delay=5")
    assert (start["message"]["status"], start["message"]["parts"]) == ("pending", [])
    assert start["message"]["parent_id"] == start["user_message"]["id"]
    assert "decoding" in [frame["phase"] for frame in rest if frame["type"] == "status"]
    assert rest[-1]["type"] == "message_stop"
    assert reader.stop_reason == "stop"
    message = await stored(house, start["generation_id"])
    assert reader.parts == message_parts(message)
    assert reader.text == "tok00 tok01 tok02 tok03 tok04 "


async def test_a_stateless_stream_has_no_messages(house: House) -> None:
    reader = Reader()
    async with house.streaming({"messages": user()}) as frames:
        async for frame in frames:
            reader.read(frame)
    assert (reader.frames[0]["message"], reader.frames[0]["chat_id"]) == (None, None)
    assert reader.text == "tok00 tok01 tok02 "


async def test_a_stream_that_fails_ends_with_the_error(house: House) -> None:
    chat_id = await house.new_chat()
    reader = Reader()
    async with house.streaming({"chat_id": chat_id, "content": says("tokens=9 reset=2")}) as frames:
        async for frame in frames:
            reader.read(frame)
    last = reader.frames[-1]
    assert (last["type"], last["interrupted"]) == ("error", True)
    assert (last["status"], last["code"].startswith("engine_")) == (502, True)
    assert reader.stop_reason == "interrupted"
    assert reader.text == "tok00 tok01 "


async def test_followers_see_the_same_from_any_event_on(house: House) -> None:
    chat_id = await house.new_chat()
    body = {"chat_id": chat_id, "content": says("think=4 tokens=30 delay=10")}
    first = Reader()
    others: list[asyncio.Task[Reader]] = []
    async with house.streaming(body) as frames:
        async for frame in frames:
            first.read(frame)
            if len(others) < 5:
                others.append(asyncio.create_task(house.whole(frame["generation_id"])))
    for other in await asyncio.gather(*others):
        assert (other.parts, other.stop_reason) == (first.parts, "stop")
    assert first.parts == message_parts(await stored(house, first.frames[0]["generation_id"]))


async def test_a_reply_can_be_rejoined_after_every_event(house: House) -> None:
    chat_id = await house.new_chat()
    reader = Reader()
    async with house.streaming({"chat_id": chat_id, "content": says("think=3 tokens=8 delay=3")}) as frames:
        async for frame in frames:
            reader.read(frame)
    generation_id = reader.frames[0]["generation_id"]
    for after in range(1, reader.seq):
        again = Reader()
        for frame in reader.frames:
            if frame["seq"] > after:
                break
            again.read(frame)
        async with house.following(generation_id, after=again.seq) as frames:
            async for frame in frames:
                again.read(frame)
        assert again.parts == reader.parts
    path = f"/api/generations/{generation_id}/events"
    over = await house.http.get(path, headers={"Last-Event-ID": str(reader.seq)})
    assert over.status_code == 204


async def test_a_reply_whose_events_are_gone_is_told_as_a_whole(house: House) -> None:
    chat_id = await house.new_chat()
    reply = (await house.complete({"chat_id": chat_id, "content": says("think=2 tokens=3")})).json()
    house.rooms.generations._live.clear()  # as after its time, or after a restart
    reader = await house.whole(reply["generation_id"], after=2)
    assert [frame["type"] for frame in reader.frames] == ["snapshot", "message_delta", "message_stop"]
    assert reader.frames[0]["message"] == reply["message"]


async def test_silence_is_filled_with_comments(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT", 0.02)
    body = {"model": "fake", "stream": True, "messages": user("first=500 tokens=2")}
    async with house.http.stream("POST", "/api/chat/completion", json=body) as answer:
        lines = [line async for line in answer.aiter_lines()]
    assert ": alive" in lines
    assert '"message_stop"' in lines[-2]


async def test_stop_answers_when_the_engine_is_free(house: House) -> None:
    chat_id = await house.new_chat()
    async with house.streaming({"chat_id": chat_id, "content": says("tokens=1000 delay=20")}) as frames:
        start = await anext(frames)
        async for frame in frames:
            if frame["type"] == "content_block_delta":
                break
        report = (await house.http.post(f"/api/generations/{start['generation_id']}/stop")).json()
        assert report["stopped"] is True
        assert report["stop_ms"] is not None
        assert report["message"]["status"] == "stopped"
        assert house.rooms.gateway.load("fake").active == 0
        last = [frame async for frame in frames][-1]
        assert last["type"] == "message_stop"
    again = (await house.http.post(f"/api/generations/{start['generation_id']}/stop")).json()
    assert again["stopped"] is False
    assert again["message"]["content"] == report["message"]["content"]


# leaving


@pytest.mark.parametrize("directives", ["first=60000", "tokens=1000 delay=20"])
async def test_a_chats_reply_goes_on_without_its_reader(house: House, directives: str) -> None:
    chat_id = await house.new_chat()
    async with house.streaming({"chat_id": chat_id, "content": says(directives)}) as frames:
        start = await anext(frames)
    generation = house.rooms.generations.live(start["generation_id"])
    assert generation is not None
    reader = Reader()
    async with house.following(generation.id) as frames:
        reader.read(await anext(frames))
        assert not generation.done
        await house.http.post(f"/api/generations/{generation.id}/stop")
        async for frame in frames:
            reader.read(frame)
    assert reader.stop_reason == "cancelled"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("directives", ["first=60000", "tokens=100000 delay=20"])
async def test_a_stateless_reply_is_let_go_when_its_reader_leaves(
    house: House, stream: bool, directives: str
) -> None:
    body = {"model": "fake", "messages": user(directives), "stream": stream}
    async with httpx.AsyncClient(base_url=house.url, timeout=30) as leaving:
        asking = asyncio.create_task(leaving.post("/api/chat/completion", json=body))
        await eventually(lambda: house.rooms.gateway.load("fake").active == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await freed(house)
    assert house.rooms.generations.count == 0


async def test_a_slow_reader_is_not_waited_for(house: House) -> None:
    chat_id = await house.new_chat()
    body = {"chat_id": chat_id, "content": says("tokens=20000 delay=0"), "model": "fake", "stream": True}
    async with house.http.stream("POST", "/api/chat/completion", json=body) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        # the reader reads nothing more, and the reply comes to its end all the same
        for generation_id in house.rooms.generations.running(chat_id):
            generation = house.rooms.generations.live(generation_id)
            assert generation is not None
            await generation.finished()
        rest = [line async for line in lines]
    assert '"message_stop"' in rest[-2]
    deltas = sum('"content_block_delta"' in line for line in rest)
    assert deltas < 20000


# the document


async def test_frames_are_in_the_openapi_document(house: House) -> None:
    document = (await house.http.get("/openapi.json")).json()
    assert "GenerationFrame" in document["components"]["schemas"]
    completion = document["paths"]["/api/chat/completion"]["post"]["responses"]["200"]["content"]
    assert set(completion) == {"application/json", "text/event-stream"}
    events = document["paths"]["/api/generations/{generation_id}/events"]["get"]["responses"]["200"]
    assert list(events["content"]) == ["text/event-stream"]
