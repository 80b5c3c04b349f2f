"""A turn: what somebody asks for, and what of it is written into the chat's tree before anything else."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, BranchBusy, Conflict, NotFound
from stellarchat.core.events import End, Failed, FinishReason, Text
from stellarchat.core.generations import GenerationRecord
from stellarchat.core.ids import id_of, new_id
from stellarchat.core.messages import NAMELESS, Chat, Message, MessageStatus, Part, Role, TextPart
from stellarchat.services import parameters
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.prompt import BRANCH_LIMIT, whole
from stellarchat.services.files.parts import described
from stellarchat.services.preferences import model_params
from stellarchat.store.database import Transaction

Gate = Callable[[Generation], Awaitable[None]]


class Turn(msgspec.Struct, kw_only=True):
    """What somebody asks for.

    New turn: `content` (below `parent_id`; UNSET is the active leaf, None a new root). Regenerate: no
    `content`, `parent_id` is the user message. Continue: `continue_message_id`. Without `chat_id` it is
    stateless and `messages` (OpenAI's) are what the model reads. `parts` are further parts of the user's
    message (images, files). `client_id` makes a replayed request harmless. `affinity` names the chat whose
    prompt a stateless one begins with. `aside` is what the server asks of itself, and counts towards
    nobody's limits. `gate` is waited for before a model is asked, `joins` called with the generation before.
    `origin` is the session that asks, where it is known. `nameless`: its model is not told until a vote.
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
    affinity: str | None = None
    aside: bool = False
    gate: Gate | None = None
    joins: Callable[[Generation], None] | None = None
    origin: str | None = None
    nameless: bool = False


async def write_turn(
    tx: Transaction,
    chat: Chat,
    turn: Turn,
    params: dict[str, Any],
    model: str,
    generation_id: str,
    owner: str,
) -> tuple[Generation, list[Message]]:
    """Write the messages and the generation of a turn; return it with the branch the model reads."""
    params = parameters.merge(await model_params(tx, turn.user_id, model), chat.params, params)
    asked: Message | None = None
    if turn.continue_message_id is not None:
        branch = await _branch(tx, chat, turn.continue_message_id)
        answer = _continued(branch[-1], generation_id)
        await tx.messages.update(answer)
        new = [answer]
    else:
        asked, branch = await _asked(tx, chat, turn)
        client_id = None if asked else turn.client_id
        answer = _answer(chat, branch[-1].id, model, client_id, generation_id, params)
        if turn.nameless:
            answer.metadata[NAMELESS] = True
        new = [answer] if asked is None else [asked, answer]
        await tx.messages.add_many(chat.id, new, chat.rev)
    now = answer.updated_at
    record = GenerationRecord(
        id=generation_id,
        chat_id=chat.id,
        message_id=answer.id,
        user_id=turn.user_id,
        model=model,
        owner=owner,
        params=params,
        created_at=now,
        heartbeat_at=now,
    )
    await tx.generations.add(record)
    rev = await tx.chats.touch(chat.id, answer.id, now)
    generation = Generation(
        record.id, turn.user_id, model, chat_id=chat.id, message=answer, user_message=asked
    )
    generation.record, generation.rev, generation.origin = record, rev, turn.origin
    first = new[0].parent_id
    siblings = {first: await tx.messages.children(chat.id, first)}
    if asked is not None:
        siblings[asked.id] = [answer.id]
    generation.place(siblings)
    return generation, branch


async def _asked(tx: Transaction, chat: Chat, turn: Turn) -> tuple[Message | None, list[Message]]:
    """Make the person's message, or find the one to answer anew; return it and the branch it ends."""
    if turn.content is None and not turn.parts:
        if not isinstance(turn.parent_id, str):
            raise BadRequest(
                "There is nothing to answer.",
                param="content",
                remedy="Send content, or a parent_id.",
                sentence="answer_nothing",
            )
        branch = await _branch(tx, chat, turn.parent_id)
        if branch[-1].role is not Role.USER:
            raise BadRequest(
                "Only an answer to a user's message can be made anew.",
                param="parent_id",
                sentence="answer_again",
            )
        return None, branch
    parent_id = chat.active_leaf_id if turn.parent_id is msgspec.UNSET else turn.parent_id
    branch = await _branch(tx, chat, parent_id) if parent_id is not None else []
    if branch and not branch[-1].status.final:
        raise BranchBusy(
            "A reply is still being written here.",
            remedy="Wait for it to end, or stop it.",
            sentence="reply_unfinished",
        )
    now = datetime.now(UTC)
    asked = Message(
        id=new_id(),
        chat_id=chat.id,
        parent_id=parent_id,
        role=Role.USER,
        parts=[
            *await described(tx, chat.user_id, turn.parts),
            *([TextPart(turn.content)] if turn.content is not None else []),
        ],
        client_id=turn.client_id,
        created_at=now,
        updated_at=now,
    )
    return asked, [*branch, asked]


async def _branch(tx: Transaction, chat: Chat, leaf: str) -> list[Message]:
    branch = await tx.messages.branch(chat.id, leaf, BRANCH_LIMIT)
    if not branch:
        raise NotFound(
            "There is no such message in this chat.", param="parent_id", detail=leaf, sentence="message_none"
        )
    whole(branch)
    return branch


def _continued(message: Message, generation_id: str) -> Message:
    """An answer as it is to go on, for a generation of its own."""
    if message.role is not Role.ASSISTANT:
        raise BadRequest(
            "Only an answer can be continued.", param="continue_message_id", sentence="answer_continue"
        )
    if not message.status.final:
        raise BranchBusy(
            "This reply is still being written.",
            remedy="Wait for it to end, or stop it.",
            sentence="reply_unfinished",
        )
    return msgspec.structs.replace(
        message,
        status=MessageStatus.PENDING,
        error=None,
        finish_reason=None,
        generation_id=generation_id,
        updated_at=datetime.now(UTC),
    )


def _answer(
    chat: Chat,
    parent_id: str,
    model: str,
    client_id: str | None,
    generation_id: str,
    params: dict[str, Any],
) -> Message:
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
        metadata=provenance(None, params),
        created_at=now,
        updated_at=now,
    )


def provenance(engine: str | None, params: dict[str, Any]) -> dict[str, Any]:
    """How a reply is made, so that it can be made again: what is known of engine, parameters and seed."""
    found = {"engine": engine, "params": params or None, "seed": params.get("seed")}
    return {name: value for name, value in found.items() if value is not None}


def identity(turn: Turn) -> str:
    """Return the id of the generation that a turn begins.

    That of a continuation follows from its client_id, under which no message of its own can be found.
    """
    if turn.continue_message_id is None or turn.client_id is None:
        return new_id()
    return id_of("continue", turn.continue_message_id, turn.client_id)


async def asked_before(
    tx: Transaction, chat: Chat, turn: Turn, generation_id: str
) -> tuple[Message | None, Message] | None:
    """Return the question and answer that an earlier request of the same client_id stored, if there was one.

    Raises Conflict where it stored a message without asking for an answer.
    """
    if turn.continue_message_id is not None:
        if not await tx.generations.exists(generation_id):
            return None
        return None, await tx.messages.get(chat.id, turn.continue_message_id)
    before = await tx.messages.by_client_id(chat.id, turn.client_id or "")
    if before is None or before.role is not Role.USER:
        return None if before is None else (None, before)
    below = await tx.messages.siblings(before.chat_id, [before.id])
    ids = below.get(before.id) or []
    if not ids:
        raise Conflict(
            "This message was stored before, without an answer.",
            param="client_id",
            sentence="message_unanswered",
        )
    return before, await tx.messages.get(before.chat_id, ids[0])


def restored(user_id: str, asked: Message | None, answer: Message) -> Generation:
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
