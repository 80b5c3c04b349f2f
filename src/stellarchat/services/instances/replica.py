"""One replica of a running model: its process, who uses it, and what it takes of memory."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from stellarchat.core.instances import Replica as Shown
from stellarchat.core.launch import InstanceState, LaunchOptions, ProcessState
from stellarchat.services.fit import MEMORY, Needs
from stellarchat.services.instances.process import Process
from stellarchat.services.instances.targets import Target

LIVE = (
    InstanceState.READY,
    InstanceState.LOADING,
    InstanceState.STARTING,
    InstanceState.RESTARTING,
    InstanceState.UNREACHABLE,
)


class Replica:
    """A process with the requests it answers. `options` are settled, `needs` the bytes of each device.

    `template` is its target but for the address, which changes with every new process.
    """

    def __init__(
        self, index: int, process: Process, options: LaunchOptions, needs: Needs, template: Target
    ) -> None:
        self.index, self.process, self.options, self.needs = index, process, options, needs
        self.leases = 0
        self.draining = False  # takes no new requests, and goes when those it has are answered
        self.leaving = False  # on its way out for good
        self.peak_bytes = self.peak_gpu_bytes = 0
        self._template = template
        self._target: Target | None = None
        self._unused = asyncio.Event()
        self._unused.set()

    @property
    def instance(self) -> str:
        """Its name in records and for the gateway."""
        return self._template.instance

    @property
    def state(self) -> ProcessState:
        """What its process is doing."""
        return self.process.state

    @property
    def live(self) -> bool:
        """Whether it serves or will: neither failed, nor stopping, nor on its way out."""
        return not self.draining and self.state.state in LIVE

    @property
    def loading(self) -> bool:
        """Whether its memory is still to come."""
        return self.state.state in (InstanceState.STARTING, InstanceState.LOADING, InstanceState.RESTARTING)

    def target(self) -> Target | None:
        """Return where to send new requests, None while it takes none."""
        state = self.state
        if self.draining or state.state is not InstanceState.READY or state.address is None:
            return None
        if self._target is None or self._target.address != state.address:
            self._target = msgspec.structs.replace(self._template, address=state.address)
        return self._target

    def describe(self, template: Target) -> None:
        """Change its target but for the address: its server has told more of it."""
        self._template, self._target = template, None

    def take(self) -> None:
        """Count a lease."""
        self.leases += 1
        self._unused.clear()

    def give_back(self) -> None:
        """Count a lease less."""
        self.leases -= 1
        if not self.leases:
            self._unused.set()

    async def unused(self) -> None:
        """Wait until no lease is out."""
        await self._unused.wait()

    async def measure(self) -> None:
        """Look at its memory, and remember the most it ever had."""
        await self.process.measure()
        state = self.state
        self.peak_bytes = max(self.peak_bytes, state.memory_bytes or 0)
        self.peak_gpu_bytes = max(self.peak_gpu_bytes, sum((state.gpu_memory or {}).values()))

    def held(self) -> Needs:
        """Return the bytes it has of each device; what can't be seen of GPUs counts as needed."""
        state = self.state
        found = {name: size for name, size in self.needs.items() if name != MEMORY}
        if state.gpu_memory:
            found = {f"gpu {index}": size for index, size in state.gpu_memory.items()}
        found[MEMORY] = state.memory_bytes or self.needs.get(MEMORY, 0)
        return found

    def missing(self) -> Needs:
        """Return the bytes of each device that it will still take while it loads."""
        if not self.loading:
            return {}
        state = self.state
        on_gpus = {f"gpu {index}": size for index, size in (state.gpu_memory or {}).items()}
        has = {MEMORY: state.memory_bytes or 0, **on_gpus}
        return {name: max(0, size - has.get(name, 0)) for name, size in self.needs.items()}

    def shown(self) -> Shown:
        """Return it as clients see it."""
        state = self.state
        return Shown(
            index=self.index,
            state=InstanceState.STOPPING if self.draining and not self.process.final else state.state,
            address=state.address.base_url if state.address else None,
            pid=state.pid,
            gpus=self.options.gpus or (),
            active=self.leases,
            memory_bytes=state.memory_bytes,
            gpu_memory_bytes=sum(state.gpu_memory.values()) if state.gpu_memory is not None else None,
            restarts=state.restarts,
            error=state.error,
            loading=state.loading,
        )


class Hold:
    """A lease while it is out; a class of its own because every request makes one."""

    __slots__ = ("_replica", "_use")

    def __init__(self, replica: Replica, use: Callable[[], None]) -> None:
        self._replica, self._use = replica, use

    def __enter__(self) -> Self:
        self._replica.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._replica.give_back()
        self._use()
