"""Text cut into the words that are searched for; the same for documents and queries.

No database finds Chinese words of one or two characters by itself, so a run of characters of a script
that is written without spaces becomes its overlapping pairs and its last character alone: 机器学习 is
机器 器学 学习 习. A pair is then found as itself, a longer word as a phrase of pairs, and a single
character as the beginning of a pair. Words of other scripts are folded: case, width, accents.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_ACCENTS = "\u0300-\u036f"
# Thai to Khmer, Hangul, kana, Bopomofo, Han with its extensions, half-width kana
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u3131-\u318e"
    "\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|(?:[^\\W_{_UNSPACED}]|[{_ACCENTS}])+")
_ACCENT = re.compile(f"[{_ACCENTS}]")

LONGEST_WORD = 40
_MOST_TERMS = 12
_MOST_WORDS = 24


class Token(NamedTuple):
    """A word as it is indexed, and where it stands in the text."""

    word: str
    start: int
    end: int


class Term(NamedTuple):
    """Words that must follow each other. With `prefix` the last one may go on."""

    words: tuple[str, ...]
    prefix: bool


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the words of `text` from `start` on."""
    for run in _RUN.finditer(text, start):
        if run["unspaced"]:
            yield from _pairs(run.group(), run.start())
        elif word := _fold(run.group()):
            yield Token(word, run.start(), run.end())


def parse(query: str) -> list[Term]:
    """Read what a person typed: all terms must be found. Anything at all may be typed.

    The last term, and a single character of an unspaced script, match the beginnings of words.
    """
    terms: list[Term] = []
    for piece in query[:1000].split():
        found = list(tokens(piece))
        prefix = False
        if found and unspaced(found[-1].word):
            # the last character alone is in the index only where a text's run ends
            if len(found) > 1 and found[-2].end == found[-1].end:
                found.pop()
            prefix = len(found[-1].word) == 1
        if found:
            terms.append(Term(tuple(token.word for token in found[:_MOST_WORDS]), prefix))
        if len(terms) == _MOST_TERMS:
            break
    if terms:
        last = terms[-1]
        terms[-1] = Term(last.words, last.prefix or not unspaced(last.words[-1]))
    return terms


def unspaced(word: str) -> bool:
    """Whether the word is of a script that is written without spaces."""
    run = _RUN.match(word)
    return bool(run and run["unspaced"])


def _pairs(run: str, start: int) -> Iterator[Token]:
    if not unicodedata.is_normalized("NFKC", run):
        folded = (unicodedata.normalize("NFKC", char) for char in run)
        # one for one, so that places in the text stay true
        run = "".join(new if len(new) == 1 else old for new, old in zip(folded, run, strict=True))
    for at in range(len(run)):
        pair = run[at : at + 2]
        yield Token(pair, start + at, start + at + len(pair))


def _fold(run: str) -> str:
    if run.isascii():
        return run.lower()[:LONGEST_WORD]
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", run)).casefold()
    return "".join(char for char in unicodedata.normalize("NFC", bare) if char.isalnum())[:LONGEST_WORD]
