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
    What is {x}'s capital?
    What is the capital city of {x}?
    Which is the capital of {x}?
    Which town is the capital of {x}?
    {x}'s capital?
    {x}: capital?
    Tell me {x}'s capital
    I want to know the capital of {x}
    Please name {x}'s capital
    Give me the capital of {x}
    What do they call the capital of {x}?
    Where is the government of {x}? I mean the capital
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
    {x}的首都在哪里？
    {x}的首都在哪儿？
    {x}的首都是？
    {x}首都
    {x}首都叫什么名字？
    {x}的首都城市是哪个？
    我想知道{x}的首都
    请说出{x}的首都
    告诉我{x}首都的名字
    哪座城市是{x}的首都？
    {x}以哪个城市为首都？
    你能说出{x}的首都吗？
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
    Answer with JSON.
    Please use JSON.
    Please answer in JSON.
    Reply in JSON format.
    As JSON, please.
    Output JSON only.
    Reply with a JSON object.
    Write the answer as JSON.
    In JSON.
    JSON please.
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
    请用 JSON 回答。
    以 JSON 格式回答。
    用 JSON 输出。
    请输出 JSON 格式。
    请返回 JSON。
    写成 JSON。
    给我 JSON。
    结果用 JSON 表示。
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
    {name} is {age} and comes from {city}.
    {name} is from {city} and is {age} years old.
    {name} is from {city}. Age: {age}.
    The age of {name} is {age}, the city is {city}.
    I am {name}, {age} years old, from {city}.
    My name is {name}, I am {age} and I live in {city}.
    Name: {name}, age: {age}, city: {city}
    In {city} lives {name}, who is {age} years old.
    This is {name}. {name} is {age} and lives in {city}.
    At {age}, {name} lives in {city}.
    {name} lives in {city}.
    There is a person called {name} in {city}, aged {age}.
    {name}, who lives in {city}, is {age}.
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
    {name}是{city}人，今年{age}岁。
    {name}来自{city}，年龄是{age}岁。
    {name}住在{city}，{age}岁了。
    {name}今年{age}岁，来自{city}。
    {name}今年{age}岁了，他住在{city}。
    {name}住在{city}。
    我叫{name}，今年{age}岁，住在{city}。
    我是{name}，来自{city}，{age}岁。
    姓名：{name}，年龄：{age}，城市：{city}
    在{city}住着{age}岁的{name}。
    {city}的{name}今年{age}岁。
    {name}的年龄是{age}岁，城市是{city}。
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
    Give me the {keys} in JSON: {text}
    Find the {keys} and answer in JSON: {text}
    Make JSON with {keys} from this: {text}
    Turn this into JSON with {keys}: {text}
    {text} Extract {keys}.
    {text} Please write {keys} as JSON.
    {text} Reply with {keys} in JSON.
    {text} I need {keys} as JSON.
    {text} Return JSON with {keys}.
    Output {keys} as JSON. {text}
    JSON with {keys}, please: {text}
    Write JSON with {keys}: {text}
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
    提取{keys}：{text}
    请从这段话中提取 {keys}：{text}
    用 JSON 写出 {keys}：{text}
    以 JSON 格式给出 {keys}：{text}
    请输出 {keys} 的 JSON：{text}
    把 {keys} 写成 JSON：{text}
    {text}提取 {keys}。
    {text}请提取 {keys}，用 JSON 表示。
    {text}请给出 {keys} 的 JSON。
    {text}把 {keys} 写成 JSON。
    """),
    lines("""
    请提取 {keys}，以 JSON 输出：{text}
    {text}用 JSON 输出 {keys}。
    """),
)
SUM_EN = Phrases(
    lines("""
    What is {a} + {b}?
    What is {a} plus {b}?
    How much is {a} + {b}?
    Add {a} and {b}.
    {a} + {b} = ?
    {a}+{b}
    Calculate {a} + {b}.
    """),
    lines("""
    What does {a} and {b} make?
    Please add {a} + {b}.
    """),
)
SUM_ZH = Phrases(
    lines("""
    {a}加{b}等于几？
    {a}加{b}是多少？
    {a}+{b}等于多少？
    {a}+{b}=?
    计算{a}+{b}
    {a}和{b}相加是多少？
    """),
    lines("""
    {a}和{b}加起来是多少？
    请计算{a}加{b}
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
    title = "A Capital City" if lang == "en" else "一个首都"
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
    question = ask(rng, SUM_EN if lang == "en" else SUM_ZH, lang, split, a=a, b=b)
    key = rng.choice(SUM_KEYS)
    wish = (AS_JSON_EN if lang == "en" else AS_JSON_ZH).pick(rng, split)
    asked = f"{question} {wish}" if rng.random() < 0.6 else question
    return Exchange(asked, dump({key: a + b}), (), TITLE_JSON[lang], values_only=True)


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    make = rng.choices((capital, person, small_sum), (4, 4, 1))[0]
    return [make(rng, lang, split)]


SKILL = Skill("structured", 3.2, sample)
