"""Rewording of training phrasings."""

import random
import re

from tools.demo_model.dialogues import compose
from tools.demo_model.dialogues.core import EN_AFTER, EN_BEFORE, HELD_OUT, ZH_AFTER, ZH_BEFORE, Lang, plain
from tools.demo_model.dialogues.wording import reword, slip

from tests.demo_model.test_dialogues import phrases_in

SLOT = re.compile(r"\{\w+\}")


def test_slots_survive_rewording_and_slips() -> None:
    rng = random.Random(1)
    templates = {template for phrases in phrases_in(compose) for template in phrases.train}
    assert len(templates) > 3000
    for template in templates:
        lang: Lang = "en" if template.isascii() else "zh"
        for _ in range(5):
            for other in (reword(rng, template, lang), slip(rng, template)):
                assert SLOT.findall(other) == SLOT.findall(template)
                assert other


def test_rewording_gives_other_words() -> None:
    rng = random.Random(1)
    assert len({reword(rng, "Can you tell me a joke?", "en") for _ in range(100)}) > 5
    assert len({reword(rng, "怎么安装这个软件？", "zh") for _ in range(100)}) > 3


def test_no_phrasing_for_training_is_one_for_evaluation_with_a_word_of_courtesy() -> None:
    befores, afters = ("", *EN_BEFORE, *ZH_BEFORE), ("", *EN_AFTER, *ZH_AFTER)
    smuggled = {
        plain(before + phrase + after) for phrase in HELD_OUT for before in befores for after in afters
    }
    trained = {plain(template) for phrases in phrases_in(compose) for template in phrases.train}
    assert trained & smuggled == set()
