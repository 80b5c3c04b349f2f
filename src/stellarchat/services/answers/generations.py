"""The hot path: a person's turn becomes a stored message, a running model and a log of events."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    BranchBusy,
    Conflict,
    EngineDied,
    ErrorInfo,
    NotFound,
    ShuttingDown,
    StellarChatError,
    StoreUnavailable,
)
from stellarchat.core.events import FinishReason
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Message, ToolUsePart
from stellarchat.core.tools import Action
from stellarchat.services import parameters
from stellarchat.services.answers.affinity import beginning
from stellarchat.services.answers.calls import Calls, Decision
from stellarchat.services.answers.conversation import converse
from stellarchat.services.answers.gateway import Gateway, Lease
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.meter import Meter, Meters
from stellarchat.services.answers.prompt import Tell, prompt_for, untold
from stellarchat.services.answers.recorder import Recorder, interrupt
from stellarchat.services.answers.rounds import Rounds
from stellarchat.services.answers.settling import Settling
from stellarchat.services.answers.shaped import see_structured
from stellarchat.services.answers.turns import Gate, Turn, asked_before, identity, restored, write_turn
from stellarchat.services.answers.turnstile import Turnstile, Unlimited
from stellarchat.services.files.telling import Telling
from stellarchat.services.tools.toolset import wanted
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

LINGER = 60.0  # seconds a finished generation can still be replayed event by event

Hook = Callable[[Generation], Awaitable[None]]


class _Asked(msgspec.Struct, frozen=True):
    """What a stored turn asks, before it is a prompt: files are read only once the turn is stored."""

    system_prompt: str | None
    branch: list[Message]
    params: dict[str, Any]


class Stopped(msgspec.Struct, frozen=True):
    """What Stop did. `stop_ms` is None where the engine does not tell when it is free."""

    generation_id: str
    stopped: bool
    stop_ms: float | None
    message: Message | None


class Generations:
    """Starts, follows and stops generations. One object per server process, `owner` names it."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        recorder: Recorder,
        *,
        owner: str,
        default_model: Callable[[str], Awaitable[str | None]],
        meter: Meter | None = None,
        telling: Telling | None = None,
        turnstile: Turnstile | None = None,
        rounds: Rounds | None = None,
    ) -> None:
        self.store, self.gateway, self.recorder, self.owner = store, gateway, recorder, owner
        self.default_model, self._telling = default_model, telling
        self.meter: Meter = meter or Meters()
        self.turnstile: Turnstile = turnstile or Unlimited()
        self._rounds = rounds
        self._settling = Settling(recorder, self.meter)
        self.on_begin: list[Hook] = []
        self.on_end: list[Hook] = []
        self._live: dict[str, Generation] = {}
        self._beginning: set[asyncio.Task[Generation]] = set()
        self._closing = False

    # starting

    async def begin(self, turn: Turn) -> Generation:
        """Store both messages, start the model, and return; nothing has been written by it yet.

        Raises BadRequest, NotFound (chat, parent, model is found later), BranchBusy, StoreUnavailable,
        ShuttingDown, TooManyRequests.
        """
        if self._closing:
            raise ShuttingDown(
                "The server is stopping.",
                remedy="Try again in a moment.",
                retry_after=5,
                sentence="shutting_down",
            )
        params = parameters.check(turn.params)
        if turn.chat_id is None:
            return await self._let_in(turn, self._begin_stateless(turn, params))
        # what is being stored is answered too, even where whoever asked leaves in this moment
        beginning = asyncio.create_task(self._let_in(turn, self._begin_stored(turn, params)))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(_unheard)
            raise

    async def _let_in(self, turn: Turn, begin: Coroutine[Any, Any, Generation]) -> Generation:
        """Begin, if the user is within the limits; the reply counts until its end."""
        if turn.aside or not self.turnstile.binds(turn.user_id):
            return await begin
        try:
            leave = await self.turnstile.enter(turn.user_id)
        except BaseException:
            begin.close()
            raise
        try:
            generation = await begin
        except BaseException:
            leave()
            raise
        if generation.task is None:
            leave()
        else:
            generation.task.add_done_callback(lambda _: leave())
        return generation

    async def _begin_stored(self, turn: Turn, params: dict[str, Any]) -> Generation:
        try:
            generation, asked = await self._store_turn(turn, params)
        except Conflict as error:
            if turn.client_id is None or isinstance(error, BranchBusy):
                raise
            # another server process stored the same request in the same moment
            generation, asked = await self._store_turn(turn, params)
        if asked is None:
            return generation
        if turn.joins is not None:
            turn.joins(generation)
        self._start(generation, asked, turn.gate)
        for hook in self.on_begin:
            await hook(generation)
        return generation

    async def _begin_stateless(self, turn: Turn, params: dict[str, Any]) -> Generation:
        messages = list(turn.messages)
        if turn.content is not None:
            messages.append({"role": "user", "content": turn.content})
        if not messages:
            raise BadRequest(
                "There is nothing to answer.",
                param="messages",
                remedy="Send some messages.",
                sentence="answer_nothing",
            )
        if turn.system_prompt and messages[0].get("role") != "system":
            messages.insert(0, {"role": "system", "content": turn.system_prompt})
        if wanted(params):
            raise BadRequest(
                "Tools of servers are called in stored chats.", param="tools", remedy="Send chat_id too."
            )
        model = turn.model or await self._default(turn.user_id)
        generation = Generation(new_id(), turn.user_id, model)
        generation.affinity = turn.affinity
        self._live[generation.id] = generation
        self._start(generation, {"messages": messages, **params})
        return generation

    async def _store_turn(self, turn: Turn, params: dict[str, Any]) -> tuple[Generation, _Asked | None]:
        """Store a turn and return what is to be asked, None where an earlier request asked it already."""
        fallback = turn.model or await self._default(turn.user_id)
        generation_id = identity(turn)
        begun: Generation | None = None

        async def write(tx: Transaction) -> tuple[Generation, _Asked | None]:
            nonlocal begun
            chat = await tx.chats.hold(turn.user_id, turn.chat_id or "")
            if turn.client_id and (before := await asked_before(tx, chat, turn, generation_id)):
                return await self._replay(tx, turn, *before), None
            model = turn.model or chat.model or fallback
            generation, branch = await write_turn(tx, chat, turn, params, model, generation_id, self.owner)
            # known before it is committed: whoever finds its rows must find it too
            self._live[generation.id] = begun = generation
            assert generation.record is not None
            if generation.base and wanted(generation.record.params):
                branch = branch[:-1]  # the rounds add what it has said and called so far
            system_prompt = turn.system_prompt or chat.system_prompt
            return generation, _Asked(system_prompt, branch, generation.record.params)

        try:
            return await self.store.write(write)
        except BaseException as error:
            if begun is not None:
                self._live.pop(generation_id, None)
                if isinstance(error, StoreUnavailable):
                    self.recorder.doubt(generation_id)
            raise

    async def _replay(
        self, tx: Transaction, turn: Turn, asked: Message | None, answer: Message
    ) -> Generation:
        """Find what an earlier request of the same client_id started."""
        live = self._live.get(answer.generation_id or "")
        if live is None and not answer.status.final and answer.generation_id is not None:
            record = await tx.generations.get(answer.generation_id)
            if record.owner == self.owner:  # it was stored, but that it was did not reach us
                answer = await interrupt(tx, record)
        return live or restored(turn.user_id, asked, answer)

    async def _default(self, user_id: str) -> str:
        model = await self.default_model(user_id)
        if model is None:
            raise BadRequest(
                "No model was named.",
                param="model",
                remedy="Name one of GET /api/models.",
                sentence="model_unnamed",
            )
        return model

    def _start(
        self, generation: Generation, asked: _Asked | dict[str, Any], gate: Gate | None = None
    ) -> None:
        if generation.stored:
            self.recorder.track(generation)
        generation.task = asyncio.create_task(
            self._run(generation, asked, gate), name=f"generation {generation.id}"
        )

    async def _body(self, generation: Generation, asked: _Asked | dict[str, Any]) -> dict[str, Any]:
        """Return what the engine is asked."""
        if isinstance(asked, dict):
            return asked
        tell: Tell = untold
        if self._telling is not None:
            self._telling.check(generation.model, asked.branch)
            tell = self._telling.to(generation.model)
        return {"messages": await prompt_for(asked.system_prompt, asked.branch, tell), **asked.params}

    # running

    async def _run(self, generation: Generation, asked: _Asked | dict[str, Any], gate: Gate | None) -> None:
        error: ErrorInfo | None = None
        reason = FinishReason.STOP
        generation.begun = True
        try:
            if generation.called_off:
                raise asyncio.CancelledError
            if gate is not None:
                await gate(generation)
            body = generation.asked = await self._body(generation, asked)
            if self._rounds is not None and body.get("tools") and generation.stored and wanted(body):
                reason = await self._rounds.run(generation, body, self._answer)
            else:
                reason = await self._answer(generation, body)
        except asyncio.CancelledError:
            reason = generation.stopping or FinishReason.INTERRUPTED
        except StellarChatError as failure:
            error = failure.info()
        except Exception as failure:
            log.exception("generation %s failed", generation.id)
            error = StellarChatError(
                "Something went wrong inside StellarChat.", detail=repr(failure), sentence="internal"
            ).info()
        generation.settling = True
        await self._settle(generation, reason, error)

    async def _answer(self, generation: Generation, body: dict[str, Any]) -> FinishReason:
        """Let a model answer once; return why it ended."""
        affinity = generation.chat_id or generation.affinity or partial(beginning, body)
        lease = self.gateway.lease(generation.model, generation.report, affinity, generation.user_id)
        try:
            return await self._ask(generation, lease, body)
        except EngineDied:
            other = None if generation.clock.first is not None else await lease.instead()
            if other is None:
                raise
            return await self._ask(generation, other, body)

    async def _ask(self, generation: Generation, lease: Lease, body: dict[str, Any]) -> FinishReason:
        """Wait for a place and let the engine write the reply; return why it ended."""
        clock = generation.clock
        async with lease:
            clock.queue_ms += lease.queue_ms
            clock.load_ms += lease.load_ms
            generation.instance, generation.engine = lease.target.instance, lease.target.engine
            see_structured(lease.target, body)
            try:
                reason = await converse(generation, lease, body)
            except asyncio.CancelledError:
                if generation.stopping is FinishReason.CANCELLED:
                    await self._confirm_stop(generation, lease)
                raise
            if speed := clock.timings().tokens_per_second:
                lease.measured(speed)
            return reason

    async def _confirm_stop(self, generation: Generation, lease: Lease) -> None:
        """Our request is closed; see when the engine is free of it."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if await lease.freed():
            generation.clock.stop_ms = round((loop.time() - began) * 1000, 1)

    async def _settle(self, generation: Generation, reason: FinishReason, error: ErrorInfo | None) -> None:
        """Write the end into the store, then tell the readers and whoever wants to hear of it."""
        await self._settling.settle(generation, reason, error)
        for hook in self.on_end:
            try:
                await hook(generation)
            except Exception:
                log.exception("after the end of generation %s", generation.id)
        asyncio.get_running_loop().call_later(LINGER, self._live.pop, generation.id, None)

    # following and stopping

    def live(self, generation_id: str) -> Generation | None:
        """Return a generation that runs, or ended a moment ago."""
        return self._live.get(generation_id)

    def _known(self) -> list[Generation]:
        # a copy in one step: turns are added in the store's thread
        return list(self._live.values())

    async def find(self, generation_id: str, user_id: str) -> Generation | Message:
        """Return the generation while its events can be replayed, else the message it wrote.

        Raises NotFound, for another user's too.
        """
        generation = self._live.get(generation_id)
        if generation is not None and generation.user_id == user_id:
            return generation
        async with self.store.read() as tx:
            record = await tx.generations.get(generation_id)
            if record.user_id != user_id:
                raise NotFound("There is no such generation.", param="generation_id", sentence="reply_none")
            return await tx.messages.get(record.chat_id, record.message_id)

    def running(self, chat_id: str) -> list[str]:
        """The ids of a chat's generations that are being written now."""
        return [g.id for g in self._known() if g.chat_id == chat_id and not g.done]

    def waits(self, generation_id: str) -> bool:
        """Whether one of its calls of tools waits for the person's word."""
        found = self.live(generation_id)
        return found is not None and found.calls is not None and found.calls.waiting

    @property
    def count(self) -> int:
        """How many are being written now."""
        return sum(not generation.done for generation in self._known())

    async def stop(self, generation_id: str, user_id: str) -> Stopped:
        """Stop writing and return when the engine is free and the message stored. Raises NotFound."""
        found = await self.find(generation_id, user_id)
        if isinstance(found, Message):
            return Stopped(generation_id, False, None, found)
        stopped = self._cancel(found, FinishReason.CANCELLED)
        await found.finished()
        return Stopped(generation_id, stopped, found.clock.stop_ms, found.message)

    async def decide(self, generation_id: str, user_id: str, decisions: Mapping[str, Decision]) -> Generation:
        """Take a person's word on calls that wait. Raises NotFound, Conflict where one does not wait."""
        found, calls = await self._calling(generation_id, user_id)
        known = {part.id for part in found.parts() if isinstance(part, ToolUsePart)}
        for call_id, decision in decisions.items():
            calls.decide(call_id, decision, call_id in known)
        return found

    async def answer(
        self, generation_id: str, user_id: str, question_id: str, action: Action, content: Mapping[str, Any]
    ) -> None:
        """Take a person's answer to what a tool's server asks.

        Raises NotFound, Conflict where the question does not wait, BadRequest naming the field.
        """
        _, calls = await self._calling(generation_id, user_id)
        calls.answer(question_id, action, content)

    async def _calling(self, generation_id: str, user_id: str) -> tuple[Generation, Calls]:
        """Return a reply that may wait for a person, with its calls. Raises NotFound, Conflict."""
        found = await self.find(generation_id, user_id)
        if isinstance(found, Message) or found.calls is None or found.done:
            raise Conflict("No call of this reply waits.", param="generation_id", sentence="call_over")
        return found, found.calls

    def abandon(self, generation: Generation) -> None:
        """A stateless generation's only reader has left: let the engine go."""
        if not generation.stored:
            self._cancel(generation, FinishReason.CANCELLED)

    def forget(self, generation: Generation) -> None:
        """The only reader of a stateless generation has all of it: do not keep it for others."""
        if not generation.stored and generation.done:
            self._live.pop(generation.id, None)

    def _cancel(self, generation: Generation, reason: FinishReason) -> bool:
        if generation.settling or generation.called_off or generation.task is None:
            return False
        generation.stopping = reason
        if generation.begun:  # a task cancelled before its first step would never settle anything
            generation.task.cancel()
        return True

    def users(self) -> set[str]:
        """Return the ids of the users for whom something is being written."""
        return {one.user_id for one in self._known() if not one.done}

    async def dismiss(self, user_id: str) -> None:
        """Stop all that is being written for a user, and return when it is stored."""
        theirs = [one for one in self._known() if one.user_id == user_id and not one.done]
        for one in theirs:
            self._cancel(one, FinishReason.CANCELLED)
        await asyncio.gather(*(one.finished() for one in theirs))

    async def close(self, grace: float) -> None:
        """Take no more work, give what runs `grace` seconds, then interrupt and store it."""
        self._closing = True
        for generation in self._known():
            if generation.calls is not None and generation.calls.waiting:
                self._cancel(generation, FinishReason.INTERRUPTED)  # nobody knows when a person answers
        tasks = [g.task for g in self._known() if g.task is not None and not g.task.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for generation in self._known():
            self._cancel(generation, FinishReason.INTERRUPTED)
        if tasks:
            await asyncio.wait(tasks, timeout=10.0)


def _unheard(beginning: "asyncio.Task[Generation]") -> None:
    """Log why a reply did not begin that nobody waits for any more, unless the request was at fault."""
    problem = None if beginning.cancelled() else beginning.exception()
    if problem is not None and not isinstance(problem, StellarChatError):
        log.error("a reply did not begin, and whoever asked has left", exc_info=problem)
