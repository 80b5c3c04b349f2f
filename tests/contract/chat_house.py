"""The chat doors on a real port: uvicorn, a real SQLite file, and a fake engine behind them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect

from stellarchat.api import errors
from stellarchat.api.chats.router import router
from stellarchat.api.limits import Limits
from stellarchat.api.live.door import PATH, LiveDoor
from stellarchat.api.live.requests import FRAME_BYTES
from stellarchat.api.server import configure
from stellarchat.core.accounts import LOCAL
from stellarchat.core.errors import ModelNotFound
from stellarchat.services.answers.asking import through
from stellarchat.services.chats.context import Context
from stellarchat.services.chats.exports import Exports
from stellarchat.services.chats.importing.imports import Imports
from stellarchat.services.chats.sharing import Sharing
from stellarchat.services.chats.shelves import Shelves
from stellarchat.services.chats.summaries import Summaries
from stellarchat.services.files.collection import Collection
from stellarchat.services.models import ModelInfo
from tests.api.reader import Reader
from tests.fake_engine import Fake
from tests.services.rooms import Rooms, furnished
from tests.waiting import eventually


class OneModel:
    """A catalogue of the fake engine alone."""

    info = ModelInfo(
        id="fake", name="Fake", kind="chat", engine="openai", state="remote", context_length=4096
    )

    def usable(self) -> list[ModelInfo]:
        return [self.info]

    async def own(self, user_id: str) -> list[ModelInfo]:
        return []

    async def find(self, user_id: str, name: str) -> ModelInfo:
        return self.get(name)

    def get(self, name: str) -> ModelInfo:
        if name != "fake":
            raise ModelNotFound(f"There is no model {name!r}.", param="model")
        return self.info

    async def default(self, user_id: str) -> str | None:
        return "fake"

    def longest(self, name: str) -> int | None:
        return None

    def sees(self, name: str) -> bool:
        return True


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class House:
    """A running server and what is behind it."""

    rooms: Rooms
    door: LiveDoor
    http: httpx.AsyncClient
    url: str

    async def new_chat(self, **fields: Any) -> str:
        """Make a chat and return its id."""
        answer = await self.http.post("/api/chats/", json=fields)
        assert answer.status_code == 201, answer.text
        chat_id: str = answer.json()["id"]
        return chat_id

    async def complete(self, body: dict[str, Any]) -> httpx.Response:
        """Ask for a reply."""
        return await self.http.post("/api/chat/completion", json={"model": "fake", **body})

    @contextlib.asynccontextmanager
    async def streaming(self, body: dict[str, Any]) -> "AsyncIterator[AsyncIterator[dict[str, Any]]]":
        """Ask for a reply and read its frames."""
        wanted = {"model": "fake", "stream": True, **body}
        async with self.http.stream("POST", "/api/chat/completion", json=wanted) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events_of(answer)

    @contextlib.asynccontextmanager
    async def following(
        self, generation_id: str, **query: Any
    ) -> "AsyncIterator[AsyncIterator[dict[str, Any]]]":
        """Read a reply's frames from any event on."""
        path = f"/api/generations/{generation_id}/events"
        async with self.http.stream("GET", path, params=query) as answer:
            assert answer.status_code == 200
            yield events_of(answer)

    async def whole(self, generation_id: str, **query: Any) -> Reader:
        """Follow a reply to its end."""
        reader = Reader()
        async with self.following(generation_id, **query) as frames:
            async for frame in frames:
                reader.read(frame)
        return reader

    @contextlib.asynccontextmanager
    async def socket(self) -> "AsyncIterator[Client]":
        """Open a socket."""
        address = self.url.replace("http", "ws") + PATH
        async with connect(address, max_size=None, ping_interval=None) as connection:
            client = Client(connection)
            assert (await client.next())["type"] == "session_start"
            yield client


class Client:
    """One open socket, seen from outside."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.session_id: str | None = None

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps(frame))

    async def next(self) -> dict[str, Any]:
        """Return the next frame."""
        async with asyncio.timeout(20):
            data = await self.connection.recv()
        assert isinstance(data, str)
        frame: dict[str, Any] = json.loads(data)
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """Read on until a frame of this type."""
        while (frame := await self.next())["type"] != kind:
            pass
        return frame

    async def read(self, reader: Reader) -> Reader:
        """Read frames of one generation to its end."""
        while not reader.over:
            reader.read(await self.next())
        return reader


async def events_of(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the data of Server-Sent Events; their id is the seq."""
    identity = None
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            identity = int(line[4:])
        elif line.startswith("data: "):
            frame = json.loads(line[6:])
            assert identity == frame["seq"]
            yield frame
        else:
            assert not line or line.startswith(":"), line


@contextlib.asynccontextmanager
async def open_house(folder: Path, fake: Fake, **options: Any) -> AsyncIterator[House]:
    """Serve the chat doors until the block ends."""
    async with furnished(folder, fake, **options) as rooms:
        door = LiveDoor(rooms.chats, rooms.generations, rooms.bus, Limits())
        async with (
            serving(_app(rooms, door, folder)) as url,
            httpx.AsyncClient(base_url=url, timeout=30) as http,
        ):
            try:
                yield House(rooms, door, http, url)
            finally:
                await door.close()


class AsLocal:
    """Stands for the entrance: it is the one user who calls."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["caller"] = LOCAL
        await self._app(scope, receive, send)


def _app(rooms: Rooms, door: LiveDoor, folder: Path) -> FastAPI:
    app = FastAPI()
    models = OneModel()
    app.state.services = SimpleNamespace(
        chats=rooms.chats,
        search=rooms.search,
        generations=rooms.generations,
        models=models,
        context=Context(rooms.store, models, rooms.gateway, rooms.telling),  # type: ignore[arg-type]
        files=rooms.files,
        collection=Collection(rooms.store, rooms.bus, user_bytes=rooms.files.user_bytes),
        summaries=Summaries(
            rooms.store,
            rooms.chats,
            models,  # type: ignore[arg-type]
            through(rooms.generations, lambda model: True),
            rooms.telling,
        ),
        exports=Exports(rooms.store),
        sharing=Sharing(rooms.store, rooms.files, allowed=True),
        shelves=Shelves(rooms.store, rooms.bus, rooms.chats),
        imports=Imports(rooms.store, rooms.bus, rooms.files, folder, 2 * 1024 * 1024),
        limits=Limits(),
    )
    errors.install(app)
    app.add_middleware(AsLocal)
    app.include_router(router)
    app.router.routes.append(WebSocketRoute(PATH, door))
    return app


@contextlib.asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Run uvicorn, set up as in production, and yield its address."""
    config = configure(app, host="127.0.0.1", port=0, head_limit=65536, frame_limit=FRAME_BYTES)
    server = _Quiet(config)
    running = asyncio.create_task(server.serve())
    await eventually(lambda: server.started or running.done())
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
