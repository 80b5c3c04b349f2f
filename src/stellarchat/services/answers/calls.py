"""The calls of one reply: their numbers over all rounds, and those that wait for a person's word."""

import asyncio
import secrets
from collections.abc import Callable
from enum import StrEnum

import msgspec

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.events import ToolCall


class Verdict(StrEnum):
    """`always` holds for the tool as it is now, in this chat."""

    ONCE = "once"
    ALWAYS = "always"
    DENY = "deny"


class Decision(msgspec.Struct, frozen=True):
    """A person's word on one call."""

    verdict: Verdict
    reason: str | None = None


class Calls:
    """Numbers calls, and lets each wait until somebody decides on it.

    `on_wait` is called when the first begins to wait, and when none does any more.
    """

    def __init__(self, on_wait: Callable[[], None] = lambda: None) -> None:
        self._on_wait = on_wait
        self._next = 0
        self._known: dict[int, tuple[str | None, int]] = {}  # by the engine's index, in this round
        self._waiting: dict[str, asyncio.Future[Decision]] = {}

    def next_round(self) -> None:
        """Engines count from nought again."""
        self._known.clear()

    def numbered(self, call: ToolCall) -> ToolCall:
        """Return a piece of a call with its number in the reply, and an id of ours at its beginning.

        Engines use the same ids in every round, or the same index for several calls.
        """
        known = self._known.get(call.index)
        if known is not None and (call.id is None or known[0] is None or call.id == known[0]):
            return ToolCall(known[1], None, call.name, call.arguments)
        number = self._next
        self._next += 1
        self._known[call.index] = call.id, number
        # nine letters and digits: some models' templates take nothing else
        return ToolCall(number, secrets.token_hex(5)[:9], call.name, call.arguments)

    @property
    def waiting(self) -> bool:
        """Whether a call waits for a person."""
        return bool(self._waiting)

    async def decided(self, call_id: str) -> Decision:
        """Wait for a person."""
        waiter: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        first = not self._waiting
        self._waiting[call_id] = waiter
        if first:
            self._on_wait()
        try:
            return await waiter
        finally:
            self._waiting.pop(call_id, None)
            if not self._waiting:
                self._on_wait()

    def decide(self, call_id: str, decision: Decision, known: bool) -> None:
        """Take a person's word. Raises Conflict where the call does not wait, NotFound where it is none."""
        waiter = self._waiting.get(call_id)
        if waiter is None or waiter.done():
            if not known:
                raise NotFound("There is no such call.", param="call_id", detail=call_id[:64])
            raise Conflict("This call does not wait any more.", param="call_id")
        waiter.set_result(decision)
