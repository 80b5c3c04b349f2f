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
            raise ShuttingDown("The server is stopping and starts no more engines.", sentence="shutting_down")
        while (running := self._supervised.get(plan.name)) is not None and running.ending:
            await running.stop()
        if running is None:
            running = Supervised(plan, self._launcher, self._policy, self._clock, self._changed)
            self._supervised[plan.name] = running
        elif running.plan != plan:
            raise Conflict(
                f"{plan.name} is running already, with other options.",
                remedy="Stop it first.",
                sentence="running_otherwise",
                values={"name": plan.name},
            )
        return running

    def _changed(self, supervised: Supervised) -> None:
        if supervised.final:
            del self._supervised[supervised.plan.name]
        if self._on_change is not None:
            self._on_change(supervised)

    async def close(self) -> None:
        """Stop all processes at once and start no more."""
        self._closed = True
        await asyncio.gather(*(process.stop() for process in self._supervised.values()))
        await self._launcher.close()
