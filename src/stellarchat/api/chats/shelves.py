"""Routes of order among chats: folders, tags, many at once, and the trash."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.chats.chats import Limit, User
from stellarchat.api.chats.schemas import Folder
from stellarchat.api.routes import Routes
from stellarchat.api.turns import STORABLE, Body, Id, Origin
from stellarchat.core.messages import Chat
from stellarchat.core.records import Page, Tally
from stellarchat.services.chats.shelves import AT_ONCE, Deed, Shelves

router = Routes(prefix="/api/chats", tags=["chats"])

ShelvesDep = Annotated[Shelves, Depends(deps.shelves)]
FolderName = Annotated[str, Field(min_length=1, max_length=255), STORABLE]
Named = Annotated[str, Query(min_length=1, max_length=255, description="which folder")]
Tag = Annotated[str, Field(min_length=1, max_length=64), STORABLE]


class ChatTally(BaseModel):
    """A folder or a tag, with how many chats it has; archived ones are not counted."""

    name: str
    count: int


class ChatTallies(BaseModel):
    """Folders or tags, by name."""

    items: list[ChatTally]

    @classmethod
    def of(cls, found: "list[Tally]") -> Self:
        """Return them as they are shown."""
        return cls(items=[ChatTally(name=one.name, count=one.count) for one in found])


class NewFolder(Body):
    """Body of the routes that name a folder."""

    name: FolderName


class BulkAction(Body):
    """Body of `POST /api/chats/bulk`."""

    action: Deed
    ids: Annotated[list[Id], Field(min_length=1, max_length=AT_ONCE)]
    folder: Folder | None = Field(None, description="for `move`; null or empty: into none")
    tags: Annotated[list[Tag], Field(max_length=32)] = Field([], description="for `tag` and `untag`")


class BulkDone(BaseModel):
    """Which chats were changed; `missing` are those that there are not, or not where the action looks."""

    changed: list[str]
    missing: list[str]


class TrashedChat(BaseModel):
    """A deleted chat."""

    id: str
    title: str
    model: str | None
    folder: str | None
    created_at: datetime
    last_message_at: datetime
    deleted_at: datetime


class Trash(BaseModel):
    """Deleted chats, the last deleted first."""

    items: list[TrashedChat]
    next_cursor: str | None
    days: float = Field(description="after how many days they are removed for good; 0: never by themselves")

    @classmethod
    def of(cls, page: Page[Chat], days: float) -> Self:
        """Return a page as it is shown."""
        items = [TrashedChat.model_validate(one, from_attributes=True) for one in page.items]
        return cls(items=items, next_cursor=page.next_cursor, days=days)


class Emptied(BaseModel):
    """How many chats were removed for good."""

    removed: int


@router.get("/folders")
async def list_folders(user: User, shelves: ShelvesDep) -> ChatTallies:
    """List the folders, empty ones too."""
    return ChatTallies.of(list(await shelves.folders(user)))


@router.post("/folders", status_code=201)
async def add_folder(user: User, shelves: ShelvesDep, body: NewFolder, origin: Origin = None) -> ChatTallies:
    """Make an empty folder; returns all of them."""
    await shelves.add_folder(user, body.name, origin)
    return await list_folders(user, shelves)


@router.put("/folders")
async def rename_folder(
    user: User, shelves: ShelvesDep, folder: Named, body: NewFolder, origin: Origin = None
) -> ChatTallies:
    """Give a folder another name; returns all of them. Where there is one of this name they become one."""
    await shelves.rename_folder(user, folder, body.name, origin)
    return await list_folders(user, shelves)


@router.delete("/folders", status_code=204)
async def remove_folder(user: User, shelves: ShelvesDep, folder: Named, origin: Origin = None) -> None:
    """Take a folder away; its chats stay, in none."""
    await shelves.remove_folder(user, folder, origin)


@router.get("/tags")
async def list_tags(user: User, shelves: ShelvesDep) -> ChatTallies:
    """List the tags in use."""
    return ChatTallies.of(list(await shelves.tags(user)))


@router.post("/bulk")
async def change_many(user: User, shelves: ShelvesDep, body: BulkAction, origin: Origin = None) -> BulkDone:
    """Do one thing to up to 1,000 chats, all or none; `purge` and `restore` look in the trash."""
    done = await shelves.bulk(user, body.action, body.ids, folder=body.folder, tags=body.tags, origin=origin)
    return BulkDone(changed=done.changed, missing=done.missing)


@router.get("/trash")
async def list_trash(
    user: User,
    shelves: ShelvesDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Trash:
    """List deleted chats."""
    return Trash.of(await shelves.trash(user, cursor, limit), shelves.trash_days)


@router.delete("/trash")
async def empty_trash(user: User, shelves: ShelvesDep, origin: Origin = None) -> Emptied:
    """Remove all deleted chats for good."""
    return Emptied(removed=await shelves.empty_trash(user, origin))


@router.delete("/trash/{chat_id}", status_code=204)
async def purge_chat(user: User, shelves: ShelvesDep, chat_id: str) -> None:
    """Remove a deleted chat for good."""
    await shelves.purge(user, chat_id)
