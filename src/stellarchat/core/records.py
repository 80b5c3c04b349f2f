"""What the store keeps beside chats: endpoints, instances, downloads; and how it answers in pages."""

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.messages import Role

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a longer list. `next_cursor` asks for the page after it, None at the end."""

    items: list[T]
    next_cursor: str | None = None


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a chat's title (`message_id` None), that holds what was searched for.

    `snippet` and `title_html` are HTML: hits stand in `<mark>`, all else is escaped. `score` is
    positive, higher is better, and comparable only within one answer of one database.
    """

    chat_id: str
    title: str
    message_id: str | None
    role: Role | None
    snippet: str
    title_html: str
    score: float
    timestamp: datetime


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


class InstanceRecord(msgspec.Struct, kw_only=True):
    """An instance as it was asked for, so that a restarted server can start it again.

    `state` is the last one written, not necessarily the one that holds now.
    """

    run_id: str
    variant_id: str
    engine: str
    options: LaunchOptions = LaunchOptions()
    state: InstanceState = InstanceState.STOPPED
    autostart: bool = False
    error: ErrorInfo | None = None
    created_at: datetime
    updated_at: datetime


class DownloadStatus(StrEnum):
    """`queued` → `running` → `verifying` → `complete`; `paused` and `failed` can be resumed."""

    QUEUED = "queued"
    RUNNING = "running"
    VERIFYING = "verifying"
    PAUSED = "paused"
    COMPLETE = "complete"
    FAILED = "failed"


class DownloadRecord(msgspec.Struct, kw_only=True):
    """Weights on their way from `url` to `path`.

    Sizes are bytes, `bytes_total` None until the server tells it. `sha256` is the expected digest in
    hex, None where nobody knows it. `etag` guards a resumed download against a changed file.
    """

    id: str
    variant_id: str
    url: str
    path: str
    status: DownloadStatus = DownloadStatus.QUEUED
    bytes_done: int = 0
    bytes_total: int | None = None
    sha256: str | None = None
    etag: str | None = None
    error: ErrorInfo | None = None
    created_at: datetime
    updated_at: datetime
