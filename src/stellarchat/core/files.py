"""Files that people attach to what they say."""

import unicodedata
from datetime import datetime
from enum import StrEnum

import msgspec

NAME_CHARS = 200
_UNNAMED = "file"


class PageKind(StrEnum):
    """What a document is divided into. `part`: some 3,000 characters of what has no pages of its own."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    PART = "part"


class Attachment(msgspec.Struct, kw_only=True):
    """A file of one user's. Its bytes are kept once, by `hash` (SHA-256), however often it is attached.

    `media_type` is told by the bytes. Images have `width` and `height`, everything else has text: so many
    `pages` and `text_chars`. `tokens` is an estimate of what a model reads.
    """

    id: str
    user_id: str
    hash: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    page_kind: PageKind | None = None
    text_chars: int | None = None
    tokens: int = 0
    created_at: datetime

    @property
    def is_image(self) -> bool:
        """Whether models are shown it; everything else they read."""
        return self.width is not None


class Place(msgspec.Struct, frozen=True):
    """A chat that a file was attached in; `deleted`: it lies in the trash."""

    chat_id: str
    title: str
    deleted: bool


class FileOrder(StrEnum):
    """Which of a person's files stand first."""

    NEWEST = "newest"
    LARGEST = "largest"


def clean_name(name: str) -> str:
    """Return a file's name as it may be shown and told: without folders, control characters and tricks.

    No path is ever made of it.
    """
    # fullwidth dots and slashes are dots and slashes to some who read them
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    # C: control characters, those that turn the direction of writing, halves of surrogate pairs
    plain = "".join(char for char in plain if not unicodedata.category(char).startswith("C"))
    plain = " ".join(plain.split())
    if not plain.strip(". "):
        return _UNNAMED
    if len(plain) > NAME_CHARS:
        stem, dot, ending = plain.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 16 else ""
        plain = plain[: NAME_CHARS - len(ending)] + ending
    return plain
