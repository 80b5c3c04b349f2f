"""Running models: started when somebody writes to them, unloaded when nobody does.

One instance per variant, of one or several replicas. Everybody who asks for the same model meanwhile
shares one launch.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from math import inf

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    ModelNotFound,
    NotFound,
    ShuttingDown,
    StellarChatError,
)
from stellarchat.core.events import Phase, Status
from stellarchat.core.ids import new_id
from stellarchat.core.instances import Instance, InstanceRecord
from stellarchat.core.launch import InstanceState, LaunchOptions, StopReport
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Hardware
from stellarchat.runtime.logs import Logs
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.background import Loop, cancel
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.fit import Fit, overdue
from stellarchat.services.instances.attached import Watch, Watches
from stellarchat.services.instances.fleet import Fleet
from stellarchat.services.instances.launching import Launching, Make, upstream_name
from stellarchat.services.instances.peaks import Peaks
from stellarchat.services.instances.placement import Downloading, Foreseen, Placement
from stellarchat.services.instances.replica import Replica
from stellarchat.services.instances.running import GONE, Report, Running
from stellarchat.services.instances.strays import strayed
from stellarchat.services.instances.targets import Target
from stellarchat.services.instances.wishes import Wishes
from stellarchat.store.database import Store

logger = logging.getLogger(__name__)


class InstanceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decides. Seconds and bytes; 0 idle seconds means: never unload.

    `memory_reserve` stays free for everything else on the machine. `threads`, `slots` and
    `context_length` are used where a launch leaves them open. After a failure a model is left alone for
    `retry_seconds`. A replica that is to go has `drain_seconds` to finish its replies.
    `keep_demonstration` exempts the model that comes with the program from unloading.
    """

    idle_seconds: float = 1800.0
    sweep_seconds: float = 15.0
    memory_reserve: int = 256 << 20
    threads: int | None = None
    slots: int | None = None
    context_length: int | None = None
    retry_seconds: float = 20.0
    drain_seconds: float = 600.0
    keep_demonstration: bool = True
    autostart: bool = True


class Instances:
    """Starts, lends and stops engine processes. `hardware` is called in a thread."""

    def __init__(
        self,
        catalog: Catalog,
        engines: Mapping[str, Engine],
        supervisor: Supervisor,
        store: Store,
        downloads: Downloading,
        hardware: Callable[[], Hardware],
        settings: InstanceSettings | None = None,
    ) -> None:
        self._catalog = catalog
        self.settings = mine = settings or InstanceSettings()
        defaults = LaunchOptions(context_length=mine.context_length, slots=mine.slots, threads=mine.threads)
        self._wishes = Wishes(store)
        self._peaks = Peaks(store)
        self._fleet = Fleet(self._wishes.keep_if_possible, self._peaks.note, mine.drain_seconds)
        self.watches = Watches(engines)
        self.watches.heard.append(self._heard)
        self._launching = Launching(
            Placement(
                catalog,
                engines,
                hardware,
                defaults,
                mine.memory_reserve,
                self._peaks.corrected,
                lambda engine, variant: self.watches.of(engine).may_have(upstream_name(variant), variant.id),
            ),
            supervisor,
            self.watches,
            downloads,
            self._fleet,
        )
        self._launches: dict[str, asyncio.Task[Running]] = {}
        self._placing = asyncio.Lock()
        self._sweeping = Loop("unloading idle models", self._sweep, mine.sweep_seconds)
        # straight through, because every request asks
        self.targets, self.awaiting, self.hold = self._fleet.targets, self._fleet.awaiting, self._fleet.hold
        self.note_speed, self.on_change = self._fleet.note_speed, self._fleet.on_change
        self.died = self._fleet.died

    # what the gateway calls

    async def ensure_ready(self, model: str, report: Report) -> Target:
        """Return where to send requests for `model`, starting it where it does not run.

        `report` hears how it loads. Raises ModelNotFound, EngineNotReady (not downloaded, no room),
        EngineMissing, LaunchFailed with the engine's last words, ShuttingDown.
        """
        running = self._fleet.running.get(model)
        if running is None:
            variant = self._catalog.resolve(model)
            running = self._fleet.running.get(variant.id)
        else:
            variant = running.variant
        if running is not None:
            if running.targets:
                running.use()
                return running.targets[0]
            if running.state is InstanceState.FAILED:
                self._leave_alone(running)
        if running is None or running.state in (*GONE, InstanceState.FAILED):
            report(
                Status(Phase.LOADING, model=variant.id, eta_seconds=self._fleet.load_seconds.get(variant.id))
            )
            wish = self._wishes.of(variant.id)
            options = wish.options if wish else LaunchOptions()
            running = await self._launched(variant, options, by_person=wish is not None)
        with running.lease():  # those who wait count: it is not unloaded before they come
            return await running.ready(report)

    # what people do

    async def start(self, model: str, options: LaunchOptions) -> Instance:
        """Start a model and return at once; the same again returns the one that runs.

        More replicas, a pin or another idle limit are given to one that runs. Raises Conflict where it
        runs with other options and somebody uses it; else it is restarted.
        """
        variant = self._variant(model)
        running = self._fleet.running.get(variant.id)
        if running is not None and running.state not in (*GONE, InstanceState.FAILED):
            if running.runs_as(options):
                running.by_person = True
                return await self._adjust(running, options)
            if running.leases:
                raise Conflict(
                    f"{variant.name} runs with other options and is being used.",
                    remedy="Wait for the replies being written, or stop it first.",
                    sentence="instance_used",
                    values={"name": variant.name},
                )
            # what cannot be started must not end what runs
            self._launching.engine(variant, options)
            await self.stop(running.run_id)
        running = await self._launched(variant, options, by_person=True)
        if not running.runs_as(options):  # somebody's request was just starting it
            raise Conflict(
                f"{variant.name} is being started with other options.",
                remedy="Stop it first, or try again.",
                sentence="instance_starting",
                values={"name": variant.name},
            )
        running.by_person = True
        return await self._adjust(running, options)

    async def _adjust(self, running: Running, options: LaunchOptions) -> Instance:
        """Give a running instance what `options` ask beyond what it has; keep it as wanted."""
        more = options.replicas > 1 and options.replicas != len(running.live())
        await self.update(
            running.run_id,
            replicas=options.replicas if more else None,
            pinned=options.pinned or None,
            idle_unload_seconds=options.idle_unload_seconds,
        )
        await self._wishes.keep(running)
        return running.instance()

    async def stop(self, run_id: str) -> StopReport:
        """Stop an instance and forget it; returns when its processes are gone. Raises NotFound."""
        running = self._known(run_id)
        kept, running.by_person = running.by_person, False  # from now on nobody keeps its wish again
        try:
            report = await self._fleet.end(running)
        except StellarChatError:  # it lives in a server that refuses
            running.by_person = kept
            raise
        await self._wishes.drop(running)
        return report

    async def restart(self, run_id: str) -> Instance:
        """Stop an instance and start it again with the same options. Raises NotFound, LaunchFailed."""
        running = self._known(run_id)
        await self._fleet.end(running)
        fresh = await self._launched(running.variant, running.wanted, running.by_person, run_id)
        return fresh.instance()

    async def update(
        self,
        run_id: str,
        *,
        replicas: int | None = None,
        pinned: bool | None = None,
        idle_unload_seconds: float | None = None,
    ) -> Instance:
        """Change an instance while it serves; None leaves things as they are. Returns at once.

        New replicas load beside those that serve. Those that are too many take no new requests and go
        when they have answered the ones they have, after `drain_seconds` at the latest. Raises NotFound,
        BadRequest where the engine does not take it, EngineNotReady where new ones don't fit: then
        nothing has changed.
        """
        running = self._known(run_id)
        if replicas is not None:
            await self._scale(running, replicas)
        changes = {"pinned": pinned, "idle_unload_seconds": idle_unload_seconds}
        changed = {name: value for name, value in changes.items() if value is not None}
        running.wanted = msgspec.structs.replace(running.wanted, **changed)
        if running.by_person:
            await self._wishes.keep(running)
        self._fleet.tell(running)
        return running.instance()

    async def _scale(self, running: Running, count: int) -> None:
        if count < 1:
            raise BadRequest("replicas must be at least 1.", param="replicas", remedy="Stop it instead.")
        async with self._placing:
            wanted = msgspec.structs.replace(running.wanted, replicas=count)
            if self._launching.engine(running.variant, wanted) is not running.engine:
                raise Conflict(
                    f"{running.variant.name} would start on another engine.",
                    remedy="Restart it.",
                    sentence="instance_engine",
                    values={"name": running.variant.name},
                )
            live = running.live()
            if count > len(live):
                await self._grow(running, count)
            for replica in sorted(live, key=_dispensable)[: max(0, len(live) - count)]:
                replica.draining = True
                running.refresh()
                self._fleet.spawn(self._fleet.drain(running, replica))
            running.wanted = wanted

    async def _grow(self, running: Running, count: int) -> None:
        # one on its way out that still works is called back before a new one is launched
        for replica in [one for one in running.replicas if one.draining and not one.leaving]:
            if len(running.live()) < count:
                replica.draining = False
                running.refresh()
        if missing := count - len(running.live()):
            for replica in await self._launching.grow(running, missing):
                self._fleet.follow(running, replica)
        for replica in [one for one in running.replicas if one.process.final]:
            await self._fleet.remove(running, replica)  # failed ones have their successors

    def running(self) -> list[Instance]:
        """All instances that run, load, or have failed."""
        return [running.instance() for running in self._fleet.running.values()]

    def instance(self, run_id: str) -> Instance:
        """Return one. Raises NotFound."""
        return self._known(run_id).instance()

    def of(self, variant_id: str) -> Instance | None:
        """Return the instance of a variant, if it has one."""
        running = self._fleet.running.get(variant_id)
        return running.instance() if running else None

    def logs(self, run_id: str, tail: int = 100, replica: int | None = None) -> list[str]:
        """Return the last lines its engine wrote. Raises NotFound."""
        return self._logs(run_id, replica).tail(tail)

    def follow(self, run_id: str, tail: int = 100, replica: int | None = None) -> AsyncIterator[str]:
        """Return an iterator over the last lines and then every new one. Raises NotFound."""
        return self._logs(run_id, replica).follow(tail)

    def _logs(self, run_id: str, index: int | None) -> Logs:
        """Return the lines of one replica: the first that is there, unless one is named."""
        running = self._known(run_id)
        for replica in running.replicas:
            if index is None or replica.index == index:
                return replica.process.logs
        raise NotFound(
            "The instance has no such replica.",
            param="replica",
            remedy="Leave it out.",
            sentence="replica_none",
        )

    async def fits(self, model: str, options: LaunchOptions | None = None) -> Fit:
        """Judge whether a model fits beside what is in use now; idle models count as free.

        Raises ModelNotFound, EngineMissing, BadRequest.
        """
        return (await self.foresee(model, options)).fit

    async def judge(self, variants: Iterable[Variant]) -> dict[str, Fit | StellarChatError]:
        """Tell of many variants at once whether each would fit, or why it cannot be launched."""
        return await self._launching.judge(variants)

    async def foresee(self, model: str, options: LaunchOptions | None = None) -> Foreseen:
        """Tell how starting a model would come out, without starting it. Raises what `fits` raises."""
        return await self._launching.foresee(self._variant(model), options or LaunchOptions())

    def engine(self, model: str, options: LaunchOptions) -> Engine:
        """Return the engine that would run a model. Raises ModelNotFound, EngineMissing, BadRequest."""
        return self._launching.engine(self._variant(model), options)

    # its own life

    async def open(self) -> None:
        """Start what people had started before, and begin to unload what nobody uses."""
        await self._peaks.read()
        for record in await self._wishes.read():
            if record.load_seconds is not None:
                self._fleet.load_seconds[record.variant_id] = record.load_seconds
            if record.autostart and self.settings.autostart:
                self._fleet.spawn(self._autostart(record))
        self.watches.open()
        self._sweeping.open()

    async def close(self) -> list[StopReport]:
        """Stop everything; nothing can be started any more. Records stay, for the next start."""
        self._fleet.closing = True
        await self._sweeping.close()
        await self.watches.close()
        await cancel(self._launches.values())
        return await self._fleet.close()

    async def unload_idle(self) -> list[StopReport]:
        """Stop every model that nobody has used for its limit of time."""
        reports = []
        for one in overdue(self._launching.idle()):
            running = self._fleet.find(one.run_id)
            if running is not None and running.idle() is not None:  # nobody came while another was stopped
                logger.info("%s was idle for %.0f s: unloading it", running.variant.id, one.idle_seconds)
                reports.append(await self._fleet.end(running))
        return reports

    async def _sweep(self) -> None:
        await self._launching.measure()
        for running in list(self._fleet.running.values()):
            await self._peaks.note(running)
        await self.unload_idle()

    async def _autostart(self, record: InstanceRecord) -> None:
        try:
            try:
                variant = self._variant(record.variant_id)
            except ModelNotFound:  # it may be one that only a server knows of
                await self.watches.look()
                variant = self._variant(record.variant_id)
            if variant.id not in self._fleet.running:
                await self._launched(variant, record.options, by_person=True)
        except StellarChatError as error:
            logger.warning("%s was not started again: %s", record.variant_id, error.message)

    # launching

    async def _launched(
        self, variant: Variant, options: LaunchOptions, by_person: bool, run_id: str | None = None
    ) -> Running:
        """Share the launch of `variant` that is under way, or begin one.

        What a person started keeps its `run_id` when it comes back.
        """
        if self._fleet.closing:
            raise ShuttingDown(
                "The server is stopping.", remedy="Try again when it is back.", sentence="shutting_down"
            )
        task = self._launches.get(variant.id)
        if task is None:
            wish = self._wishes.of(variant.id)
            run_id = run_id or (wish.run_id if wish else new_id())
            task = asyncio.create_task(self._launch(variant, options, by_person, run_id))
            self._launches[variant.id] = task
            task.add_done_callback(lambda done: self._launch_ended(variant.id, done))
        try:
            return await asyncio.shield(task)  # a caller who leaves must not end it for the others
        except asyncio.CancelledError:
            if task.cancelled():  # not we were told to leave: the server ends
                raise ShuttingDown(
                    "The server is stopping.", remedy="Try again when it is back.", sentence="shutting_down"
                ) from None
            raise

    def _launch_ended(self, variant_id: str, task: asyncio.Task[Running]) -> None:
        self._launches.pop(variant_id, None)
        if not task.cancelled():
            task.exception()  # everybody who waited has it; one whose callers all left is not an accident

    async def _launch(
        self, variant: Variant, options: LaunchOptions, by_person: bool, run_id: str
    ) -> Running:
        make = self._maker(variant, by_person=by_person)
        async with self._placing:  # two launches must not count the same memory
            old = self._fleet.running.get(variant.id)
            if old is not None:
                # what cannot be started must not end what failed: its last words are still of use
                self._launching.engine(variant, options)
                await self._fleet.end(old)
            running = await self._launching.launch(variant, options, run_id, make)
            self._fleet.register(running)
        return running

    def _heard(self, watch: Watch) -> None:
        """Take note of models that somebody else loaded in a server that is not ours."""
        if watch.error is not None or self._fleet.closing:
            return
        ours = [one.upstream for one in watch.attached]
        for served, variant in strayed(watch, ours, self._catalog, self._fleet.running):
            if variant.id not in self._launches:
                wish = self._wishes.of(variant.id)
                options, run_id = (wish.options, wish.run_id) if wish else (LaunchOptions(), new_id())
                make = self._maker(variant, by_person=wish is not None)
                running = self._launching.attach(watch, variant, options, run_id, make, found=served.name)
                self._fleet.register(running)

    def _maker(self, variant: Variant, *, by_person: bool) -> Make:
        """Return what makes an instance of `variant` of what its launch has decided."""
        return partial(
            Running,
            variant=variant,
            by_person=by_person,
            expected_load_seconds=self._fleet.load_seconds.get(variant.id),
            idle_limit=self._idle_limit(variant),
        )

    # small things

    def _leave_alone(self, running: Running) -> None:
        """Raise what a failed instance failed with, unless it is time for another try."""
        since = time.monotonic() - (running.failed_at or 0.0)
        left = self.settings.retry_seconds - since
        if running.failed_at is not None and left > 0:
            error = running.failure()
            error.retry_after = round(left, 1)
            raise error

    def _variant(self, model: str) -> Variant:
        """Return the variant of a name; some that run are not in the catalogue. Raises ModelNotFound."""
        running = self._fleet.running.get(model)
        return running.variant if running is not None else self._catalog.resolve(model)

    def _idle_limit(self, variant: Variant) -> float:
        entries = {entry.id: entry for entry in self._catalog.entries()}
        entry = entries.get(variant.model_id)  # what somebody loaded elsewhere is in no catalogue
        demonstration = entry is not None and entry.demonstration
        if not self.settings.idle_seconds or (demonstration and self.settings.keep_demonstration):
            return inf
        return self.settings.idle_seconds

    def _known(self, run_id: str) -> Running:
        running = self._fleet.find(run_id)
        if running is None:
            raise NotFound(
                "No instance has this run_id.",
                param="run_id",
                remedy="List the running ones.",
                sentence="instance_none",
            )
        return running


def _dispensable(replica: Replica) -> tuple[bool, int]:
    """Order replicas by how soon they are to go: those that don't serve first, then the last ones."""
    return replica.target() is not None, -replica.index
