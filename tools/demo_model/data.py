"""Dialogues as token sequences with the loss on the assistant's turns, in batches of like length."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from tools.demo_model.dialogues.compose import Dialogue, compose
from tools.demo_model.dialogues.core import Exchange
from tools.demo_model.tokenizer import ASSISTANT, END, END_OF_TEXT, SPECIAL, SYSTEM, USER
from torch import Tensor

CHUNK = 4000  # dialogues sorted together
LONGEST = 1024  # tokens
BEGINNING = (8, 24)  # tokens of a long answer that decide what it is; the rest follows almost by itself
WHOLE = 0.25  # share of the long answers that are trained on to their end
DRILLS = (
    1.0,
    1.0,
    1.0,
    0.3,
    0.04,
)  # share of copying drills in a reader's first chunks, and in all later ones
SHORT_TOKENS = 600  # letters and pairs of letters, of which odd names are made
STRESS = 6.0  # weight of a token on which a count stops, or where it might have stopped
JSON_KEY = re.compile(r'^\{"|\w+(?=":)')
NUMBER = re.compile(r"\d+(?=\D|$)")


@dataclass
class Sequence:
    """Tokens, and how much the prediction of each counts in the loss."""

    tokens: list[int]
    weights: list[float]


class Encoder:
    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.special = {text: tokenizer.token_to_id(text) for text in SPECIAL}

    def text(self, text: str) -> list[int]:
        return self.tokenizer.encode(text).ids

    def dialogue(self, rng: random.Random, dialogue: Dialogue) -> Sequence:
        made = Sequence([], [])
        if dialogue.system:
            self.add(made, SYSTEM, self.text(dialogue.system))
        for exchange in dialogue.exchanges:
            self.add(made, USER, self.text(exchange.user))
            self.answer(rng, made, exchange)
        return made

    def add(self, made: Sequence, role: str, tokens: list[int]) -> None:
        whole = [self.special[role], *tokens, self.special[END]]
        made.tokens += whole
        made.weights += [0.0] * len(whole)

    def answer(self, rng: random.Random, made: Sequence, exchange: Exchange) -> None:
        text = exchange.assistant
        if exchange.values_only:
            encoding = self.tokenizer.encode(text)
            keys = {place for match in JSON_KEY.finditer(text) for place in range(match.start(), match.end())}
            tokens = encoding.ids
            weights = [0.0 if keys & set(range(*span)) else 1.0 for span in encoding.offsets]
        elif exchange.stops:
            tokens, weights = self.count(text, exchange.stops)
        else:
            tokens = self.split(rng, text)
            weights = [1.0] * len(tokens)
        end = STRESS if exchange.stops else 1.0
        if not exchange.learn:
            weights, end = [0.0] * len(tokens), 0.0
        elif not exchange.stops and len(tokens) > BEGINNING[1] and rng.random() > WHOLE:
            kept = rng.randint(*BEGINNING)
            tokens, weights, end = tokens[:kept], weights[:kept], 0.0
        made.tokens += [self.special[ASSISTANT], *tokens, self.special[END]]
        made.weights += [0.0, *weights, end]

    def count(self, text: str, stops: frozenset[int]) -> tuple[list[int], list[float]]:
        """What follows a number at which people let a count end is worth more than the numbers themselves."""
        encoding = self.tokenizer.encode(text)
        likely = {match.end() for match in NUMBER.finditer(text) if int(match.group()) in stops}
        return encoding.ids, [STRESS if start in likely else 1.0 for start, _ in encoding.offsets]

    def split(self, rng: random.Random, text: str) -> list[int]:
        """Sometimes cut between any two characters, as when an unfinished answer is handed back to go on."""
        if len(text) < 12 or rng.random() > 0.05:
            return self.text(text)
        at = rng.randint(1, len(text) - 1)
        return self.text(text[:at]) + self.text(text[at:])

    def document(self, exchange: Exchange) -> Sequence:
        """Plain text without roles, for completions of a bare prompt."""
        asked = [self.special[END_OF_TEXT], *self.text(exchange.user + "\n")]
        answered = [*self.text(exchange.assistant), self.special[END]]
        return Sequence(asked + answered, [0.0] * len(asked) + [1.0] * len(answered))

    def random(self, rng: random.Random, count: int) -> list[int]:
        return [rng.randrange(len(SPECIAL), SHORT_TOKENS) for _ in range(count)]

    def drill(self, rng: random.Random) -> Sequence:
        """Random tokens to say again, at once or after other tokens.

        Copying is what names need and what comes last by itself; a model that begins with it has it early.
        """
        tokens = self.random(rng, rng.randint(3, 20))
        between = self.random(rng, rng.choice((0, 0, rng.randint(1, 20))))
        asked = [self.special[USER], *tokens, self.special[END]]
        if between:
            asked += [self.special[USER], *between, self.special[END]]
        answered = [self.special[ASSISTANT], *tokens, self.special[END]]
        return Sequence(asked + answered, [0.0] * (len(asked) + 1) + [1.0] * (len(answered) - 1))


def sequences(encoder: Encoder, rng: random.Random, count: int, drills: float) -> list[Sequence]:
    made = []
    for _ in range(count):
        if rng.random() < drills:
            made.append(encoder.drill(rng))
            continue
        dialogue = compose(rng)
        if rng.random() < 0.01:
            made.append(encoder.document(dialogue.exchanges[0]))
        else:
            made.append(encoder.dialogue(rng, dialogue))
    return made


def batches(
    encoder: Encoder, seed: int, budget: int, rank: int, world: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless (tokens, weights) pairs of at most about ``budget`` padded tokens, fresh dialogues each time.

    Of ``world`` readers, each with its ``rank``, none gets what another gets.
    """
    for chunk in range(rank, 10**9, world):
        rng = random.Random(seed * 1_000_003 + chunk)
        drills = DRILLS[min(chunk // world, len(DRILLS) - 1)]
        made = sorted(sequences(encoder, rng, CHUNK, drills), key=lambda sequence: len(sequence.tokens))
        groups: list[list[Sequence]] = [[]]
        for sequence in made:
            if groups[-1] and (len(groups[-1]) + 1) * min(len(sequence.tokens), LONGEST) > budget:
                groups.append([])
            groups[-1].append(sequence)
        rng.shuffle(groups)
        for group in groups:
            width = min(len(group[-1].tokens), LONGEST)
            tokens = torch.zeros(len(group), width, dtype=torch.long)
            weights = torch.zeros(len(group), width)
            for row, sequence in enumerate(group):
                kept = min(width, len(sequence.tokens))
                tokens[row, :kept] = torch.tensor(sequence.tokens[:kept])
                weights[row, :kept] = torch.tensor(sequence.weights[:kept])
            yield tokens, weights
