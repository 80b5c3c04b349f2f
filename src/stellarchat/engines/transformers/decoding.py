"""Tokens to text, piece by piece, without ever cutting a character."""

from collections.abc import Collection, Sequence
from typing import Protocol

UNFINISHED = "\ufffd"
LONGEST = 8  # tokens that one character can take; more undecodable ones are not the start of one


class Vocabulary(Protocol):
    """What is needed of a tokenizer."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str:
        """Return the text of some tokens."""


class Decoder:
    """Decodes one answer. `hidden` are tokens that are no part of the text, as the end of a turn.

    A window of earlier tokens is decoded again with the new ones, because the text of a token can
    depend on those before it (spaces, bytes of one character).
    """

    def __init__(self, vocabulary: Vocabulary, hidden: Collection[int] = ()) -> None:
        self._vocabulary, self._hidden = vocabulary, hidden
        self._window: list[int] = []
        self._known = 0  # tokens of the window whose text was returned
        self._text = ""  # the text of those

    def feed(self, tokens: Sequence[int]) -> str:
        """Return the text that `tokens` complete."""
        self._window += [token for token in tokens if token not in self._hidden]
        waiting = len(self._window) - self._known
        if not waiting:
            return ""
        whole = self._decode(self._window)
        if whole.endswith(UNFINISHED) and waiting < LONGEST:
            return ""
        return self._advance(whole)

    def end(self) -> str:
        """Return what is left, an unfinished character as U+FFFD."""
        return self._advance(self._decode(self._window)) if len(self._window) > self._known else ""

    def _advance(self, whole: str) -> str:
        new = whole[len(self._text) :]
        self._window = self._window[self._known :]
        self._known = len(self._window)
        self._text = self._decode(self._window)
        return new

    def _decode(self, tokens: list[int]) -> str:
        return self._vocabulary.decode(tokens, skip_special_tokens=False)
