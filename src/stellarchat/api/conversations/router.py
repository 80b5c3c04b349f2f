"""Routes of the simple conversations. A conversation is a chat, which the page shows too."""

import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Response

from stellarchat.api import deps
from stellarchat.api.bodies import check_sampling
from stellarchat.api.conversations.schemas import (
    ChangeConfiguration,
    ChatReply,
    ChatRequest,
    Configuration,
    Conversation,
    ConversationList,
    History,
    Made,
    NewConversation,
    SaidMessage,
    UserId,
)
from stellarchat.api.limits import Limits
from stellarchat.api.replies import failure
from stellarchat.api.routes import Routes
from stellarchat.api.sse import EventStream, events
from stellarchat.core.accounts import LOCAL_USER
from stellarchat.core.errors import ErrorInfo, Forbidden, Reported, StellarChatError
from stellarchat.core.events import End, Failed, Text
from stellarchat.services.answers.generation import Generation
from stellarchat.services.chats.conversations import Conversations
from stellarchat.services.choices import Choice, Choices, Custom

router = Routes(tags=["conversations"])

User = Annotated[str, Depends(deps.user)]
Named = Annotated[UserId | None, Query()]
ConversationsDep = Annotated[Conversations, Depends(deps.conversations)]
ChoicesDep = Annotated[Choices, Depends(deps.choices)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]

_FIELDS = {"base_url": "custom_api_url", "model": "custom_model", "api_key": "custom_api_key"}


def _own(user: str, named: str | None) -> str:
    """Return who is calling. Raises Forbidden where somebody else is named; without accounts nobody is."""
    if named and user not in (LOCAL_USER, named):
        raise Forbidden(
            "This user_id is not the caller's.", param="user_id", remedy="Leave it out, or send your own."
        )
    return user


@router.post("/conversations")
async def begin_conversation(
    user: User, conversations: ConversationsDep, body: NewConversation | None = None
) -> Made:
    """Make an empty conversation."""
    made = await conversations.create(_own(user, body.user_id if body else None))
    return Made(session_id=made, message="The conversation begins.")


@router.get("/conversations")
async def list_conversations(
    user: User, conversations: ConversationsDep, user_id: Named = None
) -> ConversationList:
    """List all that are not archived, newest first."""
    found = await conversations.listing(_own(user, user_id))
    return ConversationList(conversations=[Conversation.model_validate(one) for one in found])


@router.get("/conversations/{session_id}/history")
async def read_history(
    user: User, conversations: ConversationsDep, session_id: str, user_id: Named = None
) -> History:
    """Return what was said, on the branch that the page shows."""
    said = await conversations.history(_own(user, user_id), session_id)
    return History(session_id=session_id, messages=[SaidMessage.model_validate(one) for one in said])


@router.delete("/conversations/{session_id}")
async def delete_conversation(
    user: User, conversations: ConversationsDep, session_id: str, user_id: Named = None
) -> Made:
    """Delete one; what is being written in it is stopped."""
    await conversations.delete(_own(user, user_id), session_id)
    return Made(session_id=session_id, message="The conversation is deleted.")


@router.post(
    "/chat",
    response_model=ChatReply,
    responses={
        200: {
            "content": events(),
            "description": "The whole answer, or with `stream` events: chunks, then `done` or an error",
        }
    },
)
async def say(user: User, conversations: ConversationsDep, limits: LimitsDep, body: ChatRequest) -> Response:
    """Say something and have it answered; the answer goes on when the client leaves."""
    generation = await conversations.say(
        _own(user, body.user_id), body.session_id, body.message, body.params(limits)
    )
    session_id = generation.chat_id or ""
    # a stream has no room for it
    headers = {"x-session-id": session_id}
    if body.stream:
        stream = EventStream(_pieces(generation))
        stream.headers.update(headers)
        return stream
    await generation.finished()
    failed = failure(generation)
    if failed is not None:
        raise Reported(failed.error)
    reply = ChatReply(
        session_id=session_id,
        user_message=body.message,
        assistant_reply=generation.message.content if generation.message else "",
    )
    return Response(reply.model_dump_json(), media_type="application/json", headers=headers)


@router.get("/api/config")
async def read_configuration(user: User, choices: ChoicesDep, user_id: Named = None) -> Configuration:
    """Tell which model answers the caller."""
    return _shown(user, await choices.get(_own(user, user_id)))


@router.post("/api/config")
async def change_configuration(
    user: User, choices: ChoicesDep, limits: LimitsDep, body: ChangeConfiguration
) -> Configuration:
    """Choose a model, how long its answers may be, or give a custom one of one's own."""
    check_sampling({"max_tokens": body.max_tokens}, limits)
    custom = Custom(base_url=body.custom_api_url or None, model=body.custom_model or None, api_key=body.key())
    given = custom.base_url or custom.model or custom.api_key
    with _in_our_words():
        choice = await choices.change(
            _own(user, body.user_id),
            model_type=body.model_type,
            max_tokens=body.max_tokens if "max_tokens" in body.model_fields_set else msgspec.UNSET,
            custom=custom if given else None,
        )
    return _shown(user, choice)


def _shown(user: str, choice: Choice) -> Configuration:
    # where accounts are, addresses of the configuration are the administrator's
    return Configuration.of(choice, addresses=user == LOCAL_USER)


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    """Name fields as this surface calls them."""
    try:
        yield
    except StellarChatError as error:
        error.param = _FIELDS.get(error.param or "", error.param)
        raise


async def _pieces(generation: Generation) -> AsyncGenerator[bytes]:
    async for batch in generation.follow():
        events = [event for _, event in batch]
        if text := "".join(event.text for event in events if isinstance(event, Text)):
            yield _event({"chunk": text})
        last = events[-1]
        if isinstance(last, Failed):
            yield _event({"error": _sentence(last.error)})
        elif isinstance(last, End):
            yield _event({"done": True})


def _sentence(error: ErrorInfo) -> str:
    return f"{error.message} {error.remedy}" if error.remedy else error.message


def _event(data: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode(data)
