"""Running models: started when somebody writes to them, unloaded when nobody does.

One instance per variant. Everybody who asks for the same model meanwhile shares one launch.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from math import inf

import msgspec

from stellarchat.core.errors import (
    Conflict,
    EngineNotReady,
    NotFound,
    ShuttingDown,
    StellarChatError,
)
from stellarchat.core.events import Phase, Status
from stellarchat.core.ids import new_id
from stellarchat.core.instances import Instance, InstanceRecord
from stellarchat.core.launch import InstanceState, LaunchOptions, StopReport
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint, Hardware
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.catalog import Catalog
from stellarchat.services.fit import Fit, Idle, make_room, overdue
from stellarchat.services.placement import Downloading, Foreseen, Placement, Room
from stellarchat.services.running import Report, Running
from stellarchat.services.targets import Target
from stellarchat.services.wishes import Wishes
from stellarchat.store.database import Store

logger = logging.getLogger(__name__)

GONE = (InstanceState.STOPPING, InstanceState.STOPPED)


class InstanceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decides. Seconds and bytes; 0 idle seconds means: never unload.

    `memory_reserve` stays free for everything else on the machine. `threads`, `slots` and
    `context_length` are used where a launch leaves them open. After a failure a model is left alone for
    `retry_seconds`. `keep_demonstration` exempts the model that comes with the program from unloading.
    """

    idle_seconds: float = 1800.0
    sweep_seconds: float = 15.0
    memory_reserve: int = 256 << 20
    threads: int | None = None
    slots: int | None = None
    context_length: int | None = None
    retry_seconds: float = 20.0
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
        self._catalog, self._supervisor, self._downloads = catalog, supervisor, downloads
        self.settings = mine = settings or InstanceSettings()
        defaults = LaunchOptions(context_length=mine.context_length, slots=mine.slots, threads=mine.threads)
        self._placement = Placement(catalog, engines, hardware, defaults, mine.memory_reserve)
        self._running: dict[str, Running] = {}  # by variant id
        self._launches: dict[str, asyncio.Task[Running]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._load_seconds: dict[str, float] = {}  # by variant id, of the last time
        self._wishes = Wishes(store)
        self._listeners: list[Callable[[Instance], None]] = []
        self._placing = asyncio.Lock()
        self._closing = False

    # what the gateway calls

    async def ensure_ready(self, model: str, report: Report) -> Target:
        """Return where to send requests for `model`, starting it where it does not run.

        `report` hears how it loads. Raises ModelNotFound, EngineNotReady (not downloaded, no room),
        EngineMissing, LaunchFailed with the engine's last words, ShuttingDown.
        """
        variant = self._catalog.resolve(model)
        running = self._running.get(variant.id)
        if running is not None:
            target = running.target()
            if target is not None:
                running.use()
                return target
            if running.state.state is InstanceState.FAILED:
                self._leave_alone(running)
        if running is None or running.state.state in (*GONE, InstanceState.FAILED):
            report(Status(Phase.LOADING, model=variant.id, eta_seconds=self._load_seconds.get(variant.id)))
            wish = self._wishes.of(variant.id)
            options = wish.options if wish else LaunchOptions()
            running = await self._launched(variant, options, by_person=wish is not None)
        with running.lease():  # those who wait count: it is not unloaded before they come
            return await running.ready(report)

    @contextmanager
    def hold(self, run_id: str) -> Iterator[None]:
        """Count a lease: an instance with one out is never unloaded. Unknown ones are ignored."""
        running = self._find(run_id)
        if running is None:
            yield
            return
        with running.lease():
            yield

    def note_speed(self, run_id: str, tokens_per_second: float) -> None:
        """Remember how fast one reply was written."""
        running = self._find(run_id)
        if running is not None:
            running.tokens_per_second = tokens_per_second

    # what people do

    async def start(self, model: str, options: LaunchOptions) -> Instance:
        """Start a model and return at once; the same again returns the one that runs.

        Raises Conflict where it runs with other options and somebody uses it; else it is restarted.
        """
        variant = self._catalog.resolve(model)
        running = self._running.get(variant.id)
        if running is not None and running.state.state not in (*GONE, InstanceState.FAILED):
            if running.runs_as(options):
                running.by_person = True
                await self._wishes.keep(running)
                return running.instance()
            if running.leases:
                raise Conflict(
                    f"{variant.name} runs with other options and is being used.",
                    remedy="Wait for the replies being written, or stop it first.",
                )
            # what cannot be started must not end what runs
            self._placement.engine(variant, self._placement.wanted(options, variant))
            await self.stop(running.run_id)
        running = await self._launched(variant, options, by_person=True)
        if not running.runs_as(options):  # somebody's request was just starting it
            raise Conflict(
                f"{variant.name} is being started with other options.", remedy="Stop it first, or try again."
            )
        running.by_person = True
        await self._wishes.keep(running)
        return running.instance()

    async def stop(self, run_id: str) -> StopReport:
        """Stop an instance and forget it; returns when its processes are gone. Raises NotFound."""
        running = self._known(run_id)
        running.by_person = False  # from now on nobody keeps its wish again
        report = await self._end(running)
        await self._wishes.drop(running)
        return report

    async def restart(self, run_id: str) -> Instance:
        """Stop an instance and start it again with the same options. Raises NotFound, LaunchFailed."""
        running = self._known(run_id)
        await self._end(running)
        fresh = await self._launched(running.variant, running.wanted, running.by_person, run_id)
        return fresh.instance()

    def running(self) -> list[Instance]:
        """All instances that run, load, or have failed."""
        return [running.instance() for running in self._running.values()]

    def instance(self, run_id: str) -> Instance:
        """Return one. Raises NotFound."""
        return self._known(run_id).instance()

    def of(self, variant_id: str) -> Instance | None:
        """Return the instance of a variant, if it has one."""
        running = self._running.get(variant_id)
        return running.instance() if running else None

    def logs(self, run_id: str, tail: int = 100) -> list[str]:
        """Return the last lines its engine wrote. Raises NotFound."""
        return self._known(run_id).supervised.logs.tail(tail)

    async def fits(self, model: str, options: LaunchOptions | None = None) -> Fit:
        """Judge whether a model fits beside what is in use now; idle models count as free.

        Raises ModelNotFound, EngineMissing, BadRequest.
        """
        return (await self.foresee(model, options)).fit

    async def foresee(self, model: str, options: LaunchOptions | None = None) -> Foreseen:
        """Tell how starting a model would come out, without starting it. Raises what `fits` raises."""
        variant = self._catalog.resolve(model)
        wanted = self._placement.wanted(options or LaunchOptions(), variant)
        engine = self._placement.engine(variant, wanted)
        footprint = await self._placement.footprint(engine, variant)
        mine = self._running.get(variant.id)
        room = await self._placement.room(self._idle_bytes() + (mine.held_bytes() if mine else 0))
        return self._placement.foresee(engine, variant, wanted, footprint, room)

    def on_change(self, listener: Callable[[Instance], None]) -> None:
        """Call `listener` with every new state of every instance."""
        self._listeners.append(listener)

    # its own life

    async def open(self) -> None:
        """Start what people had started before, and begin to unload what nobody uses."""
        self._spawn(self._sweep())
        for record in await self._wishes.read():
            if record.load_seconds is not None:
                self._load_seconds[record.variant_id] = record.load_seconds
            if record.autostart and self.settings.autostart:
                self._spawn(self._autostart(record))

    async def close(self) -> list[StopReport]:
        """Stop everything; nothing can be started any more. Records stay, for the next start."""
        self._closing = True
        for task in (*self._tasks, *self._launches.values()):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._launches.values(), return_exceptions=True)
        return list(await asyncio.gather(*(self._end(running) for running in list(self._running.values()))))

    async def unload_idle(self) -> list[StopReport]:
        """Stop every model that nobody has used for its limit of time."""
        reports = []
        for one in overdue(self._idle()):
            running = self._find(one.run_id)
            if running is not None and running.idle() is not None:  # nobody came while another was stopped
                logger.info("%s was idle for %.0f s: unloading it", running.variant.id, one.idle_seconds)
                reports.append(await self._end(running))
        return reports

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.settings.sweep_seconds)
            try:
                await self._measure()
                await self.unload_idle()
            except (StellarChatError, OSError):  # the next round may do better
                logger.exception("idle models could not be unloaded")

    async def _autostart(self, record: InstanceRecord) -> None:
        try:
            variant = self._catalog.resolve(record.variant_id)
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
        if self._closing:
            raise ShuttingDown("The server is stopping.", remedy="Try again when it is back.")
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
                raise ShuttingDown("The server is stopping.", remedy="Try again when it is back.") from None
            raise

    def _launch_ended(self, variant_id: str, task: asyncio.Task[Running]) -> None:
        self._launches.pop(variant_id, None)
        if not task.cancelled():
            task.exception()  # everybody who waited has it; one whose callers all left is not an accident

    async def _launch(
        self, variant: Variant, options: LaunchOptions, by_person: bool, run_id: str
    ) -> Running:
        weights = self._placement.weights(variant, self._downloads)
        wanted = self._placement.wanted(options, variant)
        engine = self._placement.engine(variant, wanted)
        footprint = await self._placement.footprint(engine, variant)
        async with self._placing:  # two launches must not count the same memory
            old = self._running.get(variant.id)
            if old is not None:
                await self._end(old)
            room = await self._make_room(engine, variant, wanted, footprint)
            settled = engine.settled(variant, wanted, room, footprint)
            plan = engine.plan(variant, settled, room, weights)
            plan = msgspec.structs.replace(plan, weights_bytes=footprint.weights_bytes)
            running = Running(
                run_id=run_id,
                variant=variant,
                engine=engine,
                wanted=options,
                options=settled,
                footprint=footprint,
                supervised=await self._supervisor.start(plan),
                by_person=by_person,
                expected_load_seconds=self._load_seconds.get(variant.id),
                idle_limit=self._idle_limit(variant),
            )
            self._running[variant.id] = running
        self._spawn(self._watch(running))
        return running

    async def _make_room(
        self, engine: Engine, variant: Variant, wanted: LaunchOptions, footprint: Footprint
    ) -> Room:
        """Unload idle models where memory is short; return the room there is then.

        Raises EngineNotReady where it would not fit even so.
        """
        await self._measure()
        idle_bytes = self._idle_bytes()
        room = await self._placement.room(idle_bytes)
        judged = self._placement.judge(engine, variant, wanted, footprint, room)
        if not judged.fits:
            raise EngineNotReady(
                f"There is no room in memory for {variant.name}.", remedy=judged.reason, param="model"
            )
        missing = judged.needed_bytes - (room.memory_available - idle_bytes)
        for one in make_room(self._idle(), missing):
            running = self._find(one.run_id)
            if running is None:
                continue
            logger.info("unloading %s to make room for %s", running.variant.id, variant.id)
            await self._end(running)
        return room

    async def _measure(self) -> None:
        await asyncio.gather(*(running.supervised.measure() for running in list(self._running.values())))

    def _idle(self) -> list[Idle]:
        return [idle for idle in (running.idle() for running in self._running.values()) if idle]

    def _idle_bytes(self) -> int:
        """What unloading could give back, less what models that are loading will still take."""
        awaited = sum(running.missing_bytes() for running in self._running.values())
        return sum(idle.memory_bytes for idle in self._idle()) - awaited

    async def _watch(self, running: Running) -> None:
        """Tell the listeners about an instance until it has stopped."""
        async for state in running.supervised.watch():
            running.observe(state)
            if running.load_seconds is not None:
                self._load_seconds[running.variant.id] = running.load_seconds
            if state.state is InstanceState.STOPPED:
                return  # _end tells
            self._tell(running)
            if state.state is InstanceState.READY:
                await running.supervised.measure()
                self._tell(running)
                if running.by_person:
                    await self._keep(running)

    async def _keep(self, running: Running) -> None:
        try:
            await self._wishes.keep(running)
        except StellarChatError as error:  # it runs all the same, and is only not started by itself again
            logger.warning("%s could not be recorded: %s", running.variant.id, error.message)

    async def _end(self, running: Running) -> StopReport:
        report = await running.supervised.stop()
        if self._running.get(running.variant.id) is running:
            del self._running[running.variant.id]
        self._tell(running, InstanceState.STOPPED)
        if report.survivors:
            logger.error("processes of %s would not go: %s", running.variant.id, report.survivors)
        return report

    # small things

    def _leave_alone(self, running: Running) -> None:
        """Raise what a failed instance failed with, unless it is time for another try."""
        since = time.monotonic() - (running.failed_at or 0.0)
        left = self.settings.retry_seconds - since
        if running.failed_at is not None and left > 0:
            error = running.failure()
            error.retry_after = round(left, 1)
            raise error

    def _idle_limit(self, variant: Variant) -> float:
        demonstration = self._catalog.entry(variant.model_id).demonstration
        if not self.settings.idle_seconds or (demonstration and self.settings.keep_demonstration):
            return inf
        return self.settings.idle_seconds

    def _known(self, run_id: str) -> Running:
        running = self._find(run_id)
        if running is None:
            raise NotFound("No instance has this run_id.", param="run_id", remedy="List the running ones.")
        return running

    def _find(self, run_id: str) -> Running | None:
        return next((one for one in self._running.values() if one.run_id == run_id), None)

    def _tell(self, running: Running, state: InstanceState | None = None) -> None:
        instance = running.instance()
        if state is not None:
            instance = msgspec.structs.replace(instance, state=state, pid=None, address=None)
        for listener in self._listeners:
            listener(instance)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
