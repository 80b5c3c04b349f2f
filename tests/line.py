"""A line between a store and its database server, which a test can cut, silence and mend."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa


class Line:
    """Passes bytes on. `url` leads through it to the database.

    Cut, what is open is reset and nothing new is let in. Silent, nobody is refused and nothing arrives.
    """

    def __init__(self, url: str) -> None:
        self._there = sa.make_url(url)
        self._open: set[asyncio.Transport] = set()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The database's address through this line."""
        near = self._there.set(host="127.0.0.1", port=self._port)
        return near.render_as_string(hide_password=False)

    async def cut(self) -> None:
        """As when the database server ends: all connections are reset, new ones refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in self._open:
            transport.abort()
        self._open.clear()
        self._speaks.set()

    async def silence(self) -> None:
        """As when a cable is pulled: nothing arrives any more, and nobody is told."""
        self._speaks.clear()

    async def forget(self) -> None:
        """As when a firewall forgets: what is open is silent for good, and who comes anew is let in."""
        self._speaks.clear()
        self._speaks = asyncio.Event()
        self._speaks.set()

    async def mend(self) -> None:
        """Let everything through again; what was held back arrives."""
        self._speaks.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._speaks.wait()
        far = await asyncio.open_connection(self._there.host, self._there.port)
        self._open |= {writer.transport, far[1].transport}  # type: ignore[arg-type]
        speaks = self._speaks
        try:
            await asyncio.gather(self._carry(reader, far[1], speaks), self._carry(far[0], writer, speaks))
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            for transport in (writer.transport, far[1].transport):
                transport.abort()
                self._open.discard(transport)  # type: ignore[arg-type]

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speaks: asyncio.Event
    ) -> None:
        try:
            while data := await reader.read(65536):
                await speaks.wait()
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()


@asynccontextmanager
async def line(url: str) -> AsyncIterator[Line]:
    """Lay a line to a database server; open it at first."""
    laid = Line(url)
    await laid.mend()
    try:
        yield laid
    finally:
        await laid.cut()
