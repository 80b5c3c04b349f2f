"""The chat use cases over a real store and a fake engine, as the composition root would connect them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stellarchat.core.messages import Role, TextPart
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.answers.rounds import Rounds
from stellarchat.services.answers.turns import Turn
from stellarchat.services.bus import ChatChanged, LocalBus, Topic
from stellarchat.services.chats.chats import Chats, NewMessage, Stored
from stellarchat.services.chats.search import Search
from stellarchat.services.files.files import Files
from stellarchat.services.files.preparing import Preparing
from stellarchat.services.files.storage import Storage
from stellarchat.services.files.telling import Telling
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.services.tools.servers import ToolServers
from stellarchat.store.database import Store
from tests.databases import sqlite_url
from tests.fake_engine import Fake
from tests.services.targets import gateway, target

USER = "local"


@dataclass
class Rooms:
    """What a test needs at hand."""

    store: Store
    bus: LocalBus
    gateway: Gateway
    recorder: Recorder
    generations: Generations
    chats: Chats
    search: Search
    files: Files
    telling: Telling
    tools: ToolServers

    def listen(self, user: str = USER) -> "Listener":
        """Hear of changes from now on."""
        return Listener(self.bus, user)

    async def said(self, chat_id: str, text: str, **fields: Any) -> Stored:
        """Store a user's message."""
        new = NewMessage(role=fields.pop("role", Role.USER), parts=[TextPart(text)], **fields)
        return await self.chats.add_message(USER, chat_id, new)

    async def ask(self, chat_id: str, directives: str = "tokens=2", **turn: Any) -> Generation:
        """Ask the fake engine."""
        turn.setdefault("content", f"hi [[fake {directives}]]")
        return await self.generations.begin(Turn(user_id=USER, model="fake", chat_id=chat_id, **turn))


class Listener:
    """Reads what was published for one user."""

    def __init__(self, bus: LocalBus, user: str) -> None:
        self._place = bus.subscribe(user, [Topic.CHATS], lambda: None)

    def take(self) -> list[tuple[str | None, str, int]]:
        """What was published since the last call: chat, change, revision."""
        changes = [change for change in self._place.take() if isinstance(change, ChatChanged)]
        return [(change.chat_id, change.change.value, change.rev) for change in changes]


@contextlib.asynccontextmanager
async def furnished(folder: Path, fake: Fake | None = None, **options: Any) -> AsyncIterator[Rooms]:
    """Open everything over a new SQLite file; without a fake engine no model answers."""
    store = Store(sqlite_url(folder))
    await store.open()
    bus = LocalBus()
    gate = gateway(*([target(fake)] if fake else []), **options)
    recorder = Recorder(store, owner="test", interval=0.02)

    async def default(user_id: str) -> str | None:
        return "fake" if fake else None

    storage = Storage(folder / "files")
    preparing = Preparing(image_side=1568, text_chars=1_000_000, seconds=20)
    files = Files(store, storage, preparing, file_bytes=4_000_000, user_bytes=20_000_000)
    await files.open()
    telling = Telling(storage, lambda model: "blind" not in model)

    async def capable(user_id: str, model: str) -> bool:
        return model != "toolless"

    outside = Outside()
    tools = ToolServers(store, outside, Seals(folder), folder / "tools")
    await tools.open()
    rounds = Rounds(tools, store, limit=4, capable=capable)
    generations = Generations(
        store, gate, recorder, owner="test", default_model=default, telling=telling, rounds=rounds
    )
    chats = Chats(store, bus, generations)
    generations.on_begin.append(chats.began)
    generations.on_end.append(chats.ended)
    recorder.start()
    try:
        yield Rooms(store, bus, gate, recorder, generations, chats, Search(store), files, telling, tools)
    finally:
        await generations.close(0)
        await tools.close()
        await outside.close()
        await recorder.close()
        gate.close()
        await store.close()
