#!/usr/bin/env python3
"""What a lease of a running model costs: bench/lease.py [--replicas 1] [--rounds 7].

The gateway and the instances are the real ones; the engine's process is a stand-in that is always ready, and
nothing is sent. Prints microseconds of processor time per lease, the best round.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.databases import sqlite_url
from tests.services.house import House

from stellarchat.core.launch import (
    Address,
    InstanceState,
    LaunchOptions,
    LaunchPlan,
    ProcessState,
    StopReport,
)
from stellarchat.runtime.logs import Logs
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.instances.instances import InstanceSettings
from stellarchat.store import Store

LEASES = 20_000


class Ready:
    """A process that is always ready."""

    final = ending = False

    def __init__(self, plan: LaunchPlan) -> None:
        self.plan, self.logs = plan, Logs()
        address = Address("http://127.0.0.1:9", None)
        self.state = ProcessState(state=InstanceState.READY, pid=1, address=address)

    async def watch(self) -> AsyncIterator[ProcessState]:
        yield self.state
        await asyncio.Event().wait()

    async def measure(self) -> int:
        return 1

    async def stop(self) -> StopReport:
        return StopReport()


class Starter:
    """Starts such processes."""

    async def start(self, plan: LaunchPlan) -> Ready:
        return Ready(plan)


async def measured(replicas: int, rounds: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder)))
        await store.open()
        house = House(Path(folder), store, InstanceSettings(slots=4))
        house.instances._launching._supervisor = Starter()  # type: ignore[assignment]
        gateway = Gateway(house.instances)
        await house.instances.start("one", LaunchOptions(replicas=replicas))
        await asyncio.sleep(0.1)
        best = float("inf")
        for _ in range(rounds):
            began = time.thread_time()
            for number in range(LEASES):
                async with gateway.lease("one", affinity=str(number % 50)):
                    pass
            best = min(best, (time.thread_time() - began) / LEASES)
        await house.instances.close()
        await store.close()
    return best * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{asyncio.run(measured(arguments.replicas, arguments.rounds)):.2f} µs per lease")


if __name__ == "__main__":
    main()
