"""Small changes of wording that keep a question's meaning: contractions, synonyms, slips of the finger."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Literal

Lang = Literal["en", "zh"]

SWAPS_EN = (
    ("what is", "what's"),
    ("who is", "who's"),
    ("how is", "how's"),
    ("where is", "where's"),
    ("i am", "i'm"),
    ("that is", "that's"),
    ("it is", "it's"),
    ("you are", "you're"),
    ("do not", "don't"),
    ("is not", "isn't"),
    ("cannot", "can't"),
    ("can you", "could you", "would you", "will you", "can you please"),
    ("can i", "could i", "may i", "am i able to"),
    ("how do i", "how can i", "how would i", "how should i", "how to", "how do you"),
    ("how can", "how could"),
    ("tell me a", "tell us a", "please tell me a"),
    ("tell me about", "tell me something about", "tell me more about"),
    ("give me", "show me", "get me", "give us"),
    ("show me", "please show me", "show", "let me see"),
    ("write a", "write me a", "make a", "create a", "please write a", "write down a"),
    ("make a", "create a", "produce a", "make me a", "prepare a"),
    ("a list of", "a bullet list of", "a short list of", "a list with"),
    ("list some", "list a few", "name some"),
    ("in a table", "in a Markdown table", "into a table"),
    ("which", "what"),
    ("i want", "i would like", "i'd like", "i need", "i wish for"),
    ("explain", "please explain", "explain to me"),
    ("bigger", "larger", "stronger"),
    ("real model", "proper model"),
    ("colour", "color"),
    ("favourite", "favorite"),
    ("license", "licence"),
    ("an answer", "a reply", "a response", "a generation"),
    ("chats", "conversations", "chat history"),
    ("conversation", "chat", "dialogue"),
    ("start", "launch"),
    ("this program", "this app", "this tool"),
    ("my machine", "my computer", "my PC"),
    ("talk to", "speak to", "chat with", "talk with"),
    ("talking to", "speaking with", "chatting with"),
    ("do you remember", "can you recall", "do you recall", "have you remembered"),
    ("do you know", "have you any idea of", "can you say"),
    ("calculate", "compute", "figure out", "work out"),
    ("hello", "hi", "hey"),
    ("thank you", "thanks"),
    ("goodbye", "bye"),
    ("good job", "great job", "nice job", "good work"),
    ("stupid", "dumb", "silly"),
    ("wrong", "incorrect", "not right", "false"),
    ("great", "awesome", "fantastic", "wonderful", "excellent"),
    ("long", "very long", "really long", "quite long"),
    ("short", "little", "brief"),
    ("story", "tale"),
    ("some", "any", "a few"),
    ("want to", "would like to", "wish to"),
    ("need", "require"),
    ("use", "work with"),
    ("called", "named"),
    ("numbers", "integers"),
    ("up to", "until", "as far as"),
    ("please", "kindly"),
    ("continue", "go on", "carry on"),
    ("formula", "equation"),
    ("draw", "make", "sketch"),
)
SWAPS_ZH = (
    ("怎么", "如何", "怎样"),
    ("如何", "怎么", "怎样"),
    ("什么", "啥"),
    ("哪里", "哪儿", "什么地方"),
    ("多少", "几多"),
    ("你", "您"),
    ("吗", "么"),
    ("可以用", "能用", "能不能用", "可不可以用"),
    ("可以", "能够", "可不可以"),
    ("告诉我", "跟我说", "请告诉我", "和我说"),
    ("写一个", "写个", "帮我写一个", "给我写一个", "请写一个"),
    ("写一段", "写段", "帮我写一段", "请写一段"),
    ("写一首", "写首", "帮我写一首", "作一首"),
    ("讲一个", "讲个", "说一个", "给我讲一个"),
    ("做一个", "做个", "弄一个", "制作一个", "画一个"),
    ("给我", "请给我", "给"),
    ("介绍一下", "介绍下", "简单介绍一下", "介绍介绍"),
    ("解释一下", "解释下", "讲解一下", "解释"),
    ("是什么", "是啥", "是什么呢", "到底是什么"),
    ("等于几", "等于多少", "是多少", "得多少", "等于"),
    ("是多少", "等于多少", "得多少", "是几"),
    ("计算", "算一算", "算一下", "算算"),
    ("聊天记录", "对话记录", "聊天内容"),
    ("聊天", "对话"),
    ("软件", "程序", "应用"),
    ("支持", "能用"),
    ("叫什么名字", "叫什么", "名字叫什么"),
    ("还记得", "记得", "记不记得"),
    ("知道", "晓得", "知不知道"),
    ("喜欢", "爱"),
    ("继续", "接着", "接下去"),
    ("列表", "清单"),
    ("列出", "列举", "写出", "请列出"),
    ("代码", "程序代码"),
    ("更大的", "大一点的", "更强的"),
    ("很长的", "长长的", "特别长的", "比较长的"),
    ("谢谢", "多谢", "感谢"),
    ("再见", "拜拜"),
    ("真棒", "真厉害", "太棒了", "真了不起"),
    ("不对", "错了", "不正确", "有误"),
    ("笨", "傻", "蠢"),
    ("显卡", "独立显卡"),
    ("电脑", "机器", "计算机"),
    ("需要", "要", "需不需要"),
    ("启动", "运行", "开启"),
    ("使用", "用"),
    ("保存在", "存在", "放在", "存储在"),
    ("回答", "答案"),
    ("现在", "目前"),
    ("一下", ""),
    ("请", "麻烦"),
    ("输出", "返回", "给出"),
)
KEPT_ZH = re.compile("怎么样|为什么|你好|您好|可以$|[{][^}]*[}]")
NEIGHBOURS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "s v xv sf wr dg fh gj uo hk jl k n bm ip o w et ad ry yi cb qe zc tu x".split(),
        strict=True,
    )
)


def compiled(alternatives: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(alternatives[0])}\b", re.IGNORECASE)


PATTERNS_EN = tuple((compiled(swap), swap) for swap in SWAPS_EN)


@cache
def fitting(template: str, lang: Lang) -> tuple[int, ...]:
    """Places in the list of the swaps that fit a template."""
    if lang == "zh":
        return tuple(place for place, swap in enumerate(SWAPS_ZH) if swap[0] in template)
    return tuple(place for place, (pattern, _) in enumerate(PATTERNS_EN) if pattern.search(template))


def reword(rng: random.Random, template: str, lang: Lang) -> str:
    """Put some words into others that mean the same here; slots such as ``{x}`` stay."""
    text = template
    if rng.random() < 0.4:
        return text
    for place in fitting(template, lang):
        if rng.random() < 0.5:
            text = swapped_zh(rng, text, SWAPS_ZH[place]) if lang == "zh" else swapped_en(rng, text, place)
    return text or template


def swapped_en(rng: random.Random, text: str, place: int) -> str:
    pattern, swap = PATTERNS_EN[place]
    found = pattern.search(text)
    if not found:
        return text
    other = rng.choice(swap[1:])
    if found.group()[0].isupper():
        other = other[0].upper() + other[1:]
    return text[: found.start()] + other + text[found.end() :]


def swapped_zh(rng: random.Random, text: str, swap: tuple[str, ...]) -> str:
    at = text.find(swap[0])
    kept = [match.span() for match in KEPT_ZH.finditer(text)]
    if at < 0 or any(start < at + len(swap[0]) and at < end for start, end in kept):
        return text
    return text[:at] + rng.choice(swap[1:]) + text[at + len(swap[0]) :]


def slip(rng: random.Random, template: str) -> str:
    """One slip of the finger in an English template, outside its slots."""
    places = [
        place
        for match in re.finditer(r"[a-z]{4,}(?![^{]*})", template)
        for place in range(match.start(), match.end() - 1)
    ]
    if not places:
        return template
    at, kind = rng.choice(places), rng.random()
    if kind < 0.3:
        return template[:at] + template[at + 1 :]
    if kind < 0.6:
        return template[:at] + template[at + 1] + template[at] + template[at + 2 :]
    if kind < 0.8:
        return template[:at] + template[at] + template[at:]
    return template[:at] + rng.choice(NEIGHBOURS[template[at]]) + template[at + 1 :]
