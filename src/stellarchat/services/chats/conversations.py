"""Conversations: chats for programs that want a line in and a line out, and nothing of trees and models.

A conversation is a chat, its session_id the chat's id. It names no model of its own: each turn is answered
by what its user has chosen by then, unless a model was chosen for the chat on the page.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from stellarchat.core.errors import NotFound, StellarChatError
from stellarchat.core.messages import Role
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.turns import Turn
from stellarchat.services.chats.chats import PAGE_LIMIT, Chats, Shelf
from stellarchat.services.preferences import Preferences
from stellarchat.store.database import Store

LENGTH = "max_tokens"


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `message_count` counts the messages of all branches."""

    session_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    message_count: int


class Said(msgspec.Struct, frozen=True):
    """A message of the active branch, as text."""

    role: Role
    content: str


class Conversations:
    """Chats as conversations; another user's does not exist."""

    def __init__(
        self, store: Store, chats: Chats, generations: Generations, preferences: Preferences
    ) -> None:
        self._store, self._chats, self._generations = store, chats, generations
        self._preferences = preferences

    async def create(self, user_id: str) -> str:
        """Make an empty conversation and return its id."""
        chosen = await self._preferences.get(user_id)
        # how long answers may be is asked at every turn, so that a change holds for older ones too
        params = {name: value for name, value in chosen.params.items() if name != LENGTH}
        made = await self._chats.create(user_id, {"params": params, "system_prompt": chosen.system_prompt})
        return made.chat.id

    async def listing(self, user_id: str) -> list[Conversation]:
        """Return all that are not archived, the newest first."""
        found: list[Conversation] = []
        cursor: str | None = None
        while True:
            page = await self._chats.listing(user_id, Shelf(), cursor=cursor, limit=PAGE_LIMIT)
            chats = [listed.chat for listed in page.items]
            async with self._store.read() as tx:
                counts = await tx.messages.counts(chat.id for chat in chats)
            found += [
                Conversation(
                    session_id=chat.id,
                    title=chat.title,
                    created_at=chat.created_at,
                    updated_at=chat.updated_at,
                    message_count=counts.get(chat.id, 0),
                )
                for chat in chats
            ]
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def history(self, user_id: str, session_id: str) -> list[Said]:
        """Return what was said on the active branch, the oldest first. Raises NotFound."""
        with _about_the_session():
            async with self._store.read() as tx:
                chat = await tx.chats.get(user_id, session_id)
                leaf = chat.active_leaf_id
                line = await tx.messages.branch(chat.id, leaf) if leaf is not None else []
        return [Said(message.role, message.content) for message in line]

    async def delete(self, user_id: str, session_id: str) -> None:
        """Delete one, as a chat is: for 30 days it can be restored. Raises NotFound."""
        with _about_the_session():
            await self._chats.delete(user_id, session_id)

    async def say(
        self, user_id: str, session_id: str | None, message: str, params: Mapping[str, Any]
    ) -> Generation:
        """Say something in a conversation, or without one in a new one, and begin the reply.

        Raises NotFound, and what `Generations.begin` raises; a new conversation is gone again then.
        """
        chat_id = session_id or await self.create(user_id)
        try:
            return await self._begin(user_id, chat_id, message, params)
        except StellarChatError:
            if session_id is None:
                await self._chats.delete(user_id, chat_id)
            raise

    async def _begin(self, user_id: str, chat_id: str, message: str, params: Mapping[str, Any]) -> Generation:
        with _about_the_session():
            async with self._store.read() as tx:
                chat = await tx.chats.get(user_id, chat_id)
        wanted = {name: value for name, value in params.items() if value is not None}
        if LENGTH not in chat.params:
            longest = (await self._preferences.get(user_id)).params.get(LENGTH)
            wanted = {LENGTH: longest, **wanted} if longest is not None else wanted
        return await self._generations.begin(
            Turn(user_id=user_id, chat_id=chat_id, content=message, params=wanted)
        )


@contextlib.contextmanager
def _about_the_session() -> Iterator[None]:
    """Say of a missing chat what this surface calls it."""
    try:
        yield
    except NotFound as error:
        raise NotFound(
            "There is no such conversation.",
            param="session_id",
            remedy="Leave session_id out to begin one.",
            detail=error.detail,
        ) from None
