"""Whether a model fits into memory, which running one should make room, and how to say so. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf

import msgspec

from stellarchat.engines.base import Footprint

MEMORY = "memory"
Needs = Mapping[str, int]
"""Bytes by device: `memory`, or a GPU as `gpu 0`."""

SHORTEST_CONTEXT = 1024  # tokens; nothing shorter is offered as a way to make it fit


def gpu_name(index: int) -> str:
    """Return how a GPU is named among the devices."""
    return f"gpu {index}"


class Device(msgspec.Struct, frozen=True):
    """What one memory has and is asked for, in bytes; `name` is `memory` or `gpu 0`."""

    name: str
    needed_bytes: int
    free_bytes: int


class Way(msgspec.Struct, frozen=True):
    """What would make it fit: a launch option with the mildest value that is enough, or `variant`: its id."""

    option: str
    value: int | str

    def __str__(self) -> str:
        return f"{'the ' if self.option == 'variant' else ''}{self.option} {self.value}"


class Fit(msgspec.Struct, frozen=True):
    """Whether a variant fits now; where not, `reason` says why and what would. Bytes over all devices.

    `devices` are those of one replica. What is needed is `weights_bytes`, `context_bytes` for keys and
    values, and `overhead_bytes` for the process and its buffers; more than their sum where an engine claims
    a part of a GPU. Of a server that is not ours all are 0. `ways` would make it fit, each by itself.
    """

    fits: bool
    needed_bytes: int
    free_bytes: int
    reason: str | None = None
    devices: tuple[Device, ...] = ()
    weights_bytes: int = 0
    context_bytes: int = 0
    overhead_bytes: int = 0
    ways: tuple[Way, ...] = ()


def demand(footprint: Footprint, context_length: int, slots: int, gpus: Mapping[int, "Share"]) -> Needs:
    """Return the bytes one replica needs of each device. Without GPUs all of it lies in memory."""
    needed = footprint.needed(context_length, slots)
    if not gpus:
        return {MEMORY: needed}
    each = footprint.needed_of_gpus(context_length, slots, len(gpus))
    on_gpus = {gpu_name(index): max(each, share.claim_bytes) for index, share in gpus.items()}
    return {MEMORY: footprint.host_bytes, **on_gpus}


class Share(msgspec.Struct, frozen=True):
    """A GPU as a launch finds it, in bytes. An engine that claims a part of it beforehand gets just that."""

    free_bytes: int
    claim_bytes: int = 0


def fit(
    footprint: Footprint,
    *,
    context_length: int,
    slots: int,
    free_bytes: int,
    gpus: Mapping[int, Share] | None = None,
    others: Sequence[tuple[str, int]] = (),
) -> Fit:
    """Judge whether `slots` contexts of `context_length` tokens fit into `free_bytes` of memory.

    Where `gpus` are given, by index, weights and contexts are shared out to them. `others` are smaller
    variants of the same model, as (name, bytes of weights), to be named in the reason where one would fit.
    """
    gpus = gpus or {}
    free = {MEMORY: free_bytes, **{gpu_name(index): share.free_bytes for index, share in gpus.items()}}
    claims = {gpu_name(index): share.claim_bytes for index, share in gpus.items() if share.claim_bytes}

    def short(footprint: Footprint, context: int, slots: int) -> list[Device]:
        """Return the devices that have too little, with what is needed of each."""
        wanted = demand(footprint, context, slots, gpus)
        return [
            Device(name, size, free[name])
            for name, size in wanted.items()
            if size > free[name] or (name in claims and size > claims[name])
        ]

    needs = demand(footprint, context_length, slots, gpus)
    devices = tuple(Device(name, size, free[name]) for name, size in needs.items())
    needed = sum(needs.values())
    told = Fit(
        True,
        needed,
        sum(free.values()),
        devices=devices,
        weights_bytes=footprint.weights_bytes,
        context_bytes=footprint.kv_bytes_per_token * context_length * slots,
        overhead_bytes=footprint.host_bytes + footprint.gpu_overhead_bytes * len(gpus)
        if gpus
        else footprint.overhead_bytes,
    )
    missing = short(footprint, context_length, slots)
    if not missing:
        return told
    first = missing[0]
    claimed = claims.get(first.name)
    if claimed is not None and first.needed_bytes <= claimed:
        reason = f"It claims {readable(claimed)} of {first.name}, {readable(first.free_bytes)} are free."
        ways = ["a lower gpu_memory_utilization"]
    elif claimed is not None and first.needed_bytes <= first.free_bytes:
        wanted = f"It needs about {readable(first.needed_bytes)} of {first.name}"
        reason = f"{wanted}, {readable(claimed)} are its share."
        ways = ["a higher gpu_memory_utilization"]
    else:
        wanted = f"It needs about {readable(first.needed_bytes)} of {first.name}"
        reason = f"{wanted}, {readable(first.free_bytes)} are free."
        ways = []
    exact = tuple(_ways(footprint, context_length, slots, lambda *wanted: not short(*wanted), others))
    ways += [str(way) for way in exact]
    way_out = f"It would fit with {' or '.join(ways)}." if ways else "Stop other models or use a smaller one."
    return msgspec.structs.replace(told, fits=False, reason=f"{reason} {way_out}", ways=exact)


def _ways(
    footprint: Footprint,
    context: int,
    slots: int,
    fits: Callable[[Footprint, int, int], bool],
    others: Sequence[tuple[str, int]],
) -> Iterator[Way]:
    if slots > 1 and fits(footprint, context, 1):
        most = max(count for count in range(1, slots) if fits(footprint, context, count))
        yield Way("slots", most)
    smaller = 1 << max(0, (context - 1).bit_length() - 1)  # the power of two below it
    while smaller >= SHORTEST_CONTEXT:
        if fits(footprint, smaller, slots):
            yield Way("context_length", smaller)
            break
        smaller //= 2
    fitting = [
        (size, name)
        for name, size in others
        if size < footprint.weights_bytes
        and fits(msgspec.structs.replace(footprint, weights_bytes=size), context, slots)
    ]
    if fitting:
        yield Way("variant", max(fitting)[1])


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A running model that nobody uses: for how many seconds, and what starting it again takes.

    `weight` makes it dearer to unload: a model that a person started outlasts one that a request did.
    """

    run_id: str
    idle_seconds: float
    load_seconds: float
    memory_bytes: int
    weight: float = 1.0
    limit_seconds: float = inf
    gpus: Needs = {}

    @property
    def gives(self) -> Needs:
        """Bytes of each device that stopping it gives back."""
        return {**self.gpus, MEMORY: self.memory_bytes}


def score(idle: Idle) -> float:
    """The higher, the sooner it goes: long unused and quickly back."""
    return idle.idle_seconds / (max(idle.load_seconds, 0.1) * idle.weight)


def overdue(idle: Iterable[Idle]) -> list[Idle]:
    """Return those idle for longer than their limit, highest score first."""
    return sorted((one for one in idle if one.idle_seconds >= one.limit_seconds), key=score, reverse=True)


def make_room(idle: Iterable[Idle], missing: Needs) -> list[Idle]:
    """Choose what to unload so that `missing` bytes more are free of each device.

    By score; [] where that is impossible. Those that the last one made unnecessary stay.
    """
    wanted = {name: size for name, size in missing.items() if size > 0}
    chosen: list[Idle] = []
    for one in sorted(idle, key=score, reverse=True):
        if not _lacking(chosen, wanted):
            break
        if any(one.gives.get(name, 0) > 0 for name in _lacking(chosen, wanted)):
            chosen.append(one)
    if _lacking(chosen, wanted):
        return []
    for one in list(chosen):
        others = [other for other in chosen if other is not one]
        if not _lacking(others, wanted):
            chosen = others
    return chosen


def _lacking(chosen: Sequence[Idle], wanted: Needs) -> list[str]:
    """Name the devices of which the chosen ones do not give back enough."""
    return [name for name, size in wanted.items() if sum(one.gives.get(name, 0) for one in chosen) < size]


def added(*needs: Needs) -> dict[str, int]:
    """Return the sums by device."""
    total: dict[str, int] = {}
    for one in needs:
        for name, size in one.items():
            total[name] = total.get(name, 0) + size
    return total


def readable(size: int) -> str:
    """Bytes in words, as `3.2 GB`."""
    value = float(max(size, 0))
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
