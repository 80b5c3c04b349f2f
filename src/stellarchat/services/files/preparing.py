"""Has files read, each in a process of its own with little memory and little time."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from stellarchat.core.errors import FileScanned, FileUnreadable, StellarChatError, UnsupportedMediaType
from stellarchat.core.files import PageKind

log = logging.getLogger(__name__)

MEMORY = 1536 * 1024 * 1024
"""Bytes of address space: a large picture takes a quarter of a GiB, its libraries another one."""
_GRACE = 2.0  # seconds of wall time more than of the processor's
_AT_ONCE = 2

# by the code of what was found: the error, what is said of the file, what to do, and the sentence's name
_REFUSALS: dict[str, tuple[type[StellarChatError], str, str, str]] = {
    "unknown": (
        UnsupportedMediaType,
        "is of no kind that is read.",
        "Attach PNG, JPEG, GIF, WebP, AVIF, PDF, Word, PowerPoint, Excel, or any text.",
        "file_unknown",
    ),
    "documents": (
        UnsupportedMediaType,
        "cannot be read: the libraries for office documents are not installed.",
        "Install them with pip install 'stellarchat[documents]', or save the file as PDF.",
        "file_office",
    ),
    "scanned": (
        FileScanned,
        "has no text: it holds pictures of pages.",
        "Attach its pages as images to a model that sees, or run text recognition (OCR) over it first.",
        "file_scanned",
    ),
    "long": (
        FileUnreadable,
        "has more than {limit} characters of text.",
        "Attach the part of it that matters.",
        "file_long",
    ),
    "memory": (
        FileUnreadable,
        "takes more memory to read than it may.",
        "Attach a smaller part of it.",
        "file_memory",
    ),
    "time": (
        FileUnreadable,
        "takes longer to read than it may.",
        "Attach a smaller part of it, or save it anew.",
        "file_time",
    ),
    "broken": (
        FileUnreadable,
        "is damaged, or not what it seems to be.",
        "Open it, save it anew, and attach that.",
        "file_broken",
    ),
    "locked": (FileUnreadable, "is locked with a password.", "Save it without one.", "file_locked"),
    "empty": (FileUnreadable, "has nothing to read in it.", "Attach another.", "file_blank"),
}
_IMAGE = "image: "
"""Begins a code that goes on in words of its own."""


class About(msgspec.Struct, frozen=True):
    """What was found: `refused` is a code, and nothing else of it is set then."""

    media_type: str = ""
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    page_kind: PageKind | None = None
    text_chars: int | None = None
    refused: str | None = None


class Preparing:
    """Reads uploaded files. `image_side` in pixels, `text_chars` of one document, `seconds` for one file."""

    def __init__(self, *, image_side: int, text_chars: int, seconds: float) -> None:
        self.image_side, self._text_chars, self._seconds = image_side, text_chars, seconds
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, folder: Path, name: str) -> About:
        """Read `original` in the folder and leave there what is made of it.

        Raises UnsupportedMediaType for a kind that is not read, FileUnreadable for what cannot be, and
        FileScanned for a PDF without text.
        """
        return await self._prepared(folder, name, 0)

    async def draw(self, folder: Path, name: str, most: int) -> About:
        """Leave pictures of the first pages of a PDF in its folder, as `page-001.jpg` and so on.

        Raises UnsupportedMediaType for what is no PDF, FileUnreadable.
        """
        return await self._prepared(folder, name, most)

    async def _prepared(self, folder: Path, name: str, pages: int) -> About:
        async with self._places:
            ended = await self._run(folder, name, pages)
        about = _found(folder)
        if about is None:
            log.warning("reading a file ended with status %s", ended)
            killed = ended in (None, -signal.SIGXCPU, -signal.SIGKILL)
            about = About(refused="time" if killed else "broken")
        if about.refused is not None:
            raise self._refusal(about.refused, name)
        return about

    async def _run(self, folder: Path, name: str, pages: int) -> int | None:
        """Return the status with which the process ended, None where it was ended."""
        seconds = max(1, round(self._seconds))
        arguments = (str(folder), name, self.image_side, self._text_chars, MEMORY, seconds, pages)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "stellarchat.services.files.reading"),
            *(str(argument) for argument in arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={"LANG": "C.UTF-8"},
        )
        try:
            async with asyncio.timeout(self._seconds + _GRACE):
                return await process.wait()
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    def _refusal(self, code: str, name: str) -> StellarChatError:
        kind, why, remedy, sentence = _REFUSALS.get(code, _REFUSALS["broken"])
        values: dict[str, str | int] = {"name": name}
        if code == "long":
            why, values["limit"] = why.format(limit=self._text_chars), self._text_chars
        elif code.startswith(_IMAGE):
            why, sentence = f"{code.removeprefix(_IMAGE)}.", "file_image"
            remedy = "Save it anew as PNG or JPEG, and attach that."
        return kind(f"“{name}” {why}", param="file", remedy=remedy, sentence=sentence, values=values)


def _found(folder: Path) -> About | None:
    try:
        return msgspec.json.decode((folder / "about.json").read_bytes(), type=About)
    except (OSError, msgspec.MsgspecError):
        return None
