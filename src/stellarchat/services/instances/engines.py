"""What the engines here can do: whether each is usable, and what it takes to launch a variant."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Protocol

import msgspec

from stellarchat.core.errors import BadRequest, EngineError, EngineMissing, Unavailable, Values
from stellarchat.core.launch import LaunchField, LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Probe
from stellarchat.services.instances.placement import Foreseen

PROBED_SECONDS = 10.0  # how long a look at an engine is good for: somebody may just be installing it


class EngineInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One engine: usable here, or why not and what to do. `base_url` is that of an attached server."""

    name: str
    usable: bool
    launches: bool
    version: str | None = None
    reason: str | None = None
    remedy: str | None = None
    sentence: str | None = None
    values: Values | None = None
    base_url: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The options that an engine takes for a variant; `defaults` is what it would choose by itself now.

    `problem` says why it can't be started so (no defaults then, where no engine can be used).
    """

    variant: str
    engine: str
    fields: tuple[LaunchField, ...]
    defaults: LaunchOptions | None = None
    problem: str | None = None


class Foreseeing(Protocol):
    """What is needed of the instances."""

    async def foresee(self, model: str, options: LaunchOptions | None = None) -> Foreseen:
        """Tell how a start would come out."""

    def engine(self, model: str, options: LaunchOptions) -> Engine:
        """Return the engine that a start would choose."""


class Engines:
    """Asks the engines. Probing blocks, so it is done in threads and remembered for a moment."""

    def __init__(self, engines: Mapping[str, Engine], instances: Foreseeing) -> None:
        self._engines, self._instances = engines, instances
        self._probed: dict[str, tuple[float, Probe]] = {}

    async def all(self) -> list[EngineInfo]:
        """Return every engine that this installation knows."""
        return list(await asyncio.gather(*(self._info(name) for name in self._engines)))

    async def options(self, variant: Variant, name: str | None = None) -> Choice:
        """Return what `variant` can be launched with, on the engine `name` or the first usable one.

        Raises BadRequest where the variant does not run on `name`.
        """
        if name is not None and name not in variant.engines:
            raise BadRequest(
                f"{variant.name} does not run on {name!r}.",
                param="engine_type",
                remedy=f"Use one of: {', '.join(variant.engines)}.",
                sentence="not_on_engine",
                values={"model": variant.name, "engine": name, "names": ", ".join(variant.engines)},
            )
        chosen = name or await self._by_itself(variant)
        engine = self._engines.get(chosen)
        if engine is None:
            raise EngineMissing(
                f"The engine {chosen!r} is unknown here.",
                param="engine_type",
                sentence="engine_unknown",
                values={"engine": chosen},
            )
        fields = engine.fields(variant)
        try:
            foreseen = await self._instances.foresee(variant.id, LaunchOptions(engine=chosen))
        except (BadRequest, EngineError, Unavailable) as error:
            problem = " ".join(word for word in (error.message, error.remedy) if word)
            return Choice(variant=variant.id, engine=chosen, fields=fields, problem=problem)
        return Choice(
            variant=variant.id,
            engine=chosen,
            fields=fields,
            defaults=foreseen.options,
            problem=foreseen.fit.reason,
        )

    async def _by_itself(self, variant: Variant) -> str:
        """Return the engine that a start would choose, else the first that could be used."""
        with contextlib.suppress(BadRequest, EngineError, EngineMissing):
            return self._instances.engine(variant.id, LaunchOptions()).name
        for name in variant.engines:
            if name in self._engines and (await self._probe(name)).usable:
                return name
        return variant.engines[0]

    async def _info(self, name: str) -> EngineInfo:
        engine, probe = self._engines[name], await self._probe(name)
        return EngineInfo(
            name=name,
            usable=probe.usable,
            launches=engine.launches,
            version=probe.version,
            reason=probe.reason,
            remedy=probe.remedy,
            sentence=probe.sentence,
            values=probe.values,
            base_url=engine.daemon.address.base_url if engine.daemon else None,
        )

    async def _probe(self, name: str) -> Probe:
        known = self._probed.get(name)
        if known is None or time.monotonic() - known[0] > PROBED_SECONDS:
            probe = await asyncio.to_thread(self._engines[name].probe)
            known = self._probed[name] = (time.monotonic(), probe)
        return known[1]
