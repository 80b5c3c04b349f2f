"""The index over the words of titles and messages, kept by hand in `search_entry`.

The words are cut here (see `tokens`), so that all databases find the same; `fulltext` has what differs
between them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from stellarchat.core.messages import TextPart
from stellarchat.core.records import SearchHit, Sieve
from stellarchat.store.columns import clean, decode_part
from stellarchat.store.fulltext import full_text, titled
from stellarchat.store.repository import Connection, Repository, batches
from stellarchat.store.snippets import mark, snippet
from stellarchat.store.statements import prepared
from stellarchat.store.tables import chat, chat_tag, message, message_part
from stellarchat.store.tables import search_entry as table
from stellarchat.store.tokens import Term, parse, tokens, unspaced

# PostgreSQL holds at most 1 MiB and 16,383 places in one tsvector
_WORDS_PER_ENTRY = 4000
# so that a phrase across the seam of two entries is found
_OVERLAP = 24
_INDEXED_CHARACTERS = 500_000
_LONG = 20_000
# The newest entries of a user, which are looked through one by one; the newest hits, which are ranked.
_NEAR = 2000
_RANKED = 100
# so many times as far as hits should be, to have them
_SURELY = 2

_ADD = prepared(sa.insert(table))
_DROP, _DROP_TITLE = (
    prepared(sa.delete(table).where(table.c.chat_id == sa.bindparam("its_chat"), same))
    for same in (table.c.message_id == sa.bindparam("its_message"), table.c.message_id.is_(None))
)


class Entry(NamedTuple):
    """The words of one piece of a text, which begins at character `offset`."""

    offset: int
    words: list[str]


class Search(Repository):
    """Keeps and asks the index."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._index = full_text(self._dialect)

    async def add(self, chat_id: str, texts: Sequence[tuple[str | None, str]]) -> None:
        """Index new texts of a chat, each with its message's id, or None for the title.

        Of a very long text the first 500,000 characters are indexed.
        """
        rows: list[dict[str, Any]] = []
        last = await self._last()
        for message_id, text in texts:
            for entry in await self._cut(clean(text[:_INDEXED_CHARACTERS])):
                said = titled(entry.words) if message_id is None else entry.words
                words = self._index.document(said, last + len(rows) + 1)
                rows.append(
                    {"chat_id": chat_id, "message_id": message_id, "offset": entry.offset, "tokens": words}
                )
        for some in batches(rows):
            await self._write(_ADD, some)

    async def replace(self, chat_id: str, message_id: str | None, text: str) -> None:
        """Index the text that a message, or the title where `message_id` is None, has now."""
        if message_id is None:
            await self._write(_DROP_TITLE, {"its_chat": chat_id})
        else:
            await self._write(_DROP, {"its_chat": chat_id, "its_message": message_id})
        await self.add(chat_id, [(message_id, text)])

    async def query(
        self, user_id: str, q: str, limit: int = 20, sieve: Sieve | None = None
    ) -> list[SearchHit]:
        """Return the best hits in a user's chats, best first, newer first among equals.

        All words must be found in one message or title; the last may be only begun. Whatever `q`
        holds, it is only words: there is no query language.
        """
        terms = parse(clean(q))
        if not terms:
            return []
        sifted = sieve or Sieve()
        if self._index.hint is not None:
            await self._rows(sa.text(self._index.hint))
        last = await self._last()
        messages = await self._messages(user_id, terms, sifted, limit, last)
        titles = await self._titles(user_id, terms, sifted, last)
        # a title says best what a chat is about, but a frequent word must leave places for what was said
        most = max((limit + 1) // 2, limit - len(messages))
        best = titles[:most]
        return await self._hits([*best, *messages[: limit - len(best)]], terms)

    async def _messages(
        self, user_id: str, terms: list[Term], sieve: Sieve, limit: int, last: int
    ) -> list["_Scored"]:
        """Return the newest hits in messages, best first.

        No index ranks hits, or tells the newest, without reading all of them, which a frequent word has
        hundreds of thousands of. So the user's newest entries are looked through first, where such a word
        is often enough; the index is asked for what is rare.
        """
        whole = _whole(terms)
        conditions = [*_chats_of(user_id, sieve), *_of_messages(sieve)]
        near = await self._rows(self._near(user_id, terms, whole, sieve))
        rows = _distinct(near)
        # first the words as they stand, then what they may be the beginning of
        for asked in [whole] if whole == terms else [whole, terms]:
            known = [row for row in near if row.whole or asked is not whole]
            closer = _after(known, limit)
            for after in (closer, 0) if closer else (0,):
                if _count(rows, asked is whole) < limit:
                    found = self._index.found(asked, after, last)
                    statement = self._newest(found, asked, conditions, whole)
                    rows = _distinct([*rows, *await self._rows(statement)])
        return self._ranked(rows, terms)

    async def _titles(self, user_id: str, terms: list[Term], sieve: Sieve, last: int) -> list["_Scored"]:
        """Return the newest hits in titles, best first."""
        if sieve.role is not None:
            return []
        marked = _titled(terms)
        conditions = [*_chats_of(user_id, sieve), *_of_titles(sieve)]
        found = self._newest(self._index.found(marked, last=last), marked, conditions, _titled(_whole(terms)))
        rows = await self._rows(found)
        return self._ranked(rows, marked)

    async def _last(self) -> int:
        """Return the number of the newest entry, where the index wants to know it."""
        if not self._index.parted:
            return 0
        found = await self._rows(sa.select(sa.func.max(table.c.id).label("last")))
        return int(found[0].last or 0)

    def _near(self, user_id: str, terms: list[Term], whole: list[Term], sieve: Sieve) -> sa.Select[Any]:
        """Select hits among so many messages, those of the chats in which there was something last."""
        wanted = [*_chats_of(user_id, sieve), table.c.message_id.is_not(None)]
        if sieve.since is not None:
            wanted.append(chat.c.last_message_at >= sieve.since)
        near = (
            sa.select(table.c.id, table.c.chat_id, table.c.message_id, table.c.offset, table.c.tokens)
            .add_columns(chat.c.title, chat.c.last_message_at)
            .join_from(chat, table, table.c.chat_id == chat.c.id)
            .where(*wanted)
            .order_by(chat.c.last_message_at.desc(), chat.c.id.desc())
            .limit(_NEAR)
            .subquery("near")
        )
        return (
            sa.select(near.c.id, near.c.chat_id, near.c.message_id, near.c.offset)
            .add_columns(near.c.title, near.c.last_message_at, message.c.role, message.c.created_at)
            .add_columns(self._index.rating(near.c.tokens, terms).label("rating"))
            .add_columns(self._index.holds(near.c.tokens, whole).label("whole"))
            .add_columns(sa.select(sa.func.max(table.c.id)).scalar_subquery().label("last"))
            .join_from(near, message, message.c.id == near.c.message_id)
            .where(self._index.holds(near.c.tokens, terms), *_of_messages(sieve))
            .order_by(near.c.last_message_at.desc(), near.c.id.desc())
            .limit(_RANKED)
        )

    def _newest(
        self, by_index: sa.Select[Any], terms: list[Term], conditions: Sequence[Any], whole: list[Term]
    ) -> sa.Select[Any]:
        """Select the newest of what the index has found that meet the conditions."""
        found = by_index.subquery("found")
        newest = (
            sa.select(found, chat.c.title, chat.c.last_message_at, message.c.role, message.c.created_at)
            .select_from(
                found.join(chat, chat.c.id == found.c.chat_id).outerjoin(
                    message, message.c.id == found.c.message_id
                )
            )
            .where(*conditions)
            .order_by(found.c.id.desc())
            .limit(_RANKED)
            .subquery("newest")
        )
        return (
            sa.select(newest)
            .add_columns(self._index.rating(table.c.tokens, terms).label("rating"))
            .add_columns(self._index.holds(table.c.tokens, whole).label("whole"))
            .join_from(newest, table, table.c.id == newest.c.id)
        )

    def _ranked(self, rows: Sequence[Any], terms: list[Term]) -> list["_Scored"]:
        """Return each message and title once: whole words first, the newer first among equals."""
        scored = [_Scored(row, self._index.score(row.rating, terms)) for row in rows]
        scored.sort(key=_Scored.order, reverse=True)
        return _distinct(scored)

    async def _cut(self, text: str) -> list[Entry]:
        """Cut a text into entries; a long one apart, because tokens of live answers do not wait."""
        return await self._apart(_entries, text) if len(text) > _LONG else _entries(text)

    async def _hits(self, rows: Sequence[Any], terms: list[Term]) -> list[SearchHit]:
        texts = await self._texts([row.message_id for row in rows if row.message_id is not None])
        hits: list[SearchHit] = []
        for row in rows:
            title = mark(row.title, terms)
            found = title
            if row.message_id is not None:
                found = snippet(texts.get(row.message_id, ""), terms, row.offset)
            hits.append(
                SearchHit(
                    chat_id=row.chat_id,
                    title=row.title,
                    message_id=row.message_id,
                    role=row.role,
                    snippet=found,
                    title_html=title,
                    score=float(row.score),
                    timestamp=row.created_at or row.last_message_at,
                )
            )
        return hits

    async def _texts(self, message_ids: list[str]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for some in batches(message_ids):
            query = (
                sa.select(message_part.c.message_id, message_part.c.body)
                .where(message_part.c.message_id.in_(some))
                .order_by(message_part.c.message_id, message_part.c.position)
            )
            for row in await self._rows(query):
                part = decode_part(row.body)
                if isinstance(part, TextPart):
                    texts[row.message_id] = texts.get(row.message_id, "") + part.text
        return texts


class _Scored:
    """A row of a search with its score."""

    __slots__ = ("row", "score")

    def __init__(self, row: Any, score: float) -> None:
        self.row, self.score = row, score

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    def order(self) -> tuple[Any, ...]:
        """Return what it is sorted by."""
        return bool(self.row.whole), self.score, self.row.created_at or self.row.last_message_at


def _distinct(rows: Sequence[Any]) -> list[Any]:
    """Return the first entry of each message and title."""
    first: dict[tuple[str, str | None], Any] = {}
    for row in rows:
        first.setdefault((row.chat_id, row.message_id), row)
    return list(first.values())


def _count(rows: Sequence[Any], whole: bool) -> int:
    """Return how many there are, of whole words alone if `whole`."""
    return sum(bool(row.whole) for row in rows) if whole else len(rows)


def _after(near: Sequence[Any], limit: int) -> int:
    """Judge by the near hits after which entry there are enough; 0 where that is the whole of the index."""
    if not near:
        return 0
    first, last = min(row.id for row in near), near[0].last
    return max(0, int(last - (last - first + 1) * limit * _SURELY // len(near)))


def _whole(terms: list[Term]) -> list[Term]:
    """Return terms whose last word is meant as it stands; a single sign is half of a pair and cannot be."""
    last = terms[-1]
    if not last.prefix or unspaced(last.words[-1]):
        return terms
    return [*terms[:-1], Term(last.words, False)]


def _titled(terms: list[Term]) -> list[Term]:
    return [Term(titled(term.words), term.prefix) for term in terms]


def _chats_of(user_id: str, sieve: Sieve) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what chats must be."""
    yield chat.c.user_id == user_id
    yield chat.c.deleted_at.is_(None)
    if sieve.folder is not None:
        yield chat.c.folder == sieve.folder if sieve.folder else chat.c.folder.is_(None)
    if sieve.tag is not None:
        yield sa.exists().where(chat_tag.c.chat_id == chat.c.id, chat_tag.c.tag == sieve.tag)
    if sieve.archived is not None:
        yield chat.c.archived_at.is_not(None) if sieve.archived else chat.c.archived_at.is_(None)


def _of_messages(sieve: Sieve) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what messages must be."""
    if sieve.model is not None:
        yield message.c.model == sieve.model
    if sieve.role is not None:
        yield message.c.role == sieve.role
    if sieve.since is not None:
        yield message.c.created_at >= sieve.since
    if sieve.until is not None:
        yield message.c.created_at < sieve.until


def _of_titles(sieve: Sieve) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what the chats of titles must be; what is said in a chat last is the moment of its title."""
    if sieve.model is not None:
        yield chat.c.model == sieve.model
    if sieve.since is not None:
        yield chat.c.last_message_at >= sieve.since
    if sieve.until is not None:
        yield chat.c.last_message_at < sieve.until


def _entries(text: str) -> list[Entry]:
    found = list(tokens(text))
    entries: list[Entry] = []
    for first in range(0, len(found), _WORDS_PER_ENTRY):
        piece = found[first : first + _WORDS_PER_ENTRY + _OVERLAP]
        entries.append(Entry(piece[0].start, [token.word for token in piece]))
    return entries
