"""What administrators enter as a tool server: checked field by field, and its secrets sealed.

A program is started from a list of words that the administrator confirmed, an address is held to the rules
of `outside`. Environment and headers are secrets: stored sealed, shown by name only, and of use to the one
program or origin that they were given for.
"""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.core.tools import Policy, ToolServer, Transport
from stellarchat.runtime.piped import steering
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.services.tools.logins import Logins

log = logging.getLogger(__name__)

RESOLVE_SECONDS: Final = 5.0
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


class Entries:
    """Takes over what is entered. `commands`: programs may be started."""

    def __init__(self, outside: Outside, seals: Seals, logins: Logins, *, commands: bool) -> None:
        self._outside, self._seals, self._logins, self.commands = outside, seals, logins, commands

    async def take(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        """Put fields into `server`, which was `before`.

        Raises BadRequest or AddressRefused naming the field.
        """
        assert fields.keys() <= _CHANGEABLE
        for name in ("name", "enabled", "user_ids", "policy", "timeout_seconds"):
            if name in fields:
                setattr(server, name, fields[name])
        if server.policy is Policy.ALWAYS:
            raise BadRequest(
                "Only single tools can run without being asked for.",
                param="policy",
                remedy="Set `always` for the tools that you have looked at.",
                sentence="tool_policy",
            )
        if server.transport is Transport.HTTP:
            _only(fields, ("command", "args", "env", "approved"), "an address")
            await self._addressed(server, fields)
            self._registered(server, fields, before)
        else:
            _only(fields, ("url", "headers", "oauth", "client_id", "client_secret"), "a program")
            self._commanded(server, fields, before)
        self._seal(server, fields, before)

    def moved(self, server: ToolServer, before: ToolServer | None) -> bool:
        """Whether it is another place or program than before: what was given for that one is not for this."""
        return before is not None and self._purpose(before) != self._purpose(server)

    def secrets(self, server: ToolServer) -> dict[str, str]:
        """Return its environment or headers; none where they cannot be read any more."""
        if server.sealed is None:
            return {}
        try:
            found: dict[str, str] = json.loads(self._seals.open(server.sealed, self._purpose(server)))
        except StellarChatError as error:
            log.warning("the secrets of the tool server %s cannot be used: %s", server.name, error.message)
            return {}
        return found

    def allow_commands(self) -> None:
        """Raise BadRequest where programs may not be started."""
        if not self.commands:
            raise BadRequest(
                "Programs may not be started as tool servers here.",
                param="transport",
                remedy="Turn the setting tools.commands on, or add a server over HTTP.",
                sentence="programs_off",
            )

    async def _addressed(self, server: ToolServer, fields: Mapping[str, Any]) -> None:
        if "url" in fields:
            address = self._outside.checked(fields["url"])
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
            raise BadRequest("A server over HTTP has an address.", param="url", sentence="tool_no_url")
        for name, value in (fields.get("headers") or {}).items():
            if _HEADER.fullmatch(name) is None or name.lower() in _OURS:
                raise BadRequest(
                    f"The header {name[:60]!r} cannot be set.",
                    param="headers",
                    sentence="header_name",
                    values={"name": name[:60]},
                )
            if value is not None and not all(" " <= letter <= "~" for letter in value):
                raise BadRequest(
                    "A header's value has a letter that none has.", param="headers", sentence="header_value"
                )

    def _registered(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        """Take whether people log in there, and by which application; its secret is for this address."""
        server.oauth = fields.get("oauth", server.oauth)
        server.client_id = fields.get("client_id", server.client_id) or None
        if "client_secret" in fields or self.moved(server, before) or server.client_id is None:
            secret = fields.get("client_secret") if server.client_id else None
            purpose = self._logins.client_purpose(server)
            server.client_sealed = self._seals.seal(secret, purpose) if secret else None

    def _commanded(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        self.allow_commands()
        server.command = fields.get("command", server.command)
        server.args = list(fields.get("args", server.args))
        if not server.command:
            raise BadRequest("A program has a command.", param="command", sentence="tool_no_command")
        words = [server.command, *server.args]
        if any("\x00" in word or "\n" in word for word in words) or server.command.startswith("-"):
            raise BadRequest(
                "The command has characters that no command has.", param="command", sentence="tool_command"
            )
        if PurePath(server.command).name.lower() in _SHELLS:
            raise BadRequest(
                "A shell is not started as a tool server.",
                param="command",
                remedy="Name the program itself, and its arguments one by one.",
                sentence="tool_shell",
            )
        for name, value in (fields.get("env") or {}).items():
            if steering(name):
                raise BadRequest(
                    f"The variable {name[:60]!r} cannot be set: it decides which code is run.",
                    param="env",
                    sentence="env_steering",
                    values={"name": name[:60]},
                )
            if value is not None and "\x00" in value:
                raise BadRequest(
                    f"The variable {name} holds a NUL.",
                    param="env",
                    sentence="env_nul",
                    values={"name": name},
                )
        same = before is not None and [before.command, *before.args] == words and "env" not in fields
        if not same and not fields.get("approved"):
            raise BadRequest(
                f"This would run on the server's machine: {json.dumps(words, ensure_ascii=False)}",
                param="approved",
                remedy="Look at the command, and send approved: true.",
                sentence="tool_approve",
                values={"command": json.dumps(words, ensure_ascii=False)},
            )

    def _seal(self, server: ToolServer, fields: Mapping[str, Any], before: ToolServer | None) -> None:
        field = "env" if server.transport is Transport.STDIO else "headers"
        given = fields.get(field)
        moved = self.moved(server, before)
        if given is None:
            if moved and server.sealed:
                raise BadRequest(
                    "The stored secrets were given for another address or command.",
                    param=field,
                    remedy="Enter them again, or send an empty object for none.",
                    sentence="secrets_moved",
                )
            return
        kept = self.secrets(before) if before is not None and not moved else {}
        found: dict[str, str] = {}
        for name, value in given.items():
            if value is None and name not in kept:
                raise BadRequest(
                    f"The value of {name[:60]} is not known.",
                    param=field,
                    remedy="Enter it.",
                    sentence="secret_unknown",
                    values={"name": name[:60]},
                )
            found[name] = kept[name] if value is None else value
        text = json.dumps(found)
        server.sealed = self._seals.seal(text, self._purpose(server)) if found else None

    def _purpose(self, server: ToolServer) -> str:
        """Return what secrets are for: this server, at this origin or with this command."""
        if server.transport is Transport.HTTP and server.url:
            address = self._outside.checked(server.url)
            return f"tools {server.id} {address.scheme}://{address.place}"
        return f"tools {server.id} {json.dumps([server.command, *server.args])}"


def _only(fields: Mapping[str, Any], foreign: tuple[str, ...], what: str) -> None:
    for name in foreign:
        if fields.get(name):
            raise BadRequest(f"A server by {what} has no {name}.", param=name)
