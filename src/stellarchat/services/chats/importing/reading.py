"""From a file to the chats in it: what kind of export it is, and what of it cannot be read."""

from collections.abc import Callable, Generator, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from stellarchat.services.chats.importing import archive, chatgpt, librechat, openwebui, own
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
    problem: str | None = None
    size: int = 0


def chats(file: BinaryIO, limit: int) -> Generator[Found]:
    """Yield what is in a file, in order. `limit` bounds what an archive may unpack to, in bytes.

    Raises BadRequest and PayloadTooLarge for an archive that is refused as a whole.
    """
    begin = file.read(4)
    file.seek(0)
    if not begin.startswith(_ZIP):
        yield from _in(file, None)
        return
    with archive.opened(file, limit) as members:
        for member in members:
            yield from _in(member.file, member.name)


def _in(file: BinaryIO, name: str | None) -> Iterator[Found]:
    checked = False
    for record in records(file):
        if not checked:
            checked = True
            try:
                own.check(record.head or (record.value if isinstance(record.value, dict) else {}))
            except Unreadable as error:
                yield Found(index=1, file=name, problem=f"{error}.")
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
        yield Found(index=record.index, file=name, title=title, problem=f"This chat cannot be read: {error}.")
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        # another program's file may be wrong in ways that nobody thought of; the others are still read
        kind = type(error).__name__
        yield Found(
            index=record.index, file=name, title=title, problem=f"This chat cannot be read ({kind}: {error})."
        )


def _chat(value: Any) -> Incoming:
    if not isinstance(value, dict):
        raise Unreadable("it is no object")
    for kind in _KINDS:
        if kind.is_one(value):
            return settled(kind.read(value))
    raise Unreadable("it is of no kind that is known: StellarChat, Open WebUI, ChatGPT, LibreChat")
