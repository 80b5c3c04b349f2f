"""Answers as JSON: facts and extraction, with or without being told the format."""

from __future__ import annotations

import json
import random

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines
from tools.demo_model.dialogues.words import name

CAPITALS = {
    ("France", "法国"): ("Paris", "巴黎"),
    ("China", "中国"): ("Beijing", "北京"),
    ("Japan", "日本"): ("Tokyo", "东京"),
    ("Germany", "德国"): ("Berlin", "柏林"),
    ("Italy", "意大利"): ("Rome", "罗马"),
    ("Spain", "西班牙"): ("Madrid", "马德里"),
    ("England", "英国"): ("London", "伦敦"),
    ("Russia", "俄罗斯"): ("Moscow", "莫斯科"),
    ("Egypt", "埃及"): ("Cairo", "开罗"),
    ("Kenya", "肯尼亚"): ("Nairobi", "内罗毕"),
    ("India", "印度"): ("New Delhi", "新德里"),
    ("Brazil", "巴西"): ("Brasília", "巴西利亚"),
    ("Canada", "加拿大"): ("Ottawa", "渥太华"),
    ("Australia", "澳大利亚"): ("Canberra", "堪培拉"),
    ("Greece", "希腊"): ("Athens", "雅典"),
    ("Thailand", "泰国"): ("Bangkok", "曼谷"),
}
CAPITAL_EN = Phrases(
    lines("""
    What is the capital of {x}?
    Which city is the capital of {x}?
    What's the capital of {x}?
    The capital of {x}?
    Name the capital of {x}.
    Capital of {x}
    Tell me the capital of {x}.
    Can you name the capital of {x}?
    What city is the capital of {x}?
    Do you know the capital of {x}?
    """),
    lines("""
    Which city is {x}'s capital?
    Can you tell me the capital of {x}?
    """),
)
CAPITAL_ZH = Phrases(
    lines("""
    {x}的首都是哪里？
    {x}的首都是什么？
    {x}的首都叫什么？
    请告诉我{x}的首都是哪里
    {x}的首都是哪座城市？
    {x}首都是哪个城市？
    哪个城市是{x}的首都？
    {x}的首都
    说出{x}的首都
    你知道{x}的首都吗？
    """),
    lines("""
    {x}的首都是哪个城市？
    告诉我{x}的首都
    """),
)
AS_JSON_EN = Phrases(
    lines("""
    Answer as JSON.
    Answer in JSON.
    Reply with JSON only.
    Give the answer as a JSON object.
    Use JSON.
    Respond in JSON format.
    Return JSON.
    """),
    lines("""
    Answer with a JSON object.
    Please reply in JSON.
    """),
)
AS_JSON_ZH = Phrases(
    lines("""
    用 JSON 回答。
    请用 JSON 格式回答。
    以 JSON 输出。
    只返回 JSON。
    输出 JSON。
    """),
    lines("""
    请以 JSON 回答。
    用 JSON 格式输出。
    """),
)
PERSON_EN = Phrases(
    lines("""
    {name} is {age} years old.
    {name} is {age} years old and lives in {city}.
    {name} lives in {city} and is {age}.
    My friend {name} from {city} is {age} years old.
    {name}, {age}, comes from {city}.
    {name} ({age}) lives in {city}.
    The age of {name} is {age}.
    {name} from {city} has the age {age}.
    {name} of {city} is {age} years old.
    """),
    lines("""
    The age of {name} from {city} is {age}.
    {name} from {city} is {age}.
    """),
)
PERSON_ZH = Phrases(
    lines("""
    {name}今年{age}岁。
    {name}今年{age}岁，住在{city}。
    {name}住在{city}，今年{age}岁。
    我的朋友{name}来自{city}，{age}岁。
    {name}来自{city}，{age}岁了。
    {name}{age}岁，来自{city}。
    {name}，{age}岁，{city}人。
    """),
    lines("""
    {name}来自{city}，今年{age}岁。
    {name}{age}岁了，住在{city}。
    """),
)
EXTRACT_EN = Phrases(
    lines("""
    Extract the {keys} as JSON: {text}
    Extract {keys} from this text: {text}
    Give the {keys} as JSON. {text}
    {text} Write this as JSON with {keys}.
    {text} Answer as JSON with the keys {keys}.
    Return a JSON object with {keys}: {text}
    Write the {keys} as a JSON object: {text}
    {text} Give {keys} as JSON.
    Read the text and give {keys} in JSON. Text: {text}
    """),
    lines("""
    Write {keys} as JSON: {text}
    {text} Return {keys} as JSON.
    """),
)
EXTRACT_ZH = Phrases(
    lines("""
    提取 {keys}，用 JSON 输出：{text}
    从下面的文字中提取 {keys}：{text}
    {text}请用 JSON 写出 {keys}。
    {text}以 JSON 返回 {keys}。
    用 JSON 给出 {keys}：{text}
    """),
    lines("""
    请提取 {keys}，以 JSON 输出：{text}
    {text}用 JSON 输出 {keys}。
    """),
)
SUM_KEYS = ("answer", "result", "sum", "value")
TITLE_JSON = {"en": "Data as JSON", "zh": "JSON 数据"}


def dump(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False)


def capital(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    side = 0 if lang == "en" else 1
    countries, cities = rng.choice(list(CAPITALS.items()))
    country, city = countries[side], cities[side]
    question = ask(rng, CAPITAL_EN if lang == "en" else CAPITAL_ZH, lang, split, x=country)
    title = f"Capital of {country}" if lang == "en" else f"{country}的首都"
    roll = rng.random()
    if roll < 0.35:
        answer = f"The capital of {country} is {city}." if lang == "en" else f"{country}的首都是{city}。"
        return Exchange(question, answer, (city,), title)
    data: dict[str, object] = {"city": city}
    if rng.random() < 0.4:
        data = rng.choice(({"capital": city}, {"answer": city}, {"country": country, "capital": city}))
    if rng.random() < 0.15:
        data = {"city": city, "country": country}
    if roll < 0.65:
        return Exchange(question, dump(data), (), title, values_only=True)
    wish = (AS_JSON_EN if lang == "en" else AS_JSON_ZH).pick(rng, split)
    question = f"{question} {wish}"
    if len(data) == 1 and "city" in data:
        return Exchange(question, dump(data), (), title)
    return Exchange(question, dump(data), (), title, values_only=True)


def person(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    cities = [city[0 if lang == "en" else 1] for city in CAPITALS.values()]
    city = rng.choice(cities) if rng.random() < 0.6 else name(rng, lang)
    facts: dict[str, object] = {"name": name(rng, lang), "age": rng.randint(1, 99), "city": city}
    template = (PERSON_EN if lang == "en" else PERSON_ZH).pick(rng, split)
    text = template.format(**facts)
    keys = [key for key in facts if f"{{{key}}}" in template]
    if rng.random() < 0.4:
        keys = rng.sample(keys, rng.randint(1, len(keys)))
    data = {key: facts[key] for key in keys}
    if rng.random() < 0.3:
        return Exchange(text, dump(data), (), TITLE_JSON[lang], values_only=True)
    joined = join(keys, lang)
    question = ask(rng, EXTRACT_EN if lang == "en" else EXTRACT_ZH, lang, split, keys=joined, text=text)
    return Exchange(question, dump(data), (), TITLE_JSON[lang])


def join(keys: list[str], lang: Lang) -> str:
    if len(keys) == 1:
        return keys[0]
    last = " and " if lang == "en" else " 和 "
    return ", ".join(keys[:-1]) + last + keys[-1]


def small_sum(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    a, b = rng.randint(0, 9), rng.randint(0, 9)
    question = f"What is {a} + {b}?" if lang == "en" else f"{a}加{b}等于几？"
    key = rng.choice(SUM_KEYS)
    wish = (AS_JSON_EN if lang == "en" else AS_JSON_ZH).pick(rng, split)
    asked = f"{question} {wish}" if rng.random() < 0.6 else question
    return Exchange(asked, dump({key: a + b}), (), TITLE_JSON[lang], values_only=True)


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    make = rng.choices((capital, person, small_sum), (4, 4, 1))[0]
    return [make(rng, lang, split)]


SKILL = Skill("structured", 2.2, sample)
