"""How a tool server is reached: at its address, or as a program that is started."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from stellarchat.core.tools import ToolServer, Transport
from stellarchat.runtime.piped import Piped
from stellarchat.services.outside import Outside
from stellarchat.services.tools.connection import Connection, Dial
from stellarchat.services.tools.entries import Entries
from stellarchat.services.tools.logins import Logins, needed
from stellarchat.services.tools.wire import MESSAGE_BYTES, Session, over_http, over_pipes, require

EXIT_SECONDS: Final = 0.2


class Dialer:
    """Reaches tool servers. Each program has a folder of its own in `folder`."""

    def __init__(self, entries: Entries, logins: Logins, outside: Outside, folder: Path) -> None:
        self._entries, self._logins, self._outside, self._folder = entries, logins, outside, folder

    def to(self, server: ToolServer, user_id: str) -> Dial:
        """Return what connects to a server, with the login of a user where it asks for one."""
        secrets = self._entries.secrets(server)
        if server.transport is Transport.HTTP:
            return partial(self._over_the_net, server, user_id, secrets)
        return partial(self._by_program, server, secrets)

    @contextlib.asynccontextmanager
    async def _over_the_net(
        self, server: ToolServer, user_id: str, secrets: Mapping[str, str], connection: Connection
    ) -> AsyncIterator[Session]:
        address = self._outside.checked(server.url or "")
        auth = None
        if server.oauth:
            if await self._logins.read(server, user_id) is None:
                raise needed(server)
            auth = self._logins.auth(server, user_id, lambda: connection.login_lost(needed(server)))
        async with over_http(
            address,
            secrets,
            self._outside,
            connection.logs,
            connection.changed,
            connection.asks_who if auth is None else lambda how: None,
            auth,
        ) as session:
            yield session

    @contextlib.asynccontextmanager
    async def _by_program(
        self, server: ToolServer, secrets: Mapping[str, str], connection: Connection
    ) -> AsyncIterator[Session]:
        require()
        self._entries.allow_commands()
        program = Piped(server.name, connection.logs)
        watching: asyncio.Task[None] | None = None
        try:
            await program.start(
                [server.command or "", *server.args],
                secrets,
                self._folder / server.id,
                line_limit=MESSAGE_BYTES,
            )
            watching = asyncio.create_task(_watch(program, connection))
            async with over_pipes(program, connection.logs, connection.changed) as session:
                yield session
        finally:
            if watching is not None:
                watching.cancel()
            with contextlib.suppress(TimeoutError):  # one that died says how in a moment
                async with asyncio.timeout(EXIT_SECONDS):
                    await program.exited.wait()
            connection.ended = program.status
            await program.end()


async def _watch(program: Piped, connection: Connection) -> None:
    await program.exited.wait()
    connection.lost()
