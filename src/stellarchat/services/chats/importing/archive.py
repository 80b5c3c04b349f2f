"""The files of an export that is a zip archive. Nothing of it is ever written to a disk."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, Final, NamedTuple, cast

from stellarchat.core.errors import BadRequest, PayloadTooLarge

ENTRIES: Final = 200_000
FILES: Final = 10_000
"""JSON files that are read of one archive."""
RATIO: Final = 200
"""Times that an entry may be larger than its compressed form: text becomes twenty times smaller, a bomb a
thousand times."""
_FREE = 16 * 1024 * 1024  # bytes of an entry that are read whatever its ratio is
# what ChatGPT's export calls its chats; all else in its archive is about something else
_CHATS = "conversations"
ASSET: Final = re.compile("file-[0-9A-Za-z]{1,100}|file_[0-9a-f]{1,100}")
"""How ChatGPT's chats name what was attached; the names of the files in its archive begin with it."""
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error)


class Member(NamedTuple):
    """One file of an archive."""

    name: str
    file: BinaryIO


class Swollen(PayloadTooLarge):
    """The archive becomes far larger than it seems."""


class Damaged(Exception):
    """A file in the archive cannot be read."""


class Archive:
    """An archive that is read: its JSON files, one after the other, and what was attached to the chats.

    All together may become `limit` bytes. Raises BadRequest for what is no archive, is encrypted or has
    names that lead out of a folder; Swollen, then or while reading, for what is far larger than it seems.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BadRequest(
                "The archive cannot be read.",
                param="body",
                remedy="Send the zip file as it was exported, or the JSON inside of it.",
                detail=str(error)[:200],
                sentence="import_zip_broken",
            ) from None
        self._left = [limit]
        self._chosen = _chosen(self._archive.infolist())
        self._assets = _assets(self._archive.infolist())

    def close(self) -> None:
        """Leave it."""
        self._archive.close()

    def members(self) -> Iterator[Member]:
        """Yield the JSON files, each to be read before the next. Raises BadRequest, Swollen."""
        for entry in self._chosen:
            try:
                with self._archive.open(entry) as file:
                    yield Member(entry.filename, self._bounded(cast(BinaryIO, file), entry))
            except (*_DAMAGED, OSError) as error:
                raise BadRequest(
                    f"{entry.filename} of the archive is damaged.",
                    param="body",
                    detail=str(error)[:200],
                    sentence="import_zip_entry",
                    values={"name": entry.filename[:200]},
                ) from None

    @contextmanager
    def asset(self, name: str) -> Iterator[Member | None]:
        """Lend what was attached under a name that ChatGPT gave it, None where it is not there.

        Raises Damaged, Swollen.
        """
        entry = self._assets.get(name)
        if entry is None:
            yield None
            return
        try:
            with self._archive.open(entry) as file:
                plain = PurePosixPath(entry.filename).name
                yield Member(plain, self._bounded(cast(BinaryIO, file), entry))
        except _DAMAGED as error:
            raise Damaged(str(error)) from None

    def _bounded(self, file: BinaryIO, entry: zipfile.ZipInfo) -> BinaryIO:
        return cast(BinaryIO, _Bounded(file, entry, self._left))


def _chosen(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    if len(entries) > ENTRIES:
        raise PayloadTooLarge(
            f"The archive has more than {ENTRIES} entries.",
            param="body",
            sentence="import_zip_entries",
            values={"limit": ENTRIES},
        )
    for entry in entries:
        if not _harmless(entry.orig_filename):
            raise BadRequest(
                "The archive has an entry whose name leads out of its folder.",
                param="body",
                remedy="Send the file as it was exported.",
                detail=entry.orig_filename[:200],
                sentence="import_zip_leads_out",
            )
    files = [one for one in entries if one.filename.lower().endswith(".json") and not one.is_dir()]
    chats = [one for one in files if PurePosixPath(one.filename).stem.lower().startswith(_CHATS)]
    chosen = chats or files
    if not chosen:
        raise BadRequest(
            "The archive holds no JSON file.",
            param="body",
            remedy="Send the archive or the JSON file that the other program's export made.",
            sentence="import_zip_no_json",
        )
    if len(chosen) > FILES:
        raise PayloadTooLarge(
            f"The archive has more than {FILES} JSON files.",
            param="body",
            sentence="import_zip_files",
            values={"limit": FILES},
        )
    if any(one.flag_bits & 1 for one in chosen):
        raise BadRequest(
            "The archive is encrypted.",
            param="body",
            remedy="Unpack it and send the JSON file.",
            sentence="import_zip_encrypted",
        )
    return sorted(chosen, key=lambda one: one.filename)


def _harmless(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    # the first part is empty for a name from the root on, and has a colon for one of a drive
    return "\x00" not in name and bool(parts[0]) and ":" not in parts[0] and ".." not in parts


def _assets(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = PurePosixPath(entry.filename).name
        begin = ASSET.match(name)
        # what follows is the name that it had, or an ending
        if (
            begin
            and name[begin.end() :][:1] in ("", "-", ".")
            and not (entry.is_dir() or entry.flag_bits & 1)
        ):
            found.setdefault(begin[0], entry)
    return found


class _Bounded:
    """Counts what an entry really becomes, whatever the archive says of it."""

    def __init__(self, file: BinaryIO, entry: zipfile.ZipInfo, left: list[int]) -> None:
        self._file = file
        self._left = left
        self._most = max(_FREE, entry.compress_size * RATIO)
        self._read = 0

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._read += len(piece)
        self._left[0] -= len(piece)
        if self._left[0] < 0 or self._read > self._most:
            raise Swollen(
                "The archive unpacks to far more than it seems to hold.",
                param="body",
                remedy="Unpack it and send the JSON file.",
                sentence="import_zip_swollen",
            )
        return piece
