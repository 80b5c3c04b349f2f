"""One variant that runs on an engine: its replicas, its leases, and waiting until it is ready."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf

import msgspec

from stellarchat.core.errors import EngineDied, EngineNotReady, ErrorInfo, LaunchFailed
from stellarchat.core.events import Phase, Status
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchOptions, ProcessState
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint
from stellarchat.services.fit import MEMORY, Idle, Needs, added
from stellarchat.services.instances.replica import Hold, Replica
from stellarchat.services.instances.targets import Target

Report = Callable[[Status], None]

PERSONS_WEIGHT = 4.0  # of a model that a person started, against one that a request did
WORDS = 20  # last lines of an engine shown with its error
GONE = (InstanceState.STOPPING, InstanceState.STOPPED)
# an instance is as well as its best replica
BEST_FIRST = (
    InstanceState.READY,
    InstanceState.LOADING,
    InstanceState.STARTING,
    InstanceState.RESTARTING,
    InstanceState.UNREACHABLE,
    InstanceState.STOPPING,
    InstanceState.FAILED,
    InstanceState.STOPPED,
)
# what can be changed, or is carried out here, while it serves
LIVING_OPTIONS = ("replicas", "pinned", "idle_unload_seconds")


class Running:
    """A variant's replicas with what the services know about them.

    `wanted` are the options as given, `options` the settled ones of a replica. Times named `…_at` without
    a zone are of the monotonic clock. `targets` are those of the replicas that take requests now.
    """

    def __init__(
        self,
        *,
        run_id: str,
        variant: Variant,
        engine: Engine,
        wanted: LaunchOptions,
        options: LaunchOptions,
        footprint: Footprint,
        by_person: bool,
        expected_load_seconds: float | None,
        idle_limit: float,
        attached: bool = False,
    ) -> None:
        self.run_id, self.variant, self.engine = run_id, variant, engine
        self.wanted, self.options, self.footprint = wanted, options, footprint
        self.by_person, self.attached = by_person, attached
        self.replicas: list[Replica] = []
        self.targets: tuple[Target, ...] = ()
        self.ending = False
        self.load_seconds: float | None = None
        self.tokens_per_second: float | None = None
        self.began_at = self.used_at = time.monotonic()
        self.failed_at: float | None = None
        self.started_at = self.last_used = datetime.now(UTC)
        self.served = False
        self._usual_idle_limit = idle_limit
        self._expected = expected_load_seconds
        self._waiting = 0
        self._changed = asyncio.Event()

    # its replicas

    def add(self, replica: Replica) -> None:
        """Take a new replica in."""
        self.replicas.append(replica)
        self.refresh()

    def remove(self, replica: Replica) -> None:
        """Forget a replica that is gone."""
        if replica in self.replicas:
            self.replicas.remove(replica)
        self.refresh()

    def replica(self, instance: str) -> Replica | None:
        """Return the replica of that name."""
        return next((one for one in self.replicas if one.instance == instance), None)

    def describe(self, index: int, template: Target) -> None:
        """Change the target of a replica but for its address."""
        for replica in self.replicas:
            if replica.index == index:
                replica.describe(template)
        self.refresh()

    def free_index(self) -> int:
        """Return the lowest number that no replica has."""
        taken = {replica.index for replica in self.replicas}
        return next(index for index in range(1, len(taken) + 2) if index not in taken)

    def live(self) -> list[Replica]:
        """Return the replicas that serve or will."""
        return [replica for replica in self.replicas if replica.live]

    def refresh(self) -> None:
        """Find out anew who takes requests, and wake those who wait for that."""
        self._find_targets()
        self._changed.set()
        self._changed = asyncio.Event()

    def observe(self, replica: Replica, state: ProcessState) -> None:
        """Take note of a replica's new state."""
        if state.state is InstanceState.READY and self.load_seconds is None:
            self.load_seconds = time.monotonic() - self.began_at
            self.use()
        self.refresh()
        if self.state is not InstanceState.FAILED:
            self.failed_at = None
        elif self.failed_at is None:
            self.failed_at = time.monotonic()

    @property
    def state(self) -> InstanceState:
        """The state of its best replica."""
        if self.ending:
            return InstanceState.STOPPING
        found = {replica.state.state for replica in self.replicas}
        return next((state for state in BEST_FIRST if state in found), InstanceState.STOPPED)

    @property
    def best(self) -> Replica | None:
        """The replica that is doing best; the first of several."""
        return min(self.replicas, key=lambda one: BEST_FIRST.index(one.state.state), default=None)

    # leases

    @property
    def leases(self) -> int:
        """How many use it or wait for it."""
        leases = self._waiting
        for replica in self.replicas:
            leases += replica.leases
        return leases

    def use(self) -> None:
        """Note that somebody used it just now."""
        self.used_at = time.monotonic()
        self.last_used = datetime.now(UTC)

    def used(self) -> None:
        """Note that somebody was answered."""
        self.served = True
        self.use()

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Count somebody who waits for it."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self.use()

    def hold(self, replica: Replica) -> Hold:
        """Count somebody who uses a replica."""
        return Hold(replica, self.used)

    async def ready(self, report: Report) -> Target:
        """Wait until it can be used, reporting how the loading goes.

        Raises LaunchFailed with the engine's last words, EngineNotReady where it is stopped meanwhile,
        EngineDied where the server it lives in does not answer.
        """
        while True:
            changed = self._changed
            self._find_targets()
            if self.targets:
                return self.targets[0]
            state, best = self.state, self.best
            if state is InstanceState.FAILED:
                raise self.failure()
            if state in GONE or best is None:
                raise EngineNotReady(
                    f"{self.variant.name} was stopped while it was loading.",
                    remedy="Try again.",
                    sentence="stopped_loading",
                    values={"name": self.variant.name},
                )
            if self.attached and state is InstanceState.UNREACHABLE:
                error = self.error()
                raise EngineDied(
                    error.message if error else f"The server of {self.variant.name} does not answer.",
                    remedy=(error and error.remedy) or f"See that {self.engine.name} runs.",
                    sentence=error.sentence if error else "engine_no_answer",
                    values=error.values if error else {"name": self.variant.name},
                )
            report(self.progress(best.state))
            await changed.wait()

    def _find_targets(self) -> None:
        found = tuple(target for target in (one.target() for one in self.replicas) if target is not None)
        if found != self.targets:
            self.targets = found

    def progress(self, state: ProcessState) -> Status:
        """Say how far the loading is. Where nothing is measured, the last time it took is the guide."""
        loading = state.loading
        eta = loading.eta_seconds if loading else None
        if eta is None and self._expected is not None:
            eta = max(0.0, self._expected - (time.monotonic() - self.began_at))
        return Status(
            Phase.LOADING,
            progress=loading.progress if loading else None,
            bytes_done=loading.bytes_done if loading else None,
            bytes_total=loading.bytes_total if loading else None,
            eta_seconds=eta,
            engine=self.engine.name,
            model=self.variant.id,
        )

    def failure(self) -> LaunchFailed:
        """The error that those who wait for it get."""
        error = self.error()
        logs = self.best.process.logs.tail(WORDS) if self.best else []
        return LaunchFailed(
            error.message if error else f"{self.variant.name} could not be started.",
            remedy=(error and error.remedy) or "Look at the instance's log, then start the model again.",
            detail=(error and error.detail) or "\n".join(logs) or None,
            sentence=error.sentence if error else "model_not_started",
            values=error.values if error else {"name": self.variant.name},
        )

    def error(self) -> ErrorInfo | None:
        """What its best replica failed with last, if that is not well now."""
        return self.best.state.error if self.best else None

    # memory and unloading

    @property
    def idle_limit(self) -> float:
        """Seconds without use after which it is unloaded."""
        own = self.wanted.idle_unload_seconds
        if self.wanted.pinned or own == 0:
            return inf
        # what a server that is not ours holds is its own to drop, unless somebody said otherwise
        usual = inf if self.attached else self._usual_idle_limit
        return usual if own is None else own

    def missing(self) -> Needs:
        """Return the bytes of each device that it will still take."""
        return added(*(replica.missing() for replica in self.replicas))

    def held(self) -> Needs:
        """Return the bytes of each device that stopping it would give back."""
        return added(*(replica.held() for replica in self.replicas if not replica.process.final))

    def idle(self) -> Idle | None:
        """Return it as a candidate for unloading, None while it is used, pinned or not ready."""
        if self.wanted.pinned or self.leases or self.state is not InstanceState.READY:
            return None
        if any(replica.loading for replica in self.replicas):
            return None
        held = {} if self.attached else dict(self.held())
        return Idle(
            run_id=self.run_id,
            idle_seconds=time.monotonic() - self.used_at,
            load_seconds=self.load_seconds or 1.0,
            memory_bytes=held.pop(MEMORY, 0),
            gpus=held,
            weight=PERSONS_WEIGHT if self.by_person else 1.0,
            limit_seconds=self.idle_limit,
        )

    # as others see it

    def runs_as(self, options: LaunchOptions) -> bool:
        """Whether it need not be started anew for `options`; what they leave open does not matter."""
        mine = {**msgspec.structs.asdict(self.options), "gpus": self.wanted.gpus}
        return all(
            value is None or value == mine[field]
            for field, value in msgspec.structs.asdict(options).items()
            if field not in LIVING_OPTIONS
        )

    def instance(self) -> Instance:
        """Return it as clients see it."""
        shown = tuple(replica.shown() for replica in self.replicas)
        first = next((one for one in shown if one.pid is not None), shown[0] if shown else None)
        best = self.best
        memory = [one.memory_bytes for one in shown if one.memory_bytes is not None]
        on_gpus = [one.gpu_memory_bytes for one in shown if one.gpu_memory_bytes is not None]
        slots, live = self.options.slots, len(self.live()) or 1
        return Instance(
            run_id=self.run_id,
            model=self.variant.id,
            variant=self.variant.id,
            name=self.variant.name,
            engine=self.engine.name,
            state=self.state,
            address=first.address if first else None,
            pid=first.pid if first else None,
            slots=None if slots is None else slots * live,
            active=self.leases,
            context_length=self.options.context_length,
            memory_bytes=sum(memory) if memory else None,
            gpu_memory_bytes=sum(on_gpus) if on_gpus else None,
            started_at=self.started_at,
            last_used_at=self.last_used,
            restarts=sum(one.restarts for one in shown),
            error=best.state.error if best else None,
            loading=best.state.loading if best else None,
            tokens_per_second=self.tokens_per_second,
            load_seconds=self.load_seconds,
            options=msgspec.structs.replace(
                self.options,
                replicas=len(self.live()),
                gpus=self.wanted.gpus or self._gpus(),
                pinned=self.wanted.pinned,
                idle_unload_seconds=self.wanted.idle_unload_seconds,
            ),
            pinned=self.wanted.pinned,
            attached=self.attached,
            capabilities=tuple(can.value for can in self.variant.capabilities),
            replicas=shown,
        )

    def _gpus(self) -> tuple[int, ...] | None:
        used = sorted({index for replica in self.replicas for index in replica.options.gpus or ()})
        return tuple(used) or None
