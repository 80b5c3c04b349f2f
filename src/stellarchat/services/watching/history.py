"""How each instance has done lately: speed, memory and queue, for charts."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.services.background import Loop

INTERVAL: Final = 2.0  # seconds between two samples
LENGTH: Final = 900  # samples kept of an instance: half an hour


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of an instance. Speed is over all of its replies, memory in bytes."""

    at: datetime
    tokens_per_second: float
    memory_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    active: int = 0
    queued: int = 0


class _Course:
    """The samples of one instance."""

    def __init__(self, tokens: int) -> None:
        self.samples: deque[Sample] = deque(maxlen=LENGTH)
        self.tokens, self.at = tokens, time.monotonic()


class History:
    """Samples what runs. `running` and `tokens` (written so far, by run_id) are asked every interval."""

    def __init__(
        self,
        running: Callable[[], Iterable[Instance]],
        tokens: Callable[[str], int],
        *,
        interval: float = INTERVAL,
    ) -> None:
        self._running, self._tokens = running, tokens
        self.interval = interval
        self._courses: dict[str, _Course] = {}
        loop = Loop("sampling what runs", self._watch, interval)
        self.open, self.close = loop.open, loop.close

    def of(self, run_id: str) -> list[Sample]:
        """Return the samples of an instance, oldest first."""
        course = self._courses.get(run_id)
        return list(course.samples) if course else []

    def sample(self) -> None:
        """Take one sample of everything that runs; what runs no more is forgotten."""
        there = {
            instance.run_id: instance
            for instance in self._running()
            if instance.state not in (InstanceState.STOPPED, InstanceState.FAILED)
        }
        for run_id in self._courses.keys() - there.keys():
            del self._courses[run_id]
        now = time.monotonic()
        for run_id, instance in there.items():
            written = self._tokens(run_id)
            course = self._courses.get(run_id)
            if course is None:
                course = self._courses[run_id] = _Course(written)
            seconds = now - course.at
            # a count that went back is that of a fresh process
            speed = max(0, written - course.tokens) / seconds if seconds > 0 else 0.0
            course.tokens, course.at = written, now
            course.samples.append(
                Sample(
                    at=datetime.now(UTC),
                    tokens_per_second=round(speed, 2),
                    memory_bytes=instance.memory_bytes,
                    gpu_memory_bytes=instance.gpu_memory_bytes,
                    active=instance.active,
                    queued=instance.queued,
                )
            )

    async def _watch(self) -> None:
        self.sample()
