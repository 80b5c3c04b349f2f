"""Routes of links to chats: their owner's, and those of whoever has one."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.chats.chats import User
from stellarchat.api.chats.files import kept
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import Part, show_part
from stellarchat.api.turns import STORABLE, Body, Id
from stellarchat.core import messages
from stellarchat.core.messages import MessageStatus, Role
from stellarchat.core.records import Share
from stellarchat.services.chats.sharing import AUTHOR_CHARS, PAGE, Sharing, Shown, Terms

router = Routes(tags=["sharing"])

SharingDep = Annotated[Sharing, Depends(deps.sharing)]
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
# nobody keeps it: a link that is taken back is to lead nowhere at once
_HEADERS: Final = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}


class ShareTerms(Body):
    """Body of `POST /api/chats/{id}/share`: everything may be left out."""

    mode: Literal["snapshot", "live"] = Field(
        "snapshot", description="snapshot: down to one message; live: the branch that is shown at the time"
    )
    message_id: Id | None = Field(None, description="of a snapshot: its last message; left out: the last now")
    author: Annotated[str, Field(max_length=AUTHOR_CHARS), STORABLE] | None = Field(
        None, description="the name that stands before what the person said; left out: none"
    )
    models: bool = Field(True, description="show which models answered")
    system_prompt: bool = False
    documents: bool = Field(True, description="let attached documents be taken; images are shown always")


class ChatLink(BaseModel):
    """The link of a chat. Whoever has it may read what it shows."""

    token: str
    path: str = Field(description="of the page, at this server's address")
    mode: Literal["snapshot", "live"]
    message_id: str | None
    author: str | None
    models: bool
    system_prompt: bool
    documents: bool
    created_at: datetime

    @classmethod
    def of(cls, share: Share) -> Self:
        """Return a link as its owner sees it."""
        return cls(
            token=share.token,
            path=f"/s/{share.token}",
            mode="live" if share.leaf_id is None else "snapshot",
            message_id=share.leaf_id,
            author=share.author,
            models=share.models,
            system_prompt=share.system_prompt,
            documents=share.documents,
            created_at=share.created_at,
        )


class SharedMessage(BaseModel):
    """A message as strangers see it."""

    id: str
    role: Role
    parts: list[Part]
    content: str
    status: MessageStatus
    model: str | None = Field(description="null where models are not shown")
    created_at: datetime


class SharedChat(BaseModel):
    """A piece of a shared chat, root-most message first."""

    title: str
    author: str | None
    system_prompt: str | None = Field(description="null where it is not shown")
    live: bool
    created_at: datetime
    messages: list[SharedMessage]
    has_more: bool = Field(description="whether there are more above the first one")

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Return what may be seen."""
        share, chat = shown.share, shown.chat
        said = [
            SharedMessage(
                id=one.id,
                role=one.role,
                parts=[show_part(_public(part)) for part in one.parts if _may_be_shown(part, share)],
                content=one.content,
                status=one.status,
                model=one.model if share.models else None,
                created_at=one.created_at,
            )
            for one in shown.messages
        ]
        return cls(
            title=chat.title,
            author=share.author,
            system_prompt=chat.system_prompt if share.system_prompt else None,
            live=share.leaf_id is None,
            created_at=share.created_at,
            messages=said,
            has_more=shown.has_more,
        )


def _public(part: messages.Part) -> messages.Part:
    """Leave out what tools returned: it is of places that only the chat's owner may look into."""
    if isinstance(part, messages.ToolUsePart):
        return messages.ToolUsePart(
            part.id, part.name, "", state=part.state, tool=part.tool, title=part.title
        )
    return part


def _may_be_shown(part: messages.Part, share: Share) -> bool:
    """Where documents are not shared, their names may tell too much already."""
    return not isinstance(part, messages.FilePart) or part.is_image or share.documents


@router.post("/api/chats/{chat_id}/share")
async def share_chat(
    user: User, sharing: SharingDep, chat_id: str, body: ShareTerms | None = None
) -> ChatLink:
    """Make a link to a chat, or change what the link it has shows."""
    wanted = body or ShareTerms()
    terms = Terms(
        live=wanted.mode == "live",
        message_id=wanted.message_id,
        author=wanted.author,
        models=wanted.models,
        system_prompt=wanted.system_prompt,
        documents=wanted.documents,
    )
    return ChatLink.of(await sharing.share(user, chat_id, terms))


@router.get("/api/chats/{chat_id}/share")
async def get_link(user: User, sharing: SharingDep, chat_id: str) -> ChatLink:
    """Return the link of a chat; 404 where it has none."""
    return ChatLink.of(await sharing.link(user, chat_id))


@router.delete("/api/chats/{chat_id}/share", status_code=204)
async def revoke_link(user: User, sharing: SharingDep, chat_id: str) -> None:
    """Take the link of a chat back: it leads nowhere at once."""
    await sharing.revoke(user, chat_id)


@router.get("/api/shared/{token}")
async def read_shared(
    sharing: SharingDep,
    response: Response,
    token: str,
    before: Annotated[str | None, Query(max_length=64, description="begin above this message")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> SharedChat:
    """Read a shared chat, upward from its end. Needs no login."""
    response.headers.update(_HEADERS)
    return SharedChat.of(await sharing.read(token, before, limit))


@router.get(
    "/api/shared/{token}/files/{file_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BYTES}, "description": "The file, to keep"}},
)
async def read_shared_file(sharing: SharingDep, token: str, file_id: str) -> Response:
    """Return a file of the messages that a link shows. Needs no login; other files are not shared."""
    found, path = await sharing.file(token, file_id)
    return kept(found, path, _HEADERS)
