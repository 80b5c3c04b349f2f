"""A launcher with little patience, and a clock on which waiting takes no time."""

import time
from collections.abc import AsyncIterator

import psutil
import pytest

from stellarchat.runtime.local import LocalLauncher
from tests.runtime import families


@pytest.fixture(autouse=True)
def _others() -> None:
    families.others.clear()
    families.others.update(child.pid for child in psutil.Process().children())


@pytest.fixture
async def launcher() -> AsyncIterator[LocalLauncher]:
    made = LocalLauncher(grace=1.0)
    yield made
    await made.close()


class HurriedClock:
    """Real time, with every wait skipped, noted, and counted as passed."""

    def __init__(self) -> None:
        self.skipped: list[float] = []
        self._offset = 0.0

    def now(self) -> float:
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds

    async def sleep(self, seconds: float) -> None:
        self.skipped.append(seconds)
        self.advance(seconds)


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()
