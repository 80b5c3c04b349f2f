"""The records of an export file, one at a time: a file of any size is never held whole.

JSON is read event by event (ijson). A record that is too large, or too deep, is passed over and said to be;
broken JSON ends the file, and what came before it stays.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import ijson
import msgspec

from stellarchat.core.errors import Words

RECORD_BYTES: Final = 64 * 1024 * 1024
"""Of one record, about; a chat of this size would be one of some ten million words."""
_PIECE = 64 * 1024
_EVENT_BYTES = 16  # what an event counts beside its text
_LISTS = ("chats", "conversations")
"""Keys of an object under which a list of records may stand."""
_TOO_LARGE = object()

Events = Iterator[tuple[str, Any]]


class Record(msgspec.Struct, frozen=True):
    """One record: where it stands (from 1 on), and what it is, or why it cannot be read.

    `head` are the fields that stood before the list, in a file that has them; `size` is about its bytes.
    """

    index: int
    value: Any = None
    problem: Words | None = None
    head: dict[str, Any] = {}
    size: int = 0


class TooLong(Exception):
    """One text in the file is larger than a record may be."""


def records(file: BinaryIO) -> Iterator[Record]:
    """Yield the records of a JSON file: the entries of its list, or the one object it is."""
    reader = _Reader(file)
    events: Events = iter(ijson.basic_parse(reader, use_float=True, buf_size=_PIECE))
    count = 0
    try:
        kind, _ = next(events, ("", None))
        if kind == "start_array":
            for record in _entries(events, {}, reader):
                count = record.index
                yield record
        elif kind == "start_map":
            for record in _object(events, reader):
                count = record.index
                yield record
        else:
            yield Record(1, problem=Words("The file holds neither a list nor an object.", "import_no_list"))
            return
        # all of the file is to be JSON, what follows the list too
        for _ in events:
            pass
    except TooLong:
        yield Record(count + 1, problem=_large("import_large_ends", " What follows it was not read."))
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        words = f"The file is no whole JSON; what follows was not read ({reason})."
        yield Record(count + 1, problem=Words(words, "import_broken_json", {"said": reason}))


class _Reader:
    """Reads a file, and sees that the parser never gathers more than one record's worth for one text."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.gathered = 0
        self._begun = False

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.gathered += len(piece)
        if self.gathered > RECORD_BYTES:
            raise TooLong
        if not self._begun and piece:
            self._begun = True
            # the mark that some editors put before UTF-8
            piece = piece.removeprefix(b"\xef\xbb\xbf")
            if not piece:
                return self.read(size)
        return piece


def _object(events: Events, reader: _Reader) -> Iterator[Record]:
    head: dict[str, Any] = {}
    listed = False
    cost = 0
    for kind, key in events:
        if kind != "map_key":
            break
        kind, value = next(events)
        if kind == "start_array" and key in _LISTS:
            listed = True
            yield from _entries(events, dict(head), reader)
            continue
        found, size = _value(kind, value, events, reader, RECORD_BYTES - cost)
        cost += size
        head[key] = None if found is _TOO_LARGE else found
        if found is _TOO_LARGE and not listed:
            cost = RECORD_BYTES
    if not listed:
        large = cost >= RECORD_BYTES
        yield Record(1, problem=_large()) if large else Record(1, head, size=cost)


def _entries(events: Events, head: dict[str, Any], reader: _Reader) -> Iterator[Record]:
    index = 0
    for kind, value in events:
        if kind == "end_array":
            return
        index += 1
        found, size = _value(kind, value, events, reader, RECORD_BYTES)
        if found is _TOO_LARGE:
            yield Record(index, problem=_large(), head=head)
        else:
            yield Record(index, found, head=head, size=size)


def _value(kind: str, value: Any, events: Events, reader: _Reader, budget: int) -> tuple[Any, int]:
    """Return the value that begins with this event, and about how large it is.

    One that is larger than `budget` is passed over to its end.
    """
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[str] = []
    depth = cost = 0
    while True:
        reader.gathered = 0
        cost += _EVENT_BYTES + (len(value) if isinstance(value, str) else 0)
        keeps = cost <= budget
        if not keeps and stack:
            root.clear()
            stack.clear()
            keys.clear()
        if kind in ("start_map", "start_array"):
            depth += 1
            if keeps:
                made: Any = {} if kind == "start_map" else []
                _put(stack[-1], keys, made)
                stack.append(made)
        elif kind in ("end_map", "end_array"):
            depth -= 1
            if keeps:
                stack.pop()
        elif kind == "map_key":
            if keeps:
                keys.append(value)
        elif keeps:
            _put(stack[-1], keys, value)
        if not depth:
            return (root[0] if cost <= budget else _TOO_LARGE), cost
        kind, value = next(events)


def _put(place: Any, keys: list[str], value: Any) -> None:
    if isinstance(place, dict):
        place[keys.pop()] = value
    else:
        place.append(value)


def _large(sentence: str = "import_large", more: str = "") -> Words:
    words = f"The record is larger than {RECORD_BYTES // 1024 // 1024} MiB.{more}"
    return Words(words, sentence, {"limit_bytes": RECORD_BYTES})
