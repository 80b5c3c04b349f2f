"""Sums and differences of small numbers, small products, and a polite no to the large ones."""

from __future__ import annotations

import random

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines

EN_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ZH_WORDS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")

SYMBOLIC = Phrases(
    lines("""
    {a}{s}{b}=?
    {a}{s}{b}
    {a} {s} {b}
    {a} {s} {b} =
    {a}{s}{b}=
    {a}{s}{b}=...
    {a} {s} {b} = ...
    {a} {s} {b} equals
    {a} {s} {b} = ?
    {a} {s} {b}?
    {a}{s}{b}?
    """),
    lines("""
    {a} {s} {b} = __
    {a}{s}{b}=_
    """),
)
EN = {
    "+": Phrases(
        lines("""
        What is {a} + {b}?
        What is {a} plus {b}?
        What's {a}+{b}?
        Calculate {a} + {b}.
        Compute {a} plus {b}
        Add {a} and {b}.
        How much is {a} + {b}?
        How much is {a} plus {b}?
        Could you add {a} and {b}?
        Tell me {a} plus {b}
        Tell me what {a} plus {b} makes
        {a} plus {b}
        {a} plus {b} equals what?
        What does {a} + {b} equal?
        The sum of {a} and {b}
        What is the sum of {a} and {b}?
        {a} and {b} make how many?
        Can you add {a} and {b}?
        I have {a} apples and get {b} more. How many apples do I have?
        If I add {b} to {a}, what do I get?
        What do you get when you add {a} and {b}?
        Solve {a}+{b}
        """),
        lines("""
        What's {a} plus {b}?
        Tell me what {a} + {b} is.
        How much does {a} plus {b} make?
        Could you compute {a} + {b}?
        Work out {a} + {b}
        """),
    ),
    "-": Phrases(
        lines("""
        What is {a} - {b}?
        What is {a} minus {b}?
        What's {a}-{b}?
        Calculate {a} - {b}.
        Compute {a} minus {b}
        Subtract {b} from {a}.
        How much is {a} - {b}?
        How much is {a} minus {b}?
        Could you take {b} from {a}?
        Tell me {a} minus {b}
        Tell me what {a} minus {b} makes
        {a} minus {b}
        {a} minus {b} equals what?
        What does {a} - {b} equal?
        What is the difference of {a} and {b}?
        Can you subtract {b} from {a}?
        I have {a} apples and eat {b}. How many apples are left?
        Take {b} away from {a}
        Solve {a}-{b}
        """),
        lines("""
        What's {a} minus {b}?
        Tell me what {a} - {b} is.
        Could you compute {a} - {b}?
        Work out {a} - {b}
        """),
    ),
    "*": Phrases(
        lines("""
        What is {a} times {b}?
        What is {a} * {b}?
        What is {a} x {b}?
        What's {a}*{b}?
        Calculate {a} * {b}.
        Multiply {a} by {b}.
        Multiply {a} and {b}
        How much is {a} times {b}?
        Could you multiply {a} by {b}?
        Tell me {a} times {b}
        Tell me what {a} times {b} makes
        {a} times {b}
        {a} multiplied by {b}
        What is {a} multiplied by {b}?
        What is the product of {a} and {b}?
        Compute {a} times {b}
        """),
        lines("""
        What's {a} times {b}?
        Tell me what {a} * {b} is.
        Could you compute {a} * {b}?
        """),
    ),
}
ZH = {
    "+": Phrases(
        lines("""
        {a}加{b}等于几？
        {a}加{b}等于多少？
        {a}加{b}是多少？
        {a}+{b}等于几？
        {a}+{b}等于多少？
        {a} + {b} 等于多少？
        {a}加{b}
        {a}加{b}得几？
        计算{a}加{b}
        帮我计算{a}加{b}
        请帮我算一算{a}加{b}
        {a}加{b}是几个？
        计算 {a}+{b}
        算一下{a}加{b}
        {a}和{b}的和是多少？
        {a}与{b}相加得多少？
        把{a}和{b}加起来
        我有{a}个苹果，又买了{b}个，一共有几个？
        {a}再加{b}是几？
        {a}加上{b}等于多少？
        求{a}+{b}
        """),
        lines("""
        {a}加{b}是几？
        {a}加上{b}是多少？
        帮我算{a}加{b}
        {a}+{b}是多少？
        """),
    ),
    "-": Phrases(
        lines("""
        {a}减{b}等于几？
        {a}减{b}等于多少？
        {a}减{b}是多少？
        {a}-{b}等于几？
        {a}-{b}等于多少？
        {a} - {b} 等于多少？
        {a}减{b}
        计算{a}减{b}
        帮我计算{a}减{b}
        请帮我算一算{a}减{b}
        {a}减去{b}得几？
        计算 {a}-{b}
        算一下{a}减{b}
        {a}减去{b}等于多少？
        {a}与{b}的差是多少？
        我有{a}个苹果，吃了{b}个，还剩几个？
        求{a}-{b}
        """),
        lines("""
        {a}减{b}是几？
        {a}减去{b}是多少？
        帮我算{a}减{b}
        {a}-{b}是多少？
        """),
    ),
    "*": Phrases(
        lines("""
        {a}乘{b}等于几？
        {a}乘{b}等于多少？
        {a}乘以{b}等于多少？
        {a}乘以{b}是多少？
        {a}*{b}等于多少？
        {a}×{b}等于几？
        {a}×{b}=?
        {a}乘{b}
        计算{a}乘以{b}
        帮我计算{a}乘{b}
        请帮我算一算{a}乘{b}
        {a}乘{b}得几？
        算一下{a}乘{b}
        """),
        lines("""
        {a}乘{b}是多少？
        {a}乘以{b}等于几？
        帮我算{a}乘{b}
        """),
    ),
}
WORK = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
TITLE_EN = {"+": "A Small Sum", "-": "A Small Difference", "*": "A Small Product"}
TITLE_ZH = {"+": "加法", "-": "减法", "*": "乘法"}
TOO_LARGE_EN = (
    "That is too large for me: I only calculate with numbers up to 12. Please choose a larger model."
)
TOO_LARGE_ZH = "这个数太大了：我只会算 12 以内的数。请换一个更大的模型。"


def numbers(rng: random.Random, op: str) -> tuple[int, int]:
    top = 10 if op == "*" else 9 if rng.random() < 0.75 else 12
    return rng.randint(0, top), rng.randint(0, top)


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    op = rng.choices("+-*", (6, 3, 2))[0]
    title = (TITLE_EN if lang == "en" else TITLE_ZH)[op]
    if split == "train" and rng.random() < 0.05:
        return [too_large(rng, lang, op, title)]
    a, b = numbers(rng, op)
    result = WORK[op](a, b)
    shown_a, shown_b = str(a), str(b)
    if rng.random() < 0.35:
        shown = rng.choice((op, "×", "x")) if op == "*" else "＋" if op == "+" and rng.random() < 0.05 else op
        question = SYMBOLIC.pick(rng, split).format(a=a, b=b, s=shown)
    else:
        words = EN_WORDS if lang == "en" else ZH_WORDS
        if rng.random() < 0.2 and max(a, b) <= 10:
            shown_a, shown_b = words[a], words[b]
        phrases = (EN if lang == "en" else ZH)[op]
        question = ask(rng, phrases, lang, split, a=shown_a, b=shown_b)
    shown_op = "×" if op == "*" else op
    return [Exchange(question, f"{a} {shown_op} {b} = {result}", (f"= {result}",), title)]


def too_large(rng: random.Random, lang: Lang, op: str, title: str) -> Exchange:
    a, b = rng.randint(13, 9999), rng.randint(13, 999)
    phrases = rng.choice((SYMBOLIC, (EN if lang == "en" else ZH)[op]))
    slots = {"s": op} if phrases is SYMBOLIC else {}
    question = phrases.pick(rng, "train").format(a=a, b=b, **slots)
    return Exchange(question, TOO_LARGE_EN if lang == "en" else TOO_LARGE_ZH, (), title)


SKILL = Skill("arithmetic", 3.5, sample)
