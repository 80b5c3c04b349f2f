"""One variant that runs on an engine: its target, its leases, and waiting until it is ready."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from stellarchat.core.errors import EngineNotReady, ErrorInfo, LaunchFailed
from stellarchat.core.events import Phase, Status
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchOptions, ProcessState
from stellarchat.core.models import Variant
from stellarchat.engines.base import Engine, Footprint
from stellarchat.runtime.process import Supervised
from stellarchat.services.fit import Idle
from stellarchat.services.targets import Target

Report = Callable[[Status], None]

PERSONS_WEIGHT = 4.0  # of a model that a person started, against one that a request did
WORDS = 20  # last lines of an engine shown with its error


class Running:
    """A supervised engine process with what the services know about it.

    `wanted` are the options as given, `options` the settled ones. Times named `…_at` without a zone are
    of the monotonic clock.
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
        supervised: Supervised,
        by_person: bool,
        expected_load_seconds: float | None,
        idle_limit: float,
    ) -> None:
        self.run_id, self.variant, self.engine = run_id, variant, engine
        self.wanted, self.options, self.footprint = wanted, options, footprint
        self.supervised = supervised
        self.by_person = by_person
        self.idle_limit = idle_limit
        self.leases = 0
        self.load_seconds: float | None = None
        self.tokens_per_second: float | None = None
        self.began_at = self.used_at = time.monotonic()
        self.failed_at: float | None = None
        self.started_at = self.last_used = datetime.now(UTC)
        self._expected = expected_load_seconds
        self._target: Target | None = None

    @property
    def state(self) -> ProcessState:
        """What the supervisor says."""
        return self.supervised.state

    def use(self) -> None:
        """Note that somebody used it just now."""
        self.used_at = time.monotonic()
        self.last_used = datetime.now(UTC)

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Count somebody who uses it or waits for it."""
        self.leases += 1
        try:
            yield
        finally:
            self.leases -= 1
            self.use()

    def observe(self, state: ProcessState) -> None:
        """Take note of a new state."""
        if state.state is InstanceState.READY and self.load_seconds is None:
            self.load_seconds = time.monotonic() - self.began_at
            self.use()
        if state.state is InstanceState.FAILED and self.failed_at is None:
            self.failed_at = time.monotonic()

    def target(self) -> Target | None:
        """Return where to send requests, or None while it is not ready."""
        state = self.state
        if state.state is not InstanceState.READY or state.address is None:
            return None
        if self._target is None or self._target.address != state.address:
            self._target = Target(
                model=self.variant.id,
                upstream_model=self.variant.id,
                engine=self.engine.name,
                dialect=self.engine.dialect,
                address=state.address,
                instance=self.run_id,
                run_id=self.run_id,
                slots=self.options.slots,
                context_length=self.options.context_length,
                capabilities=tuple(capability.value for capability in self.variant.capabilities),
            )
        return self._target

    async def ready(self, report: Report) -> Target:
        """Wait until it can be used, reporting how the loading goes.

        Raises LaunchFailed with the engine's last words, EngineNotReady where it is stopped meanwhile.
        """
        async for state in self.supervised.watch():
            self.observe(state)
            target = self.target()
            if target is not None:
                return target
            if state.state is InstanceState.FAILED:
                raise self.failure()
            if state.state in (InstanceState.STOPPING, InstanceState.STOPPED):
                break
            report(self.progress(state))
        raise EngineNotReady(f"{self.variant.name} was stopped while it was loading.", remedy="Try again.")

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
        return LaunchFailed(
            error.message if error else f"{self.variant.name} could not be started.",
            remedy=(error and error.remedy) or "Look at the instance's log, then start the model again.",
            detail=(error and error.detail) or "\n".join(self.supervised.logs.tail(WORDS)) or None,
        )

    def error(self) -> ErrorInfo | None:
        """What it failed with last, if it is not well now."""
        return self.state.error

    def missing_bytes(self) -> int:
        """Memory it will still take: what it needs, less what it has already."""
        if self.state.state in (InstanceState.READY, InstanceState.FAILED, InstanceState.STOPPED):
            return 0
        return max(0, self.needed_bytes - (self.state.memory_bytes or 0))

    def held_bytes(self) -> int:
        """Memory that stopping it would give back, if it is not an idle one (which counts as free)."""
        return 0 if self.idle() else self.state.memory_bytes or 0

    @property
    def needed_bytes(self) -> int:
        """Memory it takes with its options, as estimated before the launch."""
        return self.footprint.needed(self.options.context_length or 0, self.options.slots or 1)

    def idle(self) -> Idle | None:
        """Return it as a candidate for unloading, or None while somebody uses it or it isn't ready."""
        if self.leases or self.state.state is not InstanceState.READY:
            return None
        return Idle(
            run_id=self.run_id,
            idle_seconds=time.monotonic() - self.used_at,
            load_seconds=self.load_seconds or 1.0,
            memory_bytes=self.state.memory_bytes or self.needed_bytes,
            weight=PERSONS_WEIGHT if self.by_person else 1.0,
            limit_seconds=self.idle_limit,
        )

    def runs_as(self, options: LaunchOptions) -> bool:
        """Whether starting it with `options` would change nothing; what they leave open does not matter."""
        mine = msgspec.structs.asdict(self.options)
        return all(
            value is None or value == mine[field] for field, value in msgspec.structs.asdict(options).items()
        )

    def instance(self) -> Instance:
        """Return it as clients see it."""
        state = self.state
        return Instance(
            run_id=self.run_id,
            model=self.variant.id,
            variant=self.variant.id,
            name=self.variant.name,
            engine=self.engine.name,
            state=state.state,
            address=state.address.base_url if state.address else None,
            pid=state.pid,
            slots=self.options.slots,
            active=self.leases,
            context_length=self.options.context_length,
            memory_bytes=state.memory_bytes,
            started_at=self.started_at,
            last_used_at=self.last_used,
            restarts=state.restarts,
            error=state.error,
            loading=state.loading,
            tokens_per_second=self.tokens_per_second,
            load_seconds=self.load_seconds,
        )
