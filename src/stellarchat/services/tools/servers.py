"""The tool servers there are: adding, changing and removing them, and one connection to each.

Only an administrator adds one; what may be entered is said in `entries`.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    ErrorInfo,
    NotFound,
    StellarChatError,
    ToolServerDown,
)
from stellarchat.core.ids import new_id
from stellarchat.core.tools import Policy, Tool, ToolPolicy, ToolServer, Transport
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.services.tools.connection import Connection, ConnectionState
from stellarchat.services.tools.dialing import Dialer
from stellarchat.services.tools.entries import Entries
from stellarchat.services.tools.logins import Logins
from stellarchat.services.tools.wire import require
from stellarchat.store.database import Store

MOST: Final = 50
TEST_SECONDS: Final = 90.0
LABEL_CHARS: Final = 24


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A server as an administrator sees it. Of its secrets only the names."""

    server: ToolServer
    secret_names: list[str]
    state: ConnectionState
    error: ErrorInfo | None
    retry_in: float | None
    says: str
    tool_count: int | None


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What a try came to."""

    reachable: bool
    says: str = ""
    tools: list[Tool] = []
    took_ms: float | None = None
    error: ErrorInfo | None = None


class ToolServers:
    """All tool servers. `commands`: programs may be started, `call_seconds`: what one call may take."""

    def __init__(
        self,
        store: Store,
        outside: Outside,
        seals: Seals,
        folder: Path,
        *,
        commands: bool = True,
        call_seconds: float = 120.0,
    ) -> None:
        self._store, self.commands, self._call_seconds = store, commands, call_seconds
        self._servers: dict[str, ToolServer] = {}
        self._connections: dict[tuple[str, str | None], Connection] = {}
        self.logins = Logins(store, outside, seals)
        self._entries = Entries(outside, seals, self.logins, commands=commands)
        self._dialer = Dialer(self._entries, self.logins, outside, folder)
        self._turn = asyncio.Lock()  # what one change checked must hold until it is made

    async def open(self) -> None:
        """Read which there are. Nobody is connected to yet."""
        async with self._store.read() as tx:
            stored = await tx.tools.servers()
        self._servers = {server.id: server for server in stored}

    async def close(self) -> None:
        """End all connections, and the programs behind them."""
        await self.logins.close()
        connections, self._connections = list(self._connections.values()), {}
        await asyncio.gather(*(connection.close() for connection in connections))

    # for everybody

    def usable(self, user_id: str) -> list[ToolServer]:
        """Return the servers that a user may use now."""
        return [one for one in self._servers.values() if one.enabled and _may(one, user_id)]

    def of(self, user_id: str, server_id: str) -> ToolServer:
        """Return a server that a user may use. Raises NotFound."""
        server = self._servers.get(server_id)
        if server is None or not server.enabled or not _may(server, user_id):
            raise _unknown(server_id)
        return server

    def connection(self, server: ToolServer, user_id: str) -> Connection:
        """Return the connection to a server; it is made when it is used.

        All users share it, but where each logs in there with a login of their own.
        """
        key = server.id, user_id if server.oauth else None
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connections[key] = Connection(server.name, self._dialer.to(server, user_id))
            for secret in self._entries.secrets(server).values():
                if len(secret) >= 4:  # shorter ones are words of any log
                    connection.logs.hide(secret)
        return connection

    async def log_out(self, server_id: str, user_id: str) -> None:
        """Forget a user's login at a server. Raises NotFound."""
        server = self.of(user_id, server_id)
        await self.logins.forget(server, user_id)
        await self.anew(server_id, user_id)

    async def anew(self, server_id: str, user_id: str) -> None:
        """Close a user's own connection: their login is another one now."""
        connection = self._connections.pop((server_id, user_id), None)
        if connection is not None:
            await connection.close()

    def seconds(self, server: ToolServer) -> float:
        """How long a call of it may take."""
        return server.timeout_seconds or self._call_seconds

    def known(self, server: ToolServer) -> Known:
        """Return a server as it may be shown to an administrator."""
        connection = self._any(server.id)
        listed = connection.listed if connection else None
        return Known(
            server=server,
            secret_names=sorted(self._entries.secrets(server)),
            state=connection.state if connection else ConnectionState.IDLE,
            error=connection.error if connection else None,
            retry_in=connection.retry_in if connection else None,
            says=connection.server if connection else "",
            tool_count=None if listed is None else len(listed),
        )

    # for administrators

    def all(self) -> list[Known]:
        """Return all servers, oldest first."""
        return [self.known(server) for server in self._servers.values()]

    def get(self, server_id: str) -> ToolServer:
        """Return one. Raises NotFound."""
        server = self._servers.get(server_id)
        if server is None:
            raise _unknown(server_id)
        return server

    async def add(self, user_id: str, transport: Transport, fields: Mapping[str, Any]) -> Known:
        """Add one: `name`, `url` and `headers`, or `command`, `args`, `env` and `approved`; see `ToolServer`.

        Raises BadRequest or AddressRefused naming the field, Conflict, ToolsMissing.
        """
        require()
        async with self._turn:
            if len(self._servers) >= MOST:
                raise Conflict(
                    f"There are {MOST} tool servers already.",
                    remedy="Remove one.",
                    sentence="tool_servers_many",
                    values={"limit": MOST},
                )
            now = datetime.now(UTC)
            new = ToolServer(
                id=new_id(),
                name="",
                label=self._label(fields["name"]),
                transport=transport,
                created_by=user_id,
                created_at=now,
                updated_at=now,
            )
            return await self._save(new, fields, None)

    async def change(self, server_id: str, fields: Mapping[str, Any]) -> Known:
        """Change the given fields; its connection is closed. Raises as `add`, and NotFound."""
        async with self._turn:
            old = self.get(server_id)
            new = msgspec.structs.replace(old, updated_at=datetime.now(UTC))
            return await self._save(new, fields, old)

    async def remove(self, server_id: str) -> None:
        """Remove one; its connection is closed. Raises NotFound."""
        async with self._turn:
            self.get(server_id)
            async with self._store.transaction() as tx:
                await tx.tools.delete(server_id)
            del self._servers[server_id]
            await self._disconnect(server_id)

    async def decide(self, server_id: str, policies: Mapping[str, Policy | None], user_id: str) -> Known:
        """Set what holds for tools by name, None for the server's own. `always` holds for them as they are.

        Raises NotFound, BadRequest for a tool that is not there, ToolServerDown.
        """
        async with self._turn:
            server = self.get(server_id)
            found = dict(server.policies)
            listed: dict[str, Tool] = {}
            if Policy.ALWAYS in policies.values():
                listed = {tool.name: tool for tool in await self.connection(server, user_id).tools()}
            for name, policy in policies.items():
                if policy is None:
                    found.pop(name, None)
                elif policy is Policy.ALWAYS:
                    tool = listed.get(name)
                    if tool is None or tool.refused:
                        raise BadRequest(
                            f"The server offers no tool {name[:80]!r}.",
                            param="policies",
                            remedy="Look at its tools again: they may have changed.",
                            sentence="tool_gone",
                            values={"name": name[:80]},
                        )
                    found[name] = ToolPolicy(policy, tool.digest)
                else:
                    found[name] = ToolPolicy(policy)
            changed = msgspec.structs.replace(server, policies=found, updated_at=datetime.now(UTC))
            async with self._store.transaction() as tx:
                await tx.tools.save(changed)
            self._servers[server_id] = changed
            return self.known(changed)

    async def test(self, server_id: str, user_id: str) -> Tested:
        """Connect now and ask for the tools. Raises NotFound."""
        connection = self.connection(self.get(server_id), user_id)
        connection.at_once()
        began = time.monotonic()
        try:
            async with asyncio.timeout(TEST_SECONDS):
                tools = await connection.tools(fresh=True)
        except StellarChatError as error:
            return Tested(reachable=False, error=error.info())
        except TimeoutError:
            late = ToolServerDown(
                f"There was no answer within {TEST_SECONDS:.0f} s.",
                sentence="no_answer",
                values={"limit_seconds": TEST_SECONDS},
            )
            return Tested(reachable=False, error=late.info())
        took = round((time.monotonic() - began) * 1000, 1)
        return Tested(reachable=True, says=connection.server, tools=tools, took_ms=took)

    def logs(self, server_id: str, tail: int) -> list[str]:
        """Return the last lines it wrote. Raises NotFound."""
        self.get(server_id)
        connection = self._any(server_id)
        return connection.logs.tail(tail) if connection else []

    async def _save(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> Known:
        await self._entries.take(server, fields, before)
        async with self._store.transaction() as tx:
            await tx.tools.save(server)
            if not server.oauth or self._entries.moved(server, before):
                await tx.tools.forget_logins(server.id)  # they were of another place
        self._servers[server.id] = server
        await self._disconnect(server.id)
        return self.known(server)

    def _label(self, name: str) -> str:
        """Return a name for models that no other server has."""
        base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:LABEL_CHARS] or "tools"
        taken = {server.label for server in self._servers.values()}
        count, label = 1, base
        while label in taken:
            count += 1
            label = f"{base}_{count}"
        return label

    async def _disconnect(self, server_id: str) -> None:
        keys = [key for key in self._connections if key[0] == server_id]
        await asyncio.gather(*(self._connections.pop(key).close() for key in keys))

    def _any(self, server_id: str) -> Connection | None:
        return next((one for key, one in self._connections.items() if key[0] == server_id), None)


def _may(server: ToolServer, user_id: str) -> bool:
    return server.user_ids is None or user_id in server.user_ids


def _unknown(server_id: str) -> NotFound:
    return NotFound(
        "There is no such tool server.", param="server_id", detail=server_id[:64], sentence="tool_server_none"
    )
