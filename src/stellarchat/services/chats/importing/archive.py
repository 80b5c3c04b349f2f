"""The files of an export that is a zip archive. Nothing of it is ever written to a disk."""

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


class Member(NamedTuple):
    """One JSON file of an archive."""

    name: str
    file: BinaryIO


@contextmanager
def opened(file: BinaryIO, limit: int) -> Iterator[Iterator[Member]]:
    """Lend the JSON files of an archive, one after the other, `limit` bytes of them together.

    Raises BadRequest for what is no archive, is encrypted or has names that lead out of a folder;
    PayloadTooLarge, then or while reading, for what is far larger than it seems.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadRequest(
            "The archive cannot be read.",
            param="body",
            remedy="Send the zip file as it was exported, or the JSON inside of it.",
            detail=str(error)[:200],
        ) from None
    with archive:
        chosen = _chosen(archive.infolist())
        yield _members(archive, chosen, limit)


def _chosen(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    if len(entries) > ENTRIES:
        raise PayloadTooLarge(f"The archive has more than {ENTRIES} entries.", param="body")
    for entry in entries:
        if not _harmless(entry.orig_filename):
            raise BadRequest(
                "The archive has an entry whose name leads out of its folder.",
                param="body",
                remedy="Send the file as it was exported.",
                detail=entry.orig_filename[:200],
            )
    files = [one for one in entries if one.filename.lower().endswith(".json") and not one.is_dir()]
    chats = [one for one in files if PurePosixPath(one.filename).stem.lower().startswith(_CHATS)]
    chosen = chats or files
    if not chosen:
        raise BadRequest(
            "The archive holds no JSON file.",
            param="body",
            remedy="Send the archive or the JSON file that the other program's export made.",
        )
    if len(chosen) > FILES:
        raise PayloadTooLarge(f"The archive has more than {FILES} JSON files.", param="body")
    if any(one.flag_bits & 1 for one in chosen):
        raise BadRequest(
            "The archive is encrypted.", param="body", remedy="Unpack it and send the JSON file."
        )
    return sorted(chosen, key=lambda one: one.filename)


def _harmless(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    # the first part is empty for a name from the root on, and has a colon for one of a drive
    return "\x00" not in name and bool(parts[0]) and ":" not in parts[0] and ".." not in parts


def _members(archive: zipfile.ZipFile, chosen: list[zipfile.ZipInfo], limit: int) -> Iterator[Member]:
    left = [limit]
    for entry in chosen:
        try:
            with archive.open(entry) as file:
                yield Member(entry.filename, cast(BinaryIO, _Bounded(cast(BinaryIO, file), entry, left)))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error) as error:
            raise BadRequest(
                f"{entry.filename} of the archive is damaged.", param="body", detail=str(error)[:200]
            ) from None


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
            raise PayloadTooLarge(
                "The archive unpacks to far more than it seems to hold.",
                param="body",
                remedy="Unpack it and send the JSON file.",
            )
        return piece
