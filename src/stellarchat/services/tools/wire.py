"""The Model Context Protocol, by its official library, which is loaded when the first server is spoken to.

Everything that comes in is capped before the library sees it: one message from a program's line or an HTTP
body may have `MESSAGE_BYTES`. HTTP goes through the sockets of `outside` and is asked for uncompressed.
"""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from stellarchat.core.addresses import WebAddress
from stellarchat.core.errors import StellarChatError, ToolFailed, ToolServerDown, ToolsMissing
from stellarchat.core.tools import Content, Resource, Returned, ServerPrompt, Tool
from stellarchat.core.version import __version__
from stellarchat.runtime.logs import Logs, Stream
from stellarchat.runtime.piped import Piped
from stellarchat.services.outside import Outside
from stellarchat.services.tools.asking import ANSWER_SECONDS, Ask, Desk
from stellarchat.services.tools.asking import MOST as QUESTIONS
from stellarchat.services.tools.looks import MOST, looked_at, plain
from stellarchat.services.tools.offers import MOST_OFFERED, content_of, prompt_of, resource_of, text_of
from stellarchat.services.tools.results import returned

MESSAGE_BYTES: Final = 8 * 1024 * 1024
PAGES: Final = 20
"""Of a list of tools."""
LIST_SECONDS: Final = 30.0
_SILENT: Final = ("mcp", "client", "httpx2", "httpcore2")  # they would log addresses, headers and bodies

Progress = Callable[[float, float | None, str | None], Awaitable[None]]


class Session(Protocol):
    """An open connection to a tool server."""

    server: str
    """Its own name and version."""

    async def tools(self) -> list[Tool]:
        """Return its tools. Raises ToolFailed, ToolServerDown."""

    async def call(
        self, name: str, arguments: dict[str, Any], *, seconds: float, progress: Progress, ask: Ask | None
    ) -> Returned:
        """Run a tool. Raises ToolFailed, ToolServerDown (the connection is of no more use)."""

    async def resources(self) -> list[Resource]:
        """Return what people may read of it. Raises as `tools`."""

    async def read(self, uri: str) -> list[Content]:
        """Return one resource. Raises as `tools`."""

    async def prompts(self) -> list[ServerPrompt]:
        """Return the prompts that it offers. Raises as `tools`."""

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """Return the text of one prompt. Raises as `tools`."""


def require() -> None:
    """Raise ToolsMissing where the library is not installed."""
    if importlib.util.find_spec("mcp") is None:
        raise ToolsMissing(
            "Tools need the Python package `mcp`, which is not installed.",
            remedy='Install it beside StellarChat: pip install "stellarchat[mcp]"',
            sentence="tools_library",
        )


@contextlib.asynccontextmanager
async def over_http(
    address: WebAddress,
    headers: Mapping[str, str],
    outside: Outside,
    logs: Logs,
    changed: Callable[[], None],
    unknown: Callable[[str], None],
    auth: Any = None,
) -> AsyncIterator[Session]:
    """Speak to a server at an address; `unknown` hears that it asks who is there, and how.

    `auth` is what logs a person in: it may ask other places too, by the rules of `outside`.

    Raises ToolServerDown, ToolsMissing.
    """
    require()
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    from stellarchat.services.tools.sockets import Capped, Roaming

    hush()
    capped = Capped(outside, address, MESSAGE_BYTES, unknown)
    client = httpx2.AsyncClient(
        transport=capped if auth is None else Roaming(outside, MESSAGE_BYTES, capped),
        auth=auth,
        headers={**headers, "Accept-Encoding": "identity", "User-Agent": f"stellarchat/{__version__}"},
        timeout=httpx2.Timeout(30.0, read=None),
        trust_env=False,
        follow_redirects=False,
    )
    async with client:
        speaking = streamable_http_client(address.url, http_client=client, max_sse_event_size=MESSAGE_BYTES)
        async with _session(speaking, logs, changed) as session:
            yield session


@contextlib.asynccontextmanager
async def over_pipes(program: Piped, logs: Logs, changed: Callable[[], None]) -> AsyncIterator[Session]:
    """Speak to a running program. Raises ToolServerDown, ToolsMissing."""
    require()
    hush()
    async with _session(_pipes(program, logs), logs, changed) as session:
        yield session


@contextlib.asynccontextmanager
async def _session(
    transport: AbstractAsyncContextManager[Any], logs: Logs, changed: Callable[[], None]
) -> AsyncIterator[Session]:
    import mcp
    import mcp_types

    async def heard(message: Any) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            changed()
        elif isinstance(message, mcp_types.LoggingMessageNotification):
            logs.feed(
                Stream.OUT, f"{message.params.level}: {message.params.data}\n".encode("utf-8", "replace")
            )
        elif isinstance(message, Exception):
            logs.feed(Stream.OUT, f"not understood: {message}\n"[:500].encode("utf-8", "replace"))

    desk = Desk(logs)
    client = mcp.Client(
        transport,
        mode="auto",
        cache=None,
        message_handler=heard,
        elicitation_callback=desk.asked,
        client_info=mcp_types.Implementation(name="stellarchat", version=__version__),
        read_timeout_seconds=LIST_SECONDS,
    )
    async with client:
        yield _Open(client, desk)


class _Open:
    """A Session by the library's client."""

    def __init__(self, client: Any, desk: Desk) -> None:
        self._client, self._desk = client, desk
        info = client.server_info
        self.server = plain(f"{info.name} {info.version}")[:200] if info is not None else ""

    async def tools(self) -> list[Tool]:
        """Ask for all pages of its list."""
        with _translated():
            found = [_tool(one) async for one in self._listed("tools", MOST + 1)]
        if len(found) > MOST:
            raise ToolFailed(
                f"The server has more than {MOST} tools.",
                remedy="Use a smaller server.",
                sentence="tools_many",
                values={"limit": MOST},
            )
        return _different(found)

    async def resources(self) -> list[Resource]:
        """Ask for its list; of more than `MOST_OFFERED` the first."""
        if not self._has("resources"):
            return []
        with _translated():
            return [resource_of(one) async for one in self._listed("resources", MOST_OFFERED)]

    async def read(self, uri: str) -> list[Content]:
        """Ask for one."""
        with _translated(), self._desk.closed():
            found = await self._client.read_resource(uri)
        return [content_of(one) for one in found.contents]

    async def prompts(self) -> list[ServerPrompt]:
        """Ask for its list; of more than `MOST_OFFERED` the first."""
        if not self._has("prompts"):
            return []
        with _translated():
            return [prompt_of(one) async for one in self._listed("prompts", MOST_OFFERED)]

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """Ask for one, and put its messages below one another."""
        with _translated(), self._desk.closed():
            found = await self._client.get_prompt(name, arguments)
        return text_of(found.messages)

    def _has(self, what: str) -> bool:
        return getattr(self._client.server_capabilities, what, None) is not None

    async def _listed(self, what: str, most: int) -> AsyncIterator[Any]:
        """Yield what all pages of a list hold, at most so many."""
        cursor: str | None = None
        count = 0
        for _ in range(PAGES):
            page = await getattr(self._client, f"list_{what}")(cursor=cursor)
            for one in getattr(page, what):
                yield one
                count += 1
                if count == most:
                    return
            cursor = page.next_cursor
            if cursor is None:
                return

    async def call(
        self, name: str, arguments: dict[str, Any], *, seconds: float, progress: Progress, ask: Ask | None
    ) -> Returned:
        """Ask for one result."""
        with _translated(seconds):
            async with self._desk.call(ask, seconds):  # its clock knows of people, the library's does not
                result = await self._result(
                    name,
                    arguments,
                    read_timeout_seconds=seconds + QUESTIONS * ANSWER_SECONDS,
                    progress_callback=progress,
                )
        contents = [
            content.model_dump(mode="json", by_alias=True, exclude_none=True) for content in result.content
        ]
        return returned(contents, result.structured_content, failed=result.is_error)

    async def _result(self, *call: Any, **options: Any) -> Any:
        """Ask for a result, again once the person has been at the pages without which there is none.

        Servers of the protocol of 2025-11-25 refuse a call so; the number of questions bounds how often.
        """
        import mcp
        import mcp_types

        while True:
            try:
                return await self._client.call_tool(*call, **options)
            except mcp.MCPError as error:
                if error.code != mcp_types.URL_ELICITATION_REQUIRED:
                    raise
                needed = mcp.UrlElicitationRequiredError.from_error(error.error)
                said = plain(error.message)[:2000]
            if not needed.elicitations or not await self._desk.visited(needed.elicitations):
                raise ToolFailed(
                    "The tool server wants the person to open a page first, which was not done.",
                    detail=said,
                    sentence="tool_page_first",
                )


def _different(tools: Iterable[Tool]) -> list[Tool]:
    """Leave out what has the name of an earlier one."""
    found: dict[str, Tool] = {}
    for tool in tools:
        found.setdefault(tool.name, tool)
    return list(found.values())


def _tool(one: Any) -> Tool:
    hints = one.annotations
    return looked_at(
        one.name,
        one.title or (hints.title if hints else None),
        one.description,
        one.input_schema,
        read_only=hints.read_only_hint if hints else None,
        destructive=hints.destructive_hint if hints else None,
    )


@contextlib.contextmanager
def _translated(seconds: float = LIST_SECONDS) -> Any:
    """Turn the library's errors into ours."""
    import mcp
    import mcp_types
    import pydantic

    try:
        yield
    except StellarChatError:
        raise
    except mcp.MCPError as error:
        said = plain(error.error.message)[:2000]
        if error.error.code == mcp_types.REQUEST_TIMEOUT:
            raise _late(seconds) from None
        gone = error.error.code == mcp_types.CONNECTION_CLOSED or said == "Session terminated"
        if gone:
            raise ToolServerDown(
                "The tool server went away.", detail=said, sentence="tool_server_went"
            ) from None
        raise ToolFailed(
            "The tool server answered with an error.", detail=said, sentence="tool_error"
        ) from None
    except TimeoutError:
        raise _late(seconds) from None
    except pydantic.ValidationError as error:
        raise ToolFailed(
            "The tool server does not keep to the protocol.",
            detail=str(error)[:2000],
            sentence="tool_protocol",
        ) from None
    except RuntimeError as error:  # what it returned does not follow its own schema
        raise ToolFailed(
            "The tool server does not keep to its own word.",
            detail=plain(str(error))[:2000],
            sentence="tool_own_word",
        ) from None


def _late(seconds: float) -> ToolFailed:
    return ToolFailed(
        f"There was no answer within {seconds:.0f} s.",
        remedy="Try again, or give the server more time in its settings.",
        sentence="tool_late",
        values={"limit_seconds": round(seconds)},
    )


@contextlib.asynccontextmanager
async def _pipes(program: Piped, logs: Logs) -> AsyncIterator[Any]:
    """Carry messages, one a line, between a program and two streams of the library."""
    import anyio
    import mcp_types
    from mcp.shared.message import SessionMessage

    into, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, outof = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        async with into:
            while True:
                try:
                    line = await program.lines.readuntil(b"\n")
                except (EOFError, OSError):
                    return
                except asyncio.LimitOverrunError:
                    logs.feed(Stream.OUT, b"its message is too large\n")
                    return
                try:
                    message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    logs.feed(Stream.OUT, line[:4096].rstrip(b"\n") + b"\n")  # servers print what they like
                    continue
                try:
                    await into.send(SessionMessage(message))
                except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                    return

    async def write() -> None:
        async with outof:
            async for sent in outof:
                text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    await program.say(text.encode("utf-8", "replace") + b"\n")
                except OSError:
                    await into.aclose()
                    return

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
        try:
            yield incoming, outgoing
        finally:
            tasks.cancel_scope.cancel()
            for stream in (into, incoming, outgoing, outof):
                stream.close()


def hush() -> None:
    """Keep the libraries from logging what goes over the wire."""
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
