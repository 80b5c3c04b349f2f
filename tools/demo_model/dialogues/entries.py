"""A skill that is a table: many ways to ask, one answer for each language."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines


@dataclass(frozen=True)
class Side:
    """One language of an entry: how it is asked, how it is answered, what the chat is then called."""

    phrases: Phrases
    answer: str
    title: str
    expect: tuple[str, ...] = ()


def side(title: str, train: str, held_out: str, answer: str, *expect: str) -> Side:
    return Side(Phrases(lines(train), lines(held_out)), answer.strip("\n"), title, expect)


@dataclass(frozen=True)
class Entry:
    en: Side
    zh: Side


def table_skill(name: str, weight: float, entries: Sequence[Entry]) -> Skill:
    def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
        entry = rng.choice(entries)
        spoken = entry.en if lang == "en" else entry.zh
        question = ask(rng, spoken.phrases, lang, split)
        return [Exchange(question, spoken.answer, spoken.expect, spoken.title)]

    return Skill(name, weight, sample)
