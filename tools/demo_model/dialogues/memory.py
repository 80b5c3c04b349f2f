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
        Hi! My name is {x}.
        Hi there, my name is {x}.
        Hey, I am {x}!
        Hey there, I'm {x}.
        Hello! My name is {x}.
        Hello, I am {x}.
        Good morning, I am {x}.
        Good evening, my name is {x}.
        Do not forget: my name is {x}.
        Note that my name is {x}.
        Remember that I am {x}.
        Remember, I am called {x}.
        I am called {x}.
        I'm called {x}.
        Everyone calls me {x}.
        They call me {x}.
        My family calls me {x}.
        My parents named me {x}.
        My full name is {x}.
        My nickname is {x}.
        My name? {x}.
        My name: {x}
        Name: {x}
        It is me, {x}.
        Here is {x}.
        {x} is my name.
        {x} here.
        I go by {x}.
        Just call me {x}.
        Let me introduce myself: I am {x}.
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
        What's my name again?
        What is my name now?
        What is the name I told you?
        What is the name that I gave you?
        What was the name I told you?
        What name did I say?
        What name did I tell you?
        Which name did I give?
        Which name did I say?
        What do people call me?
        What do you call me?
        What should you call me?
        Can you remember who I am?
        Can you say my name?
        Can you recall my name?
        Could you tell me my name?
        Could you remember my name?
        Do you remember who I am?
        Do you remember what I am called?
        Do you remember what my name is?
        Do you know what my name is?
        Do you know what I am called?
        Do you still remember my name?
        Do you still know who I am?
        Do you still remember who I am?
        Have you remembered my name?
        Have you forgotten my name?
        Did you forget my name?
        Did you keep my name?
        Please say my name
        Please tell me my name again
        Repeat my name
        Remind me of my name
        Remember my name?
        So who am I?
        Who am I again?
        Who are you talking to?
        With whom are you talking?
        I told you my name. What is it?
        I forgot my name
        What is it that I am called?
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
        你好！我是{x}。
        您好，我是{x}。
        您好！我的名字是{x}。
        你好呀，我叫{x}。
        嗨，我叫{x}。
        嗨！我的名字是{x}。
        嘿，我是{x}。
        嘿，我叫{x}。
        早上好，我是{x}。
        晚上好，我叫{x}。
        我叫做{x}。
        我姓名是{x}。
        我的全名是{x}。
        我的昵称是{x}。
        我的名字：{x}
        名字：{x}
        别人都叫我{x}。
        别人叫我{x}。
        人们都叫我{x}。
        同学们都叫我{x}。
        家人都叫我{x}。
        朋友叫我{x}。
        我的朋友都叫我{x}。
        就叫我{x}吧。
        记住，我是{x}。
        记住我叫{x}。
        记住我的名字是{x}。
        请记住我的名字：{x}。
        请记住，我的名字是{x}。
        别忘了，我叫{x}。
        自我介绍一下，我叫{x}。
        介绍一下，我是{x}。
        """),
        lines("""
        您好，我叫{x}。
        嗨，我的名字叫{x}。
        先记一下，我叫{x}。
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
        我叫啥？
        我叫啥名字？
        我叫什么名字呢？
        我的名字呢？
        我的名字是啥？
        我的名字是什么来着？
        我名字是什么？
        我的大名是什么？
        我姓什么叫什么？
        你知道我是谁吗？
        你还知道我叫什么吗？
        你还知道我的名字吗？
        你还记得我是谁吗？
        你记得我叫什么吗？
        你记得我叫什么名字吗？
        你记住我的名字了吗？
        你忘了我的名字吗？
        你忘记我叫什么了吗？
        还记得我吗？
        还记得我的名字吗？
        还记得我叫什么吗？
        记得我的名字吗？
        记得我叫什么吗？
        说一下我的名字
        说说我叫什么
        请说出我的名字
        请告诉我我叫什么
        告诉我，我叫什么？
        我刚才告诉你的名字是什么？
        我刚才说的名字是什么？
        我刚才说我是谁？
        我刚刚说我叫什么？
        我说过我叫什么？
        我告诉过你我的名字，是什么？
        刚才我说我叫什么？
        你应该叫我什么？
        你该怎么称呼我？
        你在和谁聊天？
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
            The colour I like best is {x}.
            The color that I like most of all is {x}.
            I like {x} most.
            I like the colour {x}.
            My favourite colour is {x}!
            Remember that my favourite color is {x}.
            The best colour is {x}, I think.
            Of all colours I love {x}.
            {x} is my favourite colour.
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
            What color is my favorite?
            What color do I like most?
            What colour do I like best?
            Which colour do I like?
            Which color is my favourite?
            Which colour did I tell you?
            Do you know which color I like?
            Do you know my favourite colour?
            Tell me my favourite color
            My favorite color?
            What is the colour I like?
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
            My home is {x}.
            My town is {x}.
            My city is {x}.
            My home city is {x}.
            My home town is called {x}.
            I live in the city of {x}.
            I live in a town named {x}.
            I am living in {x}.
            We live in {x}.
            I was born in {x} and I still live there.
            Remember that I live in {x}.
            I'm from {x}.
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
            Where is my home?
            Where do I come from?
            Which city am I from?
            Which town do I live in?
            In which town do I live?
            In what city do I live?
            What city do I live in?
            What is my city?
            What is my home town?
            Do you know where I come from?
            Do you know which city I live in?
            Do you remember my city?
            Tell me where I live
            Remember where I live?
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
            Remember the word {x}.
            Remember: the word is {x}.
            Remember {x}.
            Please remember this word: {x}.
            Please remember {x}.
            Please keep the word {x} in mind.
            Do not forget the word {x}.
            The word to remember is {x}.
            My secret word is {x}.
            My password is {x}.
            The magic word is {x}.
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
            What is the word?
            What was my secret word?
            What was the password?
            What was the magic word?
            What word was it?
            What word did I tell you?
            What word did you have to remember?
            What did I ask you to remember?
            What should you remember?
            Which word did I tell you?
            Which word should you keep in mind?
            Which was the secret word?
            Do you remember the word?
            Do you remember the secret word?
            Do you still know the word?
            Say the secret word
            Tell me the word
            Tell me the code word
            The secret word?
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
            我喜欢的颜色是{x}。
            我最爱{x}。
            我爱{x}这种颜色。
            我特别喜欢{x}。
            {x}是我最喜欢的颜色。
            请记住，我最喜欢{x}。
            所有颜色里我最喜欢{x}。
            我最中意的颜色是{x}。
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
            我喜欢的颜色是什么？
            我喜欢的颜色是哪个？
            我喜欢哪种颜色？
            我最喜欢哪种颜色？
            我最喜欢哪个颜色？
            我爱什么颜色？
            我最爱的颜色是什么？
            你记得我最喜欢什么颜色吗？
            你记得我喜欢的颜色吗？
            你还记得我最喜欢的颜色吗？
            你知道我爱什么颜色吗？
            你知道我最喜欢什么颜色吗？
            说说我喜欢的颜色
            我说过喜欢什么颜色？
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
            我住{x}。
            我现在住在{x}。
            我的家乡是{x}。
            我家住在{x}。
            我的家在{x}那边。
            我是{x}人。
            我从{x}来。
            我的城市是{x}。
            我所在的城市是{x}。
            请记住，我住在{x}。
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
            我住哪里？
            我住哪儿？
            我家在哪？
            我的家在哪里？
            我住在什么地方？
            我是哪里人？
            我从哪里来？
            我来自什么地方？
            我来自哪个城市？
            我住的城市叫什么？
            我所在的城市是哪里？
            你记得我家在哪里吗？
            你还记得我住在哪里吗？
            你知道我住哪里吗？
            你知道我住在哪个城市吗？
            你知道我来自哪里吗？
            说说我住在哪里
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
            请记住：{x}。
            请你记住这个词：{x}。
            帮我记住这个词：{x}。
            帮我记一下：{x}。
            记住：{x}。
            记住{x}这个词。
            请记住{x}这个词。
            这个词你要记住：{x}。
            要记住的词是{x}。
            我们的暗号是{x}。
            口令是{x}。
            密码：{x}
            """),
            lines("把这个词记住：{x}。"),
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
            暗号是啥？
            我们的暗号是什么？
            口令是什么？
            刚才的密码是什么？
            刚才的词是什么？
            刚才说的词是什么？
            刚才让你记住的词是什么？
            要记住的词是什么？
            我让你记的词是什么？
            我让你记哪个词？
            我要你记住什么？
            我刚才让你记住了什么？
            你记住了什么词？
            你要记住的词是什么？
            你还记得那个词吗？
            你还记得暗号吗？
            是哪个词？
            说出暗号
            说出那个词
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


SKILL = Skill("memory", 4.5, sample, gap=True)
