"""Routes of attached files. What goes out is a file to keep: no browser opens it as a page."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from fastapi import Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.turns import Body, Id
from stellarchat.api.uploads import incoming
from stellarchat.core.files import Attachment, FileOrder, PageKind
from stellarchat.services.files.collection import AT_ONCE, LONGEST_PAGE, PAGE, Collection, Kept, Listing
from stellarchat.services.files.files import PAGES, Files

PATH = "/api/files"
PAGES_PATH = "/api/files/pages"
router = Routes(prefix="/api", tags=["files"])

User = Annotated[str, Depends(deps.user)]
FilesDep = Annotated[Files, Depends(deps.files)]
CollectionDep = Annotated[Collection, Depends(deps.collection)]

_HEADERS = {"cache-control": "private, max-age=86400, immutable"}
# beside the policy that every answer has
_SANDBOX = {"content-security-policy": "sandbox"}
# an <img> may show these; all else has no type that a browser would open
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
_PLACES = 20  # chats that are named of each file
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": _BYTES,
        },
    }
}


def kept(found: Attachment, path: Path, headers: Mapping[str, str]) -> Response:
    """Return a file as it was attached, to keep: no browser opens it as a page."""
    kind = found.media_type if found.media_type in _SHOWN else "application/octet-stream"
    return FileResponse(path, media_type=kind, filename=found.name, headers={**headers, **_SANDBOX})


class StoredFile(BaseModel):
    """An attached file. Images have a size in pixels, everything else has pages and text."""

    id: str = Field(description="what messages name it by")
    name: str
    media_type: str = Field(description="as its bytes tell")
    size: int = Field(description="bytes")
    width: int | None = Field(description="pixels; null: it is a document")
    height: int | None
    pages: int | None = Field(description="null: it is an image")
    page_kind: PageKind | None = Field(description="what it is divided into; a part has some 3,000 letters")
    text_chars: int | None
    tokens: int = Field(description="about what a model reads")
    created_at: datetime

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        """Return an attachment as it is shown."""
        return cls.model_validate(attachment, from_attributes=True)


class DrawnPages(BaseModel):
    """Pages of a PDF as images."""

    files: list[StoredFile] = Field(description=f"the first {PAGES} at most")
    total: int = Field(description="how many pages it has")


class FilePlace(BaseModel):
    """A chat that a file was attached in."""

    chat_id: str
    title: str
    deleted: bool = Field(description="it lies in the trash")


class KeptFile(StoredFile):
    """A file among all of a person's."""

    chats: list[FilePlace] = Field(description=f"at most {_PLACES}, those that last spoke first")
    chat_count: int

    @classmethod
    def kept(cls, one: Kept) -> Self:
        """Return a file with its places as they are shown."""
        places = [FilePlace.model_validate(place, from_attributes=True) for place in one.places[:_PLACES]]
        about = StoredFile.of(one.file).model_dump()
        return cls(**about, chats=places, chat_count=len(one.places))


class KeptFiles(BaseModel):
    """A page of a person's files."""

    items: list[KeptFile]
    next_cursor: str | None
    total: int = Field(description="how many files the person has, whatever is asked for")
    used: int = Field(description="bytes that they take; the same content counts once")
    allowed: int | None = Field(description="bytes that they may take; null: there is no bound")

    @classmethod
    def of(cls, listing: Listing) -> Self:
        """Return a page as it is shown."""
        return cls(
            items=[KeptFile.kept(one) for one in listing.items],
            next_cursor=listing.next_cursor,
            total=listing.total,
            used=listing.used,
            allowed=listing.allowed,
        )


class FilesToRemove(Body):
    """Body of `POST /api/files/remove`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=AT_ONCE)]


class FilesRemoved(BaseModel):
    """What was removed."""

    ids: list[str]
    messages: int = Field(description="messages that had one of them; they keep its name")


class FileText(BaseModel):
    """What models read of a document."""

    text: str
    taken: int = Field(description="how many pages that is")
    total: int
    kind: PageKind


@router.post("/files", status_code=201, openapi_extra=_SENT)
async def upload_file(
    user: User,
    files: FilesDep,
    request: Request,
    name: Annotated[str | None, Query(max_length=1000, description="needed for a raw body")] = None,
) -> StoredFile:
    """Attach a file: a form with a field `file`, or the file itself. The same again is the same file."""
    upload = await incoming(request, name)
    return StoredFile.of(await files.receive(user, upload.name, upload.pieces))


@router.post("/files/pages", status_code=201, openapi_extra=_SENT)
async def upload_pages(
    user: User,
    files: FilesDep,
    request: Request,
    name: Annotated[str | None, Query(max_length=1000, description="needed for a raw body")] = None,
) -> DrawnPages:
    """Attach the first pages of a PDF as images: for one that was scanned and has no text."""
    upload = await incoming(request, name)
    taken, total = await files.receive_pages(user, upload.name, upload.pieces)
    return DrawnPages(files=[StoredFile.of(one) for one in taken], total=total)


@router.get("/files")
async def list_files(
    user: User,
    collection: CollectionDep,
    q: Annotated[str | None, Query(max_length=200, description="words of the name")] = None,
    kind: Annotated[Literal["image", "document"] | None, Query()] = None,
    order: FileOrder = FileOrder.NEWEST,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
) -> KeptFiles:
    """List one's own files, with the chats they were attached in and what they take."""
    images = None if kind is None else kind == "image"
    words = q.strip() if q else None
    return KeptFiles.of(
        await collection.listing(user, words=words, images=images, order=order, cursor=cursor, limit=limit)
    )


@router.post("/files/remove")
async def remove_files(user: User, collection: CollectionDep, body: FilesToRemove) -> FilesRemoved:
    """Remove files for good, those of messages too: these keep the name, and models are told it is gone."""
    removed = await collection.remove(user, body.ids)
    return FilesRemoved(ids=[*removed.ids], messages=removed.messages)


@router.get("/files/{file_id}/about")
async def get_file(user: User, files: FilesDep, file_id: str) -> StoredFile:
    """Tell what is known of a file."""
    return StoredFile.of(await files.get(user, file_id))


@router.get(
    "/files/{file_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BYTES}, "description": "The file, to keep"}},
)
async def download_file(user: User, files: FilesDep, file_id: str) -> Response:
    """Return a file as it was attached."""
    return kept(*await files.original(user, file_id), _HEADERS)


@router.get("/files/{file_id}/text")
async def read_file(
    user: User,
    files: FilesDep,
    file_id: str,
    pages: Annotated[int | None, Query(ge=1, description="only so many, from the first on")] = None,
) -> FileText:
    """Return what models read of a document."""
    return FileText.model_validate(await files.text(user, file_id, pages), from_attributes=True)


@router.get(
    "/files/{file_id}/thumbnail",
    response_class=Response,
    responses={200: {"content": {"image/webp": _BYTES}, "description": "At most 512 pixels, made anew"}},
)
async def thumbnail(user: User, files: FilesDep, file_id: str) -> Response:
    """Return a small picture of an image, or of a PDF's first page."""
    path = await files.thumbnail(user, file_id)
    return FileResponse(path, media_type="image/webp", headers={**_HEADERS, **_SANDBOX})


@router.delete("/files/{file_id}", status_code=204)
async def delete_file(user: User, files: FilesDep, file_id: str) -> None:
    """Remove a file that no message refers to."""
    await files.delete(user, file_id)
