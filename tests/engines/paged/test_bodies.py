"""The house's words in the words that vLLM and SGLang share."""

from typing import Any

import pytest

from stellarchat.engines._paged.bodies import shared

USER = [{"role": "user", "content": "hi"}]
BOTH = {"enable_thinking": True, "thinking": True}
NEITHER = {"enable_thinking": False, "thinking": False}


def test_what_needs_no_change_is_the_same_object() -> None:
    body = {"model": "m", "messages": USER, "top_k": 40, "min_p": 0.1, "seed": 7, "response_format": {}}
    assert shared(body) is body


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"repeat_penalty": 1.1}, {"repetition_penalty": 1.1}),
        ({"repeat_penalty": None}, {}),
        ({"top_k": 0}, {"top_k": -1}),
        ({"seed": -1}, {}),
        ({"seed": 0}, {"seed": 0}),
        ({"thinking": True}, {"chat_template_kwargs": BOTH}),
        ({"thinking": False}, {"chat_template_kwargs": NEITHER}),
        ({"thinking": None}, {}),
        ({"thinking": {"type": "enabled"}}, {"thinking": {"type": "enabled"}}),
        (
            {"thinking": True, "chat_template_kwargs": {"thinking": False, "x": 1}},
            {"chat_template_kwargs": {"enable_thinking": True, "thinking": False, "x": 1}},
        ),
    ],
)
def test_other_words(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert shared({"messages": USER, **ours}) == {"messages": USER, **theirs}


def test_a_last_message_of_the_assistants_is_continued() -> None:
    messages = [*USER, {"role": "assistant", "content": "He"}]
    assert shared({"messages": messages, "thinking": True}) == {
        "messages": messages,
        "continue_final_message": True,
        "add_generation_prompt": False,
        "chat_template_kwargs": NEITHER,
    }


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [*USER, {"role": "assistant", "content": ""}]},
        {"messages": [*USER, {"role": "assistant", "content": "x", "tool_calls": [{"id": "1"}]}]},
        {"messages": [*USER, {"role": "assistant", "content": "x"}], "continue_final_message": False},
        {"messages": [*USER, {"role": "assistant", "content": "x"}], "add_generation_prompt": True},
        {"messages": []},
        {"prompt": "x"},
    ],
)
def test_nothing_else_is_continued(body: dict[str, Any]) -> None:
    assert shared(body) is body
