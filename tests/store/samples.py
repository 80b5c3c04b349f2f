"""Things to store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stellarchat.core.generations import GenerationRecord
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Chat, Message, MessageStatus, Role, TextPart
from stellarchat.store import Store

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """Return a moment some seconds after `START`."""
    return START + timedelta(seconds=seconds)


def chat(user_id: str = "ann", *, at: float = 0, **fields: Any) -> Chat:
    """Return a chat that was made, and last spoken in, at `at`."""
    when = moment(at)
    return Chat(
        id=new_id(),
        user_id=user_id,
        **{"created_at": when, "updated_at": when, "last_message_at": when} | fields,
    )


def said(chat_id: str, text: str, parent: Message | None = None, *, at: float = 0, **fields: Any) -> Message:
    """Return a message of a person."""
    return Message(
        id=new_id(),
        chat_id=chat_id,
        parent_id=parent.id if parent else None,
        **{"role": Role.USER, "parts": [TextPart(text)], "created_at": moment(at), "updated_at": moment(at)}
        | fields,
    )


def answer(chat_id: str, parent: Message | None, *, at: float = 0, **fields: Any) -> Message:
    """Return the empty message that a generation is about to write."""
    return said(
        chat_id,
        "",
        parent,
        at=at,
        **{"role": Role.ASSISTANT, "parts": [], "status": MessageStatus.PENDING} | fields,
    )


def run(message: Message, *, at: float = 0, **fields: Any) -> GenerationRecord:
    """Return a generation that writes `message`."""
    return GenerationRecord(
        id=new_id(),
        chat_id=message.chat_id,
        message_id=message.id,
        user_id="ann",
        model="demo",
        owner="here",
        created_at=moment(at),
        heartbeat_at=moment(at),
        **fields,
    )


async def add_chat(store: Store, user_id: str = "ann", *, at: float = 0, **fields: Any) -> Chat:
    """Store a chat and return it."""
    made = chat(user_id, at=at, **fields)
    async with store.transaction() as tx:
        await tx.chats.add(made)
    return made


async def add_messages(store: Store, *messages: Message) -> None:
    """Store messages in one transaction."""
    async with store.transaction() as tx:
        for message in messages:
            await tx.messages.add(message)


async def add_line(store: Store, chat_id: str, count: int) -> list[Message]:
    """Store `count` messages, each the answer to the one before, and return them."""
    line: list[Message] = []
    for number in range(count):
        line.append(said(chat_id, f"number {number}", line[-1] if line else None, at=number))
    async with store.transaction() as tx:
        await tx.messages.add_many(chat_id, line)
    return line
