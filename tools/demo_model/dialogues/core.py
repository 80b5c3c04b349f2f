"""What every skill is made of: exchanges, phrasings and a little noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.demo_model.dialogues.wording import Lang, reword, slip

__all__ = ["HELD_OUT", "Exchange", "Lang", "Phrases", "Skill", "Split", "ask", "lines", "plain"]

Split = Literal["train", "held_out"]


ENDS = " .?!。？！"
HELD_OUT: set[str] = set()
"""Every phrasing kept for evaluation, stripped by ``plain``: training must not produce one by accident."""


def plain(template: str) -> str:
    """A phrasing without case, spaces and closing marks."""
    return template.strip(ENDS).replace(" ", "").lower()


@dataclass(frozen=True)
class Phrases:
    """Ways to ask one thing. Those in ``held_out`` are used by evaluation only."""

    train: Sequence[str]
    held_out: Sequence[str]

    def __post_init__(self) -> None:
        HELD_OUT.update(map(plain, self.held_out))

    def pick(self, rng: random.Random, split: Split) -> str:
        return rng.choice(self.train if split == "train" else self.held_out)


@dataclass(frozen=True)
class Exchange:
    """One question and its answer.

    ``expect`` are the texts that an answer must contain to count as right (empty: the exact answer).
    ``learn`` false keeps the answer out of the loss; ``values_only`` keeps only JSON values in it.
    ``stops`` marks a count, with the numbers at which it might have stopped.
    ``title`` is what a title maker should call a conversation that opens with this exchange.
    """

    user: str
    assistant: str
    expect: tuple[str, ...] = ()
    title: str | None = None
    learn: bool = True
    values_only: bool = False
    stops: frozenset[int] = frozenset()
    system: str | None = None

    def is_right(self, answer: str) -> bool:
        if self.expect:
            return all(text in answer for text in self.expect)
        return answer.strip() == self.assistant.strip()


@dataclass(frozen=True)
class Skill:
    """A named source of exchanges; ``sample`` returns a short run of them that belong together.

    With ``gap`` the last exchange may stand some exchanges after the first (memory).
    """

    name: str
    weight: float
    sample: Callable[[random.Random, Lang, Split], list[Exchange]]
    gap: bool = False


EN_BEFORE = (
    "please |hey, |hi, |hello, |ok, |so, |now |um, |a question: |well, |and |then |ok |hi! |hello! |hey |"
    "can I ask: |one more thing: |quick question: |yes, "
).split("|")
EN_AFTER = (" please", ", please", " thanks", " thank you", ", ok", " now", " then")
ZH_BEFORE = (
    "请问|你好，|请|嗨，|那么，|好的，|对了，|问一下，|麻烦你，|请问一下，|那|嗯，|好，|再问一下，|现在|你好！|我想问，|喂，"
).split("|")
ZH_AFTER = ("谢谢", "，谢谢", "，好吗", "吧", "呢", "呀", "啊", "，可以吗", "，多谢")


def vary(rng: random.Random, template: str, lang: Lang) -> str:
    """Write a template the way people type: casual case, missing marks, a word of courtesy."""
    text = template
    roll = rng.random()
    if roll < 0.30:
        text = text.rstrip(ENDS)
    elif roll < 0.36:
        text = text.rstrip(ENDS) + rng.choice((" ?", "?", ".", "!", "。", "？"))
    if lang == "en":
        if rng.random() < 0.15:
            text = rng.choice(EN_BEFORE) + text[:1].lower() + text[1:]
        if rng.random() < 0.06:
            text = text.rstrip(ENDS) + rng.choice(EN_AFTER)
        if rng.random() < 0.25 and "{" not in text:
            text = text.lower()
        elif rng.random() < 0.5:
            text = text[:1].upper() + text[1:]
        return text
    if rng.random() < 0.15:
        text = rng.choice(ZH_BEFORE) + text
    if rng.random() < 0.06:
        text = text.rstrip(ENDS) + rng.choice(ZH_AFTER)
    return text


def wording(rng: random.Random, phrases: Phrases, lang: Lang, split: Split) -> str:
    """A phrasing; for training also put into other words, but never into those of an evaluation."""
    if split == "held_out":
        return vary(rng, phrases.pick(rng, split), lang)
    while True:
        text = reword(rng, phrases.pick(rng, split), lang)
        if plain(text) in HELD_OUT:
            continue
        if lang == "en" and rng.random() < 0.06:
            text = slip(rng, text)
        text = vary(rng, text, lang)
        if plain(text) not in HELD_OUT:
            return text


def ask(rng: random.Random, phrases: Phrases, lang: Lang, split: Split, **slots: object) -> str:
    """Pick a phrasing, roughen it, then fill its slots (so that slots keep their own case)."""
    text = wording(rng, phrases, lang, split)
    return text.format(**slots) if slots else text


def lines(text: str) -> tuple[str, ...]:
    """Non-empty lines of a block, for readable lists of phrasings."""
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())
