"""Finds stop strings in a text that comes in pieces, and never lets out the beginning of one."""

from collections.abc import Sequence


def open_end(text: str, words: Sequence[str]) -> int:
    """Return the length of the longest end of `text` that could become one of `words`."""
    longest = max((len(word) for word in words), default=0) - 1
    for length in range(min(longest, len(text)), 0, -1):
        end = text[-length:]
        if any(word.startswith(end) for word in words):
            return length
    return 0


class Stops:
    """Passes a text on up to the first of `words`; `found` is that word."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.found: str | None = None
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can be let out now."""
        if not self.words or self.found is not None:
            return text if self.found is None else ""
        text = self._held + text
        hits = [(at, -len(word), word) for word in self.words if (at := text.find(word)) >= 0]
        if hits:
            at, _, self.found = min(hits)
            self._held = ""
            return text[:at]
        held = open_end(text, self.words)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def end(self) -> str:
        """Return what was held back and is no stop string after all."""
        held, self._held = self._held, ""
        return held
