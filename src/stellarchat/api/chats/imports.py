"""The route that takes chats in from a file."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, BinaryIO, Final, Literal

import msgspec
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.errors import INTERNAL
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import ErrorBody
from stellarchat.api.sse import EventStream, event, events
from stellarchat.core.errors import ErrorInfo, StellarChatError, UnsupportedMediaType
from stellarchat.services.chats.importing.imports import Imports, Report

log = logging.getLogger(__name__)

PATH: Final = "/api/chats/import"

router = Routes(prefix="/api/chats", tags=["chats"])

# what a form sends, of a foreign page too
_FORMS = ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
_FILE: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    "application/zip": {"schema": {"type": "string", "format": "binary"}},
}


class Reason(BaseModel):
    """Why: a sentence, and what it takes to say it in another language."""

    message: str
    sentence: str | None = Field(None, description="names it")
    values: dict[str, str | int | float] | None = Field(None, description="what stands in it")


class NotImported(BaseModel):
    """A record of the file that was not imported, or not with all of its files."""

    index: int = Field(description="its place in the file, from 1 on")
    file: str | None = Field(description="in which file of an archive")
    title: str
    reasons: list[Reason]


class ChatsImported(BaseModel):
    """What came of the file, or with `stream` has come so far."""

    done: bool = Field(description="false while more is to come")
    created: int = Field(description="new chats")
    updated: int = Field(description="chats that were imported before and got messages they had not")
    present: int = Field(description="chats that were here already, with all of their messages")
    failed: int = Field(description="records that were not imported; `problems` tells why")
    messages: int
    files: int = Field(description="pictures and documents that came with them, as attachments")
    missing: int = Field(description="those that did not come: their messages tell their names")
    sources: dict[Literal["stellarchat", "openwebui", "chatgpt", "librechat"], int]
    chat_ids: list[str] = Field(description="the first 100 chats that are new or changed")
    problems: list[NotImported] = Field(description="the first 500 of them")
    incomplete: list[NotImported] = Field(
        description="the first 500 chats of which some files could not be taken in, and why"
    )
    error: ErrorBody | None = Field(None, description="with `stream`: what ended the import early")


@router.post(
    "/import",
    response_model=ChatsImported,
    responses={
        200: {
            "content": events("ChatsImported"),
            "description": "What came of it, or with `stream` how far it is",
        }
    },
    openapi_extra={"requestBody": {"required": True, "content": _FILE}},
)
async def import_chats(
    user: Annotated[str, Depends(deps.user)],
    imports: Annotated[Imports, Depends(deps.imports)],
    request: Request,
    stream: Annotated[bool, Query(description="tell while it goes on how far it is")] = False,
) -> Response:
    """Take chats in from an export of StellarChat, Open WebUI, ChatGPT or LibreChat, JSON or zip.

    Each chat is stored whole or not at all. The same file again makes nothing twice.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS:
        raise UnsupportedMediaType(
            f"The file must be sent as it is, not as {kind}.",
            param="body",
            remedy="Set the header Content-Type to application/json or application/zip.",
        )
    file = await imports.receive(request.stream())
    if stream:
        return EventStream(_progress(imports, user, file))
    return Response(_shown(await imports.whole(user, file), done=True), media_type="application/json")


async def _progress(imports: Imports, user: str, file: BinaryIO) -> AsyncGenerator[bytes]:
    report, seq = Report(), 0
    problem: ErrorInfo | None = None
    async with aclosing(imports.read(user, file)) as reports:
        try:
            async for report in reports:
                seq += 1
                yield event(seq, _shown(report, done=False, brief=True))
        except StellarChatError as error:
            problem = error.info()
        except Exception:
            log.exception("importing chats failed")
            problem = INTERNAL
    yield event(seq + 1, _shown(report, done=True, problem=problem))


def _shown(report: Report, *, done: bool, brief: bool = False, problem: ErrorInfo | None = None) -> bytes:
    error = problem and ErrorBody.model_validate(problem).model_dump()
    values = msgspec.structs.asdict(report) | {"done": done, "error": error}
    if brief:
        values |= {"problems": [], "incomplete": [], "chat_ids": []}
    return msgspec.json.encode(values)
