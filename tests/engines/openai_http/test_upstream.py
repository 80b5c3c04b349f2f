import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from stellarchat.core.errors import EngineDied, EngineMalformed, EngineStalled
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.engines._openai_http.upstream import PAUSE_AT, Upstream
from tests.fake_engine import Fake, running_fake

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@contextlib.asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    """A raw server that says what it likes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def chat(directives: str, stream: bool = True) -> bytes:
    content = f"hi [[fake {directives}]]"
    return json.dumps(
        {"model": "fake", "stream": stream, "messages": [{"role": "user", "content": content}]}
    ).encode()


async def text_of(upstream: Upstream, directives: str) -> str:
    parser, pieces = EventParser(), []
    async with await upstream.request("POST", "/v1/chat/completions", chat(directives)) as response:
        assert response.status == 200
        while data := await response.next():
            for payload in parser.feed(data):
                if payload != b"[DONE]":
                    for choice in json.loads(payload)["choices"]:
                        pieces.append(choice["delta"].get("content") or "")
    return "".join(pieces)


async def test_plain_and_streamed_over_one_kept_connection(fake: Fake) -> None:
    upstream = Upstream(fake.base_url, fake.key)
    try:
        for _ in range(3):
            response = await upstream.request("POST", "/v1/chat/completions", chat("tokens=3", stream=False))
            assert response.headers[b"content-type"].startswith(b"application/json")
            assert json.loads(await response.read(10_000))["choices"][0]["message"]["content"]
            assert await text_of(upstream, "tokens=3") == "tok00 tok01 tok02 "
        assert len(upstream._all) == 1
    finally:
        upstream.close()


@pytest.mark.parametrize("way", ["crlf=1", "split=1", "split=1 crlf=1"])
async def test_the_text_is_the_same_however_it_is_cut(fake: Fake, way: str) -> None:
    upstream = Upstream(fake.base_url, fake.key)
    try:
        assert await text_of(upstream, f"tokens=12 unicode=1 {way}") == await text_of(
            upstream, "tokens=12 unicode=1"
        )
    finally:
        upstream.close()


@pytest.mark.parametrize("leave_after", [0, 3])
async def test_leaving_early_frees_the_engine(fake: Fake, leave_after: int) -> None:
    upstream = Upstream(fake.base_url, fake.key)
    try:
        body = chat("tokens=500 delay=10 first=50")
        async with await upstream.request("POST", "/v1/chat/completions", body) as response:
            for _ in range(leave_after):
                await response.next()
        async with asyncio.timeout(5):
            while (await fake.stats())["aborted"] == 0:
                await asyncio.sleep(0.01)
        assert (await fake.stats())["active"] == 0
    finally:
        upstream.close()


async def test_being_cancelled_before_the_head_frees_the_engine(fake: Fake) -> None:
    upstream = Upstream(fake.base_url, fake.key)
    try:
        body = chat("tokens=5 first=60000", stream=False)
        task = asyncio.create_task(upstream.request("POST", "/v1/chat/completions", body))
        async with asyncio.timeout(5):
            while (await fake.stats())["active"] == 0:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            while (await fake.stats())["active"]:
                await asyncio.sleep(0.01)
    finally:
        upstream.close()


@pytest.mark.parametrize("way", ["reset=1 close_after=2", "die_after=2", "reset=2"])
async def test_an_engine_that_goes_away_is_an_error(fake: Fake, way: str) -> None:
    upstream = Upstream(fake.base_url, fake.key)
    try:
        with pytest.raises(EngineDied):
            await text_of(upstream, f"tokens=20 delay=5 {way}")
    finally:
        upstream.close()


async def test_nobody_there() -> None:
    async with serving(lambda reader, writer: asyncio.sleep(0)) as address:
        pass
    upstream = Upstream(address)
    with pytest.raises(EngineDied, match="Nothing answers") as caught:
        await upstream.request("GET", "/health")
    assert caught.value.remedy


async def test_silence_is_a_stall() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as address:
        upstream = Upstream(address, stall_timeout=0.05)
        with pytest.raises(EngineStalled):
            await upstream.request("GET", "/health")
        upstream.close()


async def test_what_is_not_http_is_malformed() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        await writer.drain()

    async with serving(rude) as address:
        upstream = Upstream(address)
        with pytest.raises(EngineMalformed):
            await upstream.request("GET", "/health")
        upstream.close()


async def test_endless_headers_are_refused() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-A: " + b"b" * 1000 + b"\r\n")
            await writer.drain()

    async with serving(endless) as address:
        upstream = Upstream(address)
        with pytest.raises(EngineMalformed):
            await upstream.request("GET", "/health")
        upstream.close()


async def test_a_closed_kept_connection_is_replaced() -> None:
    served = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await reader.readuntil(b"\r\n\r\n")
        served += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with serving(once) as address:
        upstream = Upstream(address)
        for _ in range(3):  # the server closes after each answer without saying so
            assert await (await upstream.request("GET", "/health")).read(10) == b"ok"
        assert served == 3
        upstream.close()


async def test_a_body_that_ends_with_its_connection_is_whole() -> None:
    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole")
        await writer.drain()

    async with serving(old) as address:
        upstream = Upstream(address)
        assert await (await upstream.request("GET", "/x")).read(100) == b"whole"
        upstream.close()


async def test_an_answer_over_the_limit_is_refused() -> None:
    async def large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
        await writer.drain()

    async with serving(large) as address:
        upstream = Upstream(address)
        with pytest.raises(EngineMalformed):
            await (await upstream.request("GET", "/x")).read(999)
        upstream.close()


async def test_an_engine_faster_than_the_reader_is_held_back() -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(2000):
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async with serving(flood) as address:
        upstream = Upstream(address)
        response = await upstream.request("GET", "/x")
        await asyncio.sleep(0.3)
        assert response._size < PAUSE_AT + 1024 * 1024
        assert sent < 2000 * 65536
        size = 0
        while data := await response.next():
            size += len(data)
        assert size == 2000 * 65536
        upstream.close()


def test_addresses_that_are_none() -> None:
    async def make(address: str) -> None:
        Upstream(address)

    for address in ("ftp://x", "http://", "nonsense"):
        with pytest.raises(ValueError, match="http"):
            asyncio.run(make(address))
