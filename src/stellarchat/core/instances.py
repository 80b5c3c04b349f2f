"""A running model, as clients see it and as the store remembers it."""

from datetime import datetime

import msgspec

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.launch import InstanceState, LaunchOptions, LoadProgress


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A variant running on an engine.

    `model` is the name clients send, `variant` the catalogue's id of it (the same for local models),
    `name` the model's title. `active` counts the leases out, `load_seconds` what starting it took,
    `tokens_per_second` the last measured speed of one reply. `memory_bytes` is what its processes hold.
    """

    run_id: str
    model: str
    variant: str
    name: str
    engine: str
    state: InstanceState
    address: str | None = None
    pid: int | None = None
    slots: int | None = None
    active: int = 0
    queued: int = 0
    context_length: int | None = None
    memory_bytes: int | None = None
    started_at: datetime | None = None
    last_used_at: datetime | None = None
    restarts: int = 0
    error: ErrorInfo | None = None
    loading: LoadProgress | None = None
    tokens_per_second: float | None = None
    load_seconds: float | None = None


class InstanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that a person started and that is to be started again with the server.

    `load_seconds` and `tokens_per_second` are the last measured ones; `options` as the person gave them.
    """

    run_id: str
    variant_id: str
    options: LaunchOptions
    autostart: bool = True
    load_seconds: float | None = None
    tokens_per_second: float | None = None
    created_at: datetime
    updated_at: datetime
