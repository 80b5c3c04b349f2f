"""Chats and their messages: everything a person does with them but asking for a reply."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, BranchBusy, Conflict, NotFound, StellarChatError
from stellarchat.core.ids import id_of, new_id
from stellarchat.core.messages import Chat, Message, MessageStatus, Part, Role, newest_leaf, path
from stellarchat.core.records import Page
from stellarchat.services import parameters
from stellarchat.services.answers.generation import Generation, Siblings
from stellarchat.services.answers.generations import Generations
from stellarchat.services.bus import Bus, ChatChange, ChatChanged, ReplyChanged, ReplyState
from stellarchat.services.chats.forks import fork
from stellarchat.services.chats.titles import first_words
from stellarchat.services.files.parts import described
from stellarchat.services.prompts.personas import taken_on
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

PAGE = 50
PAGE_LIMIT = 200
"""Messages of one page, by default and at most."""


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Which chats to list; None switches a filter off, `folder` "" is: in no folder."""

    archived: bool | None = False
    pinned: bool | None = None
    folder: str | None = None
    tag: str | None = None


class Lines(msgspec.Struct, frozen=True):
    """A piece of one branch, root-most first. `siblings` are the children of the messages' parents."""

    messages: list[Message]
    siblings: Siblings
    has_more: bool


class Listed(msgspec.Struct, frozen=True):
    """A chat, and the ids of the generations that write in it now; `waiting`: one of them for the person.

    `created` is False where it was to be made, and an earlier request had made it already.
    """

    chat: Chat
    live: list[str]
    waiting: bool = False
    created: bool = True


class Opened(msgspec.Struct, frozen=True):
    """A chat with the newest part of its active branch."""

    chat: Chat
    live: list[str]
    waiting: bool
    lines: Lines


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to be stored as it is. `parent_id`: UNSET is the active leaf, None a new root."""

    role: Role
    parts: list[Part]
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    client_id: str | None = None
    model: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class Stored(msgspec.Struct, frozen=True):
    """A message in its chat. `created` is False where an earlier request had stored it already."""

    message: Message
    siblings: list[str]
    created: bool = True


class Chats:
    """The chats of all users; another user's chat does not exist. Every change is published."""

    def __init__(self, store: Store, bus: Bus, generations: Generations) -> None:
        self._store = store
        self._bus = bus
        self._generations = generations
        self._tasks: set[asyncio.Task[None]] = set()

    # chats

    async def create(
        self,
        user_id: str,
        fields: Mapping[str, Any],
        origin: str | None = None,
        client_id: str | None = None,
    ) -> Listed:
        """Store a new chat. `fields` as for `update`.

        The same `client_id` again returns the chat as it is now. Raises BadRequest naming the field,
        Conflict where that chat was deleted since.
        """
        try:
            made = await self._create(user_id, fields, client_id)
        except Conflict:
            if client_id is None:
                raise
            made = await self._create(user_id, fields, client_id)  # the same request came twice at once
        if made.created:
            self._publish(made.chat, ChatChange.CREATED, origin)
        return made

    async def listing(
        self, user_id: str, shelf: Shelf, *, cursor: str | None = None, limit: int = PAGE
    ) -> Page[Listed]:
        """Return chats by their last message, newest first. Raises BadRequest for a foreign cursor."""
        filters = msgspec.structs.asdict(shelf)
        async with self._store.read() as tx:
            page = await tx.chats.list(user_id, cursor=cursor, limit=_page(limit), **filters)
            live = await tx.generations.live_for_chats(chat.id for chat in page.items)
        return Page([self._listed(chat, live.get(chat.id, [])) for chat in page.items], page.next_cursor)

    async def open(self, user_id: str, chat_id: str) -> Opened:
        """Return a chat with the newest messages of its active branch. Raises NotFound."""
        async with self._store.read() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            lines = await _lines(tx, chat.id, chat.active_leaf_id, PAGE)
            live = await tx.generations.live_for_chats([chat.id])
        running = live.get(chat.id, [])
        return Opened(chat, running, any(map(self._generations.waits, running)), lines)

    async def update(
        self,
        user_id: str,
        chat_id: str,
        fields: Mapping[str, Any],
        *,
        rev: int | None = None,
        settle: bool = False,
        origin: str | None = None,
    ) -> Listed:
        """Change a chat: title, model, system_prompt, params, temperature, max_tokens, persona_id, folder,
        tags, archived, pinned, active_leaf.

        With `settle` the active leaf becomes the newest leaf below the given message. Raises NotFound,
        StaleRevision where `rev` is no longer the chat's, BadRequest naming the field.
        """
        async with self._store.transaction() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            changes = _changes(chat, await taken_on(tx, user_id, fields))
            leaf = changes.get("active_leaf_id")
            if leaf is not None:
                changes["active_leaf_id"] = await _leaf(tx, chat.id, leaf, settle)
            if changes.get("title") == "":
                changes["title"] = await _first_words(tx, chat)
            chat = await tx.chats.update(user_id, chat_id, changes, rev)
            live = await tx.generations.live_for_chats([chat.id])
        self._publish(chat, ChatChange.TITLE if set(fields) == {"title"} else ChatChange.UPDATED, origin)
        return self._listed(chat, live.get(chat.id, []))

    async def delete(self, user_id: str, chat_id: str, origin: str | None = None) -> None:
        """Hide a chat, which `restore` undoes, and stop what is being written in it. Raises NotFound."""
        async with self._store.transaction() as tx:
            await tx.chats.delete(user_id, chat_id)
            chat = await tx.chats.get(user_id, chat_id, include_deleted=True)
        self._publish(chat, ChatChange.DELETED, origin)
        self.stop_writing(user_id, [chat_id])

    def stop_writing(self, user_id: str, ids: Sequence[str]) -> None:
        """Stop in the background what is being written in these chats."""
        for chat_id in ids:
            for generation_id in self._generations.running(chat_id):
                task = asyncio.create_task(self._stop(generation_id, user_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def restore(self, user_id: str, chat_id: str, origin: str | None = None) -> Listed:
        """Bring a deleted chat back. Raises NotFound where there is nothing to bring back."""
        async with self._store.transaction() as tx:
            chat = await tx.chats.restore(user_id, chat_id)
        self._publish(chat, ChatChange.CREATED, origin)
        return self._listed(chat, self._generations.running(chat_id))

    async def fork(
        self,
        user_id: str,
        chat_id: str,
        message_id: str | None = None,
        *,
        title: str | None = None,
        origin: str | None = None,
    ) -> Listed:
        """Make a chat of the messages down to one of them, by default to the active leaf.

        Raises NotFound naming the chat or `message_id`, BranchBusy where a reply is still being written.
        """
        async with self._store.transaction() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            copy = await fork(tx, chat, message_id or chat.active_leaf_id, title)
        self._publish(copy, ChatChange.CREATED, origin)
        return Listed(copy, [])

    # messages

    async def messages(
        self,
        user_id: str,
        chat_id: str,
        *,
        leaf: str | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> Lines:
        """Return the messages upward from `leaf` (None: the active one), or from above `before`.

        Raises NotFound naming `leaf` or `before`.
        """
        async with self._store.read() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            if before is not None:
                start = (await _message(tx, chat.id, before, "before")).parent_id
            elif leaf is not None:
                start = (await _message(tx, chat.id, leaf, "leaf")).id
            else:
                start = chat.active_leaf_id
            return await _lines(tx, chat.id, start, _page(limit))

    async def add_message(
        self, user_id: str, chat_id: str, new: NewMessage, origin: str | None = None
    ) -> Stored:
        """Store a message without asking for a reply; it becomes the active leaf.

        The same `client_id` again returns what was stored the first time. Raises NotFound, BadRequest.
        """
        try:
            stored, rev = await self._add(user_id, chat_id, new)
        except Conflict:
            if new.client_id is None:
                raise
            stored, rev = await self._add(user_id, chat_id, new)  # the same request came twice at once
        if stored.created:
            self._bus.publish(ChatChanged(user_id, chat_id, rev, ChatChange.MESSAGE, origin))
        return stored

    async def edit_message(
        self,
        user_id: str,
        chat_id: str,
        message_id: str,
        *,
        parts: list[Part],
        client_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        origin: str | None = None,
    ) -> Stored:
        """Store a new wording of a user's message beside the old one and make it the active leaf.

        Raises NotFound, and BadRequest for a message that no user wrote.
        """
        async with self._store.read() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            old = await _message(tx, chat.id, message_id, "message_id")
        if old.role is not Role.USER:
            raise BadRequest(
                "Only what a person wrote can be worded anew.",
                param="content",
                remedy="Ask for another answer instead.",
                sentence="edit_person",
            )
        new = NewMessage(
            role=Role.USER,
            parts=parts,
            parent_id=old.parent_id,
            client_id=client_id,
            metadata=old.metadata if metadata is None else metadata,
        )
        return await self.add_message(user_id, chat_id, new, origin)

    async def annotate_message(
        self,
        user_id: str,
        chat_id: str,
        message_id: str,
        metadata: dict[str, Any],
        origin: str | None = None,
    ) -> Stored:
        """Replace a message's metadata. Raises NotFound, and BranchBusy while it is being written."""
        async with self._store.transaction() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            message = await _message(tx, chat.id, message_id, "message_id")
            if not message.status.final:
                raise BranchBusy(
                    "This message is still being written.",
                    remedy="Wait for it to end, or stop it.",
                    sentence="reply_unfinished",
                )
            message.metadata = metadata
            message.updated_at = datetime.now(UTC)
            rev = await tx.messages.update(message)
            siblings = await tx.messages.siblings(chat.id, [message.parent_id])
        self._bus.publish(ChatChanged(user_id, chat_id, rev, ChatChange.MESSAGE, origin))
        return Stored(message, siblings[message.parent_id], created=False)

    async def siblings(self, messages: list[Message]) -> Siblings:
        """Return the children of the messages' parents, oldest first; all are of one chat."""
        if not messages:
            return {}
        async with self._store.read() as tx:
            return await tx.messages.siblings(messages[0].chat_id, [one.parent_id for one in messages])

    # hooks of the generations

    async def began(self, generation: Generation) -> None:
        """Tell the other pages that a reply is being written."""
        self._moved(generation)

    async def ended(self, generation: Generation) -> None:
        """Tell the other pages that a reply is there."""
        self._moved(generation)
        self._told(generation, ReplyState.ENDED)

    def waits(self, generation: Generation) -> None:
        """Tell the pages that a reply waits for its person, or does not any more."""
        waiting = generation.calls is not None and generation.calls.waiting
        self._told(generation, ReplyState.WAITING if waiting else ReplyState.WRITING)

    def _told(self, generation: Generation, state: ReplyState) -> None:
        message = generation.message
        if message is not None:
            self._bus.publish(
                ReplyChanged(
                    generation.user_id,
                    message.chat_id,
                    message.id,
                    generation.id,
                    state,
                    generation.clock.elapsed(),
                    message.status if state is ReplyState.ENDED else None,
                )
            )

    def _listed(self, chat: Chat, live: Sequence[str]) -> Listed:
        return Listed(chat, [*live], any(map(self._generations.waits, live)))

    def _moved(self, generation: Generation) -> None:
        if generation.chat_id is not None:
            self._bus.publish(
                ChatChanged(
                    generation.user_id,
                    generation.chat_id,
                    generation.rev,
                    ChatChange.MESSAGE,
                    generation.origin,
                )
            )

    async def _create(self, user_id: str, fields: Mapping[str, Any], client_id: str | None) -> Listed:
        now = datetime.now(UTC)
        # what a client names has one id, so no column need tell what it was named
        chat_id = new_id() if client_id is None else id_of("chat", user_id, client_id)
        chat = Chat(id=chat_id, user_id=user_id, created_at=now, updated_at=now, last_message_at=now)
        async with self._store.transaction() as tx:
            if client_id is not None and (before := await _made_before(tx, user_id, chat_id)):
                live = (await tx.generations.live_for_chats([chat_id])).get(chat_id, [])
                return msgspec.structs.replace(self._listed(before, live), created=False)
            for name, value in _changes(chat, await taken_on(tx, user_id, fields)).items():
                setattr(chat, name, value)
            await tx.chats.add(chat)
        return Listed(chat, [])

    async def _add(self, user_id: str, chat_id: str, new: NewMessage) -> tuple[Stored, int]:
        async with self._store.transaction() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            if new.client_id and (before := await tx.messages.by_client_id(chat.id, new.client_id)):
                siblings = await tx.messages.siblings(chat.id, [before.parent_id])
                return Stored(before, siblings[before.parent_id], created=False), chat.rev
            parent_id = chat.active_leaf_id if new.parent_id is msgspec.UNSET else new.parent_id
            if parent_id is not None:
                parent = await _message(tx, chat.id, parent_id, "parent_id")
                if not parent.status.final:
                    raise BranchBusy(
                        "A reply is still being written here.",
                        remedy="Wait for it to end, or stop it.",
                        sentence="reply_unfinished",
                    )
            now = datetime.now(UTC)
            message = Message(
                id=new_id(),
                chat_id=chat.id,
                parent_id=parent_id,
                role=new.role,
                parts=await described(tx, user_id, new.parts),
                status=MessageStatus.COMPLETE,
                model=new.model,
                client_id=new.client_id,
                metadata=new.metadata,
                created_at=now,
                updated_at=now,
            )
            await tx.messages.add(message)
            message.rev = await tx.chats.touch(chat.id, message.id, now)
            siblings = await tx.messages.siblings(chat.id, [parent_id])
        return Stored(message, siblings[parent_id]), message.rev

    async def _stop(self, generation_id: str, user_id: str) -> None:
        try:
            await self._generations.stop(generation_id, user_id)
        except StellarChatError as error:
            log.warning("generation %s of a deleted chat was not stopped: %s", generation_id, error.message)

    def _publish(self, chat: Chat, change: ChatChange, origin: str | None) -> None:
        self._bus.publish(ChatChanged(chat.user_id, chat.id, chat.rev, change, origin))


def _page(limit: int) -> int:
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadRequest(f"limit must be from 1 to {PAGE_LIMIT}.", param="limit")
    return limit


async def _made_before(tx: Transaction, user_id: str, chat_id: str) -> Chat | None:
    """Return the chat that an earlier request of the same client_id made, if there was one."""
    try:
        chat = await tx.chats.get(user_id, chat_id, include_deleted=True)
    except NotFound:
        return None
    if chat.deleted_at is not None:
        raise Conflict(
            "This chat was made before, and has been deleted since.",
            param="client_id",
            sentence="chat_deleted",
        )
    return chat


async def _message(tx: Transaction, chat_id: str, message_id: str, param: str) -> Message:
    try:
        return await tx.messages.get(chat_id, message_id)
    except NotFound as error:
        error.param = param
        raise


async def _lines(tx: Transaction, chat_id: str, leaf: str | None, limit: int) -> Lines:
    if leaf is None:
        return Lines([], {}, has_more=False)
    messages = await tx.messages.branch(chat_id, leaf, limit)
    siblings = await tx.messages.siblings(chat_id, [message.parent_id for message in messages])
    return Lines(messages, siblings, has_more=bool(messages) and messages[0].parent_id is not None)


async def _leaf(tx: Transaction, chat_id: str, leaf: str, settle: bool) -> str:
    await _message(tx, chat_id, leaf, "active_leaf")
    return newest_leaf(await tx.messages.nodes(chat_id), leaf) if settle else leaf


async def _first_words(tx: Transaction, chat: Chat) -> str:
    line = path(await tx.messages.nodes(chat.id), chat.active_leaf_id)
    return first_words((await tx.messages.get(chat.id, line[0])).content) if line else ""


def _changes(chat: Chat, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `fields`, in the words of the doors, change in `chat`, in the words of the store."""
    changes: dict[str, Any] = {}
    params = dict(chat.params)
    now = datetime.now(UTC)
    for name, value in fields.items():
        match name:
            case "title":
                changes["title"] = title = (value or "").strip()
                # an emptied title is given up for the first words, see `update`
                changes["title_by"] = "person" if title else "fallback"
            case "archived" | "pinned":
                at = chat.archived_at if name == "archived" else chat.pinned_at
                changes[f"{name}_at"] = (at or now) if value else None
            case "active_leaf":
                changes["active_leaf_id"] = value
            case "params":
                params = parameters.check(value or {})
            case "tags":
                changes["tags"] = list(dict.fromkeys(tag.strip() for tag in value or () if tag.strip()))
            case "folder":
                changes["folder"] = (value or "").strip() or None
            case "model" | "system_prompt":
                changes[name] = value or None
            case "persona":
                changes["persona"] = value
            case "temperature" | "max_tokens":
                pass
            case _:
                raise BadRequest(f"A chat has no field {name!r} that can be set.", param=name)
    # after `params`, whichever came first: the plain fields win
    for name in ("temperature", "max_tokens"):
        if name in fields:
            params = parameters.merge(params, {name: None}, parameters.check({name: fields[name]}))
    if params != chat.params:
        changes["params"] = params
    return changes
