"""The tools that are on for one reply: who offers them, under which names, and what went wrong."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest, NotFound, StellarChatError, ToolLoginNeeded, Words
from stellarchat.core.tools import Approval, Policy, Tool, ToolServer
from stellarchat.services.tools.looks import checker, plain, sent_names
from stellarchat.services.tools.policy import policy_of
from stellarchat.services.tools.servers import ToolServers

MOST: Final = 128
"""Tools of one request: what OpenAI takes."""


class Wanted(msgspec.Struct, frozen=True):
    """A server whose tools are on, by its label; `tools` None is all of them."""

    label: str
    tools: tuple[str, ...] | None = None


class Offered(msgspec.Struct, frozen=True):
    """A tool under the name that the model is told."""

    name: str
    server: ToolServer
    tool: Tool


def wanted(params: Mapping[str, Any]) -> list[Wanted]:
    """Return the servers that parameters name: entries of `tools` of the type `mcp`, as in OpenAI's API."""
    found = []
    for entry in params.get("tools") or ():
        if isinstance(entry, dict) and entry.get("type") == "mcp":
            allowed = entry.get("allowed_tools")
            found.append(Wanted(entry["server_label"], None if allowed is None else tuple(allowed)))
    return found


class Toolset:
    """What a model may call in one reply. `problems` are servers that are missing, with the reason."""

    def __init__(self, servers: ToolServers, user_id: str, approvals: Iterable[Approval]) -> None:
        self._servers, self._user_id = servers, user_id
        self._approved = {(one.server_id, one.tool): one.digest for one in approvals}
        self.offered: dict[str, Offered] = {}
        self.problems: list[dict[str, Any]] = []

    async def gather(self, wishes: Iterable[Wanted], patience: float | None = None) -> None:
        """Ask all servers for their tools, at once. Those that do not answer are problems.

        With `patience`, in seconds, what a server said before will do, and none is waited for longer.
        """
        wishes = list(wishes)
        answers = await asyncio.gather(*(self._listed(wish, patience) for wish in wishes))
        for wish, (server, tools) in zip(wishes, answers, strict=True):
            names = sent_names(server.label, [tool.name for tool in tools], self.offered) if server else {}
            for tool in tools:
                assert server is not None
                chosen = wish.tools is None or tool.name in wish.tools
                if chosen and len(self.offered) < MOST and policy_of(server, tool) is not Policy.NEVER:
                    name = names[tool.name]
                    self.offered[name] = Offered(name, server, tool)

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The tools in OpenAI's form."""
        return [
            {
                "type": "function",
                "function": {
                    "name": one.name,
                    "description": one.tool.description or one.tool.title or one.tool.name,
                    "parameters": one.tool.schema or {"type": "object", "properties": {}},
                },
            }
            for one in self.offered.values()
        ]

    async def current(self, offered: Offered) -> tuple[ToolServer, Tool]:
        """Return a tool as it is at this moment. Raises NotFound where it is gone, and as `tools`."""
        server = self._servers.of(self._user_id, offered.server.id)
        for tool in await self._servers.connection(server, self._user_id).tools():
            if tool.name == offered.tool.name:
                return server, tool
        raise NotFound(
            "The server has no such tool any more.", detail=offered.tool.name, sentence="tool_vanished"
        )

    def policy(self, server: ToolServer, tool: Tool) -> Policy:
        """Return what holds for a tool in this chat: a person's `always` is for the tool as it was then."""
        policy = policy_of(server, tool)
        if policy is Policy.ASK and self._approved.get((server.id, tool.name)) == tool.digest:
            return Policy.ALWAYS
        return policy

    def approve(self, server: ToolServer, tool: Tool) -> None:
        """Note that a tool, as it is, may run from now on."""
        self._approved[server.id, tool.name] = tool.digest

    async def _listed(self, wish: Wanted, patience: float | None) -> tuple[ToolServer | None, list[Tool]]:
        server = next((one for one in self._servers.usable(self._user_id) if one.label == wish.label), None)
        if server is None:
            self._missing(wish.label, Words("There is no such tool server.", "tool_server_none"))
            return None, []
        try:
            async with asyncio.timeout(patience):
                connection = self._servers.connection(server, self._user_id)
                return server, await connection.tools(fresh=patience is None)
        except ToolLoginNeeded as error:
            self._missing(server.name, error.words, login=server.id)
        except StellarChatError as error:
            self._missing(server.name, error.words)
        except TimeoutError:
            self._missing(server.name, Words("It has not answered yet.", "tool_server_slow"))
        return server, []

    def _missing(self, server: str, words: Words, **more: str) -> None:
        named = {"sentence": words.sentence, "values": dict(words.values or {})} if words.sentence else {}
        self.problems.append({"server": server, "error": words.message, **named, **more})


def arguments_for(tool: Tool, text: str) -> dict[str, Any]:
    """Read what a model wrote. Raises BadRequest in words that help the model to mend it."""
    import jsonschema_rs  # 15 MB of library for what few requests ask for

    try:
        found = msgspec.json.decode(text.strip() or "{}")
    except msgspec.MsgspecError as error:
        raise BadRequest(
            f"The arguments are no JSON: {error}", sentence="arguments_json", values={"said": str(error)}
        ) from None
    if not isinstance(found, dict):
        raise BadRequest("The arguments are no JSON object.", sentence="arguments_object")
    try:
        checker(tool.schema or {"type": "object"}).validate(found)
    except jsonschema_rs.ValidationError as error:
        raise BadRequest(
            f"The arguments do not follow the schema: {plain(error.message)[:500]}",
            sentence="arguments_schema",
            values={"said": plain(error.message)[:500]},
        ) from None
    return found
