"""Chats to be taken elsewhere: whole, as JSON of our own format, or to be read, as Markdown.

Written while it is sent: a few messages are held at a time, and no transaction is open meanwhile.
docs/api.md describes the format; `FORMAT` and `VERSION` name it in the file.
"""

import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from stellarchat.core.messages import Chat, Message, downward, path
from stellarchat.core.version import __version__
from stellarchat.services.chats.markdown import Language, heading, section
from stellarchat.store.database import Store

FORMAT = "stellarchat.chats"
VERSION = 1
Form = Literal["json", "markdown"]
_CHATS = 100
_MESSAGES = 50
"""Read at a time."""
_NAME_CHARS = 80


class Export(msgspec.Struct, frozen=True):
    """A file on its way: how it may be called, its media type and its bytes, to be read once."""

    name: str
    kind: str
    chunks: AsyncGenerator[bytes]


class Exports:
    """Writes chats down."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def chats(
        self,
        user_id: str,
        form: Form,
        chat_id: str | Sequence[str] | None = None,
        language: Language = "en",
    ) -> Export:
        """Return a user's chats, archived ones too, or one or some of them. Raises NotFound for these."""
        chosen: list[Chat] = []
        if chat_id is not None:
            ids = [chat_id] if isinstance(chat_id, str) else chat_id
            async with self._store.read() as tx:
                chosen = [await tx.chats.get(user_id, one) for one in dict.fromkeys(ids)]
        now = datetime.now(UTC)
        title = _nameable(chosen[0].title) if len(chosen) == 1 else ""
        name = title or f"StellarChat {now:%Y-%m-%d}"
        chats = self._all(user_id) if chat_id is None else _these(chosen)
        if form == "markdown":
            return Export(f"{name}.md", "text/markdown; charset=utf-8", self._markdown(chats, language))
        return Export(f"{name}.json", "application/json", self._json(chats, now))

    async def _all(self, user_id: str) -> AsyncIterator[Chat]:
        cursor: str | None = None
        while True:
            async with self._store.read() as tx:
                page = await tx.chats.list(user_id, archived=None, cursor=cursor, limit=_CHATS)
            for chat in page.items:
                yield chat
            if (cursor := page.next_cursor) is None:
                return

    async def _json(self, chats: AsyncIterator[Chat], now: datetime) -> AsyncGenerator[bytes]:
        head = {
            "format": FORMAT,
            "version": VERSION,
            "program": f"StellarChat {__version__}",
            "exported_at": now,
        }
        yield _open(head, "chats")
        between = b"\n"
        async for chat in chats:
            yield between + _open(_chat(chat), "messages")
            async with self._store.read() as tx:
                ids = downward(await tx.messages.nodes(chat.id))
            first = True
            async for messages in self._messages(ids):
                lines = b",\n".join(msgspec.json.encode(_message(message)) for message in messages)
                yield (b"\n" if first else b",\n") + lines
                first = False
            yield b"\n]}"
            between = b",\n"
        yield b"\n]}\n"

    async def _markdown(self, chats: AsyncIterator[Chat], language: Language) -> AsyncGenerator[bytes]:
        between = ""
        async for chat in chats:
            yield (between + heading(chat, language)).encode()
            async with self._store.read() as tx:
                ids = path(await tx.messages.nodes(chat.id), chat.active_leaf_id)
            async for messages in self._messages(ids):
                yield "".join(section(message, language) for message in messages).encode()
            between = "\n---\n\n"

    async def _messages(self, ids: list[str]) -> AsyncIterator[list[Message]]:
        for start in range(0, len(ids), _MESSAGES):
            async with self._store.read() as tx:
                messages = await tx.messages.many(ids[start : start + _MESSAGES])
            if messages:
                yield messages


async def _these(chats: list[Chat]) -> AsyncIterator[Chat]:
    for chat in chats:
        yield chat


def _open(fields: dict[str, Any], name: str) -> bytes:
    """Return an object that is open at a list named `name`."""
    return msgspec.json.encode(fields)[:-1] + b',"' + name.encode() + b'":['


def _chat(chat: Chat) -> dict[str, Any]:
    values = msgspec.structs.asdict(chat)
    # whose it is and how often it changed is this database's
    for name in ("user_id", "rev", "deleted_at"):
        del values[name]
    return values


def _message(message: Message) -> dict[str, Any]:
    values = msgspec.structs.asdict(message)
    for name in ("chat_id", "rev"):
        del values[name]
    return values


def _nameable(title: str) -> str:
    """Return what of a title every file system takes, without characters that hide or turn others."""
    kept = "".join(
        " " if character in '/\\:*?"<>|' or unicodedata.category(character)[0] in "CZ" else character
        for character in title
    )
    return " ".join(kept.split()).strip(". ")[:_NAME_CHARS].strip(". ")
