"""The hot path: a person's turn becomes a stored message, a running model and a log of events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
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
)
from stellarchat.core.events import (
    End,
    Failed,
    FinishReason,
    GenerationEvent,
    Phase,
    Status,
    Text,
    Thinking,
    ToolCall,
)
from stellarchat.core.generations import GenerationRecord, GenerationStatus
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Chat, Message, MessageStatus, Part, Role, TextPart
from stellarchat.engines._openai_http.chunks import ChunkReader, engine_error, retry_after
from stellarchat.engines._openai_http.sse import EventParser
from stellarchat.services import parameters
from stellarchat.services.gateway import Gateway, Lease
from stellarchat.services.generation import Generation, Numbered
from stellarchat.services.prompt import messages_for
from stellarchat.services.recorder import Recorder
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

LINGER = 60.0  # seconds a finished generation can still be replayed event by event
BRANCH_LIMIT = 2000  # messages of a branch that are read for a prompt
ERROR_LIMIT = 64 * 1024
KEEP_PATIENCE = 0.25  # seconds an engine has after [DONE] to end its answer, so that the connection is kept

Hook = Callable[[Generation], Awaitable[None]]


class Turn(msgspec.Struct, kw_only=True):
    """What somebody asks for.

    New turn: `content` (below `parent_id`; UNSET is the active leaf, None a new root). Regenerate: no
    `content`, `parent_id` is the user message. Continue: `continue_message_id`. Without `chat_id` it is
    stateless and `messages` (OpenAI's) are what the model reads. `parts` are further parts of the user's
    message (images). `client_id` makes a replayed request harmless.
    """

    user_id: str
    model: str | None = None
    chat_id: str | None = None
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    content: str | None = None
    parts: list[Part] = msgspec.field(default_factory=list)
    client_id: str | None = None
    messages: list[dict[str, Any]] = msgspec.field(default_factory=list)
    system_prompt: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    continue_message_id: str | None = None


class Stopped(msgspec.Struct, frozen=True):
    """What Stop did. `engine_free_ms` is None where the engine does not tell when it is free."""

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
    ) -> None:
        self.store, self.gateway, self.recorder, self.owner = store, gateway, recorder, owner
        self.default_model = default_model
        self.on_begin: list[Hook] = []
        self.on_end: list[Hook] = []
        self._live: dict[str, Generation] = {}
        self._beginning: set[asyncio.Task[Generation]] = set()
        self._closing = False

    # starting

    async def begin(self, turn: Turn) -> Generation:
        """Store both messages, start the model, and return; nothing has been written by it yet.

        Raises BadRequest, NotFound (chat, parent, model is found later), BranchBusy, StoreUnavailable,
        ShuttingDown.
        """
        if self._closing:
            raise ShuttingDown("The server is stopping.", remedy="Try again in a moment.", retry_after=5)
        params = parameters.check(turn.params)
        if turn.chat_id is None:
            return await self._begin_stateless(turn, params)
        # what is being stored is answered too, even where whoever asked leaves in this moment
        beginning = asyncio.create_task(self._begin_stored(turn, params))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)
        return await asyncio.shield(beginning)

    async def _begin_stored(self, turn: Turn, params: dict[str, Any]) -> Generation:
        try:
            generation, body = await self._store_turn(turn, params)
        except Conflict as error:
            if turn.client_id is None or isinstance(error, BranchBusy):
                raise
            # another server process stored the same request in the same moment
            generation, body = await self._store_turn(turn, params)
        if body is None:
            return generation
        self._start(generation, body)
        for hook in self.on_begin:
            await hook(generation)
        return generation

    async def _begin_stateless(self, turn: Turn, params: dict[str, Any]) -> Generation:
        messages = list(turn.messages)
        if turn.content is not None:
            messages.append({"role": "user", "content": turn.content})
        if not messages:
            raise BadRequest("There is nothing to answer.", param="messages", remedy="Send some messages.")
        if turn.system_prompt and messages[0].get("role") != "system":
            messages.insert(0, {"role": "system", "content": turn.system_prompt})
        model = turn.model or await self._default(turn.user_id)
        generation = Generation(new_id(), turn.user_id, model)
        self._live[generation.id] = generation
        self._start(generation, {"messages": messages, **params})
        return generation

    async def _store_turn(
        self, turn: Turn, params: dict[str, Any]
    ) -> tuple[Generation, dict[str, Any] | None]:
        """Store a turn and return what is to be asked, None where an earlier request asked it already."""
        fallback = turn.model or await self._default(turn.user_id)
        generation_id = new_id()

        async def write(tx: Transaction) -> tuple[Generation, dict[str, Any] | None]:
            chat = await tx.chats.hold(turn.user_id, turn.chat_id or "")
            if turn.client_id and (before := await tx.messages.by_client_id(chat.id, turn.client_id)):
                return await self._replay(tx, turn, before), None
            model = turn.model or chat.model or fallback
            generation, branch = await self._write_turn(tx, chat, turn, params, model, generation_id)
            # known before it is committed: whoever finds its rows must find it too
            self._live[generation.id] = generation
            assert generation.record is not None
            prompt = messages_for(turn.system_prompt or chat.system_prompt, branch)
            return generation, {"messages": prompt, **generation.record.params}

        try:
            return await self.store.write(write)
        except BaseException:
            self._live.pop(generation_id, None)
            raise

    async def _write_turn(
        self,
        tx: Transaction,
        chat: Chat,
        turn: Turn,
        params: dict[str, Any],
        model: str,
        generation_id: str,
    ) -> tuple[Generation, list[Message]]:
        """Write the messages and the generation of a turn; return it with the branch the model reads."""
        params = parameters.merge(chat.params, params)
        asked: Message | None = None
        if turn.continue_message_id is not None:
            branch = await self._branch(tx, chat, turn.continue_message_id)
            answer = _continued(branch[-1], generation_id)
            await tx.messages.update(answer)
            new = [answer]
        else:
            asked, branch = await self._asked(tx, chat, turn)
            client_id = None if asked else turn.client_id
            answer = _answer(chat, branch[-1].id, model, client_id, generation_id)
            new = [answer] if asked is None else [asked, answer]
            await tx.messages.add_many(chat.id, new, chat.rev)
        now = answer.updated_at
        record = GenerationRecord(
            id=generation_id,
            chat_id=chat.id,
            message_id=answer.id,
            user_id=turn.user_id,
            model=model,
            owner=self.owner,
            params=params,
            created_at=now,
            heartbeat_at=now,
        )
        await tx.generations.add(record)
        rev = await tx.chats.touch(chat.id, answer.id, now)
        generation = Generation(
            record.id, turn.user_id, model, chat_id=chat.id, message=answer, user_message=asked
        )
        generation.record, generation.rev = record, rev
        generation.place({one.parent_id: await tx.messages.children(chat.id, one.parent_id) for one in new})
        return generation, branch

    async def _asked(self, tx: Transaction, chat: Chat, turn: Turn) -> tuple[Message | None, list[Message]]:
        """Make the person's message, or find the one to answer anew; return it and the branch it ends."""
        if turn.content is None and not turn.parts:
            if not isinstance(turn.parent_id, str):
                raise BadRequest(
                    "There is nothing to answer.", param="content", remedy="Send content, or a parent_id."
                )
            branch = await self._branch(tx, chat, turn.parent_id)
            if branch[-1].role is not Role.USER:
                raise BadRequest("Only an answer to a user's message can be made anew.", param="parent_id")
            return None, branch
        parent_id = chat.active_leaf_id if turn.parent_id is msgspec.UNSET else turn.parent_id
        branch = await self._branch(tx, chat, parent_id) if parent_id is not None else []
        if branch and not branch[-1].status.final:
            raise BranchBusy("A reply is still being written here.", remedy="Wait for it to end, or stop it.")
        now = datetime.now(UTC)
        asked = Message(
            id=new_id(),
            chat_id=chat.id,
            parent_id=parent_id,
            role=Role.USER,
            parts=[*turn.parts, *([TextPart(turn.content)] if turn.content is not None else [])],
            client_id=turn.client_id,
            created_at=now,
            updated_at=now,
        )
        return asked, [*branch, asked]

    async def _branch(self, tx: Transaction, chat: Chat, leaf: str) -> list[Message]:
        branch = await tx.messages.branch(chat.id, leaf, BRANCH_LIMIT)
        if not branch:
            raise NotFound("There is no such message in this chat.", param="parent_id", detail=leaf)
        return branch

    async def _replay(self, tx: Transaction, turn: Turn, before: Message) -> Generation:
        """Find what an earlier request of the same client_id started."""
        asked = before if before.role is Role.USER else None
        answer = before
        if asked is not None:
            below = await tx.messages.siblings(asked.chat_id, [asked.id])
            ids = below.get(asked.id) or []
            if not ids:
                raise Conflict("This message was stored before, without an answer.", param="client_id")
            answer = await tx.messages.get(asked.chat_id, ids[0])
        live = self._live.get(answer.generation_id or "")
        if live is not None:
            return live
        return _restored(turn.user_id, asked, answer)

    async def _default(self, user_id: str) -> str:
        model = await self.default_model(user_id)
        if model is None:
            raise BadRequest("No model was named.", param="model", remedy="Name one of GET /api/models.")
        return model

    def _start(self, generation: Generation, body: dict[str, Any]) -> None:
        if generation.stored:
            self.recorder.track(generation)
        generation.task = asyncio.create_task(self._run(generation, body), name=f"generation {generation.id}")

    # running

    async def _run(self, generation: Generation, body: dict[str, Any]) -> None:
        clock = generation.clock
        error: ErrorInfo | None = None
        reason = FinishReason.STOP
        generation.begun = True
        try:
            if generation.called_off:
                raise asyncio.CancelledError
            async with self.gateway.lease(generation.model, generation.report) as lease:
                clock.queue_ms, clock.load_ms = lease.queue_ms, lease.load_ms
                generation.instance, generation.engine = lease.target.instance, lease.target.engine
                try:
                    reason = await self._converse(generation, lease, body)
                except asyncio.CancelledError:
                    if generation.stopping is FinishReason.CANCELLED:
                        await self._confirm_stop(generation, lease)
                    raise
                if speed := clock.timings().tokens_per_second:
                    lease.measured(speed)
        except asyncio.CancelledError:
            reason = generation.stopping or FinishReason.INTERRUPTED
        except StellarChatError as failure:
            error = failure.info()
        except Exception as failure:
            log.exception("generation %s failed", generation.id)
            error = StellarChatError("Something went wrong inside StellarChat.", detail=repr(failure)).info()
        generation.settling = True
        await self._settle(generation, reason, error)

    async def _converse(self, generation: Generation, lease: Lease, body: dict[str, Any]) -> FinishReason:
        """Ask the engine and log all it says; return why it ended."""
        target, clock = lease.target, generation.clock
        generation.report(Status(Phase.PREFILL, engine=target.engine, model=generation.model))
        request = target.dialect.adapt(
            {
                **body,
                "model": target.upstream_model,
                "stream": True,
                "stream_options": {"include_usage": True},
                **({"return_progress": True} if target.dialect.progress else {}),
            }
        )
        clock.sent = asyncio.get_running_loop().time()
        parser, reader, decoding = EventParser(), ChunkReader(), False
        path = f"{target.prefix}/chat/completions"
        async with await lease.request("POST", path, msgspec.json.encode(request)) as response:
            if response.status != 200:
                raise engine_error(
                    await response.read(ERROR_LIMIT), response.status, retry_after(response.headers)
                )
            while data := await response.next():
                if events := reader.read(parser.feed(data)):
                    if not decoding:
                        decoding = _announce(
                            events, Status(Phase.DECODING, engine=target.engine, model=generation.model)
                        )
                    generation.append(events)
                if reader.failure is not None:
                    raise reader.failure
                if reader.done:
                    await response.end(KEEP_PATIENCE)
                    break
        if reader.finish_reason is None and not reader.done:
            raise EngineDied(
                "The engine stopped in the middle of its answer.", remedy="Continue the answer, or retry."
            )
        return reader.finish_reason or FinishReason.STOP

    async def _confirm_stop(self, generation: Generation, lease: Lease) -> None:
        """Our request is closed; see when the engine is free of it."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if await lease.freed():
            generation.clock.stop_ms = round((loop.time() - began) * 1000, 1)

    async def _settle(self, generation: Generation, reason: FinishReason, error: ErrorInfo | None) -> None:
        """Write the end into the store, then tell the readers."""
        clock = generation.clock
        usage, timings = clock.usage, clock.timings()
        interrupted = generation.wrote or bool(generation.base)
        last: End | Failed
        if error is not None:
            last = Failed(error, interrupted, usage, timings)
            status = MessageStatus.INTERRUPTED if interrupted else MessageStatus.ERROR
        else:
            last = End(reason, usage, timings)
            status = _STATUS.get(reason, MessageStatus.COMPLETE)
        if generation.message is not None:
            message = generation.message = msgspec.structs.replace(
                generation.message,
                parts=generation.parts(),
                status=status,
                finish_reason=FinishReason.INTERRUPTED if error is not None else reason,
                usage=usage,
                timings=timings,
                error=error,
                metadata=_provenance(generation),
                updated_at=datetime.now(UTC),
            )
            await self.recorder.finish(generation, message, _RECORD[status])
        generation.close(last)
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
                raise NotFound("There is no such generation.", param="generation_id")
            return await tx.messages.get(record.chat_id, record.message_id)

    def follow(self, generation_id: str, after: int = 0) -> AsyncIterator[list[Numbered]]:
        """Follow a live generation's events past number `after`. Raises NotFound."""
        generation = self._live.get(generation_id)
        if generation is None:
            raise NotFound("This generation is not running.", param="generation_id")
        return generation.follow(after)

    def running(self, chat_id: str) -> list[str]:
        """The ids of a chat's generations that are being written now."""
        return [g.id for g in self._known() if g.chat_id == chat_id and not g.done]

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

    def abandon(self, generation: Generation) -> None:
        """A stateless generation's only reader has left: let the engine go."""
        if not generation.stored:
            self._cancel(generation, FinishReason.CANCELLED)

    def _cancel(self, generation: Generation, reason: FinishReason) -> bool:
        if generation.settling or generation.called_off or generation.task is None:
            return False
        generation.stopping = reason
        if generation.begun:  # a task cancelled before its first step would never settle anything
            generation.task.cancel()
        return True

    async def close(self, grace: float) -> None:
        """Take no more work, give what runs `grace` seconds, then interrupt and store it."""
        self._closing = True
        tasks = [g.task for g in self._known() if g.task is not None and not g.task.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for generation in self._known():
            self._cancel(generation, FinishReason.INTERRUPTED)
        if tasks:
            await asyncio.wait(tasks, timeout=10.0)


_STATUS = {
    FinishReason.CANCELLED: MessageStatus.STOPPED,
    FinishReason.INTERRUPTED: MessageStatus.INTERRUPTED,
}
_RECORD = {
    MessageStatus.COMPLETE: GenerationStatus.COMPLETE,
    MessageStatus.STOPPED: GenerationStatus.STOPPED,
    MessageStatus.INTERRUPTED: GenerationStatus.INTERRUPTED,
    MessageStatus.ERROR: GenerationStatus.ERROR,
}


def _provenance(generation: Generation) -> dict[str, Any]:
    """How the reply was made, so that it can be made again: the engine and the parameters."""
    assert generation.message is not None
    metadata = {**generation.message.metadata, "engine": generation.engine}
    if generation.record is not None and generation.record.params:
        metadata |= {"params": generation.record.params, "seed": generation.record.params.get("seed")}
    return {name: value for name, value in metadata.items() if value is not None}


def _announce(events: list[GenerationEvent], decoding: Status) -> bool:
    """Put a status before the first token, if there is one."""
    for at, event in enumerate(events):
        if isinstance(event, Text | Thinking | ToolCall):
            events.insert(at, decoding)
            return True
    return False


def _continued(message: Message, generation_id: str) -> Message:
    """An answer as it is to go on, for a generation of its own."""
    if message.role is not Role.ASSISTANT:
        raise BadRequest("Only an answer can be continued.", param="continue_message_id")
    if not message.status.final:
        raise BranchBusy("This reply is still being written.", remedy="Wait for it to end, or stop it.")
    return msgspec.structs.replace(
        message,
        status=MessageStatus.PENDING,
        error=None,
        finish_reason=None,
        generation_id=generation_id,
        updated_at=datetime.now(UTC),
    )


def _answer(chat: Chat, parent_id: str, model: str, client_id: str | None, generation_id: str) -> Message:
    now = datetime.now(UTC)
    return Message(
        id=new_id(),
        chat_id=chat.id,
        parent_id=parent_id,
        role=Role.ASSISTANT,
        parts=[],
        status=MessageStatus.PENDING,
        model=model,
        client_id=client_id,
        generation_id=generation_id,
        created_at=now,
        updated_at=now,
    )


def _restored(user_id: str, asked: Message | None, answer: Message) -> Generation:
    """A finished generation whose events are gone: its whole text as one event, and its end."""
    generation = Generation(
        answer.generation_id or answer.id,
        user_id,
        answer.model or "",
        chat_id=answer.chat_id,
        message=answer,
        user_message=asked,
        replayed=True,
    )
    generation.base = []
    if answer.content:
        generation.append([Text(answer.content)])
    usage, timings = answer.usage, answer.timings
    end = End(FinishReason(answer.finish_reason or FinishReason.STOP))
    if usage is not None and timings is not None:
        end = End(end.finish_reason, usage, timings)
    interrupted = answer.status is MessageStatus.INTERRUPTED
    generation.close(Failed(answer.error, interrupted) if answer.error is not None else end)
    return generation
