"""Remote endpoints: asked for their models, launched never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stellarchat.core.errors import EngineDied, EngineMalformed, EngineMissing, EngineRefused
from stellarchat.core.launch import LaunchOptions
from stellarchat.engines.openai.engine import OpenAIEndpoint, list_models
from tests.services.models import variant


@asynccontextmanager
async def answering(status: str, body: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives one answer to everything; yields its address and the requests it got."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", asked


async def test_the_models_are_listed() -> None:
    body = b'{"object":"list","data":[{"id":"glm4_32B_chat","object":"model"},{"id":"b"}]}'
    async with answering("200 OK", body) as (url, asked):
        assert await list_models(url, "sk-secret") == ["glm4_32B_chat", "b"]
    assert asked[0].startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert b"Authorization: Bearer sk-secret\r\n" in asked[0]


@pytest.mark.parametrize(
    ("status", "body", "kind", "word"),
    [
        ("401 Unauthorized", b"{}", EngineRefused, "api_key"),
        ("404 Not Found", b"<html>", EngineRefused, "/v1"),
        ("200 OK", b"<html>", EngineMalformed, "/v1"),
        ("200 OK", b'{"data":[{"name":"x"}]}', EngineMalformed, "/v1"),
    ],
)
async def test_what_is_wrong_is_said(status: str, body: bytes, kind: type[EngineRefused], word: str) -> None:
    async with answering(status, body) as (url, _):
        with pytest.raises(kind) as caught:
            await list_models(url, None)
    assert word in (caught.value.remedy or "")


async def test_nobody_there() -> None:
    async with answering("200 OK", b"") as (url, _):
        pass
    with pytest.raises(EngineDied):
        await list_models(url, None)


def test_it_is_usable_where_an_address_is_configured() -> None:
    assert OpenAIEndpoint("http://127.0.0.1:1/v1").probe().usable
    probe = OpenAIEndpoint().probe()
    assert not probe.usable
    assert "endpoints" in (probe.remedy or "")


def test_there_is_nothing_to_launch() -> None:
    engine = OpenAIEndpoint("http://127.0.0.1:1/v1")
    assert engine.refuses(variant(), LaunchOptions())
    assert engine.footprint(variant(), None).needed(8192, 4) == 0
    with pytest.raises(EngineMissing):
        engine.plan(variant(), LaunchOptions(), None, Path("/m"))  # type: ignore[arg-type]
