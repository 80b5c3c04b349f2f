"""The tool servers there are: adding, changing and removing them, and speaking to each.

Only an administrator adds one. A program is started from a list of words that the administrator confirmed,
an address is held to the rules of `outside`. Environment and headers are secrets: stored sealed, shown by
name only, and of use to the one program or origin that they were given for.
"""

import asyncio
import contextlib
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

import msgspec

from stellarchat.core.addresses import AddressRefused, WebAddress
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
from stellarchat.runtime.piped import Piped, steering
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.services.tools.connection import Connection, ConnectionState
from stellarchat.services.tools.logins import Logins, needed
from stellarchat.services.tools.wire import MESSAGE_BYTES, Session, over_http, over_pipes, require
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

MOST: Final = 50
RESOLVE_SECONDS: Final = 5.0
TEST_SECONDS: Final = 90.0
EXIT_SECONDS: Final = 0.2
LABEL_CHARS: Final = 24
# what runs another program by a line of text: the words of that line would be nobody's list
_SHELLS: Final = frozenset(
    "sh bash dash zsh ksh fish csh tcsh ash busybox cmd cmd.exe powershell pwsh eval".split()
)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_OURS: Final = frozenset(
    "host content-length transfer-encoding connection accept accept-encoding content-type upgrade te "
    "mcp-session-id mcp-protocol-version mcp-method mcp-name last-event-id".split()
)
_CHANGEABLE: Final = frozenset(
    "name url command args env headers enabled user_ids policy timeout_seconds approved oauth client_id "
    "client_secret".split()
)


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
        self._store, self._outside, self._seals = store, outside, seals
        self._folder, self.commands, self._call_seconds = folder, commands, call_seconds
        self._servers: dict[str, ToolServer] = {}
        self._connections: dict[tuple[str, str | None], Connection] = {}
        self.logins = Logins(store, outside, seals)
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
            connection = self._connections[key] = Connection(server.name, self._dial(server, user_id))
            for secret in self._secrets(server).values():
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
            secret_names=sorted(self._secrets(server)),
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
                raise Conflict(f"There are {MOST} tool servers already.", remedy="Remove one.")
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
            late = ToolServerDown(f"There was no answer within {TEST_SECONDS:.0f} s.")
            return Tested(reachable=False, error=late.info())
        took = round((time.monotonic() - began) * 1000, 1)
        return Tested(reachable=True, says=connection.server, tools=tools, took_ms=took)

    def logs(self, server_id: str, tail: int) -> list[str]:
        """Return the last lines it wrote. Raises NotFound."""
        self.get(server_id)
        connection = self._any(server_id)
        return connection.logs.tail(tail) if connection else []

    async def _save(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> Known:
        assert fields.keys() <= _CHANGEABLE
        for name in ("name", "enabled", "user_ids", "policy", "timeout_seconds"):
            if name in fields:
                setattr(server, name, fields[name])
        if server.policy is Policy.ALWAYS:
            raise BadRequest(
                "Only single tools can run without being asked for.",
                param="policy",
                remedy="Set `always` for the tools that you have looked at.",
            )
        if server.transport is Transport.HTTP:
            _only(fields, ("command", "args", "env", "approved"), "an address")
            await self._addressed(server, fields)
            self._registered(server, fields, before)
        else:
            _only(fields, ("url", "headers", "oauth", "client_id", "client_secret"), "a program")
            self._commanded(server, fields, before)
        self._seal(server, fields, before)
        async with self._store.transaction() as tx:
            await tx.tools.save(server)
            if not server.oauth or (before is not None and self._purpose(before) != self._purpose(server)):
                await tx.tools.forget_logins(server.id)  # they were of another place
        self._servers[server.id] = server
        await self._disconnect(server.id)
        return self.known(server)

    async def _addressed(self, server: ToolServer, fields: Mapping[str, Any]) -> None:
        if "url" in fields:
            address = self._address(fields["url"])
            # a server that is down today may be added
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RESOLVE_SECONDS):
                    try:
                        await self._outside.resolved(address)
                    except AddressRefused:
                        raise
                    except StellarChatError:
                        pass
            server.url = address.url
        if not server.url:
            raise BadRequest("A server over HTTP has an address.", param="url")
        for name, value in (fields.get("headers") or {}).items():
            if _HEADER.fullmatch(name) is None or name.lower() in _OURS:
                raise BadRequest(f"The header {name[:60]!r} cannot be set.", param="headers")
            if value is not None and not all(" " <= letter <= "~" for letter in value):
                raise BadRequest("A header's value has a letter that none has.", param="headers")

    def _registered(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        """Take whether people log in there, and by which application; its secret is for this address."""
        server.oauth = fields.get("oauth", server.oauth)
        server.client_id = fields.get("client_id", server.client_id) or None
        moved = before is not None and self._purpose(before) != self._purpose(server)
        if "client_secret" in fields or moved or server.client_id is None:
            secret = fields.get("client_secret") if server.client_id else None
            purpose = self.logins.client_purpose(server)
            server.client_sealed = self._seals.seal(secret, purpose) if secret else None

    def _commanded(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        self._allow_commands()
        server.command = fields.get("command", server.command)
        server.args = list(fields.get("args", server.args))
        if not server.command:
            raise BadRequest("A program has a command.", param="command")
        words = [server.command, *server.args]
        if any("\x00" in word or "\n" in word for word in words) or server.command.startswith("-"):
            raise BadRequest("The command has characters that no command has.", param="command")
        if PurePath(server.command).name.lower() in _SHELLS:
            raise BadRequest(
                "A shell is not started as a tool server.",
                param="command",
                remedy="Name the program itself, and its arguments one by one.",
            )
        for name, value in (fields.get("env") or {}).items():
            if steering(name):
                raise BadRequest(
                    f"The variable {name[:60]!r} cannot be set: it decides which code is run.", param="env"
                )
            if value is not None and "\x00" in value:
                raise BadRequest(f"The variable {name} holds a NUL.", param="env")
        same = before is not None and [before.command, *before.args] == words and "env" not in fields
        if not same and not fields.get("approved"):
            raise BadRequest(
                f"This would run on the server's machine: {json.dumps(words, ensure_ascii=False)}",
                param="approved",
                remedy="Look at the command, and send approved: true.",
            )

    def _allow_commands(self) -> None:
        if not self.commands:
            raise BadRequest(
                "Programs may not be started as tool servers here.",
                param="transport",
                remedy="Turn the setting tools.commands on, or add a server over HTTP.",
                sentence="programs_off",
            )

    def _seal(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        given = fields.get("env" if server.transport is Transport.STDIO else "headers")
        moved = before is not None and self._purpose(before) != self._purpose(server)
        if given is None:
            if moved and server.sealed:
                raise BadRequest(
                    "The stored secrets were given for another address or command.",
                    param="headers" if server.transport is Transport.HTTP else "env",
                    remedy="Enter them again, or send an empty object for none.",
                )
            return
        kept = self._secrets(before) if before is not None and not moved else {}
        found: dict[str, str] = {}
        for name, value in given.items():
            if value is None and name not in kept:
                raise BadRequest(f"The value of {name[:60]} is not known.", param="env", remedy="Enter it.")
            found[name] = kept[name] if value is None else value
        text = json.dumps(found)
        server.sealed = self._seals.seal(text, self._purpose(server)) if found else None

    def _secrets(self, server: ToolServer) -> dict[str, str]:
        if server.sealed is None:
            return {}
        try:
            found: dict[str, str] = json.loads(self._seals.open(server.sealed, self._purpose(server)))
        except StellarChatError as error:
            log.warning("the secrets of the tool server %s cannot be used: %s", server.name, error.message)
            return {}
        return found

    def _purpose(self, server: ToolServer) -> str:
        """Return what secrets are for: this server, at this origin or with this command."""
        if server.transport is Transport.HTTP and server.url:
            address = self._outside.checked(server.url)
            return f"tools {server.id} {address.scheme}://{address.place}"
        return f"tools {server.id} {json.dumps([server.command, *server.args])}"

    def _address(self, url: str) -> WebAddress:
        return self._outside.checked(url)

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

    def _dial(self, server: ToolServer, user_id: str) -> Any:
        secrets = self._secrets(server)

        @contextlib.asynccontextmanager
        async def over_the_net(connection: Connection) -> AsyncIterator[Session]:
            address = self._address(server.url or "")
            auth = None
            if server.oauth:
                if await self.logins.read(server, user_id) is None:
                    raise needed(server)
                auth = self.logins.auth(server, user_id, lambda: connection.login_lost(needed(server)))
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
        async def by_program(connection: Connection) -> AsyncIterator[Session]:
            require()
            self._allow_commands()
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

        return over_the_net if server.transport is Transport.HTTP else by_program


async def _watch(program: Piped, connection: Connection) -> None:
    await program.exited.wait()
    connection.lost()


def _may(server: ToolServer, user_id: str) -> bool:
    return server.user_ids is None or user_id in server.user_ids


def _unknown(server_id: str) -> NotFound:
    return NotFound("There is no such tool server.", param="server_id", detail=server_id[:64])


def _only(fields: Mapping[str, Any], foreign: tuple[str, ...], what: str) -> None:
    for name in foreign:
        if fields.get(name):
            raise BadRequest(f"A server by {what} has no {name}.", param=name)
