"""How large a prompt is: the tools that a model is told are counted as the request would have them."""

import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from stellarchat.core.tools import Policy, Transport
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.chats.context import Context, Draft, Size
from stellarchat.services.instances.targets import Target
from stellarchat.services.models import ModelInfo
from tests import tool_server
from tests.fake_engine import Fake, running_fake
from tests.services.rooms import USER, Rooms, furnished
from tests.services.targets import target

MCP = {"type": "mcp", "server_label": "test_tools"}
OURS: dict[str, Any] = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


class OneModel:
    """A catalogue of one model that runs."""

    calls = True
    info = ModelInfo(
        id="fake", name="Fake", kind="chat", engine="llamacpp", state="ready", context_length=4096
    )

    async def find(self, user_id: str, name: str) -> ModelInfo:
        return self.info

    async def calls_tools(self, user_id: str, name: str) -> bool:
        return self.calls

    def longest(self, name: str) -> None:
        return None

    def usable(self) -> list[ModelInfo]:
        return []


class Running:
    """Instances of which one runs."""

    def __init__(self, target: Target) -> None:
        self.target = target

    async def ensure_ready(self, model: str, report: object) -> Target:
        return self.target


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def rooms(tmp_path: pathlib.Path, fake: Fake) -> AsyncIterator[Rooms]:
    async with furnished(tmp_path, fake) as made:
        fields = tool_server.program()
        known = await made.tools.add(USER, Transport(fields.pop("transport")), fields)
        await made.tools.connection(known.server, USER).tools()  # a count does not wait for long
        yield made


async def test_tools_are_counted_by_the_models_template(rooms: Rooms, fake: Fake) -> None:
    models = OneModel()
    gate = Gateway(Running(target(fake, instance="1", upstream_model="fake")))  # type: ignore[arg-type]
    context = Context(rooms.store, models, gate, rooms.telling, rooms.tools)  # type: ignore[arg-type]
    chat = (await rooms.chats.create(USER, {"model": "fake", "params": {"tools": [MCP]}})).chat

    async def size(**fields: Any) -> Size:
        return await context.size(USER, Draft(chat_id=chat.id, content="hi", **fields))

    try:
        plain = await size(tools=None)
        assert (plain.prompt_tokens, plain.tools, plain.exact) == (2, 0, True)
        whole = await size()
        assert whole.exact
        assert whole.tools > 1
        assert whole.prompt_tokens > plain.prompt_tokens + whole.tools
        one = await size(tools=[{**MCP, "allowed_tools": ["add"]}])
        assert (one.tools, one.exact) == (1, True)
        both = await size(tools=[{**MCP, "allowed_tools": ["add"]}, OURS])
        assert (both.tools, both.exact) == (2, True)
        assert both.prompt_tokens == one.prompt_tokens + (await size(tools=[OURS])).prompt_tokens - 2
        # what is never offered is not told either
        (server,) = rooms.tools.usable(USER)
        await rooms.tools.decide(server.id, {"add": Policy.NEVER}, USER)
        assert (await size(tools=[{**MCP, "allowed_tools": ["add"]}])).tools == 0
        assert (await size()).tools == whole.tools - 1
        # a server that does not answer makes it an estimate: it may have tools when the message is sent
        gone = await size(tools=[{"type": "mcp", "server_label": "gone"}])
        assert (gone.tools, gone.exact) == (0, False)
        models.calls = False
        assert (await size()).tools == 0
    finally:
        gate.close()


async def test_turning_tools_off_is_offered_where_it_makes_room(rooms: Rooms, fake: Fake) -> None:
    models = OneModel()
    context = Context(rooms.store, models, rooms.gateway, None, rooms.tools)  # type: ignore[arg-type]

    async def offered(length: int, **fields: Any) -> list[str]:
        models.info = ModelInfo(
            id="fake", name="Fake", kind="chat", engine="llamacpp", state="stopped", context_length=length
        )
        size = await context.size(USER, Draft(model="fake", **fields))
        return [remedy.kind for remedy in size.remedies]

    all_told = (await context.size(USER, Draft(model="fake", content="hi", tools=[MCP]))).prompt_tokens
    assert await offered(all_told + 100, content="hi", tools=[MCP]) == ["without_tools"]
    assert await offered(all_told + 100, content="hi " * 4 * all_told, tools=[MCP]) == []
    # the tools of a request are whoever's asks: the page has no switch for them
    assert await offered(40, content="hi", tools=[OURS]) == []
    assert await offered(all_told + 1000, content="hi", tools=[MCP]) == []


async def test_the_estimate_counts_tools_too(rooms: Rooms, fake: Fake) -> None:
    models = OneModel()
    models.info = ModelInfo(id="fake", name="Fake", kind="chat", engine="llamacpp", state="stopped")
    context = Context(rooms.store, models, rooms.gateway, None, rooms.tools)  # type: ignore[arg-type]
    plain = await context.size(USER, Draft(model="fake", content="hi"))
    told = await context.size(USER, Draft(model="fake", content="hi", tools=[OURS]))
    assert (plain.exact, told.exact) == (False, False)
    assert told.prompt_tokens > plain.prompt_tokens + 10
