"""From a variant and its options to replicas that load: which engine, where there is room, and the launch."""

import asyncio
import logging
from collections.abc import Callable, Iterable

import msgspec

from stellarchat.core.errors import BadRequest, EngineNotReady, StellarChatError
from stellarchat.core.instances import replica_name
from stellarchat.core.launch import Address, LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint, Served
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.catalog.weights import pickled
from stellarchat.services.fit import Fit, Idle, Needs, added, make_room
from stellarchat.services.instances.attached import Attached, Watch, Watches
from stellarchat.services.instances.fleet import Fleet
from stellarchat.services.instances.placement import (
    LISTED_SECONDS,
    PROBE_SECONDS,
    Downloading,
    Foreseen,
    Place,
    Placement,
    Room,
    together,
)
from stellarchat.services.instances.process import Process
from stellarchat.services.instances.replica import Replica
from stellarchat.services.instances.running import Running
from stellarchat.services.instances.targets import Target

logger = logging.getLogger(__name__)

NOWHERE = Address("", None)
TURN = 32  # variants judged before everything else gets its turn

Make = Callable[..., Running]
"""Makes an instance; gets what its launch has decided as keywords."""


class Launching:
    """Makes replicas, and room for them."""

    def __init__(
        self,
        placement: Placement,
        supervisor: Supervisor,
        watches: Watches,
        downloads: Downloading,
        fleet: Fleet,
    ) -> None:
        self._placement, self._supervisor, self._watches = placement, supervisor, watches
        self._downloads, self._fleet = downloads, fleet

    def engine(self, variant: Variant, options: LaunchOptions) -> Engine:
        """Return the engine that would run it. Raises EngineMissing, BadRequest."""
        return self._placement.engine(variant, self._placement.wanted(options, variant))

    async def foresee(self, variant: Variant, options: LaunchOptions) -> Foreseen:
        """Tell how a launch would come out; idle models, and the variant's own instance, count as free."""
        await self._placement.look(variant.engines)
        room = await self._placement.room(added(self._change(), self._own(variant)))
        return await self._foreseen(variant, options, room, PROBE_SECONDS)

    async def judge(self, variants: Iterable[Variant]) -> dict[str, Fit | StellarChatError]:
        """Tell of many variants at once whether each would fit by itself, or why it cannot be launched.

        The machine and the engines are looked at once for all of them.
        """
        variants = list(variants)
        await self._placement.look({name for one in variants for name in one.engines}, LISTED_SECONDS)
        change = self._change()
        room = await self._placement.room(change)
        judged: dict[str, Fit | StellarChatError] = {}
        for number, variant in enumerate(variants):
            if number % TURN == TURN - 1:
                await asyncio.sleep(0)  # replies go on meanwhile
            own = self._own(variant)
            mine = await self._placement.room(added(change, own)) if own else room
            try:
                foreseen = await self._foreseen(variant, LaunchOptions(), mine, LISTED_SECONDS)
                judged[variant.id] = foreseen.fit
            except StellarChatError as error:
                judged[variant.id] = error
        return judged

    async def _foreseen(
        self, variant: Variant, options: LaunchOptions, room: Room, probed_within: float
    ) -> Foreseen:
        wanted = self._placement.wanted(options, variant)
        engine = self._placement.engine(variant, wanted, probed_within)
        footprint = await self._placement.footprint(engine, variant, wanted)
        return self._placement.foresee(engine, variant, wanted, footprint, room)

    def _own(self, variant: Variant) -> Needs:
        """What the variant's own instance holds and would give back."""
        mine = self._fleet.running.get(variant.id)
        return mine.held() if mine and not mine.idle() and not mine.attached else {}

    async def launch(self, variant: Variant, options: LaunchOptions, run_id: str, make: Make) -> Running:
        """Launch all replicas and return at once; they load. Idle models are unloaded where memory is short.

        Raises EngineMissing, BadRequest (also for pickles that nobody trusts), EngineNotReady (not
        downloaded, no room), LaunchFailed.
        """
        wanted = self._placement.wanted(options, variant)
        await self._placement.look(variant.engines)
        engine = self._placement.engine(variant, wanted)
        if engine.daemon is not None:
            return self.attach(self._watches.of(engine), variant, options, run_id, make)
        weights = self._placement.weights(variant, self._downloads)
        if not wanted.trust_remote_code and await asyncio.to_thread(pickled, weights):
            raise BadRequest(
                f"The weights of {variant.name} are pickles, which can run code while they are read.",
                param="trust_remote_code",
                remedy="Use a repository with safetensors, or set trust_remote_code if you trust its makers.",
                sentence="weights_pickles",
                values={"name": variant.name},
            )
        footprint = await self._placement.footprint(engine, variant, wanted)
        places = await self._places(engine, variant, wanted, footprint)
        running = make(
            run_id=run_id,
            engine=engine,
            wanted=options,
            options=places[0].options,
            footprint=footprint,
        )
        try:
            for place in places:
                await self._start(running, place)
        except BaseException:
            for replica in running.replicas:
                await replica.process.stop()
            raise
        return running

    async def grow(self, running: Running, count: int) -> list[Replica]:
        """Launch `count` replicas more, like those there are. Raises EngineNotReady where they don't fit."""
        wanted = self._placement.wanted(running.wanted, running.variant)
        # the cores are shared by all replicas, these and those there are
        more = msgspec.structs.replace(wanted, replicas=count)
        places = await self._places(
            running.engine, running.variant, more, running.footprint, like=running.options
        )
        return [await self._start(running, place) for place in places]

    def attach(
        self,
        watch: Watch,
        variant: Variant,
        options: LaunchOptions,
        run_id: str,
        make: Make,
        *,
        found: str | None = None,
    ) -> Running:
        """Have a server that is not ours load a model, or take note of one `found` in its memory."""
        engine = watch.engine
        room, footprint = Room(1, 0), engine.footprint(variant, None)
        settled = engine.settled(variant, self._placement.wanted(options, variant), room, footprint)
        settled = msgspec.structs.replace(settled, engine=engine.name)
        running = make(
            run_id=run_id,
            engine=engine,
            wanted=options,
            options=settled,
            footprint=footprint,
            attached=True,
        )

        def named(upstream: str, served: Served | None) -> None:
            context = served.context_length if served else None
            if context is not None and settled.context_length is None:
                running.options = msgspec.structs.replace(running.options, context_length=context)
            template = _template(running, 1, running.options)
            running.describe(1, msgspec.structs.replace(template, upstream_model=upstream))

        name = found or upstream_name(variant)
        process = Attached(watch, name, settled, named)
        running.add(Replica(1, process, settled, {}, _template(running, 1, settled)))
        process.open(found=found is not None)
        return running

    async def measure(self) -> None:
        """Look at the memory of all replicas."""
        for running in list(self._fleet.running.values()):
            for replica in list(running.replicas):
                await replica.measure()

    def idle(self) -> list[Idle]:
        """Return the instances that nobody uses."""
        return [idle for idle in (running.idle() for running in self._fleet.running.values()) if idle]

    def _change(self) -> dict[str, int]:
        """What unloading could give back of each device, less what models that are loading will take."""
        awaited = added(*(running.missing() for running in self._fleet.running.values()))
        return added(*(one.gives for one in self.idle()), {name: -size for name, size in awaited.items()})

    async def _places(
        self,
        engine: Engine,
        variant: Variant,
        wanted: LaunchOptions,
        footprint: Footprint,
        like: LaunchOptions | None = None,
    ) -> list[Place]:
        """Find room for all replicas, unloading idle models where it is short.

        Raises EngineNotReady where it would not fit even so.
        """
        await self.measure()
        change = self._change()
        room = await self._placement.room(change)
        places = self._placement.places(engine, variant, wanted, footprint, room, like)
        judged = together(places, room)
        if not judged.fits:
            raise EngineNotReady(
                f"There is no room in memory for {variant.name}.",
                remedy=judged.reason,
                param="model",
                sentence="launch_no_room",
                values={
                    "name": variant.name,
                    "needed_bytes": judged.needed_bytes,
                    "free_bytes": judged.free_bytes,
                },
            )
        idle = self.idle()
        gives = added(*(one.gives for one in idle))
        free = {name: size - gives.get(name, 0) for name, size in room.free().items()}
        missing = {
            name: size - free.get(name, 0) for name, size in added(*(place.needs for place in places)).items()
        }
        for one in make_room(idle, missing):
            other = self._fleet.find(one.run_id)
            if other is not None and other.idle() is not None:  # nobody came while another was stopped
                logger.info("unloading %s to make room for %s", other.variant.id, variant.id)
                await self._fleet.end(other)
        return places

    async def _start(self, running: Running, place: Place) -> Replica:
        index = running.free_index()
        variant, engine = running.variant, running.engine
        weights = self._placement.weights(variant, self._downloads)
        plan = engine.plan(variant, place.options, place.room, weights)
        # names of plans are unique; no variant's id has this character
        name = plan.name if index == 1 else f"{plan.name}#{index}"
        weights_bytes = self._placement.weights_bytes(engine, variant)
        plan = msgspec.structs.replace(plan, name=name, weights_bytes=weights_bytes)
        process: Process = await self._supervisor.start(plan)
        replica = Replica(
            index, process, place.options, place.needs, _template(running, index, place.options)
        )
        running.add(replica)
        return replica


def upstream_name(variant: Variant) -> str:
    """Return what a server that is not ours may call a variant."""
    artefact = variant.artefact
    return artefact.ollama or artefact.served or artefact.hf_repo or artefact.path or variant.id


def _template(running: Running, index: int, options: LaunchOptions) -> Target:
    variant = running.variant
    return Target(
        model=variant.id,
        upstream_model=variant.id,
        engine=running.engine.name,
        dialect=running.engine.dialect,
        address=NOWHERE,
        instance=replica_name(running.run_id, index),
        run_id=running.run_id,
        slots=options.slots,
        context_length=options.context_length,
        capabilities=tuple(capability.value for capability in variant.capabilities),
    )
