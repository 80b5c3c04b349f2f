"""The socket of the whole server: everything between a page and an engine, as it is installed."""

import asyncio
import contextlib
import pathlib
import signal
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.api.reader import Reader
from tests.contract.chat_house import Client
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

SLOW = "hi [[fake tokens=100000 delay=20]]"


@contextlib.asynccontextmanager
async def running(folder: pathlib.Path, fake: Fake) -> AsyncIterator[Server]:
    """Serve without blocking the loop while the server starts and ends."""
    manager = serving(folder, config={"endpoints": [endpoint(fake)]})
    server = await asyncio.to_thread(manager.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


@contextlib.asynccontextmanager
async def socket(server: Server) -> AsyncIterator[Client]:
    async with connect(server.websocket_url, max_size=None, ping_interval=None) as connection:
        client = Client(connection)
        began = await client.next()
        assert began["type"] == "session_start"
        client.session_id = began["session_id"]
        yield client


async def new_chat(server: Server) -> str:
    async with server.async_client() as http:
        chat_id: str = (await http.post("/api/chats/", json={})).json()["id"]
        return chat_id


async def test_a_conversation_with_two_tabs_and_a_title(tmp_path: pathlib.Path, fake: Fake) -> None:
    async with running(tmp_path, fake) as server, server.async_client() as http:
        chat_id = await new_chat(server)
        async with socket(server) as first, socket(server) as second:
            await second.say(type="subscribe", topics=["chats"])
            await second.say(type="ping")
            await second.until("pong")
            content = "Why is the sky blue? [[fake tokens=20 delay=5]]"
            await first.say(type="chat", model="fake", chat_id=chat_id, content=content)
            mine = await first.read(Reader())
            changed = await second.until("chat_changed")
            assert (changed["chat_id"], changed["origin"]) == (chat_id, first.session_id)
            await second.say(type="resume", generation_id=mine.frames[0]["generation_id"])
            theirs = Reader()
            while not theirs.over:
                frame = await second.next()
                if "generation_id" in frame:  # what else comes is of the subscription
                    theirs.read(frame)
            assert theirs.parts == mine.parts

        async def titled() -> bool:
            chat = (await http.get(f"/api/chats/{chat_id}")).json()
            return bool(chat["title"] and chat["live"] == [])

        await eventually(titled)
        opened = (await http.get(f"/api/chats/{chat_id}")).json()
        assert opened["messages"][1]["content"] == mine.text
        assert opened["messages"][1]["status"] == "complete"
        hits = (await http.get("/api/chats/search", params={"q": "sky blue"})).json()["items"]
        assert chat_id in {hit["chat_id"] for hit in hits}
        counted = (await http.post("/api/chat/context", json={"chat_id": chat_id})).json()
        assert counted["prompt_tokens"] > 0


async def test_the_socket_is_closed_to_other_sites(tmp_path: pathlib.Path, fake: Fake) -> None:
    async with running(tmp_path, fake) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(server.websocket_url, origin="http://evil.example"):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code == 403


async def test_a_stop_of_the_server_is_told_and_its_replies_can_be_continued(
    tmp_path: pathlib.Path, fake: Fake
) -> None:
    async with running(tmp_path, fake) as server:
        chat_id = await new_chat(server)
        async with socket(server) as client:
            await client.say(type="chat", model="fake", chat_id=chat_id, content=SLOW)
            await client.until("content_block_delta")
            server.signal(signal.SIGTERM)
            assert (await client.until("message_delta"))["stop_reason"] == "interrupted"
            error = await client.until("error")
            assert error["code"] == "shutting_down"
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert await asyncio.to_thread(server.ended) == 0
    async with running(tmp_path, fake) as server, server.async_client() as http:
        message = (await http.get(f"/api/chats/{chat_id}")).json()["messages"][1]
        assert message["status"] == "interrupted"
        assert message["content"].startswith("tok00 ")


async def test_a_killed_server_loses_nothing_that_was_acknowledged(
    tmp_path: pathlib.Path, fake: Fake
) -> None:
    async with running(tmp_path, fake) as server:
        chat_id = await new_chat(server)
        async with socket(server) as client:
            await client.say(type="chat", model="fake", chat_id=chat_id, content=SLOW)
            reader = Reader()
            while len(reader.text) < 600:
                reader.read(await client.next())
            server.signal(signal.SIGKILL)
            await asyncio.to_thread(server.ended)
    async with running(tmp_path, fake) as server, server.async_client() as http:
        asked, answer = (await http.get(f"/api/chats/{chat_id}")).json()["messages"]
        assert asked["content"] == SLOW
        assert answer["status"] == "interrupted"
        assert reader.text.startswith(answer["content"][:100])
        assert answer["content"]
        # told as a whole, because its events died with the server
        async with socket(server) as client:
            await client.say(type="resume", generation_id=answer["generation_id"], after=reader.seq)
            told = await client.next()
            assert (told["type"], told["message"]["content"]) == ("snapshot", answer["content"])


@pytest.mark.real_engine
async def test_a_running_model_counts_exactly(tmp_path: pathlib.Path, fake: Fake) -> None:
    async with running(tmp_path, fake) as server, server.async_client() as http:
        chat_id = await new_chat(server)
        body = {"model": "stellar-demo", "chat_id": chat_id, "content": "Hello!", "max_tokens": 8}
        reply = (await http.post("/api/chat/completion", json=body)).json()
        used = reply["message"]["usage"]["prompt_tokens"]
        question = {"model": "stellar-demo", "content": "Hello!"}
        counted = (await http.post("/api/chat/context", json=question)).json()
        assert (counted["prompt_tokens"], counted["exact"]) == (used, True)
