"""Score the GGUF on phrasings that training never saw: ``python -m tools.demo_model.evaluate``.

Every answer is greedy, comes from llama.cpp and counts only when it is exactly right (or, where an exchange
names them, contains the texts it must contain). Earlier answers of a conversation are given, not generated.
"""

from __future__ import annotations

import argparse
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.demo_model.dialogues.compose import SKILLS, questions
from tools.demo_model.dialogues.core import Exchange, Lang
from tools.demo_model.files import GGUF_FILE
from tools.demo_model.llamacpp import SLOTS, LlamaCpp

KINDS = {str: "string", int: "integer"}


def schema_of(text: str) -> dict[str, Any]:
    data = json.loads(text)
    return {
        "type": "object",
        "properties": {key: {"type": KINDS[type(value)]} for key, value in data.items()},
        "required": list(data),
        "additionalProperties": False,
    }


def answer(model: LlamaCpp, messages: list[dict[str, str]], exchange: Exchange, temperature: float) -> str:
    if not exchange.values_only:
        return model.chat(messages, temperature=temperature)
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema_of(exchange.assistant)}}
    return model.chat(messages, temperature=temperature, response_format=form)


def is_right(exchange: Exchange, given: str) -> bool:
    """Objects are compared as data: the order of their keys does not matter."""
    if not exchange.assistant.startswith("{"):
        return exchange.is_right(given)
    try:
        return bool(json.loads(given) == json.loads(exchange.assistant))
    except json.JSONDecodeError:
        return False


def cases(seed: int, count: int, between: int = 2) -> list[tuple[str, Lang, list[dict[str, str]], Exchange]]:
    rng = random.Random(seed)
    made = []
    langs: tuple[Lang, ...] = ("en", "zh")
    for skill in SKILLS:
        for lang in langs:
            for _ in range(count):
                dialogue = questions(rng, skill, lang, "held_out", between=rng.randint(0, between))
                made.append((skill.name, lang, dialogue.messages()[:-1], dialogue.exchanges[-1]))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gguf", type=Path, default=GGUF_FILE)
    parser.add_argument("--count", type=int, default=50, help="questions per skill and language")
    parser.add_argument(
        "--between", type=int, default=2, help="most exchanges between a fact and its question"
    )
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--show", type=int, default=0, help="wrong answers to show per skill and language")
    given = parser.parse_args()
    asked = cases(given.seed, given.count, given.between)
    with LlamaCpp(given.gguf) as model, ThreadPoolExecutor(SLOTS) as pool:
        answers = list(pool.map(lambda case: answer(model, case[2], case[3], given.temperature), asked))
    right: dict[tuple[str, str], int] = {}
    shown: dict[tuple[str, str], int] = {}
    for (skill, lang, messages, exchange), said in zip(asked, answers, strict=True):
        good = is_right(exchange, said)
        right[skill, lang] = right.get((skill, lang), 0) + good
        shown[skill, lang] = shown.get((skill, lang), 0) + (not good)
        if not good and shown[skill, lang] <= given.show:
            print(
                f"{skill} {lang}: {messages[-1]['content']!r}\n   {said!r}\n   wanted {exchange.assistant!r}"
            )
    print(f"{'skill':<12} {'en':>6} {'zh':>6}   ({given.count} questions each)")
    for skill in SKILLS:
        scores = (100 * right[skill.name, lang] / given.count for lang in ("en", "zh"))
        print(f"{skill.name:<12} " + " ".join(f"{score:5.1f}%" for score in scores))
    print(f"{'overall':<12} {100 * sum(right.values()) / len(asked):5.1f}%")


if __name__ == "__main__":
    main()
