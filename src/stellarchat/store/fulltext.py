"""The index over words, in each database's own terms: documents, questions and scores.

SQLite's FTS5 reads words between spaces, PostgreSQL a tsvector, MySQL and MariaDB ASCII words that are
neither too short for them nor stop words, and that say in which part of the index they are. Words of titles
are marked, so that titles are found by themselves.
"""

from collections.abc import Sequence
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
# InnoDB leaves out words of more than 84 characters, the part of the index included
_LONGEST_HEX = 18
# Entries in a part of the index, and how many places an entry may lie behind the part that it names: its own
# number is not known when it is written.
_PART = 50_000
_SLACK = 1_000


class FullText(Protocol):
    """What a database can do with entries of the index."""

    hint: str | None
    """What to tell its planner first, for the transaction."""
    parted: bool
    """Whether it has to know how many entries there are."""

    def document(self, words: Sequence[str], number: int = 0) -> str:
        """Return the words of an entry as they are stored; its own number is about `number`, or more."""

    def found(self, terms: Sequence[Term], after: int = 0, last: int = 0) -> sa.Select[Any]:
        """Select `id`, `chat_id`, `message_id` and `offset` of the entries after one that have the terms.

        `last` is the number of the newest entry.
        """

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
    parted = False

    def document(self, words: Sequence[str], number: int = 0) -> str:
        return " ".join(words)

    def found(self, terms: Sequence[Term], after: int = 0, last: int = 0) -> sa.Select[Any]:
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
        said = (f" {' '.join(term.words)}{'' if term.prefix else ' '}" for term in terms)
        return sa.and_(*(sa.func.instr(spaced, words) > 0 for words in said))

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
    parted = False

    def document(self, words: Sequence[str], number: int = 0) -> str:
        return " ".join(f"'{word}':{place}" for place, word in enumerate(words, start=1))

    def found(self, terms: Sequence[Term], after: int = 0, last: int = 0) -> sa.Select[Any]:
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
    """Words in letters and digits between spaces, each behind the number of its part of the index.

    InnoDB reads the row of every hit before anything is known of it, and knows no range of hits. So the words
    themselves say in which part they are: those of the parts that are asked for are asked for by name.
    """

    hint: str | None = None
    parted = True

    def document(self, words: Sequence[str], number: int = 0) -> str:
        return " ".join(f"{number // _PART}_{_ascii(word)}" for word in words)

    def found(self, terms: Sequence[Term], after: int = 0, last: int = 0) -> sa.Select[Any]:
        from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

        parts = range(max(0, after - _SLACK) // _PART, last // _PART + 1)
        asked: list[str] = []
        for term in terms:
            # in any order: InnoDB's phrases cannot end in the beginning of a word
            for place, word in enumerate(term.words, start=1):
                end = "*" if term.prefix and place == len(term.words) else ""
                asked.append(f"+({' '.join(f'{part}_{_ascii(word)}{end}' for part in parts)})")
        met = mysql.match(table.c.tokens, against=" ".join(asked)).in_boolean_mode()
        phrases = [term for term in terms if len(term.words) > 1]
        together = [self.holds(table.c.tokens, phrases)] if phrases else []
        return sa.select(table.c.id, table.c.chat_id, table.c.message_id, table.c.offset).where(
            met, *([table.c.id > after] if after else []), *together
        )

    def holds(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[bool]:
        said = sa.type_coerce(tokens, sa.Text)
        # without the part, which all words of an entry share
        bare = sa.func.replace(said, sa.func.substring_index(said, "_", 1) + "_", "")
        held = []
        for term in terms:
            end = "" if term.prefix else " "
            words = [_ascii(word) for word in term.words]
            if len(words) == 1:
                held.append(sa.func.instr(said + " ", f"_{words[0]}{end}") > 0)
            else:
                held.append(sa.func.instr(" " + bare + " ", f" {' '.join(words)}{end}") > 0)
        return sa.and_(*held)

    def rating(self, tokens: sa.ColumnElement[Any], terms: Sequence[Term]) -> sa.ColumnElement[Any]:
        return sa.type_coerce(tokens, sa.Text)

    def score(self, rating: Any, terms: Sequence[Term]) -> float:
        words = [word.partition("_")[2] for word in rating.split(" ")]
        return _bm25(words, [Term(tuple(map(_ascii, term.words)), term.prefix) for term in terms])


_WAYS: dict[str, FullText] = {"sqlite": Fts5(), "postgresql": TsVector(), "mysql": InnoDb()}


def full_text(dialect: str) -> FullText:
    """Return the way of a database."""
    return _WAYS[dialect]


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
