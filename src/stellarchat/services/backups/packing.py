"""Backups: everything that people keep here, as one file that any later version takes back.

An archive is a zip file: `manifest.json`, `database.sqlite` (all rows, whichever database they are in) and
`files/` (what people attached). It is made while the server serves. What is restored is checked first;
the database is replaced in one transaction when nobody uses it: at the next start, which a server that is
asked for it does at once.
"""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    NotFound,
    StellarChatError,
    StorageFull,
)
from stellarchat.core.version import __version__
from stellarchat.store import archives

FORMAT: Final = "stellarchat.backup"
VERSION: Final = 1
_MANIFEST: Final = "manifest.json"
_DATABASE: Final = "database.sqlite"
_FILES: Final = "files"
_INCOMING: Final = "incoming"
_MANIFEST_BYTES: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself. Sizes are bytes."""

    format: str
    version: int
    program: str
    created_at: datetime
    revision: str
    database_bytes: int
    database_sha256: str
    files: int
    files_bytes: int


class Archives:
    """Writes archives of a database and a folder of files, and puts them back. Every method takes long."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self._url, self._data_dir = database_url, data_dir

    async def write(self, target: Path) -> Manifest:
        """Write an archive. The file is there when it is whole. Raises StoreUnavailable, StorageFull."""
        part = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as folder:
                database = Path(folder, _DATABASE)
                await archives.save(self._url, database)
                manifest = await asyncio.to_thread(self._pack, part, database)
            await asyncio.to_thread(settle, part, target)
        except OSError as error:
            raise disk_error(error) from error
        finally:
            part.unlink(missing_ok=True)
        return manifest

    def _pack(self, part: Path, database: Path) -> Manifest:
        revision = archives.examine(database)
        count = size = 0
        # read by its owner alone: it holds everybody's chats
        with (
            os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed,
        ):
            packed.write(database, _DATABASE)
            for path in self._attached():
                try:
                    # attached files are mostly packed already
                    packed.write(path, self._inside(path), zipfile.ZIP_STORED)
                except FileNotFoundError:
                    continue  # nobody refers to it any more
                count, size = count + 1, size + path.stat().st_size
            manifest = Manifest(
                format=FORMAT,
                version=VERSION,
                program=__version__,
                created_at=datetime.now(UTC),
                revision=revision,
                database_bytes=database.stat().st_size,
                database_sha256=_sha256(database),
                files=count,
                files_bytes=size,
            )
            packed.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        return manifest

    def _attached(self) -> Iterator[Path]:
        """Yield the files that people attached, but not those on their way."""
        root = self._data_dir / _FILES
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name != _INCOMING and not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink():
                    yield path

    def _inside(self, path: Path) -> str:
        return path.relative_to(self._data_dir).as_posix()

    async def verify(self, archive: Path) -> Manifest:
        """Read an archive from end to end. Raises BadRequest for one that is not whole or not ours."""
        with tempfile.TemporaryDirectory(dir=self._made(), prefix=".verifying-") as folder:
            return await asyncio.to_thread(self._open, archive, Path(folder))

    async def restore(self, archive: Path) -> Manifest:
        """Put what an archive holds in place of what is there; nothing else may use the database.

        Attached files are added first and none is removed: one that nobody refers to does no harm.
        Raises BadRequest for an archive that is not whole, StoreUnavailable, StorageFull.
        """
        with tempfile.TemporaryDirectory(dir=self._made(), prefix=".restoring-") as name:
            folder = Path(name)
            manifest = await asyncio.to_thread(self._open, archive, folder)
            await asyncio.to_thread(archives.upgrade, folder / _DATABASE)
            await asyncio.to_thread(self._unpack, archive)
            await archives.load(self._url, folder / _DATABASE)
        return manifest

    def _made(self) -> Path:
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._data_dir

    def _open(self, archive: Path, folder: Path) -> Manifest:
        """Check an archive and write its database into `folder`."""
        try:
            with zipfile.ZipFile(archive) as packed:
                manifest = read_manifest(packed)
                self._check_names(packed)
                if (wrong := packed.testzip()) is not None:
                    raise _unsound(f"{wrong} is damaged.")
                with packed.open(_DATABASE) as source, (folder / _DATABASE).open("wb") as target:
                    shutil.copyfileobj(source, target, _CHUNK)
        except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
            raise _unsound(str(error)) from None
        except FileNotFoundError:
            raise NotFound("There is no such backup.", param="name", sentence="backup_none") from None
        except OSError as error:
            raise disk_error(error) from error
        if _sha256(folder / _DATABASE) != manifest.database_sha256:
            raise _unsound("The database is not the one that was packed.")
        archives.examine(folder / _DATABASE)
        return manifest

    def _check_names(self, packed: zipfile.ZipFile) -> None:
        """See that nothing of an archive would lie anywhere but in the folder of files."""
        size = 0
        for info in packed.infolist():
            size += info.file_size
            if info.filename in (_MANIFEST, _DATABASE) or info.is_dir():
                continue
            if _place(info) is None:
                raise _unsound(f"{info.filename[:200]!r} has no place here.")
        if size > shutil.disk_usage(self._data_dir).free:
            raise StorageFull(
                f"The backup holds {size} bytes, more than the disk has left.",
                remedy="Make room.",
                sentence="backup_room",
                values={"size_bytes": size},
            )

    def _unpack(self, archive: Path) -> None:
        try:
            with zipfile.ZipFile(archive) as packed:
                for info in packed.infolist():
                    place = _place(info)
                    if place is None:
                        continue
                    path = self._data_dir / place
                    # named by its content's hash: the same name and size is the same file
                    if path.is_file() and path.stat().st_size == info.file_size:
                        continue
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    part = path.with_name(f".{path.name}.part")
                    with packed.open(info) as source, part.open("wb") as target:
                        shutil.copyfileobj(source, target, _CHUNK)
                    part.replace(path)
        except OSError as error:
            raise disk_error(error) from error


def read_manifest(packed: zipfile.ZipFile) -> Manifest:
    """Return what an archive says of itself. Raises BadRequest for one that is not ours, KeyError."""
    info = packed.getinfo(_MANIFEST)
    if info.file_size > _MANIFEST_BYTES:
        raise _unsound("Its manifest is too large.")
    try:
        manifest = msgspec.json.decode(packed.read(info), type=Manifest)
    except msgspec.MsgspecError as error:
        raise _unsound(f"Its manifest cannot be read: {error}.") from None
    if manifest.format != FORMAT:
        raise _unsound("It is not a backup of StellarChat.")
    if manifest.version > VERSION:
        raise BadRequest(
            "The backup was written by a newer version of this program.",
            param="name",
            remedy="Start the newer version.",
            sentence="backup_newer",
        )
    return manifest


def _place(info: zipfile.ZipInfo) -> PurePosixPath | None:
    """Return where a file of an archive belongs below the data folder, None where it must not be."""
    # the upper half holds the mode where it was packed on Unix: a link is none of ours
    if (info.external_attr >> 16) & 0o170000 not in (0, 0o100000):
        return None
    path = PurePosixPath(info.filename)
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}", part) for part in path.parts)
    inside = len(path.parts) > 1 and path.parts[0] == _FILES and path.parts[1] != _INCOMING
    return path if plain and inside and not path.is_absolute() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(part: Path, target: Path) -> None:
    """Give a file its name once it is safe on the disk."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _unsound(why: str) -> BadRequest:
    return BadRequest(
        "The backup is not whole, or none of ours.",
        param="name",
        detail=why,
        remedy="Use another backup.",
        sentence="backup_broken",
    )


def disk_error(error: OSError) -> StellarChatError:
    """Return what a disk's refusal means for whoever asked."""
    return StorageFull(
        f"The disk does not take it: {error.strerror or error}.",
        remedy="Make room, or mend the disk.",
        sentence="disk_refuses",
        values={"said": str(error.strerror or error)},
    )
