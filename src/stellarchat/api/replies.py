"""A reply as a reader is told it, from any number on: what Server-Sent Events and the socket share."""

from collections.abc import AsyncGenerator

import msgspec

from stellarchat.api.frames import Frame, FrameEncoder, message_start, snapshot
from stellarchat.api.schemas import Message as ShownMessage
from stellarchat.core.errors import StellarChatError
from stellarchat.core.events import End, Failed, FinishReason, Timings, Usage
from stellarchat.core.messages import Message, MessageStatus
from stellarchat.services.answers.generation import Generation, Siblings
from stellarchat.services.chats.chats import Chats


async def tell(
    chats: Chats, found: Generation | Message, after: int = 0, request_id: str | None = None
) -> AsyncGenerator[list[Frame]]:
    """Yield the frames past number `after`, as many at a time as there are, until the reply is over.

    From the beginning (`after` 0) `message_start` comes first. Of a reply whose events are gone the
    whole message is told instead.
    """
    if isinstance(found, Message):
        yield await _whole(chats, found, after)
        return
    if after == 0:
        yield [(0, await _opening(chats, found, request_id))]
    if found.replayed and found.message is not None:
        yield await _whole(chats, found.message, after)
        return
    nameless = found.message is not None and found.message.nameless
    encoder = FrameEncoder(found.id, found.base, nameless=nameless)
    after = min(after, found.last_seq)
    encoder.skip(enumerate(found.log[:after], 1))
    while True:
        await found.wait(after)
        batch = found.log[after:]
        if not batch:
            return
        yield encoder.encode(enumerate(batch, after + 1))
        after += len(batch)


async def _opening(chats: Chats, generation: Generation, request_id: str | None) -> bytes:
    """Return `message_start`, with the message as it was before the first event."""
    asked, answer = generation.user_message, generation.message
    if answer is None:
        return message_start(generation.id, request_id, None, None, b"null")
    siblings = generation.placed() or await chats.siblings([answer] if asked is None else [asked, answer])
    blank = msgspec.structs.replace(
        answer,
        parts=generation.base,
        status=MessageStatus.PENDING,
        finish_reason=None,
        usage=None,
        timings=None,
        error=None,
    )
    shown = None if asked is None else shown_json(asked, siblings)
    return message_start(generation.id, request_id, answer.chat_id, shown, shown_json(blank, siblings))


async def _whole(chats: Chats, message: Message, after: int) -> list[Frame]:
    """Return the frames of a reply whose events are gone."""
    identity, message = message.generation_id or message.id, message.shown()
    siblings = await chats.siblings([message])
    frames = [(after, snapshot(identity, after, shown_json(message, siblings)))]
    if not message.status.final:
        return frames  # another process writes it
    usage, timings = message.usage or Usage(), message.timings or Timings()
    last: End | Failed
    if message.error is not None:
        interrupted = message.status is MessageStatus.INTERRUPTED
        last = Failed(message.error, interrupted, usage, timings)
    else:
        last = End(FinishReason(message.finish_reason or FinishReason.STOP), usage, timings)
    return frames + FrameEncoder(identity, message.parts, after).encode([(after, last)])


def shown_json(message: Message, siblings: Siblings) -> bytes:
    """Return a message as JSON in the doors' shape."""
    shown = ShownMessage.of(message, siblings.get(message.parent_id, ()))
    return shown.model_dump_json().encode()


def failure(generation: Generation) -> Failed | None:
    """Return how a finished generation failed, None where it did not."""
    last = generation.log[-1] if generation.log else None
    return last if isinstance(last, Failed) else None


def as_error(problem: BaseException) -> StellarChatError:
    """Return an error that can be shown for anything that was raised."""
    if isinstance(problem, StellarChatError):
        return problem
    return StellarChatError(
        "Something went wrong in the server.",
        remedy="Try again; if it stays, the server's log has the details.",
        sentence="internal",
    )
