"""One supervised process: a state machine around a launcher's handles.

    starting → loading → ready ⇄ unreachable
       ↑                   │ death
       └── restarting ←────┘        failed: given up        stopping → stopped: told to stop

A process that dies before it was ever ready is not tried again, unless its port was taken: its
files and options will be no better the next time, and the person is waiting for the reason.
"""

import asyncio
import contextlib
import copy
import logging
from collections.abc import AsyncIterator, Callable

import msgspec

from stellarchat.core.errors import (
    EngineDied,
    EngineNotReady,
    EngineStalled,
    ErrorInfo,
    LaunchFailed,
    StellarChatError,
)
from stellarchat.core.launch import Address, InstanceState, LaunchPlan, LoadProgress, ProcessState, StopReport
from stellarchat.runtime import causes, probe
from stellarchat.runtime.launcher import Exit, Handle, Launcher
from stellarchat.runtime.logs import Logs, Stream
from stellarchat.runtime.policy import Clock, Policy
from stellarchat.runtime.progress import LoadMeter

_log = logging.getLogger(__name__)
_FINAL = (InstanceState.STOPPED, InstanceState.FAILED)
_RUNNING = (InstanceState.LOADING, InstanceState.READY, InstanceState.UNREACHABLE, InstanceState.STOPPING)
# seconds that may pass between a death and the news of it, so that its last words can be part of it
_LAST_WORDS_TIME = 0.05
# lines of the log in which the last words are looked for: vLLM's root cause lies two tracebacks back
_RECENT = 200


class Supervised:
    """A process that is kept running until `stop`. Made by `Supervisor.start`.

    `on_change` is called with it at every change of `state`, before `watch` tells others.
    """

    def __init__(
        self,
        plan: LaunchPlan,
        launcher: Launcher,
        policy: Policy,
        clock: Clock,
        on_change: "Callable[[Supervised], None]",
    ) -> None:
        self.plan = plan
        self.logs = Logs()
        self._launcher, self._policy, self._clock = launcher, policy, clock
        self._on_change = on_change
        self._state = ProcessState(state=InstanceState.STARTING)
        self._version = 0
        self._changed = asyncio.Event()
        self._failure: StellarChatError | None = None
        self._handle: Handle | None = None
        self._launch_line = 0
        self._generation = 0
        self._ready_since: float | None = None
        self._stopping: asyncio.Task[StopReport] | None = None
        self._life = asyncio.create_task(self._live(), name=f"supervise {plan.name}")

    @property
    def state(self) -> ProcessState:
        """What it is doing now. `memory_bytes` is what `measure` last found."""
        return self._state

    @property
    def final(self) -> bool:
        """Whether it has stopped or failed, for good."""
        return self._state.state in _FINAL

    @property
    def ending(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping is not None

    async def watch(self) -> AsyncIterator[ProcessState]:
        """Yield the present state and then every new one; a slow reader gets only the newest.

        Ends after `stopped` or `failed`.
        """
        seen = -1
        while True:
            changed = self._changed
            if self._version == seen:
                await changed.wait()
                continue
            seen, state = self._version, self._state
            yield state
            if state.state in _FINAL:
                return

    async def ready(self) -> Address:
        """Wait until it is ready and return its address.

        Raises LaunchFailed with its last words when it has failed, EngineNotReady when it was stopped.
        """
        async for state in self.watch():
            if state.state is InstanceState.READY and state.address is not None:
                return state.address
        if self._failure is not None:
            raise copy.copy(self._failure)  # an exception grows with each raise
        raise EngineNotReady(
            f"{self.plan.name} was stopped.",
            remedy="Start it again.",
            sentence="model_stopped",
            values={"name": self.plan.name},
        )

    async def stop(self) -> StopReport:
        """End it for good; return when nothing of it is left. May be called any number of times."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(), name=f"stop {self.plan.name}")
        return await asyncio.shield(self._stopping)

    async def measure(self) -> int | None:
        """Return the resident bytes of all its processes (None where none runs); `state` keeps them."""
        handle = self._handle
        found: int | None = None
        on_gpus: dict[int, int] | None = None
        if handle is not None:
            found, on_gpus = await asyncio.gather(handle.memory_bytes(), handle.gpu_memory())
        if handle is self._handle:
            self._state = msgspec.structs.replace(self._state, memory_bytes=found, gpu_memory=on_gpus)
        return found

    def last_words(self) -> str:
        """Return what its present or last process said about its trouble; "" where it said nothing."""
        errors, output = (
            self.logs.tail(_RECENT, stream=stream, since=self._launch_line)
            for stream in (Stream.ERR, Stream.OUT)
        )
        return causes.last_words(errors, output)

    def _set(
        self,
        state: InstanceState,
        *,
        loading: LoadProgress | None = None,
        error: ErrorInfo | None = None,
        restarts: int | None = None,
    ) -> None:
        handle = self._handle
        address = None
        if handle is not None and state in (InstanceState.READY, InstanceState.UNREACHABLE):
            address = msgspec.structs.replace(handle.address, generation=self._generation)
        self._state = ProcessState(
            state=state,
            pid=handle.pid if handle is not None and state in _RUNNING else None,
            address=address,
            loading=loading,
            restarts=self._state.restarts if restarts is None else restarts,
            memory_bytes=self._state.memory_bytes if state in _RUNNING else None,
            gpu_memory=self._state.gpu_memory if state in _RUNNING else None,
            error=error,
        )
        self._version += 1
        self._on_change(self)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _stop(self) -> StopReport:
        if not self.final:
            self._set(InstanceState.STOPPING)
        self._life.cancel()
        await asyncio.wait({self._life})
        report = await self._let_go()
        if not self.final:
            self._set(InstanceState.STOPPED)
        self.logs.close()
        return report

    async def _let_go(self) -> StopReport:
        """End the present process, if there is one."""
        handle = self._handle
        report = StopReport() if handle is None else await self._launcher.stop(handle)
        self._handle = None
        return report

    async def _live(self) -> None:
        """Start it, and again whenever it dies, until it dies too often."""
        try:
            failure = await self._keep_running()
        except StellarChatError as error:
            failure = error
        except Exception as error:
            _log.exception("Supervision of %s broke", self.plan.name)
            failure = LaunchFailed(
                f"{self.plan.name} could not be supervised.",
                detail=str(error),
                sentence="launch_guard",
                values={"name": self.plan.name},
            )
        await self._let_go()
        self._failure = failure
        self._set(InstanceState.FAILED, error=failure.info())
        self.logs.close()

    async def _keep_running(self) -> StellarChatError:
        deaths = 0
        while True:
            self._set(InstanceState.STARTING)
            self._ready_since = None
            failure, passing = await self._run_once()
            if self._healthy_long():
                deaths = 0
            deaths += 1
            if not passing and self._ready_since is None and self._state.restarts == 0:
                return failure
            if deaths > self._policy.restarts:
                return LaunchFailed(
                    f"{failure.message} That was the end number {deaths} in a row; it is not started again.",
                    remedy=failure.remedy,
                    detail=failure.detail,
                    sentence=failure.sentence,
                    values=failure.values,
                )
            self._set(InstanceState.RESTARTING, error=failure.info(), restarts=self._state.restarts + 1)
            await self._let_go()
            await self._clock.sleep(self._policy.delay(deaths))

    def _healthy_long(self) -> bool:
        since = self._ready_since
        return since is not None and self._clock.now() - since >= self._policy.healthy_after

    async def _run_once(self) -> tuple[StellarChatError, bool]:
        """Run one process until it dies or hangs. Return why, and whether that is likely to pass."""
        self._generation += 1
        self._launch_line = self.logs.written
        began = self._clock.now()
        self._handle = handle = await self._launcher.start(self.plan, self.logs)
        self._set(InstanceState.LOADING)
        death = asyncio.ensure_future(handle.exited())
        course = asyncio.ensure_future(self._course(handle, began))
        try:
            await asyncio.wait({death, course}, return_when=asyncio.FIRST_COMPLETED)
            if course.done() and not death.done():
                return course.result(), False
            return await self._explain(handle, await death)
        finally:
            for task in (death, course):
                task.cancel()
            await asyncio.wait({death, course})

    async def _explain(self, handle: Handle, exit: Exit) -> tuple[StellarChatError, bool]:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_TIME):
                await self._launcher.stop(handle)  # its pipes are empty then
        lines = self.logs.tail(_RECENT, since=self._launch_line)
        cause = causes.find(exit, lines)
        said = f"{self.plan.name} {causes.ending(exit)}."
        kind = LaunchFailed if self._ready_since is None else EngineDied
        failure = kind(
            f"{said} {cause.message}" if cause else said,
            remedy=cause.remedy if cause else "Read the end of its log.",
            detail=self.last_words() or None,
            sentence=cause.sentence if cause else None,
            values={"name": self.plan.name} if cause else None,
        )
        return failure, cause is not None and cause.passing

    async def _course(self, handle: Handle, began: float) -> StellarChatError:
        """Go from loading to ready and watch its health. Return why it has to be ended."""
        late = await self._until_ready(handle, began)
        if late is not None:
            return late
        self._ready_since = self._clock.now()
        self._set(InstanceState.READY)
        return await self._until_hung(handle)

    async def _until_ready(self, handle: Handle, began: float) -> LaunchFailed | None:
        policy, readiness = self._policy, self.plan.readiness
        meter = LoadMeter(self.plan.weights_bytes, began)
        interval = policy.poll_first
        measured = began
        answer: int | None = None
        while True:
            answer = await probe.status(handle.address, readiness.path, policy.probe_timeout)
            if answer == 200 and await handle.listens():
                return None
            now = self._clock.now()
            if now - began > readiness.deadline:
                return self._late(answer)
            if self.plan.weights_bytes and now - measured >= policy.poll_longest:
                measured = now
                progress = meter.update(await handle.bytes_read(), now)
                if progress != self._state.loading:
                    self._set(InstanceState.LOADING, loading=progress)
            await asyncio.sleep(interval)
            interval = min(policy.poll_longest, interval * policy.poll_factor)

    def _late(self, answer: int | None) -> LaunchFailed:
        readiness = self.plan.readiness
        if answer is None:
            found = "it does not answer"
        elif answer == readiness.loading_status:
            found = "it still loads"
        else:
            found = f"it answers {answer} to {readiness.path}"
        return LaunchFailed(
            f"{self.plan.name} was not ready within {readiness.deadline:g} s: {found}.",
            remedy="Choose a smaller model, or allow more time for loading.",
            detail=self.last_words() or None,
            sentence="launch_late",
            values={"name": self.plan.name, "limit_seconds": readiness.deadline},
        )

    async def _until_hung(self, handle: Handle) -> EngineStalled:
        policy = self._policy
        answered = self._clock.now()
        while True:
            await asyncio.sleep(policy.health_interval)
            answer = await probe.status(handle.address, self.plan.readiness.path, policy.probe_timeout)
            now = self._clock.now()
            unreachable = self._state.state is InstanceState.UNREACHABLE
            if answer is not None:
                answered = now
                if unreachable:
                    self._set(InstanceState.READY)
            elif now - answered >= policy.hung_after:
                return EngineStalled(
                    f"{self.plan.name} has not answered for {now - answered:.0f} s.",
                    remedy="It is started again. If that repeats, use fewer slots or a smaller model.",
                    detail=self.last_words() or None,
                    sentence="engine_unheard",
                    values={"name": self.plan.name, "silent_seconds": round(now - answered)},
                )
            elif now - answered >= policy.unreachable_after and not unreachable:
                self._set(InstanceState.UNREACHABLE)
