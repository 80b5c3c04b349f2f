"""Answers of the Responses API that a later request may refer to: kept in memory, the newest of them."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import msgspec

from stellarchat.core.errors import NotFound

KEPT: Final = 1000
KEPT_BYTES: Final = 64 * 1024 * 1024
KEPT_SECONDS: Final = 24 * 3600.0


class StoredResponse(msgspec.Struct, frozen=True):
    """One answer: what was shown, what went in, and the conversation up to its end, as chat messages.

    `size` is what it takes in bytes, those of the answers before it included.
    """

    shown: bytes
    input: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    size: int


class Responses:
    """Keeps answers for a while. They are gone when the server ends, or when newer ones need the room."""

    def __init__(
        self,
        *,
        count: int = KEPT,
        size: int = KEPT_BYTES,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._limit, self._seconds, self._clock = count, size, seconds, clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, StoredResponse]] = OrderedDict()
        self._size = 0

    def keep(self, user_id: str, response_id: str, response: StoredResponse) -> None:
        """Keep an answer; the oldest ones make room."""
        now = self._clock()
        self._kept[user_id, response_id] = (now, response)
        self._size += response.size
        while self._kept:
            oldest = next(iter(self._kept))
            old = now - self._kept[oldest][0] > self._seconds
            if not old and len(self._kept) <= self._count and self._size <= self._limit:
                break
            self._drop(oldest)

    def get(self, user_id: str, response_id: str, param: str = "response_id") -> StoredResponse:
        """Return an answer. Raises NotFound."""
        kept = self._kept.get((user_id, response_id))
        if kept is not None and self._clock() - kept[0] <= self._seconds:
            return kept[1]
        raise NotFound(
            f"There is no response {response_id[:80]!r}, or it is not kept any more.",
            param=param,
            remedy="Send the conversation itself as `input`; responses are kept in memory for a day at most.",
        )

    def delete(self, user_id: str, response_id: str) -> None:
        """Forget an answer. Raises NotFound."""
        self.get(user_id, response_id)
        self._drop((user_id, response_id))

    def _drop(self, key: tuple[str, str]) -> None:
        _, response = self._kept.pop(key)
        self._size -= response.size
