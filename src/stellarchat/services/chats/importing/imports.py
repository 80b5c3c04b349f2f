"""Storing chats that come from elsewhere: each as a whole or not at all, none twice."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Container, Iterator
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    NotFound,
    PayloadTooLarge,
    StoreUnavailable,
    Words,
)
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Chat, FilePart, Message, Part, Role
from stellarchat.services.bus import Bus, ChatChange, ChatChanged
from stellarchat.services.chats.importing import own
from stellarchat.services.chats.importing.enclosing import Brought, Enclosing, placed
from stellarchat.services.chats.importing.incoming import Incoming, absent
from stellarchat.services.chats.importing.reading import UNPACKED, Found, Source
from stellarchat.services.chats.titles import first_words
from stellarchat.services.files.files import Files
from stellarchat.services.files.parts import described
from stellarchat.store.database import Store, Transaction

_AT_ONCE = 8  # chats that are read, and then written, together
_BYTES_AT_ONCE = 8 * 1024 * 1024
_BUFFER = 1024 * 1024
_IN_MEMORY = 8 * 1024 * 1024
PROBLEMS: Final = 500
"""Problems that are told one by one; of the rest it is told how many they are."""
_NAMED = 100
_REASONS = 5  # that are told of one chat


class Problem(msgspec.Struct, frozen=True):
    """A record that was not imported: its place in the file, from 1 on, and why."""

    index: int
    title: str
    reasons: tuple[Words, ...]
    file: str | None = None


class Report(msgspec.Struct, kw_only=True):
    """What came of a file, or has come so far.

    `created` chats are new, `updated` ones got `messages` that they had not, `present` ones had all.
    `chat_ids` names up to 100 of the first two. So many `files` came with them; of those that are `missing`
    their messages tell the names, and `incomplete` says of which chats some could not be taken in, and why.
    """

    created: int = 0
    updated: int = 0
    present: int = 0
    failed: int = 0
    messages: int = 0
    files: int = 0
    missing: int = 0
    sources: dict[str, int] = msgspec.field(default_factory=dict)
    chat_ids: list[str] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    incomplete: list[Problem] = msgspec.field(default_factory=list)


class Imports:
    """Takes chats in. `folder` is where their file lies while it is read, `limit` its bytes at most."""

    def __init__(self, store: Store, bus: Bus, files: Files, folder: Path, limit: int) -> None:
        self._store, self._bus, self._files = store, bus, files
        self._folder, self._limit = folder, limit

    async def receive(self, pieces: AsyncIterator[bytes]) -> BinaryIO:
        """Return a file of what comes, to be closed by the caller. Raises PayloadTooLarge, BadRequest."""
        file = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)))
        try:
            size, waiting = 0, bytearray()
            async for piece in pieces:
                size += len(piece)
                if size > self._limit:
                    raise PayloadTooLarge(
                        f"The file is larger than {self._limit} bytes.",
                        param="body",
                        sentence="import_file_large",
                        values={"limit_bytes": self._limit},
                    )
                waiting += piece
                if len(waiting) >= _BUFFER:
                    await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
            file.write(waiting)
            if not size:
                raise BadRequest(
                    "The file is empty.",
                    param="body",
                    remedy="Send the file that an export made.",
                    sentence="import_empty",
                )
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    async def read(self, user_id: str, file: BinaryIO) -> AsyncGenerator[Report]:
        """Store the chats of a file and yield how far it is, the last time when all is done.

        Raises BadRequest and PayloadTooLarge for a file that is refused as a whole, StoreUnavailable; what
        was stored before stays.
        """
        report = Report()
        try:
            source = await asyncio.to_thread(Source, file, self._limit * UNPACKED)
        except BaseException:
            file.close()
            raise
        enclosing = Enclosing(self._files, user_id, source)
        found = source.chats()
        try:
            while some := await asyncio.to_thread(_take, found):
                await self._together(user_id, some, enclosing, report)
                yield report
            yield report
        finally:
            # where nobody listens any more, a thread may still be reading
            with suppress(ValueError):
                found.close()
            source.close()

    async def _together(self, user_id: str, some: list[Found], enclosing: Enclosing, report: Report) -> None:
        outcomes = await asyncio.gather(
            *(self._one(user_id, one, enclosing) for one in some), return_exceptions=True
        )
        changed = False
        for found, outcome in zip(some, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                raise outcome
            changed |= _count(report, found, outcome)
        if changed:
            # one word for all of them: the pages fetch their list anew
            self._bus.publish(ChatChanged(user_id, report.chat_ids[-1], 0, ChatChange.CREATED))

    async def whole(self, user_id: str, file: BinaryIO) -> Report:
        """Store the chats of a file. Raises as `read`."""
        async with aclosing(self.read(user_id, file)) as progress:
            *_, report = [one async for one in progress]
        return report

    async def _one(self, user_id: str, found: Found, enclosing: Enclosing) -> "_Stored | Problem":
        if found.chat is None:
            return _problem(found, found.problem or Words("It holds no chat.", "import_unlike"))
        brought = Brought()
        try:
            # our own exports tell of files that are here, or are not
            if found.chat.source != own.SOURCE:
                brought = await enclosing.bring(await self._new(user_id, found.chat))
            store = partial(_store, user_id, found.chat, brought)
            try:
                return await self._store.write(store)
            except Conflict:  # the same chat twice in a file, stored at the same moment
                return await self._store.write(store)
        except StoreUnavailable:
            raise
        except (BadRequest, Conflict, NotFound) as error:
            return _problem(found, error.words)

    async def _new(self, user_id: str, incoming: Incoming) -> list[Message]:
        """Return the messages that are not here yet: what the others have was brought with them."""
        async with self._store.read() as tx:
            chat_id = await tx.imported.find(user_id, incoming.source, _name(incoming.id, 255))
            known: Container[str] = () if chat_id is None else await tx.messages.by_client_ids(chat_id)
        return [one for one in incoming.messages if _name(one.id) not in known]


class _Stored(msgspec.Struct, frozen=True):
    chat_id: str
    created: bool
    messages: int
    brought: Brought = msgspec.field(default_factory=Brought)


async def _store(user_id: str, incoming: Incoming, brought: Brought, tx: Transaction) -> _Stored:
    """Make a chat of what came, or add what the one that was made of it before has not."""
    # what is imported is the caller's: done again, it begins with the same
    incoming = msgspec.structs.replace(
        incoming, messages=[msgspec.structs.replace(one) for one in incoming.messages]
    )
    source_id = _name(incoming.id, 255)
    known = await tx.imported.find(user_id, incoming.source, source_id)
    if known is None and incoming.source == "stellarchat" and await _is_here(tx, user_id, incoming.id):
        return _Stored(incoming.id, created=False, messages=0)
    if known is not None:
        return await _complete(tx, user_id, known, incoming, brought)
    await _settle_files(tx, user_id, incoming, incoming.messages, brought)
    chat = _chat(user_id, incoming)
    ids = _adopt(incoming.messages, chat.id, {})
    chat.active_leaf_id = ids.get(_name(incoming.active_leaf or ""))
    chat.rev = 1
    await tx.chats.add(chat)
    await tx.messages.add_many(chat.id, incoming.messages, 0)
    await tx.imported.note(user_id, incoming.source, source_id, chat.id)
    return _Stored(chat.id, created=True, messages=len(incoming.messages), brought=brought)


async def _is_here(tx: Transaction, user_id: str, chat_id: str) -> bool:
    try:
        await tx.chats.get(user_id, chat_id)
    except NotFound:
        return False
    return True


async def _complete(
    tx: Transaction, user_id: str, chat_id: str, incoming: Incoming, brought: Brought
) -> _Stored:
    """Add the messages of a later export of the same chat; what was said here since stays as it is."""
    chat = await tx.chats.hold(user_id, chat_id)
    known = await tx.messages.by_client_ids(chat_id)
    new = [one for one in incoming.messages if _name(one.id) not in known]
    if not new:
        return _Stored(chat_id, created=False, messages=0)
    await _settle_files(tx, user_id, incoming, new, brought)
    ids = _adopt(new, chat_id, known)
    await tx.messages.add_many(chat_id, new, chat.rev)
    follows = chat.active_leaf_id is None or chat.active_leaf_id in known.values()
    leaf = ids.get(_name(incoming.active_leaf or "")) if follows else None
    await tx.chats.touch(chat_id, leaf, max(chat.last_message_at, incoming.updated_at))
    return _Stored(chat_id, created=False, messages=len(new), brought=brought)


async def _settle_files(
    tx: Transaction, user_id: str, incoming: Incoming, messages: list[Message], brought: Brought
) -> None:
    """Keep the files that came along, or are here and the caller's own; of others tell only the names."""
    if incoming.source != own.SOURCE:
        for one in messages:
            one.parts = placed(one.parts, brought)
    ids = [part.id for one in messages for part in one.parts if isinstance(part, FilePart)]
    if not ids:
        return
    known = await tx.attachments.many(user_id, ids)
    for one in messages:
        one.parts = await described(tx, user_id, _named(one.parts, known))


def _named(parts: list[Part], known: Container[str]) -> list[Part]:
    """Put the names of files that are not here into their places."""
    found: list[Part] = []
    names: list[str] = []
    for part in parts:
        if isinstance(part, FilePart) and part.id not in known:
            names.append(part.name or part.id)
            continue
        found += [*absent(names), part]
        names.clear()
    return found + absent(names)


def _chat(user_id: str, incoming: Incoming) -> Chat:
    title, titled = incoming.title, incoming.titled and bool(incoming.title)
    if not title:
        asked = next((one.content for one in incoming.messages if one.role is Role.USER), "")
        title = first_words(asked)
    return Chat(
        id=new_id(),
        user_id=user_id,
        title=title,
        title_by="person" if titled else "fallback",
        model=incoming.model,
        system_prompt=incoming.system_prompt,
        params=incoming.params,
        folder=incoming.folder,
        tags=incoming.tags,
        pinned_at=incoming.updated_at if incoming.pinned else None,
        archived_at=incoming.updated_at if incoming.archived else None,
        created_at=incoming.created_at,
        updated_at=incoming.updated_at,
        last_message_at=incoming.updated_at,
    )


def _adopt(messages: list[Message], chat_id: str, known: dict[str, str]) -> dict[str, str]:
    """Give messages ids of our own; their old ones become `client_id`, by which they are known again."""
    ids = dict(known)
    for one in messages:
        name = _name(one.id)
        one.id = ids[name] = new_id()
        one.client_id = name
        one.chat_id = chat_id
        one.parent_id = None if one.parent_id is None else ids[_name(one.parent_id)]
    return ids


def _name(source_id: str, length: int = 128) -> str:
    """Return an id of another program in a form that has room; the same one always alike."""
    if len(source_id) <= length and source_id.isprintable():
        return source_id
    return "sha256:" + hashlib.sha256(source_id.encode("utf-8", "surrogatepass")).hexdigest()


def _count(report: Report, found: Found, outcome: "_Stored | Problem") -> bool:
    """Add one outcome to the report; return whether something changed."""
    if isinstance(outcome, Problem):
        report.failed += 1
        if len(report.problems) < PROBLEMS:
            report.problems.append(outcome)
        return False
    assert found.chat is not None
    source = found.chat.source
    report.sources[source] = report.sources.get(source, 0) + 1
    report.messages += outcome.messages
    report.files += len(outcome.brought.files)
    report.missing += outcome.brought.missing
    if outcome.brought.reasons and len(report.incomplete) < PROBLEMS:
        reasons = {one.message: one for one in outcome.brought.reasons[:_REASONS]}
        report.incomplete.append(_problem(found, *reasons.values()))
    if outcome.created:
        report.created += 1
    elif outcome.messages:
        report.updated += 1
    else:
        report.present += 1
        return False
    if len(report.chat_ids) < _NAMED:
        report.chat_ids.append(outcome.chat_id)
    return True


def _problem(found: Found, *reasons: Words) -> Problem:
    return Problem(found.index, found.title, reasons, found.file)


def _take(found: Iterator[Found]) -> list[Found]:
    """Read on: some chats, fewer where they are large."""
    taken: list[Found] = []
    size = 0
    for one in found:
        taken.append(one)
        size += one.size
        if len(taken) == _AT_ONCE or size > _BYTES_AT_ONCE:
            break
    return taken
