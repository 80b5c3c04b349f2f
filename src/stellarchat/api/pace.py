"""Large bodies one at a time: reading what they say holds the event loop for milliseconds each.

Were all that are ready taken at once, nobody else would be served before the last of them. So each has a
turn of the event loop for itself, and everybody else has one between any two.
"""

import asyncio

from starlette.types import Message, Receive

LARGE = 32 * 1024
"""Bytes above which a body waits until it is its turn."""


class Pace:
    """Hands the end of large bodies on, one in a turn of the event loop, the first come first."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    def slowed(self, receive: Receive) -> Receive:
        """Return a `receive` that gives a body's last piece when it is its turn."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                async with self._lock:
                    await asyncio.sleep(0)  # everybody else
            return message

        return received
