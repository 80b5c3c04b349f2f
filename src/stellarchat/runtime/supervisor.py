"""Keeps engine processes running: the only place that restarts anything."""

import asyncio
from collections.abc import Callable

from stellarchat.core.errors import Conflict, ShuttingDown
from stellarchat.core.launch import LaunchPlan
from stellarchat.runtime.launcher import Launcher
from stellarchat.runtime.policy import Clock, Policy, SystemClock
from stellarchat.runtime.process import Supervised


class Supervisor:
    """All supervised processes of one launcher. `on_change` hears every change of state of each."""

    def __init__(
        self,
        launcher: Launcher,
        on_change: Callable[[Supervised], None] | None = None,
        *,
        policy: Policy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._launcher = launcher
        self._on_change = on_change
        self._policy = policy or Policy()
        self._clock = clock or SystemClock()
        self._supervised: dict[str, Supervised] = {}
        self._closed = False

    async def start(self, plan: LaunchPlan) -> Supervised:
        """Start a process and return at once; `Supervised.ready` waits for it.

        Only one of the same name that is just being stopped is waited for. Idempotent: a plan that runs
        already gets the same Supervised. Raises Conflict where another plan of the same name runs,
        ShuttingDown after `close`.
        """
        if self._closed:
            raise ShuttingDown("The server is stopping and starts no more engines.")
        running = self._supervised.get(plan.name)
        if running is not None and running.ending:
            await running.stop()
        elif running is not None and not running.final:
            if running.plan == plan:
                return running
            raise Conflict(f"{plan.name} is running already, with other options.", remedy="Stop it first.")
        made = Supervised(plan, self._launcher, self._policy, self._clock, self._on_change)
        self._supervised[plan.name] = made
        return made

    async def close(self) -> None:
        """Stop all processes at once and start no more."""
        self._closed = True
        await asyncio.gather(*(process.stop() for process in self._supervised.values()))
        self._supervised.clear()
        await self._launcher.close()
