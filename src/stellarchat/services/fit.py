"""Whether a model fits into memory, which running one should make room, and how to say so. Pure."""

from collections.abc import Iterable, Sequence
from math import inf

import msgspec

from stellarchat.engines.base import Footprint

SMALL_CONTEXTS = (4096, 2048, 1024)  # tokens, offered as a way to make it fit


class Device(msgspec.Struct, frozen=True):
    """What one memory has and is asked for, in bytes; `name` is `memory` or `gpu 0`."""

    name: str
    needed_bytes: int
    free_bytes: int


class Fit(msgspec.Struct, frozen=True):
    """Whether a variant fits now; where not, `reason` says why and what would. Bytes over all devices."""

    fits: bool
    needed_bytes: int
    free_bytes: int
    reason: str | None = None
    devices: tuple[Device, ...] = ()


def fit(
    footprint: Footprint,
    *,
    context_length: int,
    slots: int,
    free_bytes: int,
    others: Sequence[tuple[str, int]] = (),
) -> Fit:
    """Judge whether `slots` contexts of `context_length` tokens fit into `free_bytes`.

    `others` are smaller variants of the same model, as (name, bytes of weights), to be named in the
    reason where one of them would fit.
    """
    needed = footprint.needed(context_length, slots)
    devices = (Device("memory", needed, free_bytes),)
    if needed <= free_bytes:
        return Fit(True, needed, free_bytes, devices=devices)
    reason = f"It needs about {readable(needed)} of memory, {readable(free_bytes)} are free."
    ways = list(_ways(footprint, context_length, slots, free_bytes, others))
    way_out = f"It would fit with {' or '.join(ways)}." if ways else "Stop other models or use a smaller one."
    return Fit(False, needed, free_bytes, f"{reason} {way_out}", devices)


def _ways(
    footprint: Footprint, context: int, slots: int, free: int, others: Sequence[tuple[str, int]]
) -> Iterable[str]:
    if slots > 1 and footprint.needed(context, 1) <= free:
        most = max(count for count in range(1, slots) if footprint.needed(context, count) <= free)
        yield f"slots {most}"
    for smaller in SMALL_CONTEXTS:
        if smaller < context and footprint.needed(smaller, slots) <= free:
            yield f"context_length {smaller}"
            break
    rest = footprint.needed(context, slots) - footprint.weights_bytes
    fitting = [
        (size, name) for name, size in others if size < footprint.weights_bytes and size + rest <= free
    ]
    if fitting:
        yield f"the variant {max(fitting)[1]}"


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


def score(idle: Idle) -> float:
    """The higher, the sooner it goes: long unused and quickly back."""
    return idle.idle_seconds / (max(idle.load_seconds, 0.1) * idle.weight)


def overdue(idle: Iterable[Idle]) -> list[Idle]:
    """Return those idle for longer than their limit, highest score first."""
    return sorted((one for one in idle if one.idle_seconds >= one.limit_seconds), key=score, reverse=True)


def make_room(idle: Iterable[Idle], wanted_bytes: int) -> list[Idle]:
    """Choose what to unload so that `wanted_bytes` more are free, by score; [] where that is impossible.

    Those that the last one made unnecessary stay.
    """
    chosen: list[Idle] = []
    freed = 0
    for one in sorted(idle, key=score, reverse=True):
        if freed >= wanted_bytes:
            break
        chosen.append(one)
        freed += one.memory_bytes
    if freed < wanted_bytes:
        return []
    for one in list(chosen):
        if freed - one.memory_bytes >= wanted_bytes:
            chosen.remove(one)
            freed -= one.memory_bytes
    return chosen


def readable(size: int) -> str:
    """Bytes in words, as `3.2 GB`."""
    value = float(max(size, 0))
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
