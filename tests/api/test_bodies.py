"""Bodies with more values than one may have, told from those whose texts only look like it."""

import json
from typing import Any

import pytest

from stellarchat.api.bodies import VALUES, parse
from stellarchat.core.errors import PayloadTooLarge


@pytest.mark.parametrize(
    "body",
    [
        {"a": [0] * (VALUES + 1)},
        {"a": [{}] * (VALUES // 2 + 1)},
        {"a": ["b"] * (VALUES + 1)},
        {"a": "b" * VALUES, "c": [[]] * (VALUES // 2 + 1)},
    ],
    ids=["numbers", "objects", "strings", "beside a text"],
)
def test_too_many_values_are_refused_before_they_are_read(body: dict[str, Any]) -> None:
    raw = json.dumps(body, separators=(",", ":")).encode()
    with pytest.raises(PayloadTooLarge) as refused:
        parse(raw)
    assert refused.value.param == "body"


@pytest.mark.parametrize(
    "text",
    [
        "," * (VALUES + 1),
        '{"a": [1, 2]}, \\ ' * (VALUES // 8),
        '\\",' * VALUES,
        "\\\\" * VALUES + '"[,' * VALUES,
    ],
    ids=["commas", "JSON", "escaped quotes", "backslashes"],
)
def test_a_text_may_say_what_it_likes(text: str) -> None:
    body = {"a": text, "b\\": [text[:10], "\\"]}
    assert parse(json.dumps(body).encode()) == body


def test_as_many_values_as_allowed_are_read() -> None:
    body = {"a": [0] * (VALUES - 2)}
    assert parse(json.dumps(body).encode()) == body
