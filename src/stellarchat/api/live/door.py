"""The socket's entrance: a plain ASGI callable that accepts clients and knows who is here."""

import asyncio
from typing import Final

from starlette.types import Receive, Scope, Send

from stellarchat.api.deps import calling
from stellarchat.api.limits import Limits
from stellarchat.api.live.socket import Socket
from stellarchat.services.answers.generations import Generations
from stellarchat.services.bus import Bus
from stellarchat.services.chats.chats import Chats

PATH: Final = "/api/ws/chat"

_FAREWELL: Final = 2.0
"""Seconds a client has to take the last frame."""


class LiveDoor:
    """Serves `WS /api/ws/chat`. Origin, Host and caller were looked at before."""

    def __init__(self, chats: Chats, generations: Generations, bus: Bus, limits: Limits) -> None:
        self._chats = chats
        self._generations = generations
        self._bus = bus
        self._limits = limits
        self._sockets: set[Socket] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves."""
        if (await receive())["type"] != "websocket.connect":
            return
        caller = calling(scope)
        await send({"type": "websocket.accept"})
        socket = Socket(
            caller.user_id,
            self._chats,
            self._generations,
            self._bus,
            receive,
            send,
            limits=self._limits,
            may=caller.may,
        )
        self._sockets.add(socket)
        try:
            await socket.run()
        finally:
            self._sockets.discard(socket)

    @property
    def count(self) -> int:
        """How many clients are here."""
        return len(self._sockets)

    async def close(self) -> None:
        """Tell every client that the server stops, and close its socket. Call it before the server ends."""
        farewells = [asyncio.ensure_future(socket.close()) for socket in self._sockets]
        if farewells:
            _, late = await asyncio.wait(farewells, timeout=_FAREWELL)
            for one in late:
                one.cancel()
