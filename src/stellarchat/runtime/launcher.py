"""What the supervisor needs of a place where engine processes can live."""

from typing import Protocol

import msgspec

from stellarchat.core.launch import Address, LaunchPlan, StopReport
from stellarchat.runtime.logs import Logs


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended.

    `status` is its exit status, or None where `signal` (its number) killed it. With neither, its guard
    went away and it with the guard. `cpu_seconds` and `peak_memory_bytes` are those of the engine's
    main process and the children it waited for.
    """

    status: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0


class Handle(Protocol):
    """A process that a launcher has started. `address` is valid for this process only."""

    @property
    def name(self) -> str:
        """The plan's name."""

    @property
    def pid(self) -> int:
        """Process id of the engine itself."""

    @property
    def address(self) -> Address:
        """Where it will answer, once it is ready."""

    @property
    def logs(self) -> Logs:
        """What it has written to its standard output and error."""

    async def exited(self) -> Exit:
        """Wait until the engine itself has ended; children of it may still live."""

    async def listens(self) -> bool:
        """Tell whether it is this process that answers at `address`, and not one that was quicker."""

    async def memory_bytes(self) -> int:
        """Return the resident size of the whole process group, shared pages counted once."""

    async def gpu_memory(self) -> dict[int, int] | None:
        """Return what the process group holds of each GPU, in bytes by index; None if that can't be seen."""

    async def bytes_read(self) -> int:
        """Return how many bytes of its weights it has read or mapped so far (an estimate)."""


class Launcher(Protocol):
    """Runs plans. It starts each process once and never restarts anything."""

    async def start(self, plan: LaunchPlan, logs: Logs | None = None) -> Handle:
        """Start a process and return as soon as it exists, long before it is ready.

        Idempotent: a plan whose process still runs gets the same handle. `logs` continues those of an
        earlier process. Raises LaunchFailed, or Conflict where another plan of the same name runs.
        """

    async def stop(self, handle: Handle) -> StopReport:
        """End the process and all its descendants; return when they are gone. Idempotent."""

    async def close(self) -> None:
        """Stop everything that this launcher has started."""
