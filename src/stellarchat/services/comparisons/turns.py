"""Whose turn it is: models of a comparison write at once where they fit beside one another, else in turn."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from stellarchat.core.errors import StellarChatError
from stellarchat.core.events import Phase, Status
from stellarchat.services.answers.generation import Generation

Running = Callable[[str], bool]
Fits = Callable[[str], Awaitable[bool]]


class Turns:
    """The generations of one comparison, in the order they were asked for.

    `running` tells whether a model can be asked without being started, `fits` whether it could be started
    beside what is in use now. Models are started one after the other, so that each is judged beside those
    before it.
    """

    def __init__(self, running: Running, fits: Fits, members: Sequence[Generation] = ()) -> None:
        self._running, self._fits = running, fits
        self._members = list(members)

    def join(self, generation: Generation) -> None:
        """Add one; to be called before its turn is waited for."""
        self._members.append(generation)

    async def mine(self, generation: Generation) -> None:
        """Return when it is this one's turn to start its model."""
        if self._running(generation.model):
            return
        before = [one for one in self._members[: self._members.index(generation)] if not one.done]
        waited_for = [one for one in before if one.instance is None]
        if waited_for:
            generation.report(Status(Phase.QUEUED, position=len(waited_for)))
        for one in waited_for:
            await _placed(one)
        while others := self._writing(generation):
            if await self._room(generation.model):
                return
            generation.report(Status(Phase.QUEUED, position=len(others)))
            await _first_end(others)

    def _writing(self, generation: Generation) -> list[Generation]:
        return [one for one in self._members if one is not generation and one.instance and not one.done]

    async def _room(self, model: str) -> bool:
        try:
            return await self._fits(model)
        except StellarChatError:
            return True  # whoever asks for it is told why it cannot be started


async def _placed(generation: Generation) -> None:
    """Return when it has a place at an engine, or has ended without one."""
    seen = 0
    while not generation.done and generation.instance is None:
        await generation.wait(seen)
        seen = generation.last_seq


async def _first_end(generations: Sequence[Generation]) -> None:
    waiting = [asyncio.ensure_future(one.finished()) for one in generations]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
