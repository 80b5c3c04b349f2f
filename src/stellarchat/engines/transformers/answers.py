"""One request being answered: its choices, from tokens to pieces of text."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from stellarchat.engines.transformers.batching import Batch, Progress
from stellarchat.engines.transformers.bodies import BadBody, Wanted
from stellarchat.engines.transformers.decoding import Decoder
from stellarchat.engines.transformers.grammar import Matcher
from stellarchat.engines.transformers.replies import Piece, Splitter
from stellarchat.engines.transformers.sampling import Row, Told
from stellarchat.engines.transformers.stops import Stops


class Event(msgspec.Struct, frozen=True):
    """Something new of choice `index`; `finish` is its last word, `stop` the stop string that ended it."""

    index: int
    pieces: list[Piece]
    told: list[Told]
    finish: str | None = None
    stop: str | None = None


class Failed(Exception):
    """The model could not go on with an answer."""


class Prompt(msgspec.Struct, frozen=True):
    """What is to be answered, and how the answer is to be read.

    `thinking`: the prompt has opened a thought. `plain`: the text is taken as it is.
    """

    tokens: list[int]
    thinking: bool = False
    plain: bool = False
    tools: tuple[str, ...] = ()


class Choice:
    """One choice: from tokens over text and stop strings to pieces."""

    def __init__(self, index: int, row: Row, prompt: Prompt, wanted: Wanted, decoder: Decoder) -> None:
        self.index, self.row = index, row
        self.tokens = 0
        self.done = False
        self._decoder, self._stops = decoder, Stops(wanted.stops)
        self._splitter = Splitter(thinking=prompt.thinking, tools=prompt.tools, plain=prompt.plain)
        self._told = 0
        self._called = False

    def read(self, progress: Progress, ends: Sequence[int]) -> Event:
        """Return what `progress` brings. After a stop string, `done` is true before the sequence ends."""
        if progress.error:
            raise Failed(progress.error)
        if self.row.matcher is not None and self.row.matcher.failed:
            raise Failed(f"The answer could not be kept to its form: {self.row.matcher.failed}")
        self.tokens += len(progress.tokens)
        text = self._stops.feed(self._decoder.feed(progress.tokens))
        stopped = self._stops.found is not None
        if progress.done and not stopped:
            text += self._stops.feed(self._decoder.end())
            stopped = self._stops.found is not None
            text += self._stops.end()
        pieces = self._splitter.feed(text)
        self.done = progress.done or stopped
        finish = None
        if self.done:
            pieces += self._splitter.end()
            ended = progress.tokens and progress.tokens[-1] in ends
            finish = "stop" if stopped or ended else "length"
        self._called = self._called or any(piece.call for piece in pieces)
        if finish == "stop" and self._called:
            finish = "tool_calls"
        return Event(self.index, pieces, self._tell(), finish, self._stops.found)

    def _tell(self) -> list[Told]:
        told = self.row.told[self._told : self.tokens]
        self._told += len(told)
        return told


class Answer:
    """All choices of a request. Close it whatever happens: what is still being written is cancelled."""

    def __init__(
        self, batch: Batch, tokenizer: Any, hidden: frozenset[int], prompt: Prompt, wanted: Wanted
    ) -> None:
        self._batch, self.prompt, self.wanted = batch, prompt, wanted
        self._tokenizer, self._hidden = tokenizer, hidden
        self._names: list[str] = []
        self.choices: list[Choice] = []

    def begin(self, most: int, matcher: Matcher | None, after: int | None) -> "asyncio.Queue[Any]":
        """Add the choices to the batch; return where their progress comes."""
        heard: asyncio.Queue[tuple[Choice, Progress]] = asyncio.Queue()
        for index in range(self.wanted.n):
            sampling = self.wanted.sampling
            if sampling.seed is not None and index:  # else all choices would be the same
                sampling = msgspec.structs.replace(sampling, seed=sampling.seed + index)
            row = Row(sampling, self.prompt.tokens, matcher=matcher and matcher.copy(), after=after)
            decoder = Decoder(self._tokenizer, self._hidden)
            choice = Choice(index, row, self.prompt, self.wanted, decoder)
            self.choices.append(choice)

            def hear(progress: Progress, choice: Choice = choice) -> None:
                heard.put_nowait((choice, progress))

            self._names.append(self._batch.add(self.prompt.tokens, row, most, hear, self))
        return heard

    async def events(self, heard: "asyncio.Queue[Any]") -> AsyncGenerator[Event]:
        """Return what is new until every choice is done. Raises Failed."""
        left = len(self.choices)
        while left:
            choice, progress = await heard.get()
            if choice.done:
                continue
            event = choice.read(progress, self._batch.ends)
            if choice.done:
                left -= 1
                if not progress.done:
                    self._batch.cancel(self._names[choice.index])
            if event.pieces or event.told or event.finish:
                yield event

    @property
    def usage(self) -> dict[str, int]:
        """OpenAI's count of tokens."""
        written = sum(choice.tokens for choice in self.choices)
        prompt = len(self.prompt.tokens)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
        }

    def close(self) -> None:
        """Cancel what is not done."""
        for name in self._names:
            self._batch.cancel(name)


def room(prompt: Sequence[int], wanted: Wanted, context: int, field: str) -> int:
    """Return how many tokens an answer may have. Raises BadBody where the prompt fills the context."""
    if not prompt:
        raise BadBody(f"{field} is empty.", field)
    left = context - len(prompt)
    if left < 1:
        raise BadBody(
            f"The prompt has {len(prompt)} tokens, and the context length is {context}.",
            field,
            "exceed_context_size_error",
        )
    return min(wanted.max_tokens or left, left)
