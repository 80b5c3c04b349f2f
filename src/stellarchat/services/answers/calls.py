"""The calls of one reply: their numbers over all rounds, and what of them waits for a person's word."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.events import ToolCall
from stellarchat.core.tools import Action, Answer, Question
from stellarchat.services.tools.asking import ANSWER_SECONDS
from stellarchat.services.tools.questions import checked


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
    """Numbers calls, and lets each wait until somebody decides on it, or answers what it asks.

    `on_wait` is called when the first begins to wait, and when none does any more.
    """

    def __init__(self, on_wait: Callable[[], None] = lambda: None) -> None:
        self._on_wait = on_wait
        self._next = 0
        self._known: dict[int, tuple[str | None, int]] = {}  # by the engine's index, in this round
        self._waiting: dict[str, asyncio.Future[Decision]] = {}
        self._asking: dict[str, tuple[Question, asyncio.Future[Answer]]] = {}

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
        return bool(self._waiting or self._asking)

    async def decided(self, call_id: str) -> Decision:
        """Wait for a person."""
        waiter: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        with self._noted(self._waiting, call_id, waiter):
            return await waiter

    async def answered(self, question: Question) -> Answer:
        """Wait for a person, but not for ever: a question that nobody answers is cancelled."""
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._noted(self._asking, question.id, (question, waiter)), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                return await waiter
        return Answer(Action.CANCEL)

    def decide(self, call_id: str, decision: Decision, known: bool) -> None:
        """Take a person's word. Raises Conflict where the call does not wait, NotFound where it is none."""
        waiter = self._waiting.get(call_id)
        if waiter is None or waiter.done():
            if not known:
                raise NotFound(
                    "There is no such call.", param="call_id", detail=call_id[:64], sentence="call_none"
                )
            raise Conflict("This call does not wait any more.", param="call_id", sentence="call_over")
        waiter.set_result(decision)

    def answer(self, question_id: str, action: Action, content: Mapping[str, Any]) -> None:
        """Take a person's answer. Raises Conflict where none is waited for, BadRequest naming the field."""
        question, waiter = self._asking.get(question_id, (None, None))
        if question is None or waiter is None or waiter.done():
            raise Conflict(
                "This question does not wait any more.", param="question_id", sentence="question_over"
            )
        accepted = action is Action.ACCEPT
        waiter.set_result(Answer(action, checked(question, content) if accepted else {}))

    @contextlib.contextmanager
    def _noted(self, waiting: dict[str, Any], key: str, waiter: Any) -> Iterator[None]:
        first = not self.waiting
        waiting[key] = waiter
        if first:
            self._on_wait()
        try:
            yield
        finally:
            waiting.pop(key, None)
            if not self.waiting:
                self._on_wait()
