"""Reads one file, in a process that may take little memory and little time."""

import contextlib
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stellarchat.services.files.reading import kinds, texts

PART_CHARS = 3000
"""What has no pages is divided into parts of about so many characters, at the ends of lines."""
_PAGES = {kinds.PDF: "page", kinds.PPTX: "slide", kinds.XLSX: "sheet"}


class _Refused(Exception):
    """The file is not taken; the text is a code, see `services.files.preparing`."""


def main() -> None:
    """Read `original` in the folder that is named; with a number of pages, draw so many of a PDF instead."""
    folder, name, side, chars, memory, seconds, pages = sys.argv[1:]
    for limit, value in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, 256 * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
    ):
        # a Mac, and a container that is limited already, may refuse
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    try:
        if int(pages):
            about = _draw(Path(folder), int(side), int(pages))
        else:
            about = _read(Path(folder), name, int(side), int(chars))
    except MemoryError:
        about = {"refused": "memory"}
    except _Refused as refused:
        about = {"refused": str(refused)}
    except RecursionError:
        about = {"refused": "broken"}
    (Path(folder) / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _read(folder: Path, name: str, side: int, chars: int) -> dict[str, Any]:
    path = folder / "original"
    kind = kinds.sniff(path)
    if kind in kinds.IMAGES:
        return {"media_type": kind, **_image(path, folder, side)}
    pages: Iterable[str]
    if kind is None:
        try:
            text = texts.decode(path.read_bytes())
        except texts.NotText:
            raise _Refused("unknown") from None
        kind = kinds.of_text(name, text)
        pages = _parts(texts.of_html(text) if kind == kinds.HTML else text)
    else:
        pages = _document(kind, path, folder)
    written = _write(folder / "text", pages, chars)
    if not written["text_chars"]:
        raise _Refused("scanned" if kind == kinds.PDF else "empty")
    return {"media_type": kind, "page_kind": _PAGES.get(kind, "part"), **written}


def _draw(folder: Path, side: int, most: int) -> dict[str, Any]:
    from stellarchat.services.files.reading import documents

    path = folder / "original"
    if kinds.sniff(path) != kinds.PDF:
        raise _Refused("unknown")
    try:
        total = documents.drawn(path, folder, side, most)
    except documents.BadDocument as error:
        raise _Refused(str(error)) from None
    if not total:
        raise _Refused("empty")
    return {"media_type": kinds.PDF, "page_kind": _PAGES[kinds.PDF], "pages": total}


def _image(path: Path, folder: Path, side: int) -> dict[str, Any]:
    from stellarchat.services.files.reading import images  # Pillow is loaded for images alone

    try:
        width, height = images.read(path, folder, side)
    except images.BadImage as error:
        raise _Refused(f"image: {error}") from None
    return {"width": width, "height": height}


def _document(kind: str, path: Path, folder: Path) -> Iterator[str]:
    from stellarchat.services.files.reading import documents

    try:
        if kind == kinds.PDF:
            yield from documents.pdf(path, folder)
        elif kind in documents.READERS:
            pages = documents.READERS[kind](path)
            yield from _parts("\n\n".join(pages)) if kind == kinds.DOCX else pages
        else:
            raise _Refused("unknown")
    except documents.BadDocument as error:
        raise _Refused(str(error)) from None
    except (_Refused, MemoryError):
        raise
    except Exception:
        # libraries for such files raise whatever they stumble over
        raise _Refused("broken") from None


def _parts(text: str) -> Iterator[str]:
    """Divide a text at ends of lines; joined they are the text again."""
    start = 0
    while start < len(text):
        end = start + PART_CHARS
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield text[start:end]
        start = end


def _write(path: Path, pages: Iterable[str], limit: int) -> dict[str, int]:
    """Write the pages, a form feed between them. What no database and no model takes is left out."""
    count = chars = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for page in pages:
            plain = page.replace("\f", "\n").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
            file.write("\f" + plain if count else plain)
            count += 1
            chars += len(plain.strip()) and len(plain)
            if chars > limit:
                raise _Refused("long")
    return {"pages": count, "text_chars": chars}


if __name__ == "__main__":
    main()
