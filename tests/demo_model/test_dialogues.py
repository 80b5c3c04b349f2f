"""The program that writes the demonstration model's dialogues."""

import random
from collections.abc import Iterator
from types import ModuleType

from tools.demo_model.dialogues import compose
from tools.demo_model.dialogues.core import HELD_OUT, Phrases, plain


def phrases_in(value: object) -> Iterator[Phrases]:
    if isinstance(value, Phrases):
        yield value
    elif isinstance(value, dict):
        yield from phrases_in(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from phrases_in(item)
    elif isinstance(value, ModuleType):
        if value.__name__.startswith("tools.demo_model.dialogues"):
            yield from phrases_in(list(vars(value).values()))
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        yield from phrases_in(list(vars(value).values()))


def conversations(seed: int, count: int) -> list[list[dict[str, str]]]:
    rng = random.Random(seed)
    return [compose.compose(rng).messages() for _ in range(count)]


def test_a_seed_always_writes_the_same_dialogues() -> None:
    assert conversations(5, 300) == conversations(5, 300)
    assert conversations(5, 20) != conversations(6, 20)


def test_no_phrasing_for_evaluation_is_trained_on() -> None:
    found = list(phrases_in(compose))
    assert len(found) > 100
    trained = {plain(template) for phrases in found for template in phrases.train}
    assert HELD_OUT & trained == set()


def test_no_training_dialogue_asks_in_a_phrasing_for_evaluation() -> None:
    without_slots = {phrase for phrase in HELD_OUT if "{" not in phrase}
    asked = {
        plain(message["content"])
        for messages in conversations(7, 5000)
        for message in messages
        if message["role"] == "user"
    }
    assert asked & without_slots == set()


def test_every_conversation_alternates_and_ends_with_an_answer() -> None:
    for messages in conversations(8, 500):
        roles = [message["role"] for message in messages if message["role"] != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(message["content"] for message in messages)
