"""A reply whose model calls tools: ask the model, run what it calls, tell it, and ask it again.

No engine is held while a person is asked or a tool runs. What a call came to stands in its part of the
message, so a reply that was interrupted goes on from there: calls that had not begun are asked for again,
and of those that had, the model is told that nobody knows what they came to. None is run a second time.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError, ToolLoginNeeded
from stellarchat.core.events import FinishReason, Phase, Status, ToolUpdate
from stellarchat.core.messages import ToolUsePart
from stellarchat.core.tools import Answer, Approval, CallState, Policy, Question, Tool, ToolServer
from stellarchat.services.answers.calls import Calls, Verdict
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.spoken import spoken
from stellarchat.services.tools.looks import plain
from stellarchat.services.tools.servers import ToolServers
from stellarchat.services.tools.toolset import Offered, Toolset, arguments_for, wanted
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Calls of one reply that run at the same time."""
MOST_CALLS: Final = 32
"""Calls of one round; a model that asks for more is told so."""
PROGRESS_SECONDS: Final = 0.25
"""Between two notes on the progress of a call."""

Ask = Callable[[Generation, dict[str, Any]], Awaitable[FinishReason]]
Capable = Callable[[str, str], Awaitable[bool]]


class ToolsUnsupported(BadRequest):
    """The model cannot call tools."""

    code = "tools_unsupported"


class Rounds:
    """Lets models call tools at most `limit` times in a row. `capable(user, model)`: whether one can."""

    def __init__(self, servers: ToolServers, store: Store, *, limit: int, capable: Capable) -> None:
        self._servers, self._store, self._limit, self._capable = servers, store, limit, capable
        self.on_wait: list[Callable[[Generation], None]] = []
        """Called with a reply that begins to wait for a person, and when none of its calls waits any more."""

    async def run(self, generation: Generation, body: dict[str, Any], ask: Ask) -> FinishReason:
        """Write one reply; return why it ended. `body` is the request without the reply's own parts."""
        if not await self._capable(generation.user_id, generation.model):
            raise ToolsUnsupported(
                f"{generation.model} cannot call tools.",
                param="tools",
                remedy="Turn the tools off in this chat, or choose a model that can call them.",
                sentence="model_toolless",
                values={"model": generation.model},
            )
        assert generation.chat_id is not None
        generation.calls = Calls(lambda: self._waits(generation))
        left = [part for part in calls_of(generation) if part.state is CallState.WAITING]
        if left:  # nobody can decide on them before they are asked for again
            generation.append([_begun(part) for part in left])
        generation.report(Status(Phase.TOOLS, model=generation.model))
        async with self._store.read() as tx:
            approvals = await tx.tools.approved(generation.chat_id)
        toolset = Toolset(self._servers, generation.user_id, approvals)
        await toolset.gather(wanted(body))
        if toolset.problems and generation.message is not None:
            generation.message.metadata = {**generation.message.metadata, "tool_problems": toolset.problems}
        reply = _Reply(generation, toolset, self._servers, self._store)
        return await reply.write(body, ask, self._limit, left)

    def _waits(self, generation: Generation) -> None:
        for hook in self.on_wait:
            hook(generation)


class _Reply:
    """One reply on its way."""

    def __init__(self, generation: Generation, toolset: Toolset, servers: ToolServers, store: Store) -> None:
        self._generation, self._toolset, self._servers, self._store = generation, toolset, servers, store
        self._places = asyncio.Semaphore(AT_ONCE)
        assert generation.calls is not None
        self._calls = generation.calls

    async def write(
        self, body: dict[str, Any], ask: Ask, limit: int, left: list[ToolUsePart]
    ) -> FinishReason:
        """Ask until there is an answer, beginning with the calls that an earlier run left."""
        generation, head = self._generation, body["messages"]
        theirs = [tool for tool in body["tools"] if tool.get("type") != "mcp"]
        tools = [*self._toolset.functions, *theirs]
        request = {name: value for name, value in body.items() if name not in ("tools", "tool_choice")}
        number = max((part.round for part in calls_of(generation)), default=-1) + 1
        await self._run(left)
        for count in range(limit + 1):
            if tools:
                # the last time it has to answer; the tools stay, or the prompt would be another one
                choice = "none" if count == limit else body.get("tool_choice", "auto" if not count else None)
                request |= {"tools": tools}
                request.pop("tool_choice", None)
                if choice is not None and (count in (0, limit)):
                    request["tool_choice"] = choice
            if count:
                generation.next_round()
            self._calls.next_round()
            request["messages"] = [*head, *spoken(generation.parts())]
            before = {part.id for part in calls_of(generation)}
            generation.asked = dict(request)
            reason = await ask(generation, request)
            written = [part for part in calls_of(generation) if part.id not in before]
            if not written or reason is FinishReason.LENGTH or count == limit:
                return reason
            ours = [part for part in written if not _theirs(part, theirs)]
            await self._run([msgspec.structs.replace(part, round=number + count) for part in ours])
            if len(ours) < len(written):
                return FinishReason.TOOL_CALLS  # the rest is for whoever sent these functions
        return FinishReason.STOP

    async def _run(self, parts: Iterable[ToolUsePart]) -> None:
        """See to it that each call has a result."""
        parts = list(parts)
        if not parts:
            return
        self._generation.report(Status(Phase.TOOLS, model=self._generation.model))
        async with asyncio.TaskGroup() as tasks:
            for count, part in enumerate(parts):
                tasks.create_task(_Call(self, part).see_to(too_many=count >= MOST_CALLS))

    # what its calls need

    @property
    def toolset(self) -> Toolset:
        return self._toolset

    @property
    def places(self) -> asyncio.Semaphore:
        return self._places

    @property
    def servers(self) -> ToolServers:
        return self._servers

    def tell(self, update: ToolUpdate) -> None:
        self._generation.append([update])

    async def allowed(self, call_id: str, server: ToolServer, tool: Tool) -> str | None:
        """Ask the person; return None where the call may run, else why not."""
        self._generation.report(Status(Phase.APPROVAL, model=self._generation.model))
        decision = await self._calls.decided(call_id)
        if not self._calls.waiting:
            self._generation.report(Status(Phase.TOOLS, model=self._generation.model))
        if decision.verdict is Verdict.DENY:
            return decision.reason or ""
        if decision.verdict is Verdict.ALWAYS:
            self._toolset.approve(server, tool)
            await self._keep(server, tool)
        return None

    @property
    def user_id(self) -> str:
        return self._generation.user_id

    @property
    def attended(self) -> bool:
        """Whether a page asked for this reply: other clients know of no questions."""
        return self._generation.origin is not None

    async def answered(self, question: Question) -> Answer:
        """Ask the person what a server wants to know."""
        self._generation.report(Status(Phase.APPROVAL, model=self._generation.model))
        answer = await self._calls.answered(question)
        if not self._calls.waiting:
            self._generation.report(Status(Phase.TOOLS, model=self._generation.model))
        return answer

    async def _keep(self, server: ToolServer, tool: Tool) -> None:
        assert self._generation.chat_id is not None
        word = Approval(
            chat_id=self._generation.chat_id,
            server_id=server.id,
            tool=tool.name,
            digest=tool.digest,
            created_at=datetime.now(UTC),
        )
        try:
            async with self._store.transaction() as tx:
                await tx.tools.approve(word)
        except StellarChatError as error:  # it may run now; the next time it is asked for again
            log.warning("an approval could not be stored: %s", error.message)


class _Call:
    """One call on its way."""

    def __init__(self, reply: _Reply, part: ToolUsePart) -> None:
        self._reply, self._part = reply, part
        self._offered = reply.toolset.offered.get(part.name)
        self._told_at = 0.0
        self._question: Question | None = None
        self._one_question = asyncio.Lock()

    async def see_to(self, *, too_many: bool) -> None:
        """Run it, or say why not. Whatever goes wrong is told to the model, and the reply goes on."""
        try:
            if too_many:
                raise BadRequest(
                    f"More than {MOST_CALLS} calls at once are not run.",
                    sentence="calls_many",
                    values={"limit": MOST_CALLS},
                )
            if self._offered is None:
                raise BadRequest("There is no tool of this name.", sentence="tool_none")
            await self._allowed_and_run(self._offered)
        except StellarChatError as error:
            self._failed(error, " ")
        except Exception as error:
            log.exception("a call of %s failed", self._part.name)
            note = f"Something went wrong inside StellarChat: {error!r}"[:500]
            self._tell(CallState.FAILED, note=note, sentence="internal")

    async def _allowed_and_run(self, offered: Offered) -> None:
        arguments = arguments_for(offered.tool, self._part.arguments)
        note: str | None = None
        while True:
            server, tool = await self._reply.toolset.current(offered)
            policy = self._reply.toolset.policy(server, tool)
            if policy is Policy.NEVER:
                raise BadRequest("This tool may not be used here.", sentence="tool_never")
            if policy is Policy.ASK:
                self._tell(CallState.WAITING, note=note)
                denied = await self._reply.allowed(self._part.id, server, tool)
                if denied is not None:
                    self._tell(CallState.DENIED, note=denied or None)
                    return
            _, now = await self._reply.toolset.current(offered)
            if now.digest == tool.digest:
                break
            note = "changed"  # what was allowed is not what would run
        async with self._reply.places:
            await self._execute(server, now, arguments)

    async def _execute(self, server: ToolServer, tool: Tool, arguments: dict[str, Any]) -> None:
        began = time.monotonic()
        self._tell(CallState.RUNNING)
        try:
            connection = self._reply.servers.connection(server, self._reply.user_id)
            result = await connection.call(
                tool.name,
                arguments,
                seconds=self._reply.servers.seconds(server),
                progress=self._progressed,
                ask=self._ask if self._reply.attended else None,
            )
        except StellarChatError as error:
            self._failed(error, "\n", duration_ms=_since(began))
            return
        state = CallState.FAILED if result.failed else CallState.DONE
        self._tell(state, outputs=result.outputs, duration_ms=_since(began))

    async def _progressed(self, progress: float, total: float | None, message: str | None) -> None:
        now = time.monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        share = min(max(progress / total, 0.0), 1.0) if total and total > 0 else None
        note = plain(message)[:200] if message else None
        self._tell(CallState.RUNNING, note=note, progress=share, question=self._question)

    async def _ask(self, question: Question) -> Answer:
        """Show the person what the server asks; one question of a call at a time."""
        async with self._one_question:
            self._question = question
            self._tell(CallState.RUNNING, question=question)
            try:
                answer = await self._reply.answered(question)
            finally:
                self._question = None
            self._tell(CallState.RUNNING)
            return answer

    def _failed(self, error: StellarChatError, between: str, **more: Any) -> None:
        """Tell what went wrong, and whether the person has to log in for it to go on."""
        words = error.message if not error.detail else f"{error.message}{between}{error.detail}"
        login = self._offered.server.id if isinstance(error, ToolLoginNeeded) and self._offered else None
        values = dict(error.values or {})
        if error.detail:
            values["detail"] = plain(error.detail)[:2000]
        self._tell(
            CallState.FAILED,
            note=plain(words)[:2000],
            login=login,
            sentence=error.sentence,
            values=values if error.sentence else None,
            **more,
        )

    def _tell(self, state: CallState, **more: Any) -> None:
        offered = self._offered
        self._reply.tell(
            ToolUpdate(
                self._part.id,
                state,
                self._part.round,
                server=offered.server.name if offered else None,
                tool=offered.tool.name if offered else None,
                title=offered.tool.title if offered else None,
                **more,
            )
        )


def calls_of(generation: Generation) -> list[ToolUsePart]:
    """Return the calls of a reply by now."""
    return [part for part in generation.parts() if isinstance(part, ToolUsePart)]


def _begun(part: ToolUsePart) -> ToolUpdate:
    return ToolUpdate(
        part.id, CallState.WRITTEN, part.round, server=part.server, tool=part.tool, title=part.title
    )


def _theirs(part: ToolUsePart, functions: list[dict[str, Any]]) -> bool:
    return any((one.get("function") or {}).get("name") == part.name for one in functions)


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
