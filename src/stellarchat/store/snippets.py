"""What a search shows of a text: HTML with the hits marked."""

from html import escape
from itertools import islice

from stellarchat.store.tokens import Term, Token, tokens, unspaced

_BEFORE = 50
_LENGTH = 160
# words looked at for the first hit; the rest of a very long text is not worth the wait
_FAR = 20_000


def snippet(text: str, terms: list[Term], start: int = 0) -> str:
    """Return about 160 characters around the first hit after `start`, as HTML on one line."""
    spans = _spans(list(islice(tokens(text, start), _FAR)), terms)
    first = spans[0][0] if spans else start
    begin = _word_start(text, max(0, first - _BEFORE), first) if first > _BEFORE else 0
    end = _word_end(text, begin + _LENGTH, max((stop for _, stop in spans[:1]), default=0))
    shown = [span for span in spans if begin <= span[0] and span[1] <= end]
    body = " ".join(_marked(text[begin:end], [(a - begin, b - begin) for a, b in shown]).split())
    return ("…" if begin else "") + body + ("…" if end < len(text) else "")


def mark(text: str, terms: list[Term]) -> str:
    """Return the whole text as HTML with all hits marked."""
    return _marked(text, _spans(list(tokens(text)), terms))


def _marked(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return "".join([*pieces, escape(text[done:])])


def _spans(words: list[Token], terms: list[Term]) -> list[tuple[int, int]]:
    """Return where hits stand, in order and joined where they touch."""
    found: list[tuple[int, int]] = []
    for at in range(len(words)):
        for term in terms:
            if (end := _match(words, at, term)) is not None:
                found.append((words[at].start, end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _match(words: list[Token], at: int, term: Term) -> int | None:
    """Return where the term ends in the text if it begins with word `at`."""
    last = at + len(term.words) - 1
    if last >= len(words):
        return None
    for place, wanted in enumerate(term.words[:-1], start=at):
        if words[place].word != wanted:
            return None
    word, wanted = words[last], term.words[-1]
    if word.word == wanted:
        return word.end
    if not (term.prefix and word.word.startswith(wanted)):
        return None
    return word.start + len(wanted) if unspaced(wanted) else word.end


def _word_start(text: str, begin: int, first: int) -> int:
    """Move `begin` on to the next word, unless that would pass the hit."""
    space = text.find(" ", begin, min(begin + 20, first))
    return begin if space < 0 else space + 1


def _word_end(text: str, end: int, least: int) -> int:
    """Move `end` back to the end of a word, unless that would cut the hit."""
    end = max(end, least)
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(least, end - 20), end)
    return end if space < 0 else space
