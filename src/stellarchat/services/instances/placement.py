"""Where a variant can run: which engine, with which options, and whether there is memory for it."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from stellarchat.core.errors import BadRequest, EngineMissing, EngineNotReady
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint, Hardware, Probe, Refusal
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.fit import (
    MEMORY,
    Device,
    Fit,
    Needs,
    Share,
    added,
    demand,
    fit,
    gpu_name,
    readable,
)

PROBE_SECONDS = 1.0  # how long an engine's word on whether it is usable is good for
LISTED_SECONDS = 10.0  # the same where hundreds of variants are listed, and read again and again


class RoomGpu(msgspec.Struct, frozen=True):
    """A GPU as an engine is to see it; bytes."""

    index: int
    name: str
    memory_total: int
    memory_free: int


class Room(msgspec.Struct, frozen=True):
    """The machine as an engine is to see it: with what others reserve taken off.

    The GPU with the most free memory comes first.
    """

    physical_cores: int
    memory_available: int
    gpus: tuple[RoomGpu, ...] = ()

    def free(self) -> dict[str, int]:
        """Return the free bytes of each device."""
        return {MEMORY: self.memory_available, **{gpu_name(gpu.index): gpu.memory_free for gpu in self.gpus}}

    def changed(self, change: Needs) -> "Room":
        """Return it with so many bytes more (or less) of each device."""
        gpus = [
            msgspec.structs.replace(
                gpu, memory_free=max(0, gpu.memory_free + change.get(gpu_name(gpu.index), 0))
            )
            for gpu in self.gpus
        ]
        gpus.sort(key=lambda gpu: (-gpu.memory_free, gpu.index))
        return Room(self.physical_cores, max(0, self.memory_available + change.get(MEMORY, 0)), tuple(gpus))


class Place(msgspec.Struct, frozen=True):
    """Where one replica comes: its settled options, the room it finds, what it needs, whether it fits."""

    options: LaunchOptions
    room: Room
    needs: Needs
    fit: Fit


class Foreseen(msgspec.Struct, frozen=True):
    """How a start would come out now: on which engine, with which options, and whether it fits."""

    variant: str
    engine: str
    options: LaunchOptions
    fit: Fit


class Downloading(Protocol):
    """What the instances need of the downloads: a word on how far one has come."""

    def progress(self, variant_id: str) -> str | None:
        """Say how a running download stands, as `43 %`; None where there is none."""


Learned = Callable[[str, str, LaunchOptions, Footprint], Footprint]
"""Corrects a footprint by what was measured: of which engine and variant, with which options."""


class Placement:
    """Asks engines, weights and the machine. `defaults` fill what a launch leaves open.

    `reserve_bytes` stay free for everything else. `hardware` is called in a thread. `has` tells whether the
    server that an engine is attached to may have a variant.
    """

    def __init__(
        self,
        catalog: Catalog,
        engines: Mapping[str, Engine],
        hardware: Callable[[], Hardware],
        defaults: LaunchOptions,
        reserve_bytes: int,
        learned: Learned | None = None,
        has: Callable[[Engine, Variant], bool] = lambda engine, variant: True,
    ) -> None:
        self._catalog, self._engines, self._hardware = catalog, engines, hardware
        self._defaults, self._reserve = defaults, reserve_bytes
        self._learned, self._has = learned or _as_told, has
        self._weights: dict[tuple[str, str], int] = {}
        self._footprints: dict[tuple[str, str, Path | None, int], Footprint] = {}
        self._probes: dict[str, tuple[float, Probe]] = {}

    def wanted(self, options: LaunchOptions, variant: Variant) -> LaunchOptions:
        """Return `options` completed by the operator's defaults, where the variant allows them."""
        context = options.context_length
        if context is None and self._defaults.context_length is not None:
            context = min(self._defaults.context_length, variant.context_length)
        return msgspec.structs.replace(
            options,
            context_length=context,
            slots=options.slots if options.slots is not None else self._defaults.slots,
            threads=options.threads if options.threads is not None else self._defaults.threads,
        )

    async def look(self, names: Iterable[str], within: float = PROBE_SECONDS) -> None:
        """Ask engines in threads whether they are usable, where the last word is older than `within`.

        Some ask a server, or read what is installed: nobody's reply may wait for that.
        """
        engines = [self._engines[name] for name in names if name in self._engines]
        old = [engine for engine in engines if self._stale(engine, within)]
        probes = await asyncio.gather(*(asyncio.to_thread(engine.probe) for engine in old))
        for engine, probe in zip(old, probes, strict=True):
            self._probes[engine.name] = (time.monotonic(), probe)

    def engine(
        self, variant: Variant, options: LaunchOptions, probed_within: float = PROBE_SECONDS
    ) -> Engine:
        """Return the engine asked for, or the first usable one of the variant that does not refuse.

        One in a server that does not have the variant comes after all that can launch it.
        Raises EngineMissing where none is installed, BadRequest with the first one's reason where all refuse.
        """
        if options.engine is not None and options.engine not in variant.engines:
            raise BadRequest(
                f"{variant.name} does not run on {options.engine!r}.",
                param="engine_type",
                remedy=f"Use one of: {', '.join(variant.engines)}.",
                sentence="not_on_engine",
                values={"model": variant.name, "engine": options.engine, "names": ", ".join(variant.engines)},
            )
        reasons: list[str] = []
        lacking: Probe | None = None
        refused: Refusal | None = None
        without: Engine | None = None
        for name in [options.engine] if options.engine else variant.engines:
            engine = self._engines.get(name)
            if engine is None:
                reasons.append(f"The engine {name!r} is unknown here.")
                continue
            probe = self._probed(engine, probed_within)
            if not probe.usable or not (engine.launches or engine.daemon):
                reasons.append(probe.reason or f"{name} is not launched by this program.")
                lacking = lacking if lacking and lacking.remedy else probe
                continue
            refusal = engine.refuses(variant, options)
            if refusal is not None:
                refused = refused or refusal
            elif options.engine or engine.daemon is None or self._has(engine, variant):
                return engine
            else:
                without = without or engine
        if without is not None:
            return without
        if refused is not None:
            raise BadRequest(
                refused.reason, param=refused.param, sentence=refused.sentence, values=refused.values
            )
        raise EngineMissing(
            f"No engine here can run {variant.name}.",
            remedy=lacking.remedy if lacking else None,
            detail=" ".join(reasons) or None,
            # what is wrong with the engine says more than that there is none
            sentence=(lacking and lacking.sentence) or "engine_none",
            values=lacking.values if lacking and lacking.sentence else {"name": variant.name},
        )

    def _probed(self, engine: Engine, within: float) -> Probe:
        """Ask an engine whether it is usable, where the last word is older than `within` seconds."""
        if self._stale(engine, within):
            self._probes[engine.name] = (time.monotonic(), engine.probe())
        return self._probes[engine.name][1]

    def _stale(self, engine: Engine, within: float) -> bool:
        known = self._probes.get(engine.name)
        return known is None or time.monotonic() - known[0] > within

    def weights(self, variant: Variant, downloads: Downloading) -> Path:
        """Return the file to run. Raises EngineNotReady, with what to do, where it is not here."""
        path = self._catalog.local_path(variant)
        if path is not None:
            return path
        if variant.artefact.path is not None:
            raise EngineNotReady(
                f"The file of {variant.name} is missing.",
                param="model",
                remedy=f"Put it at {variant.artefact.path}, or correct the path in models.json.",
                sentence="weights_missing",
                values={"name": variant.name, "path": str(variant.artefact.path)},
            )
        progress = downloads.progress(variant.id)
        if progress is not None:
            raise EngineNotReady(
                f"{variant.name} is being downloaded ({progress}).",
                param="model",
                remedy="It can be used when the download is complete.",
                sentence="downloading",
                values={"name": variant.name, "progress": str(progress)},
            )
        size = variant.artefact.size_bytes
        raise EngineNotReady(
            f"{variant.name} has not been downloaded yet" + (f" ({readable(size)})." if size else "."),
            param="model",
            remedy=f"Download it first: on the Models page, or by `stellarchat models pull {variant.id}`.",
            sentence="download_first",
            values={"name": variant.name},
        )

    async def footprint(self, engine: Engine, variant: Variant, options: LaunchOptions) -> Footprint:
        """Return what the variant takes, as measured when it ran, else as its file tells (read once).

        Raises LaunchFailed for a bad file.
        """
        path = self._catalog.local_path(variant) if engine.daemon is None else None
        changed = path.stat().st_mtime_ns if path else 0
        key = (engine.name, variant.id, path, changed)
        found = self._footprints.get(key)
        if found is None:
            if path is None:  # an estimate, nothing is read
                found = engine.footprint(variant, None)
            else:
                found = await asyncio.to_thread(engine.footprint, variant, path)
            self._footprints[key] = found
            self._weights[engine.name, variant.id] = found.weights_bytes
        return self._learned(engine.name, variant.id, options, found)

    def weights_bytes(self, engine: Engine, variant: Variant) -> int:
        """Return the bytes of its weights as told by its file; of one whose footprint was asked for."""
        return self._weights[engine.name, variant.id]

    async def room(self, change: Needs) -> Room:
        """Look at the machine; `change` is what idle models could give back, less what others await."""
        machine = await asyncio.to_thread(self._hardware)
        gpus = tuple(RoomGpu(gpu.index, gpu.name, gpu.memory_total, gpu.memory_free) for gpu in machine.gpus)
        room = Room(machine.physical_cores, machine.memory_available - self._reserve, gpus)
        return room.changed(change)

    def foresee(
        self, engine: Engine, variant: Variant, options: LaunchOptions, footprint: Footprint, room: Room
    ) -> Foreseen:
        """Return what the engine would settle on in `room`, and whether all replicas fit.

        Raises BadRequest for GPUs that are not there.
        """
        if engine.daemon is not None:  # its memory is its own to keep
            settled = engine.settled(variant, options, room, footprint)
            settled = msgspec.structs.replace(settled, engine=engine.name)
            return Foreseen(variant.id, engine.name, settled, Fit(True, 0, room.memory_available))
        places = self.places(engine, variant, options, footprint, room)
        settled = msgspec.structs.replace(places[0].options, replicas=len(places))
        return Foreseen(variant.id, engine.name, settled, together(places, room))

    def places(
        self,
        engine: Engine,
        variant: Variant,
        options: LaunchOptions,
        footprint: Footprint,
        room: Room,
        like: LaunchOptions | None = None,
    ) -> list[Place]:
        """Find a place for each replica, one after another, over what the others leave; it may not fit.

        They are alike: the first one's context and slots (or those of `like`) are everybody's. Raises
        BadRequest for GPUs that are not there.
        """
        count = options.replicas
        room = usable(room, options)
        wanted = msgspec.structs.replace(options, gpus=None, n_gpu=_gpus_of_one(options))
        found: list[Place] = []
        for _ in range(count):
            if like is not None:
                wanted = msgspec.structs.replace(
                    wanted, context_length=like.context_length, slots=like.slots, n_gpu=like.n_gpu
                )
            # the cores and the memory are shared out, so that the first does not settle on all of it
            share = 1 if like is not None else count
            seen = Room(max(1, room.physical_cores // count), room.memory_available // share, room.gpus)
            settled = _with_gpus(engine.settled(variant, wanted, seen, footprint), room)
            place = self._judged(variant, settled, footprint, room)
            found.append(place)
            like = settled
            room = room.changed({name: -size for name, size in place.needs.items()})
        return found

    def _judged(self, variant: Variant, settled: LaunchOptions, footprint: Footprint, room: Room) -> Place:
        engine = settled.engine or variant.engines[0]
        # an engine may hold weights in another precision than the file has them in
        size = variant.artefact.size_bytes
        grown = footprint.weights_bytes / size if size else 1.0
        gpus = shares(settled, room)
        context, slots = settled.context_length or variant.context_length, settled.slots or 1
        entry = self._catalog.entry(variant.model_id)
        others = [
            (other.id, int((other.artefact.size_bytes or 0) * grown))
            for other in entry.variants
            if other.id != variant.id and other.artefact.size_bytes and engine in other.engines
        ]
        judged = fit(
            footprint,
            context_length=context,
            slots=slots,
            free_bytes=room.memory_available,
            gpus=gpus,
            others=others,
        )
        return Place(settled, room, demand(footprint, context, slots, gpus), judged)


def _as_told(engine: str, variant: str, options: LaunchOptions, footprint: Footprint) -> Footprint:
    return footprint


def usable(room: Room, options: LaunchOptions) -> Room:
    """Return `room` with the GPUs that `options` allow. Raises BadRequest naming what there is."""
    there = {gpu.index: gpu for gpu in room.gpus}
    names = ", ".join(f"{index} ({there[index].name})" for index in sorted(there))
    has = f"The GPUs here are {names}." if there else "nvidia-smi shows no GPU on this machine."
    if options.gpus:
        for index in options.gpus:
            if index not in there:
                raise BadRequest(
                    f"There is no GPU {index}. {has}",
                    param="gpus",
                    remedy="Leave gpus out.",
                    sentence="gpu_none",
                    values={"index": str(index)},
                )
        room = msgspec.structs.replace(
            room, gpus=tuple(gpu for gpu in room.gpus if gpu.index in options.gpus)
        )
    if options.n_gpu is not None and options.n_gpu > len(room.gpus):
        most = f"{len(room.gpus)} of them are named in gpus." if options.gpus else has
        raise BadRequest(
            f"n_gpu is {options.n_gpu}, more GPUs than one replica can have. {most}",
            param="n_gpu",
            remedy=f"Use {len(room.gpus)} at most.",
            sentence="gpus_many",
            values={"count": options.n_gpu, "most": len(room.gpus)},
        )
    return room


def shares(settled: LaunchOptions, room: Room) -> dict[int, Share]:
    """Return the GPUs of a replica as it finds them; {} where it computes on the processor."""
    if not settled.n_gpu:
        return {}
    part = settled.gpu_memory_utilization or 0.0
    return {
        gpu.index: Share(gpu.memory_free, int(gpu.memory_total * part))
        for gpu in room.gpus
        if gpu.index in (settled.gpus or ())
    }


def together(places: list[Place], room: Room) -> Fit:
    """Return whether all replicas fit, and what they take of each device."""
    for number, place in enumerate(places):
        if not place.fit.fits:
            if not number:
                return place.fit
            reason = f"There is room for {number} of {len(places)} replicas. {place.fit.reason}"
            return msgspec.structs.replace(place.fit, reason=reason)
    needs, free = added(*(place.needs for place in places)), room.free()
    devices = tuple(Device(name, size, free.get(name, 0)) for name, size in needs.items())
    return Fit(
        True,
        sum(needs.values()),
        sum(device.free_bytes for device in devices),
        devices=devices,
        weights_bytes=sum(place.fit.weights_bytes for place in places),
        context_bytes=sum(place.fit.context_bytes for place in places),
        overhead_bytes=sum(place.fit.overhead_bytes for place in places),
    )


def _gpus_of_one(options: LaunchOptions) -> int | None:
    if options.n_gpu is None and options.gpus:
        return max(1, len(options.gpus) // options.replicas)
    return options.n_gpu


def _with_gpus(settled: LaunchOptions, room: Room) -> LaunchOptions:
    """Name the GPUs where the engine only counted them."""
    if settled.n_gpu and not settled.gpus:
        chosen = tuple(sorted(gpu.index for gpu in room.gpus[: settled.n_gpu]))
        return msgspec.structs.replace(settled, gpus=chosen)
    return settled
