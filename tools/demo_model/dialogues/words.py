"""Names and invented words: common ones, and random letters so that copying is learned, not recall."""

from __future__ import annotations

import random

from tools.demo_model.dialogues.core import Lang

EN_NAMES = (
    "Alice Bob Carol David Emma Frank Grace Henry Ivy Jack Kate Liam Mary Noah Olivia Peter Quinn Rose Sam "
    "Tom Una Victor Wendy Zoe Anna Ben Chloe Daniel Eva George Hannah Ian Julia Kevin Laura Max Nina Oscar "
    "Paul Rachel Steve Tina Maria John James Michael Linda Sarah Robert"
).split()
ZH_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
)
ZH_GIVEN = (
    "三四五伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国文斌宇浩然子轩梓涵欣怡雨晨思远佳琪俊"
    "嘉豪博雅诗天一晓东小龙春梅冬雪海燕志鹏云飞月星辰光阳林森波婷慧颖琳倩"
)
CONSONANTS = "bcdfghjklmnpqrstvwxyz"
VOWELS = "aeiouy"


def odd_word(rng: random.Random) -> str:
    """A word nobody has written before: syllables, or plain random letters."""
    if rng.random() < 0.5:
        syllables = rng.randint(2, 3)
        closed = ("", "", rng.choice(CONSONANTS))
        return "".join(
            rng.choice(CONSONANTS) + rng.choice(VOWELS) + rng.choice(closed) for _ in range(syllables)
        )
    return "".join(rng.choice(CONSONANTS + VOWELS) for _ in range(rng.randint(3, 8)))


def common_character(rng: random.Random) -> str:
    """One of the 3,755 characters of GB 2312's first level, which are ordered by sound."""
    row = rng.randint(0xB0, 0xD7)
    return bytes((row, rng.randint(0xA1, 0xF9 if row == 0xD7 else 0xFE))).decode("gb2312")


def name(rng: random.Random, lang: Lang) -> str:
    """A name; most are invented, so that the model has to copy."""
    if lang == "zh" and rng.random() < 0.75:
        if rng.random() < 0.7:
            return rng.choice(ZH_SURNAMES) + "".join(rng.choice(ZH_GIVEN) for _ in range(rng.randint(1, 2)))
        return "".join(common_character(rng) for _ in range(rng.randint(2, 3)))
    if rng.random() < 0.3:
        return rng.choice(EN_NAMES)
    word = odd_word(rng)
    roll = rng.random()
    if roll < 0.8:
        return word.capitalize()
    return word if roll < 0.92 else word.upper()
