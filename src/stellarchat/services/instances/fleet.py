"""All instances there are, their replicas, and what happens to each while it lives."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext

import msgspec

from stellarchat.core.errors import StellarChatError
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, StopReport
from stellarchat.services.background import cancel
from stellarchat.services.instances.attached import Attached
from stellarchat.services.instances.process import Process
from stellarchat.services.instances.replica import Replica
from stellarchat.services.instances.running import GONE, Running
from stellarchat.services.instances.targets import Target

logger = logging.getLogger(__name__)

NEWS = 0.5  # seconds in which the end of a process is heard of, after its connections broke
DEAD = (
    InstanceState.RESTARTING,
    InstanceState.STARTING,
    InstanceState.LOADING,
    InstanceState.FAILED,
)


class Fleet:
    """The instances by variant and by run_id.

    `keep` records one that a person started, when it has become ready; `note` what an instance that has
    served took of memory, before it ends. A replica that is to go has
    `drain_seconds` to finish its replies.
    """

    def __init__(
        self,
        keep: Callable[[Running], Awaitable[None]],
        note: Callable[[Running], Awaitable[None]],
        drain_seconds: float,
    ) -> None:
        self.running: dict[str, Running] = {}  # by variant id
        self.load_seconds: dict[str, float] = {}  # by variant id, of the last time
        self.closing = False
        self._by_run_id: dict[str, Running] = {}
        self._replicas: dict[str, tuple[Running, Replica]] = {}  # by instance
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[Instance], None]] = []
        self._keep, self._note, self._drain_seconds = keep, note, drain_seconds

    def find(self, run_id: str) -> Running | None:
        """Return the instance of that run_id."""
        return self._by_run_id.get(run_id)

    def targets(self, run_id: str) -> tuple[Target, ...]:
        """Return those of its replicas that take requests; the same tuple until that changes."""
        running = self._by_run_id.get(run_id)
        return running.targets if running is not None else ()

    def awaiting(self, run_id: str) -> AbstractContextManager[object]:
        """Count somebody who waits for a place at an instance. Unknown ones are ignored."""
        running = self._by_run_id.get(run_id)
        return running.lease() if running is not None else nullcontext()

    def hold(self, instance: str) -> AbstractContextManager[object]:
        """Count a lease of a replica: with one out it is never unloaded. Unknown ones are ignored."""
        found = self._replicas.get(instance)
        return found[0].hold(found[1]) if found is not None else nullcontext()

    async def died(self, target: Target) -> bool:
        """Tell whether the process behind a target has ended while its instance goes on.

        By itself, or as a replica too many that had no more time. Waits a moment for that news: a connection
        breaks before it comes.
        """
        running, replica = self._replicas.get(target.instance, (None, None))
        if running is None or replica is None:
            return False
        if replica.leaving and not running.ending:
            return bool(running.targets)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NEWS):
                async for state in replica.process.watch():
                    if state.state in GONE or replica.leaving or running.ending:
                        return False
                    if state.state in DEAD or (state.address or target.address) != target.address:
                        running.refresh()
                        return True
        return False

    def note_speed(self, run_id: str, tokens_per_second: float) -> None:
        """Remember how fast one reply was written."""
        running = self._by_run_id.get(run_id)
        if running is not None:
            running.tokens_per_second = tokens_per_second

    def on_change(self, listener: Callable[[Instance], None]) -> None:
        """Call `listener` with every new state of every instance."""
        self._listeners.append(listener)

    def register(self, running: Running) -> None:
        """Take in a new instance with its replicas."""
        self.running[running.variant.id] = running
        self._by_run_id[running.run_id] = running
        for replica in running.replicas:
            self.follow(running, replica)

    def follow(self, running: Running, replica: Replica) -> None:
        """Take in a new replica of a known instance."""
        self._replicas[replica.instance] = (running, replica)
        self.spawn(self._watch(running, replica))

    async def _watch(self, running: Running, replica: Replica) -> None:
        """Tell the listeners about a replica until it has stopped."""
        async for state in replica.process.watch():
            running.observe(replica, state)
            if running.load_seconds is not None:
                self.load_seconds[running.variant.id] = running.load_seconds
            if state.state is InstanceState.STOPPED:
                if running.attached and not running.ending:  # the server has dropped it
                    self.forget(running)
                return  # whoever stopped it tells
            self.tell(running)
            if state.state is InstanceState.READY:
                await replica.measure()
                self.tell(running)
                if running.by_person:
                    await self._keep(running)

    async def drain(self, running: Running, replica: Replica) -> None:
        """End a replica once it has answered."""
        try:
            async with asyncio.timeout(self._drain_seconds):
                await replica.unused()
        except TimeoutError:
            logger.warning("%s did not finish its replies in time and is stopped", replica.instance)
        if replica.draining and not replica.leaving:  # nobody called it back
            await self.remove(running, replica)
            self.tell(running)

    async def remove(self, running: Running, replica: Replica) -> None:
        """End one replica; the others go on."""
        replica.leaving = True
        await replica.process.stop()
        if self._replicas.get(replica.instance, (running, None))[1] is replica:
            del self._replicas[replica.instance]
        running.remove(replica)

    async def end(self, running: Running) -> StopReport:
        """End an instance; return when nothing of it is left. Raises what a server says that refuses."""
        running.ending = True
        running.refresh()
        began = time.monotonic()
        if running.served and not self.closing:
            await asyncio.gather(*(replica.measure() for replica in running.replicas))
            await self._note(running)
        try:
            reports = await asyncio.gather(*(self._let_go(one.process) for one in list(running.replicas)))
        except StellarChatError:
            running.ending = False
            running.refresh()
            raise
        self.forget(running)
        report = StopReport(
            survivors=tuple(pid for report in reports for pid in report.survivors),
            memory_freed_bytes=sum(report.memory_freed_bytes for report in reports),
            gpu_memory_freed_bytes=sum(report.gpu_memory_freed_bytes for report in reports),
            took_ms=(time.monotonic() - began) * 1000,
        )
        if report.survivors:
            logger.error("processes of %s would not go: %s", running.variant.id, report.survivors)
        return report

    async def _let_go(self, process: Process) -> StopReport:
        if self.closing and isinstance(process, Attached):
            process.leave()
            return StopReport()
        return await process.stop()

    def forget(self, running: Running) -> None:
        """Take an instance that is gone off the books, and tell."""
        if self.running.get(running.variant.id) is running:
            del self.running[running.variant.id]
        if self._by_run_id.get(running.run_id) is running:
            del self._by_run_id[running.run_id]
        for replica in running.replicas:
            if self._replicas.get(replica.instance, (None,))[0] is running:
                del self._replicas[replica.instance]
        self.tell(running, InstanceState.STOPPED)

    def tell(self, running: Running, state: InstanceState | None = None) -> None:
        """Tell the listeners how an instance is."""
        instance = running.instance()
        if state is not None:
            instance = msgspec.structs.replace(instance, state=state, pid=None, address=None)
        for listener in self._listeners:
            listener(instance)

    async def close(self) -> list[StopReport]:
        """End everything. Models in servers that are not ours stay there."""
        self.closing = True
        await cancel(self._tasks)
        return list(await asyncio.gather(*(self.end(running) for running in list(self.running.values()))))

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the background, until `close`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
