"""What a request may ask for; everything else is refused by the field's name."""

from typing import Any

import pytest

from stellarchat.engines.transformers.bodies import BadBody, Sampling, wanted

DEFAULTS = Sampling(temperature=0.6, top_k=20)


def test_what_is_left_open_is_the_makers_choice() -> None:
    asked = wanted({}, DEFAULTS, chat=True)
    assert asked.sampling == DEFAULTS
    assert (asked.n, asked.max_tokens, asked.stops, asked.stream) == (1, None, (), False)


def test_everything_is_read() -> None:
    body = {
        "temperature": 0, "top_p": 0.5, "top_k": 3, "min_p": 0.1, "repeat_penalty": 1.2, "seed": 7,
        "presence_penalty": 1, "frequency_penalty": -1, "logit_bias": {"5": -100}, "stop": "x", "n": 2,
        "max_completion_tokens": 9, "stream": True, "stream_options": {"include_usage": True},
        "logprobs": True, "top_logprobs": 4,
    }  # fmt: skip
    asked = wanted(body, DEFAULTS, chat=True)
    assert asked.sampling == Sampling(
        temperature=0, top_p=0.5, top_k=3, min_p=0.1, repetition=1.2, presence=1, frequency=-1, seed=7,
        bias={5: -100.0}, alternatives=4,
    )  # fmt: skip
    assert (asked.n, asked.max_tokens, asked.stops) == (2, 9, ("x",))
    assert asked.stream
    assert asked.usage


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"top_k": 1.5}, "top_k"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"stop": [""]}, "stop"),
        ({"stop": 3}, "stop"),
        ({"logit_bias": [1]}, "logit_bias"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"best_of": 3}, "best_of"),
        ({"grammar": "root ::= x"}, "grammar"),
        ({"guided_json": {"type": "object"}}, "guided_json"),
        ({"echo": True}, "echo"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
        ({"regex": 3}, "regex"),
    ],
)
def test_what_cannot_be_done_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadBody) as caught:
        wanted(body, DEFAULTS, chat=True)
    assert caught.value.param == param
    assert param.split(".")[0] in caught.value.message
