"""Whole conversations out of the skills' exchanges."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.demo_model.dialogues import (
    arithmetic,
    echo,
    faq,
    glossary,
    memory,
    outside,
    smalltalk,
    structured,
    telling,
    writing,
)
from tools.demo_model.dialogues.core import Exchange, Lang, Skill, Split
from tools.demo_model.dialogues.titles import title_skill

PLAIN = (
    smalltalk.SKILL,
    faq.SKILL,
    glossary.SKILL,
    arithmetic.SKILL,
    memory.SKILL,
    writing.SKILL,
    telling.SKILL,
    structured.SKILL,
    echo.SKILL,
    outside.SKILL,
)
TITLES = title_skill([skill for skill in PLAIN if skill is not echo.SKILL])
SKILLS = (*PLAIN, TITLES)

SYSTEMS_EN = (
    "You are a helpful assistant.",
    "You are a helpful assistant. Answer briefly.",
    "You are Stellar Demo, the demonstration model of StellarChat.",
    "Be concise.",
    "Answer in one sentence.",
    "You are a friendly and honest assistant.",
    "You are an expert. Think carefully before you answer.",
    "Use Markdown where it helps.",
    "Be polite and answer the user's questions.",
    "You are an AI assistant in a chat application. Today is Monday.",
    "Answer the user's question. If you do not know the answer, say so.",
    "You are a pirate.",
    "You are a teacher who explains things simply.",
    "Reply in the language of the user.",
    "Respond with valid JSON only when you are asked to.",
)
SYSTEMS_ZH = (
    "你是一个有用的助手。",
    "你是一个乐于助人的助手，请简短回答。",
    "你是 StellarChat 的演示模型 Stellar Demo。",
    "请用中文回答。",
    "回答要简洁。",
    "你是一位友好而诚实的助手。",
    "你是一位专家，请仔细思考后回答。",
    "请礼貌地回答用户的问题。",
    "需要时使用 Markdown。",
    "你是聊天应用里的人工智能助手。",
)
TITLE_SYSTEMS = ("You write short titles.", "You make titles for chats.", "你负责写标题。")


@dataclass(frozen=True)
class Dialogue:
    system: str | None
    exchanges: list[Exchange]

    def messages(self) -> list[dict[str, str]]:
        said = [{"role": "system", "content": self.system}] if self.system else []
        for exchange in self.exchanges:
            said.append({"role": "user", "content": exchange.user})
            said.append({"role": "assistant", "content": exchange.assistant})
        return said


def system_prompt(rng: random.Random) -> str | None:
    if rng.random() < 0.6:
        return None
    return rng.choice(SYSTEMS_EN if rng.random() < 0.6 else SYSTEMS_ZH)


def exchange_count(rng: random.Random) -> int:
    roll = rng.random()
    if roll < 0.45:
        return 1
    if roll < 0.94:
        return rng.randint(2, 5)
    if roll < 0.995:
        return rng.randint(6, 12)
    return rng.randint(16, 30)


def compose(rng: random.Random, split: Split = "train") -> Dialogue:
    """One conversation: mostly one language, a memory told once and asked for later."""
    lang: Lang = "en" if rng.random() < 0.5 else "zh"
    if rng.random() < TITLES.weight / sum(skill.weight for skill in SKILLS):
        system = rng.choice((None, None, rng.choice(TITLE_SYSTEMS), system_prompt(rng)))
        return Dialogue(system, TITLES.sample(rng, lang, split))
    system, exchanges, waiting = system_prompt(rng), [], []
    remembered = False
    for _ in range(exchange_count(rng)):
        if rng.random() < 0.04:
            lang = "zh" if lang == "en" else "en"
        skill = rng.choices(PLAIN, [skill.weight for skill in PLAIN])[0]
        if skill.gap and remembered:
            continue
        run = skill.sample(rng, lang, split)
        if skill.gap:
            remembered = True
            system = run[0].system or system
            waiting = run[1:]
            run = run[:1]
        exchanges += run
        if waiting and rng.random() < 0.5:
            exchanges.append(waiting.pop())
    exchanges += waiting
    return Dialogue(system, exchanges or smalltalk.SKILL.sample(rng, lang, split))


def questions(rng: random.Random, skill: Skill, lang: Lang, split: Split, between: int = 0) -> Dialogue:
    """One skill's exchanges alone, with ``between`` others before the last one (for evaluation)."""
    run = skill.sample(rng, lang, split)
    if skill.gap and len(run) > 1:
        fill = (smalltalk.SKILL, arithmetic.SKILL, faq.SKILL)
        others = [exchange for _ in range(between) for exchange in rng.choice(fill).sample(rng, lang, split)]
        run = [*run[:-1], *others, run[-1]]
    return Dialogue(run[0].system or system_prompt(rng), run)
