"""Large bodies: what is kept of those that are not whole yet, and reading them one at a time.

Reading what one says holds the event loop for milliseconds. Were all that are ready taken at once, nobody
else would be served before the last of them. So each has a turn of the event loop for itself, and everybody
else has one between any two. And as whoever sends them may take his time, there is a limit to what all that
are on their way may hold of memory.
"""

import asyncio

from starlette.types import Message, Receive

from stellarchat.core.errors import Unavailable

LARGE = 32 * 1024
"""Bytes above which a body waits until it is its turn."""
_AGAIN_SECONDS = 5.0


class Pace:
    """Hands the end of large bodies on, one in a turn of the event loop, the first come first.

    Of all that are not whole yet, no more than `most` bytes are kept.
    """

    def __init__(self, most: int) -> None:
        self.held = 0
        """Bytes kept now of bodies that are not whole."""
        self._most = most
        self._lock = asyncio.Lock()

    def slowed(self, receive: Receive) -> "LargeBody":
        """Return the body that `receive` brings."""
        return LargeBody(self, receive)

    async def turn(self) -> None:
        """Wait until the next body may be handed on."""
        async with self._lock:
            await asyncio.sleep(0)  # everybody else

    def hold(self, size: int) -> None:
        """Count what came of a body. Raises Unavailable where all are too much."""
        if self.held + size > self._most:
            raise Unavailable(
                "The server is taking in too many large requests at once.",
                remedy="Try again in a moment.",
                retry_after=_AGAIN_SECONDS,
                sentence="bodies_many",
            )
        self.held += size


class LargeBody:
    """One large body on its way. Whoever made it calls `drop` when its request is over."""

    __slots__ = ("_held", "_pace", "_receive")

    def __init__(self, pace: Pace, receive: Receive) -> None:
        self._pace = pace
        self._receive = receive
        self._held = 0

    async def receive(self) -> Message:
        """Return its next piece, the last one when it is its turn. Raises Unavailable."""
        message = await self._receive()
        if message["type"] == "http.request":
            size = len(message.get("body", b""))
            self._pace.hold(size)
            self._held += size
            if not message.get("more_body", False):
                await self._pace.turn()
                self.drop()
        return message

    def drop(self) -> None:
        """Count it no more."""
        self._pace.held -= self._held
        self._held = 0
