"""Routes of backups."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.admin.files import ARCHIVE, BYTES, Streamed
from stellarchat.api.routes import Routes
from stellarchat.api.uploads import incoming
from stellarchat.services.backups import backups
from stellarchat.services.backups.backups import Backups

UPLOAD = "/api/admin/backups/upload"
UPLOAD_BYTES = 1 << 42

router = Routes(prefix="/api/admin/backups", tags=["administration"])

Admin = Annotated[str, Depends(deps.admin)]
Folder = Annotated[Backups, Depends(deps.backups)]


class Backup(BaseModel):
    """An archive in the folder of backups. Sizes are bytes."""

    name: str
    size_bytes: int
    created_at: datetime
    state: Literal["writing", "ready", "broken"]
    program: str | None = Field(description="the version that wrote it")
    database_bytes: int | None
    files: int | None = Field(description="attached files in it")
    error: str | None

    @classmethod
    def of(cls, one: backups.Backup) -> Self:
        """Return a backup as it is shown."""
        manifest = one.manifest
        return cls(
            name=one.name,
            size_bytes=one.size_bytes,
            created_at=one.created_at,
            state=one.state,
            program=manifest.program if manifest else None,
            database_bytes=manifest.database_bytes if manifest else None,
            files=manifest.files if manifest else None,
            error=one.error,
        )


class Restored(BaseModel):
    """How the last restore went."""

    name: str
    at: datetime
    before: str | None = Field(description="the backup of what it replaced")
    error: str | None


class BackupList(BaseModel):
    """Backups, the newest first."""

    items: list[Backup]
    restored: Restored | None


@router.get("")
async def list_backups(admin: Admin, folder: Folder) -> BackupList:
    """All backups that lie here."""
    last = folder.last()
    return BackupList(
        items=[Backup.of(one) for one in await folder.all()],
        restored=Restored(name=last.name, at=last.at, before=last.before, error=last.error) if last else None,
    )


@router.post("", status_code=202)
async def create_backup(admin: Admin, folder: Folder) -> Backup:
    """Begin to write a backup; the list tells when it is ready."""
    return Backup.of(folder.create())


@router.post(
    "/upload",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/zip": BYTES}}},
)
async def upload_backup(
    admin: Admin,
    folder: Folder,
    request: Request,
    name: Annotated[str | None, Query(max_length=128, description="what it will be called here")] = None,
) -> Backup:
    """Bring a backup from elsewhere: as the body, or as a form's file. It is checked before it is kept."""
    upload = await incoming(request, name)
    return Backup.of(await folder.receive(upload.name, upload.pieces))


@router.get(
    "/{name}",
    status_code=200,
    response_class=Streamed,
    responses={200: {"content": ARCHIVE, "description": "The archive"}},
)
async def download_backup(admin: Admin, folder: Folder, name: str) -> Response:
    """Give a backup away. It holds everybody's chats: keep it where nobody else reads it."""
    path = folder.path(name)
    chunks: AsyncGenerator[bytes] = folder.read(path)
    response = Streamed(chunks, path.name, "application/zip")
    response.headers["content-length"] = str(path.stat().st_size)
    return response


@router.delete("/{name}", status_code=204)
async def delete_backup(admin: Admin, folder: Folder, name: str) -> Response:
    """Remove a backup."""
    folder.delete(name)
    return Response(status_code=204)


@router.post("/{name}/restore", status_code=202)
async def restore_backup(admin: Admin, folder: Folder, name: str) -> Response:
    """Check a backup, then start the server anew with it in place of all that is there.

    What is there now is backed up before. The list tells how it went.
    """
    await folder.restore(name, admin)
    return Response(status_code=202)
