"""What the services need of whatever carries a replica: a process of ours, or a server's model."""

from collections.abc import AsyncIterator
from typing import Protocol

from stellarchat.core.launch import ProcessState, StopReport
from stellarchat.runtime.logs import Logs


class Process(Protocol):
    """A supervised process (`runtime.process.Supervised`) or a model in a daemon (`attached.Attached`)."""

    @property
    def state(self) -> ProcessState:
        """What it is doing now."""

    @property
    def final(self) -> bool:
        """Whether it has stopped or failed, for good."""

    @property
    def logs(self) -> Logs:
        """What it has written."""

    def watch(self) -> AsyncIterator[ProcessState]:
        """Yield the present state and then every new one, until the last."""

    async def measure(self) -> int | None:
        """Look at its memory, which `state` then tells."""

    async def stop(self) -> StopReport:
        """End it; return when nothing of it is left. May be called any number of times."""
