"""Whether something answers, without a question to it for each who wants to know."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

FRESH_SECONDS = 1.0


class Pulse:
    """Asks once for all who want to know at the same time; that it answered holds for a second.

    So whoever asks for the server's health without a pause keeps no database busy. `ask` raises where there
    is no answer: everybody who waits for it hears that, and the next asks again.
    """

    def __init__(
        self, ask: Callable[[], Coroutine[Any, Any, None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._clock = ask, clock
        self._asking: asyncio.Task[None] | None = None
        self._answered: float | None = None

    async def __call__(self) -> None:
        """Return where it answers. Raises what the question raised."""
        if self._answered is not None and self._clock() - self._answered < FRESH_SECONDS:
            return
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="pulse")
            self._asking.add_done_callback(self._told)
        await asyncio.shield(self._asking)

    def _told(self, asked: asyncio.Task[None]) -> None:
        self._asking = None
        answered = not asked.cancelled() and asked.exception() is None
        self._answered = self._clock() if answered else None
