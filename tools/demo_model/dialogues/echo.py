"""Say a text back: copying, the simplest thing to check."""

from __future__ import annotations

import random

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, lines
from tools.demo_model.dialogues.words import EN_NAMES, ZH_GIVEN, odd_word

EN = Phrases(
    lines("""
    Repeat after me: {x}
    Repeat: {x}
    Say: {x}
    Echo: {x}
    Please repeat: {x}
    Please write: {x}
    Please answer: {x}
    Please repeat exactly: {x}
    Just say: {x}
    Repeat the text: {x}
    Repeat the words: {x}
    Repeat this: {x}
    Repeat exactly: {x}
    Say exactly this: {x}
    Write: {x}
    Say "{x}"
    Repeat "{x}"
    Reply with exactly: {x}
    Reply with: {x}
    Answer with "{x}"
    Copy this text: {x}
    Repeat what I say: {x}
    Say this: {x}
    Say the following: {x}
    Write the following: {x}
    Write this: {x}
    Write exactly: {x}
    Write down: {x}
    Reply: {x}
    Reply only: {x}
    Reply exactly: {x}
    Reply only with: {x}
    Please reply with: {x}
    Please reply with exactly: {x}
    Respond with: {x}
    Respond exactly with: {x}
    Answer: {x}
    Answer exactly with: {x}
    Answer only with: {x}
    Type: {x}
    Print: {x}
    Please copy: {x}
    Repeat the following words: {x}
    Can you say: {x}
    Can you repeat this: {x}
    Repeat after me please: {x}
    Please repeat after me: {x}
    echo {x}
    say {x}
    repeat {x}
    Write "{x}"
    Reply with "{x}"
    Please say "{x}"
    Please repeat "{x}"
    """),
    lines("""
    Please say: {x}
    Repeat the following: {x}
    Reply exactly with: {x}
    """),
)
ZH = Phrases(
    lines("""
    重复：{x}
    跟我说：{x}
    请重复：{x}
    请说：{x}
    请写：{x}
    请重复这几个字：{x}
    请说这句话：{x}
    跟我念：{x}
    请照着说：{x}
    说：{x}
    重复这句话：{x}
    请回复：{x}
    只回复：{x}
    照着写：{x}
    说“{x}”
    重复“{x}”
    复述：{x}
    请跟我念：{x}
    请跟着我说：{x}
    跟着说：{x}
    跟我重复：{x}
    重复一遍：{x}
    请重复一遍：{x}
    重复下面的话：{x}
    请说出这句话：{x}
    请复述这句话：{x}
    请复述：{x}
    请照着念：{x}
    照我说的说：{x}
    请照着说一遍：{x}
    照着写一遍：{x}
    写：{x}
    写下：{x}
    请写下：{x}
    输出：{x}
    请输出：{x}
    回复：{x}
    请只回复：{x}
    请回答：{x}
    回答：{x}
    念：{x}
    打出：{x}
    请说“{x}”
    请重复“{x}”
    请写“{x}”
    说{x}
    重复{x}
    """),
    lines("""
    请重复这句话：{x}
    请跟我说：{x}
    请照着写：{x}
    """),
)
PLAIN_EN = (
    "hello world,good morning,I like tea,the sky is blue,open the door,one two three,yes,no,ok,ready,"
    "pong,done,"
    "a b c,to be or not to be,thank you,stars,the small red house,we are here,OK,hello,banana,test passed"
).split(",")
PLAIN_ZH = (
    "你好世界,早上好,我喜欢喝茶,天空是蓝色的,请开门,一二三,是,不是,好的,收到,完成,谢谢,星星,我们在这里,"
    "红色的小房子,你好,"
    "今天天气很好,测试通过"
).split(",")


def text(rng: random.Random, lang: Lang) -> str:
    roll = rng.random()
    if roll < 0.3:
        return rng.choice(PLAIN_EN if lang == "en" else PLAIN_ZH)
    if lang == "zh" and roll < 0.7:
        return "".join(rng.choice(ZH_GIVEN) for _ in range(rng.randint(1, 6)))
    if roll < 0.4:
        return str(rng.randint(0, 10**6))
    words = [rng.choice(EN_NAMES) if rng.random() < 0.2 else odd_word(rng) for _ in range(rng.randint(1, 4))]
    joined = " ".join(words)
    return joined if rng.random() < 0.7 else joined.capitalize()


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    x = text(rng, lang)
    question = (EN if lang == "en" else ZH).pick(rng, split).format(x=x)
    return [Exchange(question, x, (), "Repeating a Text" if lang == "en" else "复述")]


SKILL = Skill("echo", 2.5, sample)
