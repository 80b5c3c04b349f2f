"""Attached files: taking them in, giving them out, and removing those that nobody refers to."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from stellarchat.core.errors import BadRequest, NotFound, PayloadTooLarge, StellarChatError, StorageFull
from stellarchat.core.files import Attachment, clean_name
from stellarchat.core.ids import new_id
from stellarchat.services import tokens
from stellarchat.services.files.preparing import About, Preparing
from stellarchat.services.files.storage import Storage, full, write
from stellarchat.services.files.text import Pages, of_pages
from stellarchat.services.fit import readable
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

UNSENT = timedelta(days=1)
"""How long a file stays that was attached to a message which was never sent."""
PAGES = 20
"""Pages of a PDF that are made images at once: each is some 2,000 tokens to a model that sees."""
_SETTLED = 3600.0  # seconds after which a content without attachment is nobody's upload any more
_BATCH = 200


class Files:
    """The files of all users; another user's file does not exist.

    `file_bytes` is the most one may have, `user_bytes` what all of a user's may take (0: no limit).
    """

    def __init__(
        self, store: Store, storage: Storage, preparing: Preparing, *, file_bytes: int, user_bytes: int
    ) -> None:
        self._store, self._storage, self._preparing = store, storage, preparing
        self.file_bytes, self.user_bytes = file_bytes, user_bytes

    async def open(self) -> None:
        """Make the folder."""
        await asyncio.to_thread(self._storage.open)

    async def receive(self, user_id: str, name: str, pieces: AsyncIterator[bytes]) -> Attachment:
        """Take in a file, piece by piece, and read it.

        The same file again is the same attachment. Raises PayloadTooLarge, StorageFull, BadRequest for
        an empty one, UnsupportedMediaType and FileUnreadable for what models cannot be told of.
        """
        name = clean_name(name)
        used = await self._used(user_id)
        with self._storage.incoming() as folder:
            size, digest = await self._write(folder / "original", pieces, used)
            if not size:
                raise BadRequest(
                    "The file is empty.", param="file", remedy="Attach another.", sentence="file_empty"
                )
            async with self._store.read() as tx:
                known = await tx.attachments.same(user_id, digest, name)
            if known is not None and self._storage.has(digest):
                return known
            about = await self._preparing.read(folder, name)
            attachment = self._attachment(user_id, name, digest, size, about, folder)
            if not await asyncio.to_thread(self._storage.has, digest):
                await asyncio.to_thread(self._storage.keep, folder, digest)
        if known is not None:
            return known
        async with self._store.transaction() as tx:
            await tx.attachments.add(attachment)
        return attachment

    async def receive_pages(
        self, user_id: str, name: str, pieces: AsyncIterator[bytes]
    ) -> tuple[list[Attachment], int]:
        """Take in the first pages of a PDF as images, `PAGES` at most; return them and how many it has.

        All of these are taken, or none. Raises as `receive`.
        """
        name = clean_name(name)
        began = datetime.now(UTC)
        taken: list[Attachment] = []
        with self._storage.incoming() as folder:
            size, _ = await self._write(folder / "original", pieces, 0)
            if not size:
                raise BadRequest(
                    "The file is empty.", param="file", remedy="Attach another.", sentence="file_empty"
                )
            about = await self._preparing.draw(folder, name, PAGES)
            stem = name[:-4] if name.lower().endswith(".pdf") else name
            try:
                for number, page in enumerate(sorted(folder.glob("page-*.jpg")), 1):
                    taken.append(await self.receive(user_id, f"{stem}-{number}.jpg", _read(page)))
            except StellarChatError:
                for one in taken:
                    if one.created_at >= began:  # those of before are in use, or are in a draft
                        with contextlib.suppress(StellarChatError):
                            await self.delete(user_id, one.id)
                raise
        return taken, about.pages or len(taken)

    async def get(self, user_id: str, attachment_id: str) -> Attachment:
        """Return what is known of a file. Raises NotFound."""
        async with self._store.read() as tx:
            return await tx.attachments.get(user_id, attachment_id)

    async def original(self, user_id: str, attachment_id: str) -> tuple[Attachment, Path]:
        """Return a file as it was sent. Raises NotFound."""
        found = await self.get(user_id, attachment_id)
        return found, _there(self._storage.original(found.hash))

    async def thumbnail(self, user_id: str, attachment_id: str) -> Path:
        """Return the small picture (WebP) of an image or a PDF. Raises NotFound."""
        found = await self.get(user_id, attachment_id)
        return _there(self._storage.thumbnail(found.hash))

    async def text(self, user_id: str, attachment_id: str, pages: int | None = None) -> Pages:
        """Return what models read of a document, of its first pages only where so many are wanted.

        Raises NotFound, for an image too.
        """
        found = await self.get(user_id, attachment_id)
        text = await asyncio.to_thread(_there(self._storage.text(found.hash)).read_text, "utf-8")
        return of_pages(text, found.page_kind, pages)

    async def delete(self, user_id: str, attachment_id: str) -> None:
        """Remove a file that no message refers to; its bytes go at the next tidying.

        Raises NotFound and Conflict.
        """
        async with self._store.transaction() as tx:
            await tx.attachments.delete(user_id, attachment_id)

    async def tidy(self) -> None:
        """Remove what nobody refers to any more. Raises StoreUnavailable."""
        gone = _BATCH
        while gone == _BATCH:
            async with self._store.transaction() as tx:
                gone = await tx.attachments.sweep(datetime.now(UTC) - UNSENT, _BATCH)
        here = await asyncio.to_thread(self._storage.old, _SETTLED)
        async with self._store.read() as tx:
            known = await tx.attachments.known(here)
        for digest in set(here) - known:
            await asyncio.to_thread(self._storage.remove, digest)

    async def _used(self, user_id: str) -> int:
        if not self.user_bytes:
            return 0
        async with self._store.read() as tx:
            return await tx.attachments.used(user_id)

    async def _write(self, path: Path, pieces: AsyncIterator[bytes], used: int) -> tuple[int, str]:
        """Write a file as it comes; return its size and hash."""
        size, digest = 0, hashlib.sha256()
        with path.open("wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > self.file_bytes:
                    raise PayloadTooLarge(
                        f"The file is larger than {readable(self.file_bytes)}.",
                        param="file",
                        remedy="Attach a smaller one, or the part of it that matters.",
                        sentence="file_large",
                        values={"limit_bytes": self.file_bytes},
                    )
                if self.user_bytes and used + size > self.user_bytes:
                    raise StorageFull(
                        f"Your files would take more than {readable(self.user_bytes)}.",
                        param="file",
                        remedy="Delete files that you need no more: Settings, Files.",
                        sentence="files_full",
                        values={"limit_bytes": self.user_bytes},
                    )
                digest.update(piece)
                write(file, piece)
            try:
                file.flush()
            except OSError as error:
                raise full() from error
        return size, digest.hexdigest()

    def _attachment(
        self, user_id: str, name: str, digest: str, size: int, about: About, folder: Path
    ) -> Attachment:
        if about.width is not None and about.height is not None:
            count = float(tokens.of_image(about.width, about.height, self._preparing.image_side))
        else:
            count = tokens.of_text((folder / "text").read_text("utf-8"))
        found = msgspec.structs.asdict(about)
        del found["refused"]
        return Attachment(
            id=new_id(),
            user_id=user_id,
            hash=digest,
            name=name,
            size=size,
            tokens=round(count),
            created_at=datetime.now(UTC),
            **found,
        )


async def _read(path: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(path.read_bytes)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NotFound("There is no such form of this file.", param="file_id", sentence="file_form")
    return path
