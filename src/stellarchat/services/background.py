"""What goes on in the background: what is done every few seconds, and the end of tasks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from stellarchat.core.errors import StellarChatError

log = logging.getLogger(__name__)


class Loop:
    """Does something again and again, at once and then `pause` seconds after it was done, until it is closed.

    What goes wrong is logged and tried again, `retry` seconds later where that is not `pause`. Of errors with
    the same message in a row only the first is logged: the database may be away for hours.
    """

    def __init__(
        self, name: str, work: Callable[[], Awaitable[None]], pause: float, *, retry: float | None = None
    ) -> None:
        self._name, self._work = name, work
        self._pause, self._retry = pause, pause if retry is None else retry
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin, where it has not begun yet."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=self._name)

    async def close(self) -> None:
        """Stop, in the middle of the work too; return when it has."""
        if self._task is not None:
            await cancel([self._task])

    async def _run(self) -> None:
        told = None
        while True:
            pause = self._retry
            try:
                await self._work()
                told, pause = None, self._pause
            except StellarChatError as error:
                if error.message != told:
                    log.warning("%s: %s Trying again.", self._name, error.message)
                told = error.message
            except Exception:
                log.exception("%s failed", self._name)
            await asyncio.sleep(pause)


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended, however they do."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
