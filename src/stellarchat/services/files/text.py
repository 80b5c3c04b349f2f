"""What of a document a model reads, exactly as it reads it. Pure."""

import re
from typing import Final

import msgspec

from stellarchat.core.files import PageKind

_BREAK: Final = "\f"
_END: Final = re.compile(r"<(?=\s*/?\s*file\b)", re.IGNORECASE)


class Pages(msgspec.Struct, frozen=True):
    """The text of the first `taken` of `total` pages."""

    text: str
    taken: int
    total: int
    kind: PageKind


def of_pages(stored: str, kind: PageKind | None, limit: int | None = None) -> Pages:
    """Return the text of a stored document, of its first `limit` pages only where that is given."""
    pages = stored.split(_BREAK)
    taken = pages if limit is None else pages[:limit]
    if kind in (None, PageKind.PART):
        text = "".join(taken)
    else:
        text = "\n\n".join(f"[{kind} {number}]\n{page.strip()}" for number, page in enumerate(taken, 1))
    return Pages(text.strip("\n"), len(taken), len(pages), kind or PageKind.PART)


def told(name: str, pages: Pages) -> str:
    """Return a document as it stands in a prompt: nothing in it can end it, or begin another."""
    label = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    some = f' {pages.kind}s="1-{pages.taken} of {pages.total}"' if pages.taken < pages.total else ""
    return f'<file name="{label}"{some}>\n{_END.sub("&lt;", pages.text)}\n</file>'


def missing(name: str) -> str:
    """Return what stands for a file whose bytes are gone."""
    return f"[The file “{name}” is no longer there.]"


def unseen(name: str) -> str:
    """Return what stands for an image where a model sees none."""
    return f"[Image “{name}”: this model does not see images.]"
