"""The folder of backups, as administrators see it, and the restore that was asked for."""

import asyncio
import contextlib
import logging
import os
import re
import shutil
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from stellarchat.core.errors import BadRequest, Conflict, NotFound, StellarChatError, Unavailable
from stellarchat.services.background import cancel
from stellarchat.services.backups.packing import Archives, Manifest, disk_error, read_manifest, settle

T = TypeVar("T")

log = logging.getLogger(__name__)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.zip")
_PENDING: Final = "restore.json"
_DONE: Final = "restored.json"
_CHUNK: Final = 256 * 1024


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """An archive in the folder of backups; `manifest` is None while it is written, and where it is none."""

    name: str
    size_bytes: int
    created_at: datetime
    state: Literal["writing", "ready", "broken"]
    manifest: Manifest | None = None
    error: str | None = None


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A restore that is to be done at the next start. `before` is the backup that was made for it."""

    name: str
    user_id: str | None
    asked_at: datetime
    before: str | None = None


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """How the last restore went; `before` is the backup of what it replaced."""

    name: str
    user_id: str | None
    at: datetime
    before: str | None
    error: str | None = None


class Backups:
    """The folder of backups, as administrators see it."""

    def __init__(self, archives_: Archives, data_dir: Path) -> None:
        self._archives = archives_
        self.folder = data_dir / "backups"
        self.restart: Callable[[], None] | None = None
        """Starts the server anew; None where nobody can."""
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, Backup] = {}

    async def open(self) -> Restored | None:
        """Remove what was left half written, and do the restore that was asked for; return how it went."""
        await asyncio.to_thread(self._tidy)
        pending = self._read(_PENDING, Pending)
        return await self._restore(pending) if pending is not None else None

    async def close(self) -> None:
        """Call off what is being written."""
        await cancel(self._writing.values())

    async def all(self) -> list[Backup]:
        """Return all backups, the newest first."""
        found = await asyncio.to_thread(self._look)
        return sorted([*found, *self._failed.values()], key=lambda one: one.created_at, reverse=True)

    def last(self) -> Restored | None:
        """Return how the last restore went."""
        return self._read(_DONE, Restored)

    def create(self) -> Backup:
        """Begin to write a backup; `all` tells when it is ready. Raises Conflict while one is written."""
        if self._writing:
            raise Conflict(
                "A backup is being written.", remedy="Wait until it is ready.", sentence="backup_busy"
            )
        name = _named("")
        self._failed.clear()
        task = asyncio.create_task(self._create(name), name=f"backup {name}")
        self._writing[name] = task
        return Backup(name=name, size_bytes=0, created_at=datetime.now(UTC), state="writing")

    async def _create(self, name: str) -> None:
        try:
            await self._archives.write(self.folder / name)
        except Exception as error:
            message = error.message if isinstance(error, StellarChatError) else "Something went wrong."
            log.warning("the backup %s failed: %s", name, message, exc_info=error)
            self._failed[name] = Backup(
                name=name, size_bytes=0, created_at=datetime.now(UTC), state="broken", error=message
            )
        finally:
            self._writing.pop(name, None)

    def path(self, name: str) -> Path:
        """Return where a backup lies. Raises NotFound, also for what is no name of one."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
            raise NotFound("There is no such backup.", param="name", sentence="backup_none")
        return path

    async def read(self, path: Path) -> AsyncGenerator[bytes]:
        """Yield a backup piece by piece."""
        with await asyncio.to_thread(path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, _CHUNK):
                yield piece

    async def receive(self, name: str, pieces: AsyncIterator[bytes]) -> Backup:
        """Take in a backup from elsewhere, once it is found whole.

        Raises BadRequest for what is none and for a bad name, Conflict for a name that is taken, StorageFull.
        """
        if not _NAME.fullmatch(name):
            raise BadRequest(
                "`name` may have letters, digits, dots, dashes and underscores, and ends in .zip.",
                param="name",
                sentence="backup_name",
            )
        target = self.folder / name
        if target.exists():
            raise Conflict(
                f"There is a backup named {name}.",
                param="name",
                remedy="Choose another name.",
                sentence="backup_taken",
                values={"name": name},
            )
        part = self.folder / f"{name}.part"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
            await self._archives.verify(part)
            await asyncio.to_thread(settle, part, target)
        except FileExistsError:
            raise Conflict(
                f"{name} is on its way already.",
                param="name",
                sentence="backup_coming",
                values={"name": name},
            ) from None
        except OSError as error:
            raise disk_error(error) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return await asyncio.to_thread(_seen, target)

    def delete(self, name: str) -> None:
        """Remove a backup. Raises NotFound."""
        if self._failed.pop(name, None) is None:
            self.path(name).unlink(missing_ok=True)

    async def restore(self, name: str, user_id: str | None) -> None:
        """Check a backup and have the server start anew with it.

        Raises NotFound, BadRequest for a backup that is not whole, Unavailable where the server cannot
        start itself anew.
        """
        path = self.path(name)
        if self.restart is None:
            raise Unavailable(
                "This server cannot start itself anew.",
                remedy="Stop it and use `stellarchat db restore`.",
                sentence="backup_no_restart",
            )
        await self._archives.verify(path)
        pending = Pending(name=name, user_id=user_id, asked_at=datetime.now(UTC))
        await asyncio.to_thread(self._put, _PENDING, pending)
        self.restart()

    async def _restore(self, pending: Pending) -> Restored:
        error: str | None = None
        before = pending.before
        try:
            if before is None:
                before = _named("-before-restore")
                await self._archives.write(self.folder / before)
                # killed from here on, the next start keeps this one and does not save what is half done
                pending = msgspec.structs.replace(pending, before=before)
                self._put(_PENDING, pending)
            await self._archives.restore(self.path(pending.name))
            log.info("restored the backup %s; what was there before is in %s", pending.name, before)
        except StellarChatError as failure:
            error = failure.message
            log.error("the backup %s was not restored, all is as it was: %s", pending.name, error)
        done = Restored(
            name=pending.name, user_id=pending.user_id, at=datetime.now(UTC), before=before, error=error
        )
        self._put(_DONE, done)
        (self.folder / _PENDING).unlink(missing_ok=True)
        return done

    def _tidy(self) -> None:
        for path in self.folder.glob("*.part"):
            path.unlink(missing_ok=True)
        for path in self.folder.glob(".writing-*"):
            shutil.rmtree(path, ignore_errors=True)
        for kind in (".verifying-*", ".restoring-*"):
            for path in self.folder.parent.glob(kind):
                shutil.rmtree(path, ignore_errors=True)

    def _look(self) -> list[Backup]:
        found = []
        for path in self.folder.glob("*.zip"):
            if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                with contextlib.suppress(FileNotFoundError):  # deleted in this moment
                    found.append(_seen(path))
        ready = {one.name for one in found}
        for name in [one for one in self._writing if one not in ready]:
            size = 0
            with contextlib.suppress(FileNotFoundError):
                size = (self.folder / f"{name}.part").stat().st_size
            found.append(Backup(name=name, size_bytes=size, created_at=datetime.now(UTC), state="writing"))
        return found

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read: %s", self.folder / name, error)
            return None

    def _put(self, name: str, value: msgspec.Struct) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f".{name}"
        part.write_bytes(msgspec.json.encode(value))
        settle(part, self.folder / name)


def _seen(path: Path) -> Backup:
    stat = path.stat()
    made = datetime.fromtimestamp(stat.st_mtime, UTC)
    try:
        with zipfile.ZipFile(path) as packed:
            manifest = read_manifest(packed)
    except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, StellarChatError) as error:
        why = error.message if isinstance(error, StellarChatError) else "It is not a whole archive."
        return Backup(name=path.name, size_bytes=stat.st_size, created_at=made, state="broken", error=why)
    return Backup(
        name=path.name,
        size_bytes=stat.st_size,
        created_at=manifest.created_at,
        state="ready",
        manifest=manifest,
    )


def _named(suffix: str) -> str:
    return f"stellarchat-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{suffix}.zip"
