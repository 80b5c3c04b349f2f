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

CHUNK = 8000  # dialogues sorted together
LONGEST = 1536  # tokens
JSON_KEY = re.compile(r'^\{"|\w+(?=":)')


@dataclass
class Sequence:
    tokens: list[int]
    learn: list[bool]


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
        made.learn += [False] * len(whole)

    def answer(self, rng: random.Random, made: Sequence, exchange: Exchange) -> None:
        text = exchange.assistant
        if exchange.values_only:
            encoding = self.tokenizer.encode(text)
            keys = {place for match in JSON_KEY.finditer(text) for place in range(match.start(), match.end())}
            tokens = encoding.ids
            learn = [not keys & set(range(*span)) for span in encoding.offsets]
        else:
            tokens = self.split(rng, text)
            learn = [exchange.learn] * len(tokens)
        made.tokens += [self.special[ASSISTANT], *tokens, self.special[END]]
        made.learn += [False, *learn, exchange.learn]

    def split(self, rng: random.Random, text: str) -> list[int]:
        """Sometimes cut between any two characters, as when an unfinished answer is handed back to go on."""
        if len(text) < 12 or rng.random() > 0.1:
            return self.text(text)
        at = rng.randint(1, len(text) - 1)
        return self.text(text[:at]) + self.text(text[at:])

    def document(self, exchange: Exchange) -> Sequence:
        """Plain text without roles, for completions of a bare prompt."""
        asked = [self.special[END_OF_TEXT], *self.text(exchange.user + "\n")]
        answered = [*self.text(exchange.assistant), self.special[END]]
        return Sequence(asked + answered, [False] * len(asked) + [True] * len(answered))


def sequences(encoder: Encoder, rng: random.Random, count: int) -> list[Sequence]:
    made = []
    for _ in range(count):
        dialogue = compose(rng)
        if rng.random() < 0.02:
            made.append(encoder.document(dialogue.exchanges[0]))
        else:
            made.append(encoder.dialogue(rng, dialogue))
    return made


def batches(encoder: Encoder, seed: int, budget: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless (tokens, learn) pairs of at most about ``budget`` padded tokens, fresh dialogues each time."""
    for chunk in range(10**9):
        rng = random.Random(seed * 1_000_003 + chunk)
        made = sorted(sequences(encoder, rng, CHUNK), key=lambda sequence: len(sequence.tokens))
        groups: list[list[Sequence]] = [[]]
        for sequence in made:
            if groups[-1] and (len(groups[-1]) + 1) * min(len(sequence.tokens), LONGEST) > budget:
                groups.append([])
            groups[-1].append(sequence)
        rng.shuffle(groups)
        for group in groups:
            width = min(len(group[-1].tokens), LONGEST)
            tokens = torch.zeros(len(group), width, dtype=torch.long)
            learn = torch.zeros(len(group), width, dtype=torch.bool)
            for row, sequence in enumerate(group):
                kept = min(width, len(sequence.tokens))
                tokens[row, :kept] = torch.tensor(sequence.tokens[:kept])
                learn[row, :kept] = torch.tensor(sequence.learn[:kept])
            yield tokens, learn
