"""Short titles for a conversation that begins with another skill's exchange: one for each kind."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tools.demo_model.dialogues.core import Exchange, Lang, Skill, Split

ASK_EN = "Write a short title (at most six words) for this conversation:"
ASK_ZH = "为这段对话写一个简短的标题（不超过十二个字）："
OTHER_EN = (
    "Write a title for this chat:",
    "What is a good title for this conversation?",
    "Make a short title for this chat:",
    "Write a short title for this conversation:",
    "Give this conversation a short title:",
    "Summarize this conversation in a title of at most six words:",
)
OTHER_ZH = (
    "写一个标题：",
    "这段聊天叫什么标题好？",
    "给这段对话起一个简短的标题：",
    "为这段对话写一个标题：",
    "用不超过十二个字概括这段对话：",
)
SPEAKERS = {
    "en": (("User: ", "Assistant: "), ("user: ", "assistant: "), ("Human: ", "AI: "), ("", "")),
    "zh": (("用户：", "助手："), ("User: ", "Assistant: "), ("user: ", "assistant: "), ("", "")),
}


def title_skill(others: Sequence[Skill]) -> Skill:
    """A skill needs the others: their first exchanges are what it titles."""

    def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
        while True:
            first = rng.choice(others).sample(rng, lang, split)[0]
            if first.title:
                break
        asked = ASK_EN if lang == "en" else ASK_ZH
        if split == "train" and rng.random() < 0.35:
            asked = rng.choice(OTHER_EN if lang == "en" else OTHER_ZH)
        speaker, helper = SPEAKERS[lang][0] if split == "held_out" else rng.choice(SPEAKERS[lang])
        answer = first.assistant
        if rng.random() < 0.4 and len(answer) > 60:
            answer = answer[: rng.randint(30, len(answer))]
        gap = rng.choice(("\n", "\n\n"))
        parts = [asked, gap, speaker, first.user]
        if rng.random() < 0.8:
            parts += [rng.choice(("\n", "\n\n")), helper, answer]
        return [Exchange("".join(parts), first.title)]

    return Skill("titles", 1.6, sample)
