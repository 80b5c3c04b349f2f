"""A generation as the store keeps it, and the parameters of one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from stellarchat.core.events import Timings, Usage


class GenerationStatus(StrEnum):
    """`running` until one of the others; `abandoned` is found and mended at the next start."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class GenerationRecord(msgspec.Struct, kw_only=True):
    """One run of a model for one message.

    `owner` names the server process that writes it; `last_seq` is the number of the last event that
    is safe in the store. `instance` is the run_id or endpoint that wrote it.
    """

    id: str
    chat_id: str
    message_id: str
    user_id: str
    model: str
    status: GenerationStatus = GenerationStatus.RUNNING
    owner: str = ""
    last_seq: int = 0
    instance: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    usage: Usage | None = None
    timings: Timings | None = None
    created_at: datetime
    heartbeat_at: datetime
    stop_requested_at: datetime | None = None
    finished_at: datetime | None = None


class Checkpoint(msgspec.Struct, frozen=True):
    """Events `first_seq`…`last_seq` of a generation, coalesced and encoded by `dump_events`."""

    generation_id: str
    first_seq: int
    last_seq: int
    events: bytes
