"""A running model, as clients see it and as the store remembers it."""

from datetime import datetime

import msgspec

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.launch import InstanceState, LaunchOptions, LoadProgress


def replica_name(run_id: str, index: int) -> str:
    """Return how requests to a replica are recorded: the first one is the instance itself."""
    return run_id if index == 1 else f"{run_id}.{index}"


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """One process of an instance; `index` counts from 1. `gpus` are those it uses, by index.

    One in the state `stopping` takes no more requests and goes when those it has are answered.
    """

    index: int
    state: InstanceState
    address: str | None = None
    pid: int | None = None
    gpus: tuple[int, ...] = ()
    active: int = 0
    queued: int = 0
    memory_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    restarts: int = 0
    error: ErrorInfo | None = None
    loading: LoadProgress | None = None


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A variant running on an engine, as one or several replicas.

    `model` is the name clients send, `variant` the catalogue's id of it (the same for local models),
    `name` the model's title. `state` is that of the best replica, `address` and `pid` are the first one's,
    and sums are over all of them. `active` counts the leases out, `load_seconds` what starting it took,
    `tokens_per_second` the last measured speed of one reply. `memory_bytes` is what its processes hold,
    `gpu_memory_bytes` what they hold on GPUs. `options` are the settled ones. An `attached` instance lives
    in a server that is not ours. A `pinned` one is never unloaded by itself.
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
    gpu_memory_bytes: int | None = None
    options: LaunchOptions = LaunchOptions()
    pinned: bool = False
    attached: bool = False
    capabilities: tuple[str, ...] = ()
    replicas: tuple[Replica, ...] = ()


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


class MeasuredMemory(msgspec.Struct, frozen=True, kw_only=True):
    """The most memory that one replica of a variant ever had, in bytes, having served.

    `tokens` is the context of all its slots together, `n_gpu` the GPUs it lay on (0: none).
    `gpu_memory_bytes` is over all of these; 0 where that was not seen.
    """

    engine: str
    variant_id: str
    tokens: int
    n_gpu: int
    memory_bytes: int
    gpu_memory_bytes: int = 0
    measured_at: datetime
