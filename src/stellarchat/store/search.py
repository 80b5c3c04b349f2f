"""The full-text index over titles and messages, kept by hand in `search_entry`.

The words are cut here (see `tokens`), so that all databases find the same. Each database's own index
reads the column `tokens` in the form it likes: SQLite's FTS5 words between spaces, PostgreSQL a
tsvector, MySQL and MariaDB ASCII words that are neither too short for them nor stop words.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from stellarchat.core.messages import TextPart
from stellarchat.core.records import SearchHit, Sieve
from stellarchat.store.columns import clean, decode_part
from stellarchat.store.repository import Repository, batches
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
_TITLE_WEIGHT = 2.0
_ENTRIES_PER_HIT = 4
# the newest hits in all chats among which a first look is enough, and of those that are left the ones ranked
_WINDOW = 2000
_RANKED = 200
_EVERYTHING = 1_000_000_000
# BM25's constants: after how many times a word counts for half, and a text of usual length
_SOON_ENOUGH = 1.2
_USUAL_WORDS = 60
# InnoDB leaves out words of more than 84 characters
_LONGEST_HEX = 20

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

    async def add(self, chat_id: str, texts: Sequence[tuple[str | None, str]]) -> None:
        """Index new texts of a chat, each with its message's id, or None for the title.

        Of a very long text the first 500,000 characters are indexed.
        """
        rows: list[dict[str, Any]] = []
        for message_id, text in texts:
            for entry in await self._cut(clean(text[:_INDEXED_CHARACTERS])):
                words = self._document(entry.words)
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
        if self._dialect == "mysql":
            rows = await self._rows(self._weighed(user_id, terms, sifted, limit * _ENTRIES_PER_HIT))
            return await self._hits(_distinct(rows)[:limit], terms)
        # First whole words among the newest hits: frequent words have hundreds of thousands, and these
        # are enough. Only where they are not, all is looked through.
        best: list[Any] = []
        for asked, window in ((_whole(terms), _WINDOW), (terms, None)):
            rows = await self._rows(self._newest(user_id, asked, sifted, window))
            best = _distinct(self._ranked(rows, asked))
            if len(best) >= limit:
                break
        return await self._hits(best[:limit], terms)

    def _newest(self, user_id: str, terms: list[Term], sieve: Sieve, window: int | None) -> sa.Select[Any]:
        """Select the newest hits, of the `window` newest in all chats where that is given.

        No database ranks hits without looking at all of them, so they are ranked here.
        """
        score: sa.ColumnElement[Any] = sa.literal(0.0)
        if self._dialect == "postgresql":
            rank, condition, _ = self._match(terms)
            score = rank
            # a fence: else the planner walks back through all entries, and for a rare word to their beginning
            met = sa.select(table.c.id).where(condition).cte("met").prefix_with("MATERIALIZED")
            matching = sa.select(met.c.id).order_by(met.c.id.desc())
        else:
            rowid = sa.column("rowid", sa.Integer)
            whole: sa.ColumnElement[Any] = sa.literal_column("search_index")
            matching = (
                sa.select(rowid.label("id"))
                .select_from(sa.table("search_index", rowid))
                .where(whole.op("MATCH")(_fts5(terms)))
                .order_by(rowid.desc())
            )
        newest = matching.limit(window or _EVERYTHING).subquery("newest")
        at = _said_at()
        return (
            sa.select(table.c.chat_id, table.c.message_id, table.c.offset, score.label("score"))
            .add_columns(sa.type_coerce(table.c.tokens, sa.Text).label("words"))
            .add_columns(chat.c.title, chat.c.last_message_at, message.c.role, message.c.created_at)
            .select_from(
                newest.join(table, table.c.id == newest.c.id)
                .join(chat, chat.c.id == table.c.chat_id)
                .outerjoin(message, message.c.id == table.c.message_id)
            )
            .where(chat.c.user_id == user_id, chat.c.deleted_at.is_(None), *_sifted(sieve, at))
            .order_by(newest.c.id.desc())
            .limit(_RANKED)
        )

    def _ranked(self, rows: Sequence[Any], terms: list[Term]) -> list[Any]:
        """Return rows by their score, best first, newer first among equals."""
        scored = []
        for row in rows:
            score = row.score if self._dialect == "postgresql" else _score(row.words, terms)
            score *= _TITLE_WEIGHT if row.message_id is None else 1.0
            scored.append(_Scored(row, float(score)))
        scored.sort(key=lambda row: (row.score, row.created_at or row.last_message_at), reverse=True)
        return scored

    def _weighed(self, user_id: str, terms: list[Term], sieve: Sieve, limit: int) -> sa.Select[Any]:
        """Select the best hits, ranked by the database."""
        score, condition, source = self._match(terms)
        weighed = (score * sa.case((table.c.message_id.is_(None), _TITLE_WEIGHT), else_=1.0)).label("score")
        at = _said_at()
        return (
            sa.select(table.c.chat_id, table.c.message_id, table.c.offset, weighed)
            .add_columns(chat.c.title, chat.c.last_message_at, message.c.role, message.c.created_at)
            .select_from(
                source.join(chat, chat.c.id == table.c.chat_id).outerjoin(
                    message, message.c.id == table.c.message_id
                )
            )
            .where(condition, chat.c.user_id == user_id, chat.c.deleted_at.is_(None))
            .where(*_sifted(sieve, at))
            .order_by(weighed.desc(), at.desc())
            # several entries of one long message are one hit
            .limit(limit)
        )

    def _match(
        self, terms: list[Term]
    ) -> tuple[sa.ColumnElement[float], sa.ColumnElement[bool], sa.FromClause]:
        """Return the score, the condition and what to select from, in the database's own words."""
        if self._dialect == "postgresql":
            from sqlalchemy.dialects import postgresql  # loaded with its driver, or not at all

            asked = sa.cast(sa.literal(_tsquery(terms)), postgresql.TSQUERY)
            # 1: a long text is not better for being long
            return sa.func.ts_rank(table.c.tokens, asked, 1), table.c.tokens.bool_op("@@")(asked), table
        from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

        found = mysql.match(table.c.tokens, against=_boolean(terms)).in_boolean_mode()
        score = sa.type_coerce(found, sa.Float)
        spaced = " " + sa.type_coerce(table.c.tokens, sa.Text) + " "
        together = [spaced.like(pattern) for pattern in _phrases(terms)]
        return score, sa.and_(score > 0, *together), table

    def _document(self, words: list[str]) -> str:
        if self._dialect == "postgresql":
            return " ".join(f"'{word}':{place}" for place, word in enumerate(words, start=1))
        if self._dialect == "mysql":
            return " ".join(map(_ascii, words))
        return " ".join(words)

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

    __slots__ = ("_row", "score")

    def __init__(self, row: Any, score: float) -> None:
        self._row, self.score = row, score

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def _distinct(rows: Sequence[Any]) -> list[Any]:
    """Return the best entry of each message and title."""
    best: dict[tuple[str, str | None], Any] = {}
    for row in rows:
        best.setdefault((row.chat_id, row.message_id), row)
    return list(best.values())


def _whole(terms: list[Term]) -> list[Term]:
    """Return terms whose last word is meant as it stands; a single sign is half of a pair and cannot be."""
    last = terms[-1]
    if not last.prefix or unspaced(last.words[-1]):
        return terms
    return [*terms[:-1], Term(last.words, False)]


def _score(document: str, terms: list[Term]) -> float:
    """Return how good a hit is: more often is better, less and less so, and in a short text more so (BM25).

    How rare the words are is left out: a hit has all of them.
    """
    words = document.split(" ")
    weight = _SOON_ENOUGH * (0.25 + 0.75 * len(words) / _USUAL_WORDS)
    score = 0.0
    for term in terms:
        first, last = term.words[0], term.words[-1]
        if len(term.words) == 1 and term.prefix:
            often = sum(word.startswith(last) for word in words)
        else:
            often = words.count(first)
        score += often / (often + weight)
    return score


def _said_at() -> sa.ColumnElement[Any]:
    return sa.func.coalesce(message.c.created_at, chat.c.last_message_at).label("at")


def _sifted(sieve: Sieve, at: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
    if sieve.folder is not None:
        yield chat.c.folder == sieve.folder if sieve.folder else chat.c.folder.is_(None)
    if sieve.tag is not None:
        yield sa.exists().where(chat_tag.c.chat_id == chat.c.id, chat_tag.c.tag == sieve.tag)
    if sieve.archived is not None:
        yield chat.c.archived_at.is_not(None) if sieve.archived else chat.c.archived_at.is_(None)
    if sieve.model is not None:
        title = table.c.message_id.is_(None)
        yield sa.or_(message.c.model == sieve.model, sa.and_(title, chat.c.model == sieve.model))
    if sieve.role is not None:
        yield message.c.role == sieve.role
    if sieve.since is not None:
        yield at >= sa.literal(sieve.since, chat.c.last_message_at.type)
    if sieve.until is not None:
        yield at < sa.literal(sieve.until, chat.c.last_message_at.type)


def _entries(text: str) -> list[Entry]:
    found = list(tokens(text))
    entries: list[Entry] = []
    for first in range(0, len(found), _WORDS_PER_ENTRY):
        piece = found[first : first + _WORDS_PER_ENTRY + _OVERLAP]
        entries.append(Entry(piece[0].start, [token.word for token in piece]))
    return entries


def _fts5(terms: list[Term]) -> str:
    """Words hold letters and digits only, so that nothing in them is an operator."""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms)


def _tsquery(terms: list[Term]) -> str:
    phrases = []
    for term in terms:
        words = [f"'{word}'" for word in term.words]
        phrases.append(f"({' <-> '.join(words)}{':*' if term.prefix else ''})")
    return " & ".join(phrases)


def _boolean(terms: list[Term]) -> str:
    """Ask for all words in any order; InnoDB's phrases cannot end in the beginning of a word."""
    asked: list[str] = []
    for term in terms:
        asked += [f"+{_ascii(word)}" for word in term.words]
        if term.prefix:
            asked[-1] += "*"
    return " ".join(asked)


def _phrases(terms: list[Term]) -> Iterator[str]:
    """Yield LIKE patterns that hold the words of a term together where `_boolean` could not."""
    for term in terms:
        if len(term.words) > 1:
            yield f"% {' '.join(map(_ascii, term.words))}{'' if term.prefix else ' '}%"


def _ascii(word: str) -> str:
    """Return the word in letters and digits, three at least, and so that beginnings stay beginnings."""
    if word.isascii():
        return f"xa{word}"
    return "xu" + word[:_LONGEST_HEX].encode("utf-16-be").hex()
