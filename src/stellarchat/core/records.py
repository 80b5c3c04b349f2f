"""What the store answers with beside chats and messages: pages, search hits, tallies, links, endpoints."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from stellarchat.core.messages import Role

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a longer list. `next_cursor` asks for the page after it, None at the end."""

    items: list[T]
    next_cursor: str | None = None


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """Where to search; None switches a filter off, `folder` "" is: in no folder.

    `model` wrote the message, or is the chat's own where a title is found. `since` and `until` are about
    when the message was said, or the chat last spoken in. With a `role` no titles are found.
    """

    folder: str | None = None
    tag: str | None = None
    archived: bool | None = None
    model: str | None = None
    role: Role | None = None
    since: datetime | None = None
    until: datetime | None = None


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a chat's title (`message_id` None), that holds what was searched for.

    `snippet` and `title_html` are HTML: hits stand in `<mark>`, all else is escaped. `score` is
    positive, higher is better, and comparable only within one answer.
    """

    chat_id: str
    title: str
    message_id: str | None
    role: Role | None
    snippet: str
    title_html: str
    score: float
    timestamp: datetime


class Tally(msgspec.Struct, frozen=True):
    """A folder or a tag, and how many chats it has."""

    name: str
    count: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A chat that whoever has the link may read.

    `leaf_id` is the last message that is shown, None: always the active one. `author` is the name that stands
    before what the person said, None: none. `models`, `system_prompt` and `documents` tell whether these are
    shown; images always are.
    """

    chat_id: str
    token: str
    user_id: str
    leaf_id: str | None = None
    author: str | None = None
    models: bool = True
    system_prompt: bool = False
    documents: bool = False
    created_at: datetime


class Endpoint(msgspec.Struct, kw_only=True):
    """A remote OpenAI-compatible server.

    `user_id` None means it is everybody's. `encrypted_key` is the key as the services sealed it: the
    store never sees the key itself. `models` are the names it serves.
    """

    id: str
    name: str
    base_url: str
    user_id: str | None = None
    encrypted_key: bytes | None = None
    models: list[str] = msgspec.field(default_factory=list)
    enabled: bool = True
    created_at: datetime
    updated_at: datetime
