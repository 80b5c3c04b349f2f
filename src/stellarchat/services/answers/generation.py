"""One run of a model for one message: a numbered log that any number of readers follow."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from stellarchat.core.events import (
    End,
    Failed,
    FinishReason,
    GenerationEvent,
    Measured,
    Status,
    Text,
    Thinking,
    Timings,
    ToolCall,
    ToolUpdate,
    Usage,
)
from stellarchat.core.generations import GenerationRecord
from stellarchat.core.messages import Message, Part, ThinkingPart, ToolUsePart, fold
from stellarchat.core.tools import CallState
from stellarchat.services.answers.calls import Calls

Numbered = tuple[int, GenerationEvent]
Siblings = dict[str | None, list[str]]

MEASURABLE = 0.005  # seconds; what came in one piece tells nothing of how fast it was written


class Generation:
    """A reply in the making. Event number `seq` stands at `log[seq - 1]`.

    A reader is a number and a wake-up: whoever is slow finds more events at once and nothing is kept for
    it. `message` and `user_message` are None for a stateless run. `base` are the parts that a continued
    message had before.
    """

    def __init__(
        self,
        generation_id: str,
        user_id: str,
        model: str,
        *,
        chat_id: str | None = None,
        message: Message | None = None,
        user_message: Message | None = None,
        replayed: bool = False,
    ) -> None:
        self.id, self.user_id, self.model = generation_id, user_id, model
        self.chat_id, self.message, self.user_message = chat_id, message, user_message
        self.replayed = replayed
        self.base: list[Part] = list(message.parts) if message else []
        self.log: list[GenerationEvent] = []
        self.begun = False
        self.settling = False  # its end is being stored and cannot be stopped any more
        self.done = False
        self.stopping: FinishReason | None = None
        self.stop_sequence: str | None = None
        self.task: asyncio.Task[None] | None = None
        self.instance: str | None = None
        self.engine: str | None = None
        self.record: GenerationRecord | None = None
        self.asked: dict[str, Any] | None = None  # the body that the engine was asked, as OpenAI has it
        self.affinity: str | None = None  # of a stateless run: whose beginning its prompt shares
        self.origin: str | None = None  # the session that asked for it
        self.rev = 0  # of the chat, after the last change by this generation
        self._siblings: Siblings | None = None
        self.flushed = 0  # events that are safe in the store
        self.clock = Clock()
        self.calls: Calls | None = None  # where tools are on
        self._thoughts: dict[int, float] = {}  # how long the parts of earlier rounds were thought about
        self._waiters: list[asyncio.Future[None]] = []

    def place(self, siblings: Siblings) -> None:
        """Note the children of the parents of its messages, as they are when it begins."""
        self._siblings = siblings

    def placed(self) -> Siblings | None:
        """Return what was noted, once: whoever comes later than its first reader must look again."""
        siblings, self._siblings = self._siblings, None
        return siblings

    @property
    def numbered(self) -> Callable[[ToolCall], ToolCall] | None:
        """What gives calls their numbers, where there is more than one round of them."""
        return None if self.calls is None else self.calls.numbered

    @property
    def stored(self) -> bool:
        """Whether it belongs to a chat and outlives its readers."""
        return self.message is not None

    @property
    def called_off(self) -> bool:
        """Whether somebody wants it to end."""
        return self.stopping is not None

    @property
    def last_seq(self) -> int:
        """The number of the newest event."""
        return len(self.log)

    def append(self, events: list[GenerationEvent]) -> None:
        """Add events and wake all readers."""
        self.clock.see(events)
        self.log += events
        self._wake()

    def report(self, status: Status) -> None:
        """Add one status."""
        self.append([status])

    async def wait(self, after: int) -> None:
        """Return once there is an event past number `after`, or nothing more will come."""
        if len(self.log) > after or self.done:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    async def follow(self, after: int = 0) -> AsyncIterator[list[Numbered]]:
        """Yield all events past number `after`, as many at a time as there are."""
        while True:
            await self.wait(after)
            if len(self.log) == after:
                return
            batch = self.log[after:]
            yield list(enumerate(batch, after + 1))
            after += len(batch)

    async def finished(self) -> None:
        """Return when nothing more will come."""
        while not self.done:
            await self.wait(len(self.log))

    def close(self, last: End | Failed) -> None:
        """Add the last event."""
        self.done = True
        self.append([last])

    def parts(self) -> list[Part]:
        """What the message holds by now."""
        parts = fold(self.base, self.log)
        if self.clock.thinking_ms is not None:
            for at in range(len(parts) - 1, len(self.base) - 1, -1):
                part = parts[at]
                if isinstance(part, ThinkingPart):
                    parts[at] = ThinkingPart(part.text, round(self.clock.thinking_ms, 1))
                    break
        for at, spent in self._thoughts.items():
            part = parts[at]
            assert isinstance(part, ThinkingPart)
            parts[at] = ThinkingPart(part.text, spent)
        return parts

    def cut_calls(self) -> None:
        """Say of calls that run that nobody will know what they come to."""
        events: list[GenerationEvent] = [
            ToolUpdate(
                part.id, CallState.CUT, part.round, server=part.server, tool=part.tool, title=part.title
            )
            for part in self.parts()
            if isinstance(part, ToolUsePart) and part.state is CallState.RUNNING
        ]
        if events:
            self.append(events)

    def next_round(self) -> None:
        """The model is asked once more: what was measured so far is kept apart."""
        if self.clock.thinking_ms is not None:
            for at, part in enumerate(self.parts()):
                if at >= len(self.base) and isinstance(part, ThinkingPart) and part.duration_ms is not None:
                    self._thoughts[at] = part.duration_ms
        self.clock.next_round()

    @property
    def wrote(self) -> bool:
        """Whether anything of the answer has come."""
        return self.clock.first is not None or bool(self.clock.rounds)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class Round(msgspec.Struct, frozen=True):
    """What one of several rounds took."""

    usage: Usage
    timings: Timings


_COUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")


def _sum(rounds: list[Round], name: str) -> float | None:
    known = [value for one in rounds if (value := getattr(one.timings, name)) is not None]
    return round(sum(known), 2) if known else None


class Clock:
    """Measures one generation, and prefers what the engine measured itself."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.queue_ms = self.load_ms = 0.0
        self.first: float | None = None
        self.last: float | None = None
        self.stop_ms: float | None = None
        self.usage = Usage()
        self.engine: Timings | None = None
        self.sent: float | None = None
        self.rounds: list[Round] = []  # the ones before, where tools are called
        self._thinking: float | None = None
        self.thinking_ms: float | None = None

    def see(self, events: list[GenerationEvent]) -> None:
        for event in events:
            kind = type(event)
            if kind is Text or kind is Thinking or kind is ToolCall:
                self.last = time.monotonic()
                if self.first is None:
                    self.first = self.last
                if kind is Thinking:
                    self._thinking = self._thinking or self.last
                    self.thinking_ms = (self.last - self._thinking) * 1000
            elif isinstance(event, Measured):
                self.usage = event.usage
                self.engine = event.timings or self.engine

    def next_round(self) -> None:
        """Keep what was measured, and begin anew."""
        if self.first is not None:
            self.rounds.append(Round(self.usage, self.timings()))
        self.first = self.last = self.sent = self._thinking = self.thinking_ms = self.engine = None
        self.usage = Usage()

    def total(self) -> tuple[Usage, Timings]:
        """Return what all rounds took together."""
        if not self.rounds:
            return self.usage, self.timings()
        rounds = [*self.rounds, Round(self.usage, self.timings())]
        usage = Usage(*(sum(getattr(one.usage, name) for one in rounds) for name in _COUNTS))
        writing, reading = (_sum(rounds, name) for name in ("generation_ms", "prompt_ms"))
        speed = round(usage.completion_tokens / writing * 1000, 2) if writing else None
        return usage, msgspec.structs.replace(
            rounds[-1].timings,
            time_to_first_token_ms=rounds[0].timings.time_to_first_token_ms,
            generation_ms=writing,
            prompt_ms=reading,
            tokens_per_second=speed if speed and usage.completion_tokens > 1 else None,
            prompt_tokens_per_second=None,
        )

    def elapsed(self) -> float:
        """Seconds since it was asked for."""
        return time.monotonic() - self.began

    def timings(self) -> Timings:
        first, last = self.first, self.last
        generation_ms = speed = ttft = prompt_ms = prompt_speed = None
        if first is not None and last is not None:
            ttft = round((first - self.began) * 1000, 2)
            generation_ms = round((last - first) * 1000, 2)
            if self.sent is not None:
                prompt_ms = round((first - self.sent) * 1000, 2)
            if self.usage.completion_tokens > 1 and last - first >= MEASURABLE:
                speed = round((self.usage.completion_tokens - 1) / (last - first), 2)
        if self.engine is not None:
            prompt_ms = self.engine.prompt_ms
            generation_ms = self.engine.generation_ms or generation_ms
            speed = self.engine.tokens_per_second or speed
            prompt_speed = self.engine.prompt_tokens_per_second
        return Timings(
            queue_ms=round(self.queue_ms, 2),
            load_ms=round(self.load_ms, 2),
            prompt_ms=prompt_ms,
            time_to_first_token_ms=ttft,
            generation_ms=generation_ms,
            tokens_per_second=speed,
            prompt_tokens_per_second=prompt_speed,
            stop_ms=self.stop_ms,
        )
