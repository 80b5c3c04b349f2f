"""Where the bytes of files lie: one folder for each content, named by its hash and by nothing else."""

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from stellarchat.core.errors import StorageFull

_HASH = re.compile("[0-9a-f]{64}")
_INCOMING = "incoming"
SPARE = 256 * 1024 * 1024
"""Bytes that stay free on the disk: the database must go on."""


class Storage:
    """The folder `files` of the data directory. Every method blocks a little; none takes a person's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder, and remove what uploads of an earlier run left."""
        shutil.rmtree(self._folder / _INCOMING, ignore_errors=True)
        (self._folder / _INCOMING).mkdir(mode=0o700, parents=True, exist_ok=True)

    def folder(self, digest: str) -> Path:
        """Return where one content lies, whether it is there or not."""
        if not _HASH.fullmatch(digest):
            raise ValueError(f"not a SHA-256: {digest!r}")
        return self._folder / digest[:2] / digest

    def original(self, digest: str) -> Path:
        """Return the file as it was sent."""
        return self.folder(digest) / "original"

    def text(self, digest: str) -> Path:
        """Return the text of a document: UTF-8, a form feed between pages."""
        return self.folder(digest) / "text"

    def thumbnail(self, digest: str) -> Path:
        """Return the small picture, made anew."""
        return self.folder(digest) / "thumbnail"

    def shown(self, digest: str) -> Path:
        """Return the picture as models are shown it."""
        return self.folder(digest) / "shown"

    def has(self, digest: str) -> bool:
        """Whether this content is here; from now on it counts as just used."""
        try:
            os.utime(self.folder(digest))
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """Lend an empty folder for a file on its way; what is left in it afterwards is removed.

        Raises StorageFull.
        """
        parent = self._folder / _INCOMING
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(parent).free < SPARE:
            raise full()
        folder = Path(tempfile.mkdtemp(dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, prepared: Path, digest: str) -> None:
        """Move what an incoming folder holds to where this content lies."""
        target = self.folder(digest)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            prepared.rename(target)
        except OSError as error:
            # somebody sent the same a moment ago
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise

    def remove(self, digest: str) -> None:
        """Remove one content."""
        shutil.rmtree(self.folder(digest), ignore_errors=True)

    def old(self, seconds: float) -> list[str]:
        """Return the contents that nobody has sent for so long."""
        before = time.time() - seconds
        found = []
        for folder in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(OSError):
                if _HASH.fullmatch(folder.name) and folder.stat().st_mtime < before:
                    found.append(folder.name)
        return found


def write(file: IO[bytes], piece: bytes) -> None:
    """Write a piece of a file. Raises StorageFull."""
    try:
        file.write(piece)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full() from error
        raise


def full() -> StorageFull:
    """Return the error of a disk without room."""
    return StorageFull(
        "The server's disk is full.",
        remedy="Free some space, then send the file again.",
        sentence="disk_full",
    )
