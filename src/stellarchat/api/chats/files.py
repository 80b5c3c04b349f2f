"""Routes of attached files. What goes out is a file to keep: no browser opens it as a page."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.uploads import incoming
from stellarchat.core.files import Attachment, PageKind
from stellarchat.services.files.files import Files

PATH = "/api/files"
router = APIRouter(prefix="/api", tags=["files"])

User = Annotated[str, Depends(deps.user)]
FilesDep = Annotated[Files, Depends(deps.files)]

# beside the policy that every answer has
_HEADERS = {"cache-control": "private, max-age=86400, immutable", "content-security-policy": "sandbox"}
# an <img> may show these; all else has no type that a browser would open
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
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
    found, path = await files.original(user, file_id)
    kind = found.media_type if found.media_type in _SHOWN else "application/octet-stream"
    return FileResponse(path, media_type=kind, filename=found.name, headers=_HEADERS)


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
    return FileResponse(await files.thumbnail(user, file_id), media_type="image/webp", headers=_HEADERS)


@router.delete("/files/{file_id}", status_code=204)
async def delete_file(user: User, files: FilesDep, file_id: str) -> None:
    """Remove a file that no message refers to."""
    await files.delete(user, file_id)
