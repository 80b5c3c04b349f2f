"""The index over words, in each database's own terms: documents, questions and scores.

SQLite's FTS5 reads words between spaces, PostgreSQL a tsvector, MySQL and MariaDB ASCII words that are
neither too short for them nor stop words. Words of titles are marked, so that titles are found by themselves.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from stellarchat.store.tables import search_entry as table
from stellarchat.store.tokens import Term

# in no word, and part of a word for every database
_TITLE = "\u00b6"
_EVERYTHING = 1_000_000_000
# BM25's constants: after how many times a word counts for half, and a text of usual length
_SOON_ENOUGH = 1.2
_USUAL_WORDS = 60
# InnoDB leaves out words of more than 84 characters
_LONGEST_HEX = 20


class FullText(Protocol):
    """What a database can do with entries of the index."""

    hint: str | None
    """What to tell its planner first, for the transaction."""
    ranges: bool
    """Whether it is quicker at a range of entries than at all of them."""

    def document(self, words: Sequence[str]) -> str:
        """Return the words of an entry as they are stored."""

    def found(self, terms: Sequence[Term], after: int = 0) -> sa.Select[Any]:
        """Select `id`, `chat_id`, `message_id` and `offset` of the entries after one that have the terms."""

    def holds(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
        """Return whether stored words hold the terms, without the index."""

    def rating(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        """Return what `score` wants to know of stored words."""

    def score(self, rating: Any, terms: Sequence[Term]) -> float:
        """Return how good a hit is."""


def titled(words: Sequence[str]) -> tuple[str, ...]:
    """Return words as those of a title."""
    return tuple(_TITLE + word for word in words)


class Fts5:
    """Words between spaces."""

    hint: str | None = None
    ranges = True

    def document(self, words: Sequence[str]) -> str:
        return " ".join(words)

    def found(self, terms: Sequence[Term], after: int = 0) -> sa.Select[Any]:
        # words hold letters and digits only, so that nothing in them is an operator
        asked = " AND ".join(f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms)
        index = sa.table("search_index", sa.column("rowid", sa.Integer))
        whole: sa.ColumnElement[Any] = sa.literal_column("search_index")
        # `+`: its rows are looked up for those of the index, never the other way round. FTS5 then walks from
        # the newest on, and only as far as it is asked to.
        same = table.c.id == sa.literal_column("+search_index.rowid", sa.Integer)
        return (
            sa.select(index.c.rowid.label("id"), table.c.chat_id, table.c.message_id, table.c.offset)
            .select_from(index.join(table, same))
            .where(whole.op("MATCH")(asked), index.c.rowid > after)
        )

    def holds(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
        spaced = " " + sa.type_coerce(tokens, sa.Text) + " "
        return sa.and_(*(sa.func.instr(spaced, said) > 0 for said in _together(terms)))

    def rating(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        return sa.type_coerce(tokens, sa.Text)

    def score(self, rating: Any, terms: Sequence[Term]) -> float:
        return _bm25(rating.split(" "), terms)


class TsVector:
    """Lexemes with their places."""

    # Hits are few, and looked up by their keys: as many as it takes a word for that it knows nothing of are
    # reason enough for it to read whole tables instead, and to compile that.
    hint: str | None = (
        "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
        " set_config('jit', 'off', true)"
    )
    ranges = True

    def document(self, words: Sequence[str]) -> str:
        return " ".join(f"'{word}':{place}" for place, word in enumerate(words, start=1))

    def found(self, terms: Sequence[Term], after: int = 0) -> sa.Select[Any]:
        later = [table.c.id > after] if after else []
        # a fence: else the planner walks back through all entries, and for a rare word to their beginning
        met = (
            sa.select(table.c.id, table.c.chat_id, table.c.message_id, table.c.offset)
            .where(self.holds(table.c.tokens, terms), *later)
            .cte("met")
            .prefix_with("MATERIALIZED")
        )
        # in order before anything is looked up for them, so that it can stop where there are enough
        return sa.select(met).order_by(met.c.id.desc()).limit(_EVERYTHING)

    def holds(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
        return tokens.bool_op("@@")(self._asked(terms))

    def rating(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        # 1: a long text is not better for being long
        return sa.func.ts_rank(tokens, self._asked(terms), 1)

    def score(self, rating: Any, terms: Sequence[Term]) -> float:
        return float(rating)

    def _asked(self, terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        from sqlalchemy.dialects import postgresql  # loaded with its driver, or not at all

        phrases = []
        for term in terms:
            words = [f"'{word}'" for word in term.words]
            phrases.append(f"({' <-> '.join(words)}{':*' if term.prefix else ''})")
        return sa.cast(sa.literal(" & ".join(phrases)), postgresql.TSQUERY)


class InnoDb:
    """Words in letters and digits between spaces, three letters at least."""

    hint: str | None = None
    ranges = False

    def document(self, words: Sequence[str]) -> str:
        return " ".join(map(_ascii, words))

    def found(self, terms: Sequence[Term], after: int = 0) -> sa.Select[Any]:
        from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

        asked: list[str] = []
        for term in terms:
            # in any order: InnoDB's phrases cannot end in the beginning of a word
            asked += [f"+{_ascii(word)}" for word in term.words]
            if term.prefix:
                asked[-1] += "*"
        met = mysql.match(table.c.tokens, against=" ".join(asked)).in_boolean_mode()
        phrases = [term for term in terms if len(term.words) > 1]
        together = [self.holds(table.c.tokens, phrases)] if phrases else []
        return sa.select(table.c.id, table.c.chat_id, table.c.message_id, table.c.offset).where(
            met, *([table.c.id > after] if after else []), *together
        )

    def holds(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
        spaced = " " + sa.type_coerce(tokens, sa.Text) + " "
        asked = [Term(tuple(map(_ascii, term.words)), term.prefix) for term in terms]
        return sa.and_(*(sa.func.instr(spaced, said) > 0 for said in _together(asked)))

    def rating(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        return sa.type_coerce(tokens, sa.Text)

    def score(self, rating: Any, terms: Sequence[Term]) -> float:
        return _bm25(rating.split(" "), [Term(tuple(map(_ascii, term.words)), term.prefix) for term in terms])


_WAYS: dict[str, FullText] = {"sqlite": Fts5(), "postgresql": TsVector(), "mysql": InnoDb()}


def full_text(dialect: str) -> FullText:
    """Return the way of a database."""
    return _WAYS[dialect]


def _together(terms: Sequence[Term]) -> Iterator[str]:
    """Yield each term as it stands in words between spaces."""
    for term in terms:
        yield f" {' '.join(term.words)}{'' if term.prefix else ' '}"


def _bm25(words: list[str], terms: Sequence[Term]) -> float:
    """Return how good a hit is: more often is better, less and less so, and in a short text more so.

    How rare the words are is left out: a hit has all of them.
    """
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


def _ascii(word: str) -> str:
    """Return the word in letters and digits, three at least, and so that beginnings stay beginnings."""
    kind, word = ("t", word[1:]) if word.startswith(_TITLE) else ("x", word)
    if word.isascii():
        return f"{kind}a{word}"
    return f"{kind}u{word[:_LONGEST_HEX].encode('utf-16-be').hex()}"
