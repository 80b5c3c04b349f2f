"""From a file to the chats in it: what kind of export it is, and what of it cannot be read."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from stellarchat.core.errors import Words
from stellarchat.services.chats.importing import chatgpt, librechat, openwebui, own
from stellarchat.services.chats.importing.archive import Archive, Member
from stellarchat.services.chats.importing.incoming import Incoming, Unreadable, settled, text
from stellarchat.services.chats.importing.records import Record, records

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
UNPACKED: Final = 8
"""Times its size that an archive may be unpacked to at most, beside the bound of each entry."""


class _Kind(NamedTuple):
    is_one: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any]], Incoming]


# the surest signs first
_KINDS = (
    _Kind(own.is_one, own.read),
    _Kind(chatgpt.is_one, chatgpt.read),
    _Kind(librechat.is_one, librechat.read),
    _Kind(openwebui.is_one, openwebui.read),
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a file: the chat it holds, or the problem with it.

    `file` is its name in an archive, `index` its place from 1 on, `title` what helps to find it,
    `size` about its bytes.
    """

    index: int
    file: str | None = None
    title: str = ""
    chat: Incoming | None = None
    problem: Words | None = None
    size: int = 0


class Source:
    """A file that is read. `limit` bounds what an archive may unpack to, in bytes.

    Raises BadRequest and PayloadTooLarge, then or while reading, for an archive that is refused as a whole.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        begin = file.read(4)
        file.seek(0)
        self._file = file
        self._archive = Archive(file, limit) if begin.startswith(_ZIP) else None

    def chats(self) -> Generator[Found]:
        """Yield what is in it, in order."""
        if self._archive is None:
            yield from _in(self._file, None)
            return
        for member in self._archive.members():
            yield from _in(member.file, member.name)

    def asset(self, name: str) -> AbstractContextManager[Member | None]:
        """Lend a file that lies beside the chats, see `Archive.asset`."""
        return nullcontext() if self._archive is None else self._archive.asset(name)

    def close(self) -> None:
        """Leave it, and the file."""
        if self._archive is not None:
            self._archive.close()
        self._file.close()


def _in(file: BinaryIO, name: str | None) -> Iterator[Found]:
    checked = False
    for record in records(file):
        if not checked:
            checked = True
            try:
                own.check(record.head or (record.value if isinstance(record.value, dict) else {}))
            except Unreadable as error:
                yield Found(index=1, file=name, problem=Words(f"{error}.", error.sentence, error.values))
                return
        yield from _one(record, name)


def _one(record: Record, name: str | None) -> Iterator[Found]:
    value = record.value
    title = text(value.get("title"))[:200] if isinstance(value, dict) else ""
    if record.problem is not None:
        yield Found(index=record.index, file=name, problem=record.problem)
        return
    try:
        yield Found(index=record.index, file=name, title=title, chat=_chat(value), size=record.size)
    except Unreadable as error:
        told = Words(f"This chat cannot be read: {error}.", error.sentence, error.values)
        yield Found(index=record.index, file=name, title=title, problem=told)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        # another program's file may be wrong in ways that nobody thought of; the others are still read
        kind = type(error).__name__
        told = Words(f"This chat cannot be read ({kind}: {error}).", "import_unlike")
        yield Found(index=record.index, file=name, title=title, problem=told)


def _chat(value: Any) -> Incoming:
    if not isinstance(value, dict):
        raise Unreadable("it is no object")
    for kind in _KINDS:
        if kind.is_one(value):
            return settled(kind.read(value))
    raise Unreadable(
        "it is of no kind that is known: StellarChat, Open WebUI, ChatGPT, LibreChat", "import_unknown"
    )
