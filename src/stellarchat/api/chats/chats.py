"""Routes of chats and their messages."""

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime

from stellarchat.api import deps
from stellarchat.api.chats import schemas
from stellarchat.api.limits import Limits
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import Message
from stellarchat.api.turns import Origin, parts_of
from stellarchat.core.errors import BadRequest
from stellarchat.core.messages import Role
from stellarchat.core.records import Sieve
from stellarchat.services.chats.chats import Chats, NewMessage, Shelf
from stellarchat.services.chats.search import Search
from stellarchat.services.chats.summaries import Summaries

router = Routes(prefix="/api/chats", tags=["chats"])

User = Annotated[str, Depends(deps.user)]
ChatsDep = Annotated[Chats, Depends(deps.chats)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.post(
    "/",
    status_code=201,
    response_model=schemas.Chat,
    responses={200: {"model": schemas.Chat, "description": "It was made before, by the same client_id"}},
)
async def create_chat(
    user: User,
    chats: ChatsDep,
    limits: LimitsDep,
    body: schemas.NewChat,
    response: Response,
    origin: Origin = None,
) -> schemas.Chat:
    """Make a chat."""
    made = await chats.create(user, body.given(limits), origin, body.client_id)
    response.status_code = 201 if made.created else 200
    return schemas.Chat.of(made)


@router.get("/")
async def list_chats(
    user: User,
    chats: ChatsDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    archived: bool = False,
    pinned: bool | None = None,
    folder: Annotated[str | None, Query(max_length=255, description="empty: in no folder")] = None,
    tag: Annotated[str | None, Query(max_length=64)] = None,
) -> schemas.ChatPage:
    """List chats by their last message, newest first; `next_cursor` asks for the next page."""
    shelf = Shelf(archived=archived, pinned=pinned, folder=folder, tag=tag)
    return schemas.ChatPage.of(await chats.listing(user, shelf, cursor=cursor, limit=limit))


@router.get("/search")
async def search_chats(
    user: User,
    search: Annotated[Search, Depends(deps.search)],
    q: Annotated[str, Query(max_length=500)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    folder: Annotated[str | None, Query(max_length=255, description="empty: in no folder")] = None,
    tag: Annotated[str | None, Query(max_length=64)] = None,
    archived: Annotated[bool | None, Query(description="left out: both")] = None,
    model: Annotated[
        str | None, Query(max_length=256, description="who wrote the message, or the chat's own for titles")
    ] = None,
    role: Annotated[Role | None, Query(description="who said it; then no titles are found")] = None,
    since: Annotated[AwareDatetime | None, Query(description="said then or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="said before that")] = None,
) -> schemas.Hits:
    """Search titles and messages; all words must be found, the last may be only begun."""
    sieve = Sieve(folder=folder, tag=tag, archived=archived, model=model, role=role, since=since, until=until)
    hits = await search.find(user, q, limit, sieve)
    return schemas.Hits(items=[schemas.Hit.of(hit) for hit in hits])


@router.get("/{chat_id}")
async def open_chat(user: User, chats: ChatsDep, chat_id: str) -> schemas.OpenChat:
    """Return a chat with the newest messages of its active branch."""
    return schemas.OpenChat.opened(await chats.open(user, chat_id))


@router.put("/{chat_id}")
async def change_chat(
    user: User,
    chats: ChatsDep,
    limits: LimitsDep,
    chat_id: str,
    body: schemas.ChatPatch,
    origin: Origin = None,
) -> schemas.Chat:
    """Change what the body names."""
    fields = body.given(limits)
    changed = await chats.update(user, chat_id, fields, rev=body.rev, settle=body.settle, origin=origin)
    return schemas.Chat.of(changed)


@router.delete("/{chat_id}", status_code=204)
async def delete_chat(user: User, chats: ChatsDep, chat_id: str, origin: Origin = None) -> None:
    """Delete a chat; for 30 days it can be restored."""
    await chats.delete(user, chat_id, origin)


@router.post("/{chat_id}/restore")
async def restore_chat(user: User, chats: ChatsDep, chat_id: str, origin: Origin = None) -> schemas.Chat:
    """Bring a deleted chat back."""
    return schemas.Chat.of(await chats.restore(user, chat_id, origin))


@router.post("/{chat_id}/fork", status_code=201)
async def fork_chat(
    user: User, chats: ChatsDep, chat_id: str, body: schemas.Fork | None = None, origin: Origin = None
) -> schemas.Chat:
    """Copy the messages from the root down to one of them into a chat of their own."""
    wanted = body or schemas.Fork()
    return schemas.Chat.of(
        await chats.fork(user, chat_id, wanted.message_id, title=wanted.title, origin=origin)
    )


@router.get("/{chat_id}/messages")
async def list_messages(
    user: User,
    chats: ChatsDep,
    chat_id: str,
    leaf: Annotated[str | None, Query(max_length=64, description="left out: the active leaf")] = None,
    before: Annotated[str | None, Query(max_length=64, description="begin above this message")] = None,
    limit: Limit = 50,
) -> schemas.MessagePage:
    """Return a piece of one branch, root-most first, upward from `leaf` or from above `before`."""
    return schemas.MessagePage.of(await chats.messages(user, chat_id, leaf=leaf, before=before, limit=limit))


@router.post(
    "/{chat_id}/messages",
    status_code=201,
    responses={200: {"model": Message, "description": "It was stored before, by the same client_id"}},
)
async def add_message(
    user: User,
    chats: ChatsDep,
    chat_id: str,
    body: schemas.NewMessage,
    response: Response,
    origin: Origin = None,
) -> Message:
    """Store a message without asking for a reply."""
    where = {"parent_id": body.parent_id} if "parent_id" in body.model_fields_set else {}
    new = NewMessage(
        role=body.role,
        parts=parts_of(body.content),
        client_id=body.client_id,
        model=body.model,
        metadata=body.metadata,
        **where,
    )
    stored = await chats.add_message(user, chat_id, new, origin)
    response.status_code = 201 if stored.created else 200
    return schemas.stored(stored)


@router.post("/{chat_id}/summary", status_code=201)
async def summarise(
    user: User,
    summaries: Annotated[Summaries, Depends(deps.summaries)],
    chat_id: str,
    body: schemas.SummaryWish | None = None,
    origin: Origin = None,
) -> Message:
    """Have earlier messages summarised; from then on models read the summary in their place."""
    wanted = body or schemas.SummaryWish()
    return schemas.stored(
        await summaries.make(user, chat_id, model=wanted.model, keep=wanted.keep, origin=origin)
    )


@router.put(
    "/{chat_id}/messages/{message_id}",
    responses={201: {"model": Message, "description": "A new sibling holds the new wording"}},
)
async def change_message(
    user: User,
    chats: ChatsDep,
    chat_id: str,
    message_id: str,
    body: schemas.MessagePatch,
    response: Response,
    origin: Origin = None,
) -> Message:
    """Word a user's message anew, which makes a sibling of it, or replace a message's metadata."""
    if body.content is not None:
        stored = await chats.edit_message(
            user,
            chat_id,
            message_id,
            parts=parts_of(body.content),
            client_id=body.client_id,
            metadata=body.metadata,
            origin=origin,
        )
        response.status_code = 201 if stored.created else 200
    elif body.metadata is not None:
        stored = await chats.annotate_message(user, chat_id, message_id, body.metadata, origin)
    else:
        raise BadRequest("Nothing is to be changed.", param="content", remedy="Send content or metadata.")
    return schemas.stored(stored)
