"""The files that come with chats: those of an archive, and pictures that are written into the chats."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Iterable
from typing import BinaryIO, Final

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError, StoreUnavailable, Words
from stellarchat.core.messages import FilePart, ImagePart, Message, Part
from stellarchat.services.chats.importing.archive import Damaged, Swollen
from stellarchat.services.chats.importing.incoming import absent
from stellarchat.services.chats.importing.reading import Source
from stellarchat.services.files.files import Files

_PIECE: Final = 1024 * 1024
AT_MOST: Final = 10_000
"""Files of one import; those beyond are only named."""


class Brought(msgspec.Struct):
    """What came of the files of a chat: attachments by their part's key, and why others did not come.

    `missing` counts those that did not, of whatever reason.
    """

    files: dict[str, str] = msgspec.field(default_factory=dict)
    reasons: list[Words] = msgspec.field(default_factory=list)
    missing: int = 0


class Enclosing:
    """Takes in the files of one import, one after the other, as its user's own."""

    def __init__(self, files: Files, user_id: str, source: Source) -> None:
        self._files, self._user_id, self._source = files, user_id, source
        self._turn = asyncio.Lock()  # who attaches something meanwhile does not wait behind all of them
        self._left = AT_MOST

    async def bring(self, messages: Iterable[Message]) -> Brought:
        """Attach what these messages have. Raises StoreUnavailable, and Swollen for a hostile archive."""
        found = Brought()
        for part in (part for one in messages for part in one.parts):
            key = key_of(part)
            if key is None or key in found.files:
                continue
            try:
                async with self._turn:
                    attachment = await self._attach(part)
            except (Swollen, StoreUnavailable):
                raise
            except StellarChatError as error:
                found.reasons.append(error.words)
                attachment = None
            if attachment is None:
                found.missing += 1
            else:
                found.files[key] = attachment
        return found

    async def _attach(self, part: Part) -> str | None:
        if self._left <= 0:
            return None
        if isinstance(part, ImagePart):
            kind, data = _decoded(part.url)
            attachment = await self._files.receive(self._user_id, f"image.{kind}", _whole(data))
        elif isinstance(part, FilePart) and part.id.startswith("data:"):
            _, data = _decoded(part.id)
            attachment = await self._files.receive(self._user_id, part.name, _whole(data))
        else:
            assert isinstance(part, FilePart)
            try:
                with self._source.asset(part.id) as member:
                    if member is None:
                        return None
                    name = part.name or member.name
                    attachment = await self._files.receive(self._user_id, name, _pieces(member.file))
            except Damaged as error:
                name = part.name or part.id
                raise BadRequest(
                    f"“{name}” is damaged in the archive.",
                    detail=str(error)[:200],
                    sentence="import_file_damaged",
                    values={"name": name},
                ) from None
        self._left -= 1
        return attachment.id


def key_of(part: Part) -> str | None:
    """Return by what a file of a message is known here, None for what is none."""
    match part:
        case FilePart(id=key):
            return key
        case ImagePart(url=url) if url.startswith("data:"):
            return url
        case _:
            return None


def placed(parts: Iterable[Part], brought: Brought) -> list[Part]:
    """Return parts with the attachments that their files became; pictures that did not come are named."""
    found: list[Part] = []
    for part in parts:
        attachment = brought.files.get(key_of(part) or "")
        if attachment is not None:
            found.append(FilePart(attachment))
        elif isinstance(part, ImagePart):
            found += absent(["image"])
        elif isinstance(part, FilePart) and part.id.startswith("data:"):
            found += absent([part.name])
        else:
            found.append(part)
    return found


def _decoded(url: str) -> tuple[str, bytes]:
    """Return what a data URL holds: its kind, as an ending, and its bytes. Raises BadRequest."""
    head, _, body = url.partition(",")
    kind = head.partition("/")[2].partition(";")[0].partition("+")[0]
    if not head.endswith(";base64"):
        raise BadRequest("A file in it is not written as base64.", sentence="import_file")
    try:
        return kind if kind.isalnum() else "png", base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("A file in it is damaged.", sentence="import_file") from None


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece
