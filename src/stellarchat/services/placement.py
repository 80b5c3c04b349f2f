"""Where a variant can run: which engine, with which options, and whether there is memory for it."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from stellarchat.core.errors import BadRequest, EngineMissing, EngineNotReady
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint, Gpu, Hardware
from stellarchat.services.catalog import Catalog
from stellarchat.services.fit import Fit, fit, readable


class Room(msgspec.Struct, frozen=True):
    """The machine as an engine is to see it: with what others reserve taken off."""

    physical_cores: int
    memory_available: int
    gpus: tuple[Gpu, ...] = ()


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


class Placement:
    """Asks engines, weights and the machine. `defaults` fill what a launch leaves open.

    `reserve_bytes` stay free for everything else. `hardware` is called in a thread.
    """

    def __init__(
        self,
        catalog: Catalog,
        engines: Mapping[str, Engine],
        hardware: Callable[[], Hardware],
        defaults: LaunchOptions,
        reserve_bytes: int,
    ) -> None:
        self._catalog, self._engines, self._hardware = catalog, engines, hardware
        self._defaults, self._reserve = defaults, reserve_bytes
        self._footprints: dict[tuple[str, str, Path | None, int], Footprint] = {}

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

    def engine(self, variant: Variant, options: LaunchOptions) -> Engine:
        """Return the engine asked for, or the first usable one of the variant.

        Raises EngineMissing where none is installed, BadRequest where it refuses.
        """
        if options.engine is not None and options.engine not in variant.engines:
            raise BadRequest(
                f"{variant.name} does not run on {options.engine!r}.",
                param="engine_type",
                remedy=f"Use one of: {', '.join(variant.engines)}.",
            )
        reasons, remedy = [], None
        for name in [options.engine] if options.engine else variant.engines:
            engine = self._engines.get(name)
            if engine is None:
                reasons.append(f"The engine {name!r} is unknown here.")
                continue
            probe = engine.probe()
            if not engine.launches or not probe.usable:
                reasons.append(probe.reason or f"{name} is not launched by this program.")
                remedy = remedy or probe.remedy
                continue
            refusal = engine.refuses(variant, options)
            if refusal is not None:
                raise BadRequest(refusal.reason, param=refusal.param)
            return engine
        raise EngineMissing(
            f"No engine here can run {variant.name}.", remedy=remedy, detail=" ".join(reasons) or None
        )

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
            )
        progress = downloads.progress(variant.id)
        if progress is not None:
            raise EngineNotReady(
                f"{variant.name} is being downloaded ({progress}).",
                param="model",
                remedy="It can be used when the download is complete.",
            )
        size = variant.artefact.size_bytes
        raise EngineNotReady(
            f"{variant.name} has not been downloaded yet" + (f" ({readable(size)})." if size else "."),
            param="model",
            remedy=f"Download it first: on the Models page, or by `stellarchat models pull {variant.id}`.",
        )

    async def footprint(self, engine: Engine, variant: Variant) -> Footprint:
        """Return what the variant takes; measured once per file. Raises LaunchFailed for a bad file."""
        path = self._catalog.local_path(variant)
        changed = path.stat().st_mtime_ns if path else 0
        key = (engine.name, variant.id, path, changed)
        found = self._footprints.get(key)
        if found is None:
            found = await asyncio.to_thread(engine.footprint, variant, path)
            self._footprints[key] = found
        return found

    async def room(self, change_bytes: int) -> Room:
        """Look at the machine; `change_bytes` is what idle models could give, less what others await."""
        machine = await asyncio.to_thread(self._hardware)
        return Room(
            machine.physical_cores,
            max(0, machine.memory_available - self._reserve + change_bytes),
            tuple(machine.gpus),
        )

    def foresee(
        self, engine: Engine, variant: Variant, options: LaunchOptions, footprint: Footprint, room: Room
    ) -> Foreseen:
        """Return what the engine would settle on in `room`, and whether that fits."""
        return Foreseen(
            variant.id,
            engine.name,
            engine.settled(variant, options, room, footprint),
            self.judge(engine, variant, options, footprint, room),
        )

    def judge(
        self, engine: Engine, variant: Variant, options: LaunchOptions, footprint: Footprint, room: Room
    ) -> Fit:
        """Say whether it fits into `room` with the options that the engine would settle on."""
        settled = engine.settled(variant, options, room, footprint)
        entry = self._catalog.entry(variant.model_id)
        others = [
            (other.id, other.artefact.size_bytes or 0)
            for other in entry.variants
            if other.id != variant.id and other.artefact.size_bytes
        ]
        return fit(
            footprint,
            context_length=settled.context_length or variant.context_length,
            slots=settled.slots or 1,
            free_bytes=room.memory_available,
            others=others,
        )
