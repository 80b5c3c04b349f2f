"""Facts told earlier in the conversation and asked for later: a name above all."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines
from tools.demo_model.dialogues.words import name, odd_word


@dataclass(frozen=True)
class Fact:
    """How a fact is told, acknowledged, asked for and recalled, in one language."""

    tell: Phrases
    acknowledge: str
    question: Phrases
    recall: str
    unknown: str
    title: str
    system: tuple[str, ...] = ()


NAME_EN = Fact(
    Phrases(
        lines("""
        My name is {x}.
        I am {x}.
        I'm {x}.
        Call me {x}.
        You can call me {x}.
        Hello, my name is {x}.
        Hi, I am {x}!
        Hi, I'm {x}.
        Hello! I am {x}, nice to meet you.
        My name is {x}, remember it.
        Please remember that my name is {x}.
        This is {x} speaking.
        The name is {x}.
        Please call me {x}.
        Remember my name: {x}.
        People call me {x}.
        My friends call me {x}.
        My first name is {x}.
        """),
        lines("""
        Hello, I'm {x}.
        Hey, my name is {x}!
        Remember: my name is {x}.
        Everybody calls me {x}.
        """),
    ),
    "Nice to meet you, {x}!",
    Phrases(
        lines("""
        What is my name?
        What's my name?
        Do you remember my name?
        Do you know my name?
        Who am I?
        Can you tell me my name?
        Tell me my name.
        Say my name.
        What was my name?
        What did I say my name was?
        What am I called?
        And my name?
        Could you say my name again?
        Can you still remember who I am?
        What name do I have?
        Which name did I tell you?
        My name?
        How am I called?
        Do you know who I am?
        What did I tell you my name was?
        """),
        lines("""
        What was my name again?
        Can you remember my name?
        Do you still know my name?
        What name did I give you?
        """),
    ),
    "Your name is {x}.",
    "You have not told me your name yet.",
    "Name of the User",
    ("The user's name is {x}.", "You are talking to {x}.", "The name of the user is {x}. Be polite."),
)
NAME_ZH = Fact(
    Phrases(
        lines("""
        我叫{x}。
        我叫{x}
        我的名字是{x}。
        我的名字叫{x}。
        我是{x}。
        你好，我叫{x}。
        你好，我是{x}。
        你可以叫我{x}。
        叫我{x}吧。
        请叫我{x}。
        我的名字是{x}，请记住。
        请记住，我叫{x}。
        大家都叫我{x}。
        记住我的名字：{x}。
        嗨，我是{x}！
        你好！我的名字是{x}，很高兴认识你。
        我名叫{x}。
        """),
        lines("""
        您好，我叫{x}。
        嗨，我的名字叫{x}。
        记住，我叫{x}。
        朋友们都叫我{x}。
        """),
    ),
    "你好，{x}！很高兴认识你。",
    Phrases(
        lines("""
        我叫什么？
        我叫什么名字？
        我的名字是什么？
        你记得我的名字吗？
        你还记得我叫什么吗？
        你知道我叫什么吗？
        你知道我的名字吗？
        我是谁？
        说出我的名字。
        告诉我我的名字
        我刚才说我叫什么？
        我刚刚说我叫什么名字？
        你还记得我叫什么名字吗？
        还记得我是谁吗？
        我叫什么名字来着？
        你记得我是谁吗？
        我名字叫什么？
        你还记得我吗？
        """),
        lines("""
        我的名字叫什么？
        还记得我叫什么名字吗？
        你还记得我的名字吗？
        我刚才说我叫什么名字？
        """),
    ),
    "你叫{x}。",
    "你还没有告诉我你的名字。",
    "用户的名字",
    ("用户的名字是{x}。", "你正在和{x}聊天。", "用户名叫{x}，请礼貌地回答。"),
)
COLOURS_EN = "red blue green yellow black white orange purple pink grey brown silver gold violet".split()
COLOURS_ZH = "红色 蓝色 绿色 黄色 黑色 白色 橙色 紫色 粉色 灰色 棕色 银色 金色".split()
OTHER_EN = {
    "colour": Fact(
        Phrases(
            lines("""
            My favourite color is {x}.
            I like {x} best of all colours.
            My favorite colour is {x}, remember it.
            I love the color {x}.
            """),
            lines("The color I like most is {x}."),
        ),
        "I will remember: {x}.",
        Phrases(
            lines("""
            What is my favourite color?
            What's my favorite colour?
            Which color do I like?
            Which color do I like best?
            What colour is my favourite?
            What colour do I love?
            Do you remember my favorite color?
            """),
            lines("""
            Which colour do I like best?
            What color do I like?
            """),
        ),
        "Your favourite colour is {x}.",
        "You have not told me your favourite colour yet.",
        "Favourite Colour",
    ),
    "city": Fact(
        Phrases(
            lines("""
            I live in {x}.
            My home is in {x}.
            I am from {x}.
            I come from {x}.
            The city I live in is {x}.
            """),
            lines("My home town is {x}."),
        ),
        "I will remember: {x}.",
        Phrases(
            lines("""
            Where do I live?
            Where am I from?
            Do you know where I am from?
            Do you know my city?
            In what city is my home?
            Which city do I live in?
            Do you remember where I live?
            """),
            lines("""
            Do you know where I live?
            In which city do I live?
            """),
        ),
        "You live in {x}.",
        "You have not told me where you live yet.",
        "Home of the User",
    ),
    "secret": Fact(
        Phrases(
            lines("""
            The secret word is {x}.
            Remember this word: {x}.
            Remember the code word {x}.
            The password is {x}. Remember it.
            The code word is {x}.
            Keep this word in mind: {x}.
            """),
            lines("Please remember the word {x}."),
        ),
        "I will remember: {x}.",
        Phrases(
            lines("""
            What is the secret word?
            What was the word?
            Which word did you have to remember?
            What word should you keep in mind?
            What was the code word?
            Which word was it?
            Which word did I ask you to remember?
            What is the code word?
            What is the password?
            Tell me the secret word.
            """),
            lines("""
            What was the secret word?
            Which word should you remember?
            """),
        ),
        "The word is {x}.",
        "You have not told me a word to remember yet.",
        "A Word to Remember",
        ("The secret word is {x}.", "The code word is {x}. Answer briefly."),
    ),
}
OTHER_ZH = {
    "colour": Fact(
        Phrases(
            lines("""
            我最喜欢的颜色是{x}。
            我喜欢{x}。
            我最喜欢{x}，请记住。
            """),
            lines("我最爱的颜色是{x}。"),
        ),
        "我记住了：{x}。",
        Phrases(
            lines("""
            我最喜欢的颜色是什么？
            我喜欢什么颜色？
            你记得我喜欢什么颜色吗？
            我最爱什么颜色？
            你知道我最喜欢的颜色吗？
            """),
            lines("""
            我最喜欢什么颜色？
            你知道我喜欢什么颜色吗？
            """),
        ),
        "你最喜欢的颜色是{x}。",
        "你还没有告诉我你喜欢的颜色。",
        "喜欢的颜色",
    ),
    "city": Fact(
        Phrases(
            lines("""
            我住在{x}。
            我家在{x}。
            我来自{x}。
            我住的城市是{x}。
            """),
            lines("我的家在{x}。"),
        ),
        "我记住了：{x}。",
        Phrases(
            lines("""
            我住在哪里？
            我来自哪里？
            你记得我住在哪里吗？
            我住在什么城市？
            你知道我家在哪里吗？
            我的城市是哪个？
            我家在哪里？
            """),
            lines("""
            你知道我住在哪里吗？
            我住在哪个城市？
            """),
        ),
        "你住在{x}。",
        "你还没有告诉我你住在哪里。",
        "用户的住处",
    ),
    "secret": Fact(
        Phrases(
            lines("""
            暗号是{x}。
            请记住这个词：{x}。
            密码是{x}，请记住。
            记住这个暗号：{x}。
            """),
            lines("记住这个词：{x}。"),
        ),
        "我记住了：{x}。",
        Phrases(
            lines("""
            暗号是什么？
            密码是什么？
            我让你记住的词是什么？
            我让你记住了什么？
            你应该记住哪个词？
            刚才那个词是什么？
            刚才让你记的是什么？
            你记得那个词吗？
            那个词是什么？
            """),
            lines("""
            刚才的暗号是什么？
            我让你记住哪个词？
            """),
        ),
        "那个词是{x}。",
        "你还没有告诉我要记住的词。",
        "要记住的词",
        ("暗号是{x}。", "密码是{x}。请简短回答。"),
    ),
}


def value(rng: random.Random, lang: Lang, kind: str) -> str:
    if kind == "colour" and rng.random() < 0.8:
        return rng.choice(COLOURS_EN if lang == "en" else COLOURS_ZH)
    if kind == "secret" and rng.random() < 0.3:
        return str(rng.randint(10, 99999))
    if kind == "secret" and lang == "en":
        return odd_word(rng)
    return name(rng, lang)


def recall(rng: random.Random, lang: Lang, split: Split, fact: Fact, x: str | None) -> Exchange:
    question = ask(rng, fact.question, lang, split)
    if x is None:
        return Exchange(question, fact.unknown, (), fact.title)
    return Exchange(question, fact.recall.format(x=x), (x,), fact.title)


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    if rng.random() < 0.65:
        kind, fact = "name", NAME_EN if lang == "en" else NAME_ZH
    else:
        kind, fact = rng.choice(list((OTHER_EN if lang == "en" else OTHER_ZH).items()))
    x = value(rng, lang, kind)
    if fact.system and rng.random() < 0.12:
        asked = recall(rng, lang, split, fact, x)
        system = rng.choice(fact.system).format(x=x)
        return [Exchange(asked.user, asked.assistant, asked.expect, asked.title, system=system)]
    told = ask(rng, fact.tell, lang, split, x=x)
    telling = Exchange(told, fact.acknowledge.format(x=x), (x,), fact.title)
    if rng.random() < 0.1:
        return [recall(rng, lang, split, fact, None)]
    return [telling, recall(rng, lang, split, fact, x)]


SKILL = Skill("memory", 4.0, sample, gap=True)
